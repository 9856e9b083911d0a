"""A server that stands in for a registry or a Gitea, and may be made to refuse, hang, redirect or answer without end."""
import base64
import hashlib
import http.server
import json
import threading
import urllib.parse

USER, PASSWORD, TOKEN = "pusher", "right-password", "t0ken-of-the-test"


class Answering(http.server.BaseHTTPRequestHandler):
    """What handlers of made-up servers have in common."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"{}", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Handler(Answering):
    def basic(self):
        word, _, text = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(text).decode() if word == "Basic" else None

    def do_GET(self):
        self.server.stand.asked.append((self.path, self.headers.get("Authorization", "")))
        getattr(self, "as_" + self.server.stand.mode)()

    do_DELETE = do_GET

    # --- registries -----------------------------------------------------------------------------------------------------

    def as_open(self):
        self.answer(200)

    def as_basic(self):
        good = self.basic() == f"{USER}:{PASSWORD}"
        self.answer(200 if good else 401, WWW_Authenticate='Basic realm="Registry"')

    def as_token(self):
        here = f"http://{self.headers['Host']}"
        if self.path.startswith("/token"):
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            guest = self.basic() is None
            good = guest or self.basic() == f"{USER}:{PASSWORD}" and asked["account"] == [USER]
            word = "guest" if guest else "t0ken"
            return self.answer(200 if good and asked["service"] == ["registry.test"] else 401, json.dumps({"token": word}).encode())
        good = self.headers.get("Authorization") == "Bearer t0ken"
        self.answer(200 if good else 401, WWW_Authenticate=f'Bearer realm="{here}/token",service="registry.test"')

    def as_images(self):
        """What was put by StandIn.image, for the account that may pull; what is behind an index is elsewhere."""
        path, _, digest = self.path.rpartition("/")
        if path == "/elsewhere":
            return self.answer(200, self.server.stand.documents[digest])
        if self.basic() != f"{USER}:{PASSWORD}":
            return self.answer(401, WWW_Authenticate='Basic realm="Registry"')
        if self.path == "/v2/":
            return self.answer(200)
        if digest in self.server.stand.documents and path.endswith("/blobs"):
            return self.answer(307, b"", Location=f"http://{self.headers['Host']}/elsewhere/{digest}")
        self.answer(200 if digest in self.server.stand.documents else 404, self.server.stand.documents.get(digest, b"{}"))

    def as_html(self):
        self.answer(200, b"<!DOCTYPE html><title>Welcome</title>", "text/html")

    def as_redirect(self):
        self.answer(302, b"", Location="http://127.0.0.1:1/elsewhere")

    def as_hang(self):
        self.server.stand.released.wait(30)

    def as_endless(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        try:
            while not self.server.stand.released.is_set():
                self.wfile.write(b" " * 65536)
        except OSError:
            pass

    def as_garbage(self):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n" * 10)
        self.close_connection = True

    # --- Gitea ------------------------------------------------------------------------------------------------------------

    def as_gitea(self):
        signed = self.headers.get("Authorization") == f"token {TOKEN}"
        if self.path == "/api/v1/version":
            return self.answer(200, b'{"version":"1.22.0"}')
        if not signed:
            return self.answer(401, b'{"message":"token is refused"}')
        if self.path == "/api/v1/user":
            return self.answer(200, b'{"login":"portal-robot"}')
        self.answer(404, b'{"message":"not found"}')


class StandIn:
    """with StandIn("basic") as s: s.address is host:port; s.mode may change; s.asked holds what came."""

    def __init__(self, mode):
        self.mode, self.asked, self.documents, self.released = mode, [], {}, threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.stand = self
        self.address = f"127.0.0.1:{self.server.server_port}"

    def put(self, document):
        """Keeps one; its digest."""
        text = json.dumps(document).encode()
        digest = "sha256:" + hashlib.sha256(text).hexdigest()
        self.documents[digest] = text
        return digest

    def image(self, name, index=False, **config):
        """Keeps an image of that configuration, behind an index if asked for; its reference."""
        digest = self.put({"config": {"digest": self.put({"rootfs": {"type": "layers"}, "config": config})}, "layers": [], "name": name})
        if index:
            other = {"digest": "sha256:" + 64 * "0", "platform": {"os": "linux", "architecture": "arm64"}}
            digest = self.put({"manifests": [other, {"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}}]})
        return f"{self.address}/{name}@{digest}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
