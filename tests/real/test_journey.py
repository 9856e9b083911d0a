"""A push with git to a real Gitea ends in a page that a real pod serves, through everything that is between."""
import json
import re
import time
import urllib.request

import pytest

from stack import journey
from stack.processes import StackError

CONTAINERS = ("clone", "build", "push")


class KeptJob:
    """A build's Job, which goes away, with its pod, only when `kubectl logs` has been asked what each container said."""

    def __init__(self, stack, build):
        self.stack, self.job, self.where = stack, f"job/build-{build}", ("-n", stack.namespace("builds"))

    def patch(self, finalizers, check=True):
        change = json.dumps({"metadata": {"finalizers": finalizers}})
        return self.stack.kubectl(*self.where, "patch", self.job, "--type=merge", "-p", change, check=check)

    def __enter__(self):
        journey.wait_for(lambda: self.patch(["tests.hydrosim/read"], check=False), 120, f"the {self.job}")
        return self

    def logs(self):
        """What those said that ran, by their names."""
        said = {c: self.said(c) for c in CONTAINERS}
        return {c: text for c, text in said.items() if text}

    def said(self, container):
        """Asks again when the node does not answer at once: it is as busy as the machine."""
        for left in reversed(range(10)):
            try:
                return self.stack.kubectl(*self.where, "logs", self.job, "-c", container)
            except StackError as e:
                if "waiting to start" in str(e):
                    return ""
                if not left:
                    raise
                time.sleep(2)

    def __exit__(self, *_):
        self.patch(None)


def build_and_watch(real, login, text, edit=None):
    sha = real.push_to_gitea(login, text, edit)
    build = real.build_of(real.ids[login], sha, 120)
    with KeptJob(real.stack, build) as kept:
        ended = real.finish(build, 600)
        real.wait_sql(f"SELECT archived_at IS NOT NULL FROM builds WHERE id = {build}", seconds=240)
        return sha, build, ended, kept.logs()


def page(real, login):
    request = urllib.request.Request(real.stack.apps_url + "/", headers={"Host": real.stack.app_host(real.ids[login])})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
    except OSError as e:
        return str(e)


def test_a_push_becomes_a_page(real):
    text = f"Built by {real.builder} at {int(time.time())}"
    sha, build, (status, reason, message), collected = build_and_watch(real, "ali", text)
    assert status == "success", (reason, message, real.sql(f"SELECT evidence FROM builds WHERE id = {build}"))
    assert real.sql(f"SELECT trigger FROM builds WHERE id = {build}") == "push", "the webhook did not come"
    state, why = real.deployed(build, 300)
    assert state == "running", why
    end = time.monotonic() + 120
    while text not in page(real, "ali") and time.monotonic() < end:
        time.sleep(0.5)
    assert text in page(real, "ali")
    digest = real.sql(f"SELECT digest FROM builds WHERE id = {build}")
    pods = json.loads(real.stack.kubectl("-n", real.stack.namespace("students"), "get", "pods", "-l", f"hydrosim/project-id={real.ids['ali']}", "-o", "json"))
    images = {c["image"] for p in pods["items"] if p["status"]["phase"] == "Running" for c in p["spec"]["containers"]}
    assert any(image.endswith("@" + digest) for image in images), images
    archived = real.client("ali").get(f"/api/v1/builds/{build}/logs").text
    assert re.search(sha[:7], archived)
    assert set(collected) == set(CONTAINERS)
    assert archived == "".join(collected.values())
    hook = [d for d in real.sql(f"SELECT outcome, reason FROM webhook_deliveries WHERE build_id = {build}").splitlines()]
    assert hook == ["accepted\tbuild_created"]


def test_commit_status_is_written_back(real):
    sha, _, ended, _ = build_and_watch(real, "mei", "For the commit status")
    assert ended[0] == "success", ended
    end = time.monotonic() + 180
    states = []
    while time.monotonic() < end and "success" not in states:
        states = [s["status"] for s in real.stack.gitea("GET", f"/repos/{real.demo.owner('mei')}/hydro-app/commits/{sha}/statuses")]
        time.sleep(1)
    assert "success" in states


@pytest.mark.parametrize("change, reason", [
    (lambda base: f"FROM {base}\nRUN echo about to fail && exit 3\n", "BUILD_STEP"),
    (lambda base: f"FROM {base}\nCOPY not-there.txt /\n", "BUILD_STEP|DOCKERFILE"),
    (lambda base: f"FROM {base}\nWHATEVER x\n", "DOCKERFILE"),
    (lambda base: None, "DOCKERFILE"),
    (lambda base: f"FROM {base.rsplit('/', 1)[0]}/not-there:1\n", "IMAGE_PULL"),
])
def test_broken_dockerfiles(real, change, reason):
    def edit(folder):
        text = change(real.demo.base)
        path = folder / "Dockerfile"
        path.unlink() if text is None else path.write_text(text)

    _, build, (status, got, message), collected = build_and_watch(real, "noor", "Broken on purpose", edit)
    assert status == "failed" and re.fullmatch(reason, got), (got, message, collected)
    assert real.client("noor").get(f"/api/v1/builds/{build}/logs").text == "".join(collected.values())


def test_no_secret_where_student_code_runs(real):
    """The build's environment and files are printed by the Dockerfile itself; no credential may be in them."""
    def edit(folder):
        (folder / "Dockerfile").write_text(f"FROM {real.demo.base}\nRUN env; cat /proc/self/mounts; ls -la / /run/secrets "
                                           "/var/run/secrets/kubernetes.io 2>&1 || true\n")

    _, build, ended, _ = build_and_watch(real, "noor", "Looking around", edit)
    assert ended[0] == "success", ended
    log = real.client("noor").get(f"/api/v1/builds/{build}/logs").text
    assert "PATH=" in log
    for secret in (real.stack["PRIVATE_REGISTRY_PUSH"].split(":")[1], "BEGIN OPENSSH PRIVATE KEY", "eyJhbGciOi"):
        assert secret not in log


def test_the_token_was_rotated_in_mid_run(real):
    """The refresher has replaced the token since the start, and the worker still works."""
    log = real.stack.processes.log("token")
    end = time.monotonic() + 240
    while log.read_text().count("a new token") < 2 and time.monotonic() < end:
        time.sleep(1)
    assert log.read_text().count("a new token") >= 2
    assert build_and_watch(real, "mei", "After the rotation")[2][0] == "success"
    assert real.number("SELECT count(*) FROM builds WHERE reason = 'PLATFORM'") == 0
