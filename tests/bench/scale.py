"""Every list of the portal, and what else teachers look at, with 10^6 builds and 10^4 students against 10^3 builds and 30 students."""
import pages
import school
from common import ROUNDS, at_most_times

# The course that is looked at has in both sizes the 30 students that the small one has, with two projects each: pages are full.
SIZES = {"small": (1000, 30, {}), "large": (1_000_000, 10_000, {"durable": False})}
COURSE = 30
STAFF = 60       # so many users more: they alone make a page of those who advise, and with the students one of those who study
REQUESTS = 150
TARGET = 1.2

# As many rows in both sizes. Statistics have a benchmark of their own.
INSTEAD = {"/api/v1/students": "/api/v1/students?limit=25", "/statistics": None, "/api/v1/statistics": None}

# Beside the lists as they are first seen: a page further on, and those that are searched or filtered.
MORE = (("/projects/:id/builds?before={build}", "student"),
        ("/projects/:id/builds?status=failed", "student"),
        ("/projects/:id/builds?branch=release", "student"),
        ("/projects?q=unmistakable", "teacher"),
        ("/api/v1/admin/projects?state=failed&limit=20", "teacher"),
        ("/api/v1/builds?status=failed", "teacher"),
        ("/api/v1/builds?branch=develop&limit=10", "teacher"),
        ("/api/v1/builds?before={build}", "teacher"),
        ("/failures?reason=PUSH_AUTH", "teacher"),
        ("/admin/audit?action=deployment.deploy", "admin"),
        ("/admin/users?q=student", "admin"),
        ("/admin/users?q=adviser", "admin"))


def run(bench):
    sizes = []
    for name, (builds, students, options) in SIZES.items():
        stack = bench.stack(name, **options)
        made = school.fill(stack, builds, students, COURSE, each=2)
        stack.postgres.psql("INSERT INTO users (login, name, role, password_hash) SELECT 'a' || n, 'Student adviser ' || n, 'teacher', '-'"
                            f" FROM generate_series(1, {STAFF}) n")
        cookies = {role: bench.person(stack, role) for role in ("teacher", "admin")} | {"student": bench.session(stack, made.user)}
        sizes.append((stack, made, cookies, bench.roots(stack, "web", "nginx", "postgres")))
    lists = [(INSTEAD.get(pattern, pattern), role) for pattern, role in pages.present(sizes[0][0])]
    for pattern, role in (*[one for one in lists if one[0]], *MORE):
        measures = []
        for stack, made, cookies, roots in sizes:
            file = bench.get(f"scale-{stack.port('http', 8080)}", pages.address(pattern, made).format(build=made.build), cookies[role])
            measures.append(lambda stack=stack, roots=roots, file=file: bench.cost(roots, stack.port("http", 8080), REQUESTS, file))
        at_most_times(bench, pattern, *bench.in_turn(ROUNDS, measures[1], measures[0]), TARGET, " ms")
