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

# Kubernetes asks for it from 1.35 on, where a WebSocket begins; the releases before ask for get alone.
LATER = {("", "pods/exec", "create")}
NEEDED = ("student-project-manager", "student-build-manager")


@pytest.fixture(scope="module")
def manifest(watched):
    text = (ROOT / "k8s" / "rbac.yaml").read_text()
    for name in ("system", "students", "builds"):
        text = text.replace(f"hydrosim-{name}", watched.stack.namespace(name))
    return text


KINDS = {"applications": ("deployments", "services", "pods", "ingresses", "configmaps", "secrets", "events", "resourcequotas", "namespaces"),
         "builds": ("jobs", "pods", "secrets", "events", "resourcequotas", "namespaces")}


def acts(portal, project, *those):
    """Acts on an application, one after the other, with the state that each leads to."""
    for act, state in those:
        assert portal.client("teacher").post(f"/projects/{project}/{act}").status_code == 303
        portal.wait_sql("SELECT app_state = '{}' AND w.state NOT IN ('pending', 'deploying') FROM projects p JOIN deployments w"
                        " ON w.id = p.wanted_deployment_id WHERE p.id = {}".format(state, project), seconds=180)


def put(portal, place, kind, name, labels=(), **more):
    """An object that the portal did not make."""
    o = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "labels": dict(labels)}, **more}
    portal.stack.kubectl("-n", portal.stack.namespace(place), "apply", "-f", "-", text=json.dumps(o))


def look_at_everything(portal, place):
    """The pages of a namespace's objects: each kind as a list, and each object of it."""
    admin = portal.client("admin")
    for kind in KINDS[place]:
        items = admin.json(f"/api/v1/kubernetes/{kind}?limit=200&place={place}")["items"]
        assert items, f"no {kind} to look at"
        for one in items:
            assert admin.get(f"/clusters/1/{kind}/{one['name']}?place={place}").status_code == 200


def use_a_pod(portal, project):
    """Its page, with log, events and use; a command in it; what may be done to it and its Deployment."""
    teacher = portal.client("teacher")
    pod = teacher.json(f"/api/v1/kubernetes/pods?project_id={project}")["items"][0]["name"]
    page = f"/projects/{project}/pods/{pod}"
    assert teacher.get(page).status_code == 200
    assert "Exit code 0" in teacher.form(page, "/run", container="app", command="true").text
    for path in (f"deployments/prj-{project}/scale", f"deployments/prj-{project}/restart", f"pods/{pod}/delete"):
        assert teacher.form(f"/clusters/1/{path}", "/" + path.rsplit("/", 1)[1], replicas="1").status_code == 303


