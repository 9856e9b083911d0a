"""The catalogues' texts, and what a page shows of them."""
import functools
import html
import re

from .paths import ROOT


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
    """What the portal says of builds in English that stands in this text."""
    return [s for name, s in texts("en").items() if name.startswith("bsays.") and s.split("{")[0].strip() in page]
