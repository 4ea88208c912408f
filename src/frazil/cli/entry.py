"""The door of the process: a run with nothing to do is answered here, before anything else is imported."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from frazil.stamp import Again as Words


def process() -> "NoReturn":
    """Be the process: run the command line and end with its exit code, at once.

    The interpreter would take its whole heap apart first, which takes 10 ms and more; every thread that may still be
    there is one that nobody waits for.
    """
    try:
        code = main()
    except KeyboardInterrupt:  # before the run could listen to signals, or after it
        if sys.stderr is not None:
            sys.stderr.write("error: interrupted\n")
        code = 130
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):  # whoever read it is gone, or it was never there
            continue
    os._exit(code)


def main() -> int:
    """Run the command line on this process's arguments, environment and streams; return the exit code."""
    argv = sys.argv[1:]
    from frazil.stamp import replay  # noqa: PLC0415 - after this module, so that it can be told apart

    code = replay(argv, os.environ, relink=_relink)
    if code is not None:
        return code
    from frazil.cli.run import run_process  # noqa: PLC0415 - everything else, for everything else

    return run_process(argv)


def _relink(again: "Words") -> bool:
    from frazil.evidence import Again  # noqa: PLC0415 - only where an output is gone
    from frazil.relinking import relink  # noqa: PLC0415

    store, cache, lock, out, mode, targets, environments, links = again
    return relink(
        Again(
            store=store,
            cache=cache,
            lock=lock,
            out=out,
            mode=mode,
            targets=targets,
            environments=environments,
            links=links,
        )
    )
