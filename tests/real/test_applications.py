"""Applications of every kind on a real cluster: those that work, and each way in which one does not; what the pages say of it.

The cases run beside each other: all are asked for at once, and each test waits for its own, in the order of this file. What changes
something for all comes after them; the way to the API server is cut in the last one.
"""
import base64
import datetime
import json
import socket
import threading
import time

import pytest

from app_images import Images
from stack.journey import wait_for

LANGUAGES = ("en", "zh")


class Cases:
    """The projects by name, with the deployment that was asked for last."""

    def __init__(self, portal, images):
        self.portal, self.images = portal, images
        self.projects, self.deployments, self.before = {}, {}, ""

    def add(self, name, image, port=8000, health=None, **variables):
        project = self.portal.new_app(name, port, **{k: str(v) for k, v in variables.items()})
        if health:
            answer = self.portal.client("teacher").api("PUT", f"/api/v1/projects/{project}", {"health_path": health})
            assert answer.status_code == 200, answer.text
        self.projects[name] = project
        return self.deploy(name, image)

    def deploy(self, name, image):
        self.deployments[name] = self.portal.deploy(self.projects[name], image)
        return self.projects[name]

    def ended(self, name, seconds=300):
        return self.portal.ended(self.deployments[name], seconds)

    def runs(self, name, words):
        """Waits until it runs, and answers with these words."""
        ended = self.ended(name)
        assert ended["state"] == "running", ended
        wait_for(lambda: words in self.portal.answers(self.projects[name]), 180, f"{name} to answer")
        return self.projects[name]

    def failed(self, name, reason, words, evidence):
        """Waits until it has failed for that reason: both pages say so in both languages, with evidence and advice."""
        ended = self.ended(name)
        assert (ended["state"], ended["reason"]) == ("failed", reason), ended
        assert evidence in (ended["said"] or "") + (ended["evidence"] or ""), ended
        assert ended["message"] and ended["advice"]
        for language, word in zip(LANGUAGES, words):
            for path in (f"/projects/{self.projects[name]}", f"/deployments/{ended['id']}"):
                page = self.portal.page(None, language, path)
                assert word in page, f"{name}: {word} is not on {path}: {page[:4000]}"
        return self.projects[name]


