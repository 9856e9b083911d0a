"""The JSON API as a program uses it: courses and rosters, a project's configuration, variables, deployments, logs."""
import pytest


@pytest.fixture(scope="module")
def project(portal):
    number = portal.new_project("ali")
    build = portal.build_of(number, portal.push(number, "For the API"))
    assert portal.deployed(build)[0] == "running"
    return number


@pytest.fixture(scope="module")
def teacher(portal):
    return portal.client("teacher")


@pytest.fixture(scope="module")
def ali(portal):
    return portal.client("ali")


@pytest.fixture
def course(portal, teacher):
    code = f"API-{portal.number('SELECT coalesce(max(id), 0) FROM courses') + 1}"
    answer = teacher.api("POST", "/api/v1/courses", {"code": code, "name": "By API"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def fields_of(answer):
    return [e["field"] for e in answer.json()["errors"]]


# --- courses ---------------------------------------------------------------------------------------------------------------------


def test_a_course_is_made_found_and_changed(teacher, course):
    path = f"/api/v1/courses/{course['id']}"
    assert course["code"] in [c["code"] for c in teacher.json("/api/v1/courses")["items"]]
    read = teacher.get(path)
    assert read.json() == course and read.headers["ETag"] == f'"{course["version"]}"'
    changed = teacher.api("PUT", path, {"name": "New name"}, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200 and changed.json()["name"] == "New name" and changed.json()["code"] == course["code"]
    late = teacher.api("PUT", path, {"name": "Late"}, headers={"If-Match": read.headers["ETag"]})
    assert late.status_code == 412 and teacher.json(path)["name"] == "New name"
    assert teacher.api("PUT", path, {"archived": True}).json()["archived_at"]
    assert course["code"] not in [c["code"] for c in teacher.json("/api/v1/courses")["items"]]
    assert course["code"] in [c["code"] for c in teacher.json("/api/v1/courses?archived=true")["items"]]
    taken = teacher.api("POST", "/api/v1/courses", {"code": course["code"], "name": "Again"})
    assert taken.status_code == 409 and fields_of(taken) == ["code"]


def test_an_edit_is_guarded_by_any_of_the_tags_that_are_sent(teacher, course):
    path = f"/api/v1/courses/{course['id']}"
    for tags, fits in (('"{}"', True), ('W/"{}"', True), ('"0", "{}"', True), ('"0" ,W/"{}"', True), ("*", True), ('"0", "00"', False),
                       ("{}", False), ('"{}', False), ('"1{}"', False), ("", False), ('"\xff{}"', False)):
        before = teacher.json(path)
        sent = tags.format(before["version"])
        answer = teacher.api("PUT", path, {"name": f"By {fits} {before['version']}"}, headers={"If-Match": sent.encode("latin-1")})
        assert answer.status_code == (200 if fits else 412), (sent, answer.text)
        assert (teacher.json(path) == before) is not fits, sent


def test_the_same_key_makes_one_course(portal, teacher):
    body, key = {"code": f"K-{portal.number('SELECT count(*) FROM courses')}", "name": "Once"}, {"Idempotency-Key": "once-and-for-all"}
    first, second = (teacher.api("POST", "/api/v1/courses", body, headers=key) for _ in range(2))
    assert first.status_code == second.status_code == 201 and first.json() == second.json()
    for bad in ("", "a b", "x" * 129, "é"):
        answer = teacher.api("POST", "/api/v1/courses", {**body, "code": "NEVER"}, headers={"Idempotency-Key": bad.encode("utf-8")})
        assert answer.status_code == 400, (bad, answer.text)


def test_students_and_a_roster(teacher, course):
    path = f"/api/v1/courses/{course['id']}"
    added = teacher.api("POST", path + "/students", {"student_number": "1", "name": "One", "login": "noor"})
    assert added.status_code == 201, added.text
    one = added.json()
    assert one["login"] == "noor" and one["left_at"] is None
    unknown = teacher.api("POST", path + "/students", {"student_number": "2", "name": "Two", "login": "nobody-of-that-name"})
    assert unknown.status_code == 409 and fields_of(unknown) == ["login"]
    renamed = teacher.api("PUT", f"/api/v1/students/{one['id']}", {"name": "Eins"}, headers={"If-Match": f'"{one["version"]}"'})
    assert renamed.status_code == 200 and renamed.json()["name"] == "Eins" and renamed.json()["login"] == "noor"
    stale = teacher.api("PUT", f"/api/v1/students/{one['id']}", {"name": "Late"}, headers={"If-Match": f'"{one["version"]}"'})
    assert stale.status_code == 412
    rehearsal = teacher.api("POST", path + "/roster", {"csv": "1,Eins\n2,Zwei\nx y,z\n", "accounts": True}).json()
    assert not rehearsal["done"] and [line["change"] for line in rehearsal["lines"]] == ["same", "new", "left_out"]
    assert rehearsal["lines"][2]["fault"] and len(teacher.json(path + "/students")["items"]) == 1
    done = teacher.api("POST", path + "/roster", {"csv": "1,Eins\n2,Zwei\nx y,z\n", "confirmed": True}).json()
    assert done["done"] and done["lines"][1]["student_id"]
    assert {s["student_number"] for s in teacher.json(path + "/students")["items"]} == {"1", "2"}
    gone = teacher.api("DELETE", f"/api/v1/students/{one['id']}")
    assert gone.status_code == 200 and gone.json()["left_at"]
    assert {s["student_number"] for s in teacher.json(path + "/students")["items"]} == {"2"}
    assert teacher.json(f"/api/v1/students/{one['id']}")["left_at"]
    broken = teacher.api("POST", path + "/roster", {"csv": '1,"open'})
    assert broken.status_code == 409 and fields_of(broken) == ["csv"]


def test_one_act_on_many(portal, teacher, project):
    course = portal.number(f"SELECT s.course_id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {project}")
    body = {"action": "restart", "project_ids": [project, 999999999]}
    before = portal.number(f"SELECT count(*) FROM deployments WHERE project_id = {project}")
    rehearsal = teacher.api("POST", f"/api/v1/courses/{course}/act", body).json()["items"]
    assert [(r["project_id"], r["asked"], r["refusal"]) for r in rehearsal] == [(project, False, None)]
    assert portal.number(f"SELECT count(*) FROM deployments WHERE project_id = {project}") == before
    done = teacher.api("POST", f"/api/v1/courses/{course}/act", {**body, "confirmed": True}).json()["items"]
    assert done[0]["asked"] and portal.number(f"SELECT count(*) FROM deployments WHERE project_id = {project}") == before + 1
    nothing = portal.new_project("mei")
    refused = teacher.api("POST", f"/api/v1/courses/{course}/act", {"action": "stop", "project_ids": [nothing], "confirmed": True}).json()
    assert refused["items"][0]["refusal"] == "not_deployed" and not refused["items"][0]["asked"]


# --- a project ----------------------------------------------------------------------------------------------------------------


def test_variables_port_and_health_path(portal, ali):
    project = portal.new_project("ali")
    path = f"/api/v1/projects/{project}"
    heavy = ali.api("PUT", path + "/variables/RAIN", {"value": "heavy"}).json()
    assert heavy == {"name": "RAIN", "value": "heavy", "secret": False, "version": heavy["version"]}
    light = ali.api("PUT", path + "/variables/RAIN", {"value": "light"})
    assert light.status_code == 200
    assert ali.json(path + "/variables")["items"] == [light.json()] and light.json()["value"] == "light"
    assert ali.api("DELETE", path + "/variables/RAIN").status_code == 204
    assert ali.api("DELETE", path + "/variables/RAIN").status_code == 404
    for name in ("PORT", "HYDROSIM_COMMIT"):
        assert ali.api("PUT", path + f"/variables/{name}", {"value": "x"}).status_code == 409, name
    for name in ("1A", "A-B", "A" * 65, "A%20B", "%E6%B0%B4"):
        assert ali.api("PUT", path + f"/variables/{name}", {"value": "x"}).status_code == 404, name
    read = ali.get(path)
    changed = ali.api("PUT", path, {"container_port": 9000, "health_path": "/ready"}, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200 and changed.json()["container_port"] == 9000 and changed.json()["health_path"] == "/ready"
    assert ali.api("PUT", path, {"container_port": 1}, headers={"If-Match": read.headers["ETag"]}).status_code == 412
    assert ali.api("PUT", path, {"health_path": "no-slash"}).status_code == 422


def test_the_configuration_by_project(portal, ali, teacher, project):
    path = f"/api/v1/projects/{project}/config"
    config = ali.json(path)
    student = portal.number(f"SELECT student_id FROM projects WHERE id = {project}")
    assert config == ali.json(f"/api/v1/build-configs/{student}")
    assert ali.api("PUT", path, {"repo_url": config["repo_url"], "auto_build": True}).status_code == 200
    for field, value in (("repo_url", "file:///elsewhere.git"), ("image_repo", "theirs/image")):
        assert ali.api("PUT", path, {field: value}).status_code == 403
    looked = ali.api("POST", path + "/test", {}).json()
    assert looked == {"cloned": True, "error": None, "head_sha": portal.head(project), "context": "folder", "dockerfile": "file"}
    assert ali.api("POST", path + "/test", {"dockerfile_path": "none"}).json()["dockerfile"] == "nothing"
    away = ali.api("POST", path + "/test", {"branch": "no-such-branch"}).json()
    assert not away["cloned"] and away["error"]
    assert ali.json(path)["branch"] == "main"


def test_deliveries_are_paged(portal, ali, project):
    path = f"/api/v1/projects/{project}/deliveries"
    portal.sql("INSERT INTO webhook_deliveries (delivery_id, project_id, event, outcome, reason)"
               f" SELECT 'paged-{project}-' || n, {project}, 'push', 'ignored', 'other_branch' FROM generate_series(1, 120) n")
    newest = portal.sql(f"SELECT id FROM webhook_deliveries WHERE project_id = {project} ORDER BY id DESC").split()
    found, cursor = [], ""
    while cursor is not None:
        page = ali.json(f"{path}?limit=50{cursor and '&cursor='}{cursor}")
        assert 0 < len(page["items"]) <= 50
        found += [str(d["id"]) for d in page["items"]]
        cursor = page["next_cursor"]
    assert found == newest and len(ali.json(path)["items"]) == 50


def test_keys_secrets_and_deliveries(portal, ali, project):
    path = f"/api/v1/projects/{project}"
    assert ali.json(path + "/deliveries")["items"][0]["event"] == "push"
    key = ali.api("POST", path + "/deploy-key", {})
    assert key.status_code == 201 and ali.json(path + "/config")["deploy_key_public"] == key.json()["deploy_key_public"]
    secret = ali.api("POST", path + "/webhook-secret", {})
    assert secret.status_code == 201 and len(secret.json()["secret"]) == 64
    assert secret.json()["url"].endswith("/api/v1/webhooks/gitea")
    portal.projects[project]["secret"] = secret.json()["secret"]
    portal.connect(project)
    installed = ali.api("POST", path + "/install", {}).json()
    assert installed["installed"] is False and installed["error"]  # no Gitea in this portal


def test_deployments_are_listed_told_and_compared(portal, ali, project):
    first = ali.json(f"/api/v1/projects/{project}/deployments?limit=1")
    newest = first["items"][0]
    assert ali.json(f"/api/v1/deployments/{newest['id']}")["id"] == newest["id"]
    if first["next_cursor"]:
        older = ali.json(f"/api/v1/projects/{project}/deployments?limit=1&cursor={first['next_cursor']}")["items"]
        assert older[0]["id"] < newest["id"]
    applied = portal.number(f"SELECT min(id) FROM deployments WHERE project_id = {project} AND snapshot IS NOT NULL")
    assert [e for e in ali.json(f"/api/v1/deployments/{applied}/events")["items"] if e["kind"] == "state"]
    changes = ali.json(f"/api/v1/deployments/{applied}/changes")
    assert changes["planned"] and changes["with"] is None and changes["changes"] == []
    portal.wait_sql(f"SELECT count(*) FROM deployments WHERE project_id = {project} AND state IN ('pending', 'deploying')", "0")
    ali.api("PUT", f"/api/v1/projects/{project}/variables/LEVEL", {"value": "3"})
    asked = ali.api("POST", f"/api/v1/projects/{project}/restart", {}).json()
    portal.wait_sql(f"SELECT state FROM deployments WHERE id = {asked['id']}", "running")
    changes = ali.json(f"/api/v1/deployments/{asked['id']}/changes")
    assert {"field": "env", "variable": "LEVEL", "before": None, "after": "3", "secret": False} in changes["changes"]


def test_a_log_is_searched(portal, ali, project):
    build = portal.number(f"SELECT min(id) FROM builds WHERE project_id = {project}")
    portal.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {build}")
    text = ali.get(f"/api/v1/builds/{build}/logs").content
    found = ali.json(f"/api/v1/builds/{build}/lines?q=PY_COMPILE")["items"]
    assert found
    for line in found:
        assert text[line["offset"]:].startswith(line["text"].rstrip("\n").encode())
        assert text[:line["offset"]].count(b"\n") == line["line"] - 1
    assert ali.json(f"/api/v1/builds/{build}/lines?q=none-such")["items"] == []
    for bad in ("x", "1", "-", "1-x", "1-2-3"):
        assert ali.get(f"/api/v1/builds/{build}/lines?cursor={bad}").status_code == 422, bad


def test_a_build_is_told_phase_by_phase(portal, ali, project):
    build = portal.build_of(project, portal.push(project, "Phase by phase", edit=lambda f: (f / "Dockerfile").write_text(
        "FROM python:3.11-slim\nRUN sleep 100\n")))
    assert (ended := portal.finish(build))[0] == "success", ended
    events = ali.json(f"/api/v1/builds/{build}/events")["items"]
    told = [e["value"] for e in events if e["kind"] == "phase"]
    # A phase of a simulated build may be over before the worker looks; one of five seconds is not.
    assert told == [phase for phase in ("cloning", "building", "pushing") if phase in told] and "building" in told
    assert [e["value"] for e in events if e["kind"] == "status"] == ["pending", "running", "success"]
    one = ali.json(f"/api/v1/builds/{build}")
    assert one["position"] is one["expected_wait"] is one["waits_for"] is one["kept_back_by"] is None


def test_a_waiting_build_says_its_place(portal, ali, project):
    """What a student sees of the queue: the own build's place."""
    portal.stack.portalctl("setting", "set", "build_limit", "1")
    portal.fault(fault="unschedulable", namespace="hydrosim-builds")  # the first one does not end by itself
    made = []

    def trigger(sha):
        made.append(ali.api("POST", "/api/v1/builds/trigger", {"project_id": project, "commit_sha": sha * 40}).json()["id"])
        return made[-1]

    try:
        first = trigger("a")
        portal.wait_sql(f"SELECT status = 'running' FROM builds WHERE id = {first}")  # while it waits, the second would supersede it
        second = trigger("b")
        one = ali.json(f"/api/v1/builds/{second}")
        assert one["status"] == "pending" and one["position"] >= 1 and one["waits_for"] in ("project", "limit", "turn"), one
    finally:
        portal.no_faults()
        portal.stack.portalctl("setting", "reset", "build_limit")
        for build in reversed(made):
            ali.api("POST", f"/api/v1/builds/{build}/cancel")
        assert {portal.finish(build)[0] for build in made} == {"cancelled"}


def test_projects_are_listed_to_whoever_may_see_them(portal, ali, teacher, project):
    other = portal.new_project("mei", hook=False)
    own = ali.json("/api/v1/projects?limit=200")["items"]
    number = next(p["student_id"] for p in own if p["id"] == project)
    theirs = teacher.json(f"/api/v1/projects/{other}")["student_id"]
    assert other not in [p["id"] for p in own] and len(own) == portal.number(
        "SELECT count(*) FROM projects p JOIN students s ON s.id = p.student_id JOIN users u ON u.id = s.user_id WHERE u.login = 'ali'")
    assert ali.json(f"/api/v1/projects?student_id={theirs}") == {"items": [], "next_cursor": None}
    assert [p["id"] for p in teacher.json(f"/api/v1/projects?student_id={theirs}")["items"]] == [other]
    assert [p["id"] for p in ali.json(f"/api/v1/projects?student_id={number}")["items"]] == [project]
    assert {project, other} <= {p["id"] for p in teacher.json("/api/v1/projects?limit=200")["items"]}
    assert [p["id"] for p in ali.json("/api/v1/projects?limit=1")["items"]] == [own[0]["id"]]


def test_teachers_see_where_projects_can_be_placed(portal, teacher, project):
    seen = teacher.json("/api/v1/clusters")["items"]
    assert teacher.json(f"/api/v1/projects/{project}")["cluster_id"] in [c["id"] for c in seen]
    assert set(seen[0]) == {"id", "name", "is_default", "health", "projects", "checked_at"}


def test_a_course_is_sorted_both_ways(teacher, course):
    path = f"/api/v1/courses/{course['id']}/students"
    for number in ("2", "1", "3"):
        assert teacher.api("POST", path, {"student_number": number, "name": "One of three"}).status_code == 201
    up, down = ([s["student_number"] for s in teacher.json(f"{path}?sort={order}")["items"]] for order in ("number", "-number"))
    assert up == ["1", "2", "3"] and down == up[::-1]


# --- others ----------------------------------------------------------------------------------------------------------------------


def test_nothing_of_it_is_anothers(portal, project):
    mei = portal.client("mei")
    deployment = portal.number(f"SELECT min(id) FROM deployments WHERE project_id = {project}")
    build = portal.number(f"SELECT min(id) FROM builds WHERE project_id = {project}")
    student = portal.number(f"SELECT student_id FROM projects WHERE id = {project}")
    for path in (f"projects/{project}", f"projects/{project}/variables", f"projects/{project}/config", f"projects/{project}/deliveries",
                 f"projects/{project}/deployments", f"deployments/{deployment}/events", f"deployments/{deployment}/changes",
                 f"builds/{build}/lines?q=a", f"builds/{build}/events", f"projects/{project}/pods", f"projects/{project}/events", "clusters", f"students/{student}", "courses", "courses/1", "courses/1/students"):
        assert mei.get("/api/v1/" + path).status_code == 404, path
    for method, path, body in (("PUT", f"projects/{project}", {"container_port": 1}), ("PUT", f"projects/{project}/variables/A", {"value": "x"}),
                               ("DELETE", f"projects/{project}/variables/A", None), ("PUT", f"projects/{project}/config", {}),
                               ("POST", f"projects/{project}/config/test", {}), ("POST", f"projects/{project}/deploy-key", {}),
                               ("POST", f"projects/{project}/webhook-secret", {}), ("POST", f"projects/{project}/install", {}),
                               ("POST", "courses", {"code": "x", "name": "x"}), ("PUT", "courses/1", {}),
                               ("POST", "courses/1/students", {"student_number": "1", "name": "x"}), ("POST", "courses/1/roster", {"csv": "1,x"}),
                               ("POST", "courses/1/act", {"action": "stop", "project_ids": [project]}), ("PUT", f"students/{student}", {}),
                               ("DELETE", f"students/{student}", None)):
        assert mei.api(method, "/api/v1/" + path, body).status_code == 404, (method, path)
