"""Answering all questions of a project, to the last one: environments alone, or together where policy wants it."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from frazil.model import Resolution
from frazil.project.declaration import DeclaredProject
from frazil.resolver.engines import NoAnswer
from frazil.resolver.question import Question
from frazil.resolver.sharing import AnswerOne, AnswerTogether, answer_sharing, answer_strictly
from frazil.values import dataclass


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of the resolves that have one in each of their environments, and why the others have none."""

    resolutions: tuple[Resolution, ...]
    failures: tuple[NoAnswer, ...]
    failed: tuple[str, ...] = ()


def answer_all(
    questions: Sequence[Question], answer_one: AnswerOne, answer_together: AnswerTogether, *, strict: Collection[str]
) -> Answers:
    """Answer every question, whichever of them fail, so that all that is wrong is told at once.

    Questions come by resolve; `strict` are the resolves that want one version everywhere.
    """
    resolutions: list[Resolution] = []
    failures: list[NoAnswer] = []
    failed: list[str] = []
    for resolve, together in groupby(questions, key=lambda question: question.resolve):
        if resolve in strict:
            answers = answer_strictly(tuple(together), answer_one, answer_together)
        else:
            answers = answer_sharing(tuple(together), answer_one)
        found = [answer for answer in answers if isinstance(answer, Resolution)]
        if len(found) == len(answers):
            resolutions += found
        else:
            failed.append(resolve)
            failures += [answer for answer in answers if isinstance(answer, NoAnswer)]
    return Answers(tuple(resolutions), tuple(failures), tuple(failed))


def missing_extras(project: DeclaredProject, resolutions: Iterable[Resolution]) -> tuple[str, ...]:
    """Say of each extra that a chosen release does not have who asks for it; it is left out."""
    resolutions = tuple(resolutions)
    found = sorted({pair for resolution in resolutions for pair in resolution.missing_extras})
    return tuple(
        f"{name} has no extra {extra!r}, which {_who_asks(project, resolutions, name, extra)}; it is left out"
        for name, extra in found
    )


def _who_asks(project: DeclaredProject, resolutions: Iterable[Resolution], name: str, extra: str) -> str:
    """Return the first target that asks for an extra, with the line, else the first release."""
    for target in project.targets:
        for declared in target.requirements:
            if declared.requirement.name == name and extra in declared.requirement.extras:
                return f"{target.name} asks for in {declared.origin}"
    for pin in (pin for resolution in resolutions for pin in resolution.pins):
        for edge in pin.edges:
            if edge.requirement.name == name and extra in edge.requirement.extras:
                return f"{pin.name} {pin.version} asks for"
    return "policy asks for"
