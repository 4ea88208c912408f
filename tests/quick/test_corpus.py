"""The rules of packaging are written a second time in `frazil.quick`: both say the same of all that releases write."""

import random
from collections.abc import Iterator
from itertools import product

import pytest
from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from frazil.quick.markers import evaluate_marker, format_marker, read_marker
from frazil.quick.requirements import may_open, read_requirement
from frazil.quick.specifiers import canonical_specifier, spans_of
from frazil.quick.versions import NoVersion, canonical_version, is_prerelease, read_versions, version_key
from frazil.resolver.versions import VersionSet
from tests.support.corpus import recorded

VERSIONS = recorded("versions")
SPECIFIERS = recorded("specifiers")
REQUIREMENTS = recorded("requirements")
MARKERS = (
    *recorded("markers"),
    # What releases may write and those that were recorded do not.
    'sys_platform in "linux darwin"',
    "platform_machine not in 'x86_64 AMD64'",
    "'64' in platform_machine",
    "os_name < 'nt' or python_version > '3.9'",
    "sys_platform >= 'linux'",
    "'3.11' <= python_full_version and \"3.12\" > python_full_version",
    "python_version ~= '3.8' and implementation_version != '3.8.*'",
)

NEARLY_ALL = 0.98
"""The part of each kind that is read without packaging: less, and a quick path is none."""


