"""A TCP connection between two programs that a test can cut and mend: for whoever is behind it, the other one is killed and restarted."""
import errno
import socket
import threading

from .journey import wait_for


class Cut:
    """with Cut("10.0.0.1", "10.0.0.1:6443") as line: line.address takes connections until line.cut(), and again after line.mend()."""

    def __init__(self, host, upstream):
        self.upstream_host, _, port = upstream.rpartition(":")
        self.upstream_port = int(port)
        self.host, self.port = host, 0
        self.listener, self.open, self.lock = None, set(), threading.Lock()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def __enter__(self):
        self.mend()
        return self

    def __exit__(self, *args):
        self.cut()

    def mend(self):
        self.listener = wait_for(self._listen, 30, f"port {self.port} of {self.host} to be free")
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _listen(self):
        try:
            return socket.create_server((self.host, self.port), backlog=128)
        except OSError as failure:  # another one's outgoing connection may have taken the port for a moment
            if failure.errno != errno.EADDRINUSE:
                raise
        return None

    def cut(self):
        """Refuses new connections, and resets what is open."""
        with self.lock:
            listener, self.listener = self.listener, None
            for one in self.open:
                self._end(one)
            self.open.clear()
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    @staticmethod
    def _end(one):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection((self.upstream_host, self.upstream_port), timeout=10)
            except OSError:
                if listener is not self.listener:
                    return
                continue
            server.settimeout(None)
            with self.lock:
                if listener is not self.listener:  # cut meanwhile
                    self._end(client)
                    self._end(server)
                    return
                self.open |= {client, server}
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    def _pass(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        self._end(source)
        self._end(target)
        with self.lock:
            self.open.discard(source)
