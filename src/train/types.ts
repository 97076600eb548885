/**
 * What a training process is asked and what it says. Plain data: it crosses a process boundary.
 * No database and no GraphQL here; folders are absolute paths chosen by the caller.
 */
import type { TrainingTask } from "../scores/names.js";
import type { Ranking } from "../scores/ranking.js";
import type { RegressionScores } from "../scores/regression.js";
import type { TrainingOptions } from "./options/options.js";

export type SplitName = "TRAIN" | "VALIDATION" | "TEST";

export interface Example {
  /** With start and end tokens, already truncated. */
  tokenIds: Int32Array;
  /** Other ways of writing it: in training one is drawn each epoch, in scoring the answers are averaged. */
  forms?: readonly Int32Array[];
  /** SINGLE_LABEL: index into `classes`. Else 0, and not read. */
  label: number;
  /** MULTI_LABEL (0 or 1) and REGRESSION (in units): one for each of `classes`; NaN where nothing was measured. */
  targets?: Float32Array;
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
  /** true: ignore the base model's weights and draw fresh ones (a control). */
  randomInitialWeights?: boolean;
  /** Device to train on. Default "cpu". */
  device?: string;
}

/** The same for any task. */
export type TrainingJob = Omit<FinetuneJob, "task"> & { task?: TrainingTask };

/** Scores of a whole split by name (see metric-names.ts); null where one is not defined for these examples. */
export type Scores = Readonly<Record<string, number | null>>;

/** SINGLE_LABEL: scores of one split. Index order of every array: `labels`. */
export interface EvaluationReport {
  task?: "SINGLE_LABEL";
  split: SplitName;
  count: number;
  loss: number;
  accuracy: number;
  /** Mean F1 over the classes present in the split (true or predicted is not enough: present means true). */
  macroF1: number;
  labels: string[];
  classes: { label: string; precision: number; recall: number; f1: number; support: number }[];
  /** Rows: true class; columns: predicted class. */
  confusionMatrix: number[][];
  /** The most frequent class of the training split, always answered. */
  baseline: { label: string; accuracy: number; macroF1: number };
  /** All scores by name; missing in reports written before there were more than three. */
  scores?: Scores;
  calibration?: Calibration;
}

/** What dividing the logits by a temperature fitted on the validation split does: see scores/calibration.ts. */
export interface Calibration {
  temperature: number;
  /** Loss and expected calibration error of the probabilities at that temperature. */
  loss: number;
  calibrationError: number;
}

/** MULTI_LABEL: every score is over measured entries; means are over the labels for which it is defined. */
export interface MultiLabelReport {
  task: "MULTI_LABEL";
  split: SplitName;
  count: number;
  scores: Scores;
  labels: (Ranking & {
    label: string;
    measured: number;
    positives: number;
    precision: number;
    recall: number;
    f1: number;
  })[];
  calibration?: Calibration;
}

/** REGRESSION: errors in units; means over targets. `loss` is of standardised values. */
export interface RegressionReport {
  task: "REGRESSION";
  split: SplitName;
  count: number;
  scores: Scores;
  /** How targets were standardised: what `loss` is of. Missing in reports of earlier versions. */
  scale?: { mean: number[]; deviation: number[] };
  /** `baseline` is the RMSE of always answering the training mean. */
  targets: (RegressionScores & { label: string; baseline: number | null })[];
}

/** MASKED_LANGUAGE_MODEL: masks are the same ones at every evaluation. */
export interface MaskedTokenReport {
  task: "MASKED_LANGUAGE_MODEL";
  split: SplitName;
  count: number;
  maskedTokens: number;
  scores: Scores;
  /** Share of the masked tokens that are the most frequent one among them. */
  baseline: { accuracy: number };
}

export type TaskReport = EvaluationReport | MultiLabelReport | RegressionReport | MaskedTokenReport;

/**
 * What a model answered to each example of the split that was scored: [examples, labels], row by row, in the order of the
 * job's examples. Logits before any temperature, as the report's scores are; REGRESSION: values in units. Absent for
 * MASKED_LANGUAGE_MODEL.
 */
export interface Evaluated {
  outputs?: Float32Array;
}

export type TrainingEvent<Report = EvaluationReport> =
  | { kind: "started"; step: number; totalSteps: number; stepsPerEpoch: number; environment: Record<string, unknown> }
  | { kind: "metric"; step: number; epoch: number; split: SplitName; name: string; value: number }
  | { kind: "progress"; step: number; totalSteps: number; epoch: number; secondsLeft: number | null }
  | { kind: "checkpoint"; step: number; folder: string; sha256: string; bytes: number; score: number | null }
  /** `outputs`: see Evaluated. */
  | ({ kind: "evaluation"; report: Report } & Evaluated)
  | { kind: "finished"; modelFolder: string };
// Metrics of TRAIN: loss, learningRate, gradientNorm, every logEvery steps and at each epoch's end. Metrics of VALIDATION (at
// each evaluation) and TEST (at the end): metric-names.ts. A checkpoint's score is greater for a better one: a metric of
// which less is better comes with its sign changed.
