/**
 * The identity of a run, which its checkpoints carry, and the position in the run at which a checkpoint was written.
 */
import { createHash } from "node:crypto";
import { MaillardError } from "../../errors.js";
import type { TrainingOptions } from "../options/options.js";
import { ENGINE_OPTIONS, type EngineOption, engineView, rowOf } from "../options/table.js";
import type { Trainer } from "../step/trainer.js";
import { readTrainingState } from "../step/training-state.js";
import type { TrainingJob } from "../types.js";
import { type BestSoFar, NOTHING_YET } from "./best.js";

export interface Position {
  /** Steps done. */
  step: number;
  /** Loss summed over the steps since the last train metric, and their number. */
  lossSum: number;
  lossSteps: number;
  best: BestSoFar;
}

/** What decides the numbers: task, data, options. A checkpoint of another identity is refused. */
export function jobIdentity(job: TrainingJob, options: TrainingOptions): string {
  const hash = createHash("sha256");
  const deciding = Object.fromEntries(
    ENGINE_OPTIONS.filter((name) => decides(name, options[name])).map((name) => [name, options[name]]),
  );
  const { task = "SINGLE_LABEL", classes, randomInitialWeights = false, keepHead = false } = job;
  // Left out where it is the default, so that the checkpoints of earlier versions stay valid.
  const head = keepHead ? { keepHead } : {};
  hash.update(JSON.stringify({ task, classes, deciding, randomInitialWeights, ...head }));
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  for (const { tokenIds, label, split, targets, forms = [] } of job.examples) {
    hash.update(`${label} ${split} ${tokenIds.length} ${targets?.length ?? 0} `);
    hash.update(bytes(tokenIds));
    // In float32, as checkpoints of earlier versions have it.
    if (targets) hash.update(bytes(Float32Array.from(targets)));
    for (const form of forms) hash.update(`${form.length} `).update(bytes(form));
  }
  return hash.digest("hex");
}

/** An option that came later is left out at its default, so that the checkpoints of earlier versions stay valid. */
function decides(name: EngineOption, value: unknown): boolean {
  const { identity } = rowOf(name);
  return identity !== "never" && !(identity === "unless default" && value === engineView(name).default);
}

/** The start, or the position of the checkpoint to resume from, whose numbers are then in the trainer. */
export async function startingPosition(job: TrainingJob, identity: string, trainer: Trainer): Promise<Position> {
  if (!job.resumeFrom) return { step: 0, lossSum: 0, lossSteps: 0, best: NOTHING_YET };
  const { resumeFrom } = job;
  const state = await trainer.restore((arena) => readTrainingState(resumeFrom, arena));
  if (state.identity !== identity)
    throw new MaillardError("CHECKPOINT_INVALID", "The checkpoint belongs to a run with other data or options.");
  return state.position as unknown as Position;
}
