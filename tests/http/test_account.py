"""Everybody's own account: name, language, zone, password, sessions, tokens; and invitations from the link to the first sign-in."""
import concurrent.futures
import html
import re

import psycopg2
import pytest

from stack.client import Client, Forms

LONG = "a correct horse battery"


@pytest.fixture(autouse=True)
def no_failures(portal):
    portal.sql("DELETE FROM login_failures")


def person(portal, login, role="student"):
    """A fresh account with a password, and its session. The account's login may be there from an earlier run."""
    admin = portal.client("admin")
    made = admin.api("POST", "/api/v1/users", {"login": login, "name": f"Person {login}", "role": role}).json()
    code = made["invitation_url"].rsplit("/", 1)[1]
    answer = accept(Client(portal.url), code)
    assert answer.status_code == 303, answer.text
    return Client(portal.url, f"{login}:{LONG}"), made["user"]["id"]


def accept(client, code, password=LONG, again=None):
    return client.http.post(f"{client.url}/invite/{code}", data={"password": password, "again": password if again is None else again},
                            timeout=20, allow_redirects=False)


def invite(portal, login="invitee"):
    """A new invitation's code for an account that is made where it is missing."""
    admin = portal.client("admin")
    found = admin.json(f"/api/v1/users?q={login}")["items"]
    if not found:
        made = admin.api("POST", "/api/v1/users", {"login": login, "name": "Invited 受邀", "role": "student"})
    else:
        made = admin.api("POST", f"/api/v1/users/{found[0]['id']}/invite")
    assert made.status_code == 201
    return made.json()["invitation_url"].rsplit("/", 1)[1]


# --- the account ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("who", ["ali", "teacher", "admin"])
@pytest.mark.parametrize("page", ["/account", "/account/tokens/new", "/api"])
def test_pages_are_everybodys(portal, who, page):
    text = portal.client(who).get(page).text
    assert text.count("<h1") == 1 and 'href="/account"' in text
    assert portal.client().get(page).headers["Location"].startswith("/login")


def test_name_language_and_zone(portal):
    teacher, number = person(portal, "profile-teacher", "teacher")
    answer = teacher.form("/account", "/account", name="New Name", language="zh", timezone="Europe/Berlin")
    assert answer.status_code == 303
    assert portal.sql(f"SELECT name, language, timezone FROM users WHERE id = {number}") == "New Name\tzh\tEurope/Berlin"
    assert "我的账号" in teacher.get("/account").text
    assert teacher.form("/account", "/account", language="en").status_code == 303
    for field, value in (("timezone", "Mars/Olympus"), ("timezone", ""), ("name", ""), ("name", "x" * 51), ("language", "fr")):
        answer = teacher.form("/account", "/account", **{field: value})
        assert answer.status_code == 422 and f'id="e-{field}"' in answer.text, (field, value)
    fields = next(f for f in teacher.forms("/account") if f["action"] == "/account")["fields"]
    assert teacher.form("/account", "/account", name="Newer").status_code == 303
    answer = teacher.http.post(portal.url + "/account", data={**fields, "name": "Older"}, timeout=20, allow_redirects=False)
    assert answer.status_code == 422 and "Somebody else" in answer.text
    # over the API
    answer = teacher.get("/api/v1/account")
    tag = answer.headers["ETag"]
    assert teacher.api("PUT", "/api/v1/account", {"language": "browser"}, headers={"If-Match": tag}).json()["language"] is None
    assert teacher.api("PUT", "/api/v1/account", {"name": "x"}, headers={"If-Match": tag}).status_code == 412
    assert teacher.api("PUT", "/api/v1/account", {"timezone": "x"}).json()["errors"][0]["field"] == "timezone"


def test_a_students_name_is_the_rosters(portal):
    student, number = person(portal, "profile-student")
    assert 'readonly' in student.get("/account").text
    assert student.form("/account", "/account", timezone="Asia/Tokyo").status_code == 303
    assert student.post("/account", name="Hacker", timezone="Asia/Tokyo", version="2").status_code == 422
    assert student.api("PUT", "/api/v1/account", {"name": "Hacker"}).status_code == 403
    assert portal.sql(f"SELECT name FROM users WHERE id = {number}") == "Person profile-student"


