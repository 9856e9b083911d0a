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
    assert not {right for right in unused if right[1:3] not in WHOLE | SELDOM}
    assert {right[:3] for right in granted(manifest)} - {right[:3] for right in asked} <= {
        (ns, group, resource) for ns, group, resource, _ in granted(manifest) if (group, resource) in SELDOM | {("", "pods/log")}}


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


def without(role, group, resource, verb):
    """The Role without that one right."""
    role = copy.deepcopy(role)
    kept = []
    for rule in role["rules"]:
        if rule["apiGroups"] != [group] or resource not in rule["resources"]:
            kept.append(rule)
            continue
        others = [r for r in rule["resources"] if r != resource]
        verbs = [v for v in rule["verbs"] if v != verb]
        kept += [{**rule, "resources": others}] * bool(others) + [{**rule, "resources": [resource], "verbs": verbs}] * bool(verbs)
    role["rules"] = kept
    return role


def test_each_right_that_is_taken_away_is_named(watched, manifest, used):
    """One after the other, from a portal that stands still; what is missing is named precisely, with the Role that mends it."""
    watched.stack.processes.stop("worker")
    wait_for(lambda: check(watched)[0] == set(), 20, "all rights")
    try:
        for role in roles(manifest):
            for right in sorted(r for r in granted(yaml.safe_dump(role))):
                watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump(without(role, *right[1:])))
                wait_for(lambda: check(watched)[0] == {right}, 20, f"{right} to be missed, and nothing else")
            _, code, said = check(watched)
            optional = role["metadata"]["name"] in ("student-secret-manager", "student-event-reader", "build-event-reader", "student-namespace-guard")
            assert code == (0 if optional else 1) and f"name: {role['metadata']['name']}" in said
            watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump(role))
    finally:
        watched.stack.kubectl("apply", "-f", "-", text=manifest)
