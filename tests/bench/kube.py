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


def log_with_times(stack, build, container):
    """(time, line) of each line of a container of the build's pod, as the cluster stamped it."""
    pods = json.loads(call(stack, "GET", f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=hydrosim/build-id%3D{build}"))["items"]
    if not pods:
        return []
    text = call(stack, "GET", f"/api/v1/namespaces/{NAMESPACE}/pods/{pods[0]['metadata']['name']}/log?container={container}&timestamps=true")
    lines = []
    for line in text.decode("utf-8", "replace").splitlines():
        stamp, _, rest = line.partition(" ")
        lines.append((parse(stamp), rest))
    return lines


def parse(stamp):
    """Seconds since 1970 of RFC 3339 with nanoseconds."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + (fraction or "0"))
