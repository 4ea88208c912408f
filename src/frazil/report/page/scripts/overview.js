/* What a lock looks like before anything is selected: what changed, what is large, shared, spread out, old. */

const RANKED = 8;

function overview(app) {
  const coordinates = app.coordinatesIn(null);
  return [
    make("div", { class: "title" }, make("h2", {}, app.changes ? "What changed" : "At a glance")),
    ...(app.changes ? changed(app) : []),
    make(
      "div",
      { class: "facts" },
      ranked(app, "Largest", coordinates, (coordinate) => app.viewOf(coordinate).sizeOf(coordinate), sized),
      ranked(app, "Shipped by most targets", coordinates, (coordinate) => app.viewOf(coordinate).shippers[coordinate.number].length, (count) => counted(count, "target")),
      ranked(app, "Largest targets", app.targetsIn(null), (target) => app.viewOf(target).loadOf(target).size, sized),
      ranked(app, "Oldest", coordinates.filter((coordinate) => coordinate.time !== null), (coordinate) => app.time - coordinate.time, (span) => aged(app.time - span, app.time)),
      spread(app, coordinates),
    ),
  ];
}

/** The first few of some things by a number, each with a bar to compare. */
function ranked(app, title, things, value, say) {
  const values = things.map((thing) => ({ thing, value: value(thing) })).filter((each) => each.value > 0);
  values.sort((one, other) => other.value - one.value || compared(one.thing.key, other.thing.key));
  if (values.length === 0) return null;
  const row = (each) => {
    const bar = make("i");
    bar.style.width = `${(100 * each.value) / values[0].value}%`;
    return make("li", {}, make("span", {}, app.link(each.thing)), make("span", { class: "soft" }, say(each.value)), bar);
  };
  return make("section", {}, make("h3", {}, title), make("ol", { class: "ranks" }, values.slice(0, RANKED).map(row)));
}

/** Projects that are not one version everywhere. */
function spread(app, coordinates) {
  const byName = Map.groupBy
    ? Map.groupBy(coordinates.filter((coordinate) => coordinate.skew > 0), (coordinate) => coordinate.name)
    : coordinates.filter((coordinate) => coordinate.skew > 0).reduce((groups, coordinate) => groups.set(coordinate.name, [...(groups.get(coordinate.name) ?? []), coordinate]), new Map());
  if (byName.size === 0) return null;
  const rows = [...byName].sort().slice(0, RANKED).map(([name, releases]) =>
    make("li", {}, make("span", {}, name), make("span", {}, releases.flatMap((release, number) => [number ? ", " : "", app.link(release, release.version ?? release.name)]))),
  );
  const rest = byName.size > RANKED ? make("li", {}, make("span", { class: "soft" }, `and ${byName.size - RANKED} more`)) : null;
  return make("section", {}, make("h3", {}, "More than one version"), make("ul", { class: "ranks" }, rows, rest));
}

function changed(app) {
  const moved = app.coordinatesIn(null).filter((coordinate) => coordinate.status);
  moved.sort((one, other) => (RANKS[one.status] ?? 3) - (RANKS[other.status] ?? 3) || compared(one.key, other.key));
  const targets = app.targetsIn(null);
  const concerned = targets.filter((target) => target.status);
  const words = ["added", "removed", "changed"].map((status) => [status, moved.filter((coordinate) => coordinate.status === status).length]);
  const rows = moved.map((coordinate) => () =>
    make(
      "tr",
      {},
      make("td", {}, tag(coordinate.status, coordinate.status)),
      make("td", {}, app.link(coordinate, coordinate.name)),
      make("td", {}, coordinate.changes.map((number) => changeLines(app.changes[number]))),
      make("td", { class: "number" }, counted(app.viewOf(coordinate).shippers[coordinate.number].length, "target")),
    ),
  );
  if (moved.length === 0 && concerned.length === 0) return [make("p", {}, "Nothing: both locks answer the same.")];
  return [
    make("p", {}, words.filter(([, count]) => count > 0).map(([status, count]) => [tag(`${grouped(count)} ${status}`, status), " "]), `${concerned.length} of ${counted(targets.length, "target")} ${concerned.length === 1 ? "ships" : "ship"} something else`),
    ...(rows.length ? rowed(["Change", "Project", "What", "#Shipped by"], rows, FIRST) : []),
  ];
}
