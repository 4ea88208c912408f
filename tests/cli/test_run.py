"""A whole run in this process: arguments to the API, answers to the screen, errors to exit codes."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from frazil.cli.run import Streams, run
from frazil.cli.signals import Stopped
from frazil.costs import Costs
from frazil.delivery import FetchReport
from frazil.errors import (
    AuthenticationError,
    Difference,
    FrazilError,
    GaveUp,
    IntegrityError,
    LockTooNew,
    NoResolution,
    StaleLock,
)
from frazil.events import Noted, RequestMade, Warned
from frazil.freeze import ResolveReport
from frazil.frozen.diff import Changes
from frazil.model import Rules
from frazil.tiers import EnsureReport, TierRejection
from tests.support.command_lines import Ran, StandIn, Terminal, run_line
from tests.support.json_schemas import strict_validator
from tests.support.locks import example_lock

REPO = Path("/repo")

RESOLVED = ResolveReport(
    frozen=example_lock(),
    lock=REPO / "frozen.json",
    current=False,
    written=True,
    moved=Changes(unchanged=17),
    costs=Costs(requests=4, received=1200, pages=3, rounds=2, phases=(("read", 0.01), ("resolve", 0.2))),
)
FETCHED = FetchReport(
    out=REPO / ".frazil" / "out", artifacts=18, fetched=2, fetched_size=2000, linked=18, costs=Costs(requests=2)
)
ENSURED = EnsureReport(
    tier="fetch",
    rejected=(
        TierRejection(tier="fetch-result", reason="frozen.json changed since the last fetch"),
        TierRejection(tier="resolve-result", reason="2 artifacts are not in the store (polars, pyarrow)"),
    ),
    fetch=FETCHED,
    seconds=0.71,
)


def answering(**answers: Any) -> StandIn:
    return StandIn(**{"resolving": RESOLVED, "fetching": FETCHED, "ensuring": ENSURED, **answers})


# Arguments reach the API -----------------------------------------------------------------------------------


def test_resolve_passes_on_what_was_asked(tmp_path: Path) -> None:
    api = answering()
    choice = "-U -P a -P b==1 --exclude-newer P7D --prerelease allow --resolution lowest --engine conflict"
    choice += " --prove --keep-going"
    places = f"--lock x.json --project {tmp_path} --offline -n"
    run_line("lock", *choice.split(), "--locked", "--dry-run", *places.split(), api=api)
    asked = api.asked
    settings = asked.pop("settings")
    assert asked == {
        "project": tmp_path,
        "lock": REPO / "x.json",
        "upgrade": True,
        "upgrade_packages": ("a", "b==1"),
        "locked": True,
        "check": False,
        "dry_run": True,
        "engine": "conflict",
        "prove": True,
        "keep_going": True,
        "rules": Rules(prerelease="allow", resolution="lowest", exclude_newer="P7D"),
    }
    assert (settings.offline, settings.no_cache, settings.store) == (True, True, REPO / "store")


def test_fetch_passes_on_what_was_asked() -> None:
    api = answering()
    line = "download a -t b* -e linux -o out --layout target --link-mode hardlink --frozen --check"
    run_line(*line.split(), api=api)
    asked = api.asked
    assert asked.pop("settings").link_mode == "hardlink"
    assert asked == {
        "project": REPO,
        "lock": None,
        "targets": ("b*", "a"),
        "environments": ("linux",),
        "out": REPO / "out",
        "layout": "target",
        "link_mode": "hardlink",
        "build": False,
        "all_artifacts": False,
        "locked": False,
        "frozen": True,
        "check": True,
        "dry_run": False,
    }


def test_ensure_takes_what_resolve_and_fetch_take() -> None:
    api = answering()
    run_line("ensure", "-U", "--locked", "services/api", api=api)
    ensured = set(api.asked)
    both = answering()
    run_line("resolve", api=both)
    run_line("fetch", api=both)
    assert ensured == {name for _, given in both.calls for name in given} - {"all_artifacts"}


def test_relative_paths_count_from_the_directory_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    api = answering()
    run_line("-C", "sub", "fetch", "--out", "../out", "--store", "st", folder=tmp_path, api=api)
    assert api.asked["project"] == tmp_path / "sub"
    assert api.asked["settings"].store == tmp_path / "sub" / "st"
    assert os.path.normpath(api.asked["out"]) == str(tmp_path / "out")


def test_a_project_folder_that_is_none_is_refused_and_no_project_above_it_is_taken(tmp_path: Path) -> None:
    ran = run_line("--project", "ghost", "fetch", folder=tmp_path, api=answering())
    assert (ran.code, ran.err) == (2, "error: --project ghost is no folder\n")


def test_a_directory_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = run_line("-C", "ghost", "fetch", folder=tmp_path, api=answering())
    assert (ran.code, ran.err) == (2, "error: --directory ghost is no folder\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a current folder cannot be removed there")
def test_a_folder_that_was_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    err = io.StringIO()
    code = run(["fetch"], environ={}, streams=Streams(out=None, err=err), api=answering())
    assert (code, err.getvalue().partition("\n")[0]) == (2, "error: the current folder is not there any more")


def test_the_reporter_reaches_the_work() -> None:
    def resolving(**given: Any) -> ResolveReport:
        tell = given["settings"].reporter
        tell(Warned("a yanked release is kept", "pin another"))
        tell(Warned("a yanked release is kept", "pin another"))
        tell(Noted("asked pip"))
        tell(RequestMade("https://index.example/a/", 200, 1500, 0.02))
        return RESOLVED

    quietly = run_line("resolve", api=answering(resolving=resolving))
    assert quietly.err.startswith("warning: a yanked release is kept\nhint: pin another\nResolved in")
    verbosely = run_line("resolve", "-vv", api=answering(resolving=resolving))
    assert "\nasked pip\nhttps://index.example/a/  200 · 1.5 kB · 20 ms\n" in verbosely.err


# Answers reach the screen ----------------------------------------------------------------------------------


def test_talk_goes_to_stderr_and_stdout_stays_empty() -> None:
    assert run_line("resolve", api=answering()) == Ran(
        0, "", "Resolved in 0.21 s (4 requests)\n  17 unchanged\nWrote frozen.json\n"
    )


def test_verbose_ends_with_what_it_cost() -> None:
    ran = run_line("ensure", "-v", api=answering())
    assert ran.err.split("\n") == [
        "fetch-result    no: frozen.json changed since the last fetch",
        "resolve-result  no: 2 artifacts are not in the store (polars, pyarrow)",
        "fetch           yes: lock is current",
        "Ready: 18 artifacts in .frazil/out (2 fetched, 2.0 kB, 18 linked)",
        "cost: 2 requests · 0 bytes · 0 pages · 0.71 s",
        "",
    ]


def test_quiet_says_nothing_when_all_is_well() -> None:
    api = answering(resolving=lambda **given: (given["settings"].reporter(Warned("w")), RESOLVED)[1])
    assert run_line("resolve", "-q", api=api) == Ran(0, "", "")


def test_a_warning_of_the_report_is_told_unless_it_was_told_already() -> None:
    report = ResolveReport(
        frozen=RESOLVED.frozen, lock=RESOLVED.lock, current=True, written=False, warnings=("first", "second")
    )
    api = answering(resolving=lambda **given: (given["settings"].reporter(Warned("first")), report)[1])
    assert run_line("resolve", api=api).err.split("\n")[:2] == ["warning: first", "warning: second"]


def test_tree_goes_to_stdout_and_its_totals_to_stderr() -> None:
    ran = run_line("tree", "libs/common", api=answering())
    assert ran.out == "libs/common\n├── sqlalchemy 2.0.36  >=1.4\n└── typing-extensions 4.12.2  >=4.12\n"
    assert ran.err == "1 target · 2 coordinates\n"


def test_tree_of_an_unknown_target_or_project_says_what_was_meant() -> None:
    assert run_line("tree", "services/ap", api=answering()).err.startswith(
        'error: unknown target "services/ap"\nhint: did you mean services/api'
    )
    ran = run_line("tree", "--invert", "H12", api=answering())
    assert ran.code == 2
    assert ran.err.startswith('error: the lock has no project "H12"\nhint: did you mean h11?')


def test_tree_inverted_within_targets_that_do_not_ship_it_says_so() -> None:
    ran = run_line("tree", "libs/common", "--invert", "numpy", api=answering())
    assert (ran.code, ran.err) == (2, "error: none of these targets ships numpy in these environments\n")


def test_colour_follows_the_flag_and_the_terminal() -> None:
    assert "\x1b[" not in run_line("tree", api=answering()).out
    assert "\x1b[1mlibs/common\x1b[0m" in run_line("tree", "libs/common", "--color", "always", api=answering()).out
    assert "\x1b[" in run_line("tree", api=answering(), out=Terminal()).out or os.name == "nt"
    assert "\x1b[" not in run_line("tree", api=answering(), out=Terminal(), environ={"NO_COLOR": "1"}).out


# JSON ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        ("resolve", "resolve"),
        ("fetch", "fetch"),
        ("ensure", "ensure"),
        ("tree services/api", "tree"),
        ("help", "text"),
        ("--help", "text"),
        ("--version", "text"),
        ("completion bash", "text"),
        ("cache dir", "cache"),
    ],
)
def test_json_is_exactly_one_object_that_its_schema_describes(line: str, schema: str) -> None:
    ran = run_line(*line.split(), "--json", api=answering())
    assert (ran.code, ran.err) == (0, "")
    strict_validator(schema)(json.loads(ran.out))


@pytest.mark.parametrize(
    "line",
    [
        "--json",
        "--json bogus",
        "resolve --json --bogus",
        "fetch --json --layout x",
        "help bogus --json",
        "completion --json",
        "cache --json",
        "tree ghost --json",
        "resolve --format json x",
    ],
)
def test_json_is_one_object_in_failure_too(line: str) -> None:
    ran = run_line(*line.split(), api=answering())
    document = json.loads(ran.out)
    strict_validator("failure")(document)
    assert (ran.code, ran.err, document["error"]["exit-code"]) == (2, "", 2)


def test_json_carries_the_warnings_that_nobody_heard() -> None:
    api = answering(resolving=lambda **given: (given["settings"].reporter(Warned("careful")), RESOLVED)[1])
    ran = run_line("resolve", "--json", api=api)
    assert (json.loads(ran.out)["warnings"], ran.err) == (["careful"], "")


def test_json_names_the_verb_by_its_own_name() -> None:
    assert json.loads(run_line("lock", "--json", api=answering()).out)["command"] == "resolve"
    assert json.loads(run_line("download", "--json", "--bogus", api=answering()).out)["command"] == "fetch"


def test_json_of_ensure_has_tier_and_rejections() -> None:
    document = json.loads(run_line("ensure", "--json", api=answering()).out)
    assert (document["tier"], [each["tier"] for each in document["rejected"]]) == (
        "fetch",
        ["fetch-result", "resolve-result"],
    )


# Errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        NoResolution("no versions satisfy"),
        StaleLock("out of date"),
        Difference("something differs"),
        LockTooNew("too new"),
        AuthenticationError("the index wants credentials"),
        IntegrityError("not the file that was locked"),
        GaveUp("gave up"),
    ],
    ids=lambda error: error.slug,
)
def test_an_error_is_rendered_and_its_exit_code_returned(error: FrazilError) -> None:
    ran = run_line("ensure", "-q", api=answering(ensuring=error))
    assert ran == Ran(error.exit_code, "", f"error: {error.sentence}\n")
    document = json.loads(run_line("ensure", "--json", api=answering(ensuring=error)).out)
    assert document["error"]["code"] == error.slug


def test_an_error_shows_details_indented_and_the_hint_on_its_own_line() -> None:
    error = StaleLock(
        "frozen.json is out of date for 2 of 7 targets",
        details=(
            "services/web    flask<4 replaced flask<3 in services/web/pyproject.toml:9",
            "tools/report.py httpx added in tools/report.py:6",
        ),
        hint="run `frazil resolve` and commit frozen.json",
    )
    assert run_line("ensure", "--locked", api=answering(ensuring=error)).err == (
        "error: frozen.json is out of date for 2 of 7 targets\n"
        "  services/web    flask<4 replaced flask<3 in services/web/pyproject.toml:9\n"
        "  tools/report.py httpx added in tools/report.py:6\n"
        "hint: run `frazil resolve` and commit frozen.json\n"
    )


@pytest.mark.parametrize(
    ("stop", "code", "word"),
    [(KeyboardInterrupt(), 130, "interrupted"), (Stopped(130), 130, "interrupted"), (Stopped(143), 143, "terminated")],
)
def test_an_interrupt_has_its_own_code_and_no_traceback(stop: BaseException, code: int, word: str) -> None:
    assert run_line("ensure", api=answering(ensuring=stop)) == Ran(code, "", f"error: {word}\n")
    document = json.loads(run_line("ensure", "--json", api=answering(ensuring=stop)).out)
    assert (document["error"]["code"], document["error"]["exit-code"]) == ("interrupted", code)


def test_no_command_is_an_error_that_says_where_to_look() -> None:
    ran = run_line(api=answering())
    assert ran.code == 2
    assert (
        ran.err
        == "error: no command was given\nhint: `frazil --help` lists them; `frazil ensure` is the everyday one\n"
    )


@pytest.mark.parametrize("line", ["--help", "-h", "help", "--help --bogus"])
def test_help_is_an_answer(line: str) -> None:
    ran = run_line(*line.split(), api=answering())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("frazil resolves versions for every target")


@pytest.mark.parametrize("line", ["help lock", "lock --help", "resolve -h", "resolve --check -h"])
def test_help_of_a_verb_is_found_by_every_road(line: str) -> None:
    assert "Usage: frazil resolve [options]\nAlias: frazil lock\n" in run_line(*line.split(), api=answering()).out


# Streams ---------------------------------------------------------------------------------------------------


class Gone(io.StringIO):
    """A pipe whose reader went away."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError(32, "Broken pipe")


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, _text: str, /) -> int:
        raise OSError(28, "No space left on device")


def test_a_reader_that_went_away_changes_nothing() -> None:
    assert run_line("tree", api=answering(), out=Gone()).code == 0
    assert run_line("resolve", api=answering(), err=Gone()).code == 0


@pytest.mark.parametrize("line", ["tree", "tree --json"])
def test_a_full_disk_below_stdout_is_an_error_that_is_heard(line: str) -> None:
    ran = run_line(*line.split(), api=answering(), out=Full())
    assert (ran.code, ran.err) == (2, "error: cannot write to standard output: no space left on device\n")
