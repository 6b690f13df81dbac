// The tree behind the builder: from the condition as data (its YAML form) to nodes one can edit, and back.
// A line nobody touched is written back as it was; a form the controls do not know is kept and shown as source.
"use strict";

let last = 0;
const next = () => ++last;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const DURATION = /^\s*(\d{1,5})\s+(minute|hour|day|week|month|year)s?\s*$/;
const COMPARED = {
  number: ["eq", "not", "gt", "gte", "lt", "lte"], text: ["not"], choice: ["not"], names: [], boolean: [],
  date: ["within", "older_than", "before", "after"],
};

export const duration = (text) => { if (text === null) return { count: null, unit: "month" }; const m = DURATION.exec(text); return m ? { count: Number(m[1]), unit: m[2] } : null; };
const writtenDuration = (d) => d.count === null ? null : `${d.count} ${d.unit}${d.count === 1 ? "" : "s"}`;

// -- from data to nodes -------------------------------------------------------------------------------------------

export function grow(data, known) {
  const node = isObject(data) && Object.keys(data).length ? read(data, known) : group("all", []);
  if (node.kind === "group") return node;
  return { ...group("all", [node]), bare: true };
}

export function group(mode, parts) { return { id: next(), kind: "group", mode, parts, denied: false, bare: false, merged: false }; }

function read(data, known) {
  if (!isObject(data)) return source(data);
  if ("event" in data) return happened(data);
  if ("without" in data) return silent(data);
  const keys = Object.keys(data);
  if (keys.length !== 1) return keys.length ? { ...group("all", keys.map((key) => read({ [key]: data[key] }, known))), merged: true } : source(data);
  const [key] = keys, value = data[key];
  if (key === "all" || key === "any") return Array.isArray(value) ? group(key, value.map((part) => read(part, known))) : source(data);
  if (key === "not") return deny(read(value, known));
  return compared(key, value, known);
}

// A node carries one "not"; a second one takes a group around it.
function deny(node) {
  if (node.kind === "source") return source({ not: node.data });
  if (!node.denied) return { ...node, denied: true };
  return { ...group("all", [node]), bare: true, denied: true };
}

export const unchosen = () => ({ id: next(), kind: "new", denied: false });

function source(data) { return { id: next(), kind: "source", data, denied: false }; }

function happened(data) {
  const known = ["event", "count", "within", "where", "same"];
  const types = names(data.event), count = "count" in data ? comparisons(data.count, "number") : null;
  const within = "within" in data ? duration(data.within) : null;
  const where = "where" in data ? isObject(data.where) && Object.entries(data.where).map(([name, test]) => property(name, test)) : [];
  const odd = Object.keys(data).some((key) => !known.includes(key)) || !types || ("count" in data && !count) || ("within" in data && !within)
    || !where || where.some((one) => !one) || ("same" in data && typeof data.same !== "string");
  if (odd) return source(data);
  return { id: next(), kind: "event", types, count, within, where, same: data.same ?? null, denied: false, data };
}

function property(name, test) {
  const valueKind = name === "amount" ? "number" : kindOf(test);
  const tests = comparisons(test, valueKind);
  return tests && { name, valueKind, tests };
}

function silent(data) {
  const types = names(data.without), time = duration(data.for);
  if (!types || !time || Object.keys(data).length !== 2) return source(data);
  return { id: next(), kind: "silent", types, time, denied: false, data };
}

function compared(field, value, known) {
  const attribute = field.startsWith("attributes.");
  const spec = known.field(field);
  if (!spec && !(attribute && known.attributes)) return source({ [field]: value });
  const valueKind = attribute ? kindOf(value) : spec.kind === "text" && spec.closed ? "choice" : spec.kind;
  const tests = comparisons(value, valueKind);
  return tests ? { id: next(), kind: "field", field, valueKind, tests, denied: false, data: { [field]: value } } : source({ [field]: value });
}

function names(value) {
  const list = Array.isArray(value) ? value : [value];
  return list.every((name) => typeof name === "string") ? list : null;
}

export function kindOf(test) {
  const sample = isObject(test) ? Object.values(test)[0] : Array.isArray(test) ? test[0] : test;
  return typeof sample === "boolean" ? "boolean" : typeof sample === "number" ? "number" : "text";
}

