"""Several clusters: adding and testing one, placing a project there, moving it without an outage, and one that disappears."""
import html
import json
import threading
import time
import urllib.request

import pytest

from conftest import fresh_portal
from stack import catalogue, journey
from stack.clusters import kubeconfig, share_image, sim
from stack.middleman import Middleman


@pytest.fixture(scope="module")
def portal():
    """Its clusters and what runs there stay behind: they are not for other files."""
    yield from fresh_portal("clusters", head_poll_interval=10)


@pytest.fixture(scope="module")
def admin(portal):
    return portal.client("admin")


@pytest.fixture(scope="module")
def chinese(portal):
    return portal.client("admin", fresh=True, language="zh")


@pytest.fixture(scope="module")
def second(portal, admin):
    """A second cluster, known to the portal: its row's id, its address."""
    url = portal.stack.start_second_kubesim()
    answer = admin.form("/admin/clusters/new", "/admin/clusters", name="second", kind="kubeconfig", kubeconfig=kubeconfig(url),
                        base_domain="apps2.localhost", ingress_class="kubesim")
    assert answer.status_code == 303, answer.text[-2000:]
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    yield number, url
    portal.stack.processes.stop("kubesim2")


SECRETS = "v1/namespaces/hydrosim-students/secrets"


def names(url, project, kind="apps/v1/namespaces/hydrosim-students/deployments"):
    """The portal's objects of a project on a cluster."""
    root = "/apis/" if kind.startswith(("apps", "networking")) else "/api/"
    items = sim(url, f"{root}{kind}?labelSelector=hydrosim/project-id%3D{project}")["items"]
    return [o["metadata"]["name"] for o in items if not o["metadata"].get("deletionTimestamp")]


def running(portal, second, text):
    """A project whose application runs, of an image that both clusters have by then."""
    project = portal.new_project("ali")
    portal.sql(f"UPDATE build_configs SET auto_deploy = false WHERE project_id = {project}")
    build = portal.build_of(project, portal.push(project, text))
    assert (ended := portal.finish(build))[0] == "success", ended
    share_image(portal, second[1], project)
    portal.sql(f"UPDATE build_configs SET auto_deploy = true WHERE project_id = {project}")
    assert portal.ended(portal.act(project, "deploy", build_id=build))["state"] == "running"
    return project


def keep_secret(portal, project):
    """From its next deployment on the application takes a variable from a Secret."""
    answer = portal.client("teacher").api("PUT", f"/api/v1/projects/{project}/variables/KEY", {"value": "canary-moved", "secret": True})
    assert answer.status_code == 200, answer.text


def move(portal, project, cluster):
    """Places a project on another cluster; the deployment that moves it there."""
    answer = portal.client("teacher").api("PUT", f"/api/v1/projects/{project}/cluster", {"cluster_id": cluster})
    assert answer.status_code == 202, answer.text
    return answer.json()["deployment_id"]


def cluster_of(portal, project):
    return portal.sql(f"SELECT c.name FROM projects p JOIN clusters c ON c.id = p.applied_cluster_id WHERE p.id = {project}")


def no_faults(second):
    request = urllib.request.Request(second[1] + "/_sim/faults", method="DELETE")
    urllib.request.urlopen(request, timeout=10).close()


def on_second(portal, second, project):
    """Status of the application's page at the second cluster's ingress."""
    port = portal.stack.port("ingress2")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": f"student-{project}.apps2.localhost"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code
    except OSError:
        return 0


def watched(portal, number):
    """How often the worker has begun to watch a cluster."""
    return (portal.stack.processes.logs / "worker.log").read_text(errors="replace").count(f'"event":"cluster_watched","cluster":{number},')


# --- the clusters themselves -------------------------------------------------------------------------------------------------------


