"""Applications in the simulated cluster: what a full list and the decisions cost, what a quiet minute asks of the API server, how soon
a failure is on the page, and one worker's memory."""
import json
import statistics
import time
import urllib.request

import kube
from common import Trouble, at_most, cpu_seconds, resident_mb, until

FEW, MANY = 500, 5000
IDLE_S = 60
FAILURES = 9
REPOSITORY, DIGEST = "registry.localhost:5000/bench/app", "sha256:" + "ab" * 32
KINDS = ("deployments", "pods", "services", "ingresses")


def deploy(bench, stack, course, count):
    """That many students more, each with an application that the worker is to bring up. Their projects."""
    projects = bench.projects(stack, count, course)
    stack.postgres.psql(
        "WITH d AS (INSERT INTO deployments (project_id, action, trigger, image, commit_sha, cluster_id)"
        f" SELECT p.id, 'deploy', 'manual', '{REPOSITORY}@{DIGEST}', repeat('a', 40), c.id FROM projects p, clusters c"
        f" WHERE c.kind = 'own' AND p.id >= {projects[0]} ORDER BY p.id RETURNING id, project_id, cluster_id)"
        " UPDATE projects p SET wanted_deployment_id = d.id, cluster_id = d.cluster_id, app_state = 'pending' FROM d WHERE p.id = d.project_id")
    return projects


def wait_for_all(stack, seconds):
    """Until all applications run and the worker has nothing more to do."""
    left = "SELECT count(*) FROM projects WHERE app_state <> 'running'"
    until(lambda: stack.postgres.psql(left) == "0", seconds, "the start of all applications")
    quiet(stack)


def quiet(stack):
    """Until the worker has used next to nothing for two seconds."""
    pids = stack.processes.session("worker")

    def rests():
        before = cpu_seconds(pids)
        time.sleep(2)
        return cpu_seconds(pids) - before < 0.1
    until(rests, 120, "rest of the worker")


def asked(stack):
    """The API server's counters: requests by verb and resource."""
    return json.loads(kube.call(stack, "GET", "/_sim/stats"))["requests"]


def relist(stack):
    """Processor time of a list of everything and of what is decided from it: all watches are told that their place is gone."""
    pids = stack.processes.session("worker")
    before, used = asked(stack), cpu_seconds(pids)
    kube.call(stack, "POST", "/_sim/watches", {"act": "expire"})
    until(lambda: all(asked(stack).get(f"list {kind}", 0) > before.get(f"list {kind}", 0) for kind in KINDS), 30, "a list of all kinds")
    quiet(stack)
    return cpu_seconds(pids) - used


def page(stack, project, cookie):
    request = urllib.request.Request(f"{stack.url}/projects/{project}", headers={"Cookie": f"session={cookie}", "Accept-Language": "en"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def failure(stack, project, cookie):
    """Seconds from the moment at which the cluster says that the application's pod ended to the page that says so."""
    selector = f"hydrosim/project-id={project}"
    if "No copy of it answers" in page(stack, project, cookie):
        raise Trouble(f"project {project} does not answer before its failure")
    kube.call(stack, "POST", "/_sim/act", {"act": "oom", "namespace": "hydrosim-students", "selector": selector})
    began = time.monotonic()
    until(lambda: "No copy of it answers" in page(stack, project, cookie), 30, f"the failure on the page of project {project}")
    return time.monotonic() - began


def run(bench):
    stack = bench.stack("applications", servers=("kubesim", "web", "nginx"), speed=2, durable=False)
    kube.call(stack, "POST", "/_sim/images", {"image": f"{REPOSITORY}:bench", "digest": DIGEST, "commit": "a" * 40})
    stack.portalctl("registry", "add", "private", REPOSITORY.partition("/")[0], "--plain-http", "--pull-user", "bench", "--pull-password-file", "-",
                    text="bench\n")  # so that each application has a Secret that is looked after
    cookie = bench.person(stack)
    projects = deploy(bench, stack, "FEW", FEW)
    bench.stack("applications", servers=("worker",))
    pids = stack.processes.session("worker")
    wait_for_all(stack, 300)
    at_most(bench, f"{FEW} applications: a full list and its decisions", statistics.median(relist(stack) for _ in range(3)), 2, " s CPU")
    before = kube.requests(stack)
    time.sleep(IDLE_S)
    at_most(bench, f"{FEW} applications: API requests in {IDLE_S} s idle", kube.requests(stack) - before, 90, "")
    delays = [failure(stack, projects[n * 50], cookie) for n in range(FAILURES)]
    at_most(bench, "a pod ends to page, median", statistics.median(delays), 2, " s")
    at_most(bench, f"a pod ends to page, slowest of {FAILURES}", max(delays), 2, " s")
    deploy(bench, stack, "MANY", MANY - FEW)
    wait_for_all(stack, 1200)
    used = relist(stack)
    at_most(bench, f"{MANY} applications: memory of the worker", resident_mb(pids), 200, " MB")
    at_most(bench, f"{MANY} applications: the same at its highest", resident_mb(pids, "VmHWM"), 200, " MB")
    at_most(bench, f"{MANY} applications: a full list and its decisions", used, 2 * MANY / FEW, " s CPU")
