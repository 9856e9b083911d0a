"""Parts that die or go away while people work: nothing is lost, nothing stays stuck."""
import concurrent.futures
import os
import signal
import threading
import time

import pytest

from stack import gitea_hook, journey
from stack.client import Client
from stack.processes import stat_fields


def test_kill_9_of_handlers_loses_no_get_and_no_webhook(portal):
    project = portal.new_project("ali", hook=False)

    portal.connect(project)
    raw = portal.push_body(project, portal.head(project))
    stop = threading.Event()
    gets, hooks, away = [], [], []

    clients = [Client(portal.url, portal.demo.credentials("teacher")) for _ in range(4)]

    def get(n):
        client = clients[n]
        while not stop.is_set():
            gets.append(client.get("/api/v1/students?limit=5").status_code)  # of one write: half an answer cannot be begun anew

    def post(_):
        while not stop.is_set():
            hooks.append(gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", raw, portal.projects[project]["secret"], timeout=30)[0])

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        running = [pool.submit(get, n) for n in range(4)] + [pool.submit(post, n) for n in range(2)]
        try:
            for n in range(10):
                asked = len(gets)
                time.sleep(0.5)
                journey.wait_for(lambda: len(gets) > asked + 10, 60, "people who work")
                away.append(portal.kill_handlers(len(portal.handlers()) if n % 5 == 4 else 1))
            time.sleep(0.5)
        finally:
            stop.set()
        for future in running:
            future.result()
    assert len(gets) > 100 and set(gets) == {200}, {c: gets.count(c) for c in set(gets)}
    answers = {c: hooks.count(c) for c in set(hooks)}
    # nginx waits 4 s for a handler, for Gitea waits 5 for nginx. Sanitized handlers on a busy machine may take as long to start.
    allowed = {200, 202, 504} if max(away) > 3 else {200, 202}
    assert answers[202] > 10 and set(answers) <= allowed, (answers, away)
    kept = portal.number(f"SELECT count(*) FROM webhook_deliveries WHERE project_id = {project}")
    assert kept >= answers[202] + answers.get(200, 0), (answers, kept)


def test_restart_of_web_under_load(own_portal):
    """SIGTERM ends what runs first; while it is away nginx answers with its own page, afterwards all is well."""
    portal = own_portal
    client = portal.client("teacher")
    portal.stack.processes.stop("web")
    answer = client.get("/")
    assert answer.status_code == 502 and "<h1>" in answer.text
    assert client.get("/api/v1/students").json()["status"] == 502
    portal.stack.start_web()
    assert client.get("/api/v1/students").status_code == 200


def test_postgres_restart(own_portal):
    portal = own_portal
    project = portal.new_project("ali")
    client = portal.client("ali")
    sha = portal.push(project, "Before the restart", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\nRUN sleep 100\n"))
    build = portal.build_of(project, sha)
    portal.stack.processes.kill("postgres")
    time.sleep(1)
    assert client.get("/api/v1/students").status_code in (200, 503)
    status, _ = gitea_hook.deliver(f"{portal.url}/api/v1/webhooks/gitea", "push", portal.push_body(project, sha),
                                   portal.projects[project]["secret"])
    assert status in (0, 503, 504), status
    portal.stack.postgres.start()
    journey.wait_for(lambda: client.get("/health").status_code == 200, 60, "health after the database is back")
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"


def test_cluster_away(own_portal):
    portal = own_portal
    project = portal.new_project("ali")
    portal.stack.processes.stop("kubesim")
    build = portal.build_of(project, portal.push(project, "Into the void"))
    time.sleep(8)
    status, _, _, _ = journey.build_state(portal.stack, build)
    assert status in ("pending", "running")
    assert portal.client("ali").get(f"/builds/{build}").status_code == 200
    portal.stack.start_kubesim()
    assert (ended := portal.finish(build))[0] == "success", ended


def test_archive_away(own_portal):
    """A log that cannot be stored waits in the database; the build does not."""
    portal = own_portal
    logs = portal.stack.home / "logs"
    project = portal.new_project("ali")
    away = portal.stack.home / "logs-away"
    logs.rename(away)
    logs.write_text("not a folder")
    build = portal.build_of(project, portal.push(project, "Nowhere to write"))
    assert portal.deployed(build)[0] == "running"
    page = portal.client("ali").get(f"/builds/{build}")
    assert page.status_code == 200
    logs.unlink()
    away.rename(logs)
    portal.wait_sql(f"SELECT archived_at IS NOT NULL AND log_complete FROM builds WHERE id = {build}")


@pytest.mark.parametrize("fault", ["http_429", "http_500", "http_503", "cut", "drop_answer", "watch_410", "watch_end", "log_cut"])
def test_trouble_with_the_cluster(portal, project, fault):
    portal.fault(fault=fault, count=6)
    try:
        build = portal.build_of(project, portal.push(project, f"Through {fault}"))
        assert (ended := portal.finish(build))[0] == "success", ended
        assert portal.deployed(build)[0] == "running"
        assert portal.number(f"SELECT count(*) FROM build_events WHERE build_id = {build} AND kind = 'status' AND value = 'running'") == 1
    finally:
        portal.no_faults()


def test_worker_killed_and_started_again(own_portal):
    portal = own_portal
    project = portal.new_project("ali")
    sha = portal.push(project, "Orphaned", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\nRUN sleep 300\n"))
    build = portal.build_of(project, sha)
    portal.wait_sql(f"SELECT phase = 'building' FROM builds WHERE id = {build}")
    portal.stack.processes.kill("worker")
    portal.stack.start_worker()
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    assert stat_fields(portal.stack.processes.pid("worker"))


def paused(portal):
    """The worker stands still for longer than its lease, as in a virtual machine that is suspended."""
    pid = portal.stack.processes.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    try:
        portal.wait_sql("SELECT heartbeat_at < now() - interval '22 seconds' FROM workers ORDER BY id DESC LIMIT 1")
    finally:
        os.kill(pid, signal.SIGCONT)


def unheard(portal):
    """The worker's heartbeat did not come in time; what it does goes on meanwhile."""
    portal.sql("UPDATE workers SET heartbeat_at = now() - interval '1 minute'")


@pytest.mark.parametrize("lose", [paused, unheard])
def test_lease_lost_in_the_middle_of_acts(own_portal, lose):
    """The same worker drives on what it drove, under its new epoch: one Job, one rollout."""
    portal = own_portal
    serving = portal.new_project("ali")
    first = portal.build_of(serving, portal.push(serving, "Before"))
    assert portal.deployed(first)[0] == "running"
    epoch = portal.number("SELECT epoch FROM workers ORDER BY id DESC LIMIT 1")
    # Neither is answered: both acts last until the worker gives the request up, which is longer than it takes to lose the lease.
    portal.fault(fault="stall", verb="create", resource="jobs")
    portal.fault(fault="stall", verb="patch", resource="deployments")
    building = portal.new_project("ali")
    build = portal.build_of(building, portal.push(building, "Under way"))
    restart = portal.act(serving, "restart")
    journey.wait_for(lambda: not portal.faults(), 60, "both acts to be under way")
    lose(portal)
    portal.wait_sql(f"SELECT epoch > {epoch} FROM workers ORDER BY id DESC LIMIT 1")
    assert (ended := portal.finish(build))[0] == "success", ended
    assert portal.deployed(build)[0] == "running"
    assert (ended := portal.ended(restart))["state"] == "running", ended
    assert portal.stats()["jobs_created"][f"hydrosim-builds/build-{build}"] == 1
    assert portal.number(f"SELECT count(*) FROM deployments WHERE build_id = {build}") == 1
    assert portal.number(f"SELECT count(*) FROM builds WHERE project_id = {building}") == 1
    assert portal.number("SELECT count(*) FROM workers") == 1
    for project, rollouts in ((serving, 2), (building, 1)):
        app = portal.cluster("GET", f"/apis/apps/v1/namespaces/hydrosim-students/deployments/prj-{project}")
        assert app["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == str(rollouts)


def test_deleted_while_it_is_repaired(own_portal):
    """What a slow repair makes after the application was deleted goes again."""
    portal = own_portal
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "To be deleted"))
    assert portal.deployed(build)[0] == "running"
    space = "namespaces/hydrosim-students"
    paths = [f"/apis/apps/v1/{space}/deployments/prj-{project}", f"/api/v1/{space}/services/student-{project}",
             f"/apis/networking.k8s.io/v1/{space}/ingresses/student-{project}"]
    log = portal.stack.processes.log("worker")
    portal.fault(fault="stall", verb="patch", resource="deployments", seconds=8)
    portal.cluster("DELETE", paths[1])
    journey.wait_for(lambda: not portal.faults(), 60, "a repair to be under way")
    assert (ended := portal.ended(portal.act(project, "delete")))["state"] == "deleted", ended
    journey.wait_for(lambda: b'"application_repaired"' in log.read_bytes(), 60, "the repair's end")
    journey.wait_for(lambda: not any(portal.cluster("GET", path) for path in paths), 60, "all that the repair made to be gone")
    portal.wait_sql("SELECT count(*) FROM project_leftovers", "0")
    assert portal.sql(f"SELECT app_state, applied IS NULL FROM projects WHERE id = {project}").split("\t") == ["none", "t"]


def test_a_repair_that_was_asked_for_outlives_its_worker(own_portal):
    portal = own_portal
    portal.stack.portalctl("setting", "set", "drift", "leave")
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "To be put right"))
    assert portal.deployed(build)[0] == "running"
    service = f"/api/v1/namespaces/hydrosim-students/services/student-{project}"
    portal.cluster("DELETE", service)
    portal.wait_sql(f"SELECT drift IS NOT NULL FROM projects WHERE id = {project}")
    portal.fault(fault="stall", verb="patch", resource="deployments")
    assert portal.client("teacher").api("POST", f"/api/v1/projects/{project}/repair", {}).status_code == 202
    journey.wait_for(lambda: not portal.faults(), 60, "the repair to be under way")
    portal.stack.processes.kill("worker")
    portal.stack.start_worker()
    journey.wait_for(lambda: portal.cluster("GET", service), 120, "another worker to put it right")
    portal.wait_sql(f"SELECT drift IS NULL AND repair_asked_at IS NULL FROM projects WHERE id = {project}")
