"""Foreign locks: what each tool wrote itself is read to the same versions, and what is no version is told."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frazil.errors import ForeignLockError
from frazil.foreign.model import ForeignLock, Selectable
from frazil.foreign.reading import parse_foreign_lock, read_foreign_lock
from frazil.project.environments import parse_environment
from tests.support.graph_worlds import law

FIXTURES = Path(__file__).parents[2] / "fixtures" / "foreign"
LINUX = parse_environment("linux", "3.12", "manylinux_2_28_x86_64")
WINDOWS = parse_environment("windows", "3.11", "win_amd64")

EVERYWHERE = {"click": "8.4.2", "h11": "0.16.0", "idna": "3.18"}
FORMS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt")


def held(lock: ForeignLock, environment: str = "linux") -> dict[str, str]:
    place = {"linux": LINUX, "windows": WINDOWS}[environment]
    return {pin.name: pin.version for pin in lock.pins if pin.holds_in(place, lock.selectable)}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_tool_wrote_is_read(form: str) -> None:
    lock = read_foreign_lock(FIXTURES / form)
    assert (lock.form, lock.left_out) == (form, ())
    linux, windows = held(lock), held(lock, "windows")
    # A compiled file has no dependency groups.
    groups = {} if form == "requirements.txt" else {"iniconfig": "2.3.0"}
    assert EVERYWHERE.items() | groups.items() <= linux.items()
    assert EVERYWHERE.items() | groups.items() | {("colorama", "0.4.6")} <= windows.items()
    assert windows["typing-extensions"] in {"4.15.0", "4.16.0"}
    # uv notes where a package is needed at the edges alone.
    if form != "uv.lock":
        assert linux.keys() == EVERYWHERE.keys() | groups.keys()


@pytest.mark.parametrize("form", FORMS)
def test_the_digests_of_all_files_are_read(form: str) -> None:
    (click,) = [pin for pin in read_foreign_lock(FIXTURES / form).pins if pin.name == "click"]
    assert click.sha256 == {
        "e6f9f66136c816745b9d65817da91d61d957fb16e02e4dcd0552553c5a197b76",
        "9a6cea6e60b17ebe0a44c5cc636d94f09bd66142c1cd7d8b4cd731c4917a15f6",
    }


@pytest.mark.parametrize("form", ["uv.lock", "poetry.lock", "pylock.toml"])
def test_where_a_version_came_from_is_read(form: str) -> None:
    assert {pin.index for pin in read_foreign_lock(FIXTURES / form).pins} == {"https://index.example/simple"}


@pytest.mark.parametrize("form", FORMS)
def test_a_lock_is_known_by_what_stands_in_it(form: str) -> None:
    name = "renamed.txt" if form == "requirements.txt" else "renamed.lock"
    assert parse_foreign_lock((FIXTURES / form).read_text(), name).form == form


# Forks and extras ------------------------------------------------------------------------------------------


def test_versions_of_forks_hold_where_their_markers_do() -> None:
    text = """
        version = 1
        [[package]]
        name = "numpy"
        version = "2.2"
        source = { registry = "https://index.example/simple" }
        resolution-markers = ["sys_platform == 'win32'", "python_version >= '3.14'"]
        [[package]]
        name = "numpy"
        version = "2.3"
        source = { registry = "https://index.example/simple" }
        resolution-markers = ["sys_platform != 'win32' and python_version < '3.14'"]
    """
    lock = parse_foreign_lock(text, "uv.lock")
    assert (held(lock), held(lock, "windows")) == ({"numpy": "2.3"}, {"numpy": "2.2"})


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("'x' in extras", True),
        ("'g' in dependency_groups and sys_platform == 'linux'", True),
        ("'g' in dependency_groups and sys_platform == 'win32'", False),
        ("'x' not in extras", True),
        ("'other' in extras", False),
        ("extra == 'anything'", True),
        ("extra == 'anything' and os_name == 'nt'", False),
    ],
)
def test_whatever_may_be_chosen_counts_as_chosen(marker: str, *, holds: bool) -> None:
    selectable = Selectable(extras=frozenset({"x"}), groups=frozenset({"g"}))
    assert selectable.holds(marker, LINUX) is holds


# What is no version ----------------------------------------------------------------------------------------

ELSEWHERE = {
    "uv.lock": """
        version = 1
        [[package]]
        name = "ok"
        version = "1"
        source = { registry = "https://index.example/simple" }
        [[package]]
        name = "member"
        version = "1"
        source = { editable = "libs/member" }
        [[package]]
        name = "gitted"
        version = "2.1"
        source = { git = "https://git.index.example/gitted?rev=main#0123" }
        [[package]]
        name = "foldered"
        source = { directory = "vendored" }
    """,
    "poetry.lock": """
        [[package]]
        name = "ok"
        version = "1"
        markers = "<empty>"
        [[package]]
        name = "ok"
        version = "1"
        [[package]]
        name = "gitted"
        version = "2.1"
        [package.source]
        type = "git"
        url = "https://git.index.example/gitted?rev=main"
        [[package]]
        name = "foldered"
        version = ""
        [package.source]
        type = "directory"
        url = "vendored"
        [metadata]
        lock-version = "2.1"
    """,
    "pdm.lock": """
        [[package]]
        name = "ok"
        version = "1"
        [[package]]
        name = "ok"
        version = "1"
        extras = ["more"]
        [[package]]
        name = "gitted"
        version = "2.1"
        git = "https://git.index.example/gitted?rev=main"
        [[package]]
        name = "foldered"
        version = ""
        path = "vendored"
        [metadata]
        lock_version = "4.5"
    """,
}


@pytest.mark.parametrize("form", ELSEWHERE)
def test_what_comes_from_no_index_is_told(form: str) -> None:
    lock = parse_foreign_lock(ELSEWHERE[form], form)
    assert [(pin.name, pin.version) for pin in lock.pins] == [("ok", "1")]
    gitted, foldered = lock.left_out
    assert gitted.startswith("gitted 2.1 comes from the repository https://git.index.example/gitted?rev=main, as the")
    assert foldered.startswith("foldered comes from the ")


def test_the_lines_of_requirements_that_are_no_pins_are_told() -> None:
    text = """
        # by hand
        --index-url https://index.example/simple
        -e ./libs/common
        -r other.txt
        ok == 1.0 ; sys_platform == 'linux' --hash=md5:00 --hash=sha256:ABCD \\
            --hash=sha256:ef01  # via nobody
        loose>=2
        wild==2.*
        gitted @ git+https://git.index.example/gitted
        ./vendored/a.whl
        !!!
    """
    lock = parse_foreign_lock("\n".join(line.strip() for line in text.splitlines()), "requirements.txt")
    (pin,) = lock.pins
    assert (pin.name, pin.version, pin.markers) == ("ok", "1.0", ("sys_platform == 'linux'",))
    assert pin.sha256 == {"abcd", "ef01"}
    assert [sentence.split()[0] for sentence in lock.left_out] == [
        "the",
        "other.txt",
        "loose>=2",
        "wild==2.*",
        "gitted",
        "!!!",
    ]


def test_versions_and_markers_that_cannot_be_read_are_told() -> None:
    text = """
        version = 1
        [[package]]
        name = "OK_ok"
        version = "1.0.0-rc1"
        [[package]]
        name = "odd"
        version = "latest"
        [[package]]
        name = "odd"
        version = "1"
        resolution-markers = ["when it rains"]
        [[package]]
        name = 7
    """
    lock = parse_foreign_lock(text, "uv.lock")
    assert [(pin.name, pin.version) for pin in lock.pins] == [("ok-ok", "1.0.0rc1")]
    assert "odd latest has no version that can be compared" in lock.left_out
    assert "odd 1 is for where when it rains holds, which is no marker" in lock.left_out


# What is no lock -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("uv.lock", "version = ", "uv.lock is not TOML"),
        ("uv.lock", "a = 1", "uv.lock is no lock of a tool that frazil knows"),
        ("uv.lock", "version = 1\npackage = 3", "uv.lock pins no version"),
        ("pylock.toml", 'lock-version = "9"\ncreated-by = "x"\npackages = []', "pylock.toml is no valid pylock.toml"),
        ("pylock.toml", 'lock-version = "1.0"\npackages = 7', "pylock.toml is no valid pylock.toml"),
        ("reqs.txt", "flask>=3\n", "reqs.txt pins no version"),
        ("deep.toml", "a = " + "[" * 5000, "deep.toml is not TOML"),
    ],
)
def test_what_is_no_lock_is_refused_in_a_sentence(name: str, text: str, says: str) -> None:
    with pytest.raises(ForeignLockError) as refused:
        parse_foreign_lock(text, name)
    assert refused.value.sentence.startswith(says)
    assert refused.value.exit_code == 2


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ForeignLockError, match="is not UTF-8"):
        read_foreign_lock(tmp_path / "uv.lock")


@law
@given(st.text(max_size=80), st.sampled_from(["uv.lock", "requirements.txt"]))
def test_no_text_brings_a_reader_down(text: str, name: str) -> None:
    with contextlib.suppress(ForeignLockError):
        parse_foreign_lock(text, name)
