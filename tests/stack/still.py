"""A portal that holds still: one object of every noun is there, no worker moves, and whatever changes was changed by a request."""
import contextlib
import re

from .clusters import kubeconfig
from .state import State, changed
from .wire import Wire

# Nouns of paths whose table has another name.
TABLES = {"build-configs": "students", "tokens": "api_tokens", "gitea": "gitea_servers"}
WORDS = {"action": "restart", "name": "RAIN"}


class Still:
    def __init__(self, portal, login="admin"):
        """Builds and deploys a project of ali's, then stops the worker. `wire` is the session of `login`."""
        self.portal = portal
        self.client = portal.client(login, fresh=True)
        self.clusters = portal.number("SELECT max(id) FROM clusters")
        self.project = portal.new_project("ali")
        self.build = portal.build_of(self.project, portal.push(self.project, "Holds still"))
        assert portal.deployed(self.build)[0] == "running"
        portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {self.build}")
        made = self.client.api("POST", "/api/v1/auth/tokens", {"name": "still", "scopes": "read", "days": 1})
        portal.sql("INSERT INTO gitea_servers (name, url) VALUES ('still', 'http://127.0.0.1:9') ON CONFLICT DO NOTHING")
        portal.stack.processes.stop("worker")
        portal.stack.processes.stop("kubesim")
        ali = portal.number("SELECT id FROM users WHERE login = 'ali'")
        if not portal.number("SELECT count(*) FROM clusters WHERE name = 'still'"):  # of another file
            self.client.form("/admin/clusters/new", "/admin/clusters", name="still", kind="kubeconfig", kubeconfig=kubeconfig("https://203.0.113.9:6443"))
        invited = self.client.form(f"/admin/users/{ali}", f"/admin/users/{ali}/invite")
        portal.client(login, fresh=True)  # one more session, that can be ended
        sessions = self.client.json("/api/v1/sessions")["items"]
        self.words = WORDS | {"code": re.search(r"/invite/([\w-]+)", invited.text)[1],
                              "session": next(s["id"] for s in sessions if not s["current"])}
        self.settings = self.stored_settings()
        self.ids = {
            "users": ali, "clusters": portal.number("SELECT id FROM clusters WHERE name = 'still'"),
            "projects": self.project, "builds": self.build, "api_tokens": made.json()["id"],
            "deployments": portal.number(f"SELECT id FROM deployments WHERE build_id = {self.build}"),
            "students": portal.number(f"SELECT student_id FROM projects WHERE id = {self.project}"),
            "courses": portal.number(f"SELECT course_id FROM builds WHERE id = {self.build}"),
        }
        self.wire = Wire(self.client)
        self.state = State(portal)

    def path(self, route):
        """The route's path with objects that exist."""
        parts, values = route.pattern.strip("/").split("/"), {}
        for noun, part in zip(["", *parts], parts):
            if part.startswith(":"):
                values[part[1:]] = self.words.get(part[1:]) or self.id_of(noun)
        return route.path(**values)

    def id_of(self, noun):
        table = TABLES.get(noun, noun.replace("-", "_"))
        if table not in self.ids:
            self.ids[table] = self.portal.number(f"SELECT coalesce(min(id), 1) FROM {table}") if table in self.state.tables else 1
        return self.ids[table]

    @contextlib.contextmanager
    def unchanged(self, what):
        """Nothing in the database changes meanwhile."""
        before = self.state.now()
        yield
        assert not changed(before, self.state.now()), f"{what}: changed {changed(before, self.state.now())}"

    def settle(self):
        """What was asked for and nobody did is taken back: the application runs, and nothing waits."""
        self.portal.sql("UPDATE builds SET status = 'cancelled', reason = 'CANCELLED', finished_at = now() WHERE status = 'pending';"
                        "UPDATE deployments SET state = 'superseded', finished_at = now() WHERE state = 'pending';"
                        f"UPDATE projects SET wanted_deployment_id = serving_deployment_id WHERE id = {self.project}")

    def stored_settings(self):
        return dict(line.split("\t", 1) for line in self.portal.sql("SELECT name, value FROM settings WHERE value !~ E'[\\n\\t]'").splitlines())

    def close(self):
        """As it was: what the tests of this file have set is not for the next one."""
        self.state.close()
        self.wire.close()
        for name in self.stored_settings():
            if name not in self.settings:
                self.portal.stack.portalctl("setting", "reset", name)
        for name, value in self.settings.items():
            self.portal.stack.portalctl("setting", "set", name, value)
        # A worker would go on looking at clusters that never answer.
        self.portal.sql(f"DELETE FROM clusters c WHERE (name = 'still' OR id > {self.clusters}) AND NOT EXISTS (SELECT 1 FROM projects p"
                        " WHERE c.id IN (p.cluster_id, p.applied_cluster_id)) AND NOT EXISTS (SELECT 1 FROM deployments d WHERE d.cluster_id = c.id);"
                        "DELETE FROM gitea_servers WHERE name = 'still'")
        self.portal.stack.start_kubesim()
        self.portal.stack.start_worker()
