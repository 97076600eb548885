/**
 * What a column of a table holds, found from its values and, where these are ambiguous, from its name. The rules:
 *   - 0/1 and other pairs of whole numbers are classes (Tox21), longer ranges of numbers are numbers
 *   - whole numbers that count the rows, or have a column name that ends in "id", are identifiers; so are InChIKeys,
 *     CAS numbers and codes such as FDB000001
 *   - a multi-label cell is split if its parts occur in other cells too: "sweet, green" beside "sweet, woody" is two
 *     labels, "Lignans, neolignans and related compounds" is one
 *   - texts that are repeated often are classes, others are names or texts
 */

export type ColumnKind =
  | "SMILES"
  | "NAME"
  | "IDENTIFIER"
  | "SINGLE_LABEL"
  | "MULTI_LABEL"
  | "NUMBER"
  | "TEXT"
  | "CONSTANT"
  | "EMPTY";

export interface FoundKind {
  kind: ColumnKind;
  /** MULTI_LABEL: between the labels of a cell. */
  separator?: string;
  /** NUMBER: what comes before the fraction. */
  decimal?: "." | ",";
  /** MULTI_LABEL: labels, where a cell holds several. */
  distinct?: number;
  /** A remark on the result for the user. */
  note?: string;
}

/** Distinct values of a column of classes at most; and values for each of them at least. */
const MOST_CLASSES = 1_000;
const LEAST_REPEATS = 2;
/** A column of fewer values is small: one repeated value makes it classes. */
const SMALL = 20;
/** Share of the values that decides the kind; the import reports the other values, row by row. */
const MOST = 0.95;
/** Characters; above, it is prose. */
const LONG_TEXT = 120;

/** As all patterns here, with one way only to read a text: a cell may have a million characters. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const WITH_COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
/** 1,234: a fraction or thousands. */
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/;
const WHOLE = /^[+-]?\d+(\.0*)?$/;
const IDENTIFIERS = [
  /^[A-Z]{14}-[A-Z]{10}-[A-Z]$/, // InChIKey
  /^InChI=/,
  /^\d{2,7}-\d{2}-\d$/, // CAS
  /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i, // UUID
];
/** Identifiers only if hardly any value is repeated. */
const CODE = /^[A-Za-z]{1,12}[-_:. ]?\d{2,}$/;
const DATE = /^\d{4}-\d{2}-\d{2}/;
const CALLED_ID = /(^|[^a-z])(ids?|idx|index|cid|sid|aid|no|nr|uuid)$/i;
const CALLED_ID_CAMEL = /[a-z](Id|ID|CID|SID)$/;
const CALLED_CLASS = /class|label|categor|group|cluster|type|active|activity_outcome|toxic|split|fold/i;
const CALLED_NAME = /name|title|synonym|^(compound|molecule|drug|chemical|substance|ligand)s?$/i;

/** The texts that mean "not known" in tables: pandas reads them so. */
export const MISSING_MARKS: readonly string[] = [
  "NA",
  "N/A",
  "n/a",
  "#N/A",
  "<NA>",
  "NaN",
  "nan",
  "NULL",
  "null",
  "None",
];

/** `values`: those of the sample in the order of the rows, trimmed, without what is missing. `rows`: of the sample. */
export function kindOfColumn(
  name: string,
  values: readonly string[],
  { rows, decimal, separator }: { rows: number; decimal?: "." | ","; separator?: string },
): FoundKind {
  if (values.length === 0) return { kind: "EMPTY" };
  const counts = countsOf(values);
  if (counts.size === 1 && rows > 1 && values.length > 1) return { kind: "CONSTANT" };
  return numberKind(name, values, counts, decimal) ?? textKind(name, values, counts, separator);
}

/** Whether all values except the marks of missing ones are numbers: then the marks mean missing. */
export function isNumeric(values: readonly string[]): boolean {
  return values.length > 0 && share(values, (text) => NUMBER.test(text) || WITH_COMMA.test(text)) >= MOST;
}

