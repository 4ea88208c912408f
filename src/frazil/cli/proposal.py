"""From what was found in a repository to a first configuration, as a value."""

from typing import Any

from frazil.cli.survey import Found, FoundMember, parents
from frazil.project.places import below, folder_of
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A configuration to write: `table` is what goes below `[tool.frazil]`; `targets` names what it makes.

    `left_out` says in sentences what was found and not taken.
    """

    table: dict[str, Any]
    targets: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def propose(found: Found) -> Proposal:
    """Propose globs where a folder holds nothing else, names where it does."""
    folders = tuple(member.folder for member in found.members if member.folder != ".")
    requirement_targets, left_out = _requirement_targets(found)
    table: dict[str, Any] = {}
    if found.workspace is not None:
        table["members"] = list(found.workspace[0])
        if found.workspace[1]:
            table["exclude"] = list(found.workspace[1])
    elif folders:
        table["members"] = _member_patterns(folders, found.manifests)
    if found.scripts:
        table["scripts"] = _script_patterns(found)
    if requirement_targets:
        table["targets"] = {name: {"requirements-files": files} for name, files in requirement_targets.items()}
    shown = [_shown(member) for member in found.members]
    return Proposal(
        table=table,
        targets=(*shown, *requirement_targets, *found.scripts),
        left_out=(*found.left_out, *sorted(left_out)),
    )


def _member_patterns(folders: tuple[str, ...], manifests: tuple[str, ...]) -> list[str]:
    patterns = []
    for parent, members in parents(folders).items():
        all_there = [folder for folder in manifests if folder != "." and folder_of(folder) == parent]
        if parent != "." and len(members) > 1 and sorted(all_there) == sorted(members):
            patterns.append(f"{parent}/*")
        else:
            patterns += members
    return sorted(patterns)


def _script_patterns(found: Found) -> list[str]:
    patterns = []
    for parent, scripts in parents(found.scripts).items():
        if len(scripts) > 1 and len(scripts) == found.python_files.get(parent):
            patterns.append(below(parent, "*.py"))
        else:
            patterns += scripts
    return sorted(patterns)


def _requirement_targets(found: Found) -> tuple[dict[str, list[str]], list[str]]:
    """Return targets for requirements files outside members, each named by its folder, else by the file itself."""
    members = {member.folder for member in found.members}
    targets: dict[str, list[str]] = {}
    left_out = []
    for folder, files in parents(found.requirements).items():
        if folder in members or (folder_of(folder) in members and folder.endswith("/requirements")):
            owner = folder if folder in members else folder_of(folder)
            what = "the root's pyproject.toml" if owner == "." else f"{owner}/pyproject.toml"
            left_out += [f"{file} was left out: {what} declares what is needed there" for file in files]
            continue
        for file in files:
            stem = file.rpartition("/")[2].rpartition(".")[0]
            is_main = stem == "requirements" and folder != "."
            targets[folder if is_main else below(folder, stem)] = [file]
    return dict(sorted(targets.items())), left_out


def _shown(member: FoundMember) -> str:
    facts = [f"+ {_plural('extra', member.extras)}" if member.extras else ""]
    facts.append(f"+ {_plural('group', member.groups)}" if member.groups else "")
    said = ", ".join(fact for fact in facts if fact)
    return f"{member.folder} ({said})" if said else member.folder


def _plural(noun: str, names: tuple[str, ...]) -> str:
    return f"{noun} {names[0]}" if len(names) == 1 else f"{noun}s {', '.join(names)}"
