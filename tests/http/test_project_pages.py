"""What a student does on the pages of the own project, without JavaScript: configuration and its test, keys, variables, logs, history."""
import re

import pytest

from stack import catalogue
from stack.client import Forms


@pytest.fixture(scope="module")
def project(portal):
    """A project with an application that runs, and one failed build."""
    number = portal.new_project("ali")
    build = portal.build_of(number, portal.push(number, "Pages"))
    assert portal.deployed(build)[0] == "running"
    assert portal.finish(portal.build_of(number, portal.push(number, "Broken", broken=True)))[0] == "failed"
    return number


@pytest.fixture(scope="module")
def ali(portal):
    return portal.client("ali")


def field(page, name):
    for form in Forms(page).forms:
        if name in form["fields"]:
            return form["fields"][name]
    raise AssertionError(f"no field {name}")


# --- configuration -------------------------------------------------------------------------------------------------------------


def test_the_configuration_is_tested_before_it_is_saved(portal, ali, project):
    page = f"/projects/{project}/config"
    good = ali.form(page, "/config", **{})  # unchanged: saved
    assert good.status_code == 303
    form = next(f for f in ali.forms(page) if "dockerfile_path" in f["fields"])["fields"]
    found = ali.post(f"{page}/test", **form)
    assert found.status_code == 200 and "Dockerfile" in found.text
    assert portal.head(project)[:7] in found.text
    for change, says in (({"dockerfile_path": "not/there"}, "not/there"), ({"branch": "no-such-branch"}, "no-such-branch"),
                         ({"context_path": "nowhere"}, "nowhere")):
        answer = ali.post(f"{page}/test", **{**form, **change})
        assert answer.status_code == 200 and says in answer.text and "is-failed" in answer.text, answer.text[-2000:]
    assert portal.sql(f"SELECT branch FROM build_configs WHERE project_id = {project}") == "main"


def test_a_student_does_not_govern(portal, ali, project):
    """Repository, registry and image name are the staff's."""
    page = f"/projects/{project}/config"
    form = next(f for f in ali.forms(page) if "dockerfile_path" in f["fields"])["fields"]
    assert "repo_url" not in form
    before = portal.sql(f"SELECT repo_url, registry_id, image_repo FROM build_configs WHERE project_id = {project}")
    answer = ali.post(page, **{**form, "repo_url": "file:///elsewhere.git", "image_repo": "theirs/image"})
    assert answer.status_code in (303, 400, 403, 422)
    assert portal.sql(f"SELECT repo_url, registry_id, image_repo FROM build_configs WHERE project_id = {project}") == before
    teacher = portal.client("teacher")
    form = next(f for f in teacher.forms(page) if "dockerfile_path" in f["fields"])["fields"]
    assert form["repo_url"] == before.split("\t")[0]


# --- access ----------------------------------------------------------------------------------------------------------------------


def test_the_keys_public_half_is_shown_and_replaced(portal, ali, project):
    page = ali.get(f"/projects/{project}/access").text
    key = portal.sql(f"SELECT deploy_key_public FROM build_configs WHERE project_id = {project}")
    assert key in page and "PRIVATE KEY" not in page
    assert ali.get(f"/projects/{project}/key").status_code == 200
    assert ali.form(f"/projects/{project}/key", "").status_code == 303
    new = portal.sql(f"SELECT deploy_key_public FROM build_configs WHERE project_id = {project}")
    assert new != key and new in ali.get(f"/projects/{project}/access").text


def test_why_the_branch_could_not_be_read(portal, ali):
    project = portal.new_project("ali", hook=False)  # the worker does not look at its branch meanwhile
    path = f"/projects/{project}/access"

    def fail(why):
        portal.sql(f"UPDATE build_configs SET head_error = '{why}' WHERE project_id = {project}")

    fail("the repository has no branch main")
    assert "the repository has no branch main" in catalogue.shown(ali, path, "en")
    chinese = catalogue.shown(ali, path, "zh")
    assert "仓库中没有分支 main" in chinese and "no branch" not in chinese
    fail("Gitea: cannot read the branch main of class/ali: it refuses the token (user does not exist)")
    assert "Gitea：无法读取 class/ali 的分支 main：令牌被拒绝（user does not exist）" in catalogue.shown(ali, path, "zh")
    fail("Gitea: trouble of <its> own")
    assert '<span lang="en">Gitea: trouble of &lt;its&gt; own</span>' in ali.get(path, headers={"Accept-Language": "zh"}).text


