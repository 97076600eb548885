/** A file as batches of rows: the same file has the same rows in the same order, whenever it is read. */
import { createReadStream } from "node:fs";
import { columnsOf, type TableOptions } from "../../datasets/files/choose-columns.js";
import { batches, labelKindsOf, readCsv } from "../../datasets/files/csv.js";
import { foodbBatches, readDump } from "../../datasets/foodb/import.js";
import { tablesOfTar } from "../../datasets/foodb/tables.js";
import type { ImportContext } from "../../datasets/import.js";
import { described, openTable } from "../../datasets/import-csv.js";
import type { ImportRequest, ImportRow } from "../../datasets/types.js";
import type { ImportOrder } from "../orders/import-order.js";

export interface ImportSource {
  batches: AsyncIterable<ImportRow[]>;
  /** What goes with each batch. */
  target: Pick<ImportRequest, "description" | "source" | "onConflict" | "labelKinds" | "missing">;
  /** Progress after a batch, and at the end: lines of a table, records of a dump. */
  total: number;
  stepOf(batch: readonly ImportRow[], rows: number): number;
}

export async function openSource(
  context: ImportContext,
  path: string,
  { format, table, columns: chosen, description, source, onConflict }: ImportOrder,
  signal: AbortSignal,
): Promise<ImportSource> {
  const said = { onConflict, ...(description === null ? {} : { description }), ...(source === null ? {} : { source }) };
  if (format === "foodb") {
    const tables = tablesOfTar(createReadStream(path), context.importLimits);
    const { rows, size, labelKinds } = await readDump(context, tables, signal);
    return {
      batches: foodbBatches(rows),
      target: { ...said, labelKinds },
      total: size,
      stepOf: (_batch, done) => done,
    };
  }
  const { file, columns } = chosen
    ? { file: await openTable(context, path, table, signal), columns: chosen }
    : await choose(context, path, table, signal);
  return {
    batches: batches(readCsv(file, columns, context.importLimits)),
    target: {
      ...said,
      labelKinds: labelKindsOf(columns),
      ...(columns.missing ? { missing: columns.missing } : {}),
    },
    total: file.lines,
    stepOf: (batch) => batch[batch.length - 1].line,
  };
}

async function choose(context: ImportContext, path: string, table: TableOptions, signal: AbortSignal) {
  const { file, description } = await described(context, path, table, { isPart: false, signal, late: true });
  return { file, columns: columnsOf(description, path) };
}
