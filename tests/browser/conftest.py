"""Windows before one portal: kept open from test to test, for one language each, with and without JavaScript."""
import pathlib

import pytest

from window import Window
from world import World


@pytest.fixture(scope="session")
def windows(portal):
    """windows(language=..., javascript=...): a window of that kind, the same whenever it is asked for."""
    if not pathlib.Path("/usr/bin/chromedriver").exists():
        pytest.skip("chromium and chromium-driver are not installed")
    there = {}

    def window(language="en", javascript=True, **more):
        key = (language, javascript, *more.items())
        if key not in there:
            there[key] = Window(portal, language, javascript, **more)
        there[key].look()
        there[key].complaints()
        return there[key]

    yield window
    for w in there.values():
        w.close()


@pytest.fixture(scope="session")
def month(portal):
    """The portal with the made-up courses: four of them, a month of builds."""
    portal.stack.portalctl("demo")
    return portal


@pytest.fixture(scope="session")
def whole_world(month):
    return World(month)


@pytest.fixture(scope="module")
def world(whole_world):
    """An example of everything. What would be in another test's way is there for one file alone."""
    yield whole_world
    whole_world.rest()


def pytest_collection_modifyitems(items):
    """What takes longest begins first, where files run beside each other."""
    items.sort(key=lambda item: item.path.name != "test_every_page.py")
