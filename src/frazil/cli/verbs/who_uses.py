"""`frazil who-uses`: the targets that ship a release or a file, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word, own_lock, read_lock
from frazil.frozen.selection import choose
from frazil.frozen.subjects import find_subject
from frazil.frozen.uses import uses_of
from frazil.report.lines import line
from frazil.report.who_uses import uses_document, uses_lines, uses_totals
from frazil.whereabouts import Whereabouts


def answer(context: Context) -> Answer:
    """Say who uses something."""
    arguments = context.arguments
    written = only_word(context, "versions, the name of a file or a SHA-256", "'urllib3<2.7'")
    reference = own_lock(context)
    frozen = read_lock(context, reference)
    subject = find_subject(frozen, written)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments, builds=True)
    uses = uses_of(frozen, subject, targets, environments)
    origins = Whereabouts(reference, environ=context.environ)
    return Answer(
        document=lambda: uses_document(uses, origins),
        data=lambda: uses_lines(uses, origins),
        words=lambda: (line(uses_totals(uses, (target.name for target in targets))),),
        exit_code=int(arguments.exit_code and bool(uses.uses)),
    )
