"""The two ways to a server: the lean one where it will do, else httpx's."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from frazil.credentials import origin_of
from frazil.http.answers import Incoming
from frazil.http.lean import LeanWire
from frazil.http.routes import Routes
from frazil.settings import Settings
from frazil.version import VERSION

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex
    from frazil.http.ahead import RequestsAhead
    from frazil.http.trust import Trust
    from frazil.http.wire import Wire


class Wires:
    """Makes requests, one at a time per caller. Thread-safe; with `settings.lean` off, httpx makes all of them."""

    def __init__(self, settings: Settings, machine: "MachineIndex | None") -> None:
        self._settings = settings
        self._machine = machine
        self._routes = Routes(
            settings.environ,
            proxy=machine.proxy if machine else None,
            trusted_hosts=machine.trusted_hosts if machine else (),
        )
        self._agent = f"frazil/{VERSION}"
        self._lean = LeanWire(settings.timeout, self._routes, self._trust, self._agent) if settings.lean else None
        self._lock = threading.Lock()
        self._general: Wire | None = None
        self._ahead: RequestsAhead | None = None

    def send(
        self, url: str, headers: Mapping[str, str], method: str = "GET", content: Iterable[bytes] | None = None
    ) -> Incoming:
        """Send one request, or take one that was sent ahead; raise Transient, or an OutsideError for good."""
        if self._ahead is not None and method == "GET":
            incoming = self._ahead.take(url, headers)
            if incoming is not None:
                return incoming
        if self._lean is not None and method == "GET" and content is None and self._lean.serves(url):
            return self._lean.send(url, headers)
        return self._made().send(url, headers, method, content)

    def send_ahead(
        self, name: str, url: str, headers: Mapping[str, str], begin_thread: Callable[[Callable[[], None]], None]
    ) -> bool:
        """Send a request whose answer `send` will find; False where its address is not reached the lean way."""
        origin = origin_of(url)
        if self._lean is None or origin is None or not self._lean.serves(url):
            return False
        with self._lock:
            if self._ahead is None:
                from frazil.http.ahead import RequestsAhead  # noqa: PLC0415 - only a resolve reads ahead

                self._ahead = RequestsAhead(self._lean, self._settings.timeout, begin_thread)
        return self._ahead.ask(name, url, origin, headers)

    def hurry(self, name: str) -> None:
        """Send a request that was to be sent ahead before all others: somebody waits for it."""
        if self._ahead is not None:
            self._ahead.hurry(name)

    def ended_ahead(self, seconds: float) -> list[tuple[str, bool]]:
        """Wait at most so long for requests that were sent ahead; see `RequestsAhead.step`."""
        return [] if self._ahead is None else self._ahead.step(seconds)

    def close(self) -> None:
        """Close all connections, also those that a thread is waiting on."""
        if self._ahead is not None:
            self._ahead.close()
        if self._lean is not None:
            self._lean.close()
        with self._lock:
            if self._general is not None:
                self._general.close()

    def _made(self) -> "Wire":
        from frazil.http.wire import Wire  # noqa: PLC0415 - httpx: 75 ms that hardly any run pays

        with self._lock:
            if self._general is None:
                self._general = Wire(self._settings.timeout, self._routes, self._trust(), self._agent)
            return self._general

    def _trust(self) -> "Trust":
        from frazil.http.trust import Trust  # noqa: PLC0415 - ssl: 13 ms that only https pays

        return Trust(self._settings.environ, self._machine)
