/**
 * Work for which nobody waits ends, whichever field it is for and however its client went: its signal reaches RDKit,
 * the compute pool, analyses and evaluations, whose first call is held here until the signal aborts. Then all places
 * are free, and a neighbour is answered. Which process ends with a signal, the tests of these layers show.
 */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import type { FastifyReply } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { departure } from "../../../src/api/transport/departure.js";
import { checkpoints } from "../../../src/compute/jobs/checkpoints.js";
import { SharedWork } from "../../../src/process/shared-work.js";
import { alkyls, FIXTURES, importLibrary, post, startTestService, type TestService } from "../../support/api.js";
import { until } from "../../support/compute.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { Holder } from "../../support/holder.js";
import { acknowledged } from "../../support/sockets.js";

const NONE = { computation: 0, analysis: 0 };
const holder = new Holder();
const compute = new FakeCompute();
compute.scoreOf = () => 0.5;
let service: TestService;
let runIds: string[];
beforeAll(async () => {
  service = await startTestService({ compute, modelRoots: [FIXTURES], transport: { graceMs: 200 } });
  await importLibrary(service, "alkyls", alkyls(8));
  runIds = [await finishedRun("one"), await finishedRun("two")];
  // Their vectors are stored: analyses have nothing to wait for but themselves.
  const smiles = alkyls(8).map((row) => row.smiles);
  await service.data(`query ($smiles: [String!]!) { embed(smiles: $smiles, model: "base") { __typename } }`, {
    smiles,
  });
  const { chemistry, evaluations } = service.application;
  holder.wrap(compute, "infer", "pca");
  holder.wrap(compute.analysisLine, "analyse", "writeRandomWeights");
  holder.wrap(chemistry, "parse", "canonical", "draw", "fingerprints", "randomForms");
  holder.wrap(chemistry.search, "readSmarts", "fingerprints", "match");
  holder.wrap(evaluations, "report", "compare");
  holder.wrap(checkpoints, "settle");
});
afterAll(() => service.close());
afterEach(async () => {
  holder.release();
  await until(() => holder.held === 0);
});

