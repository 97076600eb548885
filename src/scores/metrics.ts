/**
 * The table of scores: for each task its scores by key, with the title that people read, which way is better, and where
 * they are used. Option rules, the choice of the best model, metrics in mid-run, reports, figures and the command line
 * read it. Scorers (scorers.ts) return exactly these keys, in this order: their types are made from the table.
 */
import type { Task } from "../model/types.js";

export type TrainingTask = Exclude<Task, "ENCODER">;

export interface Metric {
  /** As in tables and figures. */
  title: string;
  greaterIsBetter: boolean;
  /** Published after each evaluation in mid-run. The metric that chooses the best model is published in any case. */
  streamed?: true;
}

const LOSS = { title: "loss", greaterIsBetter: false, streamed: true } as const;
const ACCURACY = { title: "accuracy", greaterIsBetter: true } as const;
const MACRO_F1 = { title: "macro-F1", greaterIsBetter: true } as const;
const ROC_AUC = { title: "ROC-AUC", greaterIsBetter: true } as const;
const AVERAGE_PRECISION = { title: "average precision", greaterIsBetter: true } as const;
const CALIBRATION_ERROR = { title: "calibration error", greaterIsBetter: false } as const;

export const METRICS = {
  SINGLE_LABEL: {
    loss: LOSS,
    accuracy: { ...ACCURACY, streamed: true },
    balancedAccuracy: { title: "balanced accuracy", greaterIsBetter: true },
    macroF1: { ...MACRO_F1, streamed: true },
    weightedF1: { title: "weighted F1", greaterIsBetter: true },
    matthewsCorrelation: { title: "Matthews correlation", greaterIsBetter: true },
    rocAuc: ROC_AUC,
    averagePrecision: AVERAGE_PRECISION,
    calibrationError: CALIBRATION_ERROR,
  },
  MULTI_LABEL: {
    loss: LOSS,
    accuracy: ACCURACY,
    macroF1: MACRO_F1,
    rocAuc: { ...ROC_AUC, streamed: true },
    averagePrecision: { ...AVERAGE_PRECISION, streamed: true },
    calibrationError: CALIBRATION_ERROR,
  },
  REGRESSION: {
    loss: LOSS,
    rmse: { title: "RMSE", greaterIsBetter: false, streamed: true },
    mae: { title: "MAE", greaterIsBetter: false, streamed: true },
    r2: { title: "R²", greaterIsBetter: true, streamed: true },
  },
  MASKED_LANGUAGE_MODEL: {
    loss: LOSS,
    accuracy: { ...ACCURACY, streamed: true },
  },
} as const satisfies Readonly<Record<TrainingTask, Readonly<Record<string, Metric>>>>;

type MetricName<T extends TrainingTask> = keyof (typeof METRICS)[T] & string;

/** Every score of a task; null where one is not defined for these examples. */
export type ScoresOf<T extends TrainingTask> = Readonly<Record<MetricName<T>, number | null>>;

/**
 * The metric that chooses the best model where the job names none. Hugging Face's default is the loss; these are the
 * ones that the field reports.
 */
export const DEFAULT_METRIC: { readonly [T in TrainingTask]: MetricName<T> } = {
  SINGLE_LABEL: "macroF1",
  MULTI_LABEL: "rocAuc",
  REGRESSION: "rmse",
  MASKED_LANGUAGE_MODEL: "loss",
};

/** The score by which a model is told in one number, and compared with what it has to beat. */
export const mainScoreOf = (task: TrainingTask, targets: number): string => {
  // Units differ between targets.
  if (task === "REGRESSION") return targets > 1 ? "r2" : "rmse";
  return MAIN_SCORE[task];
};

const MAIN_SCORE = {
  SINGLE_LABEL: "accuracy",
  MULTI_LABEL: "rocAuc",
  MASKED_LANGUAGE_MODEL: "accuracy",
} as const satisfies { [T in Exclude<TrainingTask, "REGRESSION">]: MetricName<T> };

/**
 * The metric that decides in place of one without a value for these examples: the loss. Whether a metric has a value
 * depends on the true answers alone, so it is the same at every evaluation of a split.
 */
export const decidingMetric = (metric: string, scores: Readonly<Record<string, number | null>>): string =>
  (scores[metric] ?? null) === null ? "loss" : metric;

/** Undefined for a name that the task does not have. */
export const metricOf = (task: TrainingTask, name: string): Metric | undefined => {
  const metrics: Readonly<Record<string, Metric>> = METRICS[task];
  return Object.hasOwn(metrics, name) ? metrics[name] : undefined;
};

const byName = new Map<string, Metric>(Object.values(METRICS).flatMap((metrics) => Object.entries<Metric>(metrics)));

/** A score has the same title in every task. A name that no task has is its own title. */
export const titleOf = (name: string): string => byName.get(name)?.title ?? name;

/** The same in every task. False for a name that no task has. */
export const lessIsBetter = (name: string): boolean => byName.get(name)?.greaterIsBetter === false;

/** Greater for a better model. Null stays null. */
export const oriented = <V extends number | null>(task: TrainingTask, name: string, value: V): V =>
  value === null || metricOf(task, name)?.greaterIsBetter !== false ? value : (-value as V);

export const streamedMetrics = (task: TrainingTask): string[] =>
  Object.entries<Metric>(METRICS[task]).flatMap(([name, { streamed }]) => (streamed ? [name] : []));
