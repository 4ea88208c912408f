"""`frazil subset`: a small lock for some targets."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import read_lock
from frazil.errors import UsageError
from frazil.frozen.codec import format_frozen
from frazil.frozen.cutting import cut
from frazil.frozen.files import write_frozen
from frazil.frozen.selection import choose
from frazil.report.subset import subset_document, subset_line


def answer(context: Context) -> Answer:
    """Cut the lock, and write what is left to a file or to standard output."""
    arguments = context.arguments
    if not arguments.targets:
        raise UsageError("`frazil subset` needs targets", hint="for example `frazil subset services/api -o small.json`")
    whole = read_lock(context)
    targets, environments = choose(whole, targets=arguments.targets, environments=arguments.environments)
    frozen = cut(whole, targets, environments)
    file = context.path(arguments.out)
    text = format_frozen(frozen).decode("ascii")
    if file is None:
        return Answer(document=lambda: subset_document(frozen, file=None, written=False, text=text), text=text)
    written = write_frozen(file, frozen)
    return Answer(
        document=lambda: subset_document(frozen, file=file, written=written, text=text),
        words=lambda: (subset_line(frozen, whole, file, context.folder, written=written, count=len(text)),),
    )
