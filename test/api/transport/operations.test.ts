/**
 * What one client may compute at the same time, over HTTP and WebSocket alike: n and n + 1, by address and by key. A
 * place is free when the work has ended, not when its answer was sent or its client has left.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { transportLimits } from "../../../src/api/transport/connections.js";
import { type Server, type ServerOptions, startServer } from "../../../src/api/transport/server.js";
import { type Answer, alkyls, importLibrary, post, startTestService, type TestService } from "../../support/api.js";
import { until } from "../../support/compute.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { Holder } from "../../support/holder.js";
import { type BareSocket, bareSocket } from "../../support/sockets.js";

const holder = new Holder();
const compute = new FakeCompute();
let service: TestService;
const servers: Server[] = [];
beforeAll(async () => {
  service = await startTestService({ compute, serve: false });
  await importLibrary({ ...service, ...(await withServer({})) } as TestService, "alkyls", alkyls(2));
  holder.wrap(compute, "infer");
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await service.close();
});
afterEach(async () => {
  holder.release();
  await until(() => servers.every((server) => Object.values(server.computing()).every((count) => count === 0)));
});

async function serve(options: Partial<ServerOptions>): Promise<Server> {
  const server = await startServer({ application: service.application, port: 0, ...options });
  servers.push(server);
  return server;
}
async function withServer(options: Partial<ServerOptions>): Promise<Pick<TestService, "data">> {
  const { url } = await serve(options);
  return { data: async <T>(query: string, variables = {}) => (await post<T>(url, { query, variables })).data as T };
}

/** Each of another molecule: what is stored is not computed. */
let molecules = 0;
const EMBED = () => `{ embed(smiles: ["${"C".repeat(++molecules)}O"], model: "base") { __typename } }`;
const ANALYSIS = () => `{ projection(model: "base", dataset: "alkyls", layer: 0) { components } }`;
const bearer = (key?: string): Record<string, string> => (key ? { authorization: `Bearer ${key}` } : {});

interface Client {
  ask(query: string): Promise<Answer<unknown>>;
  end(): void;
}
const TRANSPORTS: Record<string, (server: Server, key?: string) => Promise<Client>> = {
  HTTP: async ({ url }, key) => {
    const leaving = new AbortController();
    const headers = { "content-type": "application/json", ...bearer(key) };
    return {
      ask: async (query) => {
        const init = { method: "POST", headers, body: JSON.stringify({ query }), signal: leaving.signal };
        const response = await fetch(`${url}/graphql`, init);
        return { status: response.status, ...((await response.json()) as object) };
      },
      end: () => leaving.abort(),
    };
  },
  WebSocket: async ({ url }, key) => {
    const sockets: BareSocket[] = [];
    return {
      ask: async (query) => {
        const socket = await bareSocket(url, { headers: bearer(key) });
        sockets.push(socket);
        socket.send({ type: "connection_init" });
        await socket.next();
        socket.send({ type: "subscribe", id: "1", payload: { query } });
        const { payload } = await socket.next();
        return { status: 200, ...(payload as object) };
      },
      end: () => {
        for (const socket of sockets) socket.cut();
      },
    };
  },
};
const refusal = async ({ ask }: Client, query: string) => (await ask(query)).errors?.[0].extensions;
const hold = async (client: Client, query: () => string, count: number): Promise<Promise<Answer<unknown>>[]> => {
  holder.holding = true;
  const before = holder.held;
  const asked = Array.from({ length: count }, () => client.ask(query()));
  for (const one of asked) one.catch(() => undefined);
  await until(() => holder.held === before + count);
  return asked;
};

