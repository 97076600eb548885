/** No N + 1: a list of 100 with every edge costs exactly the SQL statements of a list of 10. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStatements } from "../../src/store/pool.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";

let service: TestService;
const library = alkyls(40).slice(0, 110);
beforeAll(async () => {
  service = await startTestService();
  // The worker polls the queue, and its statements would be counted.
  await service.application.runs.close();
  await importLibrary(service, "ten", library.slice(100));
  await importLibrary(service, "hundred", library.slice(0, 100));
  const smiles = library.map((row) => row.smiles);
  await service.data(`query ($smiles: [String!]!) { predict(smiles: $smiles, model: "classifier") { __typename } }`, {
    smiles,
  });
  for (const dataset of ["ten", "hundred"])
    await service.data(`query ($dataset: String!) { projection(model: "base", dataset: $dataset) { components } }`, {
      dataset,
    });
});
afterAll(() => service.close());

/** Statements of one operation that runs alone, with those of the rows behind its answer. */
async function statements(query: string, variables: object): Promise<number> {
  const { predictions, embeddings } = service.application;
  // Each looks its model up.
  service.store.models.clear();
  const counted = await countStatements(service.store, async () => {
    await service.data(query, variables);
    await Promise.all([predictions.written(), embeddings.written()]);
  });
  return counted.statements;
}

const EDGES = `id name formula labels { labelSet value dataset { name size } } datasets { name labelSets { name } }
  predictions(model: "classifier") { label labels { label score } model { name baseModel { name } } compound { name } }
  embeddings(model: "base", pooling: CLS) { dimension model { name producedBy { name } } }`;

describe("the number of statements is the same for 10 and for 100", () => {
  it("compounds of a list", async () => {
    const LIST = `query ($first: Int!) {
      compounds(first: $first) {
        totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { ${EDGES} } } } }`;
    const ten = await statements(LIST, { first: 10 });
    expect(ten).toBeGreaterThan(5);
    expect(await statements(LIST, { first: 100 })).toBe(ten);
  });

  it("members of a dataset", async () => {
    const MEMBERS = `query ($name: String!) {
      dataset(name: $name) { compounds(first: 100) { totalCount edges { node { ${EDGES} } } } } }`;
    expect(await statements(MEMBERS, { name: "hundred" })).toBe(await statements(MEMBERS, { name: "ten" }));
  });

  it("points of a projection", async () => {
    const POINTS = `query ($dataset: String!) {
      projection(model: "base", dataset: $dataset, colorBy: "superclass") {
        model { name } dataset { name } svg
        points { label split coordinates compound { id name datasets { name } labels { value } } } } }`;
    const ten = await statements(POINTS, { dataset: "ten" });
    expect(ten).toBeGreaterThan(5);
    expect(await statements(POINTS, { dataset: "hundred" })).toBe(ten);
  });

  it("predictions and embeddings, kept or computed", async () => {
    const PREDICT = `query ($smiles: [String!]!) {
      predict(smiles: $smiles, model: "classifier") {
        ... on Prediction {
          id label labels { label } model { name } compound { id name labels { value dataset { name } } } } } }`;
    const EMBED = `query ($smiles: [String!]!) { embed(smiles: $smiles, model: "classifier", pooling: MEAN) {
      ... on Embedding { id vector model { name } compound { id name labels { value dataset { name } } } } } }`;
    const smiles = library.map((row) => row.smiles);
    const kept = await statements(PREDICT, { smiles: smiles.slice(0, 10) });
    expect(await statements(PREDICT, { smiles: smiles.slice(0, 100) })).toBe(kept);
    await service.store.prisma.prediction.deleteMany();
    const computed = await statements(PREDICT, { smiles: smiles.slice(0, 10) });
    expect(computed).toBeGreaterThan(kept);
    expect(await statements(PREDICT, { smiles: smiles.slice(10) })).toBe(computed);
    const embedded = await statements(EMBED, { smiles: smiles.slice(0, 10) });
    expect(await statements(EMBED, { smiles: smiles.slice(10) })).toBe(embedded);
  });

  it("runs with their models, scores and metrics", async () => {
    const RUNS = `query ($first: Int!) {
      runs(first: $first) {
        totalCount
        edges {
          node {
            id name target progress { step } dataset { name labelSets { name } }
            baseModel { name baseModel { name } } model { name producedBy { name } } splitSizes { split count }
            evaluation(split: TEST) { accuracy } metrics(name: "loss", first: 5) { value }
            scores { value } origin { run { name } } verbs tags latestMetrics { value }
            events(level: WARNING) { kind } attempts { attempt } } } } }`;
    await seedRuns(12);
    const two = await statements(RUNS, { first: 2 });
    expect(await statements(RUNS, { first: 12 })).toBe(two);
  });

  it("groups of runs with their runs, scores and ensembles", async () => {
    const GROUPS = `query ($first: Int!) {
      runGroups(first: $first) {
        totalCount
        edges {
          node {
            name status runs { name model { name } evaluation(split: TEST) { accuracy } } scores { mean }
            model { name members { name } } } } } }`;
    await seedGroups(10);
    const two = await statements(GROUPS, { first: 2 });
    expect(two).toBeGreaterThan(5);
    expect(await statements(GROUPS, { first: 10 })).toBe(two);
    const { runGroups } = await service.data<{ runGroups: { edges: { node: Record<string, unknown> }[] } }>(GROUPS, {
      first: 10,
    });
    for (const { node } of runGroups.edges)
      expect(node).toMatchObject({
        status: "SUCCEEDED",
        runs: [{ model: {} }, { model: {} }],
        model: { members: [{}, {}] },
        scores: expect.arrayContaining([{ mean: 0.75 }]),
      });
  });

  it("an import, for any number of rows", async () => {
    const IMPORT = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { size } } }";
    const rows = library.map(({ smiles }, index) => ({ line: index + 1, smiles, labels: [{ set: "x", value: "y" }] }));
    const few = await statements(IMPORT, { input: { name: "few", rows: rows.slice(0, 10) } });
    expect(await statements(IMPORT, { input: { name: "all", rows } })).toBe(few);
  });
});

