/**
 * Reports of real finetunes through the API: the kept answers are those that the model predicts, the scores have
 * intervals, figures are drawn, runs are compared, and a split by rows bears a warning that it leaks.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAnswers } from "../../../src/runs/index.js";
import { compareRuns } from "../../../src/service/evaluation/compare.js";
import { countStatements } from "../../../src/store/pool.js";
import { startTestService, type TestService } from "../../support/api.js";
import { ended } from "../../support/run-fixtures.js";

const START = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }`;
const RUN = `query ($id: ID!, $split: Split!) {
  run(id: $id) {
    status error { message } warnings { code message }
    leakage { split count molecules { count share } scaffolds { count share } nearDuplicates { count share } }
    evaluation(split: $split) {
      count labels accuracy confusionMatrix splitStrategy scores { name value } warnings { code }
      intervals { name value low high } newScaffolds { count scores { name value } }
      calibrationCurve { count confidence accuracy } residuals { label count quantiles { share value } }
      curves { label positives measured roc rocAuc precisionRecall averagePrecision }
      mistakes(first: 100) { label truth predicted probability compound { smiles svg } }
      pairs(first: 2000) { label truth predicted compound { smiles } }
      molecules(first: 1000) { scores truth compound { smiles } } leakage { split count } } } }`;
const COMPARE = `query ($a: ID!, $b: ID!, $split: Split!) {
  compareRuns(a: $a, b: $b, split: $split) {
    leaky split count onlyA onlyB scores { name a b difference low high }
    mcnemar { bothRight onlyA onlyB bothWrong pValue } } }`;

/** 72 alcohols, formates and amines on chains, benzene and cyclohexane. */
const ROWS = Array.from({ length: 72 }, (_, n) => {
  const [kind, ring, carbons] = [n % 3, Math.floor(n / 3) % 3, 1 + Math.floor(n / 9)];
  const set = (name: string, ...values: (string | number)[]) =>
    values.map((value) => ({ set: name, value: String(value) }));
  return {
    line: n + 1,
    smiles: `${["", "c1ccccc1", "C1CCCCC1"][ring]}${"C".repeat(carbons)}${["O", "OC=O", "N"][kind]}`,
    labels: [
      ...set("kind", ["alcohol", "ester", "amine"][kind]),
      ...set("taste", ...["sweet", "bitter", "sour"].slice(0, 1 + (n % 3))),
      ...set("carbons", carbons),
      ...(n % 4 === 3 ? [] : set("mass", 100 + 14 * carbons)),
      // Cyclohexanes are in the test split alone: their scaffold is new.
      ...set("fold", ring === 2 || n % 8 === 0 ? "test" : n % 8 === 1 ? "val" : "train"),
    ],
  };
});

let service: TestService;
const ids: Record<string, string> = {};
async function finetune(name: string, rest: object): Promise<void> {
  const input = {
    name,
    baseModel: "base",
    dataset: "rings",
    target: "kind",
    recipe: "PUBLISHED",
    batchSize: 12,
    learningRate: 5e-3,
    dropout: 0,
    split: { strategy: "COLUMN", column: "fold" },
    ...rest,
  };
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(START, { input });
  ids[name] = startFinetune.run.id;
}
const rawId = (name: string): string => Buffer.from(ids[name], "base64url").toString().split(":")[1];
const read = async (name: string, split = "TEST"): Promise<Run> =>
  (await service.data<{ run: Run }>(RUN, { id: ids[name], split })).run;

const scoreOf = (run: Run, name: string): number =>
  run.evaluation.scores.find((score) => score.name === name)?.value as number;

beforeAll(async () => {
  service = await startTestService();
  const labelKinds = [
    { set: "taste", kind: "MULTI_LABEL" },
    ...["mass", "carbons"].map((set) => ({ set, kind: "NUMBER" })),
  ];
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input: { name: "rings", rows: ROWS, labelKinds },
  });
  await finetune("long", { epochs: 8 });
  await finetune("short", { epochs: 1 });
  await finetune("numbers", { target: undefined, targets: ["carbons", "mass"], epochs: 2 });
  await finetune("rows", { split: { strategy: "ROW", column: "taste" }, epochs: 1 });
  for (const name of Object.keys(ids)) {
    const run = await ended(service.application.runs, rawId(name));
    expect([run.status, run.errorMessage]).toEqual(["SUCCEEDED", null]);
  }
});
afterAll(() => service.close());

