"""An admin's whole journey, from the state of the system to the audit: with JavaScript on a wide screen, without on a phone."""
import csv
import re

import pytest

from stack.standin import PASSWORD, TOKEN, USER, StandIn
from window import PHONE, WIDE

KINDS = [("en", True, WIDE), ("zh-CN", False, PHONE)]
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: portal
clusters: [{{name: there, cluster: {{server: "{server}"}}}}]
users: [{{name: portal, user: {{token: canary-of-the-cluster}}}}]
contexts: [{{name: portal, context: {{cluster: there, user: portal}}}}]
"""


@pytest.fixture(scope="module")
def second_cluster(portal):
    yield portal.stack.start_second_kubesim()
    portal.stack.processes.stop("kubesim2")


@pytest.mark.parametrize("language, javascript, width", KINDS)
def test_the_whole_journey(portal, windows, second_cluster, language, javascript, width):
    w = windows(language, javascript).look(width)
    j = Journey(portal, w, second_cluster)
    for step in (j.signs_in, j.sees_the_state_of_the_system, j.changes_settings, j.meets_a_stale_form, j.adds_a_registry, j.adds_a_gitea_server,
                 j.adds_a_cluster, j.makes_an_account, j.invites_a_person, j.makes_a_token, j.searches_the_audit, j.exports_the_audit, j.signs_out):
        step()
        assert w.complaints() == [], step.__name__
    w.look()


class Journey:
    def __init__(self, portal, window, cluster):
        portal.sql("UPDATE users SET language = NULL WHERE login = 'admin'")
        self.portal, self.w, self.word, self.cluster = portal, window, window.word, cluster
        self.tag = f"{window.language[:2].lower()}-{'live' if window.javascript else 'plain'}"
        self.kind = f"admin-{self.tag}"

    def tab(self, name):
        """Another page of the administration, by its tab."""
        w = self.w
        w.press(w.one("header .brand")).press(w.one('header nav a[href="/admin"]'))
        tab = next(a for a in w.all("main nav a") if a.text == self.word(f"admin.{name}"))
        if not tab.get_attribute("aria-current"):
            w.press(tab)
        return w

    def steps(self):
        """What the connection test says: outcomes in the order of the steps."""
        return ["failed" if "is-failed" in badge.get_attribute("class") else "success" if "is-success" in badge.get_attribute("class") else "skipped"
                for badge in self.w.all("main > div.card .badge")]

    def signs_in(self):
        w = self.w.become(None)
        w.sign_in("admin")
        assert w.one("html").get_attribute("lang").startswith(w.language[:2])

    def sees_the_state_of_the_system(self):
        w = self.tab("system")
        w.says("system.workers_title", "system.last", "system.programs", "system.schema", "worker_state.alive", "system.rejects")
        assert w.all(".tiles strong")[0].text == "1", "one worker is alive"
        w.press(w.one('.tiles a[href="/queue"]'))
        assert w.path == "/queue"
        w.back()
        w.shot(f"{self.kind}-system")

    def changes_settings(self):
        w = self.tab("settings").says("setting.intro", "setting.build_limit.title", "setting.build_limit.meaning")
        w.write("build_cpu", "lots")
        w.write("build_limit", "0")
        w.press(w.button(self.word("form.save"))).says("form.wrong")
        w.complaints()  # the browser names the 422
        for name, typed in (("build_cpu", "lots"), ("build_limit", "0")):
            field = w.one(f"[name={name}]")
            assert field.get_attribute("value") == typed and field.get_attribute("aria-invalid") == "true"
            assert w.one(f"#e-{name}").text
        w.write("build_cpu", "1500m")
        w.write("build_limit", "7")
        w.press(w.button(self.word("form.save"))).notice("settings")
        assert w.one("[name=build_limit]").get_attribute("value") == "7"
        assert self.word("setting.changed") in w.one(".setting:has([name=build_limit])").text
        assert self.portal.sql("SELECT value FROM settings WHERE name = 'build_limit'") == "7"

    def meets_a_stale_form(self):
        """Somebody else was faster: both values are shown, and the one who has seen both decides."""
        w, portal = self.w, self.portal
        w.open("/admin/settings")
        portal.stack.portalctl("setting", "set", "build_timeout", "777")
        w.write("build_timeout", "888")
        w.write("deploy_timeout", "555")
        w.press(w.button(self.word("form.save"))).says("setting.conflict")
        w.complaints()
        setting = w.one(".setting:has([name=build_timeout])")
        assert "777" in setting.text and w.one("[name=build_timeout]").get_attribute("value") == "888"
        assert portal.sql("SELECT count(*) FROM settings WHERE name = 'deploy_timeout' AND value IS NOT NULL") == "0", "all or nothing"
        w.shot(f"{self.kind}-stale")
        w.press(w.button(self.word("form.save"))).notice("settings")
        assert portal.sql("SELECT value FROM settings WHERE name = 'build_timeout'") == "888"
        for name in ("build_timeout", "deploy_timeout", "build_limit", "build_cpu"):
            w.one(f"[name=reset_{name}]").click()
        w.press(w.button(self.word("form.save"))).notice("settings")
        assert portal.sql("SELECT count(*) FROM settings WHERE name IN ('build_timeout', 'build_limit') AND value IS NOT NULL") == "0"

    def adds_a_registry(self):
        w = self.tab("registries").says("registry.intro")
        w.press(w.link(self.word("registry.new")))
        with StandIn("basic") as server:
            w.write("name", f"lab {self.tag}")
            w.write("address", "http://no-scheme-here")
            w.press(w.button(self.word("form.save"))).says("form.wrong")
            w.complaints()
            w.write("address", server.address)
            w.one("[name=plain_http]").click()
            w.write("push_username", USER)
            w.write("push_password", "not-the-password")
            w.press(w.button(self.word("form.save"))).notice("registry")
            w.press(w.link(f"lab {self.tag}"))
            assert not w.one("[name=push_password]").get_attribute("value"), "a secret is never shown again"
            w.says("word.secret_kept").send("/test").says("probe.failed", "probe.push_account", "probe_advice.account.refused")
            assert self.steps() == ["success", "success", "failed", "failed"]
            w.press(w.link(self.word("word.back")))
            w.write("push_password", PASSWORD)
            w.write("pull_username", USER)
            w.write("pull_password", PASSWORD)
            w.press(w.button(self.word("form.save"))).notice("registry")
            w.press(w.link(f"lab {self.tag}")).send("/test").says("probe.passed")
            assert set(self.steps()) == {"success"} and PASSWORD not in w.driver.page_source
            w.shot(f"{self.kind}-registry")
        w.press(w.link(self.word("word.back"))).press(w.link(self.word("registry.delete") + "…")).says("registry.question")
        w.press(w.button(self.word("registry.delete"))).notice("registry_deleted")
        assert f"lab {self.tag}" not in w.text

    def adds_a_gitea_server(self):
        w = self.tab("gitea").says("gitea_server.intro", "gitea_server.environment")
        w.press(w.link(self.word("gitea_server.new")))
        with StandIn("gitea") as server:
            w.write("name", f"forge {self.tag}")
            w.write("url", f"http://{server.address}")
            w.write("token", "not-the-token")
            w.press(w.button(self.word("form.save"))).notice("gitea_server")
            w.press(w.link(f"forge {self.tag}")).send("/test").says("probe.failed", "probe_advice.gitea.refused")
            w.press(w.link(self.word("word.back")))
            w.write("token", TOKEN)
            w.press(w.button(self.word("form.save"))).notice("gitea_server")
            w.press(w.link(f"forge {self.tag}")).send("/test").says("probe.passed", "probe.gitea_token")
            assert "portal-robot" in w.text and TOKEN not in w.driver.page_source
        w.press(w.link(self.word("word.back"))).press(w.link(self.word("gitea_server.delete") + "…")).says("gitea_server.question")
        w.press(w.button(self.word("gitea_server.delete"))).notice("gitea_server_deleted")

    def adds_a_cluster(self):
        w, name = self.tab("clusters").says("cluster.intro", "cluster.is_default"), f"second-{self.tag}"
        w.press(w.link(self.word("cluster.new")))
        w.write("name", name)
        w.choose("kind", "kubeconfig").write("kubeconfig", KUBECONFIG.format(server="ftp://k8s.example"))
        w.press(w.button(self.word("form.save"))).says("form.wrong")
        w.complaints()
        w.write("kubeconfig", KUBECONFIG.format(server=self.cluster))
        w.press(w.button(self.word("form.save"))).notice("cluster")
        assert "canary-of-the-cluster" not in w.driver.page_source
        w.send("/test").says("probe.passed", "right.title", "right.student_project_manager")
        assert "deployments.apps" in w.text and "failed" not in self.steps()
        w.shot(f"{self.kind}-cluster-tested")
        w.press(w.link(self.word("word.back"))).press(w.link(self.word("cluster.delete") + "…")).says("cluster.question")
        w.press(w.button(self.word("cluster.delete"))).notice("cluster_deleted")
        assert name not in w.text

    def makes_an_account(self):
        w, login = self.tab("users"), f"hydra-{self.tag}"
        w.press(w.link(self.word("user.new")))
        w.write("login", "No Login")
        w.write("name", "许德拉 Hydra")
        w.press(w.button(self.word("user.create"))).says("form.wrong")
        w.complaints()
        w.write("login", login)
        w.choose("role", "teacher").press(w.button(self.word("user.create"))).says("user.invitation_once")
        self.invitation = w.one("#f-link").get_attribute("value")
        assert "/invite/" in self.invitation and w.has("[data-copy]:not([hidden])") == w.javascript
        w.press(w.link(self.word("word.back")))
        w.write("q", login)
        w.press(w.button(self.word("filter.apply")))
        assert [a.text for a in w.all("tbody a")] == [login]
        w.says("user_state.invited").press(w.link(login))
        w.choose("role", "student").press(w.button(self.word("form.save"))).notice("user")
        assert self.portal.sql(f"SELECT role FROM users WHERE login = '{login}'") == "student"
        self.login = login

    def invites_a_person(self):
        """Who opens the link sets a password, once; and is out as soon as the account is disabled."""
        person = self.portal.client()
        path = self.invitation.removeprefix(self.portal.url)
        answer = person.form(path, "", password="a-good-long-password-1", again="a-good-long-password-1")
        assert answer.status_code == 303 and person.get("/me").status_code == 200
        again = self.portal.client().get(path)
        assert again.status_code == 404, "it works once"
        w = self.w
        w.open(f"/admin/users?q={self.login}").press(w.link(self.login))
        w.one("[name=disabled]").click()
        w.press(w.button(self.word("form.save"))).notice("user")
        assert person.get("/me").status_code == 303, "what is signed in ends at once"

    def makes_a_token(self):
        w = self.w.open("/account").says("token.title")
        w.press(w.link(self.word("token.new")))
        w.press(w.button(self.word("token.create"))).says("form.wrong", "error.required")
        w.complaints()
        w.write("name", f"report {self.tag}")
        w.write("days", "7")
        w.press(w.button(self.word("token.create"))).says("token.once")
        secret = w.one("#f-token").get_attribute("value")
        program = self.portal.client()
        program.http.headers["Authorization"] = f"Bearer {secret}"
        assert program.json("/api/v1/auth/me")["user"]["login"] == "admin"
        w.press(w.link(self.word("word.back")))
        assert f"report {self.tag}" in w.text and secret not in w.driver.page_source, "shown once"
        row = next(r for r in w.all("tbody tr") if f"report {self.tag}" in r.text)
        w.press(row.find_element("css selector", "a")).says("token.question")
        w.press(w.button(self.word("token.revoke"))).notice("token_revoked")
        assert program.get("/api/v1/auth/me").status_code == 401

    def searches_the_audit(self):
        w = self.tab("audit").says("audit_column.action", "audit.token.revoke", "audit.cluster.delete")
        w.choose("action", "setting.set").press(w.button(self.word("filter.apply")))
        rows = w.all("tbody tr")
        assert rows and all(self.word("audit.setting.set") in row.text for row in rows)
        w.open("/admin/audit").write("login", "nobody-of-this-name")
        w.press(w.button(self.word("filter.apply"))).says("audit_page.none_found")
        w.press(w.link(self.word("filter.clear"))).says("audit.token.revoke")
        w.shot(f"{self.kind}-audit")

    def exports_the_audit(self):
        w = self.w.open("/admin/audit").choose("action", "user.create")
        w.press(w.button(self.word("filter.apply")))
        w.link(self.word("audit_page.csv")).click()
        table = list(csv.reader(w.downloaded("audit.csv").removeprefix("\ufeff").splitlines()))
        assert len(table) > 1 and any(self.login in cell for cell in table[-1] + table[1])
        assert not re.search("canary|" + PASSWORD, str(table))

    def signs_out(self):
        w = self.w.sign_out()
        assert w.open("/admin").path.startswith("/login")
