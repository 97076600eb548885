/**
 * A pretraining as a job of a training process: its events are those of a finetune (train/types.ts), so that one worker
 * drives both.
 *
 * States: started -> (metric | progress | checkpoint)* -> evaluation(VALIDATION) -> finished. It resumes bit for bit on
 * the same machine and thread count. Stops within one step when asked to (CANCELLED); a loss that is not finite ends it
 * (DIVERGED).
 */
import { mkdir } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { processorShare } from "../../process/processor-share.js";
import type { SplitName } from "../../scores/types.js";
import { environment } from "../finetune/environment.js";
import type { TrainingHooks } from "../finetune/loop.js";
import { readTrainingState, writeTrainingState } from "../step/training-state.js";
import type { PretrainingJob } from "../types.js";
import { pretrainWith } from "./pretrain.js";
import type { PretrainProgress } from "./pretrain-options.js";
import { type Position, type PretrainKeeper, START } from "./pretrain-state.js";

export async function runPretrainingJob(job: PretrainingJob, hooks: TrainingHooks): Promise<void> {
  const { onEvent, shouldStop, shouldSave } = hooks;
  const { options, checkpointFolder, cache, device, evalSteps } = job;
  const metrics = async (at: { step: number; epoch: number }, split: SplitName, values: Record<string, number>) => {
    for (const [name, value] of Object.entries(values))
      await onEvent({ kind: "metric", step: at.step, epoch: at.epoch, split, name, value });
  };
  for (const folder of [checkpointFolder, options.output]) await mkdir(folder, { recursive: true });
  const { validation } = await pretrainWith(options, {
    keeper: keeperOf(job, onEvent),
    cache,
    device,
    evalSteps,
    onStart: ({ step, steps }) =>
      onEvent({
        kind: "started",
        step,
        totalSteps: steps,
        stepsPerEpoch: 0,
        environment: environment(options.threads, device),
        nice: getPriority(),
      }),
    async onProgress(progress) {
      await metrics(progress, "TRAIN", trainingMetrics(progress));
      const { step, epoch, tokensSeen, tokens, secondsLeft } = progress;
      const totalSteps = Math.max(step, Math.ceil((step * tokens) / tokensSeen));
      await onEvent({ kind: "progress", step, totalSteps, epoch, secondsLeft, share: processorShare() });
    },
    onValidation: (at, { loss, accuracy }) => metrics(at, "VALIDATION", { loss, accuracy }),
    shouldStop() {
      const stops = shouldStop();
      if (stops && !shouldSave?.()) throw cancelled();
      return stops;
    },
    onStopped() {
      throw cancelled();
    },
  });
  const { molecules: count, maskedTokens, loss, accuracy, mostFrequentToken } = validation;
  if (count > 0)
    await onEvent({
      kind: "evaluation",
      report: {
        task: "MASKED_LANGUAGE_MODEL",
        split: "VALIDATION",
        count,
        maskedTokens,
        scores: { loss, accuracy },
        baseline: { accuracy: mostFrequentToken },
      },
    });
  await onEvent({ kind: "finished", modelFolder: options.output });
}

const cancelled = () => new MaillardError("CANCELLED", "The run was cancelled.");

const trainingMetrics = ({ loss, accuracy, learningRate, properties }: PretrainProgress): Record<string, number> => ({
  loss,
  accuracy,
  ...(properties
    ? { descriptorLoss: properties.descriptors, maccsLoss: properties.maccs, morganLoss: properties.morgan }
    : {}),
  learningRate,
});

/** The caller chooses the state to resume from, and prunes. */
function keeperOf({ checkpointFolder, resumeFrom }: PretrainingJob, onEvent: TrainingHooks["onEvent"]): PretrainKeeper {
  return {
    async resume(identity, arena) {
      if (resumeFrom === null) return { ...START };
      const state = await readTrainingState(resumeFrom, arena);
      if (state.identity !== identity)
        throw new MaillardError("CHECKPOINT_INVALID", "The checkpoint belongs to a run with other data or options.");
      return state.position as unknown as Position;
    },
    async persist(identity, arena, position) {
      const { step } = position;
      const folder = join(checkpointFolder, `step-${step}`);
      const written = await writeTrainingState(folder, arena, { identity, position: { ...position } });
      await onEvent({ kind: "checkpoint", step, folder, ...written, score: null });
    },
  };
}
