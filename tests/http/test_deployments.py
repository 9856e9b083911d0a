"""Acts on one application by several people at once, and while other things are under way: one outcome, and both can see why."""
import concurrent.futures
import contextlib
import json
import urllib.request

import pytest

from stack import journey
from stack.client import Client

ENDED = ("running", "failed", "stopped", "superseded", "deleted")


def sim(portal, path, body):
    request = urllib.request.Request(portal.stack.kubesim_url + path, data=json.dumps(body).encode(), method="POST",
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"{}")


@pytest.fixture(scope="module")
def teachers(portal):
    """Two of them, each with a session."""
    portal.stack.portalctl("user", "add", "second", "--role", "teacher", "--name", "Second Teacher", "--password-stdin",
                           text=portal.demo.password("second") + "\n")
    portal.stack.portalctl("setting", "set", "apps_per_student", "0")
    yield [Client(portal.url, portal.demo.credentials(login)) for login in ("teacher", "second")]
    portal.stack.portalctl("setting", "reset", "apps_per_student")


@contextlib.contextmanager
def away(portal):
    """The cluster is away: no deployment ends meanwhile."""
    sim(portal, "/_sim/outage", {"seconds": 600})
    try:
        yield
    finally:
        sim(portal, "/_sim/outage", {"seconds": 0})


def build_of(portal, project, number):
    """A build whose image is in the simulated registry."""
    image = f"registry.localhost:5000/test/clicks-{project}"
    digest, commit = f"sha256:{project:032x}{number:032x}", f"{project:020x}{number:020x}"
    sim(portal, "/_sim/images", {"image": f"{image}:{commit[:7]}", "digest": digest, "commit": commit})
    return portal.add_build(project, f"{image}@{digest}", commit)


@pytest.fixture
def builds(portal):
    """A project and two builds of it; nothing is deployed."""
    project = portal.new_project("ali", hook=False)
    return project, build_of(portal, project, 1), build_of(portal, project, 2)


def click(client, project, action, **body):
    answer = client.api("POST", f"/api/v1/projects/{project}/{action}", body)
    assert answer.status_code == 202, answer.text
    return answer.json()


def at_once(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(*call) for call in calls]]


def outcome(portal, project, seconds=180):
    """Waits until all is done; the rows, oldest first. One of them alone counts, and each that gave way names the one that it gave way to."""
    portal.wait_sql(f"SELECT count(*) FROM deployments WHERE project_id = {project} AND state IN ('pending', 'deploying')", "0", seconds)
    ids = [int(n) for n in portal.sql(f"SELECT id FROM deployments WHERE project_id = {project} ORDER BY id").split()]
    rows = [portal.deployment(n) for n in ids]
    assert portal.number(f"SELECT wanted_deployment_id FROM projects WHERE id = {project}") == ids[-1]
    for row in rows:
        assert row["state"] != "superseded" or row["superseded_by"] in ids[ids.index(row["id"]) + 1:], rows
    return rows


def gave_way(portal, clients, earlier, later, who):
    """The one that gave way names its successor and who asked for it, to everybody who looks."""
    for client in clients:
        row = client.json(f"/api/v1/deployments/{earlier}")
        assert (row["state"], row["superseded_by"]) == ("superseded", later), row
        for language, words in (("en", "Replaced by"), ("zh", "已被替代")):
            page = client.get(f"/deployments/{earlier}", headers={"Accept-Language": language}).text
            assert words in page and f"/deployments/{later}" in page and who in page, page[-3000:]


