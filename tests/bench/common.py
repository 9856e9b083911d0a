"""What the benchmarks share: stacks of their own, compiled helpers, rounds in turn, and one line for each result."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from stack.paths import build_dir
from stack.processes import StackError, free_port
from stack.stack import Stack, answers

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = 8
ROUNDS = 9

__all__ = ["Bench", "StackError", "Trouble", "ROOT", "HERE", "CLIENTS", "ROUNDS", "answers", "free_port"]


class Trouble(Exception):
    """A measurement that did not do what it was to measure."""


def packages(*names):
    return subprocess.run(["pkg-config", "--cflags", "--libs", *names], check=True, stdout=subprocess.PIPE, text=True).stdout.split()


class Bench:
    def __init__(self, full=False):
        self.full = full
        self.missed = 0
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="hydrosim-bench-"))
        self.home.chmod(0o711)
        self.build = build_dir()
        self.stacks = {}
        self.programs = {}
        self.started = []

    def close(self):
        for child in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # each has a session of its own, with all its children
            child.wait()
        for stack in self.stacks.values():
            stack.stop()
        if os.environ.get("BENCH_KEEP"):
            print(f"kept: {self.home}")
        else:
            shutil.rmtree(self.home, ignore_errors=True)

    # --- servers ------------------------------------------------------------------------------------------------------

    def stack(self, name="main", servers=("web", "nginx"), **options):
        """A portal with its own database; more servers of it are started when another benchmark asks for them."""
        if name not in self.stacks:
            stack = self.stacks[name] = Stack(self.home / name, build=self.build, **options)
            (stack.home / "logs").mkdir(exist_ok=True)
            stack.start_database()
        stack = self.stacks[name]
        for server in servers:
            if not stack.processes.pid(server):
                getattr(stack, f"start_{server}")()
        return stack

    def stop(self, stack, *servers):
        for server in servers:
            stack.processes.stop(server)

    def program(self, name):
        """Compiles tests/bench/NAME.c once."""
        if name not in self.programs:
            flags = {"reference": ["-isystem", "/usr/include/ClearSilver", *packages("libpq", "json-c"), "-lfcgi", "-lneo_cs", "-lneo_utl"]}
            target = self.home / f"bench-{name}"
            argv = ["cc", "-std=c11", "-O2", "-D_GNU_SOURCE", "-pthread", "-o", target, HERE / f"{name}.c", *flags.get(name, [])]
            done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                raise Trouble(f"{name}.c does not compile:\n{done.stdout}")
            self.programs[name] = target
        return self.programs[name]

    def spawn(self, argv, **options):
        child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self.started.append(child)
        return child

    # --- data ---------------------------------------------------------------------------------------------------------

    def person(self, stack, role="teacher"):
        """A user of that role with a session; the value of the cookie."""
        return self.session(stack, int(stack.postgres.psql(
            "INSERT INTO users (login, name, role, password_hash, language)"
            f" VALUES ('{role}-{secrets.token_hex(4)}', 'Bench', '{role}', '-', 'en') RETURNING id")))

    def session(self, stack, user):
        """A session of that user; the value of the cookie."""
        cookie = secrets.token_hex(32)
        digest = hashlib.sha256(cookie.encode()).hexdigest()
        stack.postgres.psql("INSERT INTO sessions (id_hash, user_id, ip, user_agent, expires_at)"
                            f" VALUES ('{digest}', {user}, '127.0.0.1', 'bench', now() + interval '8 hours')")
        return cookie

    def projects(self, stack, count, course="BENCH"):
        """That many students with a project each, by SQL; the range of the projects' ids."""
        first = stack.postgres.psql(
            f"WITH r AS (INSERT INTO registries (name, address) VALUES ('{course}', 'registry.localhost:5000') RETURNING id),"
            f" c AS (INSERT INTO courses (code, name) VALUES ('{course}', 'Benchmark') RETURNING id),"
            f" s AS (INSERT INTO students (course_id, student_number, name) SELECT c.id, 'S' || n, 'Student ' || n"
            f"  FROM c, generate_series(1, {count}) AS n RETURNING id),"
            f" p AS (INSERT INTO projects (student_id, name) SELECT id, 'app' FROM s ORDER BY id RETURNING id),"
            f" k AS (INSERT INTO build_configs (project_id, repo_url, repo_path, registry_id, image_repo, webhook_secret_sealed, head_check_at)"
            f"  SELECT p.id, 'https://git.localhost/bench/p' || p.id || '.git', 'bench/p' || p.id, r.id, 'bench/p' || p.id, '-',"
            f"  now() + interval '1 day' FROM p, r) SELECT min(id) FROM p")
        return range(int(first), int(first) + count)

    # --- measuring ----------------------------------------------------------------------------------------------------

    def requests(self, name, texts):
        """A file of requests for the program load."""
        path = self.home / f"{name}.requests"
        with open(path, "wb") as f:
            for text in texts:
                raw = text if isinstance(text, bytes) else text.encode()
                f.write(b"%08d" % len(raw) + raw)
        return path

    def get(self, name, path, cookie):
        return self.requests(name, [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session={cookie}\r\nAccept-Language: en\r\n\r\n"])

    def load(self, port, count, path, clients=CLIENTS):
        """One round: what the program load prints. Every answer must be a success."""
        done = subprocess.run([str(self.program("load")), str(port), str(clients), str(count), str(path)], stdout=subprocess.PIPE, text=True)
        result = json.loads(done.stdout or "{}")
        if done.returncode or result.get("bad", 1):
            raise Trouble(f"{path.stem}: {result.get('bad', 'all')} of {count} requests failed")
        return result

    def cost(self, roots, port, count, path):
        """
        One round: processor time for a request, in ms, of the servers `roots` with all their children. Not the time that the
        answers took: what else the machine does at the same time is in that, and not in this.
        """
        before = tree_seconds(roots)
        self.load(port, count, path)
        return (tree_seconds(roots) - before) / count * 1000

    @staticmethod
    def roots(stack, *servers):
        """The main processes of the stack's servers."""
        return [stack.processes.pid(server) for server in servers]

    def in_turn(self, rounds, ours, theirs):
        """
        Runs the two measures one after the other, round by round and in changing order, after a round that does not count.
        The median of each, and the median of the rounds' own ratios: what else the machine does comes and goes between rounds.
        """
        pairs = []
        for i in range(rounds + 1):
            if i % 2:
                first, second = ours(), theirs()
            else:
                second, first = theirs(), ours()
            if i:
                pairs.append((first, second))
        return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), statistics.median(a / b for a, b in pairs))

    def report(self, name, value, reference, ratio, target, ok):
        self.missed += not ok
        print(f"{name:<52} {value:>9}  reference {reference:>9}  ratio {ratio:>5}  target {target:<10} {'ok' if ok else 'MISS'}", flush=True)


