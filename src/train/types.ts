/**
 * Jobs and events of a training process. Plain data: it crosses a process boundary.
 * No database and no GraphQL here; folders are absolute paths chosen by the caller.
 */
import type { TrainingTask } from "../scores/metrics.js";
import type { EvaluationReport, Floats, SplitBaselines, SplitName } from "../scores/types.js";
import type { TrainingOptions } from "./options/options.js";
import type { PretrainOptions } from "./pretrain/pretrain-options.js";

export interface Example {
  /** With start and end tokens, already truncated. */
  tokenIds: Int32Array;
  /** Other ways of writing it: training draws one each epoch, scoring averages the answers to all. */
  forms?: readonly Int32Array[];
  /** SINGLE_LABEL: index into `classes`. Else 0, and not read. */
  label: number;
  /** MULTI_LABEL (0 or 1) and REGRESSION (in units): one for each of `classes`; NaN where nothing was measured. */
  targets?: Floats;
  split: SplitName;
}

/** What a job must say; the rest of the options has defaults (options/table.ts). */
type Stated =
  | "epochs"
  | "batchSize"
  | "learningRate"
  | "weightDecay"
  | "warmupSteps"
  | "gradientClip"
  | "dropout"
  | "seed"
  | "logEvery"
  | "checkpointEvery"
  | "threads";

export type Hyperparameters = Pick<TrainingOptions, Stated> & Partial<Omit<TrainingOptions, Stated>>;

/** What a finetune is compared with: fingerprints of its molecules, and which molecule each example is. */
export interface BaselineInput {
  /** [examples, bits / 8]: bit n is bit n mod 8 of byte n / 8. */
  fingerprints: Uint8Array;
  /** [examples], counted from 0: several examples have one where rows are split. */
  molecules: Int32Array;
}

export interface FinetuneJob {
  kind: "FINETUNE";
  task?: "SINGLE_LABEL";
  /** Folder of the base model (Hugging Face layout). */
  baseFolder: string;
  /** Folder that receives the finished model (created; Hugging Face layout). */
  outputFolder: string;
  /** Folder that receives checkpoints, one subfolder each: step-<n>. */
  checkpointFolder: string;
  /** Names in logit order: classes, labels or targets. Empty for MASKED_LANGUAGE_MODEL. */
  classes: string[];
  examples: Example[];
  hyperparameters: Hyperparameters;
  /** Checkpoint folder to resume from; null starts at step 0. */
  resumeFrom: string | null;
  /** Stops after this epoch's evaluation and checkpoint, to go on from there later. Default: goes to the end. */
  haltEpoch?: number | null;
  /** true: ignore the base model's weights and draw fresh ones (a control). */
  randomInitialWeights?: boolean;
  /** true: goes on with the head of the base model where its task and classes are those of the job. Default false. */
  keepHead?: boolean;
  /** Device to train on. Default "cpu". */
  device?: string;
  /** Left out: the finetune is compared with nothing. */
  baseline?: BaselineInput;
}

/** The same for any task. */
export type TrainingJob = Omit<FinetuneJob, "task"> & { task?: TrainingTask };

/** Molecules are read from a file, and no example is sent. */
export interface PretrainingJob {
  kind: "PRETRAIN";
  /** Its paths are absolute. */
  options: PretrainOptions;
  /** Folder that receives checkpoints, one subfolder each: step-<n>. */
  checkpointFolder: string;
  /** Checkpoint folder to resume from; null starts at step 0. */
  resumeFrom: string | null;
  /** File of what chemistry computed of the molecules. */
  cache: string;
  /** Steps between two measurements on the molecules kept aside. */
  evalSteps: number;
  device: string;
}

/** What one training process does. */
export type AnyTrainingJob = TrainingJob | PretrainingJob;

/**
 * What a model answered to each example of the split that was scored: [examples, labels], row by row, in the order of
 * the job's examples. Logits before any temperature, as the report's scores are; REGRESSION: values in units. Absent
 * for MASKED_LANGUAGE_MODEL.
 */
export interface Evaluated {
  outputs?: Floats;
}

export type TrainingEvent<Report = EvaluationReport> =
  | {
      kind: "started";
      step: number;
      totalSteps: number;
      stepsPerEpoch: number;
      environment: Record<string, unknown>;
      /** Of the process: 0 (normal) to 19. */
      nice?: number;
    }
  | { kind: "metric"; step: number; epoch: number; split: SplitName; name: string; value: number }
  /**
   * `peakBytes`: most memory of the process so far. `share`: of the processor time that its threads asked for, 0 to 1
   * (src/process/processor-share.ts).
   */
  | {
      kind: "progress";
      step: number;
      totalSteps: number;
      epoch: number;
      secondsLeft: number | null;
      share?: number | null;
      peakBytes?: number;
    }
  | { kind: "checkpoint"; step: number; folder: string; sha256: string; bytes: number; score: number | null }
  /** `outputs`: see Evaluated. */
  | ({ kind: "evaluation"; report: Report } & Evaluated)
  | { kind: "finished"; modelFolder: string; peakBytes?: number }
  /** The last event of a job that stopped at its `haltEpoch`: there is a checkpoint of `step`, and no model. */
  | { kind: "halted"; step: number }
  /** After `finished`, where the job has what they need. `failure`: why they were not computed; else null. */
  | { kind: "baselines"; splits: SplitBaselines[]; failure: string | null };
// Metrics of a pretraining: loss and accuracy of masked tokens, of TRAIN and VALIDATION; of TRAIN learningRate, too.
// Metrics of TRAIN: loss, learningRate, gradientNorm, every logEvery steps and at each epoch's end. Metrics of
// VALIDATION (at each evaluation) and TEST (at the end): scores/metrics.ts. A checkpoint's score is greater for a
// better one: a metric of which less is better has its sign changed.
