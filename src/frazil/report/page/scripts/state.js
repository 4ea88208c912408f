/* What is selected, searched and filtered, and its spelling in the address: `#target=services/api&env=linux`. */

const NOTHING = Object.freeze({ target: "", coordinate: "", q: "", env: [], resolve: [], colour: "", sort: "", only: "", all: "" });

function parseState(hash) {
  const state = { ...NOTHING };
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [name, value = ""] = split(part, "=");
    if (!Object.hasOwn(NOTHING, name)) continue;
    state[name] = Array.isArray(NOTHING[name]) ? value.split(",").filter(Boolean).map(decoded) : decoded(value);
  }
  return state;
}

function formatState(state) {
  const parts = Object.keys(NOTHING)
    .filter((name) => state[name].length > 0)
    .map((name) => `${name}=${[state[name]].flat().map(encoded).join(",")}`);
  return `#${parts.join("&")}`;
}

function split(text, separator) {
  const place = text.indexOf(separator);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
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
