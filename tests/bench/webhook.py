"""Webhooks accepted and committed, against pgbench with the same inserts by the same number of clients."""
import re
import secrets
import subprocess
import uuid

from stack import gitea_hook

from common import ROUNDS, Trouble, at_least

CLIENTS = 16
PROJECTS = 480

# The two statements that write, as model_builds_want and model_webhooks_accept have them; each client has projects of its own.
PGBENCH = """
\\set p {first} + :client_id * {each} + :n
\\set n :n + 1
BEGIN;
WITH b AS (INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag,
 trigger, config, config_digest, created_by, retry_of, status_retry_at) VALUES (:p, {student} + :p - {first}, {course},
 md5(random()::text) || '00000000', 'main', 'A change', 'student', 'registry.localhost:5000/bench/x', 'abcdef0', 'push',
 jsonb_set('{config}'::jsonb, '{{builder}}', to_jsonb(COALESCE((SELECT value FROM settings WHERE name = 'builder'), 'kaniko'::text))),
 '{digest}', NULL, NULL, now()) RETURNING id),
 e AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'status', 'pending' FROM b),
 h AS (UPDATE build_configs SET head_sha = md5(random()::text), head_seen_at = now(), head_error = NULL WHERE project_id = :p)
SELECT id AS build FROM b \\gset
INSERT INTO webhook_deliveries (delivery_id, project_id, event, ref, before_sha, commit_sha, pusher, outcome, reason, build_id)
 VALUES (md5(random()::text), :p, 'push', 'refs/heads/main', '{zero}', '{zero}', 'student', 'accepted', 'build_created', :build)
 ON CONFLICT (delivery_id, project_id) DO NOTHING RETURNING id;
COMMIT;
"""
CONFIG = '{"repo_url": "https://git.localhost/hooks/r0.git", "dockerfile_path": "Dockerfile", "context_path": ".", "registry_id": 1, "extra_tag": null}'


def projects(stack):
    """Projects with sealed secrets, made by the operator's command: (id, path, secret)."""
    stack.portalctl("course", "add", "HOOKS", "Webhooks")
    if not stack.portalctl("registry", "list"):
        stack.portalctl("registry", "add", "hooks", "registry.localhost:5000", "--plain-http")
    made = []
    for n in range(PROJECTS):
        stack.portalctl("student", "add", "HOOKS", f"H{n}", f"Student {n}", "--project", "app", "--repo",
                        f"https://git.localhost/hooks/r{n}.git")
    for row in stack.postgres.psql("SELECT project_id, repo_path FROM build_configs WHERE repo_path LIKE 'hooks/%' ORDER BY 1").splitlines():
        project, path = row.split("\t")
        made.append((int(project), path, stack.portalctl("project", "secret", project)))
    return made


def body(path, project, sha):
    owner, name = path.split("/")
    pusher = gitea_hook.user(owner, project + 1000)
    commit = {"id": sha, "message": "A change\n", "url": "", "author": {"name": "student", "email": "s@example.invalid", "username": ""},
              "committer": {"name": "student", "email": "s@example.invalid", "username": ""}, "verification": None,
              "timestamp": "2026-01-01T00:00:00Z", "added": [], "removed": [], "modified": ["app.py"]}
    return {"ref": "refs/heads/main", "before": gitea_hook.ZERO, "after": sha, "compare_url": "", "commits": [commit], "total_commits": 1,
            "head_commit": commit, "repository": gitea_hook.repository(owner, name, project), "pusher": pusher, "sender": pusher}


def request(path, project, secret):
    raw = gitea_hook.encode(body(path, project, secrets.token_hex(20)))
    head = gitea_hook.headers("push", raw, secret, str(uuid.uuid4()))
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST /api/v1/webhooks/gitea HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Content-Length: {len(raw)}\r\n\r\n".encode() + raw


def run(bench):
    stack = bench.stack("hooks")
    bench.stop(stack, "worker")
    made = projects(stack)
    port, script = stack.port("http", 8080), bench.home / "webhook.pgbench"
    student, course = stack.postgres.psql(f"SELECT p.student_id, s.course_id FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = {made[0][0]}").split("\t")
    script.write_text(PGBENCH.format(first=made[0][0], each=PROJECTS // CLIENTS, student=student, course=course, config=CONFIG, digest="0" * 64,
                                     zero=gitea_hook.ZERO))

    def settle():
        """What waits has ended: each push is to make a build of its own, as each of the reference's transactions does."""
        stack.postgres.psql("UPDATE builds SET status = 'success', phase = 'done', commit_status = 'success' WHERE status = 'pending'")

    def ours():
        settle()
        before = int(stack.postgres.psql("SELECT count(*) FROM builds"))
        took = bench.load(port, PROJECTS, bench.requests("webhook", [request(path, p, s) for p, path, s in made]), CLIENTS)["seconds"]
        now = int(stack.postgres.psql("SELECT count(*) FROM builds"))
        if now - before != PROJECTS:
            raise Trouble(f"{PROJECTS} pushes made {now - before} builds")
        return PROJECTS / took

    def theirs():
        settle()
        argv = [stack.postgres.bin / "pgbench", "-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-t", PROJECTS // CLIENTS, "-D", "n=0", "-f", script,
                stack.postgres.url()]
        done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
        if not found:
            raise Trouble(f"pgbench: {done.stderr.strip()}")
        return float(found[1])

    at_least(bench, "webhook accepted and committed", *bench.in_turn(2 * ROUNDS, ours, theirs), 0.6)
