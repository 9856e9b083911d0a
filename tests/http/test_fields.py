"""Every field of every route × every way to fill it wrongly: the right status, a clear sentence in the asked language, nothing changed.

Made from the table of routes: a new route is covered by itself. What is read wrongly is sent alone, with all other fields right. What
is no fault for its kind is sent beside a field that does not exist, which alone may be refused then.
"""
import json

import pytest

from stack.answers import FORM, JSON, LANGUAGES, TRIPWIRE, by_name, check_page, check_problem, sentence, spoken
from stack.bad_input import DAMAGED, FINE, MARKUP, json_cases, json_valid, quoted, text_cases, valid
from stack.pages import Page
from stack.routes import catalogue, routes

TABLE = [r for r in routes() if r.pattern != "/auth/stream" and not r.asks_cluster]  # nginx alone asks that
# Where one goes after signing in: an address that leads nowhere is left alone.
LEFT_ALONE = {("GET /login", "next")}
# Another name than those is not there.
NAMES_OF_PARTS = {("GET /api", "of")}


# --- queries ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", by_name(r for r in TABLE if r.query))
def test_queries(still, route):
    path = still.path(route)
    with still.unchanged(route.name):
        for field in route.query:
            rest = [f"{f.name}={quoted(valid(f))}" for f in route.query if f.required and f != field]
            for case in text_cases(field, route.api):
                for language in LANGUAGES:
                    target = path + "?" + "&".join(rest + [f"{field.name}={value}" for value in case.sent])
                    check_query(still, route, field, case, target, language)


def check_query(still, route, field, case, target, language):
    fine = case.verdict == FINE or (route.name, field.name) in LEFT_ALONE and case.verdict != DAMAGED
    trip = fine and route.method != "GET"
    what = f"{case.fault} {target[:300]}"
    answer = still.wire.ask(route.method, target, f'{{"{TRIPWIRE}": 1}}'.encode() if trip else None, JSON if trip else None, language)
    if trip:
        check_problem(answer, route, 422, language, [(TRIPWIRE, catalogue(language)["error.unknown"])], what)
    elif fine:
        nothing_there = answer.status == 404 and (route.name, field.name) in NAMES_OF_PARTS
        assert answer.status in (200, 303) or nothing_there, f"{case.fault}: GET {target}: {answer.status} {answer.text[:600]}"
        assert answer.status == 303 or nothing_there or answer.headers.get_content_type() != "text/html" or check_page(answer, language, target) is None
    elif case.verdict == DAMAGED:
        check_problem(answer, route, 400, language, [], what)
    else:
        check_problem(answer, route, 422, language, [(field.name, sentence(case, field, language))], what)


def test_a_query_that_no_route_declares_is_left_alone(still):
    for route in TABLE:
        if route.method == "GET" and not any(f.required for f in route.query):
            answer = still.wire.ask("GET", f"{still.path(route)}?{TRIPWIRE}=%3Cscript%3Ealert(1)")
            assert answer.status in (200, 303), (route.name, answer.status, answer.text[:300])
            assert "<script>alert" not in answer.text, route.name


# --- bodies of the API -------------------------------------------------------------------------------------------------------


def json_body(route, field=None, sent=None, more=""):
    """A body with all required fields right, but for one."""
    members = [f'"{f.name}": {json_valid(f)}' for f in route.body if f.required and f != field]
    members += [more] if more else []
    if sent is None:
        return ("{" + ", ".join(members) + "}").encode()
    return b"{" + ", ".join([*members, f'"{field.name}": ']).encode() + (sent if isinstance(sent, bytes) else sent.encode()) + b"}"


@pytest.mark.parametrize("route", by_name(r for r in TABLE if "JSON_BODY" in r.guards and r.body))
def test_json_bodies(still, route):
    path, trip = still.path(route), f'"{TRIPWIRE}": 1'
    with still.unchanged(route.name):
        for field in route.body:
            for n, case in enumerate(json_cases(field)):
                for language in spoken(route, n):
                    fine, what = case.verdict == FINE, f"{field.name} {case.fault} {case.sent!r:.200}"
                    answer = still.wire.ask(route.method, path, json_body(route, field, case.sent, trip if fine else ""), JSON, language)
                    if fine:
                        check_problem(answer, route, 422, language, [(TRIPWIRE, catalogue(language)["error.unknown"])], what)
                    elif case.verdict == DAMAGED:
                        check_problem(answer, route, 400, language, [], what)
                    else:
                        check_problem(answer, route, 422, language, [(field.name, sentence(case, field, language))], what)


