/**
 * Streams of events over HTTP: server-sent events as graphql-sse has them, and Apollo's multipart protocol, with the
 * limits, prices, keys and errors that WebSockets have.
 */
import { connect } from "node:net";
import { createClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globalId } from "../../../../src/api/ids.js";
import { type Server, startServer } from "../../../../src/api/transport/server.js";
import { newId } from "../../../../src/store/index.js";
import { startTestService, type TestService } from "../../../support/api.js";
import { until } from "../../../support/compute.js";
import { FakeCompute } from "../../../support/fake-compute.js";
import { gate, seedDataset } from "../../../support/run-fixtures.js";
import { all, bareSocket, subscriber } from "../../../support/sockets.js";

const METRICS = "subscription ($id: ID!, $after: Int) { runMetrics(id: $id, after: $after) { sequence name value } }";
const MULTIPART = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json';
const EVENTS = "text/event-stream";

let service: TestService;
const compute = new FakeCompute();
/** A run that has ended. */
let runId: string;
let sequences: number[];
beforeAll(async () => {
  service = await startTestService({ compute, heartbeatMs: 100 });
  await seedDataset(service.store, undefined, "seeds");
  runId = await startRun("ended");
  const socket = subscriber(service.url);
  const events = await all(socket.events<{ runMetrics: { sequence: number } }>(METRICS, { id: runId }));
  sequences = events.map(({ data }) => data?.runMetrics.sequence as number);
  expect(sequences.length).toBeGreaterThan(5);
  await socket.close();
});
afterAll(() => service.close());

async function startRun(name: string): Promise<string> {
  const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
    `mutation ($name: String!) { startFinetune(input: { name: $name, baseModel: "base", dataset: "seeds",
       target: "superclass", epochs: 2, batchSize: 10, split: { strategy: RANDOM } }) { run { id } } }`,
    { name },
  );
  return startFinetune.run.id;
}

