"""The door of the process: a run with nothing to do is answered here, before anything else is imported."""

import os
import sys


def main() -> int:
    """Run the command line on this process's arguments, environment and streams; return the exit code."""
    argv = sys.argv[1:]
    from frazil.stamp import replay  # noqa: PLC0415 - after this module, so that it can be told apart

    code = replay(argv, os.environ)
    if code is not None:
        return code
    from frazil.cli.run import run_process  # noqa: PLC0415 - everything else, for everything else

    return run_process(argv)
