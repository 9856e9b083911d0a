"""The parts of ./dev test."""
import os
import subprocess

from . import building
from .paths import ROOT, VAR
from .processes import StackError

# A test that hangs says where.
PYTEST = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "-o", "faulthandler_timeout=180"]


def unit():
    return subprocess.call(["make", "-s", "-C", str(building_folder()), f"-j{os.cpu_count() or 1}", "check"])


def building_folder():
    return os.environ.get("PORTAL_BUILD_DIR") or str(VAR / "build")


# These tests wait more than they compute: files run beside each other, each process with a portal of its own.
BESIDE = ["-n", str(3 * (os.cpu_count() or 1)), "--dist", "loadfile"]


def pytest(folder, build=None, options=()):
    env = {**os.environ, "PORTAL_BUILD_DIR": build or building_folder()}
    code = subprocess.call([*PYTEST, *options, str(ROOT / "tests" / folder)], env=env, cwd=ROOT)
    return 0 if code == 5 else code  # 5: nothing was collected


def faults():
    """On programs with the failpoints compiled in, built beside the others."""
    folder = VAR / "build-failpoints"
    building.build(folder, ["--enable-failpoints"], say=print)
    return pytest("faults", str(folder), ["-n", "5"])  # most of it is waiting for a dead worker's lease to end


PARTS = {
    "unit": unit,
    "http": lambda: pytest("http", options=BESIDE),
    "outside": lambda: pytest("outside", options=["-n", "2"]),
    "browser": lambda: pytest("browser", options=["-n", "2", "--dist", "loadgroup"]),
    "faults": faults,
    "real": lambda: pytest("real"),
}


def run_suites(names):
    """Runs parts one after the other, all of them whatever happens; 1 if one failed."""
    names = list(PARTS) if "all" in names else names
    if not os.environ.get("PORTAL_BUILD_DIR"):
        building.build(VAR / "build", say=print)
    results = {}
    for name in names:
        print(f"=== {name} ===", flush=True)
        try:
            results[name] = PARTS[name]()
        except StackError as e:
            print(e)
            results[name] = 1
    print("=== " + ", ".join(f"{name}: {'failed' if code else 'passed'}" for name, code in results.items()) + " ===")
    return 1 if any(results.values()) else 0
