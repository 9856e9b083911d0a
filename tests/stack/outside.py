"""Tools of others that test the portal from outside, each of a fixed version: schemathesis (PyPI) and axe-core (npm), in var/outside."""
import contextlib
import fcntl
import os
import shutil
import subprocess

from .building import run
from .paths import VAR
from .processes import StackError

SCHEMATHESIS = "4.32.5"
AXE = "4.14.1"
FOLDER = VAR / "outside"


def _log():
    return FOLDER / "install.log"


@contextlib.contextmanager
def _alone():
    """Tests that run beside each other install one after the other."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def schemathesis():
    """The path of the program, which is installed where it is missing."""
    venv = FOLDER / f"schemathesis-{SCHEMATHESIS}"
    program = venv / "bin" / "schemathesis"
    with _alone():
        if not program.exists():
            shutil.rmtree(venv, ignore_errors=True)
            run(["/usr/bin/python3", "-m", "venv", venv], FOLDER.parent, _log(), "python3 -m venv (Debian's python3-venv)")
            run([venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", f"schemathesis=={SCHEMATHESIS}"], FOLDER, _log(),
                "pip install schemathesis")
    return program


def axe():
    """The text of axe.min.js, which is fetched where it is missing."""
    folder = FOLDER / f"axe-{AXE}"
    script = folder / "package" / "axe.min.js"
    with _alone():
        if not script.exists():
            _fetch_axe(folder)
    return script.read_text()


def _fetch_axe(folder):
    if not shutil.which("npm"):
        raise StackError("npm is missing (Debian's package npm): axe-core comes from its registry")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    packed = subprocess.run(["npm", "pack", "--silent", f"axe-core@{AXE}"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, env={**os.environ, "npm_config_update_notifier": "false"})
    if packed.returncode:
        raise StackError(f"npm pack axe-core@{AXE} failed:\n{packed.stderr[-2000:]}")
    run(["tar", "-xzf", packed.stdout.split()[-1]], folder, _log(), "tar")
