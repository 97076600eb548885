/**
 * A compute pool for tests of a run's life: it computes nothing and sends events as a training process does, in order,
 * one at a time, stopping between two steps. The loss of step n is 1 / n, a checkpoint is a folder with the number of
 * its step, and the model it makes is a copy of the base. A test decides what happens before a step.
 */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  AnalysisLine,
  ComputePool,
  DeviceStatus,
  InferenceRequest,
  PcaRequest,
  PcaResult,
} from "../../src/compute/types.js";
import { MaillardError } from "../../src/errors.js";
import type { EvaluationReport, SplitName, TaskReport } from "../../src/scores/types.js";
import { folderChecksum } from "../../src/train/step/training-state.js";
import type { FinetuneJob, PretrainingJob, TrainingEvent } from "../../src/train/types.js";
export class FakeCompute implements ComputePool {
  /** Awaited before each step; may throw. The signal is the pool's: aborted when the run is to stop. */
  beforeStep: (step: number, job: FinetuneJob, signal?: AbortSignal) => Promise<void> | void = () => undefined;
  /** Awaited after the last step, before the model is written. */
  beforeEnd: (job: FinetuneJob) => Promise<void> | void = () => undefined;
  /** Awaited when the training is finished; may report baselines, and may throw. */
  afterEnd: (onEvent: (event: TrainingEvent) => Promise<void>) => Promise<void> | void = () => undefined;
  beforeInfer: (request: InferenceRequest) => Promise<void> | void = () => undefined;
  environment: Record<string, unknown> = { node: "fake" };
  deviceList: DeviceStatus[] = [{ id: "cpu", provider: "cpu", state: "READY", reason: null }];
  /** Every job it was given. */
  readonly jobs: FinetuneJob[] = [];
  /** Of the jobs that can be stopped. */
  readonly signals: AbortSignal[] = [];
  /** Token ids of every molecule it embedded. */
  readonly inferred: Int32Array[] = [];
  /** Validation score of each epoch, from 1; default: rising. */
  scoreOf: (epoch: number, job: FinetuneJob) => number = (epoch) => 1 - 1 / (1 + epoch);
  /** What its reports say otherwise than usual. */
  reported: (job: FinetuneJob, split: SplitName) => Partial<EvaluationReport> = () => ({});

  constructor(private readonly width = 32) {}

  devices(): DeviceStatus[] {
    return this.deviceList;
  }

  /** [sum of ids, number of ids, 0, …] */
  async infer(request: InferenceRequest): Promise<Float32Array[]> {
    await this.beforeInfer(request);
    this.inferred.push(...request.tokenIds);
    return request.tokenIds.map((ids) => {
      const vector = new Float32Array(this.width);
      vector.set([ids.reduce((sum, id) => sum + id, 0), ids.length]);
      return vector;
    });
  }

  async pca(_request: PcaRequest): Promise<PcaResult> {
    throw new Error("not asked for in these tests");
  }

  async fitProbe(): Promise<never> {
    throw new Error("not asked for in these tests");
  }

  readonly analysisLine: AnalysisLine = {
    analyse: () => Promise.reject(new Error("not asked for in these tests")),
    writeRandomWeights: () => Promise.reject(new Error("not asked for in these tests")),
  };

