/**
 * What a table is and what its columns hold, found before it is used: encoding, separator, header, and for each column
 * the kind, the share of missing values and examples. Encoding and line ends hold for the whole file, which is read for
 * them; the rest is found in its first 1,000 records or 1,048,576 characters, and `isWhole` says whether those are all.
 * Columns that hold one value there, or none, are looked at in the whole file by late-columns.ts.
 */
import { isInchi } from "../../chem/given.js";
import { MaillardError } from "../../errors.js";
import { missingTest } from "../cells/missing.js";
import { type CellReading, composed } from "../cells/spelling.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../limits.js";
import { columnNames, recordsOfText } from "../records.js";
import { type LabelKind, ordered, type TextCount } from "../types.js";
import { type ColumnKind, type FoundKind, kindOfColumn } from "./column-kind.js";
import {
  type FoundLayout,
  findLayout,
  type LayoutOptions,
  moleculeShares,
  type ReadsAsMolecules,
} from "./find-layout.js";
import { unreadable } from "./quotes.js";
import type { TableSource } from "./sources/types.js";
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
  /** NUMBER: whether the other mark stands between thousands. */
  grouped: boolean;
  /** Whether it may hold numbers whose marks are those of fractions or of thousands: `decimal` says which. */
  ambiguous: boolean;
  /**
   * How its cells are read: LIST, as ["a", "b"]; BOOLEAN, TRUE, true and 1 as "true"; WHOLE, 1.0 as 1. Null: as they
   * are.
   */
  reading: CellReading | null;
  /** Whether its values are those of a split column (cells/split-names.ts). */
  holdsSplits: boolean;
  /** Different values in the sample; of MULTI_LABEL, different labels. */
  distinct: number;
  /** Share of the sampled rows without a value, 0 to 1. */
  missingShare: number;
  /** Texts of the sample that are read as "not known", most frequent first. */
  missingTexts: TextCount[];
  /** Rows of the sample that end before this column. */
  leftOut: number;
  /** The first three different values, cut after 80 characters. */
  examples: string[];
  /** A remark on the result for the user; null: none. */
  note: string | null;
}

