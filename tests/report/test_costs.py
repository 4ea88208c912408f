"""What a run cost: the value and its line."""

from frazil.costs import Costs
from frazil.report.costs_summary import costs_document, costs_line
from frazil.report.lines import plain

SPENT = Costs(
    requests=2, received=38_200_000, phases=(("read", 0.012), ("download", 0.64), ("link", 0.041)), cache_hits=1
)


def test_the_line_says_requests_bytes_pages_and_time_by_phase() -> None:
    assert plain(costs_line(SPENT, 0.71)) == (
        "cost: 2 requests · 38.2 MB · 0 pages · 1 cache hit · 0.71 s (read 12 ms, download 640 ms, link 41 ms)"
    )


def test_without_a_whole_time_the_phases_are_summed() -> None:
    assert plain(costs_line(Costs(rounds=3, phases=(("read", 0.3), ("resolve", 0.9))))) == (
        "cost: 0 requests · 0 bytes · 0 pages · 3 rounds · 1.2 s (read 300 ms, resolve 900 ms)"
    )


def test_costs_of_two_calls_add_up_and_phases_of_one_name_too() -> None:
    both = SPENT + Costs(requests=1, pages=4, rounds=7, phases=(("link", 0.25), ("write", 0.5)))
    assert (both.requests, both.received, both.pages, both.rounds, both.cache_hits) == (3, 38_200_000, 4, 7, 1)
    assert both.phases == (("read", 0.012), ("download", 0.64), ("link", 0.291), ("write", 0.5))


def test_the_object_names_every_field() -> None:
    assert costs_document(SPENT) == {
        "requests": 2,
        "received": 38_200_000,
        "cache-hits": 1,
        "pages": 0,
        "rounds": 0,
        "phases": [
            {"name": "read", "seconds": 0.012},
            {"name": "download", "seconds": 0.64},
            {"name": "link", "seconds": 0.041},
        ],
    }
