"""Asking an index for one project's page."""

import time

from frazil.errors import IndexAnswerError
from frazil.events import ProjectRead, Reporter
from frazil.http import Client, shown
from frazil.index.addresses import IndexAddress
from frazil.index.simple import ACCEPT, PAGE_LIMIT, PageListing, parse_page

_NOT_HERE = frozenset({404, 410})
_WHOLE = frozenset({200, 203})


def fetch_page(client: Client, index: IndexAddress, project: str, reporter: Reporter) -> PageListing | None:
    """Fetch the page of a project (normalised name) through the HTTP cache; None where the index has no such project.

    Raises OutsideError: an index that fails, refuses or answers something else is never one that lacks the project.
    """
    response = client.get(index.page(project), accept=ACCEPT, limit=PAGE_LIMIT, cached=True)
    if response.status in _NOT_HERE:
        return None
    if response.status not in _WHOLE:
        raise IndexAnswerError(
            f"the index {index.name} answered {response.status} when it was asked for {project}",
            details=(shown(response.url),),
        )
    began = time.monotonic()
    page = parse_page(response.body, response.headers.get("content-type", ""), response.url, project, index=index.name)
    reporter(ProjectRead(project, cached=response.from_cache, seconds=time.monotonic() - began))
    return page
