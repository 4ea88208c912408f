"""The verbs of the command line as data: what each is for, what it takes, how it is used."""

from frazil.cli.options import BY_FIELD, EVERYWHERE, Option
from frazil.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Positional:
    """What may stand without a flag. `field` is where it goes in Arguments; `most` None is any number."""

    field: str
    metavar: str
    help: str
    most: int | None = None
    choices: tuple[tuple[str, ...], ...] = ()
    """For each place, the words that may stand there; empty where anything may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One verb.

    `summary` is a line for the overview; `purpose` is a paragraph; `examples` are (command, what it does); `bare` is
    the hint for somebody who gave a word to a verb that takes none.
    """

    name: str
    summary: str
    purpose: str
    aliases: tuple[str, ...] = ()
    positional: Positional | None = None
    bare: str | None = None
    fields: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    exit_codes: tuple[int, ...] = (0, 2)

    @property
    def options(self) -> tuple[Option, ...]:
        """The options that this verb takes, its own first."""
        return tuple(BY_FIELD[field] for field in (*self.fields, *EVERYWHERE))


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done"),
    (1, "the honest answer is no: no resolution exists, or the lock is stale under --locked or --check"),
    (2, "usage, configuration, lock file, disk or permission"),
    (3, "index, network or authentication"),
    (4, "integrity: a digest or size differs, or an archive is unsafe"),
    (5, "gave up within the bound of work"),
    (70, "a bug of frazil; a report file is named"),
    (130, "interrupted"),
    (143, "terminated"),
)

_TARGETS = Positional(field="targets", metavar="TARGET", help="targets by name or glob, as with --target")
_SELECTION = ("targets", "environments")
_OUTPUT = ("out", "layout", "link_mode")
_CHOICE = ("upgrade", "upgrade_packages", "exclude_newer", "prerelease", "resolution", "engine", "prove")
_ALL_CODES = (0, 1, 2, 3, 4, 5, 70, 130, 143)

