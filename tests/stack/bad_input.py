"""Values of every kind of field that nobody should send, each with what must come of it."""
import dataclasses
import json
import re
import urllib.parse

# What comes of a value: nothing is wrong with it; the field's own rule is broken; the request as a whole is damaged.
FINE, MISSING, KIND, TWICE, PATTERN, DAMAGED = "fine", "error.required", "kind", "error.twice", "pattern", 400
MARKUP = "\"'><script>alert(1)</script>&amp;"
SAFE_MARKUP = "&lt;script&gt;alert(1)&lt;/script&gt;"
UNTYPED = ("text", "lines", "password", "file")  # take any text within their bounds

VALID = {"text": "x", "lines": "x", "id": "1", "port": "8080", "bool": "true", "slug": "a", "login": "ali", "password": "a password of ours",
         "path": "a", "branch": "main", "sha": "a" * 40, "url": "http://localhost/x", "name": "A", "date": "2026-11-21", "ids": "1", "file": "x"}
WRONG = {
    "int": ["x", "1.5", "0x10", "1e3", "+5", " 5", "9" * 30], "id": ["x", "0", "-1", "1.5", "9" * 30], "port": ["x", "0", "65536", "-1", "80.5"],
    "bool": ["maybe", "2", "TRUE"], "enum": ["no-such-choice", "|", "a|b"], "slug": ["A", "a_b", "-a", "ä"], "login": ["A B", "-a", "a/b", "Ä"],
    "path": ["../x", "/etc/passwd", "a//b", "a\\b"], "branch": ["a..b", "--upload-pack=x", "a b", "a.lock", "@{1}"],
    "sha": ["xyz", "A" * 40, "0" * 40, "a" * 39], "url": ["javascript:alert(1)", "http://", "http://u:p@h/", "/x"],
    "name": ["1A", "A-B", "A B"], "date": ["2026-02-30", "21.11.2026", "2026-1-1"], "ids": ["x", "0", "-1", "1,2"],
}
JSON_TYPES = {"string": '"x"', "number": "1", "fraction": "1.5", "true": "true", "array": '["x"]', "object": '{"a": 1}'}
JSON_RIGHT = {"int": ("number",), "id": ("number",), "port": ("number",), "bool": ("true",), "ids": (), "json": tuple(JSON_TYPES)}


@dataclasses.dataclass
class Case:
    """`sent`: of a form or query the encoded values, each of which is sent under the field's name; of JSON the text, or None."""
    fault: str
    sent: object
    verdict: object


def valid(field):
    if field.kind == "enum":
        return field.choices.split("|")[0]
    if field.kind == "int":
        return str(max(field.min, 1))
    return VALID[field.kind] * max(field.min if field.kind in ("text", "lines") else 1, 1)


def too_long(field):
    """One more than there may be."""
    if field.kind in ("int", "id", "port"):
        return str(field.max + 1)
    tail = {"url": "http://localhost/"}.get(field.kind, "")
    return tail + "a" * ((field.max or 300) + 1 - len(tail))


def verdict(field, value):
    """Of text that is well-formed: by the kind's rule, or by the field's own."""
    if field.kind == "branch" and value == MARKUP:
        return FINE  # as git sees it
    if field.kind not in UNTYPED:
        return KIND
    controls = {"text": r"[\x00-\x1f\x7f]", "lines": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"}.get(field.kind, "(?!)")
    size = len(value) if field.kind == "text" else len(value.encode())
    blank = field.kind == "text" and field.min and not value.strip(" \u00a0\u3000")
    if re.search(controls, value) or blank or not field.min <= size <= field.max:
        return KIND
    return FINE if not field.pattern or re.search(field.pattern, value) else PATTERN


def quoted(value):
    return urllib.parse.quote(value, safe="")


def text_cases(field, api):
    """Of a query (api: of the API's), or of a form."""
    empty = MISSING if field.required else KIND if field.kind == "ids" or api and verdict(field, "") != FINE else FINE
    yield Case("missing", [], MISSING if field.required else FINE)
    yield Case("empty", [""], empty)
    yield Case("too long", [quoted(n) for n in map(str, range(1, field.max + 2))] if field.kind == "ids" else [quoted(too_long(field))], KIND)
    for bad in WRONG.get(field.kind, ()):
        yield Case("wrong type", [quoted(bad)], KIND)
    for bad in ("a\x01b", "a\x7fb", "a\tb", "a\r\nb"):
        yield Case("control character", [quoted(bad)], verdict(field, bad))
    for bad in ("a%00b", "a%ffb", "%c0%ae", "%ed%a0%80", "%zz", "%"):
        yield Case("damaged", [bad], DAMAGED)
    if field.kind == "text":
        yield Case("blank", [quoted(" \u3000 ")], verdict(field, " \u3000 "))
    yield Case("markup", [quoted(MARKUP)], verdict(field, MARKUP))
    yield Case("twice", [quoted(valid(field))] * 2, FINE if field.kind == "ids" else TWICE)


def json_cases(field):
    def text(value):
        return json.dumps(value, ensure_ascii=False)

    kind = field.kind
    string = kind not in JSON_RIGHT
    nothing = MISSING if field.required else FINE
    yield Case("missing", None, nothing)
    yield Case("null", "null", nothing)
    if string:
        yield Case("empty", '""', MISSING if field.required else verdict(field, ""))
    if kind == "ids":
        yield Case("empty", "[]", nothing)
        yield Case("too long", text(list(range(1, field.max + 2))), KIND)
        for bad in ("1", '"1"', "[0]", '["1"]', "[1.5]", "[null]", "[[1]]", "{}"):
            yield Case("wrong type", bad, KIND)
    elif kind in ("int", "id", "port"):
        if field.max < 2 ** 63 - 1:
            yield Case("too long", text(field.max + 1), KIND)
        yield Case("too small", text(field.min - 1), KIND)
        yield Case("damaged", text(2 ** 63), DAMAGED)
    elif string:
        yield Case("too long", text(too_long(field)), KIND)
    for name, value in JSON_TYPES.items():
        if name not in JSON_RIGHT.get(kind, ("string",)) and kind != "ids":
            yield Case("wrong type", value, KIND)
    for bad in WRONG.get(kind, ()) if string else ():
        yield Case("wrong type", text(bad), KIND)
    for bad in (r'"a\u0001b"', r'"a\tb"', r'"a\u007fb"', r'"a\nb"') if string else ():
        yield Case("control character", bad, verdict(field, json.loads(bad)))
    for bad in ('"a\\u0000b"', '"\\ud800"', '"a\x01b"', "nonsense", "", "1e999"):
        yield Case("damaged", bad, DAMAGED)
    yield Case("not UTF-8", b'"\xff"', DAMAGED)
    yield Case("twice", f'{json_valid(field)}, "{field.name}": {json_valid(field)}', DAMAGED)
    if kind == "text":
        yield Case("blank", text(" \u3000 "), verdict(field, " \u3000 "))
    yield Case("markup", text(MARKUP), verdict(field, MARKUP) if string else FINE if kind == "json" else KIND)


def json_valid(field):
    value = valid(field) if field.kind != "json" else "{}"
    if field.kind == "ids":
        return f"[{value}]"
    return value if field.kind in ("int", "id", "port", "bool", "json") else json.dumps(value)
