/* The page: two panes, the details and the graph, all shown from one state that lives in the address. */

class App {
  constructor(document_) {
    this.now = new World(document_.lock);
    this.before = document_.old ? new World(document_.old) : null;
    this.changes = document_.changes ?? null;
    this.time = Date.now();
    this.modes = Object.keys(MODES).filter((mode) => mode !== "change" || this.changes);
    const removed = (things) => (this.changes ? things.filter((thing) => thing.status === "removed") : []);
    this.allTargets = [...this.now.targets, ...removed(this.before?.targets ?? [])].filter((target) => target.walked).sort((one, other) => compared(one.name, other.name));
    this.allCoordinates = [...this.now.coordinates, ...removed(this.before?.coordinates ?? [])];
    this.words = new Map([...this.allTargets, ...this.allCoordinates].map((thing) => [thing, words(thing)]));
    this.state = parseState(location.hash);
    this.targets = new TargetPane(this);
    this.coordinates = new CoordinatePane(this);
    this.details = new Details(this);
    this.drawing = new Drawing(this);
  }

  // What is asked of the state

  get colour() {
    return this.modes.includes(this.state.colour) ? this.state.colour : this.modes[0];
  }

  get selectedTarget() {
    return this.targetsIn(null).find((target) => target.key === this.state.target) ?? null;
  }

  get selectedCoordinate() {
    return this.selectedTarget ? null : (this.coordinatesIn(null).find((coordinate) => coordinate.key === this.state.coordinate) ?? null);
  }

  viewOf(thing) {
    return thing.world === this.now ? this.views.now : this.views.before;
  }

  /** The targets that the filters leave; of those, the ones that ship an coordinate. */
  targetsIn(coordinate) {
    const left = this.allTargets.filter((target) => this.viewOf(target).ships[target.number] !== null);
    if (!coordinate) return left;
    const names = new Set(this.viewOf(coordinate).shippers[coordinate.number].map((target) => target.name));
    return left.filter((target) => names.has(target.name));
  }

  /** The coordinates that the filters leave; of those, the ones that a target ships, or shipped before they went. */
  coordinatesIn(target) {
    const left = this.allCoordinates.filter((coordinate) => this.viewOf(coordinate).places(coordinate).length > 0);
    if (!target) return left;
    return left.filter((coordinate) => this.viewOf(coordinate).shippers[coordinate.number].some((each) => each.name === target.name));
  }

  category(coordinate) {
    return MODES[this.colour].of(coordinate, this.viewOf(coordinate), this.time);
  }

  matches(thing) {
    const { plain, exact } = this.words.get(thing);
    const terms = this.state.q.toLowerCase().split(/\s+/).filter(Boolean);
    // A whole file name or digest may be pasted; parts of those would match too much.
    return terms.every((term) => plain.includes(term) || (term.length >= 12 && exact.includes(term)));
  }

  dot(coordinate) {
    const { label, fill } = MODES[this.colour].categories[this.category(coordinate)];
    return make("span", { class: `dot fill-${fill}`, role: "img", "aria-label": label, title: label });
  }

  link(thing, text = released(thing)) {
    if (thing.kind === "missing") return make("span", {}, `${thing.name} (not in the lock)`);
    return make("a", { href: this.address(thing) }, text);
  }

  /** The address at which a thing is selected, with the filters as they are. */
  address(thing) {
    return formatState({ ...this.state, q: "", all: "", target: "", coordinate: "", [thing.kind]: thing.key });
  }

  // What changes it

  toggle(thing) {
    this.go({ target: "", coordinate: "", all: "", ...(this.state[thing.kind] === thing.key ? {} : { [thing.kind]: thing.key }) });
  }

