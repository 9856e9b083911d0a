"""The operators' command line against a database of its own: what it does, what it refuses, and what it leaves behind."""
import itertools
import os
import shutil
import subprocess

import pytest

from stack.paths import ROOT, VAR, build_dir
from stack.postgres import Postgres
from stack.processes import Processes, StackError

KEYS = ["k1:" + "11" * 32, "k2:" + "22" * 32]
DATABASES = itertools.count(1)


class Portalctl:
    """One database, and a data folder that the test may change."""

    def __init__(self, server, folder):
        self.server = server
        self.name = f"ctl{next(DATABASES)}"
        server.create_database(self.name)
        self.data = folder
        shutil.copytree(ROOT / "migrations", folder / "migrations")
        self.env = {"PATH": os.environ["PATH"], "DATABASE_URL": server.url(self.name, self.name), "SECRET_KEYS": KEYS[0],
                    "PORTAL_DATA_DIR": str(folder), "REPO_SCHEMES": "ssh,https,file", "LOG_ARCHIVE_DIR": str(folder / "archive")}

    def popen(self, *argv, **env):
        return subprocess.Popen([build_dir() / "portalctl", *map(str, argv)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**self.env, **env})

    def __call__(self, *argv, text="", code=0, **env):
        """Its standard output; with another code, what it said on standard error."""
        process = self.popen(*argv, **env)
        out, err = process.communicate(text, timeout=120)
        assert process.returncode == code, f"{argv}: {process.returncode}\n{out}{err}"
        return out.strip() if code == 0 else err

    def sql(self, text):
        return self.server.psql(text, self.name, self.name)


@pytest.fixture(scope="module")
def server():
    home = VAR / "test-portalctl"
    postgres = Postgres(home, Processes(home), durable=False)
    postgres.stop()  # one that an earlier run has left, with its databases
    shutil.rmtree(postgres.data, ignore_errors=True)
    postgres.start()
    yield postgres
    postgres.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def empty(server, tmp_path):
    return Portalctl(server, tmp_path / "data")


@pytest.fixture
def ctl(empty):
    empty("migrate")
    return empty


def test_migrations_are_applied_once_by_whoever_comes_first(empty):
    assert "would apply 0001_init.sql" in empty("migrate", "--dry-run")
    assert empty.sql("SELECT to_regclass('users') IS NULL") == "t"
    several = [empty.popen("migrate") for _ in range(4)]
    results = [(p.communicate(timeout=120), p.returncode) for p in several]
    assert all(code == 0 for _, code in results), results
    said = "".join(out for (out, _), _ in results)
    assert said.count("applied 0001_init.sql") == 1
    assert said.count("nothing to do") == 3
    assert empty.sql("SELECT count(*) FROM schema_migrations") == empty.sql("SELECT count(DISTINCT checksum) FROM schema_migrations")


def test_builds_rolled_up_before_hours_had_times_are_counted_anew(empty):
    """What the release before has written is not kept as hours without times."""
    migration = empty.data / "migrations" / "0010_hour_times.sql"
    for path in empty.data.glob("migrations/*.sql"):
        if path.name >= migration.name:
            path.rename(path.with_suffix(".later"))
    empty("migrate")
    empty.sql("INSERT INTO courses (code, name) VALUES ('C', 'C'); INSERT INTO students (course_id, student_number, name) VALUES (1, '1', 'S');"
              " INSERT INTO projects (student_id, name) VALUES (1, 'app');"
              " INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase, trigger, config,"
              " config_digest, created_at, started_at, finished_at) SELECT 1, 1, 1, repeat('a', 40), 'main', 'r/x', 'a', 'success', 'done', 'push', '{}',"
              " 'd', at, at, at + interval '100 s' FROM (SELECT date_trunc('hour', now()) - interval '5 hours' AS at FROM generate_series(1, 3)) t")
    empty.sql("INSERT INTO build_stats_state VALUES (true, date_trunc('hour', now()), 'Asia/Shanghai');"
              " INSERT INTO build_stats_hours SELECT date_trunc('hour', now()) - interval '5 hours', 1, 3, 0, 0;"
              " INSERT INTO build_stats_times SELECT current_date, 1, 'duration', 49, 3;"
              " INSERT INTO build_stats_reasons SELECT current_date, 1, 'TIMEOUT', 3")
    for path in empty.data.glob("migrations/*.later"):
        path.rename(path.with_suffix(".sql"))
    assert "applied 0010_hour_times.sql" in empty("migrate")
    assert empty.sql("SELECT count(*) FROM build_stats_hours") == "0"
    empty("statistics")
    assert empty.sql("SELECT success, encode(durations, 'hex') FROM build_stats_hours") == "3\t7a7a7a"  # 100 s: bucket 49 and 73
    assert empty.sql("SELECT bucket, builds FROM build_stats_times WHERE kind = 'duration'") == "49\t3"
    assert empty.sql("SELECT count(*) FROM build_stats_reasons") == "0"
    with pytest.raises(StackError, match="durations"):  # a worker of the release before
        empty.sql("INSERT INTO build_stats_hours (hour, course_id, success, failed, cancelled) VALUES (now(), 1, 1, 0, 0)")


