/**
 * Which columns an import takes, from what was found in a table and what the user names. Names have priority:
 *   - `smiles`, `name`: these columns. Otherwise the one column of SMILES (of several, the one that is called smiles),
 *     and the first column of names.
 *   - `labels`: these columns and those of `kinds`, and no others. Otherwise every column found to hold classes,
 *     several labels or numbers, unless there are more than 100 of them.
 *   - `kinds`: these kinds, instead of those found. A column that was named, and holds neither, is SINGLE_LABEL.
 *   - a pattern (names/patterns.ts) among `labels` is the columns that match and were found to hold labels, in their
 *     order; among `kinds`, all columns that match but those of SMILES and names. A kind of a name comes before
 *     that of a pattern.
 */
import { MaillardError } from "../../errors.js";
import { type CellReading, composed } from "../cells/spelling.js";
import { expand, isPattern } from "../names/patterns.js";
import type { LabelKind } from "../types.js";
import { type CsvColumns, checkColumns, named } from "./csv.js";
import type { ColumnDescription, CsvDescription, DescribeOptions } from "./describe-csv.js";
import type { TextFile } from "./text-file.js";

export interface ColumnOptions {
  smiles?: string;
  name?: string;
  labels?: readonly string[];
  kinds?: Readonly<Record<string, LabelKind>>;
  separator?: string;
  decimal?: "." | ",";
}

/** What the user names of a table; the rest is found. */
export interface TableOptions extends ColumnOptions, DescribeOptions {
  encoding?: string;
  /** Of a workbook. Default: the first. */
  sheet?: string;
}

/** Columns of labels that are taken without being named. */
export const MOST_LABELS = 100;
/** Characters of the name of a label set. */
const LONGEST_NAME = 100;

/** The description with `use` of every column. COLUMN_NOT_FOUND for a column that was named and is not there. */
export function chooseColumns(description: CsvDescription, given: ColumnOptions, path: string): CsvDescription {
  const { columns } = description;
  const options = withComposedNames(given);
  const singles = [options.smiles, options.name].filter((name) => name !== undefined);
  const existing = columns.map((column) => column.name);
  checkColumns(existing, singles, path);
  const smiles = options.smiles ?? smilesOf(columns);
  const name = options.name ?? nameOf(columns)?.name;
  const others = columns.filter((column) => column.name !== smiles && column.name !== name);
  const kinds = expandedKinds(options.kinds ?? {}, others);
  const labelNames = [...expandedLabels(options.labels ?? [], others, kinds), ...Object.keys(kinds)];
  checkColumns(existing, labelNames, path);
  const labels = new Set(
    options.labels ? labelNames : [...foundLabels(columns).map((column) => column.name), ...labelNames],
  );
  const chosen = columns.map((column) => ({ ...column, ...taken(column) }));
  // Rows that end early lack empty cells, or a part of themselves that stands elsewhere.
  const needed = chosen.filter(
    ({ use }) => use !== null && use !== "NAME" && (use === "SMILES" || !description.endsEarly),
  );
  const short = Math.max(0, ...needed.map(({ leftOut }) => leftOut));
  return { ...description, malformedRows: description.surplusRows + short, columns: chosen };

  type Taken = "use" | "separator" | "decimal" | "grouped" | "reading" | "ambiguous";
  function taken(column: ColumnDescription): Pick<ColumnDescription, Taken> {
    const { separator, decimal, grouped, reading, ambiguous } = column;
    const nothing = { separator, decimal, grouped, reading, ambiguous };
    if (column.name === smiles) return { use: "SMILES", ...nothing };
    if (!labels.has(column.name)) return { use: column.name === name ? "NAME" : null, ...nothing };
    const use =
      (Object.hasOwn(kinds, column.name) ? kinds[column.name] : null) ?? labelKindOf(column) ?? "SINGLE_LABEL";
    const isNumber = use === "NUMBER";
    const named = column.kind === "NUMBER" ? null : options.decimal;
    return {
      use,
      separator: use === "MULTI_LABEL" && reading !== "LIST" ? (options.separator ?? separator ?? "|") : null,
      decimal: isNumber ? (named ?? decimal ?? ".") : null,
      grouped: isNumber && (grouped || options.decimal !== undefined),
      // Numbers and lists are read as what they are called.
      reading: isNumber || (reading === "LIST" && use !== "MULTI_LABEL") ? null : reading,
      ambiguous: isNumber && ambiguous && options.decimal === undefined,
    };
  }
}

/** With a name for each column of a pattern; a pattern without one stays, and is refused as a name. */
function expandedKinds(
  kinds: Readonly<Record<string, LabelKind>>,
  others: readonly ColumnDescription[],
): Record<string, LabelKind> {
  const names = others.map(({ name }) => name);
  const entries = Object.entries(kinds).map(([text, kind]) => ({ text, kind, columns: orItself(text, names) }));
  const byPattern = entries.filter(({ text, columns }) => !columns.includes(text));
  const byName = entries.filter(({ text, columns }) => columns.includes(text));
  return Object.fromEntries(
    [...byPattern, ...byName].flatMap(({ columns, kind }) => columns.map((name) => [name, kind] as const)),
  );
}

function expandedLabels(
  labels: readonly string[],
  others: readonly ColumnDescription[],
  kinds: Readonly<Record<string, LabelKind>>,
): string[] {
  const holdLabels = others.filter(
    (column) =>
      (labelKindOf(column) !== null && column.name.length <= LONGEST_NAME) || Object.hasOwn(kinds, column.name),
  );
  return labels.flatMap((text) =>
    orItself(
      text,
      others.map(({ name }) => name),
      holdLabels.map(({ name }) => name),
    ),
  );
}

