"""What an index page did not say of a file and a lock must know: its digest and its size."""

import hashlib

from frazil.errors import ArtifactGone, IndexAnswerError
from frazil.http import Client
from frazil.model import Offer
from frazil.regex import regex
from frazil.values import replace

_TOTAL = regex(r"bytes \d+-\d+/(\d+)")


def complete_offer(client: Client, offer: Offer) -> Offer:
    """Return an offer with sha256 and size: one byte is asked for where only the size is missing, else all is read.

    Raises OutsideError.
    """
    if offer.sha256 is not None:
        size = _size_by_range(client, offer)
        if size is not None:
            return replace(offer, size=size)
    digest = hashlib.sha256()
    size = 0
    with client.stream(offer.url) as stream:
        if stream.status != 200:
            raise ArtifactGone(f"{offer.filename} is on its page, but its address answers {stream.status}")
        for chunk in stream.chunks:
            digest.update(chunk)
            size += len(chunk)
    if offer.sha256 is not None and digest.hexdigest() != offer.sha256:
        raise IndexAnswerError(f"{offer.filename} has not the sha256 that its page states")
    return replace(offer, sha256=digest.hexdigest(), size=size)


def _size_by_range(client: Client, offer: Offer) -> int | None:
    response = client.get_range(offer.url, 0, 0)
    total = _TOTAL.fullmatch(response.headers.get("content-range", ""))
    return int(total[1]) if response.status == 206 and total is not None else None
