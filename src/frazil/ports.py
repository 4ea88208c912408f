"""Ports that a room declares and another fulfils; the composition roots introduce them to each other."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from frazil.model import VcsSource


class Locator(Protocol):
    """Finds where an index keeps a file that a lock names, by reading as little as one page."""

    def learn_root(self, index: str, project: str) -> str | None:
        """Return the file root of an index, learnt from one of its pages (remembered), or None."""
        ...

    def locate(self, index: str, project: str, filename: str, sha256: str) -> str | None:
        """Return the address of the file with that name and digest on the project's page, or None."""
        ...


class SharedCache(Protocol):
    """Keeps artifacts for several machines; what it hands out is verified like any download."""

    def fetch_artifact(self, sha256: str, size: int) -> AbstractContextManager[Iterator[bytes] | None]:
        """Stream an artifact's bytes, or give None for a miss.

        Raises OutsideError, then or while streaming: the artifact is fetched from its index instead, and what went
        wrong has been told. SharedCacheFailed is not to be borne.
        """
        ...

    def keep_artifact(self, sha256: str, size: int, path: Path) -> None:
        """Take a verified artifact into the cache, in the background and only if the run may write there."""
        ...


class VcsPacker(Protocol):
    """Packs a commit of a repository into the tar that a lock names."""

    def pack(self, source: VcsSource, filename: str) -> AbstractContextManager[Iterator[bytes]]:
        """Stream the tar's bytes, the same on every machine. Raises OutsideError."""
        ...
