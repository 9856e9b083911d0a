"""The Secret by which the cluster pulls an application's image: looked after, and written anew when the registry's account is another."""
import base64
import json

import pytest

from conftest import fresh_portal

from stack import journey
from stack.app_objects import SECRETS, drifts, repaired, running, save_account


@pytest.fixture(scope="module")
def portal():
    """Its registry gets an account."""
    yield from fresh_portal("pull", apps_per_student=0)


def pull_secret(portal, project):
    """What the cluster has of it: its uid, "user:password"; None: it is not there."""
    secret = portal.cluster("GET", f"{SECRETS}/prj-{project}-pull")
    if not secret:
        return None
    auths = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))["auths"]
    return secret["metadata"]["uid"], base64.b64decode(auths["registry.localhost:5000"]["auth"]).decode()


def wait_for_account(portal, project, account):
    journey.wait_for(lambda: (pull_secret(portal, project) or (None, None))[1] == account, 180, f"the Secret of project {project} to hold {account}")
    portal.wait_sql(f"SELECT uid IS NOT NULL AND missing_at IS NULL FROM pull_secrets WHERE project_id = {project}")


@pytest.fixture
def pulled(portal, project):
    """An application whose image is pulled by an account."""
    save_account(portal, "canary-pull-first")
    running(portal, project)
    assert pull_secret(portal, project)[1] == "puller:canary-pull-first"
    return project


def test_a_pull_secret_that_is_gone_is_seen_and_made_again(portal, pulled):
    first = pull_secret(portal, pulled)
    portal.cluster("DELETE", f"{SECRETS}/prj-{pulled}-pull")
    repaired(portal, pulled, 1, "pull_secret")
    assert (second := pull_secret(portal, pulled))[1] == first[1] and second[0] != first[0]
    # Somebody else's in its place is none, whatever it holds.
    meta = portal.cluster("GET", f"{SECRETS}/prj-{pulled}-pull")["metadata"]
    portal.cluster("DELETE", f"{SECRETS}/prj-{pulled}-pull")
    portal.cluster("POST", SECRETS, {"metadata": {"name": meta["name"], "labels": meta["labels"]}, "type": "kubernetes.io/dockerconfigjson",
                                     "data": {".dockerconfigjson": base64.b64encode(b'{"auths": {}}').decode()}})
    repaired(portal, pulled, 2, "pull_secret")
    assert pull_secret(portal, pulled)[1] == first[1]


def test_a_pull_secret_that_is_gone_is_shown_and_left_alone_where_a_setting_says_so(portal, pulled):
    portal.stack.portalctl("setting", "set", "drift", "leave")
    try:
        portal.cluster("DELETE", f"{SECRETS}/prj-{pulled}-pull")
        journey.wait_for(lambda: "Account for the image: deleted" in portal.client("ali").get(f"/projects/{pulled}").text, 180, "the page to say so")
        assert pull_secret(portal, pulled) is None and drifts(portal, pulled) == [[{"what": "pull_secret", "gone": True}]]
        # An account that is saved is no change by somebody else.
        save_account(portal, "canary-pull-left")
        wait_for_account(portal, pulled, "puller:canary-pull-left")
        repaired(portal, pulled, 1, "pull_secret")
    finally:
        portal.stack.portalctl("setting", "reset", "drift")


def test_an_account_that_is_saved_reaches_what_runs(portal, pulled):
    """By the API and by portalctl; nothing is deployed for it, and nothing is said to differ. A password that is forgotten stays."""
    other, wanted = portal.new_project("ali"), f"SELECT wanted_deployment_id FROM projects WHERE id = {pulled}"
    running(portal, other)
    before, uid = portal.sql(wanted), pull_secret(portal, pulled)[0]
    save_account(portal, "canary-pull-second")
    for project in (pulled, other):
        wait_for_account(portal, project, "puller:canary-pull-second")
    save_account(portal, "canary-pull-third", username="other")
    for project in (pulled, other):
        wait_for_account(portal, project, "other:canary-pull-third")
    name, address = portal.sql("SELECT name, address FROM registries ORDER BY id LIMIT 1").split("\t")
    portal.stack.portalctl("registry", "add", name, address, "--plain-http", "--pull-user", "puller", "--pull-password-file", "-",
                           text="canary-pull-fourth\n")
    for project in (pulled, other):
        wait_for_account(portal, project, "puller:canary-pull-fourth")
    save_account(portal, None, username="")
    assert portal.sql(f"SELECT uid IS NOT NULL FROM pull_secrets WHERE project_id = {pulled}") == "t"
    assert portal.sql(wanted) == before and pull_secret(portal, pulled)[0] == uid and drifts(portal, pulled) == []
    assert portal.app(pulled)[0] == 200


def test_nothing_is_looked_after_that_is_not_needed(portal, pulled):
    rows = f"SELECT count(*) FROM pull_secrets WHERE project_id = {pulled}"
    assert portal.sql(rows) == "1"
    assert portal.ended(portal.act(pulled, "delete"))["state"] == "deleted"
    assert pull_secret(portal, pulled) is None and portal.sql(rows) == "0"
