"""The portal under k8s/rbac.yaml and nothing else: no call is refused, what is granted is what is used, and a right that is taken away is named."""
import copy
import json
import os
import subprocess

import pytest
import yaml

from stack.journey import wait_for
from stack.paths import ROOT
from stack.rights import granted, needed, roles

# Granted and not used by this journey: D2 of the requirements names the verbs of these kinds as a whole, for the pages of resources.
WHOLE = {("apps", "deployments"), ("", "services"), ("", "pods"), ("", "pods/log"), ("networking.k8s.io", "ingresses"), ("batch", "jobs")}
# Events are asked for when something goes wrong, and Secrets of builds and jobs are put away when a worker has died.
SELDOM = {("", "events"), ("", "secrets")}
# Read, and in the terminal's case used, where a person opens those pages: not by this journey.
PAGES = {("", "configmaps"), ("", "resourcequotas"), ("", "namespaces"), ("metrics.k8s.io", "pods"), ("", "pods/exec")}
NEEDED = ("student-project-manager", "student-build-manager")


@pytest.fixture(scope="module")
def manifest(watched):
    text = (ROOT / "k8s" / "rbac.yaml").read_text()
    for name in ("system", "students", "builds"):
        text = text.replace(f"hydrosim-{name}", watched.stack.namespace(name))
    return text


@pytest.fixture(scope="module")
def used(watched):
    """A build, a deployment and every act on it; what the portal asked the API server for."""
    project = watched.ids["ali"]
    sha = watched.push_to_gitea("ali", "Under exact rights")
    build = watched.build_of(project, sha, 60)
    assert watched.finish(build, 300)[0] == "success"
    assert watched.deployed(build, 120)[0] == "running"
    teacher = watched.client("teacher")
    assert teacher.get(f"/projects/{project}/log").status_code == 200
    for act, state in (("restart", "running"), ("stop", "stopped"), ("start", "running"), ("delete", "none")):
        assert teacher.post(f"/projects/{project}/{act}").status_code == 303
        watched.wait_sql("SELECT app_state = '{}' AND w.state NOT IN ('pending', 'deploying') FROM projects p JOIN deployments w"
                         " ON w.id = p.wanted_deployment_id WHERE p.id = {}".format(state, project), seconds=60)
    return list(watched.man.answered)


def test_no_call_is_refused(watched, manifest, used):
    assert [(m, p) for m, p, status in used if status in (401, 403)] == []
    beyond = set().union(*(needed(*one) for one in used)) - granted(manifest)
    assert not beyond, beyond


def test_no_right_is_unused(manifest, used):
    """But for whole kinds that a requirement names, and what is seldom needed."""
    asked = set().union(*(needed(*one) for one in used))
    unused = granted(manifest) - asked
    print("unused:", sorted(unused))
    assert not {right for right in unused if right[1:3] not in WHOLE | SELDOM | PAGES}
    assert {right[:3] for right in granted(manifest)} - {right[:3] for right in asked} <= {
        (ns, group, resource) for ns, group, resource, _ in granted(manifest) if (group, resource) in SELDOM | PAGES | {("", "pods/log")}}


def test_the_guards_are_there(watched, used):
    """As the API server took them, and nothing is left to say."""
    ns = watched.stack.namespace("students")
    for kind in ("networkpolicy", "resourcequota", "limitrange"):
        found = json.loads(watched.stack.kubectl("-n", ns, "get", kind, "hydrosim-applications", "-o", "json"))
        assert found["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "hydrosim-portal"
    watched.wait_sql("SELECT guard_faults FROM clusters WHERE kind = 'own'", "[]", seconds=60)


def check(portal):
    """Which verbs `portalctl clusters check` misses, as rights; its exit code; the Roles that it would have applied."""
    done = subprocess.run([portal.stack.build / "portalctl", "clusters", "check"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **portal.stack.environment()})
    missing = set()
    for row in (line.split("\t") for line in done.stdout.splitlines()):
        if row[1].startswith("right ") and row[2] in ("missing", "FAILED"):
            ns, _, rest = row[1].removeprefix("right ").partition("/")
            resource, _, group = rest.partition(".")
            missing |= {(ns, group, resource, verb) for verb in row[3].partition(" (Role")[0].split(", ")}
    return missing, done.returncode, done.stderr


def without(role, taken):
    """The Role without those rights, a rule for each resource."""
    role, ns = copy.deepcopy(role), role["metadata"]["namespace"]
    rules = [(g, r, [v for v in rule["verbs"] if (ns, g, r, v) not in taken]) for rule in role["rules"] for g in rule["apiGroups"] for r in rule["resources"]]
    role["rules"] = [{"apiGroups": [g], "resources": [r], "verbs": verbs} for g, r, verbs in rules if verbs]
    return role


def rounds(rights):
    """Each right in one of them; in a round at most one verb of a resource."""
    verbs = {}
    for *thing, verb in sorted(rights):
        verbs.setdefault(tuple(thing), []).append(verb)
    return [{(*thing, of[i]) for thing, of in verbs.items() if i < len(of)} for i in range(max(map(len, verbs.values())))]


def test_each_right_that_is_taken_away_is_named(watched, manifest, used):
    """From a portal that stands still, one verb of each resource at a time: what is missing is named precisely, with the Roles that mend it."""
    watched.stack.processes.stop("worker")
    watched.direct()
    wait_for(lambda: check(watched)[0] == set(), 20, "all rights")
    gone = set()
    try:
        for taken in rounds(granted(manifest)):
            watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump_all([without(role, taken) for role in roles(manifest)]))
            wait_for(lambda: check(watched)[0] == taken, 30, f"these to be missed, and nothing else: {taken}")
            _, code, said = check(watched)
            names = {role["metadata"]["name"] for role in roles(manifest) if granted(yaml.safe_dump(role)) & taken}
            assert code == 1 and all(f"name: {name}\n" in said for name in names)
            gone |= taken
        assert gone == granted(manifest)
        watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump_all([without(r, granted(manifest) if r["metadata"]["name"] not in NEEDED else set())
                                                                           for r in roles(manifest)]))
        wait_for(lambda: {right[:3] for right in check(watched)[0]} != set() and check(watched)[1] == 0, 30, "what may be left out not to be a failure")
    finally:
        watched.stack.kubectl("apply", "-f", "-", text=manifest)