describe("the evaluation of a classifier", () => {
  let run: Run;
  beforeAll(async () => {
    run = await read("long");
  });

  it("keeps what the model answered to each molecule: it is what the model predicts", async () => {
    const { molecules, labels, count, accuracy, confusionMatrix } = run.evaluation;
    expect(molecules).toHaveLength(count);
    const { predict } = await service.data<{ predict: { labels: { label: string; score: number }[] }[] }>(
      `query ($smiles: [String!]!) {
        predict(smiles: $smiles, model: "long", topK: 3) { ... on Prediction { labels { label score } } } }`,
      { smiles: molecules.map(({ compound }) => compound.smiles) },
    );
    const counted = labels.map(() => labels.map(() => 0));
    molecules.forEach(({ scores, truth, compound }, i) => {
      for (const { label, score } of predict[i].labels) expect(scores[labels.indexOf(label)]).toBeCloseTo(score, 4);
      expect(scores.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
      const kind = compound.smiles.includes("N") ? "amine" : compound.smiles.includes("=") ? "ester" : "alcohol";
      expect(truth).toEqual(labels.map((label) => Number(label === kind)));
      counted[truth.indexOf(1)][scores.indexOf(Math.max(...scores))]++;
    });
    expect(counted).toEqual(confusionMatrix);
    expect(accuracy).toBeCloseTo(counted.reduce((sum, row, i) => sum + row[i], 0) / count, 12);
  });

  it("gives every score its interval, on all molecules and on those of new scaffolds", () => {
    const { intervals, scores, newScaffolds } = run.evaluation;
    expect(intervals.map(({ name }) => name).sort()).toEqual(scores.map(({ name }) => name).sort());
    for (const { value, low, high, name } of intervals) {
      expect(value).toBeCloseTo(scoreOf(run, name), 6);
      expect(low, name).toBeLessThanOrEqual(high);
      expect(high - low, name).toBeGreaterThan(0);
    }
    const accuracy = intervals.find(({ name }) => name === "accuracy") as Interval;
    expect(accuracy.low).toBeLessThanOrEqual(accuracy.value);
    expect(accuracy.high).toBeGreaterThanOrEqual(accuracy.value);
    const rings = run.evaluation.molecules.filter(({ compound }) => compound.smiles.includes("C1CCCCC1"));
    expect(newScaffolds?.count).toBe(rings.length);
    expect(rings).toHaveLength(24);
  });

  it("lists mistakes with drawings, most confident first, as many as the matrix has", () => {
    const { mistakes, confusionMatrix, count, calibrationCurve } = run.evaluation;
    const right = confusionMatrix.reduce((sum, row, i) => sum + row[i], 0);
    expect(mistakes).toHaveLength(count - right);
    expect(mistakes.every(({ truth, predicted, label }) => truth !== predicted && label === null)).toBe(true);
    for (const { compound } of mistakes) expect(compound.svg).toMatch(/^<svg/);
    expect(calibrationCurve?.reduce((sum, bin) => sum + bin.count, 0)).toBe(count);
  });

  it("has curves that end at their known last point", () => {
    const { curves, labels, count } = run.evaluation;
    expect(curves.map(({ label }) => label)).toEqual(labels);
    for (const { roc, precisionRecall, measured } of curves) {
      expect([roc?.[0], roc?.at(-1), precisionRecall?.[0]]).toEqual([
        [0, 0],
        [1, 1],
        [0, 1],
      ]);
      expect(measured).toBe(count);
    }
  });

  it("has figures as SVG, and null for those of another task", async () => {
    const { run: drawn } = await service.data<{ run: { evaluation: Record<string, string | null> } }>(
      `query ($id: ID!) {
        run(id: $id) {
          evaluation {
            a: figure(kind: CONFUSION_MATRIX) b: figure(kind: CALIBRATION)
            c: figure(kind: ROC, width: 700, height: 500) d: figure(kind: PRECISION_RECALL)
            e: figure(kind: PREDICTED_TRUE) } } }`,
      { id: ids.long },
    );
    const { a, b, c, d, e } = drawn.evaluation;
    for (const svg of [a, b, c, d]) expect(svg).toContain("long: ");
    expect(c).toContain('width="700"');
    expect(e).toBeNull();
    const { runCurves } = await service.data<{ runCurves: string }>(
      `query ($runs: [ID!]!) { runCurves(runs: $runs, names: ["loss", "accuracy", "nothing"]) }`,
      { runs: [ids.long, ids.short] },
    );
    for (const text of ["a  loss, validation", "b  accuracy, validation", ">long<", ">short<"])
      expect(runCurves).toContain(text);
  });

  it("says what the split shares with training", () => {
    const [validation, test] = run.leakage;
    expect([validation.split, test.split]).toEqual(["VALIDATION", "TEST"]);
    expect(test).toMatchObject({ count: run.evaluation.count, molecules: { count: 0, share: 0 } });
    // Of the other test molecules, the benzenes share their scaffold with training; chains have none.
    const benzenes = run.evaluation.molecules.filter(({ compound }) => compound.smiles.includes("c1ccccc1"));
    expect(test.scaffolds.count).toBe(benzenes.length);
    expect(benzenes.length).toBeGreaterThan(0);
    expect(test.nearDuplicates?.count).toBeGreaterThan(0);
    expect(run.warnings.filter(({ code }) => code !== "BELOW_BASELINE")).toEqual([]);
  });
});

it("numbers have residuals and pairs in units, and no curves", async () => {
  const run = await read("numbers");
  const { evaluation } = run;
  const { residuals, pairs, curves, calibrationCurve, intervals, molecules, mistakes } = evaluation;
  expect([curves, calibrationCurve, mistakes]).toEqual([[], null, []]);
  expect(residuals.map(({ label }) => label)).toEqual(["carbons", "mass"]);
  expect(pairs).toHaveLength(residuals[0].count + residuals[1].count);
  const squared = (label: string) => {
    const errors = pairs.filter((pair) => pair.label === label).map(({ truth, predicted }) => (predicted - truth) ** 2);
    return Math.sqrt(errors.reduce((sum, value) => sum + value, 0) / errors.length);
  };
  expect((squared("carbons") + squared("mass")) / 2).toBeCloseTo(scoreOf(run, "rmse"), 4);
  expect(intervals).toHaveLength(4);
  for (const { name, value } of intervals) expect(value).toBeCloseTo(scoreOf(run, name), 4);
  expect(molecules.some(({ truth }) => truth[1] === null)).toBe(true);
});

describe("a split by rows", () => {
  it("has a row for each label of the set, and bears LEAKY_SPLIT with the numbers, on run and evaluation", async () => {
    const run = await read("rows");
    const { evaluation, warnings, leakage } = run;
    expect(warnings.map(({ code }) => code)).toContain("LEAKY_SPLIT");
    expect(warnings[0].message).toContain("144 rows (one for each label of taste) of 72 molecules");
    expect(evaluation.warnings.map(({ code }) => code)).toContain("LEAKY_SPLIT");
    expect(evaluation.splitStrategy).toBe("ROW");
    const test = leakage.find(({ split }) => split === "TEST");
    expect(test?.molecules.share).toBeGreaterThan(0.3);
    expect(test?.nearDuplicates?.count).toBeGreaterThanOrEqual(test?.molecules.count as number);
    const smiles = evaluation.molecules.map(({ compound }) => compound.smiles);
    expect(smiles).toHaveLength(evaluation.count);
    const { run: drawn } = await service.data<{ run: { evaluation: { figure: string }; model: { card: string } } }>(
      "query ($id: ID!) { run(id: $id) { model { card } evaluation { figure(kind: CONFUSION_MATRIX) } } }",
      { id: ids.rows },
    );
    expect(drawn.evaluation.figure).toContain("LEAKY SPLIT");
    const { runCurves } = await service.data<{ runCurves: string }>(
      `query ($runs: [ID!]!) { runCurves(runs: $runs, names: ["loss"]) }`,
      { runs: [ids.long, ids.rows] },
    );
    expect(runCurves).toContain("rows: LEAKY SPLIT");
    expect(drawn.model.card).toContain("the split leaks");
  });

  it.each([
    [{ target: "kind", split: { strategy: "ROW" } }, "INVALID_CONFIG", "target"],
    [{ target: "carbons", split: { strategy: "ROW", column: "taste" } }, "INVALID_CONFIG", "target"],
    [{ target: "kind", split: { strategy: "ROW", column: "mass" } }, "INVALID_CONFIG", "split.column"],
    [{ target: "kind", split: { strategy: "ROW", column: "nothing" } }, "UNKNOWN_TARGET", "split.column"],
    [{ target: undefined, targets: ["taste", "kind"], split: { strategy: "ROW" } }, "INVALID_CONFIG", "targets"],
  ])("of %j is refused as %s", async (rest, code, param) => {
    const input = { name: "refused", baseModel: "base", dataset: "rings", ...rest };
    expect(await service.refusal(START, { input })).toMatchObject({ code, param });
  });
});

describe("two runs", () => {
  it("are compared on the molecules of both; differences are those of their scores", async () => {
    const { compareRuns: answer } = await service.data<{ compareRuns: Comparison }>(COMPARE, {
      a: ids.short,
      b: ids.long,
      split: "TEST",
    });
    const [short, long] = [await read("short"), await read("long")];
    expect(answer).toMatchObject({ split: "TEST", leaky: false, count: long.evaluation.count, onlyA: 0, onlyB: 0 });
    expect(answer.scores).toHaveLength(9);
    for (const { name, a, b, difference, low, high } of answer.scores) {
      expect(a).toBeCloseTo(scoreOf(short, name), 6);
      expect(b).toBeCloseTo(scoreOf(long, name), 6);
      expect(difference).toBeCloseTo(b - a, 12);
      expect(low).toBeLessThanOrEqual(high);
    }
    const { mcnemar, count } = answer;
    expect(mcnemar.bothRight + mcnemar.onlyA + mcnemar.onlyB + mcnemar.bothWrong).toBe(count);
    const accuracy = answer.scores.find(({ name }) => name === "accuracy") as Comparison["scores"][number];
    expect(accuracy.difference).toBeCloseTo((mcnemar.onlyB - mcnemar.onlyA) / count, 12);
  });

  it.each(["long", "numbers"])("of which one evaluates the model of %s on its test split are equal", async (model) => {
    const { startEvaluation } = await service.data<{ startEvaluation: { run: { id: string } } }>(
      "mutation ($input: StartEvaluationInput!) { startEvaluation(input: $input) { run { id } } }",
      { input: { model, dataset: "rings", part: { column: "fold" } } },
    );
    const again = startEvaluation.run.id;
    await ended(service.application.runs, Buffer.from(again, "base64url").toString().split(":")[1]);
    const pair = { a: ids[model], b: again, split: "TEST" };
    const { compareRuns: answer } = await service.data<{ compareRuns: Comparison }>(COMPARE, pair);
    const { run } = await service.data<{ run: Run }>(RUN, { id: again, split: "TEST" });
    expect(answer).toMatchObject({ count: run.evaluation.count, onlyA: 0, onlyB: 0 });
    // The loss of numbers is standardised: there by training, here by the data.
    for (const { name, difference } of answer.scores)
      if (model === "long" || name !== "loss") expect(difference, name).toBeCloseTo(0, 3);
    expect([run.warnings, run.evaluation.newScaffolds?.count]).toEqual([[], 24]);
  });

  it.each([
    ["long", "long", "BAD_INPUT", "b"],
    ["long", "numbers", "TASK_MISMATCH", "b"],
    ["long", "rows", "TASK_MISMATCH", "b"],
    ["long", "nobody", "NOT_FOUND", "b"],
  ])("%s and %s do not compare: %s", async (a, b, code, param) => {
    ids.nobody = Buffer.from("Run:nobody").toString("base64url");
    expect(await service.refusal(COMPARE, { a: ids[a], b: ids[b], split: "TEST" })).toMatchObject({ code, param });
    delete ids.nobody;
  });

  it("are not compared, nor reports made, for a caller that has left", async () => {
    const { application, store } = service;
    const left = AbortSignal.abort();
    const [a, b] = await Promise.all(
      ["long", "short"].map((name) => store.prisma.run.findUniqueOrThrow({ where: { id: rawId(name) } })),
    );
    const cancelled = { code: "CANCELLED", details: { reason: "SIGNAL" } };
    await expect(compareRuns(application, a, b, "TEST", left)).rejects.toMatchObject(cancelled);
    const key = { runId: rawId("short"), split: "VALIDATION" } as const;
    await expect(application.reports.load([key], left)).rejects.toMatchObject(cancelled);
    expect(await application.reports.load([key], new AbortController().signal)).toMatchObject([
      { rows: expect.any(Array) },
    ]);
  });

  it("whose labels or molecules differ do not compare", async () => {
    const { store } = service;
    const where = { runId: rawId("short"), split: "TEST" as const };
    const assigned = await store.prisma.runAssignment.findFirstOrThrow({ where });
    const key = { runId_memberId_ordinal: { runId: where.runId, memberId: assigned.memberId, ordinal: 0 } };
    const other = assigned.label === "ester" ? "amine" : "ester";
    await store.prisma.runAssignment.update({ where: key, data: { label: other } });
    const variables = { a: ids.long, b: ids.short, split: "TEST" };
    expect(await service.refusal(COMPARE, variables)).toMatchObject({
      code: "LABEL_MISMATCH",
      details: { molecules: 1 },
    });
    await store.prisma.runAssignment.update({ where: key, data: { label: assigned.label } });
    await store.prisma.evaluation.update({
      where: { runId_split: where },
      data: { report: { labels: ["a", "b", "c"], classes: [] } },
    });
    expect(await service.refusal(COMPARE, variables)).toMatchObject({
      code: "LABEL_MISMATCH",
      details: { onlyB: ["a", "b", "c"] },
    });
  });
});

it("a run of an earlier version has scores alone: its other fields are null, and it cannot be compared", async () => {
  const { store } = service;
  const [one] = await readAnswers(store, [{ runId: rawId("numbers"), split: "VALIDATION" }]);
  expect(one?.rows.length).toBeGreaterThan(0);
  const many = await countStatements(store, () =>
    readAnswers(store, [
      { runId: rawId("numbers"), split: "VALIDATION" },
      { runId: rawId("numbers"), split: "TEST" },
      { runId: rawId("long"), split: "TEST" },
      { runId: "nobody", split: "TEST" },
    ]),
  );
  expect(many.statements).toBe(2);
  await store.prisma.evaluationOutput.deleteMany({ where: { runId: rawId("long"), split: "VALIDATION" } });
  const { evaluation } = await read("long", "VALIDATION");
  expect(evaluation.scores).toHaveLength(9);
  for (const name of [
    "intervals",
    "newScaffolds",
    "calibrationCurve",
    "curves",
    "mistakes",
    "residuals",
    "pairs",
    "molecules",
  ])
    expect(evaluation[name as keyof Evaluation], name).toBeNull();
  const variables = { a: ids.long, b: ids.short, split: "VALIDATION" };
  expect(await service.refusal(COMPARE, variables)).toMatchObject({ code: "NOT_EVALUATED", param: "a" });
  expect(service.problems).toEqual([]);
});

it.each([
  ["mistakes(first: 0) { truth }", "first"],
  ["mistakes(first: 101) { truth }", "first"],
  ["pairs(first: 2001) { truth }", "first"],
  ["molecules(after: -1) { truth }", "after"],
  ["figure(kind: ROC, width: 2001)", "width"],
])("%s is BAD_INPUT", async (field, param) => {
  const query = `query ($id: ID!) { run(id: $id) { evaluation { ${field} } } }`;
  expect(await service.refusal(query, { id: ids.long })).toMatchObject({ code: "BAD_INPUT", param });
});

interface Interval {
  name: string;
  value: number;
  low: number;
  high: number;
}
interface Shared {
  count: number;
  share: number;
}
interface Evaluation {
  count: number;
  labels: string[];
  accuracy: number;
  confusionMatrix: number[][];
  splitStrategy: string;
  scores: { name: string; value: number | null }[];
  warnings: { code: string }[];
  intervals: Interval[];
  newScaffolds: { count: number } | null;
  calibrationCurve: { count: number }[] | null;
  residuals: { label: string; count: number }[];
  curves: { label: string; measured: number; roc: number[][] | null; precisionRecall: number[][] | null }[];
  mistakes: { label: string | null; truth: string; predicted: string; compound: { svg: string } }[];
  pairs: { label: string; truth: number; predicted: number }[];
  molecules: { scores: number[]; truth: (number | null)[]; compound: { smiles: string } }[];
}
interface Run {
  warnings: { code: string; message: string }[];
  leakage: { split: string; count: number; molecules: Shared; scaffolds: Shared; nearDuplicates: Shared | null }[];
  evaluation: Evaluation;
}
interface Comparison {
  count: number;
  scores: { name: string; a: number; b: number; difference: number; low: number; high: number }[];
  mcnemar: { bothRight: number; onlyA: number; onlyB: number; bothWrong: number; pValue: number };
}
