/* The page: two panes, the details and the graph, all shown from one state that lives in the address. */

class App {
  /** `told` is what the page was written with. */
  constructor(told) {
    this.time = Date.now();
    this.now = new World(told.lock);
    this.before = told.old ? new World(told.old) : null;
    this.changes = told.changes ?? null;
    this.comparedWith = told["compared-with"];
    this.uncompared = told.uncompared ?? [];
    this.things = new Map(); // what can be selected, by the id of its node; what is gone comes from the older lock
    for (const world of present([this.now, this.before])) {
      const listed = [...world.targets.filter((target) => target.walked), ...world.coordinates];
      const known = world === this.now ? listed : listed.filter((thing) => thing.status === "removed");
      for (const thing of known) this.things.set(nodeId(thing), { ...wordsOf(thing), thing });
    }
    this.modes = Object.keys(MODES).filter((mode) => mode !== "change" || this.changes);
    this.state = parseState(location.hash);
    this.filter();
    this.ordinary = this.modes.find((mode) => this.tells(mode)) ?? this.modes[0];
    this.targets = new TargetPane(this);
    this.coordinates = new CoordinatePane(this);
    this.details = new Details(this);
    this.drawing = new Drawing(this);
    addEventListener("hashchange", () => this.arrive());
  }

  // What is asked of it

  get colour() {
    return this.modes.includes(this.state.colour) ? this.state.colour : this.ordinary;
  }

  get selectedTarget() {
    return this.targetsIn(null).find((target) => target.name === this.state.target) ?? null;
  }

  get selectedCoordinate() {
    const { target, artifact } = this.state;
    const names = ({ key, files }) => [key, ...files.flatMap((file) => [file.name, file.sha256])];
    const isMeant = (coordinate) => names(coordinate).includes(artifact);
    return target || !artifact ? null : (this.coordinatesIn(null).find(isMeant) ?? null);
  }

  viewOf(thing) {
    return thing.world === this.now ? this.views.now : this.views.before;
  }

  /** The targets that the filters leave; of those, the ones that ship a coordinate. */
  targetsIn(coordinate) {
    const shippers = coordinate && new Set(this.viewOf(coordinate).shippers[coordinate.number].map(({ name }) => name));
    return this.left.target.filter((target) => !shippers || shippers.has(target.name));
  }

  /** The coordinates that the filters leave; of those, the ones that a target ships, or shipped before they went. */
  coordinatesIn(target) {
    if (!target) return this.left.coordinate;
    const shipped = this.viewOf(target)
      .shippedBy(target)
      .map((coordinate) => this.today(coordinate));
    const before = this.views.before?.targets.find(({ name }) => name === target.name);
    const went = before
      ? this.views.before.shippedBy(before).filter((coordinate) => coordinate.status === "removed")
      : [];
    const all = new Set([...shipped, ...went]);
    return this.left.coordinate.filter((coordinate) => all.has(coordinate));
  }

  /** Say whether the search finds a thing. A file name or digest is found whole: parts of many look alike. */
  matches(thing) {
    const { words, exact } = this.things.get(nodeId(thing));
    const terms = this.state.q.toLowerCase().split(/\s+/).filter(Boolean);
    return terms.every((term) => words.includes(term) || exact.includes(term));
  }

  /** Of some things those that the search finds; where a selection narrowed them and it finds none, all of them. */
  searched(things, narrowed) {
    const found = things.filter((thing) => this.matches(thing));
    const pointless = narrowed && found.length === 0 && things.length > 0;
    return pointless ? { found: things, note: "; the search finds none of them" } : { found, note: "" };
  }

  /** Say whether search and legend leave a thing in its list. */
  lists(thing) {
    const { only } = this.state;
    return this.matches(thing) && (thing.kind === "target" || !only || this.categoryOf(thing).label === only);
  }

  category(coordinate, mode = this.colour) {
    return MODES[mode].of(coordinate, this.viewOf(coordinate), this.time);
  }

  categoryOf(coordinate) {
    return MODES[this.colour].categories[this.category(coordinate)];
  }

  /** Say whether a way to colour tells anything apart. */
  tells(mode) {
    return new Set(this.coordinatesIn(null).map((coordinate) => this.category(coordinate, mode))).size > 1;
  }

