/* One lock as a graph. What a target ships is what a walk along the asks comes to. Nothing here knows of the page.

   A node stands for a target, a coordinate or something missing, within one resolve and behind one extra.
   A place is a set of environments: `place[number]` says whether an environment is in it. */

const TARGET = 0;
const COORDINATE = 1;

class World {
  constructor(lock) {
    this.environments = lock.environments;
    this.resolves = lock.resolves;
    this.places = lock.places.map((numbers) => {
      const place = new Uint8Array(lock.environments.length);
      for (const number of numbers) place[number] = 1;
      return place;
    });
    this.targets = lock.targets.map((target, number) => this.readTarget(target, number));
    this.coordinates = lock.coordinates.map((coordinate, number) => this.readCoordinate(coordinate, number));
    this.nodes = lock.nodes.map(([what, number, resolve]) => {
      return { what, number, resolve, thing: this.readThing(what, number) };
    });
    this.asks = lock.asks.map((ask) => this.readAsk(ask, lock));
    this.asksOf = this.nodes.map(() => []);
    this.asks.forEach((ask, number) => this.asksOf[ask.from].push(number));
    this.reached = new Map();
  }

  readTarget(target, number) {
    return { ...target, kind: "target", key: target.name, world: this, number, place: this.places[target.place] };
  }

  readCoordinate(coordinate, number) {
    const files = coordinate.files.map(([name, sha256, size, time, place, address]) => {
      return { name, sha256, size, address, place: this.places[place], time: time === null ? null : Date.parse(time) };
    });
    const times = files.map((file) => file.time).filter((time) => time !== null);
    const pins = coordinate.pins.map(([resolve, place]) => ({ resolve, place: this.places[place] }));
    const place = this.environments.map((_, environment) => pins.some((pin) => pin.place[environment]));
    const time = times.length > 0 ? Math.min(...times) : null;
    return { ...coordinate, kind: "coordinate", world: this, number, files, pins, place, time };
  }

  readThing(what, number) {
    if (what === TARGET) return this.targets[number];
    if (what === COORDINATE) return this.coordinates[number];
    return { kind: "missing", key: number, name: number, version: null, world: this };
  }

  readAsk([from, answers, wish, place, build, origin], lock) {
    const [requirement, marker, replaced] = lock.wishes[wish];
    const words = marker ? `${requirement}; ${marker}` : requirement;
    const building = build === 1;
    return {
      from,
      answers,
      requirement,
      words,
      replaced,
      building,
      place: this.places[place],
      origin: lock.origins[origin],
    };
  }

  askerOf(ask) {
    return this.nodes[ask.from].thing;
  }

  answerOf(ask) {
    return this.nodes[ask.answers[0]].thing;
  }

  /** The names of the environments in a place. */
  named(place) {
    return this.environments.filter((_, number) => place[number]).map((environment) => environment.name);
  }

  /** The file of a coordinate that is chosen in an environment, if there is one. */
  fileIn(coordinate, environment) {
    return coordinate.files.find((file) => file.place[environment]);
  }

  /** Walk from a target in an environment: the nodes, nearest first, and by which ask each was found. */
  walk(target, environment) {
    const order = [target.start];
    const foundBy = new Int32Array(this.nodes.length).fill(-1);
    const seen = new Uint8Array(this.nodes.length);
    seen[target.start] = 1;
    for (let next = 0; next < order.length; next += 1) {
      for (const number of this.asksOf[order[next]]) {
        const ask = this.asks[number];
        if (!ask.place[environment]) continue;
        for (const answer of ask.answers) {
          if (seen[answer]) continue;
          seen[answer] = 1;
          foundBy[answer] = number;
          order.push(answer);
        }
      }
    }
    return { order, foundBy };
  }

  /** The nodes that a target comes to in an environment that it is for, kept for the next question. */
  reach(target, environment) {
    const key = target.number * this.environments.length + environment;
    if (!this.reached.has(key)) {
      const order = target.place[environment] ? this.walk(target, environment).order : [];
      this.reached.set(key, Uint32Array.from(order));
    }
    return this.reached.get(key);
  }

  /** The asks of a shortest way from a target to a coordinate that it ships in an environment. */
  way(target, coordinate, environment) {
    const { order, foundBy } = this.walk(target, environment);
    let node = order.find((each) => this.nodes[each].thing === coordinate);
    const asks = [];
    while (foundBy[node] >= 0) {
      const ask = this.asks[foundBy[node]];
      asks.unshift(ask);
      node = ask.from;
    }
    return asks;
  }
}
