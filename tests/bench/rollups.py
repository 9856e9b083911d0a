"""The teachers' numbers: statistics of 10^6 builds against 10^4, failed builds and the queue with 10^6 against 10^3."""
import time

from common import ROUNDS, at_most, at_most_times

COURSES, STUDENTS, WEEK, LIVE = 3, 40, 1000, 60
SIZES = {"small": 1000, "middle": 10_000, "large": 1_000_000}
REQUESTS = 80


def fill(stack, builds):
    """Ended builds of all projects within a year: the last week is alike everywhere, what came before is the rest."""
    stack.postgres.psql(
        "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag, status,"
        " phase, reason, message, evidence, trigger, config, config_digest, job_name, archived_at, job_deleted_at, created_at, started_at, finished_at)"
        " SELECT p.id, p.student_id, p.course_id, md5(n::text) || substr(md5((n + 1)::text), 1, 8), 'main', 'Change number ' || n, 'student',"
        " 'registry.localhost:5000/bench/p' || p.id, substr(md5(n::text), 1, 7), t.status, 'done',"
        " CASE t.status WHEN 'failed' THEN (ARRAY['BUILD_STEP', 'BUILD_STEP', 'DOCKERFILE', 'IMAGE_PULL', 'TIMEOUT', 'PUSH_AUTH'])[1 + n % 6]"
        "  WHEN 'cancelled' THEN 'SUPERSEDED' END, CASE t.status WHEN 'failed' THEN 'A step of the Dockerfile failed: exit status 1' END,"
        " CASE t.status WHEN 'failed' THEN E'Running: pip install -r requirements.txt\\nERROR: no such package\\nexit status 1' END,"
        " 'push', '{\"registry_id\":1}', md5(p.id::text), 'build-' || n, now(), now(), t.at - t.took - interval '4 s', t.at - t.took, t.at"
        f" FROM (SELECT n, CASE WHEN n <= {WEEK} THEN now() - n * interval '7 days' / {WEEK}"
        f"   ELSE now() - interval '7 days' - (n - {WEEK}) * interval '350 days' / {max(1, builds - WEEK)} END AS at,"
        "   (ARRAY['success', 'success', 'failed', 'success', 'success', 'cancelled', 'success'])[1 + n % 7] AS status,"
        "   make_interval(secs => 20 + 400 * ((n::bigint * 7919) % 1000 / 1000.0) ^ 2) AS took"
        f"  FROM generate_series({builds}, 1, -1) AS n) t"
        " JOIN (SELECT p.id, p.student_id, s.course_id, row_number() OVER (ORDER BY p.id) - 1 AS place FROM projects p"
        f"  JOIN students s ON s.id = p.student_id) p ON p.place = t.n % {COURSES * STUDENTS} ORDER BY t.at")
    stack.postgres.psql(
        "INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, trigger, config, config_digest, status, phase,"
        " started_at) SELECT p.id, p.student_id, s.course_id, md5(p.id::text) || '00000000', 'main', 'r/x', 'a', 'push', '{}', 'd',"
        " CASE WHEN p.id % 15 = 0 THEN 'running' ELSE 'pending' END, CASE WHEN p.id % 15 = 0 THEN 'building' ELSE 'queued' END,"
        f" CASE WHEN p.id % 15 = 0 THEN now() END FROM projects p JOIN students s ON s.id = p.student_id ORDER BY p.id LIMIT {LIVE}")
    stack.postgres.psql("INSERT INTO workers (host, pid, version, heartbeat_at) VALUES ('bench', 1, 'bench', now() + interval '1 day')")
    stack.postgres.psql("VACUUM ANALYZE", user="postgres")


def run(bench):
    targets = {}
    for name, builds in SIZES.items():
        stack = bench.stack(f"statistics-{name}", durable=False)
        for n in range(COURSES):
            bench.projects(stack, STUDENTS, f"STATISTICS-{n}")
        fill(stack, builds)
        began = time.monotonic()
        stack.portalctl("statistics")
        rolled = time.monotonic() - began
        stack.postgres.psql("VACUUM ANALYZE", user="postgres")
        for act in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()", "CHECKPOINT"):
            stack.postgres.psql(act, user="postgres")  # what the database does for itself is not to be in the measures
        targets[name] = (stack.port("http", 8080), bench.person(stack), bench.roots(stack, "web", "nginx", "postgres"))
    at_most(bench, "rolling up 10^6 builds for the first time", rolled, 120, " s")
    for name, path, small, target in (("statistics of a year, 10^6 builds against 10^4", "/statistics?days=365", "middle", 3),
                                      ("statistics of a month, the same", "/statistics", "middle", 3),
                                      ("statistics of a course, the same", "/statistics?course_id=2", "middle", 3),
                                      ("failed builds, 10^6 builds against 10^3", "/failures", "small", 1.2),
                                      ("failed builds of a course, the same", "/failures?course_id=2&reason=PUSH_AUTH", "small", 1.2),
                                      ("queue, the same", "/queue", "small", 1.2)):
        measures = []
        for size in ("large", small):
            port, cookie, roots = targets[size]
            file = bench.get(f"statistics-{port}", path, cookie)
            measures.append(lambda port=port, roots=roots, file=file: bench.cost(roots, port, REQUESTS, file))
        at_most_times(bench, name, *bench.in_turn(ROUNDS, *measures), target, " ms")
