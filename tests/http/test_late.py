"""Changes that come too late, with another's token, or twice: nothing is lost, nothing is overwritten, nothing happens again."""
import concurrent.futures
import hashlib
import json
import re
import secrets
import urllib.parse
import uuid

import pytest

from stack.answers import FORM, JSON, LANGUAGES, by_name, check_page, check_problem
from stack.bad_input import json_valid, valid
from stack.clusters import kubeconfig
from stack.pages import Page
from stack.routes import catalogue, routes
from stack.state import changed
from stack.wire import Wire

TABLE = [r for r in routes() if not r.asks_cluster]
READ = {(r.method, r.pattern) for r in TABLE}
CHANGES = [r for r in TABLE if r.method != "GET" and "NO_CSRF" not in r.guards]


# --- too late -------------------------------------------------------------------------------------------------------------------


def somebody_changes_everything(still):
    """The version of each row moves on, as if it had been saved by somebody else."""
    for table in set(still.state.tables) - {"schema_migrations", "settings"}:
        kind = still.portal.sql(f"SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = 'version'")
        if kind in ("integer", "bigint"):
            still.portal.sql(f"UPDATE {table} SET version = version + 1")


def form_for(still, route):
    """The form that a page has for this route, and that page's path: of the same address, or of one above it."""
    path = still.path(route)
    place = path
    while place:
        answer = still.wire.ask("GET", place)
        for form in Page(answer.text).forms if answer.status == 200 else ():
            if form.method == "post" and urllib.parse.urljoin(place, form.action or place) == path and "version" in form.controls:
                return place, form
        for tab in ("variables", "config"):
            answer = still.wire.ask("GET", f"{place}/{tab}")
            for form in Page(answer.text).forms if answer.status == 200 else ():
                if form.action == path and "version" in form.controls:
                    return f"{place}/{tab}", form
        place = place.rpartition("/")[0]
    raise AssertionError(f"no page has a form for {route.name}")


def change(text):
    return f"{text[:20]}x" if not text.isdigit() else str(int(text) % 65000 + 1)


# It may look at what is typed on any version; what is new has none; settings are compared one by one (tests/http/test_admin.py).
SETTINGS = "/api/v1/settings"
SAVES_NOTHING = {"POST /admin/settings", "POST /projects/:id/config/test", "POST /admin/registries", "POST /admin/gitea", "POST /admin/clusters"}


@pytest.mark.parametrize("route", by_name(r for r in TABLE if any(f.name == "version" for f in r.body) and r.name not in SAVES_NOTHING))
def test_a_form_that_is_stale(still, route):
    place, form = form_for(still, route)
    fields = form.fields()
    name = next(n for n, c in form.controls.items() if c.type in ("text", "textarea") and c.value)
    fields[name] = change(fields[name])
    somebody_changes_everything(still)
    with still.unchanged(route.name):
        for language in LANGUAGES:
            answer = still.wire.ask(route.method, still.path(route), urllib.parse.urlencode(fields).encode(), FORM, language)
            said = f"{route.name}: {answer.status} {answer.text[:500]}"
            assert answer.status in (409, 422), said
            check_page(answer, language, said)
            page = Page(answer.text)
            assert catalogue(language)["error.changed_meanwhile"] in page.words, said
            again = next(f for f in page.forms if "version" in f.controls and name in f.controls)
            assert again.controls[name].value == fields[name], f"{said}: what was typed is lost"
            assert again.controls["version"].value == fields["version"], f"{said}: the next try would overwrite"
    # The page opened anew has the version of now, and can be saved.
    fields = form_for(still, route)[1].fields()
    answer = still.wire.ask(route.method, still.path(route), urllib.parse.urlencode(fields).encode(), FORM)
    assert answer.status == 303, f"{route.name}: {answer.status} {answer.text[:500]}"