def test_a_new_password_ends_other_sessions(portal):
    one, number = person(portal, "passwords")
    other = Client(portal.url, f"passwords:{LONG}")
    token = one.api("POST", "/api/v1/auth/tokens", {"name": "t", "scopes": "read", "days": 1}).json()["token"]
    for current, fresh, again, field in (("wrong", "b" * 13 + "xyz", None, "current"), (LONG, "short", None, "password"),
                                         (LONG, "passwords", None, "password"), (LONG, "another long one", "different", "again"),
                                         ("", "another long one", None, "current")):
        answer = one.form("/account", "/account/password", current=current, password=fresh, again=fresh if again is None else again)
        assert answer.status_code == 422 and f'id="e-{field}"' in answer.text, (current, fresh)
        assert fresh not in answer.text or fresh in ("passwords", "short")
    before = one.http.cookies.get("session")
    answer = one.form("/account", "/account/password", current=LONG, password="another long one", again="another long one")
    assert answer.status_code == 303
    assert one.get("/account").status_code == 200 and one.http.cookies.get("session") != before
    assert other.get("/account").status_code == 303
    assert Client(portal.url).get("/api/v1/account", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert portal.client().http.post(f"{portal.url}/api/v1/auth/login", json={"login": "passwords", "password": LONG}, timeout=20).status_code == 401
    Client(portal.url, "passwords:another long one")
    acts = portal.sql(f"SELECT string_agg(action || ' ' || result, ', ' ORDER BY id) FROM audit_log WHERE object = 'user {number}'"
                      " AND action = 'password.change'")
    assert acts == "password.change refused, password.change done"
    # over the API the answer is a new session
    one = Client(portal.url, "passwords:another long one")
    answer = one.api("PUT", "/api/v1/account/password", {"current": "another long one", "password": "a third long one"})
    assert answer.status_code == 200 and answer.json()["csrf_token"]
    assert one.get("/api/v1/account").status_code == 200
    assert one.api("PUT", "/api/v1/account/password", {"current": "x", "password": "a fourth long one"}).json()["errors"][0]["field"] == "current"


def test_guessing_the_current_password_is_limited(portal):
    client, _ = person(portal, "guessed")
    for i in range(5):
        assert client.form("/account", "/account/password", current=f"guess {i}", password=LONG + "x", again=LONG + "x").status_code == 422
    # The next pauses are short, a slow machine would not meet them: ten more guesses.
    portal.sql("INSERT INTO login_failures (key) SELECT 'login:guessed' FROM generate_series(1, 10)")
    assert portal.number("SELECT count(*) FROM login_failures WHERE key = 'login:guessed'") == 15
    assert client.form("/account", "/account/password", current="guess", password=LONG + "x", again=LONG + "x").status_code == 429
    answer = client.form("/account", "/account/password", current=LONG, password=LONG + "x", again=LONG + "x")
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0  # the right one waits, too


def test_sessions_are_seen_and_ended(portal):
    one, _ = person(portal, "sessions")
    portal.sql("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login = 'sessions')")
    one, two, three = (Client(portal.url, f"sessions:{LONG}") for _ in range(3))
    rows = one.json("/api/v1/sessions")["items"]
    assert len(rows) == 3 and sum(r["current"] for r in rows) == 1 and "requests" in rows[0]["user_agent"]
    text = one.get("/account").text
    assert text.count("/end\"") == 3 and "Python" in text  # two rows, and all the others
    handles = {next(r["id"] for r in c.json("/api/v1/sessions")["items"] if r["current"]): c for c in (one, two, three)}
    mine = next(h for h, c in handles.items() if c is two)
    assert one.form("/account", f"/account/sessions/{mine}/end").status_code == 303
    assert two.get("/account").status_code == 303 and three.get("/account").status_code == 200
    assert one.form("/account", "/account/sessions/end").status_code == 303
    assert three.get("/account").status_code == 303 and one.get("/account").status_code == 200
    # not another's
    theirs = portal.client("teacher").json("/api/v1/sessions")["items"][0]["id"]
    assert one.api("DELETE", f"/api/v1/sessions/{theirs}").status_code == 404
    assert portal.client("teacher").get("/account").status_code == 200


def test_tokens_are_made_shown_once_and_revoked(portal):
    client, _ = person(portal, "tokens")
    for bad in ({"name": "", "days": "5"}, {"name": "x", "days": "0"}, {"name": "x", "days": "367"}, {"name": "x", "days": "many"}):
        answer = client.form("/account/tokens/new", "/account/tokens", **bad)
        assert answer.status_code == 422 and answer.text.count('class="error"') == 1
    answer = client.form("/account/tokens/new", "/account/tokens", name="CI <b>", days="5", deploy="1")
    assert answer.status_code == 201
    token = re.search(r"hsp_[0-9a-f]{48}", answer.text)[0]
    page = client.get("/account").text
    assert token not in page and "CI &lt;b&gt;" in page and "read deploy" in page
    bearer = {"Authorization": f"Bearer {token}"}
    api = Client(portal.url)
    assert api.get("/api/v1/builds", headers=bearer).status_code == 200
    assert api.get("/account", headers=bearer).status_code == 403  # pages of the account are not for tokens
    number = client.json("/api/v1/auth/tokens")["items"][0]["id"]
    assert portal.client("ali").get(f"/account/tokens/{number}/revoke").status_code == 404
    assert portal.client("ali").post(f"/account/tokens/{number}/revoke").status_code == 404
    ask = f"/account/tokens/{number}/revoke"
    assert client.form(ask, ask).status_code == 303
    assert api.get("/api/v1/builds", headers=bearer).status_code == 401


def test_the_api_is_explained_from_its_table(portal):
    client = portal.client("ali")
    text, objects = client.get("/api").text, client.get("/api?of=objects").text
    description = client.json("/api/v1/openapi.json")
    nouns = {noun: client.get(f"/api?of={noun}").text for noun in re.findall(r'href="/api\?of=([^"]+)"', text)}
    live = text.split('id="h-live"')[1].split("</section>")[0]
    for path in description["paths"]:
        pattern = re.sub(r"\{(\w+)\}", r":\1", path)
        pages = [live] if path.startswith("/stream/") else nouns.values()
        assert pattern in text and any(f"</strong> {pattern}</code>" in page and "curl" in page for page in pages), path
    for name in description["components"]["schemas"]:
        assert f'id="o-{name}"' in objects
    for word in ("curl", "Idempotency-Key", "If-Match", "next_cursor", "problem+json", "Bearer"):
        assert word in text
    for stream in (of["get"] for path, of in description["paths"].items() if path.startswith("/stream/")):
        assert all(f">{p['name']}</code>" in live for p in stream["parameters"] if p["in"] != "path"), stream["operationId"]
        for event in stream["x-events"]:
            name = event["data"]["$ref"].rpartition("/")[2]
            assert f'<code>{event["event"]}</code>' in live and f'"/api?of=objects#o-{name}"' in live and f'id="o-{name}"' in objects
    assert "If-Match" in nouns["students"] and client.get("/api?of=nonsense").status_code == 404


def test_what_no_token_can_do_is_shown_with_a_sign_in(portal):
    client = portal.client("ali")
    made = client.api("POST", "/api/v1/auth/tokens", {"name": "t", "scopes": "read write deploy", "days": 1}).json()["token"]
    program, seen = portal.client(), 0
    program.http.headers["Authorization"] = f"Bearer {made}"
    for noun in ("account", "auth", "sessions"):
        page = html.unescape(client.get(f"/api?of={noun}").text)
        for of in page.split("<details>")[1:]:
            method, path, example = re.search("<strong>(.*?)</strong> (.*?)</code>.*<pre>(.*)</pre>", of, re.S).groups()
            if "not by a token" not in of:
                assert "-b cookies" not in example
                continue
            assert "Bearer" not in example and "-b cookies" in example and ("X-CSRF-Token" in example) is (method != "GET"), example
            refused = program.api(method, re.sub(r":\w+", "7", path))
            assert refused.status_code == 403 and "No API token" in refused.json()["detail"], path
            seen += 1
    assert seen >= 8
    assert "-c cookies" in html.unescape(client.get("/api?of=auth").text)


def while_held(portal, login, meanwhile, call, *acts):
    """Sends a request while somebody else's transaction holds the user's row, and ends that by `acts` when the request waits for it. The
    portal waits 2 s: where this machine is slower, it is done again."""
    hashed = portal.sql(f"SELECT password_hash FROM users WHERE login = '{login}'")
    for _ in range(20):
        with psycopg2.connect(portal.stack.postgres.url()) as db, db.cursor() as cursor, concurrent.futures.ThreadPoolExecutor(1) as pool:
            cursor.execute("SELECT pg_backend_pid()")
            holder = cursor.fetchone()[0]
            cursor.execute(f"UPDATE users SET last_login_at = now() WHERE login = '{login}'")
            for act in meanwhile:
                cursor.execute(act)
            answer = pool.submit(call)
            while not answer.done() and portal.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {holder} = ANY (pg_blocking_pids(pid))") == "0":
                pass
            for act in acts:
                cursor.execute(act)
            db.commit()
            if answer.result().status_code != 503:
                return answer.result()
        portal.sql(f"DELETE FROM login_failures; UPDATE users SET password_hash = '{hashed}' WHERE login = '{login}'")
    raise AssertionError("the row was never free in time")


def test_a_sign_in_that_is_under_way_does_not_outlive_the_password(portal):
    """Whoever knows a password may send it all the time: what is compared while it is changed counts as the old one."""
    client, _ = person(portal, "racer")
    sessions = "SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.login = 'racer'"
    hashed, before = portal.sql("SELECT password_hash FROM users WHERE login = 'racer'"), portal.sql(sessions)

    answer = while_held(portal, "racer", [f"UPDATE users SET password_hash = '{hashed}' WHERE login = 'racer'"],
                        lambda: portal.client().api("POST", "/api/v1/auth/login", {"login": "racer", "password": LONG}),
                        "UPDATE users SET password_hash = '!' WHERE login = 'racer'")
    assert answer.status_code == 401 and portal.sql(sessions) == before
    portal.sql(f"UPDATE users SET password_hash = '{hashed}' WHERE login = 'racer'")
    # And a session that such a sign-in has made at that moment ends with the others.
    late = ("DELETE FROM sessions WHERE id_hash = 'late'; INSERT INTO sessions (id_hash, user_id, ip, user_agent, expires_at)"
            " SELECT 'late', id, '', '', now() + interval '1 hour' FROM users WHERE login = 'racer'")
    answer = while_held(portal, "racer", [late], lambda: client.api("PUT", "/api/v1/account/password", {"current": LONG, "password": LONG + " 2"}))
    assert answer.status_code == 200, answer.text
    assert portal.sql("SELECT count(*) FROM sessions WHERE id_hash = 'late'") == "0" and portal.sql(sessions) == "1"


# --- invitations ------------------------------------------------------------------------------------------------------------

def test_an_invitation_from_link_to_sign_in(portal):
    code = invite(portal, "newcomer")
    client = Client(portal.url)
    page = client.get(f"/invite/{code}")
    assert page.status_code == 200 and "Invited 受邀" in page.text and "newcomer" in page.text
    assert page.headers["Referrer-Policy"] == "strict-origin" and page.headers["Cache-Control"] == "no-store"
    for password, again, field in (("short", None, "password"), ("newcomer", None, "password"), (LONG, "other", "again"), ("", "", "password")):
        answer = accept(client, code, password, again)
        assert answer.status_code == 422 and f'id="e-{field}"' in answer.text
    answer = accept(client, code)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    assert client.get("/account").status_code == 200
    # once
    for again in (Client(portal.url).get(f"/invite/{code}"), accept(Client(portal.url), code, "quite another one")):
        assert again.status_code == 404 and "not valid any more" in again.text
    Client(portal.url, f"newcomer:{LONG}")
    number = portal.sql("SELECT id FROM users WHERE login = 'newcomer'")
    assert portal.sql(f"SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE object = 'user {number}' AND action <> 'login'") == \
        "user.create invitation.use"


def test_an_invitation_over_the_api(portal):
    code, client = invite(portal, "by-api"), Client(portal.url)

    def take(**more):
        return client.api("POST", "/api/v1/auth/invitation", {"code": code, "password": LONG, **more})

    for password in ("short", "by-api", ""):
        refused = take(password=password)
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "password", refused.text
    assert take(code="0" * 48).status_code == 404
    session = take()
    assert session.status_code == 200 and session.json()["user"]["login"] == "by-api" and code not in session.text
    assert client.json("/api/v1/auth/me")["csrf_token"]
    again = take(password="quite another one")
    assert again.status_code == 404 and "not valid any more" in again.json()["detail"]


def test_a_lost_password_is_replaced(portal):
    old, number = person(portal, "forgetful")
    code = invite(portal, "forgetful")
    assert old.get("/account").status_code == 200  # nothing changes until the link is used
    second = invite(portal, "forgetful")
    assert Client(portal.url).get(f"/invite/{code}").status_code == 404  # the newer link replaces it
    assert accept(Client(portal.url), second, "a brand new password").status_code == 303
    assert old.get("/account").status_code == 303
    assert portal.client().http.post(f"{portal.url}/api/v1/auth/login", json={"login": "forgetful", "password": LONG}, timeout=20).status_code == 401


def test_invitations_end(portal):
    code = invite(portal, "late")
    portal.sql("UPDATE invitations SET expires_at = now() - interval '1 second' WHERE user_id = (SELECT id FROM users WHERE login = 'late')")
    assert Client(portal.url).get(f"/invite/{code}").status_code == 404
    code = invite(portal, "late")
    number = portal.number("SELECT id FROM users WHERE login = 'late'")
    portal.client("admin").api("PUT", f"/api/v1/users/{number}", {"disabled": True})
    assert accept(Client(portal.url), code).status_code == 404
    days = portal.sql(f"SELECT extract(days FROM expires_at - created_at) FROM invitations WHERE user_id = {number} ORDER BY id DESC LIMIT 1")
    assert days == "7"


@pytest.mark.parametrize("code", ["0" * 48, "x", "0" * 47, "A" * 48, "%27%20OR%201=1", "0" * 4000])
def test_codes_that_are_none(portal, code):
    answer = Client(portal.url).get(f"/invite/{code}")
    assert answer.status_code in (404, 414, 400) and "Traceback" not in answer.text


def test_nobody_signs_in_without_a_password(portal):
    invite(portal, "passwordless")
    for password in ("", " ", "*", "x" * 20):
        answer = portal.client().http.post(f"{portal.url}/api/v1/auth/login", json={"login": "passwordless", "password": password}, timeout=20)
        assert answer.status_code in (401, 422)


def test_an_invitation_is_not_taken_from_elsewhere(portal):
    """Another site's page cannot send the form; whoever is signed in as somebody else becomes the invited one."""
    code = invite(portal, "elsewhere")
    client = Client(portal.url)
    answer = client.http.post(f"{portal.url}/invite/{code}", data={"password": LONG, "again": LONG}, timeout=20, allow_redirects=False,
                              headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    signed_in, _ = person(portal, "somebody-else")
    assert accept(signed_in, code).status_code == 303
    assert signed_in.json("/api/v1/auth/me")["user"]["login"] == "elsewhere"


def test_guessing_codes_is_limited(own_portal):
    portal = own_portal
    client = Client(portal.url)
    codes = []
    for i in range(70):
        answer = client.get(f"/invite/{i:048x}")
        codes.append(answer.status_code)
        if answer.status_code == 429 and "ten minutes" in answer.text:
            break
    assert codes.count(404) <= 60 and codes[-1] == 429
    good = invite(portal, "waits")
    assert client.get(f"/invite/{good}").status_code == 429  # the right one waits, too
    portal.client("ali", fresh=True)  # and signing in does not
    portal.sql("UPDATE login_failures SET failed_at = now() - interval '2 hours'")
    assert client.get(f"/invite/{good}").status_code == 200
    assert accept(client, good).status_code == 303
    # the code is in no log, whatever became of the request
    spoiled = invite(portal, "logged")
    forms = Forms(client.get(f"/invite/{spoiled}").text).forms
    assert forms
    client.http.get(f"{portal.url}/invite/{spoiled}/", timeout=20)
    client.http.get(f"{portal.url}//invite/{spoiled}", timeout=20)
    client.http.get(f"{portal.url}/%69nvite/{spoiled}?x=1", timeout=20)
    client.http.delete(f"{portal.url}/invite/{spoiled}", timeout=20)
    client.http.post(f"{portal.url}/invite/{spoiled}", data=b"x" * 3_000_000, timeout=20)
    client.http.get(f"{portal.url}/static/nothing.css", headers={"Referer": f"{portal.url}/"}, timeout=20)
    portal.stack.processes.stop("web", seconds=20)
    assert client.http.get(f"{portal.url}/invite/{spoiled}", timeout=20).status_code >= 500
    for path in portal.stack.processes.logs.glob("*.log"):
        text = path.read_text(errors="replace")
        for code in (good, spoiled):
            assert code not in text, path
