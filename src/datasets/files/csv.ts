/**
 * Reads a table of molecules (records.ts) as a stream of rows ready to import, by columns that are named.
 * COLUMN_NOT_FOUND for a missing column names those that exist.
 * Chemistry is not checked: a row is passed on unchanged, with its line number in the file.
 */
import { MaillardError } from "../../errors.js";
import { listOf } from "../cells/lists.js";
import { type NumberFormat, plainNumber } from "../cells/numbers.js";
import { type CellReading, composed, spelled } from "../cells/spelling.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded, withinLimits } from "../limits.js";
import { isPattern, nearest } from "../names/patterns.js";
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
  /** Columns of numbers with the other mark between thousands: 1,234.5. */
  grouped?: readonly string[];
  /** How cells of a column are read before they are labels (cells/spelling.ts); others as they are. */
  readings?: Readonly<Record<string, CellReading>>;
  /**
   * Texts of labels that mean "not known", besides empty ones, for whoever writes the rows. Absent: those of
   * cells/missing.ts.
   */
  missing?: readonly string[];
  /** Columns of the table; absent: as many as the first record has. */
  width?: number;
  /** Whether rows that end early lack empty cells alone. Otherwise a row has the cells of all columns that are used. */
  endsEarly?: boolean;
  /** CSV by default. */
  format?: Layout["format"];
  /** Between the cells of a row. Default ",". */
  delimiter?: string;
  /** Whether the first record names the columns: "column 1", … if not. Default true. */
  header?: boolean;
  /** Lines above the first record. Default 0. */
  skippedLines?: number;
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
  const needed = [columns.smiles, ...(columns.endsEarly ? [] : labelColumns)];
  const wanted = [columns.smiles, ...(columns.name ? [columns.name] : []), ...labelColumns];
  const valuesOf = readerOf(columns);
  const layout = {
    format: columns.format ?? "CSV",
    delimiter: columns.delimiter ?? ",",
    header: columns.header ?? true,
    skippedLines: columns.skippedLines ?? 0,
  } as const;
  let names: string[] | null = null;
  let place = new Map<string, number>();
  for await (const { cells, line, problem } of recordsOf(file, layout, limits)) {
    if (names === null) {
      if (cells.length > limits.columns) throw limitExceeded("columns", limits, "The table", { actual: cells.length });
      // Without a header the first row may lack empty cells at its end.
      const first = layout.header ? cells : [...cells, ...blank((columns.width ?? 0) - cells.length)];
      names = columnNames(layout, first);
      checkColumns(names, wanted, file.path);
      place = new Map(names.map((name, index) => [name, index]));
      if (layout.header) continue;
    }
    const cell = (column: string): string => composed((cells[place.get(column) as number] ?? "").trim());
    const smiles = cell(columns.smiles);
    const wrong = problem ?? widthProblem(cells, names, layout) ?? null;
    if (wrong !== null) {
      yield { line, smiles, labels: {}, problem: wrong };
      continue;
    }
    const found = labelColumns.map((column) => ({ column, values: valuesOf(column, cell(column)) }));
    const noList = found.find(({ values }) => values === null);
    if (noList) {
      const text = JSON.stringify(cell(noList.column).slice(0, 80));
      yield { line, smiles, labels: {}, problem: `${text} of ${noList.column} is no list; those of other rows are.` };
      continue;
    }
    const labels = Object.fromEntries(found.map(({ column, values }) => [column, values ?? []]));
    const name = columns.name ? cell(columns.name) : "";
    yield { line, smiles, ...(name ? { name } : {}), labels };
  }

  function widthProblem(
    cells: readonly string[],
    all: readonly string[],
    { delimiter, header }: Layout,
  ): string | null {
    const first = header ? "header" : "first row";
    const counts = `The row has ${cells.length} cells and the ${first} ${all.length}`;
    if (cells.slice(all.length).some((text) => text.trim() !== ""))
      return `${counts}: quote cells that hold ${spoken(delimiter)}.`;
    const absent = needed.filter((column) => (place.get(column) as number) >= cells.length);
    if (absent.length === 0) return null;
    return `${counts}: ${named(absent)} is missing. Write empty cells too, and quote cells that hold a line break.`;
  }
}

const blank = (count: number): string[] => new Array<string>(Math.max(0, count)).fill("");

/** The values of a label's cell, texts that mean "not known" among them. Null: it should be a list and is none. */
function readerOf(columns: CsvColumns): (column: string, cell: string) => string[] | null {
  const several = new Set(columns.multiLabels ?? []);
  const numbers = new Set(columns.numbers ?? []);
  const [commas, grouped] = [new Set(columns.decimalCommas ?? []), new Set(columns.grouped ?? [])];
  return (column, cell) => {
    if (cell === "") return [];
    const reading = columns.readings && Object.hasOwn(columns.readings, column) ? columns.readings[column] : null;
    if (numbers.has(column)) {
      const format: NumberFormat = { decimal: commas.has(column) ? "," : ".", grouped: grouped.has(column) };
      return [plainNumber(format, cell)];
    }
    const separator = columns.separators?.[column] ?? columns.separator ?? "|";
    const isMany = several.has(column);
    const parts = isMany && reading === "LIST" ? listCell(cell) : isMany ? cell.split(separator) : [cell];
    return parts === null ? null : parts.map((value) => spelled(reading, value.trim())).filter((value) => value !== "");
  };
}

/** A text without brackets is the mark of a missing list, or a label by itself. */
const listCell = (cell: string): string[] | null => listOf(cell) ?? (/^[[({]/.test(cell) ? null : [cell]);

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

/**
 * COLUMN_NOT_FOUND for the first of `wanted` that is not in `existing`; the message names those, and first the nearest
 * to a pattern that no column of labels matches.
 */
export function checkColumns(existing: readonly string[], wanted: readonly string[], path: string): void {
  for (const column of wanted) {
    if (existing.includes(column)) continue;
    const near = isPattern(column) ? ` that holds labels. The nearest: ${named(nearest(column, existing))}` : "";
    throw new MaillardError(
      "COLUMN_NOT_FOUND",
      `${path} has no column ${JSON.stringify(column)}${near}. Its columns: ${named(existing)}.`,
      { param: column, details: { columns: existing } },
    );
  }
}
