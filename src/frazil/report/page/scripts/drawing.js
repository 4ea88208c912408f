/* The graph on the screen: dagre places, cytoscape draws. Whatever it shows is in the details as text too. */

const LONGEST_LABEL = 30;
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

class Drawing {
  constructor(app) {
    this.app = app;
    this.shown = null;
    this.measure = document.createElement("canvas").getContext("2d");
    this.measure.font = FONT;
    byId("zoom-in").addEventListener("click", () => this.zoom(1.35));
    byId("zoom-out").addEventListener("click", () => this.zoom(1 / 1.35));
    byId("zoom-fit").addEventListener("click", () => this.fit());
    byId("draw-all").addEventListener("click", () => app.go({ all: "yes" }));
    new ResizeObserver(() => this.cytoscape && (this.cytoscape.resize(), this.fit())).observe(byId("graph"));
  }

  /** Draw what the app shows, unless it is drawn already. */
  show() {
    const picture = pictureFor(this.app);
    const empty = picture === null ? "Nothing is here to be drawn." : picture.empty;
    byId("picture-title").textContent = picture?.title ?? "Graph";
    byId("graph-empty").hidden = !empty;
    byId("graph-empty").textContent = empty ?? "";
    byId("graph").hidden = Boolean(empty);
    byId("draw-all").hidden = !picture?.more;
    document.querySelectorAll(".zoom button").forEach((button) => (button.disabled = Boolean(empty)));
    this.note = picture?.note ?? "";
    byId("graph-note").textContent = this.note;
    if (empty) {
      this.shown = null;
      return;
    }
    const elements = this.elements(picture);
    const key = JSON.stringify(elements);
    if (key === this.shown) return;
    this.shown = key;
    byId("graph").setAttribute("aria-label", `${picture.title}: ${counted(picture.nodes.size, "box", "boxes")}, ${counted(picture.edges.size, "arrow")}. The details tell the same in words.`);
    this.draw(elements);
  }

  elements(picture) {
    const { selectedTarget, selectedCoordinate } = this.app;
    const selected = selectedTarget ?? selectedCoordinate;
    const nodes = [...picture.nodes].map(([id, thing]) => {
      const label = this.label(thing);
      const width = Math.ceil(Math.max(...label.split("\n").map((line) => this.measure.measureText(line).width))) + 18;
      const classes = [thing.kind, thing.status && this.app.changes ? thing.status : "", thing === selected ? "selected" : ""];
      const fill = thing.kind === "coordinate" ? MODES[this.app.colour].categories[this.app.category(thing)].fill : "";
      return { data: { id, label, width, height: label.includes("\n") ? 36 : 24, fill, full: released(thing) }, classes: classes.filter(Boolean).join(" ") };
    });
    const edges = [...picture.edges].map(([id, edge]) => ({
      data: { id, source: edge.from, target: edge.to, wishes: [...edge.wishes].join(", ") },
      classes: edge.building ? "building" : "",
    }));
    return { nodes, edges };
  }

