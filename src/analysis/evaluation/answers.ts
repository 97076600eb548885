/**
 * What a model answered to the molecules of a split, and what is true: all that the scores of this folder are made from.
 * Rows and truth are those of the training process (src/train): logits, or values in units.
 */
import type { SequenceTask } from "../../model/types.js";
import { wideSoftmax } from "../../scores/classes.js";

export interface Answers {
  task: SequenceTask;
  /** Classes, labels or targets, in logit order. */
  labels: readonly string[];
  /** [rows, labels]: logits; REGRESSION: values in units. */
  outputs: Float32Array;
  /** SINGLE_LABEL: class of each row. Else [rows, labels]: 0 or 1, or values in units; NaN where nothing was measured. */
  truth: Int32Array | Float32Array;
  /** The molecule of each row, counted from 0: several rows have one only where a run splits rows. */
  molecules: Int32Array;
  /** REGRESSION: what one standard unit of each target is in its own; `loss` is of standardised values. */
  deviation?: readonly number[];
}

export const rowsOf = ({ molecules }: Pick<Answers, "molecules">): number => molecules.length;

/** float64 [rows, labels]: probabilities of classes, or of yes for each label; REGRESSION: the values. */
export function probabilitiesOf({ task, labels, outputs }: Answers): Float64Array {
  if (task === "SINGLE_LABEL") return wideSoftmax(outputs, labels.length);
  if (task === "REGRESSION") return Float64Array.from(outputs);
  return Float64Array.from(outputs, (logit) => 1 / (1 + Math.exp(-logit)));
}

/** The answers to some of the rows; molecules are counted anew. */
export function someRows(answers: Answers, rows: readonly number[]): Answers {
  const width = answers.labels.length;
  const outputs = new Float32Array(rows.length * width);
  const single = answers.task === "SINGLE_LABEL";
  const truth = single ? new Int32Array(rows.length) : new Float32Array(rows.length * width);
  const numbers = new Map<number, number>();
  const molecules = Int32Array.from(rows, (row) => {
    const molecule = answers.molecules[row];
    const known = numbers.get(molecule) ?? numbers.size;
    numbers.set(molecule, known);
    return known;
  });
  rows.forEach((row, place) => {
    outputs.set(answers.outputs.subarray(row * width, (row + 1) * width), place * width);
    if (single) truth[place] = answers.truth[row];
    else truth.set(answers.truth.subarray(row * width, (row + 1) * width), place * width);
  });
  return { ...answers, outputs, truth, molecules };
}