/** Ended runs with metrics and a score each, as rows: no training is needed here. */
async function seedRuns(count: number): Promise<void> {
  const { prisma } = service.store;
  const base = await prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const dataset = await prisma.dataset.findFirstOrThrow({ where: { name: "ten" } });
  for (let index = 0; index < count; index++) {
    const id = `run-${String(index).padStart(3, "0")}`;
    await prisma.run.create({
      data: {
        id,
        kind: "FINETUNE",
        name: id,
        status: "SUCCEEDED",
        inputHash: id,
        input: { target: "superclass" },
        datasetId: dataset.id,
        baseModelId: base.id,
        modelId: index === count - 1 ? base.id : null,
        lastSequence: 1,
        metrics: { create: { sequence: 1, step: 1, epoch: 1, split: "TRAIN", name: "loss", value: 1 } },
        evaluations: { create: { split: "TEST", report: { accuracy: 1 } } },
      },
    });
  }
}

/** Ended groups of two runs with a model and a score each, and their ensemble, as rows. */
async function seedGroups(count: number): Promise<void> {
  const { prisma } = service.store;
  const { id: _id, createdAt: _createdAt, ...base } = await prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const { id: baseModelId } = await prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const dataset = await prisma.dataset.findFirstOrThrow({ where: { name: "ten" } });
  const model = (id: string, composition?: object) =>
    prisma.model.create({ data: { ...base, id, name: id, labels: ["a", "b"], composition } });
  for (let index = 0; index < count; index++) {
    const group = `group-${index}`;
    const members = [`${group}-1`, `${group}-2`];
    for (const member of members) await model(member);
    await model(group, { kind: "ENSEMBLE", members });
    const input = { target: "superclass" };
    await prisma.runGroup.create({ data: { id: group, name: group, inputHash: group, input, modelId: group } });
    for (const [groupIndex, id] of members.entries())
      await prisma.run.create({
        data: {
          id,
          kind: "FINETUNE",
          name: id,
          status: "SUCCEEDED",
          inputHash: id,
          input,
          groupId: group,
          groupIndex,
          datasetId: dataset.id,
          baseModelId,
          modelId: id,
          evaluations: {
            create: { split: "TEST", report: { loss: 0.5, accuracy: 0.5 + 0.5 * groupIndex, macroF1: 0.5 } },
          },
        },
      });
  }
}
