"""What operators run on a portal that works: verify, backfill, a roster, the clusters, what they hold."""
import os
import pathlib
import re
import subprocess

import pytest

from conftest import fresh_portal

from stack import journey
from stack.middleman import Middleman
from stack.standin import PASSWORD, TOKEN, USER, StandIn

NS = "hydrosim-students"


@pytest.fixture(scope="module")
def portal():
    """All that there is is compared: nothing of other tests may be there."""
    yield from fresh_portal("operators", head_poll_interval=10)


@pytest.fixture(scope="module")
def ctl(portal):
    """Runs a command; its exit code, standard output and standard error."""
    def run(*argv, text=None, env=None):
        stack = portal.stack
        process = subprocess.run([stack.build / "portalctl", *map(str, argv)], input=text, capture_output=True, text=True, timeout=300,
                                 env={**os.environ, **stack.environment(), **(env or {})})
        return process.returncode, process.stdout, process.stderr
    return run


def token(portal, tmp_path):
    """An API token of the admin, in a file."""
    admin = portal.client("admin", fresh=True)
    answer = admin.api("POST", "/api/v1/auth/tokens", body={"name": "verify", "scopes": "read", "days": 1})
    assert answer.status_code == 201, answer.text
    path = pathlib.Path(tmp_path / "token")
    path.write_text(answer.json()["token"] + "\n")
    return path


def deployment(name, project):
    labels = {"app.kubernetes.io/managed-by": "hydrosim-portal", "hydrosim/project-id": str(project)}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "x"}]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
            "spec": {"replicas": 0, "selector": {"matchLabels": {"hydrosim/project-id": str(project)}}, "template": pod}}


@pytest.fixture(scope="module")
def running(portal):
    project = portal.new_project("ali")
    assert portal.deployed(portal.build_of(project, portal.push(project, "Operators")))[0] == "running"
    return project


# --- verify --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def registry(portal):
    """A server that answers where the registry's images are said to be: the simulated cluster needs none."""
    portal.wait_sql("SELECT count(*) FROM builds WHERE phase <> 'done'", "0")
    was = portal.sql("SELECT address FROM registries WHERE name = 'course'")
    with StandIn("open") as server:
        portal.sql(f"UPDATE registries SET address = '{server.address}' WHERE name = 'course'")
        yield server
        portal.sql(f"UPDATE registries SET address = '{was}' WHERE name = 'course'")


