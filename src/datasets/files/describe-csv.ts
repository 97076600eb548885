/**
 * What a table is and what its columns hold, found before it is used: encoding, separator, header, and for each column
 * the kind, the share of missing values and examples. Encoding and line ends hold for the whole file, which is read for
 * them; the rest is found in its first 1,000 records or 1,048,576 characters, and `isWhole` says whether those are all.
 */
import { MaillardError } from "../../errors.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../limits.js";
import { columnNames, type Layout, recordsOfText, unreadable } from "../records.js";
import type { LabelKind } from "../types.js";
import type { ColumnKind } from "./column-kind.js";
import { type FoundKind, isNumeric, kindOfColumn, MISSING_MARKS } from "./column-kind.js";
import { findLayout, type LayoutOptions, moleculeShares, type ReadsAsMolecules } from "./find-layout.js";
import { readHead, type TextFile } from "./text-file.js";

export interface ColumnDescription {
  /** From 1. */
  position: number;
  /** As the header has it; "column 3" where it has none, "mass (2)" where it has one twice. */
  name: string;
  kind: ColumnKind;
  /** How an import uses it; null: not at all. Set by chooseColumns. */
  use: "SMILES" | "NAME" | LabelKind | null;
  /** MULTI_LABEL: between the labels of a cell. Else null. */
  separator: string | null;
  /** NUMBER: what comes before the fraction. Else null. */
  decimal: "." | "," | null;
  /** Different values in the sample; of MULTI_LABEL, different labels. */
  distinct: number;
  /** Share of the sampled rows without a value, 0 to 1. */
  missingShare: number;
  /** The first three different values, cut after 80 characters. */
  examples: string[];
  /** A remark on the result for the user; null: none. */
  note: string | null;
}

export interface CsvDescription extends Layout {
  encoding: string;
  byteOrderMark: boolean;
  compression: TextFile["compression"];
  /** Lines of the whole file, the header included. */
  lines: number;
  /** Rows that were examined, and whether these are all rows of the file. */
  sampledRows: number;
  isWhole: boolean;
  /** Rows among them that do not have as many cells as the header. */
  malformedRows: number;
  /** Texts that are read as "not known" in columns of labels, besides empty ones. */
  missing: string[];
  columns: ColumnDescription[];
}

export interface DescribeOptions extends LayoutOptions {
  /** Between the labels of a multi-label cell. */
  separator?: string;
  decimal?: "." | ",";
  missing?: readonly string[];
}

const SAMPLE = { rows: 1_000, characters: 1_048_576 };
/** Share of molecules among the examined values from which a column is one of SMILES. */
const ENOUGH = 0.5;
const LONGEST_EXAMPLE = 80;

/** The part of a file that describeHead needs. */
export const readSample = (file: TextFile): Promise<{ text: string; isWhole: boolean }> =>
  readHead(file, SAMPLE.characters);

/** EMPTY_INPUT for a file without a row of data, BAD_INPUT for one with invalid quotes. */
export async function describeCsv(
  file: TextFile,
  readsAsMolecules: ReadsAsMolecules,
  options: DescribeOptions = {},
): Promise<CsvDescription> {
  return describeHead(file, await readSample(file), readsAsMolecules, options);
}

