/**
 * Imports a table of this machine in batches, each a transaction. The table is described and its columns are chosen
 * before anything is written. An error further down, such as a quote that is never closed, ends the import after the
 * batches before it.
 */

import { MaillardError } from "../errors.js";
import type { Dataset } from "../store/generated/client.js";
import { chooseColumns, columnsOf, type TableOptions } from "./files/choose-columns.js";
import { afterSome, batches, labelKindsOf, readCsv } from "./files/csv.js";
import { type CsvDescription, describeHead, readSample } from "./files/describe-csv.js";
import { examineText, type TextFile } from "./files/text-file.js";
import { type ImportContext, importRows } from "./import.js";
import { addUp, emptyReport, type ImportReport } from "./types.js";

export interface ImportProgress {
  described?(description: CsvDescription): void;
  rows?(done: number, rows: number): void;
}

/** `isPart`: the file is the beginning of a larger one. */
export async function describeTable(
  { chemistry }: Pick<ImportContext, "chemistry">,
  path: string,
  options: TableOptions,
  isPart = false,
): Promise<CsvDescription> {
  return withoutPath(path, async () => (await described(chemistry, path, options, isPart)).description);
}

export async function importCsv(
  context: ImportContext,
  path: string,
  options: TableOptions,
  target: { dataset: string; description?: string; source?: string },
  progress: ImportProgress = {},
): Promise<{ dataset: Dataset; report: ImportReport }> {
  return withoutPath(path, async () => {
    const { file, description } = await described(context.chemistry, path, options);
    progress.described?.(description);
    const columns = columnsOf(description, path);
    const labelKinds = labelKindsOf(columns);
    let report = emptyReport();
    let dataset: Dataset | null = null;
    try {
      for await (const rows of batches(readCsv(file, columns))) {
        const batch = await importRows(context, { ...target, labelKinds, rows, continues: dataset !== null });
        dataset = batch.dataset;
        report = addUp(report, batch.report);
        progress.rows?.(rows[rows.length - 1].line, file.lines);
      }
    } catch (error) {
      throw afterSome(error, report.rows);
    }
    if (dataset) return { dataset, report };
    throw new MaillardError("EMPTY_INPUT", "The file has a header line and no row below it: at least one is needed.", {
      param: "file",
    });
  });
}

async function described(
  chemistry: ImportContext["chemistry"],
  path: string,
  options: TableOptions,
  isPart = false,
): Promise<{ file: TextFile; description: CsvDescription }> {
  const file = await examineText(path, options.encoding);
  const { text, isWhole } = await readSample(file);
  const readsAsMolecules = async (texts: readonly string[]) => (await chemistry.parse(texts)).map(({ ok }) => ok);
  const found = await describeHead(file, { text, isWhole: isWhole && !isPart }, readsAsMolecules, options);
  return { file, description: chooseColumns(found, options, path) };
}

/** Errors do not show the path of the file on this machine. */
async function withoutPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MaillardError)) throw error;
    throw new MaillardError(error.code, error.message.replaceAll(path, "The file"), error);
  }
}