@pytest.fixture(scope="module")
def images(apps, tmp_path_factory):
    return Images(apps.stack, tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def cases(apps, images):
    c = Cases(apps, images)
    answer = apps.client("admin").api("POST", "/api/v1/registries", {"name": "open", "address": images.open.address, "plain_http": True})
    assert answer.status_code == 201, answer.text
    server = images.server()
    c.add("leak", server, LEAK_AFTER=0.1, SILENT=1)
    c.add("crash", images.crash(3))
    c.add("ends", images.crash(0))
    c.add("zeros", images.zeros())
    c.add("windows", images.windows())
    c.add("arm", images.arm())
    c.add("no-command", images.no_command())
    c.add("missing", images.missing())
    c.add("disk", server, FILL_AFTER=0.1, SILENT=1)
    c.add("wrong-port", server, LISTEN=5000)
    c.add("loopback", server, BIND="127.0.0.1")
    c.add("unhealthy", server, health="/health", STATUS=500)
    c.add("needs-variable", server, NEEDS="DATABASE_URL")
    c.add("low-port", images.as_user("1000"), port=80)
    c.add("private", images.private_server())
    c.add("no-shell", images.no_shell())
    c.add("good", server)
    c.add("numbered", images.as_user("1000"))
    c.add("slow", server, DELAY=45)
    return c


# --- what does not work, and why -----------------------------------------------------------------------------------------------------

# name of the case, its reason, what the pages say in English and Chinese, what is in the evidence
FAILURES = [
    ("crash", "CRASH_LOOP", "exit code 3", "退出码 3", "about to end with 3"),
    ("ends", "ENDS", "keeps running", "前台", "about to end with 0"),
    ("arm", "IMAGE_ARCH", "another kind of processor", "另一种处理器", "exec format error"),
    ("zeros", "CRASH_LOOP", "exit code 4", "退出码 4", "said in UTF-16"),
    ("windows", "START", "Unix line ends (LF)", "Unix 换行符（LF）", "exec /start.sh"),
    ("no-command", "START", "CMD and ENTRYPOINT", "CMD 和 ENTRYPOINT", "/not/there"),
    ("leak", "OUT_OF_MEMORY", "128Mi", "128Mi", ""),
    ("needs-variable", "CRASH_LOOP", "DATABASE_URL, which it does not have", "日志提到变量 DATABASE_URL", "KeyError"),
    ("low-port", "CRASH_LOOP", "Ports below 1024", "1024 以下", "Permission denied"),
    ("missing", "IMAGE_MISSING", "not in the registry", "镜像仓库中没有该镜像", "0000000"),
    ("wrong-port", "NOT_ANSWERING", "it listens on 0.0.0.0:5000", "监听的是 0.0.0.0:5000", "connection refused"),
    ("loopback", "NOT_ANSWERING", "it listens on 127.0.0.1:8000", "监听的是 127.0.0.1:8000", "connection refused"),
    ("unhealthy", "UNHEALTHY", "/health", "/health", "statuscode: 500"),
    ("disk", "OUT_OF_DISK", "64Mi", "64Mi", "ephemeral local storage"),
]
KEPT = ("needs-variable",)  # the others make room


def test_a_slow_start_is_told_while_it_lasts(apps, cases):
    project, missing = cases.projects["slow"], {"en": "Started, not answering on port 8000 yet", "zh": "已启动，端口 8000 尚未响应", "en ": "starting"}

    def told():
        for language, words in list(missing.items()):
            if words in apps.page(project, language.strip()):
                del missing[language]
        return not missing

    wait_for(told, 180, f"the page to say: {missing}")
    wait_for(lambda: apps.deployment(cases.deployments["slow"])["state"] == "running", 180, "the slow application to run")


@pytest.mark.parametrize("name, reason, english, chinese, evidence", FAILURES, ids=[f[0] for f in FAILURES])
def test_failure(apps, cases, name, reason, english, chinese, evidence):
    project = cases.failed(name, reason, (english, chinese), evidence)
    if name not in KEPT:
        apps.act(project, "delete")


@pytest.mark.parametrize("name, words", [("good", "hello"), ("no-shell", "no shell"), ("private", "hello"), ("numbered", "hello")])
def test_works(cases, name, words):
    cases.runs(name, words)


def test_who_runs_as_root_is_known_before_and_does_not_start(apps, cases):
    """What the list says of images in both registries, and what the cluster makes of the same images where nobody may be root."""
    def users():
        rows = apps.client("admin").json("/api/v1/settings/pod-security?limit=200")["items"]
        return {row["project"]: (row["user"], row["verdict"]) for row in rows}

    expected = {"good": ("", "root"), "private": ("", "root"), "no-shell": ("", "root"), "numbered": ("1000", "fine")}
    wait_for(lambda: expected.items() <= users().items(), 180, "the users of the images")
    apps.setting("pod_security", "restricted")
    try:
        cases.add("as-root", cases.images.server())
        cases.add("as-name", cases.images.as_user("nobody"))
        cases.deployments["numbered"] = apps.act(cases.projects["numbered"], "restart")
        for name in ("as-root", "as-name"):
            apps.act(cases.failed(name, "RUNS_AS_ROOT", ("USER 1000", "USER 1000"), "runAsNonRoot"), "delete")
        apps.act(cases.runs("numbered", "hello"), "delete")
    finally:
        apps.setting("pod_security", "baseline")


@pytest.fixture(scope="module")
def later(apps, cases):
    """What comes after all that, again beside each other."""
    cases.runs("good", "hello")
    cases.before = apps.answers(cases.projects["good"])
    cases.deploy("good", cases.images.crash(3))
    cases.add("later", cases.images.server(), LEAK_AFTER=45)
    cases.add("big", cases.images.big())
    return cases


def test_a_secret_variable_is_what_it_needs(apps, later):
    cases = later
    project, value = cases.projects["needs-variable"], "postgres://hydro:not-for-eyes@db/x"
    apps.variable(project, "DATABASE_URL", value, secret=True)
    cases.deployments["needs-variable"] = apps.act(project, "restart")
    cases.runs("needs-variable", "hello")
    spec = json.dumps(apps.object("deployment", f"prj-{project}"))
    secrets = [s for s in json.loads(apps.kube("get", "secrets", "-o", "json"))["items"] if s["metadata"]["name"].startswith(f"prj-{project}-env-")]
    assert "not-for-eyes" not in spec and secrets[0]["metadata"]["name"] in spec
    assert base64.b64decode(secrets[0]["data"]["DATABASE_URL"]).decode() == value
    shown = apps.client("teacher").get(f"/projects/{project}/variables").text + apps.client("teacher").api(
        "GET", f"/api/v1/projects/{project}/variables").text
    assert "DATABASE_URL" in shown and "not-for-eyes" not in shown


def test_a_failed_rollout_leaves_the_last_good_one(apps, later):
    cases, before = later, later.before
    project = cases.failed("good", "CRASH_LOOP", ("exit code 3", "退出码 3"), "about to end with 3")
    assert before.startswith("hello ") and apps.answers(project) == before
    for language, words in zip(LANGUAGES, ("The version before goes on running and answers", "之前的版本仍在运行")):
        for path in (f"/projects/{project}", f"/deployments/{cases.deployments['good']}"):
            assert words in apps.page(project, language, path)
    cases.deploy("good", cases.images.second())
    cases.runs("good", "hello")
    wait_for(lambda: apps.answers(project) not in ("", before), 180, "the new one to answer")


def test_a_failure_of_what_runs_is_shown(apps, later):
    project = later.projects["later"]
    assert later.ended("later")["state"] == "running"
    for language, words in zip(LANGUAGES, ("needed too much memory", "应用内存不足")):
        wait_for(lambda: words in apps.page(project, language), 180, f"the page to say: {words}")
    apps.act(project, "delete")


def test_a_large_image_is_fetched(apps, later):
    """500 MB that no compression makes smaller."""
    apps.act(later.runs("big", "hello"), "delete")


# --- what the namespace does not let in ----------------------------------------------------------------------------------------------

LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: test-limits}
spec:
  limits:
    - type: Container
      max: {memory: 200Mi}
      default: {example.com/rare: "1"}
      defaultRequest: {example.com/rare: "1"}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: test-quota}
