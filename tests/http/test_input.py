"""Bytes that nobody should send, in every place that takes some: each has a clear answer, and the next request is served.

C numbers are those of the threat list.
"""
import json
import random
import socket
import struct
import urllib.parse

import pytest

from stack import gitea_hook

HOOK = "/api/v1/webhooks/gitea"


def cookie(client):
    return "; ".join(f"{c.name}={c.value}" for c in client.http.cookies)


def raw(portal, data, seconds=60):
    """Sends these bytes and reads all that comes back, until the peer closes. Status (0: none) and bytes."""
    u = urllib.parse.urlsplit(portal.url)
    answer = b""
    with socket.create_connection((u.hostname, u.port), timeout=seconds) as s:
        try:
            s.sendall(data)
            while piece := s.recv(65536):
                answer += piece
        except ConnectionError:
            pass
    first = answer.split(b"\r\n", 1)[0].split()
    return int(first[1]) if len(first) > 1 else 0, answer


def request(portal, method, target, headers=(), body=b"", client=None, host=None):
    """One request as bytes: nothing in it is corrected."""
    netloc = urllib.parse.urlsplit(portal.url).netloc
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host or netloc}", "Connection: close", *headers]
    if client:
        lines.append(f"Cookie: {cookie(client)}")
    if client and method != "GET":
        lines.append(f"X-CSRF-Token: {client.csrf}")
    if body and not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
        lines.append(f"Content-Length: {len(body)}")
    return raw(portal, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


@pytest.fixture(scope="module")
def elsewhere(portal):
    """A project, and what Gitea says of a push to a branch of it that nobody builds."""
    project = portal.new_project("ali")
    return project, json.loads(portal.push_body(project, portal.head(project), ref="refs/heads/elsewhere"))


def serves(portal):
    return portal.client().get("/health").status_code == 200


# --- C2: lengths, by a FastCGI client of our own: nginx would not let them through --------------------------------------


def fastcgi(portal, params, body):
    """One FastCGI request, without nginx. The answer's bytes."""
    def record(kind, data):
        return struct.pack(">BBHHBB", 1, kind, 1, len(data), 0, 0) + data

    def length(n):
        return struct.pack(">B", n) if n < 128 else struct.pack(">I", n | 0x80000000)

    pairs = b"".join(length(len(k)) + length(len(v)) + k + v for k, v in ((k.encode(), v.encode()) for k, v in params.items()))
    data = record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4, b"")
    for at in range(0, len(body), 60000):
        data += record(5, body[at:at + 60000])
    data += record(5, b"")
    out, answer = b"", b""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(str(portal.stack.sockets / "web.sock"))
        s.sendall(data)
        while piece := s.recv(65536):
            answer += piece
    while len(answer) >= 8:
        kind, size, padding = answer[1], *struct.unpack(">HB", answer[4:7])
        if kind == 6:
            out += answer[8:8 + size]
        answer = answer[8 + size + padding:]
    return out


@pytest.mark.parametrize("length, body, expected", [
    ("-1", b"{}", 400), ("9223372036854775808", b"{}", 413), ("99999999999999999999999", b"{}", 413), ("1e3", b"{}", 400),
    (" 5", b"{}", 400), ("+5", b"{}", 400), ("0x2", b"{}", 400), ("5", b"{}", 400), ("1", b"{}", 400), ("2097153", b"{}", 413),
    ("18446744073709551618", b"{}", 413), ("2;2", b"{}", 400), ("3", b"{}" * 40000, 400),
])
def test_c2_lengths_that_lie(portal, length, body, expected):
    out = fastcgi(portal, {"REQUEST_METHOD": "POST", "REQUEST_URI": HOOK, "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": length,
                           "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost"}, body)
    assert out.startswith(f"Status: {expected} ".encode()), out[:200]
    assert serves(portal)


