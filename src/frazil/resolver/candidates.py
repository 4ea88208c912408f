"""Which file of a release an environment takes, or why it takes none."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from frazil.catalog import Choice, Listing
from frazil.model import Environment, IndexSource, Offer, Rejection, RejectionKind, Switch
from frazil.quick.versions import is_prerelease
from frazil.regex import regex
from frazil.requirement import python_admitted
from frazil.resolver.question import Selecting
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release that could satisfy, with the file that the environment takes."""

    name: str
    version: str
    artifact: Offer

    @property
    def yanked(self) -> bool:
        return self.artifact.yanked is not None


_Refused = tuple[RejectionKind, str]
_Order = tuple[int, int, tuple[int, str]]


def choose_file(
    listing: Listing, version: str, environment: Environment, selecting: Selecting
) -> Candidate | Rejection:
    """Choose the best file of a release for an environment.

    A wheel beats a source distribution, a kept file beats a yanked one (PEP 592), then the better tag, then the
    higher build number (PEP 427). When none fits, the rejection carries the reason that most files share the least:
    the last hurdle that any of them reached.
    """
    name = listing.name
    if not isinstance(listing.source, IndexSource):
        return _choose_at_address(listing, version, environment, selecting)
    if selecting.prerelease_of(name) == "disallow" and is_prerelease(version):
        return Rejection(name, version, RejectionKind.PRE_RELEASE)
    if listing.status == "quarantined":
        return Rejection(name, version, RejectionKind.QUARANTINED)
    about = _about(name, environment, selecting)
    choice = None if about is None else listing.recall(about, version)
    if choice is None:
        choice = _choice(listing, version, environment, selecting)
        if about is not None:
            listing.note(about, version, choice)
    return choice if isinstance(choice, Rejection) else Candidate(name, version, choice)


def _about(name: str, environment: Environment, selecting: Selecting) -> str | None:
    """Return all that a choice among the files of a release follows from; None where it is another one every time."""
    if selecting.cutoff_of(name) is not None or name in selecting.hashes:
        return None
    switches = (covers(selecting.no_binary, name), covers(selecting.no_build, name), selecting.demands_wheel(name))
    return f"{environment.identity} {' '.join(map(str, map(int, switches)))}"


def _choice(listing: Listing, version: str, environment: Environment, selecting: Selecting) -> Choice:
    best = _best(listing, version, environment, selecting)
    if best is not None:
        return best
    name = listing.name
    found = (_refusal(name, offer, environment, selecting) for offer in listing.offers(version))
    refused = [why for why in found if why is not None]
    kind, fact = max(refused, key=lambda why: (_HURDLES.index(why[0]), why[1]), default=_NO_FILE)
    if kind is RejectionKind.NO_FITTING_FILE:
        fact = ", ".join(sorted({fact for kind, fact in refused if kind is RejectionKind.NO_FITTING_FILE and fact}))
    return Rejection(name, version, kind, fact)


def _best(listing: Listing, version: str, environment: Environment, selecting: Selecting) -> Offer | None:
    """Return the best file that clears every hurdle; names tell nearly all, so hardly any other file is read."""
    yanked = None
    for _, filename in sorted(_ordered(listing.filenames(version), environment)):
        offer = listing.file(version, filename)
        if offer is None or _refusal(listing.name, offer, environment, selecting) is not None:
            continue
        if offer.yanked is None:
            return offer
        yanked = yanked or offer
    return yanked


def _ordered(filenames: Iterable[str], environment: Environment) -> Iterator[tuple[_Order, str]]:
    """Yield the files that may fit with what they are taken by: wheels first, the better tag, the higher build."""
    for filename in filenames:
        is_wheel = filename.endswith(".whl")
        rank = _rank(filename, environment) if is_wheel else 0
        if rank is not None:
            yield (int(not is_wheel), rank, _build_order(filename) if is_wheel else (0, "")), filename


