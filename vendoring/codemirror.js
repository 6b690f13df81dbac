// The source editor: MJML and YAML, with findings shown in the margin.
export { EditorView, basicSetup } from "codemirror";
export { EditorState, Compartment } from "@codemirror/state";
export { keymap } from "@codemirror/view";
export { indentWithTab } from "@codemirror/commands";
export { autocompletion } from "@codemirror/autocomplete";
export { html } from "@codemirror/lang-html";
export { yaml } from "@codemirror/lang-yaml";
export { linter, lintGutter, setDiagnostics } from "@codemirror/lint";
