"""Clusters that are broken or hostile: each stops only its own applications, costs the worker little, and is well again by itself."""
import contextlib
import time

import pytest

from conftest import fresh_portal
from stack import journey
from stack.clusters import kubeconfig, share_image, sim
from stack.middleman import Middleman, certificate

# What a cluster begins to do, and a word of what its page says then. "mute" and "jump" answer requests: only watches suffer.
MODES = {
    "html": "not the API server", "throttle": "429", "refuse": "refuses the credential", "blank": "too large", "bulk": "too large",
    "deep": "too many values", "stall": "timed out", "mute": None, "jump": None,
}
AWAY_SAYS = "The cluster of this application does not answer"
AWAY = [mode for mode, says in MODES.items() if says]


def memory_kb(portal, what="VmHWM"):
    with open(f"/proc/{portal.stack.processes.pid('worker')}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ":"))


def forget_peak(portal):
    with open(f"/proc/{portal.stack.processes.pid('worker')}/clear_refs", "w") as f:
        f.write("5")


def said(tested):
    """What the cluster said where a connection test failed."""
    return " ".join(step.get("said", "") for step in tested["connection"]["steps"] if step["outcome"] == "failed")


@pytest.fixture(scope="module")
def portal():
    """The worker's memory and what it asks are of these clusters alone; and they stay behind."""
    yield from fresh_portal("hostile", head_poll_interval=10)


@pytest.fixture(scope="module")
def admin(portal):
    return portal.client("admin")


@pytest.fixture(scope="module")
def hostile(portal, admin):
    """A cluster for each behaviour, with an application that runs on it: {mode: (middleman, cluster, project)}."""
    url = portal.stack.start_second_kubesim()
    teacher = portal.client("teacher")
    made, builds = {}, {}
    with contextlib.ExitStack() as stack:
        for mode in MODES:
            man = stack.enter_context(Middleman(url))
            sim(url, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"students-{mode}"}})
            answer = admin.form("/admin/clusters/new", "/admin/clusters", name=mode, kind="kubeconfig", kubeconfig=kubeconfig(man.url),
                                base_domain=f"{mode}.localhost", ingress_class="kubesim", students_namespace=f"students-{mode}")
            assert answer.status_code == 303, answer.text[-2000:]
            project = portal.new_project("ali")
            builds[project] = portal.build_of(project, portal.push(project, f"On the cluster {mode}"))
            made[mode] = man, int(answer.headers["Location"].rsplit("/", 1)[1]), project
        for project, build in builds.items():
            assert (ended := portal.finish(build))[0] == "success", ended
            share_image(portal, url, project)
            assert portal.deployed(build)[0] == "running"
        for man, cluster, project in made.values():
            assert teacher.api("PUT", f"/api/v1/projects/{project}/cluster", {"cluster_id": cluster}).status_code == 202
        for mode, (man, cluster, project) in made.items():
            portal.wait_sql(f"SELECT c.name || p.app_state FROM projects p JOIN clusters c ON c.id = p.applied_cluster_id WHERE p.id = {project}",
                            mode + "running")
            portal.wait_sql(f"SELECT count(*) FROM project_leftovers WHERE project_id = {project}", "0")
        yield made
        for man, cluster, project in made.values():
            man.behave("pass")
    portal.stack.processes.stop("kubesim2")


