"""The portal that the tests talk to: the real programs of PORTAL_BUILD_DIR on a database, nginx and cluster of their own."""
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from stack.paths import VAR  # noqa: E402
from stack.portal import Portal  # noqa: E402
from stack.processes import Processes, beside  # noqa: E402
from stack.stack import Stack  # noqa: E402
from stack.still import Still  # noqa: E402

SPEED = 20  # simulated seconds of the cluster go by that much faster


# Files of tests/http that mostly wait.
LONG = ("app_objects", "clusters", "faults", "pull_secrets", "secrets_listed", "hostile_clusters", "stream", "webhook", "deployments", "journey")


def pytest_collection_modifyitems(items):
    """Where files run beside each other, those that wait have others beside them that compute, and none of them is left to the end."""
    files = list(dict.fromkeys(item.path for item in items))
    long = [f for f in files if f.parent.name == "http" and f.stem.removeprefix("test_") in LONG]
    place = {f: 2 * n for n, f in enumerate(long)} | {f: 2 * n + 1 for n, f in enumerate(f for f in files if f not in long)}
    items.sort(key=lambda item: place[item.path])


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
    if found:
        pytest.fail("\n".join(found), pytrace=False)  # whole: the report of an assert would leave out most of it


def fresh_stack(name, **more):
    """A stack in var/test-NAME, from nothing: what an earlier run left there is stopped and deleted. Tests that run beside each
    other (pytest-xdist) each have their own."""
    home = VAR / (f"test-{name}" if beside() is None else f"test-{name}-{beside()}")
    if home.exists():
        old = Processes(home)
        for server in old.names():
            old.stop(server, seconds=5)
        shutil.rmtree(home)
    return Stack(home, durable=False, speed=SPEED, **more)


def fresh_portal(name, **settings):
    """A whole portal; a generator for a fixture. Its logs stay in var/test-NAME/log."""
    stack = fresh_stack(name)
    p = Portal(stack)
    try:
        p.start()
        for setting, value in settings.items():
            stack.portalctl("setting", "set", setting, value)
        yield p
    finally:
        finish(stack)


@pytest.fixture(scope="session")
def portal():
    """One portal for the whole run, but for files that have a fixture of their own of this name."""
    yield from fresh_portal("portal", head_poll_interval=10)


@pytest.fixture
def own_portal():
    """A portal for this test alone: it may be broken in any way."""
    yield from fresh_portal("own")


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
