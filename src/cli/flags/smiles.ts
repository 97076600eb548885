/** The SMILES of a command line: its arguments, or standard input when one of them is "-". */
import { createInterface } from "node:readline";
import { usage } from "../failure.js";

/** The API takes at most this many in one request. */
const PER_REQUEST = 256;

export async function smilesFrom(
  given: readonly string[],
  input: NodeJS.ReadableStream = process.stdin,
): Promise<string[]> {
  if (!given.includes("-")) return [...given];
  const lines: string[] = [];
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "") lines.push(line.trim());
  }
  const all = given.flatMap((text) => (text === "-" ? lines : [text]));
  if (all.length === 0) throw usage("Standard input held no SMILES: give one a line.");
  return all;
}

export function* inBatches(smiles: readonly string[], size = PER_REQUEST): Generator<string[]> {
  for (let first = 0; first < smiles.length; first += size) yield smiles.slice(first, first + size);
}
