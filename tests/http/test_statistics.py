"""The teachers' numbers: what pages, CSV and API say is what the builds' rows say, whatever was rolled up by whom; failed builds; the queue."""
import csv
import io
import re
import subprocess

import pytest

STATUSES = ("success", "failed", "cancelled")
ZONES = ("Asia/Shanghai", "Asia/Kolkata", "America/New_York")
NAME = "=HYPERLINK(\"x\")"  # what a spreadsheet would run


def insert(portal, course, count, reasons="{BUILD_STEP,BUILD_STEP,PUSH_AUTH,TIMEOUT}", spread="40 days", offset="0 s",
           statuses="{success,success,success,failed,cancelled}"):
    """Builds of a course's projects that ended at random times within `spread` of now minus `offset`."""
    portal.sql(
        "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, image_repo, image_tag, status, phase,"
        " reason, message, evidence, trigger, config, config_digest, created_at, started_at, finished_at)"
        f" SELECT p.id, p.student_id, {course}, md5(n::text) || substr(md5(n::text), 1, 8), 'main', 'Change ' || n, 'r/x', 'aaaaaaa',"
        f" t.status, 'done', CASE t.status WHEN 'failed' THEN ('{reasons}'::text[])[1 + n % array_length('{reasons}'::text[], 1)]"
        "  WHEN 'cancelled' THEN 'SUPERSEDED' END, CASE t.status WHEN 'failed' THEN 'A step failed: exit 1' END,"
        " CASE t.status WHEN 'failed' THEN E'line one\\nthe telling <line>\\nerror: exit 1' END, 'push', '{}', 'd',"
        f" t.at - t.took - interval '3 s', t.at - t.took, t.at FROM (SELECT n, now() - interval '{offset}' - random() ^ 2 * interval '{spread}' AS at,"
        f"  ('{statuses}'::text[])[1 + n % array_length('{statuses}'::text[], 1)] AS status, make_interval(secs => 5 + random() * 300) AS took"
        f"  FROM generate_series(1, {count}) n) t"
        f" JOIN (SELECT p.id, p.student_id, row_number() OVER (ORDER BY p.id) - 1 AS place, count(*) OVER () AS of FROM projects p JOIN students s"
        f"  ON s.id = p.student_id WHERE s.course_id = {course}) p ON p.place = t.n % p.of")


def new_course(portal, code, name, students=10):
    course = portal.sql(f"INSERT INTO courses (code, name) VALUES ('{code}', $x${name}$x$) RETURNING id")
    portal.sql(f"WITH s AS (INSERT INTO students (course_id, student_number, name) SELECT {course}, n::text, 'Student ' || n"
               f" FROM generate_series(1, {students}) n RETURNING id) INSERT INTO projects (student_id, name) SELECT id, 'app' FROM s")
    return int(course)


@pytest.fixture(scope="module")
def course(portal):
    """A course with 600 ended builds, some of them within this hour, rolled up."""
    made = new_course(portal, "STAT-1", NAME)
    insert(portal, made, 500)
    insert(portal, made, 100, spread="30 minutes")
    portal.stack.portalctl("statistics", "--rebuild")
    return made


def counted(portal, course, days, zone, by="true"):
    """(key, status) -> builds, from the rows themselves."""
    rows = portal.sql(
        f"SELECT {by}, status, count(*) FROM (SELECT *, finished_at AT TIME ZONE '{zone}' AS at FROM builds) b WHERE course_id = {course}"
        f" AND finished_at IS NOT NULL AND at::date > (now() AT TIME ZONE '{zone}')::date - {days} GROUP BY 1, 2")
    return {tuple(line.split("\t")[:2]): int(line.split("\t")[2]) for line in rows.splitlines()}


def of_hours(portal, course, days, zone):
    """hour -> exact median and 95th percentile of the durations, None where nothing took time, from the rows themselves."""
    rows = portal.sql(
        "SELECT h, percentile_disc(0.5) WITHIN GROUP (ORDER BY took), percentile_disc(0.95) WITHIN GROUP (ORDER BY took) FROM generate_series(0, 23) h"
        f" LEFT JOIN (SELECT finished_at AT TIME ZONE '{zone}' AS at, extract(epoch FROM finished_at - started_at)::float8 AS took FROM builds"
        f"  WHERE course_id = {course} AND status IN ('success', 'failed') AND (finished_at AT TIME ZONE '{zone}')::date"
        f"  > (now() AT TIME ZONE '{zone}')::date - {days}) b ON extract(hour FROM at) = h GROUP BY h ORDER BY h")
    return [tuple(float(field) if field else None for field in line.split("\t")[1:]) for line in rows.split("\n")]


