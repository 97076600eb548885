/**
 * A linear probe of a run: fitted on the training embeddings (or fingerprints), its regularisation chosen by the
 * validation ones, scored as a finetune is. Convex problems in float64: the same vectors give the same probe.
 *   SINGLE_LABEL  multinomial logistic regression, as scikit-learn's LogisticRegression (linear-probe.ts)
 *   MULTI_LABEL   one logistic regression for each label, on the molecules where it was measured
 *   REGRESSION    ridge regression of each target, as scikit-learn's Ridge(alpha = 1 / C)
 */
import { countVector, unpacked, vocabularyOf } from "../../chem/morgan/counts.js";
import { type Probe, probeLogits } from "../../model/probe.js";
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
import { type Line, ridge } from "./ridge.js";
import { SparseRows } from "./sparse-rows.js";

export interface ProbeJob {
  task: SequenceTask;
  /** Names in the order of the scores. */
  labels: string[];
  /** [examples, dimension]: see designOf. Of an Uint32Array the environments of each example: see packed. */
  vectors: Float32Array | Uint8Array | Uint32Array;
  /** Not read of environments: their vocabulary decides it. */
  dimension: number;
  /** Of environments: their radius, and the least number of training examples that one of the vocabulary occurs in. */
  environments?: { radius: number; leastMolecules: number };
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
  const { design, environments } = featuresOf(job);
  const splits = new Map(SPLITS.map((split) => [split, rowsOfSplit(job, design, split)]));
  const training = splits.get("TRAIN")!;
  const reportOf = (probe: Probe, split: SplitName) => {
    const rows = splits.get(split)!;
    return rows.places.length === 0 ? null : report(job, probe, rows, training, split);
  };
  let best: (ProbeResult & { score: number }) | null = null;
  const strengths = job.inverseRegularization;
  const canChoose = splits.get("VALIDATION")!.places.length > 0;
  for (const inverseRegularization of canChoose ? strengths : strengths.slice(0, 1)) {
    const probe = { ...fitOnce(job, training, inverseRegularization), ...(environments ? { environments } : {}) };
    const validation = reportOf(probe, "VALIDATION");
    const score = validationScore(job.task, validation?.report ?? null);
    if (best === null || score > best.score)
      best = { probe, inverseRegularization, reports: validation ? [validation] : [], score };
  }
  const { score: _score, ...chosen } = best!;
  const test = reportOf(chosen.probe, "TEST");
  return { ...chosen, reports: test ? [...chosen.reports, test] : chosen.reports };
}

/** The vocabulary is of the training part alone. */
function featuresOf({ vectors, dimension, examples, environments }: ProbeJob): {
  design: Design;
  environments?: Probe["environments"];
} {
  if (!(vectors instanceof Uint32Array)) return { design: designOf(vectors, dimension) };
  const { radius, leastMolecules } = environments!;
  const rows = unpacked(vectors);
  const training = rows.filter((_, index) => examples[index].split === "TRAIN");
  const ids = vocabularyOf(training, leastMolecules);
  const counts = rows.map((row) => countVector(row, ids));
  return { design: SparseRows.of(counts, ids.length), environments: { radius, ids: [...ids] } };
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
  const { task, labels, classWeights } = job;
  const options = { inverseRegularization, tolerance: TOLERANCE };
  const empty = { task, labels, coefficients: [] as number[][], intercepts: [] as number[] };
  if (task === "SINGLE_LABEL") {
    const own = training.examples.map(({ label }) => label);
    const fitted = fitLinearProbe(training.design, own, labels.length, { ...options, classWeights });
    const coefficients = fitted.coefficients.map((row) => [...row]);
    return { ...empty, coefficients, intercepts: [...fitted.intercepts] };
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
  return { coefficients: [...coefficients[0]], intercept: intercepts[0] };
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
