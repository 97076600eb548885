/** Probes on counts of environments against RDKit and scikit-learn (bench/reference/count_probe.py). */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Chemistry, startChemistry } from "../../../src/chem/index.js";
import { countVector, packed, unknownShare, unpacked, vocabularyOf } from "../../../src/chem/morgan/counts.js";
import type { Environments } from "../../../src/chem/morgan/environments.js";
import { probeLogits, probeScores, readProbe, writeProbe } from "../../../src/model/probe.js";
import type { EvaluationReport, MultiLabelReport, SplitName } from "../../../src/scores/types.js";
import { fitProbe, type ProbeJob } from "../../../src/train/probe/probe.js";
import { examplesOf, near } from "../../support/data/probe-jobs.js";

interface Rows {
  /** [rows][40], and of each row. */
  first: number[][];
  norms: number[];
}
const reference = JSON.parse(
  readFileSync(new URL("../../../bench/reference/count_probe.json", import.meta.url), "utf8"),
) as {
  smiles: string[];
  splits: SplitName[];
  labels: string[];
  classes: number[];
  flavors: (number | null)[][];
  number: number[];
  ids: number[];
  unknown: number[];
  single: (Rows & {
    c: number;
    intercepts: number[];
    probabilities: number[][];
    accuracy: number;
    validationMacroF1: number;
  })[];
  multi: (Rows & { intercept: number; rocAuc: number })[];
  ridge: (Rows & { c: number; intercept: number; predictions: number[] })[];
};
const { splits, ids } = reference;
const RULE = { radius: 2, leastMolecules: 2 };

let chemistry: Chemistry;
let environments: Environments[];
beforeAll(async () => {
  chemistry = await startChemistry({ processes: 1 });
  environments = (await chemistry.environments(reference.smiles, RULE.radius)) as Environments[];
});
afterAll(() => chemistry.close());

const job = (changes: Partial<ProbeJob>): ProbeJob => ({
  task: "SINGLE_LABEL",
  labels: reference.labels,
  vectors: packed(environments),
  dimension: 0,
  environments: RULE,
  examples: splits.map((split, index) => ({ label: reference.classes[index], split })),
  inverseRegularization: [1],
  classWeights: "none",
  ...changes,
});
const withTargets = (rows: readonly (readonly (number | null)[])[]) => examplesOf(rows, splits);
const rowsOf = (coefficients: number[][]): Rows => ({
  first: coefficients.map((row) => row.slice(0, 40)),
  norms: coefficients.map((row) => Math.hypot(...row)),
});
const nearRows = (coefficients: number[][], expected: Rows, limit: number) => {
  const rows = rowsOf(coefficients);
  near(rows.first.flat(), expected.first.flat(), limit);
  near(rows.norms, expected.norms, limit);
};
const tested = <T>(values: readonly T[]): T[] => values.filter((_, index) => splits[index] === "TEST");
const testReport = ({ reports }: ReturnType<typeof fitProbe>) =>
  reports.find(({ report: { split } }) => split === "TEST")!.report;

describe("a probe on counts", () => {
  it.each(reference.single)("of classes equals scikit-learn's LogisticRegression, C = $c", (expected) => {
    const result = fitProbe(job({ inverseRegularization: [expected.c] }));
    const { probe } = result;
    expect(probe.environments).toEqual({ radius: 2, ids });
    // Fits end at a mean gradient of 1e-6: weak penalties leave the coefficients that loose.
    const limit = 3e-4 * Math.max(1, expected.c);
    nearRows(probe.coefficients, expected, limit);
    near(probe.intercepts, expected.intercepts, limit);
    const scores = tested(environments).map((own) => [...probeScores(probe, countVector(own, ids))]);
    near(scores.flat(), expected.probabilities.flat(), 1e-4 * Math.max(1, expected.c));
    expect((testReport(result) as EvaluationReport).accuracy).toBeCloseTo(expected.accuracy, 12);
  });

  it("chooses by validation; without a validation part it takes the first", () => {
    const strengths = reference.single.map(({ c }) => c);
    const scores = reference.single.map(({ validationMacroF1 }) => validationMacroF1);
    const best = strengths[scores.indexOf(Math.max(...scores))];
    expect(best).not.toBe(strengths[0]);
    expect(fitProbe(job({ inverseRegularization: strengths })).inverseRegularization).toBe(best);
    const examples = job({}).examples.map((one) =>
      one.split === "VALIDATION" ? { ...one, split: "TEST" as const } : one,
    );
    const alone = fitProbe(job({ examples, inverseRegularization: strengths }));
    expect(alone.inverseRegularization).toBe(strengths[0]);
  });

  it("of labels with gaps equals one LogisticRegression for each", () => {
    const { probe, reports } = fitProbe(
      job({ task: "MULTI_LABEL", labels: ["sweet", "bitter"], examples: withTargets(reference.flavors) }),
    );
    for (const [k, expected] of reference.multi.entries()) {
      nearRows([probe.coefficients[k]], expected, 3e-4);
      near([probe.intercepts[k]], [expected.intercept], 3e-4);
    }
    const { labels } = testReport({ reports } as ReturnType<typeof fitProbe>) as MultiLabelReport;
    near(
      labels.map(({ rocAuc }) => rocAuc as number),
      reference.multi.map(({ rocAuc }) => rocAuc),
      1e-9,
    );
  });

  it.each(reference.ridge)("of numbers equals Ridge, alpha = 1 / $c", (expected) => {
    const examples = withTargets(reference.number.map((value) => [value]));
    const { probe } = fitProbe(
      job({ task: "REGRESSION", labels: ["number"], examples, inverseRegularization: [expected.c] }),
    );
    nearRows(probe.coefficients, expected, 1e-7);
    near(probe.intercepts, [expected.intercept], 1e-7);
    const answers = tested(environments).map((own) => probeLogits(probe, countVector(own, ids))[0]);
    near(answers, expected.predictions, 1e-6);
  });
});

describe("the vocabulary", () => {
  it("is of the training part; what it lacks of a molecule has a share", () => {
    const training = environments.filter((_, index) => splits[index] === "TRAIN");
    expect([...vocabularyOf(training, 2)]).toEqual(ids);
    expect(vocabularyOf(training, 1).length).toBeGreaterThan(ids.length);
    near(
      environments.map((own) => unknownShare(own, ids)),
      reference.unknown,
      1e-12,
    );
    expect(unpacked(packed(environments))).toEqual(environments);
  });

  it("is a part of the file, which is refused where it does not fit the columns", () => {
    const { probe } = fitProbe(job({}));
    const read = (changed: object) => readProbe(Buffer.from(writeProbe({ ...probe, ...changed })));
    expect(read({})).toEqual(probe);
    for (const known of [ids.slice(1), [...ids].reverse(), ids.map(() => ids[0])])
      expect(() => read({ environments: { radius: 2, ids: known } })).toThrow(
        expect.objectContaining({ code: "CHECKPOINT_INVALID" }),
      );
  });
});
