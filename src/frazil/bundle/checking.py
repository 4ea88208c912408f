"""Checking a bundle against its manifest, and taking its wheels into a store: every byte is hashed again."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from frazil.atomic import forbid_writes
from frazil.bundle.manifest import MANIFEST, SUMS, BundledFile, Manifest, format_sums
from frazil.bundle.reading import Bundle, open_bundle
from frazil.errors import FrazilError, IntegrityError
from frazil.settings import Settings
from frazil.store.content import Store
from frazil.values import dataclass

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a bundle turned out to hold, all of it sound; `elsewhere` counts files of the bundle that it adds to."""

    path: Path
    files: int
    wheels: int
    size: int
    elsewhere: int
    targets: tuple[str, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBundleReport:
    """What came into the store. Sizes are bytes; `known` artifacts were there already."""

    path: Path
    store: Path
    artifacts: int
    size: int
    known: int
    elsewhere: int


def verify_bundle(path: Path) -> VerifyReport:
    """Hash everything in a bundle and compare it with the manifest; nothing may be missing, and nothing besides.

    Raises IntegrityError that names what is wrong, and what `open_bundle` raises.
    """
    with forbid_writes(), open_bundle(path) as bundle:
        damages = [*_missing(bundle), *_unknown(bundle), *_damaged(bundle)]
        if damages:
            raise _failure(path, damages)
        manifest = bundle.manifest
        return VerifyReport(
            path=path,
            files=len(bundle.files),
            wheels=len([file for file in manifest.wheels if file.path in bundle.files]),
            size=sum(bundle.files.values()),
            elsewhere=_elsewhere(bundle),
            targets=manifest.targets,
            environments=tuple(name for name, _, _ in manifest.environments),
        )


def import_bundle(path: Path, settings: Settings) -> ImportBundleReport:
    """Bring the artifacts of a bundle into the store, each under the digest that its bytes have.

    What is sound stays even when something else is damaged. Raises IntegrityError, DiskError, and what `open_bundle`
    raises.
    """
    store = Store(settings.store)
    with open_bundle(path) as bundle:
        missing, unknown = _missing(bundle), _unknown(bundle)
        if missing or unknown:
            raise _failure(path, [*missing, *unknown])
        there = [file for file in bundle.manifest.artifacts if file.path in bundle.files]
        new = [file for file in there if not store.has(file.sha256, file.filename, file.size)]
        failures = [error for file in new if (error := _take(bundle, file, store)) is not None]
        if failures:
            raise _worst(failures)
        return ImportBundleReport(
            path=path,
            store=settings.store,
            artifacts=len(there),
            size=sum(file.size for file in there),
            known=len(there) - len(new),
            elsewhere=_elsewhere(bundle),
        )


def is_bundle_of(path: Path, manifest: Manifest, texts: Mapping[str, bytes]) -> bool:
    """Say whether exactly this bundle lies there, every byte of it; whatever cannot be read is another one."""
    try:
        with forbid_writes(), open_bundle(path) as bundle:
            same = bundle.manifest == manifest and not [*_missing(bundle), *_unknown(bundle)]
            if not same or any(b"".join(bundle.chunks(name)) != data for name, data in texts.items()):
                return False
            return not [*_damaged(bundle)]
    except FrazilError:
        return False


def _take(bundle: Bundle, file: BundledFile, store: Store) -> IntegrityError | None:
    hint = "nothing of it was kept. Copy the bundle again; if it is the same then, treat it as tampering"
    try:
        with store.writer(file.sha256, file.filename, file.size, source=str(bundle.path), hint=hint) as writer:
            for chunk in bundle.chunks(file.path):
                writer.write(chunk)
    except IntegrityError as error:
        return error
    # Whoever imports has no index at hand that would give it again.
    store.keep(file.sha256, file.filename)
    return None


# What can be wrong -----------------------------------------------------------------------------------------


def _missing(bundle: Bundle) -> list[str]:
    wanted = [SUMS, *(file.path for file in bundle.manifest.files if file.here)]
    return [f"{path} is missing" for path in wanted if path not in bundle.files]


def _unknown(bundle: Bundle) -> list[str]:
    known = {MANIFEST, SUMS, *bundle.manifest.expected}
    return [f"{path} does not belong to it" for path in bundle.files if path not in known]


def _damaged(bundle: Bundle) -> Iterator[str]:
    expected = bundle.manifest.expected
    sums = format_sums(bundle.manifest, bundle.manifest_sha256)
    for path in bundle.files:
        if path == SUMS and b"".join(bundle.chunks(path)) != sums:
            yield f"{SUMS} does not say what {MANIFEST} says: one of the two was changed"
        elif path in expected:
            found = bundle.digest(path)
            if (found.sha256, found.size) != expected[path]:
                yield f"{path} has the sha256 {found.sha256}, not {expected[path][0]}"


def _elsewhere(bundle: Bundle) -> int:
    return sum(1 for file in bundle.manifest.files if file.path not in bundle.files)


def _failure(path: Path, damages: list[str]) -> IntegrityError:
    more = (f"and {len(damages) - _SHOWN} more",) if len(damages) > _SHOWN else ()
    what = "1 file is" if len(damages) == 1 else f"{len(damages)} files are"
    return IntegrityError(
        f"{path} is not the bundle that was made: {what} wrong",
        details=(*damages[:_SHOWN], *more),
        hint="copy it again; if it is the same then, treat it as tampering",
    )


def _worst(failures: list[IntegrityError]) -> IntegrityError:
    first, *others = failures
    first.details = (*first.details, *(f"also: {error.sentence}" for error in others[:_SHOWN]))
    return first
