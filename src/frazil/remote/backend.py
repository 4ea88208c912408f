"""What a place must be able to do to be a shared cache: keep blobs by digest and small entries by key."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from frazil.remote.entry import Digest

CHUNK = 256 * 1024


class Body(Protocol):
    """Bytes to write, which can be read more than once."""

    @property
    def digest(self) -> Digest: ...

    def chunks(self) -> Iterator[bytes]: ...


class Backend(Protocol):
    """One place. It knows nothing of what the bytes mean; everything may raise a Fault. Used from several threads.

    `honours_conditions` says that `create_entry` never writes over an entry; None is not known yet.
    """

    honours_conditions: bool | None

    def read_entry(self, key: Digest) -> bytes | None:
        """Return the entry under a key, None for none; at most `LARGEST_ENTRY` bytes."""
        ...

    def create_entry(self, key: Digest, entry: bytes) -> bool:
        """Write an entry where there is none; False when there is one."""
        ...

    def replace_entry(self, key: Digest, entry: bytes) -> None:
        """Write an entry, whatever is there."""
        ...

    def read_blob(self, digest: Digest) -> AbstractContextManager[Iterator[bytes] | None]:
        """Stream a blob, or give None for a miss. What comes is for the reader to verify."""
        ...

    def has_blob(self, digest: Digest) -> bool:
        """Say whether a blob of that size is there; its bytes are not looked at."""
        ...

    def write_blob(self, body: Body) -> None:
        """Write a blob, whatever is there."""
        ...

    def close(self) -> None:
        """Let go of everything; who still waits for an answer gets a Fault."""
        ...
