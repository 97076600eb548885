/** The scores each task is measured by, as runs name them, and which way is better. */
import type { Task } from "../model/types.js";

export type TrainingTask = Exclude<Task, "ENCODER">;

/** true: greater is better. */
export const METRICS: Readonly<Record<TrainingTask, Readonly<Record<string, boolean>>>> = {
  SINGLE_LABEL: {
    ...{ loss: false, accuracy: true, balancedAccuracy: true, macroF1: true, weightedF1: true },
    ...{ matthewsCorrelation: true, rocAuc: true, averagePrecision: true, calibrationError: false },
  },
  MULTI_LABEL: {
    loss: false,
    accuracy: true,
    macroF1: true,
    rocAuc: true,
    averagePrecision: true,
    calibrationError: false,
  },
  REGRESSION: { loss: false, rmse: false, mae: false, r2: true },
  MASKED_LANGUAGE_MODEL: { loss: false, accuracy: true },
};

/**
 * What chooses the best model unless told otherwise. Hugging Face's default is the loss; these are what the field
 * reports.
 */
export const DEFAULT_METRIC: Readonly<Record<TrainingTask, string>> = {
  SINGLE_LABEL: "macroF1",
  MULTI_LABEL: "rocAuc",
  REGRESSION: "rmse",
  MASKED_LANGUAGE_MODEL: "loss",
};

/** What is told after each evaluation in mid-run, besides the metric that chooses the best model. */
export const STREAMED_METRICS: Readonly<Record<TrainingTask, readonly string[]>> = {
  SINGLE_LABEL: ["loss", "accuracy", "macroF1"],
  MULTI_LABEL: ["loss", "rocAuc", "averagePrecision"],
  REGRESSION: ["loss", "rmse", "mae", "r2"],
  MASKED_LANGUAGE_MODEL: ["loss", "accuracy"],
};
