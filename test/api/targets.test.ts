/**
 * Finetunes on several labels and on numbers through the API: planned, trained, scored and predicted. The model gives
 * its targets.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { ended } from "../support/run-fixtures.js";

const START = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id status } } }`;
const RUN = `query ($id: ID!) { run(id: $id) { status target targets task error { code message } warnings { code }
  splitSizes { split count } metrics(split: TEST) { name value }
  evaluation(split: TEST) { task count loss accuracy macroF1 labels confusionMatrix classes { label } baseline { label }
    scores { name value } labelScores { label measured positives precision recall f1 rocAuc averagePrecision }
    targetScores { label measured rmse mae r2 baseline } calibration { temperature loss calibrationError } }
  model { name task labels target card } } }`;
const PREDICT = `query ($smiles: [String!]!, $model: String!, $topK: Int) {
  predict(smiles: $smiles, model: $model, topK: $topK) {
    ... on Prediction { label score labels { label score } values { target value } } } }`;

/** 60 alkanols, formates and amines. The measured values follow from the atoms of each; some are missing. */
const ROWS = Array.from({ length: 60 }, (_, n) => {
  const carbons = 1 + Math.floor(n / 3);
  const chain = "C".repeat(carbons);
  const kind = n % 3;
  const set = (name: string, ...values: (string | number)[]) =>
    values.map((value) => ({ set: name, value: String(value) }));
  return {
    line: n + 1,
    smiles: [`${chain}O`, `${chain}OC=O`, `${chain}N`][kind],
    labels: [
      // A tenth of the molecules has an empty cell.
      ...(n % 10 === 9 ? [] : set("taste", ...["polar", "plain"].slice(0, kind === 0 ? 1 : 2), `kind ${kind}`)),
      ...(n % 5 === 4 ? [] : set("oxygen", kind === 2 ? 0 : 1)),
      ...(n % 4 === 3 ? [] : set("nitrogen", kind === 2 ? "yes" : "no")),
      ...(n % 5 === 3 ? [] : set("mass", 100 + 14 * carbons)),
      ...set("carbons", carbons),
      ...set("fold", n % 10 === 7 ? "val" : n % 10 === 8 || n % 10 === 2 ? "test" : "train"),
    ],
  };
});

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  const labelKinds = [
    { set: "taste", kind: "MULTI_LABEL" },
    ...["mass", "carbons"].map((set) => ({ set, kind: "NUMBER" })),
  ];
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input: { name: "alkyls", rows: ROWS, labelKinds },
  });
});
afterAll(() => service.close());

const input = (name: string, rest: object) => ({
  name,
  baseModel: "base",
  dataset: "alkyls",
  recipe: "PUBLISHED",
  epochs: 25,
  batchSize: 8,
  learningRate: 5e-3,
  dropout: 0,
  split: { strategy: "COLUMN", column: "fold" },
  ...rest,
});
async function finetune(name: string, rest: object): Promise<Run> {
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(START, {
    input: input(name, rest),
  });
  const { id } = startFinetune.run;
  await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
  const { run } = await service.data<{ run: Run }>(RUN, { id });
  expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
  return run;
}
const predict = async (model: string, smiles: string[], topK: number | null = null): Promise<Prediction[]> =>
  (await service.data<{ predict: Prediction[] }>(PREDICT, { smiles, model, topK })).predict;
const byName = (run: Run) => Object.fromEntries(run.evaluation.scores.map(({ name, value }) => [name, value]));

