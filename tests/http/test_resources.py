"""What lies in a cluster, on pages and over the API: who sees what, what is never shown, what can be changed and by whom."""
import base64
import html
import json
import re
import urllib.request

import pytest

from conftest import fresh_portal

from stack import journey, trail
from stack.websocket import Refused, WebSocket

KINDS = ("deployments", "pods", "services", "ingresses", "configmaps", "secrets", "events", "resourcequotas", "namespaces")
CANARY = "canary-value-of-a-secret"
STUDENTS = "/api/v1/namespaces/hydrosim-students"


def labels(project):
    return {"app.kubernetes.io/managed-by": "hydrosim-portal", "hydrosim/project-id": str(project)}


def put(portal, kind, name, label, **more):
    notes = {"note": CANARY} if kind == "secrets" else {}
    portal.cluster("POST", f"{STUDENTS}/{kind}", {"metadata": {"name": name, "labels": label, "annotations": notes}, **more})


def deployed(portal, login):
    project = portal.new_project(login)
    build = portal.build_of(project, portal.push(project, "Resources"))
    assert portal.deployed(build)[0] == "running"
    return project


@pytest.fixture(scope="module")
def portal():
    """What other tests leave in the cluster would count among the left-overs."""
    yield from fresh_portal("resources")


@pytest.fixture(scope="module")
def projects(portal):
    """ali's and mei's application, each with a Secret and a ConfigMap; a Secret and a Deployment that are not the portal's; a quota."""
    found = {login: deployed(portal, login) for login in ("ali", "mei")}
    value = base64.b64encode(CANARY.encode()).decode()
    for project in found.values():
        put(portal, "secrets", f"prj-{project}-pull", labels(project), data={"password": value})
        put(portal, "configmaps", f"prj-{project}-map", labels(project), data={"key": "value"})
    put(portal, "secrets", "foreign", {"hydrosim/project-id": str(found["ali"])}, data={"password": value})
    put(portal, "resourcequotas", "limit", {}, spec={"hard": {"pods": "20"}})
    return found


@pytest.fixture(scope="module")
def cluster(portal):
    return int(portal.sql("SELECT id FROM clusters WHERE kind = 'own'"))


def names(client, kind, **query):
    text = "&".join(f"{k}={v}" for k, v in query.items())
    return {o["name"] for o in client.json(f"/api/v1/kubernetes/{kind}?{text}")["items"]}


def pod_of(portal, project):
    """The name of its pod; waits until those of before are gone and the new one runs."""
    def only():
        pods = portal.client("teacher").json(f"/api/v1/projects/{project}/pods")["items"]
        return len(pods) == 1 and pods[0]["phase"] == "Running" and pods[0]["name"]

    return journey.wait_for(only, 60, f"one pod of project {project} that runs")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_list_and_its_objects(portal, projects, cluster, kind):
    admin = portal.client("admin")
    page = admin.get(f"/clusters/{cluster}/{kind}")
    assert page.status_code == 200 and "note busy" not in page.text, page.text[-2000:]
    items = admin.json(f"/api/v1/kubernetes/{kind}")["items"]
    assert items, kind
    one = items[0]
    assert one["kind"] == kind and one["cluster_id"] == cluster and one["yaml"] is None
    assert one["name"] in page.text
    looked = admin.json(f"/api/v1/kubernetes/{kind}/{one['name']}")
    assert f"name: {one['name']}" in looked["yaml"] and "managedFields" not in looked["yaml"]
    shown = admin.get(f"/clusters/{cluster}/{kind}/{one['name']}")
    assert shown.status_code == 200 and "metadata:" in shown.text and CANARY not in shown.text


def test_no_value_of_a_secret_is_ever_shown(portal, projects, cluster):
    admin, name = portal.client("admin"), f"prj-{projects['ali']}-pull"
    for path in ("", f"/{name}", "/foreign"):
        for prefix in (f"/clusters/{cluster}/secrets", "/api/v1/kubernetes/secrets"):
            text = admin.get(prefix + path).text
            assert "password" in text and CANARY not in text and base64.b64encode(CANARY.encode()).decode() not in text
    assert f"({len(CANARY)} bytes)" in admin.json(f"/api/v1/kubernetes/secrets/{name}")["yaml"]


