/**
 * Which columns an import takes, from what was found in a table and what the user names. Names have priority:
 *   - `smiles`, `name`: these columns. Otherwise the one column of SMILES (of several, the one that is called smiles),
 *     and the first column of names.
 *   - `labels`: these columns and those of `kinds`, and no others. Otherwise every column found to hold classes,
 *     several labels or numbers, unless there are more than 100 of them.
 *   - `kinds`: these kinds, instead of those found. A column that was named, and holds neither, is SINGLE_LABEL.
 */
import { MaillardError } from "../../errors.js";
import type { LabelKind } from "../types.js";
import { type CsvColumns, checkColumns, named } from "./csv.js";
import type { ColumnDescription, CsvDescription, DescribeOptions } from "./describe-csv.js";

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
}

/** Columns of labels that are taken without being named. */
export const MOST_LABELS = 100;
/** Characters of the name of a label set. */
const LONGEST_NAME = 100;

/** The description with `use` of every column. COLUMN_NOT_FOUND for a column that was named and is not there. */
export function chooseColumns(description: CsvDescription, options: ColumnOptions, path: string): CsvDescription {
  const { columns } = description;
  const kinds = options.kinds ?? {};
  const labelNames = [...(options.labels ?? []), ...Object.keys(kinds)];
  const singles = [options.smiles, options.name].filter((name) => name !== undefined);
  checkColumns(
    columns.map(({ name }) => name),
    [...singles, ...labelNames],
    path,
  );
  const smiles = options.smiles ?? smilesOf(columns);
  const name = options.name ?? nameOf(columns)?.name;
  const labels = new Set(
    options.labels ? labelNames : [...foundLabels(columns).map((column) => column.name), ...labelNames],
  );
  return {
    ...description,
    columns: columns.map((column) => ({ ...column, ...taken(column) })),
  };

  function taken(column: ColumnDescription): Pick<ColumnDescription, "use" | "separator" | "decimal"> {
    const nothing = { separator: column.separator, decimal: column.decimal };
    if (column.name === smiles) return { use: "SMILES", ...nothing };
    if (labels.has(column.name)) {
      const use =
        (Object.hasOwn(kinds, column.name) ? kinds[column.name] : null) ?? labelKindOf(column) ?? "SINGLE_LABEL";
      return {
        use,
        separator: use === "MULTI_LABEL" ? (options.separator ?? column.separator ?? "|") : null,
        decimal: use === "NUMBER" ? (options.decimal ?? column.decimal ?? ".") : null,
      };
    }
    return { use: column.name === name ? "NAME" : null, ...nothing };
  }
}

/**
 * The columns for the reader, of a description with `use`. COLUMN_NOT_FOUND without a column of SMILES,
 * COLUMN_AMBIGUOUS with several of which none is called smiles.
 */
export function columnsOf(description: CsvDescription, path: string): CsvColumns {
  const { columns, format, delimiter, header, encoding, missing } = description;
  const smiles = columns.find(({ use }) => use === "SMILES")?.name;
  if (smiles === undefined) throw noSmiles(columns, path);
  const of = (kind: LabelKind): ColumnDescription[] => columns.filter(({ use }) => use === kind);
  const names = (list: readonly ColumnDescription[]): string[] => list.map((column) => column.name);
  const name = columns.find(({ use }) => use === "NAME")?.name;
  return {
    smiles,
    format,
    delimiter,
    header,
    encoding,
    missing,
    ...(name === undefined ? {} : { name }),
    labels: names(of("SINGLE_LABEL")),
    multiLabels: names(of("MULTI_LABEL")),
    numbers: names(of("NUMBER")),
    separators: Object.fromEntries(of("MULTI_LABEL").map((column) => [column.name, column.separator ?? "|"])),
    decimalCommas: names(of("NUMBER").filter(({ decimal }) => decimal === ",")),
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
