/* The graph on the screen: dagre places, cytoscape draws. Whatever it shows is in the details as text too. */

const HEIGHT = 20; // of a box
const LONGEST_LABEL = 34;
const LARGEST_ZOOM = 1.15;
const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

class Drawing {
  constructor(app) {
    this.app = app;
    this.drawn = null;
    this.pen = document.createElement("canvas").getContext("2d");
    this.pen.font = `12px ${FAMILY}`;
    byId("zoom-in").addEventListener("click", () => this.zoom(1.35));
    byId("zoom-out").addEventListener("click", () => this.zoom(1 / 1.35));
    byId("zoom-fit").addEventListener("click", () => this.fit());
    byId("draw-all").addEventListener("click", () => app.go({ all: "yes" }));
    new ResizeObserver(() => this.fit()).observe(byId("graph"));
  }

  /** Draw what the app shows, unless it is drawn already. */
  show() {
    const picture = pictureFor(this.app);
    const elements = this.elements(picture);
    const key = JSON.stringify(elements);
    const isDrawn = key === this.drawn;
    const isEmpty = picture.nodes.size === 0;
    const isPlaced = !isEmpty && (isDrawn || place(elements));
    const tooDeep = "This is too deep for a picture; the details say it in words.";
    this.note = isPlaced || isEmpty ? picture.note : tooDeep;
    byId("picture-title").textContent = picture.title;
    byId("graph-note").textContent = this.note;
    byId("draw-all").hidden = !(isPlaced && picture.cut);
    byId("middle").classList.toggle("undrawn", !isPlaced);
    if (!isPlaced || isDrawn) return;
    this.drawn = key;
    const counts = `${counted(picture.nodes.size, "box", "boxes")}, ${counted(picture.edges.size, "arrow")}`;
    byId("graph").setAttribute("aria-label", `${picture.title}: ${counts}. The details say the same in words.`);
    this.graph ??= this.start();
    this.graph.batch(() => {
      this.graph.elements().remove();
      this.graph.add(elements);
    });
    this.fit();
  }

  elements(picture) {
    const { app } = this;
    const selected = app.selectedTarget ?? app.selectedCoordinate;
    const nodes = [...picture.nodes].map(([id, thing]) => {
      const label = this.label(thing);
      const width = Math.ceil(this.pen.measureText(label).width) + 16;
      const fill = thing.kind === "coordinate" ? app.categoryOf(thing).fill : "";
      const classes = [thing.kind, thing.status, thing === selected ? "selected" : null];
      return { data: { id, label, width, fill, name: called(thing) }, classes: present(classes).join(" ") };
    });
    const edges = [...picture.edges].map(([id, { source, target, wishes, building }]) => {
      return { data: { id, source, target, wishes: listed([...wishes], 4) }, classes: building ? "building" : "" };
    });
    return { nodes, edges };
  }

  label(thing) {
    const text = thing.kind === "missing" ? `${thing.name} (not in the lock)` : called(thing);
    if (text.length <= LONGEST_LABEL) return text;
    return `${text.slice(0, LONGEST_LABEL - 13)}…${text.slice(-12)}`;
  }

  start() {
    const graph = cytoscape({
      container: byId("graph"),
      style: styles(),
      minZoom: 0.02,
      maxZoom: 2.5,
      autoungrabify: true,
      boxSelectionEnabled: false,
    });
    graph.on("tap", "node", ({ target }) => this.app.choose(target.id()));
    graph.on("mouseover", "node", ({ target }) => this.lift(target.closedNeighborhood(), target.data("name")));
    graph.on("mouseover", "edge", ({ target }) => {
      const words = `${target.source().data("name")} asks ${target.data("wishes")}`;
      this.lift(target.union(target.connectedNodes()), words);
    });
    graph.on("mouseout", () => this.lift(null, this.note));
    return graph;
  }

  /** Let some elements stand out, and say what they are. */
  lift(elements, words) {
    byId("graph-note").textContent = words;
    this.graph.batch(() => {
      this.graph.elements().removeClass("far near");
      if (!elements) return;
      this.graph.elements().not(elements).addClass("far");
      elements.edges().addClass("near");
    });
  }

  fit() {
    if (!this.graph) return;
    this.graph.resize();
    this.graph.fit(undefined, 12);
    if (this.graph.zoom() > LARGEST_ZOOM) this.graph.zoom(LARGEST_ZOOM).center();
  }

  zoom(factor) {
    const centre = { x: this.graph.width() / 2, y: this.graph.height() / 2 };
    this.graph.zoom({ level: this.graph.zoom() * factor, renderedPosition: centre });
  }

  recolour() {
    this.graph?.style(styles());
  }
}

