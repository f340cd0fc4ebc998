// What lies above the page: dialogs and the drawer. <dialog> keeps the focus inside and gives it back.

const drawer = document.getElementById("drawer");

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  else if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  else if (event.target.matches?.("dialog[open]") && outside(event, event.target)) event.target.close();
});

function outside({ clientX, clientY }, dialog) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.id !== "drawer-body" && event.detail?.ctx?.target?.id !== "drawer-body") return;
  if (!drawer.open) drawer.showModal();
});
