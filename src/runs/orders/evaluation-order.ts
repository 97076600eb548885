/** The order of an evaluation: a model and the labelled data that it is scored on, every default filled in. */
import type { SequenceTask } from "../../model/types.js";
import { SPLITS, type SplitName } from "../../scores/types.js";
import type { AnnotationInput } from "./annotations.js";
import { invalid, orderTargets } from "./input.js";
import { checkForms } from "./prediction-order.js";

export interface EvaluationInput extends AnnotationInput {
  /** Names of a model with a head and of a dataset. */
  model: string;
  dataset: string;
  /** Names of label sets, either of the two; without them those that the model was trained on. */
  target?: string | null;
  targets?: readonly string[] | null;
  /** Only molecules of this part, as a label set says. `split`: TEST (default), VALIDATION or TRAIN. */
  part?: { column: string; split?: string } | null;
  averageOver?: number | null;
  idempotencyKey?: string | null;
}

/** `targets` is empty where they are the model's own; `part` and `averageOver` are left out at their defaults. */
export interface EvaluationOrder {
  model: string;
  dataset: string;
  targets: string[];
  part?: { column: string; split: SplitName };
  averageOver?: number;
}

/** What was there when it was given. */
export interface PlannedEvaluation extends EvaluationOrder {
  /** The one label set; null when there are several. */
  target: string | null;
  /** Of the model, as `head.task`. */
  task: SequenceTask;
  head: { task: SequenceTask; labels: string[] };
  /** Of the model and those that it is made of (src/runs/predictions/readers.ts). */
  checksums: string[];
  /** Of the dataset, up to the last molecule that is scored. */
  positions: number;
  /** Runs that trained the model, its members and its bases. */
  trainedBy: string[];
  /** Names of the models among these of which no run says what they were trained on. */
  trainingUnknown: string[];
}

/** BAD_INPUT, INVALID_CONFIG. */
export function orderEvaluation(input: EvaluationInput): EvaluationOrder {
  const { model, dataset, target, targets, part, averageOver } = input;
  checkForms(averageOver ?? 1);
  const split = part?.split ?? "TEST";
  if (!SPLITS.includes(split as SplitName)) throw invalid("part.split", split, `one of ${SPLITS.join(", ")}`);
  return {
    model,
    dataset,
    targets: (target ?? targets ?? null) === null ? [] : orderTargets(input),
    ...(part ? { part: { column: part.column, split: split as SplitName } } : {}),
    ...((averageOver ?? 1) === 1 ? {} : { averageOver: averageOver as number }),
  };
}

/** What `Run.input` holds of an evaluation. */
export const evaluationOrder = (input: unknown): PlannedEvaluation => input as PlannedEvaluation;