def test_all_at_once(portal, admin, hostile):
    here = portal.new_project("ali")
    teacher, ali = portal.client("teacher"), portal.client("ali")
    forget_peak(portal)
    before = {mode: len(man.asked) for mode, (man, _, _) in hostile.items()}
    began = time.monotonic()
    for mode, (man, _, _) in hostile.items():
        man.behave(mode)
    # What is asked of them meanwhile is taken, and what concerns others is done.
    asked = {mode: teacher.api("POST", f"/api/v1/projects/{project}/stop", {}).json()["id"] for mode, (_, _, project) in hostile.items()}
    build = portal.build_of(here, portal.push(here, "While the others misbehave"))
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    for mode in AWAY:
        man, cluster, project = hostile[mode]
        portal.wait_sql(f"SELECT reachable IS FALSE AND message LIKE '%{MODES[mode]}%' FROM clusters WHERE id = {cluster}")
        assert MODES[mode] in admin.get(f"/admin/clusters/{cluster}").text, mode
        portal.wait_sql(f"SELECT state FROM deployments WHERE id = {asked[mode]}", "deploying")
        assert AWAY_SAYS in ali.get(f"/projects/{project}").text, mode
        started = time.monotonic()
        assert ali.get(f"/projects/{project}").status_code == teacher.get("/courses").status_code == 200
        assert time.monotonic() - started < 10, mode
    assert AWAY_SAYS not in ali.get(f"/projects/{here}").text
    time.sleep(max(0, began + 30 - time.monotonic()))
    took = time.monotonic() - began
    for mode, (man, _, _) in hostile.items():
        rate = (len(man.asked) - before[mode]) / took
        assert rate < 4, f"{mode}: {rate:.1f} requests a second"
    print({mode: len(man.asked) - before[mode] for mode, (man, _, _) in hostile.items()}, f"in {took:.0f} s, worker's peak {memory_kb(portal)} kB")
    assert portal.keeps_freed_memory() or memory_kb(portal) < 400_000
    for mode, (man, _, _) in hostile.items():
        man.behave("pass")
    for mode, (man, cluster, project) in hostile.items():
        portal.wait_sql(f"SELECT state FROM deployments WHERE id = {asked[mode]}", "stopped")
        portal.wait_sql(f"SELECT reachable FROM clusters WHERE id = {cluster}")
        journey.wait_for(lambda: AWAY_SAYS not in ali.get(f"/projects/{project}").text, 120, f"the page of {mode} is well again")
    assert portal.keeps_freed_memory() or memory_kb(portal, "VmRSS") < 200_000


@pytest.mark.parametrize("mode", AWAY)
def test_a_connection_test_ends_and_says_why(admin, hostile, mode):
    man, cluster, _ = hostile[mode]
    man.behave(mode)
    try:
        started = time.monotonic()
        tested = admin.api("POST", f"/api/v1/kubernetes/clusters/{cluster}/test", {}).json()
        assert not tested["connection"]["passed"], tested
        assert MODES[mode] in said(tested), tested
        assert time.monotonic() - started < 25
    finally:
        man.behave("pass")


@pytest.mark.parametrize("days, known, says", [(30, False, "certificate"), (-1, True, "certificate"), (30, True, None)],
                         ids=["wrong_authority", "expired", "right"])
def test_certificates(portal, admin, hostile, tmp_path, days, known, says):
    tls = certificate(tmp_path, "cluster", days)
    authority = (tls if known else certificate(tmp_path, "other"))[0].read_text()
    with Middleman(portal.stack.kubesim_url, tls) as man:
        fields = {"name": f"tls-{days}-{known}", "kind": "token", "server": man.url, "token": "canary-tls-token", "ca_pem": authority}
        made = admin.form("/admin/clusters/new", "/admin/clusters", **fields)
        assert made.status_code == 303, made.text[-2000:]
        address = made.headers["Location"]
        tested = admin.api("POST", f"/api/v1/kubernetes/clusters/{address.rsplit('/', 1)[1]}/test", {}).json()
        assert tested["connection"]["passed"] is (says is None), tested
        if says:
            assert says in said(tested), tested
            assert man.asked == []  # not even the token was sent
        assert admin.form(f"{address}/delete", "/delete").status_code == 303


def test_an_object_of_somebody_else_with_our_name_stays(portal, admin, hostile):
    url = portal.stack.kubesim_url
    project = portal.new_project("ali")
    foreign = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"prj-{project}", "labels": {"owner": "somebody"}},
               "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}},
                        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "x"}]}}}}
    place = "/apis/apps/v1/namespaces/hydrosim-students/deployments"
    sim(url, place, foreign)
    before = sim(url, f"{place}/prj-{project}")
    build = portal.build_of(project, portal.push(project, "Somebody is there already"))
    assert (ended := portal.finish(build))[0] == "success", ended
    state, message = portal.deployed(build)
    assert state == "failed" and "is not the portal's" in message
    teacher = portal.client("teacher")
    assert teacher.form(f"/projects/{project}/delete", "/delete").status_code == 303
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "none")
    after = sim(url, f"{place}/prj-{project}")
    assert after["metadata"]["uid"] == before["metadata"]["uid"] and after["spec"] == before["spec"]
