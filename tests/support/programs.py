"""Programs that are asked who we are, written on the spot: each keeps a log of what it was asked."""

import json
import sys
from pathlib import Path
from typing import Any

_HELPER = """
import json, sys, time
question = sys.stdin.read()
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], question and json.loads(question)]) + chr(10))
{body}
"""
_KEYRING = """
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + chr(10))
known = {known!r}
words = tuple(sys.argv[1:])
if words not in known:
    print("canary: nothing known", file=sys.stderr)
    sys.exit(1)
print(known[words])
"""


def write_program(path: Path, body: str) -> Path:
    """Write a program in Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -I\n{body}")
    path.chmod(0o755)
    return path


def write_helper(path: Path, body: str) -> Path:
    """Write a credential helper whose body may use `question`; what it was asked is in a file beside it."""
    return write_program(path, _HELPER.format(log=f"{path}.log", body=body))


def says(token: str, **more: object) -> str:
    """Return the body of a helper that gives a bearer token whatever it is asked."""
    return f"print({json.dumps({'headers': {'Authorization': [f'Bearer {token}']}, **more})!r})"


def write_keyring(path: Path, known: dict[tuple[str, ...], str]) -> Path:
    """Write a `keyring` that knows what to print for some arguments."""
    return write_program(path, _KEYRING.format(log=f"{path}.log", known=known))


def asked(path: Path) -> list[Any]:
    """Return what a program was asked, in order."""
    log = Path(f"{path}.log")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
