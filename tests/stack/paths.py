"""Where things are: the checkout, its state folder, and short names for Unix sockets."""
import hashlib
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
VAR = ROOT / "var"
SOCKET_PATH_MAX = 107  # of sockaddr_un, without the last NUL


def build_dir():
    """The folder with the programs: PORTAL_BUILD_DIR, or what ./dev builds."""
    return pathlib.Path(os.environ.get("PORTAL_BUILD_DIR") or VAR / "build")


def socket_dir(home):
    """home/run, or a short symbolic link to it where a socket's path in it would be longer than the system allows."""
    run = home / "run"
    run.mkdir(parents=True, exist_ok=True)
    if len(str(run)) + len("/.s.PGSQL.5432.lock") <= SOCKET_PATH_MAX:
        return run
    name = hashlib.sha256(str(run).encode()).hexdigest()[:12]
    link = pathlib.Path(f"/tmp/.hydrosim-{os.getuid()}-{name}")
    if link.is_symlink() and os.lstat(link).st_uid == os.getuid() and os.readlink(link) == str(run):
        return link
    link.unlink(missing_ok=True)
    link.symlink_to(run)
    return link