def table(client, name, days, course):
    answer = client.get(f"/statistics.csv?table={name}&days={days}&course_id={course}")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/csv")
    assert f"statistics-{name}-" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf") and answer.content.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def cells(html, section):
    """The rows of a section's table, as lists of texts."""
    part = re.search(rf'aria-labelledby="h-{section}".*?</section>', html, re.S)[0]
    body = re.search(r"<tbody>(.*?)</tbody>", part, re.S)[1]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)] for row in re.findall(r"<tr.*?</tr>", body, re.S)]


def words(seconds):
    """A time as a page writes it."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


def one_day(portal, zone, minutes=1):
    """Waits for a midnight that is near: what is compared is of one day."""
    portal.wait_sql(f"SELECT (now() AT TIME ZONE '{zone}')::date = ((now() + interval '{minutes} minutes') AT TIME ZONE '{zone}')::date", seconds=300)


def compare(portal, course, days, zone):
    one_day(portal, zone)
    client = portal.client("teacher")
    total = counted(portal, course, days, zone)
    by_day = counted(portal, course, days, zone, "at::date")
    by_hour = counted(portal, course, days, zone, "extract(hour FROM at)::integer")
    expected = {status: total.get(("t", status), 0) for status in STATUSES}
    assert all(expected.values())
    said = client.json(f"/api/v1/statistics?days={days}&course_id={course}")
    assert said["complete"] and said["zone"] == zone and len(said["by_day"]) == days and len(said["by_hour"]) == 24
    for where in (said["total"], said["by_course"][0]):
        assert {status: where[status] for status in STATUSES} == expected
    for row in said["by_day"]:
        assert {s: row[s] for s in STATUSES} == {s: by_day.get((row["day"], s), 0) for s in STATUSES}
    for row in said["by_hour"]:
        assert {s: row[s] for s in STATUSES} == {s: by_hour.get((str(row["hour"]), s), 0) for s in STATUSES}
    for row, exact in zip(said["by_hour"], of_hours(portal, course, days, zone), strict=True):
        assert (row["duration_p50"], row["duration_p95"]) == pytest.approx(exact, rel=0.05)
        judged = row["success"] + row["failed"]
        assert row["success_rate"] == (pytest.approx(row["success"] / judged) if judged else None)
    assert sum(r["builds"] for r in said["by_reason"]) == expected["failed"]
    assert said["total"]["success_rate"] == pytest.approx(expected["success"] / (expected["success"] + expected["failed"]))
    exact = portal.sql(
        f"SELECT percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at)::float8) FROM builds"
        f" WHERE course_id = {course} AND status <> 'cancelled' AND (finished_at AT TIME ZONE '{zone}')::date > (now() AT TIME ZONE '{zone}')::date - {days}")
    p50, p95 = map(float, exact.strip("{}").split(","))
    assert said["total"]["duration_p50"] == pytest.approx(p50, rel=0.05) and said["total"]["duration_p95"] == pytest.approx(p95, rel=0.05)
    assert said["total"]["wait_p50"] == pytest.approx(3, rel=0.05)
    # The same in CSV, and on the page.
    for name, key in (("days", "day"), ("hours", "hour")):
        rows = table(client, name, days, course)
        assert list(rows[0]) == [key, "builds", *STATUSES, "success_rate", "duration_p50_s", "duration_p95_s"]
        for row, of in zip(rows, said[f"by_{key}"], strict=True):
            assert (row[key], *(int(row[count]) for count in ("builds", *STATUSES))) == (str(of[key]), of["builds"], *(of[status] for status in STATUSES))
            for field, number in (("success_rate", "success_rate"), ("duration_p50_s", "duration_p50"), ("duration_p95_s", "duration_p95")):
                assert row[field] == "" if of[number] is None else float(row[field]) == pytest.approx(of[number])
    assert {r["reason"]: int(r["builds"]) for r in table(client, "reasons", days, course)} == {r["reason"]: r["builds"] for r in said["by_reason"]}
    html = client.get(f"/statistics?days={days}&course_id={course}").text
    assert [int(row[2]) for row in cells(html, "reasons")] == [r["builds"] for r in said["by_reason"]]
    rows = cells(html, "days")
    if days <= 90:
        assert [row[:4] for row in rows] == [[r["day"], str(r["success"]), str(r["failed"]), str(r["cancelled"])] for r in said["by_day"]]
    else:  # weeks
        assert [sum(int(row[i]) for row in rows) for i in (1, 2, 3)] == list(expected.values())
    assert [row[:5] for row in cells(html, "hours")] == [
        [f"{r['hour']:02}:00", *(str(r[name]) for name in ("builds", *STATUSES))] for r in said["by_hour"]]
    rates = [(r["success"], r["success"] + r["failed"]) for r in said["by_hour"]]
    assert [row[5] for row in cells(html, "hours")] == [f"{good / judged * 100:.1f}%" if judged else "–" for good, judged in rates]
    assert cells(html, "hourtimes") == [[f"{r['hour']:02}:00", words(r["duration_p50"]), words(r["duration_p95"])] for r in said["by_hour"]]
    dots = re.search(r'<svg[^>]*aria-labelledby="hourtimes-title.*?</svg>', html, re.S)[0]
    assert dots.count("<circle") == dots.count('<rect class="dot') == sum(r["duration_p50"] is not None for r in said["by_hour"])
    assert [int(cells(html, "courses")[0][i]) for i in (1, 2)] == [sum(expected.values()), expected["failed"]]
    for place, word in ((4, "Duration"), (5, "Wait")):  # the course's times are those of the whole, the 95th percentile with the median
        p50, p95 = re.search(rf'<strong>([^<]+)</strong> {word} <span class="soft small">p95 ([^<]+)</span>', html).groups()
        assert cells(html, "courses")[0][place] == p50 + p95
    return said


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_all_say_what_the_rows_say(portal, course, days):
    compare(portal, course, days, "Asia/Shanghai")


def test_what_ends_now_is_counted_now(portal, course):
    one_day(portal, "Asia/Shanghai", 4)
    before = compare(portal, course, 7, "Asia/Shanghai")["total"]["builds"]
    insert(portal, course, 5, spread="2 minutes")
    assert compare(portal, course, 7, "Asia/Shanghai")["total"]["builds"] == before + 5


def test_an_hour_where_nothing_took_time(portal):
    """Builds within a moment of yesterday, and cancelled ones within another: all other hours are empty."""
    made = new_course(portal, "STAT-HOURS", "Two moments")
    insert(portal, made, 40, spread="1 second", offset="26 hours")
    insert(portal, made, 7, spread="1 second", offset="30 hours", statuses="{cancelled}")
    portal.stack.portalctl("statistics", "--rebuild")
    said = compare(portal, made, 7, "Asia/Shanghai")
    empty = [row for row in said["by_hour"] if not row["builds"]]
    cancelled = [row for row in said["by_hour"] if row["builds"] and row["builds"] == row["cancelled"]]
    assert len(empty) >= 20 and cancelled and sum(row["builds"] for row in cancelled) == 7
    assert all(row[name] is None for row in empty + cancelled for name in ("success_rate", "duration_p50", "duration_p95"))


def test_a_rebuild_says_the_same(portal, course):
    one_day(portal, "Asia/Shanghai", 4)
    before = compare(portal, course, 30, "Asia/Shanghai")
    portal.stack.portalctl("statistics", "--rebuild")
    assert compare(portal, course, 30, "Asia/Shanghai") == before
    assert portal.sql("SELECT result FROM audit_log WHERE action = 'statistics.rebuild' ORDER BY id DESC LIMIT 1") == "done"


def test_days_are_those_of_the_setting(portal, course):
    try:
        for zone in ZONES[1:]:
            portal.stack.portalctl("setting", "set", "statistics_zone", zone)
            portal.stack.portalctl("statistics")
            compare(portal, course, 30, zone)
    finally:
        portal.stack.portalctl("setting", "reset", "statistics_zone")
        portal.stack.portalctl("statistics")
    compare(portal, course, 30, ZONES[0])
    for bad in ("Mars/Olympus", "right/UTC", "../etc/passwd", ""):
        assert portal.stack.portalctl("setting", "set", "statistics_zone", bad, check=False) == ""
    assert portal.sql("SELECT count(*) FROM settings WHERE name = 'statistics_zone' AND value IS NOT NULL") == "0"


def test_several_that_roll_at_once_count_once(portal, course):
    # An hour is counted five minutes behind its end: no end comes meanwhile, and all before is counted.
    portal.wait_sql("SELECT date_trunc('hour', now() - interval '5 minutes') = date_trunc('hour', now() - interval '2 minutes')", seconds=240)
    portal.stack.portalctl("statistics")
    before = portal.sql("SELECT sum(success), sum(failed), sum(cancelled) FROM build_stats_hours")
    env = portal.stack.environment()
    for _ in range(3):
        several = [subprocess.Popen([portal.stack.build / "portalctl", "statistics", *more], env=env, stdout=subprocess.DEVNULL)
                   for more in (["--rebuild"], [], [], [])]
        assert [process.wait(120) for process in several] == [0] * 4
        portal.stack.portalctl("statistics")
        assert portal.sql("SELECT sum(success), sum(failed), sum(cancelled) FROM build_stats_hours") == before
    compare(portal, course, 30, ZONES[0])


def test_the_worker_rolls_by_itself(portal, course):
    before = portal.sql("SELECT upto FROM build_stats_state")
    portal.sql("UPDATE build_stats_state SET upto = '-infinity', zone = 'UTC'")  # another zone: all is begun anew
    portal.wait_sql(f"SELECT upto >= '{before}' AND zone = 'Asia/Shanghai' FROM build_stats_state", seconds=180)
    compare(portal, course, 30, ZONES[0])


def test_while_it_is_counted_anew_the_page_says_so(portal, course):
    client = portal.client("teacher")
    portal.stack.processes.stop("worker")  # it would count
    try:
        portal.sql("UPDATE build_stats_state SET upto = '-infinity'")
        assert "still being counted" in client.get("/statistics").text
        assert client.json("/api/v1/statistics")["complete"] is False
    finally:
        portal.stack.portalctl("statistics", "--rebuild")
        portal.stack.start_worker()
    assert "still being counted" not in client.get("/statistics").text


def test_spreadsheets_run_no_names(portal, course):
    row = table(portal.client("teacher"), "courses", 30, course)[0]
    assert row["course"] == "STAT-1" and row["name"] == "'" + NAME


def test_nothing_yet(portal):
    course = new_course(portal, "STAT-EMPTY", "Nothing yet")
    client = portal.client("teacher")
    assert "No build ended in this period" in client.get(f"/statistics?course_id={course}").text
    assert "No build failed in this period" in client.get(f"/failures?course_id={course}").text
    said = client.json(f"/api/v1/statistics?course_id={course}")
    assert said["total"]["builds"] == 0 and said["total"]["success_rate"] is None and said["by_course"] == [] and len(said["by_day"]) == 30
    assert table(client, "courses", 30, course) == []


@pytest.mark.parametrize("path", ["/statistics?days=8", "/statistics?days=", "/statistics?days=07", "/statistics?course_id=0", "/statistics?course_id=x",
                                  "/statistics.csv", "/statistics.csv?table=no", "/statistics.csv?table=days&days=1", "/failures?days=365",
                                  "/failures?reason=CANCELLED", "/failures?reason=build_step", "/failures?before=-1", "/api/v1/statistics?days=31",
                                  "/api/v1/statistics?course_id=-1", "/api/v1/failures?days=2", "/api/v1/failures?reason=x",
                                  "/api/v1/failures?limit=201", "/api/v1/failures?cursor=x"])
def test_bad_parameters(portal, path):
    answer = portal.client("teacher").get(path)
    assert answer.status_code == (200 if path.endswith("days=") else 422), answer.text[:300]


@pytest.mark.parametrize("path", ["/statistics", "/statistics.csv?table=days", "/failures", "/queue", "/api/v1/statistics", "/api/v1/failures",
                                  "/api/v1/queue"])
def test_for_staff_alone(portal, path):
    assert portal.client("ali").get(path).status_code == 404
    assert portal.client("teacher").get(path).status_code == 200
    assert portal.client("admin").get(path).status_code == 200


def test_no_such_course(portal):
    client = portal.client("teacher")
    for path in ("/statistics", "/failures", "/statistics.csv?table=days", "/api/v1/statistics", "/api/v1/failures"):
        assert client.get(f"{path}{'&' if '?' in path else '?'}course_id=999999999").status_code == 404


# --- failed builds ----------------------------------------------------------------------------------------------------------


def test_failures_by_reason(portal, course):
    one_day(portal, "Asia/Shanghai")
    client = portal.client("teacher")
    for days in (1, 7, 30):
        rows = portal.sql(
            f"SELECT reason, count(*), count(DISTINCT student_id) FROM builds WHERE status = 'failed' AND course_id = {course}"
            f" AND (finished_at AT TIME ZONE 'Asia/Shanghai')::date > (now() AT TIME ZONE 'Asia/Shanghai')::date - {days} GROUP BY reason")
        expected = {reason: (int(builds), int(students)) for reason, builds, students in (line.split("\t") for line in rows.splitlines())}
        said = client.json(f"/api/v1/failures?days={days}&course_id={course}")
        assert {g["reason"]: (g["builds"], g["students"]) for g in said["groups"]} == expected
        assert {g["reason"]: g["side"] for g in said["groups"]} == {r: "platform" if r == "PUSH_AUTH" else "student" for r in expected}
    statistics = client.json(f"/api/v1/statistics?days=30&course_id={course}")
    assert {g["reason"]: g["builds"] for g in said["groups"]} == {r["reason"]: r["builds"] for r in statistics["by_reason"]}
    page = client.get(f"/failures?days=30&course_id={course}").text
    assert [(int(row[2]), int(row[3])) for row in cells(page, "groups")] == [(g["builds"], g["students"]) for g in said["groups"]]


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_the_tile_of_failed_builds_leads_to_as_many(portal, course, days):
    """Where the page of failures does not go back as far as the number does, the number is no link."""
    client = portal.client("teacher")
    count, link = re.search(r"<li>(?:<a href=\"([^\"]+)\">)?<strong>(\d+)</strong> Failed", client.get(f"/statistics?days={days}&course_id={course}").text).group(2, 1)
    assert (link is None) == (days > 30)
    if link:
        groups = client.get(link.replace("&amp;", "&")).text.split('id="h-groups"')[1].split("</section>")[0]
        assert sum(int(n) for n in re.findall(r'data-name="Builds" class="num">(\d+)<', groups)) == int(count) > 0


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_a_reason_leads_to_as_many_builds(portal, course, days):
    """Where the page of failures does not go back as far as the number does, the reason is no link."""
    one_day(portal, "Asia/Shanghai")
    client = portal.client("teacher")
    reasons = client.get(f"/statistics?days={days}&course_id={course}").text.split('id="h-reasons"')[1].split("</section>")[0]
    rows = re.findall(r'<td data-name="Reason">(?:<a href="([^"]+)">)?[^<]+(?:</a>)?</td>.*?class="num">(\d+)<', reasons)
    assert len(rows) == 3
    for link, count in rows:
        assert bool(link) == (days <= 30)
        if link:
            chosen = client.get(link.replace("&amp;", "&")).text.split('class="chosen"')[1].split("</tr>")[0]
            assert re.findall(r'data-name="Builds" class="num">(\d+)<', chosen) == [count]


def test_failures_page_by_page(portal, course):
    one_day(portal, "Asia/Shanghai")
    client = portal.client("teacher")
    everything = portal.sql(
        f"SELECT id FROM builds WHERE status = 'failed' AND reason = 'BUILD_STEP' AND course_id = {course} AND (finished_at AT TIME ZONE"
        " 'Asia/Shanghai')::date > (now() AT TIME ZONE 'Asia/Shanghai')::date - 30 ORDER BY finished_at DESC, id DESC").split()
    seen, cursor = [], ""
    while True:
        said = client.json(f"/api/v1/failures?days=30&course_id={course}&reason=BUILD_STEP&limit=7{cursor}")
        seen += [str(item["id"]) for item in said["items"]]
        if not said["next_cursor"]:
            break
        cursor = f"&cursor={said['next_cursor']}"
    assert seen == everything and said["items"][0]["evidence"] == "line one\nthe telling <line>\nerror: exit 1"
    page = client.get(f"/failures?days=30&course_id={course}&reason=BUILD_STEP").text
    assert re.findall(r'<a href="/builds/(\d+)">', page) == everything[:50]
    assert "the telling &lt;line&gt;" in page and "error: exit 1" not in page and "A step of the Dockerfile failed" in page
    if len(everything) > 50:
        older = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
        assert re.findall(r'<a href="/builds/(\d+)">', client.get(older).text) == everything[50:100]


def test_many_at_once_point_at_the_platform(portal):
    client = portal.client("teacher")
    portal.wait_sql("SELECT count(*) FROM builds WHERE status IN ('pending', 'running')", "0", 120)  # what another test has left may fail as well
    before = client.json("/api/v1/failures")
    hit = before["students_built"] + 5  # more than a third, whatever else was built in this hour
    course = new_course(portal, "STAT-PLATFORM", "Registry away", hit)
    portal.sql("INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase, reason, trigger, config,"
               " config_digest, started_at, finished_at) SELECT p.id, p.student_id, s.course_id, repeat('c', 40), 'main', 'r/x', 'c', 'failed', 'done',"
               f" 'PUSH_AUTH', 'push', '{{}}', 'd', now(), now() FROM projects p JOIN students s ON s.id = p.student_id WHERE s.course_id = {course}")
    after = client.json("/api/v1/failures")
    assert after["platform_suspected"] and after["students_hit"] == before["students_hit"] + hit
    assert "Probably the platform, not the students" in client.get("/failures").text


# --- the queue ----------------------------------------------------------------------------------------------------------------


def test_the_queue_says_how_long(own_portal):
    portal = own_portal
    project = portal.new_project("ali", hook=False)
    client, student = portal.client("teacher"), portal.client("ali")
    portal.stack.processes.stop("worker")
    portal.sql("UPDATE workers SET stopped_at = now() WHERE stopped_at IS NULL")  # one that took too long has not said so
    course = new_course(portal, "STAT-QUEUE", "Queue", 3)
    portal.stack.portalctl("setting", "set", "build_limit", "1")
    columns = "project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, trigger, config, config_digest"
    values = "p.id, p.student_id, s.course_id, md5(random()::text) || '00000000', 'main', 'r/x', 'a', 'push', '{}', 'd'"
    source = "FROM projects p JOIN students s ON s.id = p.student_id"
    # Each build of the course took 100 s; one runs for 40 s now.
    portal.sql(f"INSERT INTO builds ({columns}, status, phase, created_at, started_at, finished_at) SELECT {values}, 'success', 'done',"
               f" now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour' + interval '100 s' {source}, generate_series(1, 3)"
               f" WHERE s.course_id = {course}")
    portal.sql(f"INSERT INTO builds ({columns}, status, phase, started_at) SELECT {values}, 'running', 'building', now() - interval '40 s' {source}"
               f" WHERE s.course_id = {course} ORDER BY p.id LIMIT 1")
    portal.sql(f"INSERT INTO builds ({columns}, created_at) SELECT {values}, now() + p.id * interval '1 ms' {source}"
               f" WHERE s.course_id = {course} OR p.id = {project}")
    assert {row["waits_for"] for row in client.json("/api/v1/queue")["items"]} == {None, "worker"}  # none is alive
    portal.sql("UPDATE workers SET stopped_at = NULL, heartbeat_at = now() + interval '1 hour' WHERE id = (SELECT max(id) FROM workers)")
    said = client.json("/api/v1/queue")
    assert (said["places"], said["running"], said["waiting"], len(said["items"])) == (1, 1, 4, 5)
    running, *waiting = said["items"]
    assert running["status"] == "running" and running["expected_wait"] is None and running["position"] == 0
    assert [row["position"] for row in waiting] == [1, 2, 3, 4]
    assert all(abs(row["expected_wait"] - (58 + 100 * i)) <= 20 for i, row in enumerate(waiting)), waiting
    ali = next(row for row in waiting if row["project_id"] == project)
    assert ali["usual_from"] == "all" and ali["usual_duration"] == 100 and ali["waits_for"] == "limit"
    assert {row["usual_from"] for row in waiting if row["project_id"] != project} == {"project"}
    page = client.get("/queue").text
    assert "about 1 min" in page and "The limit of builds at once is 1" in page and "all builds" in page
    own = student.get(f"/builds/{ali['id']}").text
    assert re.search(rf"Place {ali['position']} / 4</strong> · begins in (about \d+ min|less than a minute) · waits for a free place", own), own
    portal.sql("UPDATE builds SET waiting_for = 'the cluster does not answer' WHERE status = 'pending'")
    assert all(row["expected_wait"] is None and row["waits_for"] == "cluster" for row in client.json("/api/v1/queue")["items"][1:])
    assert "waits for the cluster" in student.get(f"/builds/{ali['id']}").text
