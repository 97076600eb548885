/**
 * A training run from start to finished model: epochs, evaluations, checkpoints, test, save.
 *
 * States: started -> (metric | progress | checkpoint)* -> evaluation(VALIDATION), evaluation(TEST) -> finished; or
 * halted, after the checkpoint of the epoch at which the job is to stop. Learning rates are those of the whole run.
 * A step is a pure function of the job and the state, so a run resumed from a checkpoint repeats the uninterrupted one
 * bit for bit on the same machine and thread count. Stops within one step when asked to (CANCELLED); a loss or gradient
 * that is not finite ends it (DIVERGED). Options that break a rule end it before anything is computed (INVALID_CONFIG).
 */
import { mkdir } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { copyTokenizer, loadCheckpoint, saveCheckpoint } from "../../model/checkpoint/checkpoint.js";
import { processorShare } from "../../process/processor-share.js";
import { decidingMetric, metricOf, oriented, streamedMetrics } from "../../scores/metrics.js";
import type { EvaluationReport, Floats, SplitName, TaskReport } from "../../scores/types.js";
import { batchesOf } from "../data/batches.js";
import { resolveOptions } from "../options/option-rules.js";
import { readTrainingState, writeTrainingState } from "../step/training-state.js";
import type { Evaluated, FinetuneJob, TrainingEvent, TrainingJob } from "../types.js";
import { judge } from "./best.js";
import { environment } from "./environment.js";
import { jobIdentity, startingPosition } from "./identity.js";
import { keepCheckpoints } from "./retention.js";
import { planRun } from "./run-plan.js";
import { prepareRun } from "./setup.js";

export interface TrainingHooks<Report extends TaskReport = TaskReport> {
  onEvent(event: TrainingEvent<Report>): Promise<void>;
  /** Called before every step. */
  shouldStop(): boolean;
  /** Asked when it stops: whether to write a checkpoint first. Default: no. */
  shouldSave?(): boolean;
}

/** A finetune on one class per molecule; its reports are EvaluationReports. */
export const runTraining = (job: FinetuneJob, hooks: TrainingHooks<EvaluationReport>): Promise<void> =>
  runTrainingJob(job, hooks);

