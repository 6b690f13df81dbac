// Files on their way in: dropped or chosen, their size shown, their progress drawn. Without this script the form still works.
"use strict";
function megabytes(size, unit) {
  const language = document.documentElement.lang;
  return new Intl.NumberFormat(language, { maximumFractionDigits: size < 1e8 ? 1 : 0 }).format(size / 1e6) + "\u00a0" + unit;
}
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]"), said = form.querySelector("[data-size]"), bar = form.querySelector("progress");
  const failed = form.querySelector("[data-failed]"), button = form.querySelector("button");
  const name = () => { const file = input.files[0]; said.textContent = file ? `${file.name} · ${megabytes(file.size, said.dataset.unit)}` : ""; button.disabled = !file; };
  name(); window.addEventListener("pageshow", name);
  input.addEventListener("change", name);
  for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; name(); } });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !input.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    const fail = () => { failed.hidden = false; bar.hidden = true; button.disabled = false; };
    request.upload.addEventListener("progress", (sent) => { if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total; });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL) { window.location.assign(request.responseURL); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main .lead");
      if (page) failed.textContent = page.textContent;
      fail();
    });
    request.addEventListener("error", fail);
    failed.hidden = true; bar.hidden = false; bar.value = 0; button.disabled = true;
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}
