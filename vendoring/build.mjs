// Makes the vendored files and `manifest.json` (version, licence, SHA-256 of each); with --check compares and changes nothing.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here);
const check = process.argv[2] === "--check";
const target = process.argv.at(-1);
const made = check ? mkdtempSync(join(tmpdir(), "relance-vendored-")) : target;
mkdirSync(made, { recursive: true });

const about = (name) => JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
const entries = [];
const keep = (file, packages, content) => {
  if (content !== undefined) writeFileSync(join(made, file), content);
  const bytes = readFileSync(join(made, file));
  const parts = packages.map((name) => ({ name, version: about(name).version, licence: about(name).license }));
  entries.push({ file, sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length, packages: parts });
};
const bundle = async (file, entry, globalName, packages) => {
  await build({
    entryPoints: [entry], outfile: join(made, file), bundle: true, minify: true, format: "iife", globalName,
    target: "es2021", legalComments: "inline", charset: "utf8", logLevel: "error",
  });
  keep(file, packages);
};

keep("htmx.min.js", ["htmx.org"], readFileSync("node_modules/htmx.org/dist/htmx.min.js"));
keep("tabler.min.css", ["@tabler/core"],
  readFileSync("node_modules/@tabler/core/dist/css/tabler.min.css", "utf8").replace(/\/\*# sourceMappingURL=.*?\*\//, ""));
for (const subset of ["latin", "latin-ext"]) {
  const file = `inter-${subset}.woff2`;
  keep(file, ["@fontsource-variable/inter"], readFileSync(`node_modules/@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`));
}
const symbols = readFileSync("icons.txt", "utf8").trim().split("\n").map((name) => {
  const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8").replace(/<!--[\s\S]*?-->/, "");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
});
keep("icons.svg", ["@tabler/icons"], `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
await bundle("echarts.min.js", "echarts.js", "echarts", ["echarts"]);
await bundle("codemirror.min.js", "codemirror.js", "codemirror",
  ["codemirror", "@codemirror/autocomplete", "@codemirror/commands", "@codemirror/lang-html", "@codemirror/lang-yaml", "@codemirror/language", "@codemirror/lint", "@codemirror/state", "@codemirror/view"]);
keep("axe.min.js", ["axe-core"], readFileSync("node_modules/axe-core/axe.min.js"));
writeFileSync(join(made, "manifest.json"), JSON.stringify(entries, null, 1) + "\n");

if (check) {
  const differing = readdirSync(made).filter(
    (file) => !existsSync(join(target, file)) || !readFileSync(join(made, file)).equals(readFileSync(join(target, file))));
  const unknown = readdirSync(target).filter((file) => !existsSync(join(made, file)));
  rmSync(made, { recursive: true });
  if (differing.length + unknown.length) {
    console.error(`Vendored files differ from what the script makes: ${[...differing, ...unknown].join(", ")}. Run npm run build.`);
    process.exit(1);
  }
  console.log(`${entries.length} vendored files are as the script makes them.`);
}
