/**
 * Sends the rows of a table to importDataset, batch after batch, and adds up the reports. `path` is a path, or a file
 * that was examined already. Nothing is sent before the header is checked. Ctrl-C ends it after the current batch.
 */
import { basename } from "node:path";
import type { ConflictRule } from "../../datasets/conflicts/rules.js";
import { afterSome, batches, type CsvColumns, labelKindsOf, readCsv } from "../../datasets/files/csv.js";
import { examineText, type TextFile } from "../../datasets/files/text-file.js";
import { addUp, emptyReport, type ImportReport, type ImportRow } from "../../datasets/types.js";
import { IMPORT_DATASET } from "../documents/dataset.js";
import { CommandFailure } from "../failure.js";
import type { ImportDatasetInput, ImportDatasetMutation, ImportRowInput } from "../generated/graphql.js";
import { startProgress } from "../output/progress.js";
import type { Session } from "../session.js";
import { fileLimits } from "./file-limits.js";

export type ImportedDataset = ImportDatasetMutation["importDataset"]["dataset"];

/** Some two seconds of work for the server, and less than half of the 1 MiB that it takes in one request. */
const BATCH = { rows: 500, bytes: 400_000 };

export async function importFile(
  session: Session,
  path: string | TextFile,
  columns: CsvColumns,
  target: { name: string; description?: string; source?: string; onConflict?: ConflictRule },
): Promise<{ dataset: ImportedDataset; report: ImportReport; interrupted: boolean }> {
  const labelKinds = Object.entries(labelKindsOf(columns)).map(([set, kind]) => ({ labelSet: set, kind }));
  const limits = fileLimits(session);
  const file = typeof path === "string" ? await examineText(path, columns.encoding, { limits }) : path;
  let report = emptyReport();
  let dataset: ImportedDataset | null = null;
  let interrupted = false;
  const release = session.terminal.onInterrupt(() => {
    interrupted = true;
  });
  const progress = await startProgress(session.terminal, basename(file.path));
  try {
    for await (const batch of batches(readCsv(file, columns, limits), BATCH, rowInput)) {
      if (interrupted) break;
      const input: ImportDatasetInput = {
        ...target,
        labelKinds,
        missing: columns.missing ? [...columns.missing] : null,
        rows: batch.map(rowInput),
        continues: dataset !== null,
      };
      const { importDataset: answer }: ImportDatasetMutation = await session.client.execute(IMPORT_DATASET, { input });
      dataset = answer.dataset;
      const { reasons, missing: texts, conflicts: contradictions, ...counted } = answer.report;
      const codes = Object.fromEntries(reasons.map(({ code, count }) => [code, count]));
      const missing = Object.fromEntries(texts.map(({ text, count }) => [text, count]));
      const conflicts = Object.fromEntries(contradictions.map(({ labelSet, count }) => [labelSet, count]));
      const problems = [...report.problems, ...counted.problems];
      // All of them: --json lists every problem.
      report = { ...addUp(report, { ...counted, codes, missing, conflicts }), problems };
      progress.update(batch[batch.length - 1].line, file.lines, `${report.rows} rows, ${report.dropped} dropped`);
    }
  } catch (error) {
    throw afterSome(error, report.rows);
  } finally {
    release();
    progress.stop();
  }
  if (dataset) return { dataset, report, interrupted };
  throw new CommandFailure(
    "EMPTY_INPUT",
    `${file.path} has a header line and no row below it: at least one is needed.`,
  );
}

function rowInput({ line, smiles, name, labels, problem }: ImportRow): ImportRowInput {
  const values = Object.entries(labels).flatMap(([labelSet, texts]) => texts.map((value) => ({ labelSet, value })));
  return { line, smiles, name: name ?? null, labels: values, problem: problem ?? null };
}
