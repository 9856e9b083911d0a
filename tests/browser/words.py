"""The catalogue's sentences, so that a test looks for what the page says in the reader's language."""
import functools

from stack.paths import ROOT


@functools.cache
def catalogue(language):
    rows = (ROOT / "templates" / f"strings.{language[:2]}").read_text().splitlines()
    return dict(row.split(" = ", 1) for row in rows if " = " in row and not row.startswith("#"))


def words(language):
    """words("zh-CN")("build.again") -> its text; more arguments fill its places."""
    def word(name, **places):
        text = catalogue(language)[name]
        for place, value in places.items():
            text = text.replace("{" + place + "}", str(value))
        return text

    return word
