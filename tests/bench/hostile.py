"""A cluster that means ill: endless lists, lists of what takes 300 times their bytes in memory, texts without an end. The worker's memory."""
import contextlib
import http.server
import itertools
import threading
import time

from common import Trouble, at_most, cpu_seconds, free_port, resident_mb, until

GIGABYTE = 1 << 30
CAP = 16 << 20  # of what the portal reads of one answer
SECONDS = 30
HEAD = b'{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":['
PIECE = 1 << 16


def endless(unit):
    """A list of a gigabyte."""
    piece = unit * (PIECE // len(unit))
    return itertools.chain([HEAD], itertools.repeat(piece, GIGABYTE // len(piece)))


def below_the_cap(unit):
    """A whole list that is just small enough to be read."""
    return [HEAD + unit * ((CAP - len(HEAD) - 100) // len(unit)) + unit.rstrip(b",") + b"]}"]


def most():
    """As many objects and values as are taken for a list."""
    return [HEAD + b"{}," * 149_000 + b"1," * 100_000 + b"1]}"]


ANSWERS = (most, lambda: endless(b"{},"), lambda: below_the_cap(b"{},"), lambda: endless(b'"' + b"a" * 60 + b'",'), lambda: below_the_cap(b"[],"),
           lambda: below_the_cap(b'{"metadata":{"labels":{"a":"b"}}},'), lambda: itertools.chain([HEAD + b'"'], endless(b"a" * 64)),
           lambda: below_the_cap(b"1,"))


class Cluster(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers = itertools.cycle(ANSWERS)
    served = 0

    def do_GET(self):
        type(self).served += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with contextlib.suppress(OSError):
            for piece in next(self.answers)():
                self.wfile.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the worker has hung up


def kubeconfig(bench, port):
    path = bench.home / "hostile.kubeconfig"
    path.write_text("apiVersion: v1\nkind: Config\ncurrent-context: x\n"
                    f"clusters:\n- name: x\n  cluster:\n    server: http://127.0.0.1:{port}\n"
                    "users:\n- name: x\n  user:\n    token: x\ncontexts:\n- name: x\n  context:\n    cluster: x\n    user: x\n")
    path.chmod(0o600)
    return path


def run(bench):
    port = free_port()
    server = Server(("127.0.0.1", port), Cluster)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        stack = bench.stack("hostile", servers=("worker",), environment={"K8S_CONFIG_PATH": kubeconfig(bench, port)})
        pids = stack.processes.session("worker")
        until(lambda: Cluster.served >= 2 * len(ANSWERS), 120, "two rounds of answers")
        used = cpu_seconds(pids)
        time.sleep(SECONDS)
        if not stack.processes.pid("worker"):
            raise Trouble("the worker is gone")
        at_most(bench, f"a hostile cluster, {Cluster.served} answers: highest memory", resident_mb(pids, "VmHWM"), 200, " MB")
        at_most(bench, "a hostile cluster: processor", (cpu_seconds(pids) - used) / SECONDS * 100, 50, " %")
    finally:
        server.shutdown()
