// Ctrl-K: pages and the page's own actions at once; Microsoft tenants, people and the rest from the server's search.

const palette = document.getElementById("palette");
const input = palette?.querySelector("input");
const list = palette?.querySelector("ul");
let asked;

const known = () => [
  ...[...document.querySelectorAll(".rail a[data-place]")].map((link) => ({ label: link.dataset.place, href: link.href, kind: "Page" })),
  ...[...document.querySelectorAll("main .actions a.button")].map((link) => ({ label: link.textContent.trim(), href: link.href, kind: "Action" })),
];

function option({ label, href, kind }) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.dataset.href = href;
  const end = document.createElement("span");
  end.className = "kind";
  end.textContent = kind;
  const name = document.createElement("bdi");
  name.textContent = label;
  item.append(name, end);
  return item;
}

function select(item) {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === item));
  item?.scrollIntoView({ block: "nearest" });
  if (item) input.setAttribute("aria-activedescendant", item.id);
  else input.removeAttribute("aria-activedescendant");
}

function show(items) {
  list.replaceChildren(...items);
  [...list.children].forEach((item, index) => { item.id = `palette-${index}`; });
  select(list.firstElementChild);
}

async function search() {
  const words = input.value.trim().toLowerCase();
  const local = known().filter(({ label }) => label.toLowerCase().includes(words)).map(option);
  show(local);
  asked?.abort();
  if (words.length < 2 || !palette.dataset.search) return;
  asked = new AbortController();
  try {
    const answer = await fetch(`${palette.dataset.search}?q=${encodeURIComponent(words)}`, { signal: asked.signal, headers: { Accept: "application/json" } });
    if (answer.ok) show([...local, ...(await answer.json()).items.map(option)]);
  } catch (error) { if (error.name !== "AbortError") throw error; }
}

function move(step) {
  const items = [...list.children];
  const here = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  select(items[(here + step + items.length) % items.length]);
}

const open = (item) => { if (item) location.assign(item.dataset.href); };

function start() {
  palette.showModal();
  input.value = "";
  search();
}

if (palette) {
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") open(list.querySelector("[aria-selected=true]"));
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => open(event.target.closest("li")));
  document.addEventListener("click", (event) => { if (event.target.closest("[data-palette]")) start(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); start(); }
  });
}
