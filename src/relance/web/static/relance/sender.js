// The likeness of a sender in the inbox and at the foot of a mail follows what is written in its form.
"use strict";
(() => {
  const written = (field) => field.value.split(/\n+/).map((line) => line.trim()).filter(Boolean).join(", ");
  const apart = /^\s*[,;–-]\s*(?=\S)/;
  function afterName(text) {
    const name = document.getElementById("id_name")?.value.trim();
    if (!name || !text.toLowerCase().startsWith(name.toLowerCase())) return text;
    const rest = text.slice(name.length);
    return apart.test(rest) ? rest.replace(apart, "") : text;
  }
  function show(field) {
    const text = field.id === "id_postal_address" ? afterName(written(field)) : written(field);
    for (const part of document.querySelectorAll(`[data-shows="${field.id}"]`)) {
      part.dataset.usual ??= part.textContent;
      part.textContent = text ? (part.dataset.before ?? "") + text : part.dataset.before ? "" : part.dataset.usual;
    }
    for (const part of document.querySelectorAll(`[data-shows-first="${field.id}"]`)) {
      part.dataset.usual ??= part.textContent;
      part.textContent = text ? [...text][0].toUpperCase() : part.dataset.usual;
    }
  }
  document.addEventListener("input", (event) => { if (event.target.form) show(event.target); });
  for (const name of ["id_name", "id_address", "id_postal_address"]) {
    const field = document.getElementById(name);
    if (field?.value) show(field);
  }
})();