def test_a_student_sees_the_own_project_alone(portal, projects, cluster):
    ali, own, other = portal.client("ali"), projects["ali"], projects["mei"]
    for kind in ("deployments", "pods", "services", "ingresses", "configmaps", "secrets", "events"):
        items = ali.json(f"/api/v1/kubernetes/{kind}?limit=200")["items"]
        assert items and own in {o["project_id"] for o in items} and other not in {o["project_id"] for o in items}, kind
        page = ali.get(f"/clusters/{cluster}/{kind}").text
        assert f"prj-{other}-" not in page and f"student-{other}<" not in page and f"prj-{other}<" not in page
        assert ali.get(f"/clusters/{cluster}/{kind}?project_id={other}").status_code == 404
    assert "foreign" not in names(ali, "secrets")
    mine, theirs = f"prj-{own}", f"prj-{other}"
    assert ali.get(f"/clusters/{cluster}/deployments/{mine}").status_code == 200
    for path in (f"deployments/{theirs}", f"deployments/{theirs}/restart", f"secrets/{theirs}-pull", "secrets/foreign", "resourcequotas",
                 "namespaces", "resourcequotas/limit", "namespaces/hydrosim-students"):
        assert ali.get(f"/clusters/{cluster}/{path}").status_code == 404, path
        assert ali.get(f"/api/v1/kubernetes/{path}").status_code in (404, 405), path
    assert ali.get(f"/clusters/{cluster}/pods?place=builds").status_code == 404
    # A label narrows what is seen, and cannot widen it.
    assert names(ali, "deployments", label=f"hydrosim/project-id%3D{other}") == set()
    assert ali.get("/api/v1/kubernetes/deployments?label=a%20in%20(b)").status_code == 422
    for path in (f"deployments/{mine}/scale", f"deployments/{mine}/delete", f"services/student-{own}/delete"):
        assert ali.get(f"/clusters/{cluster}/{path}").status_code == 403, path


def test_a_teacher_sees_what_belongs_to_projects(portal, projects):
    teacher = portal.client("teacher")
    assert {f"prj-{p}" for p in projects.values()} <= names(teacher, "deployments", limit=200)
    assert "foreign" not in names(teacher, "secrets") and "foreign" in names(portal.client("admin"), "secrets")
    only = teacher.json(f"/api/v1/kubernetes/pods?project_id={projects['mei']}")["items"]
    assert {o["project_id"] for o in only} == {projects["mei"]}
    assert names(teacher, "resourcequotas") - {"hydrosim-applications"} == {"limit"}
    assert names(teacher, "namespaces") == {"hydrosim-students"} and names(teacher, "namespaces", place="builds") == {"hydrosim-builds"}


def test_lists_go_by_pages(portal, projects, cluster):
    admin, seen, path = portal.client("admin"), [], "/api/v1/kubernetes/services?limit=1"
    for _ in range(20):
        page = admin.json(path)
        assert len(page["items"]) <= 1
        seen += [o["name"] for o in page["items"]]
        if not page["next_cursor"]:
            break
        path = f"/api/v1/kubernetes/services?limit=1&continue={urllib.request.quote(page['next_cursor'])}"
    assert len(seen) == len(set(seen)) and {f"student-{p}" for p in projects.values()} <= set(seen)
    page = admin.get(f"/clusters/{cluster}/services?limit=1").text
    assert 'rel="next"' in page and "continue=" in page
    assert admin.get("/api/v1/kubernetes/services?continue=nonsense").status_code in (410, 400, 422)
    for bad in ("limit=0", "limit=201", "project_id=x", "cluster_id=999999", "place=elsewhere"):
        assert admin.get(f"/api/v1/kubernetes/services?{bad}").status_code in (404, 422), bad
    for bad in ("widgets", "Deployments", "..%2fsecrets"):
        assert admin.get(f"/api/v1/kubernetes/{bad}").status_code in (404, 400), bad


def audit(portal, action):
    return portal.sql(f"SELECT detail FROM audit_log WHERE action = '{action}' ORDER BY id DESC LIMIT 1")


