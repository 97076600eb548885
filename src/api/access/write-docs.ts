/** Copies a document to another path, with the current table of roles: run by scripts/generate.mjs. */
import { readFileSync, writeFileSync } from "node:fs";
import { withRoleTable } from "./markdown.js";

const [from, to] = process.argv.slice(2);
writeFileSync(to, withRoleTable(readFileSync(from, "utf8")));
