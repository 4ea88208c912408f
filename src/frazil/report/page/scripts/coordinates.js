/* The pane of coordinates: a table with one row for each release, what colours mean, and how much there is of each. */

const COLUMNS = [
  { id: "name", label: "Name", compare: (one, other) => compared(one.key, other.key) },
  { id: "version", label: "Version" },
  { id: "size", label: "Size", class: "number", value: (coordinate, view) => view.sizeOf(coordinate) },
  { id: "age", label: "Age", class: "number", value: (coordinate) => (coordinate.time === null ? -1 : -coordinate.time) },
  { id: "where", label: "Where", class: "where" },
  { id: "targets", label: "Targets", class: "number", value: (coordinate, view) => view.shippers[coordinate.number].length },
];
const RANKS = { added: 0, removed: 1, changed: 2 };

class CoordinatePane {
  constructor(app) {
    this.app = app;
    this.list = new ChoiceList(byId("rows"), (coordinate) => app.toggle(coordinate));
    this.rows = new Map();
  }

  show() {
    const target = this.app.selectedTarget;
    const found = this.app.coordinatesIn(target).filter((coordinate) => this.app.matches(coordinate));
    const shown = this.legend(found).sort((one, other) => this.order(one, other));
    const selected = this.app.selectedCoordinate;
    this.head();
    this.list.show(shown.map((coordinate) => this.row(coordinate)), selected && shown.includes(selected) ? this.row(selected) : null);
    const all = this.app.coordinatesIn(null).length;
    byId("coordinate-title").textContent = `Artifacts ${shown.length === all ? "" : `${grouped(shown.length)} of `}${grouped(all)}`;
    byId("coordinate-note").replaceChildren(
      ...(target ? [`that ${target.name} ships`, make("button", { type: "button", class: "link", click: () => this.app.go({ target: "" }) }, "show all")] : []),
    );
    byId("coordinates").hidden = shown.length === 0;
    byId("coordinates-empty").hidden = shown.length > 0;
    byId("coordinates-empty").textContent = this.app.state.q ? "No coordinate matches the search." : "No coordinate is here.";
    return shown;
  }

  reveal(coordinate) {
    if (this.rows.has(coordinate)) this.list.reveal(this.rows.get(coordinate));
  }

  head() {
    const [id, falling] = this.sorting;
    const next = (column) => (column.id === id && falling === (column.id !== "name") ? `${falling ? "" : "-"}${column.id}` : `${column.id === "name" ? "" : "-"}${column.id}`);
    const cells = COLUMNS.map((column) => {
      const sorted = column.id === id ? (falling ? "descending" : "ascending") : null;
      const arrow = { ascending: " ↑", descending: " ↓" }[sorted] ?? "";
      const able = column.compare || column.value;
      return make(
        "th",
        { scope: "col", class: column.class, "aria-sort": sorted },
        make("button", { type: "button", disabled: able ? null : "", "data-sort": column.id, click: () => this.app.go({ sort: next(column) }) }, column.label + arrow),
      );
    });
    const focused = document.activeElement?.dataset?.sort;
    byId("columns").replaceChildren(...cells);
    if (focused) byId("columns").querySelector(`[data-sort="${focused}"]`)?.focus();
  }

  get sorting() {
    const { sort } = this.app.state;
    const id = sort.replace(/^-/, "");
    return COLUMNS.some((column) => column.id === id) ? [id, sort.startsWith("-")] : [null, false];
  }

  order(one, other) {
    const [id, falling] = this.sorting;
    const column = COLUMNS.find((each) => each.id === id);
    const byName = COLUMNS[0].compare(one, other);
    if (column?.value) {
      const difference = column.value(one, this.app.viewOf(one)) - column.value(other, this.app.viewOf(other));
      return (falling ? -difference : difference) || byName;
    }
    if (column) return falling ? -byName : byName;
    return (RANKS[one.status] ?? 3) - (RANKS[other.status] ?? 3) || byName;
  }

