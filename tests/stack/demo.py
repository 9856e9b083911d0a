"""The demo course: accounts, students, projects and their repositories. Everything is made once and found again."""
import secrets

from . import envfile, repos

COURSE = ("HYDRO-101", "Hydrological Simulation")
STAFF = (("admin", "admin", "Administrator"), ("teacher", "teacher", "Demo Teacher"))
STUDENTS = (("ali", "2026001", "Ali"), ("mei", "2026002", "Mei 梅"), ("noor", "2026003", "Noor"))
PROJECT = "hydro-app"
REGISTRY = ("course", "registry.localhost:5000")


class Demo:
    """Loads the demo data into a stack. `base` is the image that the application's Dockerfile builds from."""

    base = "python:3.11-slim"

    def __init__(self, stack):
        self.stack = stack
        self.path = stack.home / "demo.env"
        self.passwords = envfile.read(self.path)

    def password(self, login):
        """Random, made once; PASSWORD_<login> in demo.env (0600)."""
        key = f"PASSWORD_{login}"
        if key not in self.passwords:
            self.passwords[key] = secrets.token_urlsafe(12)
            envfile.write(self.path, self.passwords)
        return self.passwords[key]

    def credentials(self, login):
        return f"{login}:{self.password(login)}"

    def _rows(self, *command):
        return [line.split("\t") for line in self.stack.portalctl(*command).splitlines()]

    def accounts(self):
        there = {row[0] for row in self._rows("user", "list")}
        for login, role, name in (*STAFF, *((login, "student", name) for login, _, name in STUDENTS)):
            if login not in there:
                self.stack.portalctl("user", "add", login, "--role", role, "--name", name, "--password-stdin",
                                     text=self.password(login) + "\n")

    def registry(self):
        if not self._rows("registry", "list"):
            self.stack.portalctl("registry", "add", *REGISTRY, "--plain-http")

    def repository(self, login):
        """The address of a student's repository, which exists afterwards."""
        path = self.stack.home / "git" / login / f"{PROJECT}.git"
        repos.create_bare(path, self.stack.home / "work" / f".new-{login}", self.base)
        return f"file://{path}"

    def projects(self):
        """login -> project's id, of projects that exist afterwards."""
        self.stack.portalctl("course", "add", *COURSE, check=False)  # there already: nothing to do
        found = {}
        for login, number, name in STUDENTS:
            rows = self._rows("project", "list")
            ids = [row[0] for row in rows if len(row) > 3 and row[2] == number and row[3] == PROJECT]
            url = self.repository(login)
            if not ids:
                self.stack.portalctl("student", "add", COURSE[0], number, name, "--user", login, "--project", PROJECT, "--repo", url)
                ids = [row[0] for row in self._rows("project", "list") if len(row) > 3 and row[2] == number and row[3] == PROJECT]
            found[login] = int(ids[0])
        return found

    def hooks(self, projects):
        """Connects each repository with the portal."""
        for login, project in projects.items():
            secret = self.stack.portalctl("project", "secret", project)
            repos.install_hook(self.stack.home / "git" / login / f"{PROJECT}.git", f"{self.stack.url}/api/v1/webhooks/gitea", [secret],
                               project)

    def remote(self, login):
        """Where a push of that student goes."""
        return str(self.stack.home / "git" / login / f"{PROJECT}.git")

    def load(self):
        self.accounts()
        self.registry()
        projects = self.projects()
        self.hooks(projects)
        return projects

    def push(self, login, text, message, broken=False):
        """A commit that puts `text` on the application's page, pushed with git. Returns the commit."""
        folder = repos.checkout(self.remote(login), self.stack.home / "work" / login)
        repos.write_app(folder, text, self.base, broken)
        sha = repos.commit_all(folder, message, login)
        repos.git(folder, "push", "-q", "origin", "HEAD:main", name=login)
        return sha