describe("a set of several labels", () => {
  let run: Run;
  beforeAll(async () => {
    run = await finetune("tastes", { target: "taste", epochs: 60 });
  });

  it("is learned label by label; a molecule without a value is left out", () => {
    expect(run).toMatchObject({ task: "MULTI_LABEL", target: "taste", targets: ["taste"] });
    const labels = ["kind 0", "kind 1", "kind 2", "plain", "polar"];
    expect(run.model).toMatchObject({ task: "MULTI_LABEL", labels, target: "taste" });
    expect(run.evaluation).toMatchObject({ task: "MULTI_LABEL", labels, count: 12, baseline: null, classes: [] });
    // 60 molecules without the tenth that has no taste.
    expect(run.splitSizes.reduce((sum, { count }) => sum + count, 0)).toBe(54);
    expect(run.model.card).toContain("Labels, each with a probability of its own (5): kind 0, kind 1");
  });

  it("is scored by label and by name, every label over the molecules measured", () => {
    const { labelScores, accuracy, macroF1, loss, confusionMatrix, targetScores, calibration } = run.evaluation;
    expect(labelScores.map(({ label, measured, positives }) => [label, measured, positives])).toEqual([
      ["kind 0", 12, ROWS.filter((_, n) => isTest(n) && n % 3 === 0).length],
      ["kind 1", 12, ROWS.filter((_, n) => isTest(n) && n % 3 === 1).length],
      ["kind 2", 12, ROWS.filter((_, n) => isTest(n) && n % 3 === 2).length],
      ["plain", 12, ROWS.filter((_, n) => isTest(n) && n % 3 !== 0).length],
      // Every molecule of the test split is polar, so a ranking is not defined.
      ["polar", 12, 12],
    ]);
    expect(labelScores[4]).toMatchObject({ rocAuc: null, averagePrecision: null });
    const scores = byName(run);
    expect([accuracy, macroF1, loss]).toEqual([scores.accuracy, scores.macroF1, scores.loss]);
    const ranked = labelScores.slice(0, 4).map(({ rocAuc }) => rocAuc as number);
    expect(scores.rocAuc).toBeCloseTo(ranked.reduce((sum, value) => sum + value, 0) / 4, 10);
    expect(scores.rocAuc).toBeGreaterThan(0.9);
    expect(run.metrics).toContainEqual({ name: "rocAuc", value: scores.rocAuc });
    expect([confusionMatrix, targetScores]).toEqual([[], []]);
    expect(calibration?.temperature).toBeGreaterThan(0);
  });

  it("predicts every label with a probability of its own, best first; topK takes the first", async () => {
    const [alcohol, amine] = await predict("tastes", ["CCCCCCCO", "CCCCCCCN"]);
    expect(alcohol.labels.map(({ label }) => label).sort()).toEqual(run.model.labels);
    const scores = alcohol.labels.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(alcohol).toMatchObject({ ...alcohol.labels[0], values: [] });
    const of = ({ labels }: Prediction, name: string) => labels.find(({ label }) => label === name)?.score as number;
    expect([of(alcohol, "kind 0") > 0.5, of(amine, "kind 0") > 0.5]).toEqual([true, false]);
    expect([of(alcohol, "plain") > 0.5, of(amine, "plain") > 0.5]).toEqual([false, true]);
    // Both labels of the amine are probable: they do not share one probability.
    expect(of(amine, "plain") + of(amine, "polar")).toBeGreaterThan(1.5);
    const [top] = await predict("tastes", ["CCCCCCCO"], 2);
    expect(top.labels).toEqual(alcohol.labels.slice(0, 2));
  });
});

it("columns of 0 and 1 are labels of one model, each over the molecules where it was measured", async () => {
  const run = await finetune("atoms", { targets: ["oxygen", "nitrogen"] });
  expect(run).toMatchObject({ task: "MULTI_LABEL", target: null, targets: ["oxygen", "nitrogen"] });
  expect(run.model).toMatchObject({ task: "MULTI_LABEL", labels: ["oxygen", "nitrogen"], target: null });
  const test = ROWS.map((_, n) => n).filter(isTest);
  const oxygen = test.filter((n) => n % 5 !== 4);
  const nitrogen = test.filter((n) => n % 4 !== 3);
  expect(run.evaluation.labelScores).toMatchObject([
    { label: "oxygen", measured: oxygen.length, positives: oxygen.filter((n) => n % 3 !== 2).length },
    { label: "nitrogen", measured: nitrogen.length, positives: nitrogen.filter((n) => n % 3 === 2).length },
  ]);
  const [alcohol, amine] = await predict("atoms", ["CCCCCCO", "CCCCCCN"]);
  expect([alcohol.label, amine.label]).toEqual(["oxygen", "nitrogen"]);
});

