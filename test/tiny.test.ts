/** The whole product on one page: tokenize, embed, project, finetune 20 steps, watch, predict. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadTokenizer } from "../src/tokenizer/index.js";
import { alkyls, FIXTURES, importLibrary, startTestService, type TestService } from "./support/api.js";
import { all, subscriber } from "./support/sockets.js";

let maillard: TestService;
beforeAll(async () => {
  maillard = await startTestService();
});
afterAll(() => maillard.close());

it("tokenize", async () => {
  const tokenizer = await loadTokenizer(join(FIXTURES, "tiny-bert"));
  // [CLS] C C O [SEP]
  expect([...tokenizer.encode("CCO", 64)]).toEqual([2, 5, 5, 10, 3]);
});

it("embed", async () => {
  const { embed } = await maillard.data<{ embed: { dimension: number; vector: number[] }[] }>(
    `{ embed(smiles: ["CCO"], model: "base", pooling: CLS) { ... on Embedding { dimension vector } } }`,
  );
  expect(embed[0].dimension).toBe(32);
  expect(embed[0].vector.every(Number.isFinite)).toBe(true);
});

it("project", async () => {
  await importLibrary(maillard, "alkyls", alkyls(20));
  const { projection } = await maillard.data<{ projection: { points: { label: string }[]; svg: string } }>(
    `{
      projection(model: "base", dataset: "alkyls", method: PCA, colorBy: "superclass") {
        points { label coordinates } svg } }`,
  );
  expect(projection.points).toHaveLength(60);
  expect(projection.svg).toMatch(/<svg .*<\/svg>/s);
});

it("finetune, watch, predict", async () => {
  const { startFinetune } = await maillard.data<{ startFinetune: { run: { id: string } } }>(
    `mutation {
      startFinetune(input: {
        name: "mine", baseModel: "base", dataset: "alkyls", target: "superclass", recipe: PUBLISHED, epochs: 5,
        batchSize: 12,
        learningRate: 0.007, dropout: 0, split: { strategy: STRATIFIED, fractions: [0.8, 0.1, 0.1] }
      }) { run { id } } }`,
  );
  const client = subscriber(maillard.url);
  const events = await all(
    client.events<{ runMetrics: { sequence: number; step: number; split: string; name: string; value: number } }>(
      `subscription ($id: ID!) { runMetrics(runId: $id) { sequence step split name value } }`,
      { id: startFinetune.run.id },
    ),
  );
  await client.close();
  const metrics = events.flatMap(({ data }) => data?.runMetrics ?? []);
  expect(metrics.at(-1)?.step).toBe(20);
  const losses = metrics.filter(({ split, name }) => split === "TRAIN" && name === "loss").map(({ value }) => value);
  // Three classes in equal parts: a model without knowledge of them has the loss ln 3 = 1.0986.
  expect(losses[0]).toBeGreaterThan(1.05);
  expect(losses.slice(-4).reduce((sum, value) => sum + value) / 4).toBeLessThan(1);

  const { predict } = await maillard.data<{ predict: { label: string }[] }>(
    `query ($smiles: [String!]!) { predict(smiles: $smiles, model: "mine") { ... on Prediction { label } } }`,
    { smiles: alkyls(20).map(({ smiles }) => smiles) },
  );
  const right = predict.filter(({ label }, index) => label === alkyls(20)[index].labels?.superclass);
  expect(right.length).toBeGreaterThan(30);
});
