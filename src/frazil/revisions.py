"""The repository's own past as git tells it: a file of a revision, what changed since; no network, no checkout."""

import contextlib
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from frazil.errors import UsageError
from frazil.processes import Program, started

_SECONDS = 60.0
_LARGEST_ANSWER = 64 * 1024 * 1024
_NEAR = 3
# Started from a hook, git would be told of an index and a folder that are not those that are meant.
_DROPPED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES")


class _GitSaysNo(Exception):
    """git ended with an error; the argument is the last thing it said."""


def read_at_revision(
    folder: Path, revision: str, path: str, *, environ: Mapping[str, str], limit: int = _LARGEST_ANSWER
) -> bytes | None:
    """Return a file as `git show REVISION:PATH` gives it, one byte more than `limit` at most; None without such a file.

    `path` counts from the top of the repository that `folder` lies in, with `./` before it from `folder`. An empty
    revision is what is staged. Raises UsageError for a revision, a repository or a git that is not there.
    """
    _refuse_option(revision, folder, environ)
    try:
        return _asked(folder, environ, "cat-file", "blob", f"{revision}:{path}", limit=limit)
    except _GitSaysNo:
        if revision:
            check_revision(folder, revision, environ=environ)
        else:
            _check_repository(folder, environ)
        return None


def check_revision(folder: Path, revision: str, *, environ: Mapping[str, str]) -> None:
    """Raise UsageError, with what may have been meant, for a revision that the repository does not have."""
    _refuse_option(revision, folder, environ)
    try:
        _asked(folder, environ, "rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}")
    except _GitSaysNo:
        raise _unknown(revision, folder, environ) from None


def changed_since(folder: Path, revision: str, *, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the files below a folder that are not as a revision has them: committed, staged, changed, new or gone.

    Paths are relative to the folder, sorted; what git ignores does not count. Raises UsageError.
    """
    check_revision(folder, revision, environ=environ)
    try:
        changed = _asked(
            folder, environ, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", revision, "--"
        )
        new = _asked(folder, environ, "ls-files", "--others", "--exclude-standard", "-z")
    except _GitSaysNo as said:
        raise UsageError(f"git cannot compare {folder} with {revision}: {said}") from None
    return tuple(sorted({path.decode("utf-8", "replace") for path in (changed + new).split(b"\0") if path}))


class RevisionFiles:
    """The regular files below a folder of the repository as a revision has them, read by one git for all of them."""

    def __init__(self, program: Program, blobs: Mapping[str, str]) -> None:
        self._program = program
        self._blobs = blobs

    @property
    def paths(self) -> Collection[str]:
        """The paths of all files, relative to the folder."""
        return self._blobs.keys()

    def read(self, path: str) -> bytes:
        """Return the bytes of a file that is there. Raises UsageError where git does not hand them out."""
        self._program.input.write(f"{self._blobs[path]}\n".encode())
        self._program.input.flush()
        head = self._program.output.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            raise UsageError(f"git does not hand out {path}")
        content = self._program.output.read(int(head[2]))
        self._program.output.read(1)  # the end of line behind every blob
        return content


@contextlib.contextmanager
def files_at_revision(
    folder: Path, revision: str, below: str, *, environ: Mapping[str, str]
) -> Iterator[RevisionFiles]:
    """Give the files of a revision below a path: from the top of the repository, or from `folder` after a `.`.

    Raises UsageError.
    """
    _refuse_option(revision, folder, environ)
    first, _, rest = below.partition("/")
    whole, inner = ((), rest) if first == "." else (("--full-tree",), below)
    prefix = f"{inner}/" if inner else ""
    try:
        listing = _asked(folder, environ, "ls-tree", "-r", "-z", *whole, revision)
    except _GitSaysNo:
        raise _unknown(revision, folder, environ) from None
    blobs = {}
    for entry in listing.split(b"\0"):
        facts, _, path = entry.decode("utf-8", "surrogateescape").partition("\t")
        if facts.startswith("100") and path.startswith(prefix):
            blobs[path.removeprefix(prefix)] = facts.split()[2]
    command = ("git", "cat-file", "--batch")
    with started(
        command,
        environ=_quiet(environ),
        folder=folder,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        seconds=_SECONDS,
    ) as program:
        yield RevisionFiles(program, blobs)


def _refuse_option(revision: str, folder: Path, environ: Mapping[str, str]) -> None:
    if revision.startswith("-") or "\0" in revision:
        raise _unknown(revision, folder, environ)


def _unknown(revision: str, folder: Path, environ: Mapping[str, str]) -> UsageError:
    _check_repository(folder, environ)
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    names = _asked(folder, environ, "for-each-ref", "--format=%(refname:short)").decode("utf-8", "replace").split()
    near = get_close_matches(revision, names, n=_NEAR, cutoff=0.6)
    hint = "a shallow clone may lack it: `git fetch` brings it"
    return UsageError(
        f'git knows no revision "{revision}" in {folder}',
        hint=f"did you mean {' or '.join(near)}?" if near else hint,
    )


def _check_repository(folder: Path, environ: Mapping[str, str]) -> None:
    try:
        _asked(folder, environ, "rev-parse", "--git-dir")
    except _GitSaysNo as said:
        raise UsageError(
            f"{folder} is in no git repository that can be read: {said}", hint="name the lock by its path"
        ) from None


def _asked(folder: Path, environ: Mapping[str, str], *words: str, limit: int = _LARGEST_ANSWER) -> bytes:
    """Run git in a folder and return what it says, one byte more than `limit` at most. Raises _GitSaysNo."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    with tempfile.TemporaryFile() as errors:
        try:
            with started(
                ("git", *words), environ=_quiet(environ), folder=folder, stderr=errors, seconds=_SECONDS
            ) as program:
                answer = program.output.read(limit + 1)
                complete = len(answer) > limit or program.wait() == 0
        except FileNotFoundError:
            raise UsageError("git is needed to read a revision, and is not on PATH", hint="install git") from None
        if not complete:
            errors.seek(0)
            said = errors.read(4096).decode("utf-8", "replace").strip().splitlines()
            raise _GitSaysNo(said[-1].strip().removeprefix("fatal: ") if said else "it does not say why")
    return answer


def _quiet(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that git runs in: it asks nobody, fetches nothing, locks nothing."""
    kept = {name: value for name, value in environ.items() if name not in _DROPPED}
    return {
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
    }
