"""Servers that answer in a thread of their own, for as long as a block lasts."""

import threading
from http.server import HTTPServer
from typing import Self


class Served:
    """Starts a server with the block and ends it with that; whoever holds an answer back waits on `_ending`."""

    def __init__(self, server: HTTPServer) -> None:
        self._served = server
        self._ending = threading.Event()
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering and close the port."""
        self._ending.set()
        if self._thread.is_alive():
            self._served.shutdown()
            self._thread.join()
        self._served.server_close()

    @property
    def own_port(self) -> int:
        return self._served.server_port
