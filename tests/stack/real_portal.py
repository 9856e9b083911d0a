"""Portals on the real servers, for fixtures."""
import contextlib
import os
import shutil
import sys

import pytest

from . import repos
from .building import build
from .paths import VAR
from .portal import Portal
from .real import REQUIRED, RealDemo, RealStack

PREFIX = os.environ.get("PORTAL_TEST_PREFIX", "test-")  # a portal of `./dev up --real` on the same servers is not disturbed
LOUD = "REAL_* names no servers: nothing was tested against a real cluster. First: eval \"$(../shared/realstack/up)\""


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

    def stop(self):
        """What is left running in a cluster takes the room of whoever comes next."""
        self.stack.stop()
        self.stack.forget_cluster()

    def push_to_gitea(self, login, text, edit=None):
        """A commit of the demo application by git to the real Gitea; edit(folder) may change it first."""
        folder = repos.checkout(self.demo.remote(login), self.stack.home / "work" / login)
        repos.write_app(folder, text, self.demo.base)
        if edit:
            edit(folder)
        sha = repos.commit_all(folder, text, login)
        repos.git(folder, "push", "-q", "origin", "HEAD:main")
        return sha


def any_builder():
    """Where it does not matter which: Kaniko's image is there only where somebody pushed it."""
    return "kaniko" if os.environ.get("REAL_IMAGE_KANIKO") else "buildkit"


@contextlib.contextmanager
def running(kind, name="real", prefix="", builder=None):
    """A portal of that class from nothing, in var/test-NAME, for a fixture. Skips, loudly, where REAL_* names no servers."""
    if missing():
        pytest.skip(LOUD)
    if not os.environ.get("PORTAL_BUILD_DIR"):
        build(VAR / "build")
    os.environ["PORTAL_BUILDER"] = builder or any_builder()
    os.environ.pop("PORTAL_BUILDER_IMAGE", None)

    def stack():
        return RealStack(home=VAR / f"test-{name}", prefix=prefix + PREFIX, durable=False, say=lambda text: print(text, file=sys.stderr))

    old = stack()
    old.stop()
    shutil.rmtree(old.home, ignore_errors=True)
    portal = kind(stack())
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()
