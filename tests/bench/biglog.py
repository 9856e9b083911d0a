"""A log of a gigabyte: archived, looked at, downloaded, with memory that does not grow with it."""
import hashlib
import urllib.request

import kube
from stack.demo import Demo
from stack.journey import build_of

from common import Trouble, at_most, resident_mb, until

MB = 1 << 20


def memory(stack, name):
    return max(resident_mb([pid], "VmHWM") for pid in stack.processes.session(name))


def fetch(url, cookie):
    """Length and digest of an answer that is not kept."""
    request = urllib.request.Request(url, headers={"Cookie": f"session={cookie}"})
    digest, size = hashlib.sha256(), 0
    with urllib.request.urlopen(request, timeout=300) as answer:
        while piece := answer.read(MB):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def build_with_log(stack, demo, project, size):
    """A build whose build container prints that many bytes more; its id once the log is in the archive."""
    if size:
        kube.order(stack, fault="big_log", container="build", bytes=size)
    sha = demo.push("ali", f"a log of {size} bytes", f"Print {size} bytes")
    build = build_of(stack, project, sha)
    until(lambda: stack.postgres.psql(f"SELECT archived_at IS NOT NULL AND log_complete FROM builds WHERE id = {build}") == "t", 1500,
          f"the archive of build {build}")
    return build


def read(stack, cookie, build):
    """Looks at the page and downloads the log, which must be what was archived."""
    fetch(f"{stack.url}/builds/{build}", cookie)
    size, digest = fetch(f"{stack.url}/api/v1/builds/{build}/logs", cookie)
    stored = stack.postgres.psql(f"SELECT log_bytes, log_sha256 FROM builds WHERE id = {build}").split("\t")
    if [str(size), digest] != stored:
        raise Trouble(f"build {build}: downloaded {size} bytes, {digest}; archived {stored}")
    return size


def run(bench):
    size = (1024 if bench.full else 256) * MB
    stack = bench.stack("biglog", servers=("kubesim", "web", "stream", "worker", "nginx"), speed=50, durable=False)
    stack.portalctl("setting", "set", "log_limit", 2 << 30)
    stack.portalctl("setting", "set", "build_timeout", 3600)
    demo = Demo(stack)
    project = demo.load()["ali"]
    cookie = bench.person(stack)
    read(stack, cookie, build_with_log(stack, demo, project, 0))
    before = {name: memory(stack, name) for name in ("worker", "web", "stream")}
    got = read(stack, cookie, build_with_log(stack, demo, project, size))
    if got < size:
        raise Trouble(f"only {got} of {size} bytes are in the archive")
    for name, limit in (("worker", 48), ("web", 16), ("stream", 16)):
        at_most(bench, f"a log of {size // MB} MB: growth of {name}", memory(stack, name) - before[name], limit, " MB")
