"""The portal on real servers. Skipped, loudly, where REAL_* names none."""
import html
import json
import os
import re
import shutil
import urllib.request

import pytest

from stack.cut import Cut
from stack.demo import COURSE
from stack.middleman import Middleman, certificate
from stack.real_portal import LOUD, RealPortal, missing, running


def pytest_terminal_summary(terminalreporter):
    if missing():
        terminalreporter.write_line("!" * 100)
        terminalreporter.write_line(LOUD)
        terminalreporter.write_line("!" * 100)


@pytest.fixture(scope="session", params=["kaniko", "buildkit"])
def real(request):
    """One portal for each builder."""
    if not missing() and not os.environ.get(f"REAL_IMAGE_{request.param.upper()}"):
        pytest.skip(f"REAL_IMAGE_{request.param.upper()} is not set: {request.param} was not tested")
    with running(RealPortal, builder=request.param) as portal:
        portal.builder = request.param
        yield portal


class AppsPortal(RealPortal):
    """A portal for applications whose images are in the registries already: nothing is built, and Gitea is not asked. Its way to the
    API server can be cut: to it that server is killed, while others go on using it."""

    line = None
    deploy_seconds = 150  # a busy node starts some twenty at once

    def start(self):
        self.stack.prepare()
        self.line = Cut(self.stack["HOST"], self.stack["API"]).__enter__()
        self.stack.real["REAL_API"] = self.line.address
        self.no_rules()
        self.stack.start_database()
        self.demo.accounts()
        self.demo.registry()
        self.stack.portalctl("course", "add", *COURSE)
        # Many at once on few processors: little is reserved for each.
        for name, value in (("deploy_timeout", self.deploy_seconds), ("app_cpu", "60m"), ("app_disk", "64Mi"), ("app_memory", "128Mi"), ("apps_per_student", 0),
                            ("unschedulable_timeout", 20)):
            self.stack.portalctl("setting", "set", name, value)
        self.stack.start()

    def new_app(self, name, port=8000, **variables):
        """A project of ali's; its number."""
        number = next(self.counter)
        out = self.stack.portalctl("student", "add", COURSE[0], f"A{number:04}", f"Student {number}", "--user", "ali", "--project", name,
                                   "--repo", f"{self.stack['GITEA_SSH']}/nobody/{name}.git", "--port", port, "--no-auto-build")
        project = int(next(line.split()[1] for line in out.splitlines() if line.startswith("project ")))
        for key, value in variables.items():
            self.variable(project, key, value)
        return project

    def variable(self, project, name, value, secret=False):
        answer = self.client("teacher").api("PUT", f"/api/v1/projects/{project}/variables/{name}", {"value": value, "secret": secret})
        assert answer.status_code == 200, answer.text

    def setting(self, name, value):
        answer = self.client("admin").api("PUT", "/api/v1/settings", {name: str(value)})
        assert answer.status_code == 200, answer.text

    def deploy(self, project, image):
        """Asks for a deployment of that image; its number."""
        return self.act(project, "deploy", build_id=self.add_build(project, image))

    @property
    def students(self):
        return self.stack.namespace("students")

    def kube(self, *args, **more):
        """kubectl as the administrator, in the students' namespace."""
        return self.stack.kubectl("-n", self.students, *args, **more)

    def no_rules(self):
        self.kube("delete", "limitranges,resourcequotas", "--all")

    def stop(self):
        super().stop()
        if self.line:
            self.line.cut()

    def object(self, kind, name):
        text = self.kube("get", kind, name, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text.strip() else None

    def page(self, project, language="en", path=None):
        """A page, else the project's, as text without its markup."""
        answer = self.client("teacher").get(path or f"/projects/{project}", headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text[:300]
        return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))

    def answers(self, project):
        """What the application says at its address; "" while it does not."""
        return self.answers_at(self.stack.app_host(project))

    def answers_at(self, host):
        request = urllib.request.Request(self.stack.apps_url + "/", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""


@pytest.fixture(scope="module")
def apps():
    with running(AppsPortal, "apps", "apps-") as portal:
        yield portal


class WatchedPortal(RealPortal):
    """A portal whose every request to the API server is written down on its way."""

    man = None

    def start(self):
        self.stack.prepare()
        self.stack.kubectl("-n", self.stack.namespace("students"), "delete", "networkpolicies,resourcequotas,limitranges", "--all")
        authorities = self.stack.home / "upstream.crt"
        shutil.copy(self.stack.account / "ca.crt", authorities)
        tls = certificate(self.stack.home, "recorder")
        self.man = Middleman(f"https://{self.stack['API']}", tls, authorities).__enter__()
        shutil.copy(tls[0], self.stack.account / "ca.crt")
        self.api = self.stack.real["REAL_API"]
        self.stack.real["REAL_API"] = self.man.url.removeprefix("https://")
        self.stack.start_database()
        self.ids = self.demo.load()
        self.stack.start()

    def direct(self):
        """From now on, for programs that are started anew, without the recorder."""
        shutil.copy(self.stack.home / "upstream.crt", self.stack.account / "ca.crt")
        self.stack.real["REAL_API"] = self.api

    def stop(self):
        super().stop()
        if self.man:
            self.man.__exit__()


@pytest.fixture(scope="module")
def watched():
    with running(WatchedPortal, "rbac", "rbac-") as portal:
        yield portal
