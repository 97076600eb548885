/**
 * Two models on the same molecules: the scores of each, the difference with its paired interval, and for classes
 * McNemar's exact test of the accuracies. The rows of both are the same molecules in the same order, with the same
 * truth.
 */
import type { McNemar, ScoreDifference } from "../../scores/types.js";
import { type Answers, plainScores, rowsOf } from "./answers.js";
import { difference, type Interval, pairedDifferences } from "./bootstrap.js";
import { predictedClasses } from "./details.js";
import { mcnemar } from "./mcnemar.js";

export interface Comparison {
  count: number;
  scores: ScoreDifference[];
  /** SINGLE_LABEL only: the labels of one molecule are not independent trials. */
  mcnemar: McNemar | null;
}

export function compareAnswers(a: Answers, b: Answers): Comparison {
  const [scoresA, scoresB] = [plainScores(a), plainScores(b)];
  const intervals = pairedDifferences(a, b);
  const right = (answers: Answers) => predictedClasses(answers).map((index, row) => index === answers.truth[row]);
  return {
    count: rowsOf(a),
    scores: Object.entries(difference(scoresA, scoresB)).map(([name, value]) => ({
      name,
      a: scoresA[name],
      b: scoresB[name],
      difference: value,
      ...(value === null ? { low: null, high: null } : (intervals.get(name) as Interval)),
    })),
    mcnemar: a.task === "SINGLE_LABEL" ? mcnemar(right(a), right(b)) : null,
  };
}
