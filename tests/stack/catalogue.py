"""The catalogues' texts, and what a page shows of them."""
import functools
import html
import re

from .paths import ROOT


LONG_ENOUGH = 12  # shorter ones may be anybody's words


@functools.cache
def texts(language):
    """name -> text of a language."""
    lines = (ROOT / "templates" / f"strings.{language}").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" = ", 1) for line in lines if " = " in line and not line.startswith("#"))


def text(language, name):
    return texts(language)[name]


def shown(client, path, language):
    """A page's text in that language, without its markup."""
    page = client.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200, (path, page.status_code)
    return html.unescape(re.sub(r"<[^>]*>", "", page.text))


def english_sentences(page):
    """What the portal itself says in English, of builds or as a phrase, that stands in this text: what is before a sentence's first place, or
    between its places."""
    said = [re.split(r"\{\w+\}", s) for name, s in texts("en").items() if name.startswith(("bsays.", "phrase."))]
    parts = [(first if len(first.strip()) >= LONG_ENOUGH else max([first, *more], key=len)).strip() for first, *more in said if more or " " in first]
    return [s for s in parts if len(s) >= LONG_ENOUGH and s in page]
