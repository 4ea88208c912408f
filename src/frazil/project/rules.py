"""Policy as it is declared: rules, constraints, overrides, for the project, a resolve or one package."""

from datetime import UTC, date, datetime

from frazil.errors import ConfigurationError
from frazil.model import Declared, PackageRules, Rules, Switch
from frazil.project.declaration import Policy
from frazil.project.document import Table
from frazil.project.manifest import wishes
from frazil.project.wishes import in_order, parse_constraint

PRERELEASE = ("if-necessary", "allow", "disallow")
RESOLUTION = ("highest", "lowest", "lowest-direct")
POLICY_KEYS = (
    "prerelease",
    "resolution",
    "share",
    "exclude-newer",
    "provenance",
    "no-build",
    "no-binary",
    "require-wheels",
    "exclude-dependencies",
    "constraints",
    "overrides",
    "packages",
)
_PACKAGE_KEYS = ("prerelease", "exclude-newer", "require-wheels", "index")
_SOME_DAY = datetime(2100, 1, 1, tzinfo=UTC)


def parse_policy(table: Table) -> Policy:
    """Read the policy that a table states. Raises ConfigurationError with file and line."""
    return Policy(
        rules=_rules(table),
        constraints=_constraints(table),
        overrides=in_order(wishes(table, "overrides")),
    )


def _rules(table: Table) -> Rules:
    no_build, no_binary = _names(table, "no-build"), _names(table, "no-binary")
    if no_build is True and no_binary is True:
        raise table.error("no-build and no-binary together leave no file to choose", "no-binary")
    exclude_newer = _cutoff(table)
    return Rules(
        prerelease=table.choice("prerelease", PRERELEASE),
        resolution=table.choice("resolution", RESOLUTION),
        share=table.choice("share", ("strict",)),
        exclude_newer=exclude_newer,
        provenance=table.choice("provenance", ("record", "verify")),
        no_build=no_build,
        no_binary=no_binary,
        require_wheels=_environments(table, "require-wheels"),
        exclude_dependencies=_excluded(table),
        packages=_packages(table),
    )


def _constraints(table: Table) -> tuple[Declared, ...]:
    texts = table.texts("constraints")
    return in_order(
        parse_constraint(text, table.origin("constraints", position)) for position, text in enumerate(texts)
    )


def _cutoff(table: Table) -> str | None:
    """Read `exclude-newer`; a TOML date is as good as its text, and `false` switches an outer rule off."""
    value = table.data.get("exclude-newer")
    if value is None:
        return None
    if value is False:
        return "false"
    if isinstance(value, date):
        value = value.isoformat().replace("+00:00", "Z")
    if not isinstance(value, str):
        raise table.type_error("a date, an instant, a duration or false", "exclude-newer")
    from frazil.project.cutoff import parse_cutoff  # noqa: PLC0415 - most projects have none

    try:
        parse_cutoff(value, _SOME_DAY)
    except ConfigurationError as error:
        raise table.error(error.sentence, "exclude-newer", hint=error.hint) from None
    return value.strip()


def _names(table: Table, key: str) -> Switch | None:
    """Read a switch over project names."""
    written = _switch(table, key, "true, false or a list of project names")
    if not isinstance(written, tuple):
        return written
    return tuple(sorted({table.normalised(name, key, position) for position, name in enumerate(written)}))


def _environments(table: Table, key: str) -> Switch | None:
    """Read a switch over environment names; whether they are declared is the caller's to check."""
    written = _switch(table, key, "true, false or a list of environments")
    return tuple(sorted(set(written))) if isinstance(written, tuple) else written


def _switch(table: Table, key: str, wanted: str) -> Switch | None:
    value = table.data.get(key)
    if isinstance(value, list):
        return table.texts(key)
    if value is None or isinstance(value, bool):
        return value
    raise table.type_error(wanted, key)


def _excluded(table: Table) -> tuple[str, ...]:
    names = set()
    for position, written in enumerate(table.texts("exclude-dependencies")):
        names.add(table.normalised(written, "exclude-dependencies", position))
    return tuple(sorted(names))


def _packages(table: Table) -> tuple[tuple[str, PackageRules], ...]:
    packages: dict[str, PackageRules] = {}
    for written, package in table.named_tables("packages"):
        name = package.normalised(written)
        package.reject_unknown(_PACKAGE_KEYS)
        if name in packages:
            raise package.error(f"the package {name} has two tables, in two spellings")
        packages[name] = PackageRules(
            prerelease=package.choice("prerelease", PRERELEASE),
            exclude_newer=_cutoff(package),
            require_wheels=package.flag("require-wheels"),
            index=package.text("index"),
        )
    return tuple(sorted(packages.items()))
