"""The portal on real servers: the REAL_* variables name a cluster, a Gitea, an object store and registries."""
import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from . import envfile, repos
from .demo import PROJECT, Demo
from .paths import ROOT, VAR
from .processes import StackError
from .stack import Stack, http_get

HOME = VAR / "real"
# What a busy API server says of a request that it has not begun.
BUSY = ("TLS handshake timeout", "etcdserver: request timed out", "etcdserver: leader changed")
REQUIRED = ("REAL_KUBECONFIG", "REAL_KUBECTL", "REAL_PRIVATE_REGISTRY", "REAL_HOST", "REAL_GITEA_URL", "REAL_GITEA_SSH", "REAL_GITEA_TOKEN",
            "REAL_GITEA_ADMIN", "REAL_GITEA_HOSTKEY", "REAL_S3_ENDPOINT", "REAL_S3_ACCESS_KEY", "REAL_S3_SECRET_KEY", "REAL_INGRESS",
            "REAL_APPS_DOMAIN", "REAL_IMAGE_GIT", "REAL_IMAGE_PYTHON", "REAL_IMAGE_SKOPEO")
TOKEN_SECONDS = 60  # how often the ServiceAccount's token is replaced
MANAGED = "app.kubernetes.io/managed-by=hydrosim-portal"
LOUD = """
********************************************************************************
*  REAL_IMAGE_KANIKO is not set: no Kaniko image is in the registry.           *
*  The default builder cannot be used; building with BuildKit instead.         *
********************************************************************************
"""


def real_environment(home=HOME):
    """REAL_* of the environment, else what the last `up --real` used."""
    values = {name: value for name, value in os.environ.items() if name.startswith("REAL_")}
    if values:
        return values
    return {n: v for n, v in envfile.read(home / "real.env").items() if n.startswith("REAL_")}