def _choose_at_address(
    listing: Listing, version: str, environment: Environment, selecting: Selecting
) -> Candidate | Rejection:
    """Take the one file that an address leads to, unless it is of no use here.

    Policy on what an index offers (pre-releases, cut-off, no-build, no-binary) does not ask about what the user named.
    """
    (offer,) = listing.offers(version)
    demanded = selecting.hashes.get(listing.name)
    if offer.is_wheel and not _fits(offer.filename, environment):
        return Rejection(listing.name, version, RejectionKind.NO_FITTING_FILE, _tag_text(offer.filename))
    if not offer.is_wheel and offer.filename and selecting.demands_wheel(listing.name):
        return Rejection(listing.name, version, RejectionKind.NO_WHEEL)
    if demanded is not None and offer.sha256 not in demanded:
        return Rejection(listing.name, version, RejectionKind.HASH_NOT_DEMANDED, offer.filename)
    return Candidate(listing.name, version, offer)


_NO_FILE: _Refused = (RejectionKind.NO_FITTING_FILE, "")
_HURDLES = (
    RejectionKind.NO_FITTING_FILE,
    RejectionKind.NO_BINARY,
    RejectionKind.NO_WHEEL,
    RejectionKind.NO_BUILD,
    RejectionKind.REQUIRES_PYTHON,
    RejectionKind.NO_UPLOAD_TIME,
    RejectionKind.TOO_NEW,
    RejectionKind.HASH_NOT_DEMANDED,
)


def _refusal(name: str, offer: Offer, environment: Environment, selecting: Selecting) -> _Refused | None:
    """Return the first hurdle that a file does not clear."""
    if offer.is_wheel:
        if covers(selecting.no_binary, name):
            return RejectionKind.NO_BINARY, ""
        if not _fits(offer.filename, environment):
            return RejectionKind.NO_FITTING_FILE, _tag_text(offer.filename)
    elif selecting.demands_wheel(name):
        return RejectionKind.NO_WHEEL, ""
    elif covers(selecting.no_build, name):
        return RejectionKind.NO_BUILD, ""
    if not python_admitted(offer.requires_python, environment.python_full_version):
        return RejectionKind.REQUIRES_PYTHON, offer.requires_python or ""
    cutoff = selecting.cutoff_of(name)
    if cutoff is not None and offer.upload_time is None:
        return RejectionKind.NO_UPLOAD_TIME, offer.filename
    if cutoff is not None and offer.upload_time is not None and offer.upload_time >= cutoff:
        return RejectionKind.TOO_NEW, offer.upload_time.isoformat()
    demanded = selecting.hashes.get(name)
    if demanded is not None and (offer.sha256 is None or offer.sha256 not in demanded):
        return RejectionKind.HASH_NOT_DEMANDED, offer.filename
    return None


def covers(switch: Switch, name: str) -> bool:
    """Say whether a switch is on for a project."""
    return switch if isinstance(switch, bool) else name in switch


def wheel_tags(filename: str) -> tuple[str, ...]:
    """Return the tags that a wheel's file name stands for (PEP 425: each part may be a dotted set)."""
    return _tags_in(_tag_text(filename).lower())


@lru_cache(maxsize=4096)
def _tags_in(text: str) -> tuple[str, ...]:
    python, abi, platform = text.split("-")
    return tuple(f"{p}-{a}-{t}" for p in python.split(".") for a in abi.split(".") for t in platform.split("."))


def _fits(filename: str, environment: Environment) -> bool:
    return _rank(filename, environment) is not None


def _rank(filename: str, environment: Environment) -> int | None:
    """Return the position of the best of a wheel's tags among those of an environment."""
    ranks = environment.rank
    found = [rank for tag in wheel_tags(filename) if (rank := ranks.get(tag)) is not None]
    return min(found, default=None)


def _tag_text(filename: str) -> str:
    return "-".join(filename[: -len(".whl")].rsplit("-", 3)[-3:])


_BUILD = regex(r"[^-]+-[^-]+-([0-9]+)([^-]*)-[^-]+-[^-]+-[^-]+\.whl")


def _build_order(filename: str) -> tuple[int, str]:
    """Return a wheel's build number turned round, so that smaller is better."""
    build = _BUILD.fullmatch(filename) if filename.count("-") > 4 else None
    return (0, "") if build is None else (-int(build[1]), build[2])