export async function describeHead(
  file: TextFile,
  head: { text: string; isWhole: boolean },
  asked: ReadsAsMolecules,
  options: DescribeOptions,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): Promise<CsvDescription> {
  const readsAsMolecules = remembered(asked);
  const layout = await findLayout(head.text, readsAsMolecules, options, limits);
  const most = SAMPLE.rows + (layout.header ? 1 : 0);
  const records = recordsOfText(head.text, layout, most + 1, (problem) => {
    // A quote may be closed below the examined part.
    if (head.isWhole || problem.code !== "CSV_QUOTE_NOT_CLOSED") throw unreadable(file.path, problem);
  });
  const isWhole = head.isWhole && records.length <= most;
  const rows = records.slice(layout.header ? 1 : 0, most);
  if (records.length === 0 || rows.length === 0)
    throw new MaillardError(
      "EMPTY_INPUT",
      records.length === 0
        ? `${file.path} is empty: a header line and at least one row are needed.`
        : `${file.path} has a header line and no row below it: at least one is needed.`,
      { param: "file" },
    );
  const names = columnNames(layout, records[0]);
  const complete = rows.filter((cells) => cells.length === names.length);
  const cells = names.map((_, column) => complete.map((row) => row[column].trim()));
  const missing = options.missing ?? marksOf(cells);
  const structures = await structureColumns(names, complete, readsAsMolecules);
  const columns = names.map((name, column): ColumnDescription => {
    const values = cells[column].filter((text) => text !== "" && !missing.includes(text));
    const distinct = [...new Set(values)];
    const found = structures.get(column) ?? kindOf(name, column, values);
    return {
      position: column + 1,
      name,
      kind: found.kind,
      use: null,
      separator: found.separator ?? null,
      decimal: found.decimal ?? null,
      distinct: found.distinct ?? distinct.length,
      missingShare: complete.length === 0 ? 0 : (complete.length - values.length) / complete.length,
      examples: distinct.slice(0, 3).map((text) => cut(text)),
      note: found.note ?? ((found.kind === "CONSTANT" || found.kind === "EMPTY") && !isWhole ? ONLY_SO_FAR : null),
    };
  });
  const { path: _path, ...rest } = file;
  const counts = { sampledRows: rows.length, isWhole, malformedRows: rows.length - complete.length };
  return { ...layout, ...rest, ...counts, missing: [...missing], columns };

  function kindOf(name: string, column: number, values: readonly string[]): FoundKind {
    const isName = layout.format === "SMILES" && column === 1 && values.length > 0;
    return isName ? { kind: "NAME" } : kindOfColumn(name, values, { rows: complete.length, ...options });
  }
}

const ONLY_SO_FAR = "in the rows looked at; name it to take it";

/** The marks of missing values in columns of numbers. */
function marksOf(cells: readonly (readonly string[])[]): string[] {
  const found = new Set<string>();
  for (const column of cells) {
    const marks = column.filter((text) => MISSING_MARKS.includes(text));
    if (marks.length === 0) continue;
    if (!isNumeric(column.filter((text) => text !== "" && !MISSING_MARKS.includes(text)))) continue;
    for (const mark of marks) found.add(mark);
  }
  return [...found];
}

/** Positions of the columns of SMILES: those that RDKit can read; otherwise the one that is called smiles. */
async function structureColumns(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  readsAsMolecules: ReadsAsMolecules,
): Promise<Map<number, FoundKind>> {
  const every = names.map((_, column) => column);
  const shares = await moleculeShares(rows, every, readsAsMolecules);
  const molecules = every.filter((column) => shares[column] >= ENOUGH);
  // Beside a column of SMILES, a column of elements or other words of two letters is not one.
  const longer = molecules.filter((column) => rows.some((row) => row[column].trim().length > 2));
  const found = longer.length > 0 ? longer : molecules;
  if (found.length > 0) return new Map(found.map((column) => [column, { kind: "SMILES" }]));
  const called = names.findIndex((name) => name.toLowerCase() === "smiles");
  const note = "by its name: most of the values looked at are no molecules";
  return new Map(called < 0 ? [] : [[called, { kind: "SMILES", ...(rows.length > 0 ? { note } : {}) }]]);
}

/** Checks each text once. */
function remembered(readsAsMolecules: ReadsAsMolecules): ReadsAsMolecules {
  const known = new Map<string, boolean>();
  return async (texts) => {
    const fresh = [...new Set(texts.filter((text) => !known.has(text)))];
    const answers = fresh.length === 0 ? [] : await readsAsMolecules(fresh);
    for (const [index, text] of fresh.entries()) known.set(text, answers[index]);
    return texts.map((text) => known.get(text) as boolean);
  };
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST_EXAMPLE ? `${characters.slice(0, LONGEST_EXAMPLE - 1).join("")}…` : text;
}