@pytest.mark.parametrize("route", by_name(r for r in TABLE if "IF_MATCH" in r.guards and ("GET", r.pattern) in READ and r.pattern != SETTINGS))
def test_an_edit_of_a_version_that_has_gone(still, route):
    path, body = still.path(route), b"{}"
    read = still.wire.ask("GET", path)
    tag = read.headers["ETag"]
    assert read.status == 200 and tag, f"{route.name}: {read.status}, ETag {tag}"
    somebody_changes_everything(still)
    with still.unchanged(route.name):
        for late in (tag, '"0"', '"x"', "1", 'W/"1"', f"{tag}, {tag}", ""):
            for language in LANGUAGES:
                if late:
                    check_problem(still.wire.ask(route.method, path, body, JSON, language, If_Match=late), route, 412, language, [], late)
    fresh = still.wire.ask("GET", path).headers["ETag"]
    assert fresh != tag
    for good in (fresh, "*"):
        answer = still.wire.ask(route.method, path, body, JSON, If_Match=good)
        assert answer.status == 200 and answer.headers["ETag"], f"{route.name}: {answer.status} {answer.text[:500]}"


def test_a_variable_that_somebody_else_has_set(still):
    """It has no address to be read at: the list has the version, and each answer the next one."""
    path = f"/api/v1/projects/{still.project}/variables"

    def put(value, status, **headers):
        body = json.dumps({"value": value} | ({"secret": True} if value == "hidden" else {})).encode()
        answer = still.wire.ask("PUT", f"{path}/TIDE", body, JSON, **headers)
        assert answer.status == status, answer.text
        return answer.headers["ETag"]

    def stored():
        return next((v for v in still.client.json(path)["items"] if v["name"] == "TIDE"), None)

    with still.unchanged("there is none yet"):
        put("low", 412, If_Match='"1"')
        put("low", 412, If_Match="*")
    first = put("low", 200, If_None_Match="*")
    assert first == f'"{stored()["version"]}"'
    second = put("hidden", 200, If_Match=first)
    assert second != first
    with still.unchanged("another has set it"):
        for late in (first, '"0"', '"-1"', "1", f'{first}, "0"'):
            put("late", 412, If_Match=late)
        put("late", 412, If_None_Match="*")
    third = put("high", 200, If_Match=f"{first}, W/{second}")
    assert put("higher", 200, If_Match="*") != third and put("highest", 200) != third and stored()["value"] == "highest"
    last = f'"{stored()["version"]}"'
    assert still.client.api("DELETE", f"{path}/TIDE").status_code == 204
    put("anew", 200, If_None_Match="*")
    with still.unchanged("what was made anew is another one"):
        put("late", 412, If_Match=last)
    assert still.client.api("DELETE", f"{path}/TIDE").status_code == 204


# --- with another's token -------------------------------------------------------------------------------------------------------

FORGED = ["none", "empty", "random", "cut", "longer", "another's", "an ended session's", "the cookie itself"]
FOREIGN = {"cross site": {"Sec_Fetch_Site": "cross-site"}, "same site": {"Sec_Fetch_Site": "same-site"},
           "foreign origin": {"Origin": "https://evil.invalid"}, "null origin": {"Origin": "null"}}


