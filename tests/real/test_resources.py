"""What lies in a real cluster, under the Roles of k8s/rbac.yaml: lists of every kind, changes, logs, use, a command, a terminal."""
import json
import re

import pytest

from stack import journey
from stack.client import Client
from stack.demo import COURSE
from stack.real_portal import RealPortal, running
from stack.websocket import Refused, WebSocket

CANARY = "canary-value-of-a-secret"


class LookPortal(RealPortal):
    """A portal without builds: its applications are applied by kubectl, as the portal would have made them."""

    def start(self):
        self.stack.prepare()
        self.stack.start_database()
        self.demo.accounts()
        self.stack.portalctl("course", "add", *COURSE)
        self.projects = {}
        for number, login in enumerate(("ali", "mei"), 1):
            out = self.stack.portalctl("student", "add", COURSE[0], f"R{number}", login, "--user", login, "--project", "app",
                                       "--repo", f"{self.stack['GITEA_SSH']}/{login}/app.git", "--no-auto-build")
            self.projects[login] = int(next(row.split()[1] for row in out.splitlines() if row.startswith("project ")))
        self.stack.start()

    def stop(self):
        super().stop()
        for name in ("students", "builds", "system"):
            self.stack.kubectl("delete", "namespace", self.stack.namespace(name), "--ignore-not-found", "--wait=false", check=False)

    def kubectl(self, *args, **more):
        return self.stack.kubectl("-n", self.stack.namespace("students"), *args, **more)


def objects(project, image):
    labels = {"app.kubernetes.io/managed-by": "hydrosim-portal", "hydrosim/project-id": str(project)}

    def meta(name):
        return {"name": name, "labels": labels}

    def container(name, script):
        return {"name": name, "image": image, "command": ["sh", "-c", script],
                "resources": {"limits": {"cpu": "100m", "memory": "32Mi"}},
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}}

    spec = {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False,
            "containers": [container("app", "echo started; while true; do sleep 1; done"), container("crasher", "echo before the crash; sleep 2; exit 7")]}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(f"prj-{project}"),
         "spec": {"replicas": 1, "selector": {"matchLabels": {"hydrosim/project-id": str(project)}}, "template": {"metadata": {"labels": labels}, "spec": spec}}},
        {"apiVersion": "v1", "kind": "Service", "metadata": meta(f"student-{project}"),
         "spec": {"selector": {"hydrosim/project-id": str(project)}, "ports": [{"port": 80, "targetPort": 8000}]}},
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta(f"student-{project}"),
         "spec": {"rules": [{"host": f"student-{project}.look.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
             "service": {"name": f"student-{project}", "port": {"number": 80}}}}]}}]}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(f"prj-{project}-map"), "data": {"key": "value"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta(f"prj-{project}-secret"), "stringData": {"password": CANARY}},
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "look"}, "spec": {"hard": {"pods": "20"}}},
    ]


@pytest.fixture(scope="module")
def look():
    with running(LookPortal, "look", "lookinto-") as portal:
        items = [o for project in portal.projects.values() for o in objects(project, portal.stack["IMAGE_BUSYBOX"])]
        portal.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        pods = f"get pods -l hydrosim/project-id={portal.projects['ali']} -o jsonpath={{.items[*].status.containerStatuses[*].restartCount}}".split()
        journey.wait_for(lambda: any(int(n) for n in portal.kubectl(*pods).split()), 180, "the pod has not crashed")
        yield portal


def pod_of(look, login="ali"):
    items = look.client("admin").json(f"/api/v1/kubernetes/pods?project_id={look.projects[login]}")["items"]
    return next(o["name"] for o in items)


def page_of(look, login="ali"):
    return f"/projects/{look.projects[login]}/pods/{pod_of(look, login)}"


