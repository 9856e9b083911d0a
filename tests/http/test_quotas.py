"""Quotas: what keeps an application from coming up, who takes of it, what makes room; and applications that nobody uses."""
import concurrent.futures
import contextlib

import pytest

from conftest import fresh_portal


@pytest.fixture(scope="module")
def portal():
    """Others would take of what is counted."""
    yield from fresh_portal("quotas", head_poll_interval=10)


@pytest.fixture(scope="module")
def up(portal):
    """Two applications of different students that run."""
    found = []
    for login in ("ali", "mei"):
        project = portal.new_project(login)
        assert portal.deployed(portal.build_of(project, portal.push(project, "Quotas")))[0] == "running"
        found.append(project)
    return found


@contextlib.contextmanager
def settings(portal, **values):
    for name, value in values.items():
        portal.stack.portalctl("setting", "set", name, value)
    try:
        yield
    finally:
        for name in values:
            portal.stack.portalctl("setting", "reset", name)


def built(portal, login):
    """A project with an image that was not deployed."""
    project = portal.new_project(login)
    portal.sql(f"UPDATE build_configs SET auto_deploy = false WHERE project_id = {project}")
    assert portal.finish(portal.build_of(project, portal.push(project, "Built")))[0] == "success"
    portal.sql(f"UPDATE build_configs SET auto_deploy = true WHERE project_id = {project}")
    return project


def taken(portal, where="true"):
    return portal.number(f"SELECT count(*) FROM projects p WHERE takes_cpu IS NOT NULL AND {where}")


def stop(portal, client, project):
    assert client.post(f"/projects/{project}/stop").status_code == 303
    portal.wait_sql(f"SELECT takes_cpu IS NULL FROM projects WHERE id = {project}")


def test_a_full_course_says_what_to_stop(portal, up):
    """Page and problem+json name what takes of it; a student sees only own applications; room that is made can be taken."""
    project = built(portal, "ali")
    with settings(portal, apps_per_course=taken(portal)):
        for login, sees in (("teacher", up), ("ali", up[:1])):
            client = portal.client(login)
            page = client.post(f"/projects/{project}/deploy")
            assert page.status_code == 409, page.text
            for other in up:
                assert (f'href="/projects/{other}"' in page.text) == (other in sees), login
                assert (f'action="/projects/{other}/stop"' in page.text) == (other in sees)
            answer = client.api("POST", f"/api/v1/projects/{project}/deploy", body={})
            assert answer.status_code == 409 and answer.headers["Content-Type"] == "application/problem+json"
            quota = answer.json()["quota"]
            assert quota["name"] == "course_apps" and quota["limit"] == quota["used"] and quota["asked"] == "1"
            named = [row["project_id"] for row in quota["applications"]]
            assert set(sees) <= set(named)
            if login == "ali":
                assert up[1] not in named and quota["more"] >= 1
        assert portal.sql(f"SELECT app_state FROM projects WHERE id = {project}") == "none"
        assert portal.number(f"SELECT count(*) FROM audit_log WHERE project_id = {project} AND result = 'refused'"
                             " AND detail LIKE '%quota_course_apps%'") == 4
        stop(portal, portal.client("teacher"), up[1])
        assert portal.client("ali").post(f"/projects/{project}/deploy").status_code == 303
        portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {project}")
        assert portal.client("teacher").post(f"/projects/{up[1]}/start").status_code == 409  # and it is gone again
    stop(portal, portal.client("ali"), project)
    assert portal.client("teacher").post(f"/projects/{up[1]}/start").status_code == 303
    portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {up[1]}")


@pytest.mark.parametrize("setting, name", [("cpu_per_student", "student_cpu"), ("memory_per_student", "student_memory"),
                                           ("cpu_per_cluster", "cluster_cpu"), ("memory_per_cluster", "cluster_memory")])
def test_sums_count(portal, up, setting, name):
    """The last place can be taken, one more cannot; what is up already may be deployed again."""
    project = built(portal, "ali")
    mine = 0 if "student" in setting else taken(portal)  # each project here is of a roster entry of its own
    unit, size = ("m", 500) if "cpu" in setting else ("Mi", 512)
    with settings(portal, **{setting: f"{size * mine + size - 1}{unit}"}):
        answer = portal.client("ali").api("POST", f"/api/v1/projects/{project}/deploy", body={})
        assert answer.status_code == 409 and answer.json()["quota"]["name"] == name, answer.text
        assert portal.client("ali").post(f"/projects/{up[0]}/restart").status_code == 303
    with settings(portal, **{setting: f"{size * mine + size}{unit}"}):
        assert portal.client("ali").post(f"/projects/{project}/deploy").status_code == 303
    portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {project}")
    stop(portal, portal.client("ali"), project)


