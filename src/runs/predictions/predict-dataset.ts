/** A prediction run: every molecule of a dataset by one model. Parts that were written stay: it goes on after them. */
import type { Store } from "../../store/index.js";
import { predictionOrder } from "../orders/prediction-order.js";
import { leaseLost, metricTopic, runTopic } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../work/execution.js";
import { type Member, totalOf } from "./dataset-parts.js";
import { writeParts } from "./write-parts.js";

export async function runPrediction(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(
    () => store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId }, include: { baseModel: true } }),
    signal,
  );
  await writeParts(execution, run, predictionOrder(run.input), {
    membersOf: (from, to) => membersOf(store, run.datasetId, from, to),
    raw: false,
  });
  const { bytes, ...output } = await totalOf(store, run.id);
  await recorder.flush();
  await whenDatabaseIsBack(async () => {
    const { count } = await store.prisma.run.updateMany({
      where: { id: run.id, attempt: fence.attempt, status: "RUNNING", cancelRequestedAt: null },
      data: {
        ...{ status: "SUCCEEDED", finishedAt: new Date(), leaseExpiresAt: null, workerId: null, secondsLeft: null },
        output,
        outputBytes: bytes,
      },
    });
    // Repeated after a lost answer, the run has succeeded already.
    const done =
      count === 1 ||
      (await store.prisma.run.count({ where: { id: run.id, attempt: fence.attempt, status: "SUCCEEDED" } })) === 1;
    if (!done) throw leaseLost(fence);
    await store.pool.query(`SELECT pg_notify('maillard', topic) FROM unnest($1::text[]) AS topic`, [
      [runTopic(run.id), metricTopic(run.id)],
    ]);
  }, signal);
}

/** Raw SQL: a join of two columns of another table. */
async function membersOf({ pool }: Store, datasetId: string, from: number, to: number): Promise<Member[]> {
  const { rows } = await pool.query<Member>(
    `SELECT m.position, m.name, m.smiles, c."inchiKey" FROM "DatasetCompound" m
     JOIN "Compound" c ON c.id = m."compoundId"
     WHERE m."datasetId" = $1 AND m.position >= $2 AND m.position < $3 ORDER BY m.position`,
    [datasetId, from, to],
  );
  return rows;
}
