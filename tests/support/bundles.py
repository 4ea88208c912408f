"""Making bundles on a machine of the tests, and tars that no frazil would make."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from frazil.bundle.making import BundleOptions, BundleReport, make_bundle
from tests.support.machine import Machine


def bundle(machine: Machine, out: Path, *, offline: bool = False, **options: Any) -> BundleReport:
    """Make a bundle of a machine's project."""
    settings = replace(machine.settings, offline=offline)
    return make_bundle(machine.project, None, BundleOptions(out=out, **options), settings)


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def members_of(tar: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return the members of a tar, in order, with their bytes."""
    with tarfile.open(tar) as packed:
        return [(member, _bytes(packed, member)) for member in packed]


def write_tar(tar: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """Write members as they are, whatever they say of themselves."""
    with tarfile.open(tar, "w", format=tarfile.PAX_FORMAT) as packed:
        for member, data in members:
            packed.addfile(member, io.BytesIO(data))
    return tar


def member(name: str, data: bytes = b"", **facts: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of a tar."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info, data


def _bytes(packed: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = packed.extractfile(member)
    return b"" if file is None else file.read()
