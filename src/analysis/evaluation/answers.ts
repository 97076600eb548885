/**
 * What a model answered to the molecules of a split, and the truth: the input of every report in this folder. Rows and
 * truth are those of the training process (src/train): logits, or values in units.
 */
import { probabilities } from "../../scores/logits.js";
import { type Answered, once, scorerOf } from "../../scores/scorers.js";
import type { Scores } from "../../scores/types.js";

export interface Answers extends Answered {
  /** The molecule of each row, counted from 0: several rows have one only where a run splits rows. */
  molecules: Int32Array;
}

export const rowsOf = ({ molecules }: Pick<Answers, "molecules">): number => molecules.length;

/** float64 [rows, labels]: probabilities of classes, or of yes for each label; REGRESSION: the values. */
export const probabilitiesOf = ({ task, labels, outputs }: Answers): Float64Array =>
  probabilities(task, outputs, labels.length);

/** Every row counts once. */
export const plainScores = (answers: Answers): Scores => scorerOf(answers)(once(rowsOf(answers)));

/** The answers to some of the rows, with the molecules renumbered from 0. */
export function someRows(answers: Answers, rows: readonly number[]): Answers {
  const width = answers.labels.length;
  const Numbers = answers.task === "REGRESSION" ? Float64Array : Float32Array;
  const outputs = new (answers.outputs instanceof Float64Array ? Float64Array : Float32Array)(rows.length * width);
  const single = answers.task === "SINGLE_LABEL";
  const truth = single ? new Int32Array(rows.length) : new Numbers(rows.length * width);
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
