"""How long a page is good, where its server says so plainly."""

import pytest

from frazil.http.freshness import good_for

DATE = "Tue, 02 Jan 2024 03:04:05 GMT"
SENT = 1704164645.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600", "date": DATE}, 600.0),
        ({"cache-control": 'public, MAX-AGE="600", immutable', "date": DATE}, 600.0),
        ({"cache-control": "max-age=600", "date": DATE, "age": "100"}, 500.0),
        ({"cache-control": "max-age=600", "date": DATE, "age": "700"}, 0.0),
        ({"cache-control": "max-age=600, s-maxage=5", "date": DATE, "vary": "Accept, accept-encoding"}, 600.0),
        ({"cache-control": "max-age=0", "date": DATE}, 0.0),
        ({"cache-control": "no-cache, max-age=600", "date": DATE}, 0.0),
        ({"cache-control": "no-cache"}, 0.0),
        ({"cache-control": "public"}, 0.0),
        ({}, 0.0),
        ({"expires": DATE}, None),
        ({"cache-control": "max-age=600", "expires": DATE, "date": DATE}, 600.0),
        ({"cache-control": "max-age=600"}, None),
        ({"cache-control": "max-age=600", "date": "yesterday"}, None),
        ({"cache-control": "max-age=600", "date": "Tue, 31 Feb 2024 03:04:05 GMT"}, None),
        ({"cache-control": "max-age=600", "date": DATE, "age": "soon"}, None),
        ({"cache-control": "max-age=600", "date": DATE, "age": "1" * 10}, None),
        ({"cache-control": "max-age=600", "date": DATE, "age": "1" * 9}, 0.0),
        ({"cache-control": "max-age=600", "date": DATE, "age": "-5"}, None),
        ({"cache-control": "max-age=600", "date": DATE, "pragma": "no-cache"}, None),
        ({"cache-control": "max-age=600", "date": DATE, "vary": "*"}, None),
        ({"cache-control": "max-age=600", "date": DATE, "vary": "X-Mood"}, None),
        ({"cache-control": "no-store", "date": DATE}, None),
        ({"cache-control": "max-age=600, max-age=5", "date": DATE}, None),
        ({"cache-control": "max-age=9999999999", "date": DATE}, None),
        ({"cache-control": "max-age = 5", "date": DATE}, None),
        ({"cache-control": "public, public", "date": DATE}, None),
    ],
)
def test_a_page_is_good_for_as_long_as_is_said_plainly(headers: dict[str, str], seconds: float | None) -> None:
    assert good_for(headers, SENT) == seconds


def test_what_was_long_on_its_way_is_good_for_less() -> None:
    headers = {"cache-control": "max-age=600", "date": DATE}
    assert good_for(headers, SENT + 200) == 400
    assert good_for({**headers, "age": "300"}, SENT + 200) == 300
    assert good_for(headers, SENT + 900) == 0
    assert good_for(headers, SENT - 900) == 600
    assert good_for({**headers, "date": "Tue, 02 Jan 2024 03:04:60 GMT"}, SENT) == 600
