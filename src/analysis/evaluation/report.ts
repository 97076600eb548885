/**
 * The evaluation report of a split, made from the model's answers alone. Plain data in and out: it is made in a process
 * of its own (src/compute/jobs/evaluations.ts), because a thousand resamples would delay the requests of the service.
 */
import { rankingScores } from "../../scores/ranking.js";
import { type Answers, probabilitiesOf, rowsOf, someRows } from "./answers.js";
import { type ScoreWithInterval, scoresWithIntervals } from "./bootstrap.js";
import { curvesOf, type Point, thinned } from "./curves.js";
import {
  type CalibrationBin,
  calibrationCurve,
  confidentMistakes,
  type Mistake,
  type Pair,
  residualsOf,
  type TargetResiduals,
} from "./details.js";

/** Largest numbers of mistakes and pairs that are kept of a split. */
const MOST_MISTAKES = 100;
const MOST_PAIRS = 2_000;

export interface LabelCurve {
  /** Class or label, against the rest or against no. */
  label: string;
  positives: number;
  measured: number;
  /** Thinned; areas are of the whole curve. Null where they are not defined. */
  roc: Point[] | null;
  rocAuc: number | null;
  precisionRecall: Point[] | null;
  averagePrecision: number | null;
}

export interface SplitReport {
  scores: ScoreWithInterval[];
  /** Scores on the rows of new scaffolds; null when there are none. */
  newScaffolds: { count: number; scores: ScoreWithInterval[] } | null;
  calibrationCurve: CalibrationBin[] | null;
  curves: LabelCurve[];
  mistakes: Mistake[];
  residuals: TargetResiduals[];
  pairs: Pair[];
}

/** `newScaffold[row]`: 1 where the molecule has a scaffold that no training molecule has. */
export function splitReport(answers: Answers, newScaffold: ArrayLike<number>): SplitReport {
  const rows = Array.from({ length: rowsOf(answers) }, (_, row) => row).filter((row) => newScaffold[row] === 1);
  return {
    scores: scoresWithIntervals(answers),
    newScaffolds:
      rows.length === 0 ? null : { count: rows.length, scores: scoresWithIntervals(someRows(answers, rows)) },
    calibrationCurve: calibrationCurve(answers),
    curves: answers.task === "REGRESSION" ? [] : answers.labels.map((_, column) => labelCurve(answers, column)),
    mistakes: confidentMistakes(answers, MOST_MISTAKES),
    ...residualsOf(answers, MOST_PAIRS),
  };
}

function labelCurve(answers: Answers, column: number): LabelCurve {
  const { task, labels, truth, outputs } = answers;
  const width = labels.length;
  const single = task === "SINGLE_LABEL";
  const rows = Array.from({ length: rowsOf(answers) }, (_, row) => row).filter(
    (row) => single || !Number.isNaN(truth[row * width + column]),
  );
  const probabilities = single ? probabilitiesOf(answers) : outputs;
  const scores = rows.map((row) => probabilities[row * width + column]);
  const positive = rows.map((row) => (single ? truth[row] === column : truth[row * width + column] === 1));
  const { roc, precisionRecall } = curvesOf(scores, positive);
  return {
    label: labels[column],
    measured: rows.length,
    positives: positive.filter(Boolean).length,
    roc: roc && thinned(roc),
    precisionRecall: precisionRecall && thinned(precisionRecall),
    ...rankingScores(scores, positive),
  };
}
