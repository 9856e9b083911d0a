"""Webhooks accepted and committed, against pgbench with the same inserts by the same number of clients."""
import re
import secrets
import subprocess
import uuid

from stack import gitea_hook

from common import ROUNDS, Trouble, at_least

CLIENTS = 16
PROJECTS = 480

# One delivery as model_builds_want and model_webhooks_accept write it.
PGBENCH = r"""
\set p random({first}, {last})
BEGIN;
WITH b AS (INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag,
 trigger, config, config_digest, created_by, retry_of, status_retry_at, status) SELECT p.id, p.student_id, s.course_id,
 md5(random()::text) || '00000000', 'main', 'A change', 'student', 'registry.localhost:5000/bench', 'abcdef0', 'push', '{{"registry_id":1}}'::jsonb,
 'digest', NULL, NULL, now(), 'success' FROM projects p JOIN students s ON s.id = p.student_id WHERE p.id = :p RETURNING id, project_id),
 e AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'status', 'pending' FROM b)
INSERT INTO webhook_deliveries (delivery_id, project_id, event, ref, before_sha, commit_sha, pusher, outcome, reason, build_id)
 SELECT md5(random()::text), project_id, 'push', 'refs/heads/main', 'b', 'c', 'student', 'accepted', 'build_created', id FROM b;
COMMIT;
"""


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
    script.write_text(PGBENCH.format(first=made[0][0], last=made[-1][0]))

    def ours():
        # What waits has ended: each push is to make a build of its own, as the reference does.
        stack.postgres.psql("UPDATE builds SET status = 'success', phase = 'done', commit_status = 'success' WHERE status = 'pending'")
        before = int(stack.postgres.psql("SELECT count(*) FROM builds"))
        took = bench.load(port, PROJECTS, bench.requests("webhook", [request(path, p, s) for p, path, s in made]), CLIENTS)["seconds"]
        now = int(stack.postgres.psql("SELECT count(*) FROM builds"))
        if now - before != PROJECTS:
            raise Trouble(f"{PROJECTS} pushes made {now - before} builds")
        return PROJECTS / took

    def theirs():
        argv = [stack.postgres.bin / "pgbench", "-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-t", PROJECTS // CLIENTS, "-f", script,
                stack.postgres.url()]
        done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
        if not found:
            raise Trouble(f"pgbench: {done.stderr.strip()}")
        return float(found[1])

    at_least(bench, "webhook accepted and committed", *bench.in_turn(ROUNDS, ours, theirs), 0.6)
