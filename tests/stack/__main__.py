"""The commands of ./dev."""
import argparse
import os
import secrets
import shutil
import subprocess
import sys

from . import building, envfile, journey
from .demo import STUDENTS, Demo
from .paths import ROOT, VAR
from .processes import Processes, StackError
from .real import HOME as REAL_HOME, RealDemo, RealStack
from .stack import Stack
from .suites import PARTS, run_suites

ENV = VAR / "env"
APP_SPEED = 1


def say(text):
    print(text, flush=True)


def make(real=None):
    """The stack and its demo: as asked, or as the last `up` was."""
    values = envfile.read(ENV)
    if real is None:
        if not values:
            raise StackError("nothing is up: ./dev up")
        real = values.get("PORTAL_MODE") == "real"
    if real:
        stack = RealStack(say=say)
        return stack, RealDemo(stack)
    stack = Stack(VAR, VAR / "build", speed=APP_SPEED, say=say)
    return stack, Demo(stack)


def write_env(stack, demo, projects, real):
    values = {
        "PORTAL_MODE": "real" if real else "embedded",
        "PORTAL_URL": stack.url,
        "PORTAL_ADMIN": demo.credentials("admin"),
        "PORTAL_TEACHER": demo.credentials("teacher"),
        "PORTAL_STUDENT": demo.credentials("ali"),
        "PORTAL_DATABASE_URL": stack.postgres.url(),
        "PORTAL_APPS_URL": stack.apps_url,
        "PORTAL_APPS_DOMAIN": stack.environment()["APPS_BASE_DOMAIN"],
        "PORTAL_BUILD_DIR": stack.build,
        "PORTAL_HOME": stack.home,
        "PORTAL_LOG_DIR": stack.processes.logs,
        "KUBESIM_URL": "" if real else stack.kubesim_url,
        "LOG_ARCHIVE_DIR": stack.environment().get("LOG_ARCHIVE_DIR", ""),
    }
    for login, project in projects.items():
        values[f"PORTAL_PROJECT_{login.upper()}"] = project
        values[f"PORTAL_GIT_{login.upper()}"] = demo.remote(login)
    envfile.write(ENV, values)


def say_month(stack, month):
    """Waits for the made-up courses beside the live one. Without them the portal is none the less up."""
    if not month:
        return
    try:
        say(stack.portalctl_end(month))
    except StackError as e:
        say(f"no made-up courses: {e}")


def up(options):
    """Installs nothing (./dev has), builds, starts, loads the demo data, and says where it all is."""
    VAR.mkdir(exist_ok=True)
    building.build(VAR / "build", say=say)
    stack, demo = make(options.real)
    stack.prepare()
    say("starting the database")
    stack.start_database()
    say("loading the demo course")
    projects = demo.load()
    month = None if options.real else stack.portalctl_begin("demo")
    stack.start()
    say_month(stack, month)
    write_env(stack, demo, projects, options.real)
    address = stack.app_address(projects["ali"])
    print(f"""
The portal is up:   {stack.url}
    administrator   {demo.credentials("admin").replace(":", "  ")}
    teacher         {demo.credentials("teacher").replace(":", "  ")}
    student         {demo.credentials("ali").replace(":", "  ")}

Push a change and watch it build:   ./dev push ali
Ali's application then answers at   {address}
Everything is written down in       {ENV.relative_to(ROOT)}""")
    return 0


def push(options):
    stack, demo = make()
    projects = envfile.read(ENV)
    if options.name not in [s[0] for s in STUDENTS]:
        raise StackError(f"no demo student {options.name}: {', '.join(s[0] for s in STUDENTS)}")
    project = int(projects[f"PORTAL_PROJECT_{options.name.upper()}"])
    text = options.message or ("A step that fails" if options.broken else f"Change {secrets.token_hex(3)}")
    sha = demo.push(options.name, text, text, options.broken)
    say(f"pushed {sha[:7]} \"{text}\" to {demo.remote(options.name)}")
    build = journey.build_of(stack, project, sha, 30)
    say(f"build page          {stack.url}/builds/{build}")
    say(f"application         {stack.app_address(project)}")
    if not options.wait:
        return 0
    status, reason, message = journey.follow_build(stack, build, 900, say)
    if status != "success":
        say(f"{reason}: {message}")
        return 1
    ended = journey.follow_deployment(stack, build, 600, say)
    if not ended or ended[0] != "running":
        say(f"the application does not run: {ended[1] if ended else 'nothing was deployed'}")
        return 1
    return 0


def homes():
    return [h for h in (VAR, REAL_HOME) if (h / "run").exists()]


def down(_options):
    for home in homes():
        (RealStack(say=say) if home == REAL_HOME else Stack(VAR, VAR / "build")).stop()
    say("everything is stopped")
    return 0


def reset(_options):
    if os.environ.get("DEV_YES") != "1":
        if not sys.stdin.isatty():
            raise StackError("this forgets the database, repositories and logs: run again with -y")
        if input("Forget the database, repositories, logs and passwords? [y/N] ").strip().lower() != "y":
            return 1
    down(_options)
    for entry in VAR.iterdir() if VAR.exists() else ():
        if entry.name not in ("build", "fuzz", "outside"):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    say("all state is forgotten")
    return 0


def status(_options):
    values = envfile.read(ENV)
    running = 0
    for home in homes():
        processes = Processes(home)
        for name in processes.names():
            pid = processes.pid(name)
            running += bool(pid)
            say(f"{'real ' if home == REAL_HOME else ''}{name:10} {'running, process ' + str(pid) if pid else 'NOT RUNNING'}")
    say(f"portal     {values['PORTAL_URL']}" if values and running else "nothing is up: ./dev up")
    return 0 if running else 3


def logs(options):
    files = [str(p) for home in homes() for p in sorted((home / "log").glob(f"{options.name or '*'}.log"))]
    if not files:
        raise StackError("no such log")
    os.execvp("tail", ["tail", "-n", "30", "-F", *files])


def test(options):
    return run_suites(options.parts or list(PARTS))


def lint(_options):
    return subprocess.call([str(ROOT / "tests" / "lint" / "run")])


def bench(options):
    building.build(VAR / "build", say=say)
    return subprocess.call([str(ROOT / "tests" / "bench" / "run"), *options.names],
                           env={**os.environ, "PORTAL_BUILD_DIR": str(VAR / "build")})


def fuzz(options):
    return subprocess.call([str(ROOT / "tests" / "fuzz" / "run"), str(options.seconds)])


def main():
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up").add_argument("--real", action="store_true")
    p = commands.add_parser("push")
    p.add_argument("name")
    p.add_argument("--broken", action="store_true")
    p.add_argument("--message")
    p.add_argument("--wait", action="store_true")
    for name in ("down", "reset", "status", "lint"):
        commands.add_parser(name)
    commands.add_parser("logs").add_argument("name", nargs="?")
    commands.add_parser("test").add_argument("parts", nargs="*", choices=[*PARTS, "all", []])
    commands.add_parser("bench").add_argument("names", nargs="*")
    commands.add_parser("fuzz").add_argument("seconds", nargs="?", type=int, default=60)
    options = parser.parse_args()
    try:
        return globals()[options.command](options)
    except StackError as e:
        print(f"dev: {e}", file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
