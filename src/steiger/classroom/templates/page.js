"use strict";
(() => {
  const by = (id) => document.getElementById(id);
  const grid = by("grid"), body = grid.tBodies[0], heads = [...grid.tHead.rows[1].cells], scroll = grid.parentElement;
  const tools = { find: by("find"), group: by("group"), stuck: by("stuck") };
  // What was chosen is kept with this tab's own history: a page that is opened as a file may have no storage.
  const state = { column: -1, down: false, theme: "", find: "", group: "", stuck: false, focus: "", left: 0, top: 0, ...history.state };
  const keep = () => history.replaceState({ ...state, focus: document.activeElement.id, left: scroll.scrollLeft, top: scroll.scrollTop }, "");

  const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  const sort = () => {
    heads.forEach((head, at) => head.setAttribute("aria-sort", at !== state.column ? "none" : state.down ? "descending" : "ascending"));
    if (state.column < 0) return;
    const compare = (one, other, at) => order.compare(one.cells[at].dataset.key, other.cells[at].dataset.key);
    const sign = state.down ? -1 : 1;
    body.append(...[...body.rows].sort((one, other) => sign * compare(one, other, state.column) || compare(one, other, 0)));
  };
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
  const filter = () => {
    const wanted = plain(state.find);
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !(plain(row.dataset.find).includes(wanted)
        && (!state.group || row.dataset.group === state.group) && (!state.stuck || row.dataset.stuck));
      shown += !row.hidden;
    }
    by("count").textContent = by("count").dataset.words.replace("0", shown);
  };
  const night = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => state.theme ? state.theme === "dark" : night.matches;
  const paint = () => {
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    by("theme").setAttribute("aria-pressed", dark());
  };
  const show = () => {
    paint();
    sort();
    filter();
  };
  const choose = (choice) => {
    Object.assign(state, choice);
    show();
    keep();
  };

  heads.forEach((head, at) => head.querySelector("button").addEventListener("click", () => {
    choose({ column: at, down: state.column === at && !state.down });
  }));
  tools.find.addEventListener("input", () => choose({ find: tools.find.value }));
  tools.group.addEventListener("change", () => choose({ group: tools.group.value }));
  tools.stuck.addEventListener("change", () => choose({ stuck: tools.stuck.checked }));
  by("theme").addEventListener("click", () => choose({ theme: dark() ? "light" : "dark" }));
  night.addEventListener("change", paint);
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (!button) return;
    by("about").querySelector("div").replaceChildren(by(button.dataset.for).content.cloneNode(true));
    by("about").showModal();
  });

  // The class may have other labs and groups than when these were chosen.
  if (!heads[state.column]) state.column = -1;
  tools.find.value = state.find;
  tools.group.value = state.group;
  if (tools.group.selectedIndex < 0) tools.group.value = state.group = "";
  tools.stuck.checked = state.stuck;
  show();
  scroll.scrollTo(state.left, state.top);
  by(state.focus)?.focus({ preventScroll: true });
  addEventListener("hashchange", keep);
  const seconds = Number(document.body.dataset.refresh);
  if (seconds) setInterval(() => {
    if (by("about").open) return;
    keep();
    location.reload();
  }, seconds * 1000);
})();