def test_what_the_portal_says_of_a_deployment_is_no_cluster_s_word(portal, ali):
    project = portal.new_project("ali", hook=False)
    row = portal.sql("INSERT INTO deployments (project_id, action, trigger, state, reason, message, finished_at)"
                     f" VALUES ({project}, 'start', 'manual', 'failed', 'PLATFORM', 'There is no image to run.', now()) RETURNING id").split()[0]
    path = f"/deployments/{row}"
    assert ali.json(f"/api/v1{path}")["said"] == "There is no image to run."
    chinese = catalogue.shown(ali, path, "zh")
    assert "没有可运行的镜像。" in chinese and catalogue.text("zh", "trouble.said") not in chinese
    assert not catalogue.english_sentences(chinese)
    portal.sql(f"UPDATE deployments SET message = 'pods is forbidden' WHERE id = {row}")
    assert catalogue.text("zh", "trouble.said") in catalogue.shown(ali, path, "zh")


def test_the_webhooks_secret_is_shown_once(portal):
    project = portal.new_project("ali")
    ali = portal.client("ali")
    answer = ali.form(f"/projects/{project}/secret", "")
    assert answer.status_code == 201
    secret = re.search(r"\b[0-9a-f]{64}\b", re.sub(r'name="csrf"[^>]*', "", answer.text))
    assert secret and answer.headers["Cache-Control"].startswith("no-store")
    assert secret[0] not in ali.get(f"/projects/{project}/access").text
    portal.projects[project]["secret"] = secret[0]
    portal.connect(project)
    sha = portal.push(project, "Signed with the new secret")
    assert portal.build_of(project, sha)


def test_messages_from_gitea_are_listed(ali, project):
    page = ali.get(f"/projects/{project}/access").text
    assert 'data-part="deliveries"' in page and "push" in page


# --- variables, port, health path --------------------------------------------------------------------------------------------------


def variables(portal, project):
    return portal.sql(f"SELECT name, value FROM project_variables WHERE project_id = {project} ORDER BY name")


def test_variables_reach_the_application(portal):
    project = portal.new_project("ali")
    ali = portal.client("ali")
    assert ali.form(f"/projects/{project}/variables", "/variables", name="RAIN", value="heavy & <long>").status_code == 303
    page = ali.get(f"/projects/{project}/variables").text
    assert "heavy &amp; &lt;long&gt;" in page
    build = portal.build_of(project, portal.push(project, "With a variable"))
    assert portal.deployed(build)[0] == "running"
    assert "heavy" in portal.sql(f"SELECT snapshot::text FROM deployments WHERE build_id = {build}")
    assert ali.form(f"/projects/{project}/variables", "/variables/remove", name="RAIN").status_code == 303
    assert variables(portal, project) == ""
    assert portal.number(f"SELECT count(*) FROM audit_log WHERE action LIKE 'variable.%' AND project_id = {project}") == 2


@pytest.mark.parametrize("name, value", [("", "x"), ("1A", "x"), ("A-B", "x"), ("A=B", "x"), ("PORT", "3000"), ("HYDROSIM_COMMIT", "x"), ("A" * 300, "x"), ("A", "x" * 70000),
                                         ("A", "nul\0")])
def test_variables_that_break_a_rule(portal, ali, project, name, value):
    before = variables(portal, project)
    answer = ali.form(f"/projects/{project}/variables", "/variables", name=name, value=value)
    assert answer.status_code in (400, 413, 422), answer.text[:300]
    assert variables(portal, project) == before


@pytest.mark.parametrize("port, health, status", [("9000", "/ready", 303), ("0", "", 422), ("65536", "", 422), ("x", "", 422), 
                                                  ("9000", "no-slash", 422), ("9000", "/a b", 422), ("9000", "/" + "x" * 300, 422)])
def test_port_and_health_path(portal, ali, project, port, health, status):
    before = portal.sql(f"SELECT container_port, health_path FROM projects WHERE id = {project}")
    answer = ali.form(f"/projects/{project}/variables", "/serving", port=port, health_path=health)
    assert answer.status_code == status, answer.text[-2000:]
    after = portal.sql(f"SELECT container_port, health_path FROM projects WHERE id = {project}")
    assert after == (f"{port}\t{health}" if status == 303 else before)


