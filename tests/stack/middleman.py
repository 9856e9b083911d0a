"""A server between the portal and a cluster that passes everything on, until it is told to behave as a broken or hostile one."""
import http.client
import http.server
import json
import re
import ssl
import subprocess
import threading
import urllib.parse

from .rights import CHANGES, PATH
from .standin import Answering

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "host"}


def certificate(folder, name, days=30):
    """A self-signed certificate for 127.0.0.1, over since yesterday where days is negative: paths of certificate and key."""
    cert, key, request = (folder / f"{name}.{end}" for end in ("crt", "key", "csr"))
    extensions = folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE\n")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-signkey", key, "-days", str(days), "-extfile", extensions, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


class Handler(Answering):
    @property
    def man(self):
        return self.server.man

    def handle(self):
        self.man.open.add(self.connection)
        try:
            super().handle()
        except OSError:
            pass
        finally:
            self.man.open.discard(self.connection)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.man.asked.append((self.command, self.path))
        getattr(self, "as_" + self.man.mode)(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    @property
    def is_watch(self):
        return "watch=1" in self.path

    def begin(self, kind="application/json"):
        """An answer whose end is the connection's."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def tunnel(self):
        """A connection that becomes another protocol's: its bytes, both ways."""
        to = self.man.connect()
        to.connect()
        self.man.open.add(to.sock)
        try:
            head = [f"{self.command} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items()), "", ""]
            to.sock.sendall("\r\n".join(head).encode())
            piece = to.sock.recv(65536)
            self.man.answered.append((self.command, self.path, int(piece.split()[1])))
            threading.Thread(target=self.forward, args=(to.sock,), daemon=True).start()
            while piece:
                self.connection.sendall(piece)
                piece = to.sock.recv(65536)
        finally:
            self.close_connection = True
            self.man.open.discard(to.sock)
            to.close()

    def forward(self, to):
        try:
            while piece := self.rfile.read1(65536):
                to.sendall(piece)
        except (OSError, ValueError):
            pass  # either side is gone

    # --- behaviours ---------------------------------------------------------------------------------------------------------

    def as_pass(self, body, change=lambda chunk: chunk):
        if "Upgrade" in self.headers:
            return self.tunnel()
        to = self.man.connect()
        to.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() not in HOP})
        answer = to.getresponse()
        self.man.answered.append((self.command, self.path, answer.status))
        self.man.open.add(to.sock)
        try:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            while chunk := answer.read1(65536):
                self.wfile.write(change(chunk))
        finally:
            self.man.open.discard(to.sock)
            to.close()

    def as_html(self, body):
        self.answer(200, b"<!DOCTYPE html><title>Sign in to the campus network</title>", "text/html")

    def as_throttle(self, body):
        self.answer(429, b"Too many requests, please try again later.\n", "text/plain", Retry_After="1")

    def as_refuse(self, body):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401}
        self.answer(401, json.dumps(status).encode())

    def as_narrow(self, body):
        """A Role that grants less than it should: man.withheld matches "METHOD /path" of what is refused."""
        if not re.search(self.man.withheld, f"{self.command} {self.path}"):
            return self.as_pass(body)
        verb, resource = CHANGES.get(self.command, "get"), PATH.match(urllib.parse.urlsplit(self.path).path)["resource"]
        message = f'{resource} "x" is forbidden: User "portal" cannot {verb} resource "{resource}" in API group ""'
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": "Forbidden", "code": 403}
        self.answer(403, json.dumps(status).encode())

    def endless(self, first, more):
        self.begin()
        self.wfile.write(first)
        sent = 0
        while sent < 1 << 30 and not self.man.over.is_set():
            self.wfile.write(more)
            sent += len(more)

    def as_blank(self, body):
        """1 GB of white space."""
        self.endless(b"", b" " * 65536)

    def as_bulk(self, body):
        """A list of 1 GB whose items are small: the worst for whoever parses it."""
        self.endless(b'{"kind":"List","metadata":{"resourceVersion":"1"},"items":[{}', b",{}" * 21845)

    def as_deep(self, body):
        self.answer(200, b"[" * 4_000_000)

    def as_stall(self, body):
        """Takes every request, and says nothing."""
        self.man.over.wait(600)
        self.close_connection = True

    def as_mute(self, body):
        """Answers, but watches never say a word."""
        if not self.is_watch:
            return self.as_pass(body)
        self.begin()
        self.man.over.wait(600)

    def as_jump(self, body):
        """Resource versions that go up, down and are no numbers; each watch ends with one that nobody knows."""
        if not self.is_watch:
            return self.as_pass(body, lambda chunk: chunk.replace(b'"resourceVersion":"', b'"resourceVersion":"z9'))
        self.begin()
        for version in ("99999999999999999999999999", "-5", "0", "x\\u0000y", ""):
            self.wfile.write(b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"%s"}}}\n' % version.encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # connections that the other side gave up


class Middleman:
    """with Middleman("http://127.0.0.1:1234") as man: the portal is given man.url; man.behave("html") changes how it answers."""

    def __init__(self, upstream, tls=None, trust=None):
        """trust: the authorities of an upstream that is reached by https."""
        self.upstream = urllib.parse.urlsplit(upstream).netloc
        self.trust = trust and ssl.create_default_context(cafile=trust)
        self.withheld = "$^"
        self.answered = []  # method, path and status of what was passed on
        self.mode, self.asked, self.over, self.open = "pass", [], threading.Event(), set()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.man = self
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"

    def connect(self):
        if self.trust:
            return http.client.HTTPSConnection(self.upstream, timeout=600, context=self.trust)
        return http.client.HTTPConnection(self.upstream, timeout=600)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args):
        self.behave("refuse")
        self.server.shutdown()
        self.server.server_close()

    def behave(self, mode):
        """From now on; what is open is cut."""
        self.mode = mode
        self.over.set()
        self.over = threading.Event()
        for one in list(self.open):
            try:
                one.shutdown(2)
            except OSError:
                pass
