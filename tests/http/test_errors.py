"""Every status that says no, provoked: a finished page in both languages, a problem document for the API, each with the request's id;
by nginx, too, when nobody else can answer."""
import concurrent.futures
import email.parser
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import types
import urllib.parse

import pytest

from stack import gitea_hook, journey
from stack.answers import FORM, JSON, LANGUAGES, check_problem
from stack.pages import Page
from stack.paths import ROOT
from stack.routes import catalogue
from stack.wire import Answer, Wire

PAGE, API = types.SimpleNamespace(api=False, name="page"), types.SimpleNamespace(api=True, name="API")
BOTH = {"page": PAGE, "API": API}


def check(portal, answer, kind, status, language, what=""):
    """check_problem, and that the page has a frame of its own: a style sheet that is there, a way back."""
    check_problem(answer, kind, status, language, [], what)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"]), what
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff", what
    if not kind.api:
        assert "/" in Page(answer.text).links and answer.text.rstrip().endswith("</html>"), what
        style = re.search(r'<link rel="stylesheet" href="(/static/[^"]+)">', answer.text)[1]
        assert portal.client().get(style).status_code == 200, f"{what}: {style}"


def test_every_status_has_words_in_both_languages():
    table = re.search(r"} statuses\[\] = \{(.*?)\n\};", (ROOT / "app" / "http" / "response.c").read_text(), re.S)[1]
    statuses = [int(n) for n in re.findall(r"\{ (\d+),", table) if int(n) >= 400]
    assert {400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503} <= set(statuses)
    for language in LANGUAGES:
        for status in statuses:
            assert catalogue(language).get(f"error.{status}.title") and catalogue(language).get(f"error.{status}.detail"), (language, status)
    assert all(catalogue("en")[f"error.{s}.title"] != catalogue("zh")[f"error.{s}.title"] for s in statuses)


# --- by portal-web ----------------------------------------------------------------------------------------------------------------


