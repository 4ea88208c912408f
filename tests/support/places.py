"""Where requirements stand, said by a rule: a target's in line 7 of its file, policy's in line 3."""

from frazil.model import Origin
from frazil.requirement import Requirement


class Places:
    """Stands in for the project beside a lock."""

    def of_target(self, target: str, requirement: Requirement, file: str | None) -> Origin:  # noqa: ARG002
        return Origin(file or f"{target}/pyproject.toml", 7)

    def of_policy(self, resolve: str, requirement: Requirement, file: str | None) -> Origin:  # noqa: ARG002
        return Origin(file or "pyproject.toml", 3)
