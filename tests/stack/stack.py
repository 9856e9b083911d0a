"""One portal with everything around it, in the embedded form: Postgres, kubesim, nginx, web, stream, worker."""
import http.client
import os
import secrets
import socket
import subprocess
import urllib.parse

from . import envfile
from .building import fingerprint
from .paths import ROOT, build_dir, socket_dir
from .postgres import Postgres
from .processes import LONGEST, Processes, StackError, free_port


def http_get(url, host=None, timeout=3):
    """Status of a GET, 0 when nobody answers."""
    u = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(u.hostname, u.port or 80, timeout=timeout)
    try:
        connection.request("GET", u.path or "/", headers={"Host": host or u.netloc, "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def answers(path):
    """True: somebody accepts connections on the Unix socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(1)
        try:
            s.connect(str(path))
        except OSError:
            return False
        return True


class Stack:
    """State in `home`; programs from `build`. start() starts what is missing, stop() stops all."""

    listen_host = "127.0.0.1"
    servers = ("kubesim", "web", "stream", "worker", "nginx")

    def __init__(self, home, build=None, durable=True, speed=1, environment=None, say=lambda text: None):
        self.home = home
        self.build = build or build_dir()
        self.say = say
        self.speed = speed
        self.extra = environment or {}
        home.mkdir(parents=True, exist_ok=True)
        self.processes = Processes(home)
        self.sockets = socket_dir(home)
        self.postgres = Postgres(home, self.processes, durable)
        self.ports = envfile.read(home / "ports.env")

    # --- addresses ----------------------------------------------------------------------------------------------------

    def port(self, name, preferred=0):
        """A port that is kept while its server runs and, if it is still free, over restarts."""
        key = name.upper() + "_PORT"
        server = "nginx" if name == "http" else "kubesim2" if name.endswith("2") else "kubesim"
        running = self.processes.pid(server)
        if not running and self.processes.record(server):
            self.processes.stop(server)  # children of a crashed one may still hold the port
        if not running or key not in self.ports:
            self.ports[key] = str(free_port(int(self.ports.get(key, preferred)), self.listen_host))
            envfile.write(self.home / "ports.env", self.ports)
        return int(self.ports[key])

    @property
    def url(self):
        return f"http://{self.listen_host}:{self.port('http', 8080)}"

    @property
    def apps_url(self):
        return f"http://127.0.0.1:{self.port('ingress', 8081)}"

    @property
    def kubesim_url(self):
        return f"http://127.0.0.1:{self.port('kubesim')}"

    def app_host(self, project):
        return f"student-{project}.apps.localhost"

    def app_address(self, project):
        return f"http://{self.app_host(project)}:{self.port('ingress', 8081)}/"

    # --- configuration ------------------------------------------------------------------------------------------------

    def secret_keys(self):
        """The key of secrets at rest: made once, kept as long as the database."""
        path = self.home / "secret.env"
        values = envfile.read(path)
        if "SECRET_KEYS" not in values:
            values["SECRET_KEYS"] = f"k1:{secrets.token_hex(32)}"
            envfile.write(path, values)
        return values["SECRET_KEYS"]

    def kubeconfig(self):
        path = self.home / "kubeconfig"
        text = (
            "apiVersion: v1\nkind: Config\ncurrent-context: kubesim\n"
            f"clusters:\n- name: kubesim\n  cluster:\n    server: {self.kubesim_url}\n"
            "users:\n- name: portal\n  user:\n    token: kubesim\n"
            "contexts:\n- name: kubesim\n  context:\n    cluster: kubesim\n    user: portal\n    namespace: hydrosim-system\n")
        # Programs may read it while another one is started: it is whole at any moment.
        if not path.exists() or path.read_text() != text:
            whole = path.with_suffix(f".{secrets.token_hex(4)}")
            whole.write_text(text)
            whole.chmod(0o600)
            whole.replace(path)
        return path

    def settings(self):
        """The portal's variables for this form; `extra` overrides them."""
        return {
            "K8S_CONFIG_PATH": self.kubeconfig(),
            "LOG_ARCHIVE": "directory",
            "LOG_ARCHIVE_DIR": self.home / "logs",
            "REPO_SCHEMES": "ssh,https,file",
            "APPS_BASE_DOMAIN": "apps.localhost",
            "APPS_SCHEME": "http",
            "APPS_PORT": self.port("ingress", 8081),
            "INGRESS_CLASS": "kubesim",
        }

    def environment(self):
        """The whole environment of the portal's programs."""
        values = {
            "DATABASE_URL": self.postgres.url(),
            "PORTAL_URL": self.url,
            "SECRET_KEYS": self.secret_keys(),
            "FCGI_SOCKET": self.sockets / "web.sock",
            "STREAM_SOCKET": self.sockets / "stream.sock",
            "PORTAL_DATA_DIR": ROOT,
            "ENVIRONMENT": "development",
            "SECURE_COOKIES": "0",
            "CLUSTER_LOCAL": "1",
            **self.settings(),
            **self.extra,
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                                    "LSAN_OPTIONS", "PORTAL_BUILDER", "PORTAL_BUILDER_IMAGE") if name in os.environ}
        return {**kept, **{name: str(value) for name, value in values.items()}}

    # --- acts ---------------------------------------------------------------------------------------------------------

    def portalctl_begin(self, *args, stdin=subprocess.DEVNULL):
        """Starts an operator's command; portalctl_end waits for it."""
        return subprocess.Popen([str(self.build / "portalctl"), *map(str, args)], env=self.environment(), cwd=self.home, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @staticmethod
    def portalctl_end(process, text=None, check=True):
        """Its standard output."""
        out, err = process.communicate(text, LONGEST)
        if process.returncode and check:
            raise StackError(f"{' '.join(process.args)}: {err.strip() or out.strip()}")
        return out.strip()

    def portalctl(self, *args, text=None, check=True):
        """Runs an operator's command and returns its standard output."""
        stdin = subprocess.DEVNULL if text is None else subprocess.PIPE
        return self.portalctl_end(self.portalctl_begin(*args, stdin=stdin), text, check)

    def migrate(self):
        self.portalctl("migrate")

    def prepare(self):
        """What must be there before anything starts; the real form looks at its servers here."""

    def start_database(self):
        self.postgres.start()
        self.postgres.create_database()
        self.migrate()

    def mark(self, program, *more):
        """Changes when the program, its data or its environment does: then a running one is started anew."""
        return fingerprint(self.build / program, *more) + repr(sorted(self.environment().items()))

    def start_kubesim(self):
        argv = [self.build / "portal-kubesim", "--port", self.port("kubesim"), "--ingress-port", self.port("ingress", 8081), "--speed",
                self.speed, "--state-dir", self.home / "kubesim"]
        (self.home / "kubesim").mkdir(exist_ok=True)
        self.processes.start("kubesim", argv, env=self.environment(), cwd=self.home,
                             mark=fingerprint(self.build / "portal-kubesim") + str(argv))
        self.processes.wait("kubesim", lambda: http_get(self.kubesim_url + "/version") == 200)

    def start_second_kubesim(self):
        """Another cluster for tests of several: its address. Stopped with the others."""
        home = self.home / "kubesim2"
        home.mkdir(exist_ok=True)
        argv = [self.build / "portal-kubesim", "--port", self.port("kubesim2"), "--ingress-port", self.port("ingress2"), "--speed", self.speed,
                "--state-dir", home]
        url = f"http://127.0.0.1:{self.port('kubesim2')}"
        self.processes.start("kubesim2", argv, env=self.environment(), cwd=self.home, mark=fingerprint(self.build / "portal-kubesim") + str(argv))
        self.processes.wait("kubesim2", lambda: http_get(url + "/version") == 200)
        return url

    def start_program(self, name, ready, *data):
        program = f"portal-{name}"
        self.processes.start(name, [self.build / program], env=self.environment(), cwd=self.home, mark=self.mark(program, *data))
        self.processes.wait(name, ready)

    def start_web(self):
        self.start_program("web", lambda: answers(self.sockets / "web.sock"), ROOT / "templates")

    def start_stream(self):
        self.start_program("stream", lambda: answers(self.sockets / "stream.sock"))

    def start_worker(self):
        before = self.postgres.psql("SELECT coalesce(max(id), 0) FROM workers")
        running = self.processes.pid("worker")
        alive = "SELECT count(*) FROM workers WHERE stopped_at IS NULL AND heartbeat_at > now() - interval '20 s'"
        self.start_program("worker", lambda: self.postgres.psql(
            alive + (f" AND id > {before}" if not running else "")) not in ("0", None))

    def start_nginx(self):
        environment = self.environment()
        conf = self.home / "nginx"
        subprocess.run([ROOT / "nginx" / "generate", conf], check=True, env={
            **environment, "LISTEN": f"{self.listen_host}:{self.port('http', 8080)}", "RUN_DIR": str(self.home / "run"),
            "LOG_DIR": str(self.home / "log"), "NGINX_USER": "root"})
        # "root" counts only when we are root: then the sockets and logs are root's as well.
        mark = fingerprint(conf, *(ROOT / "nginx").glob("*.conf"))
        self.processes.start("nginx", ["/usr/sbin/nginx", "-e", self.home / "log" / "nginx.log", "-p", self.home / "run", "-c",
                                       conf / "nginx.conf", "-g", "daemon off;"], mark=mark)
        self.processes.wait("nginx", lambda: http_get(f"{self.url}/_error/none") == 404)

    def healthy(self):
        return http_get(f"{self.url}/health") == 200

    def start(self):
        """Starts whatever does not run, in order, and waits until the portal is healthy."""
        (self.home / "logs").mkdir(exist_ok=True)
        self.start_database()
        self.say("starting the servers")
        for name in self.servers:
            getattr(self, f"start_{name}")()
        self.processes.wait("web", self.healthy, what=f"GET {self.url}/health, see also {self.processes.log('nginx')}")

    def stop(self):
        for name in ("nginx", "worker", "stream", "web", "kubesim"):
            self.processes.stop(name)
        for name in self.processes.names():
            if name != "postgres":
                self.processes.stop(name)
        self.postgres.stop()
