"""A portal's rows made by SQL: courses, people, projects, builds, deployments; alike in all sizes but for how many there are.

Alike are the courses in use, the last week's builds, what is live, and one course, one student and one project that pages are
looked at for. What differs is how many students the other courses have, and how many builds came before the last week.
"""
import dataclasses

COURSES = 50       # in use, beside the one that is looked at
WEEK = 1000        # builds of the last seven days
BUSY = 120         # of them of the project that is looked at
LIVE = 40          # builds that run or wait
DEPLOYMENTS = 60   # of the project that is looked at
REGISTRY = "registry.localhost:5000"


@dataclasses.dataclass
class School:
    """What a page's address may name."""
    course: int
    student: int
    project: int
    user: int      # the student's account
    build: int     # the project's 60th newest: a page further on begins there
    deployment: int


PEOPLE = """
INSERT INTO registries (name, address) VALUES ('school', '{registry}');
INSERT INTO courses (code, name) SELECT 'C-' || to_char(n, 'FM000'), 'Course number ' || n FROM generate_series(0, {courses}) AS n;
INSERT INTO users (login, name, role, password_hash, language)
 SELECT 's' || n, 'Student ' || n, 'student', '-', 'en' FROM generate_series(1, {students}) AS n;
INSERT INTO students (course_id, user_id, student_number, name)
 SELECT c.id, u.id, 'N' || n, CASE n WHEN 1 THEN 'Ada Unmistakable' ELSE 'Student ' || n END FROM generate_series(1, {students}) AS n
 JOIN users u ON u.login = 's' || n
 JOIN courses c ON c.code = 'C-' || to_char(CASE WHEN n <= {course} THEN 0 ELSE 1 + n % {courses} END, 'FM000') ORDER BY n DESC;
INSERT INTO projects (student_id, name) SELECT s.id, 'app-' || k FROM students s
 CROSS JOIN LATERAL generate_series(1, CASE WHEN s.student_number = 'N1' THEN 4 ELSE {each} END) AS k ORDER BY s.id, k;
INSERT INTO build_configs (project_id, repo_url, repo_path, registry_id, image_repo, webhook_secret_sealed, head_check_at)
 SELECT p.id, 'https://git.localhost/school/p' || p.id || '.git', 'school/p' || p.id, r.id, 'school/p' || p.id, '-', now() + interval '1 day'
 FROM projects p, registries r;
"""

# Build n of the last ones, n = 1 the newest; each eighth of the first is of the project that is looked at. The others go round.
BUILDS = """
INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag, digest, status,
 phase, reason, message, evidence, trigger, config, config_digest, job_name, log_object_key, log_bytes, log_complete, archived_at,
 job_deleted_at, commit_status, created_at, started_at, finished_at)
SELECT p.id, p.student_id, p.course_id, md5(n::text) || substr(md5((n + 1)::text), 1, 8), t.branch, 'Change number ' || n, 'student',
 '{registry}/school/p' || p.id, substr(md5(n::text), 1, 7), 'sha256:' || md5(n::text) || md5((n + 2)::text), t.status, 'done',
 CASE t.status WHEN 'failed' THEN (ARRAY['BUILD_STEP', 'BUILD_STEP', 'DOCKERFILE', 'IMAGE_PULL', 'TIMEOUT', 'PUSH_AUTH'])[1 + n % 6]
  WHEN 'cancelled' THEN 'SUPERSEDED' END, CASE t.status WHEN 'failed' THEN 'A step of the Dockerfile failed: exit status 1' END,
 CASE t.status WHEN 'failed' THEN E'Running: pip install -r requirements.txt\\nERROR: no such package\\nexit status 1' END,
 'push', '{{"registry_id":1}}', md5(p.id::text), 'build-' || n, 'builds/' || n, 4096, true, now(), now(),
 CASE t.status WHEN 'success' THEN 'success' ELSE 'failed' END, t.at - t.took - interval '4 s', t.at - t.took, t.at
FROM (SELECT n, CASE WHEN n <= {week} THEN now() - n * interval '7 days' / {week}
   ELSE now() - interval '7 days' - (n - {week}) * interval '350 days' / {older} END AS at,
  (ARRAY['success', 'success', 'failed', 'success', 'success', 'cancelled', 'success'])[1 + n % 7] AS status,
  CASE WHEN n % 50 = 7 THEN 'develop' WHEN n IN (101, 201, 301) THEN 'release' ELSE 'main' END AS branch,
  make_interval(secs => 20 + 400 * ((n::bigint * 7919) % 1000 / 1000.0) ^ 2) AS took,
  CASE WHEN n % 8 = 0 AND n <= 8 * {busy} THEN 0 ELSE 1 + n % ({projects} - 1) END AS place FROM generate_series({builds}, 1, -1) AS n) t
JOIN school_projects p ON p.place = t.place ORDER BY t.at;
INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, commit_message, commit_author, image_repo, image_tag, trigger, config,
 config_digest, status, phase, started_at) SELECT id, student_id, course_id, md5(id::text) || '00000000', 'main', 'Waits', 'student',
 '{registry}/x', 'abcdef0', 'push', '{{"registry_id":1}}', 'd', CASE WHEN place % 10 = 0 THEN 'running' ELSE 'pending' END,
 CASE WHEN place % 10 = 0 THEN 'building' ELSE 'queued' END, CASE WHEN place % 10 = 0 THEN now() END
 FROM school_projects WHERE place BETWEEN 1 AND {live} ORDER BY place;
INSERT INTO webhook_deliveries (delivery_id, project_id, event, ref, commit_sha, pusher, outcome, reason, build_id, received_at)
 SELECT 'd' || id, project_id, 'push', 'refs/heads/' || branch, commit_sha, 'student', 'accepted', 'build_created', id, created_at
 FROM builds WHERE trigger = 'push' AND id % 4 = 0;
INSERT INTO workers (host, pid, version, heartbeat_at) VALUES ('school', 1, 'bench', now() + interval '1 day');
"""

