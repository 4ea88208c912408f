"""`frazil why`: the ways from targets to a release, and what holds it back, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word, own_lock, read_lock
from frazil.errors import UsageError
from frazil.frozen.selection import choose
from frazil.frozen.subjects import find_subject
from frazil.frozen.why import explain, in_brief
from frazil.report.lines import line
from frazil.report.why import why_document, why_lines, why_totals
from frazil.whereabouts import Whereabouts


def answer(context: Context) -> Answer:
    """Explain a release."""
    arguments = context.arguments
    written = only_word(context, "a project", "urllib3")
    reference = own_lock(context)
    frozen = read_lock(context, reference)
    subject = find_subject(frozen, written)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments, builds=True)
    explanations = explain(frozen, subject, targets, environments)
    if not explanations:
        raise UsageError(f"none of these targets ships {subject.written} in these environments")
    origins = Whereabouts(reference, environ=context.environ)
    shown = explanations if context.verbose else tuple(map(in_brief, explanations))
    return Answer(
        document=lambda: why_document(subject.written, explanations, origins),
        data=lambda: why_lines(shown, origins),
        words=lambda: (line(why_totals(shown)),),
    )
