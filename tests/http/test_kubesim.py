"""portal-kubesim by itself: the binary is started here, nothing else is needed. PORTAL_BUILD_DIR says where it is."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS, STUDENTS = "hydrosim-builds", "hydrosim-students"
JOBS, PODS = f"/apis/batch/v1/namespaces/{BUILDS}/jobs", f"/api/v1/namespaces/{BUILDS}/pods"
SECRETS = f"/api/v1/namespaces/{BUILDS}/secrets"
DEPLOYMENTS, APP_PODS = f"/apis/apps/v1/namespaces/{STUDENTS}/deployments", f"/api/v1/namespaces/{STUDENTS}/pods"
SERVICES, INGRESSES = f"/api/v1/namespaces/{STUDENTS}/services", f"/apis/networking.k8s.io/v1/namespaces/{STUDENTS}/ingresses"
APPLY, MERGE, STRATEGIC = "application/apply-patch+yaml", "application/merge-patch+json", "application/strategic-merge-patch+json"
GOOD = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["python", "app.py"]\n'


def binary():
    for folder in (os.environ.get("PORTAL_BUILD_DIR"), ROOT / "build", ROOT / "var/build", ROOT):
        if folder and (pathlib.Path(folder) / "portal-kubesim").is_file():
            return str(pathlib.Path(folder) / "portal-kubesim")
    pytest.skip("portal-kubesim is not built: set PORTAL_BUILD_DIR")


def until(what, seconds=60):
    ends = time.time() + seconds
    while time.time() < ends:
        found = what()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError("it did not happen in time")


class Sim:
    def __init__(self, folder, *options, speed=40):
        self.folder = folder
        for name in ("port", "ingress"):
            (folder / name).unlink(missing_ok=True)
        self.program = subprocess.Popen([binary(), "--port-file", str(folder / "port"), "--ingress-port-file", str(folder / "ingress"),
                                         "--kubeconfig", str(folder / "kubeconfig"), "--speed", str(speed), *options],
                                        stdout=subprocess.DEVNULL, stderr=open(folder / "log", "a"))
        until(lambda: (folder / "port").exists())
        self.base = "http://127.0.0.1:" + (folder / "port").read_text().strip()
        self.ingress = "http://127.0.0.1:" + (folder / "ingress").read_text().strip()

    def stop(self):
        self.program.send_signal(signal.SIGTERM)
        code = self.program.wait(60)
        assert "Sanitizer" not in (self.folder / "log").read_text()
        assert code == 0

    def ask(self, method, path, body=None, kind="application/json", **more):
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"Content-Type": kind} if data is not None else {}
        headers |= more.pop("headers", {})
        return requests.request(method, self.base + path, data=data, headers=headers, timeout=60, **more)

    def get(self, path):
        return self.ask("GET", path).json()

    def post(self, path, body):
        answer = self.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def apply(self, path, body, query="?fieldManager=hydrosim-portal&force=true"):
        return self.ask("PATCH", path + query, body, APPLY)

    def fault(self, name, **more):
        self.post("/_sim/faults", {"fault": name} | more)

    def events(self, path, until_event, seconds=20):
        seen = []
        with self.ask("GET", path, stream=True) as answer:
            assert answer.status_code == 200, answer.text
            for line in answer.iter_lines():
                seen.append(json.loads(line))
                if until_event(seen[-1]):
                    break
        return seen

    def job_end(self, name):
        def ended():
            for c in self.get(f"{JOBS}/{name}").get("status", {}).get("conditions", []):
                if c["type"] in ("Complete", "Failed") and c["status"] == "True":
                    return c["type"], c["reason"]
        return until(ended)

    def pod_of(self, name):
        pods = self.get(f"{PODS}?labelSelector=job-name%3D{name}")["items"]
        return pods[0] if pods else None

    def log(self, name, container, query=""):
        answer = self.ask("GET", f"{PODS}/{self.pod_of(name)['metadata']['name']}/log?container={container}{query}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def page(self, host):
        return requests.get(self.ingress + "/", headers={"Host": host}, timeout=60)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    sim = Sim(tmp_path_factory.mktemp("kubesim"))
    yield sim
    sim.stop()


@pytest.fixture
def sim(server):
    server.post("/_sim/reset", {})
    until(lambda: server.get("/_sim/stats")["open_watches"] == 0)
    return server


class Repository:
    def __init__(self, folder):
        self.work, self.bare = folder / "work", folder / "shop.git"
        self.git("init", "-q", "--bare", str(self.bare), where=folder)
        self.git("init", "-q", "-b", "main", str(self.work), where=folder)
        self.url = "file://" + str(self.bare)

    def git(self, *args, where=None):
        env = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
                            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
        return subprocess.run(["git", *args], cwd=where or self.work, env=env, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, **files):
        for path in self.work.iterdir():
            if path.is_file():
                path.unlink()
        for name, text in files.items():
            (self.work / name.replace("__", ".")).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "Change the shop")
        self.git("push", "-q", "-f", str(self.bare), "HEAD:main")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def good_commit(repository):
    return repository.commit(Dockerfile=GOOD, requirements__txt="flask==3.0.3\n# comment\ngunicorn\n", app__py="print(1)\n")


def build_job(name, url="file:///nowhere", sha="0" * 40, builder="kaniko", **spec):
    env = [{"name": k, "value": v} for k, v in {"REPO_URL": url, "COMMIT_SHA": sha, "BRANCH": "main", "DOCKERFILE_PATH": "Dockerfile",
                                                "CONTEXT_PATH": "."}.items()]
    target = [{"name": "IMAGE_REPO", "value": "registry.example:5000/course/shop"}, {"name": "IMAGE_TAG", "value": sha[:7]}]
    labels = {"hydrosim/build-id": name}
    pod = {"restartPolicy": "Never",
           "initContainers": [{"name": "clone", "image": "git", "env": env}, {"name": "build", "image": "registry.example/" + builder, "env": env}],
           "containers": [{"name": "push", "image": "skopeo", "env": target}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": labels},
            "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": labels}, "spec": pod}} | spec}


def plain_job(name, script, **spec):
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox", "command": ["sh", "-c", script]}]}
    return {"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": {"metadata": {"labels": {"t": name}}, "spec": pod}} | spec}


def deployment(name="prj-1", image="busybox:1", **spec):
    container = {"name": "app", "image": image, "ports": [{"containerPort": 8000}], "env": [{"name": "A", "value": "1"}],
                 "readinessProbe": {"tcpSocket": {"port": 8000}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
                     "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}} | spec}


def expose(sim, name="prj-1", host="student-1.apps.localhost"):
    sim.apply(f"{SERVICES}/student-1", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "student-1"},
                                        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8000}]}})
    backend = {"service": {"name": "student-1", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    sim.apply(f"{INGRESSES}/student-1", {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "student-1"}, "spec": {"rules": [rule]}})


def ready(sim, name="prj-1"):
    d = sim.get(f"{DEPLOYMENTS}/{name}")
    s = d.get("status", {})
    return d["metadata"]["generation"] == s.get("observedGeneration") and s.get("updatedReplicas") == s.get("readyReplicas") == s.get("replicas") \
        == d["spec"]["replicas"] and d


# Builds

@pytest.mark.parametrize("builder, lines", [
    ("kaniko", ["INFO[", "RUN pip install -r requirements.txt", "Successfully installed flask-3.0.3 gunicorn-", "Skipping push"]),
    ("buildkit", ["#1 [internal] load build definition from Dockerfile", "RUN pip install -r requirements.txt", "exporting to oci image format"]),
])
def test_build_from_clone_to_page(sim, repository, builder, lines):
    sha = good_commit(repository)
    sim.post(JOBS, build_job("b1", repository.url, sha, builder))
    assert sim.job_end("b1") == ("Complete", "CompletionsReached")
    assert "Checked out " + sha in sim.log("b1", "clone")
    log = sim.log("b1", "build")
    for line in lines:
        assert line in log
    digest = sim.pod_of("b1")["status"]["containerStatuses"][0]["state"]["terminated"]["message"]
    assert digest.startswith("sha256:") and len(digest) == 71
    image = "registry.example:5000/course/shop@" + digest
    assert sim.apply(f"{DEPLOYMENTS}/prj-1", deployment(image=image)).status_code == 201
    expose(sim)
    until(lambda: sim.page("student-1.apps.localhost").status_code == 200)
    page = sim.page("student-1.apps.localhost:8080").text
    assert sha in page and digest in page and "shop" in page
    assert sim.page("other.apps.localhost").status_code == 404
    pod = sim.get(APP_PODS)["items"][0]["metadata"]["name"]
    assert '"GET / HTTP/1.1" 200' in sim.ask("GET", f"{APP_PODS}/{pod}/log").text


def test_the_same_sources_give_the_same_digest(sim, repository):
    sha = good_commit(repository)
    digests = []
    for name in ("b1", "b2"):
        sim.post(JOBS, build_job(name, repository.url, sha))
        sim.job_end(name)
        digests.append(sim.pod_of(name)["status"]["containerStatuses"][0]["state"]["terminated"]["message"])
    assert digests[0] == digests[1]


BROKEN = [
    ("FROM python:3.12\nRUNN echo\n", "dockerfile parse error on line 2: unknown instruction: RUNN"),
    ("FROM python:3.12\n# c\nCOPY nothing.txt .\n", "nothing.txt"),
    ("FROM python:3.12\nRUN echo before && exit 3\n", "exit status 3"),
    ("FROM python:3.12\nRUN true && \\\n    false\n", "exit status 1"),
    ('FROM python:3.12\nRUN ["sh", "-c", "exit 7"]\n', "exit status 7"),
    ("FROM missing/image\nRUN true\n", "UNAUTHORIZED"),
    ("FROM registry.example/a/does-not-exist:1\n", "UNAUTHORIZED"),
    ("FROM python:3.12\nRUN pip install this-does-not-exist\n", "No matching distribution found"),
    ("FROM python:3.12\nRUN pip install -r other.txt\n", "Could not open requirements file"),
    ("RUN true\n", "no build stage in current context"),
    ("# nothing\n", "file with no instructions"),
    ("FROM\n", "FROM requires either one or three arguments"),
    ("FROM python:3.12\nCOPY a\n", "COPY requires at least two arguments"),
]


@pytest.mark.parametrize("dockerfile, told", BROKEN, ids=[str(i) for i in range(len(BROKEN))])
def test_broken_dockerfile_fails_at_its_line(sim, repository, dockerfile, told):
    sha = repository.commit(Dockerfile=dockerfile, app__py="x\n")
    sim.post(JOBS, build_job("b1", repository.url, sha))
    assert sim.job_end("b1") == ("Failed", "BackoffLimitExceeded")
    log = sim.log("b1", "build")
    assert told in log and "error building image: " in log
    state = sim.pod_of("b1")["status"]["initContainerStatuses"][1]["state"]["terminated"]
    assert state["exitCode"] == 1 and state["reason"] == "Error"
    assert "waiting" in sim.pod_of("b1")["status"]["containerStatuses"][0]["state"]


@pytest.mark.parametrize("dockerfile, told", [
    ("FROM python:3.12\nRUNN echo\n", ["Dockerfile:2", ">>> RUNN echo", "dockerfile parse error on line 2: unknown instruction: RUNN"]),
    ("FROM python:3.12\nRUN echo x\nRUN exit 3\n", ["Dockerfile:3", 'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3']),
    ("FROM python:3.12\nCOPY nothing /\n", ['"/nothing": not found']),
    ("FROM missing/image\n", ["failed to resolve source metadata"]),
])
def test_buildkit_words(sim, repository, dockerfile, told):
    sha = repository.commit(Dockerfile=dockerfile)
    sim.post(JOBS, build_job("b1", repository.url, sha, "buildkit"))
    sim.job_end("b1")
    log = sim.log("b1", "build")
    for text in told + ["error: failed to solve: "]:
        assert text in log


def test_clone_failures(sim, repository):
    sha = good_commit(repository)
    for name, url, commit, told in [
        ("c1", "file:///nowhere/at/all.git", sha, "does not appear to be a git repository"),
        ("c2", repository.url, "1" * 40, "not our ref"),
        ("c3", "https://git.example/a/b", sha, "only file://"),
        ("c4", repository.url, "--upload-pack=x", "couldn't find remote ref"),
    ]:
        sim.post(JOBS, build_job(name, url, commit))
        assert sim.job_end(name)[0] == "Failed"
        assert told in sim.log(name, "clone")
        assert sim.pod_of(name)["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 128


def test_missing_dockerfile(sim, repository):
    sha = repository.commit(app__py="x\n")
    sim.post(JOBS, build_job("b1", repository.url, sha))
    sim.job_end("b1")
    assert "error resolving dockerfile path" in sim.log("b1", "build")


# Ordered faults

def finished_pod(sim, repository, fault, **more):
    sim.fault(fault, selector="hydrosim/build-id=b1", **more)
    sim.post(JOBS, build_job("b1", repository.url, good_commit(repository)))
    assert sim.job_end("b1") == ("Failed", "BackoffLimitExceeded")
    return sim.pod_of("b1")


@pytest.mark.parametrize("fault, container, code, reason", [
    ("oom", "build", 137, "OOMKilled"), ("exit", "build", 42, "Error"), ("node_lost", "build", 255, "Unknown"), ("evict", "build", 137, "Error"),
])
def test_fault_in_build(sim, repository, fault, container, code, reason):
    pod = finished_pod(sim, repository, fault, code=42)
    state = pod["status"]["initContainerStatuses"][1]["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (code, reason)
    assert pod["status"].get("reason") == ("Evicted" if fault == "evict" else None)


@pytest.mark.parametrize("fault, container, told", [
    ("git_auth", "clone", "Permission denied (publickey)"), ("push_denied", "push", "authentication required"),
    ("disk_full", "build", "no space left on device"),
])
def test_fault_with_words(sim, repository, fault, container, told):
    finished_pod(sim, repository, fault)
    assert told in sim.log("b1", container)


def test_fault_is_for_whom_it_was_ordered(sim, repository):
    sha = good_commit(repository)
    sim.fault("oom", selector="hydrosim/build-id=other")
    sim.post(JOBS, build_job("b1", repository.url, sha))
    assert sim.job_end("b1")[0] == "Complete"
    assert [f["fault"] for f in sim.get("/_sim/faults")] == ["oom"]
    assert sim.ask("POST", "/_sim/faults", {"fault": "nonsense"}).status_code == 400


def test_image_pull_and_unschedulable(sim):
    sim.fault("image_pull", selector="t=p")
    sim.fault("unschedulable", selector="t=u")
    sim.post(JOBS, plain_job("p", "true"))
    sim.post(JOBS, plain_job("u", "true"))
    until(lambda: sim.pod_of("p") and [s["state"].get("waiting", {}).get("reason") for s in sim.pod_of("p")["status"].get("containerStatuses", [])] == ["ImagePullBackOff"])
    condition = until(lambda: [c for c in sim.pod_of("u")["status"].get("conditions", []) if c["type"] == "PodScheduled"])[0]
    assert (condition["status"], condition["reason"]) == ("False", "Unschedulable")
    until(lambda: {"FailedScheduling", "BackOff", "SuccessfulCreate"} <= {e["reason"] for e in sim.get(f"/api/v1/namespaces/{BUILDS}/events")["items"]})


def test_quota_deletion_deadline(sim):
    sim.fault("quota", count=1)
    sim.post(JOBS, plain_job("q", "true"))
    until(lambda: any(e["reason"] == "FailedCreate" and "exceeded quota" in e["message"] for e in sim.get(f"/api/v1/namespaces/{BUILDS}/events")["items"]))
    assert sim.job_end("q")[0] == "Complete"
    sim.post(JOBS, plain_job("d", "sleep 3600"))
    until(lambda: sim.pod_of("d") and sim.pod_of("d")["status"]["phase"] == "Running")
    assert sim.post("/_sim/act", {"act": "delete_pod", "selector": "t=d"}) == {"affected": 1}
    assert sim.job_end("d") == ("Failed", "BackoffLimitExceeded")
    sim.post(JOBS, plain_job("l", "sleep 100000", activeDeadlineSeconds=1))
    assert sim.job_end("l") == ("Failed", "DeadlineExceeded")
    until(lambda: sim.pod_of("l") is None)


def test_job_suspended_and_expired(sim):
    sim.post(JOBS, plain_job("s", "true", suspend=True))
    until(lambda: any(c["type"] == "Suspended" for c in sim.get(f"{JOBS}/s")["status"].get("conditions", [])))
    assert sim.pod_of("s") is None
    sim.ask("PATCH", f"{JOBS}/s", {"spec": {"suspend": False}}, MERGE)
    assert sim.job_end("s")[0] == "Complete"
    sim.post(JOBS, plain_job("t", "true", ttlSecondsAfterFinished=3))  # of times in whole seconds: at least two
    sim.job_end("t")
    until(lambda: sim.ask("GET", f"{JOBS}/t").status_code == 404)
    until(lambda: sim.pod_of("t") is None)


def test_missing_secret_keeps_the_pod_waiting(sim):
    job = plain_job("m", "true")
    spec = job["spec"]["template"]["spec"]
    spec["volumes"] = [{"name": "v", "secret": {"secretName": "later"}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/v"}]
    sim.post(JOBS, job)
    until(lambda: any(e["reason"] == "FailedMount" for e in sim.get(f"/api/v1/namespaces/{BUILDS}/events")["items"]))
    sim.post(SECRETS, {"metadata": {"name": "later"}, "stringData": {"a": "b"}})
    assert sim.job_end("m")[0] == "Complete"


# Logs

def test_log_is_followed_with_stamps_and_resumed(sim):
    sim.post(JOBS, plain_job("f", "echo one; sleep 20; echo two; sleep 20; echo three"))
    pod = until(lambda: sim.pod_of("f"))["metadata"]["name"]
    early = sim.ask("GET", f"{PODS}/{pod}/log?follow=true")
    assert early.status_code in (200, 400)
    if early.status_code == 400:
        assert "is waiting to start: ContainerCreating" in early.json()["message"]
    until(lambda: sim.ask("GET", f"{PODS}/{pod}/log").status_code == 200)
    with sim.ask("GET", f"{PODS}/{pod}/log?follow=true&timestamps=true", stream=True) as answer:
        lines = [line.decode().split(" ", 1) for line in answer.iter_lines()]
    assert [text for _, text in lines] == ["one", "two", "three"]
    assert [stamp for stamp, _ in lines] == sorted(stamp for stamp, _ in lines)
    again = sim.ask("GET", f"{PODS}/{pod}/log?timestamps=true&sinceTime={lines[1][0]}").text.splitlines()
    assert lines[1][0] in again[0] or lines[0][0] in again[0]  # whole seconds: never later than asked
    assert sim.ask("GET", f"{PODS}/{pod}/log?tailLines=1").text == "three\n"
    assert sim.ask("GET", f"{PODS}/{pod}/log?limitBytes=5").text == "one\nt"
    assert sim.ask("GET", f"{PODS}/{pod}/log?container=none").status_code == 400
    assert sim.ask("GET", f"{PODS}/none/log").status_code == 404


def test_large_log_is_computed(sim):
    sim.fault("big_log", bytes=30_000_000, rate=500_000_000, ansi=True, invalid_utf8=True)
    sim.post(JOBS, plain_job("big", "true"))
    assert sim.job_end("big")[0] == "Complete"
    pod = sim.pod_of("big")["metadata"]["name"]
    whole = sim.ask("GET", f"{PODS}/{pod}/log").content
    assert len(whole) == 30_000_000 and b"\x1b[32m" in whole and b"\xff\xfe" in whole
    assert sim.ask("GET", f"{PODS}/{pod}/log").content == whole
    memory = int(next(line for line in pathlib.Path(f"/proc/{sim.program.pid}/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])
    assert memory < 400_000


def test_log_that_is_cut(sim):
    sim.post(JOBS, plain_job("cut", "echo aaaaaaaaaa; echo bbbbbbbbbb"))
    sim.job_end("cut")
    sim.fault("log_cut", bytes=5)
    pod = sim.pod_of("cut")["metadata"]["name"]
    with pytest.raises(requests.exceptions.RequestException):
        sim.ask("GET", f"{PODS}/{pod}/log")
    assert sim.ask("GET", f"{PODS}/{pod}/log").text == "aaaaaaaaaa\nbbbbbbbbbb\n"


# Rollouts

def test_rollout_restart_scale_and_rollback(sim):
    path = f"{DEPLOYMENTS}/prj-1"
    assert sim.apply(path, deployment()).status_code == 201
    first = until(lambda: ready(sim))
    assert sim.apply(path, deployment()).json()["metadata"]["resourceVersion"] == sim.get(path)["metadata"]["resourceVersion"], "nothing changed"
    changed = deployment()
    changed["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    answer = sim.apply(path, changed).json()
    assert answer["status"]["observedGeneration"] < answer["metadata"]["generation"]
    until(lambda: ready(sim))
    sets = sim.get(f"/apis/apps/v1/namespaces/{STUDENTS}/replicasets")["items"]
    assert sorted(s["spec"]["replicas"] for s in sets) == [0, 1]
    until(lambda: len(sim.get(APP_PODS)["items"]) == 1)
    sim.apply(path, deployment(replicas=0))
    until(lambda: not sim.get(APP_PODS)["items"] and ready(sim) is not None)
    assert len(sim.get(f"/apis/apps/v1/namespaces/{STUDENTS}/replicasets")["items"]) == 2, "the first template came back"
    assert int(sim.get(path)["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) == 3
    sim.ask("PATCH", path + "/scale", {"spec": {"replicas": 2}}, MERGE)
    until(lambda: ready(sim) and len(sim.get(APP_PODS)["items"]) == 2)
    assert sim.ask("DELETE", path + "?propagationPolicy=Background").json()["status"] == "Success"
    until(lambda: not sim.get(APP_PODS)["items"])
    assert first["metadata"]["uid"]


def conditions(sim, name="prj-1"):
    return {c["type"]: c for c in sim.get(f"{DEPLOYMENTS}/{name}").get("status", {}).get("conditions", [])}


def waiting_reason(sim):
    return [s["state"].get("waiting", {}).get("reason") for p in sim.get(APP_PODS)["items"] for s in p["status"].get("containerStatuses", [])]


def test_rollouts_that_fail(sim):
    digest = "registry.example:5000/a/b@sha256:" + "1" * 64
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment(image=digest, progressDeadlineSeconds=1))
    until(lambda: "ImagePullBackOff" in waiting_reason(sim))
    until(lambda: conditions(sim).get("Progressing", {}).get("reason") == "ProgressDeadlineExceeded")
    sim.post("/_sim/reset", {})
    sim.fault("crash_loop", count=100)
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment())
    until(lambda: "CrashLoopBackOff" in waiting_reason(sim))
    pod = sim.get(APP_PODS)["items"][0]["metadata"]["name"]
    assert "RuntimeError" in until(lambda: sim.ask("GET", f"{APP_PODS}/{pod}/log?previous=true").text)
    sim.post("/_sim/reset", {})
    sim.fault("quota", count=1000, namespace=STUDENTS)
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment())
    until(lambda: "exceeded quota" in conditions(sim).get("ReplicaFailure", {}).get("message", ""))
    sim.post("/_sim/reset", {})
    sim.fault("never_ready")
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment())
    until(lambda: sim.get(APP_PODS)["items"] and sim.get(APP_PODS)["items"][0]["status"]["phase"] == "Running")
    assert conditions(sim)["Available"]["status"] == "False"
    expose(sim)
    assert sim.page("student-1.apps.localhost").status_code == 503


def test_old_version_serves_while_the_new_one_fails(sim):
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment())
    expose(sim)
    until(lambda: sim.page("student-1.apps.localhost").status_code == 200)
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment(image="registry.example/x/missing/y:1"))
    until(lambda: "ErrImagePull" in waiting_reason(sim) or "ImagePullBackOff" in waiting_reason(sim))
    assert sim.page("student-1.apps.localhost").status_code == 200


# Writing

def test_apply_gives_up_what_it_leaves_out_and_respects_others(sim):
    path = f"{DEPLOYMENTS}/prj-1"
    sim.apply(path, deployment(replicas=0))
    sim.ask("PATCH", path, {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": [{"name": "B", "value": "2"}]}]}}}}, STRATEGIC)
    body = deployment(replicas=0)
    body["spec"]["template"]["spec"]["containers"][0].pop("env")
    body["spec"]["template"]["spec"]["containers"][0].pop("readinessProbe")
    container = sim.apply(path, body).json()["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "B", "value": "2"}] and "readinessProbe" not in container
    conflict = sim.apply(path, deployment(replicas=3), "?fieldManager=someone")
    assert conflict.status_code == 409
    causes = conflict.json()["details"]["causes"]
    assert ("FieldManagerConflict", ".spec.replicas") in [(c["reason"], c["field"]) for c in causes]
    assert sim.apply(path, deployment(replicas=0), "?fieldManager=someone").status_code == 200
    stale = deployment(replicas=0)
    stale["metadata"]["resourceVersion"] = "1"
    assert sim.apply(path, stale).status_code == 409


def test_conflict_precondition_dry_run_generate_name(sim):
    made = sim.post(SECRETS, {"metadata": {"generateName": "s-"}, "stringData": {"a": "b"}})
    assert made["metadata"]["name"].startswith("s-") and made["data"] == {"a": "Yg=="} and "stringData" not in made
    path = f"{SECRETS}/{made['metadata']['name']}"
    stale = made | {"data": {"a": "Yw=="}}
    assert sim.ask("PUT", path, stale).status_code == 200
    again = sim.ask("PUT", path, stale)
    assert again.status_code == 409 and again.json()["reason"] == "Conflict"
    assert sim.ask("DELETE", path, {"preconditions": {"uid": "other"}}).status_code == 409
    assert sim.ask("DELETE", path + "?dryRun=All").status_code == 200 and sim.ask("GET", path).status_code == 200
    assert sim.ask("DELETE", path).status_code == 200 and sim.ask("GET", path).status_code == 404
    assert sim.ask("POST", SECRETS + "?dryRun=All", {"metadata": {"name": "dry"}}).status_code == 201
    assert sim.ask("GET", SECRETS + "/dry").status_code == 404


def test_owned_objects_go_with_their_owner_or_stay(sim):
    for name, policy, left in (("o1", "Background", 404), ("o2", "Orphan", 200), ("o3", "Foreground", 404)):
        job = sim.post(JOBS, plain_job(name, "sleep 1000"))
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job["metadata"]["uid"]}
        sim.post(SECRETS, {"metadata": {"name": name, "ownerReferences": [owner]}})
        assert sim.ask("DELETE", f"{JOBS}/{name}?propagationPolicy={policy}").status_code == 200
        until(lambda: sim.ask("GET", f"{JOBS}/{name}").status_code == 404)
        until(lambda: sim.ask("GET", f"{SECRETS}/{name}").status_code == left)


def test_lists_are_paged_and_selected(sim):
    for n in range(7):
        sim.post(SECRETS, {"metadata": {"name": f"s{n}", "labels": {"odd": str(n % 2), **({"big": ""} if n > 4 else {})}}})
    names, token = [], ""
    while True:
        page = sim.get(f"{SECRETS}?limit=3&continue={requests.utils.quote(token)}")
        names += [i["metadata"]["name"] for i in page["items"]]
        assert "kind" not in page["items"][0]
        token = page["metadata"].get("continue", "")
        if not token:
            break
        assert page["metadata"]["remainingItemCount"] == 7 - len(names)
    assert names == [f"s{n}" for n in range(7)]
    for selector, count in (("odd=1", 3), ("odd!=1", 4), ("odd in (0,1),big", 2), ("!big", 5), ("odd notin (1)", 4), ("odd==0,big", 1)):
        assert len(sim.ask("GET", SECRETS, params={"labelSelector": selector}).json()["items"]) == count, selector
    assert sim.ask("GET", SECRETS + "?continue=xyz").status_code == 400


# Watches

def test_watch_from_a_version_with_selectors(sim):
    version = sim.get(SECRETS)["metadata"]["resourceVersion"]
    sim.post(SECRETS, {"metadata": {"name": "w1", "labels": {"a": "b"}}})
    sim.post(SECRETS, {"metadata": {"name": "w2"}})
    sim.ask("PATCH", SECRETS + "/w2", {"metadata": {"labels": {"a": "b"}}}, MERGE)
    sim.ask("PATCH", SECRETS + "/w1", {"metadata": {"labels": {"a": None}}}, MERGE)
    sim.ask("DELETE", SECRETS + "/w2")
    events = sim.events(f"{SECRETS}?watch=1&resourceVersion={version}&labelSelector=a%3Db&timeoutSeconds=5", lambda e: e["object"]["metadata"]["name"] == "w2" and e["type"] == "DELETED")
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [("ADDED", "w1"), ("ADDED", "w2"), ("DELETED", "w1"), ("DELETED", "w2")]
    assert all(e["object"]["kind"] == "Secret" for e in events)
    versions = [int(e["object"]["metadata"]["resourceVersion"]) for e in events]
    assert versions == sorted(versions)


def test_watch_wakes_at_once_and_ends_at_its_time(sim):
    seen = []

    def follow():
        seen.extend(sim.events(f"{SECRETS}?watch=1&timeoutSeconds=5", lambda e: False))
    thread = threading.Thread(target=follow)
    started = time.time()
    thread.start()
    until(lambda: sim.get("/_sim/stats")["open_watches"] == 1)
    sim.post(SECRETS, {"metadata": {"name": "n"}})
    thread.join(60)
    assert len(seen) == 1 and 4.5 < time.time() - started < 30
    until(lambda: sim.get("/_sim/stats")["open_watches"] == 0)


def test_watch_disturbances(sim):
    old = sim.ask("GET", f"{SECRETS}?watch=1&resourceVersion=1&timeoutSeconds=2").json()
    assert (old["type"], old["object"]["code"], old["object"]["reason"]) == ("ERROR", 410, "Expired")
    sim.fault("watch_410")
    assert sim.ask("GET", f"{SECRETS}?watch=1&timeoutSeconds=5").json()["object"]["code"] == 410
    sim.fault("http_410", verb="watch")
    assert sim.ask("GET", f"{SECRETS}?watch=1").status_code == 410
    sim.fault("watch_end")
    assert sim.ask("GET", f"{SECRETS}?watch=1&timeoutSeconds=60").text == ""
    sim.fault("watch_half_open")
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(f"{sim.base}{SECRETS}?watch=1&timeoutSeconds=1", timeout=2.5).text


# Protocol faults

def test_protocol_faults(sim):
    sim.fault("http_429", count=2, resource="jobs")
    assert sim.ask("GET", PODS).status_code == 200
    answer = sim.ask("GET", JOBS)
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "1" and answer.headers["Content-Type"].startswith("text/plain")
    assert sim.ask("GET", JOBS).status_code == 429 and sim.ask("GET", JOBS).status_code == 200
    sim.fault("http_500")
    assert sim.ask("GET", JOBS).json()["reason"] == "InternalError"
    sim.fault("http_503")
    assert "<html>" in sim.ask("GET", JOBS).text
    sim.fault("cut", bytes=20)
    try:  # older versions of requests take a body that ends too soon without a word
        answer = sim.ask("GET", JOBS)
        assert len(answer.content) < int(answer.headers["Content-Length"])
    except requests.exceptions.RequestException:
        pass
    sim.fault("drop_answer", verb="create")
    with pytest.raises(requests.exceptions.RequestException):
        sim.ask("POST", JOBS, plain_job("lost", "true"))
    assert sim.ask("GET", JOBS + "/lost").status_code == 200, "done, but not answered"
    sim.fault("stall", seconds=1)
    started = time.time()
    assert sim.ask("GET", JOBS).status_code == 200 and time.time() - started > 0.9


def test_outage(sim):
    sim.post("/_sim/outage", {"seconds": 4})
    with pytest.raises(requests.exceptions.RequestException):
        sim.ask("GET", JOBS)
    assert sim.get("/_sim/stats")["outage"] is True
    until(lambda: sim.get("/_sim/stats")["outage"] is False)
    assert sim.ask("GET", JOBS).status_code == 200


def test_bad_requests(sim):
    assert sim.ask("POST", JOBS, "x" * (3 * 1024 * 1024 + 10)).status_code == 413
    assert sim.ask("POST", JOBS, "{}", "text/plain").status_code == 415
    assert sim.ask("POST", JOBS, '{"a":1,"a":2}').status_code == 400
    assert sim.ask("POST", JOBS, "[" * 5000).status_code == 400
    assert sim.ask("GET", "/api/v1/namespaces/none/pods/x/log").status_code == 404
    assert sim.ask("GET", JOBS + "?labelSelector=" + "a," * 500).status_code == 400
    assert sim.ask("GET", "/").status_code == 404
    assert sim.ask("PATCH", JOBS + "/x", "{}", MERGE).status_code == 404
    assert sim.ask("DELETE", "/api/v1/pods").status_code == 405


# The program

def test_token(tmp_path):
    sim = Sim(tmp_path, "--token", "secret-token")
    assert sim.ask("GET", JOBS).status_code == 401
    assert sim.ask("GET", JOBS, headers={"Authorization": "Bearer wrong-token1"}).json()["reason"] == "Unauthorized"
    assert sim.ask("GET", JOBS, headers={"Authorization": "Bearer secret-token"}).status_code == 200
    assert "token: secret-token" in (tmp_path / "kubeconfig").read_text() and sim.base in (tmp_path / "kubeconfig").read_text()
    sim.stop()


def test_restart_keeps_applications_and_loses_running_builds(tmp_path, repository):
    sim = Sim(tmp_path, "--state-dir", str(tmp_path / "state"))
    sha = good_commit(repository)
    sim.post(JOBS, build_job("b1", repository.url, sha))
    sim.job_end("b1")
    digest = sim.pod_of("b1")["status"]["containerStatuses"][0]["state"]["terminated"]["message"]
    sim.apply(f"{DEPLOYMENTS}/prj-1", deployment(image="registry.example:5000/course/shop@" + digest))
    expose(sim)
    until(lambda: sim.page("student-1.apps.localhost").status_code == 200)
    sim.post(JOBS, plain_job("running", "sleep 100000"))
    until(lambda: sim.pod_of("running") and sim.pod_of("running")["status"]["phase"] == "Running")
    before = int(sim.get(JOBS)["metadata"]["resourceVersion"])
    sim.stop()
    sim = Sim(tmp_path, "--state-dir", str(tmp_path / "state"))
    page = until(lambda: sim.page("student-1.apps.localhost") if sim.page("student-1.apps.localhost").status_code == 200 else None)
    assert sha in page.text and digest in page.text
    assert sim.job_end("running") == ("Failed", "BackoffLimitExceeded")
    state = sim.pod_of("running")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (255, "Unknown")
    assert int(sim.get(JOBS)["metadata"]["resourceVersion"]) > before
    body = deployment(image="registry.example:5000/course/shop@" + digest)
    body["spec"]["template"]["spec"]["containers"][0].pop("env")
    assert "env" not in sim.apply(f"{DEPLOYMENTS}/prj-1", body).json()["spec"]["template"]["spec"]["containers"][0], "it remembers who applied what"
    sim.stop()


def test_wrong_options(tmp_path):
    for options in (["--port", "x"], ["--nonsense"], ["--speed", "0"], ["extra"]):
        assert subprocess.run([binary(), *options], capture_output=True).returncode == 2
    help_text = subprocess.run([binary(), "--help"], capture_output=True, text=True)
    assert help_text.returncode == 0 and "--state-dir" in help_text.stdout


def test_many_running_jobs_cost_nothing_while_quiet(sim):
    for n in range(100):
        sim.post(JOBS, plain_job(f"j{n}", "echo x; sleep 1000000"))
    until(lambda: sum(p["status"]["phase"] == "Running" for p in sim.get(PODS)["items"]) == 100)
    streams = [sim.ask("GET", f"{PODS}/{p['metadata']['name']}/log?follow=true", stream=True) for p in sim.get(PODS)["items"]]
    until(lambda: sim.get("/_sim/stats")["open_follows"] == 100)

    def used():
        fields = pathlib.Path(f"/proc/{sim.program.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def used_within(seconds):
        before = used()
        time.sleep(seconds)
        return used() - before
    until(lambda: used_within(0.5) < 0.03)  # what was asked before has been done
    threads = len(os.listdir(f"/proc/{sim.program.pid}/task"))
    assert used_within(2) < 0.1
    assert threads < 8
    for stream in streams:
        stream.close()
    until(lambda: sim.get("/_sim/stats")["open_follows"] == 0)
