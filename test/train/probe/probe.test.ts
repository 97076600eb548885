/**
 * Linear probes as runs fit them, against scikit-learn's numbers (bench/reference/probe.py); and folds of molecules.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bitsAsNumbers, probeScores, readProbe, writeProbe } from "../../../src/model/probe.js";
import type { EvaluationReport, SplitName } from "../../../src/scores/types.js";
import { foldMolecules, splitsOfFold } from "../../../src/train/data/folds.js";
import { fitProbe, type ProbeJob } from "../../../src/train/probe/probe.js";
import { examplesOf, near } from "../../support/data/probe-jobs.js";

interface Line {
  coefficients: number[];
  intercept: number;
}
interface Reference {
  vectors: number[][];
  splits: SplitName[];
  classes: number[];
  labels: (number | null)[][];
  numbers: number[][];
  single: ({ c: number; coefficients: number[][]; intercepts: number[]; probabilities: number[][] } & Record<
    "validationMacroF1" | "accuracy" | "macroF1" | "loss",
    number
  >)[];
  multi: (Line & { rocAuc: number })[];
  ridge: (Line & { rmse: number })[];
}
const reference = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../bench/reference/probe.json"), "utf8"),
) as Reference;
const { vectors, splits } = reference;

const job = (changes: Partial<ProbeJob>): ProbeJob => ({
  task: "SINGLE_LABEL",
  labels: ["a", "b", "c"],
  vectors: Float32Array.from(vectors.flat()),
  dimension: 5,
  examples: splits.map((split, index) => ({ label: reference.classes[index], split })),
  inverseRegularization: [1],
  classWeights: "none",
  ...changes,
});
const withTargets = (rows: readonly (readonly (number | null)[])[]) => examplesOf(rows, splits);
const testReport = ({ reports }: ReturnType<typeof fitProbe>) =>
  reports.find(({ report: { split } }) => split === "TEST")!.report;

describe("a probe", () => {
  it.each(reference.single)("of classes equals scikit-learn's LogisticRegression, C = $c", (expected) => {
    const result = fitProbe(job({ inverseRegularization: [expected.c] }));
    // Fits end when no component of the mean gradient exceeds 1e-6: weak penalties leave the coefficients that loose.
    const scale = 2 * Math.max(1, ...expected.coefficients.flat().map(Math.abs));
    near(result.probe.coefficients.flat(), expected.coefficients.flat(), 2e-5 * scale);
    near(result.probe.intercepts, expected.intercepts, 2e-5 * scale);
    const report = testReport(result) as EvaluationReport;
    near([report.accuracy, report.macroF1], [expected.accuracy, expected.macroF1], 1e-12);
    near([report.loss], [expected.loss], 1e-5 * scale);
    const asked = vectors.filter((_, index) => splits[index] === "TEST");
    const scores = asked.flatMap((vector) => [...probeScores(result.probe, vector)]);
    near(scores, expected.probabilities.flat(), 1e-5 * scale);
  });

  it("takes the regularisation with the best validation score, the first of equal ones", () => {
    const strengths = reference.single.map(({ c }) => c);
    const scores = reference.single.map(({ validationMacroF1 }) => validationMacroF1);
    const best = strengths[scores.indexOf(Math.max(...scores))];
    expect(new Set(scores).size).toBeGreaterThan(1);
    expect(fitProbe(job({ inverseRegularization: strengths })).inverseRegularization).toBe(best);
  });

  it("of labels is a logistic regression each, on what was measured", () => {
    const result = fitProbe(job({ task: "MULTI_LABEL", labels: ["x", "y"], examples: withTargets(reference.labels) }));
    reference.multi.forEach((expected, label) => {
      near(result.probe.coefficients[label], expected.coefficients, 5e-5);
      near([result.probe.intercepts[label]], [expected.intercept], 5e-5);
    });
    const report = testReport(result);
    const ranked = report.task === "MULTI_LABEL" ? report.labels.map(({ rocAuc }) => rocAuc as number) : [];
    near(
      ranked,
      reference.multi.map(({ rocAuc }) => rocAuc),
      1e-12,
    );
  });

  it("of a label with one answer only answers its share, (n + 1/2) / (n + 1)", () => {
    const examples = withTargets(vectors.map((_, index) => [1, index % 2]));
    const { probe } = fitProbe(job({ task: "MULTI_LABEL", labels: ["always", "half"], examples }));
    expect(probe.coefficients[0]).toEqual([0, 0, 0, 0, 0]);
    expect(probeScores(probe, vectors[0])[0]).toBeCloseTo(36.5 / 37, 6);
  });

  it("of numbers equals scikit-learn's Ridge with alpha 1 / C, in units", () => {
    const examples = withTargets(reference.numbers);
    const result = fitProbe(job({ task: "REGRESSION", labels: ["u", "v"], examples, inverseRegularization: [2] }));
    reference.ridge.forEach((expected, target) => {
      near(result.probe.coefficients[target], expected.coefficients, 1e-8);
      near([result.probe.intercepts[target]], [expected.intercept], 1e-8);
    });
    const report = testReport(result);
    const errors = report.task === "REGRESSION" ? report.targets.map(({ rmse }) => rmse as number) : [];
    near(
      errors,
      reference.ridge.map(({ rmse }) => rmse),
      1e-4,
    );
  });

  it("of bits is that of the numbers 0 and 1: term by term for classes and labels, to 1e-9 for numbers", () => {
    // 16 bits a row, of which the last is never set and the first always.
    const bits = Uint8Array.from(
      vectors.flatMap((vector, n) => [1 | ((n * 37) & 255), vector.reduce((byte, x) => 2 * byte + (x > 0 ? 1 : 0), 0)]),
    );
    const reals = new Float32Array(16 * vectors.length);
    for (let row = 0; row < vectors.length; row++)
      reals.set(bitsAsNumbers(bits.subarray(2 * row, 2 * row + 2)), 16 * row);
    expect([reals[0], reals[15]]).toEqual([1, 0]);
    expect(new Set(reals)).toEqual(new Set([0, 1]));
    const both = (changes: Partial<ProbeJob>) =>
      [bits, reals].map((rows) => fitProbe(job({ ...changes, vectors: rows, dimension: 16 })));
    for (const changes of [
      {},
      { classWeights: "balanced" as const, inverseRegularization: [10, 0.1] },
      { task: "MULTI_LABEL" as const, labels: ["x", "y"], examples: withTargets(reference.labels) },
    ]) {
      const [ofBits, ofReals] = both(changes);
      expect(ofBits).toEqual(ofReals);
    }
    const [ofBits, ofReals] = both({
      task: "REGRESSION",
      labels: ["u", "v"],
      examples: withTargets(reference.numbers),
    });
    near(ofBits.probe.coefficients.flat(), ofReals.probe.coefficients.flat(), 1e-9);
    near(ofBits.probe.intercepts, ofReals.probe.intercepts, 1e-9);
    near([ofBits.probe.coefficients[0][15]], [0], 1e-12);
    // Only the penalty decides between columns that are copies: without it there is no unique answer.
    const twice = bits.map((_, at) => bits[at - (at % 2)]);
    expect(() =>
      fitProbe(
        job({
          task: "REGRESSION",
          labels: ["u", "v"],
          examples: withTargets(reference.numbers),
          vectors: twice,
          dimension: 16,
          inverseRegularization: [1e14],
        }),
      ),
    ).toThrow(expect.objectContaining({ code: "INVALID_CONFIG", param: "inverseRegularization" }));
  });

  it("of numbers and more bits than rows, which is solved for the rows, equals the one solved for the bits", () => {
    const width = 256;
    const bits = Uint8Array.from({ length: vectors.length * (width / 8) }, (_, n) => (n * n * 31 + n * 17) % 251);
    const reals = new Float32Array(width * vectors.length);
    for (let row = 0; row < vectors.length; row++)
      reals.set(bitsAsNumbers(bits.subarray((row * width) / 8, ((row + 1) * width) / 8)), width * row);
    const training = reference.splits.filter((split) => split === "TRAIN").length;
    expect(training).toBeLessThan(width);
    const [ofBits, ofReals] = [bits, reals].map((rows) => {
      const examples = withTargets(reference.numbers);
      return fitProbe(job({ task: "REGRESSION", labels: ["u", "v"], examples, vectors: rows, dimension: width }));
    });
    near(ofBits.probe.coefficients.flat(), ofReals.probe.coefficients.flat(), 1e-9);
    near(ofBits.probe.intercepts, ofReals.probe.intercepts, 1e-9);
  });

  it("is read back as it was written; another file is CHECKPOINT_INVALID", () => {
    const { probe } = fitProbe(job({}));
    expect(readProbe(Buffer.from(writeProbe(probe)))).toEqual(probe);
    for (const text of [
      "",
      "{}",
      '{"task":"SINGLE_LABEL","labels":["a","b"],"coefficients":[[1],[2]],"intercepts":[0,0]}',
    ])
      expect(() => readProbe(Buffer.from(text))).toThrow(expect.objectContaining({ code: "CHECKPOINT_INVALID" }));
  });
});

describe("folds", () => {
  /** 100 molecules, some rows twice; scaffolds of 1 to 12 molecules; three classes. */
  const items = Array.from({ length: 120 }, (_, n) => {
    const key = `k${n % 100}`;
    const molecule = n % 100;
    return {
      key,
      group: molecule < 12 ? "large" : `g${Math.floor(molecule / 3)}`,
      label: ["a", "b", "c"][molecule % 3],
    };
  });

  it.each(["RANDOM", "STRATIFIED", "SCAFFOLD"] as const)(
    "%s: each molecule is tested once and validates once",
    (strategy) => {
      const folds = foldMolecules(items, { strategy, folds: 5, seed: 42 });
      const ofKey = new Map<string, number>();
      items.forEach(({ key }, index) => {
        expect(ofKey.get(key) ?? folds[index]).toBe(folds[index]);
        ofKey.set(key, folds[index]);
      });
      const sizes = [0, 1, 2, 3, 4].map((fold) => [...ofKey.values()].filter((value) => value === fold).length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(strategy === "SCAFFOLD" ? 3 : 1);
      const roles = [0, 1, 2, 3, 4].map((index) => splitsOfFold(folds, { index, count: 5 }));
      items.forEach((_, row) => {
        const of = roles.map((splitsOfRun) => splitsOfRun[row]).sort();
        expect(of).toEqual(["TEST", "TRAIN", "TRAIN", "TRAIN", "VALIDATION"]);
      });
      expect(foldMolecules([...items].reverse(), { strategy, folds: 5, seed: 42 })).toEqual([...folds].reverse());
      expect(foldMolecules(items, { strategy, folds: 5, seed: 43 })).not.toEqual(folds);
    },
  );

  it("SCAFFOLD keeps groups whole, STRATIFIED keeps the classes' shares", () => {
    const scaffold = foldMolecules(items, { strategy: "SCAFFOLD", folds: 4, seed: 1 });
    const ofGroup = new Map(items.map(({ group }, index) => [group, scaffold[index]]));
    items.forEach(({ group }, index) => void expect(scaffold[index]).toBe(ofGroup.get(group)));
    const stratified = foldMolecules(items.slice(0, 100), { strategy: "STRATIFIED", folds: 5, seed: 1 });
    for (const label of ["a", "b", "c"])
      for (const fold of [0, 1, 2, 3, 4]) {
        const count = items.slice(0, 100).filter((item, index) => item.label === label && stratified[index] === fold);
        expect([6, 7]).toContain(count.length);
      }
  });

  it.each([2, 101, 3.5])("%d of 100 molecules are refused", (folds) => {
    expect(() => foldMolecules(items, { strategy: "RANDOM", folds, seed: 1 })).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", param: "folds" }),
    );
  });
});
