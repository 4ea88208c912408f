"""`frazil tree`: what each target asks for, or who asks for a project, from the lock alone."""

from packaging.utils import canonicalize_name

from frazil.cli.context import Answer, Context
from frazil.cli.reading import read_lock
from frazil.errors import UsageError
from frazil.frozen.model import Frozen
from frazil.frozen.selection import choose
from frazil.project.suggestions import suggestion
from frazil.report.lines import line
from frazil.report.tree import TreeStyle, inverted_trees, target_trees, tree_document, tree_lines, tree_totals


def answer(context: Context) -> Answer:
    """Show the lock as trees."""
    arguments = context.arguments
    frozen = read_lock(context)
    targets, environments = choose(frozen, targets=arguments.targets, environments=arguments.environments)
    names = tuple(target.name for target in targets)
    style = TreeStyle(depth=arguments.depth, dedupe=arguments.dedupe, sizes=arguments.sizes, markers=arguments.markers)
    if arguments.invert is None:
        rows = target_trees(frozen, names, environments, style)
    else:
        project = _project(frozen, arguments.invert)
        rows = inverted_trees(frozen, project, names, environments, style)
        if not rows:
            raise UsageError(f"none of these targets ships {project} in these environments")
    return Answer(
        document=lambda: tree_document(rows, inverted=arguments.invert and canonicalize_name(arguments.invert)),
        data=lambda: tree_lines(rows),
        words=lambda: (line(tree_totals(rows)),),
    )


def _project(frozen: Frozen, written: str) -> str:
    """Return the normalised name of a project of the lock. Raises UsageError."""
    name = canonicalize_name(written)
    known = {coordinate.name for coordinate in frozen.coordinates} | set(frozen.members)
    if name not in known:
        raise UsageError(f'the lock has no project "{written}"', hint=suggestion(name, known, title="projects"))
    return name