class RealStack(Stack):
    """Postgres, web, stream, worker and nginx here; everything else is real. The portal has the identity that a pod would have."""

    servers = ("token", "web", "stream", "worker", "nginx")

    def __init__(self, home=HOME, build=None, prefix="", **more):
        self.real = real_environment(home)
        self.prefix = prefix  # of namespaces, owners, bucket and host names: several portals on the same servers
        self.listen_host = self.real.get("REAL_HOST", "127.0.0.1")
        super().__init__(home, build, **more)

    def __getitem__(self, name):
        return self.real[f"REAL_{name}"]

    @property
    def apps_url(self):
        return self["INGRESS"]

    def app_host(self, project):
        return f"student-{project}.{self.domain}"

    @property
    def domain(self):
        return f"{self.prefix.rstrip('-')}.{self['APPS_DOMAIN']}".lstrip(".")

    def namespace(self, name):
        return f"{self.prefix}hydrosim-{name}"

    def app_address(self, project):
        return f"{self['INGRESS']}/ with the header Host: {self.app_host(project)}"

    def kubectl(self, *args, text=None, check=True):
        """Runs kubectl as the cluster's administrator; its standard output."""
        for pause in (1, 2, 4, 8, 0):
            done = subprocess.run([self["KUBECTL"], "--kubeconfig", self["KUBECONFIG"], *args], input=text, text=True,
                                  stdin=None if text is not None else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if not done.returncode or not pause or not any(words in done.stderr for words in BUSY):
                break
            time.sleep(pause)
        if done.returncode and check:
            raise StackError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout

    # --- preparing ------------------------------------------------------------------------------------------------------

    def prepare(self):
        missing = [name for name in REQUIRED if not self.real.get(name)]
        if missing:
            raise StackError(f"not in the environment: {', '.join(missing)}. First: eval \"$(../shared/realstack/up)\"")
        fresh = not (self.home / "real.env").exists()
        self.choose_builder()
        self.say("applying k8s/ to the cluster")
        for name in ("namespace.yaml", "rbac.yaml"):
            text = (ROOT / "k8s" / name).read_text()
            for namespace in ("system", "students", "builds"):
                text = text.replace(f"hydrosim-{namespace}", self.namespace(namespace))
            self.kubectl("apply", "-f", "-", text=text)
        if fresh:
            self.forget_cluster()
        self.identity()
        envfile.write(self.home / "real.env", {**self.real, **self.builder})

    def forget_cluster(self):
        """A new database numbers from 1 again: what an earlier one left in the cluster has to go first."""
        self.say("removing what an earlier portal left in the cluster")
        for name, kinds in (("builds", "jobs,secrets,pods"), ("students", "deployments,services,ingresses,secrets,pods")):
            self.kubectl("-n", self.namespace(name), "delete", kinds, "-l", MANAGED, "--ignore-not-found", "--wait=true")

    def choose_builder(self):
        kaniko, buildkit = self.real.get("REAL_IMAGE_KANIKO"), self.real.get("REAL_IMAGE_BUILDKIT")
        images = {"kaniko": kaniko, "buildkit": buildkit}
        name = os.environ.get("PORTAL_BUILDER")
        if not name:
            name = "kaniko" if kaniko or os.environ.get("PORTAL_BUILDER_IMAGE") else "buildkit"
            if name == "buildkit":
                print(LOUD, file=sys.stderr, flush=True)
        image = os.environ.get("PORTAL_BUILDER_IMAGE") or images.get(name)
        if not image:
            raise StackError(f"PORTAL_BUILDER={name}, but neither PORTAL_BUILDER_IMAGE nor REAL_IMAGE_{name.upper()} names its image")
        self.builder = {"PORTAL_BUILDER": name, "PORTAL_BUILDER_IMAGE": image}

    @property
    def account(self):
        return self.home / "serviceaccount"

    def identity(self):
        """The files that a pod of portal-backend-sa would find; the token follows from the refresher."""
        self.account.mkdir(exist_ok=True)
        view = json.loads(self.kubectl("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))
        cluster = view["clusters"][0]["cluster"]
        (self.account / "ca.crt").write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
        (self.account / "namespace").write_text(self.namespace("system"))
        server = urllib.parse.urlsplit(cluster["server"])
        self.real["REAL_API"] = f"{server.hostname}:{server.port or 443}"

    # --- configuration ---------------------------------------------------------------------------------------------------

    builder = {}

    def settings(self):
        stored = envfile.read(self.home / "real.env")
        builder = self.builder or {n: stored[n] for n in ("PORTAL_BUILDER", "PORTAL_BUILDER_IMAGE") if n in stored}
        ssh = urllib.parse.urlsplit(self["GITEA_SSH"])
        ingress = urllib.parse.urlsplit(self["INGRESS"])
        host, _, port = self.real.get("REAL_API", ":").rpartition(":")
        return {
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
            "KUBERNETES_SERVICEACCOUNT_DIR": self.account,
            "BUILD_NAMESPACE": self.namespace("builds"),
            "STUDENTS_NAMESPACE": self.namespace("students"),
            "LOG_ARCHIVE": "s3",
            "S3_BUCKET": f"{self.prefix}hydrosim-logs",
            "S3_ENDPOINT_URL": self["S3_ENDPOINT"],
            "S3_ACCESS_KEY_ID": self["S3_ACCESS_KEY"],
            "S3_SECRET_ACCESS_KEY": self["S3_SECRET_KEY"],
            "GITEA_URL": self["GITEA_URL"],
            "GITEA_TOKEN": self["GITEA_TOKEN"],
            "REPO_SCHEMES": "ssh",
            "APPS_BASE_DOMAIN": self.domain,
            "APPS_SCHEME": ingress.scheme,
            "APPS_PORT": ingress.port or 0,
            "INGRESS_CLASS": "traefik",
            "INGRESS_NAMESPACE": "kube-system",
            "PORTAL_GIT_IMAGE": self["IMAGE_GIT"],
            "PORTAL_PUSH_IMAGE": self["IMAGE_SKOPEO"],
            "PORTAL_INSECURE_REGISTRIES": self.real.get("REAL_REGISTRY", ""),
            "PORTAL_KNOWN_HOSTS": f"[{ssh.hostname}]:{ssh.port or 22} {self['GITEA_HOSTKEY']}",
            **builder,
        }

    def start_token(self):
        (self.account / "token").unlink(missing_ok=True)
        self.processes.stop("token")
        self.processes.start("token", [sys.executable, ROOT / "tests" / "stack" / "token_refresher.py", self["KUBECTL"], self["KUBECONFIG"],
                                       self.namespace("system"), self.account, TOKEN_SECONDS])
        self.processes.wait("token", (self.account / "token").exists)

    # --- Gitea -------------------------------------------------------------------------------------------------------------

    def gitea(self, method, path, body=None, absent=()):
        """A call of Gitea's API as the administrator; None for a status in `absent`."""
        request = urllib.request.Request(f"{self['GITEA_URL']}/api/v1{path}", method=method,
                                         data=json.dumps(body).encode() if body is not None else None,
                                         headers={"Authorization": f"token {self['GITEA_TOKEN']}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as e:
            if e.code in absent:
                return None
            raise StackError(f"Gitea: {method} {path}: {e.code} {e.read().decode('utf-8', 'replace')[:300]}") from None
        except OSError as e:
            raise StackError(f"Gitea does not answer at {self['GITEA_URL']}: {e}") from None

    def gitea_repository(self, owner, name):
        """Makes the owner and an empty private repository where they are missing; its git address over http, for pushes."""
        if self.gitea("GET", f"/users/{owner}", absent=(404,)) is None:
            self.gitea("POST", "/admin/users", {"username": owner, "email": f"{owner}@example.invalid", "must_change_password": False,
                                                "password": os.urandom(12).hex()})
        if self.gitea("GET", f"/repos/{owner}/{name}", absent=(404,)) is None:
            self.gitea("POST", f"/admin/users/{owner}/repos", {"name": name, "private": True, "default_branch": "main"})
        return self.gitea_remote(owner, name)

    def gitea_remote(self, owner, name):
        u = urllib.parse.urlsplit(self["GITEA_URL"])
        login, _, password = self["GITEA_ADMIN"].partition(":")
        return f"{u.scheme}://{urllib.parse.quote(login)}:{urllib.parse.quote(password, safe='')}@{u.netloc}/{owner}/{name}.git"

    def healthy(self):
        return http_get(f"{self.url}/health", timeout=10) == 200


class RealDemo(Demo):
    """The demo data with its repositories in the real Gitea and its images in the real private registry."""

    @property
    def base(self):
        return self.stack["IMAGE_PYTHON"]

    def registry(self):
        if self._rows("registry", "list"):
            return
        files = {}
        for use in ("push", "pull"):
            login, _, password = self.stack[f"PRIVATE_REGISTRY_{use.upper()}"].partition(":")
            path = self.stack.home / f"registry-{use}"
            path.touch(mode=0o600)
            path.write_text(password)
            files[use] = (login, path)
        try:
            self.stack.portalctl("registry", "add", "course", self.stack["PRIVATE_REGISTRY"], "--ca", self.stack["PRIVATE_REGISTRY_CA"],
                                 "--push-user", files["push"][0], "--push-password-file", files["push"][1],
                                 "--pull-user", files["pull"][0], "--pull-password-file", files["pull"][1])
        finally:
            for _, path in files.values():
                path.unlink()

    def owner(self, login):
        return self.stack.prefix + login

    def remote(self, login):
        return self.stack.gitea_remote(self.owner(login), PROJECT)

    def repository(self, login):
        owner = self.owner(login)
        remote = self.stack.gitea_repository(owner, PROJECT)
        if self.stack.gitea("GET", f"/repos/{owner}/{PROJECT}/branches/main", absent=(404,)) is None:
            bare = self.stack.home / "work" / f".first-{login}.git"
            repos.create_bare(bare, self.stack.home / "work" / f".new-{login}", self.base, login)
            repos.git(bare, "push", "-q", remote, "main:main")
        return f"{self.stack['GITEA_SSH']}/{owner}/{PROJECT}.git"

    def hooks(self, projects):
        address = f"{self.stack.url}/api/v1/webhooks/gitea"
        for login, project in projects.items():
            repository = f"/repos/{self.owner(login)}/{PROJECT}"
            installed = self.stack.postgres.psql(f"SELECT gitea_hook_id FROM build_configs WHERE project_id = {project}")
            hooks = self.stack.gitea("GET", f"{repository}/hooks")
            if installed and any(str(h["id"]) == installed and h["config"]["url"] == address for h in hooks):
                continue
            for hook in hooks:  # of an earlier portal here: its secret is gone
                self.stack.gitea("DELETE", f"{repository}/hooks/{hook['id']}")
            self.stack.portalctl("gitea", "install", project)
