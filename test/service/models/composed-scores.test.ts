/**
 * Scores of composed models: equal to fitProbe on the same embeddings, within a small queue, and refused when a part is
 * missing.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startComputePool } from "../../../src/compute/pool.js";
import { floatsOf } from "../../../src/datasets/floats.js";
import { bitsAsNumbers, PROBE_FILE, probeScores } from "../../../src/model/probe.js";
import type { SequenceTask } from "../../../src/model/types.js";
import type { SplitName } from "../../../src/scores/types.js";
import { newId } from "../../../src/store/index.js";
import { countStatements } from "../../../src/store/pool.js";
import { fitProbe } from "../../../src/train/probe/probe.js";
import { alkyls, startTestService, type TestService } from "../../support/api.js";
import { ended } from "../../support/run-fixtures.js";

const PROBE = `mutation ($input: StartProbeInput!) { startProbe(input: $input) { run { id } } }`;
const RUN = `query ($id: ID!) {
  run(id: $id) {
    status error { code message }
    test: evaluation(split: TEST) {
      count scores { name value } targetScores { label measured rmse } labelScores { label measured rocAuc } } } }`;
const ENSEMBLE = `mutation ($input: CreateEnsembleInput!) { createEnsemble(input: $input) { model { name } } }`;
const PREDICT = `query ($smiles: [String!]!, $model: String!, $averageOver: Int! = 1) {
  predict(smiles: $smiles, model: $model, averageOver: $averageOver) {
    ... on Prediction { labels { label score } values { target value } } } }`;

const SPLITS: SplitName[] = [
  "TRAIN",
  "TRAIN",
  "TRAIN",
  "TRAIN",
  "TRAIN",
  "TRAIN",
  "TRAIN",
  "VALIDATION",
  "TEST",
  "TEST",
];
/** 60 alkanols, formates and amines with two labels and two numbers each, some missing. All follow from the index. */
const ROWS = alkyls(20).map(({ smiles }, n) => {
  const carbons = 1 + Math.floor(n / 3);
  return {
    smiles,
    split: SPLITS[(n * 7) % 10],
    oxygen: n % 5 === 4 ? Number.NaN : n % 3 === 2 ? 0 : 1,
    even: n % 4 === 3 ? Number.NaN : carbons % 2,
    mass: n % 6 === 5 ? Number.NaN : 100 + 14 * carbons + (n % 3),
    carbons,
  };
});
const NAMES = ["oxygen", "even", "mass", "carbons"] as const;
/** Fewer than the texts of one request below: members at once, or the request in one part, would be refused. */
const QUEUE_LIMIT = 1024;

let service: TestService;
beforeAll(async () => {
  const compute = await startComputePool({ threads: 1, queueLimit: QUEUE_LIMIT });
  const models = { base: "tiny-bert-masked", one: "tiny-bert", two: "tiny-bert", three: "tiny-bert" };
  service = await startTestService({ compute, models });
  const rows = ROWS.map((row, index) => ({
    line: index + 1,
    smiles: row.smiles,
    labels: [
      ...NAMES.filter((name) => !Number.isNaN(row[name])).map((set) => ({ set, value: String(row[set]) })),
      { set: "fold", value: row.split.toLowerCase() },
    ],
  }));
  await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
    input: { name: "alkyls", rows, labelKinds: ["mass", "carbons"].map((set) => ({ set, kind: "NUMBER" })) },
  });
});
afterAll(() => service?.close());

