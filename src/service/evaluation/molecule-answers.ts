/** What a model answered to single molecules of a split, with what is true of them, and which molecule each is. */
import { probabilitiesOf } from "../../analysis/evaluation/answers.js";
import type { ReportedSplit } from "./evaluation-reports.js";

export interface MoleculeAnswer {
  /** [labels]: probabilities, before any temperature; REGRESSION: values in units. */
  scores: number[];
  /** [labels]: 1 of the true class or labels, else 0; REGRESSION: true values. null where nothing was measured. */
  truth: (number | null)[];
}

/** An entry of a report with its molecule. */
export interface Located {
  compoundId: string;
  datasetId: string;
}

/** With the molecule of its row. */
export const located = <T extends { row: number }>({ rows }: ReportedSplit, entry: T): T & Located => ({
  ...entry,
  compoundId: rows[entry.row].compoundId,
  datasetId: rows[entry.row].datasetId,
});

/** Of the rows `from` to before `to`, as far as there are any, in the order of the split. */
export function moleculeAnswers(
  { answers, rows }: ReportedSplit,
  from: number,
  to: number,
): (MoleculeAnswer & Located)[] {
  const { task, labels, truth } = answers;
  const probabilities = probabilitiesOf(answers);
  return rows.slice(from, to).map(({ compoundId, datasetId }, index) => {
    const row = from + index;
    const places = labels.map((_, column) => row * labels.length + column);
    const isTrue = (place: number, column: number) =>
      task === "SINGLE_LABEL" ? +(truth[row] === column) : truth[place];
    return {
      compoundId,
      datasetId,
      scores: places.map((place) => probabilities[place]),
      truth: places.map(isTrue).map((value) => (Number.isNaN(value) ? null : value)),
    };
  });
}
