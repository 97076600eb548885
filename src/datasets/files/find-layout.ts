/**
 * How a table is laid out, found in the first part of its text: lines above it that are none of it (preamble.ts), the
 * separator of its cells, whether its first record names the columns, and whether it is a SMILES file, whose cells are
 * separated by white space. A separator occurs in the first record, and at least half of the records have as many cells
 * as that or end before it; quotes are respected. If several do (CCO,a|b), the one that gives a column of molecules is
 * used; white space only if no other does.
 */
import { isInchi, withoutFeatures } from "../../chem/given.js";
import { missingTest } from "../cells/missing.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded } from "../limits.js";
import { type Layout, type RecordLayout, recordsOfText, STRUCTURE } from "../records.js";
import { preambleOf } from "./preamble.js";

/** For each text, whether it is a valid SMILES. One call for many texts. */
export type ReadsAsMolecules = (texts: readonly string[]) => Promise<boolean[]>;

/** What the user names of the layout; the rest is found. */
export type LayoutOptions = Partial<Omit<Layout, "skippedLines">>;

export interface FoundLayout extends Layout {
  /** The lines that are skipped, without blank ones. */
  skipped: string[];
}

const DELIMITERS = [",", "\t", ";", "|"];
/** Records and characters that are examined for the separator. */
const LOOKED_AT = { records: 100, characters: 65_536 };
const ENOUGH = 0.5;
/** Values of a column that are checked as molecules; fewer, at least 3, where columns are many. */
const ASKED = 40;
const ASKED_OF_ALL = 4_000;

export async function findLayout(
  text: string,
  readsAsMolecules: ReadsAsMolecules,
  given: LayoutOptions,
  limits: ImportLimits = DEFAULT_IMPORT_LIMITS,
): Promise<FoundLayout> {
  const above = preambleOf(text);
  const named = given.format === "SMILES" ? {} : { delimiter: above.delimiter ?? undefined };
  const found = await findFormat(above.rest, readsAsMolecules, { ...named, ...defined(given) }, limits);
  const records = recordsOfText(above.rest, found, ASKED + 1);
  checkWidth(records, limits);
  const skip = { skippedLines: above.lines, skipped: above.texts };
  const header = await hasHeader(records, readsAsMolecules, found);
  const last = header ? null : headerAbove(above.texts, records, found);
  // "#smiles,class" above rows of data: its line is the header.
  if (last && given.header !== false)
    return { ...found, header: true, skippedLines: above.lines - 1, skipped: above.texts.slice(0, -1) };
  return { ...found, ...skip, header: given.header ?? header };
}

