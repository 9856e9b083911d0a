"""Applications of every kind on a real cluster: those that work, and each way in which one does not; what the pages say of it.

The cases run beside each other: all are asked for at once, and each test waits for its own. What changes something for all comes after
them, one after the other; the API server is killed in the last one.
"""
import json
import time

import pytest

from app_images import Images
from stack.journey import wait_for


class Cases:
    """The projects by name, with the deployment that was asked for first."""

    def __init__(self, portal, images):
        self.portal, self.images = portal, images
        self.projects, self.deployments, self.started = {}, {}, {}

    def add(self, name, image, port=8000, health=None, **variables):
        project = self.portal.new_app(name, port, **{k: str(v) for k, v in variables.items()})
        if health:
            answer = self.portal.client("teacher").api("PUT", f"/api/v1/projects/{project}", {"health_path": health})
            assert answer.status_code == 200, answer.text
        self.projects[name] = project
        self.started[name] = time.monotonic()
        self.deployments[name] = self.portal.deploy(project, image)

    def ended(self, name, seconds=120):
        return self.portal.ended(self.deployments[name], seconds)


@pytest.fixture(scope="module")
def images(apps, tmp_path_factory):
    return Images(apps.stack, tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def cases(apps, images):
    c = Cases(apps, images)
    server = images.server()
    c.add("leak", server, LEAK_AFTER=0.1, SILENT=1)
    c.add("crash", images.crash(3))
    c.add("ends", images.crash(0))
    c.add("arm", images.arm())
    c.add("no-command", images.no_command())
    c.add("missing", images.missing())
    c.add("disk", server, FILL_AFTER=0.1, SILENT=1)
    c.add("wrong-port", server, LISTEN=5000)
    c.add("loopback", server, BIND="127.0.0.1")
    c.add("unhealthy", server, health="/health", STATUS=500)
    c.add("needs-variable", server, NEEDS="DATABASE_URL")
    c.add("slow", server, DELAY=35)
    c.add("good", server)
    c.add("no-shell", images.no_shell())
    c.add("private", images.private_server())
    c.add("later", server, LEAK_AFTER=20)
    c.add("low-port", images.as_user("1000"), port=80)
    return c


# --- what does not work, and why -----------------------------------------------------------------------------------------------------

# name of the case, its reason, what both languages' pages say, what is in the evidence
FAILURES = [
    ("crash", "CRASH_LOOP", "exit code 3", "退出码 3", "about to end with 3"),
    ("ends", "ENDS", "keeps running", "前台", "about to end with 0"),
    ("arm", "IMAGE_ARCH", "another kind of processor", "另一种处理器", "exec format error"),
    ("no-command", "START", "CMD and ENTRYPOINT", "CMD 和 ENTRYPOINT", "/not/there"),
    ("missing", "IMAGE_MISSING", "not in the registry", "镜像仓库中没有该镜像", "0000000"),
    ("leak", "OUT_OF_MEMORY", "128Mi", "128Mi", ""),
    ("disk", "OUT_OF_DISK", "64Mi", "64Mi", "ephemeral local storage"),
    ("needs-variable", "CRASH_LOOP", "DATABASE_URL, which it does not have", "日志提到变量 DATABASE_URL", "KeyError"),
    ("low-port", "CRASH_LOOP", "Ports below 1024", "1024 以下", "Permission denied"),
    ("wrong-port", "NOT_ANSWERING", "it listens on 0.0.0.0:5000", "监听的是 0.0.0.0:5000", "connection refused"),
    ("loopback", "NOT_ANSWERING", "it listens on 127.0.0.1:8000", "监听的是 127.0.0.1:8000", "connection refused"),
    ("unhealthy", "UNHEALTHY", "/health", "/health", "statuscode: 500"),
]


@pytest.mark.parametrize("name, reason, english, chinese, evidence", FAILURES, ids=[f[0] for f in FAILURES])
def test_failure(apps, cases, name, reason, english, chinese, evidence):
    ended = cases.ended(name)
    assert (ended["state"], ended["reason"]) == ("failed", reason), ended
    assert evidence in (ended["said"] or "") + (ended["evidence"] or ""), ended
    assert ended["message"] and ended["advice"]
    for language, words in (("en", english), ("zh", chinese)):
        for page in (apps.page(cases.projects[name], language), apps.client("teacher").get(
                f"/deployments/{ended['id']}", headers={"Accept-Language": language}).text):
            assert words in page, f"{name}: {words} is not in {page[:6000]}"