def test_the_own_cluster_is_there_and_looked_at(portal, admin):
    portal.wait_sql("SELECT reachable FROM clusters WHERE kind = 'own'")
    page = admin.get("/admin/clusters").text
    assert "main" in page and "v1." in page
    row = next(c for c in admin.json("/api/v1/kubernetes/clusters")["items"] if c["kind"] == "own")
    assert row["health"] == "well" and row["is_default"] and row["server_version"] and row["latency_ms"] is not None
    assert not row["has_credential"]
    number = row["id"]
    assert admin.form(f"/admin/clusters/{number}", f"/admin/clusters/{number}", name="main", kind="own").status_code == 303
    assert admin.post(f"/admin/clusters/{number}/delete").status_code == 409


def test_a_test_says_each_step_and_right(admin, second):
    page = admin.form(f"/admin/clusters/{second[0]}", "/test")
    assert page.status_code == 200, page.text[-1500:]
    assert "v1." in page.text and "deployments.apps" in page.text and "is-failed" not in page.text
    tested = admin.api("POST", f"/api/v1/kubernetes/clusters/{second[0]}/test", {}).json()
    assert tested["connection"]["passed"] and tested["version"].startswith("v1.")
    assert tested["roles"] is None and all(r["missing"] is None for r in tested["rights"])
    assert {r["namespace"] for r in tested["rights"]} == {"hydrosim-students"}


def test_a_sync_lists_a_cluster_anew(portal, admin, chinese, second):
    number, _ = second
    page, api = f"/admin/clusters/{number}", f"/api/v1/kubernetes/clusters/{number}"
    lines = f"SELECT count(*) FROM audit_log WHERE action = 'cluster.sync' AND object = 'cluster {number}' AND detail = 'second'"
    for language, client in (("en", admin), ("zh", chinese)):
        portal.wait_sql(f"SELECT looked_at IS NOT NULL AND reachable FROM clusters WHERE id = {number}")
        before, noted = watched(portal, number), portal.number(lines)
        assert catalogue.text(language, "cluster.sync") in client.get(page).text
        answer = client.form(page, f"{page}/sync")
        assert answer.status_code == 303 and answer.headers["Location"] == page, answer.text[-2000:]
        assert catalogue.text(language, "notice.cluster_sync") in client.get(page).text
        assert portal.number(lines) == noted + 1
        journey.wait_for(lambda: watched(portal, number) > before, 120, "the worker begins anew")
        portal.wait_sql(f"SELECT looked_at IS NOT NULL AND reachable FROM clusters WHERE id = {number}")
    before, version = watched(portal, number), admin.json(api)["version"]
    answer = admin.api("POST", f"{api}/sync", {})
    assert answer.status_code == 202 and answer.json()["name"] == "second" and answer.json()["version"] == version + 1
    journey.wait_for(lambda: watched(portal, number) > before, 120, "the worker begins anew")
    assert admin.api("POST", "/api/v1/kubernetes/clusters/999999/sync", {}).status_code == 404
    assert portal.number(lines) == 3


def test_a_sync_costs_no_build_and_no_application(portal, admin, second):
    """What runs on the portal's own cluster meanwhile goes on."""
    own = portal.number("SELECT id FROM clusters WHERE kind = 'own'")
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "While the cluster is listed anew"))
    for _ in range(2):
        before = watched(portal, own)
        assert admin.api("POST", f"/api/v1/kubernetes/clusters/{own}/sync", {}).status_code == 202
        journey.wait_for(lambda: watched(portal, own) > before, 120, "the worker begins anew")
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    before = watched(portal, own)
    assert admin.api("POST", f"/api/v1/kubernetes/clusters/{own}/sync", {}).status_code == 202
    journey.wait_for(lambda: watched(portal, own) > before, 120, "the worker begins anew")
    portal.wait_sql(f"SELECT looked_at IS NOT NULL AND applications >= 1 FROM clusters WHERE id = {own}")
    assert portal.sql(f"SELECT app_state FROM projects WHERE id = {project}") == "running"
    assert portal.number(f"SELECT count(*) FROM deployments WHERE project_id = {project}") == 1


