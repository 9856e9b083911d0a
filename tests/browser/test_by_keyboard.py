"""Without a mouse, without sight: what the keys reach, what a screen reader is told, what does not move, what comes out on paper."""
import base64
import re
import subprocess
import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from window import PHONE, WIDE
from words import words
from world import MAIN

SLOW_AND_BROKEN = 'FROM python:3.11-slim\nRUN echo begins && sleep 60\nRUN echo "this step fails" && exit 3\n'


def press(window, *keys):
    for key in keys:
        ActionChains(window.driver).send_keys(key).perform()


def focused(window):
    return window.driver.switch_to.active_element


def tab_to(window, wanted, limit=150):
    """Presses Tab until that is focused; what was passed on the way."""
    passed = []
    for _ in range(limit):
        press(window, Keys.TAB)
        element = focused(window)
        if wanted(element):
            return passed
        passed.append(element.get_attribute("outerHTML")[:120])
    raise AssertionError(f"Tab does not reach it on {window.path}; it passed:\n" + "\n".join(passed))


def is_named(tag, name):
    return lambda e: e.tag_name == tag and name in (e.get_attribute("name"), e.text.strip())


# --- by keys -----------------------------------------------------------------------------------------------------------------------


def test_a_form_by_keyboard(portal, windows):
    w = windows().become("teacher").open("/courses")
    press(w, Keys.TAB)
    assert focused(w).get_attribute("class") == "skip", "the first Tab leads past the navigation"
    press(w, Keys.ENTER)
    passed = tab_to(w, is_named("a", w.word("courses.new")))
    assert not any("/statistics" in p for p in passed), "the navigation was skipped"
    old = w.one("html")
    press(w, Keys.ENTER)
    w.until(lambda: w.gone(old), "the form")
    tab_to(w, is_named("input", "code"))
    press(w, "KEYS-1")
    tab_to(w, is_named("input", "name"), 1)
    press(w, "By keyboard alone")
    tab_to(w, is_named("button", w.word("form.save")), 1)
    old = w.one("html")
    press(w, Keys.SPACE)
    w.until(lambda: w.gone(old), "the course")
    assert w.one("h1").text == "By keyboard alone"


def test_a_list_by_keyboard(month, windows):
    """Sorted, two of it chosen, asked about, and left alone."""
    course = month.number(f"SELECT id FROM courses WHERE code = '{MAIN}'")
    w = windows().become("teacher").open(f"/courses/{course}")
    tab_to(w, is_named("a", w.word("course.number")))
    old = w.one("html")
    press(w, Keys.ENTER)
    w.until(lambda: w.gone(old), "the sorted list")
    chosen = []
    for _ in range(2):
        tab_to(w, is_named("input", "project"))
        press(w, Keys.SPACE)
        chosen.append(focused(w).get_attribute("aria-label"))
    tab_to(w, is_named("button", w.word("bulk.restart") + "…"))
    bar, box = w.ask("return [document.querySelector('.bar').getBoundingClientRect().top, document.activeElement.getBoundingClientRect().top]")
    assert box >= bar - 1
    old = w.one("html")
    press(w, Keys.ENTER)
    w.until(lambda: w.gone(old), "the question").says("bulk.question.restart")
    names = [label.removeprefix(w.word("course.pick") + " ").split(",")[0] for label in chosen]
    assert all(name in w.text for name in names), names
    tab_to(w, is_named("a", w.word("word.back")))
    old = w.one("html")
    press(w, Keys.ENTER)
    w.until(lambda: w.gone(old), "the course")


def test_a_log_is_skipped(month, windows):
    """Each of its lines can be reached; none needs to be."""
    build = month.number("SELECT id FROM builds WHERE log_bytes > 3000 AND status = 'failed' ORDER BY id DESC LIMIT 1")
    w = windows().become("teacher").open(f"/builds/{build}")
    tab_to(w, is_named("a", w.word("log.skip")))
    box = focused(w).rect
    assert box["width"] > 20 and box["x"] >= 0, "it is seen while it is focused"
    press(w, Keys.ENTER)
    press(w, Keys.TAB)
    assert not w.ask("return !!document.activeElement.closest('.log')")


# --- by ear ------------------------------------------------------------------------------------------------------------------------


def heard(window):
    """What a screen reader is told: (role, name, properties) of each node."""
    window.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = window.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [(n.get("role", {}).get("value"), n.get("name", {}).get("value", ""), {p["name"]: p["value"].get("value") for p in n.get("properties", [])})
            for n in nodes if not n.get("ignored")]


