"""What tests do to the objects of an application in the simulated cluster, and what the portal is to say of it."""
import json

from . import journey

STUDENTS = "namespaces/hydrosim-students"
DEPLOYMENTS, SERVICES, SECRETS = f"/apis/apps/v1/{STUDENTS}/deployments", f"/api/v1/{STUDENTS}/services", f"/api/v1/{STUDENTS}/secrets"


def patch(portal, path, body):
    return portal.cluster("PATCH", path, body, "application/merge-patch+json")


def running(portal, project, text="Mine"):
    assert portal.deployed(portal.build_of(project, portal.push(project, text)))[0] == "running"


def drifts(portal, project):
    """What has been seen to differ, oldest first; None where all was well again."""
    rows = portal.sql("SELECT coalesce(e.message, 'null') FROM deployment_events e JOIN deployments d ON d.id = e.deployment_id"
                      f" WHERE d.project_id = {project} AND e.kind = 'drift' ORDER BY e.id")
    return [json.loads(row) for row in rows.splitlines()]


def repaired(portal, project, times, *what):
    """Waits until so many changes have been put right, the last one of them in those fields alone."""
    journey.wait_for(lambda: (seen := drifts(portal, project)) and seen[-1] is None and seen.count(None) == times, 180, f"{what} to be put right")
    seen = drifts(portal, project)
    assert len(seen) == 2 * times and [row["what"] for row in seen[-2]] == list(what), seen


def save_account(portal, password, username="puller"):
    """The account by which images are pulled."""
    admin = portal.client("admin")
    number = portal.number("SELECT min(id) FROM registries")
    answer = admin.api("PUT", f"/api/v1/registries/{number}", {"pull_username": username, "pull_password": password})
    assert answer.status_code == 200, answer.text
