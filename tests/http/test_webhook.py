"""The webhook: what Gitea sends, and what anybody else may send there. W numbers are those of the threat list."""
import concurrent.futures
import http.client
import json
import pathlib
import urllib.parse
import uuid

import pytest

from stack import gitea_hook, repos

PATH = "/api/v1/webhooks/gitea"
FIXTURES = pathlib.Path(__file__).parents[2].parent / "shared" / "fixtures" / "gitea"


def post(portal, raw, headers, path=PATH, method="POST"):
    """Sends exactly these bytes and headers. Status and answer."""
    u = urllib.parse.urlsplit(portal.url)
    connection = http.client.HTTPConnection(u.hostname, u.port, timeout=60)
    connection.request(method, path, body=raw, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def signed(portal, project, raw, event="push", secret=None, delivery=None):
    return gitea_hook.headers(event, raw, secret or portal.projects[project]["secret"], delivery)


def deliver(portal, project, raw, event="push", secret=None, delivery=None):
    return post(portal, raw, signed(portal, project, raw, event, secret, delivery))


def builds(portal, project):
    return portal.number(f"SELECT count(*) FROM builds WHERE project_id = {project}")


def last_delivery(portal, project):
    row = portal.sql(f"SELECT outcome, reason FROM webhook_deliveries WHERE project_id = {project} ORDER BY id DESC LIMIT 1")
    return tuple(row.split("\t"))


@pytest.fixture
def quiet(portal):
    """A project whose repository does not call by itself and whose branch is not polled, and its head."""
    project = portal.new_project("ali")
    (portal.projects[project]["bare"] / "hooks" / "post-receive").unlink()
    return project, portal.head(project)


def test_signed_push_makes_one_build(portal, quiet):
    project, sha = quiet
    raw = portal.push_body(project, sha)
    status, text = deliver(portal, project, raw)
    assert status in (200, 202), text
    assert builds(portal, project) == 1
    assert last_delivery(portal, project) == ("accepted", "build_created")


def test_w1_forged_signatures_are_refused(portal, quiet):
    project, sha = quiet
    raw = portal.push_body(project, sha)
    good = signed(portal, project, raw)["X-Gitea-Signature"]
    pushed = "SELECT count(*) FROM builds WHERE trigger = 'push'"  # of any project; the worker may build what it finds itself
    before = portal.number(pushed)
    empty_key = gitea_hook.headers("push", raw, "")["X-Gitea-Signature"]
    wrong = ("0" if good[0] != "0" else "1") + good[1:]
    for signature in (None, "", good[:-1], good + "0", "sha256=" + good, wrong, empty_key, "z" * 64, good[:-1] + " "):
        headers = signed(portal, project, raw)
        for name in list(headers):
            if "Signature" in name:
                del headers[name]
        if signature is not None:
            headers["X-Gitea-Signature"] = signature
        status, text = post(portal, raw, headers)
        assert status == 401, (signature, status, text)
    assert portal.number(pushed) == before
    assert portal.number(f"SELECT count(*) FROM webhook_deliveries WHERE project_id = {project}") == 0


def test_unverified_deliveries_are_counted_in_a_bounded_ring(portal, quiet):
    project, sha = quiet
    raw = portal.push_body(project, sha)
    for _ in range(300):
        assert deliver(portal, project, raw, secret="wrong")[0] == 401
    assert 0 < portal.number("SELECT count(*) FROM webhook_rejects") <= 256


def test_w3_the_same_delivery_a_hundred_times_is_one_build(portal, quiet):
    project, sha = quiet
    raw = portal.push_body(project, sha)
    one = str(uuid.uuid4())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda n: deliver(portal, project, raw, delivery=one), range(60)))
        new = list(pool.map(lambda n: deliver(portal, project, raw), range(60)))
    assert all(200 <= status < 300 for status, _ in again + new), {s for s, _ in again + new}
    assert builds(portal, project) == 1


def test_w4_a_secret_speaks_for_its_own_project_alone(portal, quiet):
    project, sha = quiet
    other = portal.new_project("mei")
    raw = portal.push_body(project, sha)
    status, text = deliver(portal, project, raw, secret=portal.projects[other]["secret"])
    assert status in (401, 403), text
    assert builds(portal, project) == 0 and builds(portal, other) == 0


