/** The order of a prediction run, every default filled in. */
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import type { AnnotationInput } from "./annotations.js";

/** Ways of writing one molecule. */
export const MAX_FORMS = 32;

export interface PredictionInput extends AnnotationInput {
  model: string;
  dataset: string;
  averageOver?: number | null;
  idempotencyKey?: string | null;
}

/** `averageOver` is left out where it is 1. */
export interface PredictionOrder {
  model: string;
  dataset: string;
  averageOver?: number;
}

/** What was there when it was given. */
export interface PlannedPrediction extends PredictionOrder {
  /** Of the dataset: molecules that came later are not answered. */
  positions: number;
  /** Task and labels of the model. Absent in runs of earlier versions, as `checksums` is. */
  head?: { task: SequenceTask; labels: string[] };
  /** Of the model and those that it is made of (src/runs/predictions/readers.ts). */
  checksums?: string[];
}

/** BAD_INPUT. */
export function orderPrediction({ model, dataset, averageOver }: PredictionInput): PredictionOrder {
  checkForms(averageOver ?? 1);
  return { model, dataset, ...((averageOver ?? 1) === 1 ? {} : { averageOver: averageOver as number }) };
}

/** Folder of the answers of a run (src/runs/predictions/dataset-parts.ts). */
export const predictionArtifact = (runId: string): string => `runs/${runId}/predictions`;

/** What `Run.input` holds of a prediction run. */
export const predictionOrder = (input: unknown): PlannedPrediction => input as PlannedPrediction;

/** BAD_INPUT. */
export function checkForms(averageOver: number): void {
  if (Number.isInteger(averageOver) && averageOver >= 1 && averageOver <= MAX_FORMS) return;
  throw new MaillardError("BAD_INPUT", `\`averageOver\` is ${averageOver}: it must be 1 to ${MAX_FORMS}.`, {
    param: "averageOver",
    details: { maximum: MAX_FORMS },
  });
}
