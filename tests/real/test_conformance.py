"""portal-kubesim against a real API server: the same requests, the same status codes, shapes, reasons and order of events.

Needs REAL_KUBECONFIG (an administrator's, with a client certificate or a token) and REAL_IMAGE_BUSYBOX; PORTAL_BUILD_DIR is where
the binaries are. Values are not compared, only what is there: the set of paths in an object, reasons, causes and their fields.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import threading
import time
import uuid
import warnings

import pytest
import requests

REAL = os.environ.get("REAL_KUBECONFIG")
ROOT = pathlib.Path(__file__).resolve().parents[2]

if not REAL:
    warnings.warn("NOT COMPARED: REAL_KUBECONFIG is not set, so portal-kubesim was not held against a real API server")

pytestmark = pytest.mark.skipif(not REAL, reason="REAL_KUBECONFIG is not set: kubesim was NOT compared with a real API server")

SPACE = "conformance-" + uuid.uuid4().hex[:8]
IMAGE = os.environ.get("REAL_IMAGE_BUSYBOX", "busybox:1")

# What a cluster writes by taste, or what no client of ours reads.
IGNORED = re.compile(
    r"metadata\.managedFields|metadata\.annotations\.(kubectl|batch\.kubernetes\.io/job-tracking)"
    r"|\.(allocatedResources|user|resources)(\.|$).*[sS]tatus|[sS]tatuses\[\]\.(allocatedResources|user|resources|allocatedResourcesStatus)"
    r"|^metadata$|deployment\.kubernetes\.io/revision"  # empty where managedFields are left out; written a moment later
    r"|spec\.ingressClassName"  # the real cluster has a default class
    r"|status\.(hostIP|podIP|resourceClaimStatuses)"
)


def binary(name):
    for folder in (os.environ.get("PORTAL_BUILD_DIR"), ROOT / "build", ROOT / "var/build", ROOT):
        if folder and (pathlib.Path(folder) / name).is_file():
            return str(pathlib.Path(folder) / name)
    pytest.skip(name + " is not built: set PORTAL_BUILD_DIR")


class Server:
    def __init__(self, base, **how):
        self.base, self.session = base, requests.Session()
        self.session.trust_env = False
        for key, value in how.items():
            setattr(self.session, key, value)

    def ask(self, method, path, body=None, content_type="application/json", **more):
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"Content-Type": content_type, "Accept": "application/json"} if data is not None else {"Accept": "application/json"}
        return self.session.request(method, self.base + path, data=data, headers=headers, timeout=120, **more)

    def watch(self, path, until, seconds=180):
        """The events of a watch until one fits; a list of (type, object)."""
        seen, ends = [], time.time() + seconds
        separator = "&" if "?" in path else "?"
        with self.ask("GET", f"{path}{separator}watch=1&timeoutSeconds={seconds}", stream=True) as answer:
            assert answer.status_code == 200, answer.text
            for line in answer.iter_lines():
                event = json.loads(line)
                seen.append((event["type"], event["object"]))
                if until(event) or time.time() > ends:
                    break
        return seen


def real_server(folder):
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load(pathlib.Path(REAL).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

    def file_of(where, name):
        if name + "-data" not in where:
            return where.get(name)
        path = folder / name
        path.write_bytes(base64.b64decode(where[name + "-data"]))
        path.chmod(0o600)
        return str(path)

    how = {"verify": file_of(cluster, "certificate-authority") or True}
    if user.get("token"):
        how["headers"] = {"Authorization": "Bearer " + user["token"]}
    else:
        how["cert"] = (file_of(user, "client-certificate"), file_of(user, "client-key"))
    return Server(cluster["server"], **how)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conformance")
    program = subprocess.Popen([binary("portal-kubesim"), "--port-file", str(folder / "port")], stdout=subprocess.DEVNULL)
    for _ in range(600):
        if (folder / "port").exists():
            break
        time.sleep(0.05)
    pair = (Server("http://127.0.0.1:" + (folder / "port").read_text().strip()), real_server(folder))
    for server in pair:
        answer = server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": SPACE}})
        assert answer.status_code == 201, answer.text
    for _ in range(600):  # pods of a new namespace are refused until its ServiceAccount is there
        if pair[1].ask("GET", f"/api/v1/namespaces/{SPACE}/serviceaccounts/default").status_code == 200:
            break
        time.sleep(0.1)
    yield pair
    for server in pair:
        server.ask("DELETE", f"/api/v1/namespaces/{SPACE}")
    program.terminate()
    assert program.wait(60) == 0


def shape(value, path=""):
    """The paths of all leaves, list places and generated keys made equal."""
    if isinstance(value, dict):
        paths = set()
        for key, member in value.items():
            here = f"{path}.{key}" if path else key
            paths |= shape(member, here) or {here}
        return paths or ({path} if path else set())
    if isinstance(value, list):
        return set().union(*(shape(v, path + "[]") for v in value)) if value else {path}
    return {path}


def interesting(paths):
    return {p for p in paths if not IGNORED.search(p)}


def told(answer):
    """What a client could rely on in an answer."""
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    if kind != "application/json":
        return {"status": answer.status_code, "type": kind}
    body = answer.json()
    out = {"status": answer.status_code, "type": kind, "kind": body.get("kind"), "apiVersion": body.get("apiVersion")}
    if body.get("kind") == "Status":
        details = body.get("details") or {}
        out |= {"reason": body.get("reason"), "details": sorted(details), "of": (details.get("name"), details.get("group"), details.get("kind"))}
        out["causes"] = sorted((c.get("reason"), c.get("field")) for c in details.get("causes", []))
        if "uid" in details:
            out["of"] = out["of"][1:]
    else:
        out["shape"] = interesting(shape(body))
    return out


# Bodies

def env(*pairs):
    return [{"name": k, "value": v} for k, v in pairs]


def pod_spec(script, **more):
    container = {"name": "main", "image": IMAGE, "command": ["sh", "-c", script]}
    spec = {"restartPolicy": "Never", "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 1, "containers": [container]}
    return spec | more


def job(name, script, init=None, labels=None, **spec):
    pod = pod_spec(script)
    if init is not None:
        pod["initContainers"] = [{"name": "first", "image": IMAGE, "command": ["sh", "-c", init]}]
    template = {"metadata": {"labels": labels or {"t": name}}, "spec": pod}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": {"t": name}}, "spec": {"backoffLimit": 0, "template": template} | spec}


def deployment(name, script="sleep 1000", **spec):
    container = {"name": "app", "image": IMAGE, "command": ["sh", "-c", script], "ports": [{"containerPort": 8000}], "env": env(("A", "1")),
                 "resources": {"limits": {"cpu": "50m", "memory": "32Mi"}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 1, "containers": [container]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template,
                     "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}} | spec}


def service(name, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8000}]} | spec}


def ingress(name, **path):
    backend = {"service": {"name": name, "port": {"number": 80}}}
    rule = {"host": name + ".apps.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend} | path]}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": {"rules": [rule]}}


def secret(name, **more):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"a": "b"}} | more


def without(body, *path):
    body = json.loads(json.dumps(body))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner.pop(path[-1])
    return body


def changed(body, value, *path):
    body = json.loads(json.dumps(body))
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return body


NS = f"/api/v1/namespaces/{SPACE}"
BATCH = f"/apis/batch/v1/namespaces/{SPACE}/jobs"
APPS = f"/apis/apps/v1/namespaces/{SPACE}/deployments"
NET = f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/ingresses"
MERGE, STRATEGIC, APPLY = "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"
OWNER = "?fieldManager=hydrosim-portal&force=true"
CONTAINERS = ("spec", "template", "spec", "containers")

# name, method, path, body, content type. They run in this order on both servers.
REQUESTS = [
    ("version", "GET", "/version", None, None),
    ("ready", "GET", "/readyz", None, None),
    ("unknown path", "GET", "/nothing", None, None),
    ("unknown resource", "GET", NS + "/nothings", None, None),
    ("namespace get", "GET", NS, None, None),
    ("namespace missing", "GET", "/api/v1/namespaces/conformance-missing", None, None),
    ("job create in missing namespace", "POST", "/apis/batch/v1/namespaces/conformance-missing/jobs", job("a", "true"), None),
    ("job list empty", "GET", BATCH, None, None),
    ("job get missing", "GET", BATCH + "/missing", None, None),
    ("job create", "POST", BATCH, job("j1", "echo hello; sleep 300", activeDeadlineSeconds=600, ttlSecondsAfterFinished=600), None),
    ("job create again", "POST", BATCH, job("j1", "true"), None),
    ("job name in capitals", "POST", BATCH, job("Bad_Name", "true"), None),
    ("job name too long", "POST", BATCH, job("n" * 64, "true"), None),
    ("job without name", "POST", BATCH, without(job("x", "true"), "metadata", "name"), None),
    ("job without template", "POST", BATCH, without(job("x", "true"), "spec", "template"), None),
    ("job without restartPolicy", "POST", BATCH, without(job("x", "true"), "spec", "template", "spec", "restartPolicy"), None),
    ("job restartPolicy Always", "POST", BATCH, changed(job("x", "true"), "Always", "spec", "template", "spec", "restartPolicy"), None),
    ("job without containers", "POST", BATCH, changed(job("x", "true"), [], *CONTAINERS), None),
    ("job without image", "POST", BATCH, without(job("x", "true"), *CONTAINERS, 0, "image"), None),
    ("job bad container name", "POST", BATCH, changed(job("x", "true"), "Main_1", *CONTAINERS, 0, "name"), None),
    ("job bad label", "POST", BATCH, job("x", "true", labels={"a": "b c"}), None),
    ("job mount without volume", "POST", BATCH, changed(job("x", "true"), [{"name": "v", "mountPath": "/v"}], *CONTAINERS, 0, "volumeMounts"), None),
    ("job negative deadline", "POST", BATCH, job("x", "true", activeDeadlineSeconds=-1), None),
    ("job deadline as text", "POST", BATCH, job("x", "true", activeDeadlineSeconds="soon"), None),
    ("job spec as list", "POST", BATCH, changed(job("x", "true"), [], "spec"), None),
    ("job of another kind", "POST", BATCH, changed(job("x", "true"), "Pod", "kind"), None),
    ("job broken json", "POST", BATCH, '{"kind":', None),
    ("job empty body", "POST", BATCH, "", None),
    ("job as text/plain", "POST", BATCH, "hello", "text/plain"),
    ("job strict unknown field", "POST", BATCH + "?fieldValidation=Strict", changed(job("x", "true"), 1, "spec", "nonsense"), None),
    ("job lax unknown field", "POST", BATCH + "?dryRun=All", changed(job("x", "true"), 1, "spec", "nonsense"), None),
    ("job dry run", "POST", BATCH + "?dryRun=All", job("dry", "true"), None),
    ("job dry run left nothing", "GET", BATCH + "/dry", None, None),
    ("job wrong namespace in body", "POST", BATCH, changed(job("x", "true"), "default", "metadata", "namespace"), None),
    ("job template is immutable", "PATCH", BATCH + "/j1", {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "other"}]}}}}, STRATEGIC),
    ("job label by merge patch", "PATCH", BATCH + "/j1", {"metadata": {"labels": {"x": "y"}}}, MERGE),
    ("job patch with unknown type", "PATCH", BATCH + "/j1", {"metadata": {}}, "application/json"),
    ("job patch missing", "PATCH", BATCH + "/missing", {"metadata": {}}, MERGE),
    ("job put with old version", "PUT", BATCH + "/j1", changed(job("j1", "echo hello; sleep 300"), "1", "metadata", "resourceVersion"), None),
    ("job put under another name", "PUT", BATCH + "/j1", job("j2", "true"), None),
    ("job list by label", "GET", BATCH + "?labelSelector=t%3Dj1", None, None),
    ("job list by set", "GET", BATCH + "?labelSelector=t%20in%20(j1,j2),x", None, None),
    ("job list by name", "GET", BATCH + "?fieldSelector=metadata.name%3Dj1", None, None),
    ("job list by broken label", "GET", BATCH + "?labelSelector=%3D%3D%3D", None, None),
    ("job list by unknown field", "GET", BATCH + "?fieldSelector=spec.nothing%3D1", None, None),
    ("job delete with wrong uid", "DELETE", BATCH + "/j1", {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}, None),
    ("job delete with bad policy", "DELETE", BATCH + "/j1?propagationPolicy=Sideways", None, None),
    ("job delete", "DELETE", BATCH + "/j1", {"propagationPolicy": "Background"}, None),
    ("job delete again", "DELETE", BATCH + "/j1?propagationPolicy=Background", None, None),
    ("job post to a name", "POST", BATCH + "/j1", job("j1", "true"), None),
    ("secret create", "POST", NS + "/secrets", secret("s1"), None),
    ("secret get", "GET", NS + "/secrets/s1", None, None),
    ("secret bad key", "POST", NS + "/secrets", secret("s2", stringData={"a b": "c"}), None),
    ("secret bad base64", "POST", NS + "/secrets", {"metadata": {"name": "s2"}, "data": {"a": "%%%"}}, None),
    ("secret docker without key", "POST", NS + "/secrets", secret("s2", type="kubernetes.io/dockerconfigjson"), None),
    ("secret type is immutable", "PATCH", NS + "/secrets/s1", {"type": "other"}, MERGE),
    ("secret apply new", "PATCH", NS + "/secrets/s3" + OWNER, secret("s3"), APPLY),
    ("secret apply same", "PATCH", NS + "/secrets/s3" + OWNER, secret("s3"), APPLY),
    ("secret apply without manager", "PATCH", NS + "/secrets/s3", secret("s3"), APPLY),
    ("secret apply without kind", "PATCH", NS + "/secrets/s3" + OWNER, {"metadata": {"name": "s3"}}, APPLY),
    ("secret apply under another name", "PATCH", NS + "/secrets/s3" + OWNER, secret("s4"), APPLY),
    ("secret delete", "DELETE", NS + "/secrets/s1", None, None),
    ("secret list", "GET", NS + "/secrets?labelSelector=none", None, None),
    ("service create", "POST", NS + "/services", service("web"), None),
    ("service without ports", "POST", NS + "/services", service("web2", ports=[]), None),
    ("service port 0", "POST", NS + "/services", service("web2", ports=[{"port": 0}]), None),
    ("service name with digit first", "POST", NS + "/services", service("1web"), None),
    ("service apply", "PATCH", NS + "/services/web" + OWNER, service("web"), APPLY),
    ("service get", "GET", NS + "/services/web", None, None),
    ("service delete", "DELETE", NS + "/services/web", None, None),
    ("ingress create", "POST", NET, ingress("web"), None),
    ("ingress without pathType", "POST", NET, ingress("web2", pathType=None), None),
    ("ingress bad pathType", "POST", NET, ingress("web2", pathType="Maybe"), None),
    ("ingress bad host", "POST", NET, changed(ingress("web2"), "a b", "spec", "rules", 0, "host"), None),
    ("ingress without rules", "POST", NET, changed(ingress("web2"), {}, "spec"), None),
    ("ingress apply", "PATCH", NET + "/web" + OWNER, ingress("web"), APPLY),
    ("ingress delete", "DELETE", NET + "/web", None, None),
    ("deployment without selector", "POST", APPS, without(deployment("d"), "spec", "selector"), None),
    ("deployment selector does not match", "POST", APPS, changed(deployment("d"), {"app": "other"}, "spec", "selector", "matchLabels"), None),
    ("deployment restartPolicy Never", "POST", APPS, changed(deployment("d"), "Never", "spec", "template", "spec", "restartPolicy"), None),
    ("deployment negative replicas", "POST", APPS, deployment("d", replicas=-1), None),
    ("deployment bad quantity", "POST", APPS, changed(deployment("d"), {"limits": {"cpu": "fast"}}, *CONTAINERS, 0, "resources"), None),
    ("deployment bad env name", "POST", APPS, changed(deployment("d"), [{"name": "a=b"}], *CONTAINERS, 0, "env"), None),
    ("deployment apply new", "PATCH", APPS + "/d0" + OWNER, deployment("d0", replicas=0), APPLY),
    ("deployment apply by another", "PATCH", APPS + "/d0?fieldManager=someone", deployment("d0", replicas=1), APPLY),
    ("deployment apply with old version", "PATCH", APPS + "/d0" + OWNER, changed(deployment("d0", replicas=0), "1", "metadata", "resourceVersion"), APPLY),
    ("deployment selector is immutable", "PATCH", APPS + "/d0", {"spec": {"selector": {"matchLabels": {"x": "y"}}}}, MERGE),
    ("deployment env by strategic patch", "PATCH", APPS + "/d0", {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": env(("B", "2"))}]}}}}, STRATEGIC),
    ("deployment apply takes env back", "PATCH", APPS + "/d0" + OWNER, without(deployment("d0", replicas=0), *CONTAINERS, 0, "env"), APPLY),
    ("deployment json patch", "PATCH", APPS + "/d0", [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}], "application/json-patch+json"),
    ("deployment json patch fails", "PATCH", APPS + "/d0", [{"op": "test", "path": "/spec/replicas", "value": 7}], "application/json-patch+json"),
    ("deployment scale get", "GET", APPS + "/d0/scale", None, None),
    ("deployment scale patch", "PATCH", APPS + "/d0/scale", {"spec": {"replicas": 0}}, MERGE),
    ("deployment list", "GET", APPS, None, None),
    ("deployment delete", "DELETE", APPS + "/d0?propagationPolicy=Background", None, None),
    ("pod log of missing pod", "GET", NS + "/pods/missing/log", None, None),
    ("access review", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
     {"spec": {"resourceAttributes": {"namespace": SPACE, "verb": "create", "group": "batch", "resource": "jobs"}}}, None),
]


@pytest.mark.parametrize("case", REQUESTS, ids=[r[0].replace(" ", "-") for r in REQUESTS])
def test_request(servers, case):
    name, method, path, body, content_type = case
    sim, real = (told(s.ask(method, path, body, content_type or "application/json")) for s in servers)
    has, wanted = sim.pop("shape", set()), real.pop("shape", set())
    extra, missing = has - wanted, wanted - has
    assert sim == real, name
    if name in ("version",):
        return
    # what a controller adds a moment later may already be there on one side, and on the other the status is still empty
    missing, extra = ({p for p in paths if p != "status" and "status." not in p} for paths in (missing, extra))
    assert not missing, f"kubesim lacks {sorted(missing)}"
    assert not extra, f"kubesim has besides {sorted(extra)}"


def conditions(o):
    return [(c["type"], c["status"], c.get("reason")) for c in o.get("status", {}).get("conditions", [])]


def steps(events, key):
    """The states in the order in which a watch tells them, without repetitions."""
    out = []
    for kind, o in events:
        state = key(o) if kind != "DELETED" else "DELETED"
        if not out or out[-1] != state:
            out.append(state)
    return out


def within(few, many):
    """All of `few` in `many`, in this order: a kubelet may report two changes in one."""
    rest = iter(many)
    return all(step in rest for step in few)


def run_job(server, body, seconds=180):
    name = body["metadata"]["name"]
    path = f"{BATCH}?fieldSelector=metadata.name%3D{name}"
    version = server.ask("GET", path).json()["metadata"]["resourceVersion"]
    pods = {}

    def follow_pods():
        def ended(event):
            return event["object"].get("status", {}).get("phase") in ("Succeeded", "Failed") and not event["object"]["metadata"].get("finalizers")
        pods["events"] = server.watch(f"{NS}/pods?labelSelector=t%3D{name}&resourceVersion={version}", ended, seconds)

    thread = threading.Thread(target=follow_pods)
    thread.start()
    answer = server.ask("POST", BATCH, body)
    assert answer.status_code == 201, answer.text
    events = server.watch(f"{path}&resourceVersion={version}",
                          lambda e: any(c[0] in ("Complete", "Failed") and c[1] == "True" for c in conditions(e["object"])), seconds)
    thread.join(seconds)
    return events, pods.get("events", [])


def container_states(o):
    status = o.get("status", {})
    return (status.get("phase"),) + tuple(
        (s["name"],) + next(((k, v.get("reason"), v.get("exitCode")) for k, v in s["state"].items()), ())
        for s in status.get("initContainerStatuses", []) + status.get("containerStatuses", []))


JOBS = [
    job("ok", "echo one; sleep 2; echo two >/dev/termination-log", init="echo first; sleep 2"),
    job("bad", "echo one; sleep 1; exit 3"),
    job("badinit", "true", init="echo no >&2; sleep 1; exit 7"),
    job("late", "sleep 100", activeDeadlineSeconds=30),  # a busy node takes its time to start it
]


@pytest.mark.parametrize("body", JOBS, ids=[b["metadata"]["name"] for b in JOBS])
def test_job(servers, body):
    (sim_job, sim_pod), (real_job, real_pod) = (run_job(s, body) for s in servers)
    assert [c[0] for c in conditions(sim_job[-1][1])] == [c[0] for c in conditions(real_job[-1][1])]
    assert steps(sim_job, lambda o: tuple(conditions(o))) == steps(real_job, lambda o: tuple(conditions(o)))
    sim_steps, real_steps = steps(sim_pod, container_states), steps(real_pod, container_states)
    assert sim_steps[-1] == real_steps[-1]
    assert within(real_steps, sim_steps), f"another order than the real one: {real_steps}, kubesim: {sim_steps}"
    for sim, real in ((sim_job, real_job), (sim_pod, real_pod)):
        assert interesting(shape(sim[-1][1])) == interesting(shape(real[-1][1]))


def test_job_logs(servers):
    """Reads the logs that test_job left: whole, by tail, by bytes, of missing containers."""
    queries = ["", "container=main", "container=first", "container=nothing", "tailLines=1&container=first", "limitBytes=2&container=first",
               "previous=true&container=main", "sinceSeconds=0", "tailLines=-1", "sinceTime=nonsense"]
    for query in queries:
        told_by = []
        for server in servers:
            name = server.ask("GET", f"{NS}/pods?labelSelector=t%3Dok").json()["items"][0]["metadata"]["name"]
            answer = server.ask("GET", f"{NS}/pods/{name}/log?{query}")
            told_by.append((told(answer), answer.text if answer.status_code == 200 else ""))
        told_by[0][0]["of"] = told_by[1][0]["of"] = None  # the pod's name
        assert told_by[0] == told_by[1], query


def rollout(o):
    s = o.get("status", {})
    return (o["metadata"]["generation"] == s.get("observedGeneration"), s.get("replicas", 0), s.get("updatedReplicas", 0), s.get("readyReplicas", 0))


def finished(event):
    o, s = event["object"], event["object"].get("status", {})
    wanted = o["spec"]["replicas"]
    return o["metadata"]["generation"] == s.get("observedGeneration") and s.get("updatedReplicas", 0) == wanted == s.get("replicas", 0) \
        == s.get("availableReplicas", 0) and any(c[2] == "NewReplicaSetAvailable" for c in conditions(o))


def test_deployment(servers):
    told_by = []
    for server in servers:
        path = f"{APPS}?fieldSelector=metadata.name%3Dapp"
        seen = []
        for body in (deployment("app"), deployment("app", "sleep 1001"), deployment("app", "sleep 1001", replicas=0)):
            version = server.ask("GET", path).json()["metadata"]["resourceVersion"]
            answer = server.ask("PATCH", f"{APPS}/app{OWNER}", body, APPLY)
            assert answer.status_code in (200, 201), answer.text
            seen.append(server.watch(f"{path}&resourceVersion={version}", finished))
        told_by.append(seen)
    sim, real = told_by
    for n in range(3):
        first, last = [rollout(e[n][0][1]) for e in told_by], [rollout(e[n][-1][1]) for e in told_by]
        assert first[0] == first[1] and last[0] == last[1]
        assert sorted(conditions(sim[n][-1][1])) == sorted(conditions(real[n][-1][1]))
        assert interesting(shape(sim[n][-1][1])) == interesting(shape(real[n][-1][1]))
    assert not rollout(sim[1][0][1])[0], "observedGeneration lags behind a change"
    assert max(rollout(o)[1] for _, o in sim[1]) == max(rollout(o)[1] for _, o in real[1]) == 2, "one more pod while rolling out"


def test_image_that_cannot_be_pulled(servers):
    registry = IMAGE.rsplit("/", 2)[0]
    told_by = []
    for server in servers:
        body = job("nopull", "true")
        body["spec"]["template"]["spec"]["containers"][0]["image"] = registry + "/conformance/does-not-exist:1"
        assert server.ask("POST", BATCH, body).status_code == 201
        reasons = []

        def waiting(event):
            for status in event["object"].get("status", {}).get("containerStatuses", []):
                reason = status["state"].get("waiting", {}).get("reason")
                # ContainerCreating is told where the kubelet is slow, else it goes straight on
                if reason and reason not in (*reasons, "ContainerCreating"):
                    reasons.append(reason)
            return "ImagePullBackOff" in reasons

        events = server.watch(f"{NS}/pods?labelSelector=t%3Dnopull", waiting)
        pod = events[-1][1]["metadata"]["name"]
        log = told(server.ask("GET", f"{NS}/pods/{pod}/log"))
        told_by.append((reasons, events[-1][1]["status"]["phase"], log["status"], log.get("reason")))
        server.ask("DELETE", f"{BATCH}/nopull?propagationPolicy=Background")
    assert told_by[0] == told_by[1]


def test_expired_watch(servers):
    """A resourceVersion that history has lost: the same shape of refusal."""
    told_by = []
    for server in servers:
        answer = server.ask("GET", f"{NS}/pods?watch=1&resourceVersion=1&timeoutSeconds=5", stream=True)
        event = json.loads(next(answer.iter_lines()))
        told_by.append((answer.status_code, event["type"], event["object"].get("kind"), event["object"].get("code"), event["object"].get("reason")))
    assert told_by[0] == told_by[1]
