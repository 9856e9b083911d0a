"""Git repositories: bare ones that call the portal as Gitea does, and the demo application that lives in them."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

from .processes import LONGEST, StackError

HOOK = pathlib.Path(__file__).with_name("gitea_hook.py")
IDENTITY = {"GIT_AUTHOR_EMAIL": "demo@example.invalid", "GIT_COMMITTER_EMAIL": "demo@example.invalid", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}

APP = '''"""A small web application: its page shows which push it comes from."""
import html
import http.server
import os

TEXT = {text!r}


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"<!DOCTYPE html><title>HydroSim demo</title><h1>{{html.escape(TEXT)}}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Page).serve_forever()
'''

DOCKERFILE = '''FROM {base}
WORKDIR /app
COPY app.py ./
RUN python3 -m py_compile app.py
{broken}EXPOSE 8000
CMD ["python3", "app.py"]
'''
BROKEN = "RUN echo 'this step fails on purpose' && exit 3\n"


def git(folder, *args, name="Demo"):
    """Runs git there, away from the person's own configuration. Its standard output; StackError with its words."""
    env = {**os.environ, **IDENTITY, "GIT_AUTHOR_NAME": name, "GIT_COMMITTER_NAME": name}
    for unwanted in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        env.pop(unwanted, None)
    done = subprocess.run(["git", "-C", str(folder), *map(str, args)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=LONGEST)
    if done.returncode:
        raise StackError(f"git {args[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def write_app(folder, text, base, broken=False):
    """The demo application's files, with the text on its page."""
    (folder / "app.py").write_text(APP.format(text=text))
    (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base, broken=BROKEN if broken else ""))


def commit_all(folder, message, name="Demo"):
    """Commits everything there and returns the commit."""
    git(folder, "add", "-A", name=name)
    git(folder, "commit", "-q", "--allow-empty", "-m", message, name=name)
    return git(folder, "rev-parse", "HEAD")


def create_bare(path, scratch, base, name="Demo"):
    """A bare repository with the demo application's first commit on main."""
    if (path / "HEAD").exists():
        return
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    git(scratch, "init", "-q", "-b", "main")
    write_app(scratch, "HydroSim demo", base)
    commit_all(scratch, "Begin", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    git(scratch, "clone", "-q", "--bare", scratch, path)
    git(path, "remote", "remove", "origin")
    git(path, "config", "receive.denyCurrentBranch", "ignore")
    git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
    shutil.rmtree(scratch)


def install_hook(path, url, secrets, number):
    """Makes the repository call the portal after each push, once for each project's secret."""
    settings = path / "hook.json"
    settings.touch(mode=0o600)
    settings.write_text(json.dumps({"url": url, "secrets": secrets, "owner": path.parent.name, "name": path.stem, "id": number}))
    script = path / "hooks" / "post-receive"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} "{HOOK}"\n')
    script.chmod(0o755)


def checkout(remote, folder):
    """A working copy of main that equals the remote's."""
    if not (folder / ".git").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        git(folder.parent, "clone", "-q", "-b", "main", remote, folder)
    git(folder, "remote", "set-url", "origin", remote)
    git(folder, "fetch", "-q", "origin", "main")
    git(folder, "checkout", "-q", "-B", "main", "FETCH_HEAD")
    return folder
