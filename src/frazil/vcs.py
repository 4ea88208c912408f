"""git as a subprocess: which commit a revision is, what lies in it, and the tar that a lock names it by.

A repository is kept bare in the cache, by the digest of its address, and holds only what was asked of it: one commit
without its history where the server hands that out. No hook and no filter runs, no submodule is followed, no
password is asked for, and git may speak only the protocol that the address names, or a safer one.
"""

import contextlib
import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from frazil.atomic import disk_errors, make_cache_folder, writes_forbidden
from frazil.errors import (
    ArtifactGone,
    AuthenticationError,
    ConfigurationError,
    IndexUnreachable,
    IntegrityError,
    Offline,
)
from frazil.events import Noted
from frazil.git_tar import TreeEntry, tar_chunks
from frazil.locks import locked
from frazil.model import VcsSource
from frazil.processes import Program, started
from frazil.regex import regex
from frazil.settings import Settings
from frazil.values import dataclass

COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
LARGEST_TREE = 4 * 1024 * 1024 * 1024
MOST_FILES = 250_000
"""Bytes and files of one commit; more are refused."""

_FOLDER = "git-v1"
_SCHEMES = frozenset({"https", "ssh", "http", "git", "file"})
_SHORT = regex(r"[0-9a-f]{7,63}")
_LARGEST_ANSWER = 64 * 1024 * 1024
_CHUNK = 256 * 1024
_SECONDS = 900.0
# A hook of somebody's git may have started us: where its repository lies is none of our business.
_DROPPED = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    *("GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_CEILING_DIRECTORIES"),
)
_QUIET = (
    *(
        "-c",
        f"core.hooksPath={os.devnull}",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "gc.auto=0",
        "-c",
        "maintenance.auto=0",
    ),
    *("-c", "advice.detachedHead=false", "-c", "init.defaultBranch=main", "-c", "fetch.recurseSubmodules=false"),
)
_DENIED = regex(
    r"could not read (?:Username|Password)|Authentication failed|Permission denied|terminal prompts disabled"
    r"|HTTP (?:401|403)|returned error: 40[13]|Host key verification failed",
    re.IGNORECASE,
)


