"""Bringing a tool's folder into the state that a case begins from: never timed."""

import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.measuring import Replay
from benchmarks.tools import Command, Place, Tool

_SETTLING_SECONDS = 2.5
"""How long a file must lie untouched before its time alone tells that it did not change."""


class StagingFailed(Exception):
    """A tool could not do what its case builds upon."""


def stage(case: Case, tool: Tool, place: Place, replay: Replay, *, first: bool) -> None:
    """Make ready for one run. `first` is the first one of a case: what runs leave as they found it is made then.

    Raises StagingFailed.
    """
    replay.set(max_age=0 if case.state == "stale cache" else 86_400)
    if tool.role == "limit":
        _clear(place.out)
        tool.write(place)
        return
    match case.state:
        case "empty":
            _clear(place.cache, place.project)
            tool.write(place)
        case "fresh cache":
            _stage_cache(tool, place, first=first)
        case "stale cache":
            _stage_stale(tool, place, first=first)
        case "edited":
            _stage_edited(tool, place)
        case "done":
            _stage_done(case, tool, place, first=first)
        case "locked":
            _stage_locked(tool, place)
            _clear(place.cache)
        case "stored":
            _stage_stored(tool, place, first=first)
    replay.set(latency=case.latency, max_age=0 if case.state == "stale cache" else 86_400)


def _stage_cache(tool: Tool, place: Place, *, first: bool) -> None:
    if first:
        resolve_once(tool, place)
        _copy(place.kept("cache"), place.cache)
    _clear(place.project)
    tool.write(place)


def _stage_stale(tool: Tool, place: Place, *, first: bool) -> None:
    """The answers of the index said that they were stale at once: a cache that holds them stays stale for ever."""
    if first:
        _clear(place.cache, place.project)
        tool.write(place)
        obey(tool, place, tool.deeds["resolve"](place))
    _clear(place.project)
    tool.write(place)


def _stage_edited(tool: Tool, place: Place) -> None:
    resolve_once(tool, place)
    _copy(place.kept("cache"), place.cache)
    _clear(place.project)
    tool.write(replace(place, workload=place.workload.changed()))
    _copy(place.kept(tool.lock), place.project / tool.lock)


def _stage_done(case: Case, tool: Tool, place: Place, *, first: bool) -> None:
    if not first:
        return
    _stage_locked(tool, place)
    _copy(place.kept("cache"), place.cache)
    command = tool.deeds[case.deed](place)
    obey(tool, place, command)
    if tool.role == "subject":
        # It remembers that there is nothing to do, once its files are old enough to be told apart.
        time.sleep(_SETTLING_SECONDS)
        obey(tool, place, command)


def _stage_locked(tool: Tool, place: Place) -> None:
    resolve_once(tool, place)
    _clear(place.project)
    tool.write(place)
    _copy(place.kept(tool.lock), place.project / tool.lock)
    _freshen(tool, place)


def _stage_stored(tool: Tool, place: Place, *, first: bool) -> None:
    if first:
        _stage_locked(tool, place)
        obey(tool, place, tool.deeds["fetch"](place))
    _freshen(tool, place)


def _freshen(tool: Tool, place: Place) -> None:
    _clear(place.out)
    command = tool.fresh(place)
    if command is not None:
        obey(tool, place, command)


def resolve_once(tool: Tool, place: Place) -> None:
    """Keep the cache and the lock of a first resolve, which other cases begin from."""
    if place.kept(tool.lock).exists():
        return
    _clear(place.cache, place.project)
    tool.write(place)
    obey(tool, place, tool.deeds["resolve"](place))
    _copy(place.cache, place.kept("cache"))
    _copy(place.project / tool.lock, place.kept(tool.lock))


def obey(tool: Tool, place: Place, command: Command) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=place.project, env=tool.environ(place), capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode:
        raise StagingFailed(f"{tool.name}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")


def _clear(*paths: Path) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    _clear(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        target.mkdir()  # a tool that keeps nothing
    elif source.is_dir():
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    else:
        shutil.copy2(source, target)
