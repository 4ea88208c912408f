"""Every option of the command line as data: its spellings, its variable, what it takes, what it says of itself."""

from enum import Enum

from frazil.values import dataclass


class Takes(Enum):
    """What an option takes: nothing, nothing but it counts, one value, or one value each time it is given."""

    NOTHING = "nothing"
    COUNT = "count"
    VALUE = "value"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    `field` is where its value stands in Arguments; `spellings` are all its flags, the one that messages use first;
    `completes` is what a shell offers for its value: `file`, `folder` or nothing. `help` is one sentence without an
    end.
    """

    field: str
    spellings: tuple[str, ...]
    help: str
    group: str
    takes: Takes = Takes.NOTHING
    metavar: str = ""
    choices: tuple[str, ...] = ()
    variable: str | None = None
    completes: str | None = None

    @property
    def name(self) -> str:
        """The spelling that messages use."""
        return self.spellings[0]

    @property
    def takes_value(self) -> bool:
        return self.takes in {Takes.VALUE, Takes.VALUES}


SELECTION = "What to take"
OUTPUT_FOLDER = "Where it goes"
CHOICE = "What is chosen"
TREE = "What to show"
LOCK = "The lock"
WRITING = "What is written"
PLACES = "Places"
NETWORK = "Network and caches"
TALK = "Output"

GROUPS = (SELECTION, OUTPUT_FOLDER, CHOICE, TREE, LOCK, WRITING, PLACES, NETWORK, TALK)

OPTIONS: tuple[Option, ...] = (
    Option(
        field="targets",
        spellings=("--target", "-t"),
        takes=Takes.VALUES,
        metavar="GLOB",
        variable="FRAZIL_TARGET",
        group=SELECTION,
        help="only targets that this matches; may be repeated, and given without the flag (default: all)",
    ),
    Option(
        field="environments",
        spellings=("--env", "-e"),
        takes=Takes.VALUES,
        metavar="NAME",
        variable="FRAZIL_ENV",
        group=SELECTION,
        help="only this environment; may be repeated (default: all)",
    ),
    Option(
        field="out",
        spellings=("--out", "-o"),
        takes=Takes.VALUE,
        metavar="PATH",
        variable="FRAZIL_OUT",
        completes="file",
        group=OUTPUT_FOLDER,
        help=(
            "the folder that artifacts are linked into (default: .frazil/out of the project); for a verb that makes a "
            "document, its file (default: standard output)"
        ),
    ),
    Option(
        field="per_target",
        spellings=("--per-target",),
        variable="FRAZIL_PER_TARGET",
        group=OUTPUT_FOLDER,
        help="one file for each target, instead of one for all of them",
    ),
    Option(
        field="no_local",
        spellings=("--no-local",),
        variable="FRAZIL_NO_LOCAL",
        group=OUTPUT_FOLDER,
        help="leave out the repository's own projects, which are installed from their folders",
    ),
    Option(
        field="add_to",
        spellings=("--add-to",),
        takes=Takes.VALUE,
        metavar="BUNDLE",
        variable="FRAZIL_ADD_TO",
        completes="file",
        group=OUTPUT_FOLDER,
        help="an older bundle, a folder or a tar: put only what that one lacks into the new one",
    ),
    Option(
        field="with_sources",
        spellings=("--with-sources",),
        variable="FRAZIL_WITH_SOURCES",
        group=OUTPUT_FOLDER,
        help="with what the lock has only as source and what builds that, for `import-bundle` on the far side",
    ),
    Option(
        field="files_urls",
        spellings=("--files-url",),
        takes=Takes.VALUES,
        metavar="[NAME=]URL",
        variable="FRAZIL_FILES_URL",
        group=NETWORK,
        help="where an index keeps its files, by its name in the lock (default: the only one); may be repeated",
    ),
    Option(
        field="allow_hosts",
        spellings=("--allow-host",),
        takes=Takes.VALUES,
        metavar="HOST",
        variable="FRAZIL_ALLOW_HOST",
        group=NETWORK,
        help="a host, with or without a port, that the lock may name though the project does not; may be repeated",
    ),
    Option(
        field="layout",
        spellings=("--layout",),
        takes=Takes.VALUE,
        metavar="FORM",
        choices=("flat", "target", "simple"),
        variable="FRAZIL_LAYOUT",
        group=OUTPUT_FOLDER,
        help=(
            "flat: one folder for `--find-links`; target: DIR/<target>/<environment>/; simple: a static index for a "
            "web server, fetch only (default: flat)"
        ),
    ),
    Option(
        field="link_mode",
        spellings=("--link-mode",),
        takes=Takes.VALUE,
        metavar="MODE",
        choices=("auto", "copy", "hardlink", "symlink", "reflink"),
        variable="FRAZIL_LINK_MODE",
        group=OUTPUT_FOLDER,
        help="how artifacts leave the store; auto: reflink where the disk can, else copy (default: auto)",
    ),
    Option(
        field="build",
        spellings=("--build",),
        variable="FRAZIL_BUILD",
        group=OUTPUT_FOLDER,
        help="make wheels of members, git references and sdists too, where this interpreter can, or they are pure",
    ),
    Option(
        field="all_artifacts",
        spellings=("--all-artifacts",),
        variable="FRAZIL_ALL_ARTIFACTS",
        group=SELECTION,
        help="everything that the lock lists, what only builds need too",
    ),
    Option(
        field="upgrade",
        spellings=("--upgrade", "-U"),
        variable="FRAZIL_UPGRADE",
        group=CHOICE,
        help="let go of every version in the lock and choose anew",
    ),
    Option(
        field="upgrade_packages",
        spellings=("--upgrade-package", "-P"),
        takes=Takes.VALUES,
        metavar="NAME[==VERSION]",
        variable="FRAZIL_UPGRADE_PACKAGE",
        group=CHOICE,
        help="let go of this project's version only, or ask for this one; may be repeated",
    ),
    Option(
        field="exclude_newer",
        spellings=("--exclude-newer",),
        takes=Takes.VALUE,
        metavar="WHEN",
        variable="FRAZIL_EXCLUDE_NEWER",
        group=CHOICE,
        help="leave out files uploaded after this date, instant or span (`7 days`, `P7D`)",
    ),
    Option(
        field="prerelease",
        spellings=("--prerelease",),
        takes=Takes.VALUE,
        metavar="RULE",
        choices=("if-necessary", "allow", "disallow"),
        variable="FRAZIL_PRERELEASE",
        group=CHOICE,
        help="whether pre-releases may be chosen: if-necessary, allow or disallow",
    ),
    Option(
        field="resolution",
        spellings=("--resolution",),
        takes=Takes.VALUE,
        metavar="RULE",
        choices=("highest", "lowest", "lowest-direct"),
        variable="FRAZIL_RESOLUTION",
        group=CHOICE,
        help="which of the fitting versions to prefer: highest, lowest or lowest-direct",
    ),
    Option(
        field="engine",
        spellings=("--engine",),
        takes=Takes.VALUE,
        metavar="NAME",
        choices=("resolvelib", "conflict"),
        variable="FRAZIL_ENGINE",
        group=CHOICE,
        help="which engine leads: resolvelib or conflict (both give sound answers)",
    ),
    Option(
        field="prove",
        spellings=("--prove",),
        variable="FRAZIL_PROVE",
        group=CHOICE,
        help="work without a bound until there is an answer or a proof that none exists",
    ),
    Option(
        field="keep_going",
        spellings=("--keep-going",),
        variable="FRAZIL_KEEP_GOING",
        group=CHOICE,
        help="write the answers of the resolves that have one when others fail; exit 1 and say which failed",
    ),
    Option(
        field="depth",
        spellings=("--depth",),
        takes=Takes.VALUE,
        metavar="N",
        variable="FRAZIL_DEPTH",
        group=TREE,
        help="how many levels to show below a target (default: all)",
    ),
    Option(
        field="invert",
        spellings=("--invert", "-i"),
        takes=Takes.VALUE,
        metavar="NAME",
        variable="FRAZIL_INVERT",
        group=TREE,
        help="show who asks for this project, up to the targets",
    ),
    Option(
        field="dedupe",
        spellings=("--dedupe",),
        variable="FRAZIL_DEDUPE",
        group=TREE,
        help="show a subtree once for all targets, not once for each",
    ),
    Option(
        field="sizes",
        spellings=("--sizes",),
        variable="FRAZIL_SIZES",
        group=TREE,
        help="show the bytes of each release's files, and of all that a target ships",
    ),
    Option(
        field="markers",
        spellings=("--markers",),
        variable="FRAZIL_MARKERS",
        group=TREE,
        help="show the markers of requirements",
    ),
    Option(
        field="start",
        spellings=("--from",),
        takes=Takes.VALUE,
        metavar="WHAT",
        variable="FRAZIL_FROM",
        group=TREE,
        help="where the ways begin: targets by name or glob, or a project",
    ),
    Option(
        field="goal",
        spellings=("--to",),
        takes=Takes.VALUE,
        metavar="WHAT",
        variable="FRAZIL_TO",
        group=TREE,
        help="where the ways end: a project, some of its versions, a file, or members by name or glob",
    ),
    Option(
        field="most",
        spellings=("--most",),
        takes=Takes.VALUE,
        metavar="N",
        variable="FRAZIL_MOST",
        group=TREE,
        help="at most so many ways (default: 20)",
    ),
    Option(
        field="transitive",
        spellings=("--transitive",),
        variable="FRAZIL_TRANSITIVE",
        group=TREE,
        help="with those who ask for them in turn, up to the targets",
    ),
    Option(
        field="closed",
        spellings=("--closed",),
        variable="FRAZIL_CLOSED",
        group=TREE,
        help="with what was asked about itself",
    ),
    Option(
        field="since",
        spellings=("--since",),
        takes=Takes.VALUE,
        metavar="REV",
        variable="FRAZIL_SINCE",
        group=TREE,
        help="with the targets whose own files are not as this revision has them",
    ),
    Option(
        field="advisories",
        spellings=("--advisories",),
        takes=Takes.VALUES,
        metavar="PATH",
        variable="FRAZIL_ADVISORIES",
        completes="file",
        group=TREE,
        help="advisories in the OSV schema, a file, a .zip or a folder (default: the indexes' own); may be repeated",
    ),
    Option(
        field="ignored",
        spellings=("--ignore",),
        takes=Takes.VALUES,
        metavar="ID",
        variable="FRAZIL_IGNORE",
        group=TREE,
        help="pass over the vulnerability with this identifier or alias; may be repeated",
    ),
    Option(
        field="exit_code",
        spellings=("--exit-code",),
        variable="FRAZIL_EXIT_CODE",
        group=TREE,
        help="exit 1 when there is something to show",
    ),
    Option(
        field="locked",
        spellings=("--locked",),
        variable="FRAZIL_LOCKED",
        group=LOCK,
        help="fail with exit 1 when the lock is missing or stale, instead of changing it",
    ),
    Option(
        field="frozen",
        spellings=("--frozen",),
        variable="FRAZIL_FROZEN",
        group=LOCK,
        help="trust the lock and do not read the manifests",
    ),
    Option(
        field="check",
        spellings=("--check",),
        variable="FRAZIL_CHECK",
        group=WRITING,
        help="write nothing; exit 1 when something would have to be done",
    ),
    Option(
        field="dry_run",
        spellings=("--dry-run",),
        variable="FRAZIL_DRY_RUN",
        group=WRITING,
        help="show what would be done and write nothing",
    ),
    Option(
        field="older_than",
        spellings=("--older-than",),
        takes=Takes.VALUE,
        metavar="WHEN",
        variable="FRAZIL_PRUNE_OLDER_THAN",
        group=WRITING,
        help="prune: what was not used for that long, or since that date (`30 days`, `12h`, `2026-01-31`)",
    ),
    Option(
        field="max_size",
        spellings=("--max-size",),
        takes=Takes.VALUE,
        metavar="SIZE",
        variable="FRAZIL_PRUNE_MAX_SIZE",
        group=WRITING,
        help="prune: the longest unused, until no more than this is left (`2GB`, `500MB`)",
    ),
    Option(
        field="ci",
        spellings=("--ci",),
        variable="FRAZIL_PRUNE_CI",
        group=WRITING,
        help="prune: whatever anybody can download again, so that a CI job carries on little",
    ),
    Option(
        field="repair",
        spellings=("--repair",),
        variable="FRAZIL_REPAIR",
        group=WRITING,
        help="verify: remove what is damaged, so that it is fetched again",
    ),
    Option(
        field="merge_driver",
        spellings=("--merge-driver",),
        variable="FRAZIL_MERGE_DRIVER",
        group=WRITING,
        help="only set up git to merge locks with frazil: in .gitattributes, and in this clone's configuration",
    ),
    Option(
        field="lock",
        spellings=("--lock",),
        takes=Takes.VALUE,
        metavar="FILE",
        variable="FRAZIL_LOCK",
        completes="file",
        group=LOCK,
        help="the lock file (default: frozen.json of the project); for queries also `REVISION:PATH`",
    ),
    Option(
        field="project",
        spellings=("--project",),
        takes=Takes.VALUE,
        metavar="DIR",
        variable="FRAZIL_PROJECT",
        completes="folder",
        group=PLACES,
        help="find the project from this folder upwards instead of from the current one",
    ),
    Option(
        field="directory",
        spellings=("--directory", "-C"),
        takes=Takes.VALUE,
        metavar="DIR",
        variable="FRAZIL_DIRECTORY",
        completes="folder",
        group=PLACES,
        help="act as if started in this folder: relative paths count from it",
    ),
    Option(
        field="store",
        spellings=("--store",),
        takes=Takes.VALUE,
        metavar="DIR",
        variable="FRAZIL_STORE",
        completes="folder",
        group=PLACES,
        help="where verified artifacts are kept",
    ),
    Option(
        field="cache_dir",
        spellings=("--cache-dir",),
        takes=Takes.VALUE,
        metavar="DIR",
        variable="FRAZIL_CACHE_DIR",
        completes="folder",
        group=PLACES,
        help="where pages, metadata and records are kept",
    ),
    Option(
        field="offline",
        spellings=("--offline",),
        variable="FRAZIL_OFFLINE",
        group=NETWORK,
        help="make no request; what the caches have is used, however old",
    ),
    Option(
        field="no_cache",
        spellings=("--no-cache", "-n"),
        variable="FRAZIL_NO_CACHE",
        group=NETWORK,
        help="neither read nor write the caches (the store is used all the same)",
    ),
    Option(
        field="remote_cache",
        spellings=("--remote-cache",),
        takes=Takes.VALUE,
        metavar="URL",
        variable="FRAZIL_REMOTE_CACHE",
        group=NETWORK,
        help="the shared cache to read resolutions and artifacts from (`off`: none, whatever is configured)",
    ),
    Option(
        field="remote_cache_write",
        spellings=("--remote-cache-write",),
        variable="FRAZIL_REMOTE_CACHE_WRITE",
        group=NETWORK,
        help="write to the shared cache what this run resolves and downloads",
    ),
    Option(
        field="no_remote_cache_read",
        spellings=("--no-remote-cache-read",),
        variable="FRAZIL_NO_REMOTE_CACHE_READ",
        group=NETWORK,
        help="read nothing from the shared cache",
    ),
    Option(
        field="remote_required",
        spellings=("--remote-required",),
        variable="FRAZIL_REMOTE_REQUIRED",
        group=NETWORK,
        help="make it an error when the shared cache fails, instead of a warning",
    ),
    Option(
        field="remote_timeout",
        spellings=("--remote-timeout",),
        takes=Takes.VALUE,
        metavar="SECONDS",
        variable="FRAZIL_REMOTE_TIMEOUT",
        group=NETWORK,
        help="how long a run may be held up by the shared cache (default: 5)",
    ),
    Option(
        field="json",
        spellings=("--json",),
        variable="FRAZIL_JSON",
        group=TALK,
        help="print exactly one JSON object on stdout, also on failure (same as `--format json`)",
    ),
    Option(
        field="format",
        spellings=("--format", "--output-format"),
        takes=Takes.VALUE,
        metavar="FORM",
        choices=("text", "json"),
        variable="FRAZIL_FORMAT",
        group=TALK,
        help="text or json (default: text)",
    ),
    Option(
        field="quiet",
        spellings=("--quiet", "-q"),
        takes=Takes.COUNT,
        variable="FRAZIL_QUIET",
        group=TALK,
        help="print only the answer: data on stdout, and errors",
    ),
    Option(
        field="verbose",
        spellings=("--verbose", "-v"),
        takes=Takes.COUNT,
        variable="FRAZIL_VERBOSE",
        group=TALK,
        help="say why, and what it cost; twice: every request",
    ),
    Option(
        field="trace",
        spellings=("--trace",),
        takes=Takes.VALUE,
        metavar="FILE",
        variable="FRAZIL_TRACE",
        completes="file",
        group=TALK,
        help="write what happened when to this file, in Chrome's trace format",
    ),
    Option(
        field="no_progress",
        spellings=("--no-progress",),
        variable="FRAZIL_NO_PROGRESS",
        group=TALK,
        help="draw no progress bars (none are drawn in CI or where stderr is no terminal)",
    ),
    Option(
        field="color",
        spellings=("--color", "--colour"),
        takes=Takes.VALUE,
        metavar="WHEN",
        choices=("auto", "always", "never"),
        variable="FRAZIL_COLOR",
        group=TALK,
        help="auto, always or never; NO_COLOR and FORCE_COLOR count too (default: auto)",
    ),
    Option(
        field="help",
        spellings=("--help", "-h"),
        group=TALK,
        help="show this help",
    ),
    Option(
        field="version",
        spellings=("--version", "-V"),
        group=TALK,
        help="show the version of frazil",
    ),
)

BY_FIELD: dict[str, Option] = {option.field: option for option in OPTIONS}
BY_SPELLING: dict[str, Option] = {spelling: option for option in OPTIONS for spelling in option.spellings}

EVERYWHERE = (
    "project", "directory", "store", "cache_dir", "offline", "no_cache",
    "json", "format", "quiet", "verbose", "no_progress", "color", "help", "version",
)  # fmt: skip
"""The options that every verb takes, so that a wrapper may always give them."""
