/**
 * An embedding run: every molecule of a dataset by one model. Stored embeddings stay, so it continues where it stopped.
 */

import { succeedOnce } from "../ending/succeed-once.js";
import { embeddingOrder } from "../orders/stored.js";
import { countProgress } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { runWithBase } from "./base.js";
import { ensureEmbeddings } from "./embedding.js";
import { warnOfUnseen } from "./examples.js";

export async function runEmbedding(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(() => runWithBase(store, fence.runId), signal);
  const { pooling, layer } = embeddingOrder(run.input);
  const items = await store.prisma.datasetCompound.findMany({
    where: { datasetId: run.datasetId },
    select: { smiles: true, compoundId: true },
    orderBy: { position: "asc" },
  });
  await warnOfUnseen(
    execution,
    run.baseModel,
    items.map(({ smiles }) => smiles),
  );
  const began = performance.now();
  const total = items.length;
  await recorder.started(total, 0);
  await ensureEmbeddings(execution, {
    model: run.baseModel,
    pooling,
    layer,
    items,
    signal,
    patient: true,
    onProgress: async (done, missing) => {
      // Stored vectors stay, whatever happens next.
      await whenDatabaseIsBack(() => countProgress(store.pool, fence), signal);
      const secondsLeft = (((performance.now() - began) / 1000) * (missing - done)) / done;
      await recorder.progress({ step: total - missing + done, totalSteps: total, epoch: 0, secondsLeft });
    },
  });
  await recorder.progress({ step: total, totalSteps: total, epoch: 0, secondsLeft: null });
  await recorder.flush();
  await whenDatabaseIsBack(() => succeedOnce(store, fence), signal);
}
