"""Live logs and states: whole, in order, without a line twice, and only for those who may see them."""
import json
import os
import pathlib
import re
import time

import pytest

from stack import journey


def events(portal, client, path, headers=None, until=("end",), seconds=120, limit=None):
    """Reads Server-Sent Events until one of `until` comes, or `limit` events have."""
    found, event = [], {"data": ""}
    end = time.monotonic() + seconds
    with client.http.get(portal.url + path, headers={"Accept": "text/event-stream", **(headers or {})}, stream=True, timeout=60) as answer:
        assert answer.status_code == 200, answer.text[:300]
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines(decode_unicode=True):
            if line == "":
                if event.get("event") or event["data"]:
                    found.append(event)
                    if event.get("event") in until or limit and len(found) >= limit:
                        return found
                event = {"data": ""}
            elif not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = event.get(name, "") + value if name == "data" else value
            assert time.monotonic() < end, "the stream did not end"
    return found


def slow_build(portal, project):
    steps = "".join(f"RUN echo step-{n} && sleep 5\n" for n in range(20))
    return portal.build_of(project, portal.push(project, "Many steps", edit=lambda f: (f / "Dockerfile").write_text(
        "FROM python:3.11-slim\n" + steps)))


def lines_of(found):
    return [(int(e["id"]), json.loads(e["data"])) for e in found if e.get("event") == "lines"]


def test_a_log_streams_and_resumes_without_loss(portal, project):
    build = slow_build(portal, project)
    ali = portal.client("ali")
    path = f"/stream/builds/{build}/log"
    first = lines_of(events(portal, ali, path, until=("lines",)))
    last = first[-1][0]
    rest = lines_of(events(portal, ali, path, headers={"Last-Event-ID": str(last)}))
    whole = lines_of(events(portal, ali, path)) if portal.number(f"SELECT count(*) FROM build_log_chunks WHERE build_id = {build}") else []
    numbers = [seq for seq, _ in first + rest]
    assert numbers == sorted(set(numbers)), "a chunk came twice or out of order"
    text = "".join(data["html"] for _, data in first + rest)
    for n in range(20):
        assert f"step-{n}" in text
    if whole:
        assert "".join(data["html"] for _, data in whole) == text


def test_streams_are_for_those_who_may_see(portal, project):
    build = slow_build(portal, project)
    path = f"/stream/builds/{build}/log"
    nobody = portal.client().get(path, headers={"Accept": "text/event-stream"})
    assert nobody.status_code == 401 and nobody.headers["Content-Type"] == "application/problem+json"
    assert nobody.json()["request_id"] == nobody.headers["X-Request-Id"]
    assert portal.client("mei").get(path).status_code in (403, 404)
    assert portal.client("ali").get("/stream/builds/999999999/log").status_code in (403, 404)
    assert portal.client("ali").get("/stream/nonsense").status_code in (403, 404)
    assert portal.client("ali").get("/auth/stream").status_code == 404


def test_a_reader_who_has_gone_costs_nothing(portal, project):
    """Whoever leaves a page closes its stream: it goes at once, and no loop turns until something is sent."""
    pid, client = portal.stack.processes.pid("stream"), portal.client("ali")
    held = lambda: len(os.listdir(f"/proc/{pid}/fd"))

    def used():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    answers = [client.http.get(f"{portal.url}/stream/state?projects={project}", stream=True, timeout=60) for _ in range(5)]
    lines = [answer.iter_lines() for answer in answers]  # kept: what is read no further is closed
    assert all(next(line for line in one if line.startswith(b"data: ")) for one in lines)
    there, before = held(), used()
    for answer in answers:
        answer.close()
    journey.wait_for(lambda: held() <= there - 5, 60, "the streams to be closed")
    assert used() - before < 1


ENDS = {
    "signed out": lambda admin, who, row, own: who.api("POST", "/api/v1/auth/logout", {}),
    "signed out by an admin": lambda admin, who, row, own: admin.api("DELETE", f"{row}/sessions"),
    "disabled": lambda admin, who, row, own: admin.api("PUT", row, {"disabled": True}),
    "another role": lambda admin, who, row, own: admin.api("PUT", row, {"role": "student"}),
    "a token that is revoked": lambda admin, who, row, own: who.api("DELETE", own),
}


