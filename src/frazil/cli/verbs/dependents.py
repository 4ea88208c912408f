"""`frazil dependents`: who asks for some projects, from the lock alone."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import read_lock
from frazil.frozen.between import find_end
from frazil.frozen.dependents import dependents_of
from frazil.frozen.selection import choose
from frazil.report.lines import line
from frazil.report.routes import dependents_document, dependents_lines
from frazil.report.units import counted


def answer(context: Context) -> Answer:
    """List who asks."""
    arguments = context.arguments
    frozen = read_lock(context)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments, builds=True)
    dependents = {
        written: dependents_of(
            frozen,
            find_end(frozen, written).means,
            targets,
            environments,
            transitive=arguments.transitive,
            closed=arguments.closed,
        )
        for written in dict.fromkeys(arguments.words)
    }
    lines = dependents_lines(dependents)
    return Answer(
        document=lambda: dependents_document(dependents),
        data=lambda: lines,
        words=lambda: (line(counted(len(lines), "dependent")),),
    )