def test_scale_restart_delete(portal, projects, cluster):
    teacher, ali, own = portal.client("teacher"), portal.client("ali"), projects["ali"]
    path = f"/clusters/{cluster}/deployments/prj-{own}"
    asked = teacher.get(f"{path}/scale")
    assert asked.status_code == 200 and 'name="replicas"' in asked.text
    assert teacher.form(f"{path}/scale", "/scale", replicas="11").status_code == 422
    assert teacher.form(f"{path}/scale", "/scale", replicas="2").status_code == 303
    assert f"prj-{own}" in audit(portal, "resource.scale") and "to 2" in audit(portal, "resource.scale")
    assert teacher.api("POST", f"/api/v1/kubernetes/deployments/prj-{own}/scale", {"replicas": 1}).status_code == 202
    # A restart is a deployment of the project, so that the portal keeps what was wanted. A student may.
    again = ali.form(f"{path}/restart", "/restart")
    assert again.status_code == 303 and again.headers["Location"].startswith("/deployments/"), again.text[-1000:]
    portal.wait_sql(f"SELECT state FROM deployments WHERE id = {again.headers['Location'].rsplit('/', 1)[1]}", "running", 60)
    stopped = teacher.api("POST", f"/api/v1/kubernetes/deployments/prj-{own}/scale", {"replicas": 0})
    assert stopped.status_code == 202 and stopped.json()["deployment_id"]
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {own}", "stopped", 60)
    assert teacher.api("POST", f"/api/v1/kubernetes/deployments/prj-{own}/scale", {"replicas": 1}).json()["deployment_id"]
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {own}", "running", 60)
    pod = pod_of(portal, own)
    page = f"/clusters/{cluster}/pods/{pod}/delete"
    assert ali.get(page).status_code == 200
    assert ali.form(page, "/delete").status_code == 303
    journey.wait_for(lambda: pod not in names(ali, "pods", project_id=own), 60, "the pod is still there")
    assert pod in audit(portal, "resource.delete")
    gone = teacher.api("DELETE", f"/api/v1/kubernetes/secrets/prj-{own}-pull")
    assert gone.status_code == 202 and f"prj-{own}-pull" not in names(teacher, "secrets")
    about = [trail.objects(portal.client("admin"), "zh", f"?action=resource.{act}") for act in ("delete", "scale")]
    assert about[0][:2] == [(f"Secret hydrosim-students/prj-{own}-pull", f"/projects/{own}"), (f"Pod hydrosim-students/{pod}", f"/projects/{own}")]
    assert about[1][0] == (f"Deployment hydrosim-students/prj-{own}", f"/projects/{own}")


def held(portal, name):
    return portal.cluster("GET", f"{STUDENTS}/configmaps/{name}")


def version_in(page):
    return re.search(r'name="version" value="(\w+)"', page.text)[1]


