/* What is known of the selected target or coordinate, in words and links: all that the graph draws, and more. */

class Details {
  constructor(app) {
    this.app = app;
  }

  show() {
    const { selectedTarget, selectedCoordinate, state } = this.app;
    const wanted = state.target || state.artifact;
    const thing = selectedTarget ?? selectedCoordinate;
    if (thing !== this.shown) byId("details").scrollTop = 0;
    this.shown = thing;
    const put = (...parts) => byId("details").replaceChildren(...present(parts));
    if (selectedTarget) put(this.title(selectedTarget), this.ofTarget(selectedTarget));
    else if (selectedCoordinate) put(this.title(selectedCoordinate), this.ofCoordinate(selectedCoordinate));
    else if (wanted)
      put(make("p", { class: "empty" }, `There is no “${wanted}” in what the filters leave of this lock.`));
    else put(overview(this.app));
  }

  title(thing) {
    return make(
      "div",
      { class: "title" },
      make("h2", {}, called(thing)),
      make("span", { class: "soft" }, thing.kind),
      thing.status ? tag(thing.status, thing.status) : null,
      make("span", { class: "space" }),
      button({ class: "quiet", click: () => this.app.select(null) }, "Close"),
    );
  }

  ofTarget(target) {
    const view = this.app.viewOf(target);
    const { world } = target;
    const load = view.loadOf(target);
    const facts = {
      ships: `${counted(load.length, "artifact")}, ${sized(total(load))}`,
      environments: listed(world.named(target.place)) || "none",
      resolve: world.resolves[target.resolve],
      project: target.project,
      python: target.python,
    };
    return [
      described(facts),
      this.asks(
        world.asksOf[target.start].map((number) => world.asks[number]),
        view,
        true,
      ),
      this.askedBy(target, view),
    ];
  }

  ofCoordinate(coordinate) {
    const view = this.app.viewOf(coordinate);
    const { world } = coordinate;
    const nodes = world.nodes.flatMap(({ thing, resolve }, node) =>
      thing === coordinate && view.hasResolve[resolve] ? [node] : [],
    );
    const asks = nodes.flatMap((node) => world.asksOf[node]).map((number) => world.asks[number]);
    return [
      this.changes(coordinate),
      described(this.factsOf(coordinate)),
      this.routes(coordinate, view),
      this.askedBy(coordinate, view),
      this.asks(asks, view, false),
      this.files(coordinate),
    ];
  }

  factsOf(coordinate) {
    const { world, pins, yanked } = coordinate;
    const others = world.coordinates.filter((other) => other.name === coordinate.name && other !== coordinate);
    const pin = ({ resolve, place }) => {
      const name = world.resolves[resolve];
      return listed(world.named(place)) + (pins.length > 1 || name !== "default" ? ` (resolve ${name})` : "");
    };
    const age = coordinate.time === null ? null : this.app.time - coordinate.time;
    return {
      "pinned for": pins.map(pin).join("; "),
      "also pinned": others.map((other) =>
        make("div", {}, this.app.link(other), ` ${listed(world.named(other.place))}`),
      ),
      from: coordinate.source,
      licence: coordinate.license,
      python: coordinate.python,
      uploaded: age === null ? null : `${dated(coordinate.time)}, ${aged(age)} ago`,
      yanked: yanked === null ? null : yanked || "without a reason",
    };
  }

  changes(coordinate) {
    const own = (coordinate.changes ?? []).map((number) => this.app.changes[number]);
    return own.map((change) => make("p", { class: "change" }, changeWords(change)));
  }

  /** Who ships a coordinate, and by which way. */
  routes(coordinate, view) {
    const routes = view.routesTo(coordinate);
    const list = make("ul", { class: "paths" });
    const item = (route) => () => make("li", {}, this.route(route, view.places[coordinate.number].length));
    const more = folded(list, routes.map(item));
    const count = new Set(routes.map((route) => route.target)).size;
    return [make("h3", {}, `Shipped by ${counted(count, "target")}`), list, more];
  }

  route({ target, asks, environments }, everywhere) {
    const { world } = target;
    const origin = asks.find((ask) => ask.origin)?.origin;
    const step = (ask) => {
      const by = ask.building ? " to build it, by " : " by ";
      return make("div", { class: "step" }, this.app.link(world.answerOf(ask)), by, make("code", {}, ask.words));
    };
    return [
      this.app.link(target),
      environments.length < everywhere ? [" ", tag(listed(environments))] : null,
      origin ? [" ", make("span", { class: "origin" }, origin)] : null,
      asks.map(step),
    ];
  }