  /** Select by the id of a node of the graph. */
  choose(id) {
    const [kind, key] = split(id, ":");
    if (kind !== "missing") this.go({ target: "", coordinate: "", all: "", [kind]: key });
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

  arrive() {
    if (location.hash.replace(/^#?/, "#") === formatState(this.state)) return;
    this.state = parseState(location.hash);
    this.show();
    this.reveal();
  }

  // What is shown

  show() {
    const filters = JSON.stringify([this.state.env, this.state.resolve]);
    if (filters !== this.filters) {
      this.filters = filters;
      this.views = { now: new View(this.now, this.state.env, this.state.resolve), before: this.before && new View(this.before, this.state.env, this.state.resolve) };
    }
    showControls(this);
    const targets = this.targets.show();
    const coordinates = this.coordinates.show();
    const rest = formatState({ ...this.state, q: "", sort: "", only: "" });
    if (rest !== this.rest) {
      this.rest = rest;
      this.details.show();
      this.drawing.show();
      byId("details").scrollTop = 0;
    }
    byId("status").textContent = `${counted(targets.length, "target")}, ${counted(coordinates.length, "coordinate")}`;
  }

  /** Bring what is selected into sight: it may have come from the address. */
  reveal() {
    if (this.selectedTarget) this.targets.reveal(this.selectedTarget);
    if (this.selectedCoordinate) this.coordinates.reveal(this.selectedCoordinate);
  }
}

function words(thing) {
  if (thing.kind === "target") return { plain: `${thing.name} ${thing.project ?? ""}`.toLowerCase(), exact: "" };
  const version = thing.version ? `${thing.name} ${thing.version} ${thing.name}==${thing.version}` : thing.name;
  return { plain: version.toLowerCase(), exact: thing.files.map((file) => `${file.name} ${file.sha256}`).join(" ").toLowerCase() };
}

// The head of the page ---------------------------------------------------------------------------------------

function showControls(app) {
  const { views, state } = app;
  const files = views.now.coordinates.flatMap((coordinate) => views.now.filesOf(coordinate));
  const facts = [
    counted(views.now.targets.length, "target"),
    counted(views.now.environments.length, "environment"),
    counted(views.now.coordinates.length, "coordinate"),
    counted(files.length, "coordinate"),
    sized(total(files)),
  ];
  byId("totals").textContent = facts.join(" · ") + (app.changes ? " · compared with an older lock" : "");
  if (document.activeElement !== byId("search")) byId("search").value = state.q;
  byId("colour").value = app.colour;
  showChips(app, "environments", "env", app.now.environments.map((each) => [each.name, `python ${each.python}, ${each.platform}`]));
  showChips(app, "resolves", "resolve", app.now.resolves.map((name) => [name, ""]));
}

function showChips(app, id, field, names) {
  byId(id).hidden = names.length < 2;
  if (byId(id).childElementCount === 0) {
    const toggle = (name) => app.go({ [field]: app.state[field].includes(name) ? app.state[field].filter((each) => each !== name) : [...app.state[field], name].sort() });
    byId(id).append(make("span", { class: "name" }, byId(id).getAttribute("aria-label")));
    for (const [name, title] of names) byId(id).append(make("button", { type: "button", title, "data-name": name, click: () => toggle(name) }, name));
  }
  for (const button of byId(id).querySelectorAll("button")) button.setAttribute("aria-pressed", String(app.state[field].includes(button.dataset.name)));
}

function listen(app) {
  byId("search").addEventListener("input", (event) => app.search(event.target.value));
  byId("colour").append(...app.modes.map((mode) => make("option", { value: mode }, MODES[mode].label)));
  byId("colour").addEventListener("change", (event) => app.go({ colour: event.target.value, only: "" }));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // its fragment would be taken for a state
    byId("details").focus();
  });
  addEventListener("hashchange", () => app.arrive());
  document.addEventListener("keydown", (event) => press(app, event));
}

function press(app, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const typing = event.target.matches("input, select, textarea");
  const inTargets = byId("targets").contains(event.target);
  const inCoordinates = byId("rows").contains(event.target);
  if (event.key === "Escape") clear(app);
  else if (event.target === byId("search") && event.key === "ArrowDown") app.targets.list.focus() || app.coordinates.list.focus();
  else if (event.target === byId("search") && event.key === "Enter") selectFirst(app);
  else if (typing) return;
  else if (event.key === "/") byId("search").select();
  else if (event.key === "?") byId("keys").showModal();
  else if (event.key === "ArrowRight" && inTargets) app.coordinates.list.focus();
  else if (event.key === "ArrowLeft" && inCoordinates) app.targets.list.focus();
  else return;
  event.preventDefault();
}

function clear(app) {
  if (app.state.q) {
    byId("search").value = "";
    app.search("");
  } else app.go({ target: "", coordinate: "", all: "" });
}

function selectFirst(app) {
  const first = app.state.q && (app.targets.list.items[0] ?? app.coordinates.list.items[0]);
  first?.click();
}

// Light and dark ----------------------------------------------------------------------------------------------

const THEME = "frazil-theme";

/** Light or dark: what was chosen here, else what the system wants. */
function showTheme(app) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const dark = (remembered() ?? (system.matches ? "dark" : "light")) === "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    byId("theme").textContent = dark ? "Light" : "Dark";
    byId("theme").setAttribute("aria-label", `Use ${dark ? "light" : "dark"} colours`);
    app.drawing.recolour();
  };
  byId("theme").addEventListener("click", () => {
    remember(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}

let chosenTheme = null;

function remembered() {
  try {
    return localStorage.getItem(THEME) ?? chosenTheme;
  } catch {
    return chosenTheme; // no storage for files here
  }
}

function remember(theme) {
  chosenTheme = theme;
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // then until the page is closed
  }
}

const app = new App(JSON.parse(byId("data").textContent));
showTheme(app);
listen(app);
app.show();
app.reveal();
performance.mark("frazil-ready");
