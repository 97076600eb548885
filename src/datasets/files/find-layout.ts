/**
 * How a table is laid out, found in the first part of its text: the separator of its cells, whether its first record
 * names the columns, and whether it is a SMILES file, whose cells are separated by white space. A separator occurs in
 * the first record and equally often in at least half of the records; quotes are respected. If several do (CCO,a|b),
 * the one that gives a column of molecules is used.
 */
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded } from "../limits.js";
import { type Layout, recordsOfText } from "../records.js";

/** For each text, whether it is a valid SMILES. One call for many texts. */
export type ReadsAsMolecules = (texts: readonly string[]) => Promise<boolean[]>;

/** What the user names of the layout; the rest is found. */
export type LayoutOptions = Partial<Layout>;

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
): Promise<Layout> {
  const found = await findFormat(text, readsAsMolecules, given, limits);
  const records = recordsOfText(text, found, ASKED + 1);
  checkWidth(records, limits);
  const header = given.header ?? (await hasHeader(records, readsAsMolecules, found));
  return { ...found, header };
}

function checkWidth([first = []]: readonly string[][], limits: ImportLimits): void {
  if (first.length > limits.columns) throw limitExceeded("columns", limits, "The table");
}

async function findFormat(
  text: string,
  readsAsMolecules: ReadsAsMolecules,
  { format, delimiter }: LayoutOptions,
  limits: ImportLimits,
): Promise<Omit<Layout, "header">> {
  if (format === "SMILES") return { format, delimiter: " " };
  if (delimiter !== undefined) return { format: "CSV", delimiter };
  const start = text.slice(0, LOOKED_AT.characters);
  const candidates = [
    ...DELIMITERS.map((character) => ({ format: "CSV" as const, delimiter: character })),
    ...(format === "CSV" ? [] : [{ format: "SMILES" as const, delimiter: " " }]),
  ].flatMap((layout) => {
    const records = recordsOfText(start, layout, LOOKED_AT.records);
    const share = shareOfWidth(records, layout);
    if (share < ENOUGH) return [];
    checkWidth(records, limits);
    return [{ layout, records, share }];
  });
  const scored = await Promise.all(
    candidates.map(async ({ layout, records, share }) => {
      const columns = layout.format === "SMILES" ? [0] : records[0].map((_, column) => column);
      const shares = await moleculeShares(records.slice(1), columns, readsAsMolecules);
      const first = await moleculeShares(records.slice(0, 1), columns, readsAsMolecules);
      const molecules = Math.max(...(records.length > 1 ? shares : first));
      return { layout, share, hasMolecules: molecules >= ENOUGH };
    }),
  );
  // White space is the separator only if it gives molecules and no other character does.
  const taken = scored.filter(({ layout, hasMolecules }) => layout.format === "CSV" || hasMolecules);
  taken.sort((a, b) => Number(b.hasMolecules) - Number(a.hasMolecules) || b.share - a.share);
  return taken[0]?.layout ?? { format: "CSV", delimiter: "," };
}

/**
 * Share of the records that have as many cells as the first, if that has several; for white space, of those with a
 * name.
 */
function shareOfWidth(records: readonly (readonly string[])[], { format }: Pick<Layout, "format">): number {
  if (records.length === 0) return 0;
  if (format === "SMILES") return records.filter(([, name]) => name !== "").length / records.length;
  const width = records[0].length;
  return width < 2 ? 0 : records.filter((cells) => cells.length === width).length / records.length;
}

/** Names of a column of molecules. */
const STRUCTURE = /smiles|structure|^mol(ecule)?s?$/i;
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
  const isNumber = (column: number): boolean =>
    NUMBER.test(cells[column]) &&
    rest.length > 0 &&
    rest.every((row) => (row[column] ?? "") === "" || NUMBER.test(row[column].trim()));
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
  text.length <= 1_000 && !/\s/.test(text) && !NUMBER.test(text) && !text.startsWith("InChI=");
