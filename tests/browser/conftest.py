"""Windows before one portal: kept open from test to test, for one language each, with and without JavaScript."""
import pathlib

import pytest

from window import Window


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