interface Scores {
  count: number;
  scores: { name: string; value: number | null }[];
  targetScores: { label: string; measured: number; rmse: number }[];
  labelScores: { label: string; measured: number; rocAuc: number }[];
}
async function startProbe(name: string, rest: object): Promise<Scores> {
  const input = { name, baseModel: "base", dataset: "alkyls", pooling: "MEAN", ...rest };
  const split = { strategy: "COLUMN", column: "fold" };
  const { startProbe: answer } = await service.data<{ startProbe: { run: { id: string } } }>(PROBE, {
    input: { ...input, split },
  });
  const { id } = answer.run;
  await ended(service.application.runs, Buffer.from(id, "base64url").toString().split(":")[1]);
  const { run } = await service.data<{ run: { test: Scores } }>(RUN, { id });
  expect(run).toMatchObject({ status: "SUCCEEDED", error: null });
  return run.test;
}
interface Answer {
  labels: { label: string; score: number }[];
  values: { target: string; value: number }[];
}
const predict = async (model: string, smiles: readonly string[], averageOver = 1): Promise<Answer[]> =>
  (await service.data<{ predict: Answer[] }>(PREDICT, { smiles, model, averageOver })).predict;
const modelOf = (name: string) => service.store.prisma.model.findFirstOrThrow({ where: { name } });
const ensemble = (name: string, models: string[]) => service.data(ENSEMBLE, { input: { name, models } });

/** Fitted here, on the rows above and the embeddings that the run left in the database. */
async function fitted(task: SequenceTask, labels: (typeof NAMES)[number][], inverseRegularization: number) {
  const { rows } = await service.store.pool.query<{ position: number; vector: Buffer }>(
    `SELECT d.position, e.vector FROM "DatasetCompound" d
     JOIN "Embedding" e ON e.smiles = d.smiles AND e.pooling = 'MEAN'
     JOIN "Model" m ON m.id = e."modelId" AND m.name = 'base' ORDER BY d.position`,
  );
  const known = rows.filter(({ position }) => labels.some((label) => !Number.isNaN(ROWS[position][label])));
  const vectors = known.map(({ vector }) => floatsOf(vector));
  const dimension = vectors[0].length;
  return fitProbe({
    task,
    labels,
    dimension,
    inverseRegularization: [inverseRegularization],
    classWeights: "none",
    vectors: Float32Array.from(vectors.flatMap((vector) => [...vector])),
    examples: known.map(({ position }) => {
      const row = ROWS[position];
      return { label: 0, targets: Float32Array.from(labels, (label) => row[label]), split: row.split };
    }),
  });
}
/** Molecules of the test part that have it. */
const measured = (name: (typeof NAMES)[number]): number =>
  ROWS.filter((row) => row.split === "TEST" && !Number.isNaN(row[name])).length;
const savedProbe = async (name: string): Promise<object> => {
  const { artifact } = await modelOf(name);
  return JSON.parse(await readFile(join(service.store.artifacts.path(artifact), PROBE_FILE), "utf8"));
};

describe("a probe through the API is what fitProbe makes of the same embeddings", () => {
  it("of several labels, with gaps", async () => {
    const test = await startProbe("labels", { targets: ["oxygen", "even"], inverseRegularization: [10] });
    const { probe, reports } = await fitted("MULTI_LABEL", ["oxygen", "even"], 10);
    expect(await savedProbe("labels")).toEqual(probe);
    const report = reports.map((entry) => entry.report).find(({ split }) => split === "TEST");
    if (report?.task !== "MULTI_LABEL") throw new Error("no report of labels");
    const ranked = Object.fromEntries(report.labels.map(({ label, rocAuc }) => [label, rocAuc]));
    expect(test.labelScores).toEqual(
      (["oxygen", "even"] as const).map((label) => ({ label, measured: measured(label), rocAuc: ranked[label] })),
    );
  });

  it("of several numbers, in their units; an ensemble of two answers the mean of their values", async () => {
    const targets = { targets: ["mass", "carbons"] };
    const test = await startProbe("numbers", { ...targets, inverseRegularization: [10] });
    const { probe, reports } = await fitted("REGRESSION", ["mass", "carbons"], 10);
    expect(await savedProbe("numbers")).toEqual(probe);
    const report = reports.map((entry) => entry.report).find(({ split }) => split === "TEST");
    if (report?.task !== "REGRESSION") throw new Error("no report of numbers");
    const errors = Object.fromEntries(report.targets.map(({ label, rmse }) => [label, rmse]));
    expect(test.targetScores).toEqual(
      (["mass", "carbons"] as const).map((label) => ({ label, measured: measured(label), rmse: errors[label] })),
    );

    await startProbe("stiff", { ...targets, inverseRegularization: [0.001] });
    await ensemble("both", ["numbers", "stiff"]);
    const smiles = ["CCCCCO", "CCCN", "CCCCCCCCOC=O"];
    const [some, others, means] = [
      await predict("numbers", smiles),
      await predict("stiff", smiles),
      await predict("both", smiles),
    ];
    means.forEach(({ values }, molecule) => {
      expect(values.map(({ target }) => target)).toEqual(["mass", "carbons"]);
      values.forEach(({ value }, place) => {
        const [a, b] = [some, others].map((answers) => answers[molecule].values[place].value);
        expect(Math.abs(a - b)).toBeGreaterThan(1e-3); // else the mean would not show both
        expect(Math.abs(value - (a + b) / 2)).toBeLessThan(1e-4);
      });
    });
  });
});