@pytest.fixture(scope="module")
def tokens(still):
    ended = still.portal.client("admin", fresh=True)
    token = ended.csrf
    assert ended.post("/logout").status_code == 303
    own = still.wire.csrf
    return {"none": None, "empty": "", "random": secrets.token_hex(len(own) // 2), "cut": own[:-2], "longer": own + "00",
            "another's": still.portal.client("teacher").csrf, "an ended session's": token, "the cookie itself": still.wire.cookie.split("=", 1)[1]}


@pytest.mark.parametrize("case", [*FORGED, *FOREIGN])
def test_no_change_without_the_sessions_own_token(still, tokens, case):
    """In the form and in the header; also the right one from another's page."""
    token, headers = tokens.get(case, still.wire.csrf), FOREIGN.get(case, {})
    bare = Wire(still.client)
    bare.csrf = None
    with still.unchanged(case):
        for route in CHANGES:
            for language in LANGUAGES:
                form = "FORM_BODY" in route.guards
                body = urllib.parse.urlencode({"csrf": token} if token is not None else {"x": "1"}).encode() if form else None
                more = {} if token is None else {"X_CSRF_Token": token} if not form or case in FORGED else {}
                answer = bare.ask(route.method, still.path(route), body, FORM if form else None, language, **headers, **more)
                check_problem(answer, route, 403, language, [], case)
                if route.api:
                    assert answer.json()["detail"] == catalogue(language)["error.csrf"], answer.text
                else:
                    assert catalogue(language)["error.csrf"] in Page(answer.text).words
    assert still.wire.ask("GET", "/api/v1/auth/me").status == 200
    bare.close()


def test_nothing_changes_by_get(still):
    """An address that changes something is also a page, or takes no GET."""
    pages = {r.pattern for r in TABLE if r.method == "GET"}
    with still.unchanged("GET"):
        for route in CHANGES:
            answer = still.wire.ask("GET", f"{still.path(route)}?csrf={still.wire.csrf}&confirmed=1&action=restart&build_id=1")
            assert answer.status == (200 if route.pattern in pages else 405), f"{route.name}: {answer.status}"
            assert answer.status == 200 or route.method in answer.headers["Allow"], f"{route.name}: {answer.headers['Allow']}"


def test_a_body_of_another_type_changes_nothing_either(still):
    """What a foreign page can send without being asked: text/plain with JSON in it."""
    bare = Wire(still.client)
    bare.csrf = None
    with still.unchanged("text/plain"):
        for route in CHANGES:
            answer = bare.ask(route.method, still.path(route), b'{"action": "restart", "x": "="}', "text/plain", Origin="null")
            check_problem(answer, route, 415, "en", [])
    bare.close()


# --- twice ------------------------------------------------------------------------------------------------------------------------

ONCE = [r for r in TABLE if "IDEMPOTENT" in r.guards]
MADE_WITH_A_SECRET = {"/api/v1/registries", "/api/v1/gitea-servers", "/api/v1/kubernetes/clusters", "/admin/registries", "/admin/gitea",
                      "/admin/clusters"}
SECRET = "canary-sent-with-a-key"
MADE_ROWS = ("registries", "gitea_servers", "clusters", "users", "api_tokens", "audit_log")


def right(still, route, fresh):
    """Values that are right for the model as well."""
    values = {"code": f"TWICE-{fresh}", "name": "Twice", "number": f"t-{fresh}", "student_number": f"t-{fresh}", "text": f"r-{fresh},Twice\n",
              "csv": f"r-{fresh},Twice\n", "confirmed": "1", "action": "restart", "student_id": str(still.ids["students"]), "repo_url": "file:///srv/git/twice.git", "project": str(still.project), "project_ids": str(still.project),
              "login": f"twice-{fresh}", "role": "student", "scopes": "read", "days": "1", "address": f"twice-{fresh}.example:5000", "url": f"https://twice-{fresh}.example",
              "push_password": SECRET, "push_username": "twice", "kind": "token", "server": "https://203.0.113.7:6443",
              "project_id": str(still.project), "build_id": str(still.build), "deployment_id": str(still.ids["deployments"])}
    if any(f.name == "name" and f.kind == "slug" for f in route.body):
        values["name"] = f"twice-{fresh}"
    if route.pattern in MADE_WITH_A_SECRET:
        values |= {"name": f"twice-{fresh}", "token": SECRET}
        return {f.name: values[f.name] for f in route.body if f.name in values}
    if route.pattern.endswith("/invitations"):  # all others have a password
        return {"student_id": values["student_id"]}
    return {f.name: values[f.name] for f in route.body if f.required or f.name in ("text", "confirmed", "project", "project_id", "build_id")
            and f.name in values and not (f.name == "project" and f.kind == "slug")}


@pytest.fixture
def uninvited(still):
    """A student who has no password yet is in the course: there is somebody to invite."""
    fresh = secrets.token_hex(4)
    made = still.client.api("POST", "/api/v1/users", {"login": f"uninvited-{fresh}", "name": "Uninvited", "role": "student"})
    assert made.status_code == 201, made.text
    added = still.client.form(f"/courses/{still.ids['courses']}/students/new", "", number=f"u-{fresh}", name="Uninvited", login=f"uninvited-{fresh}")
    assert added.status_code == 303, added.text[:500]


def body_of(still, route, fresh):
    values = right(still, route, fresh)
    if "FORM_BODY" in route.guards:
        return urllib.parse.urlencode(values).encode(), FORM
    kinds = {f.name: f.kind for f in route.body}
    typed = {n: [int(v)] if kinds[n] == "ids" else v == "1" if kinds[n] == "bool" else int(v) if kinds[n] in ("id", "int") else v for n, v in values.items()}
    return json.dumps(typed).encode(), JSON


def statuses(route):
    """Of a request that is done."""
    return (route.status,) if route.api else (201,) if "SHOWN_ONCE" in route.guards else (303, 200)


@pytest.mark.parametrize("route", by_name(ONCE))
def test_one_key_is_one_act(still, uninvited, route):
    """The second of two with one key gets the first one's answer, and nothing happens."""
    still.settle()
    path = still.path(route)
    if "/cancel" in path:
        started = still.wire.ask("POST", f"/projects/{still.project}/builds", b"", FORM)
        path = path.replace(f"/{still.build}/", f"/{started.headers['Location'].rpartition('/')[2]}/")
    body, kind = body_of(still, route, secrets.token_hex(4))
    key, before = str(uuid.uuid4()), still.state.now()
    first = still.wire.ask(route.method, path, body, kind, Idempotency_Key=key)
    assert first.status in statuses(route), f"{route.name}: {first.status} {first.text[:600]}"
    after = still.state.now()
    assert changed(before, after), f"{route.name} did nothing"
    for _ in range(2):
        again = still.wire.ask(route.method, path, body, kind, Idempotency_Key=key)
        assert again.headers["Idempotency-Replayed"] == "true", f"{route.name}: {again.status} {again.text[:300]}"
        if "SHOWN_ONCE" in route.guards and not route.api:
            assert (again.status, again.headers["Location"]) == (303, first.headers["Location"]), f"{route.name}: {again.status} {again.text[:300]}"
            assert "notice=notice.shown_once" in again.headers["Set-Cookie"]
            continue
        if "SHOWN_ONCE" in route.guards:
            check_problem(again, route, 409, "en", [])
            said = again.json()
            assert said["made"] == again.headers["Location"] == first.headers["Location"] and said["made"].startswith("/api/v1/"), said
            assert said["detail"] == catalogue("en")["error.idempotency_shown"]
            continue
        assert (again.status, again.body, again.headers["Location"]) == (first.status, first.body, first.headers["Location"]), route.name
    assert still.state.now() == after, f"{route.name}: changed {changed(after, still.state.now())}"
    # The same key for something else is refused, in words.
    other = body_of(still, route, "other")[0] + (b" " if kind == JSON else b"&next=/")
    for language in LANGUAGES:
        answer = still.wire.ask(route.method, path, other, kind, language, Idempotency_Key=key)
        check_problem(answer, route, 409, language, [])
        assert catalogue(language)["error.idempotency_other"] in (answer.text if not route.api else answer.json()["detail"])
    assert still.state.now() == after


def leaves(value):
    return [t for v in (value.values() if isinstance(value, dict) else value) for t in leaves(v)] if isinstance(value, (dict, list)) else [value]


def kept_of(still, key):
    return still.portal.sql(f"SELECT request, coalesce(location, ''), coalesce(body, '') FROM idempotency_keys WHERE key = '{key}'")


@pytest.mark.parametrize("route", by_name(r for r in ONCE if "SHOWN_ONCE" in r.guards or r.pattern in MADE_WITH_A_SECRET))
def test_no_secret_stays_with_a_key(still, uninvited, route):
    """Neither one that was sent nor one that was shown; nor a digest of what was sent, on which words could be tried."""
    body, kind = body_of(still, route, secrets.token_hex(4))
    key = str(uuid.uuid4())
    first = still.wire.ask(route.method, still.path(route), body, kind, Idempotency_Key=key)
    assert first.status in statuses(route), first.text
    row = kept_of(still, key)
    assert row.startswith("m1:") and SECRET not in row and (SECRET in body.decode()) == (route.pattern in MADE_WITH_A_SECRET)
    digest = hashlib.sha256(f"POST {still.path(route)}?\n".encode() + body).hexdigest()
    assert digest not in row and hashlib.sha256(body).hexdigest() not in row
    if "SHOWN_ONCE" in route.guards:
        assert row.endswith("\t"), row
        said = leaves(first.json()) if route.api else re.findall(r"hsp_[0-9a-f]{48}|/invite/[0-9a-f]{48}|[0-9a-f]{32,}", first.text)
        shown = [t for t in said if isinstance(t, str) and (t.startswith("hsp_") or "/invite/" in t or len(t) >= 32)]
        assert shown or route.pattern.endswith("/invitations")
        assert not [t for t in shown if t in row]
    elif route.api:
        assert first.json()["name"] in row
    else:
        assert first.headers["Location"] in row


@pytest.mark.parametrize("route", by_name(r for r in ONCE if "SHOWN_ONCE" in r.guards or r.pattern in MADE_WITH_A_SECRET))
def test_two_at_the_same_moment_are_one_act(still, uninvited, route):
    """One is done; the others get its answer, or are told that it shows a secret once, or that it is still being worked on."""
    body, kind = body_of(still, route, secrets.token_hex(4))
    key, count = str(uuid.uuid4()), f"SELECT {', '.join(f'(SELECT count(*) FROM {t})' for t in MADE_ROWS)}"
    before = [int(n) for n in still.portal.sql(count).split("\t")]

    def ask(_):
        wire = Wire(still.client)
        answer = wire.ask(route.method, still.path(route), body, kind, Idempotency_Key=key)
        wire.close()
        return answer

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    done = [a for a in answers if a.status in statuses(route) and not a.headers["Idempotency-Replayed"]]
    assert len(done) == 1, [(a.status, a.text[:200]) for a in answers]
    rest = [a for a in answers if a is not done[0]]
    if "SHOWN_ONCE" in route.guards:
        assert {a.status for a in rest} <= ({409} if route.api else {409, 303})
    else:
        assert all(a.body == done[0].body for a in rest if a.status != 409) and {a.status for a in rest} <= {*statuses(route), 409}
    after = [int(n) for n in still.portal.sql(count).split("\t")]
    lines = len(set(re.findall("/invite/[0-9a-f]{48}", done[0].text))) if route.pattern == "/courses/:id/invite" else 1
    assert max(a - b for a, b in zip(after[:-1], before)) <= 1 and after[-1] == before[-1] + lines, (before, after)


def test_who_lost_a_token_deletes_it_and_makes_another(still):
    """The whole way out: what `made` names can be deleted, and a new key makes a new one."""
    body = {"name": "lost", "scopes": "read", "days": 1}
    first, again = (still.client.api("POST", "/api/v1/auth/tokens", body, headers={"Idempotency-Key": "lost-on-the-way"}) for _ in range(2))
    made = again.json()["made"]
    assert again.status_code == 409 and made == f"/api/v1/auth/tokens/{first.json()['id']}"
    assert still.client.api("DELETE", made).status_code == 204
    other = still.client.api("POST", "/api/v1/auth/tokens", body, headers={"Idempotency-Key": "another-key"})
    assert other.status_code == 201 and other.json()["token"] != first.json()["token"]


PREVIEWED = "/courses/:id/import"  # its first form changes nothing; the preview's has the key


def test_forms_carry_a_key_where_it_counts(still, uninvited):
    """Each form of each page: it sends a key where its route runs once a key, and only there; none of these routes is without a form."""
    posts = sorted(((re.compile(re.sub(r":\w+", "[^/]+", r.pattern) + "$"), r) for r in TABLE if r.method == "POST" and not r.api),
                   key=lambda p: ":" in p[1].pattern)
    seen = set()
    for route in (r for r in TABLE if r.method == "GET" and not r.api and "NEED" in str(r.guards)):
        place = still.path(route)
        answer = still.wire.ask("GET", place)
        for form in Page(answer.text).forms if answer.status == 200 and "html" in answer.headers["Content-Type"] else ():
            target = urllib.parse.urlsplit(urllib.parse.urljoin(place, form.action or place)).path
            at = next((r for pattern, r in posts if pattern.match(target)), None)
            if form.method == "post" and at and at.pattern != PREVIEWED:
                assert ("idempotency_key" in form.controls) == ("IDEMPOTENT" in at.guards), f"{at.name} on {place}"
                seen.add(at.pattern)
    # What the application's state or the build's does not allow has no form just now.
    elsewhere = {PREVIEWED, "/projects/:id/start", "/builds/:id/cancel", "/projects/:id/rollback", "/projects/:id/deploy", "/courses/:id/act"}
    assert {r.pattern for r in ONCE if not r.api} - seen <= elsewhere, {r.pattern for r in ONCE if not r.api} - seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_clicks_twice_has_one_token(still, language):
    """The second click leads to the account, which says what to do, and has the token to revoke."""
    form = next(f for f in still.client.forms("/account/tokens/new") if f["action"] == "/account/tokens")
    body = urllib.parse.urlencode({**form["fields"], "name": f"clicked {language}", "days": "1"}).encode()
    first, second = (still.wire.ask("POST", "/account/tokens", body, FORM, language) for _ in range(2))
    assert first.status == 201 and "hsp_" in first.text and second.status == 303, second.text[:500]
    assert still.portal.number(f"SELECT count(*) FROM api_tokens WHERE name = 'clicked {language}'") == 1
    notice = second.headers["Set-Cookie"].split(";")[0]
    account = still.wire.ask("GET", second.headers["Location"], language=language, Cookie=f"{still.wire.cookie}; {notice}").text
    number = still.portal.number(f"SELECT id FROM api_tokens WHERE name = 'clicked {language}'")
    assert catalogue(language)["notice.shown_once"] in account and f"/account/tokens/{number}/revoke" in account and "hsp_" not in account


def test_a_refused_form_is_not_kept(still):
    """It is shown again with what was typed, which may be a secret; with the same key it can be sent again, and put right."""
    key, body = str(uuid.uuid4()), {"name": "kept-not", "kind": "kubeconfig", "kubeconfig": f"users:\n- token: {SECRET}\n"}
    refused = [still.wire.ask("POST", "/admin/clusters", urllib.parse.urlencode(body).encode(), FORM, Idempotency_Key=key) for _ in range(2)]
    assert [a.status for a in refused] == [422, 422] and SECRET in refused[0].text
    assert kept_of(still, key) == "" and still.portal.number(f"SELECT count(*) FROM idempotency_keys k WHERE k::text LIKE '%{SECRET}%'") == 0
    right = {"name": "kept-not", "kind": "kubeconfig", "kubeconfig": kubeconfig("https://203.0.113.8:6443")}
    assert still.wire.ask("POST", "/admin/clusters", urllib.parse.urlencode(right).encode(), FORM, Idempotency_Key=key).status == 303


# Two clicks without a key: what the second one is. Each token is another one, and a new key or secret replaces the last; all else is
# the same act.
SAME = {"restart": "deployments", "stop": "deployments", "start": "deployments", "deploy": "deployments", "builds": "builds", "again": "builds",
        "trigger": "builds"}


@pytest.mark.parametrize("route", by_name(r for r in ONCE if r.pattern.rpartition("/")[2] in SAME))
def test_two_clicks_are_one_act(still, route):
    still.settle()
    table = SAME[route.pattern.rpartition("/")[2]]
    body, kind = body_of(still, route, "x")
    answers = []
    for _ in range(2):
        answers.append(still.wire.ask(route.method, still.path(route), body, kind))
        rows = still.portal.sql(f"SELECT count(*), max(id) FROM {table} WHERE project_id = {still.project} AND "
                                f"{'state' if table == 'deployments' else 'status'} = 'pending'")
        answers.append(rows)
    assert answers[0].status == answers[2].status in (202, 303), (route.name, answers)
    assert answers[1] == answers[3] and answers[1].startswith("1\t"), (route.name, answers)
    if route.api:
        assert answers[0].json()["id"] == answers[2].json()["id"]


@pytest.mark.parametrize("pattern, again", [("/courses/new", "code"), ("/courses/:id/students/new", "number"), ("/api/v1/courses", "code"),
                                            ("/api/v1/courses/:id/students", "student_number")])
def test_what_is_there_is_not_made_again(still, pattern, again):
    """Without a key the second is refused: the name is taken."""
    route = next(r for r in TABLE if r.method == "POST" and r.pattern == pattern)
    body, kind = body_of(still, route, secrets.token_hex(4))
    assert still.wire.ask("POST", still.path(route), body, kind).status in (201, 303)
    with still.unchanged(route.name):
        for language in LANGUAGES:
            answer = still.wire.ask("POST", still.path(route), body, kind, language)
            assert answer.status == (409 if route.api else 422), answer.text[:500]
            assert catalogue(language)["error.taken"] in answer.text
            assert not route.api or [e["field"] for e in answer.json()["errors"]] == [again]