  /** What stands now for a thing of the older lock: the one of its name, or itself if it is gone. */
  today(thing) {
    if (thing.world === this.now || thing.status === "removed") return thing;
    const same = this.things.get(nodeId(thing))?.thing;
    const among = thing.kind === "target" ? this.now.targets : this.now.coordinates;
    return same ?? among.find((each) => each.name === thing.name) ?? thing;
  }

  dot(coordinate) {
    const { label, fill } = this.categoryOf(coordinate);
    return make("span", { class: `dot fill-${fill}`, role: "img", "aria-label": label, title: label });
  }

  /** A link that selects a thing, with the filters as they are; text for what cannot be selected. */
  link(thing, text = called(thing)) {
    if (thing.kind === "missing") return make("span", { class: "tag removed" }, `${thing.name}: not in the lock`);
    if (!this.things.has(nodeId(thing))) return make("span", {}, text);
    return make("a", { href: formatState(selecting({ ...this.state, q: "", only: "" }, thing)) }, text);
  }

  // What changes it

  /** Select a thing, or nothing. A search that would hide it is over. */
  select(thing) {
    const over = thing && !this.lists(thing) ? { q: "", only: "" } : {};
    this.go({ ...selecting(this.state, thing), ...over });
  }

  toggle(thing) {
    this.select(thing === this.selectedTarget || thing === this.selectedCoordinate ? null : thing);
  }

  /** Select by the id of a node of the graph. */
  choose(id) {
    if (this.things.has(id)) this.select(this.things.get(id).thing);
  }

  go(change) {
    this.state = { ...this.state, ...change };
    this.show();
    location.hash = formatState(this.state);
  }

  search(text) {
    this.state = { ...this.state, q: text };
    this.show();
    // Not a step to go back to, and not one for each letter.
    clearTimeout(this.typing);
    this.typing = setTimeout(() => location.replace(formatState(this.state)), 300);
  }

  /** Follow the address, when somebody else changed it. */
  arrive() {
    const state = parseState(location.hash);
    if (formatState(state) === formatState(this.state)) return;
    this.state = state;
    this.show();
    this.reveal();
  }

  // What is shown

  filter() {
    const { env, resolve } = this.state;
    const filters = JSON.stringify([env, resolve]);
    if (filters === this.filters) return;
    this.filters = filters;
    this.views = { now: new View(this.now, env, resolve), before: this.before && new View(this.before, env, resolve) };
    const things = [...this.things.values()].map(({ thing }) => thing).filter((thing) => this.viewOf(thing).has(thing));
    things.sort(inOrder);
    const ofKind = (kind) => things.filter((thing) => thing.kind === kind);
    this.left = { target: ofKind("target"), coordinate: ofKind("coordinate") };
  }

  show() {
    this.filter();
    showControls(this);
    const counts = [counted(this.targets.show(), "target"), counted(this.coordinates.show(), "coordinate")];
    byId("status").textContent = counts.join(", ");
    document.body.dataset.selected = (this.selectedTarget ?? this.selectedCoordinate)?.kind ?? "nothing";
    // What is searched, and which colour alone is shown, changes nothing of what is told of the selection.
    const told = formatState({ ...this.state, q: "", only: "" });
    if (told === this.told) return;
    this.told = told;
    this.details.show();
    this.drawing.show();
  }

  /** Bring what is selected into sight: it may have come from the address. */
  reveal() {
    this.targets.list.reveal(this.selectedTarget);
    this.coordinates.list.reveal(this.selectedCoordinate);
  }
}

/** What a search finds a thing by: any part of `words`, anything whole in `exact`. */
function wordsOf(thing) {
  if (thing.kind === "target") return { words: `${thing.name} ${thing.project ?? ""}`.toLowerCase(), exact: [] };
  const pinned = thing.version ? `${thing.name} ${thing.version} ${thing.name}==${thing.version}` : thing.name;
  const exact = thing.files.flatMap((file) => [file.name.toLowerCase(), file.sha256]);
  return { words: pinned.toLowerCase(), exact };
}

const app = new App(JSON.parse(byId("data").textContent));
startControls(app);
startTheme(app);
app.show();
app.reveal();
performance.mark("frazil-ready");
