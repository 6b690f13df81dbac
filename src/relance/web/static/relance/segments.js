// The segment's editor: builder and YAML in step, the live count after a short rest of the hands.
import "./conditions.js";

const form = document.getElementById("editor");
const field = (name) => form.elements.namedItem(name);
const builder = form.querySelector("[data-condition-builder]");
const preview = document.getElementById("preview"), problems = document.getElementById("yaml-problems");
const lineWord = document.getElementById("line-word").content.textContent, leaveWord = document.getElementById("leave-word").content.textContent;
let resting, editor, asked = 0;

function countAgain() {
  clearTimeout(resting);
  stale(true);
  resting = setTimeout(() => htmx.trigger(preview, "count-again"), 350);
}

// What was counted before stays in sight, but pale, until the new count is there.
function stale(old) {
  for (const one of [preview, document.getElementById("mini")]) one.classList.toggle("segments-stale", old);
  document.getElementById("counting").classList.toggle("segments-waiting", old);
}

async function convert() {
  const body = new FormData(form), answer = await fetch(form.dataset.convert, { method: "POST", body, headers: { "X-CSRFToken": body.get("csrfmiddlewaretoken") } });
  if (!answer.ok || answer.redirected) return { problems: [{ line: 1, sentence: leaveWord }] };
  return answer.json();
}

// -- YAML ------------------------------------------------------------------------------------------------------------

// Inside a shadow root CodeMirror brings its style by script; in the page it would add a style element, which the policy forbids.
function openEditor() {
  const area = field("yaml");
  if (editor) return;
  const { EditorView, EditorState, basicSetup, yaml, lintGutter } = codemirror;
  const host = area.parentElement.insertBefore(document.createElement("div"), area), root = host.attachShadow({ mode: "open" });
  host.className = "segments-code";
  const changed = (update) => { if (update.docChanged) { area.value = update.state.doc.toString(); check(); countAgain(); } };
  const look = EditorView.theme({ "&": { fontSize: "14px", minHeight: "18rem" }, "&.cm-focused": { outline: "none" }, ".cm-scroller": { fontFamily: "ui-monospace, monospace" } });
  const extensions = [basicSetup, yaml(), lintGutter(), EditorView.lineWrapping, look, EditorView.contentAttributes.of({ "aria-label": "YAML" }), EditorView.updateListener.of(changed)];
  editor = new EditorView({ root, parent: root, state: EditorState.create({ doc: area.value, extensions }) });
  area.hidden = true;
}

function show(text) {
  field("yaml").value = text;
  if (editor) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
}

let checking;
function check() {
  clearTimeout(checking);
  checking = setTimeout(async () => {
    const turn = ++asked, found = await convert();
    if (turn === asked && field("view").value === "yaml") tell(found.problems ?? []);
  }, 350);
}

function tell(found) {
  problems.replaceChildren(...found.map((one) => { const row = document.createElement("div"); row.textContent = `${lineWord} ${one.line} · ${one.sentence}`; return row; }));
  if (!editor) return;
  const doc = editor.state.doc;
  const marks = found.map((one) => { const line = doc.line(Math.max(1, Math.min(doc.lines, one.line))); return { from: line.from, to: line.to, severity: "error", message: one.sentence }; });
  editor.dispatch(codemirror.setDiagnostics(editor.state, marks));
}

// -- the two views ---------------------------------------------------------------------------------------------------

async function turnTo(view) {
  if (field("view").value === view) return;
  clearTimeout(checking);
  asked++;
  const found = await convert();
  if (found.problems) { tell(found.problems); if (view === "builder") return; }
  field("view").value = view;
  for (const tab of form.querySelectorAll("[data-view]")) {
    const chosen = tab.dataset.view === view;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (found.problems) return;
  if (view === "yaml") { openEditor(); show(found.yaml); tell([]); }
  else {
    for (const name of ["title", "description", "title_words", "description_words"]) field(name).value = found[name];
    builder.sentences = found.sentences;
    builder.condition = found.condition;
  }
  countAgain();
}

for (const tab of form.querySelectorAll("[data-view]")) {
  tab.addEventListener("click", () => turnTo(tab.dataset.view));
  tab.addEventListener("keydown", async (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = [...form.querySelectorAll("[data-view]")].find((one) => one !== tab);
    other.focus();
    await turnTo(other.dataset.view);
  });
  tab.tabIndex = tab.getAttribute("aria-selected") === "true" ? 0 : -1;
}
form.addEventListener("condition-change", countAgain);
for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) preview.addEventListener(failed, () => stale(false));
preview.addEventListener("htmx:afterSwap", () => { stale(false); document.getElementById("mini").textContent = preview.querySelector(".segments-size")?.textContent.trim().replace(/[ \n\t]+/g, " ") ?? ""; });
form.addEventListener("submit", (event) => {
  const title = field("title");
  if (field("view").value === "builder" && !title.value.trim()) { event.preventDefault(); title.reportValidity(); title.focus(); }
});
if (field("view").value === "yaml") { openEditor(); check(); }