def test_an_admin_makes_and_changes_a_configmap(portal, projects, cluster):
    admin, new = portal.client("admin"), f"/clusters/{cluster}/new/configmaps"
    assert new in admin.get(f"/clusters/{cluster}/configmaps").text and "/new/" not in admin.get(f"/clusters/{cluster}/deployments").text
    text = "<b>&'\"\n  one: two\n"
    made = admin.post(new, name="shared", key="key", value=text)
    page = made.headers.get("Location", "")
    assert made.status_code == 303 and page == f"/clusters/{cluster}/configmaps/shared/change", made.text[-2000:]
    assert held(portal, "shared")["data"] == {"key": text}
    assert held(portal, "shared")["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "hydrosim-portal"}
    assert "made configmaps shared" in audit(portal, "resource.create")
    assert page in admin.get(page.removesuffix("/change")).text

    def set_entry(of, key, value, **more):
        return admin.post(page, version=version_in(admin.get(page)), map=of, key=key, value=value, **more).status_code

    assert set_entry("data", "other.key", "") == set_entry("labels", "example.com/team", "one") == set_entry("annotations", "note", "any text\n") == 303
    assert set_entry("data", "key", "new") == 303 and "new" not in audit(portal, "resource.change")
    assert audit(portal, "resource.change").endswith("in data.key")
    assert set_entry("data", "key", "new") == 303  # it is so already
    o = held(portal, "shared")
    assert o["data"] == {"key": "new", "other.key": ""} and o["metadata"]["annotations"]["note"] == "any text\n"
    assert o["metadata"]["labels"]["example.com/team"] == "one"
    assert portal.number("SELECT count(*) FROM audit_log WHERE action = 'resource.change'") == 4
    # Each key leads to its value in the form.
    link = html.unescape(re.search(r'href="(\?map=annotations&amp;key=note[^"#]*)', admin.get(page).text)[1])
    shown = next(f["fields"] for f in admin.forms(page + link) if "value" in f["fields"])
    assert (shown["map"], shown["key"], shown["value"]) == ("annotations", "note", "any text\r\n")
    # Without JavaScript each entry has a button of its own that takes it away; the portal's label has none.
    forms = {f["fields"]["key"]: f["fields"] for f in admin.forms(page) if f["fields"].get("remove")}
    assert set(forms) == {"key", "other.key", "example.com/team", "note"}
    assert admin.post(page, **forms["other.key"]).status_code == 303 and held(portal, "shared")["data"] == {"key": "new"}
    assert trail.objects(admin, "en", "?action=resource.change")[0][0] == "ConfigMap hydrosim-students/shared"
    # It is nobody's project: a teacher sees nothing of it.
    for login in ("teacher", "ali"):
        client = portal.client(login)
        assert "shared" not in names(client, "configmaps")
        for path in (page, page.removesuffix("/change"), new):
            assert client.get(path).status_code == 404, path
        assert client.post(page, map="data", key="a", value="b").status_code == client.post(new, name="x").status_code == 404
        assert client.api("POST", "/api/v1/kubernetes/configmaps", {"name": "mine"}).status_code == 404
        assert client.api("PUT", "/api/v1/kubernetes/configmaps/shared", {"data": {"a": "b"}}).status_code == 404
    assert admin.form(f"{page.removesuffix('/change')}/delete", "/delete").status_code == 303
    assert "shared" not in names(admin, "configmaps")


def test_a_change_that_comes_too_late_is_refused_with_what_is_there(portal, projects, cluster):
    admin = portal.client("admin")
    assert admin.api("POST", "/api/v1/kubernetes/configmaps", {"name": "late", "data": {"key": "first"}}).status_code == 201
    page = f"/clusters/{cluster}/configmaps/late/change"
    form = admin.get(page)
    portal.cluster("PATCH", f"{STUDENTS}/configmaps/late", {"data": {"key": "another's"}}, "application/merge-patch+json")
    late = admin.post(page, map="data", key="key", value="mine", version=version_in(form))
    assert late.status_code == 422 and "another's" in html.unescape(late.text) and ">\nmine</textarea>" in late.text
    assert held(portal, "late")["data"] == {"key": "another's"}
    # Now that both have been seen, it is what the person wants.
    assert admin.post(page, map="data", key="key", value="mine", version=version_in(late)).status_code == 303
    assert held(portal, "late")["data"] == {"key": "mine"}
    # The API's guard is the ETag.
    path = "/api/v1/kubernetes/configmaps/late"
    read = admin.get(path)
    assert read.headers["ETag"].removeprefix("W/").strip('"') == read.json()["version"]

    def put(body, tag):
        return admin.api("PUT", path, body, headers={"If-Match": tag}).status_code

    assert put({"data": {"key": "by API", "gone": None}}, read.headers["ETag"]) == 202 and held(portal, "late")["data"] == {"key": "by API"}
    assert put({"data": {"key": "again"}}, read.headers["ETag"]) == 412 and held(portal, "late")["data"] == {"key": "by API"}
    assert put({"data": {"key": None}, "labels": {"a": "b"}}, "*") == 202
    assert "data" not in held(portal, "late") or held(portal, "late")["data"] == {}
    assert put({}, "*") == 202 and admin.api("DELETE", path).status_code == 202


def test_the_same_twice_makes_one(portal, projects, cluster):
    """A second click, or a program's second try, finds what it wants; another wish for the same name is refused."""
    admin, new = portal.client("admin"), f"/clusters/{cluster}/new/configmaps"
    body = {"name": "once", "data": {"z": "1", "a": "2"}, "labels": {"b": "c", "a": "d"}}
    assert [admin.api("POST", "/api/v1/kubernetes/configmaps", body).status_code for _ in range(2)] == [201, 201]
    assert admin.api("POST", "/api/v1/kubernetes/configmaps", {**body, "data": {"z": "1"}}).status_code == 409
    assert admin.post(new, name="once", key="z", value="1").status_code == 422 and held(portal, "once")["data"] == body["data"]
    assert [admin.post(new, name="once-more").status_code for _ in range(2)] == [303, 303]
    lines = "SELECT count(*) FROM audit_log WHERE action = 'resource.create' AND result = '{}' AND object LIKE '%/once%'"
    assert portal.number(lines.format("done")) == 4 and portal.number(lines.format("refused")) == 2
    key = {"Idempotency-Key": "0123456789abcdef-once"}
    again = [admin.api("POST", "/api/v1/kubernetes/configmaps", {"name": "once-key", "data": {"a": "b"}}, headers=key) for _ in range(2)]
    assert [r.status_code for r in again] == [201, 201] and again[1].headers["Idempotency-Replayed"] == "true"
    assert portal.number(lines.format("done")) == 5
    page = f"/clusters/{cluster}/configmaps/once/change"
    version = version_in(admin.get(page))
    assert [admin.post(page, map="data", key="z", value="3", version=version).status_code for _ in range(2)] == [303, 303]
    assert portal.number("SELECT count(*) FROM audit_log WHERE action = 'resource.change' AND object LIKE '%/once'") == 1
    for name in ("once", "once-more", "once-key"):
        assert admin.api("DELETE", f"/api/v1/kubernetes/configmaps/{name}").status_code == 202


def test_nothing_typed_is_lost_when_the_cluster_does_not_answer(portal, projects, cluster):
    admin, new, page = portal.client("admin"), f"/clusters/{cluster}/new/configmaps", f"/clusters/{cluster}/configmaps/shaky/change"
    entry = {"map": "data", "key": "a", "value": "much\ntext"}
    where = {"resource": "configmaps", "namespace": "hydrosim-students", "count": 1}
    try:
        # Made, but the answer is lost: the second try finds it. On a connection that was in use before it is the client's own try.
        portal.fault(fault="drop_answer", verb="create", **where)
        lost = admin.post(new, name="shaky", key="a", value="b")
        assert lost.status_code == 303 or (lost.status_code == 422 and "not known whether it was done" in lost.text)
        assert held(portal, "shaky")["data"] == {"a": "b"}
        assert admin.post(new, name="shaky", key="a", value="b").status_code == 303
        version = version_in(admin.get(page))
        for verb in ("get", "patch"):
            portal.fault(fault="http_503", verb=verb, **where)
            away = admin.post(page, version=version, **entry)
            says = "cannot be asked just now" if verb == "get" else "not known whether it was done"
            assert away.status_code == 422 and says in away.text and ">\nmuch\ntext</textarea>" in away.text, verb
            assert version_in(away) == version and held(portal, "shaky")["data"] == {"a": "b"}
        assert admin.post(page, version=version, **entry).status_code == 303 and held(portal, "shaky")["data"] == {"a": "much\ntext"}
    finally:
        portal.no_faults()
    assert admin.api("DELETE", "/api/v1/kubernetes/configmaps/shaky").status_code == 202
    gone = admin.post(page, version=version, **entry)
    assert gone.status_code == 404


@pytest.mark.parametrize("fields, field, says", [
    ({"name": ""}, "name", "needed"), ({"name": "prj-1"}, "name", "applications"), ({"name": "Upper"}, "name", "small letters"), ({"name": "a/b"}, "name", "small letters"),
    ({"name": "m", "key": "a b", "value": "x"}, "key", "as a key"), ({"name": "m", "value": "x"}, "key", "as a key"),
    ({"name": "a-map", "key": "a", "value": "typed"}, "name", "of this name already"), ({"name": "m", "key": "a" * 400}, "key", "317")])
def test_what_cannot_be_made_is_said_and_kept(portal, projects, cluster, fields, field, says):
    admin = portal.client("admin")
    if "a-map" not in names(admin, "configmaps"):
        put(portal, "configmaps", "a-map", {})
    before = names(admin, "configmaps", limit=200)
    wrong = admin.post(f"/clusters/{cluster}/new/configmaps", **fields)
    assert wrong.status_code == 422 and re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', wrong.text), wrong.text[-3000:]
    assert says in html.unescape(wrong.text) and fields["name"] in wrong.text and fields.get("value", "") in wrong.text
    assert names(admin, "configmaps", limit=200) == before


@pytest.mark.parametrize("body, field", [
    ({}, "name"), ({"name": "prj-1"}, "name"), ({"name": "m", "data": []}, "data"), ({"name": "m", "data": {"a": 1}}, "data"), ({"name": "m", "labels": {"a b": "c"}}, "labels"),
    ({"name": "m", "labels": {"hydrosim/project-id": "1"}}, "labels"), ({"name": "m", "annotations": {"app.kubernetes.io/managed-by": "x"}}, "annotations"),
    ({"name": "m", "yaml": "a: b"}, "yaml")])
def test_the_api_names_the_field(portal, projects, body, field):
    answer = portal.client("admin").api("POST", "/api/v1/kubernetes/configmaps", body)
    assert answer.status_code == 422 and {e["field"] for e in answer.json()["errors"]} == {field}, answer.text


def test_what_runs_is_not_written_by_hand(portal, projects, cluster):
    admin = portal.client("admin")
    for kind in ("deployments", "services", "ingresses", "secrets", "pods"):
        assert admin.get(f"/clusters/{cluster}/new/{kind}").status_code == 404
        assert admin.post(f"/clusters/{cluster}/new/{kind}", name="m").status_code == 404
        assert admin.api("POST", f"/api/v1/kubernetes/{kind}", {"name": "m"}).status_code == 403
    own = projects["mei"]
    for body in ({"spec": {"replicas": 5}}, {"data": {"a": "b"}}):
        assert admin.api("PUT", f"/api/v1/kubernetes/deployments/prj-{own}", body).status_code == 422


def test_a_mark_on_an_application_stays(portal, projects, cluster):
    admin, own = portal.client("admin"), projects["mei"]
    page = f"/clusters/{cluster}/deployments/prj-{own}/change"
    form = admin.get(page)
    assert "put back within a minute" in form.text and 'value="data"' not in form.text
    assert admin.post(page, map="labels", key="team", value="one", version=version_in(form)).status_code == 303
    path = f"/apis/apps/v1/namespaces/hydrosim-students/deployments/prj-{own}"
    before = portal.cluster("GET", path)
    assert before["metadata"]["labels"]["team"] == "one" and before["spec"]["replicas"] == 1
    # The next deployment leaves it alone.
    old = portal.number(f"SELECT max(id) FROM deployments WHERE project_id = {own}")
    assert portal.client("mei").form(f"/projects/{own}", "/restart").status_code == 303
    portal.wait_sql(f"SELECT state FROM deployments WHERE project_id = {own} AND id > {old}", "running", 60)
    assert portal.cluster("GET", path)["metadata"]["labels"]["team"] == "one"


def test_what_is_not_the_portals_is_left_alone(portal, projects, cluster):
    admin = portal.client("admin")
    assert admin.get(f"/clusters/{cluster}/secrets/foreign/delete").status_code == 403
    assert admin.post(f"/clusters/{cluster}/secrets/foreign/delete").status_code == 403
    assert admin.api("DELETE", "/api/v1/kubernetes/secrets/foreign").status_code == 403
    assert admin.api("DELETE", "/api/v1/kubernetes/resourcequotas/limit").status_code == 403
    put(portal, "configmaps", "not-ours", {})
    assert admin.get(f"/clusters/{cluster}/configmaps/not-ours/change").status_code == 403
    assert admin.api("PUT", "/api/v1/kubernetes/configmaps/not-ours", {"data": {"a": "b"}}).status_code == 403
    assert "data" not in held(portal, "not-ours")
    assert "foreign" in names(admin, "secrets")


# --- a pod ---------------------------------------------------------------------------------------------------------------------------


def test_a_pods_page(portal, projects):
    ali, own = portal.client("ali"), projects["ali"]
    pod = pod_of(portal, own)
    page = f"/projects/{own}/pods/{pod}"
    assert f"{page}" in ali.get(f"/projects/{own}/log").text
    text = ali.get(page).text
    assert "Starting application" in text and "serves no metrics" in text and f"Pod {pod}" in text
    assert "no such log" in ali.get(f"{page}?container=other").text
    assert ali.get(f"{page}?previous=1").status_code == 200
    assert portal.client("mei").get(page).status_code == 404
    assert portal.client("teacher").get(f"/projects/{projects['mei']}/pods/{pod}").status_code == 404
    # Commands are the staff's unless a setting says so, and nobody's at 0 seconds.
    assert "/run" not in text and ali.post(f"{page}/run", container="app", command="id").status_code == 403
    teacher = portal.client("teacher")
    assert teacher.post(f"{page}/run", container="app", command="echo 'open").status_code == 422
    assert teacher.post(f"{page}/run", container="other", command="id").status_code == 422
    portal.stack.portalctl("setting", "set", "terminal_seconds", "0")
    try:
        assert "/run" not in teacher.get(page).text and teacher.post(f"{page}/terminal", container="app").status_code == 403
    finally:
        portal.stack.portalctl("setting", "reset", "terminal_seconds")


def test_a_pod_over_the_api(portal, projects):
    ali, teacher, own = portal.client("ali"), portal.client("teacher"), projects["ali"]
    pods = f"/api/v1/projects/{own}/pods"
    pod_of(portal, own)
    one = ali.json(pods)["items"][0]
    assert [c["name"] for c in one["containers"]] == ["app"] and one["containers"][0]["exit_code"] is None
    path = f"{pods}/{one['name']}"
    detail = ali.json(path)
    assert {**detail, **one} == detail and detail["use"] == [] and "no metrics" in detail["use_message"] and not detail["commands"]
    assert teacher.json(path)["commands"]
    log = ali.get(f"{path}/log")
    assert log.headers["Content-Type"].startswith("text/plain") and log.text.startswith("Starting application")
    last = ali.get(f"{path}/log?lines=1&stamps=true").text
    assert last.count("\n") == 1 and last.split(" ", 1)[1] == log.text.splitlines(keepends=True)[-1] and re.match(r"\d{4}-\d\d-\d\dT", last)
    for query in ("container=other", "previous=true"):
        assert "no such log" in ali.get(f"{path}/log?{query}").json()["detail"]
    for bad in ("lines=0", "lines=5001", "container=A", "previous=maybe"):
        assert ali.get(f"{path}/log?{bad}").status_code == 422, bad
    everything = ali.json(f"/api/v1/projects/{own}/events")["items"]
    assert {e["name"] for e in ali.json(f"{path}/events")["items"]} == {one["name"]} < {e["name"] for e in everything}
    assert all(e["name"].startswith(f"prj-{own}") and e["last_at"] for e in everything)
    # Another's pod is none, whoever asks; and a name that is none.
    for name in (one["name"], "gone", "..%2f..%2fsecrets"):
        assert teacher.get(f"/api/v1/projects/{projects['mei']}/pods/{name}/log").status_code in (400, 404), name
    for what in ("", f"/{one['name']}", f"/{one['name']}/log", f"/{one['name']}/events"):
        assert portal.client("mei").get(pods + what).status_code == 404, what
    # Commands are the staff's unless a setting says so, and nobody's at 0 seconds. The simulated cluster has no exec.
    right = {"container": "app", "command": "id"}
    assert ali.api("POST", f"{path}/run", right).status_code == 403
    for body, fields in (({}, ["container", "command"]), ({**right, "command": "x" * 2001}, ["command"]), ({**right, "shell": "yes"}, ["shell"])):
        answer = teacher.api("POST", f"{path}/run", body)
        assert answer.status_code == 422 and [e["field"] for e in answer.json()["errors"]] == fields, answer.text
    unfit = teacher.api("POST", f"{path}/run", {"container": "other", "command": "echo 'open"})
    assert unfit.status_code == 409 and [e["field"] for e in unfit.json()["errors"]] == ["container", "command"]
    assert teacher.api("POST", f"{path}/run", right).status_code == 409
    assert "ran id" in audit(portal, "terminal.command")
    portal.stack.portalctl("setting", "set", "terminal_seconds", "0")
    try:
        assert not teacher.json(path)["commands"] and teacher.api("POST", f"{path}/run", right).status_code == 403
    finally:
        portal.stack.portalctl("setting", "reset", "terminal_seconds")


def dial(portal, client, origin):
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.http.cookies)
    headers = {n: v for n, v in {"Cookie": cookies, "Origin": origin}.items() if v}
    return WebSocket(portal.url.replace("http", "ws", 1) + "/stream/terminal", headers)


