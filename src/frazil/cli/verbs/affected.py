"""`frazil affected`: the targets that a change concerns; in doubt, all of them."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import compared_locks
from frazil.report.affected import (
    affected_details,
    affected_document,
    affected_lines,
    affected_matrix,
    affected_words,
)


def answer(context: Context) -> Answer:
    """Name the targets."""
    arguments = context.arguments
    old, new = compared_locks(context)
    rebuild = context.api.read_rebuild(
        old,
        new,
        project=context.project,
        since=arguments.since,
        targets=arguments.targets,
        environments=arguments.environments,
        environ=context.environ,
    )
    found, count = rebuild.found, len(rebuild.targets)
    environments = rebuild.frozen.inputs.environments
    lived = tuple(name for name in rebuild.environments if any(name in each.environments for each in rebuild.targets))
    matrix = arguments.format == "github-matrix"
    return Answer(
        document=lambda: affected_document(
            found,
            environments,
            old=old.name,
            new=new.name,
            since=arguments.since,
            unreadable=rebuild.unreadable,
            count=count,
        ),
        text=affected_matrix(found, environments) if matrix else None,
        data=lambda: () if matrix else affected_lines(found),
        words=lambda: (
            *(affected_details(found) if context.verbose else ()),
            affected_words(found, count, lived),
        ),
        warnings=tuple(f"everything counts as affected: {sentence}" for sentence in rebuild.unreadable),
    )
