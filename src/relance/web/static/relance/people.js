// Addresses without empty parameters: what is not asked is not said.
"use strict";
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-tidy]")) return;
  for (const field of event.target.elements)
    if (field.name && !field.value) field.disabled = true;
});
// Back to the list from the browser's memory: the fields work again.
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-tidy] :disabled")) field.disabled = false;
});
