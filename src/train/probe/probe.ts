/**
 * A linear probe of a run: fitted on the training embeddings (or fingerprints), its regularisation chosen by the
 * validation ones, scored as a finetune is. Convex problems in float64: the same vectors give the same probe.
 *   SINGLE_LABEL  multinomial logistic regression, as scikit-learn's LogisticRegression (linear-probe.ts)
 *   MULTI_LABEL   one logistic regression for each label, on the molecules where it was measured
 *   REGRESSION    ridge regression of each target, as scikit-learn's Ridge(alpha = 1 / C)
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { MaillardError } from "../../errors.js";
import { type Probe, probeLogits, rowsOf } from "../../model/probe.js";
import type { SequenceTask } from "../../model/types.js";
import { evaluate } from "../../scores/classes.js";
import { DEFAULT_METRIC, decidingMetric, oriented } from "../../scores/metrics.js";
import { multiLabelReport, regressionReport } from "../../scores/reports.js";
import { fitTargetScale, standardize } from "../../scores/target-scale.js";
import { type Floats, SPLITS, type SplitName, type TaskReport } from "../../scores/types.js";
import { targetsOf } from "../data/targets.js";
import type { Example } from "../types.js";
import { type Design, designOf } from "./design.js";
import { fitLinearProbe } from "./linear-probe.js";

export interface ProbeJob {
  task: SequenceTask;
  /** Names in the order of the scores. */
  labels: string[];
  /** [examples, dimension]: see designOf. */
  vectors: Float32Array | Uint8Array;
  dimension: number;
  examples: readonly Omit<Example, "tokenIds" | "forms">[];
  /** C, in the order of preference among equal scores. With several, the validation split decides. */
  inverseRegularization: readonly number[];
  classWeights: "none" | "balanced";
}

export interface ProbeResult {
  probe: Probe;
  /** The chosen C. */
  inverseRegularization: number;
  /** VALIDATION and TEST, where they have molecules: the report, and its logits or values [molecules, labels]. */
  reports: { report: TaskReport; outputs: Floats }[];
}

/** Largest component of the mean gradient at the end of a fit. */
const TOLERANCE = 1e-6;

export function fitProbe(job: ProbeJob): ProbeResult {
  const design = designOf(job.vectors, job.dimension);
  const splits = new Map(SPLITS.map((split) => [split, rowsOfSplit(job, design, split)]));
  const training = splits.get("TRAIN")!;
  const reportOf = (probe: Probe, split: SplitName) => {
    const rows = splits.get(split)!;
    return rows.places.length === 0 ? null : report(job, probe, rows, training, split);
  };
  let best: (ProbeResult & { score: number }) | null = null;
  for (const inverseRegularization of job.inverseRegularization) {
    const probe = fitOnce(job, training, inverseRegularization);
    const validation = reportOf(probe, "VALIDATION");
    const score = validationScore(job.task, validation?.report ?? null);
    if (best === null || score > best.score)
      best = { probe, inverseRegularization, reports: validation ? [validation] : [], score };
  }
  const { score: _score, ...chosen } = best!;
  const test = reportOf(chosen.probe, "TEST");
  return { ...chosen, reports: test ? [...chosen.reports, test] : chosen.reports };
}

/** Greater is better; -Infinity where nothing was scored. */
function validationScore(task: SequenceTask, validation: TaskReport | null): number {
  const scores = validation?.scores ?? {};
  const metric = decidingMetric(DEFAULT_METRIC[task], scores);
  return oriented(task, metric, scores[metric] ?? null) ?? Number.NEGATIVE_INFINITY;
}

interface Rows {
  places: number[];
  examples: Omit<Example, "tokenIds" | "forms">[];
  design: Design;
}

function rowsOfSplit({ examples }: ProbeJob, design: Design, split: SplitName): Rows {
  const places = examples.flatMap((example, index) => (example.split === split ? [index] : []));
  return { places, examples: places.map((place) => examples[place]), design: design.pick(places) };
}

function fitOnce(job: ProbeJob, training: Rows, inverseRegularization: number): Probe {
  const { task, labels, dimension, classWeights } = job;
  const options = { inverseRegularization, tolerance: TOLERANCE };
  const empty = { task, labels, coefficients: [] as number[][], intercepts: [] as number[] };
  if (task === "SINGLE_LABEL") {
    const own = training.examples.map(({ label }) => label);
    const fitted = fitLinearProbe(training.design, own, labels.length, { ...options, classWeights });
    const rows = rowsOf(task, labels.length);
    for (let row = 0; row < rows; row++)
      empty.coefficients.push([...fitted.coefficients.subarray(row * dimension, (row + 1) * dimension)]);
    return { ...empty, intercepts: [...fitted.intercepts] };
  }
  const targets = targetsOf(training.examples as Example[], labels);
  labels.forEach((_, column) => {
    const known = training.places.flatMap((_place, row) =>
      Number.isNaN(targets[row * labels.length + column]) ? [] : [row],
    );
    const values = known.map((row) => targets[row * labels.length + column]);
    const design = training.design.pick(known);
    const one =
      task === "REGRESSION" ? ridge(design, values, inverseRegularization) : logistic(design, values, options);
    empty.coefficients.push(one.coefficients);
    empty.intercepts.push(one.intercept);
  });
  return empty;
}

