"""Which running applications would not start where no image may run as root: read from a registry, listed, and asked before a setting is saved."""
import html
import re

import pytest

from conftest import fresh_portal
from stack.standin import PASSWORD, USER, StandIn

PAGE, API = "/admin/settings/pod-security", "/api/v1/settings/pod-security"

# name of an application, the user of its image, what the page says of it, what became of asking
APPS = [
    ("silent", "", "root", "there"),
    ("zero", "0:0", "root", "there"),
    ("named", "app", "name", "there"),
    ("lost", None, "unknown", "missing"),
    ("stranger", None, "unknown", "no_registry"),
    ("hostile", None, "unknown", "unknown"),
    ("numbered", "1000", "fine", "there"),
    ("indexed", "1000:1000", "fine", "there"),
]


@pytest.fixture(scope="module")
def portal():
    """Others would count among what runs."""
    yield from fresh_portal("images")


def serve(portal, name, image):
    """A project whose application runs that image, as the database has it."""
    project = portal.new_project("ali", hook=False, name=name)
    build = portal.add_build(project, image)
    portal.sql(f"WITH d AS (INSERT INTO deployments (project_id, build_id, action, trigger, image, state, finished_at)"
               f" VALUES ({project}, {build}, 'deploy', 'manual', '{image}', 'running', now()) RETURNING id)"
               f" UPDATE projects SET wanted_deployment_id = d.id, serving_deployment_id = d.id, app_state = 'running', takes_cpu = 1,"
               f" takes_memory = 1 FROM d WHERE projects.id = {project}")
    return project


@pytest.fixture(scope="module")
def registry(portal):
    with StandIn("images") as r:
        images = {name: r.image(name, index=name == "indexed", **({"User": user} if user else {})) for name, user, _, _ in APPS}
        images["lost"] = f"{r.address}/lost@sha256:{64 * '0'}"
        images["stranger"] = f"elsewhere.example/stranger@sha256:{64 * '1'}"
        images["hostile"] = r.image("hostile", User="<script>alert(1)</script> \n")
        r.projects = {name: serve(portal, name, images[name]) for name, *_ in APPS}
        portal.wait_sql("SELECT count(*) FROM image_users WHERE said = 'no_registry'", str(len(APPS)))
        # a registry that is new is asked at once
        answer = portal.client("admin").api("POST", "/api/v1/registries", {"name": "images", "address": r.address, "plain_http": True,
                                                                           "pull_username": USER, "pull_password": PASSWORD})
        assert answer.status_code == 201, answer.text
        portal.wait_sql("SELECT count(*) FROM image_users WHERE said <> 'no_registry'", str(len(APPS) - 1))
        yield r


def rows_of(portal):
    rows, cursor = [], ""
    while cursor is not None:
        page = portal.client("admin").json(f"{API}?limit=3{cursor and '&cursor=' + cursor}")
        rows, cursor = rows + page["items"], page["next_cursor"]
    return rows


def test_what_would_break_comes_first(portal, registry):
    rows = rows_of(portal)
    assert [(r["project"], r["user"], r["verdict"], r["read"]) for r in rows] == APPS
    assert [r["project_id"] for r in rows] == [registry.projects[name] for name, *_ in APPS]
    whole = portal.client("admin").json(API)
    assert (whole["pod_security"], whole["applications"], whole["breaking"], whole["unknown"]) == ("baseline", 8, 3, 3)
    # each digest was read once, but that of an image which is asked for again, and the account went to the registry alone
    blobs = [path for path, _ in registry.asked if "/blobs/" in path]
    once = [path for path in blobs if "/hostile/" not in path]
    assert len(once) == len(set(once)) == 5 and len(set(blobs)) == 6
    assert not any(word for path, word in registry.asked if path.startswith("/elsewhere/"))