async function finishedRun(name: string): Promise<string> {
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    `mutation ($name: String!) { startFinetune(input: { name: $name, baseModel: "base", dataset: "alkyls",
       target: "superclass", minClassSize: 2, recipe: PUBLISHED, epochs: 1,
       split: { strategy: RANDOM } }) { run { id } } }`,
    { name },
  );
  const { id } = startFinetune.run;
  for (;;) {
    const { run } = await service.data<{ run: { status: string } }>("query ($id: ID!) { run(id: $id) { status } }", {
      id,
    });
    if (run.status === "SUCCEEDED") return id;
    if (run.status === "FAILED") throw new Error("the run failed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const SPACE = `model: "base", dataset: "alkyls"`;
/** Each with other values, so that nothing is kept. */
let seed = 0;
const separation = () =>
  `separation(models: ["base"], dataset: "alkyls", labelSet: "superclass", sample: 50, seed: ${++seed}) { folds }`;
const evaluation = (fields: string) => `run(id: "${runIds[0]}") { evaluation(split: TEST) { ${fields} } }`;
/** A molecule that nothing has seen. */
const fresh = () => `${"C".repeat(20 + ++seed)}N`;
const FIELDS: Record<string, () => string> = {
  "predict: molecules": () => `predict(smiles: ["${fresh()}"], model: "classifier") { __typename }`,
  "predict: ways of writing": () =>
    `predict(smiles: ["${fresh()}"], model: "classifier", averageOver: 3) { __typename }`,
  "embed: molecules": () => `embed(smiles: ["${fresh()}"], model: "base") { __typename }`,
  compound: () => `compound(smiles: "CCO") { id }`,
  "compounds: a drawing each": () => "compounds(first: 2) { edges { node { svg } } }",
  "compounds: substructure": () => `compounds(first: 2, filter: { substructure: "CO" }) { totalCount }`,
  "compounds: similar molecules": () =>
    `compounds(first: 2, filter: { similarTo: { smiles: "CCO", threshold: 0.5 } }) { totalCount }`,
  "compounds: similar embeddings": () =>
    `compounds(first: 2, filter: { similarTo: { smiles: "CCO", method: EMBEDDING, model: "base" } }) { totalCount }`,
  "projection: PCA": () => `projection(${SPACE}) { components }`,
  "projection: TSNE": () =>
    `projection(${SPACE}, method: TSNE, map: { seed: ${++seed}, perplexity: 5 }) { components }`,
  "projection: missing vectors": () => `projection(${SPACE}, layer: 0) { components }`,
  clusters: () => `clusters(${SPACE}, k: 2, seed: ${++seed}) { k }`,
  neighbours: () => `neighbours(${SPACE}, smiles: "CCO") { distance }`,
  outliers: () => `outliers(${SPACE}) { count }`,
  separation,
  "evaluation: intervals": () => evaluation("intervals { name }"),
  "evaluation: figure": () => evaluation("figure(kind: CALIBRATION)"),
  compareRuns: () => `compareRuns(a: "${runIds[0]}", b: "${runIds[1]}") { split }`,
};
const MUTATIONS: Record<string, () => string> = {
  importDataset: () => `importDataset(input: { name: "more", rows: [{ line: 1, smiles: "CC" }] }) { dataset { id } }`,
  addModel: () => `addModel(input: { name: "added", folder: "${join(FIXTURES, "tiny-bert")}" }) { model { id } }`,
};
const OPERATIONS = [
  ...Object.entries(FIELDS).map(([name, field]) => [name, () => `{ ${field()} }`] as const),
  ...Object.entries(MUTATIONS).map(([name, field]) => [name, () => `mutation { ${field()} }`] as const),
];

/** Asks; the answer ends the asking in a way of its own. */
const WAYS: Record<string, (query: string) => Promise<() => unknown>> = {
  "HTTP client that leaves": async (query) => {
    const leaving = new AbortController();
    const body = JSON.stringify({ query });
    const headers = { "content-type": "application/json" };
    const asked = fetch(`${service.url}/graphql`, { method: "POST", headers, body, signal: leaving.signal });
    asked.catch(() => undefined);
    return () => leaving.abort();
  },
  "WebSocket that completes": async (query) => {
    const socket = await acknowledged(service.url);
    socket.send({ type: "subscribe", id: "1", payload: { query } });
    return async () => {
      socket.send({ type: "complete", id: "1" });
      await until(() => holder.held === 0);
      // It is still open.
      socket.send({ type: "ping" });
      expect((await socket.next()).type).toBe("pong");
      socket.cut();
    };
  },
  "WebSocket that is cut": async (query) => {
    const socket = await acknowledged(service.url);
    socket.send({ type: "subscribe", id: "1", payload: { query } });
    return () => socket.cut();
  },
};

async function nothingIsLeft(): Promise<void> {
  await until(() => holder.held === 0);
  await until(() => Object.values(service.server.computing()).every((count) => count === 0));
  holder.release();
  const neighbour = await service.ask(`{ embed(smiles: ["CCO"], model: "base") { __typename } }`);
  expect(neighbour).toMatchObject({ status: 200, data: { embed: [{ __typename: "Embedding" }] } });
  expect(service.problems).toEqual([]);
}

describe.each(Object.entries(WAYS))("a %s", (_way, ask) => {
  it.each(OPERATIONS)("ends the work of %s", async (_name, query) => {
    holder.holding = true;
    const leave = await ask(query());
    await until(() => holder.held > 0);
    await leave();
    await nothingIsLeft();
  });
});

describe("an answer that is complete because another field failed", () => {
  const broken = `broken: predict(smiles: ["C"], model: "none") { __typename }`;

  it.each(Object.entries(FIELDS))("ends the work of %s over HTTP", async (_name, field) => {
    holder.holding = true;
    const { errors } = await service.ask(`{ ${field()} ${broken} }`);
    expect(errors?.map(({ extensions }) => extensions.code)).toContain("NOT_FOUND");
    await nothingIsLeft();
  });

  it("ends the work over WebSocket", async () => {
    holder.holding = true;
    const socket = await acknowledged(service.url);
    socket.send({ type: "subscribe", id: "1", payload: { query: `{ ${separation()} ${broken} }` } });
    expect(await socket.next()).toMatchObject({ payload: { errors: [{ extensions: { code: "NOT_FOUND" } }] } });
    await nothingIsLeft();
    socket.cut();
  });
});

it("ends nobody's work but that of the one who left, and what two share with the second of them", async () => {
  holder.holding = true;
  const asking = vi.spyOn(SharedWork.prototype, "do");
  const query = `{ ${separation()} }`;
  const asked = await Promise.all([WAYS["HTTP client that leaves"](query), WAYS["WebSocket that completes"](query)]);
  await until(() => asking.mock.calls.length === 2 && holder.held === 1);
  await asked[0]();
  await until(() => service.server.computing().analysis === 1);
  expect(holder.held).toBe(1);
  await asked[1]();
  await nothingIsLeft();
  expect(asking).toHaveBeenCalledTimes(2);
  asking.mockRestore();
});

it("ends with the server, after its time to be answered", async () => {
  holder.holding = true;
  const socket = await acknowledged(service.url);
  socket.send({ type: "subscribe", id: "1", payload: { query: `{ ${separation()} }` } });
  await until(() => holder.held === 1);
  await service.server.close();
  expect(await socket.closed).toBe(1001);
  await until(() => holder.held === 0);
  expect(service.server.computing()).toEqual(NONE);
  expect(await post(service.url, { query: "{ __typename }" }).catch(() => "closed")).toBe("closed");
});

it("a client that has left before its request is worked on has left", () => {
  const raw = new ServerResponse(new IncomingMessage(new Socket()));
  const before = departure({ raw } as FastifyReply);
  expect(before.aborted).toBe(false);
  raw.destroy();
  expect(departure({ raw } as FastifyReply).aborted).toBe(true);
});
