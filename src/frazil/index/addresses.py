"""Which index serves a project, and where it is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from frazil.errors import ConfigurationError, IndexAnswerError
from frazil.model import Offer
from frazil.project.declaration import DeclaredIndex
from frazil.project.patterns import matches
from frazil.quick.names import normalised
from frazil.values import dataclass

if TYPE_CHECKING:
    from frazil.default_index import MachineIndex


@dataclass(frozen=True, slots=True)
class IndexAddress:
    """An index by name and where it is: `url` ends in `/` and carries no credentials.

    `files` is where it keeps its files, where that was declared or is known.
    """

    name: str
    url: str
    files: str | None = None

    def page(self, project: str) -> str:
        """Return the address of a project's page (PEP 503: the normalised name, a slash)."""
        return f"{self.url}{quote(project, safe='')}/"

    def check_file(self, url: str, filename: str) -> None:
        """Refuse a file that a page has elsewhere than on the index's own server or where its files are known to be.

        Where nothing is known, any server will do, but not one without TLS for an index that has it.
        Raises IndexAnswerError.
        """
        if url.startswith((_server(self.url), _server(self.files or self.url))):
            return
        if self.files is None and not (self.url.startswith("https:") and url.startswith("http:")):
            return
        where = _server(url).removesuffix("/")
        raise IndexAnswerError(
            f"the index {self.name} has {filename} on {where}, which is neither its own server nor its file root",
            hint=f'if that is right, declare `files = "{where}/…"` for it',
        )

    def release_document(self, project: str, version: str) -> str | None:
        """Return the address of what the index says of a release as JSON, beside its pages; None where none can be."""
        base = self.url.removesuffix("simple/")
        known = base != self.url
        return f"{base}pypi/{quote(project, safe='')}/{quote(version, safe='')}/json" if known else None


def _server(url: str) -> str:
    """Return the beginning of an address up to the slash behind its host."""
    return url[: url.find("/", url.find("://") + 3) + 1]


class Indexes:
    """The declared indexes in their order, with what is reserved for some of them.

    `packages` of an index are patterns: only these names are asked there, and these only there. `package_index`
    names the one index of a project, whatever the patterns say.
    """

    def __init__(
        self, declared: tuple[DeclaredIndex, ...], machine: "MachineIndex | None", package_index: Mapping[str, str]
    ) -> None:
        self._declared = declared
        self._machine = machine
        self._package_index = package_index
        self._patterns = {index.name: tuple(normalised(pattern) for pattern in index.packages) for index in declared}

    def serving(self, project: str) -> tuple[IndexAddress, ...]:
        """Return the indexes to ask for a project, in order: the first that has it is the only one that counts."""
        pinned = self._package_index.get(project)
        if pinned is not None:
            return (self.named(pinned),)
        reserved = [i for i in self._declared if any(matches(pattern, project) for pattern in self._patterns[i.name])]
        return tuple(self._address(index) for index in reserved or self._declared if reserved or not index.packages)

    def named(self, name: str) -> IndexAddress:
        """Return the index of that name. Raises ConfigurationError."""
        for index in self._declared:
            if index.name == name:
                return self._address(index)
        known = ", ".join(index.name for index in self._declared)
        raise ConfigurationError(f'there is no index named "{name}"', hint=f"declared indexes: {known}")

    def _address(self, index: DeclaredIndex) -> IndexAddress:
        url, files = index.url, index.files
        if url is None:
            if self._machine is None:
                raise ConfigurationError(f"the index {index.name} has no address, and this machine's is not known")
            url, files = self._machine.url, files or self._machine.files
        return IndexAddress(index.name, url if url.endswith("/") else f"{url}/", files)


def metadata_url(offer: Offer) -> str:
    """Return where the metadata file of an offered file lies (PEP 658)."""
    address, mark, query = offer.url.partition("?")
    return f"{address}.metadata{mark}{query}"
