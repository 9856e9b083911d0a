"""A student's whole journey, from signing in to signing out: with JavaScript on a wide screen, without on a phone."""
import re

import pytest

from window import PHONE, WIDE

STEPS = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY app.py ./\n' + "".join(f"RUN echo gauge-{n} && sleep 40\n" for n in range(6)) + \
    'CMD ["python3", "app.py"]\n'
KINDS = [("en", True, WIDE), ("zh-CN", False, PHONE)]


@pytest.mark.parametrize("language, javascript, width", KINDS)
def test_the_whole_journey(portal, windows, language, javascript, width):
    w = windows(language, javascript).look(width)
    j = Journey(portal, w)
    for step in (j.signs_in, j.finds_out_what_to_do, j.watches_a_build, j.is_told_why_a_build_failed, j.searches_the_log, j.builds_again,
                 j.compares_and_rolls_back, j.tests_the_configuration, j.replaces_the_key, j.sets_variables, j.reads_the_applications_log,
                 j.chooses_the_other_language, j.signs_out):
        step()
        assert w.complaints() == [], step.__name__


class Journey:
    def __init__(self, portal, window):
        self.portal, self.w, self.word = portal, window, window.word
        portal.sql("UPDATE users SET language = NULL WHERE login = 'ali'")  # as the browser says, whatever was chosen before
        self.project = portal.new_project("ali")
        self.name = portal.projects[self.project]["name"]
        self.kind = f"student-{window.language[:2]}-{'live' if window.javascript else 'plain'}"

    def home(self, page=""):
        return self.w.open(f"/projects/{self.project}{page}")

    def push(self, text, **more):
        sha = self.portal.push(self.project, text, **more)
        return sha, self.portal.build_of(self.project, sha)

    def signs_in(self):
        w = self.w.become(None)
        self.home()
        assert w.path.startswith("/login?next=")
        assert w.one("html").get_attribute("lang").startswith(w.language[:2])
        w.sign_in("ali", password="not-the-password")
        w.says("login.refused")
        assert self.word("form.error") in w.driver.title
        assert w.one("[name=login]").get_attribute("value") == "ali"
        w.complaints()  # the browser names the 401
        self.home()
        w.sign_in("ali", open=False)
        assert w.path == f"/projects/{self.project}", "signing in leads on to what was asked for"
        assert w.open("/").path in ("/me", f"/projects/{self.project}")
        w.open("/me?q=" + self.name).press(w.link(self.name))
        assert w.path == f"/projects/{self.project}"

    def finds_out_what_to_do(self):
        w = self.w.says("start.title", "start.dockerfile", "start.push", "history.none", "deployments.none", "app.none")
        assert "git clone" in w.text
        for page, says in (("/builds", "history.none"), ("/deployments", "deployments.none"), ("/log", "applog.none"), ("/variables", "variables.none"),
                           ("/access", "deliveries.none")):
            self.home(page)
            w.says(says)

    def watches_a_build(self):
        w = self.w
        self.home()
        w.stays()
        self.first, build = self.push("The water rises", edit=lambda f: (f / "Dockerfile").write_text(STEPS))
        w.until_text("The water rises").until_text(self.word("phase.building"), self.word("phase.pushing"))
        w.shot(f"{self.kind}-building")
        if w.javascript:
            w.until(lambda: f"{self.word('build.title')} {build}: " in w.one("#said").get_attribute("textContent"), "the change being said")
        w.still_there()
        w.press(w.link(str(build))).stays()
        w.until_text("gauge-2")
        lines = w.ask("return [...document.querySelectorAll('#log .log-line:not(.log-more)')].map(e => [e.id, e.firstChild.getAttribute('href')])")
        assert lines and all(re.fullmatch(r"L\d+", name) and href.endswith(f"#{name}") for name, href in lines), lines
        w.until_text(self.word("status.success"))
        w.shot(f"{self.kind}-built")
        assert self.portal.finish(build)[0] == "success"
        self.home()
        w.stays()
        w.until_text(self.word("app.running")).still_there()
        assert w.link(w.one('.facts a[rel="noopener"]').text).get_attribute("href") == self.portal.stack.app_address(self.project)
        code, page = self.portal.app(self.project)
        assert code == 200 and self.first[:7] in page

    def is_told_why_a_build_failed(self):
        w = self.w
        _, self.broken = self.push("The dam breaks", broken=True)
        assert self.portal.finish(self.broken)[0] == "failed"
        self.home()
        w.says("reason.BUILD_STEP.title", "reason.BUILD_STEP.advice", "app.running")
        assert "on purpose" in w.one(".note.bad pre").text
        w.press(w.link(f"{self.word('build.title')} {self.broken}"))
        w.says("reason.BUILD_STEP.title", "reason.BUILD_STEP.advice")
        assert "on purpose" in w.one(".note.bad pre").text
        assert self.word("phase.broke") in w.one(".phases .is-failed").get_attribute("textContent")
        assert self.word("status.failed") in w.driver.title
        w.shot(f"{self.kind}-failed")

    def searches_the_log(self):
        w = self.w
        w.write("q", "on purpose")
        w.press(w.button(self.word("filter.apply")))
        found = w.all(".log .log-line")
        assert found and all("on purpose" in line.text for line in found)
        w.says("log.found")
        number = w.one(".log .log-n").text
        w.press(w.one(".log .log-n"))
        assert w.path.endswith(f"#L{number}") and w.one(".log-line:target, summary:target").get_attribute("id") == f"L{number}"
        assert w.one(f"#L{number}").is_displayed() or not w.javascript
        w.write("q", "nothing-says-this")
        w.press(w.button(self.word("filter.apply")))
        w.says("log.not_found")
        w.press(w.link(self.word("log.all")))
        w.choose("level", "error").press(w.button(self.word("filter.apply")))
        assert w.has(".log .is-error") and not w.has(".log .log-line:not(.is-error)")
        w.link(self.word("log.download")).click()
        assert "on purpose" in w.downloaded(f"build-{self.broken}.log")

    def builds_again(self):
        w = self.w
        w.open(f"/builds/{self.broken}").press(w.button(self.word("build.again")))
        again = int(w.path.split("/")[-1])
        assert again > self.broken
        if not w.javascript:
            w.notice("again")
        w.until_text(self.word("status.failed"))
        if w.javascript:  # the live page has loaded itself again when the log began
            w.says("notice.again")
        self.portal.finish(again)
        _, build = self.push("It takes too long", edit=lambda f: (f / "Dockerfile").write_text(STEPS.replace("sleep 40", "sleep 4000")))
        w.open(f"/builds/{build}").until_text("gauge-0")  # where the log begins the live page loads itself again
        w.press(w.button(self.word("build.cancel")))
        if not w.javascript:
            w.notice("cancel")
        w.until_text(self.word("reason.CANCELLED.advice"))
        if w.javascript:
            w.says("notice.cancel")
        assert self.portal.finish(build)[:2] == ("cancelled", "CANCELLED")

    def compares_and_rolls_back(self):
        w = self.w
        second, build = self.push("The water falls")
        assert self.portal.deployed(build)[0] == "running"
        self.home("/deployments")
        newest, before = w.ask("return [...document.querySelectorAll('tbody tr')].slice(0, 2).map(row => row.querySelector('a').innerText)")
        w.press(w.link(newest))
        assert second in w.text and self.first in w.text, "what changed"
        w.choose("with", before).press(w.button(self.word("deployment.compare")))
        assert w.path == f"/deployments/{newest}?with={before}" and self.first in w.text
        self.home("/deployments")
        w.press(w.button(self.word("act.rollback")))
        w.notice("rollback")
        self.portal.wait_sql(f"SELECT state FROM deployments WHERE project_id = {self.project} ORDER BY id DESC LIMIT 1", "running", 60)
        w.until(lambda: self.first[:7] in self.portal.app(self.project)[1], "the first version")
        self.home()
        w.until_text(self.first[:7])
        w.shot(f"{self.kind}-rolled-back")

    def tests_the_configuration(self):
        w = self.w
        self.home("/config")
        w.write("dockerfile_path", "deploy/Dockerfile")
        w.press(w.button(self.word("test.do"))).says("test.unsaved", "test.nothing", "test.bad")
        assert w.one("[name=dockerfile_path]").get_attribute("value") == "deploy/Dockerfile"
        w.write("branch", "..")
        w.press(w.button(self.word("form.save"))).says("form.wrong", "error.branch")
        assert self.word("form.error") in w.driver.title
        assert w.one("[name=branch]").get_attribute("value") == ".." and w.one("[name=branch]").get_attribute("aria-invalid") == "true"
        w.complaints()  # the browser names the 422
        w.write("branch", "main")
        w.write("dockerfile_path", "Dockerfile")
        w.press(w.button(self.word("test.do")))
        assert not w.has(".is-failed")
        w.press(w.button(self.word("form.save"))).notice("config")

    def replaces_the_key(self):
        w = self.w
        self.home("/access")
        old = w.one("#f-key").get_attribute("value")
        w.press(w.link(self.word("key.new") + "…")).says("key.question")
        w.press(w.link(self.word("word.back")))
        assert w.one("#f-key").get_attribute("value") == old
        w.press(w.link(self.word("key.new") + "…")).press(w.button(self.word("form.replace")))
        w.notice("key")
        assert w.one("#f-key").get_attribute("value") != old
        assert w.has("[data-copy]:not([hidden])") == w.javascript

    def sets_variables(self):
        w = self.w
        self.home("/variables")
        w.write("name", "1ST")
        w.write("value", "kept")
        w.press(w.button(self.word("variables.set"))).says("error.name")
        assert w.one("main [name=value]").get_attribute("value") == "kept"
        w.complaints()
        w.write("name", "STATION")
        w.write("value", "Höhenwarthe 水位站\nline two")
        w.press(w.button(self.word("variables.set"))).notice("variable")
        assert "Höhenwarthe 水位站\nline two" in w.one("td.value").text
        w.press(w.button(self.word("variables.restart"))).notice("restart")
        self.portal.wait_sql(f"SELECT action || ' ' || state FROM deployments WHERE project_id = {self.project} ORDER BY id DESC LIMIT 1",
                             "restart running", 60)
        self.home("/variables")
        w.one("td details summary").click()
        w.press(w.button(self.word("variables.remove_sure"))).notice("variable_removed").says("variables.none")

    def reads_the_applications_log(self):
        w = self.w
        self.home("/log")
        w.until_text("Listening at").says("applog.pods", "pod.ready", "applog.events")
        w.press(w.link(self.word("applog.stamps"))).says("applog.no_stamps")

    def chooses_the_other_language(self):
        w = self.w
        other = "zh-Hans" if w.language == "en" else "en"
        address = f"/projects/{self.project}/builds?status=failed"
        w.open(address).press(w.one("button[name=language]"))
        assert w.one("html").get_attribute("lang") == other and w.path == address
        w.press(w.one("button[name=language]"))
        assert w.one("html").get_attribute("lang").startswith(w.language[:2]) and w.path == address

    def signs_out(self):
        w = self.w
        self.portal.sql("UPDATE users SET language = NULL WHERE login = 'ali'")  # others see pages as their browser says
        w.sign_out()
        assert w.path.startswith("/login")
        self.home()
        assert w.path.startswith("/login")
        w.back().reload()
        assert self.name not in w.text