spec:
  hard: {requests.example.com/rare: "1"}
"""
REFUSALS = [
    ("too-large", "ADMISSION", "A rule of the cluster refuses", "集群规则拒绝了应用", "maximum memory usage per Container is 200Mi"),
    ("no-room", "UNSCHEDULABLE", "no room in the cluster", "集群没有空闲资源", "Insufficient example.com/rare"),
    ("no-account", "IMAGE_DENIED", "may not fetch the image", "集群无权获取镜像", "10.77"),
    ("no-quota", "QUOTA", "test-quota", "test-quota", "exceeded quota: test-quota"),
]


def ask_for_refusals(apps, cases):
    images = cases.images
    apps.sql("UPDATE registries SET pull_username = NULL WHERE pull_username IS NOT NULL")
    apps.setting("deploy_timeout", 45)
    project = cases.add("no-account", images.private_server())
    wait_for(lambda: apps.kube("get", "pods", "-l", f"hydrosim/project-id={project}", "-o", "name"), 180, "the pod of no-account")
    apps.kube("apply", "-f", "-", text=LIMITS)
    cases.add("no-room", images.server())
    rare = "{.status.used['requests\\.example\\.com/rare']}"
    wait_for(lambda: apps.kube("get", "resourcequota", "test-quota", "-o", f"jsonpath={rare}") == "1", 180, "no-room to take the only place")
    apps.setting("deploy_timeout", 120)  # it is told while it waits
    cases.add("no-quota", images.server())
    apps.wait_sql(f"SELECT applied_at IS NOT NULL FROM deployments WHERE id = {cases.deployments['no-quota']}", seconds=180)
    apps.setting("deploy_timeout", 45)
    apps.setting("app_memory", "256Mi")
    cases.add("too-large", images.server())
    apps.wait_sql(f"SELECT snapshot IS NOT NULL FROM deployments WHERE id = {cases.deployments['too-large']}", seconds=180)
    apps.setting("app_memory", "128Mi")


@pytest.fixture(scope="class")
def refused(apps, cases):
    """Each of them refused in its way, beside each other: the rules, and a registry that has lost its account, are there only for them."""
    account = apps.sql("SELECT pull_username FROM registries WHERE pull_username IS NOT NULL")
    try:
        ask_for_refusals(apps, cases)
        yield cases
        for name, *_ in REFUSALS:
            apps.act(cases.projects[name], "delete")
    finally:
        apps.no_rules()
        apps.setting("deploy_timeout", apps.deploy_seconds)
        apps.setting("app_memory", "128Mi")
        apps.sql(f"UPDATE registries SET pull_username = '{account}' WHERE pull_password_sealed IS NOT NULL")


class TestRefusals:
    """By the rules of the namespace, and by a registry."""

    def test_a_used_up_quota_is_told_while_it_waits(self, apps, refused):
        project = refused.projects["no-quota"]
        for language, words in zip(LANGUAGES, ("Waiting for a place: the cluster's limit test-quota is used up", "等待空位：集群配额 test-quota 已用完")):
            wait_for(lambda: words in apps.page(project, language), 180, f"the page to say: {words}")
        assert "requests.example.com/rare: 1 of 1" in apps.page(project)
        since = datetime.datetime.fromisoformat(apps.deployment(refused.deployments["no-quota"])["progress_since"])
        assert abs(since - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=3), since

    @pytest.mark.parametrize("name, reason, english, chinese, evidence", REFUSALS, ids=[f[0] for f in REFUSALS])
    def test_refused(self, apps, refused, name, reason, english, chinese, evidence):
        refused.failed(name, reason, (english, chinese), evidence)


# --- what somebody changes behind the portal's back ----------------------------------------------------------------------------------

def drifts(apps, project):
    """What has happened to its drift: "seen" and "repaired", oldest first."""
    return apps.sql("SELECT e.value FROM deployment_events e JOIN deployments d ON d.id = e.deployment_id"
                    f" WHERE d.project_id = {project} AND e.kind = 'drift' ORDER BY e.id").split()


def shown(apps, project, english, chinese, seconds=180):
    for language, words in zip(LANGUAGES, (english, chinese)):
        wait_for(lambda: words in apps.page(project, language), seconds, f"the page of project {project} to say: {words}")


CHANGES = [  # the project, what is done to it, what the pages say
    ("slow", lambda n: ("scale", "deployment", f"prj-{n}", "--replicas=2"), "Copies: 2 instead of 1", "副本数：现为 2，应为 1"),
    ("private", lambda n: ("set", "image", f"deployment/prj-{n}", "app=example.invalid/other:1"), "Image: example.invalid/other:1 instead of",
     "镜像：现为 example.invalid/other:1"),
    ("no-shell", lambda n: ("delete", "service,ingress", f"student-{n}"), "Service: deleted", "Service：已被删除"),
    ("needs-variable", lambda n: ("delete", "deployment", f"prj-{n}"), "Deployment: deleted", "Deployment：已被删除"),
]


@pytest.fixture(scope="class")
def changed(apps, cases):
    """All of them at once, while a setting leaves them alone."""
    apps.setting("drift", "leave")
    for name, do, _, _ in CHANGES:
        apps.kube(*do(cases.projects[name]))
    yield apps.sql("SELECT now()")
    apps.setting("drift", "repair")


class TestChanges:
    """By kubectl, behind the portal's back."""

    @pytest.mark.parametrize("name, do, english, chinese", CHANGES, ids=[c[0] for c in CHANGES])
    def test_a_change_is_seen_shown_and_left_alone(self, apps, cases, changed, name, do, english, chinese):
        project = cases.projects[name]
        shown(apps, project, english, chinese)
        late = apps.sql(f"SELECT extract(epoch FROM e.at - timestamptz '{changed}') FROM deployment_events e JOIN deployments d ON d.id = e.deployment_id"
                        f" WHERE d.project_id = {project} AND e.kind = 'drift' ORDER BY e.id DESC LIMIT 1")
        assert float(late) < 60  # as users.md says
        shown(apps, project, "By the settings the portal leaves it as it is", "按照设置，门户不会改动")
        assert drifts(apps, project) == ["seen"]

    def test_a_button_puts_one_right(self, apps, cases, changed):
        project = cases.projects["no-shell"]
        assert not apps.object("service", f"student-{project}")
        answer = apps.client("teacher").api("POST", f"/api/v1/projects/{project}/repair", {})
        assert answer.status_code == 202, answer.text
        wait_for(lambda: apps.answers(project) == "no shell", 180, "the application to answer again")
        wait_for(lambda: drifts(apps, project) == ["seen", "repaired"], 180, "the page to know")

    def test_all_is_put_right_by_default(self, apps, cases, changed):
        apps.setting("drift", "repair")
        projects = [cases.projects[name] for name, *_ in CHANGES]
        for project in projects:
            wait_for(lambda: drifts(apps, project) == ["seen", "repaired"], 180, f"project {project} to be put right")
            assert "without the portal" not in apps.page(project)
        for project in projects:
            wait_for(lambda: apps.answers(project), 180, f"project {project} to answer again")
            assert apps.object("deployment", f"prj-{project}")["spec"]["replicas"] == 1


