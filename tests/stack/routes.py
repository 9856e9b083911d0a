"""The table of routes as portal-web itself prints it: every path with its guards, and every field that it reads."""
import dataclasses
import json
import re
import subprocess

from .paths import ROOT, build_dir


@dataclasses.dataclass(frozen=True)
class Field:
    """One declared field of a query or a body. min and max are bounds of what the kind counts; 0, 0: it has none."""
    name: str
    kind: str
    required: bool
    min: int
    max: int
    choices: str | None
    pattern: str | None
    error: str

    def sentence(self, language):
        """What the portal says when a value breaks the kind's rule."""
        words = {"min": self.min, "max": self.max, "choices": ", ".join((self.choices or "").split("|"))}
        return re.sub(r"\{(min|max|choices)\}", lambda m: str(words[m[1]]), catalogue(language)[self.error])


@dataclasses.dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    guards: frozenset
    status: int
    query: tuple
    body: tuple

    @property
    def api(self):
        return self.pattern.startswith("/api/")

    @property
    def name(self):
        return f"{self.method} {self.pattern}"

    @property
    def asks_cluster(self):
        """What it says is a cluster's: tests on a portal that stands still have none (tests/http/test_resources.py has)."""
        return ":kind" in self.pattern or "/pods/" in self.pattern or self.pattern.endswith(("/strays", "/pods", "/projects/:id/events"))

    @property
    def parameters(self):
        return re.findall(r":(\w+)", self.pattern)

    def path(self, **values):
        return re.sub(r":(\w+)", lambda m: str(values[m[1]]), self.pattern)


def routes():
    text = subprocess.run([build_dir() / "portal-web", "--routes"], check=True, capture_output=True, text=True).stdout
    return [Route(r["method"], r["pattern"], frozenset(r["guards"].replace("|", " ").split()), r["status"],
                  tuple(Field(**f) for f in r["query"]), tuple(Field(**f) for f in r["body"])) for r in json.loads(text)]


CATALOGUES = {}


def catalogue(language):
    """The portal's words in "en" or "zh"."""
    if language not in CATALOGUES:
        rows = (ROOT / "templates" / f"strings.{language}").read_text().splitlines()
        CATALOGUES[language] = dict(row.split(" = ", 1) for row in rows if " = " in row and not row.startswith("#"))
    return CATALOGUES[language]
