/**
 * Scores of a confusion matrix (rows: true class, columns: predicted class), with scikit-learn's conventions:
 * precision, recall and F1 are 0 where they are undefined; means are over the classes that occur among the true labels.
 */
type ConfusionMatrix = readonly (readonly number[])[];

export interface ClassScores {
  precision: number;
  recall: number;
  f1: number;
  /** True examples of the class. */
  support: number;
}

interface ConfusionScores {
  accuracy: number;
  /** Mean recall. */
  balancedAccuracy: number;
  macroF1: number;
  /** Mean F1, each class counted by its support. */
  weightedF1: number;
  /**
   * Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient"; 0 where all answers
   * are the same, null where all true classes are: then there is nothing to correlate with.
   */
  matthewsCorrelation: number | null;
}

export function classScores(matrix: ConfusionMatrix, index: number): ClassScores {
  const hits = matrix[index][index];
  const support = sum(matrix[index]);
  const predicted = sum(matrix.map((row) => row[index]));
  return {
    precision: ratio(hits, predicted),
    recall: ratio(hits, support),
    f1: f1Score(hits, support, predicted),
    support,
  };
}

/** Harmonic mean of precision and recall: `hits` of `support` true examples, `predicted` answered so. */
export const f1Score = (hits: number, support: number, predicted: number): number =>
  ratio(2 * hits, support + predicted);

export function confusionScores(matrix: ConfusionMatrix): ConfusionScores {
  const present = matrix.map((_, index) => classScores(matrix, index)).filter(({ support }) => support > 0);
  const total = sum(matrix.map(sum));
  const mean = (score: (scores: ClassScores) => number) => sum(present.map(score)) / present.length;
  return {
    accuracy: sum(matrix.map((row, index) => row[index])) / total,
    balancedAccuracy: mean(({ recall }) => recall),
    macroF1: mean(({ f1 }) => f1),
    weightedF1: sum(present.map(({ f1, support }) => f1 * support)) / total,
    matthewsCorrelation: matthewsCorrelation(matrix),
  };
}

function matthewsCorrelation(matrix: ConfusionMatrix): number | null {
  const truth = matrix.map(sum);
  const predicted = matrix.map((_, index) => sum(matrix.map((row) => row[index])));
  const total = sum(truth);
  const hits = sum(matrix.map((row, index) => row[index]));
  const product = (a: readonly number[], b: readonly number[]) => sum(a.map((value, index) => value * b[index]));
  if (truth.filter((count) => count > 0).length < 2) return null;
  const spread = (total ** 2 - product(truth, truth)) * (total ** 2 - product(predicted, predicted));
  return spread === 0 ? 0 : (hits * total - product(truth, predicted)) / Math.sqrt(spread);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