def test_the_last_of_many_events_is_there(portal, teachers, builds):
    """Whoever fights the portal makes ever more of them: what happened last counts."""
    project, build, _ = builds
    click(teachers[0], project, "deploy", build_id=build)
    row = outcome(portal, project)[0]
    before = teachers[0].json(f"/api/v1/deployments/{row['id']}/events")["items"]
    portal.sql(f"INSERT INTO deployment_events (deployment_id, kind, value) SELECT {row['id']}, 'drift', CASE n % 2 WHEN 1 THEN 'seen' ELSE 'repaired' END"
               f" FROM generate_series(1, 200) n; INSERT INTO deployment_events (deployment_id, kind, value, message) VALUES ({row['id']}, 'note', 'last', 'the last one')")
    events = teachers[0].json(f"/api/v1/deployments/{row['id']}/events")["items"]
    assert before[0] not in events and [e["at"] for e in events] == sorted(e["at"] for e in events)
    assert len(events) == 200 and events[-1]["message"] == "the last one"
    assert "the last one" in teachers[0].get(f"/deployments/{row['id']}").text


def test_clicked_twice(portal, teachers, builds):
    project, build, _ = builds
    with away(portal):
        first, second = at_once(*[(lambda: click(teachers[0], project, "deploy", build_id=build),)] * 2)
    assert first["id"] == second["id"] and sorted((first["created"], second["created"])) == [False, True]
    rows = outcome(portal, project)
    assert [r["state"] for r in rows] == ["running"]


def test_by_two_teachers(portal, teachers, builds):
    """Many clicks of two people on two builds: ordered as they were committed, the last one is what runs."""
    project, *both = builds
    with away(portal):
        answers = at_once(*[(lambda c=c, b=b: click(c, project, "deploy", build_id=b),) for c, b in list(zip(teachers, both)) * 4])
    rows = outcome(portal, project)
    assert {r["id"] for r in rows} == {a["id"] for a in answers}
    assert [r["state"] for r in rows] == ["superseded"] * (len(rows) - 1) + ["running"]
    names = {r["id"]: r["created_by"] for r in rows}
    for row in rows[:-1]:
        gave_way(portal, teachers, row["id"], row["superseded_by"], names[row["superseded_by"]])
    digest = rows[-1]["image"].rpartition("@")[2]
    assert portal.sql(f"SELECT d.image LIKE '%{digest}' FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id"
                      f" WHERE p.id = {project}") == "t"
    assert portal.app(project)[0] == 200


def test_while_a_build_deploys(portal, teachers):
    """A push is being deployed when a teacher goes back to what ran before: that is what runs, and the build's row says so."""
    project = portal.new_project("ali")
    before = portal.push(project, "Before")
    old = portal.build_of(project, before)
    assert portal.finish(old)[0] == "success" and portal.deployed(old)[0] == "running"
    portal.fault(fault="unschedulable", count=1, selector=f"hydrosim/project-id={project}")  # until something else is wanted
    new = portal.build_of(project, portal.push(project, "After"))
    assert (ended := portal.finish(new))[0] == "success", ended
    auto = journey.wait_for(lambda: portal.number(f"SELECT id FROM deployments WHERE build_id = {new} AND state = 'deploying'"), 60, "its deployment")
    assert before in portal.app(project)[1]
    page = teachers[1].get(f"/projects/{project}").text
    assert "Running since" in page and "does not answer now" not in page  # the version before does, all the while
    asked = click(teachers[1], project, "deploy", build_id=old)
    rows = outcome(portal, project)
    assert [r["state"] for r in rows[-2:]] == ["superseded", "running"]
    gave_way(portal, teachers, auto, asked["id"], "Second Teacher")
    assert before in portal.app(project)[1]
    portal.no_faults()


def test_while_the_cluster_is_away(portal, teachers, builds):
    project, one, two = builds
    with away(portal):
        first = click(teachers[0], project, "deploy", build_id=one)
        journey.wait_for(lambda: "The cluster does not answer" in teachers[0].get(f"/projects/{project}").text, 60, "the page to say so")
        second = click(teachers[1], project, "deploy", build_id=two)
    rows = outcome(portal, project)
    assert [r["state"] for r in rows] == ["superseded", "running"]
    gave_way(portal, teachers, first["id"], second["id"], "Second Teacher")


