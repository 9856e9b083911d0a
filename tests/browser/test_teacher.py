"""A teacher's whole journey, from a course at a glance to the statistics: with JavaScript on a wide screen, without on a phone."""
import pytest

from stack import journey
from window import PHONE, WIDE
from world import MAIN

KINDS = [("en", True, WIDE), ("zh-CN", False, PHONE)]
# Lines as a spreadsheet saves them, some of them wrong: a number twice, no number, no name, a login that none can have.
ROSTER = """number,name,login
{n}01,Zoë Kröger,
{n}02,"Ødegård, Åse",aase{n}
{n}02,The same number,
,Nobody's number,
{n}03,,
{n}04,王小明,Not A Login
{n}05,欧阳修远,
"""


@pytest.mark.parametrize("language, javascript, width", KINDS)
def test_the_whole_journey(month, windows, language, javascript, width):
    w = windows(language, javascript).look(width)
    j = Journey(month, w, KINDS.index((language, javascript, width)))
    for step in (j.signs_in, j.sees_a_course_at_a_glance, j.sorts_filters_and_searches, j.looks_at_a_student, j.makes_a_course,
                 j.imports_a_roster, j.keeps_the_roster, j.chooses_all, j.acts_on_many, j.rolls_a_student_back, j.deletes_an_application,
                 j.looks_at_the_queue, j.looks_at_failures, j.looks_at_statistics, j.signs_out):
        step()
        assert w.complaints() == [], step.__name__


