/** A prediction run: every molecule of a dataset by one model. Parts that were written stay: it goes on after them. */
import { MaillardError } from "../../errors.js";
import { modelFolder, presentModelFolder, type Store } from "../../store/index.js";
import { tokenizers } from "../../tokenizer/index.js";
import { predictionOrder } from "../orders/prediction-order.js";
import { countProgress } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { runWithBase } from "../work/base.js";
import type { Execution } from "../work/execution.js";
import { succeedOnce } from "../work/succeed-once.js";
import { type Member, PART, partsOf, totalOf, writePart } from "./dataset-parts.js";
import { checkReaders } from "./readers.js";
import type { ScoringParts } from "./scores-of-molecules.js";
import { answerRows } from "./stream.js";

export async function runPrediction(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(() => runWithBase(store, fence.runId), signal);
  const order = predictionOrder(run.input);
  const { averageOver = 1, positions } = order;
  const check = () => whenDatabaseIsBack(() => checkReaders(store, run.baseModelId, order), signal);
  await check();
  const began = performance.now();
  const first = await partsOf(store, run.id);
  const parts = Math.ceil(positions / PART);
  const at = (part: number): number => Math.min(positions, part * PART);
  const say = (part: number): Promise<void> => {
    const speed = (at(part) - at(first)) / ((performance.now() - began) / 1_000);
    const secondsLeft = speed > 0 ? (positions - at(part)) / speed : null;
    return recorder.progress({ step: at(part), totalSteps: positions, epoch: 0, secondsLeft });
  };
  await say(first);
  const options = { model: run.baseModel, averageOver, signal, canonical: true };
  for (let part = first; part < parts; part++) {
    signal.throwIfAborted();
    const members = await whenDatabaseIsBack(() => membersOf(store, run.datasetId, at(part), at(part + 1)), signal);
    const answered = [];
    for await (const some of answerRows(scoringParts(execution), each(members), options)) answered.push(...some);
    // Of a model that was replaced meanwhile nothing is written.
    await check();
    await writePart(store, run.id, part, answered);
    await whenDatabaseIsBack(() => countProgress(store.pool, fence), signal);
    await say(part + 1);
  }
  const { bytes, ...output } = await totalOf(store, run.id);
  await recorder.flush();
  await whenDatabaseIsBack(
    () =>
      succeedOnce(store, fence, { set: `output = $3, "outputBytes" = $4`, values: [JSON.stringify(output), bytes] }),
    signal,
  );
}

function scoringParts({ store, compute, chemistry }: Execution): ScoringParts {
  if (!chemistry)
    throw new MaillardError("DEVICE_UNAVAILABLE", "This worker has no RDKit: start the run on another one.");
  return {
    store,
    compute,
    chemistry,
    modelReference: (model) => ({ checksum: model.checksum, folder: modelFolder(store, model) }),
    tokenizer: async (model) =>
      tokenizers.get({ checksum: model.checksum, folder: await presentModelFolder(store, model) }),
  };
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

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
