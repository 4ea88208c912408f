"""`frazil peek`: all that the lock says of a release."""

from frazil.cli.context import Answer, Context
from frazil.cli.reading import only_word, read_lock
from frazil.errors import UsageError
from frazil.frozen.detail import details_of
from frazil.frozen.subjects import covered, find_subject
from frazil.report.peek import peek_document, peek_lines


def answer(context: Context) -> Answer:
    """Show releases whole."""
    only_word(context, "a project", "urllib3")
    frozen = read_lock(context)
    subjects = [find_subject(frozen, written) for written in context.arguments.words]
    found = covered(frozen, subjects)
    if not found:
        raise UsageError(f"the lock has no release of {', '.join(subject.written for subject in subjects)}")
    details = details_of(frozen, found)
    return Answer(document=lambda: peek_document(details), data=lambda: peek_lines(details))
