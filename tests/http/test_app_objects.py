"""An application's objects in the cluster: which ones are its own, and what is done when somebody else touches them."""
import pytest

from conftest import fresh_portal

from stack import journey
from stack.app_objects import DEPLOYMENTS, SERVICES, STUDENTS, patch, repaired, running


@pytest.fixture(scope="module")
def portal():
    """Settings are changed."""
    yield from fresh_portal("objects", apps_per_student=0)


# --- copies -------------------------------------------------------------------------------------------------------------------------


def copy(portal, path, name, change):
    """As with kubectl get -o yaml | sed | kubectl apply: labels and annotations come along."""
    o = portal.cluster("GET", path)
    meta = {"name": name, **{k: o["metadata"][k] for k in ("labels", "annotations") if k in o["metadata"]}}
    made = {"metadata": meta, "spec": {k: v for k, v in o["spec"].items() if not k.startswith("clusterIP")}}
    change(made["spec"])
    portal.cluster("POST", path.rpartition("/")[0], made)


@pytest.fixture
def copied(portal, project):
    """An application that runs; a Deployment and a Service beside it that are copies of its own, and otherwise broken."""
    running(portal, project)
    places = [f"{DEPLOYMENTS}/copy-{project}", f"{DEPLOYMENTS}/prj-{project}-copy", f"{SERVICES}/copy-{project}"]

    def other(spec):
        spec["replicas"] = 2
        spec["template"]["spec"]["containers"][0]["image"] = "registry.localhost:5000/no/such@sha256:" + "0" * 64

    for place in places[:2]:
        copy(portal, f"{DEPLOYMENTS}/prj-{project}", place.rpartition("/")[2], other)
    copy(portal, f"{SERVICES}/student-{project}", f"copy-{project}", lambda spec: spec["ports"][0].update(targetPort=9))
    yield project
    for place in places:
        portal.cluster("DELETE", place)


