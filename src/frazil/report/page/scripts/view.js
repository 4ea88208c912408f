/* What the filters leave of a world: which targets and coordinates, who ships what there, and how much that is. */

class View {
  /** `environments` and `resolves` are names; none means all. */
  constructor(world, environments, resolves) {
    const wanted = (names) => (name) => names.length === 0 || names.includes(name);
    this.world = world;
    this.hasResolve = world.resolves.map(wanted(resolves));
    const hasEnvironment = world.environments.map((environment) => environment.name).map(wanted(environments));
    this.environments = [...hasEnvironment.keys()].filter((number) => hasEnvironment[number]);
    this.places = world.coordinates.map((coordinate) => this.placesOf(coordinate));
    this.files = world.coordinates.map((coordinate) => this.filesOf(coordinate, this.places[coordinate.number]));
    this.sizes = this.files.map(total);
    this.coordinates = world.coordinates.filter((coordinate) => this.has(coordinate));
    this.ships = world.targets.map(() => null);
    this.shippers = world.coordinates.map(() => []);
    for (const target of world.targets) if (target.walked) this.walkFrom(target);
    this.targets = world.targets.filter((target) => this.has(target));
  }

  /** Say whether the filters leave a target or coordinate. */
  has(thing) {
    return thing.kind === "target" ? this.ships[thing.number] !== null : this.places[thing.number].length > 0;
  }

  /** Note what a target ships and where; one that ships nothing of a resolve and is not of it is left out. */
  walkFrom(target) {
    const found = new Map();
    const lives = this.environments.filter((environment) => target.place[environment]);
    for (const environment of lives) {
      for (const node of this.world.reach(target, environment)) {
        const { what, number, resolve } = this.world.nodes[node];
        if (what !== COORDINATE || !this.hasResolve[resolve]) continue;
        if (!found.has(number)) found.set(number, new Set());
        found.get(number).add(environment);
      }
    }
    if (lives.length === 0 || (found.size === 0 && !this.hasResolve[target.resolve])) return;
    this.ships[target.number] = found;
    for (const number of found.keys()) this.shippers[number].push(target);
  }

  /** The environments looked at in which a coordinate is pinned by a resolve looked at. */
  placesOf(coordinate) {
    const pins = coordinate.pins.filter((pin) => this.hasResolve[pin.resolve]);
    return this.environments.filter((environment) => pins.some((pin) => pin.place[environment]));
  }

  /** The files that are chosen for a coordinate in some environments, each once. */
  filesOf(coordinate, environments) {
    const files = new Set();
    for (const environment of environments) files.add(this.world.fileIn(coordinate, environment));
    files.delete(undefined);
    return [...files];
  }

  /** The coordinates that a target ships. */
  shippedBy(target) {
    return [...this.ships[target.number].keys()].map((number) => this.world.coordinates[number]);
  }

  /** The files that a target ships. */
  loadOf(target) {
    const files = [];
    for (const [number, environments] of this.ships[target.number]) {
      files.push(...this.filesOf(this.world.coordinates[number], environments));
    }
    return files;
  }

  /** Shortest ways to a coordinate: for each target that ships it one, or one for each environment that differs. */
  routesTo(coordinate) {
    const routes = [];
    for (const target of this.shippers[coordinate.number]) {
      const own = new Map();
      for (const environment of this.ships[target.number].get(coordinate.number)) {
        const asks = this.world.way(target, coordinate, environment);
        const key = asks.map((ask) => `${ask.requirement}>${this.world.answerOf(ask).key}`).join("\n");
        if (!own.has(key)) own.set(key, { target, asks, environments: [] });
        own.get(key).environments.push(this.world.environments[environment].name);
      }
      routes.push(...own.values());
    }
    return routes.sort((one, other) => {
      return one.asks.length - other.asks.length || compared(one.target.name, other.target.name);
    });
  }
}

/** The bytes of some files. */
function total(files) {
  return files.reduce((sum, file) => sum + file.size, 0);
}
