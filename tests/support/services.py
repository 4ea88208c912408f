"""Start every real cache that can be had, on loopback, until Ctrl-C: `make services`.

One line for each: the address that `--remote-cache` takes and who one has to be there, or why it cannot be had.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.cache_programs import PROGRAMS, identity


def main() -> int:
    """Start them, say so, and wait; 1 when none can be had."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="frazil-services-")))
        started = 0
        for name, start in PROGRAMS.items():
            (folder / name).mkdir()
            try:
                address = stack.enter_context(start(folder / name))
            except pytest.skip.Exception as missing:
                print(f"missing   {name:10} {missing.msg}", file=sys.stderr)
            else:
                started += 1
                print(f"started   {name:10} {address}")
        if not started:
            print("error: no cache can be had", file=sys.stderr)
            return 1
        print("who one is to the buckets:", *(f"{name}={value}" for name, value in identity().items()), sep="\n  ")
        print("Ctrl-C ends them all", flush=True)
        _wait()
    return 0


def _wait() -> None:
    # Who only wants to see that they start closes the input.
    with contextlib.suppress(KeyboardInterrupt):
        while os.read(sys.stdin.fileno(), 1024):
            pass


if __name__ == "__main__":
    sys.exit(main())
