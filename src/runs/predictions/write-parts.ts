/**
 * The answers of a run, part after part, in constant memory. Parts that were written stay: a run that was interrupted
 * goes on after them.
 */
import { MaillardError } from "../../errors.js";
import { modelFolder, presentModelFolder } from "../../store/index.js";
import { tokenizers } from "../../tokenizer/index.js";
import type { PlannedPrediction } from "../orders/prediction-order.js";
import { countProgress } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import type { RunWithBase } from "../work/base.js";
import { type Member, PART, partsOf, requireParts, writePart } from "./dataset-parts.js";
import { checkReaders } from "./readers.js";
import type { ScoringParts } from "./scores-of-molecules.js";
import { answerRows } from "./stream.js";

interface Asked {
  /** Members at the positions `from` to before `to`, in their order. */
  membersOf(from: number, to: number): Promise<Member[]>;
  /** Logits instead of probabilities. */
  raw: boolean;
}

/**
 * Resolves when all parts are there. CONFLICT when the model was replaced since the run was planned; NOT_FOUND when a
 * part that was there has gone.
 */
export async function writeParts(
  execution: Execution,
  run: RunWithBase,
  order: Pick<PlannedPrediction, "averageOver" | "positions" | "checksums">,
  { membersOf, raw }: Asked,
): Promise<void> {
  const { store, fence, recorder, signal } = execution;
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
  await recorder.started(positions, at(first));
  const options = { model: run.baseModel, averageOver, priority: "BACKGROUND", signal, canonical: true, raw } as const;
  for (let part = first; part < parts; part++) {
    signal.throwIfAborted();
    const members = await whenDatabaseIsBack(() => membersOf(at(part), at(part + 1)), signal);
    const answered = [];
    for await (const some of answerRows(scoringParts(execution), each(members), options)) answered.push(...some);
    // Of a model that was replaced meanwhile nothing is written.
    await check();
    await writePart(store, run.id, part, answered);
    await whenDatabaseIsBack(() => countProgress(store.pool, fence), signal);
    await say(part + 1);
  }
  await requireParts(store, run.id, positions);
}

/** DEVICE_UNAVAILABLE on a worker without RDKit. */
export function scoringParts({ store, compute, chemistry }: Execution): ScoringParts {
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

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