interface Ask {
  url?: string;
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
const ask = (query: string, variables: object = {}, { url, accept = EVENTS, headers, signal }: Ask = {}) =>
  fetch(`${url ?? service.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept, ...headers },
    body: JSON.stringify({ query, variables }),
    signal,
  });

interface Event {
  id?: string;
  event?: string;
  data?: string;
}
/** Comments are events without fields. */
const eventsIn = (text: string): Event[] =>
  text
    .split("\n\n")
    .slice(0, -1)
    .map((block) => Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2))));
const nexts = (events: Event[]): { data?: Record<string, never>; errors?: { extensions: object }[] }[] =>
  events.filter(({ event }) => event === "next").map(({ data }) => JSON.parse(data as string));

describe("server-sent events", () => {
  it("are what graphql-sse reads: every event in order, then the end; queries too; errors as an event", async () => {
    const client = createClient({ url: `${service.url}/graphql`, retryAttempts: 0 });
    const seen: unknown[] = [];
    for await (const { data } of client.iterate({ query: METRICS, variables: { id: runId } }))
      seen.push((data as { runMetrics: { sequence: number } }).runMetrics.sequence);
    expect(seen).toEqual(sequences);
    const answers: unknown[] = [];
    for await (const answer of client.iterate({ query: "{ health { live } }" })) answers.push(answer);
    for await (const answer of client.iterate({ query: METRICS, variables: { id: globalId("Run", newId()) } }))
      answers.push(answer);
    expect(answers).toMatchObject([
      { data: { health: { live: true } } },
      { errors: [{ extensions: { code: "NOT_FOUND", param: "id" } }] },
    ]);
    client.dispose();
  });

  it("have the cursor as their id, and continue after it: no gap and no double", async () => {
    const response = await ask(METRICS, { id: runId }, { headers: { "accept-encoding": "br, gzip" } });
    const header = (name: string) => response.headers.get(name);
    expect([response.status, header("content-type"), header("content-encoding")]).toEqual([
      200,
      "text/event-stream; charset=utf-8",
      null,
    ]);
    expect([header("cache-control"), header("x-accel-buffering")]).toEqual(["no-store, no-transform", "no"]);
    expect(header("x-content-type-options")).toBe("nosniff");
    const events = eventsIn(await response.text());
    expect(events.filter(({ event }) => event === "next").map(({ id }) => Number(id))).toEqual(sequences);
    expect(events.at(-1)).toEqual({ event: "complete", data: "" });
    const later = await ask(METRICS, { id: runId }, { headers: { "last-event-id": "3" } });
    const rest = nexts(eventsIn(await later.text())).map(
      ({ data }) => data?.runMetrics as unknown as { sequence: number },
    );
    expect(rest.map(({ sequence }) => sequence)).toEqual(sequences.slice(3));
    const wrong = await ask(METRICS, { id: runId }, { headers: { "last-event-id": "three" } });
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
    ]);
  });

  it("are answered to a GET, as EventSource asks, but for mutations", async () => {
    const get = (parameters: Record<string, string>) =>
      fetch(`${service.url}/graphql?${new URLSearchParams(parameters)}`, { headers: { accept: EVENTS } });
    const events = eventsIn(await (await get({ query: METRICS, variables: JSON.stringify({ id: runId }) })).text());
    expect(nexts(events)).toHaveLength(sequences.length);
    const mutation = await get({ query: `mutation { cancelRun(id: "${runId}") { run { id } } }` });
    expect([mutation.status, await mutation.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
    ]);
  });
});

describe("Apollo's multipart protocol", () => {
  /** As Apollo Client reads them: a part is complete when the next boundary has come. */
  const partsOf = (text: string): object[] =>
    text
      .split("\r\n--graphql")
      .slice(1, -1)
      .map((part) => JSON.parse(part.slice(part.indexOf("\r\n\r\n") + 4)) as object);

  it("has a part for each event and the closing boundary; a query is answered as JSON", async () => {
    const response = await ask(METRICS, { id: runId }, { accept: MULTIPART });
    expect(response.headers.get("content-type")).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0');
    const text = await response.text();
    expect(text.endsWith("\r\n--graphql--\r\n")).toBe(true);
    const payloads = partsOf(text).map((part) => (part as { payload?: object }).payload);
    expect(payloads.filter(Boolean)).toMatchObject(
      sequences.map((sequence) => ({ data: { runMetrics: { sequence } } })),
    );
    const query = await ask("query subscription { health { live } }", {}, { accept: MULTIPART });
    expect([query.headers.get("content-type"), await query.json()]).toEqual([
      expect.stringContaining("application/json"),
      { data: { health: { live: true } } },
    ]);
  });

  it("has an empty part as a heartbeat, as server-sent events have a comment", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const id = await startRun("beating");
    for (const [accept, beat] of [
      [MULTIPART, "\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"],
      [EVENTS, ":\n\n:\n\n"],
    ]) {
      const stop = new AbortController();
      const { body } = await ask(METRICS, { id }, { accept, signal: stop.signal });
      let text = "";
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString();
        if (text.includes(beat)) break;
      }
      stop.abort();
      await until(() => service.application.runs.followed === 0);
    }
    blocked.open();
    compute.beforeStep = async () => undefined;
  });
});

describe("what is refused", () => {
  it.each([
    ["{", "GRAPHQL_PARSE_FAILED"],
    ["{ none }", "GRAPHQL_VALIDATION_FAILED"],
    [
      `{ ${"a: health { live } ".repeat(31)} }`.replace(/a:/g, () => `a${Math.random().toString(36).slice(2)}:`),
      "LIMIT_EXCEEDED",
    ],
    [`{ runs(first: 100) { edges { node { metrics(first: 10000) { value } } } } }`, "LIMIT_EXCEEDED"],
    ["query a { health { live } } query b { health { live } }", "BAD_REQUEST"],
    ["", "BAD_REQUEST"],
  ])("%j is 400 with a code, and as JSON to a client of Apollo", async (query, code) => {
    const refused = { errors: [{ message: expect.any(String), extensions: { code } }] };
    const events = await ask(query);
    expect([events.status, await events.json()]).toMatchObject([400, refused]);
    if (!query.includes("subscription")) return;
    const parts = await ask(query, {}, { accept: MULTIPART });
    expect(await parts.json()).toMatchObject(refused);
  });

  it("a subscription by plain POST is BAD_REQUEST and says where to go", async () => {
    const answer = await service.ask(METRICS, { id: runId });
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    expect(answer.errors?.[0].message).toMatch(/text\/event-stream.*subscriptionSpec=1\.0.*graphql-transport-ws/);
  });
});

describe("a stream", () => {
  const nobody = () => until(() => service.application.runs.followed === 0);
  const open = async (id: string, server: Server | TestService, accept = EVENTS) => {
    const stop = new AbortController();
    const response = await ask(METRICS, { id }, { url: server.url, accept, signal: stop.signal });
    return { status: response.status, response, leave: () => stop.abort() };
  };
  const blocked = gate();
  let id: string;
  beforeAll(async () => {
    compute.beforeStep = () => blocked.opened;
    id = await startRun("blocked");
  });
  afterAll(() => blocked.open());

  it("and WebSockets of an address: n are open, one more is 429 until one has ended", async () => {
    const transport = { webSocketsPerAddress: 2 };
    const server = await startServer({ application: service.application, port: 0, transport });
    const streams = [await open(id, server), await open(id, server, MULTIPART)];
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    const third = await open(id, server);
    expect([third.status, await third.response.json()]).toMatchObject([
      429,
      { errors: [{ extensions: { code: "RATE_LIMITED", retryable: true } }] },
    ]);
    expect((await bareSocket(server.url)).outcome).toBe(429);
    streams[0].leave();
    const again = async (): Promise<number> => {
      const { status, leave } = await open(id, server);
      leave();
      return status;
    };
    await expect.poll(again, { timeout: 30_000 }).toBe(200);
    for (const { leave } of streams) leave();
    await server.close();
    await nobody();
  });

  it("is released when its client leaves, and ends without `complete` when the server closes", async () => {
    const left = await open(id, service);
    await until(() => service.application.runs.followed === 1);
    left.leave();
    await nobody();
    const server = await startServer({ application: service.application, port: 0 });
    const { response } = await open(id, server);
    await until(() => service.application.runs.followed === 1);
    const text = response.text();
    await server.close();
    expect(await text).not.toContain("complete");
    await nobody();
  });

  it("whose client reads nothing for `stallMs` is ended", async () => {
    const { prisma } = service.store;
    const { id: _id, ...row } = await prisma.run.findFirstOrThrow({ where: { name: "ended" } });
    const many = newId();
    await prisma.run.create({ data: { ...row, id: many, name: "many", modelId: null, lastSequence: 9_000 } as never });
    const metric = { runId: many, epoch: 1, split: "TRAIN" as const, name: "loss", value: 1 / 3 };
    await prisma.metric.createMany({
      data: Array.from({ length: 9_000 }, (_, index) => ({ ...metric, sequence: index + 1, step: index })),
    });
    const transport = { stallMs: 1_000, webSocketsPerAddress: 1 };
    const server = await startServer({ application: service.application, port: 0, transport, heartbeatMs: 100 });
    const fields = Array.from({ length: 30 }, (_, index) => `a${index}: at`).join(" ");
    const query = `subscription { runMetrics(id: "${globalId("Run", many)}") { ${fields} } }`;
    const body = JSON.stringify({ query });
    const socket = connect(server.port, "127.0.0.1");
    socket.pause();
    socket.on("error", () => undefined);
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: ${EVENTS}\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`,
    );
    const another = async (): Promise<number> => {
      const { status, leave } = await open(runId, server);
      leave();
      return status;
    };
    await expect.poll(another, { timeout: 30_000 }).toBe(429);
    await expect.poll(another, { timeout: 60_000, interval: 300 }).toBe(200);
    socket.destroy();
    await server.close();
  });

  // Last: from here on every request needs a key.
  it("costs the points of its key, and ends with UNAUTHENTICATED when the key does", async () => {
    const make = async (input: object, key = ""): Promise<{ key: string; apiKey: { id: string } }> => {
      const query = "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }";
      const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
      return (await service.ask<{ createApiKey: never }>(query, { input }, headers)).data?.createApiKey as never;
    };
    const admin = await make({ name: "first", role: "ADMIN" });
    const limits = { pointsPerMinute: 150 };
    const reader = await make({ name: "reader", role: "READER", projects: ["default"], limits }, admin.key);
    expect((await ask(METRICS, { id })).status).toBe(401);
    const headers = { authorization: `Bearer ${reader.key}` };
    const response = await ask("subscription ($id: ID!) { runUpdated(id: $id) { status } }", { id }, { headers });
    expect(response.headers.get("x-ratelimit-limit")).toBe("150");
    const more = await ask("subscription ($id: ID!) { runUpdated(id: $id) { status } }", { id }, { headers });
    expect([more.status, await more.json()]).toMatchObject([
      429,
      { errors: [{ extensions: { code: "RATE_LIMITED" } }] },
    ]);
    expect(Number(more.headers.get("retry-after"))).toBeGreaterThan(0);
    const text = response.text();
    await service.ask(
      "mutation ($id: ID!) { revokeApiKey(id: $id) { apiKey { status } } }",
      { id: reader.apiKey.id },
      { authorization: `Bearer ${admin.key}` },
    );
    const events = eventsIn(await text);
    expect(nexts(events).at(-1)).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    expect(events.at(-1)).toEqual({ event: "complete", data: "" });
    await nobody();
  });
});
