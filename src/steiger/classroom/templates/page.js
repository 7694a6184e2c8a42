"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const grid = by("grid"), body = grid.tBodies[0], heads = [...grid.tHead.rows[1].cells];
  const tools = { find: by("find"), group: by("group"), stuck: by("stuck") };
  // A page that is opened as a file may have no storage.
  const kept = {
    read() { try { return JSON.parse(sessionStorage.getItem("steiger")) || {}; } catch { return {}; } },
    write(state) { try { sessionStorage.setItem("steiger", JSON.stringify(state)); } catch { /* the next page begins afresh */ } },
  };
  const state = { column: -1, down: false, theme: "", find: "", group: "", stuck: false, ...kept.read() };

  const sort = () => {
    heads.forEach((head, at) => head.setAttribute("aria-sort", at !== state.column ? "none" : state.down ? "descending" : "ascending"));
    if (state.column < 0) return;
    const key = (row) => row.cells[state.column].dataset.key;
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
    const rows = [...body.rows].sort((one, other) => order.compare(key(one), key(other)));
    body.append(...(state.down ? rows.reverse() : rows));
  };
  const filter = () => {
    const wanted = state.find.toLocaleLowerCase();
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !(row.cells[0].textContent.toLocaleLowerCase().includes(wanted)
        && (!state.group || row.dataset.group === state.group) && (!state.stuck || row.dataset.stuck));
      shown += !row.hidden;
    }
    by("count").textContent = by("count").dataset.words.replace("0", shown);
  };
  const show = () => {
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    for (const name of ["find", "group"]) tools[name].value = state[name];
    tools.stuck.checked = state.stuck;
    sort();
    filter();
    kept.write(state);
  };

  heads.forEach((head, at) => head.querySelector("button").addEventListener("click", () => {
    state.down = state.column === at && !state.down;
    state.column = at;
    show();
  }));
  tools.find.addEventListener("input", () => { state.find = tools.find.value; show(); });
  tools.group.addEventListener("change", () => { state.group = tools.group.value; show(); });
  tools.stuck.addEventListener("change", () => { state.stuck = tools.stuck.checked; show(); });
  by("tools").addEventListener("submit", (event) => event.preventDefault());
  by("theme").addEventListener("click", () => {
    const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    state.theme = dark ? "light" : "dark";
    show();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (!button) return;
    by("about").querySelector("div").replaceChildren(by(button.dataset.for).content.cloneNode(true));
    by("about").showModal();
  });
  show();
})();
