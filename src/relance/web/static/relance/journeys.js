// The tree editor: selection, keyboard, the menu of the "+", drag and drop; and the source with what is said of it in the margin.
"use strict";
(() => {
  const bench = () => document.getElementById("workbench");
  const faces = () => [...document.querySelectorAll(".is-editable [data-position]")];
  const panel = () => document.getElementById("panel");
  const menu = () => document.getElementById("add-step");
  let returnTo = null; // what had the focus when the "+" menu opened

  // --- selection --------------------------------------------------------------------------------------------------
  function mark() {
    const chosen = panel();
    if (!chosen || !bench()) return;
    for (const face of faces()) {
      const same = face.dataset.position === chosen.dataset.step && (face.dataset.arm ?? "") === chosen.dataset.arm;
      (face.classList.contains("arm-label") ? face : face.closest(".node")).classList.toggle("is-chosen", same);
      if (same) face.setAttribute("aria-current", "true"); else face.removeAttribute("aria-current");
    }
  }
  function shown(root) {
    for (const part of root.querySelectorAll("[data-shown-for]")) {
      const [name, values] = part.dataset.shownFor.split(":");
      const field = part.closest("form").elements[name];
      part.hidden = !!field && !values.split(",").includes(field.value);
    }
  }
  // The published version's figures come once; each change of the tree puts them on the cards that are still there.
  function counted() {
    const known = document.querySelector("[data-counts]")?.content;
    if (!known) return;
    for (const room of document.querySelectorAll("[data-counts-of]"))
      room.replaceChildren(...(known.querySelector(`[data-of="${room.dataset.countsOf}"]`)?.cloneNode(true).childNodes ?? []));
  }
  function fresh() {
    mark();
    counted();
    if (panel()) shown(panel());
    for (const field of document.querySelectorAll("[data-revision]:not(#workbench)")) if (bench()) field.value = bench().dataset.revision;
  }
  function focusOn(position, arm) {
    const face = faces().find((f) => f.dataset.position === position && (f.dataset.arm ?? "") === (arm ?? ""));
    if (face) { face.focus({ preventScroll: true }); face.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    return !!face;
  }
  // A way moved from the panel keeps the focus on its arrows: on the one pressed, unless it can go no further.
  let pressed = 0;
  function focusOnMove(way) {
    const arrows = [...panel().querySelectorAll(`[data-way="${way}"]`)];
    const arrow = arrows[pressed]?.disabled === false ? arrows[pressed] : arrows.find((a) => !a.disabled);
    arrow?.focus();
    return !!arrow;
  }
  document.addEventListener("click", (event) => {
    const arrow = event.target.closest("[data-way]");
    if (arrow) pressed = [...arrow.parentElement.children].indexOf(arrow);
  });
  document.addEventListener("DOMContentLoaded", () => { fresh(); if (panel()?.classList.contains("open") && panel().dataset.step) focusOn(panel().dataset.step); });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target, swapped = event.detail.elt;
    if (swapped?.id === "panel" || target?.id === "panel") {
      const now = panel();
      now.classList.add("open");
      if (window.matchMedia("(max-width: 74rem)").matches) now.focus({ preventScroll: true });
    }
    fresh();
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!bench() || !bench().dataset.focus || document.activeElement !== document.body) return;
    const way = bench().dataset.focusWay, moved = way && panel()?.classList.contains("open") && focusOnMove(way);
    if (!moved) focusOn(bench().dataset.focus, way);
    bench().dataset.focus = "";
  });
  document.addEventListener("change", (event) => { if (panel()?.contains(event.target)) shown(panel()); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-panel-close]")) close();
    const plus = event.target.closest(".plus");
    if (plus) open(plus.dataset.place, plus);
    if (event.target === menu()) menu().close();
    for (const more of document.querySelectorAll(".menu-more[open]")) if (!more.contains(event.target)) more.open = false;
  });
  function close() {
    const step = panel().dataset.step;
    panel().classList.remove("open");
    focusOn(step);
  }

  // --- the menu of the "+" ----------------------------------------------------------------------------------------
  function open(place, near) {
    const box = menu();
    if (!box) return;
    box.querySelector("[name=place]").value = place;
    returnTo = near;
    box.showModal();
    const at = near.getBoundingClientRect(), size = box.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - size.width / 2), window.innerWidth - size.width - 8);
    const top = at.bottom + size.height + 8 < window.innerHeight ? at.bottom + 6 : Math.max(8, at.top - size.height - 6);
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
    box.querySelector(".add-kind").focus();
  }
  document.addEventListener("htmx:beforeRequest", (event) => { if (menu()?.contains(event.target)) menu().close(); });
  document.addEventListener("close", (event) => { if (event.target === menu() && returnTo?.isConnected) returnTo.focus(); }, true);

  // --- keyboard ---------------------------------------------------------------------------------------------------
  function post(values, path) {
    const at = bench();
    return window.htmx.ajax("POST", path ?? at.dataset.change, { source: at, target: at, swap: "outerHTML", values: { ...values, revision: at.dataset.revision } });
  }
  function near(face, key) {
    const all = faces();
    if (key === "ArrowDown" || key === "ArrowUp") return all[all.indexOf(face) + (key === "ArrowDown" ? 1 : -1)];
    const here = face.getBoundingClientRect(), right = key === "ArrowRight";
    const beside = all.filter((f) => { const r = f.getBoundingClientRect(); return right ? r.left > here.right : r.right < here.left; });
    const far = (f) => { const r = f.getBoundingClientRect(); return Math.abs(r.top - here.top) * 3 + Math.abs(r.left - here.left); };
    return beside.sort((a, b) => far(a) - far(b))[0];
  }
  document.addEventListener("keydown", (event) => {
    if (!bench()) return;
    const writing = event.target.closest("input, select, textarea, dialog, [contenteditable]");
    if ((event.ctrlKey || event.metaKey) && !writing && event.key.toLowerCase() === "z") {
      event.preventDefault();
      const way = event.shiftKey ? "redo" : "undo", button = document.getElementById(way);
      if (button && !button.disabled) post({ way }, bench().dataset.turn);
      return;
    }
    if (event.key === "Escape" && panel()?.classList.contains("open") && !menu()?.open) { close(); return; }
    const face = event.target.closest("[data-position]");
    if (!face || writing) return;
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      const to = event.key === "ArrowUp" ? face.dataset.up : face.dataset.down;
      if (to && face.dataset.arm) post({ act: "arm-move", position: face.dataset.position, arm: face.dataset.arm, to });
      else if (to) post({ act: "move", position: face.dataset.position, to });
    } else if (event.key.startsWith("Arrow")) {
      const next = near(face, event.key);
      if (next) { event.preventDefault(); next.focus(); }
    } else if (event.key === "+") {
      event.preventDefault();
      const place = face.dataset.arm ? `${face.dataset.position}.${face.dataset.arm}.0` : face.dataset.position === "" ? "0" : face.dataset.below;
      if (place) open(place, face);
    } else if (event.key === "Delete" && face.dataset.position && !face.dataset.arm) {
      event.preventDefault();
      if (document.getElementById("sentence-delete") && window.confirm(document.getElementById("sentence-delete").content.textContent))
        post({ act: "delete", position: face.dataset.position });
    }
  });

  // --- drag and drop ----------------------------------------------------------------------------------------------
  let moved = null;
  document.addEventListener("dragstart", (event) => {
    const node = event.target.closest?.(".node[draggable]");
    if (!node) return;
    moved = node.querySelector("[data-position]").dataset.position;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", moved);
    node.classList.add("is-moved");
  });
  document.addEventListener("dragend", (event) => {
    moved = null;
    event.target.classList?.remove("is-moved");
    for (const link of document.querySelectorAll(".link.is-target")) link.classList.remove("is-target");
  });
  document.addEventListener("dragover", (event) => {
    const link = moved === null ? null : event.target.closest(".link[data-place]");
    for (const other of document.querySelectorAll(".link.is-target")) if (other !== link) other.classList.remove("is-target");
    if (link) { event.preventDefault(); link.classList.add("is-target"); }
  });
  document.addEventListener("drop", (event) => {
    const link = moved === null ? null : event.target.closest(".link[data-place]");
    if (!link) return;
    event.preventDefault();
    post({ act: "move", position: moved, to: link.dataset.place });
  });

  // --- source -----------------------------------------------------------------------------------------------------
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form.source");
    if (!form || !window.codemirror) return;
    const { EditorView, basicSetup, EditorState, yaml, linter, lintGutter } = window.codemirror;
    const area = form.querySelector("textarea"), notes = document.getElementById("source-notes");
    const word = document.getElementById("word-line").content.textContent;
    const say = (problems) => notes.replaceChildren(...problems.map((p) => {
      const item = document.createElement("li"), text = document.createElement("span"), line = document.createElement("strong");
      item.className = `note-${p.level}`;
      line.textContent = `${word} ${p.line}`;
      text.append(line, ` ${p.sentence}`);
      item.append(text);
      return item;
    }));
    const checked = linter(async (view) => {
      const body = new FormData();
      body.set("text", view.state.doc.toString());
      const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
      const answer = await fetch(form.dataset.check, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (!answer.ok) return [];
      const { problems } = await answer.json();
      say(problems);
      return problems.map((p) => {
        const line = view.state.doc.line(Math.min(Math.max(1, p.line), view.state.doc.lines));
        return { from: line.from, to: line.to, severity: p.level, message: p.sentence };
      });
    }, { delay: 500 });
    const label = EditorView.contentAttributes.of({ "aria-label": form.querySelector("label").textContent });
    // In a shadow tree the editor's styles are adopted sheets, which the page's policy lets pass; a <style> it would not.
    const host = form.insertBefore(document.createElement("div"), area), root = host.attachShadow({ mode: "open" });
    host.className = "source-editor";
    const look = EditorView.theme({
      "&": { fontSize: "14px", minHeight: "26rem" }, "&.cm-focused": { outline: "2px solid #1f5f5b", outlineOffset: "-2px" },
      ".cm-scroller": { fontFamily: "ui-monospace, Menlo, Consolas, monospace", lineHeight: "1.55" },
      ".cm-gutters": { background: "#f5f7f5", color: "#566360", borderRight: "1px solid #dde4e0" },
    });
    const view = new EditorView({
      doc: area.value, parent: root, root,
      extensions: [basicSetup, yaml(), lintGutter(), checked, label, look, EditorView.lineWrapping, EditorState.readOnly.of(area.readOnly)],
    });
    area.hidden = true;
    form.addEventListener("submit", () => { area.value = view.state.doc.toString(); });
  });
})();
