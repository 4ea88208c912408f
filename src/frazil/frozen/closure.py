"""The closure digest: one digest of all files that a target ships in an environment, builds included."""

import hashlib

from frazil.errors import UsageError
from frazil.frozen.model import Frozen
from frazil.frozen.selection import Selection, select, selection_of


def closure_digest(frozen: Frozen, target: str, environment: str) -> str:
    """Return the digest that `sha256sum * | sha256sum` prints (under `LC_ALL=C`) in a folder with the fetched files.

    Raises UsageError for an unknown name, or a target that is not frozen for that environment.
    """
    selection = select(frozen, targets=(target,), environments=(environment,))
    [name] = selection.targets if len(selection.targets) == 1 else [target]
    if environment not in frozen.targets_by_name[name].environments:
        raise UsageError(f"target {name} is not frozen for {environment}")
    return _digest_of(selection, name, environment)


def closure_digests(frozen: Frozen) -> dict[tuple[str, str], str]:
    """Return the digest of each (target, environment) of the lock, those that build members included."""
    selection = selection_of(frozen, frozen.inputs.targets, frozen.environments_by_name)
    files: dict[tuple[str, str], set[tuple[str, str]]] = {
        (target.name, environment): set()
        for target in frozen.inputs.targets
        for environment in target.environments
    }
    for selected in selection.artifacts:
        for user in selected.users:
            files[user].add((selected.artifact.filename, selected.artifact.sha256))
    return {user: _digest(found) for user, found in sorted(files.items())}
