"""An application's objects in the cluster: which ones are its own, and what is done when somebody else touches them."""
import base64
import json
import urllib.error
import urllib.request

import pytest

from conftest import fresh_portal

from stack import journey

STUDENTS = "namespaces/hydrosim-students"
DEPLOYMENTS, SERVICES, SECRETS = f"/apis/apps/v1/{STUDENTS}/deployments", f"/api/v1/{STUDENTS}/services", f"/api/v1/{STUDENTS}/secrets"


@pytest.fixture(scope="module")
def portal():
    """Its registry gets an account."""
    yield from fresh_portal("objects", apps_per_student=0)


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
        sim(portal, "DELETE", f"{DEPLOYMENTS}/prj-{project}")
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
    assert not sim(portal, "GET", f"{DEPLOYMENTS}/prj-{project}")["spec"].get("paused")


def test_one_that_is_made_somebody_elses_is_said(portal, project):
    """By taking its label away: it is left alone, and what an admin has to do stands there in both languages."""
    running(portal, project)
    own = f"{DEPLOYMENTS}/prj-{project}"
    patch(portal, own, {"metadata": {"labels": {"hydrosim/project-id": "999999"}}})
    shows(portal, project, en="The portal could not put it right. A Deployment named", zh="请管理员在集群中将其删除或改名")
    sim(portal, "DELETE", own)
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
        assert portal.app(project)[0] == 200 and sim(portal, "GET", own)["metadata"]["annotations"].items() >= later["metadata"]["annotations"].items()
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
        pods = sim(portal, "GET", f"/api/v1/{STUDENTS}/pods?labelSelector=hydrosim/project-id={project}")["items"]
        sim(portal, "DELETE", f"/api/v1/{STUDENTS}/pods/{pods[0]['metadata']['name']}")
        shows(portal, project, en="There is no room in the cluster", zh="集群没有空闲资源")
        page = portal.client("teacher").get(f"/projects/{project}", headers={"Accept-Language": "en"}).text
        assert "The cluster says:" in page and "Its last lines:" not in page
    finally:
        portal.no_faults()


# --- the Secret by which the cluster pulls its image ----------------------------------------------------------------------------------


def save_account(portal, password, username="puller"):
    admin = portal.client("admin")
    number = portal.number("SELECT min(id) FROM registries")
    answer = admin.api("PUT", f"/api/v1/registries/{number}", {"pull_username": username, "pull_password": password})
    assert answer.status_code == 200, answer.text


def pull_secret(portal, project):
    """What the cluster has of it: its uid, "user:password"; None: it is not there."""
    try:
        secret = sim(portal, "GET", f"{SECRETS}/prj-{project}-pull")
    except urllib.error.HTTPError as e:
        assert e.code == 404
        return None
    auths = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))["auths"]
    return secret["metadata"]["uid"], base64.b64decode(auths["registry.localhost:5000"]["auth"]).decode()


def wait_for_account(portal, project, account):
    journey.wait_for(lambda: (pull_secret(portal, project) or (None, None))[1] == account, 180, f"the Secret of project {project} to hold {account}")
    portal.wait_sql(f"SELECT uid IS NOT NULL AND missing_at IS NULL FROM pull_secrets WHERE project_id = {project}")


@pytest.fixture
def pulled(portal, project):
    """An application whose image is pulled by an account."""
    save_account(portal, "canary-pull-first")
    running(portal, project)
    assert pull_secret(portal, project)[1] == "puller:canary-pull-first"
    return project


def test_a_pull_secret_that_is_gone_is_seen_and_made_again(portal, pulled):
    first = pull_secret(portal, pulled)
    sim(portal, "DELETE", f"{SECRETS}/prj-{pulled}-pull")
    repaired(portal, pulled, 1, "pull_secret")
    assert (second := pull_secret(portal, pulled))[1] == first[1] and second[0] != first[0]
    # Somebody else's in its place is none, whatever it holds.
    meta = sim(portal, "GET", f"{SECRETS}/prj-{pulled}-pull")["metadata"]
    sim(portal, "DELETE", f"{SECRETS}/prj-{pulled}-pull")
    sim(portal, "POST", SECRETS, {"metadata": {"name": meta["name"], "labels": meta["labels"]}, "type": "kubernetes.io/dockerconfigjson",
                                  "data": {".dockerconfigjson": base64.b64encode(b'{"auths": {}}').decode()}})
    repaired(portal, pulled, 2, "pull_secret")
    assert pull_secret(portal, pulled)[1] == first[1]


