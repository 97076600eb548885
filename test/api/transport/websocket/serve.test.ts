/** graphql-transport-ws as specified: close codes, and every kind of disconnect releases its resources. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../../../src/api/transport/server.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { until } from "../../../support/compute.js";
import { FakeCompute } from "../../../support/fake-compute.js";
import { gate, seedDataset } from "../../../support/run-fixtures.js";
import { acknowledged, all, bareSocket, subscriber } from "../../../support/sockets.js";

const METRICS = "subscription ($runId: ID!) { runMetrics(runId: $runId) { sequence value } }";
let service: TestService;
const compute = new FakeCompute();
beforeAll(async () => {
  service = await startTestService({ compute });
  await seedDataset(service.store, undefined, "seeds");
});
afterAll(() => service.close());

let runs = 0;
async function startRun(): Promise<string> {
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    `mutation ($name: String!) {
       startFinetune(input: {
         name: $name, baseModel: "base", dataset: "seeds", target: "superclass",
         recipe: PUBLISHED, epochs: 2, batchSize: 10, split: { strategy: RANDOM }
       }) { run { id } }
     }`,
    { name: `run-${++runs}` },
  );
  return startFinetune.run.id;
}
const metricsOf = (runId: string) => ({
  type: "subscribe",
  id: "1",
  payload: { query: METRICS, variables: { runId } },
});

describe("close codes", () => {
  it("4400 for an invalid message", async () => {
    for (const message of [
      "{",
      "[]",
      `{"type":"nonsense"}`,
      `{"type":"subscribe","id":"1"}`,
      `{"type":"subscribe","id":"","payload":{"query":"{ a }"}}`,
    ]) {
      const socket = await acknowledged(service.url);
      socket.send(message);
      expect(await socket.closed).toBe(4400);
    }
  });

  it("4401 for an operation before connection_ack", async () => {
    const socket = await bareSocket(service.url);
    socket.send({ type: "subscribe", id: "1", payload: { query: "{ health { live } }" } });
    expect(await socket.closed).toBe(4401);
  });

  it("4406 without the protocol", async () => {
    expect(await (await bareSocket(service.url, { protocol: "" })).closed).toBe(4406);
  });

  it("4408 when connection_init does not come", async () => {
    const server = await startServer({ application: service.application, port: 0, initTimeoutMs: 20 });
    expect(await (await bareSocket(server.url)).closed).toBe(4408);
    await server.close();
  });

  it("4409 for an id that is in use", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const runId = await startRun();
    const socket = await acknowledged(service.url);
    socket.send(metricsOf(runId));
    socket.send(metricsOf(runId));
    expect(await socket.closed).toBe(4409);
    blocked.open();
  });

  it("4429 for a second connection_init", async () => {
    const socket = await acknowledged(service.url);
    socket.send({ type: "connection_init" });
    expect(await socket.closed).toBe(4429);
  });

  it("403 for another path, before there is a socket", async () => {
    expect((await bareSocket(service.url, { path: "/other" })).outcome).toBe(403);
  });
});

describe("an operation", () => {
  it("is answered: queries and mutations too, and ping by pong", async () => {
    const socket = await acknowledged(service.url);
    socket.send({ type: "ping", payload: { a: 1 } });
    expect(await socket.next()).toEqual({ type: "pong", payload: { a: 1 } });
    socket.send({ type: "subscribe", id: "q", payload: { query: "{ health { live ready } }" } });
    expect(await socket.next()).toEqual({
      type: "next",
      id: "q",
      payload: { data: { health: { live: true, ready: true } } },
    });
    expect(await socket.next()).toEqual({ type: "complete", id: "q" });
    socket.cut();
  });

  it("that fails answers an error with its code, and the connection stays open", async () => {
    const socket = await acknowledged(service.url);
    const failing = [
      [{ query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: "{" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: METRICS, variables: {} }, "BAD_USER_INPUT"],
      [{ query: METRICS, variables: { runId: "x" } }, "BAD_INPUT"],
      [{ query: "query A { __typename } query B { __typename }", operationName: "C" }, undefined],
    ] as const;
    for (const [payload, code] of failing) {
      socket.send({ type: "subscribe", id: "1", payload });
      const { type, payload: answer } = await socket.next();
      const errors = type === "error" ? answer : (answer as { errors: unknown }).errors;
      expect((errors as { extensions?: { code: string } }[])[0].extensions?.code).toBe(code);
      if (type === "next") expect((await socket.next()).type).toBe("complete");
    }
    socket.cut();
  });

  it("beyond 100 at once on one socket is refused, and each one that ends allows another", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const runId = await startRun();
    const socket = await acknowledged(service.url);
    for (let index = 0; index < 101; index++) socket.send({ ...metricsOf(runId), id: String(index) });
    const refused = await socket.next();
    expect(refused).toMatchObject({
      type: "error",
      id: "100",
      payload: [{ extensions: { code: "LIMIT_EXCEEDED", limit: "operations", maximum: 100 } }],
    });
    socket.send({ type: "complete", id: "0" });
    socket.send({ type: "subscribe", id: "q", payload: { query: "{ __typename }" } });
    expect(await socket.next()).toMatchObject({ type: "next", id: "q" });
    socket.cut();
    blocked.open();
  });
});

describe("a subscriber of a run in which nothing happens leaves nothing behind", () => {
  const blocked = gate();
  let runId: string;
  beforeAll(async () => {
    await until(() => service.application.runs.followed === 0);
    compute.beforeStep = () => blocked.opened;
    runId = await startRun();
  });
  afterAll(() => blocked.open());

  const followed = async () => {
    const socket = await acknowledged(service.url);
    socket.send(metricsOf(runId));
    await until(() => service.application.runs.followed === 1);
    return socket;
  };

  it("when it completes the operation", async () => {
    const socket = await followed();
    socket.send({ type: "complete", id: "1" });
    await until(() => service.application.runs.followed === 0);
    // The connection is still open.
    socket.send({ type: "ping" });
    expect((await socket.next()).type).toBe("pong");
    socket.cut();
  });

  it("when its connection is cut", async () => {
    (await followed()).cut();
    await until(() => service.application.runs.followed === 0);
  });

  it("when the server closes: 1001", async () => {
    const server = await startServer({ application: service.application, port: 0 });
    const socket = await acknowledged(server.url);
    socket.send(metricsOf(runId));
    await until(() => service.application.runs.followed === 1);
    await server.close();
    expect(await socket.closed).toBe(1001);
    await until(() => service.application.runs.followed === 0);
  });

  it("and one that stays connected gets the rest", async () => {
    const client = subscriber(service.url);
    const events = all(client.events<{ runMetrics: { sequence: number } }>(METRICS, { runId }));
    await until(() => service.application.runs.followed === 1);
    blocked.open();
    const sequences = (await events).map(({ data }) => data?.runMetrics.sequence);
    expect(sequences.length).toBeGreaterThan(5);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    await client.close();
  });
});