def test_who_fights_back_is_answered_with_growing_pauses(apps, cases):
    project, over = cases.projects["good"], threading.Event()

    def fight():
        while not over.wait(0.5):
            apps.kube("scale", "deployment", f"prj-{project}", "--replicas=3", check=False)

    fighter = threading.Thread(target=fight)
    fighter.start()
    try:
        times = []
        for number in (1, 2):
            apps.wait_sql(f"SELECT drift_count >= {number} FROM projects WHERE id = {project}", seconds=180)
            times.append(float(apps.sql(f"SELECT extract(epoch FROM drift_at) FROM projects WHERE id = {project}")))
        shown(apps, project, "Somebody keeps changing it. The portal puts it right again", "有人反复修改。门户下次恢复")
        again = wait_for(lambda: apps.client("teacher").json(f"/api/v1/projects/{project}")["repair_at"], 60, "the next repair")
    finally:
        over.set()
        fighter.join()
    assert times[1] - times[0] >= 10 and datetime.datetime.fromisoformat(again).timestamp() - times[1] >= 19, (times, again)
    answer = apps.client("teacher").api("POST", f"/api/v1/projects/{project}/repair", {})
    assert answer.status_code in (202, 409), answer.text  # 409: it was just put right
    wait_for(lambda: apps.object("deployment", f"prj-{project}")["spec"]["replicas"] == 1, 180, "it to be put right")