  row(coordinate) {
    if (!this.rows.has(coordinate)) {
      const row = make("tr", { tabindex: "-1", class: coordinate.status ?? "" }, COLUMNS.map((column) => make("td", { class: column.class ?? column.id })));
      this.rows.set(coordinate, row);
      this.list.things.set(row, coordinate);
    }
    const row = this.rows.get(coordinate);
    const view = this.app.viewOf(coordinate);
    const [name, version, size, age, where, targets] = row.cells;
    name.replaceChildren(this.app.dot(coordinate), make("span", {}, coordinate.name));
    version.replaceChildren(...versionWords(coordinate, this.app.changes));
    size.textContent = view.sizeOf(coordinate) ? sized(view.sizeOf(coordinate)) : "";
    age.textContent = coordinate.time === null ? "" : aged(coordinate.time, this.app.time);
    age.title = coordinate.time === null ? "" : `uploaded ${dated(coordinate.time)}`;
    where.textContent = this.where(coordinate);
    targets.textContent = grouped(view.shippers[coordinate.number].length);
    return row;
  }

  where(coordinate) {
    const { world } = coordinate;
    const places = world.environments.filter((_, number) => coordinate.pins.some((pin) => pin.place[number]));
    const names = places.length === world.environments.length ? "all" : listed(places.map((each) => each.name), 3);
    const resolves = coordinate.pins.map((pin) => world.resolves[pin.resolve]);
    const plain = resolves.length === 1 && resolves[0] === "default";
    return plain ? names : `${names} · ${listed(resolves, 3)}`;
  }

  /** Draw the legend for some coordinates; return those of the one category that is asked for, or all. */
  legend(coordinates) {
    const mode = MODES[this.app.colour];
    const of = coordinates.map((coordinate) => this.app.category(coordinate));
    const counts = mode.categories.map((_, number) => of.filter((each) => each === number).length);
    const only = mode.categories.findIndex((category) => category.label === this.app.state.only);
    const present = mode.categories.map((_, number) => number).filter((number) => counts[number] > 0 || number === only);
    const segment = (number) => {
      const part = make("span", { class: `fill-${mode.categories[number].fill}` });
      part.style.flex = String(counts[number]);
      return part;
    };
    const entry = (number) => {
      const { label, fill } = mode.categories[number];
      const chosen = number === only;
      return make(
        "button",
        { type: "button", class: "quiet", "aria-pressed": String(chosen), title: chosen ? "show all" : `show only: ${label}`, "data-only": label, click: () => this.app.go({ only: chosen ? "" : label }) },
        make("span", { class: `dot fill-${fill}` }),
        `${label} ${grouped(counts[number])}`,
      );
    };
    const focused = document.activeElement?.dataset?.only;
    byId("legend").replaceChildren(
      make("div", { class: "bar", "aria-hidden": "true" }, present.map(segment)),
      make("div", { class: "entries" }, present.map(entry)),
    );
    if (focused) [...byId("legend").querySelectorAll("button")].find((each) => each.dataset.only === focused)?.focus();
    return only < 0 ? coordinates : coordinates.filter((_, number) => of[number] === only);
  }
}

/** The version of an coordinate, with what it was before. */
function versionWords(coordinate, changes) {
  const own = (coordinate.changes ?? []).map((number) => changes[number]);
  if (own.length === 0) return [coordinate.version ?? ""];
  if (coordinate.status !== "changed") return [tag(coordinate.version ?? coordinate.status, coordinate.status), make("span", { class: "unseen" }, ` ${coordinate.status}`)];
  const before = [...new Set(own.map((change) => change.old).filter((old) => old && old !== coordinate.version))];
  const words = before.length > 0 ? `${before.join(", ")} → ${coordinate.version ?? ""}` : `${coordinate.version ?? ""} ${changeWord(own[0])}`;
  return [tag(words.trim(), "changed")];
}

function changeWord(change) {
  return { added: "newly here", removed: "no longer everywhere", source: "other source", coordinates: "other files" }[change.kind] ?? change.kind;
}