@pytest.mark.parametrize("twice", ["CONTENT_LENGTH", "REQUEST_METHOD", "HTTP_HOST", "HTTP_COOKIE", "HTTP_X_GITEA_SIGNATURE"])
def test_c3_a_parameter_that_comes_twice(portal, twice):
    class Twice(dict):
        def items(self):
            return [*super().items(), (twice, "2")]
    params = Twice({"CONTENT_LENGTH": "2", "REQUEST_METHOD": "POST", "HTTP_HOST": "localhost", "HTTP_COOKIE": "a=b",
                    "HTTP_X_GITEA_SIGNATURE": "0" * 64, "REQUEST_URI": HOOK, "CONTENT_TYPE": "application/json"})
    assert fastcgi(portal, params, b"{}").startswith(b"Status: 400 ")


def test_c3_too_many_parameters(portal):
    params = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/login", "HTTP_HOST": "localhost"}
    assert fastcgi(portal, params | {f"HTTP_X_{n}": "1" for n in range(300)}, b"").startswith(b"Status: 431 ")
    assert fastcgi(portal, params, b"").startswith(b"Status: 200 ")


# --- C3: heads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [
    ["Content-Length: 2", "Content-Length: 3"], ["Content-Length: 2", "Transfer-Encoding: chunked"], ["Content-Length: 2, 2"],
    ["Content-Length: -2"], ["Content-Length: 2x"], ["Transfer-Encoding: gzip"], ["Transfer-Encoding: chunked, chunked"],
    ["X-A: " + "x" * 70000], [f"X-{n}: {'x' * 60}" for n in range(1000)], ["X-A: a\0b"], ["Host: second"], ["X A: b"], [" folded: x"],
])
def test_c3_heads_that_are_refused(portal, headers):
    code, answer = request(portal, "POST", HOOK, ["Content-Type: application/json", *headers], b"{}")
    assert code in (400, 401, 411, 413, 414, 415, 431, 501) or not answer, (code, answer[:300])
    assert serves(portal)


def test_c3_chunked_bodies_are_read_whole(portal, elsewhere):
    project, body = elsewhere
    body = gitea_hook.encode(body)
    headers = [f"{k}: {v}" for k, v in gitea_hook.headers("push", body, portal.projects[project]["secret"]).items()]
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[i:i + 700] for i in range(0, len(body), 700))) + b"0\r\n\r\n"
    code, answer = request(portal, "POST", HOOK, [*headers, "Transfer-Encoding: chunked"], pieces)
    assert code == 202, answer
    endless = b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(64))
    assert request(portal, "POST", HOOK, ["Content-Type: application/json", "Transfer-Encoding: chunked"], endless)[0] in (0, 413)
    assert request(portal, "POST", HOOK, ["Content-Type: application/json", "Transfer-Encoding: chunked"], b"zz\r\nx\r\n0\r\n\r\n")[0] == 400
    assert serves(portal)


def test_c8_a_body_as_long_as_the_route_takes_passes_nginx(portal):
    admin = portal.client("admin")
    for size, status in ((2 << 20, 200), ((2 << 20) + 1, 413)):
        code, answer = request(portal, "PUT", "/api/v1/settings", ["Content-Type: application/json"], b"{}".ljust(size), client=admin)
        assert code == status, (size, answer[:300])


@pytest.mark.parametrize("size", [65533, 65534, 65535, 65536, 65537, 131070, 131071, 131072, 131073, 2097151, 2097152])
def test_c8_bodies_at_the_edges_arrive_whole(portal, elsewhere, size):
    """The signature is over every byte."""
    project, body = elsewhere
    body = {**body, "padding": ""}
    body["padding"] = "x" * (size - len(gitea_hook.encode(body)))
    data = gitea_hook.encode(body)
    assert len(data) == size
    headers = [f"{k}: {v}" for k, v in gitea_hook.headers("push", data, portal.projects[project]["secret"]).items()]
    code, answer = request(portal, "POST", HOOK, headers, data)
    assert code == 202, answer


# --- C4, C5: addresses and text -----------------------------------------------------------------------------------------

BROKEN = ["%", "%2", "%zz", "%00", "%c0%ae", "%c0%80", "%e0%80%80", "%ed%a0%80", "%f4%90%80%80", "%f8%88%80%80%80", "%ff", "%fe%ff",
          "%c3", "%e6%b0", "%f0%9f%98", "%80", "%bf%27", "%7f", "%01", "%1b%5b2J"]