def test_a_terminals_ticket_is_checked(portal, projects):
    teacher, own = portal.client("teacher"), projects["ali"]
    pod = pod_of(portal, own)
    shown = teacher.post(f"/projects/{own}/pods/{pod}/terminal", container="app")
    ticket = re.search(r'data-terminal="([0-9a-f]+)"', shown.text)[1]
    assert ticket not in portal.sql("SELECT string_agg(token_hash, ' ') FROM terminal_tickets")
    for client, origin in ((teacher, "https://elsewhere.example"), (teacher, ""), (portal.client(None), portal.url)):
        with pytest.raises(Refused) as refused:
            dial(portal, client, origin)
        assert refused.value.status in (401, 403)

    def said(client, first):
        ws = dial(portal, client, portal.url)
        ws.send(first)
        return ws.receive()

    for bad in ("{", "[]", json.dumps({"columns": 3}), json.dumps({"ticket": "x" * 600}), b"typed before"):
        assert said(teacher, bad) is None, bad
    assert "used already" in said(portal.client("admin"), json.dumps({"ticket": ticket}))
    assert "used already" in said(teacher, json.dumps({"ticket": "0" * 64}))
    # The simulated cluster has no exec: the ticket is used all the same, and the end is written down.
    assert "could not find" in said(teacher, json.dumps({"ticket": ticket}))
    assert "used already" in said(teacher, json.dumps({"ticket": ticket}))
    portal.wait_sql("SELECT count(*) FROM audit_log WHERE action = 'terminal.close'", "1")
    assert portal.sql("SELECT login FROM audit_log WHERE action = 'terminal.open'") == "teacher"


