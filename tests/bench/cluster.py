"""Five hundred running builds in the simulated cluster: one worker's memory, its idle time, and what it asks of the API."""
import time

import kube
from stack import repos

from common import Trouble, at_most, cpu_seconds, resident_mb, until

BUILDS = 500
IDLE_S = 20


def prepare(stack):
    """A pending build of the same repository in each of the projects; the build container will hang."""
    path = stack.home / "git" / "bench" / "app.git"
    repos.create_bare(path, stack.home / "work" / ".bench", "python:3.11-slim")
    sha = repos.git(path, "rev-parse", "main")
    stack.portalctl("setting", "set", "build_limit", BUILDS)
    stack.portalctl("setting", "set", "build_timeout", 3600)
    stack.portalctl("setting", "set", "head_poll_interval", 86400)
    stack.portalctl("course", "add", "LOAD", "Five hundred builds")
    if not stack.portalctl("registry", "list"):
        stack.portalctl("registry", "add", "load", "registry.localhost:5000", "--plain-http")
    for n in range(BUILDS):
        stack.portalctl("student", "add", "LOAD", f"L{n}", f"Student {n}", "--project", "app", "--repo", f"file://{path}")
    kube.order(stack, fault="hang", container="build", count=BUILDS)
    stack.postgres.psql(
        "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, trigger, config, config_digest)"
        f" SELECT p.id, p.student_id, s.course_id, '{sha}', 'main', g.address || '/' || k.image_repo, '{sha[:7]}', 'manual',"
        " jsonb_build_object('repo_url', k.repo_url, 'dockerfile_path', k.dockerfile_path, 'context_path', k.context_path,"
        " 'registry_id', k.registry_id, 'builder', 'kaniko'), 'bench'"
        " FROM projects p JOIN students s ON s.id = p.student_id JOIN build_configs k ON k.project_id = p.id"
        " JOIN registries g ON g.id = k.registry_id")


def run(bench):
    stack = bench.stack("cluster", servers=("kubesim",), speed=20)
    prepare(stack)
    before, begin = kube.requests(stack), time.monotonic()
    bench.stack("cluster", servers=("worker",))
    building = "SELECT count(*) FROM builds WHERE status = 'running' AND phase = 'building'"
    until(lambda: int(stack.postgres.psql(building)) == BUILDS, 180, f"{BUILDS} builds in phase building")
    print(f"{'':<52} {BUILDS} builds are running after {time.monotonic() - begin:.1f} s", flush=True)
    time.sleep(5)
    asked = kube.requests(stack) - before
    pids = stack.processes.session("worker")
    if not pids:
        raise Trouble("the worker is gone")
    idle, used = kube.requests(stack), cpu_seconds(pids)
    time.sleep(IDLE_S)
    idle, used = kube.requests(stack) - idle, cpu_seconds(pids) - used
    at_most(bench, "500 builds: memory of the worker", resident_mb(pids), 100, " MB")
    at_most(bench, "500 builds: processor when nothing changes", used / IDLE_S * 100, 10, " %")
    at_most(bench, "500 builds: API requests a build until it builds", asked / BUILDS, 12, "")
    at_most(bench, f"500 builds: API requests in {IDLE_S} s idle", idle, 30, "")