describe("a probe on fingerprints", () => {
  const FINGERPRINT = { features: "MORGAN_FINGERPRINT" };

  it("is what fitProbe makes of RDKit's bits, for any base model; predict needs the SMILES alone", async () => {
    const embeddings = await service.store.prisma.embedding.count();
    const targets = ["oxygen", "even"] as const;
    await startProbe("bits", { ...FINGERPRINT, targets, inverseRegularization: [2] });
    const known = ROWS.filter((row) => targets.some((name) => !Number.isNaN(row[name])));
    const made = await service.application.chemistry.fingerprints(known.map(({ smiles }) => smiles));
    const { probe } = fitProbe({
      task: "MULTI_LABEL",
      labels: [...targets],
      dimension: 2_048,
      inverseRegularization: [2],
      classWeights: "none",
      vectors: Uint8Array.from(made.flatMap((bytes) => [...bytes!])),
      examples: known.map((row) => ({
        label: 0,
        split: row.split,
        targets: Float32Array.from(targets, (name) => row[name]),
      })),
    });
    expect(await savedProbe("bits")).toEqual(probe);
    const model = await service.data(
      `{ model(name: "bits") { kind family layers width heads maxLength parameterCount baseModel { name } } }`,
    );
    expect(model).toMatchObject({
      model: { kind: "PROBE", family: "morgan", layers: 0, width: 2_048, heads: 0, maxLength: 0, baseModel: null },
    });
    // Another SMILES of the same molecule: the bits are those of its canonical form.
    const [first, second] = await predict("bits", ["CCCCO", "OCCCC"]);
    expect(first).toEqual(second);
    const [bytes] = await service.application.chemistry.fingerprints(["CCCCO"]);
    const own = probeScores(probe, bitsAsNumbers(bytes!));
    for (const [place, name] of targets.entries())
      expect(first.labels.find(({ label }) => label === name)?.score).toBeCloseTo(own[place], 6);
    expect(await predict("bits", ["CCCCO"], 3)).toEqual([first]);
    // The canonical SMILES is longer than an input may be: it is still answered like the others.
    const long = `OC${"[C@H](O)".repeat(122)}CO`;
    const [sugar] = await service.application.chemistry.parse([long]);
    expect(sugar.ok && sugar.molecule.smiles.length).toBeGreaterThan(1_000);
    expect((await predict("bits", [long, "CCCCO"])).map(({ labels }) => labels.length)).toEqual([2, 2]);
    expect(await service.store.prisma.embedding.count()).toBe(embeddings);
    const copy = { ...FINGERPRINT, targets, inverseRegularization: [2], baseModel: "one" };
    await startProbe("bits-again", copy);
    expect((await modelOf("bits-again")).checksum).toBe((await modelOf("bits")).checksum);
  });

  it("is compared with other runs and averaged with models; has no embeddings and is no base", async () => {
    const targets = { targets: ["oxygen", "even"] };
    const COMPARE = `query ($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { count scores { name difference } } }`;
    const idOf = async (name: string) => {
      const run = await service.store.prisma.run.findFirstOrThrow({ where: { name } });
      return Buffer.from(`Run:${run.id}`).toString("base64url");
    };
    await startProbe("by-embedding", { ...targets, inverseRegularization: [10] });
    const answer = await service.data<{ compareRuns: { count: number; scores: { name: string }[] } }>(COMPARE, {
      a: await idOf("bits"),
      b: await idOf("by-embedding"),
    });
    expect(answer.compareRuns.count).toBe(ROWS.filter((row) => row.split === "TEST").length);
    expect(answer.compareRuns.scores.map(({ name }) => name)).toContain("rocAuc");
    await ensemble("mixed", ["bits", "by-embedding"]);
    const [mixed, bits, other] = [
      ...(await predict("mixed", ["CCCO"])),
      ...(await predict("bits", ["CCCO"])),
      ...(await predict("by-embedding", ["CCCO"])),
    ].map(({ labels }) => Object.fromEntries(labels.map(({ label, score }) => [label, score])));
    expect(mixed.oxygen).toBeCloseTo((bits.oxygen + other.oxygen) / 2, 6);
    const weighted = { name: "leaning", models: ["bits", "by-embedding"], weights: [3, 1] };
    await service.data(ENSEMBLE, { input: weighted });
    const [{ labels: leaning }] = await predict("leaning", ["CCCO"]);
    const expected = 0.75 * bits.oxygen + 0.25 * other.oxygen;
    expect(leaning.find(({ label }) => label === "oxygen")?.score).toBeCloseTo(expected, 6);
    expect(Math.abs(expected - mixed.oxygen)).toBeGreaterThan(1e-3);
    const found = await service.data('{ model(name: "leaning") { memberWeights members { name } } }');
    const members = [{ name: "bits" }, { name: "by-embedding" }];
    expect(found).toEqual({ model: { memberWeights: [0.75, 0.25], members } });
    // The same in another order, or as shares, is the same function; other weights are another.
    const again = (changes: object) => service.data(ENSEMBLE, { input: { ...weighted, ...changes } });
    expect(await again({ weights: [0.75, 0.25] })).toEqual({ createEnsemble: { model: { name: "leaning" } } });
    await again({ name: "leaning-back", models: ["by-embedding", "bits"], weights: [1, 3] });
    await again({ name: "other-way", weights: [1, 3] });
    const checksums = await Promise.all(["leaning-back", "other-way", "mixed"].map(modelOf));
    const { checksum } = await modelOf("leaning");
    expect(checksums.map((model) => model.checksum === checksum)).toEqual([true, false, false]);
    const refused = (changes: object) => service.refusal(ENSEMBLE, { input: { ...weighted, name: "no", ...changes } });
    // Rounding does not make another function; equal weights are the plain mean.
    const three = (name: string, weights: number[], models = ["bits", "by-embedding", "bits-again"]) =>
      service.data(ENSEMBLE, { input: { name, models, weights } });
    await three("of-three", [0.7, 0.2, 0.1]);
    await three("of-three", [7, 2, 1]);
    await three("of-three-back", [0.1, 0.2, 0.7], ["bits-again", "by-embedding", "bits"]);
    await again({ name: "even", weights: [5, 5] });
    const sums = await Promise.all(["of-three", "of-three-back", "even", "mixed"].map(modelOf));
    expect(sums[1].checksum).toBe(sums[0].checksum);
    expect(sums[2].checksum).toBe(sums[3].checksum);
    for (const weights of [[1], [1, 2, 3], [1, 0], [1, -1], [-1, -2], [], [1e308, 1e-308]])
      expect(await refused({ weights })).toMatchObject({ code: "INVALID_CONFIG", param: "weights" });
    expect(await refused({ models: ["bits", "bits"] })).toMatchObject({ code: "INVALID_CONFIG", param: "models" });
    // The shape of an ensemble is that of a member that has one.
    expect(await modelOf("mixed")).toMatchObject({ family: "bert", layers: 2, width: 32 });
    for (const [query, param] of [
      ['{ embed(smiles: ["C"], model: "bits") { __typename } }', "model"],
      ['{ clusters(dataset: "alkyls", model: "mixed", k: 2) { k } }', "model"],
      ['{ outliers(dataset: "alkyls", model: "mixed") { count } }', "model"],
      ['{ neighbours(dataset: "alkyls", model: "mixed", smiles: "C") { distance } }', "model"],
      [
        `{
          compounds(first: 1, filter: { similarTo: { smiles: "C", method: EMBEDDING, model: "mixed" } }) {
            totalCount } }`,
        "filter.similarTo.model",
      ],
      ['{ separation(dataset: "alkyls", models: ["base", "mixed"], labelSet: "oxygen") { folds } }', "models"],
      [
        `mutation {
          startFinetune(input: { name: "on-bits", baseModel: "bits", dataset: "alkyls", target: "fold" }) {
            run { id } } }`,
        "baseModel",
      ],
    ])
      expect(await service.refusal(query)).toMatchObject({ code: "MODEL_IS_COMPOSED", param });
    expect(service.problems).toEqual([]);
  });
});

