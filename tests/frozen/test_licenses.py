"""Licenses are SPDX expressions where the words mean one, and the words where they do not."""

from dataclasses import replace

import pytest
from packaging.licenses import canonicalize_license_expression

from frazil.frozen.licenses import _CLASSIFIERS, licenses_of, spdx_of
from frazil.frozen.model import Frozen
from frazil.frozen.selection import choose
from tests.support.locks import example_lock


@pytest.mark.parametrize(
    ("stated", "spdx", "basis"),
    [
        ("MIT", "MIT", "expression"),
        ("mit or apache-2.0", "MIT OR Apache-2.0", "expression"),
        ("MIT License", "MIT", "classifier"),
        ("BSD License", None, "text"),
        ("Apache Software License", None, "text"),
        ("MIT License, BSD License", None, "text"),
        ("see the file", None, "text"),
        (None, None, "none"),
    ],
)
def test_words_mean_one_expression_or_none(stated: str | None, spdx: str | None, basis: str) -> None:
    assert spdx_of(stated) == (spdx, basis)


@pytest.mark.parametrize("expression", sorted(_CLASSIFIERS.values()))
def test_what_classifiers_mean_is_spdx(expression: str) -> None:
    assert canonicalize_license_expression(expression) == expression


def licensed(**licenses: str) -> Frozen:
    frozen = example_lock()
    return replace(frozen, coordinates=tuple(replace(c, license=licenses.get(c.name)) for c in frozen.coordinates))


def test_releases_are_grouped_by_license_with_the_targets_that_ship_them_and_unclear_ones_last() -> None:
    frozen = licensed(click="MIT", h11="MIT", docopt="BSD License")
    found = licenses_of(frozen, *choose(frozen))
    assert [(each.spdx, each.stated) for each in found] == [("MIT", "MIT"), (None, None), (None, "BSD License")]
    assert [stop.name for stop in found[0].releases] == ["click", "h11"]
    assert found[0].targets == ("services/api", "services/api[postgres]")
    assert found[2].targets == ("jobs/etl",)


def test_only_what_the_chosen_targets_ship_there_is_looked_at() -> None:
    frozen = licensed(colorama="BSD-3-Clause")
    api = frozen.targets_by_name["services/api"]
    assert {each.spdx for each in licenses_of(frozen, [api], ["linux"])} == {None}
    assert {each.spdx for each in licenses_of(frozen, [api], ["windows"])} == {"BSD-3-Clause", None}
