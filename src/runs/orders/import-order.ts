/** The order of an import run, and what such a run leaves. */
import type { ConflictRule } from "../../datasets/conflicts/rules.js";
import type { TableOptions } from "../../datasets/files/choose-columns.js";
import type { CsvColumns } from "../../datasets/files/csv.js";
import { checkName } from "../../datasets/request.js";
import type { ImportReport, ImportTarget } from "../../datasets/types.js";
import type { Run } from "../../store/generated/client.js";

const IMPORT_FORMATS = ["csv", "foodb"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportOrder {
  /** Name of the dataset, which is made where there is none. */
  dataset: string;
  format: ImportFormat;
  description: string | null;
  source: string | null;
  onConflict: ConflictRule;
  /** Of a table. */
  table: TableOptions;
  /**
   * Those that were chosen and shown when it was given, so that an import that was interrupted takes the same. Left out
   * of what makes two orders the same: they follow from the file and `table`. Runs of earlier versions have none.
   */
  columns?: CsvColumns;
  file: { bytes: number; sha256: string };
}

export interface ImportInput extends Pick<ImportOrder, "format" | "table" | "columns" | "file"> {
  /** What any import is told, so that a run is told all of it. */
  target: ImportTarget;
  /** The file, which is moved to the run's folder. */
  path: string;
  idempotencyKey?: string | null;
}

/** Without `columns`. BAD_INPUT. */
export function orderImport({ format, target, table, file }: ImportInput): ImportOrder {
  const { dataset, description = null, source = null, onConflict = LATER_OF_IMPORTS.onConflict } = target;
  checkName(dataset, "dataset");
  return { dataset, format, description, source, table, file, onConflict };
}

/** What came after the first imports by runs, with the value that does what they did: an order may lack it. */
export const LATER_OF_IMPORTS = { onConflict: "FIRST" } as const satisfies Partial<ImportOrder>;

/** The file of a run until the run has succeeded; of one that did not it is kept as checkpoints are. */
export const uploadArtifact = (runId: string): string => `runs/${runId}/upload`;

/** What `Run.input` holds of an import run. */
export const importOrder = (input: unknown): ImportOrder => ({ ...LATER_OF_IMPORTS, ...(input as ImportOrder) });

/** What `Run.output` holds of an import run: written with each batch, in its transaction. */
export interface ImportOutput {
  /** Line of the file that was imported last, from 1. */
  line: number;
  report: ImportReport;
}

/** Null for another run, and before the first batch. */
export const importOutput = ({ kind, output }: Pick<Run, "kind" | "output">): ImportOutput | null =>
  kind === "IMPORT" ? (output as ImportOutput | null) : null;
