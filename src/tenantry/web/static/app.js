// Small things that make the pages quicker to use. Everything can be read without them.

const root = document.documentElement;
const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* for this page only */ } };

function switchTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  remember("theme", root.dataset.theme);
}

function switchRail() {
  root.dataset.rail = root.dataset.rail === "narrow" ? "wide" : "narrow";
  remember("rail", root.dataset.rail);
}

function switchMenu(button) {
  const open = root.toggleAttribute("data-menu");
  button.setAttribute("aria-expanded", String(open));
}

export function toast(text, tone = "good") {
  const shown = document.createElement("div");
  shown.className = `toast ${tone}`;
  const words = document.createElement("span");
  words.textContent = text;
  shown.append(words);
  document.getElementById("toasts")?.append(shown);
  setTimeout(() => shown.remove(), 6000);
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast("Copied.");
  } catch { toast("The browser does not allow copying here.", "warning"); }
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-theme-switch]")) switchTheme();
  else if (on("[data-rail-switch]")) switchRail();
  else if (on("[data-menu-switch]")) switchMenu(on("[data-menu-switch]"));
  else if (on("[data-copy]")) copy(on("[data-copy]"));
  else if (on("[data-dismiss]")) on(".toast")?.remove();
  for (const menu of document.querySelectorAll("details.menu[open], details.tenant[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A typed confirmation arms its button; the server checks the word again.
for (const input of document.querySelectorAll("[data-confirm-word]")) {
  const button = input.form?.querySelector("[data-confirmed]");
  const judge = () => { if (button) button.disabled = input.value.trim() !== input.dataset.confirmWord; };
  input.addEventListener("input", judge);
  judge();
}

// What was done is said once: reloading or sharing the address does not say it again.
const address = new URL(location.href);
if (address.searchParams.has("done")) {
  address.searchParams.delete("done");
  history.replaceState(null, "", address);
}

document.addEventListener("toast", ({ detail }) => toast(detail.text ?? detail.value ?? String(detail), detail.tone));
document.addEventListener("htmx:response:error", () => toast("The server refused this. Reload the page to see why.", "bad"));
document.addEventListener("htmx:error", () => toast("The server did not answer.", "warning"));
