"""How long from an accepted push to its Job, and from a line that a pod prints to the open page."""
import html
import json
import os
import re
import statistics
import threading
import time
import urllib.request

from stack.demo import STUDENTS, Demo
from stack.journey import build_of

import kube
from common import Trouble, at_most, until

PUSHES = 9
CONTAINERS = ("clone", "build", "push")


class Page(threading.Thread):
    """A browser's stream of a build's log: when each line came, by container."""

    def __init__(self, stack, build, cookie):
        super().__init__(daemon=True)
        self.request = urllib.request.Request(f"{stack.url}/stream/builds/{build}/log?after=0", headers={"Cookie": f"session={cookie}"})
        self.lines = {0: [], 1: [], 2: []}
        self.ended = False
        self.start()

    def run(self):
        event = None
        with urllib.request.urlopen(self.request, timeout=60) as answer:
            for raw in answer:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == "lines":
                    self.take(json.loads(value), time.time())
                elif name == "data" and event == "end":
                    self.ended = True
                    return

    def take(self, chunk, now):
        for text in re.findall(r'<span class="log-t">(.*?)</span></div>', chunk["html"]):
            self.lines[chunk["container"]].append((now, html.unescape(re.sub(r"<[^>]*>", "", text))))


def plain(line):
    return re.sub(r"\x1b\[[0-9;]*m", "", line).rpartition("\r")[2]


def line_delays(build, page, logs):
    """Seconds from print to page for each line; both sides must have the same ones."""
    delays = []
    for number, log in enumerate(logs):
        log.join(30)
        shown = page.lines[number]
        if [plain(line) for _, line in log.lines] != [line for _, line in shown]:
            raise Trouble(f"build {build}: {log.container} printed {len(log.lines)} lines, the page has {len(shown)}, or others")
        delays += [came - at for (at, _), (came, _) in zip(log.lines, shown)]
    return delays


def run(bench):
    stack = bench.stack("journey", servers=("kubesim", "web", "stream", "worker", "nginx"), speed=4)
    demo = Demo(stack)
    projects = demo.load()
    cookie = bench.person(stack)
    jobs = kube.Watch(stack, f"/apis/batch/v1/namespaces/{kube.NAMESPACE}/jobs")
    starts, lines = [], []
    for n in range(PUSHES):
        login = STUDENTS[n % len(STUDENTS)][0]
        sha = demo.push(login, f"benchmark {n} {os.getpid()}", f"Benchmark {n}")
        build = build_of(stack, projects[login], sha)
        page = Page(stack, build, cookie)
        logs = [kube.Log(stack, build, container) for container in CONTAINERS]
        until(lambda: f"build-{build}" in jobs.seen, 30, f"the Job of build {build}")
        accepted = float(stack.postgres.psql(f"SELECT extract(epoch FROM received_at) FROM webhook_deliveries WHERE build_id = {build} ORDER BY id LIMIT 1"))
        starts.append(jobs.seen[f"build-{build}"] - accepted)
        until(lambda: page.ended, 120, f"the end of build {build}")
        lines += line_delays(build, page, logs)
    at_most(bench, "push accepted to Job created, median", statistics.median(starts), 0.5, " s")
    at_most(bench, f"line printed to page, median of {len(lines)}", statistics.median(lines), 1, " s")
