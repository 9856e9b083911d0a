"""A portal for tests: an embedded stack with the demo course, fresh projects on demand, and what tests ask of it."""
import itertools
import json
import os
import signal
import threading
import time
import urllib.request

from . import gitea_hook, journey, repos
from .client import Client
from .demo import COURSE, PROJECT, Demo


class Portal:
    """Wraps a started stack. Each test takes a project of its own: new_project()."""

    def __init__(self, stack):
        self.stack = stack
        self.demo = Demo(stack)
        self.counter = itertools.count(1)
        self.projects = {}
        self.clients = {}
        self.lock = threading.Lock()

    @property
    def url(self):
        return self.stack.url

    def start(self):
        self.stack.start_database()
        self.demo.accounts()
        self.demo.registry()
        self.stack.portalctl("course", "add", *COURSE)
        self.stack.start()

    # --- people ---------------------------------------------------------------------------------------------------------

    def client(self, login=None, fresh=False, **more):
        """A signed-in client, one for each person unless a fresh session is asked for."""
        if login is None or fresh:
            return Client(self.url, login and self.demo.credentials(login), **more)
        if login not in self.clients:
            self.clients[login] = Client(self.url, self.demo.credentials(login), **more)
        return self.clients[login]

    # --- projects ---------------------------------------------------------------------------------------------------------

    def new_project(self, login="ali", *, hook=True, polled=False, name=None):
        """A project of its own repository for a student; its id. Only webhooks make builds, unless the worker looks at its branch, too."""
        with self.lock:
            number = next(self.counter)
        name = name or f"{PROJECT}-{number}"
        bare = self.stack.home / "git" / login / f"{name}.git"
        repos.create_bare(bare, self.stack.home / "work" / f".new-{number}", self.demo.base, login)
        roster = f"T{number:04}"
        out = self.stack.portalctl("student", "add", COURSE[0], roster, f"Student {number}", "--user", login, "--project", name, "--repo",
                                   f"file://{bare}", "--no-auto-build")
        project = int(next(line.split()[1] for line in out.splitlines() if line.startswith("project ")))
        secret = self.stack.portalctl("project", "secret", project)
        self.projects[project] = {"login": login, "bare": bare, "secret": secret, "name": name}
        if hook:
            self.connect(project)
        self.sql(f"UPDATE build_configs SET auto_build = true, head_check_at = now() + interval '{0 if polled else 1} days'"
                 f" WHERE project_id = {project}")
        return project

    def connect(self, project, url=None):
        p = self.projects[project]
        repos.install_hook(p["bare"], url or f"{self.url}/api/v1/webhooks/gitea", [p["secret"]], project)

    def checkout(self, project):
        p = self.projects[project]
        return repos.checkout(str(p["bare"]), self.stack.home / "work" / f"p{project}")

    def push(self, project, text="A change", broken=False, edit=None, branch="main"):
        """A commit of the demo application, pushed with git; edit(folder) may change it first. The commit."""
        folder = self.checkout(project)
        repos.write_app(folder, text, self.demo.base, broken)
        if edit:
            edit(folder)
        sha = repos.commit_all(folder, text, self.projects[project]["login"])
        repos.git(folder, "push", "-q", "-f", "origin", f"HEAD:{branch}")
        return sha

    def hook_of(self, project):
        return json.loads((self.projects[project]["bare"] / "hook.json").read_text())

    def push_body(self, project, sha, before=None, ref="refs/heads/main"):
        """The raw body that Gitea would send for a push to that commit."""
        p = self.projects[project]
        return gitea_hook.encode(gitea_hook.push_event(p["bare"], self.hook_of(project), ref, before or gitea_hook.ZERO, sha))

    def head(self, project):
        return repos.git(self.projects[project]["bare"], "rev-parse", "main")

    def add_build(self, project, image, commit=None):
        """A build that has succeeded, of an image that is in a registry already ("host/path@sha256:..."); its number."""
        repository, _, digest = image.partition("@")
        commit = commit or digest[-40:]
        return self.number(
            "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, digest, status, phase, trigger,"
            " config, config_digest, started_at, finished_at) SELECT p.id, s.id, s.course_id,"
            f" '{commit}', 'main', '{repository}', '{commit[:7]}', '{digest}', 'success', 'done', 'manual', '{{}}', 'x', now(), now()"
            f" FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {project} RETURNING id")

    def act(self, project, action, who="teacher", **body):
        """Asks for an act over the API; the deployment's number."""
        answer = self.client(who).api("POST", f"/api/v1/projects/{project}/{action}", body)
        assert answer.status_code == 202, f"{action} of project {project}: {answer.status_code} {answer.text[:300]}"
        return answer.json()["id"]

    def deployment(self, number):
        """One deployment, as the API has it."""
        return self.client("teacher").json(f"/api/v1/deployments/{number}")

    def ended(self, number, seconds=180):
        """Waits until a deployment has ended; as the API has it then."""
        journey.wait_for(lambda: self.deployment(number)["state"] not in ("pending", "deploying"), seconds, f"the end of deployment {number}")
        return self.deployment(number)

    # --- looking ----------------------------------------------------------------------------------------------------------

    def sql(self, text):
        return self.stack.postgres.psql(text)

    def number(self, text):
        return int(self.sql(text) or 0)

    def build_of(self, project, sha, seconds=60):
        return journey.build_of(self.stack, project, sha, seconds)

    def finish(self, build, seconds=180):
        """Waits for a build's end: status, reason, message."""
        return journey.follow_build(self.stack, build, seconds, lambda text: None)

    def deployed(self, build, seconds=180):
        return journey.follow_deployment(self.stack, build, seconds, lambda text: None)

    def wait_sql(self, text, value="t", seconds=120):
        """Waits until a query answers `value`."""
        return journey.wait_for(lambda: self.sql(text) == value, seconds, f"{text} = {value}, is {self.sql(text)}")

    def app(self, project):
        """Status and text of the application's page."""
        request = urllib.request.Request(self.stack.apps_url + "/", headers={"Host": self.stack.app_host(project)})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError as e:
            return 0, str(e)

    def handlers(self):
        """The process numbers of portal-web's handlers."""
        parent = self.stack.processes.pid("web")
        with open(f"/proc/{parent}/task/{parent}/children") as f:
            return [int(pid) for pid in f.read().split()]

    def kill_handlers(self, most=1):
        """kill -9 of so many of them; returns when their successors serve (nginx asks a second handler, no third), and after how many
        seconds they did."""
        victims, log = self.handlers()[:most], self.stack.processes.log("web")
        begin, killed = log.stat().st_size, time.monotonic()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # what one of them loses is not taken by another that dies a moment later
            for pid in victims:
                os.kill(pid, number)
        journey.wait_for(lambda: log.read_bytes()[begin:].count(b'"event":"serving"') >= len(victims), 60, "successors of handlers")
        return time.monotonic() - killed

    def keeps_freed_memory(self):
        """True of programs under AddressSanitizer or ThreadSanitizer: a quarantine and shadow memory stay resident."""
        program = (self.stack.build / "portal-web").read_bytes()
        return b"__asan_init" in program or b"__tsan_init" in program

    def handlers_memory(self):
        """Resident bytes of all handlers together."""
        total = 0
        for pid in self.handlers():
            with open(f"/proc/{pid}/status") as f:
                total += sum(int(row.split()[1]) << 10 for row in f if row.startswith("VmRSS:"))
        return total

    def fault(self, **order):
        """Orders a fault of the simulated cluster; see docs/kubesim.md."""
        return self.cluster("POST", "/_sim/faults", order)

    def no_faults(self):
        self.cluster("DELETE", "/_sim/faults")

    def faults(self):
        """Those that were ordered and wait for something that fits."""
        return self.cluster("GET", "/_sim/faults")

    def stats(self):
        """What the simulated cluster has counted."""
        return self.cluster("GET", "/_sim/stats")

    def cluster(self, method, path, body=None, kind="application/json"):
        """Asks the simulated cluster, as kubectl would; None where it has no such object."""
        request = urllib.request.Request(self.stack.kubesim_url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as e:
            if e.code != 404:
                raise
            return None
