"""Build history of 50 rows and a build's JSON, each against a bare libfcgi + libpq + ClearSilver program over the same nginx."""
import hashlib
import os
import subprocess

from stack.stack import http_get

from common import HERE, ROOT, ROUNDS, answers, at_least, free_port, until

PROCESSES, THREADS = 2, 8  # as portal-web has them by default


def fill(stack, projects, builds):
    """Ended builds, spread over the projects; the newest last."""
    stack.postgres.psql(
        "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag,"
        " digest, status, phase, trigger, config, config_digest, job_name, log_object_key, log_bytes, log_complete, archived_at,"
        " commit_status, created_at, started_at, finished_at)"
        " SELECT p.id, p.student_id, s.course_id, md5(n::text) || substr(md5((n + 1)::text), 1, 8), 'main', 'Change number ' || n, 'student',"
        " 'registry.localhost:5000/bench/p' || p.id, substr(md5(n::text), 1, 7), 'sha256:' || md5(n::text) || md5((n + 2)::text),"
        " CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'success' END, 'done', 'push', '{\"registry_id\":1}', md5(p.id::text),"
        " 'build-' || n, 'builds/' || n, 4096, true, now(), CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'success' END,"
        f" now() - ({builds} - n) * interval '1 minute', now() - ({builds} - n) * interval '1 minute' + interval '5 s',"
        f" now() - ({builds} - n) * interval '1 minute' + interval '65 s'"
        f" FROM generate_series(1, {builds}) AS n JOIN projects p ON p.id = {projects[0]} + n % {len(projects)} JOIN students s ON s.id = p.student_id")
    stack.postgres.psql("VACUUM ANALYZE", user="postgres")


def start_reference(bench, stack):
    """The reference program behind an nginx with the portal's own configuration; the port."""
    path, port = stack.sockets / "reference.sock", free_port()
    env = {**os.environ, "DATABASE_URL": stack.postgres.url()}
    bench.spawn([bench.program("reference"), path, PROCESSES, THREADS, HERE / "reference", HERE / "reference" / "history.cs"],
                env=env)
    until(lambda: answers(path), 10, "the start of the reference program")
    conf, run = bench.home / "reference-nginx", bench.home / "reference-run"
    run.mkdir()
    subprocess.run([ROOT / "nginx" / "generate", conf], check=True,
                   env={**stack.environment(), "FCGI_SOCKET": str(path), "LISTEN": f"127.0.0.1:{port}", "RUN_DIR": str(run), "NGINX_USER": "root"})
    bench.spawn(["/usr/sbin/nginx", "-e", run / "nginx.log", "-p", run, "-c", conf / "nginx.conf", "-g", "daemon off;"])
    until(lambda: http_get(f"http://127.0.0.1:{port}/_error/none") == 404, 10, "the start of its nginx")
    return port


def run(bench):
    stack = bench.stack()
    cookie = bench.person(stack)
    projects = bench.projects(stack, 20, "PAGES")
    fill(stack, projects, 2000)
    project = projects[0]
    build = stack.postgres.psql(f"SELECT max(id) FROM builds WHERE project_id = {project}")
    port, reference = stack.port("http", 8080), start_reference(bench, stack)
    digest = hashlib.sha256(cookie.encode()).hexdigest()  # the reference asks for the row by its key
    for name, count, path, bare in (("build history, 50 rows", 600, f"/projects/{project}/builds", f"/history/{project}"),
                                    ("build as JSON", 2000, f"/api/v1/builds/{build}", f"/build/{build}")):
        ours, theirs = bench.get("portal", path, cookie), bench.get("reference", bare, digest)
        at_least(bench, name, *bench.in_turn(ROUNDS, lambda: count / bench.load(port, count, ours)["seconds"],
                                             lambda: count / bench.load(reference, count, theirs)["seconds"]), 0.8)
