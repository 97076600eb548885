/**
 * What a column of a table holds, found from its values and, where these are ambiguous, from its name. The rules:
 *   - 0/1 and other pairs of whole numbers are classes (Tox21), longer ranges of numbers are numbers
 *   - whole numbers that count the rows, or have a column name that ends in "id", are identifiers; so are InChIKeys,
 *     CAS numbers and codes such as FDB000001
 *   - a multi-label cell is split if its parts occur in other cells too: "sweet, green" beside "sweet, woody" is two
 *     labels, "Lignans, neolignans and related compounds" is one; or if it is a list, such as ["sweet", "green"]
 *   - texts that are repeated often are classes, others are names or texts
 */
import { hasQuotedItem, isLikeList, listOf } from "../cells/lists.js";
import { type Decimal, faultOfNumber, formatOf, isNumberIn, isPlainNumber, plainNumber } from "../cells/numbers.js";
import { alike, type CellReading, spelled, spellingOf } from "../cells/spelling.js";
import { holdsSplits, readSplits } from "../cells/split-names.js";

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
  /** NUMBER: what comes before the fraction, and whether the other mark comes between thousands. */
  decimal?: Decimal;
  grouped?: boolean;
  /** It may be numbers, and a mark in it a fraction's or that of thousands. */
  ambiguous?: boolean;
  /** How its cells are read before they are labels. */
  reading?: CellReading;
  /** Whether its values are those of a split column (cells/split-names.ts). */
  holdsSplits?: boolean;
  /** Labels, where that is not the number of different texts. */
  distinct?: number;
  /** A remark on the result for the user. */
  note?: string;
}

/** Distinct values of a column of classes at most; and values for each of them at least. */
export const MOST_CLASSES = 1_000;
const LEAST_REPEATS = 2;
/** A column of fewer values is small: one repeated value makes it classes. */
const SMALL = 20;
/** Share of the values that decides the kind; the import reports the other values, row by row. */
const MOST = 0.95;
/** Characters; above, it is prose. */
const LONG_TEXT = 120;

/** As all patterns here, with one way only to read a text: a cell may have a million characters. */
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
const CALLED_CLASS =
  /class|label|categor|group|cluster|type|active|activity_outcome|toxic|split|fold|partition|subset|^set$/i;
/** 0, 1 and 2 of such a column may be splits. */
const CALLED_SPLIT = /split|fold|partition|subset|^set$/i;
const CALLED_NAME = /name|title|synonym|^(compound|molecule|drug|chemical|substance|ligand)s?$/i;

export interface ColumnSetting {
  /** Of the sample. */
  rows: number;
  decimal?: Decimal;
  separator?: string;
  /** Whether other columns of the table have decimal commas. */
  besideCommas?: boolean;
}

/** `values`: those of the sample in the order of the rows, trimmed, without what is missing. */
export function kindOfColumn(name: string, values: readonly string[], setting: ColumnSetting): FoundKind {
  const found = kindOfValues(name, values, setting);
  if (found.kind !== "SINGLE_LABEL") return found;
  const counts = countsOf(values);
  if (!holdsSplits(counts) || (readSplits(counts).numbered && !CALLED_SPLIT.test(name))) return found;
  const note = [found.note ?? "", "splits: a finetune takes it as its split column"].filter(Boolean).join("; ");
  return { ...found, holdsSplits: true, note };
}

function kindOfValues(name: string, values: readonly string[], setting: ColumnSetting): FoundKind {
  if (values.length === 0) return { kind: "EMPTY" };
  const counts = countsOf(values);
  const list = setting.separator === undefined ? listKind(values) : null;
  if (list) return list;
  if (counts.size === 1 && setting.rows > 1 && values.length > 1) return { kind: "CONSTANT" };
  const spelling = counts.size <= MOST_CLASSES ? spellingOf([...counts.keys()]) : null;
  if (spelling === "BOOLEAN") return booleans(values, counts);
  return (
    numberKind(name, values, setting) ?? remarked(textKind(name, values, counts, setting.separator), [...counts.keys()])
  );
}

/** TRUE, True, true and 1. */
function booleans(values: readonly string[], counts: ReadonlyMap<string, number>): FoundKind {
  const [yes, no] = ["true", "false"].map((word) =>
    [...counts.keys()].filter((text) => spelled("BOOLEAN", text) === word).map((text) => JSON.stringify(text)),
  );
  const says = (texts: readonly string[], word: string): string[] =>
    texts.length === 0 ? [] : [`${texts.join(", ")} read as "${word}"`];
  const note = [...says(yes, "true"), ...says(no, "false")].join("; ");
  const distinct = new Set(values.map((text) => spelled("BOOLEAN", text))).size;
  return { kind: distinct < 2 ? "CONSTANT" : "SINGLE_LABEL", reading: "BOOLEAN", distinct, note };
}

