/**
 * An import run: the file of its order becomes members and labels of a dataset, a batch in each transaction.
 *   - the row of the run says with each batch, in its transaction, how much is imported: after an interruption the rest
 *     follows, and the report is that of an uninterrupted run
 *   - a worker that has lost the run can write no batch
 *   - what was imported stays when the run fails or is cancelled; the same file again merges it, and doubles nothing
 *   - the file goes when the run has SUCCEEDED. Of a run that FAILED or was CANCELLED it is kept for some days, as
 *     checkpoints are, for a retry
 */
import { stat } from "node:fs/promises";
import type { PoolClient } from "pg";
import { afterSome } from "../../datasets/files/csv.js";
import { importRows, readMolecules } from "../../datasets/import.js";
import { type ReadBatch, readAhead } from "../../datasets/import-batches.js";
import { withoutPath } from "../../datasets/import-csv.js";
import { addUp, emptyReport, type ImportReport, type ImportRow } from "../../datasets/types.js";
import { MaillardError } from "../../errors.js";
import type { Dataset, Run } from "../../store/generated/client.js";
import { succeedOnce } from "../ending/succeed-once.js";
import { type ImportOutput, importOrder, importOutput, uploadArtifact } from "../orders/import-order.js";
import { countProgress, lockHeld } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { whilePoolIsFull } from "../work/embedding.js";
import { type ImportSource, openSource } from "./source.js";

const MOST_PROBLEMS = 100;

type ImportRun = Run & { dataset: Dataset };

export async function runImport(execution: Execution): Promise<void> {
  const { store, fence, signal } = execution;
  const run = await whenDatabaseIsBack(() => readRun(execution), signal);
  const path = store.artifacts.path(uploadArtifact(run.id));
  await requireFile(path);
  const report = await withoutPath(path, () => importAll(execution, run, path));
  if (report.rows === 0)
    throw new MaillardError("EMPTY_INPUT", "The file has a header line and no row below it: at least one is needed.", {
      param: "file",
    });
  await execution.recorder.flush();
  await whenDatabaseIsBack(() => succeedOnce(store, fence, { set: `"outputBytes" = 0` }), signal);
  // Of an error of the disk the run is not to blame: garbage collection removes the file.
  await store.artifacts.remove(uploadArtifact(run.id)).catch(() => undefined);
}

/** The report of the whole file. */
async function importAll(execution: Execution, run: ImportRun, path: string): Promise<ImportReport> {
  const { recorder, signal } = execution;
  const began = performance.now();
  const source = await openSource(contextOf(execution), path, importOrder(run.input), signal);
  const { total } = source;
  const say = (step: number, secondsLeft: number | null) =>
    recorder.progress({ step: Math.min(step, total), totalSteps: total, epoch: 0, secondsLeft });
  let report = importOutput(run)?.report ?? emptyReport();
  const first = report.rows;
  await recorder.started(total, Math.min(run.step, total));
  const { chemistry } = contextOf(execution);
  const read = (rows: readonly ImportRow[], left: AbortSignal) =>
    whilePoolIsFull(() => readMolecules(chemistry, rows, left), left);
  for await (const batch of readAhead(after(source.batches, first), read, signal)) {
    signal.throwIfAborted();
    report = await importBatch(execution, run, source, { batch, before: report }).catch((error: unknown) => {
      throw signal.aborted ? error : afterSome(error, report.rows);
    });
    const step = source.stepOf(batch.rows, report.rows);
    const speed = (report.rows - first) / ((performance.now() - began) / 1_000);
    await say(step, speed > 0 ? (Math.max(0, total - step) * (report.rows / Math.max(1, step))) / speed : null);
  }
  await say(total, null);
  return report;
}

/** The batches without the first `rows` rows. A version that made other batches may have ended inside of one. */
async function* after(batches: AsyncIterable<ImportRow[]>, rows: number): AsyncGenerator<ImportRow[]> {
  let read = 0;
  for await (const batch of batches) {
    const left = batch.slice(Math.max(0, rows - read));
    read += batch.length;
    if (left.length > 0) yield left;
  }
}

/** The report with these rows. A transaction whose answer was lost is not repeated when it happened. */
function importBatch(
  execution: Execution,
  run: ImportRun,
  source: ImportSource,
  { batch, before }: { batch: ReadBatch; before: ImportReport },
): Promise<ImportReport> {
  const { fence, signal } = execution;
  const { rows } = batch;
  const { line } = rows[rows.length - 1];
  const request = { dataset: run.dataset.name, ...batch, continues: before.rows > 0, ...source.target };
  const attempt = async (): Promise<ImportReport> => {
    const written = importOutput(await readRun(execution));
    if (written && written.report.rows > before.rows) return written.report;
    let report = before;
    const note = async (client: PoolClient, datasetId: string, ofBatch: ImportReport): Promise<void> => {
      if (datasetId !== run.datasetId) throw movedAway(run.dataset.name);
      report = firstProblems(addUp(before, ofBatch));
      await lockHeld(client, fence);
      await client.query(`UPDATE "Run" SET output = $2 WHERE id = $1`, [
        fence.runId,
        JSON.stringify({ line, report } satisfies ImportOutput),
      ]);
      await countProgress(client, fence);
    };
    await importRows(contextOf(execution), request, signal, note);
    return report;
  };
  return whilePoolIsFull(() => whenDatabaseIsBack(attempt, signal), signal);
}

/** The dataset's report has ten times as many: rows of runs are read by the hundred. */
const firstProblems = (report: ImportReport): ImportReport => ({
  ...report,
  problems: report.problems.slice(0, MOST_PROBLEMS),
});

const readRun = ({ store, fence }: Execution): Promise<ImportRun> =>
  store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId }, include: { dataset: true } });

function contextOf({ store, chemistry, importLimits }: Execution) {
  if (!chemistry)
    throw new MaillardError("DEVICE_UNAVAILABLE", "This worker has no RDKit: start the run on another one.");
  return { store, chemistry, importLimits };
}

const movedAway = (name: string): MaillardError =>
  new MaillardError("CONFLICT", `The dataset ${name} was renamed while it was imported: import the file again.`, {
    param: "dataset",
  });

/** NOT_FOUND where the file is not on this machine. */
async function requireFile(path: string): Promise<void> {
  if (await stat(path).catch(() => null)) return;
  throw new MaillardError(
    "NOT_FOUND",
    "The file of this import is not in the artifact store of this worker any more: send it again.",
    { param: "file" },
  );
}
