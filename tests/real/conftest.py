"""The portal on real servers. Skipped, loudly, where REAL_* names none."""
import os
import shutil
import sys

import pytest

from stack import repos
from stack.building import build
from stack.paths import VAR
from stack.portal import Portal
from stack.real import REQUIRED, RealDemo, RealStack

HOME = VAR / "test-real"
PREFIX = "test-"  # a portal of `./dev up --real` on the same servers is not disturbed
LOUD = "REAL_* names no servers: nothing was tested against a real cluster. First: eval \"$(../shared/realstack/up)\""


def pytest_terminal_summary(terminalreporter):
    if missing():
        terminalreporter.write_line("!" * 100)
        terminalreporter.write_line(LOUD)
        terminalreporter.write_line("!" * 100)


def missing():
    return [name for name in REQUIRED if not os.environ.get(name)]


class RealPortal(Portal):
    """The demo's projects in the real Gitea; pushes go there by git."""

    def __init__(self, stack):
        super().__init__(stack)
        self.demo = RealDemo(stack)

    def start(self):
        self.stack.prepare()
        self.stack.start_database()
        self.ids = self.demo.load()
        self.stack.start()

    def push_to_gitea(self, login, text, edit=None):
        """A commit of the demo application by git to the real Gitea; edit(folder) may change it first."""
        folder = repos.checkout(self.demo.remote(login), self.stack.home / "work" / login)
        repos.write_app(folder, text, self.demo.base)
        if edit:
            edit(folder)
        sha = repos.commit_all(folder, text, login)
        repos.git(folder, "push", "-q", "origin", "HEAD:main")
        return sha


def make(builder):
    os.environ["PORTAL_BUILDER"] = builder
    os.environ.pop("PORTAL_BUILDER_IMAGE", None)
    stack = RealStack(home=HOME, prefix=PREFIX, durable=False, say=lambda text: print(text, file=sys.stderr))
    stack.stop()
    shutil.rmtree(HOME, ignore_errors=True)
    return RealStack(home=HOME, prefix=PREFIX, durable=False, say=lambda text: print(text, file=sys.stderr))


@pytest.fixture(scope="session", params=["kaniko", "buildkit"])
def real(request):
    """One portal for each builder, from nothing."""
    if missing():
        pytest.skip(LOUD)
    if not os.environ.get(f"REAL_IMAGE_{request.param.upper()}"):
        pytest.skip(f"REAL_IMAGE_{request.param.upper()} is not set: {request.param} was not tested")
    if not os.environ.get("PORTAL_BUILD_DIR"):
        build(VAR / "build")
    portal = RealPortal(make(request.param))
    portal.builder = request.param
    try:
        portal.start()
        yield portal
    finally:
        portal.stack.stop()