CONTROLS = {"link", "button", "checkbox", "textbox", "searchbox", "combobox", "radio", "DisclosureTriangle"}


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_course_by_ear(month, windows, language, width):
    course = month.number(f"SELECT id FROM courses WHERE code = '{MAIN}'")
    w = windows(language).become("teacher")
    w.look(width).open(f"/courses/{course}")
    nodes, word = heard(w), words(language)
    roles = {role for role, _, _ in nodes}
    assert {"banner", "navigation", "main", "contentinfo", "table", "row", "columnheader", "cell", "status", "search"} <= roles, roles
    navigations = {name for role, name, _ in nodes if role == "navigation"}
    assert navigations == {word("layout.nav"), word("layout.crumbs")}
    assert [name for role, name, _ in nodes if role in CONTROLS and not name.strip()] == []
    boxes = [name for role, name, _ in nodes if role == "checkbox"]
    assert len(boxes) > 20 and len(set(boxes)) == len(boxes), "each says what it chooses"
    assert {word("course.student"), word("course.number"), word("course.state"), word("course.build")} <= \
        {name for role, name, _ in nodes if role == "columnheader"}
    headings = [(p["level"], name) for role, name, p in nodes if role == "heading"]
    assert [level for level, _ in headings].count(1) == 1
    fields = {name for role, name, _ in nodes if role in ("searchbox", "combobox")}
    assert fields == {word("course.search"), word("course.state"), word("course.build")}
    w.look()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_mistake_by_ear(portal, windows, language):
    """The field that is wrong says so, and why."""
    w = windows(language).become("teacher").open("/courses/new")
    w.write("code", "two words")
    w.write("name", "A name")
    w.press(w.one("main button"))
    word = words(language)
    wrong = [(name, p) for role, name, p in heard(w) if role == "textbox" and p.get("invalid") == "true"]
    assert [name for name, _ in wrong] == [word("courses.code")]
    about = w.one("#f-code").get_attribute("aria-describedby").split()
    assert word("error.course_code") in [w.one(f"#{number}").text for number in about]
    assert any(role == "alert" for role, _, _ in heard(w))
    assert w.driver.title.startswith(word("form.error"))


def test_a_change_is_said(portal, windows):
    """The live region tells what changed, by name, and only that."""
    project = portal.new_project("ali")
    name = portal.projects[project]["name"]
    w = windows().become("ali").open(f"/projects/{project}")
    w.stays()
    region = w.one("#said")
    assert region.get_attribute("role") == "status" and region.get_attribute("textContent") == ""
    w.ask("""window.heard = [];
        new MutationObserver(() => heard.push(said.textContent)).observe(said, {childList: true, characterData: true, subtree: true});""")
    build = portal.build_of(project, portal.push(project, "Listen"))
    assert portal.deployed(build)[0] == "running"
    w.until(lambda: w.word("app.running") in w.one("[data-part=application] .badge").text, "the application").still_there()
    said = w.ask("return window.heard")
    assert any(f"{w.word('projects.application')}: {w.word('app.running')}" in text for text in said), said
    assert not any("ago" in text or name in text for text in said), said


# --- what does not move --------------------------------------------------------------------------------------------------------------


PLACES = """return Object.fromEntries([...document.querySelectorAll('tbody tr')].map(row => {
    const box = row.getBoundingClientRect();
    return [row.dataset.project || row.querySelector('a').textContent, [box.top + scrollY, box.height]];
}));"""


def test_rows_stay_where_they_are(portal, windows):
    """A row that changes, from no build at all to a failed one, keeps its height; so all others keep their place."""
    projects = [portal.new_project(login) for login in ("ali", "mei", "noor")]
    middle = projects[1]
    course = portal.number(f"SELECT s.course_id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {middle}")
    w = windows().become("teacher").open(f"/courses/{course}?sort=-number")
    w.stays()
    before = w.ask(PLACES)
    row = f'tr[data-project="{middle}"]'
    seen = set()
    build = portal.build_of(middle, portal.push(middle, "Moves nothing", edit=lambda f: (f / "Dockerfile").write_text(SLOW_AND_BROKEN)))
    end = time.monotonic() + 120
    while w.word("status.failed") not in w.ask("return document.querySelector(arguments[0]).innerText", row):
        seen.add(w.ask("return document.querySelector(arguments[0]).innerText", row))
        assert w.ask(PLACES) == before
        assert time.monotonic() < end, seen
    assert w.ask(PLACES) == before, "the failed one says why in the same line"
    assert portal.finish(build)[0] == "failed"
    w.still_there()


