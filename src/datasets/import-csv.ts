/** Imports a CSV file of this machine in batches, each a transaction. The header is checked before anything is written. */

import { MaillardError } from "../errors.js";
import type { Dataset } from "../store/generated/client.js";
import { batches, type CsvColumns, countLines, labelKindsOf, readCsv } from "./csv.js";
import { type ImportContext, importRows } from "./import.js";
import { addUp, emptyReport, type ImportReport } from "./types.js";

export async function importCsv(
  context: ImportContext,
  file: string,
  columns: CsvColumns,
  target: { dataset: string; description?: string; source?: string },
  onProgress: (done: number, rows: number) => void = () => undefined,
): Promise<{ dataset: Dataset; report: ImportReport }> {
  const lines = await countLines(file);
  const labelKinds = labelKindsOf(columns);
  let report = emptyReport();
  let dataset: Dataset | null = null;
  try {
    for await (const rows of batches(readCsv(file, columns))) {
      const batch = await importRows(context, { ...target, labelKinds, rows, continues: dataset !== null });
      dataset = batch.dataset;
      report = addUp(report, batch.report);
      onProgress(rows[rows.length - 1].line, lines);
    }
  } catch (error) {
    // The file's place on this machine is nobody's business.
    if (error instanceof MaillardError)
      throw new MaillardError(error.code, error.message.replaceAll(file, "The file"), {
        ...{ param: error.param, details: error.details },
      });
    throw error;
  }
  if (dataset) return { dataset, report };
  throw new MaillardError("EMPTY_INPUT", "The file has a header line and no row below it: at least one is needed.", {
    param: "file",
  });
}