def test_w5_addresses_in_the_body_do_not_count(portal, quiet):
    project, sha = quiet
    body = json.loads(portal.push_body(project, sha))
    body["repository"]["clone_url"] = "https://attacker.invalid/x.git"
    body["repository"]["ssh_url"] = "ssh://git@attacker.invalid/x.git"
    body["repository"]["default_branch"] = "evil"
    raw = gitea_hook.encode(body)
    assert 200 <= deliver(portal, project, raw)[0] < 300
    assert "attacker" not in portal.sql(f"SELECT config::text || image_repo FROM builds WHERE project_id = {project}")


def test_w6_method_and_type(portal, quiet):
    project, sha = quiet
    raw = portal.push_body(project, sha)
    headers = signed(portal, project, raw)
    assert post(portal, None, {}, method="GET")[0] == 405
    form = b"payload=" + urllib.parse.quote(raw).encode()
    assert post(portal, form, {**signed(portal, project, form), "Content-Type": "application/x-www-form-urlencoded"})[0] == 415
    assert post(portal, raw, {**headers, "Content-Encoding": "gzip"})[0] == 415
    assert builds(portal, project) == 0


@pytest.mark.parametrize("ref, reason", [
    ("refs/tags/v1", "tag"), ("refs/heads/other", "other_branch"), ("refs/notes/x", None), ("--upload-pack=x", "bad_ref"),
    ("refs/heads/--upload-pack=x", "bad_ref"), ("refs/heads/../../x", "bad_ref"), ("refs/heads/a..b", "bad_ref"),
    ("refs/heads/a\u0000b", "bad_ref"), ("refs/heads/ma\nin", "bad_ref"), ("refs/heads/main.lock", "bad_ref"), ("", "bad_ref"),
])
def test_refs_that_build_nothing(portal, quiet, ref, reason):
    project, sha = quiet
    body = json.loads(portal.push_body(project, sha))
    body["ref"] = ref
    status, text = deliver(portal, project, gitea_hook.encode(body))
    assert status < 500, text
    assert builds(portal, project) == 0
    if 200 <= status < 300 and reason:
        assert last_delivery(portal, project)[1] == reason


@pytest.mark.parametrize("sha", ["", "HEAD", "-1", "0" * 40, "g" * 40, "a" * 39, "a" * 41, "../../etc/passwd", "A" * 40])
def test_commits_that_are_none(portal, quiet, sha):
    project, head = quiet
    body = json.loads(portal.push_body(project, head))
    body["after"] = sha
    status, text = deliver(portal, project, gitea_hook.encode(body))
    assert status < 500, text
    assert builds(portal, project) == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"ref":1}', b'{"ref":"refs/heads/main","after":{}}',
                                 b'{"repository":[]}', b"\xff\xfe", b'{"repository":{"full_name":"\\ud800"}}', b"[" * 5000,
                                 b'{"a":' * 5000])
def test_bodies_that_gitea_does_not_send(portal, quiet, raw):
    project, _ = quiet
    status, text = deliver(portal, project, raw)
    assert 400 <= status < 500, (status, text)
    assert builds(portal, project) == 0


def test_signed_body_of_another_shape(portal, quiet):
    project, sha = quiet
    good = json.loads(portal.push_body(project, sha))
    for change in ({"commits": None}, {"commits": "x"}, {"commits": [1, None, {"id": 5}]}, {"head_commit": []}, {"pusher": 7},
                   {"head_commit": {"message": 5}}, {"repository": {**good["repository"], "id": "x"}}):
        status, text = deliver(portal, project, gitea_hook.encode({**good, **change}))
        assert status < 500, (change, text)


def test_too_large(portal, quiet):
    project, sha = quiet
    body = json.loads(portal.push_body(project, sha))
    body["padding"] = "x" * (2 << 20)
    raw = gitea_hook.encode(body)
    assert deliver(portal, project, raw)[0] == 413
    assert builds(portal, project) == 0
    body["padding"] = "x" * ((2 << 20) - 20000)
    assert 200 <= deliver(portal, project, gitea_hook.encode(body))[0] < 300
    assert builds(portal, project) == 1