@pytest.mark.parametrize("bad", BROKEN)
def test_c4_c5_encodings_are_refused_everywhere(portal, bad):
    teacher = portal.client("teacher")
    assert request(portal, "GET", f"/projects/{bad}", client=teacher)[0] in (400, 404)
    assert request(portal, "GET", f"/projects?q={bad}", client=teacher)[0] in (400, 422)
    assert request(portal, "GET", f"/projects?{bad}=1", client=teacher)[0] == 400
    assert request(portal, "GET", f"/login?next=/{bad}")[0] in (200, 400)
    form = ["Content-Type: application/x-www-form-urlencoded"]
    code, answer = request(portal, "POST", "/login", form, f"login={bad}&password=x".encode())
    assert code in (400, 422), answer


@pytest.mark.parametrize("target", [
    "/../etc/passwd", "/%2e%2e/etc/passwd", "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/config.h", "/static/..%2f..%2fconfigure",
    "/static../configure", "/_archive/", "/_archive/../env", "/_s3/x", "/_error/404.en.html", "//evil.example/x", "/\\evil.example",
    "/projects/%252e%252e", "/projects/1%2f..%2f2", "/projects/.", "/static/.%00/x", "/auth/stream", "/auth/stream/",
    "/api/v1/builds/1;x=2", "/api/v1/builds/0", "/api/v1/builds/-1", "/api/v1/builds/01x", "/api/v1/builds/9223372036854775808",
])
def test_c4_paths_that_lead_nowhere(portal, target):
    code, answer = request(portal, "GET", target, client=portal.client("ali"))
    assert code in (400, 401, 403, 404, 421), answer[:300]
    assert b"root:" not in answer


@pytest.mark.parametrize("query", [
    "page=18446744073709551615", "cursor=18446744073709551615", "cursor=9223372036854775808", "cursor=-1", "limit=-1", "limit=0",
    "limit=201", "limit=1e3", "limit=0x10", "limit=%2b5", "limit=5&limit=6", "limit[]=5", "limit=", "cursor=1%20", "status=nonsense",
    "branch=--upload-pack%3dx", "branch=a..b", "student_id=9223372036854775807", "project_id=99999999999999999999",
])
def test_c7_numbers_of_lists(portal, query):
    answer = portal.client("teacher").get(f"/api/v1/builds?{query}")
    good = query in ("page=18446744073709551615", "limit[]=5", "student_id=9223372036854775807")
    assert answer.status_code == (200 if good else 422), answer.text
    if not good:
        assert answer.json()["errors"][0]["field"] == query.split("=")[0]


def test_c3_queries_of_many_fields_and_of_great_length(portal):
    teacher = portal.client("teacher")
    assert request(portal, "GET", "/projects?" + "&".join(f"a{n}=1" for n in range(101)), client=teacher)[0] == 400
    assert request(portal, "GET", "/projects?q=" + "x" * 9000, client=teacher)[0] == 414
    assert request(portal, "GET", "/" + "x" * 3000, client=teacher)[0] == 414
    assert request(portal, "GET", "/" + "x" * 40000, client=teacher)[0] == 414


@pytest.mark.parametrize("value", ["a", "session=x; " * 2000, "session=" + "0" * 64, "session=" + "g" * 64, "session=%00", "session=\xff\xfe",
                                   "session=" + "0" * 64 + "; session=" + "1" * 64, ";;;;", "=x", "language=zh; language=../x"])
def test_cookies_that_are_none(portal, value):
    code, answer = request(portal, "GET", "/projects/1", [f"Cookie: {value}"])
    assert code in (303, 400, 431), answer[:200]
    assert b"/login" in answer or code != 303


# --- C6: JSON -----------------------------------------------------------------------------------------------------------

