"""Compiles the programs out of tree, and tells when they have changed."""
import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

from .paths import ROOT, VAR
from .processes import StackError

PROGRAMS = ("portal-web", "portal-stream", "portal-worker", "portalctl", "portal-kubesim")


def run(argv, cwd, log, what):
    """Runs a step with its output in a log file. StackError with the log's end when it fails."""
    with open(log, "ab") as out:
        done = subprocess.run([str(a) for a in argv], cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-30:])
        raise StackError(f"{what} failed. The end of {log}:\n{tail}")


def newer(target, *sources):
    return not target.exists() or any(s.stat().st_mtime > target.stat().st_mtime for s in sources)


def build(folder, options=(), say=print):
    """autoreconf, configure and make where each is due; make itself sees what has changed. One at a time in a checkout."""
    folder.mkdir(parents=True, exist_ok=True)
    VAR.mkdir(exist_ok=True)
    with open(VAR / "building.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(folder, options, say)


def make(folder, options, say):
    log = folder / "build.log"
    log.write_text("")
    if newer(ROOT / "configure", ROOT / "configure.ac") or not (ROOT / "Makefile.in").exists():
        say("making configure")
        run(["autoreconf", "-fi"], ROOT, log, "autoreconf")
    if (ROOT / "config.status").exists():
        raise StackError("the source folder itself is configured: run `make distclean` there, the build is out of tree")
    if newer(folder / "Makefile", ROOT / "configure"):
        say("configuring")
        options = [*options, *os.environ.get("PORTAL_CONFIGURE", "").split()]
        run([ROOT / "configure", "-q", "--enable-silent-rules", *options], folder, log, "configure")
    say("compiling")
    run(["make", "-s", f"-j{min(os.cpu_count() or 1, 8)}", *PROGRAMS], folder, log, "make")


def fingerprint(*paths):
    """A text that changes when one of the files or folders does."""
    marks = []
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        marks += [f"{f.stat().st_size}:{f.stat().st_mtime_ns}" for f in files]
    return hashlib.sha256(" ".join(marks).encode()).hexdigest()[:16]


if __name__ == "__main__":
    try:
        build(pathlib.Path(sys.argv[1]).resolve())
    except StackError as e:
        sys.exit(str(e))
