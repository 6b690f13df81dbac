// The controls of the builder's lines: lists of values, numbers, durations, dates; each says what it is for.
"use strict";
import { firstTests, kindOf, operatorsOf } from "./conditions-tree.js";

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon"); svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/vendor/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function select(key, label, options, value, onpick) {
  const drawn = options.map(([name, text]) => h("option", { value: name, selected: name === value }, text));
  return h("select", { class: "form-select", "data-key": key, "aria-label": label, onchange: (e) => onpick(e.target.value) }, drawn);
}

export function button(key, label, name, onclick, look = "btn btn-sm") {
  return h("button", { type: "button", class: look, "data-key": key, onclick }, name ? icon(name) : null, label);
}

export function cross(key, label, onclick) {
  return h("button", { type: "button", class: "condition-cross", "data-key": key, "aria-label": label, title: label, onclick }, icon("x"));
}

function plus(key, label, onclick) {
  return h("button", { type: "button", class: "condition-cross condition-plus", "data-key": key, "aria-label": label, title: label, onclick }, icon("plus"));
}

function word(text) { return h("span", { class: "condition-word" }, text); }

// A list whose choice takes effect: by mouse or touch at once; by keyboard, where arrows and letters only look around,
// with Enter or on the way out.
function listened(list, onpick) {
  let looking = false;
  list.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && looking && list.value) { event.preventDefault(); onpick(list.value); }
    else looking = !(event.altKey || event.key === " " || event.key === "Enter" || event.key === "F4");
  });
  list.addEventListener("pointerdown", () => { looking = false; });
  list.addEventListener("change", () => { if (!looking && list.value) onpick(list.value); });
  list.addEventListener("blur", (event) => { if (looking && list.value && list.isConnected) onpick(list.value, event.relatedTarget?.dataset?.key ?? null); });
}

export class Controls {
  // `changed(node)` after a value moved, `reshaped(node)` after the line itself did.
  constructor(known, changed, reshaped) { Object.assign(this, { known, words: known.words, changed, reshaped }); }

  number(key, label, value, onnumber) {
    const read = (e) => onnumber(e.target.value === "" || Number.isNaN(e.target.valueAsNumber) ? null : e.target.valueAsNumber);
    return h("input", { type: "number", step: "any", class: "form-control condition-number", inputmode: "decimal", "data-key": key, "aria-label": label, required: true, value: value ?? "", oninput: read });
  }

  duration(key, node, value) {
    const units = Object.entries(this.known.units), words = this.words;
    const count = this.number(`${key}.count`, words.number, value.count, (n) => { value.count = n === null ? null : Math.max(0, Math.min(99999, Math.round(n))); this.changed(node); });
    count.step = "1"; count.min = "0";
    return [count, select(`${key}.unit`, words.unit, units, value.unit, (unit) => { value.unit = unit; this.changed(node); })];
  }

  // Values as labels one can take off, and a list or a field that adds one.
  chips(key, node, values, { choices, closed, label, known = {}, numbers = false }) {
    const { words } = this, named = new Map(choices ?? []);
    const drawn = values.map((value, index) => {
      const text = String(named.get(value) ?? known[value] ?? value);
      return h("span", { class: "condition-chip" }, h("span", {}, text), cross(`${key}.off${index}`, `${words.take_off} ${text}`, () => { values.splice(index, 1); this.reshaped(node, `${key}.add`); }));
    });
    const add = (texts, next = `${key}.add`) => { for (const text of texts) if (text !== "" && !values.includes(text)) values.push(text); this.reshaped(node, next); };
    return h("span", { class: "condition-chips" }, drawn, closed || choices?.length ? this.adder(key, label, choices ?? [], values, add) : this.typed(key, label, values, add, numbers, known));
  }

  adder(key, label, choices, values, add) {
    const left = choices.filter(([value]) => !values.includes(value));
    if (!left.length && values.length) return null;
    const list = select(`${key}.add`, label, [["", values.length ? this.words.more_values : this.words.choose], ...left], "", () => {});
    listened(list, (value, next) => add([value], next));
    return list;
  }

  typed(key, label, values, add, numbers, known) {
    const take = (field) => {
      const texts = field.value.split(/[,;]/).map((text) => text.trim()).filter(Boolean);
      if (texts.length) add(numbers ? texts.map(Number).filter((n) => !Number.isNaN(n)) : texts);
    };
    const list = Object.keys(known).length ? h("datalist", { id: `list-${key}` }, Object.entries(known).map(([value, text]) => h("option", { value }, text))) : null;
    const field = h("input", { class: "form-control condition-text", "data-key": `${key}.add`, "aria-label": label, placeholder: values.length ? this.words.more_values : this.words.type_value, autocomplete: "off",
      list: list ? list.id : null, onchange: (e) => take(e.target),
      onkeydown: (e) => { if (e.key === "Enter") { e.preventDefault(); take(e.target); } } });
    return [field, list];
  }

