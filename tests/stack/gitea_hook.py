#!/usr/bin/python3
"""What Gitea does after a push, for bare repositories: the same events, headers and body, signed, sent to the portal's endpoint.

Runs as a bare repository's post-receive hook and reads hook.json there: {"url", "secrets", "owner", "name", "id"}.
"""
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
import uuid

ZERO = "0" * 40
COMMITS_IN_BODY = 5  # Gitea's own limit: total_commits tells the truth


def git(repo, *args):
    return subprocess.run(["git", "-C", str(repo), *args], check=True, stdout=subprocess.PIPE, text=True, errors="replace").stdout


def user(login, number):
    return {"id": number, "login": login, "login_name": "", "source_id": 0, "full_name": "", "email": f"{login}@example.invalid",
            "avatar_url": "", "html_url": f"http://gitea.localhost/{login}", "language": "", "is_admin": False,
            "last_login": "0001-01-01T00:00:00Z", "created": "2026-01-01T00:00:00Z", "restricted": False, "active": False,
            "prohibit_login": False, "location": "", "website": "", "description": "", "visibility": "public",
            "followers_count": 0, "following_count": 0, "starred_repos_count": 0, "username": login}


def repository(owner, name, number):
    base = f"http://gitea.localhost/{owner}/{name}"
    return {"id": number, "owner": user(owner, number + 1000), "name": name, "full_name": f"{owner}/{name}", "description": "",
            "empty": False, "private": True, "fork": False, "template": False, "mirror": False, "size": 25, "language": "",
            "html_url": base, "ssh_url": f"ssh://git@gitea.localhost/{owner}/{name}.git", "clone_url": base + ".git",
            "default_branch": "main", "archived": False, "object_format_name": "sha1"}


def commit(repo, sha):
    text = git(repo, "show", "-s", "--format=%an%x00%ae%x00%cn%x00%ce%x00%cI%x00%B", sha)
    author, author_mail, committer, committer_mail, when, message = text.rstrip("\n").split("\0", 5)
    return {"id": sha, "message": message + "\n", "url": "",
            "author": {"name": author, "email": author_mail, "username": ""},
            "committer": {"name": committer, "email": committer_mail, "username": ""},
            "verification": None, "timestamp": when, "added": [], "removed": [], "modified": []}


def push_event(repo, hook, ref, before, after):
    """The body of a push, as a dict in Gitea's order."""
    shas = []
    if ref.startswith("refs/heads/"):
        shas = git(repo, "rev-list", *(["-1", after] if before == ZERO else [f"{before}..{after}"])).split() or [after]
    commits = [commit(repo, sha) for sha in shas[:COMMITS_IN_BODY]]
    pusher = user(hook["owner"], hook["id"] + 1000)
    return {"ref": ref, "before": before, "after": after, "compare_url": "", "commits": commits, "total_commits": len(shas),
            "head_commit": commit(repo, after), "repository": repository(hook["owner"], hook["name"], hook["id"]),
            "pusher": pusher, "sender": pusher}


def events(repo, hook, old, new, ref):
    """What Gitea sends for one changed ref: (event, body) in its order."""
    kind, short = ("tag", ref[10:]) if ref.startswith("refs/tags/") else ("branch", ref[11:])
    place = {"repository": repository(hook["owner"], hook["name"], hook["id"]), "sender": user(hook["owner"], hook["id"] + 1000)}
    if new == ZERO:
        yield "delete", {"ref": short, "ref_type": kind, "pusher_type": "user", **place}
        return
    if old == ZERO:
        yield "create", {"sha": new, "ref": short, "ref_type": kind, **place}
    yield "push", push_event(repo, hook, ref, old, new)


def encode(body):
    """JSON as Go's encoder writes it."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    for raw, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(raw, escaped)
    return text.encode()


def headers(event, raw, secret, delivery=None):
    """Gitea's headers for a raw body."""
    delivery = delivery or str(uuid.uuid4())
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    values = {"User-Agent": "Go-http-client/1.1", "Content-Type": "application/json"}
    for family in ("GitHub", "Gitea", "Gogs"):
        values |= {f"X-{family}-Delivery": delivery, f"X-{family}-Event": event, f"X-{family}-Event-Type": event}
    for family in ("GitHub", "Gitea"):
        values[f"X-{family}-Hook-Installation-Target-Type"] = "repository"
    values |= {"X-Gitea-Signature": digest, "X-Gogs-Signature": digest, "X-Hub-Signature-256": f"sha256={digest}",
               "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest(), "Accept-Encoding": "gzip"}
    return values


def deliver(url, event, raw, secret, timeout=30):
    """Sends one delivery, once, as Gitea does, which gives 5 s, to a portal that is no sanitized one. Status and answer; status 0: no
    answer."""
    request = urllib.request.Request(url, data=raw, headers=headers(event, raw, secret), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode("utf-8", "replace")
    except OSError as e:
        return 0, str(e)


def main():
    repo = pathlib.Path(os.environ.get("GIT_DIR") or ".").resolve()
    hook = json.loads((repo / "hook.json").read_text())
    for line in sys.stdin:
        old, new, ref = line.split()
        for event, body in events(repo, hook, old, new, ref):
            for secret in hook["secrets"]:
                status, _ = deliver(hook["url"], event, encode(body), secret)
                print(f"webhook {event} {ref}: {status or 'no answer'}", file=sys.stderr)


if __name__ == "__main__":
    main()
