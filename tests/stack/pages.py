"""A page as a reader meets it: its language, words, links, and forms with what stands in them and what is marked."""
import dataclasses
import html.parser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclasses.dataclass
class Control:
    """A field of a form: what it would send (None: nothing), whether it is marked as wrong, the ids of what describes it."""
    tag: str
    type: str
    id: str
    value: str | None
    invalid: bool
    described: list
    in_wrong: bool


@dataclasses.dataclass
class Form:
    action: str
    method: str
    controls: dict = dataclasses.field(default_factory=dict)

    def fields(self):
        """What a browser would send without any further input."""
        return {name: c.value for name, c in self.controls.items() if c.value is not None and c.type not in ("submit", "file")}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.language, self.links, self.forms, self.texts, self.headings = "", [], [], {}, []
        self.open, self.control, self.chosen = [], None, False
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        a = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = a.get("lang", "")
        if tag == "a" and "href" in a:
            self.links.append(a["href"])
        if tag == "h1":
            self.headings.append("")
        if tag == "form":
            self.forms.append(Form(a.get("action", ""), a.get("method", "get").lower()))
        elif tag in ("input", "button", "select", "textarea") and a.get("name") and self.forms and any(t == "form" for t, _ in self.open):
            self.add(tag, a)
        elif tag == "option" and self.control and self.control.tag == "select" and ("selected" in a or not self.chosen):
            if "selected" in a or self.control.value is None:
                self.control.value = a.get("value", "")
            self.chosen = self.chosen or "selected" in a
        if tag not in VOID:
            self.open.append((tag, a))

    def add(self, tag, a):
        kind = a.get("type", "submit" if tag == "button" else "text" if tag == "input" else tag)
        value = None if tag == "select" else "" if tag == "textarea" else a.get("value", "")
        if kind in ("checkbox", "radio") and "checked" not in a:
            value = None
        wrong = any(t == "div" and {"field", "wrong"} <= set(x.get("class", "").split()) for t, x in self.open)
        self.control = Control(tag, kind, a.get("id", ""), value, a.get("aria-invalid") == "true", a.get("aria-describedby", "").split(), wrong)
        self.chosen = False
        there = self.forms[-1].controls.get(a["name"])
        if not there or there.value is None:
            self.forms[-1].controls[a["name"]] = self.control

    def handle_endtag(self, tag):
        if tag == "textarea" and self.control:
            self.control.value = self.control.value.removeprefix("\n")
        if tag in ("select", "textarea"):
            self.control = None
        for at in range(len(self.open) - 1, -1, -1):
            if self.open[at][0] == tag:
                del self.open[at:]
                break

    def handle_data(self, data):
        if any(tag in ("script", "style") for tag, _ in self.open):
            return
        self.words += data
        for tag, a in self.open:
            if a.get("id"):
                self.texts[a["id"]] = self.texts.get(a["id"], "") + data
        if self.headings and any(tag == "h1" for tag, _ in self.open):
            self.headings[-1] += data
        if self.control and self.control.tag == "textarea":
            self.control.value += data
