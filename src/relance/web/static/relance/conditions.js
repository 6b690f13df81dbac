// The condition builder: groups and lines over a hidden input that always holds the condition as JSON.
"use strict";
import { Controls, button, cross, h, icon, select, word } from "./conditions-controls.js";
import { copied, firstTests, group, grow, newLeaf, parentOf, touch, touchAll, unchosen, writeAll } from "./conditions-tree.js";

const EVENTS = ["done", "silent"];

class Builder {
  constructor(element) {
    this.element = element;
    this.input = element.querySelector("input[type=hidden]");
    this.known = JSON.parse(element.dataset.config);
    this.sentences = JSON.parse(element.dataset.sentences || "{}");
    this.known.field = (name) => this.known.fields.find((one) => one.name === name);
    this.words = this.known.words;
    this.controls = new Controls(this.known, (node) => this.changed(node), (node, focus) => this.reshaped(node, focus));
    this.root = grow(JSON.parse(this.input.value || "{}"), this.known);
    this.frame = h("div", { class: "condition-frame" });
    element.append(this.frame);
    // A button that its own click took off the page is nobody else's business: htmx would look for its form.
    element.addEventListener("click", (event) => { if (!event.target.isConnected) event.stopPropagation(); });
    this.draw();
  }

  changed(node) { if (node) touch(node); this.save(); }
  reshaped(node, focus) { this.changed(node); this.draw(focus); }

  save() {
    const text = JSON.stringify(writeAll(this.root));
    if (text === this.input.value) return;
    this.input.value = text;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    this.element.dispatchEvent(new CustomEvent("condition-change", { bubbles: true }));
  }

  put(data, said = false) {
    this.root = grow(data, this.known);
    if (said) this.save(); else this.input.value = JSON.stringify(writeAll(this.root));
    this.draw();
  }

  // `focus`: the control to go to; null for none; by default the one that had it.
  draw(focus) {
    const kept = focus !== undefined ? focus : (this.frame.contains(document.activeElement) ? document.activeElement.dataset.key : null);
    this.frame.replaceChildren(this.group(this.root, null));
    if (kept) this.frame.querySelector(`[data-key="${CSS.escape(kept)}"]`)?.focus();
  }

  // -- groups -------------------------------------------------------------------------------------------------------

  group(node, parent) {
    const { words } = this, key = `${node.id}`, mode = node.denied ? (node.mode === "any" ? "none" : "not_all") : node.mode;
    const pick = select(`${key}.mode`, words.group, ["all", "any", "none", "not_all"].map((name) => [name, words[name]]), mode, (name) => {
      node.denied = name === "none" || name === "not_all";
      node.mode = name === "any" || name === "none" ? "any" : "all";
      node.bare = false;
      this.reshaped(null);
    });
    const lines = node.parts.map((part) => h("li", { class: part.kind === "group" ? "condition-inner" : "condition-line" }, part.kind === "group" ? this.group(part, node) : this.line(part, node)));
    return h("div", { class: parent ? "condition-group" : "condition-group condition-root", role: "group", "aria-label": words[mode] },
      h("div", { class: "condition-head" }, word(parent ? words.inner_group : words.group), pick, parent ? this.menu(node, parent) : null),
      lines.length ? h("ul", { class: "condition-parts" }, lines) : h("p", { class: "hint condition-empty" }, parent ? words.empty_group : words.empty),
      h("div", { class: "condition-add" }, button(`${key}.line`, words.add, "plus", () => this.add(node, unchosen())),
        button(`${key}.group`, words.add_group, "layout-list", () => this.add(node, group(node.mode === "all" ? "any" : "all", [unchosen()])), "btn btn-sm btn-ghost-secondary")));
  }

  add(node, part) {
    node.parts.push(part);
    if (node.parts.length > 1) node.bare = false;
    this.reshaped(null, `${(part.parts?.[0] ?? part).id}.what`);
  }

  // -- lines --------------------------------------------------------------------------------------------------------

  line(node, parent) {
    const { words } = this;
    const not = h("button", { type: "button", class: "condition-not", "data-key": `${node.id}.not`, "aria-pressed": String(node.denied), title: words.not_hint, onclick: () => { node.denied = !node.denied; this.reshaped(null); } }, words.not);
    const asked = node.kind === "source" ? this.source(node) : [this.what(node), ...this.asked(node)];
    return h("div", { class: node.denied ? "condition-row condition-denied" : "condition-row" }, not, h("div", { class: "condition-asked" }, asked), this.menu(node, parent));
  }

  // What the controls do not know: its sentence where the server told it, what is written, and where to change it.
  source(node) {
    const text = JSON.stringify(node.data), said = this.sentences[text];
    return [h("span", { class: "condition-said" }, said ?? this.words.written), h("code", { class: "condition-source" }, text), h("span", { class: "hint" }, this.words.kept)];
  }

