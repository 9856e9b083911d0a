"""Small files of state: NAME=value lines that a shell can source, readable by their owner alone."""
import os
import shlex


def write(path, values):
    """Writes atomically, with mode 0600 from the first byte on."""
    new = path.with_name(path.name + ".new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as f:
        for name, value in values.items():
            f.write(f"export {name}={shlex.quote(str(value))}\n")
    os.replace(new, path)


def read(path):
    """The values, {} when there is no such file."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    values = {}
    for word in shlex.split(text, comments=True):
        if "=" in word:
            name, _, value = word.partition("=")
            values[name] = value
    return values