export interface CsvDescription extends FoundLayout {
  encoding: string;
  byteOrderMark: boolean;
  compression: TextFile["compression"];
  /** Of a file that is no text of cells: what it is. */
  source?: TableSource["kind"];
  /** Lines of the whole file, the header included. */
  lines: number;
  /** Rows that were examined, and whether these are all rows of the file. */
  sampledRows: number;
  isWhole: boolean;
  /** Rows among them that will be left out: cells of columns that are used are missing, or there are too many. */
  malformedRows: number;
  /** Rows among them with more cells than there are columns, empty ones at the end not counted. */
  surplusRows: number;
  /** Whether rows that end early are usual in this table: then what they lack is read as empty cells. */
  endsEarly: boolean;
  /** Texts that are read as "not known" in columns of labels, beside empty ones: those named, or found. */
  missing: string[];
  /** Whether the user named them. Otherwise those of the table hold, also where the sample has none of them. */
  missingIsNamed: boolean;
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
/** Rows that end early, and their share, from which that is usual in a table. */
const ENDS_EARLY = { rows: 3, share: 0.1 };
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
  const layout = file.table ? AS_CSV : await findLayout(head.text, readsAsMolecules, options, limits);
  const most = SAMPLE.rows + (layout.header ? 1 : 0);
  const records = recordsOfText(head.text, layout, most + 1, (problem, line) => {
    // A quote may be closed below the examined part.
    if (head.isWhole || problem.code !== "CSV_QUOTE_NOT_CLOSED") throw unreadable(file.path, problem, line);
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
  const names = columnNames(layout, layout.header ? records[0] : widest(rows));
  const complete = rows.filter((cells) => cells.slice(names.length).every((cell) => cell.trim() === ""));
  const surplusRows = rows.length - complete.length;
  const short = complete.filter((cells) => cells.length < names.length).length;
  const endsEarly = short >= ENDS_EARLY.rows && short >= ENDS_EARLY.share * rows.length;
  const isMissing = missingTest(options.missing);
  const structures = await structureColumns(names, complete, readsAsMolecules);
  const texts = names.map((_, column) => complete.map((row) => composed((row[column] ?? "").trim())));
  const missingOf = texts.map((cells, column) =>
    structures.has(column) ? [] : ordered(countsOf(cells.filter((text) => text !== "" && isMissing(text)))),
  );
  const values = texts.map((cells, column) =>
    cells.filter((text) => text !== "" && (structures.has(column) || !isMissing(text))),
  );
  const first = names.map((name, column) => structures.get(column) ?? kindOf(name, column, false));
  const kinds = first.some(({ decimal }) => decimal === ",")
    ? names.map((name, column) => structures.get(column) ?? kindOf(name, column, true))
    : first;
  const columns = names.map((name, column): ColumnDescription => {
    const found = kinds[column];
    const distinct = [...new Set(values[column])];
    const empty = complete.length - values[column].length;
    return {
      position: column + 1,
      name,
      kind: found.kind,
      use: null,
      separator: found.separator ?? null,
      decimal: found.decimal ?? null,
      grouped: found.grouped ?? false,
      ambiguous: found.ambiguous ?? false,
      reading: found.reading ?? null,
      holdsSplits: found.holdsSplits ?? false,
      distinct: found.distinct ?? distinct.length,
      missingShare: complete.length === 0 ? 0 : empty / complete.length,
      missingTexts: missingOf[column],
      leftOut: complete.filter((cells) => cells.length <= column).length,
      examples: distinct.slice(0, 3).map((text) => cut(text)),
      note: noteOf(column),
    };
  });
  const missing = options.missing ?? ordered(sums(missingOf)).map(({ text }) => text);
  const { path: _path, table, ...rest } = file;
  const counts = { sampledRows: rows.length, isWhole, malformedRows: surplusRows + short, surplusRows, endsEarly };
  return {
    ...layout,
    ...rest,
    ...(table ? { source: table.kind } : {}),
    ...counts,
    missing: [...missing],
    missingIsNamed: options.missing !== undefined,
    columns,
  };

  function kindOf(name: string, column: number, besideCommas: boolean): FoundKind {
    const isName = layout.format === "SMILES" && column === 1 && values[column].length > 0;
    if (isName) return { kind: "NAME" };
    return kindOfColumn(name, values[column], { rows: complete.length, besideCommas, ...options });
  }

  function noteOf(column: number): string | null {
    const found = kinds[column];
    const notes = [
      found.note ?? "",
      (found.kind === "CONSTANT" || found.kind === "EMPTY") && !isWhole ? ONLY_SO_FAR : "",
      formsNote(complete.map((row) => (row[column] ?? "").trim())),
      found.kind === "NUMBER" || found.kind === "SMILES" ? "" : missingNote(missingOf[column]),
    ].filter(Boolean);
    return notes.length === 0 ? null : notes.join("; ");
  }
}

/** How the records of a file that is no text of cells are shown (text-file.ts). */
export const AS_CSV: FoundLayout = { format: "CSV", delimiter: ",", header: true, skippedLines: 0, skipped: [] };

const ONLY_SO_FAR = "in the rows looked at; name it to take it";

/** The longest row of which there are enough: rows without a header may leave out empty cells at their end. */
function widest(rows: readonly (readonly string[])[]): readonly string[] {
  const longest = rows.reduce((found, row) => (row.length > found.length ? row : found), rows[0]);
  const enough = rows.filter(({ length }) => length === longest.length).length >= ENDS_EARLY.share * rows.length;
  return enough ? longest : rows[0];
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function sums(lists: readonly (readonly TextCount[])[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { text, count } of lists.flat()) all.set(text, (all.get(text) ?? 0) + count);
  return all;
}

/** A text in two Unicode forms is one value. */
function formsNote(texts: readonly string[]): string {
  const others = new Set(texts.filter((text) => composed(text) !== text));
  if (others.size === 0) return "";
  const seen = new Set(texts);
  const twice = [...others].find((text) => seen.has(composed(text)));
  return twice === undefined ? "" : `${JSON.stringify(composed(twice))} in two Unicode forms, read as one (NFC)`;
}

function missingNote(missing: readonly TextCount[]): string {
  if (missing.length === 0) return "";
  const counted = missing.slice(0, 3).map(({ text, count }) => `${JSON.stringify(text)} (${count})`);
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
  return `${counted.join(", ")}${more} read as not known; to keep one as a class, name the others (missing)`;
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
  const longer = molecules.filter((column) => rows.some((row) => (row[column] ?? "").trim().length > 2));
  const plain = longer.filter((column) => !rows.some((row) => isInchi(row[column] ?? "")));
  // Beside a column of SMILES, one of InChIs says the same.
  const found = [plain, longer, molecules].find(({ length }) => length > 0) ?? [];
  if (found.length > 0) return new Map(found.map((column) => [column, { kind: "SMILES" }]));
  const called = names.findIndex((name) => name.toLowerCase() === "smiles");
  const note = "by its name: most of the values looked at are no molecules";
  return new Map(called < 0 ? [] : [[called, { kind: "SMILES", ...(rows.length > 0 ? { note } : {}) }]]);
}

/** Checks each text once. Of an InChI the form is enough: reading it takes a process of its own. */
function remembered(readsAsMolecules: ReadsAsMolecules): ReadsAsMolecules {
  const known = new Map<string, boolean>();
  return async (texts) => {
    for (const text of texts) if (isInchi(text)) known.set(text, /^\s*InChI=1S\/[A-Z]\S*\s*$/.test(text));
    const fresh = [...new Set(texts.filter((text) => !known.has(text)))];
    const answers = fresh.length === 0 ? [] : await readsAsMolecules(fresh);
    for (const [index, text] of fresh.entries()) known.set(text, answers[index]);
    return texts.map((text) => known.get(text) as boolean);
  };
}

export function cut(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST_EXAMPLE ? `${characters.slice(0, LONGEST_EXAMPLE - 1).join("")}…` : text;
}