def test_while_stopped(portal, teachers, builds):
    """Started by one and deployed by the other, and stopped at the same time: the last one counts."""
    project, one, two = builds
    click(teachers[0], project, "deploy", build_id=one)
    outcome(portal, project)
    click(teachers[0], project, "stop")
    assert outcome(portal, project)[-1]["state"] == "stopped"
    at_once((lambda: click(teachers[0], project, "start"),), (lambda: click(teachers[1], project, "deploy", build_id=two),))
    last = outcome(portal, project)[-1]
    assert last["state"] == "running" and portal.app(project)[0] == 200
    at_once((lambda: click(teachers[0], project, "stop"),), (lambda: click(teachers[1], project, "deploy", build_id=one),))
    last = outcome(portal, project)[-1]
    assert last["state"] == ("stopped" if last["action"] == "stop" else "running"), last
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", last["state"])


# --- limits, probes, variables, what was applied -------------------------------------------------------------------------------------

def applied(portal, project):
    """The Deployment in the cluster."""
    url = f"{portal.stack.kubesim_url}/apis/apps/v1/namespaces/hydrosim-students/deployments/prj-{project}"
    request = urllib.request.Request(url, headers={"Authorization": "Bearer test"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["spec"]["template"]["spec"]["containers"][0]


def test_limits_probes_and_variables_are_what_the_settings_say(portal, teachers, builds):
    project, one, two = builds
    api = teachers[0].api
    assert api("PUT", f"/api/v1/projects/{project}", {"container_port": 9000, "health_path": "/ready"}).status_code == 200
    assert api("PUT", f"/api/v1/projects/{project}/variables/PASSWORD", {"value": "canary-secret-value", "secret": True}).json()["value"] is None
    portal.stack.portalctl("setting", "set", "app_memory", "256Mi")
    portal.stack.portalctl("setting", "set", "shared_env", "DB_HOST=db.example\nPASSWORD=shared")
    try:
        first = click(teachers[0], project, "deploy", build_id=one)["id"]
        outcome(portal, project)
        container = applied(portal, project)
        assert container["resources"]["limits"]["memory"] == "256Mi" and "ephemeral-storage" in container["resources"]["limits"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert (container[probe]["httpGet"]["path"], container[probe]["httpGet"]["port"]) == ("/ready", 9000), container
        env = {e["name"]: e for e in container["env"]}
        assert env["DB_HOST"]["value"] == "db.example" and env["PORT"]["value"] == "9000"
        assert not env["PASSWORD"].get("value") and env["PASSWORD"]["valueFrom"]["secretKeyRef"]["key"] == "PASSWORD"
        portal.stack.portalctl("setting", "set", "app_memory", "128Mi")
        api("PUT", f"/api/v1/projects/{project}/variables/PASSWORD", {"value": "canary-second-value", "secret": True})
        second = click(teachers[0], project, "deploy", build_id=two)["id"]
        outcome(portal, project)
    finally:
        portal.stack.portalctl("setting", "reset", "app_memory")
        portal.stack.portalctl("setting", "reset", "shared_env")
    changes = teachers[0].json(f"/api/v1/deployments/{second}/changes")
    assert changes["with"] == first
    told = {c["variable"] or c["field"]: c for c in changes["changes"]}
    assert (told["memory"]["before"], told["memory"]["after"]) == ("256Mi", "128Mi")
    assert told["PASSWORD"]["secret"] and "image" in told and "port" not in told
    everything = "".join(teachers[0].get(path).text for path in (
        f"/projects/{project}", f"/projects/{project}/variables", f"/deployments/{second}", f"/api/v1/deployments/{second}/changes",
        f"/api/v1/deployments/{second}", f"/api/v1/projects/{project}/variables"))
    assert "canary-" not in everything + portal.sql(f"SELECT snapshot, details, message FROM deployments WHERE project_id = {project}")
    back = click(teachers[1], project, "rollback", deployment_id=first)["id"]
    rows = outcome(portal, project)
    assert rows[-1]["id"] == back and rows[-1]["image"] == rows[0]["image"]
