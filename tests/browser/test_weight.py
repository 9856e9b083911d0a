"""What a page costs on the wire: the first view, each later one, files that are fetched once, and nobody else is asked."""
import json
import re

import pytest
import requests

from pages import ROUTES, fill

pytestmark = pytest.mark.xdist_group("pages-zh-CN")  # where the world is made already
FIRST, LATER = 60_000, 15_000
# A log is what was asked for: at most 2,000 lines and 256 KiB of it stand on a page, which the limit of a page cannot hold.
LOG = 60_000
LONG_LOGS = {"build-long-log"}
STATIC = re.compile(r"/static/[a-z]+\.[0-9a-f]{12}\.(css|js|svg)$")


@pytest.fixture(scope="module")
def wire(windows):
    return windows(wire=True)


class Traffic:
    """What a window has fetched since it was asked last: address -> bytes with their headers; those from its cache count nothing."""

    def __init__(self, window):
        self.window, self.addresses, self.cached, self.bytes = window, {}, set(), {}
        self.go_on()

    def go_on(self):
        """And what it has fetched since."""
        for entry in self.window.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            number, what = event["params"].get("requestId"), event["method"]
            if what == "Network.requestWillBeSent":
                self.addresses[number] = event["params"]["request"]["url"]
            elif what == "Network.requestServedFromCache":
                self.cached.add(number)
            elif what == "Network.responseReceived" and event["params"]["response"].get("fromDiskCache"):
                self.cached.add(number)
            elif what == "Network.loadingFinished" and number in self.addresses and number not in self.cached:
                address = self.addresses[number]
                self.bytes[address] = self.bytes.get(address, 0) + event["params"]["encodedDataLength"]
        return self

    @property
    def asked(self):
        return {a for n, a in self.addresses.items() if n not in self.cached}

    def of(self, *words):
        return {a: n for a, n in self.bytes.items() if any(word in a for word in words)}


def visit(window, path):
    """Leaves the page before, forgets its traffic, and fetches the next."""
    window.driver.get("about:blank")
    Traffic(window)
    window.open(path)
    window.until(lambda: window.ask("return document.readyState === 'complete'"), "the page")
    return Traffic(window)


def page_bytes(traffic, portal):
    """Page, styles, script, pictures; the live stream and what it refreshes come later, and only where something happens."""
    return sum(n for a, n in traffic.bytes.items() if "/stream/" not in a)


@pytest.mark.parametrize("path, who", [("/login", None), ("/courses", "teacher"), ("/me", "ali")])
def test_first_view(month, wire, path, who):
    wire.become(who)
    wire.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    traffic = visit(wire, path)
    wire.until(lambda: traffic.go_on().of(".svg"), "the icon, which a browser fetches when it likes")
    assert len(traffic.of(".css", ".js", ".svg")) == 3, traffic.bytes
    total = page_bytes(traffic, month)
    print(f"first view of {path}: {total} bytes: {traffic.bytes}")
    assert total <= FIRST
    assert all(address.startswith(month.url + "/") for address in traffic.asked if not address.startswith(("data:", "about:")))


PAGES = [page for pages in ROUTES.values() if pages for page in pages if not callable(page.way)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_later_pages(month, world, page):
    """Compressed, with its headers."""
    answer = month.client(page.who and fill(page.who, world)).get(fill(page.way, world), stream=True, allow_redirects=True,
                                                                  headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    total = len(answer.raw.read(decode_content=False)) + sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    print(f"{page.name}: {total} bytes")
    assert 0 < total <= (LOG if page.name in LONG_LOGS else LATER)


def test_a_later_view_fetches_the_page_alone(month, wire):
    wire.become("teacher").open("/courses")
    traffic = visit(wire, "/queue")
    assert page_bytes(traffic, month) > 0
    # Asked for, and a moment later answered from the cache: what was fetched indeed stays.
    wire.until(lambda: not [a for a in traffic.go_on().asked if "/static/" in a], f"the rest to come from the cache: {traffic.asked}", 20)


def test_files_are_fetched_once(month):
    """Under a name that never means anything else, compressed beforehand, kept for a year."""
    page = requests.get(f"{month.url}/login", timeout=10).text
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert len(files) == 3
    for file in files:
        assert STATIC.search(file), file
        answer = requests.get(month.url + file, headers={"Accept-Encoding": "gzip"}, timeout=10)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"] and "max-age=31536000" in answer.headers["Cache-Control"]
        there = month.stack.home / "nginx" / file.lstrip("/")
        packed = there.with_name(there.name + ".gz")
        assert answer.headers["Content-Encoding"] == "gzip" and int(answer.headers["Content-Length"]) == packed.stat().st_size
        assert answer.content == there.read_bytes()
    assert requests.get(month.url + "/static/portal.css", timeout=10).status_code == 404


def test_pages_ask_nobody_else(month):
    policy = requests.get(f"{month.url}/login", timeout=10).headers["Content-Security-Policy"]
    sources = {source for part in policy.split(";") for source in part.split()[1:]}
    assert sources <= {"'self'", "'none'"}, policy