BEARER = {"Authorization": "Bearer hsp_" + "0" * 48}
BIG = b"x" * (70 << 10)
# status: (method, page, the API's path, body, headers). {} are the ids of Still.
PROVOKED = {
    400: ("GET", "/projects?q=%ff", "/api/v1/builds?branch=%ff", None, {}),
    401: ("GET", "/me", "/api/v1/builds", None, BEARER),
    403: ("POST", "/projects/{projects}/restart", "/api/v1/projects/{projects}/restart", b"", {"X_CSRF_Token": "0" * 128}),
    404: ("GET", "/projects/999999999", "/api/v1/projects/999999999", None, {}),
    405: ("DELETE", "/projects/{projects}", "/api/v1/builds", None, {}),
    409: ("POST", "/builds/{builds}/cancel", "/api/v1/builds/{builds}/cancel", b"", {}),
    413: ("POST", "/projects/{projects}/config", "/api/v1/builds/trigger", BIG, {}),
    414: ("GET", "/" + "x" * 3000, "/api/v1/" + "x" * 3000, None, {}),
    415: ("POST", "/projects/{projects}/config", "/api/v1/builds/trigger", b"x", {"Content_Type": "text/plain"}),
    421: ("GET", "/me", "/api/v1/builds", None, {"Host": "evil.invalid"}),
    422: ("GET", "/projects?state=none-such", "/api/v1/builds?status=none-such", None, {}),
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("status", PROVOKED)
def test_what_portal_web_answers(still, status, kind):
    method, page, api, body, headers = PROVOKED[status]
    target = (page if kind == "page" else api).format(**still.ids)
    content = headers.get("Content_Type", FORM if kind == "page" else JSON) if body else None
    headers = {name: value for name, value in headers.items() if name != "Content_Type"}
    if status == 401:
        headers["Cookie"] = "x=y"
    with still.unchanged(target):
        for language in LANGUAGES:
            answer = still.wire.ask(method, target, body, content, language, **headers)
            if status == 422 and kind == "API":
                assert answer.json()["errors"]
            errors = [("state" if kind == "page" else "status", None)] if status == 422 else []
            check_problem(answer, BOTH[kind], status, language, errors, target)
            if status != 422:
                check(still.portal, answer, BOTH[kind], status, language, target)
    if kind == "page" and method == "POST":  # and a way back to where the button stood
        known = [f"/builds/{still.ids['builds']}", f"/projects/{still.ids['projects']}", f"/projects/{still.ids['projects']}/config"]
        assert set(known) & set(Page(answer.text).links), target
    if status == 405:
        assert "GET" in answer.headers["Allow"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_part_of_a_log_that_is_not_there(still):
    """Of one that still stands in the database, and of an archived one, which is nginx's file."""
    try:
        for archived in ("now()", "NULL"):
            still.portal.sql(f"UPDATE builds SET archived_at = {archived} WHERE id = {still.build}")
            for kind, path in ((API, f"/api/v1/builds/{still.build}/logs"), (PAGE, f"/builds/{still.build}/log")):
                for language in LANGUAGES:
                    answer = still.wire.ask("GET", path, None, None, language, Range="bytes=99999999-")
                    check(still.portal, answer, kind, 416, language)
                    assert re.fullmatch(r"bytes \*/\d+", answer.headers["Content-Range"])
    finally:
        still.portal.sql(f"UPDATE builds SET archived_at = now() WHERE id = {still.build}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sign_ins_that_fail(portal, language):
    """401 and then 429: the page is the form again, with the login that was typed, what is wrong, and the request's id."""
    portal.sql("DELETE FROM login_failures")
    nobody, words = Wire(portal.client()), catalogue(language)
    body = b"login=errors-%s&password=wrong+password" % language.encode()
    statuses = []
    for _ in range(14):
        answer = nobody.ask("POST", "/login", body, FORM, language)
        page = Page(answer.text)
        if answer.status == 429 and 429 not in statuses:  # a slow machine's next try would come after so short a wait
            portal.sql("INSERT INTO login_failures (key) SELECT key FROM login_failures, generate_series(1, 20)")
        statuses.append(answer.status)
        assert answer.status in (401, 429) and page.language == LANGUAGES[language]
        assert words["login.refused" if answer.status == 401 else "login.limited"] in page.words
        assert answer.headers["X-Request-Id"] in page.words
        assert page.forms[-1].controls["login"].value == f"errors-{language}" and page.forms[-1].controls["password"].value == ""
    assert statuses[0] == 401 and statuses[-1] == 429 and int(answer.headers["Retry-After"]) > 0
    limited = nobody.ask("POST", "/api/v1/auth/login", b'{"login": "errors-%s", "password": "wrong"}' % language.encode(), JSON, language)
    check(portal, limited, API, 429, language)
    assert int(limited.headers["Retry-After"]) > 0 and limited.json()["detail"] == words["login.limited"]
    portal.sql("DELETE FROM login_failures")


def test_a_database_that_has_lost_a_table(own_portal):
    """What nobody thought of is a 500 that says no more than the request's id; its cause is in the log."""
    wire = Wire(own_portal.client("teacher"))
    own_portal.sql("ALTER TABLE students RENAME TO lost")
    for language in LANGUAGES:
        for kind, path in ((PAGE, "/courses"), (API, "/api/v1/courses")):
            answer = wire.ask("GET", path, language=language)
            check(own_portal, answer, kind, 500, language)
            assert not re.search("students|relation|SELECT|postgres", answer.text)
    log = own_portal.stack.processes.log("web")
    journey.wait_for(lambda: log.read_text().count(answer.headers["X-Request-Id"]) > 1, 60, "what the log says of the request")
    assert "does not exist" in log.read_text()


def test_another_system_that_does_not_answer(own_portal):
    """Gitea is away: 502 of the page that asks it, which says so."""
    project = own_portal.new_project("ali")
    own_portal.sql(f"UPDATE build_configs SET repo_url = 'http://127.0.0.1:9/ali/app.git', repo_path = 'ali/app' WHERE project_id = {project}")
    own_portal.stack.extra = {"GITEA_URL": "http://127.0.0.1:9", "GITEA_TOKEN": "x" * 40, "REPO_SCHEMES": "ssh,https,http,file"}
    own_portal.stack.start_web()
    wire = Wire(own_portal.client("ali"))
    for language in LANGUAGES:
        check(own_portal, wire.ask("POST", f"/projects/{project}/install", b"", FORM, language), PAGE, 502, language)


# --- by nginx alone -------------------------------------------------------------------------------------------------------------------


def raw(portal, head, body=b"", source="127.0.0.1", seconds=60):
    """What comes back for these bytes, whatever they are."""
    u = urllib.parse.urlsplit(portal.url)
    data = b""
    with socket.create_connection((u.hostname, u.port), timeout=seconds, source_address=(source, 0)) as s:
        try:
            s.sendall(head.replace("HOST", u.netloc).encode("latin-1") + body)
            while not whole(data) and (piece := s.recv(65536)):
                data += piece
        except ConnectionError:
            pass
    return parsed(data)


def whole(data):
    """Nothing follows: nginx may wait long for the rest of a body that it does not want."""
    head, blank, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return blank and (len(body) >= int(length[1]) if length else body.endswith(b"\r\n0\r\n\r\n"))


def parsed(data):
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, fields = head.decode("latin-1").partition("\r\n")
    headers = email.parser.Parser().parsestr(fields)
    if "Content-Length" in headers:
        body = body[:int(headers["Content-Length"])]
    elif headers["Transfer-Encoding"] == "chunked":
        body = b"".join(chunks(body))
    return Answer(int(line.split()[1]) if line else 0, headers, body)


def chunks(data):
    while data:
        size, _, rest = data.partition(b"\r\n")
        if not int(size, 16):
            return
        yield rest[:int(size, 16)]
        data = rest[int(size, 16) + 2:]


ALONE = {
    413: lambda path, language: (f"POST {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n"
                                 f"Content-Type: application/json\r\nContent-Length: 5000000\r\n\r\n"),
    414: lambda path, language: f"GET {path}{'x' * 40000} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n\r\n",
    431: lambda path, language: (f"GET {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n"
                                 f"X-Big: {'x' * 70000}\r\n\r\n"),
    405: lambda path, language: f"TRACE {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n\r\n",
    400: lambda path, language: (f"GET {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n"
                                 f"Content-Length: 2\r\nContent-Length: 3\r\n\r\n"),
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("status", ALONE)
def test_what_nginx_answers_alone(portal, status, kind):
    for language in LANGUAGES:
        answer = raw(portal, ALONE[status]("/me" if kind == "page" else "/api/v1/builds", language))
        both = status == 414  # the first line is refused before any language is read
        check(portal, answer, BOTH[kind], status, "en" if both else language)
        if both and kind == "page":
            assert catalogue("zh")["error.414.title"] in Page(answer.text).words
    if status == 405:
        assert "POST" in answer.headers["Allow"]


def test_a_choice_of_language_counts_for_nginx_too(portal):
    answer = raw(portal, ALONE[413]("/me", "en").replace("Host:", "Cookie: language=zh\r\nHost:"))
    check(portal, answer, PAGE, 413, "zh")


def test_too_many_sign_ins_a_second(portal):
    """429 by nginx, before they cost anything. They are not even tries: a field is missing."""
    def ask(n):
        kind, language = list(BOTH)[n % 2], list(LANGUAGES)[n // 2 % 2]
        path = "/login" if kind == "page" else "/api/v1/auth/login"
        head = (f"POST {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\nContent-Type: "
                f"{FORM if kind == 'page' else JSON}\r\nContent-Length: 2\r\n\r\n")
        return kind, language, raw(portal, head, b"{}" if kind == "API" else b"x=", source="127.0.44.1")

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(ask, range(200)))
    assert {answer.status for _, _, answer in answers} == {422, 429}
    limited = {(kind, language): answer for kind, language, answer in answers if answer.status == 429}
    assert len(limited) == 4, limited.keys()
    for (kind, language), answer in limited.items():
        check(portal, answer, BOTH[kind], 429, language)
        assert int(answer.headers["Retry-After"]) > 0


# What answers for a live stream that is refused: a page for a window, a problem document for a program.
STREAM_KINDS = [("Accept: text/event-stream\r\n", API), ("Accept: application/json\r\n", API), ("", API),
                ("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", PAGE)]


@pytest.mark.parametrize("path", ["/stream/builds/1/log", "/stream/state?projects=1", "/stream/terminal", "/stream/api/x"])
def test_a_stream_without_a_session(portal, path):
    """portal-web says so to nginx alone; nginx answers."""
    for language in LANGUAGES:
        for accept, kind in STREAM_KINDS:
            head = f"GET {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAccept-Language: {language}\r\n{accept}\r\n"
            answer = raw(portal, head)
            check(portal, answer, kind, 401, language, accept)
            assert "WWW-Authenticate" not in answer.headers
            answer = raw(portal, head.replace("Host:", f"Authorization: {BEARER['Authorization']}\r\nHost:"))
            check(portal, answer, kind, 401, language, accept)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


class Streams:
    """Live streams of one project, as many as are opened, until the end of the block."""

    def __init__(self, portal):
        self.portal, self.held = portal, []
        self.path = f"/stream/projects/{portal.new_project('ali', hook=False)}/state"
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in self.held:
            s.close()

    def session(self):
        return Wire(self.portal.client("ali", fresh=True)).cookie

    def head(self, cookie, language="en", more=""):
        return (f"GET {self.path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nCookie: {cookie}\r\nAccept-Language: {language}\r\n"
                f"{more}\r\n")

    def open(self, cookie, count, source, more=""):
        """So many, of which each must begin; a few at a time, as each asks a handler first."""
        u = urllib.parse.urlsplit(self.portal.url)
        while count:
            some = [socket.create_connection((u.hostname, u.port), timeout=60, source_address=(source, 0)) for _ in range(min(count, 20))]
            self.held += some
            for s in some:
                s.sendall(self.head(cookie, more=more).replace("HOST", u.netloc).encode())
            for s in some:
                assert s.recv(12) == b"HTTP/1.1 200"
            count -= len(some)

    def refused(self, cookie, source, more=""):
        for language in LANGUAGES:
            for accept, kind in STREAM_KINDS:
                answer = raw(self.portal, self.head(cookie, language, f"{accept}{more}"), source=source)
                check(self.portal, answer, kind, 503, language, accept)
                assert int(answer.headers["Retry-After"]) > 0


def test_too_many_streams_of_one_session(portal):
    """503 by nginx, wherever it comes from; who shares its address has streams of his own."""
    with Streams(portal) as streams:
        crowd, other = streams.session(), streams.session()
        streams.open(crowd, 100, "127.0.45.1")
        streams.open(crowd, 100, "127.0.45.2")
        streams.refused(crowd, "127.0.45.1")
        streams.refused(f"theme=x; {crowd}", "127.0.45.3")
        streams.open(other, 150, "127.0.45.1")
        streams.open(f"language=zh; {other}; x=y", 50, "127.0.45.1")
        streams.refused(other, "127.0.45.1")
        # A session that is made up has a count of its own, and no stream.
        made_up = raw(portal, streams.head(f"session={'0' * 64}"), source="127.0.45.1")
        assert made_up.status == 401


def test_too_many_streams_of_one_token(portal):
    """It is counted by the address, whatever cookie comes along."""
    token = portal.client("ali").api("POST", "/api/v1/auth/tokens", {"name": "streams", "scopes": "read", "days": 1}).json()["token"]
    bearer = f"Authorization: Bearer {token}\r\n"
    with Streams(portal) as streams:
        for n in range(200):
            streams.open(f"session={n:064x}", 1, "127.0.47.1", bearer)
        streams.refused(f"session={999:064x}", "127.0.47.1", bearer)


def test_too_many_streams_of_one_address(portal):
    """Ten sessions with all that they may have; then the address has enough, and another one has not."""
    with Streams(portal) as streams:
        for _ in range(10):
            streams.open(streams.session(), 200, "127.0.46.1")
        late = streams.session()
        streams.refused(late, "127.0.46.1")
        streams.open(late, 1, "127.0.46.2")


def test_the_address_behind_a_proxy(own_portal):
    """X-Forwarded-For counts where a trusted proxy says it, and of it what no trusted proxy is."""
    own_portal.stack.extra = {"TRUSTED_PROXIES": "127.0.48.0/24, ::1"}
    own_portal.stack.start_nginx()
    body = b'{"login": "nobody", "password": "wrong password"}'

    def network(source, forwarded):
        own_portal.sql("DELETE FROM login_failures")
        head = (f"POST /api/v1/auth/login HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nX-Forwarded-For: {forwarded}\r\n"
                f"Content-Type: {JSON}\r\nContent-Length: {len(body)}\r\n\r\n")
        assert raw(own_portal, head, body, source).status == 401
        return own_portal.sql("SELECT key FROM login_failures WHERE key LIKE 'net:%'")

    assert network("127.0.48.1", "203.0.113.7") == "net:203.0.113.0/24"
    assert network("127.0.48.1", "198.51.100.1, 203.0.113.7, 127.0.48.9") == "net:203.0.113.0/24"
    assert network("127.0.48.1", "nonsense") == "net:127.0.48.0/24"
    assert network("127.0.49.1", "203.0.113.7") == "net:127.0.49.0/24"


@pytest.mark.parametrize("proxies", ["10.0.0.1; return 200", "proxy.example", "10.0.0.1, $x"])
def test_proxies_that_are_no_addresses(tmp_path, proxies):
    done = subprocess.run([ROOT / "nginx" / "generate", tmp_path], env={**os.environ, "TRUSTED_PROXIES": proxies}, capture_output=True, text=True)
    assert done.returncode == 2 and "TRUSTED_PROXIES" in done.stderr and not (tmp_path / "portal.conf").exists()


def test_nobody_behind_nginx(own_portal):
    """The database is away: 503. portal-web hangs: 504. It is away: 502."""
    portal = own_portal
    project = portal.new_project("ali")
    ali = Wire(portal.client("ali"))
    everything = [(kind, language) for kind in BOTH for language in LANGUAGES]

    def ask(case):
        kind, language = case
        wire = Wire(portal.client("ali"))
        return case, wire.ask("GET", f"/projects/{project}" if kind == "page" else f"/api/v1/projects/{project}", language=language)

    def all_answer(status):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for (kind, language), answer in pool.map(ask, everything):
                check(portal, answer, BOTH[kind], status, language)
                assert int(answer.headers["Retry-After"]) > 0

    assert ali.ask("GET", f"/projects/{project}").status == 200
    portal.stack.processes.kill("postgres")
    all_answer(503)
    portal.stack.postgres.start()
    journey.wait_for(lambda: ali.ask("GET", f"/projects/{project}").status == 200, 60, "the database back")
    hung = [portal.stack.processes.pid("web"), *portal.handlers()]
    for pid in hung:
        os.kill(pid, signal.SIGSTOP)
    threads = [stat for pid in hung for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    journey.wait_for(lambda: all(t.read_text().rpartition(")")[2].split()[0] == "T" for t in threads), 60, "all threads to stand still")
    try:
        all_answer(504)
    finally:
        for pid in hung:
            os.kill(pid, signal.SIGCONT)
    portal.stack.processes.stop("web")
    all_answer(502)
    body = portal.push_body(project, portal.head(project))
    assert gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", body, portal.projects[project]["secret"])[0] == 502
    portal.stack.start_web()
    journey.wait_for(lambda: ali.ask("GET", f"/projects/{project}").status == 200, 60, "portal-web back")
