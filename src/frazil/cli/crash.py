"""An error that nobody foresaw: a report file for its author, one sentence for its finder, never a traceback."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from frazil.errors import FrazilError, cleaned

_LIBRARIES = ("frazil", "resolvelib", "packaging", "httpx", "cachecontrol", "pip", "rich", "tomlrt")
_MOST_CHARACTERS = 200_000


def as_bug(error: BaseException, argv: Sequence[str], environ: Mapping[str, str]) -> FrazilError:
    """Write a report of an unforeseen error and return what to tell about it.

    The report holds the traceback, versions and the names (never the values) of the variables that matter.
    """
    what = f"{type(error).__name__}: {error}".rstrip(": ").partition("\n")[0][:300]
    told = f"frazil has a bug: {what}"
    try:
        path = write_report(error, argv, environ)
    except OSError as trouble:
        reason = (trouble.strerror or type(trouble).__name__).lower()
        return FrazilError(told, hint=f"no report could be written to the temporary folder ({reason})")
    return FrazilError(
        told, details=(f"report  {path}",), hint="please send the report file to the maintainers of frazil"
    )


def write_report(error: BaseException, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Write the report to a new file of the temporary folder, readable by its owner only; return its path."""
    descriptor, path = tempfile.mkstemp(prefix="frazil-report-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(format_report(error, argv, environ))
    return path


def format_report(error: BaseException, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the report's text, without credentials."""
    trace = "".join(traceback.format_exception(error))
    if len(trace) > _MOST_CHARACTERS:
        trace = f"{trace[: _MOST_CHARACTERS // 2]}\n[…]\n{trace[-_MOST_CHARACTERS // 2 :]}"
    variables = sorted(name for name in environ if name.startswith(("FRAZIL_", "PIP_")))
    facts = [
        "frazil report",
        f"command    frazil {' '.join(argv)}",
        f"python     {sys.version.partition(' ')[0]} ({platform.python_implementation()})",
        f"platform   {platform.platform()}",
        f"libraries  {', '.join(f'{name} {_version(name)}' for name in _LIBRARIES)}",
        f"variables  {', '.join(variables) or 'none'}",
    ]
    return cleaned("\n".join([*facts, "", trace]))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
