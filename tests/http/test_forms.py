"""Every form of every page × every way to fill it wrongly: the form comes again with what was typed, the field marked, and why.

Made from the table of routes. Forms that are only buttons have nothing to type: they are answered by an error page.
"""
import re
import urllib.parse

import pytest

from stack.answers import FORM, LANGUAGES, TRIPWIRE, by_name, check_page, check_problem, sentence, spoken
from stack.bad_input import DAMAGED, FINE, TWICE, quoted, text_cases, valid
from stack.pages import Page
from stack.routes import catalogue, routes

FORMS = [r for r in routes() if not r.api and r.method != "GET" and "FORM_BODY" in r.guards and r.body and not r.asks_cluster]
# Buttons with hidden fields, and boxes before the students of a list: nobody can fill them wrongly.
BUTTONS = {"POST /preferences", "POST /courses/:id/act", "POST /projects/:id/deploy", "POST /projects/:id/rollback",
           "POST /projects/:id/variables/remove"}


def form_of(page, names, what):
    """The form that has most of these fields."""
    forms = [form for form in page.forms if form.method == "post" and any(name in form.controls for name in names)]
    assert forms, f"{what}: no form with {names} on the page: {page.words[-800:]}"
    return max(forms, key=lambda form: sum(name in form.controls for name in names))


