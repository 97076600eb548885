/**
 * The limits of an import, in one table. They hold on every path: tables and archives, plain or gzip, from the command
 * line, by HTTP upload, and (`rows`, `labelSets`, `labelValues`) rows sent by a mutation. A limit that is exceeded is
 * an error whose message has the rule, the value, the limit and what to do; its `details` are
 * { limit, maximum } and, where it is known, `actual`. Rows with a text that is too long are problems of these rows
 * alone (`withinLimits`).
 */
import { type ErrorCode, MaillardError } from "../errors.js";
import { faultOf, isStorable } from "../text.js";
import type { ImportRow } from "./types.js";

interface Limit {
  value: number;
  unit: string;
  code: ErrorCode;
  /** Environment variable of `serve` and of the command line; none: the limit is fixed. */
  variable?: string;
  /** Why there is such a limit. */
  why: string;
  /** What the user does about it. */
  advice: string;
}

const IMPORT_LIMIT_TABLE = {
  unpackedBytes: {
    value: 4 * 1024 ** 3,
    unit: "unpacked bytes",
    code: "FILE_TOO_LARGE",
    variable: "MAILLARD_MAX_UNPACKED",
    why: "time to read; twice the largest upload",
    advice: "give it in parts",
  },
  expansion: {
    value: 100,
    unit: "bytes of text for each byte of the gzip, beyond the first 64 MiB",
    code: "FILE_TOO_LARGE",
    why: "tables have 3 to 30; more is an attack",
    advice: "unpack it and give the text",
  },
  workbookBytes: {
    value: 32 * 1024 ** 2,
    unit: "bytes in its archive, packed or unpacked",
    code: "FILE_TOO_LARGE",
    why: "a workbook is read as a whole, in memory",
    advice: "save the sheet as CSV",
  },
  rows: {
    value: 5_000_000,
    unit: "rows",
    code: "TOO_MANY_ITEMS",
    variable: "MAILLARD_MAX_ROWS",
    why: "lines of a table, records of a table of FooDB, molecules of a dataset; hours of RDKit",
    advice: "give it in parts, each to a dataset of its own",
  },
  columns: {
    value: 5_000,
    unit: "columns",
    code: "TOO_MANY_ITEMS",
    variable: "MAILLARD_MAX_COLUMNS",
    why: "each column is described, in the memory and time of the server; tables of fingerprints have some thousands",
    advice: "leave out the columns that are no labels",
  },
  cellCharacters: {
    value: 4_000_000,
    unit: "characters",
    code: "FILE_TOO_LARGE",
    why: "one cell in memory; descriptions have some thousands",
    advice: "leave out the column, or correct the quotes of the row",
  },
  retainedBytes: {
    value: 256 * 1024 ** 2,
    unit: "bytes of names, labels and links",
    code: "FILE_TOO_LARGE",
    variable: "MAILLARD_MAX_RETAINED",
    why: "what the FooDB reader holds in memory until it writes; the dump of 2020 needs about 60 MB",
    advice: "give a smaller dump, or import the table as CSV",
  },
  files: {
    value: 1_000,
    unit: "files",
    code: "TOO_MANY_ITEMS",
    why: "the FooDB archive has about 30",
    advice: "pack the tables of the dump alone",
  },
  labelSets: {
    value: 5_000,
    unit: "label sets",
    code: "TOO_MANY_ITEMS",
    variable: "MAILLARD_MAX_COLUMNS",
    why: "as many as a table may have columns",
    advice: "use another dataset",
  },
  labelValues: {
    value: 100_000,
    unit: "different values",
    code: "TOO_MANY_ITEMS",
    why: "the counts of a label set are written again with each batch",
    advice: "such a column is a name or an identifier: leave it out",
  },
} as const satisfies Record<string, Limit>;

export type ImportLimitName = keyof typeof IMPORT_LIMIT_TABLE;
export type ImportLimits = Readonly<Record<ImportLimitName, number>>;
const NAMES = Object.keys(IMPORT_LIMIT_TABLE) as ImportLimitName[];
const rowOf = (name: ImportLimitName): Limit => IMPORT_LIMIT_TABLE[name];

