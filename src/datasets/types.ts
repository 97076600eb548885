/** Input and report of an import. Plain data, because it passes through the API. */

import { type Molecule, SMILES_PROBLEMS } from "../chem/types.js";
import type { ConflictRule } from "./conflicts/rules.js";

export type LabelKind = "SINGLE_LABEL" | "MULTI_LABEL" | "NUMBER";

export interface ImportRow {
  /** Line of the source file, from 1: what the report names. */
  line: number;
  smiles: string;
  name?: string;
  /** Values by label set; an empty list or empty text means "not known". */
  labels: Record<string, string[]>;
  /** Set by a reader that could not read the row: it is reported with this reason (code BAD_ROW) and dropped. */
  problem?: string;
}

export interface ImportRequest {
  /** Name of the dataset; created when there is none. */
  dataset: string;
  description?: string;
  source?: string;
  rows: readonly ImportRow[];
  /**
   * Kinds of the label sets; a set not named here keeps its kind, or is MULTI_LABEL when a row holds several values.
   */
  labelKinds?: Record<string, LabelKind>;
  /** Texts of labels that mean "not known", besides empty ones. Default: those of cells/missing.ts. */
  missing?: readonly string[];
  /** What a molecule has of a set that holds one label, when rows give it several. Default FIRST. */
  onConflict?: ConflictRule;
  /** True when these rows continue the file of the previous call: their report is added to its report. */
  continues?: boolean;
}

/** What of a request holds for a whole file. */
export type ImportTarget = Pick<ImportRequest, "dataset" | "description" | "source" | "onConflict">;

/** Why a row, or one of its labels, was not taken. The API's enum is made from it. */
export const IMPORT_PROBLEMS = {
  ...SMILES_PROBLEMS,
  BAD_ROW: "The row cannot be read. It was dropped, as one with a bad SMILES is.",
  LABEL_CONFLICT:
    "An earlier row gives the molecule another class or number: `onConflict` says which it has; the row was taken.",
  BAD_NUMBER: "The value is no number: the label was left out, the row was taken.",
} as const;
export type ImportProblemCode = keyof typeof IMPORT_PROBLEMS;

/** Why a row, or one of its labels, was not imported. */
export interface ImportProblem {
  line: number;
  code: ImportProblemCode;
  message: string;
}

export interface ImportReport {
  /** Rows read: imported + merged + dropped. */
  rows: number;
  /** Rows that became a new member of the dataset. */
  imported: number;
  /** Rows whose molecule was in the dataset already: their labels were added to it. */
  merged: number;
  /** Rows left out, each with its reason in `problems`. */
  dropped: number;
  /** The first 1,000, in the order of the rows. */
  problems: ImportProblem[];
  /** Number of problems, those beyond the first 1,000 included. */
  problemCount: number;
  /** Problems by code, all of them. */
  codes: Record<string, number>;
  /** Labels that mean "not known", by their text: left out, and no problem. */
  missing: Record<string, number>;
  /** Labels that are another than an earlier row gives the molecule, by label set. */
  conflicts: Record<string, number>;
  /** What was done with them. */
  onConflict: ConflictRule;
}

export const emptyReport = (): ImportReport => ({
  rows: 0,
  imported: 0,
  merged: 0,
  dropped: 0,
  problems: [],
  problemCount: 0,
  codes: {},
  missing: {},
  conflicts: {},
  onConflict: "FIRST",
});
/** Two reports as one, the first one's problems first. */
export function addUp(before: ImportReport, batch: ImportReport): ImportReport {
  const sum = (one: Record<string, number>, other: Record<string, number>): Record<string, number> => {
    const both = { ...one };
    for (const [key, count] of Object.entries(other)) both[key] = (both[key] ?? 0) + count;
    return both;
  };
  return {
    rows: before.rows + batch.rows,
    imported: before.imported + batch.imported,
    merged: before.merged + batch.merged,
    dropped: before.dropped + batch.dropped,
    problemCount: before.problemCount + batch.problemCount,
    problems: [...before.problems, ...batch.problems].slice(0, MAX_PROBLEMS),
    codes: sum(before.codes, batch.codes),
    missing: sum(before.missing, batch.missing),
    conflicts: sum(before.conflicts, batch.conflicts),
    onConflict: batch.onConflict,
  };
}

export const MAX_PROBLEMS = 1_000;

/** A row that is a molecule. */
export interface ParsedRow {
  row: ImportRow;
  molecule: Molecule;
}

export function addProblem(report: ImportReport, line: number, code: ImportProblemCode, message: string): void {
  report.problemCount += 1;
  report.codes[code] = (report.codes[code] ?? 0) + 1;
  report.problems.push({ line, code, message });
}

/** How often a text occurs. */
export interface TextCount {
  text: string;
  count: number;
}

/** Most frequent first, equal ones in text order. */
export const ordered = (counts: ReadonlyMap<string, number> | Iterable<[string, number]>): TextCount[] =>
  [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1));
