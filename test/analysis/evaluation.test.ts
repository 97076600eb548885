/**
 * Reports of evaluations against scikit-learn, numpy and statsmodels (bench/reference/evaluation.py), against the
 * scores of training over repeated rows, and against closed forms.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Answers, plainScores } from "../../src/analysis/evaluation/answers.js";
import {
  pairedDifferences,
  quantile,
  resampledWeights,
  scoresWithIntervals,
} from "../../src/analysis/evaluation/bootstrap.js";
import { compareAnswers } from "../../src/analysis/evaluation/comparison.js";
import { areaUnder, curvesOf, MOST_POINTS, type Point, thinned } from "../../src/analysis/evaluation/curves.js";
import { calibrationCurve, confidentMistakes, residualsOf } from "../../src/analysis/evaluation/details.js";
import { exactPValue, mcnemar } from "../../src/analysis/evaluation/mcnemar.js";
import { splitReport } from "../../src/analysis/evaluation/report.js";
import { Philox } from "../../src/model/philox-stream.js";
import { evaluate } from "../../src/scores/classes.js";
import { rankingScores } from "../../src/scores/ranking.js";
import { multiLabelReport, regressionReport } from "../../src/scores/reports.js";
import { scorerOf } from "../../src/scores/scorers.js";
import type { Scores } from "../../src/scores/types.js";

type Rows = (number | null)[][];
interface Reference {
  classes: {
    logits: number[][];
    labels: number[];
    weights: number[];
    curves: { roc: Point[]; precisionRecall: Point[] }[];
    bins: { count: number; confidence: number | null; accuracy: number | null }[];
    scores: Record<string, number>;
  };
  labels: { logits: number[][]; truth: Rows; weights: number[]; scores: Record<string, number> };
  regression: { values: number[][]; truth: Rows; weights: number[]; scores: Record<string, number> };
  quantiles: { values: number[]; shares: number[]; expected: number[] };
  mcnemar: { a: number; b: number; statsmodels: number; scipy: number }[];
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../bench/reference/evaluation.json"), "utf8"),
) as Reference;
const flat = (rows: Rows) => Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
const counted = (rows: number) => Int32Array.from({ length: rows }, (_, row) => row);
const names = (count: number) => Array.from({ length: count }, (_, index) => `class ${index}`);
const classes: Answers = {
  task: "SINGLE_LABEL",
  labels: names(4),
  outputs: flat(reference.classes.logits),
  truth: Int32Array.from(reference.classes.labels),
  molecules: counted(120),
};
const labels: Answers = {
  task: "MULTI_LABEL",
  labels: names(3),
  outputs: flat(reference.labels.logits),
  truth: flat(reference.labels.truth),
  molecules: counted(80),
};
const numbers: Answers = {
  task: "REGRESSION",
  labels: names(2),
  outputs: flat(reference.regression.values),
  deviation: [2, 4],
  truth: flat(reference.regression.truth),
  molecules: counted(60),
};
const close = (actual: Scores, expected: Readonly<Record<string, number | null>>, limit = 1e-9) => {
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) expect(actual[name], name).toBeNull();
    else expect(Math.abs((actual[name] ?? Number.NaN) - value), name).toBeLessThan(limit);
  }
};

/** The rows, each repeated by its weight. */
function repeated({ outputs, truth, labels: { length: width }, task }: Answers, weights: ArrayLike<number>) {
  const rows = Array.from(weights).flatMap((weight, row) => Array.from({ length: weight }, () => row));
  const spread = (values: ArrayLike<number>, size: number) =>
    rows.flatMap((row) => Array.from({ length: size }, (_, column) => values[row * size + column]));
  return {
    outputs: Float32Array.from(spread(outputs, width)),
    truth: spread(truth, task === "SINGLE_LABEL" ? 1 : width),
  };
}

