"""A tester that knows nothing of the portal but its OpenAPI document asks it for everything, as an admin and as a student: no failure."""
import os
import pathlib
import re
import subprocess

import pytest

from stack import outside

HERE = pathlib.Path(__file__).parent
DOCUMENT = "/api/v1/openapi.json"
# A live stream does not end, and the tester reads each answer to its end: tests/http/test_stream.py holds them to the description.
ENDLESS = "^/stream/"


@pytest.fixture
def filled(own_portal):
    """A portal of this test alone: an application of ali's, which has the first number of every noun, and the demo's courses."""
    project = own_portal.new_project("ali")
    build = own_portal.build_of(project, own_portal.push(project, "For the tester"))
    assert own_portal.deployed(build)[0] == "running"
    own_portal.stack.portalctl("demo")
    assert own_portal.number("SELECT count(*) FROM builds") > 500
    return own_portal


@pytest.mark.parametrize("who", ["admin", "ali"])
def test_the_api_holds_to_its_description(filled, who):
    made = filled.client(who).api("POST", "/api/v1/auth/tokens", {"name": "schemathesis", "scopes": "read write deploy", "days": 1})
    assert made.status_code == 201, made.text
    folder = filled.stack.home / "schemathesis"
    folder.mkdir()
    argv = [outside.schemathesis(), "--config-file", HERE / "schemathesis.toml", "run", filled.url + DOCUMENT, "--exclude-path-regex", ENDLESS,
            "--report", "ndjson", "--report-ndjson-path", folder / "report.ndjson"]
    done = subprocess.run(list(map(str, argv)), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "TOKEN": made.json()["token"], "SCHEMATHESIS_HOOKS_FILE": str(HERE / "schemathesis_hooks.py")})
    (folder / "output.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stdout[-20000:]
    # It has really been everywhere (but at the document that it reads), and got in.
    paths = filled.client().json(DOCUMENT)["paths"]
    endless = sum(len(methods) for path, methods in paths.items() if re.match(ENDLESS, path))
    operations = sum(len(methods) for path, methods in paths.items() if path != DOCUMENT) - endless
    assert endless and f"Selected: {operations}/{operations + endless}" in done.stdout, done.stdout[-5000:]
    assert re.search(rf"Tested: {operations}\b", done.stdout), done.stdout[-5000:]
    answers = answered(folder / "report.ndjson")
    assert answers.get(200, 0) > 300 and not [status for status in answers if status >= 500], answers


def answered(report):
    """Status -> how often it was answered."""
    found = {}
    for line in report.read_text().splitlines():
        for status in re.findall(r'"status_code":\s*(\d{3})\b', line):
            found[int(status)] = found.get(int(status), 0) + 1
    return found
