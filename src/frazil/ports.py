"""Ports that a room declares and another fulfils; the composition roots introduce them to each other."""

from typing import Protocol


class Locator(Protocol):
    """Finds where an index keeps a file that a lock names, by reading as little as one page."""

    def learn_root(self, index: str, project: str) -> str | None:
        """Return the file root of an index, learnt from one of its pages (remembered), or None."""
        ...

    def locate(self, index: str, project: str, filename: str, sha256: str) -> str | None:
        """Return the address of the file with that name and digest on the project's page, or None."""
        ...
