"""A frozen resolution and its text: strict when it reads, canonical when it writes."""

from typing import TYPE_CHECKING

from frazil.errors import LockFileError
from frazil.frozen.encoding import document_text
from frazil.frozen.model import Coordinate, Frozen
from frazil.frozen.ordering import in_order
from frazil.frozen.walk import EVERYWHERE, TargetMap
from frazil.values import dataclass, field, replace

if TYPE_CHECKING:
    from frazil.frozen.document import DocumentError

LOCK_NAME = "frozen.json"

_LONGEST_CLAUSE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedLock:
    """A lock as it was read.

    `mended` holds a sentence for each coordinate whose `targets` map did not follow from the edges and was put right:
    two branches were merged. `data` are the bytes that were read.
    """

    frozen: Frozen
    mended: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False, compare=False)

    @property
    def canonical(self) -> bool:
        """Whether writing the lock anew would change no byte (but line ends)."""
        return not self.mended and format_frozen(self.frozen) == with_plain_lines(self.data)


_formatted: tuple[tuple[Frozen, bytes], ...] = ()


def format_frozen(frozen: Frozen) -> bytes:
    """Return the canonical bytes of a lock; the order of anything in the value never shows."""
    global _formatted  # noqa: PLW0603 - a run asks for two locks, its old one and its new one, again and again
    known = next((pair for pair in _formatted if pair[0] is frozen), None)
    if known is None:
        known = frozen, document_text(frozen).encode("ascii")
        _formatted = (known, *_formatted[:1])
    return known[1]


def parse_frozen(data: bytes, *, name: str = LOCK_NAME) -> Frozen:
    """Parse and check a lock; `name` is what messages call it.

    Raises LockFileError, and LockTooNew for a version of the format that this frazil does not know.
    """
    return _parse(data, name)[0]


def parse_frozen_reporting(data: bytes, name: str = LOCK_NAME) -> ParsedLock:
    """Parse and check a lock, and tell what was off about it without being wrong. Raises as `parse_frozen`."""
    frozen, mended = _parse(data, name)
    return ParsedLock(frozen=frozen, mended=mended, data=data)


def check_frozen(frozen: Frozen, *, name: str = LOCK_NAME) -> None:
    """Check a lock that was made and not read, `targets` maps included. Raises LockFileError."""
    from frazil.frozen.checks import check  # noqa: PLC0415 - reading takes much that writing does not
    from frazil.frozen.document import DocumentError  # noqa: PLC0415
    from frazil.frozen.releases import label  # noqa: PLC0415

    try:
        maps = check(frozen)
        for position, coordinate in enumerate(frozen.coordinates):
            if coordinate.targets != maps[position]:
                error = DocumentError("is not what the edges say", "coordinates", position, "targets")
                error.about = label(coordinate)
                raise error
    except DocumentError as error:
        raise _lock_error(error, name) from None


def decode_unchecked(data: bytes, *, name: str = LOCK_NAME) -> Frozen:
    """Decode a lock of which only the form is looked at: its values may contradict each other. Raises LockFileError."""
    from frazil.frozen.decoding import decode_frozen  # noqa: PLC0415 - see above
    from frazil.frozen.document import DocumentError  # noqa: PLC0415
    from frazil.frozen.loading import load_document  # noqa: PLC0415

    document = load_document(data, name)
    try:
        return decode_frozen(document)
    except DocumentError as error:
        raise _lock_error(error, name) from None


def with_plain_lines(data: bytes) -> bytes:
    """Return the bytes with LF at line ends, where a checkout may have put CRLF."""
    return data.replace(b"\r\n", b"\n")


def _parse(data: bytes, name: str) -> tuple[Frozen, tuple[str, ...]]:
    from frazil.frozen.checks import check  # noqa: PLC0415 - see above
    from frazil.frozen.decoding import decode_frozen  # noqa: PLC0415
    from frazil.frozen.document import DocumentError  # noqa: PLC0415
    from frazil.frozen.loading import load_document  # noqa: PLC0415

    document = load_document(data, name)
    try:
        frozen = decode_frozen(document)
        maps = check(frozen)
    except DocumentError as error:
        raise _lock_error(error, name) from None
    frozen, mended = _mend(frozen, maps)
    return in_order(frozen), mended


def _lock_error(error: "DocumentError", name: str) -> LockFileError:
    from frazil.frozen.loading import REWRITE  # noqa: PLC0415 - loaded by who reads

    said = str(error)
    cut = said if len(said) <= _LONGEST_CLAUSE else f"{said[:_LONGEST_CLAUSE]}…"
    return LockFileError(f"{name}: {cut}" if error.steps else f"{name} {cut}", hint=REWRITE)


def _mend(frozen: Frozen, maps: dict[int, TargetMap]) -> tuple[Frozen, tuple[str, ...]]:
    """Put the `targets` maps right; the very value given when they are. A map in another form is not off."""
    sentences = []
    coordinates = list(frozen.coordinates)
    for position, coordinate in enumerate(frozen.coordinates):
        if coordinate.targets != maps[position]:
            from frazil.frozen.releases import label  # noqa: PLC0415 - loaded by who read it

            coordinates[position] = mended = replace(coordinate, targets=maps[position])
            changes = _changes(_users(frozen, coordinate), _users(frozen, mended))
            if changes:
                sentences.append(f"the targets of {label(coordinate)} did not follow from its edges ({changes})")
    if all(new is old for new, old in zip(coordinates, frozen.coordinates, strict=True)):
        return frozen, ()
    return replace(frozen, coordinates=tuple(coordinates)), tuple(sorted(sentences))


def _users(frozen: Frozen, coordinate: Coordinate) -> dict[str, set[str]]:
    """Return the environments in which each target ships a coordinate, as its map says."""
    users: dict[str, set[str]] = {}
    for key, names in coordinate.targets:
        for name in names:
            own = {*frozen.targets_by_name[name].environments} & {*coordinate.environments}
            users.setdefault(name, set()).update(own if key == EVERYWHERE else {key})
    return users


def _changes(before: dict[str, set[str]], after: dict[str, set[str]]) -> str:
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, set()), after.get(name, set())
        if not old or not new:
            found.append(f"{'+' if new else '-'}{name}")
        else:
            found += [
                f"{sign}{name} in {each}"
                for sign, more in (("+", new - old), ("-", old - new))
                for each in sorted(more)
            ]
    return ", ".join(found)
