/**
 * A finetune from start to finished model: epochs, validation, checkpoints, test, save.
 *
 * States: started -> (metric | progress | checkpoint)* -> evaluation(VALIDATION), evaluation(TEST) -> finished.
 * A step is a pure function of the job and the state, so a run resumed from a checkpoint repeats the uninterrupted one
 * bit for bit on the same machine and thread count. Stops within one step when asked to (CANCELLED); a loss or gradient
 * that is not finite ends it (DIVERGED).
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../errors.js";
import { copyTokenizer, loadCheckpoint, saveCheckpoint } from "../model/checkpoint.js";
import { initializeWeights, withHead } from "../model/initialize.js";
import type { Checkpoint } from "../model/types.js";
import { epochOrder } from "./batches.js";
import { readTrainingState, writeTrainingState } from "./checkpoint.js";
import { environment } from "./environment.js";
import { evaluate } from "./metrics.js";
import { linearSchedule } from "./schedule.js";
import { ADAMW_DEFAULTS, Trainer } from "./trainer.js";
import type { EvaluationReport, Example, FinetuneJob, SplitName, TrainingEvent } from "./types.js";

export interface TrainingHooks {
  onEvent(event: TrainingEvent): Promise<void>;
  /** Asked before every step. */
  shouldStop(): boolean;
}

/** Tokens of one evaluation batch. */
const EVALUATION_TOKENS = 1024;

interface Position {
  /** Steps done. */
  step: number;
  /** Loss summed over the steps since the last train metric, and their number. */
  lossSum: number;
  lossSteps: number;
}

export async function runTraining(job: FinetuneJob, hooks: TrainingHooks): Promise<void> {
  const { hyperparameters: settings, classes } = job;
  const bySplit = (split: SplitName) => job.examples.filter((example) => example.split === split);
  const training = bySplit("TRAIN");
  if (training.length === 0)
    throw new MaillardError("EMPTY_DATASET", "The training split has no molecule; change the split's fractions.");
  const majority = mostFrequent(training, classes.length);
  const stepsPerEpoch = Math.ceil(training.length / settings.batchSize);
  const totalSteps = stepsPerEpoch * settings.epochs;
  const identity = jobIdentity(job);

  const checkpoint = await initialCheckpoint(job);
  const trainer = await Trainer.create(checkpoint, {
    seed: settings.seed,
    threads: settings.threads,
    weightDecay: settings.weightDecay,
    gradientClip: settings.gradientClip,
    device: job.device ?? "cpu",
    ...ADAMW_DEFAULTS,
  });
  const position = await startingPosition(job, identity, trainer);
  await mkdir(job.checkpointFolder, { recursive: true });
  await hooks.onEvent({
    kind: "started",
    step: position.step,
    totalSteps,
    stepsPerEpoch,
    environment: environment(settings.threads, job.device ?? "cpu"),
  });

  const score = async (split: SplitName): Promise<EvaluationReport | null> => {
    const examples = bySplit(split);
    if (examples.length === 0) return null;
    return evaluate(
      await predictAll(trainer, examples, hooks),
      Int32Array.from(examples, ({ label }) => label),
      { split, labels: classes, majority },
    );
  };
  const emitScores = async (report: EvaluationReport, step: number) => {
    for (const name of ["loss", "accuracy", "macroF1"] as const) {
      await hooks.onEvent({
        kind: "metric",
        step,
        epoch: step / stepsPerEpoch,
        split: report.split,
        name,
        value: report[name],
      });
    }
  };
  const save = async (validationScore: number | null) => {
    const folder = join(job.checkpointFolder, `step-${position.step}`);
    const { sha256, bytes } = await writeTrainingState(folder, trainer.arena, { identity, position: { ...position } });
    await hooks.onEvent({ kind: "checkpoint", step: position.step, folder, sha256, bytes, score: validationScore });
  };

  const secondsPerStep = new MovingAverage();
  while (position.step < totalSteps) {
    stopIfAsked(hooks);
    const began = performance.now();
    const step = position.step + 1;
    const epoch = Math.floor(position.step / stepsPerEpoch);
    const order = epochOrder(training.length, settings.seed, epoch);
    const place = (position.step % stepsPerEpoch) * settings.batchSize;
    const batch = Array.from(order.subarray(place, place + settings.batchSize), (index) => training[index]);
    const { loss } = await trainer.computeGradients(
      { sequences: batch.map(({ tokenIds }) => tokenIds), labels: batch.map(({ label }) => label) },
      step,
    );
    if (!Number.isFinite(loss)) {
      throw new MaillardError(
        "DIVERGED",
        `The loss at step ${step} is ${loss}; lower the learning rate (${settings.learningRate}).`,
        { param: "learningRate", details: { step } },
      );
    }
    // As Hugging Face: the step that is the n-th uses the schedule's value at n - 1.
    const learningRate =
      settings.learningRate * linearSchedule(step - 1, { warmupSteps: settings.warmupSteps, totalSteps });
    const gradientNorm = trainer.update(step, learningRate);
    position.step = step;
    position.lossSum += loss;
    position.lossSteps++;
    secondsPerStep.add((performance.now() - began) / 1000);

    const epochEnds = step % stepsPerEpoch === 0;
    if (step % settings.logEvery === 0 || epochEnds) {
      const metrics = { loss: position.lossSum / position.lossSteps, learningRate, gradientNorm };
      for (const [name, value] of Object.entries(metrics))
        await hooks.onEvent({ kind: "metric", step, epoch: step / stepsPerEpoch, split: "TRAIN", name, value });
      position.lossSum = position.lossSteps = 0;
      const secondsLeft = secondsPerStep.mean * (totalSteps - step);
      await hooks.onEvent({ kind: "progress", step, totalSteps, epoch: step / stepsPerEpoch, secondsLeft });
    }
    if (epochEnds) {
      const report = await score("VALIDATION");
      if (report) await emitScores(report, step);
      await save(report?.macroF1 ?? null);
    } else if (step % settings.checkpointEvery === 0) {
      await save(null);
    }
  }

  for (const split of ["VALIDATION", "TEST"] as const) {
    const report = await score(split);
    if (!report) continue;
    if (split === "TEST") await emitScores(report, position.step);
    await hooks.onEvent({ kind: "evaluation", report });
  }
  await saveCheckpoint(job.outputFolder, {
    config: (await loadBase(job)).config,
    task: "SINGLE_LABEL",
    labels: classes,
    weights: trainer.weights(),
  });
  await copyTokenizer(job.baseFolder, job.outputFolder);
  await trainer.release();
  await hooks.onEvent({ kind: "finished", modelFolder: job.outputFolder });
}