describe("weighted scores", () => {
  it.each([
    ["classes", classes, reference.classes],
    ["labels", labels, reference.labels],
    ["numbers", numbers, reference.regression],
  ] as const)("of %s equal scikit-learn's with sample_weight", (_, answers, { weights, scores }) => {
    close(scorerOf(answers)(weights), scores);
  });

  it("equal those of training when every row counts once, by name and number", () => {
    const single = evaluate(classes.outputs, classes.truth as Int32Array, {
      split: "TEST",
      labels: classes.labels,
      majority: 0,
    });
    expect(Object.keys(plainScores(classes))).toEqual(Object.keys(single.scores as Scores));
    close(plainScores(classes), single.scores as Scores);
    const several = multiLabelReport(labels.outputs, labels.truth as Float32Array, {
      split: "TEST",
      labels: labels.labels,
    });
    expect(Object.keys(plainScores(labels))).toEqual(Object.keys(several.scores));
    close(plainScores(labels), several.scores);
    const scale = { mean: Float64Array.of(0, 0), deviation: Float64Array.of(2, 4) };
    const standard = numbers.outputs.map((value, i) => value / [2, 4][i % 2]);
    const regression = regressionReport(standard, numbers.truth as Float32Array, {
      split: "TEST",
      labels: numbers.labels,
      scale,
    });
    close(plainScores(numbers), regression.scores, 1e-4);
  });

  it("of a resample are those of its repeated rows, for resamples that lack classes too", () => {
    for (const weights of resampledWeights({ molecules: counted(120) }, 12)) {
      const rows = repeated(classes, weights);
      const truth = Int32Array.from(rows.truth);
      const expected = evaluate(rows.outputs, truth, { split: "TEST", labels: classes.labels, majority: 0 });
      close(scorerOf(classes)(weights), expected.scores as Scores);
    }
    for (const weights of resampledWeights({ molecules: counted(80) }, 12)) {
      const rows = repeated(labels, weights);
      const expected = multiLabelReport(rows.outputs, Float32Array.from(rows.truth), {
        split: "TEST",
        labels: labels.labels,
      });
      close(scorerOf(labels)(weights), expected.scores);
    }
    const few = new Float64Array(120);
    few[reference.classes.labels.indexOf(0)] = 3;
    expect(scorerOf(classes)(few)).toMatchObject({ rocAuc: null, averagePrecision: null, matthewsCorrelation: null });
  });
});

describe("the bootstrap", () => {
  it("takes quantiles as numpy does", () => {
    const { values, shares, expected } = reference.quantiles;
    const sorted = Float64Array.from(values).sort();
    shares.forEach((share, i) => void expect(quantile(sorted, share)).toBeCloseTo(expected[i], 12));
  });

  it("of an accuracy is about 1.96 standard errors wide on both sides, and the same every time", () => {
    const rows = 400;
    const random = new Philox(1, 2);
    const outputs = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const truth = Int32Array.from({ length: rows }, () => (random.uniform() < 0.8 ? 0 : 1));
    const answers: Answers = { task: "SINGLE_LABEL", labels: names(2), outputs, truth, molecules: counted(rows) };
    const scores = scoresWithIntervals(answers);
    const { value, low, high } = scores.find(({ name }) => name === "accuracy") as { value: number } & Ends;
    const half = 1.96 * Math.sqrt((value * (1 - value)) / rows);
    expect(value - low).toBeGreaterThan(0.85 * half);
    expect(value - low).toBeLessThan(1.15 * half);
    expect(high - value).toBeGreaterThan(0.85 * half);
    expect(high - value).toBeLessThan(1.15 * half);
    expect(scoresWithIntervals(answers)).toEqual(scores);
    // Four rows of each molecule are not four molecules: the interval is about twice as wide.
    const molecules = Int32Array.from({ length: rows }, (_, row) => row >> 2);
    const blocks = Int32Array.from({ length: rows }, (_, row) => truth[row & ~3]);
    const grouped = scoresWithIntervals({ ...answers, truth: blocks, molecules }).find(
      ({ name }) => name === "accuracy",
    ) as { value: number } & Ends;
    const single = 1.96 * Math.sqrt((grouped.value * (1 - grouped.value)) / rows);
    expect((grouped.high - grouped.low) / (2 * single)).toBeGreaterThan(1.7);
    expect((grouped.high - grouped.low) / (2 * single)).toBeLessThan(2.3);
  });

  it("covers the truth in about 95 of 100 samples", () => {
    let covered = 0;
    for (let sample = 0; sample < 100; sample++) {
      const random = new Philox(sample, 77);
      const values = Float32Array.from({ length: 60 }, () => random.uniform() - 0.5);
      const answers: Answers = {
        task: "REGRESSION",
        labels: ["x"],
        outputs: values,
        truth: new Float32Array(60),
        molecules: counted(60),
      };
      // The mean absolute value of a uniform number from -1/2 to 1/2 is 1/4.
      const { low, high } = scoresWithIntervals(answers, 300).find(({ name }) => name === "mae") as Ends & {
        value: number;
      };
      if (low <= 0.25 && 0.25 <= high) covered++;
    }
    expect(covered).toBeGreaterThan(87);
    expect(covered).toBeLessThan(100);
  });

  it("is null where all resamples of rare labels are above the score; ROC-AUC of the same labels has one", () => {
    // One molecule a label. Drawn twice, it counts twice among those above it; not drawn, its label does not count.
    const [rows, width] = [200, 200];
    const random = new Philox(3, 5);
    const truth = Float32Array.from({ length: rows * width }, (_, i) => (Math.floor(i / width) === i % width ? 1 : 0));
    const outputs = Float32Array.from(truth, (yes) => (yes === 1 ? 0.9 : random.uniform()));
    const answers: Answers = { task: "MULTI_LABEL", labels: names(width), outputs, truth, molecules: counted(rows) };
    const ends = new Map(scoresWithIntervals(answers, 300).map(({ name, ...rest }) => [name, rest]));
    expect(ends.get("averagePrecision")).toEqual({ value: expect.any(Number), low: null, high: null });
    const area = ends.get("rocAuc") as { value: number } & Ends;
    expect([area.low < area.value, area.value < area.high]).toEqual([true, true]);
  });

  it("of a pair is paired: two models that err on the same molecules have no difference and no width", () => {
    expect([...pairedDifferences(classes, classes, 50).values()]).toEqual(
      Array.from({ length: 9 }, () => ({ low: 0, high: 0 })),
    );
  });
});

