/** A prediction run: every molecule of a dataset by one model. Parts that were written stay: it goes on after them. */
import type { Store } from "../../store/index.js";
import { succeedOnce } from "../ending/succeed-once.js";
import { predictionOrder } from "../orders/prediction-order.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { runWithBase } from "../work/base.js";
import { type Member, totalOf } from "./dataset-parts.js";
import { writeParts } from "./write-parts.js";

export async function runPrediction(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(() => runWithBase(store, fence.runId), signal);
  await writeParts(execution, run, predictionOrder(run.input), {
    membersOf: (from, to) => membersOf(store, run.datasetId, from, to),
    raw: false,
  });
  const { bytes, ...output } = await totalOf(store, run.id);
  await recorder.flush();
  await whenDatabaseIsBack(
    () =>
      succeedOnce(store, fence, { set: `output = $3, "outputBytes" = $4`, values: [JSON.stringify(output), bytes] }),
    signal,
  );
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