@pytest.mark.parametrize("text, says", [
    ("not yaml: [", "YAML"), ("a: 1", "contexts"),
    (kubeconfig("https://k8s.example", ", exec: {command: /bin/sh}"), "exec"),
    (kubeconfig("https://k8s.example", ", client-key: /etc/key"), "file"),
    (kubeconfig("https://k8s.example", ", auth-provider: {name: x}"), "auth-provider"),
    (kubeconfig("http://k8s.example"), "https"), (kubeconfig("ftp://k8s.example"), "https"),
    (kubeconfig("https://k8s.example", ", tokenFile: /var/run/token"), "file"),
    (kubeconfig("https://k8s.example", ", as: system:admin"), "another user"),
    (kubeconfig("https://k8s.example", current="current-context: first", contexts="").replace("server: https", "insecure-skip-tls-verify: true, server: https"),
     "insecure-skip-tls-verify"),
])
def test_a_kubeconfig_that_is_refused_says_why(portal, admin, chinese, text, says):
    before = portal.sql("SELECT count(*), sum(version) FROM clusters")
    answer = admin.form("/admin/clusters/new", "/admin/clusters", name="refused", kind="kubeconfig", kubeconfig=text)
    assert answer.status_code == 422 and says in answer.text, answer.text[-3000:]
    page = chinese.form("/admin/clusters/new", "/admin/clusters", name="refused", kind="kubeconfig", kubeconfig=text)
    assert page.status_code == 422 and not catalogue.english_sentences(html.unescape(page.text)), page.text[-3000:]
    by_api = admin.api("POST", "/api/v1/kubernetes/clusters", {"name": "refused", "kind": "kubeconfig", "kubeconfig": text})
    assert by_api.status_code == 409 and says in by_api.text
    assert portal.sql("SELECT count(*), sum(version) FROM clusters") == before


def test_two_contexts_are_asked_for(portal, admin, second):
    text = kubeconfig(second[1], contexts="- name: other\n  context: {cluster: here, user: portal}\n")
    asked = admin.form("/admin/clusters/new", "/admin/clusters", name="two", kind="kubeconfig", kubeconfig=text)
    assert asked.status_code == 422 and "<option value=\"other\"" in asked.text and "Choose a context" in asked.text
    made = admin.form("/admin/clusters/new", "/admin/clusters", name="two", kind="kubeconfig", kubeconfig=text, context="other")
    assert made.status_code == 303
    number = made.headers["Location"].rsplit("/", 1)[1]
    assert admin.form(f"/admin/clusters/{number}/delete", "/delete").status_code == 303


def test_a_token_stays_where_it_was_given(portal, admin):
    fields = {"name": "by-token", "kind": "token", "server": "https://first.example:6443", "token": "canary-other-token\n"}
    made = admin.form("/admin/clusters/new", "/admin/clusters", **fields)
    assert made.status_code == 303, made.text[-2000:]
    address = made.headers["Location"]
    page = admin.get(address).text
    assert "canary-other-token" not in page and "https://first.example:6443" in page
    moved = admin.form(address, address, server="https://second.example:6443", token="")
    assert moved.status_code == 422 and 'id="e-token"' in moved.text
    kept = admin.form(address, address, base_domain="apps.first.example", token="")
    assert kept.status_code == 303
    stale = admin.form(address, address, version="1", name="late")
    assert stale.status_code == 422
    number = address.rsplit("/", 1)[1]
    portal.wait_sql(f"SELECT reachable IS FALSE AND message <> '' FROM clusters WHERE id = {number}", "t")
    assert "does not answer" in admin.get("/admin/clusters").text
    tested = admin.form(address, "/test")
    assert tested.status_code == 200 and "is-failed" in tested.text
    assert admin.form(f"{address}/delete", "/delete").status_code == 303


