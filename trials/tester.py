"""A process that has loaded what tests need, and forks for each run of some tests: a run begins in a few milliseconds.

It reads lines of JSON (`[seconds, [argument, …]]`) and answers each with an exit code, -1 when time was up. Nothing of
frazil is loaded before it forks: that is what changes between runs.
"""

import importlib
import json
import os
import resource
import signal
import sys
import time

_LOADED = ("pytest", "hypothesis.stateful", "httpx", "cachecontrol", "msgspec", "jsonschema")
_MEMORY = 4 << 30


def _run(arguments: list[str]) -> int:
    import pytest

    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    return int(pytest.main(arguments))


def _wait(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _end(child)
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    _end(child)
    os.waitpid(child, 0)
    return -1


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _serve() -> None:
    for name in _LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        seconds, arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                os._exit(_run(arguments))
            finally:
                os._exit(70)
        print(_wait(child, seconds), flush=True)


if __name__ == "__main__":
    _serve()
