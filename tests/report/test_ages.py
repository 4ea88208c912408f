"""The age of pins in words: the oldest first, what is newer, what is wrong."""

from datetime import UTC, datetime

from frazil.ageing import Age, Ages
from frazil.costs import Costs
from frazil.frozen.routes import Stop
from frazil.report.ages import ages_document, ages_lines, ages_totals
from frazil.report.envelope import success_document
from frazil.report.lines import plain
from tests.support.json_schemas import strict_validator


def age(name: str, **facts: object) -> Age:
    values: dict[str, object] = {
        "targets": ("api",),
        "uploaded": datetime(2026, 1, 1, tzinfo=UTC),
        "newest": "1.0",
        "newest_uploaded": None,
        "yanked": None,
        "status": "active",
        **facts,
    }
    return Age(stop=Stop("coordinate", name, "1.0", None, 0), **values)  # type: ignore[arg-type]


AGES = Ages(
    ages=(
        age("fresh", uploaded=datetime(2026, 3, 1, tzinfo=UTC)),
        age("behind", newest="2.0", newest_uploaded=datetime(2026, 2, 1, tzinfo=UTC)),
        age("taken-back", yanked="it lost data", status="archived"),
        age("gone", uploaded=None, newest=None, yanked="", status="gone"),
    ),
    now=datetime(2026, 3, 2, tzinfo=UTC),
    costs=Costs(requests=4, pages=4),
)


def test_the_oldest_come_first_and_those_of_unknown_age_last() -> None:
    lines = [" ".join(plain(each).split()) for each in ages_lines(AGES)]
    assert lines == [
        "behind 1.0 60 days 2.0 2026-02-01 api",
        "taken-back 1.0 60 days yanked: it lost data, archived api",
        "fresh 1.0 1 day api",
        "gone 1.0 age unknown yanked, gone api",
    ]


def test_the_total_says_that_the_index_was_asked_and_counts_what_is_wrong() -> None:
    assert ages_totals(AGES) == (
        "asked the index about 4 releases: 1 with a newer release, 2 yanked, 1 archived, 1 gone"
    )
    assert ages_totals(Ages(ages=AGES.ages[:1], now=AGES.now, costs=Costs())) == (
        "asked the index about 1 release: all are the newest"
    )


def test_as_an_object_it_fits_its_schema() -> None:
    document = ages_document(AGES)
    strict_validator("report-stale")(success_document("report", document))
    assert [each["age-days"] for each in document["releases"]] == [1, 60, 60, None]
    assert [each["behind"] for each in document["releases"]] == [False, True, False, False]
