"""What a command line says, as plain values: the outcome of parsing, the only thing that verbs see."""

from frazil.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """A command line, variables included. `command` is a verb's own name, never an alias; None for none.

    Paths are texts as written. `words` are what stood without a flag where a verb does not take targets. `given` are
    the fields that the command line or a variable set.
    """

    command: str | None = None
    words: tuple[str, ...] = ()
    given: frozenset[str] = field(default=frozenset())
    targets: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    out: str | None = None
    per_target: bool = False
    no_local: bool = False
    add_to: str | None = None
    with_sources: bool = False
    files_urls: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    layout: str = "flat"
    link_mode: str = "auto"
    build: bool = False
    all_artifacts: bool = False
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    exclude_newer: str | None = None
    prerelease: str | None = None
    resolution: str | None = None
    engine: str | None = None
    prove: bool = False
    keep_going: bool = False
    depth: int | None = None
    invert: str | None = None
    dedupe: bool = False
    sizes: bool = False
    markers: bool = False
    start: str | None = None
    goal: str | None = None
    most: int | None = None
    transitive: bool = False
    closed: bool = False
    since: str | None = None
    advisories: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    exit_code: bool = False
    locked: bool = False
    frozen: bool = False
    check: bool = False
    dry_run: bool = False
    older_than: str | None = None
    max_size: str | None = None
    ci: bool = False
    repair: bool = False
    merge_driver: bool = False
    lock: str | None = None
    project: str | None = None
    directory: str | None = None
    store: str | None = None
    cache_dir: str | None = None
    offline: bool = False
    no_cache: bool = False
    remote_cache: str | None = None
    remote_cache_write: bool = False
    no_remote_cache_read: bool = False
    remote_required: bool = False
    remote_timeout: int | None = None
    json: bool = False
    format: str = "text"
    quiet: int = 0
    verbose: int = 0
    trace: str | None = None
    no_progress: bool = False
    color: str = "auto"
    help: bool = False
    version: bool = False
