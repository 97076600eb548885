/** Options that say what is in a table; what is not given is found. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";

function delimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && text !== '"') return text;
  throw new InvalidArgumentError('Give one character, or "tab".');
}

function readAs(text: string): "CSV" | "SMILES" {
  const format = text.toUpperCase();
  if (format === "CSV" || format === "SMILES") return format;
  throw new InvalidArgumentError("Give csv, or smiles: SMILES, white space, name.");
}

/** How a file is laid out, where that is not to be found. */
export interface LayoutFlags {
  readAs?: "CSV" | "SMILES";
  delimiter?: string;
  encoding?: string;
  sheet?: string;
  header?: boolean;
}

/** The options of a table that `addLayoutFlags` reads. */
export const layoutOf = ({ readAs: format, delimiter: between, encoding, sheet, header }: LayoutFlags) => ({
  format,
  delimiter: between,
  encoding,
  sheet,
  header,
});

export const addLayoutFlags = (command: Command): Command =>
  command
    .option("--read-as <format>", "csv, or smiles: SMILES, white space, name (default: found)", readAs)
    .option("--delimiter <character>", 'between the cells of a row; "tab" is taken too (default: found)', delimiter)
    .option("--encoding <name>", "utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, … (default: found)")
    .option("--sheet <name>", "of an Excel workbook: the sheet (default: the first)")
    .option("--header", "the first row names the columns (default: found)")
    .option("--no-header", 'it does not: the columns are "column 1", …');
