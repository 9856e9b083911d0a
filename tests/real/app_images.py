"""The images of applications that tests put into real registries: a server that its environment tells how to misbehave, and those that are
broken by themselves."""
import random
import subprocess

from stack.images import Registry

SERVER = '''import http.server, os, sys, threading, time
def number(name, otherwise="0"):
    return float(os.environ.get(name, otherwise))
print("starting", flush=True)
time.sleep(number("DELAY"))
if os.environ.get("NEEDS"):
    print("connecting to", len(os.environ[os.environ["NEEDS"]]), flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = int(number("STATUS", "200")) if self.path == "/health" else 200
        text = os.environ.get("TEXT", "hello") + " " + os.environ.get("HYDROSIM_COMMIT", "")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *arguments):
        pass
def leak():
    time.sleep(number("LEAK_AFTER"))
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
        time.sleep(0.005)
def fill():
    time.sleep(number("FILL_AFTER"))
    with open("/tmp/filler", "wb") as f:
        for _ in range(200):
            f.write(b"x" * (1 << 20))
            f.flush()
            time.sleep(0.01)
for name, work in (("LEAK_AFTER", leak), ("FILL_AFTER", fill)):
    if os.environ.get(name):
        threading.Thread(target=work, daemon=True).start()
if os.environ.get("SILENT"):
    time.sleep(1e6)
host, port = os.environ.get("BIND", "0.0.0.0"), int(os.environ.get("LISTEN") or os.environ["PORT"])
print(f"Listening on http://{host}:{port}", flush=True)
http.server.ThreadingHTTPServer((host, port), Handler).serve_forever()
'''
NO_SHELL = r'''
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("PORT"))) };
	static const char page[] = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nno shell";
	char request[4096];
	int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(server, (struct sockaddr *)&at, sizeof at) || listen(server, 64))
		return 1;
	for (;;) {
		int client = accept(server, 0, 0);
		if (read(client, request, sizeof request) > 0)
			(void)!write(client, page, sizeof page - 1);
		close(client);
	}
}
'''
ARM = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\xb7\0\x01\0\0\0" + b"\0" * 100  # the head of an aarch64 program


class Images:
    """References by name; each image is made once."""

    def __init__(self, stack, folder):
        self.open = Registry(stack["REGISTRY"])
        self.private = Registry(stack["PRIVATE_REGISTRY"], stack["PRIVATE_REGISTRY_PUSH"], stack["PRIVATE_REGISTRY_CA"])
        self.python = (self.open, *stack["IMAGE_PYTHON"].removeprefix(stack["REGISTRY"] + "/").split(":"))
        self.busybox = (self.open, *stack["IMAGE_BUSYBOX"].removeprefix(stack["REGISTRY"] + "/").split(":"))
        self.folder = folder

    def _python(self, tag, script, registry=None, **config):
        return (registry or self.open).put("test/applications", tag, {"/app/app.py": script}, self.python, Cmd=["python3", "/app/app.py"], **config)

    def server(self, **config):
        return self._python("server", SERVER, **config)

    def second(self):
        """The same server, another image."""
        return self._python("second", SERVER + "\n# the second version\n")

    def as_user(self, user):
        return self._python(f"user-{user}", SERVER, User=user)

    def private_server(self):
        return self._python("server", SERVER, self.private)

    def crash(self, code=3):
        return self._python(f"crash-{code}", f"print('about to end with {code}', flush=True)\nraise SystemExit({code})\n")

    def zeros(self):
        """Its last words are in UTF-16, as a program for Windows writes them."""
        return self._python("zeros", "import sys\nsys.stdout.buffer.write('said in UTF-16'.encode('utf-16'))\nraise SystemExit(4)\n")

    def windows(self):
        """A script with the line ends of Windows."""
        return self.open.put("test/applications", "windows", {"/start.sh": (b"#!/bin/sh\r\nexec sleep 1000\r\n", 0o755)}, self.busybox, Cmd=["/start.sh"])

    def no_command(self):
        return self.open.put("test/applications", "no-command", {"/x": "x"}, self.busybox, Cmd=["/not/there"])

    def arm(self):
        return self.open.put("test/applications", "arm", {"/app": (ARM, 0o755)}, architecture="arm64", Cmd=["/app"])

    def missing(self):
        return f"{self.private.address}/test/applications@sha256:{'0' * 64}"

    def no_shell(self):
        source, program = self.folder / "no_shell.c", self.folder / "no_shell"
        source.write_text(NO_SHELL)
        subprocess.run(["cc", "-O2", "-static", "-o", program, source], check=True)
        return self.open.put("test/applications", "no-shell", {"/server": (program.read_bytes(), 0o755)}, Cmd=["/server"])

    def big(self, megabytes=500):
        """Bytes that no compression makes smaller; always the same, so that a registry that stays keeps them once."""
        source = random.Random(megabytes)
        ballast = b"".join(source.randbytes(1 << 20) for _ in range(megabytes))
        return self.open.put("test/applications", "big", {"/app/app.py": SERVER, "/app/ballast": ballast}, self.python,
                             Cmd=["python3", "/app/app.py"])
