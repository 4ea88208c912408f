/* The pane of targets. */

class TargetPane {
  constructor(app) {
    this.app = app;
    this.list = new ChoiceList(byId("targets"), (target) => app.toggle(target));
    this.items = new Map();
  }

  show() {
    const { state } = this.app;
    const coordinate = this.app.selectedCoordinate;
    const within = this.app.targetsIn(coordinate);
    const shown = within.filter((target) => this.app.matches(target));
    const selected = this.app.selectedTarget;
    this.list.show(shown.map((target) => this.item(target)), selected && shown.includes(selected) ? this.item(selected) : null);
    const all = this.app.targetsIn(null).length;
    byId("target-title").textContent = `Targets ${shown.length === all ? "" : `${grouped(shown.length)} of `}${grouped(all)}`;
    byId("target-note").replaceChildren(
      ...(coordinate ? [`that ship ${released(coordinate)}`, make("button", { type: "button", class: "link", click: () => this.app.go({ coordinate: "" }) }, "show all")] : []),
    );
    if (shown.length === 0) {
      byId("target-note").append(make("p", {}, state.q ? "No target matches the search." : "No target is here."));
    }
    return shown;
  }

  reveal(target) {
    if (this.items.has(target)) this.list.reveal(this.items.get(target));
  }

  item(target) {
    if (!this.items.has(target)) {
      const item = make("li", { role: "option", tabindex: "-1" });
      this.items.set(target, item);
      this.list.things.set(item, target);
    }
    const item = this.items.get(target);
    const { world } = target;
    const load = this.app.viewOf(target).loadOf(target);
    const where = world.named(target.place);
    item.replaceChildren(
      make("div", { class: "name" }, target.name),
      make(
        "div",
        { class: "soft" },
        `${counted(load.files, "coordinate")} · ${sized(load.size)}`,
        world.resolves[target.resolve] === "default" ? null : ` · ${world.resolves[target.resolve]}`,
        where.length === world.environments.length ? null : ` · ${listed(where, 4) || "nowhere"}`,
        target.status ? [" ", tag(target.status, target.status)] : null,
      ),
    );
    return item;
  }
}
