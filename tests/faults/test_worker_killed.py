"""kill -9 of the worker at each step of a build and of a deployment: one Job, one rollout, the whole log, resumed within 30 s."""
import os
import re
import subprocess
import sys
import time

import pytest

from stack.journey import wait_for
from stack.paths import ROOT, build_dir

FAILPOINT = re.compile(r'FAILPOINT\("([a-z0-9_]+)"')
NAMES = sorted({name for path in (ROOT / "app").rglob("*.c") for name in FAILPOINT.findall(path.read_text())})
RESUMED = 30  # seconds from the death of a worker until another has taken its work
STEPS = "".join(f"RUN echo step-{n} && sleep 4\n" for n in range(10))


@pytest.fixture(scope="module", autouse=True)
def compiled_in():
    header = build_dir() / "autoconf.h"
    if not header.exists() or "#define FAILPOINTS 1" not in header.read_text():
        pytest.skip("the programs were built without --enable-failpoints")


def invariants(portal):
    done = subprocess.run([sys.executable, str(ROOT / "tests" / "faults" / "invariants.py")], stdout=subprocess.PIPE, text=True, env={
        **os.environ, "PORTAL_DATABASE_URL": portal.stack.postgres.url(), "KUBESIM_URL": portal.stack.kubesim_url,
        "LOG_ARCHIVE_DIR": str(portal.stack.home / "logs")})
    assert done.returncode == 0, done.stdout


def start_worker(portal, fail=None):
    """A new worker, with a failpoint or without; the old one is gone at once."""
    portal.stack.extra.pop("HS_FAIL", None)
    if fail:
        portal.stack.extra["HS_FAIL"] = fail
    portal.stack.processes.kill("worker")
    environment = portal.stack.environment()
    portal.stack.processes.start("worker", [portal.stack.build / "portal-worker"], env=environment, cwd=portal.stack.home)
    portal.stack.extra.pop("HS_FAIL", None)


@pytest.mark.parametrize("name", NAMES)
def test_killed_at(portal, name):
    project = portal.new_project("ali")
    before = portal.build_of(project, portal.push(project, "Before"))
    assert portal.deployed(before)[0] == "running"
    once = portal.stack.home / f"hit-{name}"
    start_worker(portal, f"{name}:once={once}")
    pid = portal.stack.processes.pid("worker")
    sha = portal.push(project, f"Killed at {name}", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\n" + STEPS))
    build = portal.build_of(project, sha)
    end = time.monotonic() + 120
    while portal.stack.processes.pid("worker") and time.monotonic() < end:
        time.sleep(0.05)
    if portal.stack.processes.pid("worker"):
        start_worker(portal)
        if once.exists():
            raise AssertionError(f"process {pid} lived on after {name}")
        pytest.skip(f"nothing came by {name} in this journey")
    dead = portal.number("SELECT max(id) FROM workers")
    start_worker(portal)
    portal.wait_sql(f"SELECT (SELECT count(*) FROM builds WHERE status = 'running' AND worker_id = {dead}) + (SELECT count(*) FROM deployments"
                    f" WHERE state IN ('pending', 'deploying') AND worker_id = {dead})", "0", RESUMED + 15)  # for a busy machine
    status, reason, message = portal.finish(build)
    assert status == "success", (reason, message)
    assert portal.deployed(build)[0] == "running"
    wait_for(lambda: sha[:7] in portal.app(project)[1], 120, "the new version to answer")
    portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {build}")
    log = portal.client("ali").get(f"/api/v1/builds/{build}/logs").text
    for n in range(10):
        assert log.count(f"\nstep-{n}\n") + log.count(f" step-{n}\n") >= 1, f"step-{n} is not in the log"
    assert portal.stats()["jobs_created"][f"hydrosim-builds/build-{build}"] == 1
    rollouts = portal.number(f"SELECT count(*) FROM deployments WHERE build_id = {build}")
    assert rollouts == 1
    invariants(portal)