  // The comparisons of a field, a count or an event's property: `tests` is [[operator, value], …].
  tests(key, node, tests, kind, options = {}) {
    const { words } = this, several = kind === "number" || kind === "date";
    if (kind === "boolean") return [select(`${key}.value`, words.value, [["yes", words.yes], ["no", words.no]], tests[0][1] ? "yes" : "no", (v) => { tests[0][1] = v === "yes"; this.changed(node); })];
    const drawn = tests.flatMap(([name], index) => {
      const bound = [this.bound(`${key}.${index}`, node, tests, index, kind, options)].flat();
      const drop = () => { tests.splice(index, 1); this.reshaped(node, `${key}.0.operator`); };
      const ended = tests.length > 1 ? [h("span", { class: "condition-test" }, bound.filter(Boolean), cross(`${key}.drop${index}`, `${words.remove}: ${this.known.operators[name]}`, drop))] : bound;
      return [index ? word(words.and) : null, this.operator(`${key}.${index}`, node, tests, index, kind), ...ended];
    });
    const free = operatorsOf(kind).filter((name) => !tests.some(([used]) => used === name));
    if (several && tests[0][0] !== "in" && tests[0][0] !== "eq" && tests.length < 2)
      drawn.push(plus(`${key}.more`, words.add_comparison, () => { const name = opposite(tests[0][0], free); tests.push([name, emptyBound(name)]); this.reshaped(node, `${key}.1.operator`); }));
    return drawn;
  }

  operator(key, node, tests, index, kind) {
    const used = tests.map(([name]) => name), [name] = tests[index];
    let names = operatorsOf(kind).filter((one) => one === name || !used.includes(one));
    if (!names.includes(name)) names = [name, ...names];
    if (names.length < 2) return null;
    return select(`${key}.operator`, this.words.comparison, names.map((one) => [one, this.known.operators[one]]), name, (picked) => {
      tests[index] = [picked, keptBound(tests[index], picked, kind)];
      this.reshaped(node, `${key}.operator`);
    });
  }

  bound(key, node, tests, index, kind, options) {
    const [name, value] = tests[index], { words } = this, set = (v) => { tests[index][1] = v; this.changed(node); };
    if (name === "within" || name === "older_than") return this.duration(key, node, value);
    if (name === "in") return this.chips(key, node, value, { label: words.value, ...options, numbers: kind === "number" });
    if (kind === "number") return [this.number(`${key}.value`, words.value, value, set), options.unit ? word(options.unit) : null];
    if (kind === "date") return h("input", { type: "date", class: "form-control condition-date", "data-key": `${key}.value`, "aria-label": words.value, required: true, value: value ?? "", onchange: (e) => set(e.target.value || null) });
    if (options.choices?.length) return select(`${key}.value`, words.value, [["", words.choose], ...options.choices], value ?? "", set);
    return h("input", { class: "form-control condition-text", "data-key": `${key}.value`, "aria-label": words.value, required: true, value: value ?? "", oninput: (e) => set(e.target.value) });
  }

  // A property of an event: the usual ones by their words, any other by its name.
  property(key, label, value, onpick) {
    const known = Object.entries(this.known.properties), usual = value in this.known.properties;
    const list = select(key, label, [...known, ["", this.words.other]], usual ? value : "", onpick);
    if (usual) return [list];
    return [list, h("input", { class: "form-control condition-text", "data-key": `${key}.name`, "aria-label": label, required: true, value, onchange: (e) => onpick(e.target.value.trim()) })];
  }

  kind(key, node, holder) {
    const { words } = this, kinds = [["text", words.text], ["number", words.numeric], ["boolean", words.boolean]];
    return select(key, words.property_kind, kinds, holder.valueKind, (kind) => { holder.valueKind = kind; holder.tests = firstTests(kind); this.reshaped(node, key); });
  }
}

const opposite = (name, free) => ({ gte: "lte", gt: "lt", lte: "gte", lt: "gt", within: "older_than", older_than: "within", before: "after", after: "before" })[name] ?? free[0];
const emptyBound = (name) => (name === "within" || name === "older_than" ? { count: null, unit: "month" } : null);

// Keep what was typed when only the comparison changes.
function keptBound([old, value], picked, kind) {
  const timed = (name) => name === "within" || name === "older_than";
  if (timed(picked)) return timed(old) ? value : emptyBound(picked);
  if (picked === "in") return Array.isArray(value) ? value : value === null || value === "" ? [] : [value];
  if (kind === "date" && timed(old)) return null;
  return Array.isArray(value) ? value[0] ?? (kind === "number" || kind === "date" ? null : "") : value;
}

export { kindOf, word };
