"""`frazil closure`: digests of all that targets ship, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import read_lock
from frazil.frozen.closure import closure_digest, closure_digests
from frazil.frozen.selection import choose
from frazil.report.subset import closure_document, closure_lines


def answer(context: Context) -> Answer:
    """Show digests."""
    arguments = context.arguments
    frozen = read_lock(context)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments)
    pairs = [(target.name, name) for target in targets for name in environments if name in target.environments]
    # One walk over the lock for all of them, unless it is one that is wanted.
    digests = closure_digests(frozen) if len(pairs) > 1 else {pair: closure_digest(frozen, *pair) for pair in pairs}
    closures = [(*pair, digests[pair]) for pair in pairs]
    return Answer(document=lambda: closure_document(closures), data=lambda: closure_lines(closures))