def test_nobody_else_sees_clusters_and_no_secret_is_shown(portal, admin, second):
    for path in ("/admin/clusters", f"/admin/clusters/{second[0]}", "/admin/clusters/new", f"/admin/clusters/{second[0]}/delete"):
        for login in ("ali", "teacher"):
            assert portal.client(login).get(path).status_code == 404, (path, login)
        assert "canary-cluster-token" not in admin.get(path).text
    assert "canary-cluster-token" not in json.dumps(admin.json("/api/v1/kubernetes/clusters"))
    assert "canary" not in portal.sql("SELECT string_agg(coalesce(detail, ''), ' ') FROM audit_log")
    assert "canary" not in portal.sql("SELECT string_agg(config_sealed, ' ') FROM clusters")
    for path in portal.stack.processes.logs.glob("*.log"):
        assert "canary-cluster-token" not in path.read_text(errors="replace"), path


# --- projects --------------------------------------------------------------------------------------------------------------------


def test_a_project_moves_without_an_outage(portal, second):
    project = running(portal, second, "Before the move")
    teacher = portal.client("teacher")
    keep_secret(portal, project)
    assert portal.ended(portal.act(project, "restart"))["state"] == "running"
    assert len(names(portal.stack.kubesim_url, project, SECRETS)) == 1
    silence, stop = [], threading.Event()

    def poll():
        while not stop.is_set():
            if portal.app(project)[0] != 200 and on_second(portal, second, project) != 200:
                silence.append(time.monotonic())
            time.sleep(0.05)

    poller = threading.Thread(target=poll)
    poller.start()
    try:
        assert portal.client("ali").get(f"/projects/{project}/move").status_code == 404
        moved = teacher.form(f"/projects/{project}/move", "", cluster_id=str(second[0]))
        assert moved.status_code == 303, moved.text[-1500:]
        portal.wait_sql(f"SELECT c.name || p.app_state FROM projects p JOIN clusters c ON c.id = p.applied_cluster_id WHERE p.id = {project}",
                        "secondrunning")
        journey.wait_for(lambda: not names(portal.stack.kubesim_url, project), 120, "the old Deployment is still there")
        portal.wait_sql(f"SELECT count(*) FROM project_leftovers WHERE project_id = {project}", "0")
    finally:
        stop.set()
        poller.join()
    assert silence == []
    assert names(portal.stack.kubesim_url, project, "v1/namespaces/hydrosim-students/services") == []
    # The Secret with its secret variables has moved along, under a name of its own.
    assert names(portal.stack.kubesim_url, project, SECRETS) == [] and len(names(second[1], project, SECRETS)) == 1
    assert names(second[1], project) == [f"prj-{project}"] and on_second(portal, second, project) == 200
    assert portal.app(project)[0] != 200
    page = portal.client("ali").get(f"/projects/{project}").text
    assert f"student-{project}.apps2.localhost" in page
    again = teacher.api("PUT", f"/api/v1/projects/{project}/cluster", {"cluster_id": second[0]})
    assert again.status_code == 409
    # What the move has changed is told.
    moving = portal.number(f"SELECT max(id) FROM deployments WHERE project_id = {project}")
    changed = {c["field"]: (c["before"], c["after"]) for c in teacher.json(f"/api/v1/deployments/{moving}/changes")["changes"]}
    assert changed["cluster"] == ("main", "second") and set(changed) <= {"cluster", "host", "ingress_class"}, changed
    page = portal.client("teacher", fresh=True, language="en").get(f"/deployments/{moving}").text
    assert ">Cluster<" in page and ">main<" in page and ">second<" in page, page[-3000:]
    assert "Move → second" in page and "Roll back" not in page.split("</h1>")[0], page[:3000]
    assert teacher.json(f"/api/v1/deployments/{moving}")["action"] == "move"
    assert teacher.api("POST", f"/api/v1/projects/{project}/move", {}).status_code == 404  # it is asked for by its cluster
    # From now on everything happens there.
    ali = portal.client("ali")
    assert ali.form(f"/projects/{project}", "/restart").status_code == 303
    portal.wait_sql(f"SELECT state FROM deployments WHERE project_id = {project} ORDER BY id DESC LIMIT 1", "running")
    restarted = portal.number(f"SELECT max(id) FROM deployments WHERE project_id = {project}")
    assert [c["field"] for c in teacher.json(f"/api/v1/deployments/{restarted}/changes")["changes"]] == ["restarted_at"]
    assert ali.get(f"/projects/{project}/log").text.count(f"prj-{project}-") > 0
    assert ali.form(f"/projects/{project}", "/stop").status_code == 303
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "stopped")
    assert teacher.form(f"/projects/{project}/delete", "/delete").status_code == 303
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "none")
    assert names(second[1], project) == [] and names(portal.stack.kubesim_url, project) == [] and names(second[1], project, SECRETS) == []


