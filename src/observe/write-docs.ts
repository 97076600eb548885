/** Copies a document to another path, with the current table of metrics: run by scripts/generate.mjs. */
import { readFileSync, writeFileSync } from "node:fs";
import { type Definition, METRICS } from "./definitions.js";

const BEGIN = "<!-- metrics: made by `npm run generate` from src/observe/definitions.ts -->";
const END = "<!-- end of metrics -->";

const [from, to] = process.argv.slice(2);
const document = readFileSync(from, "utf8");
const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
if (begin < 0 || end < begin) throw new Error(`${from} lacks the two lines ${BEGIN} and ${END}.`);
const rows = Object.entries<Definition>(METRICS).map(
  ([name, { type, labels, help }]) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
);
const table = ["| metric | type | labels | what |", "|---|---|---|---|", ...rows].join("\n");
writeFileSync(to, `${document.slice(0, begin)}${BEGIN}\n${table}\n${document.slice(end)}`);