function numberKind(
  name: string,
  values: readonly string[],
  counts: ReadonlyMap<string, number>,
  decimal: "." | "," | undefined,
): FoundKind | null {
  const commas = values.filter((text) => WITH_COMMA.test(text));
  const areCommas = decimal !== "." && commas.length > 0 && values.every((text) => !text.includes("."));
  const isNumber = (text: string): boolean => NUMBER.test(text) || (areCommas && WITH_COMMA.test(text));
  const numbers = share(values, isNumber);
  if (numbers < MOST) return null;
  if (areCommas) {
    if (decimal === undefined && commas.every((text) => THOUSANDS.test(text)))
      return { kind: "TEXT", note: "its commas may stand before a fraction or between thousands: say which (decimal)" };
    return { kind: "NUMBER", decimal: ",", note: "decimal commas" };
  }
  const others = values.length - values.filter(isNumber).length;
  const bad = others > 0 ? { note: `${others} of the values looked at are no numbers: left out, and reported` } : {};
  if (!values.every((text) => WHOLE.test(text))) return { kind: "NUMBER", decimal: ".", ...bad };
  const distinct = new Set(values.map(Number));
  const isFlag = [...distinct].every((value) => value === 0 || Math.abs(value) === 1);
  if (distinct.size === 2 && (isFlag || values.length >= 10)) return { kind: "SINGLE_LABEL" };
  if (distinct.size > 2 && (CALLED_ID.test(name) || CALLED_ID_CAMEL.test(name) || countsRows(values)))
    return { kind: "IDENTIFIER" };
  const isFew = distinct.size <= SMALL && values.length >= LEAST_REPEATS * distinct.size;
  if (isFew && CALLED_CLASS.test(name)) return { kind: "SINGLE_LABEL" };
  const note = isFew ? `whole numbers, ${counts.size} different: SINGLE_LABEL if they are classes` : undefined;
  return { kind: "NUMBER", decimal: ".", ...(note ? { note } : {}) };
}

function textKind(
  name: string,
  values: readonly string[],
  counts: ReadonlyMap<string, number>,
  given: string | undefined,
): FoundKind {
  if (IDENTIFIERS.some((pattern) => share(values, (text) => pattern.test(text)) >= MOST)) return { kind: "IDENTIFIER" };
  const isExactName = /^(name|title)$/i.test(name);
  const isMostlyDistinct = counts.size > values.length / LEAST_REPEATS;
  if (!isExactName && counts.size >= MOST * values.length && share(values, (text) => CODE.test(text)) >= MOST)
    return { kind: "IDENTIFIER" };
  if (CALLED_NAME.test(name) && !CALLED_CLASS.test(name) && (isExactName || isMostlyDistinct)) return { kind: "NAME" };
  if (share(values, (text) => DATE.test(text)) >= MOST) return { kind: "TEXT", note: "dates" };
  const separator = given ?? innerSeparator([...counts.keys()]);
  if (separator !== null && values.some((text) => text.includes(separator))) {
    const parts = values.flatMap((text) => text.split(separator).map((part) => part.trim())).filter(Boolean);
    const distinct = new Set(parts).size;
    const areLong = parts.some((part) => part.length > LONG_TEXT);
    if (!areLong && isClasses(distinct, parts.length)) return { kind: "MULTI_LABEL", separator, distinct };
  }
  const areLong = share(values, (text) => text.length <= LONG_TEXT) < MOST;
  return { kind: !areLong && isClasses(counts.size, values.length) ? "SINGLE_LABEL" : "TEXT" };
}

/** Whether so many different values among all of them are classes. */
const isClasses = (distinct: number, values: number): boolean =>
  distinct <= MOST_CLASSES && (distinct * LEAST_REPEATS <= values || (values < SMALL && distinct < values));

/**
 * "|", ";" or ",": the first that splits cells into parts of which at least half occur in other cells too.
 */
function innerSeparator(cells: readonly string[]): string | null {
  for (const separator of ["|", ";", ","]) {
    const split = cells.map((cell) => [...new Set(cell.split(separator).map((part) => part.trim()))].filter(Boolean));
    const joined = split.filter((parts) => parts.length > 1);
    if (joined.length === 0) continue;
    // Texts seldom contain a bar.
    if (separator === "|") return separator;
    const cellsOf = countsOf(split.flat());
    const parts = [...new Set(joined.flat())];
    if (parts.filter((part) => (cellsOf.get(part) ?? 0) > 1).length >= parts.length / 2) return separator;
  }
  return null;
}

/** 0, 1, 2, … or 17, 18, 19, …, a few left out. */
function countsRows(values: readonly string[]): boolean {
  if (values.length < 3) return false;
  const numbers = values.map(Number);
  const steps = numbers.slice(1).map((value, index) => value - numbers[index]);
  return steps.every((step) => step > 0) && steps.filter((step) => step === 1).length >= 0.8 * steps.length;
}

const share = (values: readonly string[], holds: (text: string) => boolean): number =>
  values.filter(holds).length / values.length;

function countsOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