/** Give each node its position, who asks on the left, and each long edge its bends; say whether that could be done. */
function place({ nodes, edges }) {
  const graph = new dagre.graphlib.Graph();
  const ranker = nodes.length > 250 ? "longest-path" : "network-simplex";
  graph.setGraph({ rankdir: "LR", nodesep: 5, ranksep: 44, ranker });
  for (const { data } of nodes) graph.setNode(data.id, { width: data.width, height: HEIGHT });
  for (const { data } of edges) graph.setEdge(data.source, data.target, {});
  try {
    dagre.layout(graph);
  } catch (error) {
    if (error instanceof RangeError) return false; // it recurses along a chain, and this one is too long
    throw error;
  }
  for (const node of nodes) {
    const { x, y } = graph.node(node.data.id);
    node.position = { x, y };
  }
  for (const edge of edges) bend(edge, graph);
  return true;
}

/** Lead an edge that passes other columns around what stands there, as dagre found it. */
function bend(edge, graph) {
  const [source, target] = [graph.node(edge.data.source), graph.node(edge.data.target)];
  const from = { x: source.x + source.width / 2, y: source.y };
  const to = { x: target.x - target.width / 2, y: target.y };
  const points = graph.edge(edge.data.source, edge.data.target).points.slice(1, -1);
  if (points.length < 2 || from.x >= to.x) return;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  // cytoscape wants each bend as a share of the straight line, and a distance from it.
  edge.data.weights = points.map(({ x, y }) => ((x - from.x) * dx + (y - from.y) * dy) / length ** 2);
  edge.data.distances = points.map(({ x, y }) => ((y - from.y) * dx - (x - from.x) * dy) / length);
  edge.classes = `${edge.classes} bent`.trim();
}

const FILLS = ["none", "step-1", "step-2", "step-3", "step-4", "step-5", "kind-1", "kind-2", "kind-3"];
const STATUSES = ["added", "removed", "changed"];

/** The style of the graph in the colours of the page. */
function styles() {
  const colour = colourReader();
  const filled = (fill) => ({ "background-color": colour(fill), color: colour(`on-${fill}`) });
  const node = {
    shape: "round-rectangle",
    width: "data(width)",
    height: HEIGHT,
    label: "data(label)",
    "text-valign": "center",
    "font-size": 12,
    "font-family": FAMILY,
    "border-width": 1,
    "border-color": colour("edge"),
    ...filled("none"),
  };
  const edge = {
    width: 1.2,
    "line-color": colour("edge"),
    "curve-style": "straight",
    "source-endpoint": "90deg",
    "target-endpoint": "270deg",
    "target-arrow-shape": "triangle",
    "target-arrow-color": colour("edge"),
    "arrow-scale": 0.7,
  };
  const bent = {
    "curve-style": "round-segments",
    "segment-weights": "data(weights)",
    "segment-distances": "data(distances)",
    "segment-radii": 24,
    "edge-distances": "endpoints",
  };
  const lifted = { width: 2.2, "line-color": colour("accent"), "target-arrow-color": colour("accent"), "z-index": 2 };
  const target = { "background-color": colour("accent"), color: colour("on-accent"), "border-color": colour("accent") };
  const missing = { "border-style": "dashed", "border-color": colour("on-removed"), ...filled("removed") };
  const changed = (status) => ({ "border-color": colour(`on-${status}`), "border-width": 2 });
  return [
    { selector: "node", style: node },
    ...[...FILLS, ...STATUSES].map((fill) => ({ selector: `node[fill = "${fill}"]`, style: filled(fill) })),
    { selector: "node.target", style: target },
    { selector: "node.missing", style: missing },
    ...STATUSES.map((status) => ({ selector: `node.coordinate.${status}`, style: changed(status) })),
    { selector: "node.coordinate.removed", style: { "border-style": "dashed" } },
    { selector: "node.selected", style: { "border-width": 3, "border-color": colour("ink") } },
    { selector: "edge", style: edge },
    { selector: "edge.bent", style: bent },
    { selector: "edge.building", style: { "line-style": "dashed" } },
    { selector: "edge.near", style: lifted },
    { selector: ".far", style: { opacity: 0.2 } },
  ];
}

/** A function that tells a colour of the page by its name, as the page has it now. */
function colourReader() {
  const filled = [...FILLS, ...STATUSES].flatMap((fill) => [fill, `on-${fill}`]);
  const probe = make("i", { hidden: "" });
  document.body.append(probe);
  const colours = new Map();
  for (const name of ["ink", "accent", "on-accent", "edge", ...filled]) {
    probe.style.color = `var(--${name})`;
    colours.set(name, getComputedStyle(probe).color);
  }
  probe.remove();
  return (name) => colours.get(name);
}
