"""The law of imports: one direction, no knots; late, type-only, relative and spelt imports all count.

The table below is the law. The checker reads source with `ast` and runs none of it.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = "frazil"

# The law ----------------------------------------------------------------------------------------------------

# Lowest first. A part (a module or a folder right below frazil) may import its own layer and lower ones. The long
# layers have a part a line, so that two branches which add one each merge.
LAYERS = (
    (
        "vocabulary",
        (
            "values version digest opening places regex quick errors model requirement address events settings costs "
            "evidence"
        ),
    ),
    (
        "shared hands",
        """
        atomic
        attestations
        build
        catalog
        credential_helper
        credentials
        default_index
        file_root
        git_tar
        headers
        http
        interpreter
        locks
        ports
        processes
        records
        revisions
        stamp
        store
        strict_zip
        unpacking
        vcs
        """,
    ),
    ("project", "project"),
    ("rooms", "advisories resolver frozen foreign index fetcher remote"),
    (
        "roots",
        """
        addressing
        ageing
        answering
        asking
        auditing
        bringing
        build_circles
        build_resolves
        build_wheels
        building
        bundle
        cache_keys
        delivery
        credential_programs
        directs
        exporting
        folders
        freeze
        importing
        keeping
        merging
        mirrors
        named_hosts
        offering
        outside
        own_configuration
        publishers
        rebuilding
        recalling
        references
        refusing
        rejections
        relinking
        relock
        report
        resolutions
        seeding
        shared_cache
        sources
        strangers
        supply
        tiers
        to_build
        trials
        turns
        unchosen
        upkeep
        wheel_checks
        wheel_claims
        whereabouts
        """,
    ),
    ("api", "api"),
    ("door", "__init__"),
    ("command line", "cli __main__"),
)

# In this layer each part stands alone ...
SEPARATE = "rooms"
# ... but for the values of the lock, which stage 2 obeys: who, and what it may import.
SHARED_BETWEEN_ROOMS = {
    "fetcher": "frozen.model frozen.selection",
    "remote": "frozen.model frozen.selection",
}

# A library that one part alone (a module, or a folder and all below it) may import, so that it can be swapped there.
ONLY_IMPORTED_BY = {
    "httpx": "http.wire",
    "cachecontrol": "http.pages",
    "resolvelib": "resolver",
    "pip": "default_index",
    "pypi_attestations": "attestations",
}

# Rooms that decide and touch nothing, with the modules in them that may read and write files.
PURE = {"resolver": "", "frozen": "frozen.files"}
EFFECTS = (
    "asyncio glob multiprocessing os pathlib shutil socket ssl subprocess tempfile "
    "frazil.atomic frazil.build frazil.http frazil.store frazil.vcs"
)
NO_EFFECT = "os.path frazil.store.names"  # parts of those that only look at text

# Functions of the public API: a module of that name would take their place at `frazil.NAME`.
PUBLIC_FUNCTIONS = "resolve fetch ensure read_frozen"


# The checker ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One import: from a module of ours to a module of ours or of others, at a line."""

    importer: str
    imported: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def _modules(source: Path, package: str = PACKAGE) -> dict[str, Path]:
    """Return every module of the package with its file; a package is its `__init__`."""
    found = {}
    for file in sorted((source / package).rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def _imports(source: Path, package: str = PACKAGE) -> list[Import]:
    """Return every import that stands anywhere in the package's source."""
    modules = _modules(source, package)
    return [
        Import(module, imported, line)
        for module, file in modules.items()
        for imported, line in _imports_of(file, module, modules)
        if imported != module
    ]


def _imports_of(file: Path, module: str, modules: dict[str, Path]) -> Iterator[tuple[str, int]]:
    home = module if file.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((alias.name, node.lineno) for alias in node.names)
            case ast.ImportFrom():
                base = _absolute(node.module or "", node.level, home)
                for alias in node.names:
                    longer = f"{base}.{alias.name}"
                    yield (longer if longer in modules else base), node.lineno
            case ast.Constant(value=str(text)):
                # `import_module("frazil.x")`, and tables that name what they load: "frazil.x:function".
                name = text.partition(":")[0]
                if "." in name and name in modules:
                    yield name, node.lineno
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if text.startswith(".") and _loads(node.func):
                yield _absolute(text.lstrip("."), len(text) - len(text.lstrip(".")), home), node.lineno
            case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), *_]) if "." in prefix:
                # f"frazil.cli.{verb}" may load anything below.
                yield from ((name, node.lineno) for name in modules if name.startswith(prefix))