# Each fourth success was deployed, and of the one project all that are asked for; then each project once more. In each twenty of
# them nine run, nine failed, one is stopped, and one was never deployed.
DEPLOYMENTS_SQL = """
INSERT INTO deployments (project_id, build_id, action, trigger, image, commit_sha, state, created_at, started_at, finished_at, snapshot)
 SELECT project_id, id, 'deploy', 'auto', image_repo || '@' || digest, commit_sha, 'superseded', finished_at, finished_at,
 finished_at + interval '20 s', '{{"kind":"Deployment"}}' FROM builds WHERE status = 'success' AND (id % 4 = 0 OR project_id = {project})
 AND id NOT IN (SELECT id FROM builds WHERE project_id = {project} ORDER BY id OFFSET {deployments} * 7 / 5) ORDER BY id;
INSERT INTO deployments (project_id, action, trigger, image, commit_sha, state, reason, created_at, started_at, finished_at, snapshot)
 SELECT id, 'deploy', 'manual', '{registry}/school/p' || id || '@sha256:' || md5(id::text) || md5((id + 1)::text), md5(id::text) || '00000000',
 state, CASE state WHEN 'failed' THEN 'CRASH_LOOP' END, now(), now(), now(), '{{"kind":"Deployment"}}' FROM (SELECT id,
 CASE WHEN place % 20 < 9 THEN 'running' WHEN place % 20 < 18 THEN 'failed' ELSE 'stopped' END AS state FROM school_projects
 WHERE place % 20 < 19) p ORDER BY id;
UPDATE projects p SET wanted_deployment_id = d.id, serving_deployment_id = CASE d.state WHEN 'running' THEN d.id END, app_state = d.state,
 app_ready = 1, observed_at = now() FROM deployments d WHERE d.project_id = p.id AND d.state <> 'superseded';
INSERT INTO audit_log (at, user_id, login, role, action, object, project_id, student_id, ip, request_id, result, detail)
 SELECT created_at, NULL, 'system', 'admin', 'deployment.create', 'project ' || project_id, project_id, NULL, '127.0.0.1', 'r' || id, 'done',
 'deploy of build ' || build_id FROM deployments ORDER BY id;
"""


def fill(stack, builds, students, course, each=1):
    """Fills the stack's empty database: that many ended builds and students, of whom `course` are in the first course, with so many
    projects each. Returns what pages may be asked for."""
    psql = stack.postgres.psql
    psql(PEOPLE.format(registry=REGISTRY, courses=COURSES, students=students, course=course, each=each))
    psql("CREATE TABLE school_projects AS SELECT p.id, p.student_id, s.course_id, s.student_number, row_number() OVER (ORDER BY c.code, "
         "s.id DESC, p.id) - 1 AS place FROM projects p JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id;"
         "CREATE INDEX ON school_projects (place); ANALYZE school_projects")
    project, student, course_id = psql("SELECT id, student_id, course_id FROM school_projects WHERE place = 0").split("\t")
    projects = int(psql("SELECT count(*) FROM school_projects"))
    indexes = psql("SELECT indexdef FROM pg_indexes WHERE tablename = 'builds' AND indexname <> 'builds_pkey'").splitlines()
    for line in indexes:  # a million rows are indexed faster when they are there
        psql("DROP INDEX " + line.split(" INDEX ")[1].split(" ")[0])
    psql("SET session_replication_role = replica;"  # no look at each row's foreign keys
         + "INSERT INTO course_changes SELECT id FROM courses;"
         + BUILDS.format(registry=REGISTRY, builds=builds, week=WEEK, older=max(1, builds - WEEK), busy=BUSY, projects=projects, live=LIVE)
         + "SET maintenance_work_mem = '256MB';" + ";".join(indexes) + ";ANALYZE;"
         + DEPLOYMENTS_SQL.format(registry=REGISTRY, project=project, deployments=DEPLOYMENTS), user="postgres")
    psql("DROP TABLE school_projects")
    psql("VACUUM ANALYZE", user="postgres")
    stack.portalctl("statistics")
    for act in ("VACUUM ANALYZE", "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()", "CHECKPOINT"):
        psql(act, user="postgres")  # what the database does for itself is not to be in the measures
    return School(course=int(course_id), student=int(student), project=int(project),
                  user=int(psql(f"SELECT user_id FROM students WHERE id = {student}")),
                  build=int(psql(f"SELECT id FROM builds WHERE project_id = {project} ORDER BY id DESC OFFSET 59 LIMIT 1")),
                  deployment=int(psql(f"SELECT id FROM deployments WHERE project_id = {project} ORDER BY id DESC OFFSET 5 LIMIT 1")))