# --- logs --------------------------------------------------------------------------------------------------------------------------


def test_a_log_is_searched_and_linked_by_line(portal, ali, project):
    build = portal.number(f"SELECT min(id) FROM builds WHERE project_id = {project}")
    page = ali.get(f"/builds/{build}")
    assert 'id="L1"' in page.text
    found = ali.get(f"/builds/{build}?q=py_compile")
    lines = re.findall(r'<div class="log-line" id="L(\d+)">', found.text)
    assert found.status_code == 200 and lines and len(lines) < 10
    assert f'id="L{lines[0]}"' in ali.get(f"/builds/{build}?line={lines[0]}").text
    none = ali.get(f"/builds/{build}?q=no-such-text-in-it")
    assert none.status_code == 200 and "log-line" not in none.text
    assert ali.get(f"/builds/{build}?q=" + "x" * 3000).status_code in (400, 414, 422)


def test_the_applications_log_and_events(portal, ali, project):
    page = ali.get(f"/projects/{project}/log")
    assert page.status_code == 200 and f"prj-{project}-" in page.text and 'role="log"' in page.text
    assert ali.get(f"/projects/{project}/log?pod=../../etc").status_code in (400, 422)
    other = ali.get(f"/projects/{project}/log?pod=portal-db-0")
    assert other.status_code in (200, 404) and "portal-db-0</a>" not in other.text


def test_the_log_page_says_that_the_cluster_is_away(portal, project):
    portal.fault(fault="http_500", verb="list", resource="pods", namespace="hydrosim-students", count=20)
    try:
        page = portal.client("ali").get(f"/projects/{project}/log")
        assert page.status_code == 200 and "The cluster" in page.text and f"prj-{project}-" not in page.text
    finally:
        portal.no_faults()


# --- history, deployments ------------------------------------------------------------------------------------------------------------


def test_history_is_filtered_and_paged(portal, ali, project):
    page = f"/projects/{project}/builds"
    assert ali.get(page + "?status=failed").text.count("/builds/") >= 1
    assert 'class="empty"' in ali.get(page + "?branch=none-such").text
    for bad in ("?status=x", "?before=x", "?before=-1"):
        assert ali.get(page + bad).status_code in (400, 422), bad


def test_a_deployment_is_compared_and_gone_back_to(portal):
    project = portal.new_project("ali")
    ali = portal.client("ali")
    first = portal.push(project, "First")
    assert portal.deployed(portal.build_of(project, first))[0] == "running"
    second = portal.push(project, "Second")
    assert portal.deployed(portal.build_of(project, second))[0] == "running"
    rows = portal.sql(f"SELECT id FROM deployments WHERE project_id = {project} ORDER BY id").split()
    page = ali.get(f"/deployments/{rows[-1]}")
    assert page.status_code == 200 and second[:7] in page.text and first[:7] in page.text
    compared = ali.get(f"/deployments/{rows[0]}?with={rows[-1]}")
    assert compared.status_code in (200, 422)
    listed = ali.get(f"/projects/{project}/deployments").text
    assert first[:7] in listed
    assert ali.form(f"/projects/{project}/deployments", "/rollback").status_code == 303
    portal.wait_sql(f"SELECT action = 'rollback' AND state = 'running' FROM deployments WHERE project_id = {project} ORDER BY id DESC LIMIT 1",
                    seconds=120)
    assert first[:7] in portal.app(project)[1]


def test_nobody_sees_anothers(portal, project):
    mei = portal.client("mei")
    build = portal.number(f"SELECT min(id) FROM builds WHERE project_id = {project}")
    deployment = portal.number(f"SELECT min(id) FROM deployments WHERE project_id = {project}")
    for path in ("", "/builds", "/deployments", "/log", "/variables", "/config", "/access", "/key", "/secret"):
        answer = mei.get(f"/projects/{project}{path}")
        assert answer.status_code == 404 and "hydro-app" not in answer.text, path
    assert mei.get(f"/deployments/{deployment}").status_code == 404
    assert mei.get(f"/builds/{build}?q=x").status_code == 404
    for path in ("/variables", "/variables/remove", "/serving", "/config", "/config/test", "/key", "/secret", "/install"):
        assert mei.post(f"/projects/{project}{path}", name="A", value="b", port="80").status_code in (404, 422), path