interface Ends {
  low: number;
  high: number;
}

describe("curves", () => {
  it("equal scikit-learn's, point by point", () => {
    const report = splitReport(classes, new Uint8Array(120));
    reference.classes.curves.forEach((expected, index) => {
      for (const name of ["roc", "precisionRecall"] as const) {
        const points = report.curves[index][name] as Point[];
        expect(points).toHaveLength(expected[name].length);
        points.forEach(([x, y], i) => {
          expect(x).toBeCloseTo(expected[name][i][0], 12);
          expect(y).toBeCloseTo(expected[name][i][1], 12);
        });
      }
    });
  });

  it("with fewer points keep both ends and their area: 20,000 examples to 200 points within 0.0005", () => {
    const random = new Philox(5, 5);
    const positive = Array.from({ length: 20_000 }, () => random.uniform() < 0.2);
    const scores = positive.map((yes) => random.uniform() + (yes ? 0.3 : 0));
    const { roc, precisionRecall } = curvesOf(scores, positive);
    for (const curve of [roc, precisionRecall] as Point[][]) {
      const few = thinned(curve);
      expect(few).toHaveLength(MOST_POINTS);
      expect([few[0], few.at(-1)]).toEqual([curve[0], curve.at(-1)]);
      expect(Math.abs(areaUnder(few) - areaUnder(curve))).toBeLessThan(5e-4);
      const xs = few.map(([x]) => x);
      expect(xs).toEqual([...xs].sort((a, b) => a - b));
    }
    expect(areaUnder(roc as Point[])).toBeCloseTo(rankingScores(scores, positive).rocAuc as number, 10);
  });

  it("are null where one answer alone was measured", () => {
    expect(curvesOf([1, 2], [true, true])).toMatchObject({ roc: null, precisionRecall: expect.anything() });
    expect(curvesOf([1, 2], [false, false])).toEqual({ roc: null, precisionRecall: null });
  });
});

