"""Keeping what a run with nothing to do said, so that `frazil.stamp` can say it again without the work."""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from frazil.atomic import make_cache_folder, make_folder, write_atomically
from frazil.cli.arguments import Arguments
from frazil.cli.screen import Said
from frazil.errors import DiskError
from frazil.evidence import UNSURE, Again, Evidence, Look
from frazil.regex import regex
from frazil.stamp import MILLISECONDS, SECONDS, Fact, format_stamp, stamp_place
from frazil.stamp import Again as Words

_TIME_IN_TEXT = regex(r"(?<=, )[0-9.]+ m?s(?=\)$)", re.MULTILINE)
_TIME_IN_JSON = regex(r'(?<="seconds": )[0-9.e-]+')


def keep_stamp(argv: Sequence[str], arguments: Arguments, evidence: Evidence, said: Said, then: Said | None) -> None:
    """Keep what this process said for the next one with the same command line, folder and environment.

    `said` goes for one that finds all as it is now, `then` for one that finds the output gone and brings it back. A dry
    run leaves no stamp, nor does one whose words tell more than that all is well. One that checks does: a stamp changes
    no answer, only how long it takes.
    """
    if arguments.dry_run or arguments.no_cache or arguments.verbose or arguments.trace:
        return
    place = stamp_place(list(argv), os.environ)
    if place is None or any(look.sha256 == UNSURE for look in evidence.looked_at):
        return
    again = None if arguments.check or then is None else evidence.again
    if evidence.outputs is None and again is None:
        return
    stamp = format_stamp(
        [_fact(look, look.changed_ns) for look in evidence.looked_at if look.sha256 is None],
        [(look.path, look.sha256) for look in evidence.looked_at if look.sha256 is not None],
        evidence.absent,
        # Whoever links a file of the store again changes its status, and nothing that counts.
        None if evidence.outputs is None else [_fact(look, 0) for look in evidence.outputs],
        said=_timeless(said, json=arguments.json),
        again=None if again is None else _words(again),
        said_then=_timeless(then or Said("", ""), json=arguments.json),
    )
    path = Path(place)
    # Without it, the next run is as long as this one.
    with contextlib.suppress(DiskError):
        make_cache_folder(path.parent.parent)
        make_folder(path.parent)
        write_atomically(path, stamp, durable=False)


def _words(again: Again) -> Words:
    return (
        again.store,
        again.cache,
        again.lock,
        again.out,
        again.mode,
        again.targets,
        again.environments,
        again.links,
    )


def _timeless(said: Said, *, json: bool) -> tuple[str, str]:
    return timeless(said.out, json=json), timeless(said.err, json=False)


def _fact(look: Look, changed_ns: int) -> Fact:
    return look.path, look.size, look.mtime_ns, look.inode, changed_ns


def timeless(text: str, *, json: bool) -> str:
    """Return a text with a place for the next run's time where it tells how long this one took."""
    return _TIME_IN_JSON.sub(SECONDS, text) if json else _TIME_IN_TEXT.sub(MILLISECONDS, text)
