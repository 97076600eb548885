/**
 * Splits of a dataset, and what is measured on one: scores by name, and the report of each task. Reports are plain
 * data: they cross process boundaries and are stored as JSON.
 */
import type { Ranking } from "./ranking.js";
import type { RegressionScores } from "./regression.js";

/** Logits and labels are float32; numbers in units are float64, so that 1,700,000,012 stays what it is. */
export type Floats = Float32Array | Float64Array;

/** In the order in which they are listed everywhere. */
export const SPLITS = ["TRAIN", "VALIDATION", "TEST"] as const;
export type SplitName = (typeof SPLITS)[number];

/** Scores of a whole split by name (see metrics.ts); null where one is not defined for these examples. */
export type Scores = Readonly<Record<string, number | null>>;

/** The same scores of those molecules alone that nothing here says the model was trained on. */
interface NewMolecules {
  count: number;
  scores: Scores;
}

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
  /** The most frequent class of the training split, always answered; of an evaluation run that of its molecules. */
  baseline: { label: string; accuracy: number; macroF1: number };
  /** All scores by name; missing in reports written before there were more than three. */
  scores?: Scores;
  calibration?: Calibration;
  /** Of an evaluation run some of whose molecules were trained on. */
  newMolecules?: NewMolecules;
}

/** What dividing the logits by a temperature fitted on the validation split does: see calibration.ts. */
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
  /** Of an evaluation run some of whose molecules were trained on. */
  newMolecules?: NewMolecules;
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
  newMolecules?: NewMolecules;
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

/** A score of two models on the same molecules. */
export interface ScoreDifference {
  name: string;
  a: number | null;
  b: number | null;
  /** b - a; null where either is not defined. */
  difference: number | null;
  /** Ends of its 95 % interval; null where fewer than half of the resamples have such scores. */
  low: number | null;
  high: number | null;
}

/** Two classifiers on the same molecules: McNemar's exact test. */
export interface McNemar {
  bothRight: number;
  /** Molecules that only the first gets right. */
  onlyA: number;
  onlyB: number;
  bothWrong: number;
  /** 1 where they never differ. */
  pValue: number;
}

/**
 * What a finetune has to beat on a split:
 *   CONSTANT     the same answer to every molecule: the most frequent class of the training split, the share of each
 *                label there, the mean of each target; of an evaluation run those of the molecules that it scores
 *   FINGERPRINT  a linear layer on Morgan fingerprints (radius 2, 2,048 bits) of the same training molecules, C = 1
 */
export type BaselineKind = "CONSTANT" | "FINGERPRINT";

export interface Baseline {
  kind: BaselineKind;
  /** CONSTANT of SINGLE_LABEL: the class; else null. */
  label: string | null;
  scores: Scores;
  /** FINGERPRINT: `a` is the baseline, `b` the finetune; else empty. */
  differences: ScoreDifference[];
  /** FINGERPRINT of SINGLE_LABEL; else null. */
  mcnemar: McNemar | null;
}

export interface SplitBaselines {
  split: SplitName;
  /** Of the finetune itself, by the same code. */
  scores: Scores;
  baselines: Baseline[];
}

export type TaskReport = EvaluationReport | MultiLabelReport | RegressionReport | MaskedTokenReport;
