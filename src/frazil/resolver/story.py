"""A core in words: one sentence, who requires what in which line, and the steps between."""

from collections.abc import Sequence

from frazil.model import Declared
from frazil.resolver.clauses import facts_under
from frazil.resolver.core import Core, questions_in
from frazil.resolver.derivation import LossStep, steps_of
from frazil.resolver.joint import AnyWorld
from frazil.resolver.question import JointQuestion, Wish
from frazil.resolver.sentences import Releases, Sentences, in_words

_POLICY = ("constraint", "override")
_MOST_NAMES = 4


class Story:
    """Tells a core; `whole` is the world of the question that the core was cut from."""

    def __init__(self, core: Core, whole: AnyWorld) -> None:
        facts = facts_under(core.proof)
        self.core = core
        self.whole = whole
        self.steps = steps_of(core.world, facts)
        self._sentences = Sentences(core.world, facts)
        self._questions = questions_in(whole.question)
        wishes = (wish for question in questions_in(core.world.question) for wish in question.wishes)
        self._wishes: dict[Declared, Wish] = {w.declared: w for w in wishes if w.declared in core.declared}

    @property
    def resolve(self) -> str:
        return self._questions[0].resolve

    # The sentence -----------------------------------------------------------------------------------------

    def sentence(self) -> str:
        """Say the cause where one requirement cannot be met by itself, else who clashes."""
        cause = self._cause_alone()
        if cause is not None:
            return cause
        targets = sorted({wish.target or "" for wish in self._wishes.values()})
        together = f"{listed(targets)}{' together' if len(targets) > 1 else ''}"
        if isinstance(self.core.world.question, JointQuestion):
            return f'no one version everywhere, as share = "strict" asks, satisfies {together}'
        return f"no versions satisfy {together}"

    def _cause_alone(self) -> str | None:
        """Say why one requirement fails by itself: its project or all that it admits cannot be taken."""
        if len(self.core.declared) != 1 or len(self._wishes) != 1 or len(self.steps) > 1:
            return None
        (wish,) = self._wishes.values()
        node = self.core.world.node(wish.requirement.name)
        asked = f"which {wish.target} requires in {wish.declared.origin}"
        if not node.exists:
            return f"there is no project {node.name}, {asked}"
        if not self.steps and node.versions.admitted(wish.requirement.specifier):
            return None
        if not self.steps:
            return (
                f"no release of {node.name} is {wish.requirement.head}, {asked}; the newest is {node.version_text(0)}"
            )
        (step,) = self.steps
        if not isinstance(step, LossStep) or step.node != node.key:
            return None
        such = Releases(wish.requirement.head, every=True)
        if not step.versions & (step.versions - 1):
            such = Releases(in_words(node, node.name, step.versions), several=False)
        return f"{wish.target} cannot have {wish.requirement.head}: {self._sentences.loss_of(such, step)}"

    # The lines --------------------------------------------------------------------------------------------

    def requirements(self, *, besides: Declared | None = None) -> tuple[str, ...]:
        """Return a line for each declaration of the core, besides one: who, what, and the file and line."""
        rows = [self._row(declared) for declared in self.core.declared if declared != besides]
        return aligned(sorted(rows, key=lambda row: row[0] in _POLICY))

    def _row(self, declared: Declared) -> tuple[str, str, str]:
        who = self._who(declared)
        what = str(declared.requirement) if who in _POLICY else f"requires {declared.requirement}"
        return who, what, f"{declared.origin}{self._also(declared)}"

    def _who(self, declared: Declared) -> str:
        """Return the target that declares a line (its own, or flowing to who asks for it by name), or what it is."""
        for question in self._questions:
            for wish in question.wishes:
                if wish.declared == declared and wish.target is not None:
                    return wish.target
            for member in question.members.values():
                if declared in (*member.requirements, *(d for added in member.extras.values() for d in added)):
                    return member.target
        return "override" if declared in self._overrides() else "constraint"

    def _overrides(self) -> set[Declared]:
        return {wish.declared for question in self._questions for wish in question.overrides}

    def _also(self, declared: Declared) -> str:
        """Say how many other lines require the very same."""
        wishes = {wish.declared for question in self._questions for wish in question.wishes}
        same = {other for other in wishes if other.requirement == declared.requirement} - {declared}
        return f" and {len(same)} more" if same and declared in wishes else ""

    def told_steps(self) -> tuple[str, ...]:
        """Return a line for each step that the sentence does not tell."""
        sentence = self.sentence()
        lines = self._sentences.lines(self.steps)
        return tuple(line for line in lines if not sentence.endswith(line.removeprefix("and ")))

    def hint(self) -> str | None:
        """Ask about a project that does not exist; a near name is only ever a question."""
        wanted = [step.wanted for step in self.steps if not isinstance(step, LossStep)]
        for key in (*(declared.requirement.name for declared in self.core.declared), *wanted):
            node = self.core.world.node(key)
            if not node.exists:
                near = f"did you mean {' or '.join(node.near)}? " if node.near else ""
                return f"{near}check the name, and that an index of the project has it"
        return None


def listed(names: Sequence[str]) -> str:
    """Join names with commas and `and`; past a few, the rest is counted."""
    shown = list(names[:_MOST_NAMES]) if len(names) > _MOST_NAMES + 1 else list(names)
    if len(shown) < len(names):
        shown.append(f"{len(names) - len(shown)} more")
    return " and ".join((", ".join(shown[:-1]), shown[-1]) if len(shown) > 1 else shown)


def aligned(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Set rows in columns; nothing trails at the end of a line."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return tuple("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