const defined = (given: LayoutOptions): LayoutOptions =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** The last remark above a table, if it names its columns: as many as the first row has, one of them of molecules. */
function headerAbove(remarks: readonly string[], [first]: readonly string[][], layout: RecordLayout): string[] | null {
  const last = remarks.at(-1);
  if (!last?.startsWith("#") || layout.format === "SMILES" || !first) return null;
  const [cells = []] = recordsOfText(last, layout, 1);
  const names = cells.map((cell, index) => (index === 0 ? cell.replace(/^#\s*/, "") : cell).trim());
  return cells.length === first.length && names.some((name) => STRUCTURE.test(name) && !/\s/.test(name)) ? cells : null;
}

function checkWidth([first = []]: readonly string[][], limits: ImportLimits): void {
  if (first.length > limits.columns) throw limitExceeded("columns", limits, "The table");
}

async function findFormat(
  text: string,
  readsAsMolecules: ReadsAsMolecules,
  { format, delimiter }: LayoutOptions,
  limits: ImportLimits,
): Promise<Pick<Layout, "format" | "delimiter">> {
  if (format === "SMILES") return { format, delimiter: " " };
  if (delimiter !== undefined) return { format: "CSV", delimiter };
  const start = text.slice(0, LOOKED_AT.characters);
  if (format === undefined && hasFeatures(start)) return { format: "SMILES", delimiter: " " };
  const candidates = [
    ...DELIMITERS.map((character) => ({ format: "CSV" as const, delimiter: character })),
    ...(format === "CSV" ? [] : [{ format: "SMILES" as const, delimiter: " " }]),
  ].flatMap((layout) => {
    const records = recordsOfText(start, layout, LOOKED_AT.records);
    const width = widthOf(records, layout);
    if (width.fits < ENOUGH) return [];
    checkWidth(records, limits);
    return [{ layout, records, ...width }];
  });
  const scored = await Promise.all(
    candidates.map(async ({ layout, records, ...width }) => {
      const columns = layout.format === "SMILES" ? [0] : records[0].map((_, column) => column);
      const shares = await moleculeShares(records.slice(1), columns, readsAsMolecules);
      const first = await moleculeShares(records.slice(0, 1), columns, readsAsMolecules);
      const molecules = Math.max(...(records.length > 1 ? shares : first));
      // Two columns, a molecule first and no header: a SMILES file if all of its lines are one.
      const isPlain = columns.length === 2 && layout.delimiter === "\t" && first[0] === 1;
      return { layout, ...width, isPlain, hasMolecules: molecules >= ENOUGH };
    }),
  );
  const tables = scored.filter(({ layout }) => layout.format === "CSV");
  tables.sort((a, b) => Number(b.hasMolecules) - Number(a.hasMolecules) || b.fits + b.equal - a.fits - a.equal);
  const table = tables.at(0);
  const lines = scored.find(({ layout, hasMolecules }) => layout.format === "SMILES" && hasMolecules);
  // Every table between tabs is a SMILES file too, if its cells are read as one name.
  const isTable = table?.hasMolecules && !(table.isPlain && lines && lines.fits > table.equal);
  return (isTable ? table : (lines ?? table))?.layout ?? { format: "CSV", delimiter: "," };
}

/** Whether the lines are CXSMILES, whose bars and commas separate no cells: "CCO |&1:1| ethanol". */
function hasFeatures(text: string): boolean {
  const lines = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "")
    .slice(0, LOOKED_AT.records);
  const extended = lines.filter((line) => /^\S+ +\|[^|]*\|( [^\t]*)?$/.test(line));
  return lines.length > 0 && extended.length >= ENOUGH * lines.length;
}

/**
 * Shares of the records. `equal`: with as many cells as the first, if that has several; of white space, with a name.
 * `fits`: those, and records of several cells that end before it, or that have more of which all are empty.
 */
function widthOf(records: readonly (readonly string[])[], { format }: RecordLayout): { equal: number; fits: number } {
  const width = records.at(0)?.length ?? 0;
  const share = (holds: (cells: readonly string[]) => boolean): number =>
    records.length === 0 ? 0 : records.filter(holds).length / records.length;
  const equal = share((cells) => (format === "SMILES" ? cells[1] !== "" : width > 1 && cells.length === width));
  if (format === "SMILES") return { equal, fits: equal };
  const isEnded = (cells: readonly string[]): boolean => cells.slice(width).every((cell) => cell.trim() === "");
  return { equal, fits: share((cells) => width > 1 && cells.length > 1 && isEnded(cells)) };
}

/** As all patterns here, with one way only to read a text: a cell may have a million characters. */
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** Whether the first record names the columns. A row of data read as names would lose its molecule. */
async function hasHeader(
  [first = [], ...rest]: readonly string[][],
  readsAsMolecules: ReadsAsMolecules,
  { format }: Pick<Layout, "format">,
): Promise<boolean> {
  const cells = first.map((cell) => cell.trim());
  const columns = format === "SMILES" ? [0] : cells.map((_, column) => column);
  const [below, above] = await Promise.all([
    moleculeShares(rest, columns, readsAsMolecules),
    moleculeShares([cells], columns, readsAsMolecules),
  ]);
  const structures = columns.filter((_, index) => (rest.length > 0 ? below[index] : above[index]) >= ENOUGH);
  // Columns are counted from 0, so a column is its own place in `above`.
  if (structures.some((column) => above[column] === 1)) return false;
  if (columns.some((column) => STRUCTURE.test(cells[column]))) return true;
  // A SMILES that RDKit refuses is data, too.
  const isLikeSmiles = (cell: string): boolean => /[=#[\]@()\d]/.test(cell) && !/\s/.test(cell);
  if (structures.some((column) => isLikeSmiles(cells[column]))) return false;
  if (format === "SMILES") return false;
  const isMissing = missingTest(undefined);
  const isNoText = (text: string): boolean => text === "" || NUMBER.test(text) || isMissing(text);
  const isNumber = (column: number): boolean =>
    NUMBER.test(cells[column]) && rest.length > 0 && rest.every((row) => isNoText((row[column] ?? "").trim()));
  return !columns.some(isNumber);
}

/**
 * For each column, the share of its first distinct values that are molecules. It is reduced when few values are
 * repeated often: a column of a few words that are valid SMILES by chance (CO, N) is no column of structures.
 */
export async function moleculeShares(
  records: readonly (readonly string[])[],
  columns: readonly number[],
  readsAsMolecules: ReadsAsMolecules,
): Promise<number[]> {
  const most = Math.min(ASKED, Math.max(3, Math.floor(ASKED_OF_ALL / columns.length)));
  const values = columns.map((column) => {
    const filled = records.map((cells) => (cells[column] ?? "").trim()).filter((cell) => cell !== "");
    return { filled: filled.length, distinct: [...new Set(filled)].slice(0, most) };
  });
  const asked = [...new Set(values.flatMap(({ distinct }) => distinct.filter(couldBe)))];
  const answers = asked.length === 0 ? [] : await readsAsMolecules(asked);
  const molecules = new Set(asked.filter((_, index) => answers[index]));
  return values.map(({ filled, distinct }) => {
    if (distinct.length === 0) return 0;
    const share = distinct.filter((text) => molecules.has(text)).length / distinct.length;
    return share * Math.min(1, distinct.length / Math.min(filled, most));
  });
}

/** Numbers, texts with spaces and texts above the limit of a SMILES are not sent to RDKit. */
const couldBe = (text: string): boolean =>
  isInchi(text) || (text.length <= 1_000 && !/\s/.test(withoutFeatures(text)) && !NUMBER.test(text));
