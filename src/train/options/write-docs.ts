/** Copies a document to another path, with the current table of options: run by scripts/generate.mjs. */
import { readFileSync, writeFileSync } from "node:fs";
import { withOptionTable } from "./markdown.js";

const [from, to] = process.argv.slice(2);
writeFileSync(to, withOptionTable(readFileSync(from, "utf8")));
