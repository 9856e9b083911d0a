"""Every list of the portal, in requests a second of processor time, against a bare program that asks for the same rows.

What is fair. Both stand behind an nginx of the same configuration, over the same database, with as many processes and threads, and
are asked by the same clients in turn. What counts is the processor time of the program, its nginx and the database together. The
reference (reference.c) runs the statements that the portal runs for one request of that page: they are read from PostgreSQL's log while the portal answers, so that they are always the portal's own, with their parameters;
they are prepared on each connection, as the portal's are, and run one after the other. Then it writes every column of every row as
it came: cells of a table, or objects of JSON, with the characters escaped that must be. What the portal does beside that is what is
measured: the route, the guards, the checked query, the page's frame, words of two languages, links, moments in the reader's zone,
badges, forms with their tokens, a line of log. The reference answers with parameters that it was given at its start, and a page
that it wrote itself is smaller than a page for people: both are in its favour.
"""
import json
import os
import re
import subprocess

from stack import statements
from stack.stack import http_get

import school
from common import ROOT, ROUNDS, Trouble, answers, at_least, free_port, until

PROCESSES, THREADS = 2, 8  # as portal-web has them by default
BUILDS, STUDENTS, COURSE = 5000, 240, 200
SECONDS = 0.4  # of one round
TARGET = 0.7

# Every list, as its route is written, and who asks for it.
PAGES = (("/courses", "teacher"),
         ("/courses/:id", "teacher"),
         ("/projects", "teacher"),
         ("/me", "student"),
         ("/students/:id", "teacher"),
         ("/projects/:id", "student"),
         ("/projects/:id/builds", "student"),
         ("/projects/:id/deployments", "student"),
         ("/queue", "teacher"),
         ("/failures", "teacher"),
         ("/statistics", "teacher"),
         ("/admin/users", "admin"),
         ("/admin/audit", "admin"),
         ("/api/v1/builds", "teacher"),
         ("/api/v1/builds/:id", "student"),
         ("/api/v1/courses", "teacher"),
         ("/api/v1/courses/:id/students", "teacher"),
         ("/api/v1/students", "teacher"),
         ("/api/v1/admin/projects", "teacher"),
         ("/api/v1/projects", "teacher"),
         ("/api/v1/projects/:id/deployments", "student"),
         ("/api/v1/projects/:id/deliveries", "student"),
         ("/api/v1/deploy/resources/list", "teacher"),
         ("/api/v1/queue", "teacher"),
         ("/api/v1/failures", "teacher"),
         ("/api/v1/statistics", "teacher"),
         ("/api/v1/users", "admin"),
         ("/api/v1/audit", "admin"),
         ("/api/v1/settings/pod-security", "admin"),
         ("/admin/settings/pod-security", "admin"))
NO_LISTS = {"/api/v1/builds/:id/lines": "lines of one log", "/admin/audit.csv": "a file of many pages"}


def routes(stack):
    """The portal's routes for GET, with the names of their query's fields."""
    out = subprocess.run([stack.build / "portal-web", "--routes"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {r["pattern"]: {f["name"] for f in r["query"]} for r in json.loads(out) if r["method"] == "GET"}


def present(stack):
    """Those of PAGES that the portal has; a list that it has and that is not among them is told of."""
    known = routes(stack)
    for pattern, fields in known.items():
        if fields & {"before", "cursor"} and pattern not in dict(PAGES) and pattern not in NO_LISTS:
            raise Trouble(f"{pattern} is a list and not measured: give it a line in PAGES of {__name__}.py")
    for pattern, _ in PAGES:
        if pattern not in known:
            print(f"{pattern:<52} there is no such page", flush=True)
    return [(pattern, role) for pattern, role in PAGES if pattern in known]


def address(pattern, made):
    """A route's path with the school's own object for ":id"."""
    objects = {"courses": made.course, "students": made.student, "projects": made.project, "builds": made.build}
    return re.sub(r"(\w+)/:id", lambda m: f"{m[1]}/{objects[m[1]]}", pattern)


def start_reference(bench, stack, pages):
    """The reference program behind an nginx with the portal's own configuration; the port, and the processes."""
    path, port, plan = stack.sockets / "reference.sock", free_port(), bench.home / "reference.json"
    plan.write_text(json.dumps(pages))
    program = bench.spawn([bench.program("reference"), path, PROCESSES, THREADS, plan], env={**os.environ, "DATABASE_URL": stack.postgres.url()})
    until(lambda: answers(path), 10, "the start of the reference program")
    conf, run_dir = bench.home / "reference-nginx", bench.home / "reference-run"
    run_dir.mkdir()
    subprocess.run([ROOT / "nginx" / "generate", conf], check=True,
                   env={**stack.environment(), "FCGI_SOCKET": str(path), "LISTEN": f"127.0.0.1:{port}", "RUN_DIR": str(run_dir), "NGINX_USER": "root"})
    nginx = bench.spawn(["/usr/sbin/nginx", "-e", run_dir / "nginx.log", "-p", run_dir, "-c", conf / "nginx.conf", "-g", "daemon off;"])
    until(lambda: http_get(f"http://127.0.0.1:{port}/_error/none") == 404, 10, "the start of its nginx")
    return port, [program.pid, nginx.pid]


def run(bench):
    stack = bench.stack()
    made = school.fill(stack, BUILDS, STUDENTS, COURSE)
    cookies = {role: bench.person(stack, role) for role in ("teacher", "admin")} | {"student": bench.session(stack, made.user)}
    port, asked, plans = stack.port("http", 8080), [], []
    with statements.logged(stack) as statements_of:
        for pattern, role in present(stack):
            ours = bench.get("portal-" + str(len(asked)), address(pattern, made), cookies[role])
            bench.load(port, 1, ours)
            found = statements_of(lambda file=ours: bench.load(port, 1, file))
            asked.append((pattern, ours, bench.get("reference-" + str(len(asked)), f"/{len(asked)}", cookies[role])))
            plans.append({"json": pattern.startswith("/api/"), "statements": found})
    reference, theirs_run = start_reference(bench, stack, plans)
    database = bench.roots(stack, "postgres")
    ours_run = bench.roots(stack, "web", "nginx")
    for pattern, ours, theirs in asked:
        count = max(200, int(SECONDS * 50 / bench.load(reference, 50, theirs)["seconds"]))
        at_least(bench, pattern, *bench.in_turn(ROUNDS, lambda: 1000 / bench.cost(ours_run + database, port, count, ours),
                                                lambda: 1000 / bench.cost(theirs_run + database, reference, count, theirs)), TARGET)
