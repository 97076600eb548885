/** Linear probes, ensembles, repeats and folds through the API: made, refused, scored, served. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { ended } from "../../support/run-fixtures.js";

const PROBE = `mutation ($input: StartProbeInput!) { startProbe(input: $input) { run { id } } }`;
const REPEATS = `mutation ($input: StartRepeatsInput!) { startRepeats(input: $input) { group { id runs { id } } } }`;
const ENSEMBLE = `mutation ($input: CreateEnsembleInput!) {
  createEnsemble(input: $input) { model { id name kind members { name } } } }`;
const RUN = `query ($id: ID!) { run(id: $id) { kind status task target error { code message } splitSizes { split count }
  test: evaluation(split: TEST) { count accuracy macroF1 scores { name value } }
  validation: evaluation(split: VALIDATION) { count }
  model { name kind task labels target card baseModel { name } members { name } } } }`;
const GROUP = `query ($id: ID!) { runGroup(id: $id) { name status model { name kind labels members { name } }
  runs { name status input: inputJson error { code message } evaluation(split: TEST) { accuracy count } }
  scores { split name mean standardDeviation count values } } }`;
const PREDICT = `query ($smiles: [String!]!, $model: String!, $averageOver: Int!) {
  predict(smiles: $smiles, model: $model, averageOver: $averageOver) {
    ... on Prediction { id label score labels { label score } values { value } } } }`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await importLibrary(service, "alkyls", alkyls(20));
});
afterAll(() => service?.close());

const local = (id: string) => Buffer.from(id, "base64url").toString().split(":")[1];
const finished = async (id: string): Promise<Record<string, never>> => {
  await ended(service.application.runs, local(id));
  return (await service.data<{ run: Record<string, never> }>(RUN, { id })).run;
};
interface Answer {
  id: string;
  label: string;
  score: number;
  labels: { label: string; score: number }[];
}
const predict = async (model: string, smiles: string[], averageOver = 1): Promise<Answer[]> =>
  (await service.data<{ predict: Answer[] }>(PREDICT, { smiles, model, averageOver })).predict;
const scoresOf = ({ labels }: Answer) => Object.fromEntries(labels.map(({ label, score }) => [label, score]));

const SPLIT = { strategy: "STRATIFIED", fractions: [0.6, 0.2, 0.2] };
const probe = (name: string, rest: object = {}) => ({
  name,
  baseModel: "base",
  dataset: "alkyls",
  target: "superclass",
  pooling: "MEAN",
  split: SPLIT,
  ...rest,
});
const finetune = (name: string, rest: object = {}) => ({
  name,
  baseModel: "base",
  dataset: "alkyls",
  target: "superclass",
  split: SPLIT,
  recipe: "PUBLISHED",
  epochs: 3,
  batchSize: 12,
  learningRate: 5e-3,
  dropout: 0,
  ...rest,
});
async function startProbe(name: string, rest: object = {}) {
  const { startProbe: answer } = await service.data<{ startProbe: { run: { id: string } } }>(PROBE, {
    input: probe(name, rest),
  });
  return finished(answer.run.id);
}

describe("a linear probe", () => {
  it("is scored on its split and served at once, without a copy of the encoder", async () => {
    const run = await startProbe("linear", { inverseRegularization: [0.01, 1, 100] });
    expect(run).toMatchObject({ kind: "PROBE", status: "SUCCEEDED", task: "SINGLE_LABEL", target: "superclass" });
    expect(run.splitSizes).toEqual([
      { split: "TRAIN", count: 36 },
      { split: "VALIDATION", count: 12 },
      { split: "TEST", count: 12 },
    ]);
    const { test, validation, model } = run as unknown as {
      test: { count: number; accuracy: number };
      validation: { count: number };
      model: object;
    };
    expect([test.count, validation.count]).toEqual([12, 12]);
    expect(test.accuracy).toBeGreaterThan(0.4); // three classes of equal size, embeddings of a tiny model
    expect(model).toMatchObject({
      name: "linear",
      kind: "PROBE",
      labels: ["alcohol", "amine", "ester"],
      target: "superclass",
      baseModel: { name: "base" },
      members: [],
    });
    // What is served is what was scored.
    const { rows } = await service.store.pool.query<{ smiles: string; label: string }>(
      `SELECT m.smiles, a.label FROM "RunAssignment" a JOIN "Run" r ON r.id = a."runId"
       JOIN "DatasetCompound" m ON m.id = a."memberId" WHERE r.name = 'linear' AND a.split = 'TEST'`,
    );
    const answers = await predict(
      "linear",
      rows.map(({ smiles }) => smiles),
    );
    expect(answers.filter(({ label }, index) => label === rows[index].label)).toHaveLength(test.accuracy * 12);
    for (const { labels } of answers) expect(labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  });

  it("has no embeddings of its own and no weights to start from", async () => {
    const composed = { code: "MODEL_IS_COMPOSED" };
    expect(await service.refusal(`{ embed(smiles: ["C"], model: "linear") { __typename } }`)).toMatchObject(composed);
    const projection = `{ projection(model: "linear", dataset: "alkyls") { components } }`;
    expect(await service.refusal(projection)).toMatchObject({ ...composed, param: "model" });
    expect(await service.refusal(PROBE, { input: probe("again", { baseModel: "linear" }) })).toMatchObject(composed);
    const start = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }`;
    const input = finetune("on-a-probe", { baseModel: "linear" });
    expect(await service.refusal(start, { input })).toMatchObject({ ...composed, param: "baseModel" });
  });

  it.each([
    [{ inverseRegularization: [0] }, "INVALID_CONFIG", "inverseRegularization"],
    [{ inverseRegularization: [] }, "INVALID_CONFIG", "inverseRegularization"],
    [
      { inverseRegularization: [1, 2], split: { strategy: "RANDOM", fractions: [0.8, 0, 0.2] } },
      ...(["INVALID_CONFIG", "inverseRegularization"] as const),
    ],
    [{ target: "taste" }, "UNKNOWN_TARGET", "target"],
    [{ minClassSize: 100 }, "TOO_FEW_CLASSES", "minClassSize"],
    [{ name: "linear" }, "CONFLICT", "name"],
    [{ dataset: "none" }, "NOT_FOUND", "dataset"],
  ])("%j is refused with %s", async (changes, code, param) => {
    expect(await service.refusal(PROBE, { input: probe("refused", changes) })).toMatchObject({ code, param });
  });

  it("of a key that was used is the same run", async () => {
    const ask = () =>
      service.data<{ startProbe: { run: { id: string } } }>(PROBE, { input: probe("keyed", { idempotencyKey: "p1" }) });
    const [one, two] = await Promise.all([ask(), ask()]);
    expect(one.startProbe.run.id).toBe(two.startProbe.run.id);
    await finished(one.startProbe.run.id);
  });
});

describe("an ensemble", () => {
  beforeAll(async () => {
    await startProbe("weak", { inverseRegularization: [0.001] });
  });

  it("answers the mean of its members", async () => {
    const { createEnsemble } = await service.data<{ createEnsemble: { model: object } }>(ENSEMBLE, {
      input: { name: "both", models: ["linear", "weak"] },
    });
    expect(createEnsemble.model).toMatchObject({
      name: "both",
      kind: "ENSEMBLE",
      members: [{ name: "linear" }, { name: "weak" }],
    });
    const smiles = ["CCCCCO", "CCCN", "CCCCCCCCOC=O"];
    const [one, other, mean] = [
      await predict("linear", smiles),
      await predict("weak", smiles),
      await predict("both", smiles),
    ];
    smiles.forEach((_, index) => {
      const [a, b, c] = [one, other, mean].map((answers) => scoresOf(answers[index]));
      for (const label of ["alcohol", "amine", "ester"]) expect(c[label]).toBeCloseTo((a[label] + b[label]) / 2, 6);
    });
  });

  it("made twice of the same models is one; with other models the name is taken", async () => {
    const again = await service.data<{ createEnsemble: { model: { name: string } } }>(ENSEMBLE, {
      input: { name: "both", models: ["weak", "linear"] },
    });
    expect(again.createEnsemble.model.name).toBe("both");
    expect(await service.refusal(ENSEMBLE, { input: { name: "both", models: ["keyed", "linear"] } })).toMatchObject({
      code: "CONFLICT",
      param: "name",
    });
  });

  it.each([
    [["linear"], "INVALID_CONFIG"],
    [["linear", "linear"], "INVALID_CONFIG"],
    [["linear", "base"], "INVALID_CONFIG"],
    [["linear", "classifier"], "INVALID_CONFIG"], // alcohol, ester, other
    [["linear", "both"], "INVALID_CONFIG"],
    [["linear", "nobody"], "NOT_FOUND"],
  ])("of %j is refused with %s", async (models, code) => {
    expect(await service.refusal(ENSEMBLE, { input: { name: "refused", models } })).toMatchObject({ code });
  });
});

describe("repeats", () => {
  interface Group {
    name: string;
    status: string;
    model: { name: string; labels: string[]; members: { name: string }[] } | null;
    runs: {
      name: string;
      status: string;
      input: { seed: number; split: object };
      evaluation: { accuracy: number; count: number };
    }[];
    scores: {
      split: string;
      name: string;
      mean: number;
      standardDeviation: number | null;
      count: number;
      values: number[];
    }[];
  }
  async function repeats(input: object): Promise<Group> {
    const { startRepeats } = await service.data<{ startRepeats: { group: { id: string; runs: { id: string }[] } } }>(
      REPEATS,
      { input },
    );
    const { id, runs } = startRepeats.group;
    for (const run of runs) await ended(service.application.runs, local(run.id));
    return (await service.data<{ runGroup: Group }>(GROUP, { id })).runGroup;
  }

  it("of seeds: one split, mean and deviation, and the mean of the models as a model", async () => {
    const group = await repeats({ finetune: finetune("seeds"), seeds: [1, 2, 3], ensemble: true });
    expect(group).toMatchObject({ name: "seeds", status: "SUCCEEDED" });
    expect(group.runs.map(({ name, input }) => [name, input.seed])).toEqual([
      ["seeds-1", 1],
      ["seeds-2", 2],
      ["seeds-3", 3],
    ]);
    const { rows } = await service.store.pool.query<{ members: string }>(
      `SELECT string_agg(a."memberId", ' ' ORDER BY a."memberId") AS members
       FROM "RunAssignment" a JOIN "Run" r ON r.id = a."runId"
       WHERE r.name LIKE 'seeds-%' AND a.split = 'TEST' GROUP BY r.id`,
    );
    expect(rows).toHaveLength(3);
    expect(new Set(rows.map(({ members }) => members)).size).toBe(1);
    const accuracy = group.scores.find(({ split, name }) => split === "TEST" && name === "accuracy")!;
    const each = group.runs.map(({ evaluation }) => evaluation.accuracy);
    expect(accuracy).toMatchObject({ count: 3, values: each });
    const mean = each.reduce((sum, value) => sum + value, 0) / 3;
    expect(accuracy.mean).toBeCloseTo(mean, 12);
    expect(accuracy.standardDeviation).toBeCloseTo(
      Math.sqrt(each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2),
      12,
    );

    expect(group.model).toMatchObject({
      name: "seeds",
      members: [{ name: "seeds-1" }, { name: "seeds-2" }, { name: "seeds-3" }],
    });
    const parts = await Promise.all(["seeds-1", "seeds-2", "seeds-3"].map((name) => predict(name, ["CCCCCCO"])));
    const [whole] = await predict("seeds", ["CCCCCCO"]);
    const expected = parts.map(([answer]) => scoresOf(answer).alcohol).reduce((sum, score) => sum + score, 0) / 3;
    expect(scoresOf(whole).alcohol).toBeCloseTo(expected, 6);
  });

  it("of folds: every molecule is tested once", async () => {
    const group = await repeats({ finetune: finetune("folds", { epochs: 1 }), folds: 3 });
    expect(group).toMatchObject({ status: "SUCCEEDED", model: null });
    expect(group.runs.map(({ evaluation }) => evaluation.count)).toEqual([20, 20, 20]);
    const { rows } = await service.store.pool.query<{ members: number; distinct: number }>(
      `SELECT count(*)::int AS members, count(DISTINCT a."memberId")::int AS distinct FROM "RunAssignment" a
       JOIN "Run" r ON r.id = a."runId" WHERE r.name LIKE 'folds-%' AND a.split = 'TEST'`,
    );
    expect(rows).toEqual([{ members: 60, distinct: 60 }]);
  });

  it("can be cancelled as one; its input has what the recipe chose for its runs", async () => {
    const { startRepeats } = await service.data<{ startRepeats: { group: { id: string; runs: { id: string }[] } } }>(
      REPEATS,
      {
        input: {
          finetune: finetune("endless", { recipe: "AUTO", epochs: 1000, batchSize: null }),
          seeds: [1, 2],
          ensemble: true,
        },
      },
    );
    const { id, runs } = startRepeats.group;
    await service.data(`mutation ($id: ID!) { cancelRunGroup(id: $id) { group { id } } }`, { id });
    for (const run of runs) await ended(service.application.runs, local(run.id));
    const { runGroup } = await service.data<{ runGroup: Group }>(GROUP, { id });
    expect(runGroup).toMatchObject({ status: "CANCELLED", model: null, scores: [] });
    const chosen = { recipe: "AUTO", epochs: 1000, batchSize: 8, augmentation: 4 };
    expect(runGroup.runs[0].input).toMatchObject({ ...chosen, recipe: "auto" });
    const asked = `query ($id: ID!) { runGroup(id: $id) { input { finetune {
      recipe epochs batchSize augmentation } } } }`;
    expect(await service.data(asked, { id })).toEqual({ runGroup: { input: { finetune: chosen } } });
  });

  it.each([
    [{ seeds: [1, 1] }, "INVALID_CONFIG", "seeds"],
    [{ seeds: [] }, "INVALID_CONFIG", "seeds"],
    [{}, "INVALID_CONFIG", "seeds"],
    [{ seeds: [1, 2], folds: 5 }, "INVALID_CONFIG", "folds"],
    [{ folds: 2 }, "INVALID_CONFIG", "folds"],
    [
      { folds: 3, finetune: finetune("x", { split: { strategy: "COLUMN", column: "superclass" } }) },
      "INVALID_CONFIG",
      "folds",
    ],
    [{ seeds: [1], ensemble: true }, "INVALID_CONFIG", "ensemble"],
    [{ seeds: [1, 2], finetune: finetune("x", { idempotencyKey: "k" }) }, "INVALID_CONFIG", "finetune.idempotencyKey"],
    [{ seeds: [1, 2], finetune: finetune("x", { target: "taste" }) }, "UNKNOWN_TARGET", "target"],
    [{ seeds: [1, 2], finetune: finetune("seeds") }, "CONFLICT", "name"],
  ])("%j are refused with %s, and no run is left", async (changes, code, param) => {
    const before = await service.store.prisma.run.count();
    const input = { finetune: finetune("refused"), ...changes };
    expect(await service.refusal(REPEATS, { input })).toMatchObject({ code, param });
    expect(await service.store.prisma.run.count()).toBe(before);
  });
});

describe("augmentation and averaging over random SMILES", () => {
  it("trains on other forms, evaluates over several, and predicts their mean, always the same", async () => {
    const start = `mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }`;
    const input = finetune("written", { epochs: 6, augmentation: 4, evaluationForms: 3 });
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(start, { input });
    expect(await finished(startFinetune.run.id)).toMatchObject({ status: "SUCCEEDED", error: null });
    const [alone] = await predict("written", ["CCCC(C)CO"]);
    const [mean] = await predict("written", ["CCCC(C)CO"], 8);
    const [again] = await predict("written", ["OCC(C)CCC"], 8);
    expect(mean.id).not.toBe(alone.id);
    expect(again.id).toBe(mean.id);
    const smiles = (await service.application.chemistry.parse(["CCCC(C)CO"]))[0];
    if (!smiles.ok) throw new Error("no molecule");
    const canonical = smiles.molecule.smiles;
    const [others] = await service.application.chemistry.randomForms([canonical], { seed: 0, count: 7 });
    const tokenizer = await service.application.tokenizer(
      await service.store.prisma.model.findFirstOrThrow({ where: { name: "written" } }),
    );
    const row = await service.store.prisma.model.findFirstOrThrow({ where: { name: "written" } });
    const logits = await service.application.compute.infer({
      model: service.application.modelReference(row),
      output: "LOGITS",
      tokenIds: [canonical, ...others].map((text) => tokenizer.encode(text, 64)),
    });
    const share = (values: Float32Array) => {
      const powers = [...values].map(Math.exp);
      return powers[0] / powers.reduce((sum, value) => sum + value, 0);
    };
    const expected = logits.map(share).reduce((sum, value) => sum + value, 0) / 8;
    expect(scoresOf(mean).alcohol).toBeCloseTo(expected, 5);
  });

  it.each([0, 33])("over %d forms is refused", async (averageOver) => {
    const refusal = await service.refusal(PREDICT, { smiles: ["C"], model: "classifier", averageOver });
    expect(refusal).toMatchObject({ code: "BAD_INPUT", param: "averageOver" });
  });
});
