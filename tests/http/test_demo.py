"""The made-up courses of `portalctl demo`: what is in them, that they leave the worker and the cluster alone, and that they go again."""
import hashlib
import importlib.util
import json
import subprocess
import urllib.request

import psycopg2
import pytest

from conftest import finish, fresh_stack
from stack import catalogue, journey, trail
from stack.paths import ROOT
from stack.portal import Portal
from stack.processes import StackError

MAIN = "HYD-301"
BUILD_REASONS = {"GIT_AUTH", "GIT_REF", "DOCKERFILE", "BUILD_STEP", "PUSH_AUTH", "IMAGE_PULL", "OUT_OF_MEMORY", "OUT_OF_DISK", "EVICTED",
                 "UNSCHEDULABLE", "QUOTA", "TIMEOUT", "LOST", "SUPERSEDED", "CANCELLED", "PLATFORM"}
DEPLOYMENT_REASONS = {"IMAGE_DENIED", "CRASH_LOOP", "QUOTA", "NOT_ANSWERING", "OUT_OF_MEMORY", "UNSCHEDULABLE", "START", "PLATFORM"}
TABLES = ("courses", "students", "users", "projects", "build_configs", "builds", "build_events", "deployments", "deployment_events",
          "webhook_deliveries", "registries", "project_variables", "image_users", "demo_rows")


