"""What an attacker tries, and what a clumsy user does, on the finished portal. Names hold the numbers of the threat list."""
import concurrent.futures
import html
import html.parser
import itertools
import json
import os
import re
import signal
import socket
import threading
import time
import urllib.parse
import uuid

import pytest

from stack import gitea_hook, journey
from stack.client import Client
from stack.paths import ROOT

ROW = re.compile(r'^(?:PAGE|API)\("(\w+)", "([^"]+)", (\w+),\s*([^,]+),', re.M)
ROUTES = [(m[1], m[2], set(re.split(r"[\s|]+", m[4].strip()))) for m in ROW.finditer((ROOT / "app" / "routes.def").read_text())]
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")


def style_of(portal):
    """The address of the style sheet, as pages name it."""
    return re.search(r'href="(/static/portal\.[0-9a-f]{12}\.css)"', portal.client().get("/login").text)[1]


@pytest.fixture(scope="module")
def built(portal):
    """A project of ali's with a running application: its id, its build, its deployment, its student."""
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "For the attackers"))
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    one = portal.sql(f"SELECT d.id, p.student_id FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id WHERE p.id = {project}")
    deployment, student = one.split("\t")
    return {"project": project, "build": build, "deployment": int(deployment), "student": int(student)}


def concrete(pattern, built):
    """The path with ids that exist."""
    noun = pattern.strip("/").split("/")
    names = {"projects": "project", "builds": "build", "deployments": "deployment", "build-configs": "student", "students": "spare"}
    for i, part in enumerate(noun):
        if part == ":action":
            noun[i] = "restart"
        elif part.startswith(":"):
            noun[i] = str(built.get(names.get(noun[i - 1]), 1))
    return "/" + "/".join(noun)


def rows(portal):
    """Counts of all that a request might have changed."""
    # What the worker does of itself meanwhile, for a project of another test, has no person in it.
    tables = ("builds WHERE created_by IS NOT NULL", "deployments WHERE created_by IS NOT NULL", "api_tokens", "audit_log WHERE role <> 'system'",
              "idempotency_keys")
    return portal.sql("SELECT " + ", ".join(f"(SELECT count(*) FROM {t})" for t in tables) +
                      ", (SELECT string_agg(version::text || sealed::text, ',' ORDER BY project_id) FROM "
                      "(SELECT project_id, version, md5(deploy_key_sealed || webhook_secret_sealed) AS sealed FROM build_configs) c)")


# --- rights -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [
    "x=1;builds={theirs}&builds={own}", "x;builds={theirs}&builds={own}", "projects={project};builds={theirs}", "builds={own}&builds={theirs}",
    "projects={project}&;builds={theirs}", "buil%64s={own}&builds={theirs}", "builds={own}%2c{theirs}", "builds={own},{theirs}",
    "builds={theirs}", "projects={project}&x#builds={theirs}", "projects={project}&builds%3d{theirs}", "projects={project}&+builds={theirs}",
])
def test_a1_a_stream_tells_only_what_was_asked_for(portal, built, query):
    """The one who allows and the one who tells must understand an address alike."""
    if not hasattr(portal, "theirs"):
        project = portal.new_project("mei")
        portal.theirs = portal.build_of(project, portal.push(project, "Not ali's"))
    query = query.format(own=built["build"], theirs=portal.theirs, project=built["project"])
    ali = portal.client("ali")
    u = urllib.parse.urlsplit(portal.url)
    answer = b""
    with socket.create_connection((u.hostname, u.port), timeout=20) as s:
        cookie = "; ".join(f"{c.name}={c.value}" for c in ali.http.cookies)
        s.sendall(f"GET /stream/state?{query} HTTP/1.1\r\nHost: {u.netloc}\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n".encode())
        try:
            while piece := s.recv(65536):
                answer += piece
        except TimeoutError:
            pass
    told = re.findall(rb'"kind":"build","id":(\d+)', answer)
    assert str(portal.theirs).encode() not in told
    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("scopes", ["read", "read write", "read deploy"])