describe("numbers", () => {
  it("are learned together, scored and predicted in their units", async () => {
    const run = await finetune("sizes", { targets: ["carbons", "mass"], epochs: 60 });
    expect(run).toMatchObject({ task: "REGRESSION", targets: ["carbons", "mass"] });
    expect(run.model).toMatchObject({ task: "REGRESSION", labels: ["carbons", "mass"] });
    const { evaluation } = run;
    expect(evaluation).toMatchObject({ task: "REGRESSION", accuracy: null, macroF1: null, baseline: null });
    expect(evaluation).toMatchObject({ calibration: null, labels: ["carbons", "mass"], labelScores: [], count: 12 });
    const measured = ROWS.filter((_, n) => isTest(n) && n % 5 !== 3).length;
    expect(evaluation.targetScores.map((target) => [target.label, target.measured])).toEqual([
      ["carbons", 12],
      ["mass", measured],
    ]);
    for (const { rmse, mae, r2, baseline } of evaluation.targetScores) {
      expect(rmse).toBeLessThan(baseline as number);
      expect(mae).toBeLessThanOrEqual(rmse as number);
      expect(r2).toBeGreaterThan(0);
    }
    const [one, other] = evaluation.targetScores;
    expect(byName(run).rmse).toBeCloseTo(((one.rmse as number) + (other.rmse as number)) / 2, 10);

    const held = ROWS.filter((_, n) => isTest(n));
    const answers = await predict(
      "sizes",
      held.map(({ smiles }) => smiles),
    );
    const squared = answers.map(({ values }, i) => {
      expect(values.map(({ target }) => target)).toEqual(["carbons", "mass"]);
      const carbons = Number(held[i].labels.find(({ set }) => set === "carbons")?.value);
      return (values[0].value - carbons) ** 2;
    });
    // What is predicted is what was scored: the same error, in carbons.
    expect(Math.sqrt(squared.reduce((sum, value) => sum + value, 0) / 12)).toBeCloseTo(one.rmse as number, 4);
    expect(answers[0]).toMatchObject({ labels: [], label: "carbons", score: answers[0].values[0].value });
  });
});

describe("numbers that float32 does not hold", () => {
  const stamp = (n: number): number => 1_700_000_000 + n;
  const PROBE = `mutation ($input: StartProbeInput!) { startProbe(input: $input) { run { id } } }`;
  const TRUTHS = `query ($id: ID!) { run(id: $id) { status warnings { code } evaluation(split: TEST) {
    scores { name value } molecules(first: 100) { truth scores compound { smiles } } } } }`;
  beforeAll(async () => {
    const rows = ROWS.map(({ line, smiles, labels }, n) => ({
      line,
      smiles,
      labels: [
        ...labels.filter(({ set }) => set === "fold"),
        { set: "stamp", value: String(stamp(n)) },
        { set: "same", value: "5.0" },
        { set: "huge", value: `${n + 1}e300` },
      ],
    }));
    const labelKinds = ["stamp", "same", "huge"].map((set) => ({ set, kind: "NUMBER" }));
    const { importDataset } = await service.data<{ importDataset: { report: { problems: { message: string }[] } } }>(
      `mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { report { problems { message } } } }`,
      { input: { name: "stamps", rows, labelKinds } },
    );
    expect(importDataset.report.problems).toHaveLength(60);
    expect(importDataset.report.problems[0].message).toMatch(/"1e300" of huge is too large/);
  });

  it("come back exactly from the table of an evaluation, and a probe predicts in float64", async () => {
    const { startProbe } = await service.data<{ startProbe: { run: { id: string } } }>(PROBE, {
      input: {
        name: "stamp-probe",
        baseModel: "base",
        dataset: "stamps",
        target: "stamp",
        features: "MORGAN_FINGERPRINT",
        inverseRegularization: [1],
        split: { strategy: "COLUMN", column: "fold" },
      },
    });
    const { id } = startProbe.run;
    await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
    interface Truths {
      status: string;
      evaluation: {
        scores: { name: string; value: number }[];
        molecules: { truth: number[]; scores: number[]; compound: { smiles: string } }[];
      };
    }
    const { run } = await service.data<{ run: Truths }>(TRUTHS, { id });
    expect(run.status).toBe("SUCCEEDED");
    const { molecules, scores } = run.evaluation;
    const held = ROWS.map((_, n) => n).filter(isTest);
    expect(molecules.map(({ truth }) => truth)).toEqual(held.map((n) => [stamp(n)]));
    const errors = molecules.map(({ truth, scores: [answer] }) => (truth[0] - answer) ** 2);
    const rmse = Math.sqrt(errors.reduce((sum, value) => sum + value, 0) / held.length);
    expect(scores.find(({ name }) => name === "rmse")!.value).toBeCloseTo(rmse, 6);
    // In float32 the answers would be multiples of 128.
    expect(rmse).toBeLessThan(30);
    const answers = await predict(
      "stamp-probe",
      held.map((n) => ROWS[n].smiles),
    );
    answers.forEach(({ values }, i) => {
      expect(values[0].value).toBeCloseTo(molecules[i].scores[0], 6);
    });
  });

  it("are a warning where a checkpoint would answer them, and no target where all are the same", async () => {
    const own = (rest: { target: string }) => ({ ...input(`by-${rest.target}`, rest), dataset: "stamps", epochs: 1 });
    const { startFinetune } = await service.data<{ startFinetune: { run: { warnings: { code: string }[] } } }>(
      `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { warnings { code } } } }`,
      { input: own({ target: "stamp" }) },
    );
    expect(startFinetune.run.warnings.map(({ code }) => code)).toEqual(["TEST_SMALL", "TARGET_PRECISION"]);
    expect(await service.refusal(START, { input: own({ target: "same" }) })).toMatchObject({
      code: "CONSTANT_TARGET",
      param: "target",
      details: { targets: { same: 5 } },
    });
    expect(await service.refusal(START, { input: own({ target: "huge" }) })).toMatchObject({ code: "EMPTY_DATASET" });
  });
});

