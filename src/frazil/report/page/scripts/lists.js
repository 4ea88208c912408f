/* Two lists that are worked with the same keys. One item of each can be tabbed to; arrows move, Enter selects. */

class ChoiceList {
  /** `container` holds the items; `select` is told the thing of one; `make` makes the item of a thing. */
  constructor(container, select, make) {
    this.container = container;
    this.make = make;
    this.itemsOf = new Map();
    this.thingsOf = new WeakMap();
    container.addEventListener("focusin", (event) => this.makeReachable(this.itemAt(event.target)));
    container.addEventListener("click", (event) => {
      const item = this.itemAt(event.target);
      if (item) select(this.thingsOf.get(item));
    });
    container.addEventListener("keydown", (event) => {
      const item = this.itemAt(event.target);
      if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") select(this.thingsOf.get(item));
      else if (!this.move(item, event.key)) return;
      event.preventDefault();
    });
  }

  get items() {
    return [...this.container.children];
  }

  /** The item of a thing: made once, so that it keeps its focus and its place. */
  itemOf(thing) {
    if (!this.itemsOf.has(thing)) {
      const item = this.make(thing);
      this.itemsOf.set(thing, item);
      this.thingsOf.set(item, thing);
    }
    return this.itemsOf.get(thing);
  }

  /** Show the items of some things, one of them selected perhaps; the focus stays, or goes where it is near. */
  show(things, selected) {
    const items = things.map((thing) => this.itemOf(thing));
    const chosen = selected && things.includes(selected) ? this.itemOf(selected) : null;
    const focused = this.container.contains(document.activeElement) ? document.activeElement : null;
    this.container.replaceChildren(...items);
    for (const item of items) item.setAttribute("aria-selected", String(item === chosen));
    const stays = items.includes(focused) ? focused : null;
    this.makeReachable(chosen ?? stays ?? items[0]);
    if (focused) (stays ?? chosen ?? items[0] ?? byId("search")).focus({ preventScroll: true });
  }

  reveal(thing) {
    this.itemsOf.get(thing)?.scrollIntoView({ block: "nearest" });
  }

  /** Focus the item that can be tabbed to; say whether there is one. */
  focus() {
    const item = this.items.find((each) => each.tabIndex === 0);
    item?.focus();
    return item !== undefined;
  }

  itemAt(element) {
    return this.items.find((item) => item.contains(element));
  }

  makeReachable(item) {
    for (const each of this.items) if (each.tabIndex === 0) each.tabIndex = -1;
    if (item) item.tabIndex = 0;
  }

  move(item, key) {
    const items = this.items;
    const at = items.indexOf(item);
    const end = items.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: 0, End: end }[key];
    if (to === undefined) return false;
    items[Math.max(0, Math.min(end, to))].focus();
    return true;
  }
}

/** Say of a list how much it shows; what is selected on the other side narrows it until `clear` is called. */
function showHeading(id, title, note, clear) {
  byId(`${id}-title`).textContent = title;
  byId(`${id}-note`).replaceChildren(...present([note, clear && button({ class: "link", click: clear }, "show all")]));
}

function shareOf(shown, all) {
  return shown === all ? grouped(all) : `${grouped(shown)} of ${grouped(all)}`;
}