@pytest.mark.parametrize("language, words", [
    ("en", ("3 of 8 running applications would not start", "of 3 it is not known", "It runs as root.", "Its user is a name", "USER 1000",
            "does not have this image any more", "No registry of that address", "Would start")),
    ("zh", ("8 个运行中的应用里，有 3 个", "3 个尚不清楚", "以 root 运行。", "用户是名称", "USER 1000", "已没有此镜像", "没有登记该地址", "能启动")),
])
def test_the_page_says_so_in_words(portal, registry, language, words):
    page = portal.client("admin").get(PAGE, headers={"Accept-Language": language}).text
    text = html.unescape(re.sub("<[^>]+>", "", page))
    for word in words:
        assert word in text, word
    assert [int(n) for n in re.findall(r'href="/projects/(\d+)"', page)] == list(registry.projects.values())
    assert "<script>alert" not in page and PAGE in portal.client("admin").get("/admin/settings").text
    later = portal.client("admin").get(f"{PAGE}?after={registry.projects['hostile']}", headers={"Accept-Language": language}).text
    assert [int(n) for n in re.findall(r'href="/projects/(\d+)"', later)] == [registry.projects["numbered"], registry.projects["indexed"]]


def test_it_is_for_admins(portal, registry):
    for who in ("teacher", "ali"):
        assert portal.client(who).get(PAGE).status_code == 404
        assert portal.client(who).get(API).status_code == 404


def test_the_form_asks_before_it_is_saved(portal, registry):
    admin, level = portal.client("admin"), "SELECT coalesce((SELECT value FROM settings WHERE name = 'pod_security'), 'baseline')"
    form = "/admin/settings"
    answer = admin.form(form, form, pod_security="restricted", build_limit="3")
    assert answer.status_code == 422 and "3 of 8 running applications" in answer.text and 'name="confirm_pod_security"' in answer.text
    assert answer.text.count(f'href="{PAGE}"') == 2 and 'value="restricted" selected' in answer.text
    # what else is wrong does not lose the answer; nothing is saved before all is right
    answer = admin.form(form, form, pod_security="restricted", confirm_pod_security="1", build_limit="0")
    assert answer.status_code == 422 and re.search(r'name="confirm_pod_security" value="1" checked', answer.text)
    assert portal.sql(level) == "baseline" and not portal.number("SELECT count(*) FROM settings WHERE name = 'build_limit'")
    assert admin.form(form, form, pod_security="restricted", confirm_pod_security="1").status_code == 303
    assert portal.sql(level) == "restricted"
    # it is asked only where it becomes stricter
    assert admin.form(form, form, build_limit="5").status_code == 303
    assert admin.form(form, form, pod_security="baseline").status_code == 303
    assert admin.api("PUT", "/api/v1/settings", {"pod_security": "restricted"}).status_code == 200
    assert admin.api("PUT", "/api/v1/settings", {"reset_pod_security": True}).status_code == 200


def test_what_does_not_run_does_not_count(portal, registry):
    """A stopped application leaves the list; what is not known and not served any more is forgotten, what is known is not."""
    stopped = "lost", "stranger", "hostile", "silent", "zero", "named"
    numbers = ", ".join(str(registry.projects[name]) for name in stopped)
    portal.sql(f"UPDATE projects SET takes_cpu = NULL, takes_memory = NULL WHERE id IN ({numbers})")
    assert [r["project"] for r in rows_of(portal)] == ["numbered", "indexed"]
    admin = portal.client("admin")
    assert "All running applications (2) would start" in admin.get(PAGE).text
    assert admin.form("/admin/settings", "/admin/settings", pod_security="restricted").status_code == 303
    assert admin.api("PUT", "/api/v1/settings", {"reset_pod_security": True}).status_code == 200
    portal.wait_sql("SELECT count(*) FROM image_users", "5")
    portal.sql("UPDATE projects SET takes_cpu = NULL, takes_memory = NULL")
    assert "No application runs." in admin.get(PAGE).text and not admin.json(API)["items"]