export async function runTrainingJob(job: TrainingJob, hooks: TrainingHooks): Promise<void> {
  const task = job.task ?? "SINGLE_LABEL";
  const bySplit = (split: SplitName) => job.examples.filter((example) => example.split === split);
  const training = bySplit("TRAIN");
  if (training.length === 0)
    throw new MaillardError("EMPTY_DATASET", "The training split has no molecule; change the split's fractions.");
  const base = await loadCheckpoint(job.baseFolder);
  const { config } = base; // all that is kept of it: the trainer has weights of its own
  const validation = bySplit("VALIDATION").length;
  const options = resolveOptions(job.hyperparameters, { task, config, validation });
  const plan = planRun(options, training);
  const { totalSteps, stepsPerEpoch } = plan;
  const identity = jobIdentity(job, options);
  const { trainer, objective } = await prepareRun(job, options, base, training);
  const position = await startingPosition(job, identity, trainer);
  await mkdir(job.checkpointFolder, { recursive: true });
  await hooks.onEvent({
    kind: "started",
    step: position.step,
    totalSteps,
    stepsPerEpoch,
    environment: environment(options.threads, job.device ?? "cpu"),
    nice: getPriority(),
  });

  const stop = () => stopIfAsked(hooks);
  const score = async (
    split: SplitName,
    { keep, until = stop }: { keep?: (outputs: Floats) => void; until?: () => void } = {},
  ): Promise<TaskReport | null> => {
    const examples = bySplit(split);
    return examples.length === 0 ? null : objective.evaluate(trainer, split, examples, until, keep);
  };
  // With a checkpoint to be written, the evaluation before it is not broken off: its steps would be lost.
  const stopUnsaved = () => {
    if (!hooks.shouldSave?.()) stop();
  };
  const metric = options.metricForBestModel!;
  const streamed = new Set([...streamedMetrics(task), metric]);
  /** What chooses the best model: the metric, or the loss where that has no value for the validation split. */
  const decisionOf = (report: TaskReport | null): { name: string; value: number | null } => {
    const name = decidingMetric(metric, report?.scores ?? {});
    return { name, value: report?.scores?.[name] ?? null };
  };
  const emit = (split: SplitName, name: string, value: number) =>
    hooks.onEvent({ kind: "metric", step: position.step, epoch: position.step / stepsPerEpoch, split, name, value });
  const emitScores = async (report: TaskReport) => {
    for (const name of streamed) {
      const value = report.scores?.[name] ?? null;
      if (value !== null) await emit(report.split, name, value);
    }
  };
  let savedStep = position.step;
  const save = async (report: TaskReport | null) => {
    const folder = join(job.checkpointFolder, `step-${position.step}`);
    const { sha256, bytes } = await writeTrainingState(folder, await trainer.numbers(), {
      identity,
      position: { ...position },
    });
    const { name, value } = decisionOf(report);
    const score = oriented(task, name, value);
    await hooks.onEvent({ kind: "checkpoint", step: position.step, folder, sha256, bytes, score });
    savedStep = position.step;
    await keepCheckpoints(job.checkpointFolder, options.saveTotalLimit, position.best.step);
  };
  const stoppedEarly = () =>
    options.earlyStoppingPatience !== null && position.best.withoutGain >= options.earlyStoppingPatience;

  const haltStep = Math.min(totalSteps, (job.haltEpoch ?? Number.POSITIVE_INFINITY) * stepsPerEpoch);

  const secondsPerStep = new MovingAverage();
  while (position.step < haltStep && !stoppedEarly()) {
    if (hooks.shouldStop() && hooks.shouldSave?.() && savedStep < position.step) await save(null);
    stop();
    const began = performance.now();
    const step = position.step + 1;
    const examples = plan.examplesOf(step);
    const parts = batchesOf(
      Int32Array.from(examples, (_, index) => index),
      options.batchSize,
    ).map((part) =>
      objective.batch(
        Array.from(part, (index) => examples[index]),
        step,
        part[0],
      ),
    );
    const { loss } = await trainer.accumulateGradients(parts, step);
    if (!Number.isFinite(loss)) {
      throw new MaillardError(
        "DIVERGED",
        `The loss at step ${step} is ${loss}; lower the learning rate (${options.learningRate}).`,
        { param: "learningRate", details: { step } },
      );
    }
    const learningRate = plan.learningRateOf(step);
    const gradientNorm = await trainer.update(step, learningRate);
    position.step = step;
    position.lossSum += loss;
    position.lossSteps++;
    secondsPerStep.add((performance.now() - began) / 1000);

    const epochEnds = step % stepsPerEpoch === 0 || step === totalSteps;
    if (step % options.logEvery === 0 || epochEnds) {
      const metrics = { loss: position.lossSum / position.lossSteps, learningRate, gradientNorm };
      for (const [name, value] of Object.entries(metrics)) await emit("TRAIN", name, value);
      position.lossSum = position.lossSteps = 0;
      const secondsLeft = secondsPerStep.mean * (totalSteps - step);
      const share = processorShare();
      await hooks.onEvent({ kind: "progress", step, totalSteps, epoch: step / stepsPerEpoch, secondsLeft, share });
    }
    const evaluates = options.evalSteps === null ? epochEnds : step % options.evalSteps === 0;
    const report = evaluates ? await score("VALIDATION", { until: stopUnsaved }) : null;
    if (report) {
      await emitScores(report);
      const { name, value } = decisionOf(report);
      position.best = judge(position.best, value, {
        step,
        greaterIsBetter: metricOf(task, name)?.greaterIsBetter ?? true,
        threshold: options.earlyStoppingThreshold,
      });
    }
    const isBest = report !== null && position.best.step === step;
    if (epochEnds || step % options.checkpointEvery === 0 || isBest || stoppedEarly()) await save(report);
  }

  if (position.step < totalSteps && !stoppedEarly()) {
    await trainer.release();
    await hooks.onEvent({ kind: "halted", step: position.step });
    return;
  }
  if (options.loadBestModelAtEnd && position.best.step !== null)
    await trainer.restore((arena) =>
      readTrainingState(join(job.checkpointFolder, `step-${position.best.step}`), arena),
    );
  const temperature =
    validation > 0 ? ((await objective.calibrate?.(trainer, bySplit("VALIDATION"), stop)) ?? null) : null;
  for (const split of ["VALIDATION", "TEST"] as const) {
    const answers: Evaluated = {};
    const keep = (outputs: Floats) => {
      answers.outputs = outputs;
    };
    const report = await score(split, { keep });
    if (!report) continue;
    if (split === "TEST") await emitScores(report);
    await hooks.onEvent({ kind: "evaluation", report, ...answers });
  }
  await saveCheckpoint(job.outputFolder, {
    config,
    task,
    labels: job.classes,
    weights: objective.finish(await trainer.weights(), options.temperatureScaling ? temperature : null),
  });
  await copyTokenizer(job.baseFolder, job.outputFolder);
  await trainer.release();
  await hooks.onEvent({ kind: "finished", modelFolder: job.outputFolder });
}

function stopIfAsked({ shouldStop }: Pick<TrainingHooks, "shouldStop">): void {
  if (shouldStop()) throw new MaillardError("CANCELLED", "The run was cancelled.");
}

/** Exponential mean with a memory of about 20 values. */
class MovingAverage {
  private value: number | null = null;

  get mean(): number {
    return this.value ?? 0;
  }

  add(sample: number): void {
    this.value = this.value === null ? sample : this.value + (sample - this.value) / 20;
  }
}
