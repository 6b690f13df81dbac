// What every page needs: the menu on a phone, dialogs, confirmations, submit-on-change. No inline script anywhere.
"use strict";
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) {
    const target = document.getElementById(toggle.dataset.toggle);
    const open = target.classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
    return;
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) { document.getElementById(opener.dataset.dialog).showModal(); return; }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  for (const open of document.querySelectorAll("details.definition[open]"))
    if (!open.contains(event.target)) open.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.definition[open]")) open.removeAttribute("open");
});
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (!question || window.confirm(question)) return;
  event.preventDefault();
  if (!event.submitter) event.target.reset();  // sent by changing a field: it goes back to what it was
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // Refusals answer 422 with a fragment or a page of their own: show it rather than nothing.
  if (event.detail.xhr.status === 422) event.detail.shouldSwap = true;
});
// A request without an answer, or with one that is no notice of ours, is said at the top until the next one succeeds.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(name, (event) => {
    const box = document.getElementById("notices"), words = document.getElementById("sentence-unanswered");
    if (!box || !words || event.detail.xhr?.status === 422 || box.querySelector("[data-unanswered]")) return;
    box.append(words.content.cloneNode(true));
    box.scrollIntoView({ block: "nearest" });
  });
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.successful) document.querySelector("[data-unanswered]")?.remove();
});
// A part that renews itself keeps what a person has typed or opened in it; htmx keeps the focus, by id.
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
  for (const field of target.querySelectorAll("input[id]:not([type=hidden]), textarea[id]")) {
    const next = fragment.querySelector(`#${field.id}`);
    if (next && field.value !== field.defaultValue) next.value = field.value;
  }
  const before = target.querySelectorAll("details");
  fragment.querySelectorAll("details").forEach((box, n) => { if (before[n]?.open) box.open = true; });
});
// A table wider than its card scrolls by keyboard too.
function reachable(root) {
  for (const box of root.querySelectorAll(".table-responsive, .scrolls"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; else box.removeAttribute("tabindex");
}
document.addEventListener("DOMContentLoaded", () => reachable(document));
document.addEventListener("htmx:afterSwap", () => reachable(document));
window.addEventListener("resize", () => reachable(document));
// The tab of the page in view is seen, however many stand before it on a narrow screen.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const bar = tab.parentElement;
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.clientWidth) / 2;
}