// Comparisons as the controls show them: [operator, value] pairs; null where they do not know the form.
function comparisons(value, kind) {
  if (isObject(value)) {
    const pairs = Object.entries(value);
    if (!pairs.length || pairs.some(([name, bound]) => !COMPARED[kind].includes(name) || !fits(bound, kind, name))) return null;
    return pairs.map(([name, bound]) => [name, name === "within" || name === "older_than" ? duration(bound) : bound]);
  }
  if (kind === "date") return null;
  if (kind === "boolean") return typeof value === "boolean" ? [["in", value]] : null;
  if (kind === "number" && !Array.isArray(value)) return fits(value, kind) ? [["eq", value]] : null;
  const list = Array.isArray(value) ? value : [value];
  return list.every((item) => fits(item, kind)) ? [["in", list]] : null;
}

function fits(value, kind, name) {
  if (name === "within" || name === "older_than") return duration(value) !== null;
  if (value === null) return kind === "number" || kind === "date";  // not chosen yet
  if (kind === "number") return typeof value === "number";
  if (kind === "date") return /^\d{4}-\d{2}-\d{2}$/.test(value);
  return typeof value === "string";
}

// -- from nodes to data -------------------------------------------------------------------------------------------

export function write(node) {
  const data = node.kind === "group" ? writtenGroup(node) : node.data ?? writtenLeaf(node);
  return node.denied && data !== null ? { not: data } : data;
}

export function writeAll(root) { return root.parts.length ? write(root) : {}; }

function writtenGroup(node) {
  const parts = node.parts.map(write);
  if (node.bare && parts.length === 1) return parts[0];
  const keys = parts.flatMap((part) => Object.keys(part ?? {}));
  const mergeable = node.merged && node.mode === "all" && parts.length > 1 && parts.every((part) => part && Object.keys(part).length === 1)
    && new Set(keys).size === keys.length && !keys.includes("event") && !keys.includes("without");
  return mergeable ? Object.assign({}, ...parts) : { [node.mode]: parts };
}

function writtenLeaf(node) {
  if (node.kind === "field") return { [node.field]: writtenTests(node.tests, node.valueKind) };
  if (node.kind === "new") return null;
  if (node.kind === "silent") return { without: [...node.types], for: writtenDuration(node.time) };
  const data = { event: node.types.length === 1 ? node.types[0] : [...node.types] };
  if (node.count) data.count = writtenTests(node.count, "number");
  if (node.within) data.within = writtenDuration(node.within);
  if (node.where.length) data.where = Object.fromEntries(node.where.map((one) => [one.name, writtenTests(one.tests, one.valueKind)]));
  if (node.same !== null) data.same = node.same;
  return data;
}

function writtenTests(tests, kind) {
  const [[name, value]] = tests;
  if (name === "in") return Array.isArray(value) ? (value.length === 1 ? value[0] : [...value]) : value;
  if (tests.length === 1 && name === "eq") return value;
  const written = (one, bound) => (one === "within" || one === "older_than" ? writtenDuration(bound) : bound);
  return Object.fromEntries(tests.map(([one, bound]) => [one, written(one, bound)]));
}

// -- changing the tree --------------------------------------------------------------------------------------------

export function touch(node) { node.data = undefined; }

export function parentOf(root, id) {
  for (const part of root.parts) {
    if (part.id === id) return root;
    const found = part.kind === "group" ? parentOf(part, id) : null;
    if (found) return found;
  }
  return null;
}

export function copied(node) {
  const copy = structuredClone(node);
  const rename = (one) => { one.id = next(); if (one.kind === "group") one.parts.forEach(rename); };
  rename(copy);
  return copy;
}

export function touchAll(node) {  // every line is written anew from its controls: what the tests compare
  if (node.kind === "group") node.parts.forEach(touchAll); else if (node.kind !== "source") touch(node);
}

export function newLeaf(choice, known) {
  if (choice === "done") return { id: next(), kind: "event", types: [], count: null, within: { count: 6, unit: "month" }, where: [], same: null, denied: false };
  if (choice === "silent") return { id: next(), kind: "silent", types: [], time: { count: 12, unit: "month" }, denied: false };
  if (choice === "attribute") return { id: next(), kind: "field", field: "attributes.", valueKind: "text", tests: firstTests("text"), denied: false };
  const spec = known.field(choice);
  const valueKind = spec.kind === "text" && spec.closed ? "choice" : spec.kind;
  return { id: next(), kind: "field", field: choice, valueKind, tests: firstTests(valueKind), denied: false };
}

export function firstTests(kind) {
  if (kind === "number") return [["gte", null]];
  if (kind === "boolean") return [["in", true]];
  if (kind === "date") return [["within", { count: 6, unit: "month" }]];
  return [["in", []]];
}

export function operatorsOf(kind) { return { number: ["eq", "not", "gte", "lte", "gt", "lt"], text: ["in", "not"], choice: ["in", "not"] }[kind] ?? (COMPARED[kind].length ? COMPARED[kind] : ["in"]); }
