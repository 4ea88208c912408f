/* What to draw for a selection: nodes and edges as data, bounded so that placing them takes no time to speak of. */

const MOST_NODES = 120;
const MOST_SHIPPERS = 24;

class Picture {
  constructor(title) {
    this.title = title;
    this.nodes = new Map();
    this.edges = new Map();
    this.note = "";
    this.cut = false;
  }

  add(thing) {
    this.nodes.set(nodeId(thing), thing);
  }

  has(thing) {
    return this.nodes.has(nodeId(thing));
  }

  join(from, to, ask) {
    const [source, target] = [nodeId(from), nodeId(to)];
    if (source === target) return;
    const id = `${source}>${target}`;
    if (!this.edges.has(id)) this.edges.set(id, { source, target, wishes: new Set(), building: true });
    const edge = this.edges.get(id);
    edge.wishes.add(ask.requirement);
    edge.building &&= ask.building;
  }
}

function nodeId(thing) {
  return `${thing.kind}:${thing.key}`;
}

/** What the app shows now, as a picture; one without nodes has its reason in `note`. */
function pictureFor(app) {
  const { selectedTarget, selectedCoordinate } = app;
  if (selectedTarget) return pictureOfTarget(app, selectedTarget);
  if (selectedCoordinate) return pictureOfCoordinate(app, selectedCoordinate);
  return app.changes ? pictureOfChanges(app) : pictureOfAll(app);
}

/** What a target ships, and who asks for whom; of too many, the nearest. */
function pictureOfTarget(app, target) {
  const most = app.state.all ? Infinity : MOST_NODES;
  const picture = new Picture(`What ${target.name} ships`);
  const view = app.viewOf(target);
  const nearest = closure(view, target);
  nearest.slice(0, most).forEach((thing) => picture.add(thing));
  joinAll(picture, view, [target]);
  if (nearest.length > most) {
    picture.note = `The nearest ${grouped(most)} of ${grouped(nearest.length)} are drawn; the table has all.`;
    picture.cut = true;
  } else if (view === app.views.now && app.before) addRemoved(app, picture, target);
  return picture;
}

/** The things that a target comes to, nearest first: itself, members, coordinates, and what is missing. */
function closure(view, target) {
  const ranks = new Map();
  for (const environment of view.environments) {
    view.world.reach(target, environment).forEach((node, position) => {
      const { what, resolve, thing } = view.world.nodes[node];
      if (what === COORDINATE && !view.hasResolve[resolve]) return;
      ranks.set(thing, Math.min(position, ranks.get(thing) ?? Infinity));
    });
  }
  return [...ranks.keys()].sort((one, other) => ranks.get(one) - ranks.get(other));
}

/** Call a function for each ask that the walks of some targets follow. */
function forEachAsk(view, targets, tell) {
  const { world } = view;
  for (const target of targets) {
    for (const environment of view.environments) {
      for (const node of world.reach(target, environment)) {
        for (const number of world.asksOf[node]) {
          if (world.asks[number].place[environment]) tell(world.asks[number]);
        }
      }
    }
  }
}

/** Join what is in a picture by what the walks of some targets ask. */
function joinAll(picture, view, targets) {
  forEachAsk(view, targets, (ask) => {
    const [from, to] = [view.world.askerOf(ask), view.world.answerOf(ask)];
    if (picture.has(from) && picture.has(to)) picture.join(from, to, ask);
  });
}

/** Add what a target shipped in the older lock and no lock has now, beside what asked for it. */
function addRemoved(app, picture, target) {
  const view = app.views.before;
  const before = view.targets.find((each) => each.name === target.name);
  if (!before) return;
  for (const thing of closure(view, before)) if (thing.status === "removed") picture.add(thing);
  forEachAsk(view, [before], (ask) => {
    const [from, to] = [app.today(view.world.askerOf(ask)), view.world.answerOf(ask)];
    if (to.status === "removed" && picture.has(from)) picture.join(from, to, ask);
  });
}

/** The shortest ways on which targets come to a coordinate. */
function pictureOfCoordinate(app, coordinate) {
  const most = app.state.all ? Infinity : MOST_SHIPPERS;
  const picture = new Picture(`Who ships ${called(coordinate)}`);
  const routes = app.viewOf(coordinate).routesTo(coordinate);
  const targets = [...new Set(routes.map((route) => route.target))];
  const drawn = new Set(targets.slice(0, most));
  picture.add(coordinate);
  addRoutes(
    app,
    picture,
    routes.filter((route) => drawn.has(route.target)),
  );
  if (targets.length > most) {
    picture.note = `${grouped(most)} of ${grouped(targets.length)} targets are drawn, those with the shortest ways.`;
    picture.cut = true;
  }
  return picture;
}

function addRoutes(app, picture, routes) {
  for (const { target, asks } of routes) {
    let from = app.today(target);
    picture.add(from);
    for (const ask of asks) {
      const to = app.today(target.world.answerOf(ask));
      picture.add(to);
      picture.join(from, to, ask);
      from = to;
    }
  }
}

/** The ways from targets to all that changed. */
function pictureOfChanges(app) {
  const picture = new Picture("Where it changed");
  for (const coordinate of app.coordinatesIn(null).filter((each) => each.status)) {
    addRoutes(app, picture, app.viewOf(coordinate).routesTo(coordinate));
    if (picture.nodes.size > MOST_NODES) return tooMany("The changes are");
  }
  if (picture.nodes.size === 0) picture.note = "Nothing changed.";
  return picture;
}

/** A whole lock, if it is a small one. */
function pictureOfAll(app) {
  const { now } = app.views;
  const counts = `${counted(now.targets.length, "target")} and ${counted(now.coordinates.length, "coordinate")} are`;
  if (now.targets.length + now.coordinates.length > MOST_NODES) return tooMany(counts);
  const picture = new Picture("Who ships what");
  for (const target of now.targets) closure(now, target).forEach((thing) => picture.add(thing));
  joinAll(picture, now, now.targets);
  if (picture.nodes.size === 0) picture.note = "There is nothing to draw.";
  return picture;
}

function tooMany(counts) {
  const picture = new Picture("Graph");
  picture.note = `${counts} too many for one picture. Select a target or an artifact to see its own.`;
  return picture;
}
