"""Debian's chromium, driven by selenium: a window for each person, screenshots in var/screenshots."""
import os
import pathlib
import tempfile

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from stack.paths import VAR

SHOTS = VAR / "screenshots"


class Browser:
    """One window. `javascript` off is how a careful person browses."""

    def __init__(self, portal, language="en", javascript=True, width=1280, height=900):
        self.portal = portal
        self.language = language
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        self.profile = tempfile.TemporaryDirectory(prefix="hydrosim-browser-", ignore_cleanup_errors=True)
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", f"--window-size={width},{height}",
                         f"--lang={language}", f"--user-data-dir={self.profile.name}", "--no-first-run", "--disable-background-networking",
                         "--disable-component-update", "--no-proxy-server"):
            options.add_argument(argument)
        if os.getuid() == 0:
            options.add_argument("--no-sandbox")
        preferences = {"intl.accept_languages": language}
        if not javascript:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)

    def open(self, path):
        self.driver.get(self.portal.url + path)
        return self

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))

    def complaints(self):
        """What the browser's console says of errors: a refused script, a missing file."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]

    def close(self):
        self.driver.quit()
        self.profile.cleanup()


@pytest.fixture
def browse(portal):
    """browse(language=..., javascript=...) opens a window that closes with the test."""
    if not pathlib.Path("/usr/bin/chromedriver").exists():
        pytest.skip("chromium and chromium-driver are not installed")
    windows = []

    def make(**more):
        windows.append(Browser(portal, **more))
        return windows[-1]

    yield make
    for window in windows:
        window.close()