def test_a_move_that_fails_leaves_the_old_one_serving(portal, second):
    project = running(portal, second, "Stays where it is")
    keep_secret(portal, project)
    assert portal.ended(portal.act(project, "restart"))["state"] == "running"
    kept = names(portal.stack.kubesim_url, project, SECRETS)
    sim(second[1], "/_sim/faults", {"fault": "crash_loop", "count": 50, "selector": f"hydrosim/project-id={project}"})
    assert portal.ended(move(portal, project, second[0]))["state"] == "failed"
    no_faults(second)
    assert cluster_of(portal, project) == "main" and portal.app(project)[0] == 200
    journey.wait_for(lambda: not names(second[1], project), 120, "what the failed move left behind is still there")
    portal.wait_sql(f"SELECT count(*) FROM project_leftovers WHERE project_id = {project}", "0")
    assert portal.app(project)[0] == 200
    # Drift on the old cluster is still put right: it is the application.
    portal.wait_sql(f"SELECT drift IS NULL FROM projects WHERE id = {project}")
    # It is stopped as it is there, with its own Secret: the other cluster's is gone.
    assert portal.ended(portal.act(project, "stop"))["state"] == "stopped"
    assert portal.app(project)[0] != 200 and names(portal.stack.kubesim_url, project, SECRETS) == kept and len(kept) == 1
    assert portal.ended(portal.act(project, "start"))["state"] == "running"


def test_a_stop_while_it_moves_stops_the_old_one(portal, second):
    project = running(portal, second, "Stopped on the way")
    keep_secret(portal, project)
    assert portal.ended(portal.act(project, "restart"))["state"] == "running"
    kept = names(portal.stack.kubesim_url, project, SECRETS)
    sim(second[1], "/_sim/faults", {"fault": "never_ready", "count": 50, "selector": f"hydrosim/project-id={project}"})
    moving = move(portal, project, second[0])
    portal.wait_sql(f"SELECT applied_at IS NOT NULL FROM deployments WHERE id = {moving}")
    stopped = portal.ended(portal.act(project, "stop"))
    no_faults(second)
    assert stopped["state"] == "stopped", stopped
    assert cluster_of(portal, project) == "main" and portal.app(project)[0] != 200
    assert names(portal.stack.kubesim_url, project, SECRETS) == kept and len(kept) == 1
    portal.wait_sql(f"SELECT count(*) FROM project_leftovers WHERE project_id = {project}", "0")
    assert names(second[1], project) == names(second[1], project, SECRETS) == []
    assert portal.sql(f"SELECT app_state, drift IS NULL FROM projects WHERE id = {project}") == "stopped\tt"


