/** Options that say what is in a table; what is not given is found. */
import { InvalidArgumentError } from "commander";

export function delimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && text !== '"') return text;
  throw new InvalidArgumentError('Give one character, or "tab".');
}

export function readAs(text: string): "CSV" | "SMILES" {
  const format = text.toUpperCase();
  if (format === "CSV" || format === "SMILES") return format;
  throw new InvalidArgumentError("Give csv, or smiles: SMILES, white space, name.");
}