  /** What a target or coordinate asks for; `stated` tells the files too. */
  asks(asks, view, stated) {
    const { world } = view;
    const row =
      ({ ask, where }) =>
      () =>
        make(
          "tr",
          {},
          make(
            "td",
            {},
            make("code", {}, ask.words),
            ask.replaced ? make("div", { class: "soft" }, `an override of ${ask.replaced}`) : null,
          ),
          make("td", {}, this.app.link(world.answerOf(ask)), where),
          stated ? make("td", { class: "soft" }, ask.origin ?? "") : null,
        );
    const rows = merged(asks, view).map(row);
    if (rows.length === 0) return [make("h3", {}, "Asks for nothing")];
    const heads = ["Requirement", "Answer", "Stated in"].slice(0, stated ? 3 : 2);
    return [make("h3", {}, "Asks for"), tabled(heads, rows)];
  }

  askedBy(thing, view) {
    const { world } = view;
    const answers = (ask) => {
      const { thing: answer, resolve } = world.nodes[ask.answers[0]];
      return answer === thing && view.hasResolve[resolve];
    };
    const found = merged(world.asks.filter(answers), view);
    if (found.length === 0) return null;
    const row =
      ({ ask, where }) =>
      () =>
        make(
          "tr",
          {},
          make("td", {}, this.app.link(world.askerOf(ask)), where),
          make("td", {}, make("code", {}, ask.words)),
        );
    return [make("h3", {}, "Asked for by"), tabled(["Who", "Requirement"], found.map(row))];
  }

  files({ files, world, place }) {
    if (files.length === 0) return make("h3", {}, "No artifacts: a folder of the repository");
    const chosen = (file) => world.named(place.map((pinned, number) => pinned && file.place[number]));
    const row = (file) => () =>
      make(
        "tr",
        {},
        make(
          "td",
          {},
          file.name,
          make("code", {}, `sha256 ${file.sha256}`),
          file.address ? make("code", {}, file.address) : null,
        ),
        make("td", {}, listed(chosen(file)) || "none: kept beside"),
        make("td", { class: "number" }, sized(file.size)),
      );
    return [make("h3", {}, "Artifacts"), tabled(["File", "Chosen for", "#Size"], files.map(row), "files")];
  }
}

/** Facts by name; those that are nothing are left out. */
function described(facts) {
  const given = Object.entries(facts).filter(([, value]) => present([value]).length > 0);
  return make(
    "dl",
    {},
    given.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
}

/** Asks that say the same between the same two are one; `where` tells the environments, unless all in view. */
function merged(asks, view) {
  const { world } = view;
  const rows = new Map();
  for (const ask of asks) {
    const environments = view.environments.filter((environment) => ask.place[environment]);
    if (environments.length === 0) continue;
    const asker = world.askerOf(ask);
    const key = [asker.kind, asker.key, ask.words, world.answerOf(ask).key, ask.building].join("\n");
    if (!rows.has(key)) rows.set(key, { ask, asker, environments: new Set() });
    for (const environment of environments) rows.get(key).environments.add(environment);
  }
  const sorted = [...rows.values()].sort((one, other) => {
    return compared(one.ask.words, other.ask.words) || compared(one.asker.name, other.asker.name);
  });
  return sorted.map(({ ask, environments }) => {
    const held = view.environments.filter((environment) => environments.has(environment));
    const names = held.map((environment) => world.environments[environment].name);
    const some = held.length < view.environments.length;
    return { ask, where: [some ? [" ", tag(listed(names))] : null, ask.building ? [" ", tag("build")] : null] };
  });
}

/** What happened to a project, and what pushed it. */
function changeWords(change) {
  const moved =
    change.old && change.new && change.old !== change.new
      ? `${change.old} → ${change.new}`
      : (change.new ?? change.old ?? "");
  const places = change.environments.length > 0 ? ` on ${listed(change.environments)}` : "";
  const status = change.kind in RANKS ? change.kind : "changed";
  const asks = change.kind === "removed" ? "asked" : "asks";
  const said = change.reasons.map(([kind, by, requirement, file]) => {
    if (kind !== "constraint") return `${by} ${asks} ${requirement}`;
    return `constraint ${requirement}${file ? ` in ${file}` : ""}`;
  });
  const why = said.length > 0 ? make("span", { class: "soft" }, `: ${listed([...new Set(said)], 3)}`) : null;
  return [tag(change.kind, status), ` ${moved}${places}`, why];
}