# --- what belongs to nothing ---------------------------------------------------------------------------------------------------------


def test_left_overs_are_shown_then_deleted(portal, projects, cluster):
    admin, page = portal.client("admin"), f"/admin/clusters/{cluster}/strays"
    put(portal, "configmaps", "prj-777777-map", labels(777777))
    put(portal, "configmaps", "not-the-portals", {"hydrosim/project-id": "777777"})
    first = admin.get(page)
    assert "prj-777777-map" in first.text and "not-the-portals" not in first.text and f"prj-{projects['mei']}" not in first.text
    assert "777777" in first.text and portal.client("teacher").get(page).status_code == 404
    seen = re.search(r'name="seen" value="(\w+)"', first.text)[1]
    put(portal, "configmaps", "prj-777778-map", labels(777778))
    stale = admin.post(page, seen=seen)
    assert stale.status_code == 409 and "prj-777778-map" in stale.text and "prj-777777-map" in names(admin, "configmaps", limit=200)
    assert admin.form(page, "/strays").status_code == 303
    left = names(admin, "configmaps", limit=200)
    assert not {"prj-777777-map", "prj-777778-map"} & left and {"not-the-portals", f"prj-{projects['mei']}-map"} <= left
    assert "deleted 2 of 2" in audit(portal, "cluster.cleanup")
    # Over the API likewise: a list is the rehearsal.
    api = f"/api/v1/kubernetes/clusters/{cluster}/strays"
    put(portal, "configmaps", "prj-777776-map", labels(777776))
    listed = admin.json(api)
    assert [(s["kind"], s["name"], s["project_id"], s["build_id"]) for s in listed["items"]] == [("configmaps", "prj-777776-map", 777776, None)]
    assert admin.api("DELETE", f"{api}?seen={'0' * 64}").status_code == 409 and admin.api("DELETE", api).status_code == 422
    assert portal.client("teacher").get(api).status_code == 404 and "prj-777776-map" in names(admin, "configmaps", limit=200)
    assert admin.api("DELETE", f"{api}?seen={listed['seen']}").json() == {"deleted": 1}
    assert "prj-777776-map" not in names(admin, "configmaps", limit=200) and "deleted 1 of 1" in audit(portal, "cluster.cleanup")
    # By the schedule.
    put(portal, "configmaps", "prj-777779-map", labels(777779))
    portal.stack.portalctl("setting", "set", "cleanup_hours", "1")
    try:
        portal.wait_sql(f"SELECT deleted FROM cluster_cleanups WHERE cluster_id = {cluster} AND finished_at IS NOT NULL", "1", 120)
    finally:
        portal.stack.portalctl("setting", "reset", "cleanup_hours")
    after = admin.json(api)
    assert after["items"] == [] and after["last_deleted"] == 1 and after["last_at"]
    assert "prj-777779-map" not in names(admin, "configmaps", limit=200) and f"prj-{projects['mei']}-map" in names(admin, "configmaps", limit=200)


# --- the last one, for the portal leaves a failing cluster alone for a while ----------------------------------------------------------


def test_a_cluster_that_is_away_is_said_on_its_pages_alone(portal, projects, cluster):
    teacher = portal.client("teacher")
    portal.fault(fault="http_503", verb="list", resource="services", namespace="hydrosim-students", count=20)
    try:
        page = teacher.get(f"/clusters/{cluster}/services")
        assert page.status_code == 200 and "cannot be asked just now" in page.text
        assert teacher.get("/api/v1/kubernetes/services").status_code == 503
        assert teacher.get("/projects").status_code == 200
    finally:
        portal.no_faults()
