/** startPretraining: what is refused before there is a run, what the run says, and what its model is good for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { all, type Subscriber, subscriber } from "../../support/sockets.js";

const START = `mutation ($input: StartPretrainingInput!) { startPretraining(input: $input) { run { id status } } }`;
const SHAPE = { layers: 1, width: 16, heads: 2, maxLength: 32 };

let service: TestService;
let socket: Subscriber;
beforeAll(async () => {
  service = await startTestService({
    compute: new FakeCompute(),
    models: { masked: "tiny-bert-masked", plain: "tiny-bert" },
  });
  socket = subscriber(service.url);
  await importLibrary(service, "alkyls", alkyls(14));
});
afterAll(async () => {
  await socket?.close();
  await service?.close();
});

const start = async (input: object): Promise<string> =>
  (await service.data<{ startPretraining: { run: { id: string } } }>(START, { input })).startPretraining.run.id;
const errorOf = async (input: object) => {
  const { errors } = await service.ask(START, { input });
  const extensions = errors?.[0]?.extensions as { code: string; param?: string } | undefined;
  return [extensions?.code, extensions?.param];
};
const ended = (id: string) =>
  all(socket.events<object>("subscription ($id: ID!) { runUpdated(id: $id) { status } }", { id }));

describe("an order", () => {
  it.each([
    ["of a dataset that is not there", { dataset: "none" }, ["NOT_FOUND", "dataset"]],
    ["of a model that is not there", { baseModel: "none" }, ["NOT_FOUND", "baseModel"]],
    ["of a model without masked tokens", { baseModel: "plain" }, ["INVALID_CONFIG", "baseModel"]],
    ["with a base and a shape", { baseModel: "masked", width: 16 }, ["INVALID_CONFIG", "width"]],
    ["with a width that the heads do not divide", { width: 16, heads: 3 }, ["INVALID_CONFIG", "width"]],
    ["of more weights than fit", { width: 8_192, layers: 96, heads: 128 }, ["INVALID_CONFIG", "width"]],
    ["on a device that is not there", { device: "cuda:7" }, ["DEVICE_UNAVAILABLE", "device"]],
    ["by the name of a model", { name: "masked" }, ["CONFLICT", "name"]],
  ])("%s is refused", async (_, changes, expected) => {
    expect(await errorOf({ name: "refused", dataset: "alkyls", ...changes })).toEqual(expected);
  });

  it("with the key of an earlier one is the same run, and with another input a conflict", async () => {
    const input = { name: "keyed", dataset: "alkyls", ...SHAPE, idempotencyKey: "once" };
    const id = await start(input);
    expect(await start(input)).toBe(id);
    expect(await errorOf({ ...input, seed: 1 })).toEqual(["CONFLICT", "idempotencyKey"]);
  });
});

it("is a run whose settings, metrics, scores and model are there, and its model a base", async () => {
  const id = await start({ name: "made", dataset: "alkyls", ...SHAPE, tokens: 1_000, evalSteps: 2 });
  await ended(id);
  const { run } = await service.data<{ run: Record<string, unknown> & { model: object } }>(
    `query ($id: ID!) { run(id: $id) {
       kind status task target targets baseModel { name } progress { step totalSteps }
       input { ... on PretrainSettings {
         name dataset baseModel layers width heads maxLength tokens batchSize warmupRatio evalSteps } }
       metrics(split: VALIDATION, name: "accuracy") { step value }
       evaluation(split: VALIDATION) { task count splitStrategy scores { name value } intervals { name } }
       model { name task baseModel { name } producedBy { name } } } }`,
    { id },
  );
  expect(run).toEqual({
    ...{ kind: "PRETRAIN", status: "SUCCEEDED", task: "MASKED_LANGUAGE_MODEL", target: null, targets: [] },
    baseModel: null,
    progress: { step: 4, totalSteps: 4 },
    input: {
      ...{ name: "made", dataset: "alkyls", baseModel: null, ...SHAPE, tokens: 1_000 },
      ...{ batchSize: 32, warmupRatio: 0.03, evalSteps: 2 },
    },
    metrics: [
      { step: 2, value: 0.25 },
      { step: 4, value: 0.5 },
    ],
    evaluation: {
      ...{ task: "MASKED_LANGUAGE_MODEL", count: 3, splitStrategy: null, intervals: null },
      scores: [
        { name: "loss", value: 0.75 },
        { name: "accuracy", value: 0.5 },
      ],
    },
    model: { name: "made", task: "MASKED_LANGUAGE_MODEL", baseModel: null, producedBy: { name: "made" } },
  });
  const further = await start({ name: "further", dataset: "alkyls", baseModel: "made" });
  await ended(further);
  const list = await service.data<{ runs: { edges: { node: object }[] } }>(
    `{ runs(first: 1, filter: { kind: PRETRAIN, baseModel: "made" }) {
       edges { node { name status baseModel { name } model { baseModel { name } } } } } }`,
  );
  const base = { name: "made" };
  expect(list.runs.edges.map(({ node }) => node)).toEqual([
    { name: "further", status: "SUCCEEDED", baseModel: base, model: { baseModel: base } },
  ]);
});
