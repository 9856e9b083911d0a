"""The audit trail: found by each of its filters, paged, taken away as CSV."""
import csv
import io
import re

import pytest

from conftest import fresh_portal

from stack import catalogue, trail
from stack.paths import ROOT

ROWS = 130


@pytest.fixture(scope="module")
def portal():
    """Its trail is what these tests write: a day is found by ids that are near those of its lines."""
    yield from fresh_portal("audit")


@pytest.fixture(scope="module")
def admin(portal):
    return portal.client("admin")


@pytest.fixture(scope="module", autouse=True)
def lines(portal):
    """Lines of an invented past: nobody else's fall into these days."""
    portal.sql(f"INSERT INTO audit_log (at, user_id, login, role, action, object, project_id, student_id, ip, request_id, result, detail)"
               f" SELECT timestamptz '2020-03-01 12:00:00+08' + n * interval '1 hour', 1, CASE WHEN n % 10 = 0 THEN 'audit-teacher' ELSE 'audit-ali' END,"
               f" CASE WHEN n % 10 = 0 THEN 'teacher' ELSE 'student' END, CASE WHEN n % 2 = 0 THEN 'deployment.deploy' ELSE 'build.trigger' END,"
               f" 'project ' || 900000 + n % 3, 900000 + n % 3, 800000 + n % 5, '192.0.2.1', 'audit-test', CASE WHEN n % 13 = 0 THEN 'refused' ELSE 'done' END,"
               f" CASE n WHEN 77 THEN '=HYPERLINK(\"http://evil\")' WHEN 78 THEN 'said \"hi\", then left' WHEN 79 THEN '<script>alert(1)</script>'"
               f"  WHEN 80 THEN '部署了水位项目 100%' ELSE 'Line ' || n END FROM generate_series(1, {ROWS}) n")


def found(admin, query, limit=200):
    return admin.json(f"/api/v1/audit?{query}&limit={limit}")["items"]


PAST = "from=2020-03-01&to=2020-03-10"


@pytest.mark.parametrize("query, count", [
    (PAST, ROWS), (f"{PAST}&login=audit-teacher", 13), (f"{PAST}&role=teacher", 13), (f"{PAST}&action=build.trigger", 65),
    (f"{PAST}&project_id=900001", 44), (f"{PAST}&student_id=800000", 26), (f"{PAST}&result=refused", 10),
    (f"{PAST}&login=audit-ali&action=deployment.deploy&result=refused", 4), ("login=audit-teacher&project_id=900000", 4),
    ("from=2020-03-02&to=2020-03-02", 24), ("from=2020-03-02&to=2020-03-03", 48), ("to=2019-12-31", 0), ("from=2199-01-01", 0),
    (f"{PAST}&q=line+1", 42), (f"{PAST}&q=%E6%B0%B4%E4%BD%8D", 1), (f"{PAST}&q=100%25", 1), (f"{PAST}&q=%25", 1), (f"{PAST}&q=_", 0),
    (f"{PAST}&q=nothing+like+it", 0)])
def test_each_filter(admin, query, count):
    rows = found(admin, query)
    assert len(rows) == count
    assert [r["id"] for r in rows] == sorted((r["id"] for r in rows), reverse=True)
    text = admin.get(f"/admin/audit?{query}").text
    assert text.count("<tr><td") == min(count, 50)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_act_to_choose_is_called_otherwise(portal, language):
    page = portal.client("admin").get("/admin/audit", headers={"Accept-Language": language}).text
    names = re.findall(r"<option[^>]*>([^<]+)", page.split('name="action"')[1].split("</select>")[0])
    assert len(names) > 30 and sorted(names) == sorted(set(names))


@pytest.mark.parametrize("query", ["action=nonsense", "role=king", "result=maybe", "from=2020-02-30", "to=yesterday", "project_id=x", "before=0"])
def test_bad_filters_are_refused(admin, query):
    assert admin.get(f"/admin/audit?{query}").status_code == 422
    if not query.startswith("before"):
        assert admin.get(f"/api/v1/audit?{query}").status_code == 422


