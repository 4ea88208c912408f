"""What goes wrong on the way to a server, in words."""

import socket
from collections.abc import Iterator

from frazil.http.answers import shown
from frazil.http.patience import Transient


def late(url: str, seconds: float, *, connecting: bool) -> Transient:
    """Return the failure of a server that does not answer in time; it costs two tries, because it took so long."""
    if connecting:
        return Transient(f"{shown(url)} cannot be reached: no answer for {seconds:g} seconds", cost=2)
    return Transient(f"{shown(url)} was silent for {seconds:g} seconds", cost=2)


def broken(url: str, error: BaseException, *, connecting: bool) -> Transient:
    """Return the failure of a server that cannot be reached, or that broke off its answer."""
    return Transient(f"{shown(url)} {'cannot be reached' if connecting else 'broke off its answer'}: {why(error)}")


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those below it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def why(error: BaseException) -> str:
    """Say in a few words what went wrong."""
    for cause in causes(error):
        match cause:
            case socket.gaierror():
                return "its name is not known"
            case ConnectionRefusedError():
                return "the connection is refused"
            case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
                return "the connection was cut"
            case OSError(strerror=str(text)) if text:
                return text.lower()
    return str(error).partition("\n")[0][:200] or type(error).__name__
