"""Live logs and states: whole, in order, without a line twice, and only for those who may see them."""
import json
import time

import pytest


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
    first = lines_of(events(portal, ali, path, limit=4))
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