describe("a target", () => {
  it.each([
    [{ target: "taste", targets: ["taste"] }, "INVALID_CONFIG", "target"],
    [{}, "INVALID_CONFIG", "target"],
    [{ targets: [] }, "INVALID_CONFIG", "targets"],
    [{ targets: ["mass", "oxygen"] }, "INVALID_CONFIG", "targets"],
    [{ targets: ["oxygen", "fold"] }, "INVALID_CONFIG", "targets"],
    [{ targets: ["mass", "colour"] }, "UNKNOWN_TARGET", "targets"],
    [{ target: "mass", split: { strategy: "STRATIFIED" } }, "INVALID_CONFIG", "split.strategy"],
    [{ target: "oxygen", split: { strategy: "COLUMN", column: "taste" } }, "UNKNOWN_TARGET", "split.column"],
    [{ target: "taste", minClassSize: 61 }, "TOO_FEW_CLASSES", "minClassSize"],
    [{ target: "mass", labelSmoothingFactor: 0.1 }, "INVALID_CONFIG", "labelSmoothingFactor"],
    [{ target: "taste", classWeights: "BALANCED" }, "INVALID_CONFIG", "classWeights"],
    [{ target: "taste", metricForBestModel: "rmse" }, "INVALID_CONFIG", "metricForBestModel"],
  ])("as %j is refused as %s", async (rest, code, param) => {
    expect(await service.refusal(START, { input: input("refused", rest) })).toMatchObject({ code, param });
    expect(await service.store.prisma.run.count({ where: { name: "refused" } })).toBe(0);
    expect(service.problems).toEqual([]);
  });
});

function isTest(n: number): boolean {
  return n % 10 === 8 || n % 10 === 2;
}

interface Prediction {
  label: string;
  score: number;
  labels: { label: string; score: number }[];
  values: { target: string; value: number }[];
}
interface Run {
  splitSizes: { split: string; count: number }[];
  metrics: { name: string; value: number }[];
  model: { labels: string[]; card: string };
  evaluation: {
    count: number;
    loss: number;
    accuracy: number | null;
    macroF1: number | null;
    confusionMatrix: number[][];
    scores: { name: string; value: number | null }[];
    labelScores: { label: string; measured: number; positives: number; rocAuc: number | null }[];
    targetScores: {
      label: string;
      measured: number;
      rmse: number | null;
      mae: number | null;
      r2: number | null;
      baseline: number | null;
    }[];
    calibration: { temperature: number } | null;
  };
}
