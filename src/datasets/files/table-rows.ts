/**
 * A table of molecules whose rows are kept as they are: every cell of every row, in order, with the SMILES among them.
 * Nothing is dropped: a row with more or fewer cells than the header has its problem (code BAD_ROW) beside it.
 */
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded } from "../limits.js";
import { type Layout, recordsOf } from "../records.js";
import { Turns } from "../turns.js";
import { columnsOf } from "./choose-columns.js";
import type { CsvDescription } from "./describe-csv.js";
import type { TextFile } from "./text-file.js";

export interface TableRow {
  /** Line of the source file, from 1. */
  line: number;
  /** One for each column. */
  cells: string[];
  smiles: string;
  problem?: { code: string; message: string };
}

export interface MoleculeTable {
  file: TextFile;
  layout: Layout;
  /** Names of all columns, in order; all different. */
  names: string[];
  /** Places of the SMILES and of the molecules' names among them; null: the table has no names. */
  smiles: number;
  name: number | null;
}

/** Of a description with `use` of every column. COLUMN_NOT_FOUND, COLUMN_AMBIGUOUS. */
export function moleculeTable(file: TextFile, description: CsvDescription): MoleculeTable {
  const { format, delimiter, header, skippedLines, columns } = description;
  columnsOf(description, file.path);
  const place = (use: string): number => columns.findIndex((column) => column.use === use);
  return {
    file,
    layout: { format, delimiter, header, skippedLines },
    names: columns.map(({ name }) => name),
    smiles: place("SMILES"),
    name: place("NAME") < 0 ? null : place("NAME"),
  };
}

/** @param skip  rows of data that are left out at the beginning */
export async function* tableRows(
  { file, layout, names, smiles }: MoleculeTable,
  { limits = DEFAULT_IMPORT_LIMITS, skip = 0 }: { limits?: ImportLimits; skip?: number } = {},
): AsyncGenerator<TableRow> {
  if (names.length > limits.columns) throw limitExceeded("columns", limits, "The table", { actual: names.length });
  const turns = new Turns();
  let left = skip + (layout.header ? 1 : 0);
  for await (const { cells, line, problem } of recordsOf(file, layout, limits)) {
    await turns.next();
    if (left-- > 0) continue;
    const row = { line, cells: fitted(cells, names.length, layout.delimiter) };
    const text = row.cells[smiles].trim();
    if (problem !== undefined && file.table)
      yield { ...row, smiles: text, problem: { code: "BAD_ROW", message: problem } };
    else if (cells.length === names.length) yield { ...row, smiles: text };
    else yield { ...row, smiles: text, problem: { code: "BAD_ROW", message: badRow(cells.length, names.length) } };
  }
}

/** EMPTY_INPUT: the file has no row. */
export const noRows = (): MaillardError =>
  new MaillardError("EMPTY_INPUT", "The file has a header line and no row below it: at least one is needed.", {
    param: "file",
  });

/** Cells that are too many are one cell again, as they stood in the line. */
function fitted(cells: string[], columns: number, delimiter: string): string[] {
  if (cells.length === columns) return cells;
  if (cells.length > columns) return [...cells.slice(0, columns - 1), cells.slice(columns - 1).join(delimiter)];
  return [...cells, ...new Array<string>(columns - cells.length).fill("")];
}

const badRow = (cells: number, columns: number): string =>
  `The row has ${cells} cells and the table ${columns} columns: quote cells that hold the separator.`;
