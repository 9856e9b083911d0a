#!/usr/bin/python3
"""Checks the rules of the house that no compiler knows: rooms, banned calls, templates, catalogues, sizes.

Usage: tests/lint/rules.py [ROOT]. Prints one line a fault ("file:line: what is wrong") and ends with 1 if there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
if ROOT.is_file():
    ROOT = ROOT.parents[2]
APP = ROOT / "app"

# A room may include the headers of rooms on lower floors, its own, and none beside it.
FLOORS = [
    {"base"},
    {"db", "fetch"},
    {"http"},
    {"kube", "objects", "gitea", "registry"},
    {"model"},
    {"auth", "view"},
    {"pages", "api", "worker", "stream", "ctl"},
]
# The simulated cluster is a program of its own on base alone; the view may not know the model.
ONLY = {"kubesim": {"base"}, "view": {"base"}}

BANNED = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|atof|localtime|gmtime|rand|srand|system|popen|alloca)\s*\(")
# A library's names belong to one room.
OWNED = [
    (re.compile(r"\bPQ[a-z]\w*\s*\(|libpq-fe\.h"), {"db"}, "libpq outside app/db"),
    (re.compile(r"\bFCGX_\w+|fcgiapp\.h|fcgi_stdio\.h"), {"http"}, "libfcgi outside app/http"),
    (re.compile(r"\bcurl_\w+\s*\(|curl/curl\.h"), {"fetch"}, "libcurl outside app/fetch"),
    (re.compile(r"\bhdf_\w+\s*\(|\bcs_(init|render|parse\w*)\s*\(|ClearSilver|neo_\w+\.h"), {"view"}, "ClearSilver outside app/view"),
    (re.compile(r"\bdb_query(_bytes)?\s*\(|\bdb_script\s*\("), {"model", "db"}, "SQL outside app/model"),
    (re.compile(r"\blws_\w+\s*\(|libwebsockets\.h"), {"stream"}, "libwebsockets outside app/stream"),
    (re.compile(r"\bMHD_\w+\s*\(|microhttpd\.h"), {"kubesim"}, "libmicrohttpd outside app/kubesim"),
]
WEAK_COMPARE = re.compile(r"\b(memcmp|strcmp)\s*\([^)]*(signature|hmac|token|csrf|digest)", re.I)
FUNCTION_LINES, FILE_LINES = 100, 600

UNSAFE_TEMPLATE = re.compile(r"<\?cs\s*(evar|lvar|linclude|alt)\b|<\?cs\s*uvar:(?![\w.]*html\s*\?>)|<\?cs\s+name:|<\?cs\s*include:|escape:\s*\"none\"")
UNQUOTED_ATTRIBUTE = re.compile(r"\s[a-z-]+=<\?cs")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|javascript:", re.I)
STRING_IN_TEMPLATE = re.compile(r"\bS\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
STRING_IN_CODE = re.compile(r'\bview_string\([^;]*?"([A-Za-z0-9_.]+)"')

faults = []


def fault(path, line, text):
    faults.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def blank_comments(text):
    """Comments and string contents are blanked, lines kept: rules speak of code."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)
    return text


def floor_of(room):
    for i, rooms in enumerate(FLOORS):
        if room in rooms:
            return i
    return None


def check_includes(path, room, text):
    for n, line in enumerate(text.split("\n"), 1):
        m = re.match(r'\s*#\s*include\s+"([a-z]+)/', line)
        if not m or m.group(1) == room:
            continue
        other = m.group(1)
        if floor_of(other) is None:
            continue
        allowed = other in ONLY[room] if room in ONLY else floor_of(other) < floor_of(room)
        if not allowed:
            fault(path, n, f"room {room} may not include {other}: calls go downward only")


def check_calls(path, room, text):
    code = blank_comments(text)
    bare = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', code)
    for n, line in enumerate(bare.split("\n"), 1):
        m = BANNED.search(line)
        if m:
            fault(path, n, f"{m.group(1)} is banned")
        if WEAK_COMPARE.search(line):
            fault(path, n, "secrets are compared by secret_equal")
    for n, (line, plain) in enumerate(zip(code.split("\n"), bare.split("\n")), 1):
        for pattern, rooms, what in OWNED:
            if room not in rooms and pattern.search(line if "include" in line else plain):
                fault(path, n, what)


def check_sizes(path, text):
    lines = text.split("\n")
    if len(lines) > FILE_LINES:
        fault(path, len(lines), f"more than {FILE_LINES} lines: one duty a file")
    start = None
    for n, line in enumerate(lines, 1):
        if line == "{" or (re.match(r"^[A-Za-z_].*\)\s*\{$", line)):
            start = n
        elif line == "}" and start:
            if n - start > FUNCTION_LINES:
                fault(path, start, f"a function of {n - start} lines")
            start = None
    if path.suffix in (".c", ".h") and not text.startswith("/*"):
        fault(path, 1, "the file does not open with a sentence on its duty")