describe.each(Object.entries(TRANSPORTS))("over %s", (_name, connect) => {
  it("a client computes in n operations at once; one more is OVERLOADED until one has ended", async () => {
    const server = await serve({ transport: { computationsPerClient: 3 } });
    const client = await connect(server);
    const asked = await hold(client, EMBED, 3);
    expect(await refusal(client, EMBED())).toEqual({
      code: "OVERLOADED",
      retryable: true,
      details: { limit: "computationsPerClient", maximum: 3, retryAfterMs: expect.any(Number) },
    });
    expect((await client.ask("{ models(first: 1) { totalCount } }")).errors).toBeUndefined();
    holder.release();
    for (const answer of await Promise.all(asked)) expect(answer.errors).toBeUndefined();
    expect((await client.ask(EMBED())).errors).toBeUndefined();
    client.end();
  });

  it("analyses have a limit of their own, within that of all computations", async () => {
    const server = await serve({ transport: { analysesPerClient: 1 } });
    const client = await connect(server);
    await hold(client, ANALYSIS, 1);
    expect(await refusal(client, ANALYSIS())).toMatchObject({
      code: "OVERLOADED",
      details: { limit: "analysesPerClient", maximum: 1 },
    });
    expect(server.computing()).toEqual({ computation: 1, analysis: 1 });
    await hold(client, EMBED, 1);
    client.end();
    // Before the next one asks for the same vectors, which are not stored then.
    await until(() => server.computing().computation === 0);
  });

  it("each key is a client of its own, all together have a limit, and another address is not asked for", async () => {
    const transport = { computationsPerClient: 2, computations: 3 };
    const server = await serve({ apiKeys: ["one", "two"], transport });
    const [one, two] = await Promise.all(["one", "two"].map((key) => connect(server, key)));
    await hold(one, EMBED, 2);
    expect(await refusal(one, EMBED())).toMatchObject({ details: { limit: "computationsPerClient" } });
    await hold(two, EMBED, 1);
    expect(await refusal(two, EMBED())).toMatchObject({ code: "OVERLOADED", details: { limit: "computations" } });
    one.end();
    await until(() => server.computing().computation === 1);
    await hold(two, EMBED, 1);
    two.end();
  });

  it("a place is held until the work has ended, also when its client has left before", async () => {
    const server = await serve({ transport: { computationsPerClient: 2 } });
    const [leaving, other] = await Promise.all([connect(server), connect(server)]);
    holder.stubborn = true;
    await hold(leaving, EMBED, 2);
    leaving.end();
    // Its operations have ended by now, or have not: the places are held in both cases.
    for (let n = 0; n < 5; n++) expect(await refusal(other, EMBED())).toMatchObject({ code: "OVERLOADED" });
    expect(server.computing().computation).toBe(2);
    holder.release();
    await until(() => server.computing().computation === 0);
    expect((await other.ask(EMBED())).errors).toBeUndefined();
    other.end();
  });

  it("a loader with 16 requests at once has its answers, by the limits that the server starts with", async () => {
    const server = await serve({});
    const client = await connect(server);
    const asked = await hold(client, EMBED, 16);
    holder.release();
    for (const answer of await Promise.all(asked)) expect(answer.errors).toBeUndefined();
    client.end();
  });
});

it("operations over both transports count together", async () => {
  const server = await serve({ transport: { computationsPerClient: 2 } });
  const [http, socket] = await Promise.all(Object.values(TRANSPORTS).map((connect) => connect(server)));
  await hold(http, EMBED, 1);
  await hold(socket, EMBED, 1);
  for (const client of [http, socket]) expect(await refusal(client, EMBED())).toMatchObject({ code: "OVERLOADED" });
  for (const client of [http, socket]) client.end();
});

it("an operation of a socket counts until its work has ended, not until it is completed", async () => {
  const server = await serve({ transport: { operationsPerSocket: 2 } });
  const socket = await bareSocket(server.url);
  socket.send({ type: "connection_init" });
  await socket.next();
  const ask = (id: string, query: string) => socket.send({ type: "subscribe", id, payload: { query } });
  holder.holding = true;
  holder.stubborn = true;
  ask("0", EMBED());
  ask("1", EMBED());
  await until(() => holder.held === 2);
  for (const id of ["0", "1"]) socket.send({ type: "complete", id });
  ask("2", "{ __typename }");
  expect(await socket.next()).toMatchObject({
    type: "error",
    id: "2",
    payload: [{ extensions: { code: "LIMIT_EXCEEDED", limit: "operations", maximum: 2 } }],
  });
  holder.release();
  await until(() => server.computing().computation === 0);
  ask("3", "{ __typename }");
  expect(await socket.next()).toMatchObject({ type: "next", id: "3" });
  socket.cut();
});

it("the limits that the server starts with leave room for others", () => {
  const { operationsPerSocket, computationsPerClient, analysesPerClient, computations } = transportLimits();
  expect(computationsPerClient).toBeGreaterThanOrEqual(32);
  expect(computations).toBeGreaterThanOrEqual(2 * computationsPerClient);
  expect(operationsPerSocket).toBe(100);
  // One runs and 16 wait.
  expect(17).toBeGreaterThanOrEqual(2 * analysesPerClient);
});
