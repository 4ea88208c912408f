/* What is known of the selected target or coordinate, in words and links: all that the graph draws, and more. */

const FIRST = 30;

class Details {
  constructor(app) {
    this.app = app;
  }

  show() {
    const { selectedTarget, selectedCoordinate, state } = this.app;
    if (selectedTarget) this.put(selectedTarget, this.ofTarget(selectedTarget));
    else if (selectedCoordinate) this.put(selectedCoordinate, this.ofCoordinate(selectedCoordinate));
    else if (state.target || state.coordinate) byId("details").replaceChildren(make("p", { class: "empty" }, `This lock has no ${state.target ? "target" : "coordinate"} “${state.target || state.coordinate}” where the filters look.`));
    else byId("details").replaceChildren(...overview(this.app));
  }

  put(thing, parts) {
    const title = make(
      "div",
      { class: "title" },
      make("h2", {}, released(thing)),
      thing.status ? tag(thing.status, thing.status) : null,
      make("span", { class: "soft" }, thing.kind),
      make("span", { class: "space" }),
      make("button", { type: "button", class: "quiet", click: () => this.app.go({ target: "", coordinate: "" }) }, "Close"),
    );
    byId("details").replaceChildren(title, ...parts.flat().filter(Boolean));
  }

  ofTarget(target) {
    const view = this.app.viewOf(target);
    const { world } = target;
    const load = view.loadOf(target);
    return [
      terms([
        ["ships", `${counted(load.files, "coordinate")}, ${sized(load.size)}`],
        ["environments", listed(world.named(target.place)) || "none"],
        ["resolve", world.resolves[target.resolve]],
        ["project", target.project],
        ["python", target.python],
      ]),
      this.asks("Asks for", this.asksOf(target, view), true),
      this.askedBy(target, view),
    ];
  }

  ofCoordinate(coordinate) {
    const view = this.app.viewOf(coordinate);
    const { world } = coordinate;
    const beside = world.coordinates.filter((other) => other.name === coordinate.name && other !== coordinate);
    return [
      this.changes(coordinate),
      terms([
        ["pinned for", coordinate.pins.map((pin) => `${listed(world.named(pin.place))}${coordinate.pins.length > 1 || world.resolves[pin.resolve] !== "default" ? ` (${world.resolves[pin.resolve]})` : ""}`).join("; ")],
        ["also in the lock", beside.length ? beside.map((other) => make("div", {}, this.app.link(other), ` ${listed(world.named(together(other)))}`)) : null],
        ["from", coordinate.source],
        ["licence", coordinate.license],
        ["python", coordinate.python],
        ["uploaded", coordinate.time === null ? null : `${dated(coordinate.time)}, ${aged(coordinate.time, this.app.time)} ago`],
        ["yanked", coordinate.yanked === null ? null : coordinate.yanked || "without a reason"],
      ]),
      this.routes(coordinate, view),
      this.askedBy(coordinate, view),
      this.asks("Asks for", this.asksOf(coordinate, view), false),
      this.files(coordinate),
    ];
  }

  changes(coordinate) {
    const own = (coordinate.changes ?? []).map((number) => this.app.changes[number]);
    return own.length ? make("p", {}, changeLines(own[0], own.slice(1))) : null;
  }

  /** Who ships it, and by which way. */
  routes(coordinate, view) {
    const routes = view.routesTo(coordinate);
    const everywhere = view.places(coordinate).length;
    const targets = new Set(routes.map((route) => route.target)).size;
    const item = (route) => () => make("li", {}, this.route(route, everywhere));
    return [
      make("h3", {}, `Shipped by ${counted(targets, "target")}`),
      folded(routes.map(item), FIRST, (items) => make("ul", { class: "paths" }, items)),
    ];
  }

  route({ target, asks, environments }, everywhere) {
    const { world } = target;
    const origin = asks.find((ask) => ask.origin);
    return [
      make("div", {}, this.app.link(target), environments.length < everywhere ? [" ", tag(listed(environments.map((number) => world.environments[number].name)))] : null),
      asks.map((ask) => make("div", { class: "asks" }, this.app.link(world.answerOf(ask)), ask.building ? " to build, by " : " by ", make("code", {}, wish(ask)))),
      origin ? make("div", { class: "origin" }, origin.origin) : null,
    ];
  }

  /** What a target or coordinate asks for: each wish once, with where it holds. */
  asksOf(thing, view) {
    const { world } = thing;
    const nodes = thing.kind === "target" && thing.walked ? [thing.start] : world.nodes.flatMap((node, number) => (node.thing === thing && view.hasResolve[node.resolve] ? [number] : []));
    return merged(nodes.flatMap((node) => world.asksOf[node]).map((number) => world.asks[number]), world, view);
  }

