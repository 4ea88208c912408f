"""The verbs `bundle` and `import-bundle`: what they ask of the API, what they say, and what a program reads."""

import json
from pathlib import Path

import pytest

from frazil.bundle.checking import ImportBundleReport, VerifyReport
from frazil.bundle.making import BundleReport
from frazil.costs import Costs
from frazil.fetcher.plan import Download, FetchPlan
from frazil.model import IndexSource
from tests.support.command_lines import StandIn, run_line
from tests.support.json_schemas import strict_validator

MADE = BundleReport(
    out=Path("/repo/shop.tar"),
    targets=("services/api", "services/web"),
    environments=("linux", "windows"),
    locks=("pylock.services-api.toml", "pylock.services-web.toml", "pylock.toml"),
    wheels=12,
    size=9_000_000,
    new=10,
    new_size=8_000_000,
    fetched=4,
    fetched_size=2_000_000,
    built=("shop_api-1-py3-none-any.whl",),
    costs=Costs(phases=(("read", 0.1),)),
)
SOUND = VerifyReport(
    path=Path("/repo/a"),
    files=15,
    wheels=12,
    size=9_000_000,
    elsewhere=0,
    targets=("services/api",),
    environments=("linux",),
)
TAKEN = ImportBundleReport(
    path=Path("/repo/a"), store=Path("/repo/store"), artifacts=12, size=9_000_000, known=2, elsewhere=3
)


def test_a_bundle_says_for_whom_it_is_and_what_it_took() -> None:
    ran = run_line("bundle", "-o", "shop.tar", api=StandIn(bundling=MADE))
    assert ran.err.splitlines() == [
        (
            "Bundled 2 targets for linux, windows: 10 wheels, 8.0 MB, besides 2 that the older bundle has, in shop.tar "
            "(4 fetched, 2.0 MB, 1 built)"
        ),
        "  pylock.services-api.toml, pylock.services-web.toml, pylock.toml",
    ]
    assert (ran.code, ran.out) == (0, "")


def test_targets_may_stand_without_a_flag_and_everything_is_passed_on() -> None:
    api = StandIn(bundling=MADE)
    run_line(
        *("bundle", "services/*", "-t", "jobs/etl", "--env", "linux", "-o", "b"),
        *("--add-to", "a.tar", "--no-local", "--with-sources", "--frozen"),
        api=api,
    )
    asked = api.asked
    assert asked["targets"] == ("jobs/etl", "services/*")
    assert (asked["environments"], asked["out"], asked["add_to"]) == (("linux",), Path("/repo/b"), Path("/repo/a.tar"))
    assert (asked["local"], asked["sources"], asked["frozen"], asked["locked"]) == (False, True, True, False)


def test_a_plan_says_what_would_be_fetched_and_built() -> None:
    download = Download(
        filename="a-1-py3-none-any.whl",
        sha256="0" * 64,
        size=5,
        project="a",
        version="1",
        source=IndexSource("default"),
    )
    planned = BundleReport(
        out=Path("/repo/b"),
        targets=("web",),
        environments=("linux",),
        planned=FetchPlan(downloads=(download,)),
        to_build=("libs/common",),
    )
    ran = run_line("bundle", "-o", "b", "--dry-run", api=StandIn(bundling=planned))
    assert ran.err.splitlines() == [
        "Would bundle 1 target for linux into b, and fetch 1 artifact, 5 bytes",
        "  + a-1-py3-none-any.whl  5 bytes",
        "Would build libs/common",
        "Nothing was written.",
    ]


def test_verify_and_import_say_what_they_found() -> None:
    verified = run_line("bundle", "verify", "a", api=StandIn(verifying=SOUND))
    assert verified.err == "Sound: 12 wheels in 15 files, 9.0 MB, for 1 target in linux\n"
    taken = run_line("import-bundle", "a", api=StandIn(taking=TAKEN))
    assert taken.err == (
        "Took 10 of 12 artifacts into the store (2 were there); 3 more are in the bundle that it adds to\n"
    )


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (("bundle",), "`frazil bundle` needs a place"),
        (("bundle", "verify"), "`frazil bundle verify` needs one bundle"),
        (("bundle", "verify", "a", "b"), "`frazil bundle verify` needs one bundle"),
        (("import-bundle",), "`frazil import-bundle` needs a bundle"),
    ],
)
def test_what_is_missing_is_said_with_a_hint(argv: tuple[str, ...], complaint: str) -> None:
    ran = run_line(*argv, api=StandIn())
    assert ran.code == 2
    assert complaint in ran.err
    assert "hint: " in ran.err


@pytest.mark.parametrize(
    ("name", "argv", "api"),
    [
        ("bundle", ("bundle", "-o", "b"), StandIn(bundling=MADE)),
        ("bundle", ("bundle", "verify", "a"), StandIn(verifying=SOUND)),
        ("import-bundle", ("import-bundle", "a"), StandIn(taking=TAKEN)),
    ],
)
def test_what_a_program_reads_fits_its_schema(name: str, argv: tuple[str, ...], api: StandIn) -> None:
    strict_validator(name)(json.loads(run_line(*argv, "--json", api=api).out))
