"""The hosts that a lock sends a fetch to: none that the project does not name, whoever edited the lock.

A lock is a file of the repository, and so a pull request can change it. The digest that it states proves nothing then:
it was changed with the address. Where the manifests are read, they say which hosts are meant.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from frazil.errors import LockFileError
from frazil.frozen.model import Frozen, FrozenIndex, FrozenPolicy, Inputs
from frazil.model import ArchiveSource, VcsSource
from frazil.values import replace


def check_hosts(frozen: Frozen, inputs: Inputs, allowed: Iterable[str]) -> None:
    """Refuse a lock with a host that neither the project's own inputs name nor `allowed` (`host` or `host:port`).

    Raises LockFileError that names the place in the document.
    """
    permitted = {host for url in _urls_of(inputs) if (host := _host(url))}
    named = frozenset(allowed)
    for place, url in _addresses(frozen):
        host = _host(url)
        if host is not None and host not in permitted and not _is_allowed(host, named):
            raise LockFileError(
                f"the lock: {place} is on {host}, a host that the project does not name",
                hint=f"if meant, `frazil resolve`, or `--allow-host {host}`; if not, somebody edited the lock",
            )


def believed(index: FrozenIndex, declared: Iterable[tuple[str, str | None]], allowed: Iterable[str]) -> FrozenIndex:
    """Return an index without its file root where only the lock has it to be on another host than the index.

    `declared` are the names of the project's indexes with their file roots. What is not believed is learnt from a page.
    """
    root = None if index.files is None else _host(index.files)
    if root is None or index.url is None or root == _host(index.url):
        return index
    if (index.name, index.files) in set(declared) or _is_allowed(root, frozenset(allowed)):
        return index
    return replace(index, files=None)


def _is_allowed(host: str, allowed: frozenset[str]) -> bool:
    name, colon, port = host.rpartition(":")
    return host in allowed or (bool(colon) and port.isdecimal() and name in allowed)


def _addresses(frozen: Frozen) -> Iterator[tuple[str, str]]:
    """Yield every address that a fetch may go to, with its place; file roots have a check of their own."""
    for position, index in enumerate(frozen.inputs.indexes):
        if index.url is not None:
            yield f"indexes[{position}].url", index.url
    for position, coordinate in enumerate(frozen.coordinates):
        place = f"coordinates[{position}]"
        if isinstance(coordinate.source, ArchiveSource):
            yield f"{place}.archive.url ({coordinate.name})", coordinate.source.url
        if isinstance(coordinate.source, VcsSource):
            yield f"{place}.vcs.url ({coordinate.name})", coordinate.source.url
        for number, artifact in enumerate(coordinate.artifacts):
            if artifact.url is not None:
                yield f"{place}.artifacts[{number}].url ({coordinate.name})", artifact.url


def _urls_of(inputs: Inputs) -> Iterator[str]:
    for index in inputs.indexes:
        yield from (url for url in (index.url, index.files) if url is not None)
    for target in inputs.targets:
        yield from (edge.requirement.url for edge in target.requirements if edge.requirement.url is not None)
    policies: tuple[FrozenPolicy, ...] = (inputs.policy, *(policy for _, policy in inputs.resolves))
    for policy in policies:
        for edge in (*policy.constraints, *policy.overrides):
            if edge.requirement.url is not None:
                yield edge.requirement.url


def _host(url: str) -> str | None:
    """Return host and, where stated, port of an address; None for one without a host (a path of the project)."""
    try:
        return urlsplit(url.removeprefix("git+")).netloc.rpartition("@")[2].lower() or None
    except ValueError:
        return url[:100]