function stopIfAsked({ shouldStop }: TrainingHooks): void {
  if (shouldStop()) throw new MaillardError("CANCELLED", "The run was cancelled.");
}

const loadBase = async (job: FinetuneJob) => loadCheckpoint(job.baseFolder);

async function initialCheckpoint(job: FinetuneJob): Promise<Checkpoint> {
  const { seed, dropout } = job.hyperparameters;
  const base = await loadBase(job);
  const config =
    dropout === null
      ? base.config
      : { ...base.config, hiddenDropout: dropout, attentionDropout: dropout, classifierDropout: dropout };
  if (job.randomInitialWeights) return initializeWeights(config, "SINGLE_LABEL", job.classes, seed);
  return withHead({ ...base, config }, "SINGLE_LABEL", job.classes, seed);
}

async function startingPosition(job: FinetuneJob, identity: string, trainer: Trainer): Promise<Position> {
  if (!job.resumeFrom) return { step: 0, lossSum: 0, lossSteps: 0 };
  const state = await readTrainingState(job.resumeFrom, trainer.arena);
  if (state.identity !== identity)
    throw new MaillardError("CHECKPOINT_INVALID", "The checkpoint belongs to a run with other data or options.");
  return state.position as unknown as Position;
}

/** What decides the numbers: data, options, initial weights' place. A checkpoint of another identity is refused. */
function jobIdentity({ classes, examples, hyperparameters, randomInitialWeights }: FinetuneJob): string {
  const hash = createHash("sha256");
  const { logEvery: _log, checkpointEvery: _checkpoint, ...deciding } = hyperparameters;
  hash.update(JSON.stringify({ classes, deciding, randomInitialWeights: randomInitialWeights ?? false }));
  for (const { tokenIds, label, split } of examples) {
    hash.update(`${label} ${split} ${tokenIds.length} `);
    hash.update(new Uint8Array(tokenIds.buffer, tokenIds.byteOffset, tokenIds.byteLength));
  }
  return hash.digest("hex");
}

/** Logits [examples, classes], in the examples' order; computed in batches of like length. */
async function predictAll(trainer: Trainer, examples: readonly Example[], hooks: TrainingHooks): Promise<Float32Array> {
  const byLength = examples
    .map((_, index) => index)
    .sort((a, b) => examples[a].tokenIds.length - examples[b].tokenIds.length || a - b);
  const { classes } = trainer;
  const logits = new Float32Array(examples.length * classes);
  let batch: number[] = [];
  let tokens = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    stopIfAsked(hooks);
    const answers = await trainer.predict({
      sequences: batch.map((i) => examples[i].tokenIds),
      labels: batch.map((i) => examples[i].label),
    });
    batch.forEach(
      (example, row) => void logits.set(answers.subarray(row * classes, (row + 1) * classes), example * classes),
    );
    batch = [];
    tokens = 0;
  };
  for (const index of byLength) {
    const { length } = examples[index].tokenIds;
    if (tokens + length > EVALUATION_TOKENS) await flush();
    batch.push(index);
    tokens += length;
  }
  await flush();
  return logits;
}

function mostFrequent(examples: readonly Example[], classes: number): number {
  const counts = new Int32Array(classes);
  for (const { label } of examples) counts[label]++;
  return counts.indexOf(Math.max(...counts));
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
