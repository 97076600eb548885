/**
 * SDF and MOL files (MDL V2000 and V3000), of BIOVIA's "CTfile Formats": records that end with a line of $$$$, each a
 * mol block and data items. The first line of a block is the name of the molecule, each data item a column. The SMILES
 * is RDKit's of the whole block. A record that RDKit cannot read has its problem; its data items are kept.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type ImportLimits, LONGEST_RECORD, limitExceeded } from "../../limits.js";
import type { TableRecord } from "../../records.js";
import type { BlockReader, TableSource } from "./types.js";

/** Blocks that RDKit is asked for at once. */
const BLOCKS = 100;
/** `> <name>`, `>  <name>  (1)`, `> DT12 <name>`. */
const ITEM = /^>[^<]*<(.*)>[^>]*$/;
const END = "$$$$";

/** Whether a text begins as a mol block does: the fourth line counts its atoms and names the version. */
export const isSdf = (head: string): boolean => /^[ \d]{6}.*V[23]000\s*$/.test(head.split(/\r\n|\n|\r/, 4)[3] ?? "");

/** For whoever wants the data items alone. */
const noMolecules = async (): Promise<BlockReader> => ({
  read: async (blocks) => blocks.map(() => ({ ok: true, smiles: "" })),
  close: async () => undefined,
});

export interface SdfOptions {
  path: string;
  text: () => Readable;
  blocks: () => Promise<BlockReader>;
  limits: ImportLimits;
}

/** Reads the file once for the names of its data items. TOO_MANY_ITEMS, FILE_TOO_LARGE. */
export async function sdfSource(options: SdfOptions): Promise<TableSource> {
  const { path, limits } = options;
  const names = new Set<string>();
  let rows = 0;
  for await (const { items } of records(options)) {
    rows += 1;
    if (rows > limits.rows) throw limitExceeded("rows", limits, path);
    for (const name of items.keys()) names.add(name);
    if (names.size + 2 > limits.columns) throw limitExceeded("columns", limits, path);
  }
  const columns = [...names];
  // The structure is the molecule, also where a data item has a SMILES of it.
  return {
    kind: "SDF",
    names: [STRUCTURE, NAME, ...columns.map((name) => (name === STRUCTURE || name === NAME ? `${name} (item)` : name))],
    smiles: STRUCTURE,
    rows,
    open: () => sdfRows(options, columns),
    scan: () => sdfRows({ ...options, blocks: noMolecules }, columns),
  };
}

const [STRUCTURE, NAME] = ["smiles", "name"];

interface SdfRecord {
  /** On which it begins, from 1. */
  line: number;
  block: string;
  title: string;
  items: Map<string, string>;
}

async function* sdfRows(options: SdfOptions, columns: readonly string[]): AsyncGenerator<TableRecord> {
  const reader = await options.blocks();
  const rowsOf = async (part: readonly SdfRecord[]): Promise<TableRecord[]> => {
    const read = await reader.read(part.map(({ block }) => block));
    return part.map(({ line, title, items }, index) => {
      const result = read[index];
      const cells = [result.ok ? result.smiles : "", title, ...columns.map((name) => items.get(name) ?? "")];
      return { cells, line, ...(result.ok ? {} : { problem: `The mol block is not read: ${result.message}` }) };
    });
  };
  try {
    let part: SdfRecord[] = [];
    for await (const record of records(options)) {
      part.push(record);
      if (part.length < BLOCKS) continue;
      yield* await rowsOf(part);
      part = [];
    }
    if (part.length > 0) yield* await rowsOf(part);
  } finally {
    await reader.close();
  }
}

async function* records({ path, text, limits }: SdfOptions): AsyncGenerator<SdfRecord> {
  const input = text();
  let lines: string[] = [];
  let [line, first, characters] = [0, 1, 0];
  try {
    for await (const read of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      if (read.startsWith(END)) {
        yield recordOf(lines, first);
        [lines, first, characters] = [[], line + 1, 0];
        continue;
      }
      lines.push(read);
      characters += read.length;
      if (characters > LONGEST_RECORD)
        throw limitExceeded("cellCharacters", limits, `The record of line ${first} of ${path}`);
    }
    // A MOL file has no $$$$; what follows the last one of an SDF is white space.
    if (lines.some((one) => one.trim() !== "")) yield recordOf(lines, first);
  } finally {
    input.destroy();
  }
}

function recordOf(lines: readonly string[], line: number): SdfRecord {
  const found = lines.findIndex((text) => /^M {2}END/.test(text));
  const data = found >= 0 ? found + 1 : lines.findIndex((text) => ITEM.test(text));
  const end = data < 0 ? lines.length : data;
  const items = new Map<string, string>();
  let name: string | null = null;
  for (const text of lines.slice(end)) {
    const item: RegExpExecArray | null = name === null ? ITEM.exec(text) : null;
    if (item) name = item[1].trim() || "data";
    else if (text.trim() === "") name = null;
    else if (name !== null) {
      const before = items.get(name);
      items.set(name, before === undefined ? text.trim() : `${before}\n${text.trim()}`);
    }
    if (name !== null && !items.has(name)) items.set(name, "");
  }
  for (const [key, value] of items) items.set(key, value.replace(/^\n/, ""));
  return { line, block: `${lines.slice(0, end).join("\n")}\n`, title: (lines[0] ?? "").trim(), items };
}
