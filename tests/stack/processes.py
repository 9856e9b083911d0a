"""Servers in the background: started once, found again by number and start time, stopped with all their children."""
import functools
import json
import os
import pathlib
import random
import resource
import signal as signals
import socket
import subprocess
import time


FIRST_PORT, RANGE, RANGES = 20000, 600, 20  # of tests that run beside each other
holding = []  # the socket of beside()
LONGEST = 900  # seconds that a command may take: one that hangs is named, and what waits for it fails


class StackError(Exception):
    """What keeps the portal from running, in words for the person at the terminal."""


def stat_fields(pid):
    """State, session and start time of a process, or None when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[3]), int(fields[19])


@functools.cache
def beside():
    """The number of this process among all on this machine that run tests beside each other (pytest-xdist), whichever run they belong to;
    None for others. It is theirs by the first port of a range of their own, held as long as the process lives."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        return None
    for number in range(RANGES):
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", FIRST_PORT + RANGE * number))
        except OSError:
            held.close()
            continue
        holding.append(held)
        return number
    raise StackError(f"{RANGES} processes run tests on this machine already")


def candidates(preferred):
    """Ports to try. Tests that run beside each other each have a range of their own, below the system's: a port is looked for some
    time before its server takes it."""
    if beside() is None:
        return (preferred, 0)
    first = FIRST_PORT + RANGE * beside()
    return [port for port in (preferred, *random.sample(range(first + 1, first + RANGE), 50)) if first < port < first + RANGE]


given = set()  # ports that were handed out: their servers may not have taken them yet


def free_port(preferred=0, host="127.0.0.1"):
    """A TCP port that nobody holds and nobody was given before: the preferred one if it is free."""
    for port in candidates(preferred):
        if port in given and port != preferred:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((host, port))
            except OSError:
                continue
            found = s.getsockname()[1]
            given.add(found)
            return found
    raise StackError(f"no free TCP port on {host}")


class Processes:
    """The servers of one home folder. A process is ours when its number and start time are the recorded ones."""

    def __init__(self, home):
        self.run = home / "run"
        self.logs = home / "log"
        self.children = {}
        for folder in (self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def log(self, name):
        return self.logs / f"{name}.log"

    def _record(self, name):
        return self.run / f"{name}.process"

    def record(self, name):
        try:
            return json.loads(self._record(name).read_text())
        except (OSError, ValueError):
            return None

    def pid(self, name):
        """Its process id while it runs, else None."""
        r = self.record(name)
        child = self.children.get(name)
        if child:
            child.poll()  # takes a zombie away
        fields = r and stat_fields(r["pid"])
        return r["pid"] if fields and fields[0] != "Z" and fields[2] == r["born"] else None

    def names(self):
        return sorted(p.stem for p in self.run.glob("*.process"))

    def start(self, name, argv, env=None, cwd=None, mark=""):
        """Starts a server unless it runs with the same mark; one with another mark is stopped first. True: it was started."""
        if self.pid(name):
            if self.record(name).get("mark") == mark:
                return False
            self.stop(name)
        elif self.record(name):
            self.stop(name)  # a crashed leader may have left children
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with open(self.log(name), "ab") as out:
            child = subprocess.Popen([str(a) for a in argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                     start_new_session=True)
        self.children[name] = child
        fields = stat_fields(child.pid)
        self._record(name).write_text(json.dumps({"pid": child.pid, "born": fields[2] if fields else 0, "mark": mark}))
        return True

    def session(self, name):
        """All processes of the server's session that still run, the leader's children included. A session's number is given to nobody
        else while one of it runs: where its leader's is another process by now, there is none."""
        r = self.record(name)
        leader = r and stat_fields(r["pid"])
        found = []
        for entry in pathlib.Path("/proc").iterdir() if r and (not leader or leader[2] == r["born"]) else ():
            if entry.name.isdigit():
                fields = stat_fields(entry.name)
                if fields and fields[0] != "Z" and fields[1] == r["pid"] and fields[2] >= r["born"]:
                    found.append(int(entry.name))
        return found

    def signal(self, name, number):
        pid = self.pid(name)
        if pid:
            os.kill(pid, number)
        return pid

    def stop(self, name, number=signals.SIGTERM, seconds=25):
        """Asks the leader to end, waits, and kills whatever is left of its session."""
        pid = self.signal(name, number)
        end = time.monotonic() + seconds
        while pid and self.pid(name) and time.monotonic() < end:
            time.sleep(0.05)
        for left in self.session(name):
            try:
                os.kill(left, signals.SIGKILL)
            except ProcessLookupError:
                pass
        if pid and self.children.get(name):
            self.children.pop(name).wait(60)
        self._record(name).unlink(missing_ok=True)

    def kill(self, name):
        """SIGKILL for the leader, as a crash would have it; its record stays, so that stop() finds the children."""
        pid = self.signal(name, signals.SIGKILL)
        while pid and self.pid(name):
            time.sleep(0.01)

    def tail(self, name, lines=20):
        try:
            text = self.log(name).read_bytes()[-20000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join("    " + line for line in text.splitlines()[-lines:])

    def wait(self, name, ready, seconds=120, what=""):
        """Waits until ready() holds. StackError with the end of the log when it does not, or when the process ends."""
        end = time.monotonic() + seconds
        while True:
            if ready():
                return
            gone = not self.pid(name)
            if gone or time.monotonic() > end:
                why = "ended" if gone else f"did not answer within {seconds} s"
                raise StackError(f"{name} {why}{' (' + what + ')' if what else ''}. The end of {self.log(name)}:\n{self.tail(name)}")
            time.sleep(0.1)
