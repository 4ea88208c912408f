"""The graph of a lock for programs that draw: Graphviz, Mermaid, GraphML, and plain JSON (JSON Graph Format 2)."""

import json
from collections.abc import Callable
from xml.etree import ElementTree as ET

from frazil.frozen.routes import Stop
from frazil.report.export.graph import Link, LockGraph, lock_graph
from frazil.report.export.request import Exported, Request

_SHAPES = {"target": "box", "coordinate": "ellipse", "missing": "diamond"}


def dot(request: Request) -> tuple[Exported, ...]:
    """Return the graph in the language of Graphviz."""
    return _drawn(request, "dot", _dot)


def mermaid(request: Request) -> tuple[Exported, ...]:
    """Return the graph as a Mermaid flowchart."""
    return _drawn(request, "mmd", _mermaid)


def graphml(request: Request) -> tuple[Exported, ...]:
    """Return the graph as GraphML, with what is known of nodes and edges as attributes."""
    return _drawn(request, "graphml", _graphml)


def json_graph(request: Request) -> tuple[Exported, ...]:
    """Return the graph in the JSON Graph Format."""
    return _drawn(request, "graph.json", _json_graph)


def _drawn(request: Request, suffix: str, draw: Callable[[LockGraph], str]) -> tuple[Exported, ...]:
    graph = lock_graph(request.frozen, request.targets, request.environments)
    names = tuple(target.name for target in request.targets)
    return (Exported(name=f"frozen.{suffix}", text=draw(graph), targets=names, environments=request.environments),)


def _said(link: Link) -> str:
    """Return what stands at an edge."""
    where = f" [{', '.join(link.environments)}]" if link.environments else ""
    return f"{link.requirement}{where}{' (build)' if link.building else ''}"


# Text ------------------------------------------------------------------------------------------------------


def _dot(graph: LockGraph) -> str:
    lines = ["digraph frozen {", "  rankdir=LR;", '  node [fontname="sans-serif"];', '  edge [fontname="sans-serif"];']
    for number, node in enumerate(graph.nodes):
        lines.append(f"  n{number} [label={_dot_text(node.label)}, shape={_SHAPES[node.kind]}];")
    for link in graph.links:
        style = ", style=dashed" if link.building else ""
        lines.append(f"  n{link.source} -> n{link.destination} [label={_dot_text(_said(link))}{style}];")
    return "\n".join([*lines, "}", ""])


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mermaid(graph: LockGraph) -> str:
    lines = ["flowchart LR"]
    for number, node in enumerate(graph.nodes):
        opening, closing = ("[", "]") if node.kind == "target" else ("([", "])")
        lines.append(f"  n{number}{opening}{_mermaid_text(node.label)}{closing}")
    for link in graph.links:
        arrow = "-.->" if link.building else "-->"
        lines.append(f"  n{link.source} {arrow}|{_mermaid_text(_said(link))}| n{link.destination}")
    return "\n".join([*lines, ""])


def _mermaid_text(text: str) -> str:
    """Quote a text; what means something inside quotes is written as an entity of Mermaid's own kind."""
    escaped = "".join(f"#{ord(character)};" if character in '"#&<>`\\' else character for character in text)
    return f'"{escaped}"'


# Data ------------------------------------------------------------------------------------------------------

_NODE_KEYS = ("kind", "name", "version")
_LINK_KEYS = ("requirement", "environments", "building")


def _node_facts(node: Stop) -> dict[str, str]:
    facts = {"kind": node.kind, "name": node.name, "version": node.version}
    return {key: value for key, value in facts.items() if value is not None}


def _graphml(graph: LockGraph) -> str:
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for target, keys in (("node", _NODE_KEYS), ("edge", _LINK_KEYS)):
        for key in keys:
            kind = "boolean" if key == "building" else "string"
            ET.SubElement(root, "key", {"id": key, "for": target, "attr.name": key, "attr.type": kind})
    body = ET.SubElement(root, "graph", id="frozen", edgedefault="directed")
    for number, node in enumerate(graph.nodes):
        _with_data(ET.SubElement(body, "node", id=f"n{number}"), _node_facts(node))
    for number, link in enumerate(graph.links):
        ends = {"id": f"e{number}", "source": f"n{link.source}", "target": f"n{link.destination}"}
        facts = {"requirement": link.requirement, "environments": ",".join(link.environments)}
        building = {"building": "true"} if link.building else {}
        _with_data(ET.SubElement(body, "edge", ends), {**facts, **building})
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _with_data(element: ET.Element, facts: dict[str, str]) -> None:
    for key, value in facts.items():
        if value:
            ET.SubElement(element, "data", key=key).text = value


def _json_graph(graph: LockGraph) -> str:
    document = {
        "graph": {
            "directed": True,
            "type": "frozen resolution",
            "nodes": {
                f"n{number}": {"label": node.label, "metadata": _node_facts(node)}
                for number, node in enumerate(graph.nodes)
            },
            "edges": [
                {
                    "source": f"n{link.source}",
                    "target": f"n{link.destination}",
                    "relation": "builds with" if link.building else "depends on",
                    "metadata": {"requirement": link.requirement, "environments": list(link.environments)},
                }
                for link in graph.links
            ],
        }
    }
    return json.dumps(document, indent=2) + "\n"
