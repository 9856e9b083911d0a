"""A window of Debian's chromium, driven by selenium: who sits before it, what it shows, what it says of itself."""
import os
import pathlib
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.support.ui import Select, WebDriverWait

from stack.paths import VAR
from words import words

SHOTS = VAR / "screenshots"
WINDOW_HEIGHT = 900
SHOT_HEIGHT = 6000  # a longer page is cut there
PATIENCE = 60  # seconds for a page, and for what shall happen on it
CHANGED = "ERR_NETWORK_CHANGED"
WIDE, TABLET, PHONE, NARROW = 1280, 900, 390, 320  # a tablet is just too wide for a table of blocks


class Window:
    """One person's browser. Without JavaScript is how a careful person browses."""

    def __init__(self, portal, language="en", javascript=True, wire=False):
        self.portal = portal
        self.language = language
        self.javascript = javascript
        self.who = None
        self.sessions = {}
        self.word = words(language)
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        self.profile = tempfile.TemporaryDirectory(prefix="hydrosim-browser-", ignore_cleanup_errors=True)
        for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", f"--window-size={WIDE},{WINDOW_HEIGHT}",
                         f"--lang={language}", f"--user-data-dir={self.profile.name}", "--no-first-run", "--disable-background-networking",
                         "--disable-component-update", "--no-proxy-server"):
            options.add_argument(argument)
        if os.getuid() == 0:
            options.add_argument("--no-sandbox")
        self.downloads = pathlib.Path(self.profile.name) / "downloads"
        self.downloads.mkdir()
        preferences = {"intl.accept_languages": language, "download.default_directory": str(self.downloads)}
        if not javascript:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", **({"performance": "ALL"} if wire else {})})
        RemoteConnection.set_timeout(3 * PATIENCE)  # selenium itself would wait for ever for a browser that hangs
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.set_script_timeout(PATIENCE)
        self.look()

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    # --- the person -------------------------------------------------------------------------------------------------------

    def become(self, login):
        """Another person, or nobody, by the session's cookie: for tests that are not about signing in."""
        if self.who == login and login is not None:
            return self
        self.driver.get("about:blank")  # a live page would go on asking, as nobody or as somebody who may not
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        if login:
            if login not in self.sessions:
                self.sessions[login] = list(self.portal.client(login, fresh=True).http.cookies)
            for cookie in self.sessions[login]:
                self.driver.execute_cdp_cmd("Network.setCookie", {"url": self.portal.url, "name": cookie.name, "value": cookie.value,
                                                                  "httpOnly": True, "sameSite": "Lax"})
        self.who = login
        return self

    def sign_in(self, login, password=None, open=True):
        """By the form, as a person does; the form of this page, unless it is to be opened first."""
        name, _, right = self.portal.demo.credentials(login).partition(":")
        if open:
            self.open("/login")
        old = self.one("html")
        self.write("login", name)
        self.write("password", password or right).send_keys(Keys.ENTER)
        self.until(lambda: self.gone(old) and (password or not self.arrive().path.startswith("/login")), "being signed in")
        self.who = None if password else login
        return self

    def sign_out(self):
        self.sessions.pop(self.who, None)  # perhaps it was this one
        self.who = None
        return self.send("/logout")

    # --- how it looks -----------------------------------------------------------------------------------------------------

    def look(self, width=WIDE, dark=False, paper=False):
        """The width of the window, the reader's preference, or paper."""
        self.width = width
        self.size(width, WINDOW_HEIGHT)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": "print" if paper else "",
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                         {"name": "prefers-reduced-motion", "value": "reduce"}]})
        return self

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1,
                                                                            "mobile": False})

    def shot(self, name):
        """The whole page as var/screenshots/NAME.png: in a window as high as the page, for some things keep to the window's end."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        for _ in range(2):  # a log grows with its window
            height = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["height"]
            self.size(self.width, max(WINDOW_HEIGHT, min(height, SHOT_HEIGHT)))
        # Of a page that loads itself anew in this moment no picture comes; this command, unlike Page.captureScreenshot, tries again.
        picture = self.driver.get_screenshot_as_png()
        self.size(self.width, WINDOW_HEIGHT)
        (SHOTS / f"{name}.png").write_bytes(picture)

    # --- going about ------------------------------------------------------------------------------------------------------

    def open(self, path):
        return self.go(lambda: self.driver.get(self.portal.url + path))

    def reload(self):
        return self.go(self.driver.refresh)

    def back(self):
        return self.go(self.driver.back)

    def go(self, load):
        """Chromium gives up a page where the machine gets or loses a network in that moment, as beside clusters it does."""
        try:
            load()
        except WebDriverException as failure:
            if CHANGED not in str(failure):
                raise
        return self.arrive()

    def arrive(self):
        """Loads anew what was given up so."""
        if self.has("body.neterror") and CHANGED in self.driver.page_source:
            return self.reload()
        return self

    @property
    def path(self):
        return self.driver.current_url[len(self.portal.url):]

    @property
    def text(self):
        return self.ask("return document.body ? document.body.innerText : ''")

    def read(self, selector):
        """The text of an element, in one go: a live page may replace it at any moment."""
        return self.ask("return document.querySelector(arguments[0]).innerText", selector)

    def find(self, by, what):
        element = self.driver.find_element(by, what)
        element.again = lambda: self.driver.find_element(by, what)
        return element

    def one(self, selector):
        return self.find(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def has(self, selector):
        return bool(self.all(selector))

    def link(self, text):
        return self.find(By.XPATH, f'//main//a[normalize-space()="{text}"]')

    def button(self, text):
        return self.find(By.XPATH, f'//main//button[normalize-space()="{text}"]')

    def notice(self, name):
        """The flash message is there, and gone with the next page."""
        assert self.word(f"notice.{name}") in self.one("#notice").text
        self.reload()
        assert self.has("#notice[hidden]"), "a notice that stays"
        return self

    def says(self, *names):
        """The page says these sentences of the catalogue."""
        text = self.text
        for name in names:
            assert self.word(name) in text, f"{self.path} does not say {self.word(name)!r}:\n{text[:3000]}"
        return self

    def stays(self):
        """From now on a loaded page is a mistake: still_there() tells."""
        if self.javascript:
            self.ask("window.stays = true")
        return self

    def still_there(self):
        assert not self.javascript or self.ask("return window.stays === true"), "the page was loaded anew"
        return self

    def downloaded(self, name, seconds=PATIENCE):
        """The text of a file that was downloaded under that name."""
        path = self.downloads / name
        self.until(path.exists, f"the download {name}; there are {sorted(p.name for p in self.downloads.iterdir())}", seconds)
        text = path.read_text()
        path.unlink()
        return text

    def press(self, element):
        """Clicks what leads to another page, and waits until the old one is gone."""
        old = self.one("html")
        self.click(element)
        self.until(lambda: self.gone(old), "another page")
        return self.arrive()

    def click(self, element):
        """As a person does: where a live page has replaced the element meanwhile, on the one in its place."""
        try:
            element.click()
        except StaleElementReferenceException:
            element.again().click()

    @staticmethod
    def gone(element):
        try:
            element.is_enabled()
            return False
        except Exception:  # selenium has three names for it
            return True

    def send(self, action):
        """Presses the button of the form whose action ends so."""
        return self.press(self.one(f'form[action$="{action}"] button, form button[formaction$="{action}"]'))

    def write(self, name, text):
        """Fills in a field of that name, in place of what it held. The field."""
        field = self.one(f'main [name="{name}"]:not([type=hidden])')
        field.clear()
        field.send_keys(text)
        return field

    def choose(self, name, value):
        Select(self.one(f'main select[name="{name}"]')).select_by_value(value)
        return self

    def until(self, condition, what, seconds=PATIENCE):
        try:
            # a live page may load itself anew in the middle of the question
            WebDriverWait(self.driver, seconds, 0.1, [StaleElementReferenceException]).until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"after {seconds} s still waiting for {what}; {self.path} says:\n{self.text[:2000]}") from None
        return self

    def until_text(self, *wanted, seconds=PATIENCE):
        """Until the page says one of these; without JavaScript it is loaded again and again."""
        def look():
            if not self.javascript:
                self.reload()
            text = self.text
            return any(words in text for words in wanted)

        return self.until(look, f"{wanted}", seconds)

    # --- what it says -----------------------------------------------------------------------------------------------------

    def ask(self, script, *arguments):
        """What a script in the page answers."""
        return self.driver.execute_script(script, *arguments)

    def complaints(self):
        """All that the console says since it was asked last: a refused script, a missing file, an exception."""
        said = [e["message"] for e in self.driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
        return [message for message in said if CHANGED not in message]  # what was given up is asked for again
