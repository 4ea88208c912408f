"""`frazil paths`: the ways from one thing of the lock to another, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import own_lock, read_lock
from frazil.errors import UsageError
from frazil.frozen.between import find_end, ways_between
from frazil.frozen.selection import choose
from frazil.report.lines import line
from frazil.report.routes import ways_document, ways_lines, ways_totals
from frazil.whereabouts import Whereabouts

MOST = 20


def answer(context: Context) -> Answer:
    """Show ways."""
    arguments = context.arguments
    if arguments.start is None or arguments.goal is None:
        missing = "--from" if arguments.start is None else "--to"
        raise UsageError(
            f"`frazil paths` needs `{missing}`", hint="for example `frazil paths --from services/api --to urllib3`"
        )
    start, goal = arguments.start, arguments.goal
    reference = own_lock(context)
    frozen = read_lock(context, reference)
    _, environments = choose(frozen, environments=arguments.environments)
    most = MOST if arguments.most is None else arguments.most
    ways = ways_between(frozen, find_end(frozen, start), find_end(frozen, goal), environments, most=most)
    origins = Whereabouts(reference, environ=context.environ)
    return Answer(
        document=lambda: ways_document(start, goal, ways, origins),
        data=lambda: ways_lines(ways, environments, origins),
        words=lambda: (line(ways_totals(ways)),),
    )
