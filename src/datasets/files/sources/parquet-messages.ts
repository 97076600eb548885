/** What the process that reads a Parquet file is asked, and what it answers. */
import type { ErrorJson } from "../../../process/error-json.js";
import type { ImportLimits } from "../../limits.js";

/** One "open", then a "next" for each batch. */
export type ToParquet = { kind: "open"; path: string; limits: ImportLimits } | { kind: "next" };

/** One for each question. */
export type FromParquet =
  | { kind: "opened"; names: string[]; rows: number }
  /** `cells`: JSON of a list for each row, which is faster than a structured clone of it. */
  | { kind: "rows"; cells: string }
  | { kind: "end" }
  | { kind: "failed"; error: ErrorJson };

/** In messages of the process this stands for the file, because absolute paths are removed from messages. */
export const FILE = "{file}";
