"""What a question is about: a project, some of its versions, one file, or a member of the repository."""

import re
from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier

from frazil.errors import UsageError
from frazil.frozen.model import Coordinate, Frozen, FrozenArtifact, FrozenTarget
from frazil.project.suggestions import suggestion
from frazil.regex import regex
from frazil.requirement import RequirementSyntaxError, parse_requirement, specifier_set
from frazil.values import dataclass

_DIGEST = regex(r"(?:sha256:)?([0-9a-f]{64})|sha256:([0-9a-f]{8,63})", re.IGNORECASE)
_FILE = regex(r"[^\s/]+(?:\.whl|\.zip|\.tar|\.tar\.[a-z0-9]+|\.tgz)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is asked about, as `written`.

    Of a project (`name`, normalised) the versions that `specifier` admits, pre-releases among them; else the file
    called `filename`, else the files whose digest begins with `sha256`.
    """

    written: str
    name: str | None = None
    specifier: str = ""
    filename: str | None = None
    sha256: str | None = None

    def covers(self, coordinate: Coordinate) -> bool:
        """Say whether a release, or one of its files, is meant."""
        if self.name is None:
            return any(self.covers_file(artifact) for artifact in coordinate.artifacts)
        if coordinate.name != self.name:
            return False
        return not self.specifier or (
            coordinate.version is not None and specifier_set(self.specifier).contains(coordinate.version)
        )

    def covers_in(self, coordinate: Coordinate, environment: str) -> bool:
        """Say whether a release is meant, or the file of it that is chosen for an environment."""
        if self.name is None:
            artifact = coordinate.artifact_for(environment)
            return artifact is not None and self.covers_file(artifact)
        return self.covers(coordinate)

    def covers_file(self, artifact: FrozenArtifact) -> bool:
        """Say whether a file is meant by its name or digest."""
        if self.filename is not None:
            return artifact.filename == self.filename
        return self.sha256 is not None and artifact.sha256.startswith(self.sha256)

    def covers_member(self, target: FrozenTarget) -> bool:
        """Say whether a member is meant (its version is not in a lock)."""
        return self.name is not None and not self.specifier and target.project_name == self.name

    def means(self, answer: Coordinate | FrozenTarget, environment: str) -> bool:
        """Say whether what answers in an environment is what is asked about."""
        if isinstance(answer, Coordinate):
            return self.covers_in(answer, environment)
        return self.covers_member(answer)


def parse_subject(written: str) -> Subject:
    """Read `urllib3`, `urllib3<2.7`, the name of a file, or a SHA-256 (`sha256:` and its first digits will do).

    Raises UsageError.
    """
    text = written.strip()
    digest = _DIGEST.fullmatch(text)
    if digest is not None:
        return Subject(written=text, sha256=(digest[1] or digest[2]).lower())
    if _FILE.fullmatch(text):
        return Subject(written=text, filename=text)
    try:
        requirement = parse_requirement(text)
        specifier_set(requirement.specifier)
    except (RequirementSyntaxError, InvalidSpecifier):
        requirement = None
    if requirement is None or requirement.url is not None or requirement.marker or requirement.extras:
        raise UsageError(
            f'"{written}" is neither a project nor a file',
            hint="write urllib3, 'urllib3<2.7', the name of a file, or sha256: and a digest",
        )
    return Subject(written=text, name=requirement.name, specifier=requirement.specifier)


def find_subject(frozen: Frozen, written: str) -> Subject:
    """Read a subject whose project the lock knows; a member may be named by its target (`libs/common`).

    Raises UsageError with what was meant.
    """
    member = frozen.targets_by_name.get(written.removeprefix("./").rstrip("/"))
    if member is not None and member.project_name is not None:
        return Subject(written=written, name=member.project_name)
    subject = parse_subject(written)
    if subject.name is not None and subject.name not in known_projects(frozen):
        hint = suggestion(subject.name, known_projects(frozen), title="projects")
        raise UsageError(f'the lock has no project "{subject.name}"', hint=hint)
    return subject


def known_projects(frozen: Frozen) -> frozenset[str]:
    """Return the names of all projects of a lock, its members among them."""
    return frozenset({coordinate.name for coordinate in frozen.coordinates} | set(frozen.members))


def covered(frozen: Frozen, subjects: Iterable[Subject]) -> tuple[Coordinate, ...]:
    """Return the releases that any of some subjects means, in the lock's order."""
    asked = tuple(subjects)
    return tuple(each for each in frozen.coordinates if any(subject.covers(each) for subject in asked))