def by_packaging(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


VALID = tuple(sorted({version for text in VERSIONS if (version := by_packaging(text)) is not None}))


def test_there_is_much_to_compare() -> None:
    assert min(len(VERSIONS) // 10, len(REQUIREMENTS) // 2, len(SPECIFIERS), 2 * len(MARKERS)) >= 1_000


# Versions ---------------------------------------------------------------------------------------------------


def test_versions_are_the_same_ones_spelled_the_same_and_of_the_same_kind() -> None:
    for text in VERSIONS:
        version = by_packaging(text)
        if version is None:
            with pytest.raises(NoVersion):
                version_key(text)
            continue
        assert (canonical_version(text), is_prerelease(text)) == (str(version), version.is_prerelease), text
    many = {text: (spelled, key) for text, spelled, key in read_versions(VERSIONS)}
    assert many == {text: (canonical_version(text), version_key(text)) for text in VERSIONS if by_packaging(text)}


def test_versions_sort_the_same_and_equal_ones_are_equal() -> None:
    texts = [text for text in VERSIONS if by_packaging(text)]
    random.Random(7).shuffle(texts)
    assert [Version(text) for text in sorted(texts, key=version_key)] == sorted(map(Version, texts))
    classes = {text: version_key(text) for text in texts}
    assert len({*classes.values()}) == len({Version(text) for text in texts})


# Specifiers -------------------------------------------------------------------------------------------------


def near(specifier: SpecifierSet) -> Iterator[str]:
    """Yield versions at and around the bounds of a specifier."""
    for clause in specifier:
        base = clause.version.removesuffix(".*")
        endings = ("", ".0", ".1", ".dev0", "a1", "rc1", ".post0", ".post1", "+local.1", ".post1.dev2")
        yield from (f"{base}{ending}" for ending in endings)


def test_specifiers_admit_the_same_versions() -> None:
    spread = [str(version) for version in VALID[:: len(VALID) // 60]]
    unread = 0
    for text in SPECIFIERS:
        try:
            specifier = SpecifierSet(text, prereleases=True)
        except InvalidSpecifier:
            assert canonical_specifier(text) is None, text
            continue
        canonical, spans = canonical_specifier(text), spans_of(text)
        unread += canonical is None or spans is None
        assert canonical in {None, str(specifier)}, text
        for version in (*spread, *near(specifier)):
            if spans is not None and by_packaging(version) is not None:
                key = version_key(version)
                assert all(key in span for span in spans) == specifier.contains(version), (text, version)
    assert unread <= len(SPECIFIERS) * (1 - NEARLY_ALL)


def test_bounds_at_any_version_admit_the_same() -> None:
    dice = random.Random(5)
    odd = [version for version in VALID if version.is_prerelease or version.is_postrelease or version.epoch]
    for version in (*dice.sample(VALID, 60), *dice.sample(odd, 60)):
        for operator in ("==", "!=", "<=", ">=", "<", ">", "~="):
            text = f"{operator}{version.public}"
            spans = spans_of(text)
            if spans is None:
                continue
            specifier = SpecifierSet(text, prereleases=True)
            for other in near(specifier):
                if by_packaging(other) is not None:
                    key = version_key(other)
                    assert all(key in span for span in spans) == specifier.contains(other), (text, other)


def test_sets_of_releases_are_those_that_packaging_filters() -> None:
    texts = tuple(str(version) for version in reversed(VALID))
    releases = VersionSet(texts)
    assert {*releases.in_words(releases.prereleases)} == {str(each) for each in VALID if each.is_prerelease}
    for text in SPECIFIERS[:: len(SPECIFIERS) // 40]:
        try:
            specifier = SpecifierSet(text, prereleases=True)
        except InvalidSpecifier:
            continue
        assert {*releases.in_words(releases.admitted(str(specifier)))} == {*specifier.filter(texts)}, text


# Requirements -----------------------------------------------------------------------------------------------


def test_requirements_say_the_same() -> None:
    unread = 0
    for text in REQUIREMENTS:
        found = read_requirement(text)
        try:
            expected = Requirement(text)
        except InvalidRequirement:
            assert found is None, text
            continue
        if found is None:
            unread += 1
            continue
        extras = tuple(sorted({canonicalize_name(extra) for extra in expected.extras}))
        name, specifier = canonicalize_name(expected.name), str(expected.specifier)
        assert found[:3] == (name, extras, specifier), text
        assert Marker(found[3]) == expected.marker if found[3] else expected.marker is None, text
    assert unread <= len(REQUIREMENTS) * (1 - NEARLY_ALL)


def test_requirements_made_up_of_recorded_parts_say_the_same() -> None:
    dice = random.Random(11)
    names = [found[0] for text in REQUIREMENTS if (found := read_requirement(text))]
    for _ in range(4000):
        extras = ", ".join(dice.sample(names, dice.choice((0, 0, 1, 2))))
        specifier, marker = dice.choice(SPECIFIERS), dice.choice(("", *MARKERS[:: len(MARKERS) // 50]))
        text = f"{dice.choice(names)}{f'[{extras}]' if extras else ''} {specifier}{f' ; {marker}' if marker else ''}"
        found = read_requirement(text)
        if found is not None:
            expected = Requirement(text)
            assert found[0] == canonicalize_name(expected.name), text
            assert (found[1], found[2]) == (tuple(sorted({*expected.extras})), str(expected.specifier)), text
            assert (Marker(found[3]) if found[3] else None) == expected.marker, text


def test_a_requirement_that_is_left_unread_would_add_nothing() -> None:
    for text in REQUIREMENTS:
        marker = Requirement(text).marker
        for extra in (None, "test", "dev", "all"):
            if may_open(text, extra):
                continue
            for each in ENVIRONMENTS:
                with_it, without = (marker is None or marker.evaluate({**each, "extra": e}) for e in (extra or "", ""))
                assert not with_it if extra is None else with_it == without, text


# Markers ----------------------------------------------------------------------------------------------------


def environment(python: str, platform: tuple[str, str, str, str], implementation: str) -> dict[str, str]:
    sys_platform, os_name, system, machine = platform
    return {
        "implementation_name": implementation.lower(),
        "implementation_version": python,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": implementation,
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": sys_platform,
    }


ENVIRONMENTS = tuple(
    environment(*each)
    for each in product(
        ("3.8.0", "3.11.7", "3.14.0"),
        (
            ("linux", "posix", "Linux", "x86_64"),
            ("darwin", "posix", "Darwin", "arm64"),
            ("win32", "nt", "Windows", "AMD64"),
        ),
        ("CPython", "PyPy"),
    )
)


def test_markers_are_written_and_hold_the_same() -> None:
    unread = 0
    for text in MARKERS:
        tree = read_marker(text)
        try:
            marker = Marker(text)
        except InvalidMarker:
            assert tree is None, text
            continue
        if tree is None:
            unread += 1
            continue
        assert Marker(format_marker(tree)) == marker, text
        for each, extra in product(ENVIRONMENTS, ("", "test")):
            variables = {**each, "extra": extra}
            assert evaluate_marker(tree, variables) in {None, marker.evaluate(variables)}, (text, variables)
    assert unread <= len(MARKERS) * (1 - NEARLY_ALL)