  what(node) {
    const { words, known } = this, chosen = { event: "done", silent: "silent", new: "" }[node.kind] ?? this.choiceOf(node);
    const option = ([value, label]) => h("option", { value, selected: value === chosen }, label);
    const lists = Object.entries(known.groups).map(([name, label]) => {
      const options = name === "events" ? [["done", words.done], ["silent", words.silent]]
        : name === "attributes" ? (known.attributes ? [...known.attributes.map((one) => [`attributes.${one}`, one]), ["attribute", `${words.attribute}…`]] : [])
        : known.fields.filter((field) => field.group === name).map((field) => [field.name, field.label]);
      return options.length ? h("optgroup", { label }, options.map(option)) : null;
    });
    return h("select", { class: "form-select condition-what", "data-key": `${node.id}.what`, "aria-label": words.what, onchange: (e) => this.replace(node, e.target, e.target.value) },
      chosen === "" ? h("option", { value: "", selected: true }, words.choose) : null, lists);
  }

  choiceOf(node) {
    if (!node.field.startsWith("attributes.")) return node.field;
    return this.known.attributes?.includes(node.field.slice(11)) ? node.field : "attribute";
  }

  // The list that was just used stays in place, so that typing the beginning of a word goes on in it.
  replace(node, list, choice) {
    if (!choice) return;
    const leaf = choice.startsWith("attributes.") ? { ...newLeaf("attribute", this.known), field: choice } : newLeaf(choice, this.known);
    const kept = { id: node.id, denied: node.denied, ...(EVENTS.includes(choice) && node.types ? { types: node.types } : {}) };
    for (const name of Object.keys(node)) delete node[name];
    Object.assign(node, leaf, kept);
    while (list.nextSibling) list.nextSibling.remove();
    list.parentElement.append(...this.asked(node).flat().filter(Boolean));
    this.changed(node);
  }

  asked(node) {
    if (node.kind === "field") return this.field(node);
    if (node.kind === "event") return this.event(node);
    return node.kind === "silent" ? this.silence(node) : [];
  }

  field(node) {
    const { known, words, controls } = this, key = `${node.id}.test`;
    if (node.field.startsWith("attributes.")) return [this.choiceOf(node) === "attribute" ? this.attribute(node) : null, controls.kind(`${node.id}.kind`, node, node), ...controls.tests(key, node, node.tests, node.valueKind)];
    const spec = known.field(node.field), unit = spec.unit === "money" ? words.money : spec.unit ? words[spec.unit] : "";
    const hint = spec.hint ? h("span", { class: "hint condition-hint" }, spec.hint) : null;
    return [...controls.tests(key, node, node.tests, node.valueKind, { choices: spec.values, closed: spec.closed, known: spec.known, unit }), hint];
  }

  attribute(node) {
    const { words } = this;
    return h("input", { class: "form-control condition-text", "data-key": `${node.id}.attribute`, "aria-label": words.attribute_name, placeholder: words.attribute_name, required: true, value: node.field.slice(11),
      oninput: (e) => { node.field = `attributes.${e.target.value.trim()}`; this.changed(node); } });
  }

  types(node) { return this.controls.chips(`${node.id}.types`, node, node.types, { choices: this.known.events.map((one) => [one.name, one.label]), closed: true, label: this.words.event }); }

  silence(node) { return [this.types(node), word(this.words.silence_for), ...this.controls.duration(`${node.id}.time`, node, node.time)]; }

  event(node) {
    const { words, controls } = this, key = `${node.id}`;
    const window = select(`${key}.window`, words.window, [["any", words.any_time], ["last", words.in_last]], node.within ? "last" : "any", (name) => { node.within = name === "last" ? { count: 6, unit: "month" } : null; this.reshaped(node); });
    const more = [];
    if (node.count === null) more.push(button(`${key}.addcount`, words.add_count, "plus", () => { node.count = [["gte", 2]]; this.reshaped(node, `${key}.count.0.operator`); }, "btn btn-sm btn-link condition-more"));
    more.push(button(`${key}.addwhere`, words.add_where, "plus", () => { node.where.push({ name: this.unused(node), valueKind: "text", tests: firstTests("text") }); if (node.where.at(-1).name === "amount") Object.assign(node.where.at(-1), { valueKind: "number", tests: firstTests("number") }); this.reshaped(node, `${key}.where${node.where.length - 1}.name`); }, "btn btn-sm btn-link condition-more"));
    if (node.same === null) more.push(button(`${key}.addsame`, words.add_same, "plus", () => { node.same = "product"; this.reshaped(node, `${key}.same`); }, "btn btn-sm btn-link condition-more"));
    return [this.types(node), window, ...(node.within ? controls.duration(`${key}.within`, node, node.within) : []), ...this.count(node), ...node.where.map((one, index) => this.where(node, one, index)), ...this.same(node), h("span", { class: "condition-options" }, more)];
  }

