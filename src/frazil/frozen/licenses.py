"""Under which licenses the releases of a lock are, as SPDX where they say so or where their words mean just that."""

from collections.abc import Sequence

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from frazil.frozen.model import Frozen, FrozenTarget
from frazil.frozen.routes import Stop
from frazil.frozen.shipping import bits_of, named, shipped_in
from frazil.values import dataclass

# PEP 639: the last words of the classifiers that mean exactly one license. What is not here ("BSD License", "Apache
# Software License", "GNU General Public License (GPL)") may be one of several.
_CLASSIFIERS = {
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "Eclipse Public License 1.0 (EPL-1.0)": "EPL-1.0",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "zlib/libpng License": "Zlib",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Licensed:
    """The releases under one license, and the targets that ship any of them.

    `spdx` is an expression, None where `stated` does not mean one; `basis` is `expression` (the release states SPDX,
    PEP 639), `classifier`, `text` (words that are no SPDX) or `none`. `stated` are the release's own words.
    """

    spdx: str | None
    basis: str
    stated: str | None
    releases: tuple[Stop, ...]
    targets: tuple[str, ...]


def spdx_of(stated: str | None) -> tuple[str | None, str]:
    """Return the SPDX expression that a release's words mean, or None, and what that rests on."""
    if stated is None:
        return None, "none"
    try:
        return canonicalize_license_expression(stated), "expression"
    except InvalidLicenseExpression:
        meant = _CLASSIFIERS.get(stated)
        return meant, "text" if meant is None else "classifier"


def licenses_of(frozen: Frozen, targets: Sequence[FrozenTarget], environments: Sequence[str]) -> tuple[Licensed, ...]:
    """Return the licenses of what these targets ship in these environments; unclear ones come last."""
    bits = bits_of(target.name for target in targets)
    shipping = [0] * len(frozen.coordinates)
    for environment in environments:
        shipping = [a | b for a, b in zip(shipping, shipped_in(frozen, environment, bits), strict=True)]
    groups: dict[str | None, list[int]] = {}
    for place, coordinate in enumerate(frozen.coordinates):
        if shipping[place]:
            groups.setdefault(coordinate.license, []).append(place)
    return tuple(sorted((_licensed(frozen, places, shipping, bits) for places in groups.values()), key=_order))


def _licensed(frozen: Frozen, places: list[int], shipping: list[int], bits: dict[str, int]) -> Licensed:
    stated = frozen.coordinates[places[0]].license
    spdx, basis = spdx_of(stated)
    mask = 0
    for place in places:
        mask |= shipping[place]
    releases = [(place, frozen.coordinates[place]) for place in places]
    return Licensed(
        spdx=spdx,
        basis=basis,
        stated=stated,
        releases=tuple(Stop("coordinate", each.name, each.version, None, place) for place, each in releases),
        targets=tuple(named(mask, bits)),
    )


def _order(licensed: Licensed) -> tuple[bool, str, str]:
    return (licensed.spdx is None, licensed.spdx or "", licensed.stated or "")