@pytest.mark.parametrize("message, expected", [("fix [skip ci]", "skip_ci"), ("fix [ci skip]", "skip_ci"), ("fix", "build_created")])
def test_skip_ci(portal, quiet, message, expected):
    project, sha = quiet
    body = json.loads(portal.push_body(project, sha))
    body["head_commit"]["message"] = body["commits"][0]["message"] = message + "\n"
    assert 200 <= deliver(portal, project, gitea_hook.encode(body))[0] < 300
    assert last_delivery(portal, project)[1] == expected


def test_deletion_and_other_events_are_recorded(portal, quiet):
    project, sha = quiet
    hook = portal.hook_of(project)
    bare = portal.projects[project]["bare"]
    for event, body in [*gitea_hook.events(bare, hook, sha, gitea_hook.ZERO, "refs/heads/main"),
                        ("create", {"sha": sha, "ref": "main", "ref_type": "branch", "repository": gitea_hook.repository("ali", hook["name"], project)}),
                        ("issues", {"action": "opened", "repository": gitea_hook.repository("ali", hook["name"], project)})]:
        raw = gitea_hook.encode(body)
        status, text = deliver(portal, project, raw, event)
        assert 200 <= status < 300, (event, text)
        assert last_delivery(portal, project)[0] == "ignored"
    assert builds(portal, project) == 0


def test_two_projects_of_one_repository(portal):
    first = portal.new_project("ali", hook=False)
    p = portal.projects[first]
    out = portal.stack.portalctl("student", "add", "HYDRO-101", f"B{first}", "Second", "--user", "mei", "--project", "shared", "--repo",
                                 f"file://{p['bare']}")
    second = int(next(line.split()[1] for line in out.splitlines() if line.startswith("project ")))
    secret = portal.stack.portalctl("project", "secret", second)
    repos.install_hook(p["bare"], f"{portal.url}{PATH}", [p["secret"], secret], first)
    sha = portal.push(first, "For both")
    assert portal.build_of(first, sha) != portal.build_of(second, sha)


def test_every_captured_delivery_of_a_real_gitea(portal):
    """Signed with another secret: none is believed. Signed with the project's own: each has its outcome, none breaks anything."""
    if not FIXTURES.is_dir():
        pytest.skip("the captured deliveries are not beside the checkout")
    bare = portal.stack.home / "git" / "mei" / "hydro-sim.git"
    project = portal.new_project("mei", name="hydro-sim", hook=False)
    assert portal.projects[project]["bare"] == bare
    outcomes = []
    for path in sorted(FIXTURES.glob("*.body")):
        raw = path.read_bytes()
        event = path.stem.split("-")[1]
        lines = path.with_suffix(".headers").read_text().splitlines()
        captured = dict(line.split(": ", 1) for line in lines if not line.startswith(("Host:", "Content-Length:")))
        assert post(portal, raw, captured)[0] == 401
        status, text = deliver(portal, project, raw, event)
        assert 200 <= status < 300, (path.name, text)
        outcomes.append(last_delivery(portal, project)[1])
    assert outcomes[0] == "build_created"
    assert outcomes[2] in ("event", "other_branch") and outcomes[3] == "other_branch"
    assert outcomes[4] == "tag" and outcomes[7] == "skip_ci"
    live = portal.number(f"SELECT count(*) FROM builds WHERE project_id = {project} AND status IN ('pending', 'running')")
    assert live <= 2


def test_w8_back_to_an_earlier_commit_deploys_without_a_build(portal, project):
    """A, then B, then A again by force: A runs at the end, by its digest, from two builds."""
    a = portal.push(project, "A")
    first = portal.build_of(project, a)
    assert (ended := portal.finish(first))[0] == "success", ended
    assert portal.deployed(first)[0] == "running"
    b = portal.push(project, "B")
    second = portal.build_of(project, b)
    assert (ended := portal.finish(second))[0] == "success", ended
    assert portal.deployed(second)[0] == "running"
    repos.git(portal.checkout(project), "push", "-q", "-f", "origin", f"{a}:main")
    portal.wait_sql(f"SELECT d.build_id FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id WHERE p.id = {project}",
                    str(first))
    assert portal.number(f"SELECT count(*) FROM builds WHERE project_id = {project}") == 2
    assert a[:7] in portal.app(project)[1]
