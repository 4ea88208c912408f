"""Asking an index for one project's page."""

import time
from collections.abc import Callable
from functools import cache

from frazil.errors import IndexAnswerError
from frazil.events import ProjectRead, Reporter
from frazil.http import Client, Response, shown
from frazil.index.addresses import IndexAddress
from frazil.index.digests import Digests
from frazil.index.listing import PageListing

PAGE_LIMIT = 80 * 1024 * 1024
"""Bytes of one page, decoded: a project of 100,000 files takes most of it."""

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

_NOT_HERE = frozenset({404, 410})
_WHOLE = frozenset({200, 203})


def fetch_page(
    client: Client, index: IndexAddress, project: str, reporter: Reporter, digests: Digests | None = None
) -> PageListing | None:
    """Fetch the page of a project (normalised name) through the HTTP cache; None where the index has no such project.

    A page that `digests` know is not read at all.

    Raises OutsideError: an index that fails, refuses or answers something else is never one that lacks the project.
    """
    response = client.get(index.page(project), accept=ACCEPT, limit=PAGE_LIMIT, cached=True, deferred=True)
    if response.status in _NOT_HERE:
        return None
    if response.status not in _WHOLE:
        raise IndexAnswerError(
            f"the index {index.name} answered {response.status} when it was asked for {project}",
            details=(shown(response.url),),
        )
    return _listing(response, index, project, reporter, digests)


def ask_page_ahead(
    client: Client, index: IndexAddress, project: str, begin_thread: Callable[[Callable[[], None]], None]
) -> bool:
    """Make the request of `fetch_page` now; False where that cannot be."""
    return client.ask_ahead(index.page(project), accept=ACCEPT, cached=True, begin_thread=begin_thread)


def kept_page(
    client: Client, index: IndexAddress, project: str, reporter: Reporter, digests: Digests
) -> PageListing | None:
    """Return the page of a project if the HTTP cache has it and it is good, without a request; None otherwise."""
    response = client.kept(index.page(project), accept=ACCEPT, limit=PAGE_LIMIT)
    return None if response is None else _listing(response, index, project, reporter, digests)


def _listing(
    response: Response, index: IndexAddress, project: str, reporter: Reporter, digests: Digests | None
) -> PageListing:
    url = index.page(project)

    @cache
    def whole() -> PageListing:
        from frazil.index.simple import parse_page  # noqa: PLC0415 - a page that is known is not read again

        content_type = response.headers.get("content-type", "")
        return parse_page(response.body, content_type, response.url, project, index=index.name)

    began = time.monotonic()
    known = None if digests is None else digests.read(url, response.identity, whole)
    page = known or whole()
    if digests is not None:
        digests.keep(url, response.identity, page, is_new=known is None)
    reporter(ProjectRead(project, cached=response.from_cache, seconds=time.monotonic() - began))
    return page