describe("an ensemble", () => {
  it("of three sends more texts than the queue holds, one member and one part after the other", async () => {
    await ensemble("three-in-one", ["one", "two", "three"]);
    const smiles = ROWS.slice(0, 40).map((row) => row.smiles);
    const forms = 30;
    expect(smiles.length * forms).toBeGreaterThan(QUEUE_LIMIT);
    const answers = await predict("three-in-one", smiles, forms);
    const single = await predict("one", smiles, forms);
    expect(answers).toHaveLength(40);
    // Three times the same weights: their mean is the answer of one.
    answers.forEach(({ labels }, index) => {
      for (const { label, score } of labels)
        expect(score).toBeCloseTo(single[index].labels.find((other) => other.label === label)!.score, 6);
    });
  });

  it("of probes costs the same number of statements however many members it has", async () => {
    await service.application.runs.close(); // the worker polls the queue, and its statements would be counted
    const { id: _id, createdAt: _createdAt, ...data } = await modelOf("numbers");
    const copies = Array.from({ length: 6 }, (_, index) => `copy-${index}`);
    for (const name of copies)
      await service.store.prisma.model.create({
        data: { ...data, labels: data.labels as string[], composition: data.composition as object, id: newId(), name },
      });
    await ensemble("two-probes", copies.slice(0, 2));
    await ensemble("six-probes", copies);
    const smiles = ["CCCCCO", "CCCN"];
    const { predictions } = service.application;
    const answer = (model: string) => predict(model, smiles).then(() => predictions.written());
    await answer("numbers"); // stores the compounds
    const statements = async (model: string) => (await countStatements(service.store, () => answer(model))).statements;
    const two = await statements("two-probes");
    expect(two).toBeGreaterThan(3);
    expect(await statements("six-probes")).toBe(two);
  });

  it("whose member is missing does not answer: CHECKPOINT_INVALID names it", async () => {
    await service.store.prisma.model.deleteMany({ where: { name: "copy-0" } });
    const refusal = await service.refusal(PREDICT, { smiles: ["CCCCCCO"], model: "six-probes" });
    expect(refusal).toMatchObject({ code: "CHECKPOINT_INVALID", param: "model" });
    expect(refusal.details).toEqual({ model: "six-probes", models: 6, missing: 1 });
    expect(
      await service.store.prisma.prediction.count({ where: { smiles: "CCCCCCO", model: { name: "six-probes" } } }),
    ).toBe(0);
  });
});

it("a probe whose file is missing is CHECKPOINT_INVALID, without a path in the message", async () => {
  const { artifact } = await modelOf("stiff");
  await rm(join(service.store.artifacts.path(artifact), PROBE_FILE));
  const { errors } = await service.ask(PREDICT, { smiles: ["CCCCCCO"], model: "stiff" });
  expect(errors).toHaveLength(1);
  expect(errors![0]).toMatchObject({ extensions: { code: "CHECKPOINT_INVALID", param: "model" } });
  expect(errors![0].message).toContain("stiff");
  expect(errors![0].message).not.toContain(service.home);
});