  asks(title, rows, fromFiles) {
    if (rows.length === 0) return [make("h3", {}, title), make("p", { class: "soft" }, "nothing")];
    const lines = rows.map(({ ask, places, world }) => () =>
      make(
        "tr",
        {},
        make("td", {}, make("code", {}, wish(ask)), ask.replaced ? make("div", { class: "soft" }, `an override; it asks ${ask.replaced}`) : null),
        make("td", {}, this.app.link(world.answerOf(ask)), places ? [" ", tag(listed(places))] : null, ask.building ? [" ", tag("build")] : null),
        fromFiles ? make("td", { class: "soft" }, ask.origin ?? "") : null,
      ),
    );
    return [make("h3", {}, title), rowed(fromFiles ? ["Requirement", "Answer", "Stated in"] : ["Requirement", "Answer"], lines, FIRST)];
  }

  askedBy(thing, view) {
    const { world } = thing;
    const asks = world.asks.filter((ask) => ask.answers.some((node) => world.nodes[node].thing === thing && view.hasResolve[world.nodes[node].resolve]));
    const rows = merged(asks, world, view);
    if (rows.length === 0) return null;
    const lines = rows.map(({ ask, places }) => () =>
      make("tr", {}, make("td", {}, this.app.link(world.askerOf(ask)), places ? [" ", tag(listed(places))] : null, ask.building ? [" ", tag("build")] : null), make("td", {}, make("code", {}, wish(ask)))),
    );
    return [make("h3", {}, `Asked for by ${counted(new Set(rows.map(({ ask }) => world.askerOf(ask))).size, "other")}`), rowed(["Who", "Requirement"], lines, FIRST)];
  }

  files(coordinate) {
    if (coordinate.files.length === 0) return [make("h3", {}, "Files"), make("p", { class: "soft" }, "none: a folder of the repository")];
    const lines = coordinate.files.map((file) => () =>
      make(
        "tr",
        {},
        make("td", {}, file.name, make("br"), make("code", {}, `sha256 ${file.sha256}`), file.address ? make("div", { class: "soft" }, file.address) : null),
        make("td", {}, this.where(file, coordinate)),
        make("td", { class: "number" }, sized(file.size)),
      ),
    );
    return [make("h3", {}, "Files"), rowed(["File", "Chosen for", "#Size"], lines, FIRST, "files")];
  }

  where(file, coordinate) {
    const { world } = coordinate;
    const pinned = together(coordinate);
    const names = world.environments.filter((_, number) => file.place[number] && pinned[number]).map((each) => each.name);
    return names.length ? listed(names) : "none: kept beside";
  }
}

/** Where an coordinate is pinned at all. */
function together(coordinate) {
  return coordinate.world.environments.map((_, number) => coordinate.pins.some((pin) => pin.place[number]));
}

function wish(ask) {
  return ask.marker ? `${ask.requirement}; ${ask.marker}` : ask.requirement;
}

function terms(pairs) {
  return make("dl", {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

/** Asks between the same two that say the same are one; with the environments, unless it holds in all in view. */
function merged(asks, world, view) {
  const rows = new Map();
  for (const ask of asks) {
    const environments = view.environments.filter((environment) => ask.place[environment]);
    if (environments.length === 0) continue;
    const asker = world.askerOf(ask);
    const key = [asker.kind, asker.key, wish(ask), world.answerOf(ask).key, ask.building].join("\n");
    if (!rows.has(key)) rows.set(key, { ask, world, environments: new Set() });
    environments.forEach((environment) => rows.get(key).environments.add(environment));
  }
  return [...rows.values()]
    .map((row) => ({ ...row, places: row.environments.size < view.environments.length ? [...row.environments].map((number) => world.environments[number].name) : null }))
    .sort((one, other) => compared(one.ask.requirement, other.ask.requirement) || compared(world.askerOf(one.ask).name, world.askerOf(other.ask).name));
}

/** One change or more of a project, and what pushed it. */
function changeLines(change, more = []) {
  return [change, ...more].map((each) => {
    const moved = each.old && each.new && each.old !== each.new ? `${each.old} → ${each.new}` : (each.new ?? each.old ?? "");
    const where = each.environments.length ? ` on ${listed(each.environments)}` : "";
    const why = each.reasons.slice(0, 3).map(([kind, by, requirement, file]) => (kind === "constraint" ? `constraint ${requirement}${file ? ` in ${file}` : ""}` : `${by} ${each.kind === "removed" ? "asked" : "asks"} ${requirement}`));
    const rest = each.reasons.length > 3 ? ` and ${each.reasons.length - 3} more` : "";
    return make("span", {}, `${each.kind} ${moved}${where}`, why.length ? make("span", { class: "soft" }, `: ${why.join(", ")}${rest}`) : "", make("br"));
  });
}