@pytest.mark.parametrize("why", ENDS)
def test_a_stream_ends_with_the_right_to_it(portal, project, why):
    admin, login = portal.client("admin"), f"watcher-{list(ENDS).index(why)}"
    made = admin.api("POST", "/api/v1/users", {"login": login, "name": "Watcher", "role": "teacher"}).json()
    who = portal.client()
    code, password = made["invitation_url"].rpartition("/")[2], "watches what others build"
    who.csrf = who.api("POST", "/api/v1/auth/invitation", {"code": code, "password": password}).json()["csrf_token"]
    token = who.api("POST", "/api/v1/auth/tokens", {"name": "watch", "scopes": "read", "days": 1}).json()
    watching = portal.client() if "token" in why else who
    if watching is not who:
        watching.http.headers["Authorization"] = f"Bearer {token['token']}"
    path = f"{portal.url}/stream/state?projects={project}"
    with watching.http.get(path, stream=True, timeout=60) as answer, portal.client("teacher").http.get(path, stream=True, timeout=60) as other:
        assert answer.status_code == other.status_code == 200
        lines, goes_on = (a.iter_lines(decode_unicode=True) for a in (answer, other))
        end = time.monotonic() + 120
        while not next(lines).startswith("data: "):
            pass
        assert ENDS[why](admin, who, f"/api/v1/users/{made['user']['id']}", f"/api/v1/auth/tokens/{token['id']}").status_code in (200, 204)
        for _ in lines:  # a heartbeat comes every 15 s while it is open
            assert time.monotonic() < end, "the stream goes on"
        build = portal.build_of(project, portal.push(project, "Whoever may go on watching does"))
        while f'"build":{{"id":{build},' not in next(goes_on):
            assert time.monotonic() < end


def test_a_state_stream_tells_the_end(portal, project):
    build = portal.build_of(project, portal.push(project, "Watched"))
    seen = []
    ali = portal.client("ali")
    with ali.http.get(f"{portal.url}/stream/state?builds={build}&projects={project}", stream=True, timeout=60) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines(decode_unicode=True):
            if line.startswith("data: "):
                seen.append(json.loads(line[6:]))
                if any(e.get("status") == "success" for e in seen):
                    break
    assert seen


def test_stream_down_leaves_pages_complete(own_portal):
    portal = own_portal
    portal.stack.processes.stop("stream")
    project = portal.new_project("ali")
    build = portal.build_of(project, portal.push(project, "Not live"))
    assert (ended := portal.finish(build))[0] == "success", ended
    page = portal.client("ali").get(f"/builds/{build}")
    assert page.status_code == 200 and "py_compile" in page.text


@pytest.mark.parametrize("after", ["-1", "x", "999999999999999999999", "1e3", "%00"])
def test_bad_places_to_resume(portal, project, after):
    build = slow_build(portal, project)
    with portal.client("ali").get(f"/stream/builds/{build}/log?after={after}", stream=True) as answer:
        assert answer.status_code in (200, 400)


OBJECTS = {"build": "BuildState", "project": "ProjectState", "lines": "LogLines", "end": "LogEnd"}
TYPES = {"string": str, "integer": int, "boolean": bool, "null": type(None), "object": dict}


def check_schema(value, schema, what):
    """What the schemas of events say: types, words, members."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert type(value) in [TYPES[t] for t in types], f"{what}: {value!r} is none of {types}"
    assert value in schema.get("enum", [value]), f"{what}: {value!r}"
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value) <= set(schema["properties"]), f"{what}: {sorted(value)}"
        for name, member in value.items():
            check_schema(member, schema["properties"][name], f"{what}.{name}")


def test_streams_are_as_they_are_described(portal, project):
    """Each stream of the API's description, asked with a token: each event is one that it names, with data of its schema."""
    description = portal.client("ali").json("/api/v1/openapi.json")
    schemas = description["components"]["schemas"]
    token = portal.client("ali").api("POST", "/api/v1/auth/tokens", {"name": "streams", "scopes": "read", "days": 1}).json()["token"]
    program = portal.client()
    program.http.headers["Authorization"] = f"Bearer {token}"
    build = slow_build(portal, project)
    streams = {path: of["get"] for path, of in description["paths"].items() if path.startswith("/stream/")}
    assert set(streams) == {"/stream/state", "/stream/builds/{id}/log", "/stream/projects/{id}/state"}
    names = set()
    # The log first: it is there while the build is new. A stream of states is read until each object has been told.
    for path in sorted(streams):
        asked = path.replace("{id}", str(build if "builds" in path else project)) + (f"?builds={build}&projects={project}" if path == "/stream/state" else "")
        known = {(e["event"], e["data"]["$ref"].rpartition("/")[2]) for e in streams[path]["x-events"]}
        for event in events(portal, program, asked, limit=None if path.endswith("/log") else 2 if path == "/stream/state" else 1):
            data = json.loads(event["data"])
            kind = OBJECTS[data["kind"] if event["event"] == "state" else event["event"]]
            assert (event["event"], kind) in known, (path, event)
            check_schema(data, schemas[kind], f"{path} {kind}")
            names.add(kind)
    assert names == {"BuildState", "ProjectState", "LogLines", "LogEnd"}


def test_a_stream_that_is_refused_says_so_as_the_api_does(portal, project):
    build = portal.build_of(project, portal.push(project, "Refused"))
    for client, path, status in ((portal.client(), f"/stream/state?builds={build}", 401), (portal.client("mei"), f"/stream/builds/{build}/log", 403),
                                 (portal.client("ali"), f"/stream/state?builds={build},999999999", 403),
                                 (portal.client("ali"), f"/stream/builds/{build}/log?after=x", 400)):
        answer = client.get(path)
        said = answer.json()
        assert answer.status_code == said["status"] == status and answer.headers["Content-Type"] == "application/problem+json", (path, answer.text)
        assert said["title"] and said["detail"] and re.fullmatch("[0-9a-f]{32}", said["request_id"])
