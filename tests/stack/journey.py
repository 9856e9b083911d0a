"""From a push to the application: what the database says on the way."""
import time

from .processes import StackError

ENDED = ("success", "failed", "cancelled")


def wait_for(look, seconds, what):
    """Calls look() until it is true; its value. StackError with `what` when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        if time.monotonic() > end:
            raise StackError(f"after {seconds} s still waiting for {what}")
        time.sleep(0.2)


def build_of(stack, project, sha, seconds=30):
    """The number of the newest build of a commit."""
    sql = f"SELECT id FROM builds WHERE project_id = {project} AND commit_sha = '{sha}' ORDER BY id DESC LIMIT 1"
    return int(wait_for(lambda: stack.postgres.psql(sql), seconds, f"a build of {sha[:7]}"))


def build_state(stack, build):
    """status, phase, reason, message"""
    row = stack.postgres.psql(f"SELECT status, phase, coalesce(reason, ''), coalesce(message, '') FROM builds WHERE id = {build}")
    return row.split("\t")


def follow_build(stack, build, seconds, say):
    """Waits until the build has ended, telling each new phase. Its last status, reason and message."""
    seen = None
    end = time.monotonic() + seconds
    while True:
        status, phase, reason, message = build_state(stack, build)
        if (status, phase) != seen:
            seen = (status, phase)
            say(f"build {build}: {status}, {phase}")
        if status in ENDED:
            return status, reason, message
        if time.monotonic() > end:
            raise StackError(f"build {build} is still {status} ({phase}) after {seconds} s")
        time.sleep(0.2)


def follow_deployment(stack, build, seconds, say):
    """Waits until the deployment of a build has ended: its state and message; None where there is none: what is deployed by itself is
    there in the moment in which its build ends."""
    follow_build(stack, build, seconds, lambda text: None)
    seen = None
    end = time.monotonic() + seconds
    sql = f"SELECT id, state, coalesce(message, '') FROM deployments WHERE build_id = {build} ORDER BY id DESC LIMIT 1"
    while True:
        row = stack.postgres.psql(sql)
        if not row:
            return None
        number, state, message = row.split("\t")
        if state != seen:
            seen = state
            say(f"deployment {number}: {state}")
        if state not in ("pending", "deploying"):
            return state, message
        if time.monotonic() > end:
            raise StackError(f"the deployment of build {build} has not ended after {seconds} s")
        time.sleep(0.2)