def shown(text):
    """As a form shows again what was typed."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text.replace("\r\n", "\n"))


def is_typed(control):
    return control and control.type not in ("hidden", "checkbox", "submit")


def check_again(answer, route, language, sent, errors, what):
    """The form again: `errors` are (name, sentence or None) of fields, `sent` what was sent (name -> text)."""
    said = f"{route.name} {what}: {answer.status}"
    assert answer.status == 422, f"{said} {answer.text[:600]}"
    check_page(answer, language, said)
    page, wrong = Page(answer.text), dict(errors)
    form = form_of(page, [f.name for f in route.body], said)
    for name, text in errors:
        control = form.controls.get(name)
        if is_typed(control):
            assert control.invalid and control.in_wrong and f"e-{name}" in control.described, f"{said}: {name} is not marked"
            told = page.texts.get(f"e-{name}", "").strip()
            assert told and (text is None or told == text), f"{said}: {name}: {told!r}, not {text!r}"
        else:
            assert f"{name}: {text}" in page.words, f"{said}: {name}: {text} is not said in {page.words[:1500]}"
    for field in route.body:
        control = form.controls.get(field.name)
        if not control:
            continue
        if is_typed(control) and field.name not in wrong:
            assert not control.invalid, f"{said}: {field.name} is marked"
        if field.kind in ("password", "file") or field.name in wrong and (control.tag == "select" or not is_typed(control)):
            continue
        if wrong.get(field.name) == catalogue(language)[TWICE]:
            continue
        if route.pattern == "/admin/settings" and (field.name not in sent or field.name == "version" or control.tag == "select"):
            continue  # it stays as it is; what is none of the choices cannot be shown among them
        if field.name == "value" and sent.get("secret"):
            continue  # a secret is not shown again
        expected = shown(sent.get(field.name, ""))
        if control.type == "checkbox":
            assert (control.value is not None) == (expected in ("1", "on", "true")), f"{said}: {field.name}"
        elif control.tag != "select" or expected:
            assert (control.value or "") == expected, f"{said}: {field.name} holds {control.value!r:.300}, not {expected!r:.300}"


def encoded(route, field, case):
    """The body, and what it says of each field."""
    rest = {f.name: valid(f) for f in route.body if f != field and f.kind != "file"}
    pairs = [f"{name}={quoted(value)}" for name, value in rest.items()] + [f"{field.name}={value}" for value in case.sent]
    if case.verdict == FINE:
        pairs.append(f"{TRIPWIRE}=1")
    if len(case.sent) == 1 and case.verdict != DAMAGED:
        rest[field.name] = urllib.parse.unquote(case.sent[0])
    return "&".join(pairs).encode(), rest


@pytest.mark.parametrize("route", by_name(FORMS))
def test_forms(still, route):
    path = still.path(route)
    with still.unchanged(route.name):
        for field in route.body:
            for n, case in enumerate(text_cases(field, False)):
                body, sent = encoded(route, field, case)
                for language in spoken(route, n):
                    answer = still.wire.ask(route.method, path, body, FORM, language)
                    check_form(route, field, case, answer, language, sent)


def check_form(route, field, case, answer, language, sent):
    what = f"{field.name} {case.fault} {case.sent!r:.200} {language}"
    if case.verdict == DAMAGED:
        check_problem(answer, route, 400, language, [], what)
        return
    name, text = (TRIPWIRE, catalogue(language)["error.unknown"]) if case.verdict == FINE else (field.name, sentence(case, field, language))
    if route.name in BUTTONS:
        check_problem(answer, route, 422, language, [(name, text)], what)
    else:
        check_again(answer, route, language, sent, [(name, text)], what)


# --- uploads ----------------------------------------------------------------------------------------------------------------


def multipart(parts):
    """parts: (name, bytes, is a file)."""
    body = b"".join(b'--edge\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + (b'; filename="x.csv"' if file else b"") +
                    b"\r\n\r\n" + data + b"\r\n" for name, data, file in parts)
    return body + b"--edge--\r\n", "multipart/form-data; boundary=edge"


@pytest.mark.parametrize("route", by_name(r for r in FORMS if "UPLOAD_BODY" in r.guards))
def test_uploads(still, route):
    """The same forms as browsers send them with a file: nothing is percent-encoded, and a file may be in any encoding."""
    path = still.path(route)
    with still.unchanged(route.name):
        for field in route.body:
            for case in text_cases(field, False):
                raw = [urllib.parse.unquote_to_bytes(value) for value in case.sent]
                if case.verdict == DAMAGED and any(b"%" in value for value in raw):
                    continue
                if field.kind == "file" and case.verdict == DAMAGED:
                    case.verdict = FINE
                rest = {f.name: valid(f) for f in route.body if f != field and f.kind != "file"}
                parts = [(name, value.encode(), False) for name, value in rest.items()] + [(field.name, v, field.kind == "file") for v in raw]
                if case.verdict == FINE:
                    parts.append((TRIPWIRE, b"1", False))
                if len(raw) == 1 and case.verdict != DAMAGED and field.kind != "file":
                    rest[field.name] = raw[0].decode()
                for language in LANGUAGES:
                    check_form(route, field, case, still.wire.ask(route.method, path, *multipart(parts), language), language, rest)
        for body in (b"", b"x", b"--edge\r\n", b'--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\nnever ends', multipart([("text", b"x", False)])[0][:-6]):
            if body:
                check_problem(still.wire.ask(route.method, path, body, "multipart/form-data; boundary=edge"), route, 400, "en", [], repr(body))


# --- rules that no kind of field knows --------------------------------------------------------------------------------------------

RULES = [
    ("POST /courses/new", "code", "a b", "error.course_code"), ("POST /courses/new", "code", "x/../y", "error.course_code"),
    ("POST /courses/new", "code", "HYDRO-101", "error.taken"), ("POST /courses/:id/edit", "code", "<b>", "error.course_code"),
    ("POST /courses/:id/students/new", "number", "a b", "roster.fault.number"),
    ("POST /courses/:id/students/new", "login", "nobody-of-that-name", "roster.fault.no_account"),
    ("POST /courses/:id/students/new", "number", "{number}", "error.taken"),
    ("POST /students/:id/edit", "number", "a/b", "roster.fault.number"),
    ("POST /students/:id/edit", "login", "nobody-of-that-name", "roster.fault.no_account"),
    ("POST /projects/:id/serving", "health_path", "no-slash", "error.health_path"),
    ("POST /projects/:id/serving", "health_path", "/a b", "error.health_path"),
    *((f"POST /projects/:id/{page}", *rest) for page in ("config", "config/test") for rest in (
        ("repo_url", "javascript:alert(1)", "error.repo_url"), ("repo_url", "https://u:p@git.invalid/a/b.git", "error.repo_url"),
        ("branch", "a..b", "error.branch"), ("branch", "--upload-pack=x", "error.branch"), ("dockerfile_path", "../x", "error.path"),
        ("dockerfile_path", ".", "error.path"), ("context_path", "/etc", "error.path"), ("image_repo", "A/B", "error.image_repo"))),
    ("POST /projects/:id/config", "registry_id", "999999999", "error.registry"),
]
RIGHT = {"code": "RIGHT-1", "number": "right-1", "name": "A right name", "login": "", "health_path": "", "image_repo": "a/b", "repo_url": "file:///srv/a/b.git",
         "registry_id": "1"}


@pytest.mark.parametrize("name, field, value, rule", RULES, ids=lambda v: v.replace("POST ", "") if isinstance(v, str) else "")
def test_rules(still, name, field, value, rule):
    route = next(r for r in FORMS if r.name == name)
    number = still.portal.sql(f"SELECT student_number FROM students WHERE id = {still.ids['students']}")
    version = still.portal.sql(f"SELECT version FROM build_configs WHERE project_id = {still.project}")
    sent = {f.name: {**RIGHT, "version": version}.get(f.name, valid(f)) for f in route.body} | {field: value.format(number=number)}
    with still.unchanged(route.name):
        for language in LANGUAGES:
            answer = still.wire.ask(route.method, still.path(route), urllib.parse.urlencode(sent).encode(), FORM, language)
            check_again(answer, route, language, sent, [(field, catalogue(language)[rule])], f"{field} {value}")


def test_a_time_zone_that_is_none(still):
    with still.unchanged("preferences"):
        for language in LANGUAGES:
            answer = still.wire.ask("POST", "/preferences", b"timezone=Mars/Base", FORM, language)
            check_problem(answer, next(r for r in FORMS if r.pattern == "/preferences"), 422, language,
                          [("timezone", catalogue(language)["error.timezone"])])
