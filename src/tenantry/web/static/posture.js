// Finding among many choices, and saying what came of a connection test.
import { toast } from "./app.js";

function narrow(input) {
  const words = input.value.trim().toLowerCase();
  const box = document.getElementById(input.dataset.picks);
  for (const pick of box.querySelectorAll("[data-pick]")) {
    pick.hidden = !pick.querySelector("input").checked && !pick.textContent.toLowerCase().includes(words);
  }
  for (const group of box.querySelectorAll("[data-pick-group]")) group.hidden = !group.querySelector("[data-pick]:not([hidden])");
}

function count() {
  for (const place of document.querySelectorAll("[data-picked-of]")) {
    const chosen = document.querySelectorAll(`#${place.dataset.pickedOf} input:checked`).length;
    place.textContent = chosen ? `${chosen} chosen.` : "";
  }
}

function tell() {
  for (const place of document.querySelectorAll("[data-toast]")) {
    toast(place.textContent.trim(), place.dataset.tone);
    place.remove();
    const address = new URL(location.href);
    address.searchParams.delete("testing");
    history.replaceState(null, "", address);
  }
}

document.addEventListener("input", ({ target }) => { if (target.dataset?.picks) narrow(target); });
document.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.dataset?.picks) event.preventDefault(); });
document.addEventListener("change", count);
document.addEventListener("htmx:after:swap", tell);
count();
tell();
