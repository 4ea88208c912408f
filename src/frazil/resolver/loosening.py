"""A specifier made to admit one more version, by as little as can be and in the style in which it was written."""

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

from frazil.requirement import Requirement, specifier_set
from frazil.values import replace


def loosened(requirement: Requirement, version: str) -> Requirement:
    """Return the requirement with each clause that excludes a version moved just so far that it admits it.

    `flask<2` for 3.0.3 becomes `flask<3.1`, `flask==2.0` becomes `flask==3.0.3`, `flask>=3.1` for 2.3.3 `flask>=2.3`.
    """
    wanted = Version(version)
    clauses = (_moved(clause, wanted) for clause in specifier_set(requirement.specifier))
    text = ",".join(clause for clause in clauses if clause)
    found = str(SpecifierSet(text))
    if not specifier_set(found).contains(version, prereleases=True):
        found = f"=={version}"
    return replace(requirement, specifier=found)


def _moved(clause: Specifier, wanted: Version) -> str:
    """Return a clause that admits a version: as it is when it does already, empty when it only forbids."""
    if clause.contains(wanted, prereleases=True):
        return str(clause)
    if clause.operator == "===":
        return f"==={wanted}"  # it compares texts, which need not be versions
    precision = len(Version(clause.version.removesuffix(".*")).release)
    match clause.operator:
        case "<":
            return f"<{_next(wanted, max(precision, 2))}"
        case "<=":
            return f"<={wanted.public}"
        case "~=" if not wanted.is_prerelease:
            return f"~={_cut(wanted, max(precision, 2))}"
        case ">=" | ">" | "~=":
            return f">={_least(wanted, precision)}"
        case "==" if clause.version.endswith(".*"):
            return f"=={_cut(wanted, precision)}.*"
        case "==":
            return f"=={wanted}"
        case _:
            return ""


def _least(wanted: Version, precision: int) -> str:
    """Return the least version of a precision that a lower bound may be; below it sort its own pre-releases."""
    return wanted.public if wanted.is_prerelease else _cut(wanted, precision)


def _cut(wanted: Version, precision: int) -> str:
    return _joined(wanted, (*wanted.release, *(0,) * precision)[:precision])


def _next(wanted: Version, precision: int) -> str:
    """Return the first version of a precision that lies above one."""
    numbers = (*wanted.release, *(0,) * precision)[:precision]
    return _joined(wanted, (*numbers[:-1], numbers[-1] + 1))


def _joined(wanted: Version, numbers: tuple[int, ...]) -> str:
    epoch = f"{wanted.epoch}!" if wanted.epoch else ""
    return epoch + ".".join(str(number) for number in numbers)
