/**
 * Reads a table of molecules (records.ts) as a stream of rows ready to import, by columns that are named.
 * COLUMN_NOT_FOUND for a missing column names those that exist.
 * Chemistry is not checked: a row is passed on unchanged, with its line number in the file.
 */
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded, withinLimits } from "../limits.js";
import { columnNames, type Layout, recordsOf } from "../records.js";
import { Turns } from "../turns.js";
import type { ImportRow, LabelKind } from "../types.js";
import type { TextFile } from "./text-file.js";

/** The limits of what is read here, for the command line too. */
export { type ImportLimits, readImportLimits } from "../limits.js";

export interface CsvColumns {
  /** Column holding the SMILES. */
  smiles: string;
  /** Column holding a name; none by default. */
  name?: string;
  /** Columns with one class per molecule. */
  labels?: readonly string[];
  /** Columns with several values per molecule, separated by `separator`. */
  multiLabels?: readonly string[];
  /** Columns with a number per molecule. */
  numbers?: readonly string[];
  /** Between the values of a multi-label cell. Default "|". */
  separator?: string;
  /** The same by column, where columns differ. */
  separators?: Readonly<Record<string, string>>;
  /** Columns of numbers whose fractions follow a comma: 1,5. */
  decimalCommas?: readonly string[];
  /** Texts of label cells that mean "not known", besides empty ones. */
  missing?: readonly string[];
  /** CSV by default. */
  format?: Layout["format"];
  /** Between the cells of a row. Default ",". */
  delimiter?: string;
  /** Whether the first record names the columns: "column 1", … if not. Default true. */
  header?: boolean;
  /** Default: found by reading the file (text-file.ts). */
  encoding?: string;
}

/** The kinds that these columns give to their label sets. */
export function labelKindsOf(columns: CsvColumns): Record<string, LabelKind> {
  return Object.fromEntries<LabelKind>([
    ...(columns.labels ?? []).map((name): [string, LabelKind] => [name, "SINGLE_LABEL"]),
    ...(columns.multiLabels ?? []).map((name): [string, LabelKind] => [name, "MULTI_LABEL"]),
    ...(columns.numbers ?? []).map((name): [string, LabelKind] => [name, "NUMBER"]),
  ]);
}

/** Rows in file order. `line` is the 1-based line on which the record ends (a quoted cell may span lines). */
export async function* readCsv(
  file: TextFile,
  columns: CsvColumns,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): AsyncGenerator<ImportRow> {
  const labelColumns = Object.keys(labelKindsOf(columns));
  const wanted = [columns.smiles, ...(columns.name ? [columns.name] : []), ...labelColumns];
  const cellReader = readerOf(columns);
  const layout = {
    format: columns.format ?? "CSV",
    delimiter: columns.delimiter ?? ",",
    header: columns.header ?? true,
  } as const;
  let names: string[] | null = null;
  let place = new Map<string, number>();
  for await (const { cells, line } of recordsOf(file, layout, limits)) {
    if (names === null) {
      if (cells.length > limits.columns) throw limitExceeded("columns", limits, "The table", { actual: cells.length });
      names = columnNames(layout, cells);
      checkColumns(names, wanted, file.path);
      place = new Map(names.map((name, index) => [name, index]));
      if (layout.header) continue;
    }
    const cell = (column: string): string => (cells[place.get(column) as number] ?? "").trim();
    const smiles = cell(columns.smiles);
    if (cells.length !== names.length) {
      const first = layout.header ? "header" : "first row";
      const advice = `quote cells that hold ${spoken(layout.delimiter)}`;
      const problem = `The row has ${cells.length} cells and the ${first} ${names.length}: ${advice}.`;
      yield { line, smiles, labels: {}, problem };
      continue;
    }
    const labels = Object.fromEntries(labelColumns.map((column) => [column, cellReader(column, cell(column))]));
    const name = columns.name ? cell(columns.name) : "";
    yield { line, smiles, ...(name ? { name } : {}), labels };
  }
}

/** The values of a label's cell. */
function readerOf(columns: CsvColumns): (column: string, cell: string) => string[] {
  const several = new Set(columns.multiLabels ?? []);
  const commas = new Set(columns.decimalCommas ?? []);
  const missing = new Set(columns.missing ?? []);
  return (column, cell) => {
    const separator = columns.separators?.[column] ?? columns.separator ?? "|";
    const values = several.has(column) ? cell.split(separator).map((value) => value.trim()) : [cell];
    const known = values.filter((value) => value !== "" && !missing.has(value));
    return commas.has(column) ? known.map(withPoint) : known;
  };
}

/**
 * 1,5 -> 1.5; and 1.234 -> 1,234, which is no number: with decimal commas a point separates thousands, not a
 * fraction.
 */
const withPoint = (text: string): string => text.replace(/[.,]/g, (mark) => (mark === "," ? "." : ","));

const spoken = (delimiter: string): string =>
  ({ ",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar" })[delimiter] ?? delimiter;

/**
 * Groups rows into batches that stay under a row count and a size in bytes: of their JSON, or of what is sent for a
 * row.
 */
export async function* batches(
  rows: AsyncIterable<ImportRow>,
  limits: { rows: number; bytes: number } = { rows: 1_000, bytes: 700_000 },
  sent: (row: ImportRow) => object = (row) => row,
): AsyncGenerator<ImportRow[]> {
  let batch: ImportRow[] = [];
  let bytes = 0;
  const turns = new Turns();
  for await (const given of rows) {
    await turns.next();
    const row = withinLimits(given);
    const size = Buffer.byteLength(JSON.stringify(sent(row))) + 64;
    if (batch.length > 0 && (batch.length >= limits.rows || bytes + size > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** The first names of a list, quoted: a table may have thousands of columns. */
export function named(names: readonly string[]): string {
  const most = 50;
  const shown = names.slice(0, most).map((name) => JSON.stringify(name));
  return `${shown.join(", ")}${names.length > most ? `, and ${names.length - most} more` : ""}`;
}

/** An error after rows that were imported already; its message says how many. */
export function afterSome(error: unknown, rows: number, remedy = "mend the file and import it again"): unknown {
  if (rows === 0 || !(error instanceof MaillardError)) return error;
  const then = error.retryable ? "import it again" : remedy;
  const said = `${error.message} The ${rows} rows above were read and imported: ${then}, nothing is doubled.`;
  return new MaillardError(error.code, said, error);
}

/** COLUMN_NOT_FOUND for the first of `wanted` that is not in `existing`; the message names those. */
export function checkColumns(existing: readonly string[], wanted: readonly string[], path: string): void {
  for (const column of wanted) {
    if (existing.includes(column)) continue;
    throw new MaillardError(
      "COLUMN_NOT_FOUND",
      `${path} has no column ${JSON.stringify(column)}. Its columns: ${named(existing)}.`,
      { param: column, details: { columns: existing } },
    );
  }
}
