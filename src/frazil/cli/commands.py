"""The verbs of the command line as data: what each is for, what it takes, how it is used."""

from frazil.cli.options import BY_FIELD, EVERYWHERE, Option
from frazil.values import dataclass, replace


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
    formats: tuple[str, ...] = ()
    """What `--format` takes besides text and json."""

    @property
    def options(self) -> tuple[Option, ...]:
        """The options that this verb takes, its own first."""
        return tuple(self._with_formats(BY_FIELD[field]) for field in (*self.fields, *EVERYWHERE))

    def _with_formats(self, option: Option) -> Option:
        if option.field != "format" or not self.formats:
            return option
        choices = (*option.choices, *self.formats)
        return replace(option, choices=choices, help=f"{', '.join(choices[:-1])} or {choices[-1]} (default: text)")


EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "done"),
    (
        1,
        (
            "the honest answer is no: no resolution exists, the lock is stale under --locked or --check, or there is "
            "something to show under --exit-code"
        ),
    ),
    (2, "usage, configuration, lock file, disk or permission"),
    (3, "index, network or authentication"),
    (4, "integrity: a digest or size differs, or an archive is unsafe"),
    (5, "gave up within the bound of work"),
    (70, "a bug of frazil; a report file is named"),
    (130, "interrupted"),
    (143, "terminated"),
)

