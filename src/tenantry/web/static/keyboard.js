// Keys: / filters, j and k move, Enter opens, x selects, g and a letter goes, ? lists, Esc closes (the browser does).

const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("tbody tr[data-row]")];
let waiting = false;

function move(step) {
  const all = rows();
  const here = all.indexOf(document.activeElement?.closest?.("tr[data-row]"));
  const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function filter() {
  const field = document.querySelector("[data-filter]");
  field?.focus();
  field?.select();
}

function go(letter) {
  const places = [...document.querySelectorAll(".rail a[data-place]")];
  places.find((place) => place.dataset.place.toLowerCase().startsWith(letter))?.click();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": filter,
  "?": () => document.getElementById("keys")?.showModal(),
  x: () => document.activeElement?.querySelector("input[type=checkbox]")?.click(),
  Enter: () => document.activeElement?.querySelector("a")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (waiting) {
    waiting = false;
    go(event.key.toLowerCase());
    return;
  }
  waiting = event.key === "g";
  const onRow = document.activeElement?.matches("tr[data-row]");
  if (["x", "Enter"].includes(event.key) && !onRow) return;
  if (!keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