class _GitFailed(Exception):
    """git ended with an error; `lines` are what it said last."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines
        super().__init__(lines[-1] if lines else "git said nothing")


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """The tar of a commit: its digest, its size in bytes, and the submodules that it leaves out."""

    sha256: str
    size: int
    submodules: tuple[str, ...] = ()


class Git:
    """Reads repositories by their addresses; for a whole run, from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Remove what was kept for this run alone."""
        if self._temporary is not None:
            self._temporary.cleanup()

    def resolve(self, url: str, revision: str | None) -> str:
        """Return the commit that a revision is now: a branch, else a tag, else a commit; HEAD for None.

        Raises ConfigurationError for a revision that the repository does not have, OutsideError.
        """
        if revision is not None and COMMIT.fullmatch(revision):
            return revision
        self._refuse_offline(url)
        found = self._advertised(url)
        wanted = ("HEAD",) if revision is None else (f"refs/heads/{revision}", f"refs/tags/{revision}", revision)
        for name in wanted:
            # What an annotated tag is a tag of, else what a name stands for.
            commit = found.get(f"{name}^{{}}") or found.get(name)
            if commit is not None:
                return commit
        if revision is not None and _SHORT.fullmatch(revision):
            commit = self._abbreviated(url, revision)
            if commit is not None:
                return commit
        raise ConfigurationError(
            f"{url} has no revision {revision}" if revision else f"{url} has no commit yet",
            hint="a branch, a tag or a full commit hash is known by name",
        )

    def read_file(self, source: VcsSource, path: str) -> bytes | None:
        """Return one file of a commit, below its subdirectory; None where it has none. Raises OutsideError."""
        where = f"{source.subdirectory}/{path}" if source.subdirectory else path
        with self._holding(source) as repository:
            try:
                return self._ask(repository, "cat-file", "blob", f"{source.commit_id}:{where}")
            except _GitFailed:
                return None

    def describe_tar(self, source: VcsSource, filename: str) -> TreeFacts:
        """Return the digest and size of the tar that `pack` would stream. Raises OutsideError, IntegrityError."""
        digest, size = hashlib.sha256(), 0
        with self.pack(source, filename) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
        with self._holding(source) as repository:
            _, submodules = self._tree(repository, source)
        return TreeFacts(digest.hexdigest(), size, submodules)

    @contextlib.contextmanager
    def pack(self, source: VcsSource, filename: str) -> Iterator[Iterator[bytes]]:
        """Stream a commit as a tar with fixed metadata, the same bytes on every machine.

        Its one root folder is `filename` without its ending. Raises OutsideError, IntegrityError.
        """
        with self._holding(source) as repository:
            entries, _ = self._tree(repository, source)
            with self._git("-C", str(repository), "cat-file", "--batch", stdin=subprocess.PIPE) as program:
                blobs = _Blobs(program, source)
                yield tar_chunks(filename.removesuffix(".tar"), entries, blobs.read)

    def check_out(self, source: VcsSource, folder: Path) -> None:
        """Lay a commit out in a new folder, with its history and tags: for backends that ask git for a version.

        Raises OutsideError.
        """
        with self._holding(source, history=True) as repository:
            # Only this machine's disk is read from here on, so that no configuration (of filters) has a say.
            alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file"}
            try:
                self._ask(None, "clone", "--quiet", "--shared", "--no-checkout", str(repository), str(folder), **alone)
                self._ask(folder, "checkout", "--quiet", "--detach", source.commit_id, **alone)
            except _GitFailed as failed:
                raise self._outside(source.url, failed) from None

    # Repositories -----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _holding(self, source: VcsSource, *, history: bool = False) -> Iterator[Path]:
        """Give a repository that holds a commit, its history and tags too where those are asked for."""
        with self._filling(source.url) as repository:
            if not self._has(repository, source.commit_id, history=history):
                self._refuse_offline(source.url)
                self._settings.reporter(Noted(f"git: fetching {source.commit_id[:12]} of {source.url}"))
                self._fetch(repository, source, history=history)
        yield repository

    @contextlib.contextmanager
    def _filling(self, url: str) -> Iterator[Path]:
        """Give the repository that stands for an address, locked as long as something may be put into it."""
        name = hashlib.sha256(url.encode()).hexdigest()[:32]
        if self._settings.no_cache or writes_forbidden():
            with self._lock:
                yield self._initialised(self._temporary_folder() / name)
            return
        place = self._settings.cache / _FOLDER / name
        make_cache_folder(self._settings.cache)
        with locked(place.with_suffix(".lock")):
            yield self._initialised(place)

    def _temporary_folder(self) -> Path:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="frazil-git-", ignore_cleanup_errors=True)
        return Path(self._temporary.name)

    def _initialised(self, place: Path) -> Path:
        if not (place / "HEAD").is_file():
            try:
                self._ask(None, "init", "--quiet", "--bare", "--template=", str(place))
            except _GitFailed as failed:
                with disk_errors("write", place):
                    raise OSError(None, str(failed)) from None
        return place

    def _has(self, repository: Path, commit: str, *, history: bool) -> bool:
        if history and ((repository / "shallow").exists() or not self._ask(repository, "for-each-ref", "refs/heads")):
            return False
        try:
            self._ask(repository, "cat-file", "-e", f"{commit}^{{commit}}")
        except _GitFailed:
            return False
        return True

    def _fetch(self, repository: Path, source: VcsSource, *, history: bool) -> None:
        """Fetch one commit alone where the server gives it, else all that the server has."""
        commit, url = source.commit_id, source.url
        if not history:
            try:
                keeping = f"+{commit}:refs/frazil/{commit}"
                self._ask(repository, "fetch", "--quiet", "--no-tags", "--depth=1", "--", url, keeping, asks=url)
            except _GitFailed as failed:
                if _DENIED.search("\n".join(failed.lines)):
                    raise self._outside(url, failed) from None
            else:
                return
        self._fetch_all(repository, url, source.requested_revision)
        if not self._has(repository, commit, history=False):
            raise ArtifactGone(
                f"{url} does not have the commit {commit} any more",
                hint="run `frazil resolve -P NAME` to take the one that its revision is now",
            )

    def _fetch_all(self, repository: Path, url: str, revision: str | None = None) -> None:
        deeper = ("--unshallow",) if (repository / "shallow").exists() else ()
        everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        if revision is not None and revision.startswith("refs/"):
            everything.append(f"+{revision}:refs/frazil/{revision}")
        try:
            self._ask(repository, "fetch", "--quiet", "--tags", "--force", *deeper, "--", url, *everything, asks=url)
        except _GitFailed as failed:
            raise self._outside(url, failed) from None

    def _abbreviated(self, url: str, revision: str) -> str | None:
        """Return the commit that the beginning of a hash stands for, which only the whole history tells."""
        with self._filling(url) as repository:
            self._fetch_all(repository, url)
            try:
                answer = self._ask(repository, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            except _GitFailed:
                return None
            return answer.decode().strip()

    def _advertised(self, url: str) -> dict[str, str]:
        """Return what a server's names stand for now."""
        try:
            answer = self._ask(None, "ls-remote", "--quiet", "--", url, asks=url).decode("utf-8", "replace")
        except _GitFailed as failed:
            raise self._outside(url, failed) from None
        lines = (line.partition("\t") for line in answer.splitlines())
        return {name: commit for commit, _, name in lines if COMMIT.fullmatch(commit)}

    def _tree(self, repository: Path, source: VcsSource) -> tuple[list[TreeEntry], tuple[str, ...]]:
        """List the files of a commit, and its submodules."""
        listing = self._ask(repository, "ls-tree", "-r", "-z", "-l", "--full-tree", source.commit_id)
        entries, submodules, size = [], [], 0
        for line in filter(None, listing.split(b"\0")):
            facts, _, path = line.partition(b"\t")
            mode, _, name, length = facts.split()
            if mode == b"160000":
                submodules.append(path.decode("utf-8", "replace"))
                continue
            entries.append(TreeEntry(path, mode.decode(), name.decode(), int(length)))
            size += int(length)
        if size > LARGEST_TREE or len(entries) > MOST_FILES:
            raise IntegrityError(f"{source.url} at {source.commit_id} is too large: {len(entries)} files, {size} bytes")
        return entries, tuple(submodules)

    # git --------------------------------------------------------------------------------------------------

    def _ask(self, repository: Path | None, *words: str, asks: str | None = None, **variables: str) -> bytes:
        """Run git and return what it says. Raises _GitFailed."""
        where = () if repository is None else ("-C", str(repository))
        with tempfile.TemporaryFile() as errors:
            with self._git(*where, *words, asks=asks, stderr=errors, variables=variables) as program:
                answer = program.output.read(_LARGEST_ANSWER + 1)
                complete = len(answer) <= _LARGEST_ANSWER and program.wait() == 0
                if program.expired:
                    raise _GitFailed((f"git took more than {_SECONDS:g} seconds",))
            if not complete:
                errors.seek(0)
                said = errors.read(64 * 1024).decode("utf-8", "replace").splitlines()
                raise _GitFailed(tuple(line.strip() for line in said if line.strip())[-20:])
        return answer

    @contextlib.contextmanager
    def _git(
        self,
        *words: str,
        asks: str | None = None,
        stdin: int = subprocess.DEVNULL,
        stderr: int | IO[bytes] = subprocess.DEVNULL,
        variables: Mapping[str, str] | None = None,
    ) -> Iterator[Program]:
        command: Sequence[str] = ("git", *_QUIET, *words)
        environ = {**self._environ(asks), **(variables or {})}
        try:
            with started(command, environ=environ, stdin=stdin, stderr=stderr, seconds=_SECONDS) as program:
                yield program
        except FileNotFoundError:
            raise ConfigurationError("git is needed and is not on PATH", hint="install git") from None

    def _environ(self, url: str | None) -> dict[str, str]:
        kept = {
            name: value
            for name, value in self._settings.environ.items()
            if name not in _DROPPED and not name.startswith("FRAZIL_")
        }
        # What an address names may be rewritten to something safer (`insteadOf`), and to nothing that runs a program.
        protocols = {"https", "ssh", _scheme(url)} if url is not None else {"file"}
        return {
            **kept,
            "GIT_ALLOW_PROTOCOL": ":".join(sorted(protocols)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "SSH_ASKPASS_REQUIRE": "never",
            "LC_ALL": "C",
        }

    def _refuse_offline(self, url: str) -> None:
        if self._settings.offline and not url.startswith("file:"):
            raise Offline(f"{url} is needed, and offline nothing is asked of it", hint="run once without `--offline`")

    @staticmethod
    def _outside(url: str, failed: _GitFailed) -> AuthenticationError | IndexUnreachable:
        details = failed.lines
        if _DENIED.search("\n".join(details)):
            hint = "git asks its own credential helpers, ssh keys and netrc; see that `git ls-remote` works there"
            return AuthenticationError(f"{url} lets nobody in without credentials", details=details, hint=hint)
        return IndexUnreachable(f"git cannot read {url}", details=details)


def _scheme(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise ConfigurationError(f"{url} is no address of a git repository", hint="https, ssh and file are known")
    return scheme


class _Blobs:
    """Asks one `git cat-file --batch` for blob after blob."""

    def __init__(self, program: Program, source: VcsSource) -> None:
        self._program = program
        self._source = source

    def read(self, entry: TreeEntry) -> Iterator[bytes]:
        try:
            self._program.input.write(f"{entry.blob}\n".encode())
            self._program.input.flush()
        except OSError:
            raise self._broken() from None
        head = self._program.output.readline().split()
        if head[1:] != [b"blob", str(entry.size).encode()]:
            raise self._broken()
        left = entry.size
        while left:
            chunk = self._program.output.read(min(left, _CHUNK))
            if not chunk:
                raise self._broken()
            left -= len(chunk)
            yield chunk
        self._program.output.read(1)  # the end of line behind every blob

    def _broken(self) -> IndexUnreachable:
        return IndexUnreachable(f"git does not hand out the files of {self._source.url} at {self._source.commit_id}")