describe("details of the scores", () => {
  it("calibration bins are numpy's", () => {
    const bins = calibrationCurve(classes);
    expect(bins?.map(({ count }) => count)).toEqual(reference.classes.bins.map(({ count }) => count));
    reference.classes.bins.forEach(({ confidence, accuracy }, i) => {
      if (confidence === null) expect(bins?.[i]).toMatchObject({ confidence: null, accuracy: null });
      else {
        expect(bins?.[i].confidence).toBeCloseTo(confidence, 12);
        expect(bins?.[i].accuracy).toBeCloseTo(accuracy as number, 12);
      }
    });
    expect(calibrationCurve(numbers)).toBeNull();
  });

  it("mistakes are wrong, most confident first, and bounded; labels say which", () => {
    const wrong = confidentMistakes(classes, 1_000);
    const { accuracy } = plainScores(classes);
    expect(wrong).toHaveLength(Math.round(120 * (1 - (accuracy as number))));
    expect(wrong.every(({ truth, predicted }) => truth !== predicted)).toBe(true);
    const sorted = wrong.map(({ probability }) => probability);
    expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
    expect(confidentMistakes(classes, 3)).toEqual(wrong.slice(0, 3));
    const [first] = confidentMistakes(labels, 1);
    const i = first.row * 3 + labels.labels.indexOf(first.label as string);
    expect([labels.truth[i], labels.outputs[i] >= 0]).toEqual(first.predicted === "yes" ? [0, true] : [1, false]);
    expect(first.probability).toBeGreaterThanOrEqual(0.5);
    expect(confidentMistakes(numbers, 5)).toEqual([]);
  });

  it("residuals are predicted minus true, their quantiles and pairs bounded and from everywhere", () => {
    const { residuals, pairs } = residualsOf(numbers, 10);
    const measured = Array.from(numbers.truth).filter((value) => !Number.isNaN(value)).length;
    expect(residuals.reduce((sum, { count }) => sum + count, 0)).toBe(measured);
    const step = Math.ceil(measured / 10) + 1;
    expect(pairs).toHaveLength(residuals.reduce((sum, { count }) => sum + Math.ceil(count / step), 0));
    expect(pairs.length).toBeLessThanOrEqual(10);
    expect(pairs.at(-1)?.row).toBe(48);
    expect(residualsOf(numbers, 1).pairs).toHaveLength(1);
    // Half of them: each second pair in a row would be of the first label alone.
    const full = { ...numbers, truth: numbers.outputs };
    const half = residualsOf(full, 60).pairs;
    expect(names(2).map((label) => half.filter((pair) => pair.label === label).length)).toEqual([30, 30]);
    const errors = Array.from({ length: 60 }, (_, row) => numbers.outputs[2 * row] - numbers.truth[2 * row]);
    const sorted = errors.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    expect(residuals[0].quantiles[3]).toEqual({ share: 0.5, value: quantile(sorted, 0.5) });
  });

  it("scores on new scaffolds are those of these rows; null without any", () => {
    expect(splitReport(classes, new Uint8Array(120)).newScaffolds).toBeNull();
    const flags = Uint8Array.from({ length: 120 }, (_, row) => (row < 30 ? 1 : 0));
    const { newScaffolds } = splitReport(classes, flags);
    const expected = scorerOf(classes)(flags);
    expect(newScaffolds?.count).toBe(30);
    close(Object.fromEntries(newScaffolds?.scores.map(({ name, value }) => [name, value]) ?? []), expected);
  });
});

describe("a comparison", () => {
  it.each(reference.mcnemar)(
    "McNemar of $a against $b equals statsmodels and scipy",
    ({ a, b, statsmodels, scipy }) => {
      expect(Math.abs(exactPValue(a, b) - statsmodels)).toBeLessThan(1e-10);
      expect(Math.abs(exactPValue(b, a) - scipy)).toBeLessThan(1e-10);
    },
  );

  it("counts who is right, and is antisymmetric", () => {
    expect(mcnemar([true, true, false, false, true], [true, false, true, false, false])).toMatchObject({
      bothRight: 1,
      onlyA: 2,
      onlyB: 1,
      bothWrong: 1,
      pValue: 1,
    });
    const better: Answers = {
      ...classes,
      outputs: classes.outputs.map((value, i) => value + (i % 4 === classes.truth[i >> 2] ? 2 : 0)),
    };
    const forth = compareAnswers(classes, better);
    const back = compareAnswers(better, classes);
    for (const [i, score] of forth.scores.entries()) {
      expect(back.scores[i].difference).toBeCloseTo(-(score.difference as number), 12);
      expect(back.scores[i].low).toBeCloseTo(-(score.high as number), 12);
    }
    const accuracy = forth.scores.find(({ name }) => name === "accuracy");
    expect(accuracy?.low).toBeGreaterThan(0);
    expect(forth.mcnemar).toMatchObject({ onlyA: 0, pValue: expect.any(Number) });
    expect(forth.mcnemar?.pValue).toBeLessThan(1e-6);
    expect(compareAnswers(labels, labels).mcnemar).toBeNull();
  });
});