# --- the API server is killed in the middle ------------------------------------------------------------------------------------------

def test_rollouts_go_on_after_the_api_server_was_away(apps, cases):
    """One is just starting, one is being replaced, one is asked for while the cluster is away; what runs goes on answering."""
    server = cases.images.server()
    apps.setting("deploy_timeout", 300)  # the time that the cluster is away counts
    cases.add("starting", server, DELAY=12)
    cases.deploy("slow", cases.images.second())
    for name in ("starting", "slow"):
        wait_for(lambda: apps.sql(f"SELECT applied_at IS NOT NULL FROM deployments WHERE id = {cases.deployments[name]}") == "t", 180, f"{name} to be applied")
    apps.line.cut()
    cases.deploy("private", cases.images.second())
    assert "hello" in apps.answers(cases.projects["good"])
    shown(apps, cases.projects["private"], "The cluster does not answer; it goes on when the cluster is back", "集群没有响应")
    assert apps.deployment(cases.deployments["private"])["state"] in ("pending", "deploying")
    apps.line.mend()
    for name in ("starting", "slow", "private"):
        project = cases.runs(name, "hello")
        pods = json.loads(apps.kube("get", "pods", "-l", f"hydrosim/project-id={project}", "-o", "json"))["items"]
        assert len([p for p in pods if not p["metadata"].get("deletionTimestamp")]) <= 1, pods
    assert drifts(apps, cases.projects["starting"]) == []


def test_what_takes_too_long_fails_in_time(apps, cases):
    """A registry that takes the node's request and never answers it: the image is being fetched until the time is over."""
    apps.setting("deploy_timeout", 60)
    project = cases.projects["no-shell"]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cases.deploy("no-shell", f"127.0.0.1:{silent.getsockname()[1]}/test/silent@sha256:{'1' * 64}")
        shown(apps, project, "Fetching the image", "正在获取镜像")
        cases.failed("no-shell", "DEADLINE", ("not done in time", "未能在限定时间内完成"), "")
    assert apps.answers(project) == "no shell"
    assert "The version before goes on running" in apps.page(project)
