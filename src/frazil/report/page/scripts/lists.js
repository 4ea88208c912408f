/* Two lists that are worked with the same keys. One item of each can be tabbed to; arrows move, Enter selects. */

class ChoiceList {
  /** `container` holds the items; `select` is told the thing of one. */
  constructor(container, select) {
    this.container = container;
    this.things = new WeakMap();
    container.addEventListener("click", (event) => {
      const item = this.itemOf(event.target);
      if (item) select(this.things.get(item), item);
    });
    container.addEventListener("focusin", (event) => this.makeReachable(this.itemOf(event.target)));
    container.addEventListener("keydown", (event) => {
      const item = this.itemOf(event.target);
      if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") select(this.things.get(item), item);
      else if (!this.move(item, event.key)) return;
      event.preventDefault();
    });
  }

  get items() {
    return [...this.container.children];
  }

  /** Show these items, and keep the focus where it was. */
  show(items, selected) {
    const focused = this.container.contains(document.activeElement) ? document.activeElement : null;
    this.container.replaceChildren(...items);
    for (const item of items) item.setAttribute("aria-selected", String(item === selected));
    this.makeReachable(selected ?? (items.includes(focused) ? focused : items[0]));
    if (focused && items.includes(focused)) focused.focus({ preventScroll: true });
    else if (focused) (selected ?? items[0] ?? byId("search")).focus();
  }

  reveal(item) {
    item.scrollIntoView({ block: "nearest" });
  }

  focus() {
    const item = this.items.find((each) => each.tabIndex === 0);
    item?.focus();
    return item !== undefined;
  }

  itemOf(element) {
    return this.items.find((item) => item.contains(element));
  }

  makeReachable(item) {
    for (const each of this.items) if (each !== item && each.tabIndex === 0) each.tabIndex = -1;
    if (item) item.tabIndex = 0;
  }

  move(item, key) {
    const items = this.items;
    const at = items.indexOf(item);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1, PageDown: at + 10, PageUp: at - 10 }[key];
    if (to === undefined) return false;
    items[Math.max(0, Math.min(items.length - 1, to))].focus();
    return true;
  }
}
