/* The pane of artifacts: a row for each coordinate, what the colours mean, and how much there is of each. */

const COLUMNS = [
  { id: "name", label: "Name" },
  { id: "size", label: "Size", number: (coordinate, view) => view.sizes[coordinate.number] },
  { id: "age", label: "Age", number: (coordinate) => (coordinate.time === null ? -Infinity : -coordinate.time) },
  { id: "where", label: "Where" },
  { id: "targets", label: "Targets", number: (coordinate, view) => view.shippers[coordinate.number].length },
];
const RANKS = { added: 0, removed: 1, changed: 2 };

class CoordinatePane {
  constructor(app) {
    this.app = app;
    this.list = new ChoiceList(
      byId("rows"),
      (coordinate) => app.toggle(coordinate),
      (coordinate) => {
        const cells = COLUMNS.map((column) => make("td", { class: `${column.id} ${column.number ? "number" : ""}` }));
        return make("tr", { tabindex: "-1", class: coordinate.status }, cells);
      },
    );
  }

  show() {
    const { app } = this;
    const target = app.selectedTarget;
    const { found, note } = app.searched(app.coordinatesIn(target), target);
    const shown = this.legend(found).sort((one, other) => this.order(one, other));
    this.heads();
    this.list.show(shown, app.selectedCoordinate);
    for (const coordinate of shown) this.fill(coordinate);
    const files = (coordinates) =>
      coordinates.reduce((sum, each) => sum + app.viewOf(each).files[each.number].length, 0);
    const title = `Artifacts ${shareOf(files(shown), files(app.coordinatesIn(null)))}`;
    const owner = target ? ` that ${target.name} ships` : "";
    const words = `of ${counted(shown.length, "coordinate")}${owner}${note}`;
    showHeading("coordinate", title, words, target && (() => app.select(null)));
    byId("coordinates").hidden = shown.length === 0;
    byId("coordinates-empty").hidden = shown.length > 0;
    byId("coordinates-empty").textContent = app.state.q ? "No artifact matches the search." : "There is no artifact.";
    return shown.length;
  }

  heads() {
    const { sort } = this.app.state;
    const head = ({ id, label, number }) => {
      const falling = sort === `-${id}`;
      const sorted = falling ? "descending" : sort === id ? "ascending" : null;
      const arrow = { ascending: " ↑", descending: " ↓" }[sorted] ?? "";
      // Numbers fall first, names rise first.
      const next = falling || (sort !== id && !number) ? id : `-${id}`;
      const able = number || id === "name";
      const attributes = { disabled: able ? null : "", "data-sort": id, click: () => this.app.go({ sort: next }) };
      return make("th", { scope: "col", class: id, "aria-sort": sorted }, button(attributes, label + arrow));
    };
    replaceFocused(byId("columns"), COLUMNS.map(head), "sort");
  }

  order(one, other) {
    const { sort } = this.app.state;
    const direction = sort.startsWith("-") ? -1 : 1;
    const column = COLUMNS.find((each) => each.id === sort.replace(/^-/, ""));
    const byName = inOrder(one, other);
    if (column?.number) {
      const numbers = [one, other].map((each) => column.number(each, this.app.viewOf(each)));
      return direction * compared(...numbers) || byName;
    }
    return column ? direction * byName : rankOf(one) - rankOf(other) || byName;
  }

  fill(coordinate) {
    const { app } = this;
    const view = app.viewOf(coordinate);
    const bytes = view.sizes[coordinate.number];
    const [name, size, age, where, targets] = this.list.itemOf(coordinate).cells;
    const release = make("span", {}, make("b", {}, coordinate.name), " ", versionOf(coordinate, app.changes));
    name.replaceChildren(app.dot(coordinate), release);
    size.textContent = bytes ? sized(bytes) : "";
    age.textContent = coordinate.time === null ? "" : agedShortly(app.time - coordinate.time);
    age.title = coordinate.time === null ? "" : `uploaded ${dated(coordinate.time)}`;
    where.textContent = placesOf(coordinate);
    targets.textContent = grouped(view.shippers[coordinate.number].length);
  }

  /** Show what the colours mean and how much there is of each; return what is of the one category asked for, or all. */
  legend(coordinates) {
    const { app } = this;
    const { categories } = MODES[app.colour];
    const numbers = coordinates.map((coordinate) => app.category(coordinate));
    const counts = categories.map((_, number) => numbers.filter((each) => each === number).length);
    const only = categories.findIndex((category) => category.label === app.state.only);
    const shown = [...categories.keys()].filter((number) => counts[number] > 0 || number === only);
    const segment = (number) => {
      const part = make("span", { class: `fill-${categories[number].fill}` });
      part.style.flex = String(counts[number]);
      return part;
    };
    const entry = (number) => {
      const { label, fill } = categories[number];
      const pressed = number === only;
      const attributes = {
        class: "quiet",
        "aria-pressed": String(pressed),
        title: pressed ? "show all" : `show only: ${label}`,
        "data-only": label,
        click: () => app.go({ only: pressed ? "" : label }),
      };
      return button(
        attributes,
        make("span", { class: `dot fill-${fill}` }),
        `${label} `,
        make("b", {}, grouped(counts[number])),
      );
    };
    byId("legend-bar").replaceChildren(...shown.map(segment));
    replaceFocused(byId("legend"), shown.map(entry), "only");
    return only < 0 ? coordinates : coordinates.filter((_, position) => numbers[position] === only);
  }
}

/** Replace children that are buttons or hold one; the focus stays on the one with the same data. */
function replaceFocused(parent, children, data) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset[data] : null;
  parent.replaceChildren(...children);
  if (focused) [...parent.querySelectorAll("button")].find((each) => each.dataset[data] === focused)?.focus();
}

/** Changes stand first: what came, what went, what is another. */
function rankOf(thing) {
  return RANKS[thing.status] ?? 3;
}

/** Where a coordinate is pinned, in short. */
function placesOf({ world, place, pins }) {
  const names = world.named(place);
  const resolves = pins.map((pin) => world.resolves[pin.resolve]).filter((name) => name !== "default");
  const environments = names.length === world.environments.length ? "all" : listed(names, 3);
  return [environments, ...resolves].join(" · ");
}

/** The version of a coordinate; of a changed one also what it was, or what else is new. */
function versionOf(coordinate, changes) {
  const { status, version } = coordinate;
  if (!status) return make("span", { class: "version" }, version ?? "");
  const own = coordinate.changes.map((number) => changes[number]);
  const before = [...new Set(own.map((change) => change.old).filter((old) => old && old !== version))];
  if (status !== "changed") return tag(version ?? status, status);
  const now = version ?? coordinate.source;
  return tag(before.length > 0 ? `${before.join(", ")} → ${now}` : `${now} ${changed(own[0].kind)}`, status);
}

/** What happened to a release that keeps its version. */
function changed(kind) {
  return { added: "in more places", removed: "in fewer places", source: "from elsewhere", artifacts: "other files" }[
    kind
  ];
}
