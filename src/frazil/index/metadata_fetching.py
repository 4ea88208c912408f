"""Metadata from an index, had with as few bytes as it allows: the file beside the wheel, a part of it, all of it."""

import hashlib
import tempfile
from pathlib import Path
from typing import IO

from frazil.atomic import disk_errors
from frazil.catalog import Unreadable
from frazil.errors import ArtifactGone, IntegrityError
from frazil.http import Client, shown
from frazil.index.addresses import metadata_url
from frazil.index.archives import ArchiveError, read_from_source, read_from_wheel
from frazil.index.core_metadata import METADATA_LIMIT, read_source_metadata, read_wheel_metadata
from frazil.index.metadata_cache import Known
from frazil.index.ranged_file import RangedFile, RangesRefused, refuse_page
from frazil.model import Metadata, Offer

WHOLE_FILE_LIMIT = 8 * 1024 * 1024 * 1024
"""Bytes of a file that is downloaded for its metadata alone when its index states no size."""

_KEPT_IN_MEMORY = 16 * 1024 * 1024
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
        try:
            if not offer.is_wheel:
                return self._from_source(project, version, offer), ""
            try:
                return self._from_end_of_wheel(project, version, offer, scope)
            except RangesRefused:
                return self._from_whole_wheel(project, version, offer), ""
        except ArchiveError as error:
            return Unreadable(str(error)), scope

    def _from_metadata_file(self, project: str, version: str, offer: Offer) -> Known | None:
        """Read the file that lies beside the offered one; None where it is not there or does not settle the matter."""
        url = metadata_url(offer)
        response = self._client.get(url, limit=METADATA_LIMIT)
        if response.status in _NOT_HERE:
            return None  # promised and not there: mirrors lag behind the pages that they serve
        if offer.metadata:
            digest = hashlib.sha256(response.body).hexdigest()
            _check_digest(f"the metadata of {offer.filename}", offer.metadata, digest, url)
        if offer.is_wheel:
            known = read_wheel_metadata(response.body, project, version)
        else:
            known = read_source_metadata(response.body, None, project, version)
        # Without a digest it may be anything (a login page): then the file itself decides. So does a source archive,
        # whose pyproject.toml may say what its PKG-INFO leaves open.
        settled = isinstance(known, Metadata) or (bool(offer.metadata) and not known.dynamic)
        return known if settled else None

    def _from_end_of_wheel(self, project: str, version: str, offer: Offer, scope: str) -> tuple[Known, str]:
        file = RangedFile(self._client, offer)
        claim = scope
        if file.whole is not None and offer.sha256 is not None:
            _check_digest(offer.filename, offer.sha256, hashlib.sha256(file.whole).hexdigest(), offer.url)
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
            _check_digest(offer.filename, offer.sha256, digest.hexdigest(), offer.url)
        file.seek(0)


def _check_digest(what: str, expected: str, found: str, url: str) -> None:
    if found != expected:
        raise IntegrityError(
            f"{what} is not what its index promised",
            details=(f"expected sha256 {expected}", f"got      sha256 {found}", shown(url)),
            hint="nothing of it was kept; a mirror may be damaged or half updated",
        )
