"""From a push with git to the application's page, and every way in which it may end before."""
import json
import re
import time

import pytest

from stack import catalogue, journey, repos


def end_of(portal, project, sha, seconds=120):
    build = portal.build_of(project, sha)
    return (build, *portal.finish(build, seconds))


def nothing_is_built(portal):
    portal.wait_sql("SELECT count(*) FROM builds WHERE status IN ('pending', 'running')", "0", 120)


def test_push_builds_deploys_and_answers(portal, project):
    started = time.monotonic()
    sha = portal.push(project, "The water rises")
    build, status, reason, message = end_of(portal, project, sha)
    assert status == "success", (reason, message)
    assert portal.deployed(build)[0] == "running"
    code, page = portal.app(project)
    assert code == 200 and sha[:7] in page
    assert time.monotonic() - started < 120
    portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {build}")
    ali = portal.client("ali")
    record = ali.json(f"/api/v1/builds/{build}")
    assert record["commit_sha"] == sha and record["status"] == "success" and record["branch"] == "main"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", record["digest"]) and record["image_tag"] == sha[:7]
    assert record["trigger"] == "push" and record["duration"] >= 0 and record["log_object_key"]
    for field in ("id", "student_id", "project_id", "reason", "message", "job_name", "created_at", "started_at", "finished_at"):
        assert field in record
    deployment = portal.sql(f"SELECT image FROM deployments WHERE build_id = {build}")
    assert deployment.endswith("@" + record["digest"])


def test_the_log_is_whole_and_in_order(portal, project):
    sha = portal.push(project, "A log to read")
    build = end_of(portal, project, sha)[0]
    portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {build}")
    ali = portal.client("ali")
    raw = ali.get(f"/api/v1/builds/{build}/logs")
    assert raw.status_code == 200, raw.text[:300]
    text = raw.content
    assert b"py_compile" in text and sha[:7].encode() in text
    size, digest = portal.sql(f"SELECT log_bytes, log_sha256 FROM builds WHERE id = {build}").split("\t")
    import hashlib
    assert len(text) == int(size) and hashlib.sha256(text).hexdigest() == digest
    part = ali.get(f"/api/v1/builds/{build}/logs", headers={"Range": "bytes=5-14"})
    assert part.status_code == 206 and part.content == text[5:15]
    assert ali.get(f"/builds/{build}").status_code == 200
    assert portal.client("mei").get(f"/api/v1/builds/{build}/logs").status_code == 404


@pytest.mark.parametrize("dockerfile, reason", [
    ("FROM python:3.11-slim\nRUN exit 3\n", "BUILD_STEP"),
    ("FROM python:3.11-slim\nCOPY not-there.txt /\n", "BUILD_STEP|DOCKERFILE"),
    ("FROM python:3.11-slim\nWHATEVER x\n", "DOCKERFILE"),
    ("", "DOCKERFILE"),
    (None, "DOCKERFILE"),
    ("FROM missing/does-not-exist:1\n", "IMAGE_PULL"),
])
def test_broken_dockerfiles_fail_with_their_reason(portal, project, dockerfile, reason):
    def edit(folder):
        path = folder / "Dockerfile"
        path.unlink() if dockerfile is None else path.write_text(dockerfile)

    sha = portal.push(project, "Broken on purpose", edit=edit)
    build, status, got, message = end_of(portal, project, sha)
    assert status == "failed" and re.fullmatch(reason, got), (status, got, message)
    assert message and portal.sql(f"SELECT evidence IS NOT NULL FROM builds WHERE id = {build}") == "t"
    assert portal.number(f"SELECT count(*) FROM deployments WHERE build_id = {build}") == 0
    english = catalogue.shown(portal.client("ali"), f"/builds/{build}", "en")
    chinese = catalogue.shown(portal.client("ali"), f"/builds/{build}", "zh")
    said = json.loads(portal.sql(f"SELECT message_words FROM builds WHERE id = {build}"))
    assert message in english and catalogue.text("zh", "bsays." + said["code"]) in chinese
    assert not catalogue.english_sentences(chinese), chinese


def test_a_message_without_a_code_is_shown_as_it_is(portal, project):
    build = end_of(portal, project, portal.push(project, "Of an older release", broken=True))[0]
    portal.sql(f"UPDATE builds SET message_words = NULL, message = 'An <older> release said so.' WHERE id = {build}")
    page = portal.client("ali").get(f"/builds/{build}", headers={"Accept-Language": "zh"}).text
    assert '<span lang="en">An &lt;older&gt; release said so.</span>' in page


def test_a_failed_push_leaves_the_application_running(portal, project):
    good = portal.push(project, "Good")
    build = end_of(portal, project, good)[0]
    assert portal.deployed(build)[0] == "running"
    assert end_of(portal, project, portal.push(project, "Bad", broken=True))[1] == "failed"
    code, page = portal.app(project)
    assert code == 200 and good[:7] in page


@pytest.mark.parametrize("fault, reason", [
    ({"fault": "oom"}, "OUT_OF_MEMORY"), ({"fault": "disk_full"}, "OUT_OF_DISK"), ({"fault": "push_denied"}, "PUSH_AUTH"),
    ({"fault": "git_auth"}, "GIT_AUTH"),
])
def test_faults_of_a_build_have_their_reason(portal, fault, reason):
    project = portal.new_project("ali")
    nothing_is_built(portal)  # what another test has left would take the fault
    portal.fault(**fault)
    try:
        sha = portal.push(project, "With a " + fault["fault"])
        _, status, got, message = end_of(portal, project, sha)
        assert (status, got) == ("failed", reason), message
    finally:
        portal.no_faults()


