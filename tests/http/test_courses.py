"""Courses and rosters as a teacher keeps them: forms, an import with its preview, students added, changed and taken off."""
import re

import pytest

from stack import statements
from stack.client import Forms


@pytest.fixture(scope="module")
def teacher(portal):
    return portal.client("teacher")


@pytest.fixture
def course(portal, teacher):
    """A course of its own: number and code."""
    code = f"C-{portal.number('SELECT coalesce(max(id), 0) FROM courses') + 1}"
    answer = teacher.form("/courses/new", "", code=code, name="A course 课程")
    assert answer.status_code == 303, answer.text[:500]
    return int(answer.headers["Location"].rsplit("/", 1)[1]), code


def audited(portal, action, object):
    return portal.sql(f"SELECT detail FROM audit_log WHERE action = '{action}' AND object = '{object}' ORDER BY id DESC LIMIT 1")


def invited(teacher, course, text, **fields):
    """The preview of a pasted roster: its answer."""
    return teacher.form(f"/courses/{course}/import", "", text=text, **fields)


def confirm(teacher, course, preview):
    form = next(f for f in Forms(preview.text).forms if "confirmed" in f["fields"])
    return teacher.post(f"/courses/{course}/import", **form["fields"])


def test_a_course_is_made_and_changed(portal, teacher, course):
    number, code = course
    page = teacher.get(f"/courses/{number}")
    assert page.status_code == 200 and "A course 课程" in page.text
    assert code in teacher.get("/courses").text
    assert code in audited(portal, "course.create", f"course {number}")
    taken = teacher.form("/courses/new", "", code=code, name="Again")
    assert taken.status_code == 422 and 'value="Again"' in taken.text
    changed = teacher.form(f"/courses/{number}/edit", "", name="Renamed", archived="1")
    assert changed.status_code == 303
    assert code not in teacher.get("/courses").text and code in teacher.get("/courses?archived=1").text
    assert "archived" in audited(portal, "course.change", f"course {number}")


@pytest.mark.parametrize("code, name", [("", "x"), ("x" * 41, "x"), ("a b", "x"), ("x/../y", "x"), ("ok", ""), ("ok", "x" * 300), ("ok", "a\0b"),
                                        ("<b>", "x")])
def test_a_course_that_breaks_a_rule(portal, teacher, code, name):
    before = portal.sql("SELECT count(*), sum(version) FROM courses")
    answer = teacher.form("/courses/new", "", code=code, name=name)
    assert answer.status_code in (400, 422), answer.text[:500]
    assert portal.sql("SELECT count(*), sum(version) FROM courses") == before


def test_a_course_that_somebody_else_changed(portal, teacher, course):
    fields = Forms(teacher.get(f"/courses/{course[0]}/edit").text).forms
    stale = next(f for f in fields if "code" in f["fields"])["fields"]
    assert teacher.form(f"/courses/{course[0]}/edit", "", name="First").status_code == 303
    late = teacher.post(f"/courses/{course[0]}/edit", **{**stale, "name": "Second"})
    assert late.status_code == 422 and "Second" in late.text
    assert portal.sql(f"SELECT name FROM courses WHERE id = {course[0]}") == "First"


def test_a_roster_is_previewed_and_then_imported(portal, teacher, course):
    number, code = course
    text = f"number,name,login\n1,One,\n2,梅花,{code.lower()}-two\n3,\n1,Twice,\n"
    preview = invited(teacher, number, text, accounts="1")
    assert preview.status_code == 200, preview.text[:500]
    assert portal.number(f"SELECT count(*) FROM students WHERE course_id = {number}") == 0
    assert "梅花" in preview.text and "stands twice" in preview.text
    done = confirm(teacher, number, preview)
    assert done.status_code == 200 and "imported" in done.text
    assert portal.sql(f"SELECT s.student_number || s.name || u.login FROM students s JOIN users u ON u.id = s.user_id WHERE course_id = {number} "
                      "ORDER BY student_number") == f"1One1\n2梅花{code.lower()}-two"
    assert portal.sql(f"SELECT password_hash FROM users WHERE login = '{code.lower()}-two'") == ""
    assert "2 of them" in audited(portal, "roster.import", f"course {number}")
    again = invited(teacher, number, text, accounts="1")
    assert not any("confirmed" in f["fields"] and "button" in f for f in Forms(again.text).forms) and ">Import<" not in again.text