  async train(
    job: FinetuneJob | PretrainingJob,
    onEvent: (event: TrainingEvent<TaskReport>) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    if (job.kind === "PRETRAIN") return pretend(job, onEvent);
    this.jobs.push(job);
    if (signal) this.signals.push(signal);
    const { epochs, batchSize, logEvery, threads } = job.hyperparameters;
    const training = job.examples.filter(({ split }) => split === "TRAIN");
    const stepsPerEpoch = Math.ceil(training.length / batchSize);
    const totalSteps = stepsPerEpoch * epochs;
    let step = job.resumeFrom === null ? 0 : Number(await readFile(join(job.resumeFrom, "state"), "utf8"));
    await onEvent({ kind: "started", step, totalSteps, stepsPerEpoch, environment: { ...this.environment, threads } });
    const metric = (split: SplitName, name: string, value: number) =>
      onEvent({ kind: "metric", step, epoch: step / stepsPerEpoch, split, name, value });
    const checkpoint = async (score: number | null) => {
      const folder = join(job.checkpointFolder, `step-${step}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "state"), String(step));
      const sha256 = await folderChecksum(folder);
      await onEvent({ kind: "checkpoint", step, folder, sha256, bytes: String(step).length, score });
    };
    const haltStep = Math.min(totalSteps, (job.haltEpoch ?? totalSteps) * stepsPerEpoch);
    while (step < haltStep) {
      await this.beforeStep(step + 1, job, signal);
      if (signal?.aborted && signal.reason === "PAUSED") await checkpoint(null);
      if (signal?.aborted)
        throw new MaillardError("CANCELLED", "The training run was cancelled.", { details: { reason: "SIGNAL" } });
      step++;
      if (step % logEvery === 0) await metric("TRAIN", "loss", 1 / step);
      await onEvent({
        kind: "progress",
        step,
        totalSteps,
        epoch: step / stepsPerEpoch,
        secondsLeft: totalSteps - step,
      });
      if (step % stepsPerEpoch !== 0) continue;
      const score = this.scoreOf(step / stepsPerEpoch, job);
      await metric("VALIDATION", "macroF1", score);
      await checkpoint(score);
    }
    if (step < totalSteps) return onEvent({ kind: "halted", step });
    await this.beforeEnd(job);
    for (const split of ["VALIDATION", "TEST"] as const)
      await onEvent({ kind: "evaluation", report: this.report(job, split), outputs: this.outputs(job, split) });
    await cp(job.baseFolder, job.outputFolder, { recursive: true });
    await onEvent({ kind: "finished", modelFolder: job.outputFolder });
    await this.afterEnd(onEvent);
  }

  gauges(): { queuedItems: number; runningItems: number; trainingRuns: number } {
    return { queuedItems: 0, runningItems: 0, trainingRuns: 0 };
  }

  async close(): Promise<void> {}

  /** [molecules, classes]: the number of the molecule's tokens, then zeros. */
  private outputs(job: FinetuneJob, split: SplitName): Float32Array {
    const width = job.classes.length;
    const examples = job.examples.filter((example) => example.split === split);
    const outputs = new Float32Array(examples.length * width);
    examples.forEach(({ tokenIds }, row) => {
      outputs[row * width] = tokenIds.length;
    });
    return outputs;
  }

  private report(job: FinetuneJob, split: SplitName): EvaluationReport {
    const count = job.examples.filter((example) => example.split === split).length;
    return {
      split,
      count,
      loss: 0.5,
      accuracy: 0.75,
      macroF1: 0.7,
      labels: job.classes,
      classes: job.classes.map((label) => ({ label, precision: 0.5, recall: 0.5, f1: 0.5, support: 1 })),
      confusionMatrix: job.classes.map(() => job.classes.map(() => 1)),
      baseline: { label: job.classes[0], accuracy: 0.5, macroF1: 0.25 },
      ...this.reported(job, split),
    };
  }
}

/** A pretraining of four steps; the model is a copy of the base, or of a fixture. */
async function pretend(
  { options, evalSteps }: PretrainingJob,
  onEvent: (event: TrainingEvent<TaskReport>) => Promise<void>,
): Promise<void> {
  const totalSteps = 4;
  await onEvent({ kind: "started", step: 0, totalSteps, stepsPerEpoch: 0, environment: { threads: options.threads } });
  for (let step = 1; step <= totalSteps; step++) {
    const metric = (split: SplitName, name: string, value: number) =>
      onEvent({ kind: "metric", step, epoch: step / 2, split, name, value });
    await metric("TRAIN", "loss", 1 / step);
    if (step % evalSteps === 0) for (const name of ["loss", "accuracy"]) await metric("VALIDATION", name, step / 8);
    await onEvent({ kind: "progress", step, totalSteps, epoch: step / 2, secondsLeft: 0 });
  }
  const scores = { loss: 0.75, accuracy: 0.5 };
  const report = { task: "MASKED_LANGUAGE_MODEL", split: "VALIDATION", count: 3, maskedTokens: 9, scores } as const;
  await onEvent({ kind: "evaluation", report: { ...report, baseline: { accuracy: 0.25 } } });
  const fixture = join(import.meta.dirname, "..", "fixtures", "tiny-bert-masked");
  await cp(options.base ?? fixture, options.output, { recursive: true });
  await onEvent({ kind: "finished", modelFolder: options.output });
}
