// A scan under way: events while the connection holds, questions where it does not, and the results when it has ended.

const card = document.querySelector("[data-scan]");
const id = card?.dataset.scan;
const ENDED = new Set(["completed", "failed", "cancelled"]);
const ASK_EVERY = 2000;
let source;
let asking;

const number = (value) => Number(value).toLocaleString("en").replaceAll(",", "\u202f");

const COUNTS = ["passed", "failed", "errors", "manual", "not_applicable"];

function show(answer) {
  const told = { ...answer };
  // Nothing is judged before everything is collected: until then a count is not zero, but not known.
  if (COUNTS.every((name) => !told[name])) for (const name of COUNTS) told[name] = "–";
  for (const place of card.querySelectorAll("[data-show]")) {
    const value = told[place.dataset.show];
    if (value === undefined || value === null || value === "") continue;
    const text = typeof value === "number" ? number(value) : String(value);
    if (place.textContent !== text) place.textContent = text;
  }
  if (told.progress_percentage !== undefined) card.querySelector("[data-progress]").value = told.progress_percentage;
  if (ENDED.has(told.status)) end();
}

// The page of the same address shows the results.
function end() {
  source?.close();
  clearInterval(asking);
  location.reload();
}

function read(event) {
  card.querySelector("[data-connection]").textContent = "";
  clearInterval(asking);
  asking = undefined;
  show(JSON.parse(event.data));
}

async function ask() {
  try {
    const answer = await fetch(`/msp/cspm/scans/${id}/status`, { headers: { Accept: "application/json" } });
    if (answer.ok) show(await answer.json());
    else location.reload();
  } catch { card.querySelector("[data-connection]").textContent = "The connection is interrupted; the scan goes on."; }
}

function follow() {
  source = new EventSource(`/msp/cspm/stream/${id}`);
  source.addEventListener("progress", read);
  source.addEventListener("complete", (event) => { read(event); end(); });
  // The browser connects again by itself, unless the server refused; meanwhile, or then for good, we ask.
  source.addEventListener("error", () => { asking ??= setInterval(ask, ASK_EVERY); });
}

if (card) follow();
addEventListener("pagehide", () => source?.close());