def test_a_roster_comes_as_a_file_too(portal, teacher, course):
    number = course[0]
    form = next(f for f in teacher.forms(f"/courses/{number}/import") if "text" in f["fields"])
    preview = teacher.http.post(f"{portal.url}/courses/{number}/import", data={"csrf": form["fields"]["csrf"]},
                                files={"file": ("名单.csv", "学号;姓名\n7;七\n".encode("gb18030"), "text/csv")}, timeout=20)
    assert preview.status_code == 200 and "七" in preview.text, preview.text[:500]
    assert confirm(teacher, number, preview).status_code == 200
    assert portal.sql(f"SELECT name FROM students WHERE course_id = {number}") == "七"


@pytest.mark.parametrize("file", [b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0", "学号\t姓名\r\n7\t七\r\n".encode("utf-16")])
def test_a_file_that_is_no_csv_is_refused_in_its_form(portal, teacher, course, file):
    """The workbook itself, or what a spreadsheet saves as "Unicode text": what to do is said, and what was typed is kept."""
    number = course[0]
    form = next(f for f in teacher.forms(f"/courses/{number}/import") if "text" in f["fields"])
    answer = teacher.http.post(f"{portal.url}/courses/{number}/import", data={"csrf": form["fields"]["csrf"], "project": "kept-name"},
                               files={"file": ("名单.xlsx", file, "application/octet-stream")}, timeout=20)
    assert answer.status_code == 422 and "save it as CSV" in answer.text and 'value="kept-name"' in answer.text, answer.text[:500]
    assert portal.number(f"SELECT count(*) FROM students WHERE course_id = {number}") == 0


def lines(page):
    """Line -> what the page of a preview or an import says of it."""
    rows = re.findall(r'<td data-name="Line" class="named">(\d+)</td>(.*?)</tr>', page.text, re.S)
    return {int(line): re.sub(r"<[^>]*>", " ", row) for line, row in rows}


@pytest.mark.parametrize("text, expected", [
    ("1,One\n2,Two;a;b;c\nx y,Bad\n", {1: "One", 2: "Two", 3: "A number is"}),
    ("x y,Bad\r\n\r\n  \r\n2,Two\r\n", {1: "A number is", 4: "Two"}),
    ("\n\n1,One\n2,\"Two\n\nand\"\n3,Three", {3: "One", 4: "name", 7: "Three"}),
    ("姓名,学号\n\n一,1\n,2\n", {3: "一", 4: "name is missing"}),
    ("\"1\";\"One; too\"\n2;Two\n", {1: "One; too", 2: "Two"}),
    ("1,\"a;b;c;d;e;f\"\n2,Two\n", {1: "a;b;c;d;e;f", 2: "Two"})])
def test_a_line_is_that_of_ones_own_file(teacher, course, text, expected):
    preview = invited(teacher, course[0], text)
    done = confirm(teacher, course[0], preview)
    for page in (preview, done):
        assert page.status_code == 200 and lines(page).keys() == expected.keys(), page.text[:500]
        assert all(said in lines(page)[line] for line, said in expected.items()), lines(page)


def test_a_line_that_fails_in_the_meantime_is_named(portal, teacher, course):
    login = f"late-{course[1].lower()}"
    portal.sql(f"INSERT INTO users (login, name, role, password_hash) VALUES ('{login}', 'Late', 'student', '')")
    preview = invited(teacher, course[0], f"1,One\n\n2,Two,{login}\n", accounts="0")
    assert not any("no account" in said for said in lines(preview).values()), preview.text
    portal.sql(f"DELETE FROM users WHERE login = '{login}'")
    done = confirm(teacher, course[0], preview)
    assert lines(done).keys() == {1, 3} and "no account" in lines(done)[3] and "new" in lines(done)[1]


def test_an_import_that_fails_says_at_which_line(portal, teacher, course):
    """The database refuses one of the projects: nothing is kept, and the page says so in the reader's language."""
    number, name = course[0], f"refused-{course[0]}"
    portal.sql(f"ALTER TABLE projects ADD CONSTRAINT {name.replace('-', '_')} CHECK (name <> '{name}') NOT VALID")
    try:
        preview = invited(teacher, number, "1,One\n\n2,Two\n", project=name, repo_url="file:///srv/{number}/{project}.git")
        done = confirm(teacher, number, preview)
        assert done.status_code == 409 and "Nothing was imported. Line 1 (1): the project could not be stored" in done.text, done.text
        chinese = portal.client("teacher", fresh=True, language="zh-CN")
        done = confirm(chinese, number, invited(chinese, number, "\n1,One\n", project=name, repo_url="file:///srv/{number}/{project}.git"))
        assert done.status_code == 409 and "没有导入任何内容。第 2 行（1）：项目无法保存" in done.text, done.text
        assert "could not" not in done.text
    finally:
        portal.sql(f"ALTER TABLE projects DROP CONSTRAINT {name.replace('-', '_')}")
    assert portal.number(f"SELECT count(*) FROM students WHERE course_id = {number}") == 0


@pytest.mark.parametrize("text", ["", "number,name\n", '1,"open', "x\n" * 1002, "," * 30])
def test_a_roster_that_is_none(portal, teacher, course, text):
    answer = invited(teacher, course[0], text)
    assert answer.status_code == 422 and 'class="field wrong"' in answer.text
    assert portal.number(f"SELECT count(*) FROM students WHERE course_id = {course[0]}") == 0


def test_an_import_makes_projects(portal, teacher, course):
    number, code = course
    preview = invited(teacher, number, "1,One\n2,Two\n", project="hydro", repo_url="file:///srv/{number}/{project}.git")
    assert "file:///srv/1/hydro.git" in preview.text
    assert confirm(teacher, number, preview).status_code == 200
    assert portal.sql(f"SELECT repo_url FROM build_configs c JOIN projects p ON p.id = c.project_id JOIN students s ON s.id = p.student_id "
                      f"WHERE s.course_id = {number} ORDER BY 1") == "file:///srv/1/hydro.git\nfile:///srv/2/hydro.git"


def student_of(portal, course, number):
    return portal.number(f"SELECT id FROM students WHERE course_id = {course} AND student_number = '{number}'")


def test_a_student_is_added_changed_and_taken_off(portal, teacher, course):
    number = course[0]
    added = teacher.form(f"/courses/{number}/students/new", "", number="9", name="Nine", login="mei")
    assert added.status_code == 303, added.text[:500]
    student = student_of(portal, number, "9")
    assert added.headers["Location"].endswith(f"/students/{student}")
    assert "Nine" in teacher.get(f"/students/{student}").text
    changed = teacher.form(f"/students/{student}/edit", "", name="Neun")
    assert changed.status_code == 303 and portal.sql(f"SELECT name FROM students WHERE id = {student}") == "Neun"
    asked = teacher.get(f"/students/{student}/remove")
    assert asked.status_code == 200 and "Neun" in asked.text
    assert teacher.form(f"/students/{student}/remove", "").status_code == 303
    assert portal.sql(f"SELECT left_at IS NOT NULL, user_id IS NULL FROM students WHERE id = {student}") == "t\tt"
    assert "Neun" not in teacher.get(f"/courses/{number}").text
    back = teacher.form(f"/courses/{number}/students/new", "", number="9", name="Nine again")
    assert back.status_code == 303 and portal.sql(f"SELECT left_at IS NULL FROM students WHERE id = {student}") == "t"
    for action in ("add", "change", "remove"):
        assert audited(portal, f"student.{action}", f"student {student}")


@pytest.mark.parametrize("number, name, login, field", [
    ("", "x", "", "number"), ("a b", "x", "", "number"), ("x" * 41, "x", "", "number"), ("5", "", "", "name"), ("5", "x" * 300, "", "name"),
    ("5", "x", "nobody-of-that-name", "login"), ("5", "x", "A B", "login"), ("8", "x", "", "number"),
])
def test_a_student_that_breaks_a_rule(portal, teacher, course, number, name, login, field):
    teacher.form(f"/courses/{course[0]}/students/new", "", number="8", name="Eight")
    answer = teacher.form(f"/courses/{course[0]}/students/new", "", number=number, name=name, login=login)
    assert answer.status_code == 422
    assert re.search(rf'class="field wrong">\s*<label for="f-{field}"', answer.text), answer.text[-3000:]
    assert portal.number(f"SELECT count(*) FROM students WHERE course_id = {course[0]}") == 1


def test_a_student_taken_off_loses_the_application(portal, teacher):
    project = portal.new_project("noor")
    build = portal.build_of(project, portal.push(project, "Before leaving"))
    assert portal.deployed(build)[0] == "running"
    student = portal.number(f"SELECT student_id FROM projects WHERE id = {project}")
    noor = portal.client("noor")
    assert noor.get(f"/projects/{project}").status_code == 200
    assert teacher.form(f"/students/{student}/remove", "").status_code == 303
    assert noor.get(f"/projects/{project}").status_code == 404
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "none")
    assert portal.app(project)[0] != 200
    assert teacher.get(f"/builds/{build}").status_code == 200


def test_the_demo_course_is_found_again_without_one(portal, teacher):
    """`./dev up` after a teacher took somebody off the roster: the projects are the same, and nobody is put back."""
    projects = portal.demo.projects()
    student = portal.number(f"SELECT student_id FROM projects WHERE id = {projects['mei']}")
    assert teacher.form(f"/students/{student}/remove", "").status_code == 303
    assert portal.demo.projects() == projects
    assert portal.sql(f"SELECT left_at IS NOT NULL FROM students WHERE id = {student}") == "t"


def test_students_and_strangers_see_no_course(portal, course):
    number = course[0]
    for path in ("/courses", f"/courses/{number}", "/courses/new", f"/courses/{number}/edit", f"/courses/{number}/import",
                 f"/courses/{number}/students/new", "/students/1", "/students/1/edit", "/students/1/remove"):
        assert portal.client("ali").get(path).status_code == 404, path
        assert portal.client().get(path).status_code == 303, path
    for path in (f"/courses/{number}/edit", "/courses/new", f"/courses/{number}/import", f"/courses/{number}/students/new", "/students/1/edit",
                 "/students/1/remove"):
        assert portal.client("ali").post(path, code="x", name="x", number="1").status_code == 404, path


@pytest.mark.parametrize("path", ["/courses/{0}", "/courses/{0}/edit", "/courses/{0}/import", "/courses/{0}/students/new", "/students/{0}",
                                  "/students/{0}/edit", "/students/{0}/remove"])
def test_what_is_not_there(teacher, path):
    assert teacher.get(path.format(999999999)).status_code == 404
    assert teacher.get(path.format("x")).status_code == 404


def test_students_get_their_first_passwords(portal, teacher, course):
    number, code = course
    assert confirm(teacher, number, invited(teacher, number, f"1,One,{code.lower()}-one\n2,Two,{code.lower()}-two\n", accounts="1")).status_code == 200
    asked = teacher.get(f"/courses/{number}/invite")
    assert "One" in asked.text and "/invite/" not in asked.text.replace(f"/courses/{number}/invite", "")
    listed = f"/api/v1/courses/{number}/invitations"
    assert [(s["name"], s["login"]) for s in teacher.json(listed)["items"]] == [("One", f"{code.lower()}-one"), ("Two", f"{code.lower()}-two")]
    shown = teacher.form(f"/courses/{number}/invite", "")
    links = re.findall(r"/invite/[0-9a-f]{48}", shown.text)
    assert len(set(links)) == 2 and shown.headers["Cache-Control"].startswith("no-store")
    assert portal.number(f"SELECT count(*) FROM audit_log WHERE action = 'user.invite' AND detail LIKE '%{code.lower()}-%'") == 2
    somebody = portal.client()
    done = somebody.http.post(portal.url + links[0], data={"password": "a first good password", "again": "a first good password"}, timeout=20,
                              allow_redirects=False)
    assert done.status_code == 303, done.text[:500]
    assert somebody.http.get(portal.url + "/me", timeout=10).status_code == 200
    left = teacher.get(f"/courses/{number}/invite").text
    assert ("One" in left) != ("Two" in left) and [s["name"] in left for s in teacher.json(listed)["items"]] == [True]
    student = student_of(portal, number, "1")
    again = teacher.form(f"/students/{student}", "/invite")
    assert again.status_code == 201 and re.search(r"/invite/[0-9a-f]{48}", again.text)
    teacher.form(f"/courses/{number}/students/new", "", number="3", name="Three")
    assert teacher.post(f"/students/{student_of(portal, number, '3')}/invite").status_code == 409


def test_a_teacher_makes_a_project(portal, teacher, course):
    teacher.form(f"/courses/{course[0]}/students/new", "", number="1", name="One")
    student = student_of(portal, course[0], "1")
    for name, address, field in (("", "file:///srv/a/b.git", "name"), ("A B", "file:///srv/a/b.git", "name"), ("app", "javascript:x", "repo_url"),
                                 ("app", "", "repo_url"), ("x" * 41, "file:///srv/a/b.git", "name")):
        answer = teacher.form(f"/students/{student}/projects/new", "", name=name, repo_url=address)
        assert answer.status_code == 422 and f'id="e-{field}"' in answer.text, answer.text[-2000:]
    made = teacher.form(f"/students/{student}/projects/new", "", name="app", repo_url="file:///srv/a/b.git")
    assert made.status_code == 303 and made.headers["Location"].endswith("/access")
    assert teacher.form(f"/students/{student}/projects/new", "", name="app", repo_url="file:///srv/a/b.git").status_code == 422
    assert portal.number(f"SELECT count(*) FROM projects WHERE student_id = {student}") == 1
    by_api = teacher.api("POST", "/api/v1/projects", {"student_id": student, "name": "second", "repo_url": "file:///srv/a/c.git"})
    assert by_api.status_code == 201 and by_api.json()["name"] == "second"
    assert teacher.api("POST", "/api/v1/projects", {"student_id": student, "name": "second", "repo_url": "file:///x/y.git"}).status_code == 409
    assert teacher.api("POST", "/api/v1/projects", {"student_id": 999999999, "name": "x", "repo_url": "file:///x/y.git"}).status_code == 404


def test_a_large_course_takes_no_more_statements_than_a_small_one(portal, teacher, course):
    number, code = course
    paths = (f"/courses/{number}", f"/api/v1/courses/{number}/students", "/courses", "/projects", "/queue")

    def fill(first, last):
        portal.sql(f"WITH s AS (INSERT INTO students (course_id, student_number, name) SELECT {number}, '{code}-' || n, 'Student ' || n"
                   f" FROM generate_series({first}, {last}) n RETURNING id) INSERT INTO projects (student_id, name) SELECT id, 'app' FROM s")

    def ask(path):
        assert teacher.get(path).status_code == 200

    def counts():
        """The fewest of eight asks: the first makes plans and fills caches, and what a handler looks up every few seconds may fall on any."""
        with statements.logged(portal.stack) as ran:
            return {path: min(len(ran(lambda path=path: ask(path))) for _ in range(8)) for path in paths}
    # A build that begins or ends by itself meanwhile would be one thing more or less to read.
    portal.sql("UPDATE build_configs SET head_check_at = now() + interval '1 day'")
    portal.wait_sql("SELECT count(*) FROM builds WHERE status IN ('pending', 'running')", "0")
    portal.stack.processes.stop("worker")
    try:
        fill(1, 2)
        few = counts()
        fill(3, 200)
        assert "Student 200" in teacher.get(paths[0]).text
        many = counts()
    finally:
        portal.stack.start_worker()
    assert many == few and 2 <= min(few.values()) and max(few.values()) <= 12, few


def test_each_tile_counts_the_rows_behind_its_link(portal, teacher, course):
    """Also where the application crashed and its newest build succeeded: both are in trouble, which neither state nor build alone says."""
    number, code = course
    rows = (("crashed", "failed", ("success",)), ("unbuilt", "failed", ()), ("broken", "running", ("success", "failed")), ("both", "failed", ("failed",)),
            ("mended", "running", ("failed", "success")), ("idle", "none", ()))
    projects = {}
    for name, state, builds in rows:
        projects[name] = portal.number(
            f"WITH s AS (INSERT INTO students (course_id, student_number, name) VALUES ({number}, '{code}-{name}', '{name}') RETURNING id)"
            f" INSERT INTO projects (student_id, name, app_state) SELECT id, 'app', '{state}' FROM s RETURNING id")
        for status in builds:
            portal.sql("INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase, trigger, config,"
                       f" config_digest, reason, started_at, finished_at) SELECT id, student_id, {number}, repeat('a', 40), 'main', 'r/x', 'aaaaaaa',"
                       f" '{status}', 'done', 'push', '{{}}', 'd', CASE '{status}' WHEN 'failed' THEN 'BUILD_STEP' END, now(), now()"
                       f" FROM projects WHERE id = {projects[name]}")
    page = teacher.get(f"/courses/{number}").text
    tiles = re.findall(r'<a href="([^"]+)"><strong>(\d+)</strong>', page)
    shown = {link: {int(i) for i in re.findall(r'<tr [^>]*data-project="(\d+)"', teacher.get(link).text)} for link, _ in tiles}
    assert [(link, int(count)) for link, count in tiles] == [(link, len(found)) for link, found in shown.items()] and len(tiles) == 2
    trouble = {projects[name] for name in ("crashed", "unbuilt", "broken", "both")}
    assert shown[f"/courses/{number}?failed=1"] == trouble and shown[f"/courses/{number}?state=running"] == {projects["broken"], projects["mended"]}
    said = teacher.json(f"/api/v1/courses/{number}")["failed"], teacher.json(f"/api/v1/courses/{number}/students?failed=true")["items"]
    assert said[0] == len(trouble) and {row["project_id"] for row in said[1]} == trouble
    # With another filter and sorted downwards, and the form shows what was chosen.
    both = teacher.get(f"/courses/{number}?failed=1&build=failed&sort=-name").text
    assert re.findall(r'<tr [^>]*data-project="(\d+)"', both) == [str(projects["broken"]), str(projects["both"])]
    assert re.search(r'name="failed" value="1" checked', both) and 'name="failed" value="1" checked' not in page
    assert len(teacher.json(f"/api/v1/courses/{number}/students?failed=false")["items"]) == len(rows)
