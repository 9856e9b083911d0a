"""Every row of the table of routes, asked by everybody: nobody, a student, another student, a teacher, an admin."""
import re

import pytest

from stack.paths import ROOT

ROW = re.compile(r'^(?:PAGE|API)\("(\w+)", "([^"]+)", (\w+),\s*([^,]+),', re.M)
ROUTES = [(m[1], m[2], set(re.split(r"[\s|]+", m[4].strip()))) for m in ROW.finditer((ROOT / "app" / "routes.def").read_text())]
WHO = ("nobody", "ali", "mei", "teacher", "admin")
# What ends the session of the one who asks, or answers for machines alone.
LEFT_OUT = {"/logout", "/api/v1/auth/logout", "/login", "/api/v1/auth/login", "/auth/stream"}


@pytest.fixture(scope="module")
def objects(portal):
    """One object of each noun, all of them ali's."""
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "For the matrix"))
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    return {
        "projects": project,
        "builds": build,
        "deployments": portal.sql(f"SELECT id FROM deployments WHERE build_id = {build}"),
        "students": portal.sql(f"SELECT student_id FROM projects WHERE id = {project}"),
        "build-configs": portal.sql(f"SELECT student_id FROM projects WHERE id = {project}"),
        "registries": portal.sql("SELECT min(id) FROM registries"),
        "users": portal.sql("SELECT id FROM users WHERE login = 'noor'"),
        "tokens": "999999999",
    }


def concrete(pattern, objects):
    """The path with the objects' numbers, and the noun that the first number belongs to."""
    noun, parts = None, pattern.strip("/").split("/")
    for i, part in enumerate(parts):
        if part.startswith(":"):
            noun = noun or parts[i - 1]
            parts[i] = str(objects.get(parts[i - 1], 1))
    return "/" + "/".join(parts), noun


def who_may(who, guards, noun):
    """What the guards promise: 'login', 'absent' or 'pass' (whatever the handler says, but not those)."""
    if "PUBLIC" in guards:
        return "pass"
    if who == "nobody":
        return "login"
    if "NEED_ADMIN" in guards and who != "admin":
        return "absent"
    if "NEED_TEACHER" in guards and who not in ("admin", "teacher"):
        return "absent"
    owned = noun in ("projects", "builds", "deployments", "students", "build-configs")
    return "absent" if owned and who == "mei" else "pass"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("method, pattern, guards", [r for r in ROUTES if r[1] not in LEFT_OUT], ids=lambda v: v if isinstance(v, str) else "")
def test_matrix(portal, objects, method, pattern, guards, who):
    path, noun = concrete(pattern, objects)
    client = portal.client(None if who == "nobody" else who)
    is_api = path.startswith("/api/")
    if method == "GET":
        answer = client.get(path)
    elif is_api or "JSON_BODY" in guards and "FORM_BODY" not in guards:
        # An empty body: what the route needs is missing, so that nothing is changed by the one who may.
        answer = client.api(method, path, {"unexpected_field": 1} if "JSON_BODY" in guards else None)
    else:
        answer = client.post(path, unexpected_field="1")
    expected = who_may(who, guards, noun)
    code = answer.status_code
    assert code < 500, answer.text[:500]
    if expected == "login":
        if "NO_CSRF" not in guards:
            assert code in ((401,) if is_api else (303, 401, 403)), (code, answer.text[:300])
            if code == 303:
                assert answer.headers["Location"].startswith("/login")
    elif expected == "absent":
        assert code == 404, (code, answer.text[:300])
    else:
        assert code != 401 or "NO_CSRF" in guards or pattern.startswith("/api/v1/webhooks"), answer.text[:300]
        assert not answer.headers.get("Location", "").startswith("/login")
    if is_api and code >= 400:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        problem = answer.json()
        assert problem["status"] == code and problem["title"]
    if method == "GET" and code == 200 and not is_api and answer.headers["Content-Type"].startswith("text/html"):
        assert "default-src" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


GETS = [r for r in ROUTES if r[0] == "GET" and r[1] not in LEFT_OUT]


@pytest.mark.parametrize("method, pattern, guards", GETS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_trailing_slash_is_the_same(portal, objects, method, pattern, guards):
    path, _ = concrete(pattern, objects)
    client = portal.client("admin")
    assert client.get(path + "/").status_code == client.get(path).status_code


def test_unknown_paths_and_methods(portal):
    client = portal.client("ali")
    assert client.get("/no/such/page").status_code == 404
    assert client.get("/api/v1/no/such").json()["status"] == 404
    answer = client.http.request("DELETE", portal.url + "/login", timeout=10)
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/%2e%2e/etc/passwd", "/static/../configure.ac", "/static/%2e%2e/configure.ac", "/static/..%2fconfigure.ac",
                                  "/_archive/x", "/_s3/x", "/_error/502.json", "/..", "//", "/%00", "/%zz", "/\\..\\x",
                                  "/static//../../etc/passwd"])
def test_paths_that_lead_nowhere(portal, path):
    import http.client
    import urllib.parse
    u = urllib.parse.urlsplit(portal.url)
    connection = http.client.HTTPConnection(u.hostname, u.port, timeout=60)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", u.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status in (303, 400, 404), answer.status
    assert b"AC_INIT" not in text and b"root:" not in text