def test_times_are_the_readers(portal, windows):
    """Moments are said as how long ago, the exact one stands on hover, in the user's zone."""
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "When was this?"))
    portal.finish(build)
    assert portal.deployed(build)[0] == "running"
    w = windows(javascript=False).become("ali").open(f"/projects/{project}")
    moment = w.one("tbody time")
    zone = portal.sql("SELECT coalesce(timezone, 'Asia/Shanghai') FROM users WHERE login = 'ali'")
    there = portal.sql(f"SELECT to_char(created_at AT TIME ZONE '{zone}', 'YYYY-MM-DD HH24:MI:SS') FROM builds WHERE id = {build}")
    exact = portal.sql(f"SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM builds WHERE id = {build}")
    assert (moment.get_attribute("title"), moment.get_attribute("datetime")) == (there, exact)
    assert zone in w.one("footer").text


@pytest.mark.parametrize("told", [True, False])
def test_a_live_page_of_whom_nobody_knows_any_more(portal, windows, told):
    """The session ended while the page lay open: told of a change, or coming back to it, one is led to the sign-in form, and from there back."""
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "Watched"))
    assert portal.finish(build)[0] == "success" and portal.deployed(build)[0] == "running"
    w = windows().become(None).become("ali").open(f"/projects/{project}")
    assert w.path == f"/projects/{project}"
    w.driver.delete_all_cookies()
    if told:
        assert portal.client("teacher").api("POST", f"/api/v1/projects/{project}/restart", {}).status_code == 202
    else:
        w.ask("document.dispatchEvent(new Event('visibilitychange'))")
    w.until(lambda: w.path == f"/login?next=/projects/{project}", "the sign-in form")
    w.who = None
    w.sign_in("ali", open=False)
    assert w.path == f"/projects/{project}"