def slow(folder):
    # The simulated cluster lets one step take 30 s at most.
    (folder / "Dockerfile").write_text("FROM python:3.11-slim\n" + "RUN sleep 600\n" * 20)


def test_cancel_stops_the_job(portal, project):
    sha = portal.push(project, "To be cancelled", edit=slow)
    build = portal.build_of(project, sha)
    portal.wait_sql(f"SELECT status = 'running' AND phase IN ('cloning', 'building') FROM builds WHERE id = {build}")
    answer = portal.client("ali").api("POST", f"/api/v1/builds/{build}/cancel", {})
    assert answer.status_code in (200, 202), answer.text
    status, reason, _ = portal.finish(build)
    assert (status, reason) == ("cancelled", "CANCELLED")
    portal.wait_sql(f"SELECT job_deleted_at IS NOT NULL FROM builds WHERE id = {build}")
    assert portal.number(f"SELECT count(*) FROM audit_log WHERE action = 'build.cancel' AND object = 'build {build}'") == 1
    again = portal.client("ali").api("POST", f"/api/v1/builds/{build}/cancel", {})
    assert again.status_code == 409


def test_a_newer_push_supersedes_the_waiting_one(portal, project):
    running = portal.build_of(project, portal.push(project, "First", edit=slow))
    portal.wait_sql(f"SELECT status FROM builds WHERE id = {running}", "running")
    waiting = portal.build_of(project, portal.push(project, "Second"))
    newest = portal.build_of(project, portal.push(project, "Third"))
    status, reason, _ = portal.finish(waiting)
    assert (status, reason) == ("cancelled", "SUPERSEDED")
    assert portal.number(f"SELECT superseded_by FROM builds WHERE id = {waiting}") == newest
    portal.client("ali").api("POST", f"/api/v1/builds/{running}/cancel", {})
    assert (ended := portal.finish(newest))[0] == "success", ended


def test_the_limit_of_builds_holds(portal):
    nothing_is_built(portal)  # more than two may be at it, since before there was the limit
    portal.stack.portalctl("setting", "set", "build_limit", "2")
    try:
        first, second = [portal.new_project("noor") for _ in range(2)], [portal.new_project("noor") for _ in range(2)]
        running = [portal.build_of(p, portal.push(p, "One of two", edit=slow)) for p in first]
        portal.wait_sql(f"SELECT count(*) = 2 FROM builds WHERE id IN ({running[0]}, {running[1]}) AND status = 'running'")
        waiting = [portal.build_of(p, portal.push(p, "One of two that wait")) for p in second]
        assert [journey.build_state(portal.stack, b)[0] for b in waiting] == ["pending"] * 2
        for build in running:
            portal.client("noor").api("POST", f"/api/v1/builds/{build}/cancel", {})
            assert portal.finish(build)[0] == "cancelled"
        for build in waiting:
            assert (ended := portal.finish(build))[0] == "success", ended
        # How many were at it when each of them began.
        assert portal.number(
            "SELECT max((SELECT count(*) FROM builds o WHERE o.started_at <= b.started_at AND coalesce(o.finished_at > b.started_at, true)))"
            f" FROM builds b WHERE b.id IN ({', '.join(map(str, running + waiting))})") == 2
    finally:
        portal.stack.portalctl("setting", "reset", "build_limit")


def act(portal, project, name, who="ali"):
    return portal.client(who).api("POST", f"/api/v1/projects/{project}/{name}", {})


def test_restart_stop_start(portal, project):
    build = end_of(portal, project, portal.push(project, "To be stopped"))[0]
    assert portal.deployed(build)[0] == "running"
    for name, state in (("restart", "running"), ("stop", "stopped"), ("start", "running")):
        answer = act(portal, project, name)
        assert answer.status_code == 202, answer.text
        number = answer.json()["id"]
        portal.wait_sql(f"SELECT state FROM deployments WHERE id = {number}", state)
        portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", state)
        code = journey.wait_for(lambda s=state: (portal.app(project)[0] == 200) == (s == "running"), 120, f"the page after {name}")
        assert code


def test_deploy_without_an_image_is_refused(portal, project):
    answer = act(portal, project, "deploy", "teacher")
    assert answer.status_code == 409, answer.text
    assert answer.json()["detail"]


def test_a_push_that_no_webhook_told_is_found(portal):
    project = portal.new_project("mei", hook=False, polled=True)
    sha = portal.push(project, "Nobody called")
    portal.wait_sql(f"SELECT count(*) >= 1 FROM builds WHERE project_id = {project} AND commit_sha = '{sha}' AND trigger = 'poll'", seconds=60)


def test_force_push_to_a_commit_never_seen(portal, project):
    first = portal.push(project, "One")
    portal.finish(portal.build_of(project, first))
    folder = portal.checkout(project)
    repos.git(folder, "checkout", "-q", "--orphan", f"o{project}")
    sha = repos.commit_all(folder, "Another history")
    repos.git(folder, "push", "-q", "-f", "origin", "HEAD:main")
    assert end_of(portal, project, sha)[1] == "success"