COMMANDS: tuple[Command, ...] = (
    Command(
        name="init",
        summary="look around and write a first configuration",
        purpose=(
            "Looks for members (pyproject.toml), requirements files and scripts with inline metadata, and writes what "
            "it found as [tool.frazil] into pyproject.toml, comments kept, or as frazil.toml where there is no "
            "pyproject.toml. A configuration that is already there is never touched."
        ),
        fields=("dry_run",),
        examples=(
            ("frazil init", "write the configuration"),
            ("frazil init --dry-run", "show it and write nothing"),
        ),
        exit_codes=(0, 2, 70, 130, 143),
    ),
    Command(
        name="resolve",
        aliases=("lock",),
        summary="choose versions for every target and write frozen.json",
        purpose=(
            "Chooses versions for all targets in all environments and writes them to frozen.json, the lock to commit. "
            "Versions already in the lock are kept, so that adding one requirement moves as little as possible. With a "
            "current lock it says so without a request."
        ),
        bare="it chooses versions for all targets together; `frazil ensure TARGET` takes some of them",
        fields=(*_CHOICE, "locked", "check", "dry_run", "lock"),
        examples=(
            ("frazil resolve", "bring the lock up to date"),
            ("frazil resolve -P urllib3", "let only urllib3 move"),
            ("frazil resolve -P 'django==5.1'", "ask for one version"),
            ("frazil resolve -U --dry-run", "show what an upgrade of everything would change"),
            ("frazil resolve --check", "in CI: exit 1 when the lock is stale, and say why"),
        ),
        exit_codes=_ALL_CODES,
    ),
    Command(
        name="fetch",
        aliases=("download",),
        summary="bring exactly the artifacts that the lock lists",
        purpose=(
            "Reads the lock and brings exactly the artifacts it lists, verified, into the store and links them out. It "
            "never resolves: a stale lock is a warning (an error with --locked; not looked at with --frozen). It works "
            "from the lock alone, for every platform, on any machine."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, *_OUTPUT, "locked", "frozen", "check", "dry_run", "lock"),
        examples=(
            ("frazil fetch", "everything, into .frazil/out"),
            ("frazil fetch services/api --env linux -o wheels", "one target, one environment"),
            ("frazil fetch 'services/*' --layout target -o bundle", "a folder for each target and environment"),
            ("frazil fetch --frozen --target services/api", "in a container with nothing but the lock"),
            ("pip install --no-index --find-links .frazil/out flask", "use what was fetched"),
        ),
        exit_codes=(0, 1, 2, 3, 4, 70, 130, 143),
    ),
    Command(
        name="ensure",
        summary="what these targets need, with the least work",
        purpose=(
            "The everyday verb. Tries four tiers and takes the first that holds: nothing changed since the last fetch "
            "(fetch-result); everything is in the store (resolve-result); download what is missing (fetch); resolve "
            "and fetch (resolve). -v says why each earlier one was turned down."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, *_OUTPUT, *_CHOICE, "locked", "frozen", "check", "dry_run", "lock"),
        examples=(
            ("frazil ensure", "everything, up to date"),
            ("frazil ensure services/api", "what one target needs"),
            ("frazil ensure --locked", "in CI: never change the lock"),
            ("frazil ensure -v", "say which tier it was, and why not an earlier one"),
        ),
        exit_codes=_ALL_CODES,
    ),
    Command(
        name="tree",
        summary="what each target asks for, down to the last artifact",
        purpose=(
            "Shows targets, their requirements and the coordinates that answer them, from the lock alone. A subtree "
            "shown before in the same target is marked (*). A branch that holds only in some environments names them."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, "depth", "invert", "lock"),
        examples=(
            ("frazil tree services/api", "one target"),
            ("frazil tree --env windows --depth 2", "two levels, as Windows sees them"),
            ("frazil tree --invert urllib3", "who asks for urllib3, up to the targets"),
        ),
        exit_codes=(0, 2, 70, 130, 143),
    ),
    Command(
        name="cache",
        summary="where store and cache are, how large, and empty them",
        purpose=(
            "dir names the places, size measures them, clean removes what is in them. The store holds verified "
            "artifacts; the cache holds pages, metadata and records. Both are filled again by the next run. Folders "
            "that artifacts were linked into by symlink lose them when the store is cleaned."
        ),
        positional=Positional(
            field="words",
            metavar="ACTION [store|cache]",
            help="dir, size or clean, of both places or of one",
            most=2,
            choices=(("dir", "size", "clean"), ("store", "cache")),
        ),
        fields=("dry_run",),
        examples=(
            ("frazil cache dir", "name both places"),
            ("frazil cache dir store", "print one path, for scripts"),
            ("frazil cache size", "measure both"),
            ("frazil cache clean cache", "drop pages, metadata and records"),
        ),
        exit_codes=(0, 2, 70, 130, 143),
    ),
    Command(
        name="completion",
        summary="print a completion script for a shell",
        purpose="Prints a script that teaches a shell to complete frazil's verbs and options. It runs nothing later.",
        positional=Positional(
            field="words",
            metavar="SHELL",
            help="bash, zsh, fish or tcsh",
            most=1,
            choices=(("bash", "zsh", "fish", "tcsh"),),
        ),
        examples=(
            ("frazil completion bash > ~/.local/share/bash-completion/completions/frazil", "bash"),
            ("frazil completion zsh > ~/.zfunc/_frazil", "zsh, with ~/.zfunc in $fpath"),
            ("frazil completion fish > ~/.config/fish/completions/frazil.fish", "fish"),
        ),
    ),
    Command(
        name="help",
        summary="show help for a verb",
        purpose="Shows what a verb is for, its options with their variables, examples and exit codes.",
        positional=Positional(field="words", metavar="VERB", help="a verb", most=1),
        examples=(("frazil help ensure", "the same as frazil ensure --help"),),
    ),
)

BY_NAME: dict[str, Command] = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}
