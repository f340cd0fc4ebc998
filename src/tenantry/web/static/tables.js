// Row selection with its bulk bar, and the choice of columns.

const boxes = (form) => [...document.querySelectorAll(`tbody input[type=checkbox][form="${form}"]`)];

function count(form) {
  const bar = document.getElementById(form);
  const chosen = boxes(form).filter((box) => box.checked);
  if (!bar) return;
  bar.hidden = chosen.length === 0;
  bar.querySelector("[data-selected]").textContent = String(chosen.length);
  const all = document.querySelector(`[data-select-all="${form}"]`);
  if (!all) return;
  all.checked = chosen.length > 0 && chosen.length === boxes(form).length;
  all.indeterminate = chosen.length > 0 && !all.checked;
}

function setAll(form, on) {
  for (const box of boxes(form)) box.checked = on;
  count(form);
}

const stored = (table) => { try { return JSON.parse(localStorage.getItem(`columns:${table}`) ?? "[]"); } catch { return []; } };

function hide(name) {
  const hidden = new Set(stored(name));
  const table = document.querySelector(`[data-table="${name}"]`);
  table?.querySelectorAll("thead th").forEach((head, index) => {
    const gone = hidden.has(head.dataset.column);
    for (const row of table.rows) if (row.cells[index]) row.cells[index].hidden = gone;
  });
}

function choose(menu) {
  const name = menu.dataset.columnsOf;
  const hidden = [...menu.querySelectorAll("input")].filter((box) => !box.checked).map((box) => box.value);
  try { localStorage.setItem(`columns:${name}`, JSON.stringify(hidden)); } catch { /* for this page only */ }
  hide(name);
}

function prepare() {
  for (const menu of document.querySelectorAll("[data-columns-of]")) {
    const hidden = stored(menu.dataset.columnsOf);
    for (const box of menu.querySelectorAll("input")) box.checked = !hidden.includes(box.value);
    hide(menu.dataset.columnsOf);
  }
  for (const bar of document.querySelectorAll("[data-bulk]")) count(bar.id);
}

document.addEventListener("change", ({ target }) => {
  if (target.dataset.selectAll) setAll(target.dataset.selectAll, target.checked);
  else if (target.form?.matches("[data-bulk]")) count(target.form.id);
  else if (target.closest("[data-columns-of]")) choose(target.closest("[data-columns-of]"));
});
document.addEventListener("click", ({ target }) => {
  const bar = target.closest("[data-select-none]")?.form;
  if (bar) setAll(bar.id, false);
});
document.addEventListener("htmx:after:swap", prepare);
prepare();
