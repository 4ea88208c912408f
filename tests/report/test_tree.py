"""The lock as trees."""

import json
from inspect import cleandoc

from frazil.frozen.model import Frozen
from frazil.report.lines import Tone, plain
from frazil.report.tree import TreeRow, TreeStyle, inverted_trees, target_trees, tree_document, tree_lines, tree_totals
from tests.support.locks import example_lock, lock_of


def drawn(rows: tuple[TreeRow, ...]) -> str:
    return "\n".join(plain(each) for each in tree_lines(rows))


def whole(frozen: Frozen, *targets: str, depth: int | None = None) -> tuple[TreeRow, ...]:
    return target_trees(frozen, targets, tuple(frozen.environments_by_name), TreeStyle(depth=depth))


def test_a_tree_goes_from_the_target_to_the_last_coordinate() -> None:
    assert drawn(whole(example_lock(), "jobs/etl", "services/api")) == cleandoc(
        """
        jobs/etl  resolve legacy
        ├── attrs 21.1.0  ==21.1.0
        ├── docopt 0.6.2  ==0.6.2
        │   └── setuptools 75.6.0  >=40.8.0  build
        ├── fastlex 1.2  @ https://files.index.example/direct/fastlex-1.2-py3-none-any.whl
        └── libs/common (member)  services-common
            ├── sqlalchemy 1.4.54  >=1.4
            └── typing-extensions 4.12.2  >=4.12

        services/api
        ├── acme-auth 2.1  @ git+https://git.index.example/acme/auth@v2.1
        │   └── setuptools 75.6.0  >=64  build
        ├── acme-metrics 4.0.0  >=4
        │   └── h11 0.16.0  >=0.16
        ├── libs/common (member)  services-common
        │   ├── sqlalchemy 2.0.36  >=1.4
        │   └── typing-extensions 4.12.2  >=4.12
        ├── numpy 2.1.3  >=2  [windows]
        ├── numpy 2.2.1  >=2  [linux]
        └── uvicorn 0.34.0  [standard]>=0.30
            ├── click 8.1.8  >=7.0
            │   └── colorama 0.4.6  [windows]
            ├── colorama 0.4.6  >=0.4  [windows]
            ├── h11 0.16.0  >=0.16
            └── uvloop 0.21.0  >=0.14.0  [linux]
        """
    )


def test_one_environment_is_shown_as_that_environment_sees_it() -> None:
    rows = target_trees(example_lock(), ["services/api"], ["windows"], TreeStyle(depth=1))
    assert drawn(rows) == cleandoc(
        """
        services/api
        ├── acme-auth 2.1  @ git+https://git.index.example/acme/auth@v2.1
        ├── acme-metrics 4.0.0  >=4
        ├── libs/common (member)  services-common
        ├── numpy 2.1.3  >=2
        └── uvicorn 0.34.0  [standard]>=0.30
        """
    )


def test_a_target_has_no_tree_where_it_does_not_live() -> None:
    assert target_trees(example_lock(), ["jobs/etl"], ["windows"]) == ()


def test_a_target_with_an_extra_shows_what_it_ships_its_base_included() -> None:
    rows = whole(example_lock(), "services/api[postgres]", depth=1)
    assert [row.name for row in rows if row.depth == 1] == [
        *("acme-auth", "acme-metrics", "libs/common", "numpy", "numpy", "psycopg2-binary", "uvicorn")
    ]


def test_depth_zero_shows_the_targets_alone() -> None:
    assert drawn(whole(example_lock(), "libs/common", depth=0)) == "libs/common"


def test_the_second_time_a_subtree_is_marked_and_left_out_but_a_leaf_is_not() -> None:
    frozen = lock_of(
        {"a": ("1", ["c"]), "b": ("1", ["c", "leaf"]), "c": ("1", ["leaf"]), "leaf": ("1", [])},
        targets={"app": ["a", "b"], "other": ["c"]},
    )
    rows = whole(frozen, "app", "other")
    assert drawn(rows) == cleandoc(
        """
        app
        ├── a 1
        │   └── c 1
        │       └── leaf 1
        └── b 1
            ├── c 1  (*)
            └── leaf 1

        other
        └── c 1
            └── leaf 1
        """
    )
    assert tree_totals(rows) == "2 targets · 4 coordinates · (*) is shown in full above"


def test_a_circle_ends() -> None:
    frozen = lock_of({"a": ("1", ["b"]), "b": ("1", ["a"])}, targets={"app": ["a"]})
    assert drawn(whole(frozen, "app")) == cleandoc(
        """
        app
        └── a 1
            └── b 1
                └── a 1  (*)
        """
    )