def test_a_pull_secret_that_is_gone_is_shown_and_left_alone_where_a_setting_says_so(portal, pulled):
    portal.stack.portalctl("setting", "set", "drift", "leave")
    try:
        sim(portal, "DELETE", f"{SECRETS}/prj-{pulled}-pull")
        journey.wait_for(lambda: "Account for the image: deleted" in portal.client("ali").get(f"/projects/{pulled}").text, 180, "the page to say so")
        assert pull_secret(portal, pulled) is None and drifts(portal, pulled) == [[{"what": "pull_secret", "gone": True}]]
        # An account that is saved is no change by somebody else.
        save_account(portal, "canary-pull-left")
        wait_for_account(portal, pulled, "puller:canary-pull-left")
        repaired(portal, pulled, 1, "pull_secret")
    finally:
        portal.stack.portalctl("setting", "reset", "drift")


def test_an_account_that_is_saved_reaches_what_runs(portal, pulled):
    """By the API and by portalctl; nothing is deployed for it, and nothing is said to differ. A password that is forgotten stays."""
    other, wanted = portal.new_project("ali"), f"SELECT wanted_deployment_id FROM projects WHERE id = {pulled}"
    running(portal, other)
    before, uid = portal.sql(wanted), pull_secret(portal, pulled)[0]
    save_account(portal, "canary-pull-second")
    for project in (pulled, other):
        wait_for_account(portal, project, "puller:canary-pull-second")
    save_account(portal, "canary-pull-third", username="other")
    for project in (pulled, other):
        wait_for_account(portal, project, "other:canary-pull-third")
    name, address = portal.sql("SELECT name, address FROM registries ORDER BY id LIMIT 1").split("\t")
    portal.stack.portalctl("registry", "add", name, address, "--plain-http", "--pull-user", "puller", "--pull-password-file", "-",
                           text="canary-pull-fourth\n")
    for project in (pulled, other):
        wait_for_account(portal, project, "puller:canary-pull-fourth")
    save_account(portal, None, username="")
    assert portal.sql(f"SELECT uid IS NOT NULL FROM pull_secrets WHERE project_id = {pulled}") == "t"
    assert portal.sql(wanted) == before and pull_secret(portal, pulled)[0] == uid and drifts(portal, pulled) == []
    assert portal.app(pulled)[0] == 200


def test_nothing_is_looked_after_that_is_not_needed(portal, pulled):
    rows = f"SELECT count(*) FROM pull_secrets WHERE project_id = {pulled}"
    assert portal.sql(rows) == "1"
    assert portal.ended(portal.act(pulled, "delete"))["state"] == "deleted"
    assert pull_secret(portal, pulled) is None and portal.sql(rows) == "0"


def asked(portal, verb):
    return sim(portal, "GET", "/_sim/stats")["requests"].get(f"{verb} secrets", 0)


@pytest.fixture
def many(portal):
    """More applications than are asked for one by one; each image is pulled by an account."""
    save_account(portal, "canary-pull-many")
    projects = [portal.new_project("mei") for _ in range(4)]
    builds = [portal.build_of(p, portal.push(p, "One of many")) for p in projects]
    assert [portal.deployed(b)[0] for b in builds] == ["running"] * 4
    return projects


def test_one_list_tells_of_all(portal, many):
    portal.wait_sql("SELECT count(*) FROM pull_secrets WHERE check_at < (SELECT max(check_at) FROM pull_secrets)", "0")
    lists, gets, last = asked(portal, "list"), asked(portal, "get"), portal.sql("SELECT max(check_at) FROM pull_secrets")
    portal.wait_sql(f"SELECT min(check_at) > timestamptz '{last}' + interval '30 seconds' FROM pull_secrets")
    assert asked(portal, "list") > lists and asked(portal, "get") == gets
    sim(portal, "DELETE", f"{SECRETS}/prj-{many[0]}-pull")
    repaired(portal, many[0], 1, "pull_secret")
    assert all(drifts(portal, p) == [] for p in many[1:])


def test_where_no_list_is_given_each_is_asked_for(portal, many):
    """As an operator may leave out the right."""
    portal.fault(fault="http_410", verb="list", resource="secrets", count=1000)
    try:
        gets = asked(portal, "get")
        sim(portal, "DELETE", f"{SECRETS}/prj-{many[0]}-pull")
        repaired(portal, many[0], 1, "pull_secret")
        assert all(drifts(portal, p) == [] for p in many[1:]) and asked(portal, "get") > gets + len(many)
    finally:
        portal.no_faults()
