"""The errors of frazil: one sentence that names the thing, lines of detail, a hint, an exit code.

FrazilError
├── AnswerIsNo        exit 1   the honest answer is no
│   ├── NoResolution           no versions satisfy the requirements (a proof stands behind it)
│   ├── StaleLock              the lock does not answer what is declared now
│   ├── Difference             `--exit-code`, `--check`: something would change
│   └── MergeConflict          two locks could not be merged whole
├── BadInput          exit 2   usage, configuration, lock file, disk or permission
│   ├── UsageError             options that do not fit, unknown names on the command line
│   ├── ConfigurationError     what the project declares cannot be read or contradicts itself
│   ├── LockFileError          the lock is missing, cut, edited, newer
│   ├── ForeignLockError       the lock of another tool cannot be read, or says nothing
│   ├── DiskError              a file cannot be read or written
│   └── BuildFailed            a project's own build failed, or may not be tried
├── OutsideError      exit 3   index, network or authentication
│   ├── IndexUnreachable       the network or the server failed
│   ├── IndexAnswerError       the server answered something that is not an answer
│   ├── ArtifactGone           the file is not there any more (404, 410)
│   ├── MirrorLacks            the mirror of an index does not have the file
│   ├── AuthenticationError    401, 403
│   ├── Offline                a request was needed and is not allowed
│   └── SharedCacheFailed      the shared cache failed, and `--remote-required` was asked
├── IntegrityError    exit 4   digest, size, unsafe archive
├── GaveUp            exit 5   the bound of work was reached without an answer or a proof
├── Interrupted       exit 130 or 143
└── WriteForbidden    exit 70  a write in a run that must write nothing: a bug of ours
"""

from frazil.regex import regex

# All that stands before the last `@` of an authority; and a password with a slash that should have been encoded, where
# what follows the colon is no port.
_CREDENTIALS = regex(r"(?<=//)(?:[^/\s]*@|[^/\s:@\[]*:(?!\d+(?:[/?#\s]|\Z))[^\s@]*@)")
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ENDS = regex(r"[\t\n\u2028\u2029]+")


def cleaned(text: str) -> str:
    """Return text that is safe to show: no credentials in addresses, no control characters from outside."""
    if text.isascii() and text.isprintable() and "@" not in text:
        return text  # as nearly all of the hundred thousand texts of a large answer are
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _CREDENTIALS.sub("", text))


def _one_line(text: str) -> str:
    """Return text that is safe to show and begins no line of its own: a name from outside may hold the end of one."""
    return _ENDS.sub(" ", cleaned(text))


class FrazilError(Exception):
    """The root of the family: a sentence, details (lines shown indented below it), a hint.

    `slug` names the kind of error for `--json`; it never changes. `exit_code` is what the process returns.
    """

    exit_code = 70
    slug = "bug"

    def __init__(self, sentence: str, *, hint: str | None = None, details: tuple[str, ...] = ()) -> None:
        self.sentence = _one_line(sentence)
        self.hint = None if hint is None else _one_line(hint)
        self.details = tuple(cleaned(line) for line in details)
        super().__init__(self.sentence)


class AnswerIsNo(FrazilError):
    exit_code = 1
    slug = "no"


class NoResolution(AnswerIsNo):
    slug = "no-resolution"


class StaleLock(AnswerIsNo):
    slug = "stale-lock"


class Difference(AnswerIsNo):
    slug = "difference"


class MergeConflict(AnswerIsNo):
    slug = "merge-conflict"


class BadInput(FrazilError):
    exit_code = 2
    slug = "bad-input"


class UsageError(BadInput):
    slug = "usage"


class ConfigurationError(BadInput):
    slug = "configuration"


class LockFileError(BadInput):
    slug = "lock-file"


class LockMissing(LockFileError):
    slug = "lock-missing"


class LockTooNew(LockFileError):
    slug = "lock-too-new"


class ForeignLockError(BadInput):
    slug = "foreign-lock"


class DiskError(BadInput):
    slug = "disk"


class BuildFailed(BadInput):
    slug = "build"


class OutsideError(FrazilError):
    exit_code = 3
    slug = "outside"


class IndexUnreachable(OutsideError):
    slug = "unreachable"


class IndexAnswerError(OutsideError):
    slug = "index-answer"


class ArtifactGone(OutsideError):
    slug = "artifact-gone"


class MirrorLacks(OutsideError):
    slug = "mirror-lacks"


class AuthenticationError(OutsideError):
    slug = "authentication"


class Offline(OutsideError):
    slug = "offline"


class SharedCacheFailed(OutsideError):
    slug = "shared-cache"


class IntegrityError(FrazilError):
    exit_code = 4
    slug = "integrity"


class UnsafeArchive(IntegrityError):
    """An archive that is not laid out: unsafe, endless, to be read in two ways, or none at all."""


class GaveUp(FrazilError):
    exit_code = 5
    slug = "gave-up"


class Interrupted(FrazilError):
    exit_code = 130
    slug = "interrupted"


class WriteForbidden(FrazilError):
    slug = "write-forbidden"
