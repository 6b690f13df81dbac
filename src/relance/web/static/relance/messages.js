// The message editor: previews that follow the draft, values put at the cursor, blocks dragged, source with findings.
"use strict";
(() => {
  const body = document.body;
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  let target = null; // what a value is put into: the field or source the cursor was in last

  // ---- The gallery: a copy, or a starter
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog=new-template]");
    if (!opener) return;
    const origin = opener.dataset.origin, copied = $("#copied"), origins = $("#origins");
    copied.hidden = !origin;
    origins.hidden = Boolean(origin);
    if (origin) {
      $("[data-copied]").textContent = opener.dataset.title || origin.slice(5);
      $("input", copied).value = origin;
      $("input", copied).checked = true;
    } else $("input", origins).checked = true;
  });

  const desk = $("[data-desk]");
  if (!desk) return;
  const seen = $("#seen");
  const tell = () => body.dispatchEvent(new CustomEvent("seen-changed"));

  // ---- Frames: as wide as the screen they stand for, scaled to the room there is, as high as the mail
  function fit(frame) {
    const box = frame.parentElement, phone = box.classList.contains("frame-phone");
    const wide = phone ? 375 : 640, room = box.clientWidth, scale = Math.min(1, room / wide);
    const width = phone ? wide : Math.max(wide, room);
    frame.style.width = `${width}px`;
    frame.style.transform = `scale(${scale})`;
    frame.style.marginLeft = phone ? `${Math.max(0, (room - width * scale) / 2)}px` : "0";
    const inside = frame.contentDocument?.body;
    if (!inside) return;
    frame.style.height = "200px";
    const high = Math.max(240, inside.scrollHeight);
    frame.style.height = `${high}px`;
    box.style.height = `${Math.ceil(high * scale) + (phone ? 32 : 0)}px`;
    level();
  }
  // Two languages side by side: frames as high as the higher one.
  function level() {
    const boxes = all(".desk-both .frame-box");
    for (const box of boxes) box.style.minHeight = "";
    if (boxes.length < 2 || boxes[0].getBoundingClientRect().left === boxes[1].getBoundingClientRect().left) return;
    const highs = boxes.map((box) => box.offsetHeight);
    for (const box of boxes) box.style.minHeight = `${Math.max(...highs)}px`;
  }
  function choose(frame) {
    const inside = frame.contentDocument, open = $(".block-row.open");
    if (!inside) return;
    for (const old of all(".chosen", inside)) old.classList.remove("chosen");
    if (!open) return;
    const parts = all(`.block-${open.dataset.block}`, inside);
    for (const part of parts) part.classList.add("chosen");
    const pane = frame.closest(".viewer"), scale = frame.getBoundingClientRect().width / (frame.offsetWidth || 1);
    if (!parts.length || pane.scrollHeight <= pane.clientHeight) return;
    const at = frame.getBoundingClientRect().top + parts[0].getBoundingClientRect().top * scale - pane.getBoundingClientRect().top;
    if (at < 0 || at > pane.clientHeight - 80) pane.scrollTop += at - pane.clientHeight / 3;
  }
  function ready(frame) {
    const inside = frame.contentDocument;
    if (!inside?.body || frame.dataset.heard === inside.URL + inside.lastModified + frame.dataset.turn) return;
    frame.dataset.heard = inside.URL + inside.lastModified + frame.dataset.turn;
    inside.addEventListener("click", (event) => {
      event.preventDefault();
      const part = event.target.closest("[class*=' block-']");
      const name = part && /\bblock-(\w+)/.exec(part.className)?.[1];
      if (name) go(name);
    });
    fit(frame);
    choose(frame);
    for (const image of inside.images) image.addEventListener("load", () => fit(frame));
  }
  function address(frame) {
    const given = new URLSearchParams(new FormData(seen));
    given.delete("language");
    return `${frame.dataset.address}&${given}`;
  }
  function reload() {
    for (const frame of all("[data-frame]")) {
      frame.dataset.turn = String(Number(frame.dataset.turn || 0) + 1);
      frame.contentWindow.location.replace(`${address(frame)}&turn=${frame.dataset.turn}`);
    }
  }
  function device(name) {
    for (const one of all("[data-device]")) one.setAttribute("aria-pressed", String(one.dataset.device === name));
    for (const box of all(".frame-box")) box.className = `frame-box frame-${name}`;
    all("[data-frame]").forEach(fit);
  }
  if (window.innerWidth < 500 && !location.search.includes("device=")) device("phone");
  for (const frame of all("[data-frame]")) {
    frame.addEventListener("load", () => ready(frame));
    if (frame.contentDocument?.readyState === "complete") ready(frame);
  }
  window.addEventListener("resize", () => all("[data-frame]").forEach(fit));
  let waiting = 0;
  body.addEventListener("draft-changed", () => { clearTimeout(waiting); waiting = setTimeout(reload, 120); });
  body.addEventListener("seen-changed", reload);

  // ---- A block, from the preview, a finding or the outline
  function go(name) {
    show("write");
    const button = $(`#open-${name}`);
    if (!button) return;
    if (button.getAttribute("aria-expanded") !== "true") button.click();
    button.scrollIntoView({ block: "center" });
  }
  function show(side) {
    desk.dataset.shown = side;
    for (const one of all("[data-show]")) one.setAttribute("aria-pressed", String(one.dataset.show === side));
    all("[data-frame]").forEach(fit);
  }

  // ---- Values, put where the cursor was
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("[data-insert]")) target = event.target;
  });
  function insert(text) {
    if (target?.dispatch) return target.dispatch(target.state.replaceSelection(text)); // the source editor
    const field = target && document.getElementById(target.id);
    if (!field) return $("[data-insert]")?.focus();
    const at = field.selectionStart ?? field.value.length;
    field.setRangeText(text, at, field.selectionEnd ?? at, "end");
    typed(field);
  }
  function typed(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  function mark(field, kind) {
    const [from, to] = [field.selectionStart, field.selectionEnd], words = field.value.slice(from, to);
    const made = kind === "link" ? `[${words || "…"}]({{ shop.url }})`
      : kind === "list" ? (words || "…").split("\n").map((line) => `- ${line}`).join("\n") : `${kind}${words || "…"}${kind}`;
    field.setRangeText(made, from, to, "select");
    typed(field);
  }

  // ---- Subjects and pre-headers: how long they are
  function count(output) {
    const field = document.getElementById(output.dataset.count);
    const length = [...field.value.replace(/\{%.*?%\}|\{\{.*?\}\}/g, "")].length;
    output.textContent = `${length} / ${output.dataset.limit}`;
    output.classList.toggle("over", length > Number(output.dataset.limit));
  }
  const counts = () => all("[data-count]").forEach(count);
  document.addEventListener("input", (event) => { if (event.target.matches("[data-insert]")) counts(); });

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    let found;
    if ((found = hit("[data-variable]"))) { found.closest("dialog").close(); insert(found.dataset.variable); }
    else if ((found = hit("[data-person]"))) {
      const query = new URLSearchParams(location.search);
      if (found.dataset.person) query.set("person", found.dataset.person); else query.delete("person");
      location.search = query;
    } else if ((found = hit("[data-go]"))) go(found.dataset.go);
    else if (hit("[data-findings]")) { $("#findings").scrollIntoView({ block: "center" }); $("#findings").focus({ preventScroll: true }); }
    else if ((found = hit("[data-show]"))) show(found.dataset.show);
    else if ((found = hit("[data-mark]"))) mark($("textarea", found.closest(".prose")), found.dataset.mark);
    else if ((found = hit("[data-device]"))) device(found.dataset.device);
    else if ((found = hit("[data-dark]"))) {
      const dark = found.getAttribute("aria-pressed") !== "true";
      found.setAttribute("aria-pressed", String(dark));
      seen.elements.dark.value = dark ? "yes" : "";
      $(".dark-note").hidden = !dark;
      tell();
    } else if (hit("[data-dialog=test-send]"))
      for (const field of all("[data-copy]")) field.value = seen.elements[field.dataset.copy].value;
    for (const open of all("details.more[open], details.adder[open]")) if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-variant]")) { seen.elements.variant.value = event.target.value; tell(); }
    if (event.target.matches("[data-sender]")) {
      const query = new URLSearchParams(location.search);
      query.set("sender", event.target.value);
      location.search = query;
    }
    if (event.target.matches("[data-upload]")) bring(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, .cm-host");
    if (writing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    turn(event.shiftKey ? "#redo" : "#undo");
  });
  // A button that has only just come answers nothing yet: it is pressed once what is underway has settled.
  function turn(button) {
    if ($(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"))
      document.addEventListener("htmx:afterSettle", () => setTimeout(turn, 0, button), { once: true });
    else $(button)?.click();
  }

  // ---- Images brought from the person's own machine
  async function bring(input) {
    const field = document.getElementById(input.dataset.upload), said = $(`[data-upload-said="${input.dataset.upload}"]`);
    const form = new FormData();
    form.append("image", input.files[0]);
    const headers = JSON.parse(body.getAttribute("hx-headers"));
    const answer = await fetch("/messages/-/images", { method: "POST", body: form, headers });
    const found = await answer.json().catch(() => ({ problem: answer.statusText }));
    input.value = "";
    said.textContent = found.problem || "";
    if (!found.address) return;
    field.value = found.address;
    const width = $("[name=width]", field.form);
    if (width && field.name === "src") width.value = found.width;
    typed(field);
  }

  // ---- Blocks dragged to another place
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.("[data-block]");
    if (!row || event.target.closest("input, textarea")) return;
    dragged = row;
    row.classList.add("dragging");
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const row = dragged && event.target.closest?.("[data-block]");
    if (!row) return;
    event.preventDefault();
    for (const other of all(".block-row.over")) other.classList.remove("over");
    row.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const row = dragged && event.target.closest?.("[data-block]");
    if (!row || row === dragged) return;
    event.preventDefault();
    const [from, to] = [Number(dragged.dataset.position), Number(row.dataset.position)];
    const values = { act: "place", id: dragged.dataset.block, at: from < to ? to - 1 : to, language: seen.elements.language.value };
    htmx.ajax("POST", `/messages/${desk.dataset.name}/block`, { values, target: "#blocks", swap: "outerHTML" });
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragging");
    dragged = null;
    for (const other of all(".block-row.over")) other.classList.remove("over");
  });

  // ---- Source: in a shadow root, where the editor's styles are constructed and no inline style is needed
  const editors = new Map();
  function open(box) {
    const { EditorView, basicSetup, html, lintGutter } = codemirror, field = $("textarea", box);
    const host = document.createElement("div");
    host.className = "cm-host";
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".cm-editor{height:32rem;font-size:13px;background:#fff}.cm-scroller{font-family:ui-monospace,Menlo,Consolas,monospace}" +
      ".cm-editor .cm-line.cm-activeLine{background:transparent!important}");
    box.append(host);
    const view = new EditorView({
      doc: field.value, root, parent: root,
      extensions: [basicSetup, html(), lintGutter(), EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": box.previousElementSibling.textContent.trim() }),
        EditorView.updateListener.of((change) => {
          if (change.focusChanged && view.hasFocus) target = view;
          if (!change.docChanged) return;
          field.value = view.state.doc.toString();
          field.dispatchEvent(new Event("input", { bubbles: true }));
        })],
    });
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    view.scrollDOM.tabIndex = 0;
    box.classList.add("live");
    editors.set(box.dataset.source, view);
  }
  // Line numbers keep to their lines once the fonts are there and the screen has turned.
  function measure() {
    for (const view of editors.values()) view.requestMeasure();
  }
  document.fonts.ready.then(measure);
  window.addEventListener("resize", measure);
  function lint() {
    for (const [language, view] of editors) {
      const found = all(`#state li[data-language=${language}]`).filter((one) => Number(one.dataset.line));
      view.dispatch(codemirror.setDiagnostics(view.state, found.map((one) => {
        const line = view.state.doc.line(Math.min(Number(one.dataset.line), view.state.doc.lines));
        return { from: line.from, to: line.to, message: $("[data-sentence]", one).textContent,
          severity: one.classList.contains("finding-error") ? "error" : "warning" };
      })));
    }
  }
  function wake() {
    counts();
    for (const box of all("[data-source]:not(.live)")) if (window.codemirror) open(box);
    lint();
  }
  // The outline's words come with the state; a block that has gone meanwhile is passed over.
  function outline() {
    for (const words of $("#state [data-summaries]")?.content.children ?? [])
      document.getElementById(words.id)?.replaceWith(words.cloneNode(true));
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    counts();
    if (event.target.id === "state") outline();
    if (event.target.id === "writing") { editors.clear(); wake(); }
    lint();
    all("[data-frame]").forEach(choose);
  });
  wake();
})();
