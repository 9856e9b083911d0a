"""The portal that the tests talk to: the real programs of PORTAL_BUILD_DIR on a database, nginx and cluster of their own."""
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from stack.paths import VAR  # noqa: E402
from stack.portal import Portal  # noqa: E402
from stack.processes import Processes  # noqa: E402
from stack.stack import Stack  # noqa: E402
from stack.still import Still  # noqa: E402

SPEED = 20  # simulated seconds of the cluster go by that much faster


REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")


def finish(stack):
    """Stops a stack; a sanitizer's report in any log of its programs is a failure."""
    stack.stop()
    found = []
    for path in sorted(stack.processes.logs.glob("*.log")):
        text = path.read_text(errors="replace")
        for report in REPORTS:
            at = text.find(report)
            if at >= 0:
                found.append(f"{path}:\n{text[max(0, at - 200):at + 3000]}")
    assert not found, "\n".join(found)


def fresh_stack(name, **more):
    """A stack in var/test-NAME, from nothing: what an earlier run left there is stopped and deleted. Tests that run beside each
    other (pytest-xdist) each have their own."""
    home = VAR / f"test-{name}{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    if home.exists():
        old = Processes(home)
        for server in old.names():
            old.stop(server, seconds=5)
        shutil.rmtree(home)
    return Stack(home, durable=False, speed=SPEED, **more)


@pytest.fixture(scope="session")
def portal(request):
    """One portal for the whole run. Its logs stay in var/test-portal/log."""
    stack = fresh_stack("portal")
    p = Portal(stack)
    try:
        p.start()
        p.stack.portalctl("setting", "set", "head_poll_interval", "10")
        yield p
    finally:
        finish(stack)


@pytest.fixture
def own_portal(request):
    """A portal for this test alone: it may be broken in any way."""
    stack = fresh_stack("own")
    p = Portal(stack)
    try:
        p.start()
        yield p
    finally:
        finish(stack)


@pytest.fixture
def project(portal):
    """A project of ali's, connected with its repository."""
    return portal.new_project("ali")


@pytest.fixture(scope="module")
def still(portal):
    """The portal without a worker, and an admin's session: what changes is what the tests of this file ask for."""
    still = Still(portal)
    try:
        yield still
    finally:
        still.close()
