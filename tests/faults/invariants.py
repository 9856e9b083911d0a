#!/usr/bin/python3
"""Checks what must hold after any fault, from the database and the cluster alone.

Usage: tests/faults/invariants.py, with PORTAL_DATABASE_URL and, for the cluster, KUBESIM_URL (plain http) in the environment.
LOG_ARCHIVE_DIR names the archive where it is a directory. Prints each broken invariant; ends with 1 if there is one.
"""
import hashlib
import json
import os
import pathlib
import sys
import urllib.request

import psycopg2

# Each query returns the rows that break the invariant.
QUERIES = {
    "I1: every accepted push has its build, or names why not": """
        SELECT d.id FROM webhook_deliveries d WHERE d.outcome = 'accepted' AND d.build_id IS NULL
        AND d.reason NOT IN ('redeployed', 'already_built')""",
    "I1: a superseded build names its successor": """
        SELECT id FROM builds WHERE reason = 'SUPERSEDED' AND superseded_by IS NULL""",
    "I2: no build outlives its deadline by more than 90 s": """
        SELECT id FROM builds WHERE status = 'running' AND deadline_at < now() - interval '90 seconds'""",
    "I2: an ended build says when, and why unless it succeeded": """
        SELECT id FROM builds WHERE status IN ('success', 'failed', 'cancelled')
        AND (finished_at IS NULL OR (status <> 'success' AND reason IS NULL))""",
    "I3: a running build has a driver": """
        SELECT b.id FROM builds b LEFT JOIN workers w ON w.id = b.worker_id WHERE b.status = 'running' AND w.id IS NULL""",
    "I3: one live build a commit": """
        SELECT project_id, branch, commit_sha FROM builds WHERE status IN ('pending', 'running') GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "I5: a build that succeeded has its digest": """
        SELECT id FROM builds WHERE status = 'success' AND digest IS NULL""",
    "I5: one automatic deployment a build": """
        SELECT build_id FROM deployments WHERE trigger = 'auto' AND action = 'deploy' GROUP BY build_id HAVING count(*) > 1""",
    "I5: what serves is a digest of a build that succeeded": """
        SELECT p.id FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id
        LEFT JOIN builds b ON b.id = d.build_id
        WHERE d.image IS NOT NULL AND (b.id IS NULL OR b.status <> 'success' OR d.image NOT LIKE '%@' || b.digest)""",
    "I5: a superseded deployment names its successor": """
        SELECT id FROM deployments WHERE state = 'superseded' AND superseded_by IS NULL""",
    "I5: no deployment outlives its deadline by more than 90 s": """
        SELECT id FROM deployments WHERE state = 'deploying' AND deadline_at < now() - interval '90 seconds'""",
    "I6: the log of an ended build is archived within 60 s": """
        SELECT id FROM builds WHERE status IN ('success', 'failed') AND job_name IS NOT NULL AND archived_at IS NULL
        AND finished_at < now() - interval '60 seconds'""",
    "I6: an archived log has its length and digest": """
        SELECT id FROM builds WHERE archived_at IS NOT NULL AND log_object_key IS NOT NULL
        AND (log_bytes IS NULL OR log_sha256 IS NULL)""",
    "I8: each act of a person on an application is in the audit": """
        SELECT d.id FROM deployments d WHERE d.created_by IS NOT NULL AND NOT EXISTS
        (SELECT FROM audit_log a WHERE a.project_id = d.project_id AND a.user_id = d.created_by AND a.action LIKE 'deployment.%')""",
}


def broken_rows(db):
    with db.cursor() as cursor:
        for name, sql in QUERIES.items():
            cursor.execute(sql)
            for row in cursor.fetchall():
                yield f"{name}: {row}"


def broken_archive(db, folder):
    with db.cursor() as cursor:
        cursor.execute("SELECT id, log_object_key, log_bytes, log_sha256 FROM builds WHERE log_object_key IS NOT NULL AND archived_at IS NOT NULL")
        for build, key, size, digest in cursor.fetchall():
            path = pathlib.Path(folder) / key
            if not path.exists():
                yield f"I6: build {build}: no object {key}"
                continue
            data = path.read_bytes()
            if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
                yield f"I6: build {build}: {key} is not what was written"


def known_jobs(db):
    with db.cursor() as cursor:
        cursor.execute("SELECT 'build-' || id FROM builds WHERE status = 'running' OR job_deleted_at IS NULL")
        return {row[0] for row in cursor.fetchall()}


def broken_cluster(db, url):
    known = known_jobs(db)  # before and after: a Job may come or go meanwhile
    with urllib.request.urlopen(url + "/apis/batch/v1/jobs", timeout=10) as answer:
        jobs = json.load(answer)["items"] or []
    with urllib.request.urlopen(url + "/_sim/stats", timeout=10) as answer:
        created = json.load(answer).get("jobs_created", {})
    known |= known_jobs(db)
    for job in jobs:
        name = job["metadata"]["name"]
        if name not in known:
            yield f"I3: Job {name} without a row"
    for name, times in created.items():
        if times > 1:
            yield f"I3: Job {name} was created {times} times"


def main():
    db = psycopg2.connect(os.environ["PORTAL_DATABASE_URL"])
    db.autocommit = True
    faults = list(broken_rows(db))
    if os.environ.get("LOG_ARCHIVE_DIR"):
        faults += broken_archive(db, os.environ["LOG_ARCHIVE_DIR"])
    if os.environ.get("KUBESIM_URL"):
        faults += broken_cluster(db, os.environ["KUBESIM_URL"])
    for line in faults:
        print(line)
    print(f"invariants: {len(faults)} broken")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
