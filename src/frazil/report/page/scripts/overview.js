/* What a lock looks like before anything is selected: what changed, what is large, shared, spread out, old. */

const RANKED = 8;

function overview(app) {
  const coordinates = app.coordinatesIn(null);
  const size = (coordinate) => app.viewOf(coordinate).sizes[coordinate.number];
  const shippers = (coordinate) => app.viewOf(coordinate).shippers[coordinate.number].length;
  const age = (coordinate) => (coordinate.time === null ? 0 : app.time - coordinate.time);
  return [
    make("div", { class: "title" }, make("h2", {}, app.changes ? "What changed" : "At a glance")),
    app.changes ? whatChanged(app) : null,
    make(
      "div",
      { class: "facts" },
      ranked(app, "Largest", coordinates, size, sized),
      ranked(app, "Shipped by most targets", coordinates, shippers, (count) => counted(count, "target")),
      ranked(app, "Largest targets", app.targetsIn(null), (target) => total(app.viewOf(target).loadOf(target)), sized),
      ranked(app, "Oldest", coordinates, age, aged),
      spread(app, coordinates),
    ),
  ];
}

/** The first few of some things by a number, each with a bar to compare. */
function ranked(app, title, things, numberOf, say) {
  const numbered = things.map((thing) => ({ thing, number: numberOf(thing) })).filter(({ number }) => number > 0);
  if (numbered.length === 0) return null;
  numbered.sort((one, other) => other.number - one.number || inOrder(one.thing, other.thing));
  const row = ({ thing, number }) => {
    const bar = make("i");
    bar.style.width = `${(100 * number) / numbered[0].number}%`;
    return make("li", {}, bar, app.link(thing), make("span", { class: "soft" }, say(number)));
  };
  return make("section", {}, make("h3", {}, title), make("ol", { class: "ranks" }, numbered.slice(0, RANKED).map(row)));
}

/** Projects of which the lock has more than one release. */
function spread(app, coordinates) {
  const releases = new Map();
  for (const coordinate of coordinates.filter((each) => each.skew > 0)) {
    releases.set(coordinate.name, [...(releases.get(coordinate.name) ?? []), coordinate]);
  }
  if (releases.size === 0) return null;
  const row = ([name, all]) => {
    const links = all.flatMap((each) => [" ", app.link(each, each.version ?? each.source)]);
    return make("li", {}, make("span", {}, name), make("span", {}, links));
  };
  const rows = [...releases].slice(0, RANKED).map(row);
  const rest = releases.size > RANKED ? make("li", { class: "soft" }, `and ${releases.size - RANKED} more`) : null;
  return make("section", {}, make("h3", {}, "More than one version"), make("ul", { class: "ranks" }, rows, rest));
}

function whatChanged(app) {
  const targets = app.targetsIn(null);
  const concerned = targets.filter((target) => target.status).length;
  const moved = app.coordinatesIn(null).filter((coordinate) => coordinate.status);
  const apart =
    app.uncompared.length > 0
      ? make("p", { class: "soft" }, `not compared, in one lock only: ${listed(app.uncompared)}`)
      : null;
  if (moved.length === 0 && concerned === 0) return [make("p", {}, "Nothing: both locks answer the same."), apart];
  moved.sort((one, other) => rankOf(one) - rankOf(other) || inOrder(one, other));
  const counts = Object.keys(RANKS).map((status) => [status, moved.filter((each) => each.status === status).length]);
  const tags = counts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => [tag(`${grouped(count)} ${status}`, status), " "]);
  const row = (coordinate) => () =>
    make(
      "tr",
      {},
      make("td", {}, app.link(coordinate, coordinate.name)),
      make(
        "td",
        {},
        coordinate.changes.map((number) => make("div", {}, changeWords(app.changes[number]))),
      ),
      make("td", { class: "number" }, grouped(app.viewOf(coordinate).shippers[coordinate.number].length)),
    );
  return [
    make("p", {}, tags, `in ${concerned} of ${counted(targets.length, "target")}`),
    apart,
    moved.length > 0 ? tabled(["Project", "What", "#Targets"], moved.map(row)) : null,
  ];
}
