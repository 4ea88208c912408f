"""Names of targets as other formats and file systems take them: one plain word, and never one for two."""

from collections.abc import Iterable, Mapping

from frazil.errors import UsageError
from frazil.frozen.model import Frozen, FrozenTarget
from frazil.regex import regex

_NOT_PLAIN = regex(r"[^a-z0-9]+")
_ROOT = "root"


def plain_names(frozen: Frozen, targets: Iterable[FrozenTarget]) -> Mapping[str, str]:
    """Return for each target a name of lower-case letters, digits and dashes.

    `services/api[gpu]` becomes `services-api-gpu`; the root's project its own name, and `.:dev` plain `dev`. Raises
    UsageError for two targets of one name.
    """
    found: dict[str, str] = {}
    owners: dict[str, str] = {}
    for target in targets:
        name = _plain(frozen, target.name)
        other = owners.setdefault(name, target.name)
        if other != target.name:
            raise UsageError(
                f"targets {other} and {target.name} would both be called {name}",
                hint="export them one at a time with --target",
            )
        found[target.name] = name
    return found


def plain(text: str) -> str:
    """Return a text as one plain word."""
    return _NOT_PLAIN.sub("-", text.lower()).strip("-") or "target"


def _plain(frozen: Frozen, name: str) -> str:
    if name.startswith(".:"):
        return plain(name[2:])
    if name == "." or name.startswith(".["):
        root = frozen.targets_by_name.get(".")
        own = root.project_name if root is not None else None
        return plain(f"{own or _ROOT}{name[1:]}")
    return plain(name)
