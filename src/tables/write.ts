/** A writer for each format. Memory does not grow with the number of rows. */
import type { Writable } from "node:stream";
import { delimitedText } from "./delimited.js";
import type { TableFormat } from "./formats.js";
import { jsonLines } from "./json-lines.js";
import { parquetWriter } from "./parquet.js";
import { textWriter } from "./text-writer.js";
import type { Column, RowText, TableWriter } from "./types.js";

export interface WriteOptions {
  /** Packs the text formats. */
  gzip?: boolean;
  /** CSV, TSV: for spreadsheet programs (delimited.ts). */
  spreadsheet?: boolean;
}

/** Rows as text in a format whose rows do not depend on each other. */
export function rowText(
  format: Exclude<TableFormat, "PARQUET">,
  columns: readonly Column[],
  { spreadsheet = false }: WriteOptions = {},
): RowText {
  if (format === "JSONL") return jsonLines(columns);
  return delimitedText(columns, { delimiter: format === "CSV" ? "," : "\t", spreadsheet });
}

/** Writes to a file, a socket or any other stream; `end` ends it. */
export function tableWriter(
  target: Writable,
  columns: readonly Column[],
  format: TableFormat,
  options: WriteOptions = {},
): TableWriter {
  if (format === "PARQUET") return parquetWriter(target, columns);
  return textWriter(target, rowText(format, columns, options), { gzip: options.gzip });
}
