"""Graphs: what Graphviz, Mermaid, GraphML and JSON readers take, with the same nodes and edges in each."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from frazil.frozen.model import Frozen
from frazil.report.export.drawings import dot, graphml, json_graph, mermaid
from frazil.report.export.graph import lock_graph
from frazil.report.export.request import Exported, Request
from tests.support.exports import Boxed, boxed_locks, request
from tests.support.graph_worlds import law
from tests.support.locks import example_lock, lock_of

GRAPHVIZ = shutil.which("dot")
NODE = shutil.which("node")
MERMAID = os.environ.get("FRAZIL_TEST_NODE_MODULES", "")
"""A folder `node_modules` with mermaid and jsdom; they are too large to be installed for every run."""

CHECK = """
import { JSDOM } from "jsdom";
import { readFileSync } from "node:fs";
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const mermaid = (await import("mermaid")).default;
await mermaid.parse(readFileSync(process.argv[2], "utf8"));
"""

TEXT = r'"(?:[^"#&<>`\\\n]|#\d+;)*"'
MERMAID_LINES = (
    re.compile(r"flowchart LR"),
    re.compile(rf"  n\d+(?:\[{TEXT}\]|\(\[{TEXT}\]\))"),
    re.compile(rf"  n\d+ (?:-->|-\.->)\|{TEXT}\| n\d+"),
)


def text(form: Callable[[Request], tuple[Exported, ...]], frozen: Frozen) -> str:
    (exported,) = form(request(frozen))
    return exported.text


@pytest.mark.skipif(GRAPHVIZ is None, reason="needs Graphviz (`dot`)")
def test_graphviz_draws_the_graph() -> None:
    assert GRAPHVIZ is not None
    drawn = subprocess.run(
        [GRAPHVIZ, "-Tsvg"], input=text(dot, example_lock()), capture_output=True, text=True, check=True
    )
    asked = request(example_lock())
    graph = lock_graph(asked.frozen, asked.targets, asked.environments)
    drawn_edges = re.findall(r"<title>n(\d+)&#45;&gt;n(\d+)</title>", drawn.stdout)
    assert sorted(drawn_edges) == sorted((str(link.source), str(link.destination)) for link in graph.links)
    assert "services/api[postgres]" in drawn.stdout
    assert drawn.stderr == ""


@pytest.mark.skipif(GRAPHVIZ is None, reason="needs Graphviz (`dot`)")
def test_names_that_mean_something_to_graphviz_are_only_names() -> None:
    assert GRAPHVIZ is not None
    source = text(dot, awkward())
    drawn = subprocess.run([GRAPHVIZ, "-Tjson"], input=source, capture_output=True, text=True, check=True)
    assert AWKWARD in {
        each["label"].replace('\\"', '"').replace("\\\\", "\\") for each in json.loads(drawn.stdout)["objects"]
    }


@law
@given(boxed_locks)
def test_mermaid_has_three_forms_of_lines(box: Boxed) -> None:
    lines = text(mermaid, box.frozen).splitlines()
    assert all(any(form.fullmatch(line) for form in MERMAID_LINES) for line in lines)


@pytest.mark.skipif(not (NODE and MERMAID), reason="needs node, and mermaid and jsdom in FRAZIL_TEST_NODE_MODULES")
@pytest.mark.parametrize("awkwardly", [False, True])
def test_mermaid_takes_the_graph(tmp_path: Path, *, awkwardly: bool) -> None:
    (tmp_path / "node_modules").symlink_to(MERMAID)
    (tmp_path / "check.mjs").write_text(CHECK)
    (tmp_path / "graph.mmd").write_text(text(mermaid, awkward() if awkwardly else example_lock()))
    subprocess.run([str(NODE), "check.mjs", "graph.mmd"], cwd=tmp_path, check=True, capture_output=True)


@law
@given(boxed_locks)
def test_every_form_has_the_same_nodes_and_edges(box: Boxed) -> None:
    asked = request(box.frozen)
    graph = lock_graph(asked.frozen, asked.targets, asked.environments)
    edges = sorted((f"n{link.source}", f"n{link.destination}") for link in graph.links)
    tree = ET.fromstring(text(graphml, box.frozen))  # noqa: S314 - our own text
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert len(list(tree.iter(f"{space}node"))) == len(graph.nodes)
    assert sorted((e.get("source"), e.get("target")) for e in tree.iter(f"{space}edge")) == edges
    body = json.loads(text(json_graph, box.frozen))["graph"]
    assert [each["label"] for each in body["nodes"].values()] == [node.label for node in graph.nodes]
    assert sorted((each["source"], each["target"]) for each in body["edges"]) == edges
    assert text(dot, box.frozen).count(" -> ") == len(edges)
    assert len(re.findall(r"^  n\d+ (?:-->|-\.->)", text(mermaid, box.frozen), re.MULTILINE)) == len(edges)


def test_an_edge_says_what_is_asked_where_and_whether_for_a_build() -> None:
    drawn = text(dot, example_lock())
    assert '[label="colorama [windows]"]' in drawn
    assert '[label="setuptools>=40.8.0 [linux] (build)", style=dashed]' in drawn
    edges = json.loads(text(json_graph, example_lock()))["graph"]["edges"]
    assert {each["relation"] for each in edges} == {"depends on", "builds with"}


AWKWARD = 'a"b\\c<d>&`e`#f'


def awkward() -> Frozen:
    """Return a lock with a target whose name is full of what these languages give a meaning to."""
    return lock_of({"a": ("1", [])}, targets={AWKWARD: ["a"]})