def test_a_failed_migration_leaves_nothing(ctl):
    (ctl.data / "migrations" / "9000_half.sql").write_text("CREATE TABLE half (a int);\nCREATE TABLE broken (a nonsense);\n")
    assert "9000_half.sql failed" in ctl("migrate", code=1)
    assert ctl.sql("SELECT to_regclass('half') IS NULL") == "t"
    (ctl.data / "migrations" / "9000_half.sql").write_text("CREATE TABLE half (a int);\n")
    assert "applied 9000_half.sql" in ctl("migrate")


def test_a_changed_migration_is_refused(ctl):
    path = ctl.data / "migrations" / "0001_init.sql"
    path.write_text(path.read_text() + "\n-- changed\n")
    assert "0001_init.sql was changed" in ctl("migrate", code=1)


def test_a_newer_database_is_refused(ctl):
    ctl.sql("INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, '9999_future.sql', 'x')")
    assert "use the newer release" in ctl("migrate", code=1)


def test_the_command_line_is_checked(ctl):
    for argv in ([], ["nonsense"], ["user"], ["user", "add"], ["user", "add", "a", "b"], ["user", "add", "a", "--role"],
                 ["user", "add", "a", "--role", "king"], ["user", "add", "a", "--role", "admin", "--role", "admin"], ["migrate", "now"],
                 ["course", "add", "X"], ["project", "known-hosts", "1"]):
        assert "usage: portalctl" in ctl(*argv, code=2)
    assert "DATABASE_URL" in ctl("--help")
    assert "user add LOGIN" in ctl("--help")


def test_accounts(ctl):
    password = ctl("user", "add", "ali", "--role", "student", "--name", "阿里")
    assert len(password) >= 12 and password not in ctl.sql("SELECT password_hash FROM users")
    assert "is taken" in ctl("user", "add", "ali", "--role", "student", code=1)
    assert "12 characters" in ctl("user", "add", "bob", "--role", "teacher", "--password-stdin", text="short\n", code=1)
    assert ctl("user", "add", "bob", "--role", "teacher", "--password-stdin", text="correct horse battery\n") == ""
    for login in ("Ali", "a b", "-x", "", "a" * 64):
        ctl("user", "add", "--role", "student", "--", login, code=1)
    before = ctl.sql("SELECT password_hash FROM users WHERE login = 'ali'")
    assert ctl("user", "password", "ali") != password
    assert ctl.sql("SELECT password_hash FROM users WHERE login = 'ali'") != before
    ctl("user", "disable", "ali")
    assert "ali\tstudent\tdisabled\t阿里\nbob\tteacher\tactive\tbob" == ctl("user", "list")
    ctl("user", "enable", "ali")
    assert "there is no account" in ctl("user", "disable", "nobody", code=1)
    lines = ctl.sql("SELECT login, action, object FROM audit_log ORDER BY id")
    assert lines.split("\n")[0] == "system\tuser.create\tuser 1"
    assert password not in ctl.sql("SELECT string_agg(detail, ' ') FROM audit_log")


def make_project(ctl):
    ctl("course", "add", "HYD-101", "Hydrology")
    ctl("registry", "add", "main", "registry.example.edu:5000", "--push-user", "pusher", "--push-password-file", "-", text="push-secret\n")
    return ctl("student", "add", "HYD-101", "s1", "Ali", "--project", "hydro", "--repo", "ssh://git@git.example.edu/ali/hydro.git",
               "--registry", "main", "--branch", "dev", "--port", "80", "--no-auto-deploy").split("\n")[1].split()[1]


def test_a_project_is_complete(ctl):
    project = make_project(ctl)
    row = ctl.sql(f"SELECT branch, repo_path, auto_build, auto_deploy, registry_id FROM build_configs WHERE project_id = {project}")
    assert row == "dev\tali/hydro\tt\tf\t1"
    assert ctl.sql("SELECT container_port FROM projects") == "80"
    assert ctl("project", "key", project).startswith("ssh-ed25519 AAAA")
    assert len(ctl("project", "secret", project)) >= 32
    assert "webhook_secret.read" in ctl.sql("SELECT string_agg(action, ' ') FROM audit_log")
    assert ctl("project", "list") == f"{project}\tHYD-101\ts1\thydro\tssh://git@git.example.edu/ali/hydro.git\tdev"
    ctl("project", "known-hosts", project, "--stdin", text="git.example.edu ssh-ed25519 AAAA\n")
    assert "known_hosts lines" in ctl("project", "known-hosts", project, "--stdin", text="nonsense\n", code=1)
    assert "push-secret" not in ctl.sql("SELECT registries::text FROM registries")


