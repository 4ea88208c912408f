/* Elements of the page. Text only ever becomes text: no name of a lock can become markup. */

function byId(id) {
  return document.getElementById(id);
}

/** Make an element: attributes by name (null and false are left out, functions listen), then children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function tag(text, kind = "") {
  return make("span", { class: `tag ${kind}` }, text);
}

/** A list that shows its first few and a button for the rest. */
function folded(items, most, wrap) {
  const list = wrap(items.slice(0, most).map((build) => build()));
  const rest = items.slice(most);
  if (rest.length === 0) return [list];
  const more = make("button", { type: "button", class: "link" }, `show ${grouped(rest.length)} more`);
  more.addEventListener("click", () => {
    const added = rest.map((build) => build());
    (list.tBodies?.[0] ?? list).append(...added);
    more.remove();
    added[0].querySelector("a, button")?.focus();
  });
  return [list, more];
}

function rowed(heads, rows, most, name) {
  const head = make("thead", {}, make("tr", {}, heads.map((text) => make("th", { scope: "col", class: text.startsWith("#") ? "number" : null }, text.replace("#", "")))));
  return folded(rows, most, (shown) => make("table", { class: name }, head, make("tbody", {}, shown)));
}