@pytest.fixture(scope="module")
def namespace(portal):
    portal.cluster("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "students-verify"}})
    return "students-verify"


@pytest.fixture
def outside(portal, registry, namespace):
    """One more of each outside system, all well: what may be told to misbehave."""
    admin = portal.client("admin", fresh=True)
    with StandIn("basic") as images, StandIn("gitea") as forge, Middleman(portal.stack.kubesim_url) as cluster:
        rows = {"registries": {"name": "lab", "address": images.address, "plain_http": True, "push_username": USER, "push_password": PASSWORD,
                               "pull_username": USER, "pull_password": PASSWORD},
                "gitea-servers": {"name": "forge", "url": f"http://{forge.address}", "token": TOKEN},
                "kubernetes/clusters": {"name": "second", "kind": "token", "server": cluster.url, "token": "canary-cluster-token",
                                        "students_namespace": namespace}}
        made = {}
        try:
            for kind, row in rows.items():
                answer = admin.api("POST", f"/api/v1/{kind}", row)
                assert answer.status_code == 201, answer.text
                made[kind] = answer.json()["id"]
            yield images, forge, cluster, made
        finally:
            for kind, number in made.items():
                assert admin.api("DELETE", f"/api/v1/{kind}/{number}").status_code == 204


def of(out, what, name):
    """The verdict and the words of one system's row."""
    found = [line.split(None, 2)[1:] for line in out.split("\n") if line.split(None, 2)[0:1] == [what]]
    return next((verdict, words) for verdict, words in found if words.startswith(name))


def test_verify_asks_every_outside_system(portal, ctl, running, outside):
    images, forge, cluster, made = outside
    code, out, err = ctl("verify")
    assert code == 0, out + err
    for what, name, words in (("cluster", "main at ", "v1."), ("cluster", "second at ", cluster.url), ("registry", "course at ", ""),
                              ("registry", "lab at ", images.address), ("gitea", "forge at ", "portal-robot")):
        verdict, said = of(out, what, name)
        assert verdict == "ok" and words in said, out
    assert PASSWORD not in out and TOKEN not in out and "canary" not in out
    # A password that is refused, a token that is refused, each named with what to do; the others are well.
    admin = portal.client("admin", fresh=True)
    assert admin.api("PUT", f"/api/v1/registries/{made['registries']}", {"push_password": "canary-wrong"}).status_code == 200
    cluster.behave("refuse")
    code, out, _ = ctl("verify")
    assert code == 1
    verdict, said = of(out, "registry", "lab at ")
    assert verdict == "FAILED" and "Account that pushes is accepted: The registry refuses user and password" in said and "pulls" not in said, out
    verdict, said = of(out, "cluster", "second at ")
    assert verdict == "FAILED" and "The cluster refuses the credential: make a new token" in said, out
    assert [of(out, *which)[0] for which in (("cluster", "main"), ("registry", "course"), ("gitea", "forge"))] == ["ok"] * 3, out
    assert out.count("FAILED") == 2 and "canary" not in out
    # Servers that are away or answer something else.
    cluster.behave("html")
    assert admin.api("PUT", f"/api/v1/registries/{made['registries']}", {"address": "127.0.0.1:1", "push_username": "", "pull_username": ""}).status_code == 200
    forge.mode = "html"
    code, out, _ = ctl("verify")
    assert code == 1 and out.count("FAILED") == 3, out
    assert "Nothing takes connections there" in of(out, "registry", "lab at ")[1]
    assert "it is not Gitea" in of(out, "gitea", "forge at ")[1]
    assert of(out, "cluster", "second at ")[0] == "FAILED"


def test_verify_names_what_does_not_open(portal, ctl, running, outside):
    code, out, _ = ctl("verify", env={"SECRET_KEYS": "other:" + 64 * "7"})
    assert code == 1
    for what, name in (("registry", "lab: "), ("gitea", "forge: "), ("cluster", "second: ")):
        assert of(out, what, name)[0] == "FAILED" and "SECRET_KEYS" in of(out, what, name)[1], out


def test_verify_passes_and_asks_every_endpoint(portal, ctl, running, registry, tmp_path):
    code, out, err = ctl("verify", "--token-file", token(portal, tmp_path), env={"ALLOW_WRITE_TESTS": "true"})
    assert code == 0, out + err
    rows = dict(line.split(None, 1) for line in out.strip().split("\n"))
    assert set(rows) == {"database", "archive", "cluster", "registry", "gitea", "rows", "endpoints", "writing"}
    assert int(rows["endpoints"].split()[1]) > 80 and "0 failed" in rows["endpoints"]
    before = portal.sql(f"SELECT deploy_key_public FROM build_configs WHERE project_id = {running}")
    assert ctl("verify", env={"ALLOW_WRITE_TESTS": "true"})[0] == 0  # as nobody: nothing is shown, nothing fails
    assert portal.sql(f"SELECT deploy_key_public FROM build_configs WHERE project_id = {running}") == before
    assert "writing" not in ctl("verify")[1]


def test_verify_names_what_is_wrong(portal, ctl, running, registry, tmp_path):
    portal.sql(f"UPDATE projects SET takes_cpu = NULL, takes_memory = NULL WHERE id = {running}")
    bad = tmp_path / "bad"
    bad.write_text("nonsense\n")
    code, out, _ = ctl("verify", "--token-file", bad)
    portal.sql(f"UPDATE projects SET takes_cpu = 500, takes_memory = 536870912 WHERE id = {running}")
    assert code == 1 and f"({running})" in out and "takes of the quotas" in out
    assert "the token was not taken" in out
    code, out, _ = ctl("verify", "--url", "http://127.0.0.1:1")
    assert code == 1 and "endpoints   FAILED" in out
    assert ctl("verify", "--nonsense")[0] == 2 and "ALLOW_WRITE_TESTS must be true or false" in ctl("verify", env={"ALLOW_WRITE_TESTS": "yes"})[2]


# --- backfill and roster ---------------------------------------------------------------------------------------------------------------


def test_backfill_rehearses_then_does(portal, ctl):
    portal.stack.portalctl("course", "add", "BACK-1", "Backfill")
    for number, login in (("b1", "noor"), ("b2", None)):
        portal.stack.portalctl("student", "add", "BACK-1", number, f"Student {number}", *(("--user", login) if login else ()))
    count = "SELECT count(*) FROM projects p JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id WHERE c.code = 'BACK-1'"
    argv = ("backfill", "--course", "BACK-1", "--project", "web", "--repo", "ssh://git@git.example.edu/{login}/{project}.git")
    code, out, err = ctl(*argv)
    assert code == 1 and portal.number(count) == 0 and "repeat with --apply" in err
    assert sorted(line.split("\t")[0] for line in out.strip().split("\n")) == ["FAILED", "would"] and "needs a login" in out
    code, out, _ = ctl(*argv, "--apply")
    assert code == 1 and portal.number(count) == 1
    assert "done\tBACK-1\tb1\tweb\tproject\tssh://git@git.example.edu/noor/web.git" in out
    project = portal.number(count.replace("count(*)", "p.id"))
    assert portal.number(f"SELECT count(*) FROM audit_log WHERE project_id = {project} AND role = 'system'") == 1
    portal.sql(f"DELETE FROM build_configs WHERE project_id = {project}")  # a project of an earlier release
    code, out, _ = ctl("backfill", "--course", "BACK-1", "--repo", "ssh://git@git.example.edu/{number}/{project}.git", "--apply")
    assert code == 0 and "\tweb\tconfiguration\t" in out and "\tapp\tproject\t" in out
    assert portal.sql(f"SELECT repo_url, deploy_key_public IS NOT NULL FROM build_configs WHERE project_id = {project}") \
        == "ssh://git@git.example.edu/b1/web.git\tt"
    code, out, err = ctl("backfill", "--course", "BACK-1", "--repo", "ssh://git@git.example.edu/x.git", "--apply")
    assert (code, out) == (0, "") and err.startswith("0 students")
    assert ctl("backfill")[0] == 2 and ctl("backfill", "--repo", "x", "--course", "NONE")[0] == 1
    assert ctl("backfill", "--course", "BACK-1", "--repo", "ftp://x")[0] == 0  # nobody is left to give it to


def test_a_roster_rehearses_then_is_imported(portal, ctl, tmp_path):
    portal.stack.portalctl("course", "add", "ROST-1", "Roster")
    table = tmp_path / "roster.csv"
    table.write_text("学号,姓名\nr1,阿里\nr2,Ben\nr 3,Bad\n")
    count = "SELECT count(*) FROM students s JOIN courses c ON c.id = s.course_id WHERE c.code = 'ROST-1'"
    code, out, err = ctl("roster", "import", "ROST-1", table, "--accounts")
    assert code == 1 and portal.number(count) == 0 and "3 lines, 2 change something, 1 with a fault; nothing was changed" in err
    assert "\tnew\tr1\t阿里\tr1\taccount" in out and "FAILED" in out and "A number is 1 to 40 letters" in out
    code, out, err = ctl("roster", "import", "ROST-1", "-", "--accounts", "--apply", text="r1,阿里\nr2,Ben\n")
    assert code == 0 and portal.number(count) == 2, err
    assert portal.sql("SELECT role FROM users WHERE login = 'r2'") == "student"
    code, out, err = ctl("roster", "import", "ROST-1", "-", text="r1,阿里\n")
    assert code == 0 and out.split("\t")[1] == "same", out + err
    code, out, err = ctl("roster", "import", "ROST-1", "-", text="\nr1,阿里\n\n\"r 4\",\"Two\nlines\"\nr2,Ben\n")
    assert [line.split("\t")[0] for line in re.findall(r"^\d+\t.*", out, re.M)] == ["2", "4", "6"], out + err
    assert ctl("roster", "import", "NONE", table)[0] == 1 and ctl("roster", "import", "ROST-1")[0] == 2
    assert "the table is empty" in ctl("roster", "import", "ROST-1", "-", text="")[2].lower() or ctl("roster", "import", "ROST-1", "-", text="")[0] == 1


# --- clusters --------------------------------------------------------------------------------------------------------------------------


def test_clusters_are_checked(portal, ctl, running):
    portal.wait_sql("SELECT guard_faults FROM clusters WHERE kind = 'own'", "[]", seconds=120)
    code, out, err = ctl("clusters", "check")
    assert code == 0, out + err
    rows = [line.split("\t") for line in out.strip().split("\n")]
    assert all(row[0] == "main" for row in rows) and ["main", "guards", "ok"] in [row[:3] for row in rows]
    assert any(row[1] == f"right {NS}/deployments.apps" and row[2] == "ok" for row in rows)
    assert any(row[1] == "processes" and row[2] == "unknown" for row in rows)
    code, out, _ = ctl("clusters", "check", env={"K8S_CONFIG_PATH": "/nonexistent"})
    assert code == 1 and "main\topen\tFAILED" in out
    assert "there is no cluster x" in ctl("clusters", "check", "--cluster", "x")[2]


def test_what_the_clusters_hold_is_compared(portal, ctl, running):
    """Of a project that is gone, of one that was never deployed, and one that is missing; left-overs are deleted on request."""
    never = portal.new_project("ali")
    root = f"/apis/apps/v1/namespaces/{NS}/deployments"
    portal.cluster("POST", root, deployment("prj-999999", 999999))
    portal.cluster("POST", root, deployment(f"prj-{never}", never))
    code, out, _ = ctl("deployments", "reconcile")
    assert code == 1
    assert f"main\t999999\tunknown\t" in out and f"main\t{never}\tleft over\t" in out and f"main\t{running}\t" not in out
    assert ctl("deployments", "reconcile", "--apply")[0] == 0
    journey.wait_for(lambda: f"prj-{never}" not in [o["metadata"]["name"] for o in portal.cluster("GET", root)["items"]], 120, "the left-over")
    assert "prj-999999" in [o["metadata"]["name"] for o in portal.cluster("GET", root)["items"]]
    portal.cluster("DELETE", f"{root}/prj-999999")
    code, out, err = ctl("deployments", "reconcile")
    assert code == 0 and out == "" and "0 differences" in err, out
    assert "\tunknown\t" in ctl("deployments", "reconcile", env={"K8S_CONFIG_PATH": "/nonexistent"})[1]