JSON_BAD = [
    b"[" * 5000, b'{"login":' * 5000, b'{"login":"a","login":"b","password":"x"}', b'{"login":NaN}', b'{"login":1e999}',
    b'{"login":9223372036854775808}', b'{"login":"\\u0000"}', b'{"login":"\\ud800"}', b'{"login":"\\udc00\\ud800"}', b'{"login":"a"} x',
    b"{'login':'a'}", b'{"login":"a",}', b'{"login":"\xff"}', b'{"login":"a\x00b"}', b'{"login":"a\x01b"}', b"[]", b"null", b'"x"', b"1",
    b'{"login":"a"', b"\xef\xbb\xbf{}", b'{"login":"\xed\xa0\x80"}', b"{,}", b'{"login"}', b'{"login":+1}', b'{"login":01}', b'{"login":.5}',
    b'{"login":0x10}', b'{"login":tru}', b'{"login":Infinity}', b"/**/{}", b"{}{}", b'{"a":' + b"1" * 5000 + b"}",
    b"{" + b",".join(b'"k%d":1' % n for n in range(5000)) + b"}", b'{"a":[' + b"{}," * 5000 + b"{}]}",
]
JSON_WRONG = [
    {"login": ["admin"], "password": "x"}, {"login": {"a": 1}, "password": "x"}, {"login": 7, "password": "x"}, {"login": True, "password": "x"},
    {"login": None, "password": "x"}, {"login": "x" * 201, "password": "x"}, {"login": "a\nb", "password": "x"}, {"login": "a\x7fb", "password": "x"},
    {"login": "a", "password": "x" * 513}, {"login": "a", "password": ["x"]}, {"login": "a"}, {}, {"login": "a", "password": "x", "role": "admin"},
]


@pytest.mark.parametrize("body", JSON_BAD, ids=lambda b: repr(b[:24]))
def test_c6_bodies_that_are_not_json_objects(portal, body):
    code, answer = request(portal, "POST", "/api/v1/auth/login", ["Content-Type: application/json"], body)
    assert code == 400, answer
    assert b"application/problem+json" in answer


@pytest.mark.parametrize("body", JSON_WRONG, ids=lambda b: repr(b)[:40])
def test_c6_fields_of_the_wrong_type(portal, body):
    answer = portal.client().api("POST", "/api/v1/auth/login", body)
    assert answer.status_code == 422, answer.text
    assert all(e["field"] in ("login", "password", "role") and e["detail"] for e in answer.json()["errors"])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
                                  "application/json-patch+json", "text/json"])
def test_c6_only_json_is_json(portal, kind):
    code, answer = request(portal, "POST", "/api/v1/auth/login", [f"Content-Type: {kind}"], b'{"login":"a","password":"b"}')
    assert code == 415, answer


@pytest.mark.parametrize("piece", [b"[],", b"{},", b"[[]],", b'{"a":[]},', b"1,", b'"",'])
def test_c6_a_small_body_takes_no_great_memory(portal, piece):
    """Unsigned: anybody may send it. Parsed as it stands, it took 300 times its size."""
    before = portal.handlers_memory()
    body = b'{"a":[' + piece * ((2 << 20) // len(piece) - 10) + b"1]}"
    code, answer = request(portal, "POST", HOOK, ["Content-Type: application/json", "X-Gitea-Signature: " + "0" * 64], body)
    assert code == 400, answer
    assert portal.handlers_memory() - before < 48 << 20


# --- all of it at once --------------------------------------------------------------------------------------------------


def test_c11_clients_that_leave(portal):
    """Heads cut anywhere, bodies that never come, answers that are not read."""
    u = urllib.parse.urlsplit(portal.url)
    whole = (f"POST /api/v1/auth/login HTTP/1.1\r\nHost: {u.netloc}\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
             '{"login":"nobody","password":"wrong"}   ').encode()
    chance = random.Random(7)
    for _ in range(300):
        with socket.create_connection((u.hostname, u.port), timeout=60) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, chance.randrange(2)))
            s.sendall(whole[:chance.randrange(1, len(whole) - 1)])
    ali = cookie(portal.client("ali"))
    for _ in range(100):
        with socket.create_connection((u.hostname, u.port), timeout=60) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.sendall(f"GET /me HTTP/1.1\r\nHost: {u.netloc}\r\nCookie: {ali}\r\n\r\n".encode())
    assert serves(portal)