def test_a2_a_token_opens_what_its_scopes_say(portal, built, scopes):
    teacher = portal.client("teacher")
    made = teacher.api("POST", "/api/v1/auth/tokens", {"name": "t", "scopes": scopes, "days": 1})
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    nobody = portal.client()
    # One of its own to be removed: number 1 is whoever came first, ali where this file did.
    spare = portal.number("INSERT INTO students (course_id, student_number, name) SELECT course_id, 'spare-' || gen_random_uuid(), 'Spare'"
                          f" FROM students WHERE id = {built['student']} RETURNING id")
    for method, pattern, guards in ROUTES:
        if guards & {"PUBLIC"} or "logout" in pattern:
            continue
        needed = "deploy" if "SCOPE_DEPLOY" in guards else "read" if method == "GET" else "write"
        path = concrete(pattern, {**built, "spare": spare})
        send = {"json": {"unexpected_field": 1}} if "JSON_BODY" in guards else {"data": {"unexpected_field": "1"}} if "FORM_BODY" in guards else {}
        answer = nobody.http.request(method, portal.url + path, headers=bearer, timeout=60, allow_redirects=False, **send)
        if "SESSION_ONLY" in guards or needed not in scopes.split():
            assert answer.status_code == 403, (method, pattern, answer.status_code)
        else:
            assert answer.status_code not in (401, 403) and answer.status_code < 500, (method, pattern, answer.status_code)
    own = made.json()["id"]
    assert portal.client("ali").api("DELETE", f"/api/v1/auth/tokens/{own}").status_code == 404
    assert teacher.api("DELETE", f"/api/v1/auth/tokens/{own}").status_code == 204
    assert nobody.get("/api/v1/auth/me", headers=bearer).status_code == 401


@pytest.mark.parametrize("field", ["id", "project_id", "student_id", "version", "head_sha", "webhook_secret_sealed", "deploy_key_private_sealed",
                                   "deploy_key_public", "repo_path", "gitea_repo_id", "wanted_sha", "created_at", "role", "owner_id"])
def test_a3_columns_that_are_no_fields(portal, built, field):
    before = rows(portal)
    teacher = portal.client("teacher")
    for value in (1, "x", None, ["x"], {"a": 1}):
        answer = teacher.api("PUT", f"/api/v1/build-configs/{built['student']}", {"branch": "main", field: value})
        assert answer.status_code == 422 and field in answer.text, (value, answer.text)
    answer = teacher.post(f"/projects/{built['project']}/config", **{field: "1"})
    assert answer.status_code == 422, answer.text[:300]
    assert rows(portal) == before


def test_a4_no_answer_holds_a_secret(portal, built):
    secret = portal.stack.portalctl("project", "secret", built["project"])
    sealed = portal.sql(f"SELECT encode(webhook_secret_sealed::text::bytea, 'escape') FROM build_configs WHERE project_id = {built['project']}")
    canaries = [secret, sealed, "PRIVATE KEY", "$argon2id$"]
    for who in ("ali", "mei", "teacher", "admin"):
        for method, pattern, guards in ROUTES:
            if method != "GET" or "auth/stream" in pattern:
                continue
            answer = portal.client(who).get(concrete(pattern, built))
            found = [c for c in canaries if c and c in answer.text]
            assert not found, (who, pattern, found)
    logs = "".join(p.read_text(errors="replace") for p in (portal.stack.home / "log").glob("*.log"))
    logs = re.sub(r"^.* DETAIL:  parameters: .*$", "", logs, flags=re.M)  # the tests' database notes what was slow, with its parameters
    assert not any(c in logs for c in canaries if c)


# --- sessions, sign-in --------------------------------------------------------------------------------------------------


def test_s4_a_form_sent_after_signing_out_does_nothing(portal, built):
    client = portal.client("ali", fresh=True)
    path = f"/projects/{built['project']}"
    fields = next(f for f in client.forms(path) if f["action"].endswith("/restart"))["fields"]
    cookies = dict(client.http.cookies)
    assert client.post("/logout").status_code == 303
    before = rows(portal)
    late = Client(portal.url)
    late.http.cookies.update(cookies)
    answer = late.http.post(f"{portal.url}{path}/restart", data=fields, timeout=60, allow_redirects=False)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login"), answer.status_code
    assert late.api("POST", f"/api/v1{path}/restart", {}).status_code == 401
    assert late.get(f"/stream/builds/{built['build']}/log").status_code == 401
    assert rows(portal) == before
    # A session that has begun anew has a token of its own.
    again = portal.client("ali", fresh=True)
    assert again.http.post(f"{portal.url}{path}/restart", data=fields, timeout=60, allow_redirects=False).status_code == 403
    assert rows(portal).split("\t")[:2] == before.split("\t")[:2]