  unused(node) { return Object.keys(this.known.properties).find((name) => !node.where.some((one) => one.name === name)) ?? ""; }

  count(node) {
    if (node.count === null) return [];
    const { words } = this, key = `${node.id}.count`;
    return [h("span", { class: "condition-part" }, word(words.count), ...this.controls.tests(key, node, node.count, "number").filter(Boolean), cross(`${key}.drop`, `${words.remove}: ${words.count}`, () => { node.count = null; this.reshaped(node, `${node.id}.addcount`); }))];
  }

  where(node, one, index) {
    const { words, controls } = this, key = `${node.id}.where${index}`;
    const named = controls.property(`${key}.name`, words.property, one.name, (name) => {
      one.name = name;
      if (name === "amount" && one.valueKind !== "number") { one.valueKind = "number"; one.tests = firstTests("number"); }
      this.reshaped(node, `${key}.name`);
    });
    const kind = one.name === "amount" ? null : controls.kind(`${key}.kind`, node, one);
    return h("span", { class: "condition-part" }, word(words.where), named, kind, ...controls.tests(key, node, one.tests, one.valueKind).filter(Boolean), cross(`${key}.dropwhere`, `${words.remove}: ${words.where}`, () => { node.where.splice(index, 1); this.reshaped(node, `${node.id}.addwhere`); }));
  }

  same(node) {
    if (node.same === null) return [];
    const { words, controls } = this, key = `${node.id}.same`;
    const named = controls.property(key, words.same, node.same, (name) => { node.same = name; this.reshaped(node, key); });
    return [h("span", { class: "condition-part" }, word(words.same), named, cross(`${key}.drop`, `${words.remove}: ${words.same}`, () => { node.same = null; this.reshaped(node, `${node.id}.addsame`); }))];
  }

  // -- moving -------------------------------------------------------------------------------------------------------

  menu(node, parent) {
    const { words } = this, place = parent.parts.indexOf(node), above = parentOf(this.root, parent.id);
    const act = (name, label, sign, possible, work) => h("button", { type: "button", class: "condition-act", "data-act": name, disabled: !possible, onclick: () => { work(); this.reshaped(null, `${node.id}.menu`); } }, icon(sign), label);
    return h("details", { class: "condition-menu" }, h("summary", { "data-key": `${node.id}.menu`, "aria-label": words.actions, title: words.actions }, icon("dots-vertical")), h("div", { class: "condition-acts" },
      act("up", words.up, "arrow-up", place > 0, () => this.move(node, parent, place - 1)),
      act("down", words.down, "arrow-down", place < parent.parts.length - 1, () => this.move(node, parent, place + 1)),
      act("indent", words.indent, "arrow-right", true, () => { parent.parts[place] = group("any", [node]); }),
      act("outdent", words.outdent, "arrow-left", above !== null, () => this.outdent(node, parent, above)),
      act("duplicate", words.duplicate, "copy", true, () => { parent.parts.splice(place + 1, 0, copied(node)); parent.bare = false; }),
      act("remove", words.remove, "trash", true, () => { parent.parts.splice(place, 1); })));
  }

  move(node, parent, place) { parent.parts.splice(parent.parts.indexOf(node), 1); parent.parts.splice(place, 0, node); }

  outdent(node, parent, above) {
    parent.parts.splice(parent.parts.indexOf(node), 1);
    above.parts.splice(above.parts.indexOf(parent) + 1, 0, node);
    above.bare = false;
    if (!parent.parts.length) above.parts.splice(above.parts.indexOf(parent), 1);
  }
}

function mount(root) {
  const found = [...(root.matches?.("[data-condition-builder]") ? [root] : []), ...root.querySelectorAll("[data-condition-builder]")];
  for (const element of found) {
    if (element.builder) continue;
    const builder = new Builder(element);
    element.builder = builder;
    Object.defineProperty(element, "condition", { get: () => writeAll(builder.root), set: (data) => builder.put(data) });
    Object.defineProperty(element, "sentences", { set: (known) => { builder.sentences = known; } });
    element.rewritten = (data) => { const root = grow(data, builder.known); touchAll(root); return writeAll(root); };
  }
}

mount(document);
document.addEventListener("htmx:afterSwap", (event) => mount(event.detail.target));
document.addEventListener("htmx:oobAfterSwap", (event) => mount(event.detail.target));
document.addEventListener("htmx:load", (event) => mount(event.detail.elt)); // outerHTML: the target above is the part that left
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".condition-menu[open]")) if (!open.contains(event.target)) open.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.(".condition-menu[open]");
  if (open) { open.removeAttribute("open"); open.querySelector("summary").focus(); }
});
