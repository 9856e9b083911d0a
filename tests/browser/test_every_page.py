"""Every page, as the right person sees it: by axe-core, wide, on a phone, in the dark, in both languages, by keyboard; with a picture
of each in var/screenshots."""
import re

import pytest

import looks
from pages import ROUTES, all_pages, fill, routes
from window import NARROW, PHONE, TABLET, WIDE

LANGUAGES = ("en", "zh-CN")
PAGES = all_pages()


@pytest.mark.xdist_group("pages-en")
def test_no_address_is_forgotten():
    """A new page needs an example in pages.py, or a word there that it is none."""
    assert set(routes()) == set(ROUTES)
    assert len({page.name for page in PAGES}) == len(PAGES)


def complaints(window, page):
    return [c for c in window.complaints() if not (page.known and page.known in c and window.portal.url in c)]


def look(window, page, language):
    """What is wrong with a page that is open; pictures of it. Axe reads it in one language: its rules see no words, and what they see of
    the rest is the same in both."""
    first, name = language == LANGUAGES[0], f"{page.name}.{language[:2]}"
    wrong = looks.structure(window)
    window.shot(f"{name}.wide")
    if first:
        wrong += looks.axe(window) + looks.focus(window)
    if first:
        window.look(dark=True).shot(f"{name}.dark")
        wrong += [f"dark: {w}" for w in looks.axe(window, *looks.COLOURS)]
    window.look(PHONE).shot(f"{name}.phone")
    if first:
        wrong += [f"phone: {w}" for w in looks.axe(window, *looks.SIZES)]
    wrong += looks.overflow(window, (WIDE, TABLET, PHONE, NARROW) if first else (PHONE, NARROW))
    html = window.one("html").get_attribute("lang")
    if not html.startswith(language[:2]):
        wrong.append(f"its language is {html}")
    return wrong


@pytest.mark.parametrize("page, language", [
    pytest.param(page, language, id=f"{page.name}-{language}", marks=pytest.mark.xdist_group(f"pages-{language}"))
    for language in LANGUAGES for page in PAGES])
def test_page(windows, world, page, language):
    window = windows(language)
    page.go(window, world)
    wrong = look(window, page, language) + complaints(window, page)
    assert not wrong, f"{window.path}\n" + "\n".join(wrong)


@pytest.mark.xdist_group("pages-en")
@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_tell_pages_apart(month, world, language):
    seen = {}
    for page in PAGES:
        if page.titled and not callable(page.way):
            person = page.who and fill(page.who, world)
            answer = month.client(person).get(fill(page.way, world), headers={"Accept-Language": language, "Accept": "text/html"}, allow_redirects=True)
            if answer.history:
                continue  # another page's title: who has one project is led there
            title = re.search(r"<title>(.*?)</title>", answer.text, re.S)[1]
            assert seen.setdefault(title, page.name) == page.name, f"{page.name} is called as {seen[title]}: {title}"
