"""How the Secrets of many applications are looked after: by one list, not one by one."""
import pytest

from conftest import fresh_portal

from stack import journey
from stack.app_objects import SECRETS, drifts, repaired, save_account


@pytest.fixture(scope="module")
def portal():
    """What is asked of its cluster is counted."""
    yield from fresh_portal("listed", apps_per_student=0)


def asked(portal, verb):
    return portal.stats()["requests"].get(f"{verb} secrets", 0)


@pytest.fixture
def many(portal):
    """More applications than are asked for one by one; each image is pulled by an account."""
    save_account(portal, "canary-pull-many")
    projects = [portal.new_project("mei") for _ in range(4)]
    builds = [portal.build_of(p, portal.push(p, "One of many")) for p in projects]
    assert [portal.deployed(b)[0] for b in builds] == ["running"] * 4
    return projects


def test_one_list_tells_of_all(portal, many):
    portal.wait_sql("SELECT count(*) FROM pull_secrets WHERE check_at < (SELECT max(check_at) FROM pull_secrets)", "0")
    lists = asked(portal, "list")
    journey.wait_for(lambda: asked(portal, "list") > lists, 120, "a round that asks for them all")  # the one before may ask for some yet
    lists, gets, last = asked(portal, "list"), asked(portal, "get"), portal.sql("SELECT max(check_at) FROM pull_secrets")
    portal.wait_sql(f"SELECT min(check_at) > timestamptz '{last}' + interval '30 seconds' FROM pull_secrets")
    assert asked(portal, "list") > lists and asked(portal, "get") == gets
    portal.cluster("DELETE", f"{SECRETS}/prj-{many[0]}-pull")
    repaired(portal, many[0], 1, "pull_secret")
    assert all(drifts(portal, p) == [] for p in many[1:])


def test_where_no_list_is_given_each_is_asked_for(portal, many):
    """As an operator may leave out the right."""
    portal.fault(fault="http_410", verb="list", resource="secrets", count=1000)
    try:
        gets = asked(portal, "get")
        portal.cluster("DELETE", f"{SECRETS}/prj-{many[0]}-pull")
        repaired(portal, many[0], 1, "pull_secret")
        assert all(drifts(portal, p) == [] for p in many[1:])
        journey.wait_for(lambda: asked(portal, "get") > gets + len(many), 120, "each of them to be asked for")
    finally:
        portal.no_faults()