def test_s5_s14_addresses_that_a_client_claims_do_not_reset_the_limit(portal):
    codes = []
    for n in range(24):
        nobody = Client(portal.url)
        answer = nobody.api("POST", "/api/v1/auth/login", {"login": "victim", "password": "wrong password"},
                            headers={"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"})
        codes.append(answer.status_code)
    # Five at once, and then one behind each pause, of which the next is twice as long: a slow machine gets some more.
    assert set(codes) == {401, 429} and codes.count(401) <= 12, codes
    assert portal.number("SELECT count(*) FROM login_failures WHERE key LIKE 'net:203.%'") == 0
    portal.sql("DELETE FROM login_failures")


def test_s5_the_limit_outlives_a_handler(portal):
    """Counters are in the database: killing handlers buys no tries."""
    codes = []
    for n in range(30):
        if n % 5 == 4:
            portal.kill_handlers()
        try:
            answer = Client(portal.url).api("POST", "/api/v1/auth/login", {"login": "victim-2", "password": "wrong password"})
            codes.append(answer.status_code)
        except OSError:
            codes.append(0)
    assert 429 in codes and codes.count(401) <= 12, codes
    portal.sql("DELETE FROM login_failures")


def test_s6_unknown_and_known_people_look_alike(portal):
    def one(login):
        answer = Client(portal.url).api("POST", "/api/v1/auth/login", {"login": login, "password": "wrong password"})
        return answer.status_code, {k: v for k, v in answer.json().items() if k != "request_id"}
    portal.sql("DELETE FROM login_failures")
    assert one("noor") == one("nobody-of-that-name")
    portal.sql("DELETE FROM login_failures")


