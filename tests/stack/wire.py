"""One connection that is kept, on which a person's requests go out exactly as the caller writes them."""
import dataclasses
import http.client
import json
import urllib.parse


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Wire:
    """The session of a signed-in client (stack.client), or nobody's."""

    def __init__(self, client):
        self.address = urllib.parse.urlsplit(client.url)
        self.cookie = "; ".join(f"{c.name}={c.value}" for c in client.http.cookies if c.name != "language")
        self.csrf = client.csrf
        self.connection = None

    def ask(self, method, target, body=None, kind=None, language="en", **headers):
        """Names of headers are written with _ for -. The token is sent unless X_CSRF_Token is given."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.csrf and method != "GET":
            more.setdefault("X-CSRF-Token", self.csrf)
        if self.cookie:
            more.setdefault("Cookie", self.cookie)
        if kind:
            more["Content-Type"] = kind
        more["Accept-Language"] = language
        for last in (False, True):
            try:
                return self._once(method, target, body, more)
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()  # nginx ends a connection after some requests, and behind a body that it has not read
                if last:
                    raise

    def _once(self, method, target, body, headers):
        if not self.connection:
            self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        self.connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name, value)
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
