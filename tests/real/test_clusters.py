"""Two clusters, both real: what each of them needs, a project that moves without an outage, and what happens when one disappears."""
import threading
import time

import pytest

from app_images import Images
from stack.cut import Cut
from stack.journey import wait_for
from stack.paths import ROOT

AWAY = "The cluster of this application does not answer"


@pytest.fixture(scope="module")
def server(apps, tmp_path_factory):
    return Images(apps.stack, tmp_path_factory.mktemp("images")).server()


class Second:
    """Another namespace of the real cluster, by a line of its own and the account's token, as an admin adds a cluster."""

    def __init__(self, apps):
        self.apps, stack = apps, apps.stack
        self.ns, self.domain = stack.namespace("second"), f"second.{stack.domain}"
        self.line = Cut(stack["HOST"], f"{apps.line.upstream_host}:{apps.line.upstream_port}").__enter__()
        stack.kubectl("delete", "namespace", self.ns, "--ignore-not-found", "--wait=true")
        stack.kubectl("create", "namespace", self.ns)
        token = stack.kubectl("-n", stack.namespace("system"), "create", "token", "portal-backend-sa", "--duration", "1h").strip()
        made = apps.client("admin").api("POST", "/api/v1/kubernetes/clusters", {
            "name": "second", "kind": "token", "server": f"https://{self.line.address}", "token": token,
            "ca_pem": (stack.account / "ca.crt").read_text(), "students_namespace": self.ns, "base_domain": self.domain, "ingress_class": "traefik"})
        assert made.status_code == 201, made.text
        self.id = made.json()["id"]

    def host(self, project):
        return f"student-{project}.{self.domain}"

    def test(self):
        answer = self.apps.client("admin").api("POST", f"/api/v1/kubernetes/clusters/{self.id}/test", {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def grant(self):
        """The Roles of k8s/rbac.yaml in its namespace."""
        text = (ROOT / "k8s" / "rbac.yaml").read_text().replace("hydrosim-students", self.ns)
        for name in ("system", "builds"):
            text = text.replace(f"hydrosim-{name}", self.apps.stack.namespace(name))
        self.apps.stack.kubectl("apply", "-f", "-", text=text)

    def stop(self):
        self.line.cut()
        self.apps.stack.kubectl("delete", "namespace", self.ns, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def second(apps):
    second = Second(apps)
    try:
        yield second
    finally:
        second.stop()


@pytest.fixture(scope="module")
def moved(apps, server):
    """An application that runs on the portal's own cluster; the next test moves it."""
    project = apps.new_app("moves", TEXT="it-moves")
    assert apps.ended(apps.deploy(project, server), 300)["state"] == "running"
    wait_for(lambda: "it-moves" in apps.answers(project), 180, "the application to answer")
    return project


def test_what_is_missing_is_named_as_the_roles_to_apply(second):
    """Nothing is granted yet: each right of the namespace is missing, and what is shown grants them."""
    before = second.test()
    missing = {(r["group"], r["resource"]) for r in before["rights"] if r["namespace"] == second.ns and r["missing"]}
    assert {("apps", "deployments"), ("", "services"), ("", "pods"), ("networking.k8s.io", "ingresses")} <= missing
    assert not before["connection"]["passed"] and before["identity"] == f"system:serviceaccount:{second.apps.stack.namespace('system')}:portal-backend-sa"
    second.apps.stack.kubectl("apply", "-f", "-", text=before["roles"])
    after = second.test()
    assert after["connection"]["passed"], after
    assert not [r for r in after["rights"] if r["needed"] and r["missing"]], after["rights"]
    second.grant()


def test_a_project_moves_without_an_outage(apps, second, moved):
    teacher, silent, over = apps.client("teacher"), [], threading.Event()

    def watch():
        while not over.is_set():
            if not any("it-moves" in apps.answers_at(host) for host in (apps.stack.app_host(moved), second.host(moved))):
                silent.append(time.strftime("%T"))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answer = teacher.api("PUT", f"/api/v1/projects/{moved}/cluster", {"cluster_id": second.id})
        assert answer.status_code == 202, answer.text
        apps.wait_sql(f"SELECT applied_cluster_id || app_state FROM projects WHERE id = {moved}", f"{second.id}running", 180)
        wait_for(lambda: "it-moves" in apps.answers_at(second.host(moved)), 180, "the application on the second cluster")
        wait_for(lambda: not apps.object("deployment", f"prj-{moved}"), 180, "the first cluster to be empty of it")
    finally:
        over.set()
        watcher.join(20)
    assert not silent, f"neither address answered at {silent}"
    assert apps.stack.kubectl("-n", second.ns, "get", "deployment", f"prj-{moved}", "-o", "name").strip()


def test_one_disappears(apps, second, moved, server):
    """Its own pages say so and keep what is asked; the other one works as before; when it is back, what was asked for is done."""
    stays = apps.new_app("stays", TEXT="it-stays")
    assert apps.ended(apps.deploy(stays, server), 300)["state"] == "running"
    apps.setting("deploy_timeout", 300)  # the time that the cluster is away counts
    second.line.cut()
    teacher = apps.client("teacher")
    stop = apps.act(moved, "stop")
    wait_for(lambda: AWAY in apps.page(moved), 180, "the page to say that its cluster is away")
    assert "second" in apps.page(moved) and AWAY not in apps.page(stays)
    assert "it-moves" in apps.answers_at(second.host(moved))  # what runs goes on running
    assert apps.ended(apps.act(stays, "restart"), 180)["state"] == "running"
    began = time.monotonic()
    assert teacher.get("/courses").status_code == 200 and teacher.get(f"/projects/{moved}").status_code == 200
    assert time.monotonic() - began < 8, "no page waits for it"
    tested = second.test()
    assert not tested["connection"]["passed"] and tested["connection"]["steps"][0]["outcome"] == "failed"
    assert apps.deployment(stop)["state"] in ("pending", "deploying")
    second.line.mend()
    assert apps.ended(stop, 300)["state"] == "stopped"
    apps.setting("deploy_timeout", apps.deploy_seconds)
    wait_for(lambda: AWAY not in apps.page(moved), 180, "the page to be well again")