def test_s8_a_storm_of_sign_ins_leaves_the_pages_alone(portal, built):
    """From many addresses, as if from a class, or from somebody with many."""
    u = urllib.parse.urlsplit(portal.url)
    slow, codes, done = [], [], threading.Event()
    ali = portal.client("ali")

    def look():
        while not done.is_set():
            began = time.monotonic()
            assert ali.get(f"/projects/{built['project']}").status_code == 200
            slow.append(time.monotonic() - began)

    def sign_in(n):
        with socket.create_connection((u.hostname, u.port), timeout=60, source_address=(f"127.{50 + n % 100}.1.{1 + n // 100}", 0)) as s:
            body = json.dumps({"login": f"nobody-{n}", "password": "wrong password"}).encode()
            s.sendall(f"POST /api/v1/auth/login HTTP/1.1\r\nHost: {u.netloc}\r\nContent-Type: application/json\r\nConnection: close\r\n"
                      f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            codes.append(int(s.recv(4096).split()[1]))

    before = portal.handlers_memory()
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(300) as pool:
            list(pool.map(sign_in, range(300)))
            while len(slow) <= 10 and watcher.is_alive():  # it lasts until enough has been looked at
                list(pool.map(sign_in, range(300)))
    finally:
        done.set()
        watcher.join()
    assert set(codes) <= {401, 429, 503} and 401 in codes, sorted(set(codes))
    assert max(slow) < 10 and len(slow) > 10, (len(slow), max(slow))
    assert portal.keeps_freed_memory() or portal.handlers_memory() - before < 64 << 20
    portal.sql("DELETE FROM login_failures")


@pytest.mark.parametrize("target", ["//evil.invalid/", "/\\evil.invalid", "/%09/evil.invalid", "\t//evil.invalid", "/x%0d%0aX-Evil:1", "https:evil.invalid",
                                    "///evil.invalid", "/.//evil.invalid", "\x01//evil.invalid"])
def test_s10_leads_nowhere_else(portal, target):
    ali = portal.client("ali")
    for answer in (ali.get("/login", params={"next": target}), ali.post("/preferences", next=target)):
        assert "X-Evil" not in answer.headers
        location = urllib.parse.urljoin(portal.url, answer.headers.get("Location", "/"))
        assert urllib.parse.urlsplit(location).netloc == urllib.parse.urlsplit(portal.url).netloc, answer.headers


@pytest.mark.parametrize("host", ["evil.invalid", "evil.invalid:80", "", "localhost@evil.invalid", "127.0.0.1.evil.invalid", "a/b", "x" * 300])
def test_s10_other_hosts_are_not_served(portal, host):
    answer = portal.client("ali").get("/me", headers={"Host": host})
    assert answer.status_code in (400, 421), answer.status_code
    assert "evil" not in answer.headers.get("Location", "")
    answer = portal.client("ali").get("/", headers={"X-Forwarded-Host": "evil.invalid", "X-Original-URI": "/projects"})
    assert "evil" not in answer.text + answer.headers.get("Location", "")


def test_s11_every_answer_has_its_headers_once(portal, built):
    ali = portal.client("ali")
    answers = [ali.get(p) for p in ("/", "/me", "/nothing", "/login", "/health", style_of(portal), "/static/none", "/projects/%zz", "/api/v1/none",
                                    "/api/v1/builds?limit=x", f"/builds/{built['build']}", f"/builds/{built['build']}/log", "/" + "x" * 3000)]
    answers += [ali.get("/me", headers={"Host": "evil.invalid"}), ali.http.put(portal.url + "/me"), ali.http.post(portal.url + "/login", data=b"x" * 2000000),
                ali.http.post(portal.url + "/api/v1/webhooks/gitea", data=b"x" * 4000000), ali.api("POST", "/api/v1/builds/trigger", {})]
    for answer in answers:
        for name in HEADERS:
            values = answer.raw.headers.getlist(name)
            log = answer.url.endswith("/log") and name == "Referrer-Policy"
            assert len(values) == 1 or log and len(values) <= 1, (answer.request.method, answer.url, answer.status_code, name, values)
        if "X-Frame-Options" not in answer.headers:  # the portal's own, not a file of nginx's
            assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert "/" not in answer.headers.get("Server", "")


def test_s13_a_token_in_an_address_is_none(portal):
    made = portal.client("ali").api("POST", "/api/v1/auth/tokens", {"name": "t", "scopes": "read", "days": 1}).json()["token"]
    nobody = portal.client()
    for query in (f"token={made}", f"access_token={made}", f"private_token={made}", f"api_key={made}"):
        assert nobody.get(f"/api/v1/builds?{query}").status_code == 401
    for value in (made, f"Basic {made}", f"Bearer  {made}", f"Bearer {made}x", f"Bearer {made[:-1]}", "Bearer ", f"Token {made}", "Bearer " + "x" * 5000):
        assert nobody.get("/api/v1/auth/me", headers={"Authorization": value}).status_code == 401, value[:40]
    assert nobody.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {made}"}).status_code == 200
    assert made not in portal.sql("SELECT string_agg(api_tokens::text, ' ') FROM api_tokens")


def test_a2_a_token_changes_no_preferences(portal):
    made = portal.client("ali").api("POST", "/api/v1/auth/tokens", {"name": "t", "scopes": "read", "days": 1}).json()["token"]
    kept = "SELECT language, timezone FROM users WHERE login = 'ali'"
    before = portal.sql(kept)
    for fields in ({"language": "zh"}, {"language": "en"}, {"timezone": "Europe/Berlin"}):
        answer = portal.client().http.post(portal.url + "/preferences", data=fields, headers={"Authorization": f"Bearer {made}"}, allow_redirects=False)
        assert answer.status_code == 403 and portal.sql(kept) == before


# --- texts of others ----------------------------------------------------------------------------------------------------

PAYLOADS = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</title><svg onload=alert(1)>", "{{7*7}}<?cs var:x ?>",
            "javascript:alert(1)", "<a href=javascript:alert(1)>x</a>", "&lt;script&gt;", "\u202egnp.exe", "%n%s%x", "<!--", "]]>", "\\u003cscript\\u003e"]