function orItself(text: string, existing: readonly string[], candidates = existing): string[] {
  const names = isPattern(text) ? expand(text, existing, candidates) : [];
  return names.length > 0 ? names : [text];
}

/** The format of some files says which column holds the molecules. */
export const structureOf = <T extends ColumnOptions>({ table }: TextFile, options: T): T =>
  options.smiles === undefined && table?.smiles !== undefined ? { ...options, smiles: table.smiles } : options;

function withComposedNames({ smiles, name, labels, kinds, ...rest }: ColumnOptions): ColumnOptions {
  return {
    ...rest,
    ...(smiles === undefined ? {} : { smiles: composed(smiles) }),
    ...(name === undefined ? {} : { name: composed(name) }),
    ...(labels === undefined ? {} : { labels: labels.map(composed) }),
    ...(kinds === undefined
      ? {}
      : { kinds: Object.fromEntries(Object.entries(kinds).map(([column, kind]) => [composed(column), kind])) }),
  };
}

/**
 * The columns for the reader, of a description with `use`. COLUMN_NOT_FOUND without a column of SMILES,
 * COLUMN_AMBIGUOUS with several of which none is called smiles.
 */
export function columnsOf(description: CsvDescription, path: string): CsvColumns {
  const { columns, format, delimiter, header, skippedLines, encoding, missing, missingIsNamed, endsEarly } =
    description;
  const smiles = columns.find(({ use }) => use === "SMILES")?.name;
  if (smiles === undefined) throw noSmiles(columns, path);
  const unclear = columns.filter(({ use, ambiguous }) => use === "NUMBER" && ambiguous);
  if (unclear.length > 0) throw unclearMarks(unclear, path);
  const of = (kind: LabelKind): ColumnDescription[] => columns.filter(({ use }) => use === kind);
  const names = (list: readonly ColumnDescription[]): string[] => list.map((column) => column.name);
  const name = columns.find(({ use }) => use === "NAME")?.name;
  return {
    smiles,
    format,
    delimiter,
    header,
    skippedLines,
    width: columns.length,
    endsEarly,
    encoding,
    ...(missingIsNamed ? { missing } : {}),
    ...(name === undefined ? {} : { name }),
    labels: names(of("SINGLE_LABEL")),
    multiLabels: names(of("MULTI_LABEL")),
    numbers: names(of("NUMBER")),
    separators: Object.fromEntries(of("MULTI_LABEL").map((column) => [column.name, column.separator ?? "|"])),
    decimalCommas: names(of("NUMBER").filter(({ decimal }) => decimal === ",")),
    grouped: names(of("NUMBER").filter(({ grouped }) => grouped)),
    readings: Object.fromEntries(
      columns.flatMap(({ name, reading }): [string, CellReading][] => (reading === null ? [] : [[name, reading]])),
    ),
  };
}

/** The columns that are taken as labels when none is named. */
export function foundLabels(columns: readonly ColumnDescription[]): ColumnDescription[] {
  const found = columns.filter((column) => labelKindOf(column) !== null && column.name.length <= LONGEST_NAME);
  return found.length > MOST_LABELS ? [] : found;
}

function labelKindOf({ kind }: ColumnDescription): LabelKind | null {
  return kind === "SINGLE_LABEL" || kind === "MULTI_LABEL" || kind === "NUMBER" ? kind : null;
}

function smilesOf(columns: readonly ColumnDescription[]): string | undefined {
  const found = columns.filter(({ kind }) => kind === "SMILES");
  return (found.length > 1 ? found.find(({ name }) => name.toLowerCase() === "smiles") : found[0])?.name;
}

function nameOf(columns: readonly ColumnDescription[]): ColumnDescription | undefined {
  const found = columns.filter(({ kind }) => kind === "NAME");
  return found.find(({ name }) => /^(name|title)$/i.test(name)) ?? found[0];
}

function unclearMarks(columns: readonly ColumnDescription[], path: string): MaillardError {
  const list = named(columns.map(({ name }) => name));
  return new MaillardError(
    "COLUMN_AMBIGUOUS",
    `The marks of ${list} in ${path} may stand before a fraction or between thousands: say what stands before ` +
      'fractions (decimal), "." or ",".',
    { param: "decimal", details: { columns: columns.map(({ name }) => name) } },
  );
}

function noSmiles(columns: readonly ColumnDescription[], path: string): MaillardError {
  const quoted = (list: readonly ColumnDescription[]): string => named(list.map(({ name }) => name));
  const found = columns.filter(({ kind }) => kind === "SMILES");
  const names = columns.map(({ name }) => name);
  if (found.length > 1)
    return new MaillardError(
      "COLUMN_AMBIGUOUS",
      `${path} has ${found.length} columns of SMILES: ${quoted(found)}. Name the one that is meant (smiles).`,
      { param: "smiles", details: { columns: found.map(({ name }) => name) } },
    );
  return new MaillardError(
    "COLUMN_NOT_FOUND",
    `${path} has no column whose values RDKit reads as molecules. Name the column of the SMILES (smiles), ` +
      `or the separator (delimiter) if these are not its columns: ${quoted(columns)}.`,
    { param: "smiles", details: { columns: names } },
  );
}