@pytest.mark.parametrize("kind", ("deployments", "pods", "services", "ingresses", "configmaps", "secrets", "events", "resourcequotas", "namespaces"))
def test_every_kind_is_listed_and_isolated(look, kind):
    admin, ali, mei = look.client("admin"), look.client("ali"), look.projects["mei"]
    items = admin.json(f"/api/v1/kubernetes/{kind}")["items"]
    assert items, kind
    shown = admin.get(f"/clusters/1/{kind}/{items[0]['name']}")
    assert shown.status_code == 200 and "metadata:" in shown.text and CANARY not in shown.text and "managedFields:" not in shown.text
    mine = ali.get(f"/api/v1/kubernetes/{kind}")
    if kind in ("resourcequotas", "namespaces"):
        assert mine.status_code == 404
        return
    assert mine.json()["items"] and {o["project_id"] for o in mine.json()["items"]} == {look.projects["ali"]}
    other = next(o["name"] for o in items if o["project_id"] == mei)
    assert ali.get(f"/clusters/1/{kind}/{other}").status_code == 404


def test_a_secrets_value_is_nowhere(look):
    text = look.client("admin").get("/api/v1/kubernetes/secrets").text + look.client("ali").get(f"/clusters/1/secrets/prj-{look.projects['ali']}-secret").text
    assert "password" in text and f"({len(CANARY)} bytes)" in text and CANARY not in text


def test_scale_restart_delete(look):
    teacher, mei = look.client("teacher"), look.projects["mei"]
    replicas = f"get deployment prj-{mei} -o jsonpath={{.spec.replicas}}".split()
    assert teacher.form(f"/clusters/1/deployments/prj-{mei}/scale", "/scale", replicas="2").status_code == 303
    assert look.kubectl(*replicas) == "2"
    pod = pod_of(look, "mei")
    assert teacher.form(f"/clusters/1/pods/{pod}/delete", "/delete").status_code == 303
    journey.wait_for(lambda: pod not in look.kubectl("get", "pods", "-o", "name"), 180, "the pod is still there")
    assert teacher.api("DELETE", f"/api/v1/kubernetes/ingresses/student-{mei}").status_code == 202
    assert f"student-{mei}" not in look.kubectl("get", "ingress", "-o", "name")
    assert look.client("ali").api("DELETE", f"/api/v1/kubernetes/services/student-{mei}").status_code == 404


def test_the_log_before_the_crash_and_what_is_used(look):
    ali, page = look.client("ali"), page_of(look)
    assert "started" in ali.get(f"{page}?container=app").text
    journey.wait_for(lambda: "before the crash" in ali.get(f"{page}?container=crasher&previous=1").text, 180, "no log of the run before")
    assert "Error (7)" in ali.get(page).text
    assert "no such log" in ali.get(f"{page}?container=other").text
    api = f"/api/v1{page}"
    journey.wait_for(lambda: ali.get(f"{api}/log?container=crasher&previous=true").text == "before the crash\n", 180, "no such log over the API")
    assert next(c for c in ali.json(api)["containers"] if c["name"] == "crasher")["last_exit_code"] == 7
    assert any(e["kind"] == "Pod" for e in ali.json(f"{api}/events")["items"])
    if "metrics.k8s.io" in look.stack.kubectl("api-versions"):
        journey.wait_for(lambda: re.search(r"\d+m / 100m", ali.get(page).text), 180, "no metrics of the pod")
    assert look.client("mei").get(page).status_code == 404


def test_one_command(look):
    teacher, page = look.client("teacher"), page_of(look)
    ran = teacher.form(page, "/run", container="app", command="echo 'hello  there' \"x\"")
    assert ran.status_code == 200 and "hello  there x" in ran.text and "Exit code 0" in ran.text, ran.text[-3000:]
    assert "Exit code 3" in teacher.form(page, "/run", container="app", command="echo a | wc -l; exit 3", shell="1").text
    assert "not found" in teacher.form(page, "/run", container="app", command="no-such-program").text
    late = teacher.form(page, "/run", container="app", command="sleep 60")
    assert "Did not end in time" in late.text
    assert teacher.form(page, "/run", container="app", command="echo 'open").status_code == 422
    assert teacher.form(page, "/run", container="other", command="echo").status_code == 422
    detail = look.sql("SELECT string_agg(detail, ';') FROM audit_log WHERE action = 'terminal.command'")
    assert "ran echo" in detail and "hello" not in detail
    # The API does the same.
    api = f"/api/v1{page}/run"
    said = teacher.api("POST", api, {"container": "app", "command": "echo a b | wc -w; exit 3", "shell": True}).json()
    assert said == {"exit_code": 3, "late": False, "message": None, "output": "2\n", "cut": False}
    missing = teacher.api("POST", api, {"container": "app", "command": "no-such-program"}).json()
    assert missing["exit_code"] != 0 and "not found" in missing["output"] + (missing["message"] or "")
    # Students may not, unless the setting says so.
    ali = look.client("ali")
    assert ali.api("POST", api, {"container": "app", "command": "id"}).status_code == 403
    assert "/run" not in ali.get(page).text
    assert ali.post(f"{page}/run", container="app", command="id").status_code == 403
    assert ali.post(f"{page}/terminal", container="app").status_code == 403
    look.stack.portalctl("setting", "set", "terminal_students", "yes")
    assert "uid=" in ali.form(page, "/run", container="app", command="id").text
    assert "uid=" in ali.api("POST", api, {"container": "app", "command": "id"}).json()["output"]
    look.stack.portalctl("setting", "set", "terminal_students", "no")