@pytest.mark.parametrize("argv, says", [
    (["--repo", "ext::sh -c x"], "allowed here"), (["--repo", "--upload-pack=x"], "allowed here"), (["--repo", "https://a:b@h/x/y"], "allowed here"),
    (["--repo", "https://h/x/y", "--branch", "-x"], "branch"), (["--repo", "https://h/x/y", "--dockerfile", "../x"], "dockerfile_path"),
    (["--repo", "https://h/x/y", "--port", "0"], "--port"), (["--repo", "https://h/x/y", "--registry", "none"], "no registry"), ([], "--repo")])
def test_a_wrong_project_leaves_nothing(ctl, argv, says):
    ctl("course", "add", "C", "Course")
    assert says in ctl("student", "add", "C", "s1", "Ali", "--project", "p", *argv, code=1)
    assert ctl.sql("SELECT (SELECT count(*) FROM students) + (SELECT count(*) FROM projects)") == "0"


def test_settings(ctl):
    ctl("setting", "set", "build_limit", "7")
    assert "build_limit\t7\tstored" in ctl("setting", "list")
    ctl("setting", "reset", "build_limit")
    assert "build_limit\t4\tdefault" in ctl("setting", "list")
    assert "base_domain\tapps.example.edu\tenvironment" in ctl("setting", "list", APPS_BASE_DOMAIN="apps.example.edu")
    assert "must be a number" in ctl("setting", "set", "build_limit", "many", code=1)
    assert "no setting" in ctl("setting", "set", "nonsense", "1", code=1)


def test_keys_turn_over(ctl):
    project = make_project(ctl)
    secret = ctl("project", "secret", project)
    both = {"SECRET_KEYS": ",".join(reversed(KEYS))}
    new = {"SECRET_KEYS": KEYS[1]}
    assert "SECRET_KEYS" in ctl("project", "secret", project, code=1, **new)
    assert ctl("keys", "rotate", **both) == "3 sealed anew"
    assert ctl("project", "secret", project, **new) == secret
    assert ctl("keys", "rotate", **both) == "0 sealed anew"
    assert "does not open" in ctl("keys", "rotate", code=1)  # only the old key is given: nothing may be lost
    assert ctl("project", "secret", project, **new) == secret


def test_prune_takes_only_what_has_expired(ctl):
    ctl("user", "add", "ali", "--role", "student")
    project = make_project(ctl)
    ctl.sql("INSERT INTO sessions (id_hash, user_id, ip, user_agent, expires_at) SELECT 'h' || n, 1, '', '',"
            " now() + CASE WHEN n <= 2500 THEN interval '-1 hour' ELSE interval '1 hour' END FROM generate_series(1, 2600) n")
    ctl.sql("INSERT INTO webhook_deliveries (delivery_id, project_id, event, outcome, reason, received_at)"
            f" SELECT n, {project}, 'push', 'ignored', 'tag', now() - CASE WHEN n <= 1500 THEN interval '91 days' ELSE interval '1 day' END"
            " FROM generate_series(1, 1600) n")
    assert ctl("prune") == "4000 rows deleted"
    assert ctl.sql("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM webhook_deliveries)") == "100\t100"
    assert ctl("prune") == "0 rows deleted"


def test_verify_names_what_is_wrong(ctl):
    err = ctl.popen("verify", K8S_CONFIG_PATH="/nonexistent", GITEA_URL="http://127.0.0.1:1", GITEA_TOKEN="x")
    out, _ = err.communicate(timeout=120)
    assert err.returncode == 1
    lines = {line.split()[0]: line for line in out.strip().split("\n")}
    assert "ok" in lines["database"] and "FAILED" in lines["archive"] and "FAILED" in lines["cluster"] and "FAILED" in lines["gitea"]


def test_an_absent_database_is_a_sentence(ctl):
    assert "the database does not answer" in ctl("user", "list", code=1, DATABASE_URL="postgresql:///x?host=/nonexistent")
    assert "DATABASE_URL" in ctl("user", "list", code=1, DATABASE_URL="CHANGE_ME_IN_PRODUCTION")
    assert "SECRET_KEYS" in ctl("user", "list", code=1, SECRET_KEYS="nonsense")
