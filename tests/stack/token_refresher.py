#!/usr/bin/python3
"""Keeps a ServiceAccount's token file fresh, as a kubelet does: a new short-lived token every SECONDS, put in place by a rename.

Usage: token_refresher.py KUBECTL KUBECONFIG NAMESPACE FOLDER SECONDS
"""
import os
import pathlib
import subprocess
import sys
import time

LIFE = "10m"  # the shortest that an API server gives


def refresh(kubectl, kubeconfig, namespace, folder):
    """Writes folder/token; False when the API server does not answer."""
    done = subprocess.run([kubectl, "--kubeconfig", kubeconfig, "-n", namespace, "create", "token", "portal-backend-sa",
                           "--duration", LIFE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=30)
    if done.returncode or not done.stdout.strip():
        return False
    new = pathlib.Path(folder) / "token.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as f:
        f.write(done.stdout)
    os.replace(new, pathlib.Path(folder) / "token")
    return True


def main():
    kubectl, kubeconfig, namespace, folder, seconds = sys.argv[1:]
    while True:
        try:
            fresh = refresh(kubectl, kubeconfig, namespace, folder)
        except subprocess.TimeoutExpired:
            fresh = False
        print(time.strftime("%H:%M:%S"), "a new token" if fresh else "no token: trying again", flush=True)
        time.sleep(float(seconds) if fresh else 5)


if __name__ == "__main__":
    main()
