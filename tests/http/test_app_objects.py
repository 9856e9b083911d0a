"""An application's objects in the cluster: which ones are its own, and what is done when somebody else touches them."""
import json
import urllib.request

import pytest

from stack import journey

STUDENTS = "namespaces/hydrosim-students"
DEPLOYMENTS, SERVICES = f"/apis/apps/v1/{STUDENTS}/deployments", f"/api/v1/{STUDENTS}/services"


def sim(portal, method, path, body=None, kind="application/json"):
    request = urllib.request.Request(portal.stack.kubesim_url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"{}")


def patch(portal, path, body):
    return sim(portal, "PATCH", path, body, "application/merge-patch+json")


def running(portal, project, text="Mine"):
    assert portal.deployed(portal.build_of(project, portal.push(project, text)))[0] == "running"


def drifts(portal, project):
    """What has been seen to differ, oldest first; None where all was well again."""
    rows = portal.sql("SELECT coalesce(e.message, 'null') FROM deployment_events e JOIN deployments d ON d.id = e.deployment_id"
                      f" WHERE d.project_id = {project} AND e.kind = 'drift' ORDER BY e.id")
    return [json.loads(row) for row in rows.splitlines()]


def repaired(portal, project, times, *what):
    """Waits until so many changes have been put right, the last one of them in those fields alone."""
    journey.wait_for(lambda: (seen := drifts(portal, project)) and seen[-1] is None and seen.count(None) == times, 180, f"{what} to be put right")
    seen = drifts(portal, project)
    assert len(seen) == 2 * times and [row["what"] for row in seen[-2]] == list(what), seen


# --- copies -------------------------------------------------------------------------------------------------------------------------


def copy(portal, path, name, change):
    """As with kubectl get -o yaml | sed | kubectl apply: labels and annotations come along."""
    o = sim(portal, "GET", path)
    meta = {"name": name, **{k: o["metadata"][k] for k in ("labels", "annotations") if k in o["metadata"]}}
    made = {"metadata": meta, "spec": {k: v for k, v in o["spec"].items() if not k.startswith("clusterIP")}}
    change(made["spec"])
    sim(portal, "POST", path.rpartition("/")[0], made)


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
        try:
            sim(portal, "DELETE", place)
        except urllib.error.HTTPError as e:
            assert e.code == 404


def test_a_copy_is_not_the_application(portal, copied):
    """Each later change of the application's own objects is seen behind the copies, and nothing else is."""
    own = f"{DEPLOYMENTS}/prj-{copied}"
    patch(portal, own, {"spec": {"replicas": 3}})
    repaired(portal, copied, 1, "replicas")
    assert portal.ended(portal.act(copied, "restart"))["state"] == "running"
    sim(portal, "DELETE", f"{SERVICES}/copy-{copied}")
    patch(portal, f"{SERVICES}/student-{copied}", {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": 9}]}})
    repaired(portal, copied, 2, "service_target")
    for kind in ("copy-{}", "prj-{}-copy"):
        sim(portal, "DELETE", f"{DEPLOYMENTS}/{kind.format(copied)}")
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
        spec = sim(portal, "GET", path)["spec"]
        assert spec["replicas"] == 0 and spec["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    assert portal.sql(wanted) == before and portal.app(copied)[0] == 200
    own = teacher.api("POST", f"/api/v1/kubernetes/deployments/prj-{copied}/restart", {})
    assert portal.ended(own.json()["deployment_id"])["state"] == "running"