interface Line {
  coefficients: number[];
  intercept: number;
}

/** A label with one measured answer only is predicted by its share, with one half added to each side. */
function logistic(design: Design, values: readonly number[], options: object): Line {
  const positives = values.reduce((sum, value) => sum + value, 0);
  const negatives = values.length - positives;
  if (positives === 0 || negatives === 0)
    return {
      coefficients: new Array(design.dimension).fill(0),
      intercept: Math.log((positives + 0.5) / (negatives + 0.5)),
    };
  const { coefficients, intercepts } = fitLinearProbe(design, values, 2, options);
  return { coefficients: [...coefficients], intercept: intercepts[0] };
}

/** Least share of a column that is independent of the columns before it: rounding leaves some 1e-15 of a copy. */
const LEAST_PIVOT = 1e-13;

/**
 * Minimises |y - X w - b|² + |w|² / C: the normal equations of centred data, by Cholesky. With fewer rows than bits the
 * dual ones, whose answer is the same: w = Xᵀ a, (X Xᵀ + 1 / C) a = y, both centred.
 */
function ridge(design: Design, values: readonly number[], c: number): Line {
  const rowProducts = design.rowProducts();
  return rowProducts ? dualRidge(design, values, c, rowProducts) : primalRidge(design, values, c);
}

function dualRidge(design: Design, values: readonly number[], c: number, kernel: Float64Array): Line {
  const { count, dimension } = design;
  const level = values.reduce((sum, value) => sum + value, 0) / count;
  const means = Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += kernel[i * count + k];
    return sum / count;
  });
  const mean = means.reduce((sum, value) => sum + value, 0) / count;
  // The sum of both means first: so the matrix is symmetric to the last bit.
  for (let i = 0; i < count; i++)
    for (let k = 0; k < count; k++) kernel[i * count + k] += mean - (means[i] + means[k]) + (i === k ? 1 / c : 0);
  const system = Matrix.from1DArray(count, count, kernel);
  const dual = solved(
    system,
    Float64Array.from(values, (value) => value - level),
    c,
  );
  const coefficients = new Float64Array(dimension);
  // The centre of X drops out of Xᵀ a, since the sum of a is 0.
  for (let i = 0; i < count; i++) design.addTo(coefficients, 0, i, dual[i]);
  let answered = 0;
  for (let i = 0; i < count; i++) answered += design.dot(i, coefficients, 0, 0) / count;
  return { coefficients: [...coefficients], intercept: level - answered };
}

function primalRidge(design: Design, values: readonly number[], c: number): Line {
  const { dimension } = design;
  const { mean, level, gram, products } = design.moments(values);
  for (let j = 0; j < dimension; j++) gram[j * dimension + j] += 1 / c;
  const coefficients = solved(Matrix.from1DArray(dimension, dimension, gram), products, c);
  return { coefficients, intercept: level - coefficients.reduce((sum, w, j) => sum + w * mean[j], 0) };
}

/** Equal columns, as bits of fingerprints can be, and equal rows differ by the penalty alone. */
function solved(system: Matrix, right: Float64Array, c: number): number[] {
  const decomposition = new CholeskyDecomposition(system);
  // A pivot is the part of its column that the columns before it do not explain.
  const { lowerTriangularMatrix: lower } = decomposition;
  const isCopy = right.some((_, j) => lower.get(j, j) ** 2 / system.get(j, j) < LEAST_PIVOT);
  if (!decomposition.isPositiveDefinite() || isCopy)
    throw new MaillardError(
      "INVALID_CONFIG",
      `inverseRegularization ${c} is so large that the ridge regression has no one answer in double precision. ` +
        "Take a smaller one.",
      { param: "inverseRegularization" },
    );
  return decomposition.solve(Matrix.columnVector(right)).to1DArray();
}

function report(
  job: ProbeJob,
  probe: Probe,
  rows: Rows,
  training: Rows,
  split: SplitName,
): ProbeResult["reports"][number] {
  const { task, labels } = job;
  const logits = new (task === "REGRESSION" ? Float64Array : Float32Array)(rows.places.length * labels.length);
  rows.places.forEach((_, row) => {
    logits.set(probeLogits(probe, rows.design.row(row)), row * labels.length);
  });
  switch (task) {
    case "SINGLE_LABEL": {
      const counts = new Int32Array(labels.length);
      for (const { label } of training.examples) counts[label]++;
      const truth = Int32Array.from(rows.examples, ({ label }) => label);
      const majority = counts.indexOf(Math.max(...counts));
      return { report: evaluate(logits, truth, { split, labels, majority }), outputs: logits };
    }
    case "MULTI_LABEL":
      return {
        report: multiLabelReport(logits, targetsOf(rows.examples as Example[], labels), { split, labels }),
        outputs: logits,
      };
    case "REGRESSION": {
      const scale = fitTargetScale(targetsOf(training.examples as Example[], labels), labels.length);
      const truth = targetsOf(rows.examples as Example[], labels);
      return {
        report: regressionReport(standardize(logits, scale), truth, { split, labels, scale }),
        outputs: logits,
      };
    }
    default:
      throw task satisfies never;
  }
}