/** Bytes that a gzip may become, whatever its size. */
const ALWAYS_UNPACKED = 64 * 1024 ** 2;
/** Bytes of one record or line: a quote that is never closed must not take the whole file into memory. */
export const LONGEST_RECORD = 4 * 1024 ** 2;
/** The longest name or label that an import takes, in characters. */
export const LONGEST_TEXT = 1_000;
/** Of a row's SMILES, and of its labels together, in characters: they fit into one request. */
const LONGEST_ROW = 100_000;
/** Labels of a row. */
const MOST_LABELS = 5_000;

export const importLimits = (given: Partial<ImportLimits> = {}): ImportLimits =>
  Object.fromEntries(NAMES.map((name) => [name, given[name] ?? rowOf(name).value])) as ImportLimits;
export const DEFAULT_IMPORT_LIMITS = importLimits();

/** The limits that the environment sets; `problems` names each variable that is no positive whole number. */
export function readImportLimits(environment: Readonly<Record<string, string | undefined>>): {
  limits: ImportLimits;
  problems: { param: string; message: string }[];
} {
  const given: Partial<Record<ImportLimitName, number>> = {};
  const problems = new Map<string, string>();
  for (const name of NAMES) {
    const { variable, unit } = rowOf(name);
    const text = variable && environment[variable];
    if (!variable || !text) continue;
    given[name] = Number(text);
    if (Number.isSafeInteger(given[name]) && Number(text) >= 1) continue;
    problems.set(variable, `${variable} is a number of ${unit}; got ${JSON.stringify(text)}.`);
  }
  return {
    limits: importLimits(given),
    problems: [...problems].map(([param, message]) => ({ param, message })),
  };
}

/** The error for a thing that exceeds a limit. `actual` is left out where reading ended at the limit. */
export function limitExceeded(
  name: ImportLimitName,
  limits: ImportLimits,
  what: string,
  { actual, param = "file" }: { actual?: number; param?: string } = {},
): MaillardError {
  const { unit, code, variable, advice } = rowOf(name);
  const has = actual === undefined ? "more" : `${actual}`;
  const setting = variable ? ` The operator of the server sets it by ${variable}.` : "";
  return new MaillardError(
    code,
    `${what} has ${has} ${actual === undefined ? `than ${limits[name]} ` : ""}${unit}; ` +
      `at most ${limits[name]} are taken: ${advice}.${setting}`,
    { param, details: { limit: name, maximum: limits[name], ...(actual === undefined ? {} : { actual }) } },
  );
}

/** Counts the bytes that a file becomes. `read` answers the bytes read of it so far; null: it is not packed. */
export class UnpackedBytes {
  private bytes = 0;

  constructor(
    private readonly limits: ImportLimits,
    private readonly what: string,
    private readonly read: (() => number) | null,
  ) {}

  /** Throws FILE_TOO_LARGE. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.unpackedBytes) throw limitExceeded("unpackedBytes", this.limits, this.what);
    if (this.read && this.bytes > ALWAYS_UNPACKED + this.limits.expansion * this.read())
      throw limitExceeded("expansion", this.limits, this.what);
  }
}

/** The row, or its problem: a text that an import refuses (too long, src/text.ts) would make the whole batch fail. */
export function withinLimits(row: ImportRow): ImportRow {
  const { line, smiles, name = "", labels, problem } = row;
  const values = Object.entries(labels).flatMap(([set, texts]) => texts.map((value) => ({ set, value })));
  const texts = [{ set: "the name", value: name }, ...values];
  const long = texts.find(({ value }) => value.length > LONGEST_TEXT);
  const broken = [{ set: "the SMILES", value: smiles }, ...texts].find(({ value }) => !isStorable(value));
  const together = values.reduce((sum, { value }) => sum + value.length, 0);
  const found =
    problem ??
    (long
      ? `The text of ${long.set} has ${long.value.length} characters; at most ${LONGEST_TEXT} are taken.`
      : smiles.length > LONGEST_ROW
        ? `The SMILES has ${smiles.length} characters; at most ${LONGEST_ROW} are read.`
        : together > LONGEST_ROW || values.length > MOST_LABELS
          ? `The ${values.length} labels have ${together} characters together; ` +
            `at most ${MOST_LABELS} and ${LONGEST_ROW} are taken.`
          : broken
            ? `The text of ${broken.set} has ${faultOf(broken.value)}: no text may have that.`
            : null);
  return found === null ? row : { line, smiles: smiles.slice(0, LONGEST_TEXT), labels: {}, problem: found };
}
