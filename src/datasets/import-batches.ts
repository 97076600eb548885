/**
 * Imports batches of rows one after the other, each a transaction. RDKit reads one batch ahead.
 *   - an error between two batches keeps the batches before it, and its message says how many rows those are
 *   - an import whose client left (`signal`) ends before its next batch, with CANCELLED. A dataset that this import
 *     made is removed with all that was imported. A dataset that existed before keeps the rows: which values of its
 *     molecules were there before is not recorded, so taking them out could remove those of others
 *   - a dataset is kept, too, when something else was imported into it meanwhile or a run uses it
 */

import { MaillardError } from "../errors.js";
import type { Dataset } from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { transaction } from "../store/sql.js";
import { inOrder } from "../tables/pieces.js";
import { amount } from "../words.js";
import { refreshCompounds } from "./compounds.js";
import { afterSome } from "./files/csv.js";
import { type ImportContext, importRows, type ReadMolecules, readMolecules } from "./import.js";
import { addUp, emptyReport, type ImportReport, type ImportRequest, type ImportRow } from "./types.js";

export interface BatchOptions {
  /** Aborted when the client left. */
  signal?: AbortSignal;
  /** After each batch, with its rows and the report so far. */
  onBatch(rows: readonly ImportRow[], report: ImportReport): void;
  /** What to do after an error, for its message. */
  remedy?: string;
}

/** Null when there was no batch. */
export async function importBatches(
  context: ImportContext,
  batches: AsyncIterable<ImportRow[]>,
  target: Omit<ImportRequest, "rows" | "continues">,
  { signal, onBatch, remedy }: BatchOptions,
): Promise<{ dataset: Dataset; report: ImportReport } | null> {
  let report = emptyReport();
  let dataset: Dataset | null = null;
  let isNew = false;
  try {
    const read = (rows: readonly ImportRow[], left: AbortSignal) => readMolecules(context.chemistry, rows, left);
    for await (const { rows, molecules } of readAhead(batches, read, signal)) {
      signal?.throwIfAborted();
      const request = { ...target, rows, molecules, continues: dataset !== null };
      const batch = await importRows(context, request, signal);
      isNew ||= batch.created;
      dataset = batch.dataset;
      report = addUp(report, batch.report);
      onBatch(rows, report);
    }
    signal?.throwIfAborted();
  } catch (error) {
    if (!signal?.aborted) throw afterSome(error, report.rows, remedy);
    const removed = dataset === null || (isNew && (await removeUnfinished(context.store, dataset.id, report.rows)));
    const kept = removed ? "Nothing" : `${amount(report.rows, "row")} of it`;
    throw new MaillardError("CANCELLED", `The client left before the import was done. ${kept} was kept.`, {
      details: { kept: removed ? 0 : report.rows },
    });
  }
  return dataset && { dataset, report };
}

export interface ReadBatch {
  rows: ImportRow[];
  molecules: ReadMolecules;
}

/**
 * RDKit reads the molecules of the next batch while the batch before it is stored. In their order; the molecules of two
 * batches are in memory. The error of a batch is thrown when its turn has come.
 */
export async function* readAhead(
  batches: AsyncIterable<ImportRow[]>,
  read: (rows: readonly ImportRow[], signal: AbortSignal) => Promise<ReadMolecules>,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<ReadBatch> {
  const work = async (rows: ImportRow[], left: AbortSignal) => ({ rows, molecules: await read(rows, left) });
  yield* inOrder(batches, work, { atOnce: 2, signal });
}

/** False when the dataset has rows of others, or something that uses it: then it stays. */
async function removeUnfinished(store: Store, id: string, rows: number): Promise<boolean> {
  try {
    return await transaction(store, async (client) => {
      const { rows: found } = await client.query<{ rows: number }>(
        `SELECT (report ->> 'rows')::int AS rows FROM "Dataset" WHERE id = $1 FOR UPDATE`,
        [id],
      );
      // Whoever imports into it adds to this number or begins it anew.
      if (found[0]?.rows !== rows) return found.length === 0;
      const { rows: members } = await client.query<{ compoundId: string }>(
        `SELECT "compoundId" FROM "DatasetCompound" WHERE "datasetId" = $1`,
        [id],
      );
      await client.query(`DELETE FROM "Dataset" WHERE id = $1`, [id]);
      await refreshCompounds(
        client,
        members.map(({ compoundId }) => compoundId),
      );
      return true;
    });
  } catch (error) {
    if ((error as { code?: string }).code === "23503") return false;
    throw error;
  }
}