def at_least(bench, name, value, reference, ratio, target, unit="/s"):
    bench.report(name, f"{value:,.0f}{unit}", f"{reference:,.0f}{unit}", f"{ratio:.2f}", f">= {target}", ratio >= target)


def at_most_times(bench, name, value, reference, ratio, target, unit):
    bench.report(name, f"{value:.3g}{unit}", f"{reference:.3g}{unit}", f"{ratio:.2f}", f"<= {target:g}", ratio <= target)


def at_most(bench, name, value, target, unit):
    bench.report(name, f"{value:.3g}{unit}", "-", "-", f"<= {target:g}{unit}", value <= target)


def cpu_seconds(pids):
    """Processor time that these processes have used."""
    ticks = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / os.sysconf("SC_CLK_TCK")


def tree_seconds(roots):
    """Processor time that these processes and all that they started have used, those that have ended included."""
    children, used = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(entry.name)
            children.setdefault(int(fields[1]), []).append(pid)
            used[pid] = sum(int(n) for n in fields[11:15])  # its own, and that of children it has waited for
    ticks, left = 0, list(roots)
    while left:
        pid = left.pop()
        ticks += used.get(pid, 0)
        left += children.get(pid, [])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pids, key="VmRSS"):
    """Memory of these processes: VmRSS now, VmHWM at its highest."""
    kb = 0
    for pid in pids:
        try:
            found = re.search(rf"{key}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
            kb += int(found[1]) if found else 0
        except OSError:
            pass
    return kb / 1024


def until(condition, seconds, what):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Trouble(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)