  label(thing) {
    const short = (text) => (text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 9)}…${text.slice(-8)}` : text);
    if (thing.kind === "missing") return `${short(thing.name)}\nnot in the lock`;
    return thing.version ? `${short(thing.name)}\n${short(thing.version)}` : short(thing.name);
  }

  draw(elements) {
    place(elements);
    this.cytoscape ??= this.start();
    this.cytoscape.batch(() => {
      this.cytoscape.elements().remove();
      this.cytoscape.add(elements);
    });
    this.cytoscape.resize();
    this.fit();
  }

  start() {
    const graph = cytoscape({ container: byId("graph"), style: styles(), layout: { name: "preset" }, minZoom: 0.08, maxZoom: 2.5, autoungrabify: true, boxSelectionEnabled: false });
    graph.on("tap", "node", (event) => this.app.choose(event.target.id()));
    graph.on("mouseover", "node", (event) => this.near(event.target.closedNeighborhood(), event.target.data("full")));
    graph.on("mouseover", "edge", (event) => this.near(event.target.union(event.target.connectedNodes()), `${event.target.source().data("full")} asks ${event.target.data("wishes")}`));
    graph.on("mouseout", () => this.near(null, this.note));
    return graph;
  }

  near(elements, note) {
    byId("graph-note").textContent = note;
    byId("graph").style.cursor = elements?.nodes().length ? "pointer" : "";
    this.cytoscape.batch(() => {
      this.cytoscape.elements().removeClass("far near");
      if (!elements) return;
      this.cytoscape.elements().not(elements).addClass("far");
      elements.edges().addClass("near");
    });
  }

  /** Fit the picture, but not so small that nothing can be read, unless asked to. */
  fit() {
    if (!this.cytoscape || this.cytoscape.elements().empty()) return;
    this.cytoscape.fit(undefined, 14);
    if (this.cytoscape.zoom() > 1.15) {
      this.cytoscape.zoom(1.15);
      this.cytoscape.center();
    }
  }

  zoom(factor) {
    const { cytoscape: graph } = this;
    graph?.zoom({ level: graph.zoom() * factor, renderedPosition: { x: graph.width() / 2, y: graph.height() / 2 } });
  }

  recolour() {
    this.cytoscape?.style(styles());
  }
}

/** Give each node its position: askers on the left. Circles are fine, dagre turns an edge of each around. */
function place({ nodes, edges }) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 8, ranksep: 46, ranker: nodes.length > 200 ? "longest-path" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { data } of nodes) graph.setNode(data.id, { width: data.width, height: data.height });
  for (const { data } of edges) graph.setEdge(data.source, data.target);
  dagre.layout(graph);
  for (const node of nodes) {
    const { x, y } = graph.node(node.data.id);
    node.position = { x, y };
  }
}

/** The style of the graph in the colours of the page. */
function styles() {
  const page = getComputedStyle(document.documentElement);
  const colour = (name) => page.getPropertyValue(`--${name}`).trim();
  const fills = ["none", "step-1", "step-2", "step-3", "step-4", "step-5", "kind-1", "kind-2", "kind-3", "added", "removed", "changed"];
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle", width: "data(width)", height: "data(height)", label: "data(label)",
        "text-wrap": "wrap", "text-valign": "center", "text-halign": "center", "font-size": 12, "line-height": 1.2,
        "font-family": FONT.replace("12px ", ""), color: colour("on-none"), "background-color": colour("none"),
        "border-width": 1, "border-color": colour("edge"),
      },
    },
    { selector: "node.target", style: { "background-color": colour("accent"), color: colour("on-accent"), "border-color": colour("accent") } },
    { selector: "node.missing", style: { "border-style": "dashed", "background-color": colour("card"), color: colour("on-removed"), "border-color": colour("on-removed") } },
    ...fills.map((fill) => ({ selector: `node[fill = "${fill}"]`, style: { "background-color": colour(fill), color: colour(`on-${fill}`) } })),
    ...["added", "removed", "changed"].map((status) => ({ selector: `node.${status}`, style: { "border-width": 2, "border-color": colour(`on-${status}`), "border-style": status === "removed" ? "dashed" : "solid" } })),
    { selector: "node.selected", style: { "border-width": 3, "border-color": colour("ink") } },
    {
      selector: "edge",
      style: {
        width: 1.2, "line-color": colour("edge"), "curve-style": "bezier", "target-arrow-shape": "triangle",
        "target-arrow-color": colour("edge"), "arrow-scale": 0.7, "source-endpoint": "90deg", "target-endpoint": "270deg",
      },
    },
    { selector: "edge.building", style: { "line-style": "dashed" } },
    { selector: "edge.near", style: { width: 2.2, "line-color": colour("accent"), "target-arrow-color": colour("accent") } },
    { selector: ".far", style: { opacity: 0.22 } },
  ];
}
