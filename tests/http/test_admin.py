"""What admins see and change: the system's state, settings, registries, Gitea servers, users. As the right and the wrong role."""
import re
import time

import pytest

from stack import journey
from stack.standin import PASSWORD, TOKEN, USER, StandIn

PAGES = ("/admin", "/admin/settings", "/admin/registries", "/admin/registries/new", "/admin/gitea", "/admin/gitea/new", "/admin/users",
         "/admin/users/new", "/admin/audit")


@pytest.fixture
def admin(portal):
    return portal.client("admin")


def errors_of(answer):
    """The sentences at the fields of a page's form."""
    return re.findall(r'<p class="error" id="e-(\w+)">([^<]*)', answer.text)


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_admins(portal, page):
    for who, status in (("admin", 200), ("teacher", 404), ("ali", 404)):
        answer = portal.client(who).get(page)
        assert answer.status_code == status, (who, answer.text[:300])
    text = portal.client("admin").get(page).text
    assert text.count("<h1") == 1 and 'href="/admin"' in text
    assert "aria-current" in text
    assert 'href="/admin"' not in portal.client("teacher").get("/courses").text


@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_chinese(portal, page):
    client = portal.client("admin", fresh=True, language="zh-CN")
    text = client.get(page).text
    assert 'lang="zh-Hans"' in text and "系统" in text


# --- settings ---------------------------------------------------------------------------------------------------------------

def reset(portal, *names):
    for name in names:
        portal.stack.portalctl("setting", "reset", name)


def test_settings_are_saved_whole_or_not_at_all(portal, admin):
    lines = portal.number("SELECT count(*) FROM audit_log WHERE action LIKE 'setting.%'")
    answer = admin.form("/admin/settings", "/admin/settings", build_limit="9", build_cpu="lots", base_domain="Not A Domain")
    assert answer.status_code == 422
    wrong = dict(errors_of(answer))
    assert set(wrong) == {"build_cpu", "base_domain"} and "500m" in wrong["build_cpu"]
    assert 'value="9"' in answer.text and 'value="lots"' in answer.text  # what was typed is shown again
    assert portal.number("SELECT count(*) FROM settings WHERE name = 'build_limit' AND value = '9'") == 0
    answer = admin.form("/admin/settings", "/admin/settings", build_limit="9", shared_env="A=1\r\nB=2")
    assert answer.status_code == 303
    assert portal.sql("SELECT value FROM settings WHERE name = 'build_limit'") == "9"
    assert "build_limit\t9\tstored" in portal.stack.portalctl("setting", "list")
    assert portal.number("SELECT count(*) FROM audit_log WHERE action LIKE 'setting.%'") == lines + 2
    assert 'from "4" to "9"' in portal.sql("SELECT detail FROM audit_log WHERE object = 'setting build_limit' ORDER BY id DESC LIMIT 1")
    page = admin.get("/admin/settings").text
    assert "Administrator" in page and "reset_build_limit" in page
    # back to the default
    answer = admin.form("/admin/settings", "/admin/settings", reset_build_limit="1", reset_shared_env="1")
    assert answer.status_code == 303
    assert portal.number("SELECT count(*) FROM settings WHERE name = 'build_limit' AND value IS NULL") == 1
    assert "build_limit\t4\tdefault" in portal.stack.portalctl("setting", "list")
    # the same again is no change
    answer = admin.form("/admin/settings", "/admin/settings")
    assert answer.status_code == 303
    assert portal.number("SELECT count(*) FROM audit_log WHERE action LIKE 'setting.%'") == lines + 4


def test_a_stale_form_shows_both_values(portal, admin):
    form = next(f for f in admin.forms("/admin/settings") if f["action"] == "/admin/settings")
    portal.stack.portalctl("setting", "set", "build_timeout", "777")
    fields = {**form["fields"], "build_timeout": "888", "deploy_timeout": "555"}
    answer = admin.http.post(portal.url + "/admin/settings", data=fields, timeout=20, allow_redirects=False)
    assert answer.status_code == 422
    assert [name for name, _ in errors_of(answer)] == ["build_timeout"]
    assert "777" in answer.text and 'value="888"' in answer.text
    assert portal.sql("SELECT count(*) FROM settings WHERE name = 'deploy_timeout' AND value IS NOT NULL") == "0"
    # whoever has seen both decides
    version = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    fields["version"] = version
    fields["csrf"] = re.search(r'name="csrf" value="(\w+)"', answer.text)[1]
    answer = admin.http.post(portal.url + "/admin/settings", data=fields, timeout=20, allow_redirects=False)
    assert answer.status_code == 303
    assert portal.sql("SELECT value FROM settings WHERE name = 'build_timeout'") == "888"
    reset(portal, "build_timeout", "deploy_timeout")


