"""The locks that a query is about, as the command line names them."""

from frazil.cli.context import Context
from frazil.errors import UsageError
from frazil.frozen.model import Frozen
from frazil.references import LockReference, lock_file, lock_in_revision, parse_lock_reference, parse_lone_lock


def own_lock(context: Context) -> LockReference:
    """Return the lock of `--lock`, else that of the project."""
    written = context.arguments.lock
    if written is not None:
        return parse_lock_reference(written, context.folder)
    return lock_file(context.api.find_lock(context.project))


def named_lock(context: Context, word: str) -> LockReference:
    """Return the lock that a word stands for: a path, `REVISION:PATH`, or a revision: the own lock as that has it."""
    return parse_lone_lock(word, context.folder) or lock_in_revision(word, own_lock(context))


def compared_locks(context: Context) -> tuple[LockReference, LockReference]:
    """Return the old and the new lock of a comparison; the new one is the project's own by default.

    Raises UsageError where no lock is named.
    """
    words = context.arguments.words
    if not words:
        verb = context.arguments.command
        raise UsageError(
            f"`frazil {verb}` needs a lock to compare with", hint=f"a revision will do: `frazil {verb} HEAD`"
        )
    old = named_lock(context, words[0])
    return old, named_lock(context, words[1]) if len(words) > 1 else own_lock(context)


def read_lock(context: Context, reference: LockReference | None = None) -> Frozen:
    """Read a lock, the own one unless another is given."""
    return context.api.read_reference(reference or own_lock(context), environ=context.environ)


def only_word(context: Context, what: str, example: str) -> str:
    """Return what stood behind the verb. Raises UsageError where nothing did."""
    words = context.arguments.words
    if not words:
        verb = context.arguments.command
        raise UsageError(f"`frazil {verb}` needs {what}", hint=f"for example `frazil {verb} {example}`")
    return words[0]
