/* What is selected, searched and filtered, and its spelling in the address: `#target=services/api&env=linux`. */

const NOTHING = Object.freeze({
  target: "", // a target by name
  artifact: "", // a coordinate by its key, or by the file name or sha256 of one of its artifacts
  q: "", // what is searched
  env: [],
  resolve: [],
  colour: "",
  only: "", // one category of the colours
  sort: "", // a column; after a minus, falling
  all: "", // anything: draw all, however much it is
});

/** The key under which a kind of thing is selected. */
const SELECTING = { target: "target", coordinate: "artifact" };

function parseState(fragment) {
  const state = { ...NOTHING };
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const [name, value] = parted(part, "=");
    if (!Object.hasOwn(NOTHING, name)) continue;
    const isList = Array.isArray(NOTHING[name]);
    state[name] = isList ? value.split(",").filter(Boolean).map(decoded) : decoded(value);
  }
  return state;
}

function formatState(state) {
  const given = Object.keys(NOTHING).filter((name) => state[name].length > 0);
  const parts = given.map((name) => `${name}=${[state[name]].flat().map(encoded).join(",")}`);
  return `#${parts.join("&")}`;
}

/** Return a state in which a thing is selected, or nothing is. */
function selecting(state, thing) {
  const key = thing ? { [SELECTING[thing.kind]]: thing.key } : {};
  return { ...state, target: "", artifact: "", all: "", ...key };
}

/** Encode what would end a part, and leave a path readable. */
function encoded(text) {
  return encodeURIComponent(text).replace(/%(2F|40|3A|5B|5D)/g, decodeURIComponent);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody's typing: it will match nothing
  }
}