def test_a_form_with_errors_does_not_hide_what_others_changed(portal, admin):
    """Typed wrong once and sent again: the version is still that of the form as it was opened."""
    form = next(f for f in admin.forms("/admin/settings") if f["action"] == "/admin/settings")
    portal.stack.portalctl("setting", "set", "build_timeout", "777")
    wrong = {**form["fields"], "deploy_timeout": "a\x01b"}
    answer = admin.http.post(portal.url + "/admin/settings", data=wrong, timeout=20, allow_redirects=False)
    assert answer.status_code == 422 and [name for name, _ in errors_of(answer)] == ["deploy_timeout"]
    version = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    answer = admin.http.post(portal.url + "/admin/settings", data={**form["fields"], "version": version}, timeout=20, allow_redirects=False)
    assert answer.status_code == 422 and [name for name, _ in errors_of(answer)] == ["build_timeout"] and "777" in answer.text
    assert portal.sql("SELECT value FROM settings WHERE name = 'build_timeout'") == "777"
    reset(portal, "build_timeout")


def test_settings_over_the_api(portal, admin):
    answer = admin.get("/api/v1/settings")
    tag, before = answer.headers["ETag"], {s["name"]: s for s in answer.json()["items"]}
    assert before["build_limit"]["min"] == "1" and before["build_limit"]["default"] == "4" and before["build_limit"]["meaning"]
    assert before["app_cpu"]["max"] == "1024" and before["builder"]["choices"] == "kaniko|buildkit"
    answer = admin.api("PUT", "/api/v1/settings", {"build_limit": "6"}, headers={"If-Match": tag})
    assert answer.status_code == 200
    after = {s["name"]: s for s in answer.json()["items"]}
    assert after["build_limit"]["value"] == "6" and after["build_limit"]["updated_by"] == "admin"
    assert admin.api("PUT", "/api/v1/settings", {"build_limit": "7"}, headers={"If-Match": tag}).status_code == 412
    answer = admin.api("PUT", "/api/v1/settings", {"build_limit": "0", "git_image": "no image"})
    assert answer.status_code == 422 and {e["field"] for e in answer.json()["errors"]} == {"build_limit", "git_image"}
    assert admin.api("PUT", "/api/v1/settings", {"nonsense": "1"}).status_code == 422
    assert admin.api("PUT", "/api/v1/settings", {"build_limit": 6}).status_code == 422  # values are text
    assert admin.api("PUT", "/api/v1/settings", {"default_registry_id": "999999"}).status_code == 422
    answer = admin.api("PUT", "/api/v1/settings", {"reset_build_limit": True})
    assert {s["name"]: s["origin"] for s in answer.json()["items"]}["build_limit"] != "stored"
    for who in ("teacher", "ali"):
        assert portal.client(who).get("/api/v1/settings").status_code == 404
        assert portal.client(who).api("PUT", "/api/v1/settings", {"build_limit": "5"}).status_code == 404


# --- registries -------------------------------------------------------------------------------------------------------------

