"""The closure digest: one digest of all files that a target ships in an environment, builds included."""

import hashlib
from collections.abc import Iterable

from frazil.errors import UsageError
from frazil.frozen.model import Frozen
from frazil.frozen.selection import selection_of, target_named
from frazil.frozen.walk import walked_targets


def closure_digest(frozen: Frozen, target: str, environment: str) -> str:
    """Return what `sha256sum * | sha256sum` prints (under `LC_ALL=C`) in a folder with the fetched files.

    Raises UsageError for a target that the lock does not have or has not for that environment.
    """
    found = target_named(frozen, target)
    if environment not in found.environments:
        raise UsageError(
            f"{target} is not frozen for {environment}",
            hint=f"it is frozen for {', '.join(found.environments) or 'nothing'}",
        )
    selection = selection_of(frozen, (found,), (environment,))
    return _digest((selected.artifact.filename, selected.artifact.sha256) for selected in selection.artifacts)


def closure_digests(frozen: Frozen) -> dict[tuple[str, str], str]:
    """Return the digest of each (target, environment) of the lock, targets that build members included."""
    targets = walked_targets(frozen)
    files: dict[tuple[str, str], list[tuple[str, str]]] = {
        (target.name, environment): []
        for target in sorted(targets, key=lambda target: target.name)
        for environment in target.environments
    }
    for selected in selection_of(frozen, targets, frozen.environments_by_name).artifacts:
        for user in selected.users:
            files[user].append((selected.artifact.filename, selected.artifact.sha256))
    return {user: _digest(found) for user, found in files.items()}


def _digest(files: Iterable[tuple[str, str]]) -> str:
    # A flat folder holds a file once, whoever lists it.
    lines = (f"{sha256}  {filename}\n" for filename, sha256 in sorted(set(files)))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
