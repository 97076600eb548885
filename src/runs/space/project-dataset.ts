/**
 * A projection run: missing embeddings are computed and stored, then the coordinates, under the content of the request,
 * so that the same question is answered at once from then on. Stored embeddings stay: a run that is interrupted
 * continues after them. Its steps are the molecules, then those of the map (PCA: one).
 */

import { unlessDeleted } from "../../store/find.js";
import { succeedOnce } from "../ending/succeed-once.js";
import { type ProjectionOutput, projectionOrder } from "../orders/projection-order.js";
import { countProgress } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { runWithBase } from "../work/base.js";
import { ensureEmbeddings, whilePoolIsFull } from "../work/embedding.js";
import { warnOfUnseen } from "../work/examples.js";
import { coordinatesOf, type FitPlan, planCoordinates } from "./coordinates.js";
import { subjectOf } from "./subject.js";

export async function runProjection(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(() => runWithBase(store, fence.runId), signal);
  const { baseModel: model } = run;
  const dataset = await whenDatabaseIsBack(
    () => store.prisma.dataset.findUniqueOrThrow({ where: { id: run.datasetId } }),
    signal,
  );
  const request = projectionOrder(run.input);
  const subject = await whenDatabaseIsBack(() => subjectOf(execution, { model, dataset }, request), signal);
  const plan = planCoordinates({ model, dataset }, request, subject);
  const total = plan.members.length + plan.steps;
  const say = (step: number, secondsLeft: number | null): Promise<void> =>
    recorder.progress({ step, totalSteps: total, epoch: 0, secondsLeft });
  await recorder.started(total, 0);
  await warnOfUnseen(
    execution,
    model,
    plan.members.map(({ smiles }) => smiles),
  );
  await embedMissing(execution, plan, say);
  await say(plan.members.length, null);
  await recorder.flush();
  const began = performance.now();
  const onStep = (done: number): void => {
    const secondsLeft = (((performance.now() - began) / 1_000) * (plan.steps - done)) / done;
    // Its failure is thrown by the flush at the end.
    void say(plan.members.length + done, secondsLeft).catch(() => undefined);
  };
  const compute = () => whenDatabaseIsBack(() => coordinatesOf(execution, plan, signal, onStep), signal);
  await whilePoolIsFull(compute, signal);
  await say(total, null);
  await recorder.flush();
  const { members, placed } = subject;
  const output: ProjectionOutput = { contentKey: plan.key, datasetSize: members.length, sampledFrom: placed.length };
  const result = { set: "output = $3", values: [JSON.stringify(output)] };
  await whenDatabaseIsBack(() => succeedOnce(store, fence, result), signal);
}

async function embedMissing(
  execution: Execution,
  { model, request: { pooling, layer }, members }: FitPlan,
  say: (step: number, secondsLeft: number | null) => Promise<void>,
): Promise<void> {
  const { store, fence, signal } = execution;
  const began = performance.now();
  const onProgress = async (done: number, missing: number): Promise<void> => {
    // Stored vectors stay, whatever happens next.
    await whenDatabaseIsBack(() => countProgress(store.pool, fence), signal);
    const secondsLeft = (((performance.now() - began) / 1_000) * (missing - done)) / done;
    await say(members.length - missing + done, secondsLeft);
  };
  const request = { model, pooling, layer, items: members, signal, patient: true, onProgress };
  await unlessDeleted(store, model, () => ensureEmbeddings(execution, request));
}