def new_registry(admin, name, address, **more):
    answer = admin.api("POST", "/api/v1/registries", {"name": name, "address": address, "plain_http": True, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_a_registry_lives(portal, admin):
    answer = admin.form("/admin/registries/new", "/admin/registries", name="lab", address="lab.example:5000", push_username="p",
                        push_password="canary-push-1")
    assert answer.status_code == 303
    number = portal.number("SELECT id FROM registries WHERE name = 'lab'")
    page = f"/admin/registries/{number}"
    text = admin.get(page).text
    assert "canary-push-1" not in text and "push_remove" in text
    # an empty password leaves the stored one; the name is another's
    sealed = portal.sql(f"SELECT push_password_sealed FROM registries WHERE id = {number}")
    assert admin.form(page, page, name="lab two").status_code == 303
    assert portal.sql(f"SELECT push_password_sealed FROM registries WHERE id = {number}") == sealed
    answer = admin.form(page, page, name="course")
    assert answer.status_code == 422 and errors_of(answer)[0][0] == "name"
    # another address does not get it
    answer = admin.form(page, page, address="evil.example")
    assert answer.status_code == 422 and errors_of(answer)[0][0] == "push_password"
    # somebody else was faster
    fields = next(f for f in admin.forms(page) if f["action"] == page)["fields"]
    assert admin.form(page, page, name="lab three").status_code == 303
    answer = admin.http.post(portal.url + page, data={**fields, "name": "lab four"}, timeout=20, allow_redirects=False)
    assert answer.status_code == 422 and "Somebody else" in answer.text
    assert portal.sql(f"SELECT name FROM registries WHERE id = {number}") == "lab three"
    # forgotten on request, and deleted after a question
    assert admin.form(page, page, push_username="", push_remove="1").status_code == 303
    assert portal.sql(f"SELECT push_password_sealed IS NULL FROM registries WHERE id = {number}") == "t"
    assert admin.form(page + "/delete", page + "/delete").status_code == 303
    assert portal.number(f"SELECT count(*) FROM registries WHERE id = {number}") == 0
    assert portal.sql("SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE object = 'registry " + str(number) + "'") == \
        "registry.create registry.change registry.change registry.change registry.delete"
    assert "canary-push-1" not in portal.sql("SELECT string_agg(detail, ' ') FROM audit_log WHERE detail IS NOT NULL")


def test_a_registry_in_use_stays(portal, admin):
    portal.new_project("ali", hook=False)
    number = portal.number("SELECT min(id) FROM registries")
    page = f"/admin/registries/{number}/delete"
    assert "still used" in admin.get(page).text
    assert admin.post(page).status_code == 303
    answer = admin.api("DELETE", f"/api/v1/registries/{number}")
    assert answer.status_code == 409 and re.search(r"[1-9]", answer.json()["detail"])
    assert portal.number(f"SELECT count(*) FROM registries WHERE id = {number}") == 1


def test_registries_over_the_api(portal, admin):
    number = new_registry(admin, "api", "api.example", pull_username="q", pull_password="canary-pull-2", push_username="")
    path = f"/api/v1/registries/{number}"
    answer = admin.get(path)
    tag, row = answer.headers["ETag"], answer.json()
    assert row["has_pull_password"] and not row["has_push_password"] and "canary" not in answer.text
    assert not any("password" in name and not name.startswith("has_") for name in row)
    answer = admin.api("PUT", path, {"name": "api two"}, headers={"If-Match": tag})
    assert answer.status_code == 200 and answer.json()["has_pull_password"]
    assert admin.api("PUT", path, {"name": "x"}, headers={"If-Match": tag}).status_code == 412
    assert admin.api("PUT", path, {"address": "http://x"}).json()["errors"][0]["field"] == "address"
    assert admin.api("PUT", path, {"pull_username": ""}).json()["has_pull_password"] is False
    assert admin.api("POST", "/api/v1/registries", {"name": "api two", "address": "b"}).status_code == 409
    assert any(r["id"] == number for r in admin.json("/api/v1/registries")["items"])
    assert admin.api("DELETE", path).status_code == 204 and admin.get(path).status_code == 404
    assert portal.client("teacher").get("/api/v1/registries").status_code == 404


STEPS = {
    ("open", None, None): "connect:passed registry_api:passed push_account:skipped pull_account:skipped",
    ("basic", PASSWORD, PASSWORD): "connect:passed registry_api:passed push_account:passed pull_account:passed",
    ("basic", "wrong", PASSWORD): "connect:passed registry_api:passed push_account:failed pull_account:passed",
    ("basic", None, None): "connect:passed registry_api:passed push_account:failed pull_account:failed",
    ("token", PASSWORD, None): "connect:passed registry_api:passed push_account:passed pull_account:skipped",
    ("token", "wrong", "wrong"): "connect:passed registry_api:passed push_account:failed pull_account:failed",
    ("html", PASSWORD, PASSWORD): "connect:passed registry_api:failed",
    ("redirect", PASSWORD, PASSWORD): "connect:passed registry_api:failed",
    ("endless", PASSWORD, PASSWORD): "connect:passed registry_api:failed",
    ("garbage", PASSWORD, PASSWORD): "connect:passed registry_api:failed",
}


@pytest.mark.parametrize("mode, push, pull", STEPS, ids=lambda v: str(v))
def test_a_registry_is_tested_step_by_step(portal, admin, mode, push, pull):
    with StandIn(mode) as server:
        accounts = {f"{what}_{part}": value for what, word in (("push", push), ("pull", pull)) if word
                    for part, value in (("username", USER), ("password", word))}
        number = new_registry(admin, f"stand-in {time.monotonic_ns()}", server.address, **accounts)
        answer = admin.api("POST", f"/api/v1/registries/{number}/test")
        assert answer.status_code == 200
        assert " ".join(f"{s['name']}:{s['outcome']}" for s in answer.json()["steps"]) == STEPS[mode, push, pull]
        assert answer.json()["passed"] == ("failed" not in STEPS[mode, push, pull])
        assert all(s["advice"] for s in answer.json()["steps"] if s["outcome"] == "failed")
        page = admin.form(f"/admin/registries/{number}", f"/admin/registries/{number}/test")
        assert page.status_code == 200 and page.text.count("badge is-failed") == STEPS[mode, push, pull].count("failed")
        assert PASSWORD not in answer.text + page.text
        if mode == "redirect":
            assert all(path == "/v2/" for path, _ in server.asked)  # nothing was followed
        admin.api("DELETE", f"/api/v1/registries/{number}")


def test_a_registry_that_hangs_or_is_not_there(portal, admin):
    with StandIn("hang") as server:
        number = new_registry(admin, "hanging", server.address)
        began = time.monotonic()
        steps = admin.api("POST", f"/api/v1/registries/{number}/test").json()["steps"]
        assert time.monotonic() - began < 20
        assert [s["outcome"] for s in steps] == ["passed", "failed"]
        # TLS to what speaks none
        assert admin.api("PUT", f"/api/v1/registries/{number}", {"plain_http": False}).status_code == 200
        server.mode = "open"
        steps = admin.api("POST", f"/api/v1/registries/{number}/test").json()["steps"]
        assert [(s["name"], s["outcome"]) for s in steps] == [("connect", "passed"), ("tls", "failed")], steps
    steps = admin.api("POST", f"/api/v1/registries/{number}/test").json()["steps"]
    assert [(s["name"], s["outcome"]) for s in steps] == [("connect", "failed")]
    assert admin.api("PUT", f"/api/v1/registries/{number}", {"address": "no-such-host.invalid"}).status_code == 200
    assert "DNS" in admin.api("POST", f"/api/v1/registries/{number}/test").json()["steps"][0]["advice"]
    admin.api("DELETE", f"/api/v1/registries/{number}")


# --- Gitea ------------------------------------------------------------------------------------------------------------------

def test_a_gitea_server_lives(portal, admin):
    with StandIn("gitea") as server:
        answer = admin.form("/admin/gitea/new", "/admin/gitea", name="forge", url=f"http://{server.address}", ssh_host="ssh.forge.example",
                            token=TOKEN)
        assert answer.status_code == 303, answer.text
        number = portal.number("SELECT id FROM gitea_servers WHERE name = 'forge'")
        page = f"/admin/gitea/{number}"
        assert TOKEN not in admin.get(page).text + admin.get("/admin/gitea").text
        assert TOKEN not in portal.sql("SELECT string_agg(g::text, ' ') FROM gitea_servers g")
        answer = admin.form(page, page + "/test")
        assert answer.status_code == 200 and "portal-robot" in answer.text and "badge is-failed" not in answer.text
        steps = admin.api("POST", f"/api/v1/gitea-servers/{number}/test").json()
        assert steps["passed"] and [s["name"] for s in steps["steps"]] == ["connect", "gitea_version", "gitea_token", "gitea_rights"]
        # This portal's environment names no server.
        assert admin.api("POST", "/api/v1/gitea-servers/test").status_code == 404
        # the token does not follow to another address
        answer = admin.form(page, page, url="http://evil.example")
        assert answer.status_code == 422 and errors_of(answer)[0][0] == "token"
        # no two answer for one host
        answer = admin.form("/admin/gitea/new", "/admin/gitea", name="copy", url="http://ssh.forge.example")
        assert answer.status_code == 422 and errors_of(answer)[0][0] == "url"
        tag = admin.get(f"/api/v1/gitea-servers/{number}").headers["ETag"]
        assert admin.api("PUT", f"/api/v1/gitea-servers/{number}", {"token": "other"}, headers={"If-Match": tag}).json()["has_token"]
        assert admin.api("PUT", f"/api/v1/gitea-servers/{number}", {"name": "x"}, headers={"If-Match": tag}).status_code == 412
        steps = admin.api("POST", f"/api/v1/gitea-servers/{number}/test").json()["steps"]
        assert steps[2]["outcome"] == "failed" and "token" in steps[2]["advice"]
        assert admin.form(page + "/delete", page + "/delete").status_code == 303
        assert admin.get(page).status_code == 404


def test_a_repository_asks_its_own_gitea(portal, admin):
    """The head of a build that a person starts, and installing key and hook, go to the server that the address names."""
    project = portal.new_project("ali", hook=False)
    with StandIn("gitea") as server:
        number = admin.api("POST", "/api/v1/gitea-servers", {"name": "own", "url": f"http://{server.address}", "token": TOKEN,
                                                             "ssh_host": "git.own.example"}).json()["id"]
        portal.sql(f"UPDATE build_configs SET repo_url = 'ssh://git@git.own.example/ali/app.git', auto_build = false WHERE project_id = {project}")
        assert f"/projects/{project}/install" in admin.get(f"/projects/{project}/access").text
        admin.post(f"/projects/{project}/install")
        admin.post(f"/projects/{project}/builds")
        assert {path for path, _ in server.asked} >= {"/api/v1/repos/ali/app", "/api/v1/repos/ali/app/branches/main"}
        assert {word for _, word in server.asked} == {f"token {TOKEN}"}
        server.asked.clear()
        # the worker does so, too
        portal.sql(f"UPDATE build_configs SET auto_build = true, head_check_at = now() WHERE project_id = {project}")
        journey.wait_for(lambda: server.asked, 120, "the worker's look at the branch")
        assert server.asked[0] == ("/api/v1/repos/ali/app/branches/main", f"token {TOKEN}")
        admin.api("DELETE", f"/api/v1/gitea-servers/{number}")
    assert f"/projects/{project}/install" not in admin.get(f"/projects/{project}/access").text
    portal.sql(f"UPDATE build_configs SET auto_build = false WHERE project_id = {project}")


# --- users ------------------------------------------------------------------------------------------------------------------

def test_users_are_found_and_paged(portal, admin):
    portal.sql("INSERT INTO users (login, name, role, password_hash) SELECT 'crowd' || lpad(n::text, 3, '0'), 'Crowd Member ' || n, 'student',"
               " '' FROM generate_series(1, 120) n ON CONFLICT DO NOTHING")
    seen, cursor = [], None
    for _ in range(5):
        page = admin.json("/api/v1/users?q=crowd&limit=50" + (f"&cursor={cursor}" if cursor else ""))
        seen += [u["login"] for u in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == sorted(seen) and len(seen) == len(set(seen)) == 120
    text = admin.get("/admin/users?q=member&state=invited").text
    assert "crowd050" in text and "crowd051" not in text and "after=crowd050" in text
    assert "crowd051" in admin.get("/admin/users?q=member&after=crowd050").text
    assert {u["login"] for u in admin.json("/api/v1/users?role=admin")["items"]} >= {"admin"}
    assert admin.json("/api/v1/users?q=%25")["items"] == []
    assert admin.get("/admin/users?role=king").status_code == 422
    portal.sql("DELETE FROM users WHERE login LIKE 'crowd%'")


def test_accounts_are_changed_with_care(portal, admin):
    made = admin.api("POST", "/api/v1/users", {"login": "careful", "name": "Careful", "role": "teacher"}).json()
    path, page = f"/api/v1/users/{made['user']['id']}", f"/admin/users/{made['user']['id']}"
    assert made["user"]["state"] == "invited"
    assert admin.api("POST", "/api/v1/users", {"login": "careful", "name": "x", "role": "student"}).status_code == 409
    for bad in ({"login": "Bad", "name": "x", "role": "student"}, {"login": "ok", "name": "", "role": "student"},
                {"login": "ok", "name": "x", "role": "king"}, {"login": "ok", "name": "x" * 51, "role": "student"}):
        assert admin.api("POST", "/api/v1/users", bad).status_code == 422
    assert admin.form(page, page, name="Careful Two", role="student").status_code == 303
    assert admin.json(path)["role"] == "student"
    tag = admin.get(path).headers["ETag"]
    assert admin.api("PUT", path, {"disabled": True}, headers={"If-Match": tag}).json()["state"] == "disabled"
    assert admin.api("PUT", path, {"disabled": False}, headers={"If-Match": tag}).status_code == 412
    assert admin.api("POST", path + "/invite").status_code == 409
    assert admin.api("PUT", path, {"disabled": False}).json()["state"] == "invited"
    # a stale form
    fields = next(f for f in admin.forms(page) if f["action"] == page)["fields"]
    assert admin.form(page, page, name="Careful Three", role="student").status_code == 303
    answer = admin.http.post(portal.url + page, data={**fields, "name": "x", "role": "student"}, timeout=20, allow_redirects=False)
    assert answer.status_code == 422 and "Somebody else" in answer.text
    # nobody takes his own rights away, and the last admin stays
    me = portal.number("SELECT id FROM users WHERE login = 'admin'")
    assert "another admin changes" in admin.get(f"/admin/users/{me}").text
    assert admin.api("PUT", f"/api/v1/users/{me}", {"role": "teacher"}).status_code == 409
    assert admin.api("PUT", f"/api/v1/users/{me}", {"disabled": True}).status_code == 409
    assert admin.post(f"/admin/users/{me}", name="Administrator", role="teacher", version="0").status_code == 422
    assert admin.api("PUT", f"/api/v1/users/{me}", {"name": "Administrator"}).status_code == 200
    acts = portal.sql(f"SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE object = 'user {made['user']['id']}'")
    assert acts == "user.create user.change user.disable user.enable user.change"


def test_sessions_of_others_can_be_ended(portal, admin):
    client = portal.client("noor", fresh=True)
    number = portal.number("SELECT id FROM users WHERE login = 'noor'")
    assert client.get("/account").status_code == 200
    assert admin.form(f"/admin/users/{number}", f"/admin/users/{number}/sign-out").status_code == 303
    assert client.get("/account").status_code == 303
    portal.clients.pop("noor", None)


# --- the system -------------------------------------------------------------------------------------------------------------

def test_the_state_of_the_system(portal, admin):
    state = admin.json("/api/v1/system")
    assert any(w["alive"] for w in state["workers"]) and state["schema"].endswith(".sql") and state["registries"] >= 1
    text = admin.get("/admin").text
    assert state["version"] in text and "badge is-success" in text
    portal.client().http.post(f"{portal.url}/api/v1/webhooks/gitea", json={"repository": {"full_name": "x/<b>y</b>"}}, timeout=10,
                              headers={"X-Gitea-Event": "push", "X-Gitea-Delivery": "d1", "X-Gitea-Signature": "00" * 32})
    after = admin.json("/api/v1/system")
    assert after["rejected"] == state["rejected"] + 1 and "rejects" in [t["name"] for t in after["troubles"]]
    text = admin.get("/admin").text
    assert "Webhooks were refused" in text and "<b>y" not in text


def test_a_system_without_worker_and_cluster(own_portal):
    own_portal.stack.processes.stop("worker", seconds=20)
    admin = own_portal.client("admin")
    assert "no_worker" in [t["name"] for t in admin.json("/api/v1/system")["troubles"]]
    began = time.monotonic()
    text = admin.get("/admin").text
    assert "No worker is alive" in text and time.monotonic() - began < 10


# --- secrets ----------------------------------------------------------------------------------------------------------------

def test_no_page_shows_a_secret(portal, admin):
    """Canaries in every secret that admins type, looked for in every answer that an admin can get."""
    from test_routes import GETS, concrete
    with StandIn("gitea") as server:
        registry = new_registry(admin, "canary", "canary.example", push_username="p", push_password="canary-aaa", pull_username="q",
                                pull_password="canary-bbb")
        forge = admin.api("POST", "/api/v1/gitea-servers", {"name": "canary", "url": f"http://{server.address}", "token": "canary-ccc"}).json()
        user = admin.api("POST", "/api/v1/users", {"login": "canary", "name": "Canary", "role": "student"}).json()
        code = user["invitation_url"].rsplit("/", 1)[1]
        token = admin.api("POST", "/api/v1/auth/tokens", {"name": "canary", "scopes": "read", "days": 1}).json()["token"]
        objects = {"registries": registry, "gitea": forge["id"], "gitea-servers": forge["id"], "users": user["user"]["id"], "projects": 1,
                   "builds": 1, "courses": 1, "invite": "0" * 48}
        for _, pattern, _ in GETS:
            answer = admin.get(concrete(pattern, objects)[0])
            for canary in ("canary-aaa", "canary-bbb", "canary-ccc", code, token):
                assert canary not in answer.text, pattern
        admin.api("DELETE", f"/api/v1/registries/{registry}")
        admin.api("DELETE", f"/api/v1/gitea-servers/{forge['id']}")
    for path in portal.stack.processes.logs.glob("*.log"):
        text = path.read_text(errors="replace")
        for canary in ("canary-aaa", "canary-bbb", "canary-ccc", code, token):
            assert canary not in text, path
