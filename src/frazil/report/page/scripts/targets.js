/* The pane of targets. */

class TargetPane {
  constructor(app) {
    this.app = app;
    this.list = new ChoiceList(
      byId("targets"),
      (target) => app.toggle(target),
      () => make("li", { role: "option", tabindex: "-1" }),
    );
  }

  show() {
    const { app } = this;
    const coordinate = app.selectedCoordinate;
    const all = app.targetsIn(null);
    const { found: shown, note } = app.searched(app.targetsIn(coordinate), coordinate);
    this.list.show(shown, app.selectedTarget);
    for (const target of shown) this.fill(target);
    const words = coordinate ? `that ship ${called(coordinate)}${note}` : "";
    showHeading(
      "target",
      `Targets ${shareOf(shown.length, all.length)}`,
      words,
      coordinate && (() => app.select(null)),
    );
    byId("targets-empty").hidden = shown.length > 0;
    byId("targets-empty").textContent = app.state.q ? "No target matches the search." : "There is no target.";
    return shown.length;
  }

  fill(target) {
    const { world } = target;
    const load = this.app.viewOf(target).loadOf(target);
    const resolve = world.resolves[target.resolve];
    const names = world.named(target.place);
    const facts = [
      counted(load.length, "artifact"),
      sized(total(load)),
      resolve === "default" ? null : resolve,
      names.length === world.environments.length ? null : listed(names, 4) || "nowhere",
    ];
    this.list
      .itemOf(target)
      .replaceChildren(
        make("div", { class: "name" }, target.name),
        make(
          "div",
          { class: "soft" },
          present(facts).join(" · "),
          target.status ? [" ", tag(target.status, target.status)] : null,
        ),
      );
  }
}
