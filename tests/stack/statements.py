"""Which statements portal-web has PostgreSQL run for a request, with their parameters: as the server's own log has them."""
import contextlib
import re
import secrets

from .journey import wait_for

# "TIME DATABASE APPLICATION LOG:  ...", further lines behind tabs
ENTRY = re.compile(r"^\S+ \S+ \S+ portal portal-web (LOG|DETAIL):  (.*(?:\n\t.*)*)", re.M)
PARAMETER = re.compile(r"\$\d+ = (?:(NULL)|'((?:[^']|'')*)')")


def _log_all(stack, on):
    stack.postgres.psql(f"ALTER SYSTEM SET log_statement = '{'all' if on else 'none'}'", user="postgres")
    stack.postgres.psql("SELECT pg_reload_conf()", user="postgres")
    wait_for(lambda: stack.postgres.psql("SHOW log_statement") == ("all" if on else "none"), 60, "a change of the log of statements")


@contextlib.contextmanager
def logged(stack):
    """
    While it lasts every statement is logged; gives a function: ask -> what ask() had the portal run.
    Nobody else may use its pages meanwhile.
    """
    _log_all(stack, True)
    try:
        yield lambda ask: _of(stack, ask)
    finally:
        _log_all(stack, False)


def _of(stack, ask):
    """
    [{"sql": text, "params": [text or None], "anew": bool}] in the order of their running; anew: it was not prepared; params is None
    for a plain text (BEGIN).
    """
    log = stack.processes.log("postgres")
    begin, end = log.stat().st_size, secrets.token_hex(8)
    ask()
    stack.postgres.psql(f"SELECT '{end}'")  # when this is in the file, what ran before is
    wait_for(lambda: end.encode() in log.read_bytes()[begin:], 60, "the log of a statement")
    found = []
    for kind, text in ENTRY.findall(log.read_bytes()[begin:].decode()):
        how, _, rest = text.replace("\n\t", "\n").partition(": ")
        if kind == "DETAIL" and how == "parameters":
            found[-1]["params"] = [None if null else value.replace("''", "'") for null, value in PARAMETER.findall(rest)]
        elif how.startswith("execute "):
            found.append({"sql": rest, "params": [], "anew": how == "execute <unnamed>"})
        elif how == "statement" and found and end not in rest:  # before the first one: what a new connection is told
            found.append({"sql": rest, "params": None, "anew": False})
    return found
