"""A hint shows what is near first, and no endless lists."""

from frazil.project.suggestions import closest, suggestion


def test_the_closest_names_come_first() -> None:
    assert suggestion("services/ap", ["libs/a", "services/api"], title="targets") == (
        "did you mean services/api? targets: libs/a, services/api"
    )


def test_a_name_near_nothing_gets_the_list_alone() -> None:
    assert suggestion("zzz", ["b", "a"], title="known keys") == "known keys: a, b"


def test_a_long_list_is_cut_and_counted() -> None:
    assert suggestion("zzz", [f"n{number:03}" for number in range(25)], title="targets").endswith("n019 and 5 more")


def test_nothing_known_is_said() -> None:
    assert suggestion("a", [], title="declared environments") == "there are no declared environments"
    assert closest("a", []) == ""