def _loads(function: ast.expr) -> bool:
    return ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}


def _absolute(name: str, level: int, home: str) -> str:
    if level == 0:
        return name
    parent = home.split(".")[: len(home.split(".")) - level + 1]
    return ".".join([*parent, name] if name else parent)


def _inside(module: str, package: str = PACKAGE) -> str:
    """Return a module's name below the package: `http`, `frozen.codec`; the package itself is `__init__`."""
    return "__init__" if module == package else module.removeprefix(f"{package}.")


def _part(module: str) -> str:
    """Return the part of the house that a module lies in: `http`, `frozen`."""
    return _inside(module).partition(".")[0]


def _layer(part: str) -> int | None:
    return next((height for height, (_, parts) in enumerate(LAYERS) if part in parts.split()), None)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def _knots(imports: list[Import]) -> list[str]:
    graph: dict[str, set[str]] = {}
    for edge in imports:
        if _is_ours(edge.imported):
            graph.setdefault(edge.importer, set()).add(edge.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["a knot: " + " ← ".join(error.args[1])]
    return []


def _homeless(modules: dict[str, Path]) -> list[str]:
    parts = sorted({_inside(module).partition(".")[0] for module in modules})
    return [f"{PACKAGE}.{part} is in no layer: give it one in LAYERS" for part in parts if _layer(part) is None]


def _wrong_edges(imports: list[Import]) -> list[str]:
    """Return the imports that go up, or from room to room."""
    wrong = []
    for edge in imports:
        if not _is_ours(edge.imported):
            continue
        imported = _inside(edge.imported)
        importer_part, imported_part = _part(edge.importer), _part(edge.imported)
        here, there = _layer(importer_part), _layer(imported_part)
        if here is None or there is None or importer_part == imported_part:
            continue
        shared = SHARED_BETWEEN_ROOMS.get(importer_part, "").split()
        if there > here:
            wrong.append(f"{edge}: {LAYERS[here][0]} must not import {LAYERS[there][0]}")
        elif here == there and LAYERS[here][0] == SEPARATE and imported not in shared:
            wrong.append(f"{edge}: {SEPARATE} do not import each other")
    return wrong


def _wrong_libraries(imports: list[Import]) -> list[str]:
    """Return the imports of a library, or of an effect, where it may not be."""
    wrong = []
    for edge in imports:
        importer, room = _inside(edge.importer), _part(edge.importer)
        owner = ONLY_IMPORTED_BY.get(edge.imported.partition(".")[0])
        if owner is not None and not _is_in(importer, owner):
            wrong.append(f"{edge}: only {owner} may")
        if room in PURE and importer not in PURE[room].split() and _is_effect(edge.imported):
            wrong.append(f"{edge}: {room} is pure")
    return wrong


def _is_effect(module: str) -> bool:
    return module not in NO_EFFECT.split() and any(_is_in(module, effect) for effect in EFFECTS.split())


def _is_in(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def _misnamed(modules: dict[str, Path]) -> list[str]:
    return [
        f"{module} bears the name of a function of the public API"
        for module in modules
        if module.rpartition(".")[2] in PUBLIC_FUNCTIONS.split()
    ]


def _violations(source: Path) -> list[str]:
    imports, modules = _imports(source), _modules(source)
    return [
        *_homeless(modules),
        *_knots(imports),
        *_wrong_edges(imports),
        *_wrong_libraries(imports),
        *_misnamed(modules),
    ]


# The law holds ----------------------------------------------------------------------------------------------


def test_imports_run_one_way_without_a_knot() -> None:
    assert _violations(SOURCE) == []


def test_importing_frazil_imports_nothing_else() -> None:
    tree = ast.parse((SOURCE / PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "." for node in top if isinstance(node, ast.ImportFrom)}
    assert {name for name in names if name not in sys.stdlib_module_names or name == "typing"} == set()


# The checker can fail ---------------------------------------------------------------------------------------


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"__init__.py": "", **files}.items():
        file = root / PACKAGE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def test_a_tree_that_keeps_the_law_has_no_violations(tmp_path: Path) -> None:
    tree = _tree(
        tmp_path,
        {
            "errors.py": "class E(Exception): ...",
            "model.py": "from frazil.errors import E",
            "frozen/model.py": "from frazil.model import E",
            "fetcher/plan.py": "from frazil.frozen.model import E",
            "tiers.py": "from frazil.fetcher import plan",
            "cli/entry.py": "from frazil import tiers",
        },
    )
    assert _violations(tree) == []


UPWARD = "must not import"

WRONG_TREES: dict[str, tuple[dict[str, str], str]] = {
    "a knot of two": (
        {"errors.py": "import frazil.model", "model.py": "import frazil.errors"},
        "a knot",
    ),
    "a relative knot of three": (
        {
            "frozen/a.py": "from . import b",
            "frozen/b.py": "from .c import x",
            "frozen/c.py": "from .a import y",
        },
        "a knot",
    ),
    "a knot through a late import": (
        {"errors.py": "def f():\n    import frazil.model", "model.py": "import frazil.errors"},
        "a knot",
    ),
    "a knot through a type-only import": (
        {
            "errors.py": "if TYPE_CHECKING:\n    from frazil.model import M",
            "model.py": "import frazil.errors",
        },
        "a knot",
    ),
    "an upward import": (
        {"model.py": "from frazil.cli import entry", "cli/entry.py": ""},
        "vocabulary must not import command line",
    ),
    "a type-only upward import": (
        {"http.py": "if TYPE_CHECKING:\n    from frazil.tiers import T", "tiers.py": ""},
        "shared hands must not import roots",
    ),
    "a late upward import": (
        {"project/reading.py": "def f():\n    from frazil.frozen import codec", "frozen/codec.py": ""},
        "project must not import rooms",
    ),
    "a relative upward import": ({"store/a.py": "from ..freeze import f", "freeze.py": ""}, UPWARD),
    "an upward import by name": ({"model.py": "import_module('frazil.tiers')", "tiers.py": ""}, UPWARD),
    "an upward import by a relative name": (
        {"store/a.py": "importlib.import_module('..tiers', __package__)", "tiers.py": ""},
        UPWARD,
    ),
    "an upward import by a composed name": (
        {"model.py": "importlib.import_module(f'frazil.cli.{verb}')", "cli/lock.py": ""},
        UPWARD,
    ),
    "an upward import through a table": (
        {"model.py": "TABLE = {'lock': 'frazil.cli.lock:run'}", "cli/lock.py": ""},
        UPWARD,
    ),
    "a door between rooms": (
        {"index/a.py": "from frazil.resolver import b", "resolver/b.py": ""},
        "rooms do not import each other",
    ),
    "a room that reaches past the lock's values": (
        {"fetcher/a.py": "from frazil.frozen import codec", "frozen/codec.py": ""},
        "rooms do not import each other",
    ),
    "a second importer of httpx": ({"index/a.py": "import httpx"}, "only http.wire may"),
    "resolvelib outside its room": ({"freeze.py": "from resolvelib.structs import X"}, "only resolver may"),
    "pip outside its module": ({"http.py": "from pip._internal import x"}, "only default_index may"),
    "files in the resolver": ({"resolver/a.py": "from pathlib import Path"}, "resolver is pure"),
    "a hidden write in the lock's codec": (
        {"frozen/codec.py": "def f():\n    import frazil.atomic", "atomic.py": ""},
        "frozen is pure",
    ),
    "a module named like a function of the API": ({"fetch.py": ""}, "bears the name of a function"),
    "a module that nobody placed": ({"surprise.py": ""}, "is in no layer"),
}


@pytest.mark.parametrize(("files", "says"), WRONG_TREES.values(), ids=WRONG_TREES)
def test_the_checker_catches(tmp_path: Path, files: dict[str, str], says: str) -> None:
    found = _violations(_tree(tmp_path, files))
    assert any(says in violation for violation in found), found
