/* What the filters leave of a world: which targets and coordinates, who ships what there, and how much that is. */

class View {
  /** `environments` and `resolves` are names; none means all. */
  constructor(world, environments, resolves) {
    const named = (names, among) => among.map((name) => names.length === 0 || names.includes(name));
    this.world = world;
    this.hasEnvironment = named(environments, world.environments.map((environment) => environment.name));
    this.hasResolve = named(resolves, world.resolves);
    this.environments = world.environments.map((_, number) => number).filter((number) => this.hasEnvironment[number]);
    this.ships = world.targets.map(() => null);
    this.shippers = world.coordinates.map(() => []);
    this.coordinates = world.coordinates.filter((coordinate) => this.places(coordinate).length > 0);
    for (const target of world.targets) if (target.walked) this.walkFrom(target);
    this.targets = world.targets.filter((target) => this.ships[target.number] !== null);
    this.isolated = resolves.length > 0;
  }

  walkFrom(target) {
    const lives = this.environments.filter((environment) => target.place[environment]);
    const found = new Map();
    for (const environment of lives) {
      for (const node of this.world.reach(target, environment)) {
        const { what, number, resolve } = this.world.nodes[node];
        if (what !== COORDINATE || !this.hasResolve[resolve]) continue;
        const places = found.get(number);
        if (places === undefined) found.set(number, [environment]);
        else if (places[places.length - 1] !== environment) places.push(environment);
      }
    }
    if (lives.length === 0 || (found.size === 0 && !this.hasResolve[target.resolve])) return;
    this.ships[target.number] = found;
    for (const number of found.keys()) this.shippers[number].push(target);
  }

  /** The environments, among those looked at, where an coordinate is pinned by a resolve that is looked at. */
  places(coordinate) {
    return this.environments.filter((environment) => coordinate.pins.some((pin) => this.hasResolve[pin.resolve] && pin.place[environment]));
  }

  /** The files that are chosen for an coordinate in some environments, each once. */
  filesOf(coordinate, environments = this.places(coordinate)) {
    const files = environments.map((environment) => this.world.fileIn(coordinate, environment));
    return [...new Set(files.filter((file) => file !== undefined))];
  }

  sizeOf(coordinate) {
    return total(this.filesOf(coordinate));
  }

  /** How many files a target ships, and their bytes. */
  loadOf(target) {
    const files = [];
    for (const [number, environments] of this.ships[target.number]) {
      files.push(...this.filesOf(this.world.coordinates[number], environments));
    }
    return { files: files.length, size: total(files) };
  }

  /** Shortest ways to an coordinate: for each target that ships it, one for all environments where it is the same. */
  routesTo(coordinate) {
    const routes = [];
    for (const target of this.shippers[coordinate.number]) {
      const own = new Map();
      for (const environment of this.ships[target.number].get(coordinate.number)) {
        const asks = this.world.way(target, coordinate, environment);
        const key = asks.map((ask) => `${ask.requirement}>${this.world.answerOf(ask).key}`).join("\n");
        if (!own.has(key)) own.set(key, { target, asks, environments: [] });
        own.get(key).environments.push(environment);
      }
      routes.push(...own.values());
    }
    return routes.sort((one, other) => one.asks.length - other.asks.length || compared(one.target.name, other.target.name));
  }
}

function total(files) {
  return files.reduce((sum, file) => sum + file.size, 0);
}

function compared(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}