class Journey:
    def __init__(self, portal, window, number):
        portal.sql("UPDATE users SET language = NULL WHERE login = 'teacher'")
        self.portal, self.w, self.word, self.number = portal, window, window.word, number
        self.course = portal.number(f"SELECT id FROM courses WHERE code = '{MAIN}'")
        self.kind = f"teacher-{window.language[:2]}-{'live' if window.javascript else 'plain'}"
        self.code = f"RIVER-{number}"

    def rows(self):
        return self.w.all("main tbody tr")

    def signs_in(self):
        w = self.w.become(None).sign_in("teacher")
        assert w.path == "/courses" and w.one("html").get_attribute("lang").startswith(w.language[:2])

    def sees_a_course_at_a_glance(self):
        w = self.w
        w.press(w.link(MAIN))
        assert w.one(".tiles strong").text == "30"
        assert len({row.find_element("css selector", "[data-name] a").text for row in self.rows()}) == 30
        w.says("app.running", "app.stopped", "course.never_pushed", "course.no_project", "status.failed")
        w.shot(f"{self.kind}-course")

    def sorts_filters_and_searches(self):
        w, home = self.w, f"/courses/{self.course}"

        def numbers():
            return [e.text for e in w.all("main tbody td:nth-child(3)")]

        w.press(w.link(self.word("course.number")))
        assert numbers() == sorted(numbers()) and w.one("th[aria-sort]").get_attribute("aria-sort") == "ascending"
        w.press(w.link(self.word("course.number")))
        assert numbers() == sorted(numbers(), reverse=True)
        w.choose("state", "failed").press(w.button(self.word("filter.apply")))
        assert self.rows() and all(self.word("app.failed") in row.text for row in self.rows())
        assert "sort=-number" in w.path, "the order is kept"
        w.open(home).choose("build", "failed").press(w.button(self.word("filter.apply")))
        assert self.rows() and all(self.word("status.failed") in row.text for row in self.rows())
        w.open(home).write("q", "Ouyang")
        w.press(w.button(self.word("filter.apply")))
        assert 1 <= len(self.rows()) <= 3 and all("Ouyang" in row.text for row in self.rows())
        w.write("q", "nobody is called so")
        w.press(w.button(self.word("filter.apply"))).says("course.none_found")
        w.press(w.link(self.word("filter.clear")))
        assert len(self.rows()) > 30

    def looks_at_a_student(self):
        w = self.w
        w.write("q", "Ouyang")
        w.press(w.button(self.word("filter.apply")))
        w.press(w.one("tbody a"))
        assert "Ouyang" in w.one("h1").text
        w.says("students.account", "projects.title", "students.edit", "students.remove")
        w.press(w.one("tbody a"))
        assert w.path.startswith("/projects/")
        w.press(w.one(".crumbs a:nth-of-type(1)"))
        assert w.path == "/courses"

    def makes_a_course(self):
        w = self.w
        w.press(w.link(self.word("courses.new")))
        w.write("code", "no code")
        w.press(w.button(self.word("form.save"))).says("form.wrong", "error.required")
        w.write("name", "Rivers 河流")
        w.press(w.button(self.word("form.save"))).says("form.wrong", "error.course_code")
        assert w.one("[name=code]").get_attribute("value") == "no code"
        w.complaints()  # the browser names the 422
        w.write("code", self.code)
        w.press(w.button(self.word("form.save"))).notice("course")
        w.says("course.none")
        self.own = int(w.path.split("/")[-1])

    def imports_a_roster(self):
        w = self.w
        w.press(w.link(self.word("roster.title")))
        w.press(w.button(self.word("roster.preview"))).says("roster.empty")
        w.complaints()
        table = w.downloads / "roster.csv"
        table.write_text(ROSTER.format(n=f"77{self.number}"), encoding="gb18030" if w.language != "en" else "utf-8")
        w.one("[name=file]").send_keys(str(table))
        table_of = w.press(w.button(self.word("roster.preview"))).says("roster.preview_title", "roster.wrong")
        table.unlink()
        counts = [e.text for e in table_of.all(".tiles strong")]
        assert counts == ["7", "3", "4"], counts
        w.says("roster.fault.twice", "roster.fault.number", "roster.fault.name", "roster.fault.login")
        assert self.portal.number(f"SELECT count(*) FROM students WHERE course_id = {self.own}") == 0, "a preview changes nothing"
        w.shot(f"{self.kind}-roster")
        w.press(w.button(self.word("roster.do"))).says("roster.done", "roster.wrong_done")
        w.press(w.link(self.word("bulk.to_course")))
        assert "Ødegård, Åse" in w.text and "欧阳修远" in w.text and len(self.rows()) == 3

    def keeps_the_roster(self):
        w = self.w
        w.press(w.link(self.word("students.new")))
        w.write("number", f"77{self.number}01")
        w.press(w.button(self.word("form.save"))).says("error.required", "form.wrong")
        w.write("name", "Twice There")
        w.press(w.button(self.word("form.save"))).says("error.taken")
        w.complaints()
        w.write("number", f"77{self.number}99")
        w.press(w.button(self.word("form.save"))).notice("student")
        assert w.one("h1").text == "Twice There"
        w.press(w.link(self.word("students.edit")))
        w.write("name", "Once Here")
        w.press(w.button(self.word("form.save"))).notice("student")
        assert w.one("h1").text == "Once Here"
        w.press(w.link(self.word("students.remove") + "…")).says("students.remove_question")
        assert "Once Here" in w.text
        w.press(w.link(self.word("word.back")))
        assert w.one("h1").text == "Once Here"
        w.press(w.link(self.word("students.remove") + "…")).press(w.button(self.word("students.remove"))).notice("student_removed")
        assert "Once Here" not in w.text

    def chooses_all(self):
        w = self.w
        w.open(f"/courses/{self.course}")
        w.press(w.link(self.word("course.choose_all")))
        assert w.all("input[name=project]") and all(box.is_selected() for box in w.all("input[name=project]"))
        chosen = len(w.all("input[name=project]"))
        w.press(w.one("button[name=action][value=stop]")).says("bulk.question.stop")
        assert len(self.rows()) == chosen, "all of them are named"
        w.press(w.link(self.word("word.back")))
        assert not any(box.is_selected() for box in w.all("input[name=project]"))
        w.press(w.one("button[name=action][value=stop]"))
        w.notice("none_chosen")

    def acts_on_many(self):
        """On two applications that run, and one that there is not: it is named, with why."""
        p, w = self.portal, self.w
        self.projects = [p.new_project(login) for login in ("ali", "mei")]
        empty = p.new_project("noor")
        builds = {project: p.build_of(project, p.push(project, "The first version")) for project in self.projects}
        for build in builds.values():
            assert p.deployed(build)[0] == "running"
        own = p.number(f"SELECT s.course_id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {empty}")
        w.open(f"/courses/{own}?sort=-number")
        for project in (*self.projects, empty):
            w.click(w.one(f'input[name=project][value="{project}"]'))
        w.press(w.one("button[name=action][value=stop]")).says("bulk.question.stop", "bulk.able", "bulk.unable", "refused.not_deployed")
        for project in (*self.projects, empty):
            assert p.projects[project]["name"] in w.text
        w.press(w.button(self.word("bulk.do"))).says("bulk.result", "bulk.asked")
        for project in self.projects:
            p.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "stopped", 60)
        w.press(w.link(self.word("bulk.to_course")))
        for project in self.projects:
            assert self.word("app.stopped") in w.read(f'tr[data-project="{project}"]')

    def rolls_a_student_back(self):
        p, w, project = self.portal, self.w, self.projects[0]
        w.open(f"/projects/{project}").press(w.button(self.word("act.start"))).notice("start")
        p.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "running", 60)
        first = p.head(project)
        assert p.deployed(p.build_of(project, p.push(project, "The second version")))[0] == "running"
        w.open(f"/projects/{project}/deployments")
        w.press(w.one("tbody tr:last-child form[action$='/rollback'] button")).notice("rollback")
        journey.wait_for(lambda: first[:7] in p.app(project)[1], 60, "the first version")

    def deletes_an_application(self):
        p, w, project = self.portal, self.w, self.projects[0]
        p.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "running", 60)
        w.open(f"/projects/{project}").press(w.link(self.word("act.delete"))).says("delete.question")
        w.press(w.link(self.word("word.back"))).press(w.link(self.word("act.delete"))).press(w.button(self.word("delete.do"))).notice("delete")
        p.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "none", 60)
        w.open(f"/projects/{project}").says("app.none")

    def looks_at_the_queue(self):
        p, w, project = self.portal, self.w, self.projects[1]
        w.open("/queue").says("queue.title", "queue.rule")
        build = p.build_of(project, p.push(project, "In the queue", edit=lambda f: (f / "Dockerfile").write_text(
            "FROM python:3.11-slim\n" + "RUN sleep 2000\n" * 4)))  # 30 s each, at most
        p.wait_sql(f"SELECT status = 'running' AND phase = 'building' FROM builds WHERE id = {build}", seconds=60)
        w.open("/queue").press(w.one(f'tr[data-build="{build}"] a'))
        assert w.path == f"/builds/{build}"
        w.until_text("sleep 2000").press(w.button(self.word("build.cancel")))
        if not w.javascript:
            w.notice("cancel")
        w.until_text(self.word("reason.CANCELLED.advice"))
        if w.javascript:  # the live page may have loaded itself again when the log was in the archive
            w.says("notice.cancel")
        assert p.finish(build)[:2] == ("cancelled", "CANCELLED")

    def looks_at_failures(self):
        w = self.w
        w.open("/failures").choose("days", "30").press(w.button(self.word("filter.apply")))
        w.says("failures.reasons", "reason.BUILD_STEP.title", "reason.TIMEOUT.title", "side.platform")
        w.press(w.link(self.word("reason.TIMEOUT.title")))
        assert "reason=TIMEOUT" in w.path and w.one("tr.chosen").text.startswith(self.word("reason.TIMEOUT.title"))
        w.says("failures.told", "reason.TIMEOUT.advice")
        w.press(w.one("section:last-of-type tbody a")).says("reason.TIMEOUT.advice")

    def looks_at_statistics(self):
        w = self.w
        w.open("/statistics").says("statistics.by_day", "statistics.times", "statistics.by_reason", "statistics.by_hour", "statistics.hour_times")
        w.choose("course_id", str(self.course)).press(w.button(self.word("filter.apply")))
        w.one("section[aria-labelledby=h-days] summary").click()
        shown = len(w.all("section[aria-labelledby=h-days] tbody tr"))
        assert shown > 20
        w.one("section[aria-labelledby=h-days] .head a[download]").click()
        name = w.until(lambda: any(p.suffix == ".csv" for p in w.downloads.iterdir()), "the CSV file") and \
            next(p.name for p in w.downloads.iterdir() if p.suffix == ".csv")
        assert len(w.downloaded(name).strip().splitlines()) == shown + 1

    def signs_out(self):
        w = self.w
        w.sign_out()
        assert w.path.startswith("/login")
        assert w.open("/courses").path.startswith("/login?next=")
