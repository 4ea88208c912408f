"""`frazil merge-driver` and `frazil init --merge-driver`: git merges locks with frazil."""

from frazil.api import LOCK_NAME
from frazil.cli.context import Answer, Context
from frazil.errors import UsageError
from frazil.frozen.conflict import SMALLEST_MARKER
from frazil.merging import merge_files, set_up_merge_driver
from frazil.project.reading import find_root
from frazil.report.merge_summary import merge_document, merge_line, set_up_document, set_up_lines


def answer(context: Context) -> Answer:
    """Merge a lock in place of git's own way; a conflict is an error with exit code 1, which git understands."""
    words = context.arguments.words
    if len(words) < 3:
        raise UsageError(
            "`frazil merge-driver` needs three files: the common ancestor, ours and theirs",
            hint="git gives them: run `frazil init --merge-driver` once",
        )
    base, ours, theirs = (context.folder / word for word in words[:3])
    name = words[4] if len(words) > 4 else LOCK_NAME
    frozen = merge_files(base, ours, theirs, marker_size=_size(words[3:4]), name=name)
    return Answer(document=lambda: merge_document(frozen, ours), words=lambda: (merge_line(frozen, name),))


def _size(words: tuple[str, ...]) -> int:
    if not words:
        return SMALLEST_MARKER
    (text,) = words
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        raise UsageError(f"`frazil merge-driver` needs a number of characters as marker size, not {text}")
    return max(SMALLEST_MARKER, int(text))


def set_up(context: Context) -> Answer:
    """Tell git to ask."""
    dry_run = context.arguments.dry_run
    done = set_up_merge_driver(find_root(context.project), LOCK_NAME, dry_run=dry_run)
    return Answer(
        document=lambda: set_up_document(done, dry_run=dry_run),
        words=lambda: set_up_lines(done, context.folder, dry_run=dry_run),
    )
