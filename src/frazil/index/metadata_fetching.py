"""Metadata from an index, had with as few bytes as it allows: the file beside the wheel, a part of it, all of it."""

import hashlib

from frazil.http import Client
from frazil.index.addresses import metadata_url
from frazil.index.core_metadata import METADATA_LIMIT, read_source_metadata, read_wheel_metadata
from frazil.index.metadata_cache import Known
from frazil.index.promises import check_digest
from frazil.model import Metadata, Offer

_NOT_HERE = frozenset({404, 410})


class MetadataFetcher:
    """Fetches metadata; see `MetadataReader`, which remembers it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def fetch(self, project: str, version: str, offer: Offer, scope: str) -> tuple[Known, str]:
        """Ask for ever more bytes until the release is known; return also on whose word it is known."""
        promised = None if offer.metadata is None else self._from_metadata_file(project, version, offer)
        if promised is not None:
            return promised, offer.metadata or scope
        from frazil.index.metadata_in_files import MetadataInFiles  # noqa: PLC0415 - most wheels have a file beside them

        return MetadataInFiles(self._client).fetch(project, version, offer, scope)

    def _from_metadata_file(self, project: str, version: str, offer: Offer) -> Known | None:
        """Read the file that lies beside the offered one; None where it is not there or does not settle the matter."""
        url = metadata_url(offer)
        response = self._client.get(url, limit=METADATA_LIMIT)
        if response.status in _NOT_HERE:
            return None  # promised and not there: mirrors lag behind the pages that they serve
        if offer.metadata:
            digest = hashlib.sha256(response.body).hexdigest()
            check_digest(f"the metadata of {offer.filename}", offer.metadata, digest, url)
        if offer.is_wheel:
            known = read_wheel_metadata(response.body, project, version)
        else:
            known = read_source_metadata(response.body, None, project, version)
        # Without a digest it may be anything (a login page): then the file itself decides. So does a source archive,
        # whose pyproject.toml may say what its PKG-INFO leaves open.
        settled = isinstance(known, Metadata) or (bool(offer.metadata) and not known.dynamic)
        return known if settled else None
