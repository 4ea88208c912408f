"""The door of the process: a run with nothing to do is answered here, before anything else is imported."""

import os
import sys


def main() -> int:
    """Run the command line on this process's arguments, environment and streams; return the exit code."""
    argv = sys.argv[1:]
    code = _replayed(argv)
    if code is not None:
        return code
    from frazil.cli.run import run_process  # noqa: PLC0415 - everything else, for everything else

    return run_process(argv)


def _replayed(argv: list[str]) -> int | None:
    """Offer the run to whoever remembers that there is nothing to do; None when nobody does."""
    try:
        from frazil.stamp import replay  # noqa: PLC0415 - later than this module, so that it can be timed alone
    except ImportError:
        return None
    return replay(argv, os.environ)
