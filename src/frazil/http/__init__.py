"""The one door to HTTP: a client for a whole run, used from many threads.

Redirects are followed here, so that credentials stay with their origin and nothing goes from https to http. What
may heal is tried again: connections, 408, 429, 5xx, bodies cut short. Everything has a limit: bytes (packed and
unpacked), hops, tries, waits. httpx is imported in `wire` alone and cachecontrol in `pages` alone, both when the first
request needs them.
"""

from frazil.http.answers import Response, Stream, shown
from frazil.http.client import Client

__all__ = ["Client", "Response", "Stream", "shown"]
