/**
 * A finetune and then its baselines, in one process: the training is complete and reported as finished before the fit
 * begins, so that nothing which happens to the fit can cost the model.
 */
import { type BaselineRequest, baselinesOf } from "../../analysis/evaluation/baselines.js";
import { MaillardError } from "../../errors.js";
import { isSequenceTask } from "../../model/types.js";
import type { Floats, SplitName } from "../../scores/types.js";
import type { TrainingJob } from "../../train/types.js";
import type { RunTraining } from "./training-server.js";

export function withBaselines(runTraining: RunTraining<TrainingJob>): RunTraining<TrainingJob> {
  return async (job, hooks) => {
    const outputs = new Map<SplitName, Floats>();
    await runTraining(job, {
      ...hooks,
      async onEvent(event) {
        if (event.kind === "evaluation" && event.outputs) outputs.set(event.report.split, event.outputs);
        await hooks.onEvent(event);
      },
    });
    const { task = "SINGLE_LABEL", classes: labels, examples, baseline } = job;
    if (!baseline || !isSequenceTask(task) || outputs.size === 0 || hooks.shouldStop()) return;
    const answer = tried({ ...baseline, task, labels, examples, outputs });
    await hooks.onEvent({ kind: "baselines", ...answer });
  };
}

function tried(request: BaselineRequest) {
  try {
    return { splits: baselinesOf(request), failure: null };
  } catch (error) {
    return { splits: [], failure: MaillardError.from(error).message };
  }
}