def test_a_stop_ends_well_after_what_was_refused(portal, admin, second):
    """Whether a version serves that was applied whole before, or there is but a part of the first one."""
    ns = "students-narrow"
    sim(second[1], "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
    with Middleman(second[1]) as man:
        made = admin.form("/admin/clusters/new", "/admin/clusters", name="narrow", kind="kubeconfig", kubeconfig=kubeconfig(man.url),
                          base_domain="narrow.localhost", ingress_class="kubesim", students_namespace=ns)
        assert made.status_code == 303, made.text[-2000:]
        cluster = int(made.headers["Location"].rsplit("/", 1)[1])
        serves, first = running(portal, second, "Without a Secret"), running(portal, second, "Elsewhere until now")
        assert portal.ended(move(portal, serves, cluster))["state"] == "running"
        keep_secret(portal, serves)
        assert portal.ended(portal.act(first, "delete"))["state"] == "deleted"
        portal.client("teacher").api("PUT", f"/api/v1/projects/{first}/cluster", {"cluster_id": cluster})
        man.withheld = rf"/secrets|PATCH .*/ingresses/student-{first}\b"
        man.behave("narrow")
        refused = [portal.act(project, "deploy") for project in (serves, first)]
        assert [portal.ended(number)["reason"] for number in refused] == ["NOT_ALLOWED", "NOT_ALLOWED"]
        there = f"apps/v1/namespaces/{ns}/deployments"
        assert names(second[1], first, there) == [f"prj-{first}"]
        stops = [portal.act(project, "stop") for project in (serves, first)]
        assert [portal.ended(number)["state"] for number in stops] == ["stopped", "stopped"]
        assert names(second[1], serves, there) == [f"prj-{serves}"] and names(second[1], first, there) == []
        man.behave("pass")
        for project in (serves, first):
            assert portal.ended(portal.act(project, "start"))["state"] == "running"
        for project in (serves, first):
            assert portal.ended(portal.act(project, "delete"))["state"] == "deleted"


def test_a_cluster_that_disappears_stops_only_its_own(portal, admin, second):
    there, here = running(portal, second, "On the second"), running(portal, second, "On the first")
    teacher = portal.client("teacher")
    assert teacher.api("PUT", f"/api/v1/projects/{there}/cluster", {"cluster_id": second[0]}).status_code == 202
    portal.wait_sql(f"SELECT c.name || p.app_state FROM projects p JOIN clusters c ON c.id = p.applied_cluster_id WHERE p.id = {there}",
                    "secondrunning")
    portal.wait_sql(f"SELECT count(*) FROM project_leftovers WHERE project_id = {there}", "0")
    portal.stack.processes.stop("kubesim2")
    portal.wait_sql(f"SELECT reachable IS FALSE FROM clusters WHERE id = {second[0]}", "t")
    assert "does not answer" in portal.client("ali").get(f"/projects/{there}").text
    assert "does not answer" not in portal.client("ali").get(f"/projects/{here}").text
    asked = teacher.api("POST", f"/api/v1/projects/{there}/stop", {}).json()
    # The others go on: a push is built and deployed meanwhile.
    build = portal.build_of(here, portal.push(here, "While the other is away"))
    assert portal.deployed(build)[0] == "running"
    assert teacher.get("/courses").status_code == 200
    portal.wait_sql(f"SELECT state FROM deployments WHERE id = {asked['id']}", "deploying")
    started = time.monotonic()
    assert portal.client("ali").get(f"/projects/{there}/log").status_code == 200
    assert time.monotonic() - started < 20
    portal.stack.start_second_kubesim()
    portal.wait_sql(f"SELECT state FROM deployments WHERE id = {asked['id']}", "stopped")
    portal.wait_sql(f"SELECT reachable FROM clusters WHERE id = {second[0]}", "t")


def test_new_projects_go_to_the_default(portal, admin, second):
    own = portal.number("SELECT id FROM clusters WHERE kind = 'own'")
    assert admin.form(f"/admin/clusters/{second[0]}", "/default").status_code == 303
    try:
        project = running(portal, second, "On the default")
        assert cluster_of(portal, project) == "second"
        assert admin.post(f"/admin/clusters/{second[0]}/delete").status_code == 409
    finally:
        assert admin.form(f"/admin/clusters/{own}", "/default").status_code == 303