class Page(html.parser.HTMLParser):
    """All tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def check_page(text):
    page = Page(text)
    for tag, attrs in page.tags:
        assert tag not in ("iframe", "object", "embed", "base"), tag
        assert not (tag == "script" and not (attrs.get("src") or "").startswith("/static/")), attrs
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, name, value)
            if name in ("href", "src", "action", "formaction"):
                assert not re.match(r"\s*(javascript|data|vbscript):", value or "", re.I), (tag, name, value)
    return page


def test_l1_what_a_student_writes_stays_text(portal):
    """In the commit's message and author, the project's name, and what the build prints."""
    everything = " ".join(PAYLOADS)
    name = f"x'><script>alert({uuid.uuid4().hex[:4]})</script>"
    project = portal.new_project("ali")
    portal.sql("UPDATE projects SET name = $q$" + name + f"$q$ WHERE id = {project}")

    def edit(folder):
        (folder / "Dockerfile").write_text("FROM python:3.11-slim\n" + "".join(f"RUN echo {json.dumps(p)}\n" for p in PAYLOADS))

    sha = portal.push(project, everything, edit=edit)
    build = portal.build_of(project, sha)
    portal.finish(build)
    body = json.loads(portal.push_body(project, sha))
    body["head_commit"]["author"]["name"] = everything
    for who, path in itertools.product(("ali", "teacher"), ("/me", f"/projects/{project}", f"/projects/{project}/builds", f"/builds/{build}",
                                                            "/projects?q=" + urllib.parse.quote(name), "/queue", f"/projects/{project}/config",
                                                            f"/projects/{project}/delete")):
        answer = portal.client(who).get(path)
        if answer.status_code in (303, 404):
            continue
        assert answer.status_code == 200, (path, answer.status_code)
        page = check_page(answer.text)
        if path == f"/builds/{build}":
            assert PAYLOADS[0] in page.text and PAYLOADS[3] in page.text
    live = portal.client("ali").get(f"/stream/builds/{build}/log", headers={"Accept": "text/event-stream"})
    for line in live.text.splitlines():
        if line.startswith("data: ") and '"html"' in line:
            check_page(json.loads(line[6:])["html"])
    for value in PAYLOADS:
        check_page(portal.client().get("/login", params={"next": value}).text)
        check_page(portal.client("teacher").get("/projects", params={"q": value, "state": value, "cursor": value}).text)
        check_page(portal.client().http.post(portal.url + "/login", data={"login": value, "password": "x", "next": value}, timeout=60).text)
    portal.sql("DELETE FROM login_failures")
    raw = portal.client("ali").get(f"/builds/{build}/log")
    assert raw.headers["Content-Type"].startswith("text/plain") and raw.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("field, value", [
    ("repo_url", "javascript:alert(1)"), ("repo_url", "ssh://-oProxyCommand=x/y.git"), ("repo_url", "https://u:p@git.invalid/a/b.git"),
    ("repo_url", "ext::sh -c x"), ("repo_url", "https://git.invalid/a b.git"), ("repo_url", "https://git.invalid/a\nb.git"), ("branch", "--upload-pack=x"),
    ("branch", "a..b"), ("branch", "-h"), ("branch", "a b"), ("branch", "refs/heads/../x"), ("branch", "a@{1}"), ("dockerfile_path", "../Dockerfile"),
    ("dockerfile_path", "/etc/passwd"), ("dockerfile_path", "a/../../b"), ("dockerfile_path", "a\\b"), ("dockerfile_path", "x" * 201),
    ("dockerfile_path", "a\u202eb"), ("context_path", "../.."), ("context_path", "/"), ("context_path", "%2e%2e"), ("image_repo", "../x"),
    ("image_repo", "A/B"), ("image_repo", "a@sha256:0"), ("image_repo", "evil.invalid:5000/x:tag"), ("registry_id", 999999999), ("tag_strategy", "x"),
    ("auto_build", "yes"), ("auto_deploy", 1), ("branch", 5), ("branch", ["main"]),
])
def test_g1_g3_g6_s12_settings_that_are_none(portal, built, field, value):
    before = rows(portal)
    answer = portal.client("teacher").api("PUT", f"/api/v1/build-configs/{built['student']}", {field: value})
    # A text that is no address here does not fit what there is (409), nor does what is not there; the rest breaks a rule (422).
    fits_not = field in ("repo_url", "registry_id") and "\n" not in str(value)
    assert answer.status_code == (409 if fits_not else 422), answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert rows(portal) == before


# --- clumsy users -------------------------------------------------------------------------------------------------------


def test_one_key_is_one_act(portal, built):
    ali, path = portal.client("ali"), f"/api/v1/projects/{built['project']}/restart"
    key = str(uuid.uuid4())
    count = f"SELECT count(*) FROM deployments WHERE project_id = {built['project']}"
    before = portal.number(count)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: ali.api("POST", path, {}, headers={"Idempotency-Key": key}), range(24)))
    assert {a.status_code for a in answers} <= {202, 409}, [a.text for a in answers if a.status_code not in (202, 409)][:1]
    assert len({a.json()["id"] for a in answers if a.status_code == 202}) == 1
    assert portal.number(count) == before + 1
    assert ali.api("POST", path, {"build_id": built["build"]}, headers={"Idempotency-Key": key}).status_code == 409
    assert ali.api("POST", path.replace("restart", "stop"), {}, headers={"Idempotency-Key": key}).status_code == 409
    # Another's key of the same name is another key; a foreign project is not there, with or without one.
    assert portal.client("mei").api("POST", path, {}, headers={"Idempotency-Key": key}).status_code == 404
    for bad in ("x" * 129, "a b", "ä".encode().decode("latin-1"), "<x>"):
        assert ali.api("POST", path, {}, headers={"Idempotency-Key": bad}).status_code == 400
    portal.wait_sql(f"SELECT state FROM deployments WHERE project_id = {built['project']} ORDER BY id DESC LIMIT 1", "running")


def test_a_form_that_is_sent_twice_is_one_act(portal, built):
    ali, path = portal.client("ali"), f"/projects/{built['project']}"
    form = next(f for f in ali.forms(path) if f["action"].endswith("/restart"))
    count = f"SELECT count(*) FROM deployments WHERE project_id = {built['project']}"
    before = portal.number(count)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ali.http.post(f"{portal.url}{path}/restart", data=form["fields"], timeout=60, allow_redirects=False),
                                range(6)))
    assert {a.status_code for a in answers} <= {303, 409}
    assert portal.number(count) == before + 1
    portal.wait_sql(f"SELECT state FROM deployments WHERE project_id = {built['project']} ORDER BY id DESC LIMIT 1", "running")


# --- logs by range ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec, expected", [
    ("bytes=0-9", 206), ("bytes=5-", 206), ("bytes=-7", 206), ("bytes=0-99999999999999", 206), ("bytes=-99999999999", 206),
    ("bytes=999999999-", 416), ("bytes=9223372036854775807-", 416), ("bytes=9-5", None), ("bytes=-0", None), ("bytes=-", None), ("bytes=x-y", None),
    ("bytes=99999999999999999999-", None), ("lines=1-2", 200), ("bytes=1-2,5-6", None), ("bytes 1-2", 200), ("bytes=" + "1-2," * 500, None),
])
def test_ranges_of_an_archived_log(portal, built, spec, expected):
    ali, path = portal.client("ali"), f"/api/v1/builds/{built['build']}/logs"
    portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {built['build']}")
    whole = ali.get(path).content
    assert whole and portal.client("mei").get(path, headers={"Range": spec}).status_code == 404
    answer = ali.get(path, headers={"Range": spec})
    assert answer.status_code in ((expected,) if expected else (200, 206, 400, 416)), answer.status_code
    if answer.status_code == 416 and "," not in spec:
        assert answer.headers["Content-Type"] == "application/problem+json" and answer.json()["status"] == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    if answer.status_code == 206 and "Content-Range" in answer.headers:
        first, last, total = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["Content-Range"]).groups())
        assert total == len(whole) and answer.content == whole[first:last + 1]
    if answer.status_code == 200:
        assert answer.content == whole


@pytest.mark.parametrize("spec, expected", [("bytes=0-9", 206), ("bytes=-5", 206), ("bytes=99999999-", 416), ("bytes=9-5", None), ("bytes=-0", None),
                                            ("bytes=99999999999999999999-", 200), ("bytes=0-9223372036854775807", 200), ("bytes=-9223372036854775806", 206)])
def test_ranges_of_a_growing_log(portal, project, spec, expected):
    steps = "".join(f"RUN echo step-{n} && sleep 60\n" for n in range(30))  # it grows until it is cancelled
    build = portal.build_of(project, portal.push(project, "Long", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\n" + steps)))
    portal.wait_sql(f"SELECT count(*) > 0 FROM build_log_chunks WHERE build_id = {build}")
    answer = portal.client("ali").get(f"/api/v1/builds/{build}/logs", headers={"Range": spec})
    assert answer.status_code in ((expected,) if expected else (200, 416)), (answer.status_code, answer.text[:200])
    if spec == "bytes=0-9":
        assert len(answer.content) == 10 and answer.headers["Content-Range"].startswith("bytes 0-9/")
    assert portal.client("teacher").api("POST", f"/api/v1/builds/{build}/cancel", {}).status_code == 202


# --- streams ------------------------------------------------------------------------------------------------------------


def open_stream(portal, client, path):
    u = urllib.parse.urlsplit(portal.url)
    s = socket.create_connection((u.hostname, u.port), timeout=60)
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.http.cookies)
    # HTTP/1.0: the marks of chunks would stand in the middle of lines.
    s.sendall(f"GET {path} HTTP/1.0\r\nHost: {u.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
    return s


def test_d3_three_hundred_streams_leave_the_pages_alone(portal, project):
    steps = "".join(f"RUN echo step-{n} && sleep 4\n" for n in range(10))
    build = portal.build_of(project, portal.push(project, "Watched", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\n" + steps)))
    ali, again = portal.client("ali", fresh=True), portal.client("ali", fresh=True)  # a session may have 200
    streams = [open_stream(portal, (ali, again)[n % 2], f"/stream/builds/{build}/log") for n in range(300)]
    for s in streams:
        assert s.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL).endswith(b" 200")
    slow = streams[:20]  # never read until the end
    began = time.monotonic()
    assert ali.get(f"/builds/{build}").status_code == 200
    assert time.monotonic() - began < 10
    texts = []
    for s in streams[20:]:
        text = b""
        while b"event: end" not in text and (piece := s.recv(65536)):
            text += piece
        texts.append(b"".join(re.findall(rb'"html":"(.*)"\}', text)))
        s.close()
    assert len({t for t in texts}) == 1 and b"step-9" in texts[0]
    for s in slow:
        assert b"200" in s.recv(100)
        s.close()


def test_killed_streams_go_on_without_a_lost_line(own_portal):
    portal = own_portal
    project = portal.new_project("ali")
    steps = "".join(f"RUN echo step-{n} && sleep 12\n" for n in range(30))  # longer than three starts of portal-stream take
    build = portal.build_of(project, portal.push(project, "Long", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\n" + steps)))
    ali, text, last, breaks = portal.client("ali"), "", 0, 0
    end = time.monotonic() + 180
    ended = False
    while not ended and time.monotonic() < end:
        try:
            with ali.http.get(f"{portal.url}/stream/builds/{build}/log", headers={"Last-Event-ID": str(last)}, stream=True, timeout=60) as answer:
                event, number = None, 0
                for line in answer.iter_lines(decode_unicode=True) if answer.status_code == 200 else ():
                    name, _, value = line.partition(": ")
                    if name == "id":
                        number = int(value)
                    elif name == "event":
                        event = value
                    elif name == "data" and event == "lines":
                        assert number > last
                        last, text = number, text + json.loads(value)["html"]
                        if breaks < 3 and f"step-{5 * breaks + 3}" in text:
                            breaks += 1
                            portal.stack.processes.kill("stream")
                            portal.stack.start_stream()
                    ended = ended or event == "end"
        except OSError:
            pass
        time.sleep(0.2)
    assert ended and breaks == 3
    assert (ended := portal.finish(build))[0] == "success", ended
    lines = [html.unescape(re.sub("<[^>]*>", "", line)) for line in re.findall(r'<span class="log-t">(.*?)</span></div>', text, re.S)]
    assert lines == ali.get(f"/builds/{build}/log").text.splitlines()


# --- faults -------------------------------------------------------------------------------------------------------------


def test_p1_without_its_database_the_portal_says_so(own_portal):
    portal = own_portal
    project = portal.new_project("ali")
    ali = portal.client("ali")
    body, style = portal.push_body(project, portal.head(project)), style_of(portal)
    portal.stack.processes.kill("postgres")
    began = time.monotonic()
    for path in ("/me", f"/projects/{project}", "/api/v1/builds", "/health", "/login"):
        answer = ali.get(path)
        assert answer.status_code == (503 if path != "/login" else answer.status_code), (path, answer.status_code)
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            assert "postgres" not in answer.text.lower() and "pg" not in answer.text and "socket" not in answer.text.lower()
            if not path.startswith(("/api", "/health")):
                assert "<h1" in answer.text
                check_page(answer.text)
    assert ali.api("POST", "/api/v1/auth/login", {"login": "ali", "password": "x"}).status_code == 503
    assert ali.post(f"/projects/{project}/restart").status_code == 503
    assert gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", body, portal.projects[project]["secret"])[0] == 503
    assert ali.get(f"/stream/builds/1/log").status_code >= 500
    assert portal.client().get(style).status_code == 200
    assert time.monotonic() - began < 40
    portal.stack.postgres.start()
    journey.wait_for(lambda: ali.get("/me", allow_redirects=True).status_code == 200, 60, "pages after the database is back")
    build = portal.build_of(project, portal.push(project, "After the outage"))
    assert (ended := portal.finish(build))[0] == "success", ended


def test_p3_a_database_that_hangs_holds_nobody(own_portal):
    """It accepts and never answers: each request ends in seconds, and all goes on when it does."""
    portal = own_portal
    ali = portal.client("ali")
    assert ali.get("/api/v1/builds").status_code == 200
    postmaster = portal.stack.processes.pid("postgres")
    everybody = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)  # first: then nobody is added
    try:
        with open(f"/proc/{postmaster}/task/{postmaster}/children") as f:
            everybody += map(int, f.read().split())
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            codes = list(pool.map(lambda _: ali.get("/api/v1/builds").status_code, range(12)))
        assert set(codes) == {503} and time.monotonic() - began < 30, (codes, time.monotonic() - began)
        assert portal.client().get("/login").status_code == 200
    finally:
        for pid in reversed(everybody):
            os.kill(pid, signal.SIGCONT)
    journey.wait_for(lambda: ali.get("/api/v1/builds").status_code == 200, 60, "answers after the database goes on")


def test_w4_another_projects_secret_on_every_shape(portal, built):
    """A student knows no secret, but a teacher of another project might: names, ids and letter cases do not help."""
    mine = portal.new_project("mei")
    theirs = json.loads(portal.push_body(built["project"], portal.head(built["project"])))
    own = json.loads(portal.push_body(mine, portal.head(mine)))
    secret = portal.projects[mine]["secret"]
    before = portal.number(f"SELECT count(*) FROM webhook_deliveries WHERE project_id = {built['project']}")
    for change in ({}, {"full_name": theirs["repository"]["full_name"].upper()}, {"full_name": "/" + theirs["repository"]["full_name"]},
                   {"full_name": theirs["repository"]["full_name"] + ".git"}, {"id": own["repository"]["id"]}):
        raw = gitea_hook.encode({**theirs, "repository": {**theirs["repository"], **change}})
        status, _ = gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", raw, secret)
        assert status in (401, 403) or "id" in change, (change, status)
    raw = gitea_hook.encode({**own, "repository": {**own["repository"], "id": theirs["repository"]["id"]}})
    gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", raw, secret)
    assert portal.number(f"SELECT count(*) FROM webhook_deliveries WHERE project_id = {built['project']}") == before


def test_w9_a_flood_of_pushes_leaves_two_builds(portal):
    project = portal.new_project("mei")
    portal.push(project, "First")
    bodies = []
    for n in range(100):
        body = json.loads(portal.push_body(project, portal.head(project)))
        sha = f"{n:040x}".replace("0", "a", 1)
        body["after"] = body["head_commit"]["id"] = sha
        body["commits"] = [body["head_commit"]]
        bodies.append(gitea_hook.encode(body))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(lambda b: gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", b, portal.projects[project]["secret"])[0], bodies))
    assert codes <= {200, 202}, codes
    assert portal.number(f"SELECT count(*) FROM builds WHERE project_id = {project} AND status IN ('pending', 'running')") <= 2