def test_a_chain_longer_than_pythons_stack_is_drawn() -> None:
    length = 3000
    releases = {f"p{n:04}": ("1", [f"p{n + 1:04}"] if n < length - 1 else []) for n in range(length)}
    rows = whole(lock_of(releases, targets={"app": ["p0000"]}), "app")
    assert len(rows) == length + 1
    assert plain(tree_lines(rows)[-1]) == "    " * (length - 1) + "└── p2999 1"
    json.dumps(tree_document(rows, inverted=None))


def test_what_nothing_answers_is_shown_as_missing() -> None:
    frozen = lock_of({"a": ("1", ["ghost>=2"])}, targets={"app": ["a"]})
    assert drawn(whole(frozen, "app")).endswith("└── ghost (not in the lock)  >=2")


def test_a_name_that_begins_like_another_is_not_cut_out_of_it() -> None:
    frozen = lock_of({"a": ("1", [])}, targets={"app": ["a"], "lib": []})
    above = inverted_trees(frozen, "a", ["app"], ["linux"])
    assert drawn(above) == "a 1\n└── app  a"


def test_inverted_goes_from_a_project_up_to_the_targets() -> None:
    frozen = example_lock()
    rows = inverted_trees(frozen, "h11", tuple(frozen.targets_by_name), tuple(frozen.environments_by_name))
    assert drawn(rows) == cleandoc(
        """
        h11 0.16.0
        ├── acme-metrics 4.0.0  h11>=0.16
        │   └── services/api  acme-metrics>=4
        └── uvicorn 0.34.0  h11>=0.16
            └── services/api  uvicorn[standard]>=0.30
        """
    )
    assert tree_totals(rows) == "1 tree · 3 coordinates"


def test_inverted_shows_every_version_and_where_it_holds() -> None:
    frozen = example_lock()
    rows = inverted_trees(frozen, "numpy", tuple(frozen.targets_by_name), tuple(frozen.environments_by_name))
    assert drawn(rows) == cleandoc(
        """
        numpy 2.1.3
        └── services/api  numpy>=2  [windows]

        numpy 2.2.1
        └── services/api  numpy>=2  [linux]
        """
    )


def test_inverted_names_the_extra_that_asks_and_not_its_base() -> None:
    frozen = example_lock()
    rows = inverted_trees(frozen, "psycopg2-binary", tuple(frozen.targets_by_name), ("linux",))
    assert [row.name for row in rows] == ["psycopg2-binary", "services/api[postgres]"]


def test_inverted_takes_a_member_by_its_project_name() -> None:
    frozen = example_lock()
    rows = inverted_trees(frozen, "services-common", tuple(frozen.targets_by_name), ("linux",))
    assert [(row.depth, row.name) for row in rows if row.resolve == "legacy"] == [(0, "libs/common"), (1, "jobs/etl")]


def test_inverted_says_which_resolve_a_build_requirement_is_pinned_in() -> None:
    frozen = example_lock()
    rows = inverted_trees(frozen, "setuptools", ["jobs/etl"], ("linux",))
    assert drawn(rows) == cleandoc(
        """
        setuptools 75.6.0  resolve build
        └── docopt 0.6.2  setuptools>=40.8.0  build
            └── jobs/etl  docopt==0.6.2
        """
    )


def test_the_order_of_the_lock_does_not_matter() -> None:
    releases = {"a": ("1", ["c", "b"]), "b": ("1", []), "c": ("1", [])}
    forwards = whole(lock_of(releases, targets={"app": ["a", "b"]}), "app")
    backwards = whole(lock_of(dict(reversed(releases.items())), targets={"app": ["b", "a"]}), "app")
    assert forwards == backwards


def test_lines_between_branches_are_dim_and_the_root_is_strong() -> None:
    root, branch = tree_lines(whole(lock_of({"a": ("1", [])}, targets={"app": ["a"]}), "app"))
    assert root[0].tone is Tone.STRONG
    assert branch[0].tone is Tone.DIM


def test_the_object_has_the_rows_with_every_field() -> None:
    rows = target_trees(example_lock(), ["services/api"], ["linux", "windows"], TreeStyle(depth=1))
    assert tree_document(rows, inverted=None)["rows"][4] == {
        "depth": 1,
        "kind": "coordinate",
        "name": "numpy",
        "version": "2.1.3",
        "resolve": "default",
        "requirement": "numpy>=2",
        "environments": ["windows"],
        "building": False,
        "repeated": False,
        "marker": None,
        "size": None,
    }
