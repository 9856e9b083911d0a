"""The simulated cluster as the benchmarks use it: orders over its control endpoint, its counters, logs and watches."""
import json
import threading
import time
import urllib.request

from common import Trouble

NAMESPACE = "hydrosim-builds"


def call(stack, method, path, body=None, timeout=30):
    request = urllib.request.Request(stack.kubesim_url + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": "Bearer kubesim", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read()
    except OSError as e:
        raise Trouble(f"kubesim {method} {path}: {e}") from e


def order(stack, **fault):
    call(stack, "POST", "/_sim/faults", fault)


def requests(stack):
    """How many requests it has served so far, without the control endpoint's."""
    return sum(json.loads(call(stack, "GET", "/_sim/stats"))["requests"].values())


class Watch(threading.Thread):
    """Notes when each object of a collection is first heard of."""

    def __init__(self, stack, path):
        super().__init__(daemon=True)
        self.url = f"{stack.kubesim_url}{path}?watch=1&timeoutSeconds=3600"
        self.seen = {}
        self.ready = threading.Event()
        self.start()
        if not self.ready.wait(10):
            raise Trouble(f"no watch of {path}")

    def run(self):
        request = urllib.request.Request(self.url, headers={"Authorization": "Bearer kubesim"})
        try:
            with urllib.request.urlopen(request, timeout=3600) as answer:
                self.ready.set()
                for line in answer:
                    self.seen.setdefault(json.loads(line)["object"]["metadata"].get("name"), time.time())
        except OSError:
            pass


class Log(threading.Thread):
    """Follows a container of a build's pod: (time, line) of each line, as the cluster stamped it."""

    def __init__(self, stack, build, container):
        super().__init__(daemon=True)
        self.stack = stack
        self.build = build
        self.container = container
        self.lines = []
        self.start()

    def pod(self):
        path = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=hydrosim/build-id%3D{self.build}"
        return [p["metadata"]["name"] for p in json.loads(call(self.stack, "GET", path))["items"]]

    def run(self):
        end = time.monotonic() + 120
        while time.monotonic() < end and not self.lines:
            try:
                for name in self.pod():
                    self.follow(name)
            except Trouble:
                pass  # the container waits still
            time.sleep(0.02)

    def follow(self, pod):
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log?container={self.container}&timestamps=true&follow=true"
        for line in call(self.stack, "GET", path, timeout=120).decode("utf-8", "replace").splitlines():
            stamp, _, rest = line.partition(" ")
            self.lines.append((parse(stamp), rest))


def parse(stamp):
    """Seconds since 1970 of RFC 3339 with nanoseconds."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + (fraction or "0"))
