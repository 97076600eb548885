/**
 * Columns that hold one value, or none, in the rows that are looked at first: a file that is sorted by split or by
 * class begins with thousands of one of them. The whole file is read once for these columns, in constant memory:
 *   - of each the different values with their number, as long as there are at most 1,001 of them
 *   - 1,000 to 2,000 rows at equal distances, from which kinds are found as in the first rows, with one row more for
 *     each value that none of them has
 * What cannot be read further down ends the reading and is the import's to report.
 */
import { missingTest } from "../cells/missing.js";
import { composed } from "../cells/spelling.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../limits.js";
import { isPattern } from "../names/patterns.js";
import { recordsOf, type TableRecord } from "../records.js";
import { Turns } from "../turns.js";
import { ordered } from "../types.js";
import type { TableOptions } from "./choose-columns.js";
import { kindOfColumn, MOST_CLASSES } from "./column-kind.js";
import { type ColumnDescription, type CsvDescription, cut } from "./describe-csv.js";
import type { TextFile } from "./text-file.js";

export interface LateOptions extends Pick<TableOptions, "decimal" | "separator" | "missing" | "labels" | "kinds"> {
  limits?: ImportLimits;
  signal?: AbortSignal;
}

/** Rows at equal distances that are kept, at least; at most twice as many. */
const SPREAD = 1_000;
/** Characters of a value that is counted: longer ones are no classes, and are only found in the rows at distances. */
const LONGEST_VALUE = 200;

/**
 * The description with the kinds that such columns have in the whole file. Unchanged where it is of the whole file
 * already, or no column is of the kind CONSTANT or EMPTY.
 */
export async function describeLate(
  file: TextFile,
  description: CsvDescription,
  { limits = DEFAULT_IMPORT_LIMITS, signal, ...options }: LateOptions,
): Promise<CsvDescription> {
  const { columns, header, sampledRows, isWhole, format } = description;
  const late = columns.filter(({ name, kind }) => (kind === "CONSTANT" || kind === "EMPTY") && isWanted(name, options));
  if (isWhole || format === "SMILES" || late.length === 0) return description;
  const isMissing = missingTest(options.missing);
  const readers = late.map((column) => new LateColumn(column, isMissing));
  const rows = await readAll(file, description, { limits, signal, header }, readers);
  const besideCommas = columns.some(({ decimal }) => decimal === ",");
  const found = new Map(
    readers.map((reader) => [
      reader.column.position,
      reader.described({ rows, sampledRows, besideCommas, ...options }),
    ]),
  );
  const missing = new Map(description.missing.map((text) => [text, 0]));
  for (const reader of readers) for (const text of reader.missing.keys()) missing.set(text, 0);
  return {
    ...description,
    missing: description.missingIsNamed ? description.missing : [...missing.keys()],
    columns: columns.map((column) => found.get(column.position) ?? column),
  };
}

/** Where labels are named, no other column becomes one. */
const isWanted = (name: string, { labels, kinds = {} }: LateOptions): boolean =>
  labels === undefined || [...labels, ...Object.keys(kinds)].some((text) => composed(text) === name || isPattern(text));

/** Gives every row to the readers; answers how many rows there were. */
async function readAll(
  file: TextFile,
  description: CsvDescription,
  { limits, signal, header }: { limits: ImportLimits; signal: AbortSignal | undefined; header: boolean },
  readers: readonly LateColumn[],
): Promise<number> {
  const turns = new Turns();
  let rows = header ? -1 : 0;
  try {
    for await (const { cells, problem } of everyRecord(file, description, limits)) {
      signal?.throwIfAborted();
      rows += 1;
      const surplus = cells.slice(description.columns.length);
      if (rows > 0 && problem === undefined && surplus.every((cell) => cell.trim() === ""))
        for (const reader of readers) reader.take(cells);
      await turns.next();
    }
  } catch (error) {
    if (signal?.aborted) throw error;
  }
  return Math.max(0, rows);
}

/** Of a file of mol blocks without reading these. */
const everyRecord = (file: TextFile, description: CsvDescription, limits: ImportLimits): AsyncIterable<TableRecord> =>
  recordsOf(
    file.table?.scan ? { ...file, table: { ...file.table, open: file.table.scan } } : file,
    description,
    limits,
  );

/** What is kept of one column. */
class LateColumn {
  /** Null: there are more different values than a column of classes has. */
  private counts: Map<string, number> | null = new Map();
  readonly missing = new Map<string, number>();
  private spread: string[] = [];
  private every = 1;
  private seen = 0;
  private filled = 0;
  private examples: string[] = [];

  constructor(
    readonly column: ColumnDescription,
    private readonly isMissing: (text: string) => boolean,
  ) {}

  take(cells: readonly string[]): void {
    const text = composed((cells[this.column.position - 1] ?? "").trim());
    const place = this.seen++;
    if (text === "") return;
    if (this.isMissing(text)) {
      if (this.missing.has(text) || this.missing.size < MOST_CLASSES) add(this.missing, text);
      return;
    }
    this.filled += 1;
    if (this.examples.length < 3 && !this.examples.includes(text)) this.examples.push(text);
    if (this.counts && text.length <= LONGEST_VALUE) {
      add(this.counts, text);
      if (this.counts.size > MOST_CLASSES) this.counts = null;
    }
    if (place % this.every !== 0) return;
    this.spread.push(text);
    if (this.spread.length < 2 * SPREAD) return;
    this.spread = this.spread.filter((_, index) => index % 2 === 0);
    this.every *= 2;
  }

  described({
    rows,
    sampledRows,
    ...setting
  }: {
    rows: number;
    sampledRows: number;
    besideCommas: boolean;
  } & LateOptions): ColumnDescription {
    const kept = new Set(this.spread);
    // Twice where it occurs twice: a value that occurs once is no class by itself.
    const rare = [...(this.counts ?? [])].flatMap(([text, count]) =>
      kept.has(text) ? [] : count > 1 ? [text, text] : [text],
    );
    const values = [...this.spread, ...rare];
    const found = kindOfColumn(this.column.name, values, { rows: values.length + 1, ...setting });
    const distinct = found.distinct ?? this.counts?.size ?? new Set(values).size;
    const isOne = found.kind === "CONSTANT" || found.kind === "EMPTY";
    const said = isOne ? "in all" : `${this.column.distinct === 0 ? "no value" : "one value"} in the first`;
    const count = (isOne ? rows : sampledRows).toLocaleString("en-US");
    return {
      ...this.column,
      kind: found.kind,
      separator: found.separator ?? null,
      decimal: found.decimal ?? null,
      grouped: found.grouped ?? false,
      ambiguous: found.ambiguous ?? false,
      reading: found.reading ?? null,
      holdsSplits: found.holdsSplits ?? false,
      distinct,
      missingShare: this.seen === 0 ? 0 : (this.seen - this.filled) / this.seen,
      missingTexts: ordered(this.missing),
      examples: this.examples.map(cut),
      note: [found.note ?? "", `${said} ${count} rows`].filter(Boolean).join("; "),
    };
  }
}

function add(counts: Map<string, number>, text: string): void {
  counts.set(text, (counts.get(text) ?? 0) + 1);
}
