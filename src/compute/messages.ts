/**
 * The messages to and from compute processes. Plain data, sent with the structured-clone serialization: numbers as
 * typed arrays, errors as the JSON of a MaillardError. A parent has at most two batches outstanding per inference
 * process, which are worked off in their order; the `id` of an answer serves to recognise a late one.
 */
import type { AnalysisKind, AnalysisOptions } from "../analysis/task.js";
import type { ErrorJson } from "../process/error-json.js";
import type { Floats, TaskReport } from "../scores/types.js";
import type { PretrainingJob, TrainingEvent, TrainingJob } from "../train/types.js";
import type { InferenceOutput, ModelReference } from "./types.js";

/** What an inference process reports about itself with every answer. */
export interface Vitals {
  /** Attempts to load a model since the process began. */
  modelLoads: number;
  /** Checksums of the sessions it holds, least recently used first. */
  models: string[];
  residentBytes: number;
}

export interface BatchMessage {
  kind: "batch";
  id: number;
  model: ModelReference;
  output: InferenceOutput;
  /** null: the last. */
  layer: number | null;
  /** All token ids, item after item: [sum of lengths] */
  ids: Int32Array;
  /** [items] */
  lengths: Int32Array;
}

export type ToInference =
  | {
      kind: "start";
      provider: string;
      deviceId: number | undefined;
      threads: number;
      maxModels: number;
      cacheFolder: string | null;
    }
  | BatchMessage;

export type FromInference =
  | { kind: "ready" }
  | { kind: "unavailable"; reason: string }
  | { kind: "loading"; id: number }
  | { kind: "loaded"; id: number; loadMs: number }
  | {
      kind: "batch-done";
      id: number;
      width: number;
      /** Row-major [items, width]; a failed item's row is zero. */
      values: Float32Array;
      failures: { item: number; error: ErrorJson }[];
      inferenceMs: number;
      vitals: Vitals;
    }
  | { kind: "failed"; id: number; error: ErrorJson; vitals: Vitals };

export type ToTraining =
  /** Some of the examples, in order. `splits`: indices into SPLITS; `targets`: [examples, width], width 0 for none. */
  | {
      kind: "examples";
      ids: Int32Array;
      lengths: Int32Array;
      labels: Int32Array;
      targets: Floats;
      width: number;
      splits: Uint8Array;
      /** Other forms of each example, and the token ids of all of them, in order. */
      formCounts: Int32Array;
      forms: { ids: Int32Array; lengths: Int32Array };
    }
  /** Ends the transfer and starts the run. */
  | { kind: "job"; job: Omit<TrainingJob, "examples"> | PretrainingJob }
  | { kind: "acknowledge" }
  /** `save`: a finetune writes a checkpoint before it stops. */
  | { kind: "cancel"; save: boolean };

export type FromTraining =
  | { kind: "event"; event: TrainingEvent<TaskReport> }
  | { kind: "done" }
  | { kind: "failed"; error: ErrorJson };

export type ToAnalysis =
  /** The vectors follow in parts; their number of values is `length`. */
  | { kind: "request"; analysis: AnalysisKind; options: AnalysisOptions; dimension: number; length: number }
  | { kind: "part"; offset: number; values: Float32Array }
  /** Writes a model of the same shape with random weights; `from` and `to` are folders of models. */
  | { kind: "random-weights"; from: string; to: string; seed: number };
