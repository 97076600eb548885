/** Options that say what is in a table; what is not given is found. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";

export function delimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && text !== '"') return text;
  throw new InvalidArgumentError('Give one character, or "tab".');
}

function readAs(text: string): "CSV" | "SMILES" {
  const format = text.toUpperCase();
  if (format === "CSV" || format === "SMILES") return format;
  throw new InvalidArgumentError("Give csv, or smiles: SMILES, white space, name.");
}

/** How a file is laid out, where that is not to be found: of `predict` and `embed`. */
export const addLayoutFlags = (command: Command): Command =>
  command
    .option("--read-as <format>", "csv, or smiles: SMILES, white space, name (default: found)", readAs)
    .option("--delimiter <character>", 'between the cells of a row; "tab" is taken too (default: found)', delimiter)
    .option("--encoding <name>", "utf-8, utf-16le, windows-1252, … (default: found)")
    .option("--header", "the first row names the columns (default: found)")
    .option("--no-header", 'it does not: the columns are "column 1", …');
