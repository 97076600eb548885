/**
 * The contract of the compute pool. It runs one forked process per device for inference, and one forked process per
 * training run, fit of a probe or analysis. A crash there is an error here, never the end of this process.
 */
import type { AnalysisAnswer, AnalysisKind, AnalysisRequest } from "../analysis/task.js";
import type { PcaRequest, PcaResult } from "../analysis/types.js";
import type { TaskReport } from "../scores/types.js";
import type { ProbeJob, ProbeResult } from "../train/probe/probe.js";
import type { AnyTrainingJob, TrainingEvent } from "../train/types.js";
import type { ComputeStatistics } from "./statistics.js";

export type { PcaRequest, PcaResult } from "../analysis/types.js";

export interface ModelReference {
  /** sha256 of the checkpoint: the identity under which sessions are kept. */
  checksum: string;
  /** Absolute folder in Hugging Face layout. */
  folder: string;
}

export type InferenceOutput =
  /** Logits of the classification head: [classes] */
  | "LOGITS"
  /** Position 0 of a hidden layer: [width] */
  | "CLS"
  /** Mean of a hidden layer over the real tokens, special tokens included: [width] */
  | "MEAN";

/** The highest first: somebody waits for one answer; for many; nobody waits. */
export const PRIORITIES = ["INTERACTIVE", "BULK", "BACKGROUND"] as const;
export type InferencePriority = (typeof PRIORITIES)[number];

export interface InferenceRequest {
  model: ModelReference;
  output: InferenceOutput;
  /** Hidden layer of CLS and MEAN: 0 is what enters the first one; null: the last. Default null. */
  layer?: number | null;
  /** One item per molecule; ids with start and end tokens, in range, at most the model's maximum length. */
  tokenIds: readonly Int32Array[];
  /** Default INTERACTIVE. */
  priority?: InferencePriority;
  signal?: AbortSignal;
}

export interface DeviceStatus {
  /** cpu, webgpu, cuda:0, … */
  id: string;
  provider: string;
  state: "STARTING" | "READY" | "RESTARTING" | "UNAVAILABLE";
  /** Why it is not READY; null when it is. */
  reason: string | null;
  /** Why MAILLARD_DEVICES=auto chose it; absent for a device that was named. */
  choice?: string;
}

export interface AnalysisLine {
  /**
   * OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED, and what the analysis refuses. `onStep`: called now and then with
   * the steps of a map that are done.
   */
  analyse<K extends AnalysisKind>(
    request: AnalysisRequest<K>,
    signal?: AbortSignal,
    onStep?: (done: number) => void,
  ): Promise<AnalysisAnswer<K>>;
  /** Writes to the folder `to` the model of the folder `from` with random weights instead of its own. */
  writeRandomWeights(folders: { from: string; to: string }, seed: number, signal?: AbortSignal): Promise<void>;
}

export interface ComputePool {
  devices(): DeviceStatus[];
  /**
   * One Float32Array per item, in order. Rejects with OVERLOADED (details.retryAfterMs), CANCELLED, COMPUTE_CRASHED,
   * NON_FINITE_OUTPUT, CHECKPOINT_INVALID, MODEL_HAS_NO_HEAD.
   */
  infer(request: InferenceRequest): Promise<Float32Array[]>;
  /** In a process of its own, one at a time, beside the other analyses. OVERLOADED, CANCELLED, TIMEOUT, … */
  pca(request: PcaRequest, signal?: AbortSignal): Promise<PcaResult>;
  /** Fits a linear probe in a process of its own; rejects with CANCELLED (signal), COMPUTE_CRASHED, INVALID_CONFIG. */
  fitProbe(job: ProbeJob, signal?: AbortSignal): Promise<ProbeResult>;
  /** Analyses besides PCA: each in a process of its own, one at a time. */
  readonly analysisLine: AnalysisLine;
  /**
   * Resolves when the job finished; rejects with DIVERGED, CANCELLED (signal), COMPUTE_CRASHED, INVALID_CONFIG, …
   * Events are delivered in order; a rejected handler stops the job.
   */
  train(
    job: AnyTrainingJob,
    onEvent: (event: TrainingEvent<TaskReport>) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Items and analyses that wait and that run, and training runs, for health and tests: all zero when idle. */
  gauges(): { queuedItems: number; runningItems: number; trainingRuns: number };
  /** Since its start; absent in a pool that keeps none. */
  statistics?(): ComputeStatistics;
  close(): Promise<void>;
}
