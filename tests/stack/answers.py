"""How a wrong request must be answered, by page and API alike: a finished error in the asked language that names the field."""
import html

import pytest

from .bad_input import KIND, PATTERN
from .pages import Page
from .routes import catalogue

LANGUAGES = {"en": "en", "zh": "zh-Hans"}
TRIPWIRE = "unexpected_field"  # a field that no route declares
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def by_name(rows):
    return [pytest.param(r, id=r.name) for r in rows]


def spoken(route, n):
    """Both languages; of a sign-in, of which nginx lets ten a second through, one after the other."""
    return [list(LANGUAGES)[n % 2]] if "login" in route.pattern else LANGUAGES


def sentence(case, field, language):
    """What must be said about the field; None: any sentence of the field's own."""
    if case.verdict == PATTERN:
        return None
    return field.sentence(language) if case.verdict == KIND else catalogue(language)[case.verdict]


def check_problem(answer, route, status, language, errors, what=""):
    """A finished error in the asked language that names exactly these fields, [(name, sentence or None)]. For API and pages."""
    said = f"{route.name} {what}: {answer.status} {answer.text[:600]}"
    assert answer.status == status, said
    title = catalogue(language)[f"error.{status}.title"]
    if route.api:
        assert answer.headers["Content-Type"] == "application/problem+json", said
        problem = answer.json()
        assert (problem["status"], problem["title"], problem["request_id"]) == (status, title, answer.headers["X-Request-Id"]), said
        found = [(e["field"], e["detail"]) for e in problem.get("errors", [])]
        assert [name for name, _ in found] == [name for name, _ in errors], said
        for (name, text), (_, wanted) in zip(found, errors):
            assert text and (text == wanted or wanted is None), f"{said}\n{name}: {wanted}"
            assert f"{name}: {text}" in problem["detail"], said
        assert problem["detail"], said
        return
    check_page(answer, language, said)
    page = Page(answer.text)
    assert page.headings == [title] and answer.headers["X-Request-Id"] in page.words, said
    for name, wanted in errors:
        assert f"{name}: {wanted or ''}" in page.words, f"{said}\n{name}: {wanted}"


def check_page(answer, language, said):
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8", said
    assert "<script>alert" not in answer.text and "javascript:alert" not in html.unescape(" ".join(Page(answer.text).links)), said
    assert Page(answer.text).language == LANGUAGES[language], said