def load_invariants():
    spec = importlib.util.spec_from_file_location("invariants", ROOT / "tests" / "faults" / "invariants.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def portal():
    """A portal whose worker runs, with the made-up courses in it."""
    stack = fresh_stack("demo")
    p = Portal(stack)
    try:
        p.start()
        p.said = stack.portalctl("demo")
        yield p
    finally:
        finish(stack)


def digest(portal, tables=TABLES):
    """One number for all rows of these tables."""
    rows = [portal.sql(f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t") for table in tables]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def words(portal, sql):
    return set(portal.sql(sql).split("\n"))


def course(portal):
    return portal.number(f"SELECT id FROM courses WHERE code = '{MAIN}'")


def test_it_says_what_it_does(portal):
    assert "made-up students, builds and deployments of the last 30 days" in portal.said
    assert "nothing of it touches the cluster or a registry" in portal.said
    assert portal.said.count("\n") == 0


def test_a_course_of_thirty(portal):
    students = f"FROM students WHERE course_id = {course(portal)}"
    assert portal.number(f"SELECT count(*) {students}") == 30
    linked = portal.number(f"SELECT count(user_id) {students}")
    assert 15 < linked < 30
    assert portal.number("SELECT count(*) FROM demo_rows WHERE kind = 'course'") == 4
    assert portal.sql("SELECT count(*) FROM courses WHERE archived_at IS NOT NULL") == "1"
    # none, one, two projects; some never pushed
    assert words(portal, f"SELECT (SELECT count(*) FROM projects p WHERE p.student_id = students.id) {students}") == {"0", "1", "2"}
    assert portal.number("SELECT count(*) FROM projects p WHERE NOT EXISTS (SELECT FROM builds b WHERE b.project_id = p.id)") >= 2
    assert portal.sql("SELECT count(DISTINCT deploy_key_fingerprint) = count(*) FROM build_configs") == "t"
    assert portal.sql("SELECT count(*) FROM api_tokens") == "0"


def test_a_month_of_builds(portal):
    total = portal.number("SELECT count(*) FROM builds")
    assert 1100 < total < 1400
    assert 0.6 < portal.number("SELECT count(*) FROM builds WHERE status = 'success'") / total < 0.8
    assert words(portal, "SELECT DISTINCT reason FROM builds WHERE reason IS NOT NULL") == BUILD_REASONS
    assert words(portal, "SELECT DISTINCT trigger FROM builds") == {"push", "poll", "manual", "retry"}
    assert words(portal, "SELECT DISTINCT status FROM builds") == {"success", "failed", "cancelled"}
    assert portal.sql("SELECT bool_and(finished_at < now() AND created_at > now() - interval '31 days') FROM builds") == "t"
    assert portal.sql("SELECT bool_and(message IS NOT NULL) FROM builds WHERE status = 'failed'") == "t"
    assert portal.sql("SELECT bool_and((message IS NULL) = (message_words IS NULL)) FROM builds") == "t"
    # each that began has its log; a part of some is lost, and says so
    assert portal.sql("SELECT bool_and((log_object_key IS NOT NULL) = (started_at IS NOT NULL)) FROM builds") == "t"
    assert portal.number("SELECT count(*) FROM builds WHERE log_object_key IS NOT NULL AND NOT log_complete") > 5
    assert portal.sql("SELECT max(log_bytes) > 1000000 FROM builds") == "t"
    # builds are numbered as they came
    assert portal.sql("SELECT bool_and(created_at >= before) FROM (SELECT created_at, lag(created_at) OVER (ORDER BY id) AS before"
                      " FROM builds) x WHERE before IS NOT NULL") == "t"
    # the phases are events in the order of time
    assert portal.sql("SELECT bool_and(at >= before) FROM (SELECT at, lag(at) OVER (PARTITION BY build_id ORDER BY id) AS before"
                      " FROM build_events) x WHERE before IS NOT NULL") == "t"


def test_deployments(portal):
    assert words(portal, "SELECT DISTINCT reason FROM deployments WHERE state = 'failed'") == DEPLOYMENT_REASONS
    assert words(portal, "SELECT DISTINCT action FROM deployments") == {"deploy", "rollback", "restart", "stop", "start", "delete"}
    assert words(portal, "SELECT DISTINCT trigger FROM deployments") == {"auto", "manual"}
    assert words(portal, "SELECT DISTINCT state FROM deployments") == {"running", "failed", "stopped", "superseded", "deleted"}
    assert words(portal, "SELECT DISTINCT app_state FROM projects") == {"none", "running", "failed", "stopped"}
    assert portal.sql("SELECT count(*) FROM projects p JOIN deployments d ON d.id = p.wanted_deployment_id"
                      " WHERE p.app_state <> CASE d.state WHEN 'deleted' THEN 'none' ELSE d.state END") == "0"
    assert portal.sql("SELECT count(*) FROM projects p WHERE (p.app_state = 'running') <> (p.serving_deployment_id IS NOT NULL)"
                      " AND p.app_state <> 'failed'") == "0"
    keys = set(json.loads(portal.sql("SELECT json_agg(DISTINCT k) FROM deployments, jsonb_object_keys(snapshot) k")))
    assert {"image", "commit_sha", "replicas", "port", "env", "host", "restarted_at", "cpu", "memory"} <= keys


def test_the_trail(portal):
    made_up = "FROM audit_log WHERE request_id = 'demo'"
    assert words(portal, f"SELECT DISTINCT role {made_up}") == {"student", "teacher", "admin"}
    assert {"login", "build.trigger", "build.cancel", "deployment.deploy", "deployment.rollback", "build_config.change",
            "deploy_key.new"} <= words(portal, f"SELECT DISTINCT action {made_up}")
    assert words(portal, f"SELECT DISTINCT result {made_up}") == {"done", "refused"}
    assert portal.sql(f"SELECT bool_and(at < now()) {made_up}") == "t"
    assert {"build_created", "superseded_pending", "other_branch", "tag", "deletion",
            "skip_ci"} == words(portal, "SELECT DISTINCT reason FROM webhook_deliveries")
    assert portal.number("SELECT count(*) FROM audit_log WHERE login = 'system' AND action = 'demo.fill'") == 1


def test_the_trail_is_in_the_readers_language(portal):
    admin = portal.client("admin")
    chinese, english = trail.particulars(admin, "zh"), trail.particulars(admin, "en")
    assert len(chinese) == len(english) > 300
    for (text, foreign), (stored, _) in zip(chinese, english):
        assert text != stored and not foreign and not catalogue.english_sentences(text), (stored, text)


def test_the_invariants_hold(portal):
    invariants = load_invariants()
    with psycopg2.connect(portal.stack.postgres.url()) as db:
        assert list(invariants.broken_rows(db)) == []
        assert list(invariants.broken_archive(db, portal.stack.environment()["LOG_ARCHIVE_DIR"])) == []
        assert list(invariants.broken_cluster(db, portal.stack.kubesim_url)) == []


def test_nobody_signs_in_as_one_of_them(portal):
    login = portal.sql("SELECT u.login FROM users u JOIN students s ON s.user_id = u.id LIMIT 1")
    for password in ("", "!", login, "demo"):
        answer = portal.client(None, fresh=True).api("POST", "/api/v1/auth/login", {"login": login, "password": password})
        assert answer.status_code in (401, 422), (password, answer.text)
    assert words(portal, "SELECT DISTINCT password_hash FROM users WHERE id IN (SELECT id FROM demo_rows WHERE kind = 'user')") == {"!"}


def requests_of_the_cluster(portal):
    """How many there were, by verb and resource."""
    with urllib.request.urlopen(portal.stack.kubesim_url + "/_sim/stats", timeout=10) as answer:
        return json.load(answer)["requests"]


def test_the_worker_leaves_it_alone(portal):
    """A worker that starts anew takes over what nobody drives, and looks at everything that was applied: there is nothing."""
    portal.wait_sql("SELECT count(*) FROM course_changes", "0")  # the courses' numbers are kept
    before, asked = digest(portal), requests_of_the_cluster(portal)
    log = portal.stack.processes.log("worker")
    watches = portal.stats()["open_watches"]
    portal.stack.processes.stop("worker")
    journey.wait_for(lambda: portal.stats()["open_watches"] == 0, 60, "the end of its watches")
    size = log.stat().st_size
    portal.stack.start_worker()
    portal.wait_sql("SELECT now() > max(started_at) + interval '8 seconds' FROM workers")
    journey.wait_for(lambda: portal.stats()["open_watches"] >= watches, 120, "all its watches")
    journey.wait_for(lambda: b'"worker_drives"' in log.read_bytes()[size:], 60, "the worker's first round")
    assert digest(portal) == before
    more = {name for name, n in requests_of_the_cluster(portal).items() if n != asked.get(name, 0)}
    more.discard("get other")  # the cluster's version, asked every 20 s
    guards = {"networkpolicies", "resourcequotas", "limitranges", "namespaces"}  # of the namespace, not of an application
    more = {name for name in more if name.split()[1] not in guards}
    assert {name.split()[0] for name in more} == {"list", "watch"}, more  # what any worker begins with
    events = [json.loads(line) for line in log.read_bytes()[size:].decode(errors="replace").splitlines() if line.startswith("{")]
    assert {e["event"] for e in events} >= {"worker_started", "worker_drives"}
    assert not [e for e in events if {"build", "project", "deployment"} & set(e)], events
    assert [(e["builds"], e["deployments"]) for e in events if e["event"] == "worker_drives"][0] == (0, 0)
    # neither a branch's turn to be looked at, nor a status to be told
    assert portal.sql("SELECT count(*) FROM build_configs WHERE head_check_at < now() + interval '50 years'") == "0"
    assert portal.sql("SELECT count(*) FROM builds WHERE status_retry_at IS NOT NULL") == "0"
    assert portal.sql("SELECT count(*) FROM projects WHERE applied IS NOT NULL") == "0"


def test_pages_show_it(portal):
    teacher = portal.client("teacher")
    page = teacher.get(f"/courses/{course(portal)}")
    assert page.status_code == 200
    for name in ("陈雨桐 Chen Yutong", "阿卜杜热合曼·买买提艾力", "刘𬱖", "María José Álvarez Quintana"):
        assert name in page.text
    assert "SUM-26" in teacher.get("/courses?archived=1").text
    builds = portal.sql("SELECT DISTINCT ON (reason) id FROM builds ORDER BY reason, id").split("\n")
    longest = portal.sql("SELECT id FROM builds ORDER BY log_bytes DESC NULLS LAST LIMIT 1")
    project = portal.sql("SELECT id FROM projects WHERE app_state = 'failed' LIMIT 1")
    for path in ["/courses", "/projects", f"/projects/{project}", f"/projects/{project}/builds", "/queue",
                 *(f"/builds/{b}" for b in [*builds, longest])]:
        assert teacher.get(path).status_code == 200, path
    failed = teacher.get(f"/builds/{longest}")
    assert "BUILD_STEP" in failed.text and "Errors while running CTest" in failed.text
    whole = teacher.get(f"/builds/{longest}/log")
    assert whole.status_code == 200 and 18000 < whole.text.count("\n") < 22000


def test_failures_are_explained_in_chinese(portal):
    admin = portal.client("admin")
    for reason in words(portal, "SELECT DISTINCT reason FROM builds WHERE status = 'failed'"):
        build = portal.number(f"SELECT max(id) FROM builds WHERE status = 'failed' AND reason = '{reason}'")
        message = portal.sql(f"SELECT message FROM builds WHERE id = {build}")
        assert message in catalogue.shown(admin, f"/builds/{build}", "en")
        for path in (f"/builds/{build}", f"/failures?reason={reason}&days=30"):
            chinese = catalogue.shown(admin, path, "zh")
            assert not catalogue.english_sentences(chinese), (path, chinese)


def test_a_second_run_changes_nothing(portal):
    before = digest(portal, (*TABLES, "audit_log"))
    assert portal.stack.portalctl("demo") == "the demo is there already: nothing was changed"
    assert digest(portal, (*TABLES, "audit_log")) == before


def test_it_waits_for_what_people_made_of_it(portal):
    """An act on one of its applications is real: what runs in the cluster must go before its row does."""
    project = portal.sql("SELECT id FROM projects WHERE app_state = 'stopped' LIMIT 1")
    portal.stack.processes.stop("worker")  # it would look for what runs
    portal.sql(f"UPDATE projects SET applied = 'replicas=1' WHERE id = {project}")
    try:
        with pytest.raises(StackError, match="1 projects of the demo build or run"):
            portal.stack.portalctl("demo", "--remove")
    finally:
        portal.sql(f"UPDATE projects SET applied = NULL WHERE id = {project}")
        portal.stack.start_worker()


def test_it_goes_again(portal):
    """Everything is as before, but for the audit lines."""
    logs = portal.stack.home / "logs" / "builds"
    assert "its audit lines stay" in portal.stack.portalctl("demo", "--remove")
    assert portal.sql("SELECT (SELECT count(*) FROM builds) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM deployments)"
                      " + (SELECT count(*) FROM demo_rows) + (SELECT count(*) FROM image_users) + (SELECT count(*) FROM students)") == "0"
    assert portal.sql("SELECT string_agg(login, ' ' ORDER BY login) FROM users") == "admin ali mei noor teacher"
    assert portal.sql("SELECT string_agg(code, ' ') FROM courses") == "HYDRO-101"
    assert portal.sql("SELECT string_agg(name, ' ') FROM registries") == "course"
    assert not list(logs.rglob("build.log"))
    assert portal.number("SELECT count(*) FROM audit_log WHERE request_id = 'demo'") > 300
    assert portal.stack.portalctl("demo", "--remove") == "there is no demo: nothing was changed"


def test_it_asks_where_people_work(portal):
    """In production it is made only with --yes, and never over what is somebody's."""
    stack = portal.stack
    production = {**stack.environment(), "ENVIRONMENT": "production"}

    def run(*argv, **more):
        return subprocess.run([str(stack.build / "portalctl"), "demo", *argv], env={**production, **more}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    refused = run()
    assert refused.returncode == 1 and "--yes" in refused.stderr and "made-up students" in refused.stderr
    assert portal.sql("SELECT count(*) FROM demo_rows") == "0"
    stack.portalctl("course", "add", MAIN, "A real course")
    taken = run("--yes")
    assert taken.returncode == 1 and "is not the demo's" in taken.stderr
    assert portal.sql("SELECT count(*) FROM users") == "5" and portal.sql("SELECT count(*) FROM builds") == "0"
    portal.sql(f"DELETE FROM courses WHERE code = '{MAIN}'")
    away = run("--yes", LOG_ARCHIVE_DIR="/dev/null/logs")
    assert away.returncode == 1 and "cannot write" in away.stderr
    assert portal.sql("SELECT count(*) FROM users") == "5" and portal.sql("SELECT count(*) FROM demo_rows") == "0"
    assert not list((stack.home / "logs" / "builds").rglob("build.log"))
    for argv in (["--students", "0"], ["--students", "201"], ["--days", "6"], ["--days", "x"], ["--nonsense"], ["more"]):
        assert run(*argv).returncode == 2, argv
    small = run("--yes", "--students", "3", "--days", "7")
    assert small.returncode == 0, small.stderr
    assert portal.number(f"SELECT count(*) FROM students s JOIN courses c ON c.id = s.course_id WHERE c.code = '{MAIN}'") == 3
    assert "audit lines stay" in stack.portalctl("demo", "--remove")
