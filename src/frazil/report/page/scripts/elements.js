/* Elements of the page. Text only ever becomes text: no name of a lock can become markup. */

function byId(id) {
  return document.getElementById(id);
}

/** Make an element: attributes by name (null and false are left out, functions listen), then children in any nesting. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...present(children));
  return element;
}

/** Flatten children and leave out what is nothing. */
function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "");
}

function button(attributes, ...children) {
  return make("button", { type: "button", ...attributes }, ...children);
}

function tag(text, kind = "") {
  return make("span", { class: `tag ${kind}` }, text);
}

/** Show the first few items of a list, and a button that shows the rest. Items are functions that make them. */
function folded(list, items, most = 30) {
  list.append(...items.slice(0, most).map((item) => item()));
  const rest = items.slice(most);
  if (rest.length === 0) return [];
  const more = button({ class: "link" }, `show ${grouped(rest.length)} more`);
  more.addEventListener("click", () => {
    const added = rest.map((item) => item());
    list.append(...added);
    more.remove();
    added[0].querySelector("a")?.focus();
  });
  return [more];
}

/** A table: heads (a number's begins with #), and functions that make rows. */
function tabled(heads, rows, kind = "") {
  const head = (text) =>
    make("th", { scope: "col", class: text.startsWith("#") ? "number" : null }, text.replace("#", ""));
  const body = make("tbody");
  const more = folded(body, rows);
  return [make("table", { class: kind }, make("thead", {}, make("tr", {}, heads.map(head))), body), more];
}