/** Cells that are lists with quotes: ["sweet", "green"]. */
function listKind(values: readonly string[]): FoundKind | null {
  const like = values.filter(isLikeList);
  if (like.length < MOST * values.length || !like.some(hasQuotedItem)) return null;
  const lists = values.map((text) => listOf(text));
  const read = lists.filter((list) => list !== null);
  const quoted = values.filter((text, row) => (lists[row]?.length ?? 0) > 0 && hasQuotedItem(text));
  const filled = read.filter((list) => list.length > 0);
  if (read.length < MOST * values.length || quoted.length < filled.length / 2) return null;
  const labels = filled.flat();
  const distinct = new Set(labels).size;
  if (labels.some((label) => label.length > LONG_TEXT) || !isClasses(distinct, labels.length)) return null;
  const empty = read.length - filled.length;
  const note = `lists; ${empty > 0 ? `an empty one (${empty}) is read as not known` : "each item is a label"}`;
  return { kind: "MULTI_LABEL", reading: "LIST", distinct, note };
}

/** With a remark where classes differ only in case or spaces. */
function remarked(found: FoundKind, distinct: readonly string[]): FoundKind {
  const group = found.kind === "SINGLE_LABEL" ? alike(distinct) : null;
  if (!group) return found;
  const texts = group.map((text) => JSON.stringify(text)).join(", ");
  return { ...found, note: `${texts} differ only in case or spaces: each is a class of its own` };
}

function numberKind(name: string, values: readonly string[], setting: ColumnSetting): FoundKind | null {
  const { decimal, besideCommas = false } = setting;
  // What is named for the table holds for the columns that it makes numbers.
  for (const named of decimal === undefined ? [undefined] : [decimal, undefined]) {
    const format = formatOf(values, named, besideCommas);
    if ("ambiguous" in format) {
      const isPossible = (text: string): boolean =>
        isPlainNumber(text) || isNumberIn({ decimal: ",", grouped: false }, text);
      if (share(values, isPossible) < MOST) continue;
      const mark = format.ambiguous === "," ? "commas" : "points";
      const note = `its ${mark} may stand before a fraction or between thousands: say which (decimal)`;
      return { kind: "TEXT", ambiguous: true, note };
    }
    if (share(values, (text) => isNumberIn(format, text)) < MOST) continue;
    const hasMarks = values.some((text) => isNumberIn(format, text) && /[.,]/.test(text));
    const [shown, plain] = [hasMarks ? format.decimal : ".", values.map((text) => plainNumber(format, text))];
    const isGrouped =
      format.grouped &&
      values.some(
        (text, row) =>
          plain[row] !== text && isPlainNumber(plain[row]) && !isNumberIn({ ...format, grouped: false }, text),
      );
    return numbers(name, plain, { decimal: shown, grouped: isGrouped });
  }
  return null;
}

/** `values`: with decimal points and without groups, at least 95 % of them numbers. */
function numbers(name: string, values: readonly string[], format: { decimal: Decimal; grouped: boolean }): FoundKind {
  const others = values.filter((text) => !isPlainNumber(text)).length;
  const large = values.filter((text) => isPlainNumber(text) && faultOfNumber(text) !== null).length;
  const remarks = [
    format.decimal === "," ? "decimal commas" : "",
    format.grouped ? `${format.decimal === "," ? "points" : "commas"} between thousands` : "",
    others > 0 ? `${others} of the values looked at are no numbers: left out, and reported` : "",
    large > 0 ? `${large} of the values looked at are too large: left out, and reported` : "",
  ].filter(Boolean);
  const found: FoundKind = { kind: "NUMBER", ...format, ...(remarks.length > 0 ? { note: remarks.join("; ") } : {}) };
  if (format.decimal === "," || !values.every((text) => WHOLE.test(text))) return found;
  const distinct = new Set(values.map(Number));
  const isFlag = [...distinct].every((value) => value === 0 || Math.abs(value) === 1);
  if (distinct.size === 2 && (isFlag || values.length >= 10)) return wholeClasses(values, distinct.size);
  if (distinct.size > 2 && (CALLED_ID.test(name) || CALLED_ID_CAMEL.test(name) || countsRows(values)))
    return { kind: "IDENTIFIER" };
  const isFew = distinct.size <= SMALL && values.length >= LEAST_REPEATS * distinct.size;
  if (isFew && CALLED_CLASS.test(name)) return wholeClasses(values, distinct.size);
  if (!isFew) return found;
  return { ...found, note: `whole numbers, ${distinct.size} different: SINGLE_LABEL if they are classes` };
}

/** 1 and 1.0 are one class. */
function wholeClasses(values: readonly string[], distinct: number): FoundKind {
  const texts = new Set(values);
  if (texts.size === distinct) return { kind: "SINGLE_LABEL" };
  const several = [...texts].find((text) => spelled("WHOLE", text) !== text) as string;
  const note = `${JSON.stringify(several)} read as "${spelled("WHOLE", several)}", and others alike`;
  return { kind: "SINGLE_LABEL", reading: "WHOLE", distinct, note };
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
 * "|", ";" or ",": the first that splits cells into parts of which at least half occur in other cells too. A bar also
 * when at least half of the cells have one: texts seldom contain it.
 */
function innerSeparator(cells: readonly string[]): string | null {
  for (const separator of ["|", ";", ","]) {
    const split = cells.map((cell) => [...new Set(cell.split(separator).map((part) => part.trim()))].filter(Boolean));
    const joined = split.filter((parts) => parts.length > 1);
    if (joined.length === 0) continue;
    if (separator === "|" && joined.length >= cells.length / 2) return separator;
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