def write_objects(portal, project):
    """A ConfigMap is made, changed and deleted; the application's objects are marked."""
    admin, new = portal.client("admin"), "/clusters/1/new/configmaps"
    portal.stack.kubectl("-n", portal.stack.namespace("students"), "delete", "configmap", "shared", "--ignore-not-found")
    assert admin.post(new, name="shared", key="key", value="a text\nof two lines").status_code == 303
    for path in ("configmaps/shared", f"services/student-{project}", f"ingresses/student-{project}", f"deployments/prj-{project}"):
        page = f"/clusters/1/{path}/change"
        version = next(form["fields"]["version"] for form in admin.forms(page) if "version" in form["fields"])
        answer = admin.post(page, version=version, map="labels", key="example.com/team", value="one")
        assert answer.status_code == 303, answer.text[-3000:]
        assert "example.com/team: one" in admin.json(f"/api/v1/kubernetes/{path}")["yaml"]
    assert admin.api("PUT", "/api/v1/kubernetes/configmaps/shared", {"data": {"key": None, "other": "x"}}).status_code == 202
    kept = json.loads(portal.stack.kubectl("-n", portal.stack.namespace("students"), "get", "configmap", "shared", "-o", "json"))
    assert kept["data"] == {"other": "x"} and kept["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "hydrosim-portal"
    # More than a ConfigMap holds is the cluster's to refuse; the trail does not keep its words.
    assert admin.api("PUT", "/api/v1/kubernetes/configmaps/shared", {"data": {"large": "x" * 700000}}).status_code == 202
    refused = admin.api("PUT", "/api/v1/kubernetes/configmaps/shared", {"data": {"larger": "x" * 700000}})
    assert refused.status_code == 422 and "The cluster refuses it." in refused.text, refused.text[:500]
    assert portal.sql("SELECT detail FROM audit_log WHERE action = 'resource.change' ORDER BY id DESC LIMIT 1").endswith("in data.larger: invalid")
    assert admin.api("DELETE", "/api/v1/kubernetes/configmaps/shared").status_code == 202


def clean(portal):
    """What has the portal's labels and belongs to no row, in both namespaces, is shown, then deleted; a build's pod by its own page."""
    ours = {"app.kubernetes.io/managed-by": "hydrosim-portal"}
    for place, label in (("students", "project-id"), ("builds", "build-id")):
        put(portal, place, "Secret", "left-over", {**ours, f"hydrosim/{label}": "2000000000"})
    put(portal, "builds", "Pod", "left-over", ours, spec={"containers": [{"name": "one", "image": portal.stack["IMAGE_BUSYBOX"], "command": ["true"]}]})
    admin = portal.client("admin")
    assert "left-over" in admin.get("/admin/clusters/1/strays").text
    assert admin.form("/admin/clusters/1/strays", "/strays").status_code == 303
    assert admin.form("/clusters/1/pods/left-over/delete?place=builds", "/delete").status_code == 303


@pytest.fixture(scope="module")
def used(watched):
    """A build, a deployment, every act on it and every page of it; what the portal asked the API server for."""
    project, teacher = watched.ids["ali"], watched.client("teacher")
    put(watched, "students", "ConfigMap", "a-map", data={"key": "value"})
    put(watched, "builds", "ResourceQuota", "a-quota", spec={"hard": {"pods": "50"}})
    assert teacher.api("PUT", f"/api/v1/projects/{project}/variables/KEY", {"value": "not for everybody", "secret": True}).status_code == 200
    sha = watched.push_to_gitea("ali", "Under exact rights", edit=lambda f: (f / "Dockerfile").write_text((f / "Dockerfile").read_text() + "RUN sleep 30\n"))
    build = watched.build_of(project, sha, 120)
    watched.wait_sql(f"SELECT phase = 'building' FROM builds WHERE id = {build}", seconds=180)
    look_at_everything(watched, "builds")
    assert watched.finish(build, 600)[0] == "success"
    assert watched.deployed(build, 300)[0] == "running"
    assert teacher.get(f"/projects/{project}/log").status_code == 200
    look_at_everything(watched, "applications")
    use_a_pod(watched, project)
    write_objects(watched, project)
    acts(watched, project, ("restart", "running"), ("stop", "stopped"), ("start", "running"), ("delete", "none"))
    clean(watched)
    yield list(watched.man.answered)
    watched.stack.kubectl("-n", watched.stack.namespace("students"), "delete", "configmap", "a-map")
    watched.stack.kubectl("-n", watched.stack.namespace("builds"), "delete", "quota", "a-quota")


def test_no_call_is_refused(watched, manifest, used):
    assert [(m, p) for m, p, status in used if status in (401, 403)] == []
    beyond = set().union(*(needed(*one) for one in used)) - granted(manifest)
    assert not beyond, beyond


def test_no_right_is_unused(manifest, used):
    asked = set().union(*(needed(*one) for one in used))
    assert {right[1:] for right in granted(manifest) - asked} <= LATER


def test_the_guards_are_there(watched, used):
    """As the API server took them, and nothing is left to say."""
    ns = watched.stack.namespace("students")
    for kind in ("networkpolicy", "resourcequota", "limitrange"):
        found = json.loads(watched.stack.kubectl("-n", ns, "get", kind, "hydrosim-applications", "-o", "json"))
        assert found["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "hydrosim-portal"
    watched.wait_sql("SELECT guard_faults FROM clusters WHERE kind = 'own'", "[]", seconds=180)


def check(portal):
    """Which verbs `portalctl clusters check` misses, as rights; its exit code; the Roles that it would have applied."""
    done = subprocess.run([portal.stack.build / "portalctl", "clusters", "check"], capture_output=True, text=True, timeout=180,
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
    wait_for(lambda: check(watched)[0] == set(), 180, "all rights")
    gone = set()
    try:
        for taken in rounds(granted(manifest)):
            watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump_all([without(role, taken) for role in roles(manifest)]))
            wait_for(lambda: check(watched)[0] == taken, 180, f"these to be missed, and nothing else: {taken}")
            _, code, said = check(watched)
            names = {role["metadata"]["name"] for role in roles(manifest) if granted(yaml.safe_dump(role)) & taken}
            assert code == 1 and all(f"name: {name}\n" in said for name in names)
            gone |= taken
        assert gone == granted(manifest)
        watched.stack.kubectl("apply", "-f", "-", text=yaml.safe_dump_all([without(r, granted(manifest) if r["metadata"]["name"] not in NEEDED else set())
                                                                           for r in roles(manifest)]))
        wait_for(lambda: {right[:3] for right in check(watched)[0]} != set() and check(watched)[1] == 0, 180, "what may be left out not to be a failure")
    finally:
        watched.stack.kubectl("apply", "-f", "-", text=manifest)
