"""Environments together: another one's pin breaks a tie; on demand, one version everywhere or a refusal."""

from collections.abc import Callable, Mapping, Sequence

from frazil.model import Resolution
from frazil.quick.versions import version_key
from frazil.resolver.engines import NoAnswer
from frazil.resolver.question import JointQuestion, Question
from frazil.resolver.versions import Preference, VersionSet
from frazil.values import replace

Answers = list[Resolution | NoAnswer]
AnswerOne = Callable[[Question], Resolution]
AnswerTogether = Callable[[JointQuestion], tuple[Resolution, ...]]


def answer_sharing(questions: Sequence[Question], answer_one: AnswerOne) -> Answers:
    """Answer the questions of one resolve, in their order; `answer_one` raises NoAnswer.

    Each environment has an answer of its own. Where what an earlier one has would do here too, newer in some projects
    and older in others, that one is taken: neither is better, and less differs.
    """
    answers: Answers = []
    pinned: dict[str, str] = {}
    for question in questions:
        try:
            found = _shared(question, answer_one(question), pinned, answer_one)
        except NoAnswer as none:
            answers.append(none)
            continue
        answers.append(found)
        pinned = {**_pins(found), **pinned}
    return answers


def answer_strictly(questions: Sequence[Question], answer_one: AnswerOne, answer_together: AnswerTogether) -> Answers:
    """Answer the questions of one resolve with one version of each project everywhere, or refuse.

    Answers that agree on their own are taken as they are; a joint search is for the others only.
    """
    answers = answer_sharing(questions, answer_one)
    alone = [_pins(found) for found in answers if isinstance(found, Resolution)]
    if len(alone) < len(answers) or _agree(alone):
        return answers
    try:
        return list(answer_together(JointQuestion(questions=tuple(questions))))
    except NoAnswer as none:
        return [none]


def _shared(question: Question, own: Resolution, pinned: Mapping[str, str], answer_one: AnswerOne) -> Resolution:
    elsewhere = {name: version for name, version in pinned.items() if name not in question.locked}
    here = _pins(own)
    if not {True, False} <= _compared(question, here, elsewhere):
        return own
    try:
        other = answer_one(replace(question, preferred=elsewhere))
    except NoAnswer:
        return own
    there = _pins(other)
    gained = _compared(question, there, here)
    is_worse = False in gained and True not in gained
    return own if is_worse or _alike(there, elsewhere) <= _alike(here, elsewhere) else other


def _compared(question: Question, pins: Mapping[str, str], others: Mapping[str, str]) -> set[bool | None]:
    """Return how pins stand to others, project by project: better, worse, the same (None)."""
    return {_better(question, name, pins[name], others[name]) for name in pins.keys() & others.keys()}


def _better(question: Question, name: str, version: str, other: str) -> bool | None:
    """Say whether policy prefers one version of a project to another; None when they are the same."""
    if version == other:
        return None
    direct = {wish.requirement.name for wish in question.wishes}
    selecting = question.selecting
    newest_first = VersionSet(tuple(sorted((version, other), key=version_key, reverse=True)))
    order = Preference(
        newest_first,
        prerelease=selecting.prerelease_of(name),
        lowest=selecting.prefers_lowest(name, direct),
    )
    return order.head is not None and newest_first.versions[order.head] == version


def _alike(pins: Mapping[str, str], others: Mapping[str, str]) -> int:
    return sum(1 for name, version in pins.items() if others.get(name) == version)


def _agree(answers: Sequence[Mapping[str, str]]) -> bool:
    everything = {pin for pins in answers for pin in pins.items()}
    return len(everything) == len({name for name, _ in everything})


def _pins(found: Resolution) -> dict[str, str]:
    return {pin.name: pin.version for pin in found.pins if pin.version is not None}