def test_a_copy_is_not_the_application(portal, copied):
    """Each later change of the application's own objects is seen behind the copies, and nothing else is."""
    own = f"{DEPLOYMENTS}/prj-{copied}"
    patch(portal, own, {"spec": {"replicas": 3}})
    repaired(portal, copied, 1, "replicas")
    assert portal.ended(portal.act(copied, "restart"))["state"] == "running"
    portal.cluster("DELETE", f"{SERVICES}/copy-{copied}")
    patch(portal, f"{SERVICES}/student-{copied}", {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": 9}]}})
    repaired(portal, copied, 2, "service_target")
    for kind in ("copy-{}", "prj-{}-copy"):
        portal.cluster("DELETE", f"{DEPLOYMENTS}/{kind.format(copied)}")
    patch(portal, own, {"spec": {"replicas": 2}})
    repaired(portal, copied, 3, "replicas")
    portal.wait_sql(f"SELECT app_state || coalesce(app_reason, '') FROM projects WHERE id = {copied}", "running")
    assert portal.app(copied)[0] == 200


def test_what_is_done_to_a_copy_is_done_to_it_alone(portal, copied):
    teacher, wanted = portal.client("teacher"), f"SELECT wanted_deployment_id FROM projects WHERE id = {copied}"
    before = portal.sql(wanted)
    for name in (f"copy-{copied}", f"prj-{copied}-copy"):
        path = f"{DEPLOYMENTS}/{name}"
        for act, body in (("restart", {}), ("scale", {"replicas": 0})):
            done = teacher.api("POST", f"/api/v1/kubernetes/deployments/{name}/{act}", body)
            assert done.status_code == 202 and done.json()["deployment_id"] is None, done.text
        spec = portal.cluster("GET", path)["spec"]
        assert spec["replicas"] == 0 and spec["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    assert portal.sql(wanted) == before and portal.app(copied)[0] == 200
    own = teacher.api("POST", f"/api/v1/kubernetes/deployments/prj-{copied}/restart", {})
    assert portal.ended(own.json()["deployment_id"])["state"] == "running"


# --- its Deployment ---------------------------------------------------------------------------------------------------------------------


def shows(portal, project, seconds=180, **words):
    """Waits until the project's page has these words: en="...", zh="..."."""
    for language, text in words.items():
        journey.wait_for(lambda: text in portal.client("teacher").get(f"/projects/{project}", headers={"Accept-Language": language}).text, seconds,
                         f"the page to say {text}")


def test_one_that_is_deleted_and_left_so_does_not_run(portal, project):
    running(portal, project)
    portal.stack.portalctl("setting", "set", "drift", "leave")
    try:
        portal.cluster("DELETE", f"{DEPLOYMENTS}/prj-{project}")
        shows(portal, project, en="Deployment: deleted", zh="Deployment：已被删除")
        shows(portal, project, en="No copy of it answers just now", zh="目前没有可响应的副本")
        portal.wait_sql(f"SELECT app_state || app_ready FROM projects WHERE id = {project}", "deploying0")
        assert portal.ended(portal.act(project, "restart"))["state"] == "running"
    finally:
        portal.stack.portalctl("setting", "reset", "drift")


def test_one_that_somebody_paused_rolls_out(portal, project):
    running(portal, project)
    patch(portal, f"{DEPLOYMENTS}/prj-{project}", {"spec": {"paused": True}})
    assert portal.ended(portal.act(project, "restart"))["state"] == "running"
    assert not portal.cluster("GET", f"{DEPLOYMENTS}/prj-{project}")["spec"].get("paused")


def test_one_that_is_made_somebody_elses_is_said(portal, project):
    """By taking its label away: it is left alone, and what an admin has to do stands there in both languages."""
    running(portal, project)
    own = f"{DEPLOYMENTS}/prj-{project}"
    patch(portal, own, {"metadata": {"labels": {"hydrosim/project-id": "999999"}}})
    shows(portal, project, en="The portal could not put it right. A Deployment named", zh="请管理员在集群中将其删除或改名")
    portal.cluster("DELETE", own)
    portal.act(project, "restart")
    journey.wait_for(lambda: portal.app(project)[0] == 200 and portal.sql(f"SELECT drift IS NULL FROM projects WHERE id = {project}") == "t", 180,
                     "the application to run again")


def test_a_later_one_in_the_cluster_is_said_and_not_fought(portal, project):
    """As after the database was restored from a backup that is older than what runs."""
    running(portal, project)
    own = f"{DEPLOYMENTS}/prj-{project}"
    number = portal.number(f"SELECT serving_deployment_id FROM projects WHERE id = {project}")
    later = {"metadata": {"annotations": {"hydrosim/deployment-id": str(number + 1000)}}}
    patch(portal, own, later)
    for action in ("restart", "stop"):
        ended = portal.ended(portal.act(project, action))
        assert (ended["state"], ended["reason"]) == ("failed", "OVERTAKEN"), ended
        shows(portal, project, en="The cluster holds a later version", zh="集群中的版本比门户记录的更新")
        assert portal.app(project)[0] == 200 and portal.cluster("GET", own)["metadata"]["annotations"].items() >= later["metadata"]["annotations"].items()
    # What the page says helps.
    assert portal.ended(portal.act(project, "delete"))["state"] == "deleted"
    assert portal.ended(portal.act(project, "deploy"))["state"] == "running"
    # Nor can it be put right.
    number = portal.number(f"SELECT serving_deployment_id FROM projects WHERE id = {project}")
    patch(portal, own, {"metadata": {"annotations": {"hydrosim/deployment-id": str(number + 1000)}}, "spec": {"replicas": 2}})
    shows(portal, project, en="Delete the application, then deploy it again.", zh="请删除该应用，然后重新部署。")


def test_the_version_before_answers_until_the_next_is_there(portal, project):
    running(portal, project)
    portal.fault(fault="unschedulable", count=1, selector=f"hydrosim/project-id={project}")
    next_one = portal.act(project, "restart")
    try:
        shows(portal, project, en="Waiting for a place", zh="等待空位")
        page = portal.client("teacher").get(f"/projects/{project}", headers={"Accept-Language": "en"}).text
        assert portal.app(project)[0] == 200 and "does not answer now" not in page and "Running since" in page
    finally:
        portal.no_faults()
    assert portal.ended(portal.act(project, "stop"))["state"] == "stopped"
    assert portal.deployment(next_one)["state"] == "superseded"
    shows(portal, project, en="does not answer now", zh="目前无法访问")


def test_what_the_cluster_says_of_it_is_not_said_to_be_its_own_lines(portal, project):
    running(portal, project)
    portal.fault(fault="unschedulable", count=1, selector=f"hydrosim/project-id={project}")
    try:
        pods = portal.cluster("GET", f"/api/v1/{STUDENTS}/pods?labelSelector=hydrosim/project-id={project}")["items"]
        portal.cluster("DELETE", f"/api/v1/{STUDENTS}/pods/{pods[0]['metadata']['name']}")
        shows(portal, project, en="There is no room in the cluster", zh="集群没有空闲资源")
        page = portal.client("teacher").get(f"/projects/{project}", headers={"Accept-Language": "en"}).text
        assert "The cluster says:" in page and "Its last lines:" not in page
    finally:
        portal.no_faults()


def test_what_was_wrong_while_it_was_looked_into_does_not_stay(portal, project):
    """A new copy did not answer yet, and its events take long to read; when they and its log are there, it answers."""
    running(portal, project)
    selector = f"hydrosim/project-id={project}"
    read = lambda: sum(n for what, n in portal.stats()["requests"].items() if what.endswith("/log"))
    portal.fault(fault="stall", verb="list", resource="events", namespace="hydrosim-students", seconds=60, count=1)
    try:
        for _ in range(20):  # until one of its moments on the way up is seen
            before = read()
            portal.cluster("POST", "/_sim/act", {"act": "delete_pod", "namespace": "hydrosim-students", "selector": selector})
            journey.wait_for(lambda: portal.app(project)[0] == 200, 120, "the new copy")
            if not portal.faults():
                break
        well = "SELECT app_state || coalesce(app_reason, '') || app_ready FROM projects"
        portal.wait_sql(f"{well} WHERE id = {project}", "running1")
        seen = portal.sql(f"SELECT observed_at FROM projects WHERE id = {project}")
        journey.wait_for(lambda: read() > before, 120, "what is read after the events")
        portal.wait_sql(f"SELECT observed_at > '{seen}' FROM projects WHERE id = {project}")  # what was found is written, and differs
    finally:
        portal.no_faults()
    portal.wait_sql(f"{well} WHERE id = {project}", "running1", seconds=30)
    portal.wait_sql(f"SELECT clock_timestamp() > observed_at + interval '2 seconds' FROM projects WHERE id = {project}")
    assert portal.sql(f"{well} WHERE id = {project}") == "running1"