def ticket(client, page):
    answer = client.post(f"{page}/terminal", container="app")
    assert answer.status_code == 200, answer.text[-2000:]
    return re.search(r'data-terminal="([0-9a-f]+)"', answer.text)[1]


def dial(look, client, origin=None):
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.http.cookies)
    headers = {"Cookie": cookies, "Origin": look.url if origin is None else origin}
    return WebSocket(look.url.replace("http", "ws", 1) + "/stream/terminal", {n: v for n, v in headers.items() if v})


def until(ws, text):
    seen = ""
    while text not in seen:
        piece = ws.receive()
        assert piece is not None, seen
        seen += piece if isinstance(piece, str) else piece.decode(errors="replace")
    return seen


def test_a_terminal(look):
    teacher, page = look.client("teacher"), page_of(look)
    once = ticket(teacher, page)
    ws = dial(look, teacher)
    ws.send(json.dumps({"ticket": once, "columns": 80, "rows": 24}))
    until(ws, '"open"')
    # The size and what is typed come to the shell on two ways.
    ws.send(b"until [ \"$(stty size)\" = \"24 80\" ]; do sleep 0.1; done; echo $((6*7))-is-it; stty size\r")
    assert "24 80" in until(ws, "42-is-it\r\n24 80")
    # A second time it opens nothing, and nobody else's does.
    for client, used in ((teacher, once), (look.client("admin"), ticket(teacher, page))):
        again = dial(look, client)
        again.send(json.dumps({"ticket": used}))
        assert "used already" in until(again, '"ended"')
    ws.send(b"exit\r")
    until(ws, '"ended"')
    assert ws.receive() is None
    look.wait_sql("SELECT count(*) FROM audit_log WHERE action = 'terminal.close' AND detail LIKE '%was open for%'", "1", 120)
    assert look.sql("SELECT count(*) FROM audit_log WHERE action = 'terminal.open'") == "1"
    assert once not in look.sql("SELECT string_agg(token_hash, ' ') FROM terminal_tickets")


def test_a_terminal_ends_with_the_right_to_it(look):
    admin, teacher, page = look.client("admin"), look.client("teacher", fresh=True), page_of(look)
    ws = dial(look, teacher)
    ws.send(json.dumps({"ticket": ticket(teacher, page)}))
    until(ws, '"open"')
    row = f"/api/v1/users/{teacher.json('/api/v1/auth/me')['user']['id']}"
    assert admin.api("DELETE", f"{row}/sessions").status_code == 204
    assert "the right to use it ended" in until(ws, '"ended"')
    assert ws.receive() is None
    look.clients.pop("teacher", None)


def test_a_terminal_ends_by_itself_and_comes_from_here_alone(look):
    teacher, page = look.client("teacher"), page_of(look)
    for origin in ("https://elsewhere.example", ""):
        with pytest.raises(Refused) as refused:
            dial(look, teacher, origin)
        assert refused.value.status in (401, 403)
    with pytest.raises(Refused):
        dial(look, Client(look.url))
    look.stack.portalctl("setting", "set", "terminal_seconds", "2")
    ws = dial(look, teacher)
    ws.send(json.dumps({"ticket": ticket(teacher, page)}))
    assert "its time was over" in until(ws, '"ended"')
    look.stack.portalctl("setting", "set", "terminal_seconds", "0")
    assert teacher.post(f"{page}/terminal", container="app").status_code == 403
    look.stack.portalctl("setting", "set", "terminal_seconds", "900")
