"""`frazil why`: the ways from targets to a release, and what holds it back, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word, own_lock, read_lock
from frazil.errors import UsageError
from frazil.frozen.selection import choose
from frazil.frozen.subjects import find_subject
from frazil.frozen.why import explain
from frazil.report.lines import line
from frazil.report.why import why_document, why_lines, why_totals
from frazil.whereabouts import Whereabouts

MOST = 100
"""Ways that are listed for one requirement where all are wanted."""


def answer(context: Context) -> Answer:
    """Explain a release."""
    arguments = context.arguments
    written = only_word(context, "a project", "urllib3")
    reference = own_lock(context)
    frozen = read_lock(context, reference)
    subject = find_subject(frozen, written)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments)
    all_ways = arguments.json or arguments.verbose
    explanations = explain(frozen, subject, targets, environments, most=MOST if all_ways else 1)
    if not explanations:
        raise UsageError(f"none of these targets ships {subject.written} in these environments")
    origins = Whereabouts(reference, environ=context.environ)
    return Answer(
        document=lambda: why_document(subject.written, explanations, origins),
        data=lambda: why_lines(explanations, origins),
        words=lambda: (line(why_totals(explanations)),),
    )