def test_days_are_those_of_the_readers_zone(portal, admin):
    """The first line is of 13:00 in Shanghai, 05:00 in UTC, midnight in New York."""
    assert len(found(admin, "from=2020-03-01&to=2020-03-01")) == 11
    zone = portal.sql("SELECT timezone FROM users WHERE login = 'admin'")
    portal.sql("UPDATE users SET timezone = 'America/New_York' WHERE login = 'admin'")
    try:
        assert len(found(admin, "from=2020-03-01&to=2020-03-01")) == 24
    finally:
        portal.sql(f"UPDATE users SET timezone = '{zone}' WHERE login = 'admin'")


def test_pages_follow_each_other(admin):
    seen, cursor = [], None
    while True:
        page = admin.json(f"/api/v1/audit?{PAST}&limit=40" + (f"&cursor={cursor}" if cursor else ""))
        seen += [r["id"] for r in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == ROWS and seen == sorted(seen, reverse=True)
    text = admin.get(f"/admin/audit?{PAST}").text
    assert "before=" in text and "from=2020-03-01" in text


def test_lines_are_in_the_readers_words(portal, admin):
    text = admin.get(f"/admin/audit?{PAST}&q=script").text
    assert "started a build" in text and "&lt;script&gt;" in text and "<script>alert" not in text
    assert 'href="/projects/90000' in text and "audit-ali" in text
    chinese = portal.client("admin", fresh=True, language="zh-CN").get(f"/admin/audit?{PAST}&q=script").text
    assert "启动构建" in chinese and "学生" in chinese


def acts_on_a_project(portal, teacher):
    """Of every kind that needs no cluster: each leaves a line."""
    project = portal.new_project(hook=False)
    path = f"/api/v1/projects/{project}"
    return [teacher.api(*act) for act in [
        ("PUT", f"{path}/variables/LEVEL", {"value": "3"}), ("PUT", f"{path}/variables/KEY", {"value": "secret", "secret": True}),
        ("DELETE", f"{path}/variables/LEVEL"), ("PUT", path, {"container_port": 8081}), ("POST", f"{path}/deploy-key"), ("POST", f"{path}/webhook-secret"),
        ("PUT", f"{path}/config", {"branch": "other"}), ("POST", f"{path}/deploy", {})]]


def acts_on_a_course(teacher):
    made = teacher.api("POST", "/api/v1/courses", {"code": "TRAIL-1", "name": "水文"}).json()
    course = f"/api/v1/courses/{made['id']}"
    student = teacher.api("POST", f"{course}/students", {"student_number": "A1", "name": "Ann of Lee"})
    path = f"/api/v1/students/{student.json()['id']}"
    return [student, teacher.api("PUT", path, {"name": "Ann Lee"}), teacher.api("DELETE", path),
            teacher.api("PUT", course, {"name": "水文学"}), teacher.api("PUT", course, {"archived": True})]


def acts_of_an_admin(admin):
    registry = admin.api("POST", "/api/v1/registries", {"name": "trail", "address": "trail:5000", "plain_http": True, "push_username": "u",
                                                        "push_password": "p"})
    forge = admin.api("POST", "/api/v1/gitea-servers", {"name": "trail", "url": "http://trail.invalid", "token": "t"})
    user = admin.api("POST", "/api/v1/users", {"login": "trail", "name": "Trail", "role": "student"})
    number = user.json()["user"]["id"]
    return [registry, forge, user, *(admin.api(*act) for act in [
        ("PUT", f"/api/v1/registries/{registry.json()['id']}", {"plain_http": False}), ("DELETE", f"/api/v1/registries/{registry.json()['id']}"),
        ("DELETE", f"/api/v1/gitea-servers/{forge.json()['id']}"), ("PUT", f"/api/v1/users/{number}", {"name": "Path", "role": "teacher"}),
        ("PUT", f"/api/v1/users/{number}", {"disabled": True}), ("PUT", "/api/v1/settings", {"build_limit": "7"}),
        ("PUT", "/api/v1/settings", {"reset_build_limit": True}), ("PUT", "/api/v1/account", {"timezone": "Asia/Shanghai"}),
        ("POST", "/api/v1/auth/tokens", {"name": "trail", "scopes": "read", "days": 1})])]


@pytest.fixture(scope="module")
def acted(portal, admin):
    """Real acts, the last lines that were written: their stored particulars, newest first."""
    last = portal.number("SELECT max(id) FROM audit_log")
    teacher = portal.client("teacher")
    answers = acts_on_a_project(portal, teacher) + acts_on_a_course(teacher) + acts_of_an_admin(admin)
    assert [a.status_code for a in answers if a.status_code >= 300] == [409], [a.text for a in answers if a.status_code >= 300]  # nothing to deploy
    portal.stack.portalctl("prune")
    found = portal.sql(f"SELECT detail FROM audit_log WHERE id > {last} AND detail <> '' ORDER BY id DESC").split("\n")
    assert len(found) > len(answers)
    return found


# What is stored, then in Chinese, and where it leads.
OBJECTS = [("project 7", "项目 7", "/projects/7"), ("build 8", "构建 8", "/builds/8"), ("course 2", "课程 2", "/courses/2"), ("student 5", "学生 5", "/students/5"),
           ("user 3", "账号 3", "/admin/users/3"), ("user", "账号", ""), ("token 4", "令牌 4", ""), ("setting build_limit", "设置 build_limit", "/admin/settings#f-build_limit"),
           ("registry 1", "镜像仓库 1", "/admin/registries/1"), ("gitea_server 1", "Gitea 服务器 1", "/admin/gitea/1"), ("cluster 6", "集群 6", "/admin/clusters/6"),
           ("pod apps/prj-7-x", "Pod apps/prj-7-x", "/projects/7"), ("deployments apps/prj-7", "Deployment apps/prj-7", "/projects/7"),
           ("pods apps/prj-7-x", "Pod apps/prj-7-x", "/projects/7"), ("services apps/student-7", "Service apps/student-7", "/projects/7"),
           ("ingresses apps/student-7", "Ingress apps/student-7", "/projects/7"), ("configmaps apps/shared", "ConfigMap apps/shared", ""),
           ("secrets apps/prj-7-pull", "Secret apps/prj-7-pull", "/projects/7"),
           ("database", "数据库", ""), ("keys", "密钥", ""), ("demo", "演示数据", ""), ("statistics", "统计", ""), ("nonsense 1", "nonsense 1", "")]


def test_what_lines_are_about_is_in_the_readers_words(portal, admin):
    known = re.findall(r'^AUDIT_\w+\(\w+, "(\w+)"', (ROOT / "app/model/audit_objects.def").read_text(), re.M)
    assert [o[0].split()[0] for o in OBJECTS if o[0] != "user"][:-1] == known
    rows = ", ".join(f"({n}, '{stored}', {'7' if '/prj-7' in stored or '/student-7' in stored else 'NULL'})" for n, (stored, *_) in enumerate(OBJECTS))
    portal.sql("INSERT INTO audit_log (at, login, role, action, object, project_id, result) SELECT timestamptz '2018-06-01' - n * interval '1 second',"
               f" 'about', 'system', 'prune', object, project_id, 'done' FROM (VALUES {rows}) x(n, object, project_id) ORDER BY n DESC")
    assert trail.objects(admin, "zh", "?login=about") == [(chinese, href) for _, chinese, href in OBJECTS]
    english = [text for text, _ in trail.objects(admin, "en", "?login=about")]
    assert english[:6] == ["Project 7", "Build 8", "Course 2", "Student 5", "Account 3", "Account"] and "Deployment apps/prj-7" in english
    file = admin.get("/admin/audit.csv?login=about", headers={"Accept-Language": "zh"})
    assert [r[4] for r in csv.reader(io.StringIO(file.content.decode("utf-8-sig")))][1:] == [chinese for _, chinese, _ in OBJECTS]
    assert [r["object"] for r in found(admin, "login=about")] == [stored for stored, *_ in OBJECTS]


def test_acts_on_clusters_and_failed_sign_ins_are_about_them(portal, admin):
    cluster = portal.number("SELECT id FROM clusters WHERE kind = 'own'")
    assert admin.api("POST", f"/api/v1/kubernetes/clusters/{cluster}/default", {}).status_code == 200
    assert trail.objects(admin, "zh", "?action=cluster.default")[0] == (f"集群 {cluster}", f"/admin/clusters/{cluster}")
    assert portal.client(None).api("POST", "/api/v1/auth/login", {"login": "nobody-at-all", "password": "x" * 12}).status_code == 401
    assert trail.objects(admin, "zh", "?action=login&result=refused")[0] == ("账号", "")


def today(portal):
    return "?from=" + portal.sql("SELECT (now() - interval '1 day')::date")


def test_particulars_are_in_the_readers_language(portal, admin, acted):
    assert trail.particulars(admin, "en", today(portal))[:len(acted)] == [(detail, False) for detail in acted]
    chinese = trail.particulars(admin, "zh", today(portal))[:len(acted)]
    for stored, (text, foreign) in zip(acted, chinese):
        assert text != stored and not foreign and not catalogue.english_sentences(text), (stored, text)
    assert "还没有镜像" in dict(chinese)


def test_the_file_is_in_the_readers_language_and_the_api_in_english(portal, acted):
    admin = portal.client("admin", fresh=True, language="zh-CN")
    file = admin.get(f"/admin/audit.csv{today(portal)}")
    rows = [r[6] for r in csv.reader(io.StringIO(file.content.decode("utf-8-sig"))) if r[6]][1:]
    assert rows[:len(acted)] != acted and not any(catalogue.english_sentences(r) for r in rows[:len(acted)])
    assert len(rows) == len(trail.particulars(admin, "zh", today(portal)))
    assert [r["detail"] for r in found(admin, f"{today(portal)[1:]}") if r["detail"]][:len(acted)] == acted
    assert "详情（英文原文）包含" in admin.get("/admin/audit").text
    assert len(found(admin, f"{today(portal)[1:]}&q=made+a+new+deploy+key")) > 0


def test_what_no_phrase_says_stays_marked_as_english(admin):
    assert trail.particulars(admin, "zh", f"?{PAST}&q=line+77") == []
    assert trail.particulars(admin, "zh", f"?{PAST}&q=line+76") == [("Line 76", True)]


def test_what_is_filtered_comes_as_csv(admin):
    answer = admin.get(f"/admin/audit.csv?{PAST}")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == ROWS + 1 and len({len(r) for r in rows}) == 1
    details = [r[6] for r in rows]
    assert "'=HYPERLINK(\"http://evil\")" in details and 'said "hi", then left' in details and "部署了水位项目 100%" in details
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for r in rows for cell in r)
    assert [r[0] for r in rows[1:]] == sorted((r[0] for r in rows[1:]), reverse=True)
    assert len(list(csv.reader(io.StringIO(admin.get(f"/admin/audit.csv?{PAST}&login=audit-teacher").text)))) == 14


def test_a_long_file_says_that_it_was_cut(portal, admin):
    portal.sql("INSERT INTO audit_log (at, login, role, action, object, result, detail) SELECT timestamptz '2019-06-01' + n * interval '1 second',"
               " 'many', 'system', 'prune', 'database', 'done', 'n' || n FROM generate_series(1, 10500) n")
    rows = list(csv.reader(io.StringIO(admin.get("/admin/audit.csv?login=many", timeout=60).content.decode("utf-8-sig"))))
    assert len(rows) == 10002 and "10,000" in rows[-1][0] and rows[1][6] == "n10500" and rows[-2][6] == "n501"


def test_the_trail_is_for_admins_and_for_ever(portal):
    for who in ("teacher", "ali"):
        for path in ("/admin/audit", "/admin/audit.csv", "/api/v1/audit"):
            assert portal.client(who).get(path).status_code == 404
    with pytest.raises(Exception, match="append-only"):
        portal.sql("UPDATE audit_log SET detail = 'x' WHERE login = 'audit-ali'")
    with pytest.raises(Exception, match="append-only"):
        portal.sql("DELETE FROM audit_log WHERE login = 'audit-ali'")
