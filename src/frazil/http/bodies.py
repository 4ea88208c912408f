"""Bodies: read within limits and at a least speed, and taken up again where a connection broke."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from frazil.errors import IndexAnswerError, IndexUnreachable
from frazil.http.answers import WHOLE, Incoming, Stream, shown
from frazil.http.patience import Patience, Transient

LEAST_BYTES_PER_SECOND = 1000
"""Once a server has let us wait for twice the time-out in all, slower ones are left."""

_WORTH_READING = 64 * 1024


class Exchange:
    """One request that was answered, its body still to be read.

    `account` is told once, when it is closed: address, status, bytes received, when it began.
    """

    def __init__(
        self,
        url: str,
        incoming: Incoming,
        began: float,
        timeout: float,
        account: Callable[[str, int, int, float], None],
    ) -> None:
        self.url = url
        self.status = incoming.status
        self.headers: Mapping[str, str] = incoming.headers
        self.received = 0
        self._incoming = incoming
        self._began = began
        self._timeout = timeout
        self._account = account
        self._closed = False
        self._body = self._read()

    @property
    def length(self) -> int | None:
        """The length that the server states for this body."""
        value = self.headers.get("content-length", "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None

    def chunks(self) -> Iterator[bytes]:
        """Yield what is still to come of the body, packed or not; raise Transient where it breaks off."""
        return self._body

    def read(self, limit: int | None) -> bytes:
        """Read a body of at most so many bytes. Raises IndexAnswerError for more, Transient."""
        pieces = []
        # A stated length that is too much is not even begun.
        size = self.length or 0
        for chunk in self.chunks() if limit is None or size <= limit else ():
            pieces.append(chunk)
            size = self.received
            if limit is not None and size > limit:
                break
        if limit is not None and size > limit:
            raise IndexAnswerError(f"{shown(self.url)} is larger than {limit} bytes")
        return b"".join(pieces)

    def close(self) -> None:
        """Give the connection back, or cut it where more than a little is left unread."""
        if self._closed:
            return
        self._closed = True
        try:
            if self.length is not None and self.length <= _WORTH_READING:
                with contextlib.suppress(Transient):
                    for _ in self._body:
                        pass
            self._incoming.close()
        finally:
            self._account(self.url, self.status, self.received, self._began)

    def _read(self) -> Iterator[bytes]:
        waited = 0.0
        began = time.monotonic()
        for chunk in self._incoming.chunks():
            waited += time.monotonic() - began
            self.received += len(chunk)
            # Each byte of a drip comes in time, and the last one never would.
            if waited > 2 * self._timeout and self.received < waited * LEAST_BYTES_PER_SECOND:
                raise Transient(f"{shown(self.url)} sends less than {LEAST_BYTES_PER_SECOND} bytes a second", cost=2)
            yield chunk
            began = time.monotonic()
        if self.length not in {None, self.received} and "transfer-encoding" not in self.headers:
            raise Transient(f"{shown(self.url)} ended after {self.received} of {self.length} bytes")


class Download:
    """A body of any length that goes on where a connection broke.

    `ask` makes the request with more headers, following redirects. What was received stays with who reads it, so
    after a break only the rest is asked for; a server without ranges sends all again, and as much as was had
    already is passed over. Whether the parts fit, the digest tells. Silence is not borne twice: it ends the body.
    """

    def __init__(self, url: str, ask: Callable[[Mapping[str, str]], Exchange], patience: Patience) -> None:
        self._url = url
        self._ask = ask
        self._patience = patience
        self._received = 0
        self._to_skip = 0

    def begin(self) -> Stream:
        """Make the request; raise what the client raises."""
        self._exchange = self._patience.spend(lambda: self._ask({}))
        chunks = self._chunks() if self._exchange.status in WHOLE else iter(())
        return Stream(self._exchange.url, self._exchange.status, self._exchange.headers, chunks)

    def close(self) -> None:
        """Let go of the connection; what is left of the body is lost."""
        self._exchange.close()

    def _chunks(self) -> Iterator[bytes]:
        total = self._exchange.length
        while True:
            try:
                yield from self._new(self._exchange.chunks())
            except Transient as failure:
                self._exchange.close()
                if failure.cost > 1:
                    raise failure.final() from None
                self._patience.bear(failure)
                self._patience.spend(lambda: self._go_on(total))
            else:
                return

    def _new(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        achieved = 0
        for chunk in chunks:
            skipped = min(self._to_skip, len(chunk))
            self._to_skip -= skipped
            new = chunk[skipped:] if skipped else chunk
            self._received += len(new)
            achieved += len(new)
            if achieved > _WORTH_READING:
                self._patience.renew()
            if new:
                yield new

    def _go_on(self, total: int | None) -> None:
        exchange = self._ask({"range": f"bytes={self._received}-"} if self._received else {})
        self._exchange = exchange
        part = exchange.headers.get("content-range", "")
        if exchange.status == 206 and part.startswith(f"bytes {self._received}-"):
            self._to_skip, known = 0, part.rpartition("/")[2]
        elif exchange.status in WHOLE:
            self._to_skip, known = self._received, str(exchange.length)
        else:
            raise IndexUnreachable(f"{shown(self._url)} broke off, and the rest cannot be had")
        if total is not None and known not in {str(total), "*"}:
            raise IndexUnreachable(f"{shown(self._url)} changed while it was read", hint="run the same command again")
