"""A private PostgreSQL cluster: its files in the home folder, a Unix socket and no port."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from . import journey
from .paths import socket_dir
from .processes import LONGEST, StackError

ACCOUNT = "postgres"  # Debian's account of the server, which refuses to run as root


def bindir():
    versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if not versions:
        raise StackError("PostgreSQL is not installed (package postgresql)")
    return versions[-1].parent


def as_server(argv):
    """As root, the command under the server's own account, which may walk through folders that are root's alone, and nothing else."""
    if os.getuid() != 0:
        return argv
    caps = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", *caps, *map(str, argv)]


class Postgres:
    """Started under the name "postgres" among the home's processes."""

    def __init__(self, home, processes, durable=True):
        self.home = home
        self.data = home / "postgres"
        self.processes = processes
        self.durable = durable
        self.sockets = socket_dir(home) / "pg"
        self.bin = bindir()

    def url(self, database="portal", user="portal"):
        return f"postgresql:///{database}?host={self.sockets}&user={user}"

    def _own(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder, ACCOUNT, pwd.getpwnam(ACCOUNT).pw_gid)
        folder.chmod(0o700)

    def _create(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self._own(self.data)
        argv = [self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"]
        done = subprocess.run(as_server(argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
        if done.returncode:
            raise StackError(f"initdb failed:\n{done.stdout}")

    def _left(self):
        """Its children end by themselves when it is gone; each is of a session of its own."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            try:
                found += [entry] if entry.readlink() == self.data else []
            except OSError:
                pass
        return found

    def start(self):
        """Starts the server, making its cluster at the first time. Whoever may open the socket's folder (0700) may connect."""
        if not (self.data / "global" / "pg_control").exists():
            self._create()
        self._own(self.sockets)
        if not self.processes.pid("postgres"):
            journey.wait_for(lambda: not self._left(), 30, "what a killed server has left to end")
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = {"listen_addresses": "", "unix_socket_directories": self.sockets, "unix_socket_permissions": "0777",
                   "max_connections": 120, "shared_buffers": "64MB", "log_line_prefix": "%m %d %a ",
                   "log_lock_waits": "on", "log_min_duration_statement": 1000}  # what a test that met a limit asks about
        if not self.durable:
            options.update(fsync="off", full_page_writes="off")
        argv = [self.bin / "postgres", "-D", self.data]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        # cwd: the account cannot look into the folder that we stand in
        self.processes.start("postgres", as_server(argv), cwd="/")
        self.processes.wait("postgres", self.ready)

    def ready(self):
        return self.psql("SELECT 1", database="postgres", user="postgres", check=False) == "1"

    def create_database(self, name="portal"):
        if self.psql(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'", "postgres", "postgres") != "1":
            self.psql(f"CREATE ROLE {name} LOGIN", "postgres", "postgres")
        if self.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'", "postgres", "postgres") != "1":
            self.psql(f"CREATE DATABASE {name} OWNER {name}", "postgres", "postgres")

    def psql(self, sql, database="portal", user="portal", check=True):
        """Runs SQL; the rows as text, fields by tabs."""
        argv = [self.bin / "psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database, user), "-c", sql]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=LONGEST, env={**os.environ, "PGCONNECT_TIMEOUT": "15"})
        if done.returncode and check:
            raise StackError(f"psql: {done.stderr.strip()}")
        return done.stdout.rstrip("\n") if not done.returncode else None

    def stop(self):
        self.processes.stop("postgres", signal.SIGINT)