def test_a_clusters_own_limit_comes_first(portal, up):
    admin = portal.client("admin")
    project = built(portal, "ali")
    cluster = portal.number("SELECT id FROM clusters WHERE kind = 'own'")
    page = f"/admin/clusters/{cluster}"
    wrong = admin.form(page, page, quota_apps="many", quota_cpu="-1", quota_memory="12 apples")
    assert wrong.status_code == 422 and wrong.text.count('aria-invalid="true"') == 3
    with settings(portal, apps_per_cluster=100000):
        assert admin.form(page, page, quota_apps=str(taken(portal)), quota_memory="1Ti").status_code == 303
        shown = admin.get(page).text
        assert f"{taken(portal)} / {taken(portal)}" in shown and "/ 1024Gi" in shown
        answer = portal.client("ali").api("POST", f"/api/v1/projects/{project}/deploy", body={})
        assert answer.status_code == 409 and answer.json()["quota"]["name"] == "cluster_apps", answer.text
        row = admin.api("GET", f"/api/v1/kubernetes/clusters/{cluster}").json()
        assert (row["quota_apps"], row["quota_cpu"], row["quota_memory"]) == (str(taken(portal)), None, "1Ti")
        assert admin.form(page, page, quota_apps="0", quota_memory="").status_code == 303
        assert portal.client("ali").post(f"/projects/{project}/deploy").status_code == 303  # 0: none, whatever the setting says
    portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {project}")
    admin.form(page, page, quota_apps="")
    stop(portal, admin, project)


def test_a_push_that_finds_no_room_says_so(portal, up):
    """The image is kept, the build's page says why it is not deployed, and a click deploys it later."""
    project = portal.new_project("ali")
    with settings(portal, apps_per_course=taken(portal)):
        build = portal.build_of(project, portal.push(project, "No room"))
        assert (ended := portal.finish(build))[0] == "success", ended
        portal.wait_sql(f"SELECT not_deployed FROM builds WHERE id = {build}", "quota_course_apps")
        page = portal.client("ali", fresh=True, language="en").get(f"/builds/{build}").text
        assert "not deployed" in page, page[-3000:]
        assert portal.number(f"SELECT count(*) FROM audit_log WHERE project_id = {project} AND result = 'refused' AND role = 'system'") == 1
    assert portal.client("ali").post(f"/projects/{project}/deploy", build_id=build).status_code == 303
    portal.wait_sql(f"SELECT not_deployed IS NULL FROM builds WHERE id = {build}")
    portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {project}")
    stop(portal, portal.client("ali"), project)


def test_two_cannot_both_have_the_last_place(portal, up):
    projects = [built(portal, "ali") for _ in range(2)]
    with settings(portal, apps_total=taken(portal) + 1):
        clients = [portal.client("teacher", fresh=True) for _ in projects]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            got = sorted(pool.map(lambda c, p: c.api("POST", f"/api/v1/projects/{p}/deploy", body={}).status_code, clients, projects))
        assert got == [202, 409]
    for project in projects:
        if portal.sql(f"SELECT takes_cpu IS NOT NULL FROM projects WHERE id = {project}") == "t":
            portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {project}")
            stop(portal, portal.client("teacher"), project)


def test_what_nobody_uses_is_stopped_and_comes_back(portal, up):
    """A push, a deployment or an act counts as use; the page says why it stands still."""
    idle, used = up
    portal.sql(f"UPDATE projects SET active_at = now() - interval '8 days' WHERE id IN ({idle}, {used})")
    assert portal.client("teacher").post(f"/projects/{used}/restart").status_code == 303
    with settings(portal, idle_stop_days=7):
        portal.wait_sql(f"SELECT app_state = 'stopped' FROM projects WHERE id = {idle}", seconds=120)
        page = portal.client("ali", fresh=True, language="en").get(f"/projects/{idle}").text
        assert "nobody used it" in page and f'action="/projects/{idle}/start"' in page
        assert portal.sql(f"SELECT trigger FROM deployments WHERE project_id = {idle} ORDER BY id DESC LIMIT 1") == "idle"
        assert portal.sql(f"SELECT detail FROM audit_log WHERE project_id = {idle} AND role = 'system' ORDER BY id DESC LIMIT 1") \
            == "stopped it: not used for 7 days"
        assert portal.client("ali").post(f"/projects/{idle}/start").status_code == 303
        portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {idle}")
        assert "nobody used it" not in portal.client("ali").get(f"/projects/{idle}").text
        portal.wait_sql(f"SELECT app_state = 'running' FROM projects WHERE id = {used}")
        assert portal.number(f"SELECT count(*) FROM deployments WHERE project_id = {used} AND trigger = 'idle'") == 0
        assert portal.sql(f"SELECT active_at > now() - interval '1 hour' FROM projects WHERE id = {idle}") == "t"