_TARGETS = Positional(field="targets", metavar="TARGET", help="targets by name or glob, as with --target")
_LOCKS = Positional(field="words", metavar="OLD [NEW]", help="locks by path, REVISION:PATH or revision", most=2)
_FORMS = ("pylock", "requirements", "cyclonedx", "spdx", "dot", "mermaid", "graphml", "json-graph")
_SELECTION = ("targets", "environments")
_OUTPUT = ("out", "layout", "link_mode", "build", "allow_hosts")
_CHOICE = ("upgrade", "upgrade_packages", "exclude_newer", "prerelease", "resolution", "engine", "prove", "keep_going")
_QUERY_CODES = (0, 2, 70, 130, 143)
_REMOTE = ("remote_cache", "remote_cache_write", "no_remote_cache_read", "remote_required", "remote_timeout")
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
        fields=("merge_driver", "dry_run"),
        examples=(
            ("frazil init", "write the configuration"),
            ("frazil init --merge-driver", "let git merge locks with frazil"),
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
        fields=(*_CHOICE, "locked", "check", "dry_run", "lock", *_REMOTE, "trace"),
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
        fields=(
            *_SELECTION,
            "all_artifacts",
            *_OUTPUT,
            "locked",
            "frozen",
            "check",
            "dry_run",
            "lock",
            *_REMOTE,
            "trace",
        ),
        examples=(
            ("frazil fetch", "everything, into .frazil/out"),
            ("frazil fetch services/api --env linux -o wheels", "one target, one environment"),
            ("frazil fetch 'services/*' --layout target -o bundle", "a folder for each target and environment"),
            ("frazil fetch --frozen --target services/api", "in a container with nothing but the lock"),
            ("frazil fetch --all-artifacts --layout simple -o mirror", "a static index for your own web server"),
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
        fields=(*_SELECTION, *_OUTPUT, *_CHOICE, "locked", "frozen", "check", "dry_run", "lock", *_REMOTE, "trace"),
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
        fields=(*_SELECTION, "depth", "invert", "dedupe", "sizes", "markers", "lock"),
        examples=(
            ("frazil tree services/api", "one target"),
            ("frazil tree --env windows --depth 2", "two levels, as Windows sees them"),
            ("frazil tree --invert urllib3", "who asks for urllib3, up to the targets"),
            ("frazil tree --sizes --depth 1", "what each target asks for, and the bytes it ships"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="why",
        summary="the ways from targets to a release, and what holds it back",
        purpose=(
            "Shows for each requirement of a target that leads to the release the shortest way there, with file and "
            "line, and the requirements, constraints and overrides that keep every newer release out. -v shows all "
            "ways that are as short. Of P and P[x], the one that says so itself is named."
        ),
        positional=Positional(
            field="words",
            metavar="PROJECT",
            help="a project, its versions ('urllib3<2.6'), a file or a SHA-256",
            most=1,
        ),
        fields=(*_SELECTION, "lock"),
        examples=(
            ("frazil why urllib3", "every requirement that brings it in"),
            ("frazil why urllib3 --target 'services/*' --env linux", "as far as these ship it there"),
            ("frazil why libs/common", "who uses a member of the repository"),
            ("frazil why urllib3 --lock v1.4:frozen.json", "as a tag has it"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="why-not",
        summary="why a version was not chosen",
        purpose=(
            "Names the requirements and constraints that keep a version out, or what turned it down: its files, its "
            "Python, policy. Answers from the lock and from what its resolve kept in the cache; only where both are "
            "silent it asks the index, tries an answer with that version, and says so. Without a version it is about "
            "whatever is newer than what the lock has."
        ),
        positional=Positional(
            field="words", metavar="PROJECT[==VERSION]", help="a project, or one version of it", most=1
        ),
        fields=("environments", "lock"),
        examples=(
            ("frazil why-not flask==3.1", "why the lock has another one"),
            ("frazil why-not numpy --env windows", "why nothing newer, in one environment"),
            ("frazil why-not flask==3.1 --offline", "without asking the index"),
        ),
        exit_codes=(0, 2, 3, 4, 70, 130, 143),
    ),
    Command(
        name="who-uses",
        summary="the targets that ship a release or a file, and where",
        purpose=(
            "Answers the question of an advisory: which targets ship these versions, this file or these bytes, in "
            "which environments, by which requirement, and what holds them back. Reads the lock of any revision, so "
            "that what is deployed can be asked about without checking it out."
        ),
        positional=Positional(
            field="words", metavar="WHAT", help="versions ('urllib3<2.7'), the name of a file, or a SHA-256", most=1
        ),
        fields=(*_SELECTION, "exit_code", "lock"),
        examples=(
            ("frazil who-uses 'urllib3<2.7'", "every target that ships such a version"),
            ("frazil who-uses urllib3-2.5.0-py3-none-any.whl --lock v1.4:frozen.json", "by file, as a tag has it"),
            ("frazil who-uses sha256:b4d051ef9c5c2b04", "by the first digits of a digest"),
            ("frazil who-uses 'urllib3<2.7' --exit-code", "in CI: exit 1 when somebody does"),
        ),
        exit_codes=(0, 1, 2, 70, 130, 143),
    ),
    Command(
        name="paths",
        summary="the ways from one thing of the lock to another, shorter ones first",
        purpose=(
            "Shows the ways along requirements from targets or projects to others, none of which comes to the same "
            "place twice. No way is an answer too: nothing is printed."
        ),
        bare="say where the ways begin and end: `frazil paths --from services/api --to urllib3`",
        fields=("start", "goal", "most", "environments", "lock"),
        examples=(
            ("frazil paths --from services/api --to urllib3", "from one target"),
            ("frazil paths --from 'services/*' --to libs/common", "from some targets to a member"),
            ("frazil paths --from requests --to certifi --most 1", "the shortest between two projects"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="dependents",
        summary="who asks for some projects",
        purpose=(
            "Lists the releases and targets that ask for any of the projects, sorted, each once. Without a project it "
            "lists nothing."
        ),
        positional=Positional(field="words", metavar="PROJECT", help="projects, versions, files or members"),
        fields=("targets", "environments", "transitive", "closed", "lock"),
        examples=(
            ("frazil dependents urllib3", "who asks for it directly"),
            ("frazil dependents libs/common --transitive", "all that uses a member"),
            ("frazil dependents urllib3 idna --transitive --closed --json", "for each, with itself"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="peek",
        summary="all that the lock says of a release",
        purpose=(
            "Shows a release whole: where it comes from and where it is pinned, who ships it, what it asks for and "
            "what answers that, who asks for it, its files."
        ),
        positional=Positional(field="words", metavar="PROJECT", help="a project, some of its versions, or a file"),
        fields=("lock",),
        examples=(
            ("frazil peek urllib3", "every version of it that is pinned"),
            ("frazil peek numpy==2.3.4 --json", "one version, for a program"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="report",
        summary="what the lock as a whole looks like: skew, sizes, licenses, stale; or html, a page of it",
        purpose=(
            "skew: projects of which there are several versions, why, and what that costs. sizes: the bytes of each "
            "target, and of what only it brings. licenses: SPDX expressions and who ships them. stale: the age of "
            "pins, newer releases, yanked and archived ones; it alone asks the index. html: a page for a browser, in "
            "one file, of the lock or of what changed between two locks (named as for `frazil diff`)."
        ),
        positional=Positional(
            field="words",
            metavar="KIND [OLD [NEW]]",
            help="skew, sizes, licenses, stale, or html (of two locks)",
            most=3,
            choices=(("skew", "sizes", "licenses", "stale", "html"),),
        ),
        fields=(*_SELECTION, "out", "lock"),
        examples=(
            ("frazil report skew", "several versions of one project"),
            ("frazil report sizes --env linux", "bytes by target"),
            ("frazil report licenses --target 'services/*' --json", "for a program"),
            ("frazil report stale", "asks the index what is newer"),
            ("frazil report html -o lock.html", "a page to open, search and send"),
            ("frazil report html origin/main -o change.html", "what changed, as a page"),
        ),
        exit_codes=(0, 2, 3, 70, 130, 143),
    ),
    Command(
        name="diff",
        summary="what differs between two locks, for each target and environment",
        purpose=(
            "Compares two locks: releases that came, went and moved, and what pushed them; what that means for each "
            "target. Each is a path, REVISION:PATH, or a revision, which stands for the project's lock in it. Without "
            "a second one it is the project's own. Only the environments that both have are compared."
        ),
        positional=_LOCKS,
        fields=(*_SELECTION, "exit_code", "lock"),
        examples=(
            ("frazil diff HEAD", "what is not committed yet"),
            ("frazil diff origin/main --format markdown", "for the text of a pull request"),
            ("frazil diff v1.4 v1.5 --target services/api", "one target between two releases"),
            ("frazil diff a.json b.json --exit-code", "exit 1 when they differ"),
        ),
        exit_codes=(0, 1, 2, 70, 130, 143),
        formats=("markdown",),
    ),
    Command(
        name="affected",
        summary="the targets that a change of the lock, or of their own files, concerns",
        purpose=(
            "Names the targets that ship other files than with the old lock in any environment, and with --since "
            "those whose own files, or those of members they use, changed. Whatever cannot be read makes everything "
            "affected, and a warning says why."
        ),
        positional=_LOCKS,
        fields=(*_SELECTION, "since", "lock"),
        examples=(
            ("frazil affected origin/main", "what the lock's change concerns"),
            ("frazil affected origin/main --since origin/main", "and what changed in the targets themselves"),
            ("frazil affected origin/main --env linux -q", "names alone, for a script"),
            ("frazil affected origin/main --format github-matrix", "a matrix for a workflow"),
        ),
        exit_codes=_QUERY_CODES,
        formats=("github-matrix",),
    ),
    Command(
        name="audit",
        summary="known vulnerabilities of what targets ship, and what mends them",
        purpose=(
            "Looks up every release that targets ship: in advisories in the OSV schema (files, a .zip or a folder of "
            "them), or with the indexes, where they say what they know of a release. Findings are exit 1, each with "
            "the targets that ship it, the requirement that brings it in, and what holds it back. What nobody could "
            "say anything of is a warning; where that is everything, the audit fails."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, "advisories", "ignored", "lock"),
        examples=(
            ("frazil audit", "asks the index about every release"),
            ("frazil audit --advisories osv.zip --lock v1.4:frozen.json", "what was deployed, without network"),
            ("frazil audit --ignore CVE-2026-1234", "without what was judged already"),
            ("frazil audit --format sarif > audit.sarif", "for a code host to show beside the lines"),
        ),
        exit_codes=(0, 1, 2, 3, 70, 130, 143),
        formats=("sarif",),
    ),
    Command(
        name="closure",
        summary="one digest of all that a target ships in an environment",
        purpose=(
            "Prints the SHA-256 that changes exactly when the files of a target change: what a cache of CI or an image "
            "is keyed on. `sha256sum * | sha256sum` in a folder with the fetched files prints the same. For several "
            "targets or environments, each digest is followed by their names."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, "lock"),
        examples=(
            ("frazil closure services/api --env linux", "one digest and nothing else"),
            ("frazil closure", "of every target in every environment"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="subset",
        summary="write a small lock for some targets",
        purpose=(
            "Cuts the lock to some targets, and environments if any are named. What is written is a lock too: `frazil "
            "fetch --frozen` brings exactly the same files with it, and it changes only when something of these "
            "targets does. Made to be copied into an image."
        ),
        positional=_TARGETS,
        fields=(*_SELECTION, "out", "lock"),
        examples=(
            ("frazil subset services/api -o services/api/frozen.json", "for one service"),
            ("frazil subset services/api --env linux", "for one environment, on standard output"),
        ),
        exit_codes=_QUERY_CODES,
    ),
    Command(
        name="export",
        summary="the lock in a format that installers, auditors or drawing programs read",
        purpose=(
            "Writes a pylock.toml (PEP 751, the default) in which each target is a dependency group, requirements with "
            "hashes for each target and environment, a bill of materials (cyclonedx, spdx) for each target, or the "
            "graph (dot, mermaid, graphml, json-graph). One file goes to standard output, or with --out to a file or "
            "folder; several need a folder, a path without a suffix. Asks an index for one page at most, and only for "
            "a pylock whose files lie nobody knows where."
        ),
        positional=_TARGETS,
        fields=(
            *_SELECTION,
            "out",
            "per_target",
            "no_local",
            "files_urls",
            "locked",
            "frozen",
            "check",
            "lock",
            "trace",
        ),
        examples=(
            ("frazil export -o pylock.toml", "for `pip install -r pylock.toml` and `uv pip sync pylock.toml`"),
            ("frazil export services/api --env linux --format requirements", "for `pip install --require-hashes`"),
            ("frazil export --format cyclonedx -o sboms", "a bill of materials for each target"),
            ("frazil export services/api --format dot -o api.dot", "a picture, drawn by `dot -Tsvg api.dot`"),
            ("frazil export -o pylock.toml --check", "in CI: exit 1 when the file is not what the lock says"),
        ),
        exit_codes=(0, 1, 2, 3, 70, 130, 143),
        formats=_FORMS,
    ),
    Command(
        name="import",
        summary="resolve with the versions of another tool's lock",
        purpose=(
            "Reads a pylock.toml, uv.lock, poetry.lock, pdm.lock or a compiled requirements file (without FILE, the "
            "only one beside the manifest) and resolves with its versions preferred, before those of the own lock. "
            "What could not be kept is said, with the reason; what is asked for stays in the manifests."
        ),
        positional=Positional(field="words", metavar="FILE", help="the lock of another tool", most=1),
        fields=("exclude_newer", "prerelease", "resolution", "engine", "prove", "dry_run", "lock", "trace"),
        examples=(
            ("frazil import", "the uv.lock, poetry.lock, pdm.lock or pylock.toml beside the manifest"),
            ("frazil import requirements.txt", "a file that pip-compile or uv made"),
            ("frazil import poetry.lock --dry-run", "show what would be kept"),
        ),
        exit_codes=_ALL_CODES,
    ),
    Command(
        name="bundle",
        summary="everything that targets install, for a machine without a network",
        purpose=(
            "Puts the wheels of some targets for some environments into a folder, or a tar, with a pylock.toml for all "
            "targets, one for each, a manifest with the SHA-256 of everything, and a page for whoever receives it. "
            "Plain pip and uv install from it; frazil is not needed there. What the lock has only as source, and the "
            "repository's own projects, are built here; what cannot be is refused by name. The same lock makes the "
            "same bytes. `frazil bundle verify BUNDLE` hashes everything in one."
        ),
        positional=Positional(
            field="words", metavar="TARGET", help="targets by name or glob; or `verify` and a bundle"
        ),
        fields=(
            *_SELECTION,
            "out",
            "add_to",
            "no_local",
            "with_sources",
            "locked",
            "frozen",
            "dry_run",
            "lock",
            *_REMOTE,
            "trace",
        ),
        examples=(
            ("frazil bundle -o shop.tar", "all targets in all environments"),
            ("frazil bundle services/api --env linux -o api", "one target, one environment, as a folder"),
            ("frazil bundle -o update.tar --add-to shop.tar", "only what is new since then"),
            ("frazil bundle verify shop.tar", "hash everything in it"),
            ("uv pip sync --offline --no-index pylock.services-api.toml", "on the far side, in the unpacked folder"),
        ),
        exit_codes=(0, 1, 2, 3, 4, 70, 130, 143),
    ),
    Command(
        name="import-bundle",
        summary="fill the store from a bundle",
        purpose=(
            "Brings the artifacts of a bundle (a folder or a tar) into the store, each hashed again, so that `frazil "
            "ensure --offline` finds them. What is not at the place of a bundle, not listed, or not the file that was "
            "bundled is refused."
        ),
        positional=Positional(field="words", metavar="BUNDLE", help="a folder or a tar", most=1),
        examples=(("frazil import-bundle shop.tar", "on a machine without a network"),),
        exit_codes=(0, 2, 4, 70, 130, 143),
    ),
    Command(
        name="merge-driver",
        summary="merge two locks for git",
        purpose=(
            "Called by git, once `frazil init --merge-driver` has told it to. Merges what is independent and writes it "
            "to OURS, as a resolve of the merged manifests would; the rest is marked as a conflict for `frazil "
            "resolve`, which prefers the versions of both sides."
        ),
        positional=Positional(
            field="words",
            metavar="BASE OURS THEIRS",
            help="three files, as git gives them",
            most=5,
        ),
        examples=(("frazil merge-driver %O %A %B %L %P", "as git's configuration has it"),),
        exit_codes=(0, 1, 2, 70, 130, 143),
    ),
    Command(
        name="cache",
        summary="where store and cache are, how large, and keeping them in order",
        purpose=(
            "dir names the places, size measures them, clean removes what is in them. prune drops what was not used "
            "for 30 days, or as --older-than, --max-size and --ci say; it may run beside other jobs. verify hashes "
            "everything again (exit 4 when something is damaged). key prints a key for the cache of a CI service, "
            "then the beginnings of older keys that will do. The store holds verified artifacts; the cache holds "
            "pages, metadata and records. Both are filled again by the next run. Folders that artifacts were linked "
            "into by symlink lose them when the store is cleaned or pruned."
        ),
        positional=Positional(
            field="words",
            metavar="ACTION [store|cache]",
            help="dir, size, prune, verify, key or clean",
            most=2,
            choices=(("dir", "size", "prune", "verify", "key", "clean"), ("store", "cache")),
        ),
        fields=("dry_run", "older_than", "max_size", "ci", "repair", *_SELECTION, "lock"),
        examples=(
            ("frazil cache dir", "name both places"),
            ("frazil cache dir store", "print one path, for scripts"),
            ("frazil cache size", "measure both"),
            ("frazil cache prune --max-size 5GB", "drop the longest unused"),
            ("frazil cache verify --repair", "find what rotted and remove it"),
            ("frazil cache key --env linux", "the key for what one environment needs"),
            ("frazil cache clean cache", "drop pages, metadata and records"),
        ),
        exit_codes=(0, 2, 4, 70, 130, 143),
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


def see(command: Command) -> str:
    """Say where a verb tells what it takes."""
    return f"`frazil {command.name} --help` lists what it takes" if command.name else "see `frazil --help`"