def test_builds_stay_where_they_are(portal, windows):
    project = portal.new_project("ali")
    assert portal.finish(portal.build_of(project, portal.push(project, "The one before, with a message that needs some room in its column")))[0] == "success"
    build = portal.build_of(project, portal.push(project, "Moves nothing", edit=lambda f: (f / "Dockerfile").write_text(SLOW_AND_BROKEN)))
    w = windows().become("ali").open(f"/projects/{project}/builds")
    w.stays()
    before = w.ask(PLACES)
    assert str(build) in before
    w.until(lambda: w.word("reason.BUILD_STEP.title") in w.one("tbody").text, "the failed build")
    assert w.ask(PLACES) == before
    w.still_there()


def test_a_part_in_use_is_made_up_for(portal, windows):
    """Whoever stands on a row's link keeps it as it is; what it missed comes as soon as it is left."""
    project = portal.new_project("ali")
    w = windows().become("ali")  # which may take a while; a step of a simulated build takes 30 s at most
    sha = portal.push(project, "In use", edit=lambda f: (f / "Dockerfile").write_text("FROM python:3.11-slim\nRUN sleep 300\nRUN sleep 300\n"))
    build = portal.build_of(project, sha)
    w.open(f"/projects/{project}")
    w.stays()
    row = f'[data-part="build-{build}"]'
    w.until(lambda: w.word("status.running") in w.read(row), "the build running")
    w.ask("document.querySelector(arguments[0] + ' a').focus()", row)
    assert portal.deployed(build)[0] == "running"
    w.until(lambda: w.word("app.running") in w.one("[data-part=application] .badge").text, "the application, which is not in use")
    assert w.word("status.running") in w.read(row)
    w.ask("document.activeElement.blur()")
    w.until(lambda: w.word("status.success") in w.read(row), "the row that was in use").still_there()


def test_a_ticked_row_does_not_stop_the_others(portal, windows):
    ticked, other = portal.new_project("ali"), portal.new_project("mei")
    course = portal.number(f"SELECT s.course_id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {ticked}")
    w = windows().become("teacher").open(f"/courses/{course}?sort=-number")
    w.stays()
    w.click(w.one(f'input[name=project][value="{ticked}"]'))
    build = portal.build_of(other, portal.push(other, "Beside a ticked one", broken=True))
    w.until(lambda: w.word("status.failed") in w.read(f'tr[data-project="{other}"]'), "the other's row").still_there()
    assert w.one(f'input[name=project][value="{ticked}"]').is_selected()
    assert portal.finish(build)[0] == "failed"


# --- on paper ------------------------------------------------------------------------------------------------------------------------


def printed(window):
    """The words of the page as it comes out of the printer."""
    pdf = base64.b64decode(window.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()


@pytest.mark.parametrize("dark", [False, True])
def test_a_build_on_paper(month, windows, dark):
    """All of its log, also the folded steps; nothing to click."""
    build = month.number("SELECT id FROM builds WHERE log_bytes BETWEEN 3000 AND 9000 AND reason = 'BUILD_STEP' ORDER BY id DESC LIMIT 1")
    w = windows().become("teacher").look(dark=dark).open(f"/builds/{build}")
    text = printed(w)
    w.look(dark=dark, paper=True).shot(f"build-on-paper.en.{'dark' if dark else 'wide'}")
    assert w.ask("return getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), "no ink for the dark"
    w.look()
    for there in (f"{w.word('build.title')} {build}", w.word("reason.BUILD_STEP.title"), w.word("log.title"), "error building image"):
        assert there in text, there
    folded = w.ask("return [...document.querySelectorAll('.log-step:not([open]) .log-line .log-t')].map(e => e.textContent.trim()).filter(t => /^[A-Za-z ]{8,40}$/.test(t))[0]")
    assert folded is None or folded in text, "a folded step"
    for gone in ("layout.logout", "nav.courses", "nav.statistics", "build.again", "log.download", "log.search", "layout.health"):
        assert not re.search(rf"\b{re.escape(w.word(gone))}\b", text), gone


def test_a_course_on_paper(month, windows):
    course = month.number(f"SELECT id FROM courses WHERE code = '{MAIN}'")
    w = windows("zh-CN").become("teacher").open(f"/courses/{course}")
    text = printed(w)
    assert MAIN in text and "2026101" in text and w.word("status.failed") in text
    for gone in ("layout.logout", "nav.statistics", "course.choose_all", "roster.title", "filter.apply"):
        assert w.word(gone) not in text, gone
