"""Metadata out of the files that an index offers, where no metadata file lies beside: a part of one, or all of it."""

import hashlib
import tempfile
from pathlib import Path
from typing import IO

from frazil.atomic import disk_errors
from frazil.catalog import Unreadable
from frazil.errors import ArtifactGone, IntegrityError
from frazil.http import Client, shown
from frazil.index.archives import ArchiveError, read_from_source, read_from_wheel
from frazil.index.core_metadata import read_source_metadata, read_wheel_metadata
from frazil.index.metadata_cache import Known
from frazil.index.promises import check_digest
from frazil.index.ranged_file import RangedFile, RangesRefused, refuse_page
from frazil.model import Offer

WHOLE_FILE_LIMIT = 8 * 1024 * 1024 * 1024
"""Bytes of a file that is downloaded for its metadata alone when its index states no size."""

_KEPT_IN_MEMORY = 16 * 1024 * 1024
_NOT_HERE = frozenset({404, 410})


class MetadataInFiles:
    """Reads metadata out of wheels and source archives."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def fetch(self, project: str, version: str, offer: Offer, scope: str) -> tuple[Known, str]:
        """Ask for ever more bytes until the release is known; return also on whose word it is known."""
        try:
            if not offer.is_wheel:
                return self._from_source(project, version, offer), ""
            try:
                return self._from_end_of_wheel(project, version, offer, scope)
            except RangesRefused:
                return self._from_whole_wheel(project, version, offer), ""
        except ArchiveError as error:
            return Unreadable(str(error)), scope

    def _from_end_of_wheel(self, project: str, version: str, offer: Offer, scope: str) -> tuple[Known, str]:
        file = RangedFile(self._client, offer)
        claim = scope
        if file.whole is not None and offer.sha256 is not None:
            check_digest(offer.filename, offer.sha256, hashlib.sha256(file.whole).hexdigest(), offer.url)
            claim = ""
        data = read_from_wheel(file, project, version, whole=file.whole is not None)
        return read_wheel_metadata(data, project, version), claim

    def _from_whole_wheel(self, project: str, version: str, offer: Offer) -> Known:
        with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as file:
            self._download(offer, file)
            data = read_from_wheel(file, project, version)
        return read_wheel_metadata(data, project, version)

    def _from_source(self, project: str, version: str, offer: Offer) -> Known:
        with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as file:
            self._download(offer, file)
            found = read_from_source(file, offer.filename, project, version)
        return read_source_metadata(found.get("PKG-INFO"), found.get("pyproject.toml"), project, version)

    def _download(self, offer: Offer, file: IO[bytes]) -> None:
        """Download a whole file, hashed while it comes in, and go back to its beginning."""
        limit = WHOLE_FILE_LIMIT if offer.size is None else offer.size
        digest, received = hashlib.sha256(), 0
        with self._client.stream(offer.url) as stream:
            if stream.status in _NOT_HERE:
                raise ArtifactGone(
                    f"{offer.filename} is listed by its index and not there", details=(shown(offer.url),)
                )
            for chunk in stream.chunks:
                if not received:
                    refuse_page(offer.filename, stream.headers, chunk, offer.url)
                received += len(chunk)
                if received > limit:
                    break
                digest.update(chunk)
                with disk_errors("write", Path(tempfile.gettempdir())):
                    file.write(chunk)
        if received > limit or (offer.size is not None and received != offer.size):
            raise IntegrityError(
                f"{offer.filename} is not as large as its index says ({limit} bytes)", details=(shown(offer.url),)
            )
        if offer.sha256 is not None:
            check_digest(offer.filename, offer.sha256, digest.hexdigest(), offer.url)
        file.seek(0)
