/* The head of the page, the keys, and light or dark. */

function showControls(app) {
  const { now } = app.views;
  const facts = [
    counted(now.targets.length, "target"),
    counted(now.environments.length, "environment"),
    counted(now.coordinates.length, "coordinate"),
    counted(now.files.flat().length, "artifact"),
    sized(total(now.files.flat())),
    app.changes ? `compared with ${app.comparedWith}` : null,
  ];
  byId("totals").textContent = present(facts).join(" · ");
  if (document.activeElement !== byId("search")) byId("search").value = app.state.q;
  byId("colour").value = app.colour;
  for (const chip of document.querySelectorAll(".chips button")) {
    chip.setAttribute("aria-pressed", String(app.state[chip.dataset.field].includes(chip.dataset.name)));
  }
}

/** Make what the controls need of a lock, and listen to them and to the keys. */
function startControls(app) {
  const environments = app.now.environments.map(({ name, python, platform }) => [
    name,
    `python ${python}, ${platform}`,
  ]);
  makeChips(app, byId("environments"), "env", environments);
  makeChips(
    app,
    byId("resolves"),
    "resolve",
    app.now.resolves.map((name) => [name, ""]),
  );
  byId("colour").append(...app.modes.map((mode) => make("option", { value: mode }, MODES[mode].label)));
  byId("colour").addEventListener("change", (event) => app.go({ colour: event.target.value, only: "" }));
  byId("search").addEventListener("input", (event) => app.search(event.target.value));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment of its address would be taken for a state
    byId("details").focus();
  });
  document.addEventListener("keydown", (event) => press(app, event));
}

/** Make a button for each of several names; those that are pressed are looked at, all if none is. */
function makeChips(app, group, field, names) {
  group.hidden = names.length < 2;
  group.append(make("span", { class: "soft", "aria-hidden": "true" }, group.getAttribute("aria-label")));
  for (const [name, title] of names) {
    const toggle = () => {
      const others = app.state[field].filter((each) => each !== name);
      app.go({ [field]: others.length < app.state[field].length ? others : [...others, name].sort() });
    };
    group.append(button({ title, "data-field": field, "data-name": name, click: toggle }, name));
  }
}

function press(app, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  const search = byId("search");
  const isIn = (id) => byId(id).contains(event.target);
  if (event.key === "Escape") clear(app);
  else if (event.target === search && event.key === "ArrowDown")
    app.targets.list.focus() || app.coordinates.list.focus();
  else if (event.target === search && event.key === "Enter") selectFirst(app);
  else if (event.target.matches("input, select")) return;
  else if (event.key === "/") search.select();
  else if (event.key === "?") byId("keys").showModal();
  else if (event.key === "ArrowRight" && isIn("targets")) app.coordinates.list.focus();
  else if (event.key === "ArrowLeft" && isIn("rows")) app.targets.list.focus();
  else return;
  event.preventDefault();
}

/** Clear the search, or else the selection. */
function clear(app) {
  if (!app.state.q) return app.select(null);
  byId("search").value = "";
  app.search("");
}

/** Select the first thing that the search found. */
function selectFirst(app) {
  if (app.state.q) (app.targets.list.items[0] ?? app.coordinates.list.items[0])?.click();
}

// Light and dark ---------------------------------------------------------------------------------------------

const THEME = "frazil-theme";

/** Follow the system until somebody chooses; the choice is kept where the browser keeps such things for files. */
function startTheme(app) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = remembered();
  const isDark = () => (chosen ? chosen === "dark" : system.matches);
  const apply = () => {
    if (chosen) document.documentElement.dataset.theme = chosen;
    byId("theme").textContent = isDark() ? "Light" : "Dark";
    byId("theme").setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
    app.drawing.recolour();
  };
  byId("theme").addEventListener("click", () => {
    chosen = isDark() ? "light" : "dark";
    remember(chosen);
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}

function remembered() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null; // no storage here
  }
}

function remember(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // then it holds until the page is closed
  }
}
