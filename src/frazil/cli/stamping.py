"""Keeping what a run with nothing to do said, so that `frazil.stamp` can say it again without the work."""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from frazil.atomic import make_cache_folder, make_folder, write_atomically
from frazil.cli.arguments import Arguments
from frazil.errors import DiskError
from frazil.evidence import Evidence
from frazil.regex import regex
from frazil.stamp import MILLISECONDS, SECONDS, format_stamp, stamp_place

_TIME_IN_TEXT = regex(r"(?<=, )[0-9.]+ m?s(?=\)$)", re.MULTILINE)
_TIME_IN_JSON = regex(r'(?<="seconds": )[0-9.e-]+')


def keep_stamp(argv: Sequence[str], arguments: Arguments, evidence: Evidence, *, out: str, err: str) -> None:
    """Keep what this process said for the next one with the same command line, folder and environment.

    A run that must write nothing leaves none, nor does one whose words tell more than that all is well.
    """
    if arguments.check or arguments.dry_run or arguments.no_cache or arguments.verbose or arguments.trace:
        return
    place = stamp_place(list(argv), os.environ)
    if place is None:
        return
    stamp = format_stamp(
        list(evidence.looked_at),
        list(evidence.absent),
        list(evidence.outputs),
        out=timeless(out, json=arguments.json),
        err=timeless(err, json=False),
    )
    if stamp is None:
        return
    path = Path(place)
    # Without it, the next run is as long as this one.
    with contextlib.suppress(DiskError):
        make_cache_folder(path.parent.parent)
        make_folder(path.parent)
        write_atomically(path, stamp, durable=False)


def timeless(text: str, *, json: bool) -> str:
    """Return a text with a place for the next run's time where it tells how long this one took."""
    return _TIME_IN_JSON.sub(SECONDS, text) if json else _TIME_IN_TEXT.sub(MILLISECONDS, text)
