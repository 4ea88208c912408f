"""Why a version was not chosen, as a person reads it."""

from frazil.frozen.reasons import Reason
from frazil.report.lines import plain
from frazil.report.why_not import why_not_document, why_not_lines, why_not_sources
from frazil.requirement import parse_requirement
from frazil.unchosen import Verdict, WhyNot
from tests.support.places import Places


def reason(kind: str, by: str, text: str, version: str | None = None) -> Reason:
    return Reason(kind=kind, by=by, version=version, requirement=parse_requirement(text))


def verdict(kind: str, *told: str, reasons: tuple[Reason, ...] = (), source: str = "lock", **more: object) -> Verdict:
    given = {"resolve": "default", "environments": ("linux", "mac"), "pinned": "2.3", "version": "3.1", **more}
    return Verdict(kind=kind, told=told, reasons=reasons, source=source, **given)  # type: ignore[arg-type]


def screen(found: WhyNot) -> str:
    return "\n".join(plain(each) for each in why_not_lines(found, Places()))


WHO = (
    reason("target", "services/web", "flask<3"),
    reason("coordinate", "flask-login", "flask<3; python_version >= '3.8'", "0.6"),
    reason("constraint", "", "flask<3.1"),
    reason("constraint", "legacy", "flask<3.1"),
)


def test_who_keeps_a_version_out_is_a_table_with_places() -> None:
    assert screen(WhyNot(name="flask", version="3.1", verdicts=(verdict("excluded", reasons=WHO),))) == (
        "flask 3.1 was not chosen: the lock has 2.3  linux mac\n"
        "  services/web                  requires flask<3  services/web/pyproject.toml:7\n"
        "  flask-login 0.6               requires flask<3\n"
        "  constraint                    flask<3.1         pyproject.toml:3\n"
        "  constraint of resolve legacy  flask<3.1         pyproject.toml:3"
    )


def test_several_places_are_told_apart_and_lines_come_below() -> None:
    found = WhyNot(
        name="flask",
        version=None,
        verdicts=(
            verdict("rejected", "flask 3.2 needs Python >=3.13", source="kept"),
            verdict("possible", "nothing speaks against flask 3.1", source="index", environments=("windows",)),
        ),
    )
    assert screen(found) == (
        "no newer flask was chosen: the lock has 2.3  linux mac\n"
        "  flask 3.2 needs Python >=3.13\n"
        "\n"
        "nothing speaks against flask 3.1  windows"
    )
    assert [plain(each) for each in why_not_sources(found)] == [
        "from what the resolve turned down when it made the lock",
        "from the index, asked now: nothing of it was kept with the lock",
    ]


def test_the_object_has_a_place_for_what_a_file_declares_and_none_for_a_release() -> None:
    found = WhyNot(name="flask", version="3.1", verdicts=(verdict("excluded", reasons=WHO),))
    [told] = why_not_document(found, Places())["verdicts"]
    assert [(each["by"], each["file"], each["line"]) for each in told["reasons"][:3]] == [
        ("services/web", "services/web/pyproject.toml", 7),
        ("flask-login", None, None),
        ("", "pyproject.toml", 3),
    ]
