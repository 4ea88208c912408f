"""A server on loopback that says exactly what it is told to, byte for byte."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

Script = Callable[[socket.socket, bytes], bool]
"""Answers one request (its header as it came) on a connection; False ends the connection."""


class RawServer:
    """Runs a script for every request; `requests` are the headers of all, `connections` counts those opened."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        for connection in self._open:
            _end(connection)

    def refuse(self) -> None:
        """Take no more connections; those that are open stay."""
        _end(self._listening)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listening.accept()[0]
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        came = b""
        with contextlib.suppress(OSError), connection:
            while True:
                while b"\r\n\r\n" not in came:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    came += piece
                request, _, came = came.partition(b"\r\n\r\n")
                self.requests.append(request)
                if not self._script(connection, request):
                    return


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def saying(answer: bytes, *, keep: bool = False) -> Script:
    """Return the script of a server that always says the same, and then closes the connection or not."""

    def script(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(answer)
        return keep

    return script


def endless(head: bytes, piece: bytes) -> Script:
    """Return the script of a server that never stops."""

    def script(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return script


def cutting(answer: bytes) -> Script:
    """Return the script of a server that cuts the connection after so much."""

    def script(connection: socket.socket, _: bytes) -> bool:
        connection.sendall(answer)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return script