def catalogue(path):
    names = {}
    for n, line in enumerate(path.read_text().split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if "=" not in line:
            fault(path, n, "not `name = text`")
            continue
        name = line.split("=", 1)[0].strip()
        if name in names:
            fault(path, n, f"{name} stands twice")
        names[name] = n
    return names


def check_templates():
    used, dynamic = set(), set()
    for path in sorted((ROOT / "templates").rglob("*.cs")):
        text = re.sub(r"<\?cs #.*?\?>", "", path.read_text())
        for n, line in enumerate(text.split("\n"), 1):
            for pattern, what in ((UNSAFE_TEMPLATE, "unsafe template word"), (UNQUOTED_ATTRIBUTE, "an attribute without quotes"),
                                  (INLINE, "inline script or style: the CSP refuses it")):
                if pattern.search(line):
                    fault(path, n, what)
            used.update(STRING_IN_TEMPLATE.findall(line))
            dynamic.update(re.findall(r"\bS\.([A-Za-z0-9_.]+)\[", line))
    return used, dynamic


def check_catalogues(used, dynamic):
    paths = [ROOT / "templates" / f"strings.{lang}" for lang in ("en", "zh")]
    if not all(p.exists() for p in paths):
        fault(ROOT / "templates", 1, "strings.en and strings.zh are the catalogues")
        return
    en, zh = (catalogue(p) for p in paths)
    for name in sorted(set(en) ^ set(zh)):
        fault(paths[0] if name in en else paths[1], (en | zh)[name], f"{name} is in one catalogue only")
    sources = "\n".join(p.read_text() for p in APP.rglob("*.[ch]")) + "\n".join(
        p.read_text() for p in APP.rglob("*.def"))
    for name in sorted(used - set(en)):
        if not any(other.startswith(name + ".") for other in en):
            fault(paths[0], 1, f"{name} is used in a template and missing")
    for name, line in en.items():
        prefixes = [name.rsplit(".", i)[0] for i in range(1, name.count(".") + 1)]
        known = (name in used or f'"{name}"' in sources or any(p in dynamic for p in prefixes)
                 or any(f'"{p}.' in sources or f'"{p}"' in sources for p in prefixes))
        if not known:
            fault(paths[0], line, f"{name} is used nowhere")


def check_settings():
    """Each setting has its title and its meaning in both languages."""
    path, english = APP / "model" / "settings.def", ROOT / "templates" / "strings.en"
    words = {line.split("=", 1)[0].strip() for line in english.read_text().split("\n")}
    for n, line in enumerate(path.read_text().split("\n"), 1):
        m = re.match(r'SETTING\(\w+, "(\w+)"', line)
        for what in ("title", "meaning") if m else ():
            if f"setting.{m[1]}.{what}" not in words:
                fault(path, n, f"setting.{m[1]}.{what} is missing in the catalogues")


AUDIT_CALL = re.compile(r"\b(audit_of|ctl_audit|audited|note|end|finish)\s*\(|\baction = ")
ACT = re.compile(r'"([a-z_]+\.(?!h")[a-z_]+)"')


def check_audit():
    """Each act that is written into the audit trail is in its list, and has words."""
    listed = re.search(r"#define AUDIT_ACTIONS(.*?)\n\n", (APP / "model" / "audit.h").read_text(), re.S)[1]
    known = set("".join(re.findall(r'"([^"]*)"', listed)).split("|"))
    english = ROOT / "templates" / "strings.en"
    words = {line.split("=", 1)[0].strip() for line in english.read_text().split("\n")}
    for act in sorted(known):
        if f"audit.{act}" not in words:
            fault(english, 1, f"audit.{act} is missing in the catalogues")
    for path in sorted(APP.rglob("*.c")):
        if path.parent.name not in ("model", "auth", "pages", "api", "ctl"):
            continue
        text, at = blank_comments(path.read_text()), 0
        for statement in text.split(";"):
            for act in ACT.findall(statement) if AUDIT_CALL.search(statement) else ():
                if act not in known and f'"{act}"' not in "".join(words):
                    fault(path, text[:at].count("\n") + statement[:statement.index(act)].count("\n") + 1,
                          f"{act} is not in AUDIT_ACTIONS (model/audit.h)")
            at += len(statement) + 1


def check_distribution():
    """What a program is made of, or reads, is named where it is made and installed."""
    sources = "".join(p.read_text() for p in [ROOT / "Makefile.am", *APP.rglob("Makefile.inc")])
    data = (ROOT / "Makefile.data").read_text()
    for named, files in ((sources, APP.rglob("*.[chd]*")), *((data, (ROOT / d).rglob("*.*")) for d in ("migrations", "static", "templates"))):
        names = set(named.split())
        for path in sorted(files):
            if str(path.relative_to(ROOT)) not in names:
                fault(path, 1, "is named in no Makefile: it would neither be distributed nor installed")


def main():
    for path in sorted(APP.rglob("*.[ch]")):
        text = path.read_text()
        room = path.parent.name if path.parent != APP else ""
        if room:
            check_includes(path, room, text)
            check_calls(path, room, text)
        check_sizes(path, text)
    check_catalogues(*check_templates())
    check_settings()
    check_audit()
    check_distribution()
    for line in faults:
        print(line)
    print(f"lint: {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
