"""A thousand open live pages on one portal-stream: its memory, threads and queries, and what they take from other pages."""
import contextlib
import json
import pathlib
import selectors
import socket
import time

import school
from common import ROUNDS, Trouble, at_most, at_most_times, resident_mb, until

PAGES = 1000
SESSIONS = 10  # from one address: nginx limits the streams of each
BUILDS, STUDENTS, COURSE = 1000, 240, 100
WATCHED_S = 20
REQUESTS = 500


def addresses(stack, made):
    """What pages listen to: of ten, one is a course with all its projects, two are a build's log, seven are a project with its builds."""
    course = stack.postgres.psql(f"SELECT string_agg(p.id::text, ',') FROM projects p JOIN students s ON s.id = p.student_id"
                                 f" WHERE s.course_id = {made.course}")
    running = stack.postgres.psql("SELECT id FROM builds WHERE status = 'running' ORDER BY id").splitlines()
    projects = stack.postgres.psql("SELECT project_id, string_agg(id::text, ',') FROM (SELECT project_id, id, row_number() OVER (PARTITION BY"
                                   " project_id ORDER BY id DESC) AS place FROM builds) b WHERE place <= 5 GROUP BY 1 ORDER BY 1")
    projects = [line.split("\t") for line in projects.splitlines()]
    for n in range(PAGES):
        if n % 10 == 0:
            yield f"/stream/state?projects={course}"
        elif n % 10 < 3:
            yield f"/stream/builds/{running[n % len(running)]}/log?after=0"
        else:
            project, builds = projects[n % len(projects)]
            yield f"/stream/state?projects={project}&builds={builds}"


def open_page(port, path, cookie):
    """Sends the request of a page's stream."""
    s = socket.create_connection(("127.0.0.1", port), timeout=30)
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: session={cookie}\r\nAccept: text/event-stream\r\n\r\n".encode())
    return s


def read_heads(streams):
    """Until every stream has begun with an answer of success; what comes later stays in the kernel, as with a page in the background."""
    for s in streams:
        head = b""
        while b"\r\n\r\n" not in head:
            more = s.recv(4096)
            if not more:
                raise Trouble(f"a stream ended at once: {head[:100]!r}")
            head += more
        if not head.startswith(b"HTTP/1.1 200"):
            raise Trouble(f"a stream was refused: {head[:100]!r}")


def health(stack):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(stack.sockets / "stream.sock"))
        s.sendall(b"GET /stream/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b""
        with contextlib.suppress(TimeoutError):
            while not text.rstrip().endswith(b"}"):
                text += s.recv(4096)
    return json.loads(text.partition(b"\r\n\r\n")[2])


def threads(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def drained(streams, seconds):
    """Reads what comes for a while, as open pages do; the bytes."""
    end, total = time.monotonic() + seconds, 0
    with selectors.DefaultSelector() as ready:
        for s in streams:
            s.setblocking(False)
            ready.register(s, selectors.EVENT_READ)
        while time.monotonic() < end:
            for key, _ in ready.select(0.5):
                data = key.fileobj.recv(65536)
                if not data:
                    raise Trouble("a stream ended")
                total += len(data)
    return total


def run(bench):
    stack = bench.stack("live", servers=("web", "stream", "nginx"))
    made = school.fill(stack, BUILDS, STUDENTS, COURSE)
    cookie, port = bench.person(stack), stack.port("http", 8080)
    stream = stack.processes.pid("stream")
    other = bench.get("live-other", f"/projects/{made.project}", cookie)
    roots = bench.roots(stack, "web", "nginx", "postgres", "stream")
    bench.load(port, REQUESTS, other)
    before, alone = resident_mb([stream]), threads(stream)
    cookies = [cookie] + [bench.person(stack) for _ in range(SESSIONS - 1)]
    pages = [(path, cookies[n * SESSIONS // PAGES]) for n, path in enumerate(addresses(stack, made))]

    def others():
        return bench.cost(roots, port, REQUESTS, other)

    def others_beside():
        with contextlib.ExitStack() as open_pages:
            streams = [open_pages.enter_context(open_page(port, path, session)) for path, session in pages]
            read_heads(streams)
            drained(streams, 2)
            return others()

    with contextlib.ExitStack() as open_pages:
        streams = [open_pages.enter_context(open_page(port, path, session)) for path, session in pages]
        read_heads(streams)
        until(lambda: health(stack)["streams"] == PAGES, 30, f"{PAGES} streams")
        drained(streams, 5)
        reads = health(stack)["reads"]
        drained(streams, WATCHED_S)
        reads = health(stack)["reads"] - reads
        at_most(bench, f"{PAGES} live pages: memory of portal-stream each", (resident_mb([stream]) - before) * 1024 / PAGES, 64, " kB")
        at_most(bench, f"{PAGES} live pages: threads more than without", threads(stream) - alone, 0, "")
        at_most(bench, f"{PAGES} live pages: reads of the database in {WATCHED_S} s", reads, WATCHED_S * 2, "")
    until(lambda: health(stack)["streams"] == 0, 30, "the end of the streams")
    at_most_times(bench, f"another page beside {PAGES} live ones, and alone", *bench.in_turn(max(3, ROUNDS // 2), others_beside, others), 1.1, " ms")
