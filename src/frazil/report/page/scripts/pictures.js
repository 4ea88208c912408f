/* What to draw for a selection: nodes and edges as data, bounded so that a layout takes no time to speak of. */

const MOST_NODES = 120;
const MOST_SHIPPERS = 24;

class Picture {
  constructor(title) {
    this.title = title;
    this.nodes = new Map();
    this.edges = new Map();
    this.note = "";
    this.more = false;
  }

  add(thing) {
    this.nodes.set(nodeId(thing), thing);
  }

  has(thing) {
    return this.nodes.has(nodeId(thing));
  }

  join(from, to, ask) {
    if (from === to) return;
    const key = `${nodeId(from)}>${nodeId(to)}`;
    const edge = this.edges.get(key) ?? { from: nodeId(from), to: nodeId(to), wishes: new Set(), building: true };
    edge.wishes.add(ask.requirement);
    edge.building &&= ask.building;
    this.edges.set(key, edge);
  }
}

function nodeId(thing) {
  return `${thing.kind}:${thing.key}`;
}

/** What the app shows now, as a picture; null where nothing can be drawn. */
function pictureFor(app) {
  const { selectedTarget, selectedCoordinate, state } = app;
  const most = state.all ? Infinity : MOST_NODES;
  if (selectedTarget) return pictureOfTarget(app, selectedTarget, most);
  if (selectedCoordinate) return pictureOfCoordinate(app, selectedCoordinate, state.all ? Infinity : MOST_SHIPPERS);
  return app.changes ? pictureOfChanges(app) : pictureOfAll(app);
}

/** What a target ships, and who asks for whom; of too many, the nearest. */
function pictureOfTarget(app, target, most) {
  const picture = new Picture(`What ${target.name} ships`);
  const view = app.viewOf(target);
  const nearest = closure(view, target);
  const kept = nearest.slice(0, most);
  kept.forEach((thing) => picture.add(thing));
  joinAll(picture, view, [target]);
  if (kept.length < nearest.length) {
    picture.note = `The nearest ${grouped(kept.length)} of ${grouped(nearest.length)} are drawn; the table has all.`;
    picture.more = true;
  }
  if (app.changes && !target.status?.match(/added|removed/)) addRemoved(app, picture, target, most);
  return picture;
}

/** The things that a target comes to, nearest first: itself, members, coordinates, and what is missing. */
function closure(view, target) {
  const rank = new Map();
  for (const environment of view.environments) {
    view.world.reach(target, environment).forEach((node, position) => {
      const { what, resolve, thing } = view.world.nodes[node];
      if (what === COORDINATE && !view.hasResolve[resolve]) return;
      rank.set(thing, Math.min(position, rank.get(thing) ?? Infinity));
    });
  }
  return [...rank.keys()].sort((one, other) => rank.get(one) - rank.get(other));
}

/** Join what is in a picture by the asks that the walks of some targets follow. */
function joinAll(picture, view, targets) {
  const { world } = view;
  for (const target of targets) {
    for (const environment of view.environments) {
      for (const node of world.reach(target, environment)) {
        const from = world.nodes[node].thing;
        if (!picture.has(from)) continue;
        for (const number of world.asksOf[node]) {
          const ask = world.asks[number];
          if (ask.place[environment] && picture.has(world.answerOf(ask))) picture.join(from, world.answerOf(ask), ask);
        }
      }
    }
  }
}

/** Add what a target shipped in the older lock and no longer does, beside what asked for it. */
function addRemoved(app, picture, target, most) {
  const view = app.views.before;
  const before = view.world.targets.find((each) => each.name === target.name && view.ships[each.number]);
  if (!before) return;
  const names = new Map([...picture.nodes.values()].map((thing) => [thing.kind + thing.name, thing]));
  const today = (thing) => names.get(thing.kind + thing.name) ?? (thing.status === "removed" && picture.has(thing) ? thing : null);
  for (const thing of closure(view, before)) {
    if (thing.status === "removed" && picture.nodes.size < most) picture.add(thing);
  }
  for (const environment of view.environments) {
    for (const node of view.world.reach(before, environment)) {
      const from = today(view.world.nodes[node].thing);
      for (const number of from ? view.world.asksOf[node] : []) {
        const ask = view.world.asks[number];
        const to = view.world.answerOf(ask);
        if (ask.place[environment] && to.status === "removed" && picture.has(to)) picture.join(from, to, ask);
      }
    }
  }
}

/** The shortest ways on which targets come to an coordinate. */
function pictureOfCoordinate(app, coordinate, most) {
  const picture = new Picture(`Who ships ${released(coordinate)}`);
  const view = app.viewOf(coordinate);
  const routes = view.routesTo(coordinate);
  const targets = [...new Set(routes.map((route) => route.target))];
  const kept = new Set(targets.slice(0, most));
  picture.add(coordinate);
  addRoutes(picture, routes.filter((route) => kept.has(route.target)));
  if (kept.size < targets.length) {
    picture.note = `${grouped(kept.size)} of ${grouped(targets.length)} targets are drawn, those with the shortest ways; below are all.`;
    picture.more = true;
  }
  return picture;
}

function addRoutes(picture, routes) {
  for (const { target, asks } of routes) {
    const { world } = target;
    picture.add(target);
    let from = target;
    for (const ask of asks) {
      const to = world.answerOf(ask);
      picture.add(to);
      picture.join(from, to, ask);
      from = to;
    }
  }
}

/** The ways from targets to all that changed. */
function pictureOfChanges(app) {
  const picture = new Picture("Where it changed");
  for (const coordinate of app.coordinatesIn(null)) {
    if (!coordinate.status) continue;
    addRoutes(picture, app.viewOf(coordinate).routesTo(coordinate));
    if (picture.nodes.size > MOST_NODES) return tooMany(app);
  }
  return picture.nodes.size ? picture : null;
}

/** A whole lock, if it is a small one. */
function pictureOfAll(app) {
  const view = app.views.now;
  if (view.targets.length + view.coordinates.length > MOST_NODES) return tooMany(app);
  const picture = new Picture("All targets and coordinates");
  for (const target of view.targets) closure(view, target).forEach((thing) => picture.add(thing));
  joinAll(picture, view, view.targets);
  return picture.nodes.size ? picture : null;
}

function tooMany(app) {
  const picture = new Picture("Graph");
  const { targets, coordinates } = app.views.now;
  picture.empty = `${counted(targets.length, "target")} and ${counted(coordinates.length, "coordinate")} are too many for one picture. Select one of them to see its own.`;
  return picture;
}