WHOLE = [(b"", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400), (b"1", 400), (b"{", 400), (b"{} {}", 400), (b"\xef\xbb\xbf{}", 400), (b"\xff", 400),
         (b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}", 400), (json.dumps({TRIPWIRE: [1] * 5000}).encode(), 400)]


@pytest.mark.parametrize("route", by_name(r for r in TABLE if r.method != "GET" and "RAW_BODY" not in r.guards))
def test_bodies_as_a_whole(still, route):
    """Of another type, too long, damaged, with a field too many; and a key that is none."""
    path, unknown = still.path(route), "error.unknown"
    right = JSON if "JSON_BODY" in route.guards else FORM if "FORM_BODY" in route.guards else None
    limit = 2 << 20 if "BODY_2M" in route.guards else 64 << 10
    with still.unchanged(route.name):
        for language in spoken(route, 0):
            def ask(body, kind=right, **headers):
                return still.wire.ask(route.method, path, body, kind, language, **headers)

            for kind in ("text/plain", "application/xml", "application/jsonx", None, FORM if right == JSON else JSON):
                check_problem(ask(b"x=1", kind), route, 415, language, [])
            if not right:
                continue
            check_problem(ask(b"x" * (limit + 1)), route, 413, language, [])
            trip = f'{{"{TRIPWIRE}": 1}}'.encode() if right == JSON else f"{TRIPWIRE}=1".encode()
            check_problem(ask(trip, Content_Encoding="gzip"), route, 415, language, [])
            for key in ("a b", "x" * 129, "<x>", "\xe4"):
                check_problem(ask(trip, Idempotency_Key=key), route, 400, language, [])
            if right == JSON:
                for body, status in WHOLE[1:]:
                    check_problem(ask(body), route, status, language, [])
                missing = [(f.name, catalogue(language)["error.required"]) for f in route.body if f.required]
                check_problem(ask(trip), route, 422, language, [*missing, (TRIPWIRE, catalogue(language)[unknown])])
            else:
                for body in (b"a=%zz", b"%00=1", b"a%01=1", b"=1", b"&".join(b"a=1" for _ in range(1201))):
                    check_problem(ask(body), route, 400, language, [])


# --- paths -------------------------------------------------------------------------------------------------------------------

NO_IDS = ["0", "-1", "x", "1e3", "01x", "9" * 30, "9223372036854775808", "1%3bdrop", quoted(MARKUP).replace("%2F", "")]
NGINX_ALONE = ("%00", "%zz")
DAMAGED_PARTS = (*NGINX_ALONE, "%ff", "%c0%ae", "1%01", "a%0db", "..")


@pytest.mark.parametrize("route", by_name(r for r in TABLE if r.parameters and "PUBLIC" not in r.guards))
def test_paths(still, route):
    """What is no number of an object is not there; what cannot be read is a damaged address."""
    body = (b"{}" if "JSON_BODY" in route.guards else b"") if route.method != "GET" else None
    kind = JSON if body else FORM if "FORM_BODY" in route.guards else None
    with still.unchanged(route.name):
        for name in route.parameters:
            for bad, status in [*((bad, 404) for bad in NO_IDS), *((bad, 400) for bad in DAMAGED_PARTS)]:
                if name in ("name", "session", "code") and status == 404 and bad == "x":
                    continue
                for language in LANGUAGES:
                    values = {p: still.path(route).split("/")[route.pattern.split("/").index(f":{p}")] for p in route.parameters}
                    answer = still.wire.ask(route.method, route.path(**{**values, name: bad}), body, kind, language)
                    if bad in NGINX_ALONE:  # ... refuses the line before it reads any language
                        assert route.api or catalogue("zh")["error.400.title"] in Page(answer.text).words
                        language = "en"
                    check_problem(answer, route, status, language, [], bad)
