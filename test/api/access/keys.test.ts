/** Keys of the database at the server: made, used, rotated and revoked by HTTP and WebSocket, on two servers. */
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { LOGIN_LIMITS } from "../../../src/api/access/logins.js";
import { type Server, startServer } from "../../../src/api/transport/server.js";
import { KeyRing } from "../../../src/store/access/key-ring.js";
import { newSecret } from "../../../src/store/access/keys.js";
import { type Extensions, post, startTestService, type TestService } from "../../support/api.js";
import { until } from "../../support/compute.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { gate, seedDataset } from "../../support/run-fixtures.js";
import { acknowledged, bareSocket } from "../../support/sockets.js";

const OPERATOR = "a-key-of-the-operator";
const compute = new FakeCompute();
let service: TestService;
/** Another server process, as it were: it hears of changes from the database alone. */
let other: Server;
let otherRing: KeyRing;
let operated: Server;
let now = Date.now();

beforeAll(async () => {
  service = await startTestService({ compute, now: () => now });
  const { application } = service;
  otherRing = await KeyRing.open(service.store);
  other = await startServer({ application: { ...application, keys: otherRing }, port: 0, now: () => now });
  operated = await startServer({ application, port: 0, apiKeys: [OPERATOR], now: () => now });
});
afterAll(async () => {
  await other.close();
  await operated.close();
  await otherRing.close();
  await service.close();
});
beforeEach(async () => {
  await service.store.prisma.apiKey.deleteMany();
  await Promise.all([service.application.keys.refresh(), otherRing.refresh()]);
  // What wrong keys of another test cost has come back.
  now += LOGIN_LIMITS.windowMs;
});

interface Made {
  key: string;
  apiKey: { id: string; name: string; projects: string[]; status: string };
}
const bearer = (key: string | null): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` });
const ask = <T = Record<string, never>>(key: string | null, query: string, variables: object = {}, url = service.url) =>
  post<T>(url, { query, variables }, bearer(key));
const FIELDS = "{ key apiKey { id name projects status } }";

async function create(key: string | null, input: object, url = service.url): Promise<Made> {
  const query = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) ${FIELDS} }`;
  const { data, errors } = await ask<{ createApiKey: Made }>(key, query, { input }, url);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.createApiKey;
}
const revoke = (key: string, id: string, url = service.url) =>
  ask<{ revokeApiKey: { apiKey: { status: string } } }>(
    key,
    "mutation ($id: ID!) { revokeApiKey(id: $id) { apiKey { status } } }",
    { id },
    url,
  );
const VIEWER = "{ viewer { name role projects project expiresAt } }";
async function statusOf(key: string | null, url = service.url): Promise<string> {
  const { status, data, errors } = await ask<{ viewer: { name: string } }>(key, VIEWER, {}, url);
  return `${status} ${data?.viewer.name ?? errors?.[0].extensions.code}`;
}
async function connect(key: string | null, url = service.url) {
  const socket = await bareSocket(url);
  socket.send({ type: "connection_init", payload: bearer(key) });
  return socket;
}

describe("a server on a loopback address", () => {
  it("needs no key until there is one, then every request and socket does, on all servers", async () => {
    expect(await statusOf(null)).toBe("200 local");
    const sockets = await Promise.all([acknowledged(service.url), acknowledged(other.url)]);
    const { key } = await create(null, { name: "first", role: "ADMIN" });
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4403, 4403]);
    expect(await Promise.all([statusOf(null), statusOf(null, other.url)])).toEqual(
      Array(2).fill("401 UNAUTHENTICATED"),
    );
    expect(await Promise.all([statusOf(key), statusOf(key, other.url)])).toEqual(["200 first", "200 first"]);
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(Object.keys((await (await fetch(`${service.url}/health`)).json()) as object).sort()).toEqual([
      "live",
      "ready",
      "version",
    ]);
  });

  it("takes no other key first than an administrator's", async () => {
    const query = `mutation { createApiKey(input: { name: "lab", role: MEMBER }) ${FIELDS} }`;
    const { errors } = await ask(null, query);
    expect(errors?.[0].extensions).toMatchObject({ code: "CONFLICT", param: "role" });
    expect(await statusOf(null)).toBe("200 local");
  });

  it("keeps needing keys when the only one is expired; the operator's still work", async () => {
    const { key } = await create(null, { name: "first", role: "ADMIN" });
    expect(await statusOf(key)).toBe("200 first");
    await service.store.prisma.apiKey.updateMany({ data: { expiresAt: new Date(Date.now() - 1_000) } });
    await service.application.keys.refresh();
    expect([await statusOf(key), await statusOf(null)]).toEqual(Array(2).fill("401 UNAUTHENTICATED"));
    expect(await statusOf(OPERATOR, operated.url)).toBe("200 MAILLARD_API_KEYS");
  });
});

describe("a server on an address that other machines reach", () => {
  it("starts with a key of the database alone, and stays closed when that is revoked", async () => {
    const start = () => startServer({ application: service.application, host: "0.0.0.0", port: 0, now: () => now });
    await expect(start()).rejects.toMatchObject({ code: "STARTUP", param: "HOST" });
    const { key, apiKey } = await create(null, { name: "first", role: "ADMIN" });
    const open = await start();
    const url = `http://127.0.0.1:${open.port}`;
    expect([await statusOf(key, url), await statusOf(null, url)]).toEqual(["200 first", "401 UNAUTHENTICATED"]);
    expect((await revoke(OPERATOR, apiKey.id, operated.url)).data?.revokeApiKey.apiKey.status).toBe("REVOKED");
    expect([await statusOf(key, url), await statusOf(null, url)]).toEqual(Array(2).fill("401 UNAUTHENTICATED"));
    expect(await statusOf(null)).toBe("200 local");
    await open.close();
  });
});

describe("a key", () => {
  it("says who has it: name, role, projects, end", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const input = { name: "lab", role: "MEMBER", projects: ["lab", "shared-work"], expiresAt };
    const { key, apiKey } = await create(admin.key, input);
    expect(apiKey).toMatchObject({ name: "lab", projects: ["lab", "shared-work"], status: "ACTIVE" });
    expect((await ask(key, VIEWER)).data).toEqual({
      viewer: { name: "lab", role: "MEMBER", projects: ["lab", "shared-work"], project: "lab", expiresAt },
    });
    const everything = { role: "ADMIN", projects: null, project: "default", expiresAt: null };
    expect((await ask(admin.key, VIEWER)).data).toEqual({ viewer: { name: "first", ...everything } });
    expect((await ask(OPERATOR, VIEWER, {}, operated.url)).data).toEqual({
      viewer: { name: "MAILLARD_API_KEYS", ...everything },
    });
  });

  it("is listed, newest first, without the key or its hash", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const made = [admin, await create(admin.key, { name: "second", role: "READER" })];
    const query = `{ apiKeys(first: 10) { totalCount edges { node { id name role status previousUntil revokedAt } } }
      __type(name: "ApiKey") { fields { name } } }`;
    const answer = JSON.stringify((await ask(admin.key, query)).data);
    expect(JSON.parse(answer)).toMatchObject({
      apiKeys: { totalCount: 2, edges: [{ node: { name: "second" } }, { node: { name: "first" } }] },
    });
    for (const { key } of made) expect(answer).not.toContain(key);
    expect(answer).not.toContain("hash");
    const node = await ask(admin.key, `{ node(id: "${admin.apiKey.id}") { id } }`);
    expect(node.data).toEqual({ node: null });
  });

  it("ends when it is revoked, on all servers, with its sockets and subscriptions; others go on", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const { key, apiKey } = await create(admin.key, { name: "lab", role: "MEMBER" });
    await seedDataset(service.store, undefined, `seeds-${now}`);
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    onTestFinished(() => blocked.open());
    const started = await ask<{ startFinetune: { run: { id: string } } }>(
      key,
      `mutation ($dataset: String!) { startFinetune(input: { name: "run", baseModel: "base", dataset: $dataset,
         target: "superclass", recipe: PUBLISHED, epochs: 1, split: { strategy: RANDOM } }) { run { id } } }`,
      { dataset: `seeds-${now}` },
    );
    const runId = started.data?.startFinetune.run.id;
    const sockets = await Promise.all([connect(key), connect(key, other.url)]);
    const bystander = await connect(admin.key);
    const query = "subscription ($runId: ID!) { runUpdated(runId: $runId) { status } }";
    for (const socket of [...sockets, bystander]) {
      expect((await socket.next()).type).toBe("connection_ack");
      socket.send({ type: "subscribe", id: "1", payload: { query, variables: { runId } } });
      expect((await socket.next()).type).toBe("next");
    }
    await revoke(admin.key, apiKey.id);
    expect(await statusOf(key)).toBe("401 UNAUTHENTICATED");
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4403, 4403]);
    expect(await statusOf(key, other.url)).toBe("401 UNAUTHENTICATED");
    bystander.send({ type: "subscribe", id: "2", payload: { query: "{ viewer { name } }" } });
    // The run, which goes on, may have an event of its own first.
    let answer = await bystander.next();
    while (answer.id === "1") answer = await bystander.next();
    expect(answer).toMatchObject({ id: "2", type: "next" });
    bystander.cut();
  });

  it("that is revoked ends its imports, and nothing of them stays", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const { key, apiKey } = await create(admin.key, { name: "lab", role: "MEMBER" });
    const { hostname, port } = new URL(service.url);
    const upload = request({
      ...{ hostname, port, method: "POST", path: "/import/csv?dataset=half&smiles=smiles" },
      headers: { ...bearer(key), "content-type": "application/octet-stream", "x-maillard-client": "test" },
    });
    const failed = new Promise((resolve) => upload.once("error", resolve));
    const kept = () => (existsSync(join(service.home, "uploads")) ? readdirSync(join(service.home, "uploads")) : []);
    upload.write("smiles\nCCO\n");
    await until(() => kept().length > 0);
    await revoke(admin.key, apiKey.id);
    await failed;
    await until(() => kept().length === 0);
    expect(await service.store.prisma.dataset.count({ where: { name: "half" } })).toBe(0);
  });

  it("ends an upload whose file has come and waits for its turn, when it is revoked", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const { key, apiKey } = await create(admin.key, { name: "lab", role: "MEMBER" });
    const busy = await startServer({ application: service.application, port: 0, transport: { imports: 0 } });
    const { hostname, port } = new URL(busy.url);
    const upload = request({
      ...{ hostname, port, method: "POST", path: "/import/csv?dataset=late&smiles=smiles" },
      headers: { ...bearer(key), "content-type": "application/octet-stream", "x-maillard-client": "test" },
    });
    const over = new Promise((resolve) => {
      upload.once("error", resolve);
      upload.once("response", (response) => response.resume().once("error", resolve).once("close", resolve));
    });
    upload.end("smiles\nCCO\n");
    const kept = () => (existsSync(join(service.home, "uploads")) ? readdirSync(join(service.home, "uploads")) : []);
    await until(() => kept().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await revoke(admin.key, apiKey.id);
    await over;
    await until(() => kept().length === 0);
    expect(await service.store.prisma.dataset.count({ where: { name: "late" } })).toBe(0);
    await busy.close();
  });

  it("has no effect any more on a socket whose client does not answer the closing handshake", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const { key, apiKey } = await create(admin.key, { name: "second", role: "ADMIN" });
    const client = new WebSocket(`${service.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    await once(client, "open");
    client.send(JSON.stringify({ type: "connection_init", payload: bearer(key) }));
    await once(client, "message");
    client.pause();
    await revoke(admin.key, apiKey.id);
    const query = `mutation { createApiKey(input: { name: "third", role: ADMIN }) { key } }`;
    client.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
    client.resume();
    await once(client, "close");
    expect(await statusOf(key)).toBe("401 UNAUTHENTICATED");
    expect(await service.store.prisma.apiKey.count()).toBe(2);
  });

  it("that is rotated is another one; the one before works for the overlap and then ends", async () => {
    const admin = await create(null, { name: "first", role: "ADMIN" });
    const rotate = async (key: string, overlapMinutes?: number): Promise<Made> => {
      const query = `mutation ($id: ID!, $overlapMinutes: Int) {
        rotateApiKey(id: $id, overlapMinutes: $overlapMinutes) ${FIELDS} }`;
      const variables = { id: admin.apiKey.id, ...(overlapMinutes === undefined ? {} : { overlapMinutes }) };
      return (await ask<{ rotateApiKey: Made }>(key, query, variables)).data?.rotateApiKey as Made;
    };
    const second = await rotate(admin.key, 10);
    expect([await statusOf(admin.key), await statusOf(second.key)]).toEqual(["200 first", "200 first"]);
    const others = await create(admin.key, { name: "second", role: "ADMIN" });
    const third = await rotate(others.key);
    expect(await Promise.all([admin, second, third].map(({ key }) => statusOf(key)))).toEqual([
      "401 UNAUTHENTICATED",
      "401 UNAUTHENTICATED",
      "200 first",
    ]);
  });
});

describe("wrong keys", () => {
  const send = async (key: string, url = service.url) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(key) },
      body: `{"query":"{ __typename }"}`,
    });
    const { errors = [] } = (await response.json()) as { errors?: { extensions: Extensions }[] };
    return [response.status, errors[0]?.extensions.code ?? null, response.headers.get("retry-after")];
  };
  const { wrongKeys, windowMs } = LOGIN_LIMITS;
  const pause = windowMs / wrongKeys / 1_000;

  it("above n are answered 429 with the time to wait, by WebSocket 4429; right ones always work", async () => {
    const { key } = await create(null, { name: "first", role: "ADMIN" });
    for (let index = 0; index < wrongKeys; index++)
      expect(await send(newSecret())).toEqual([401, "UNAUTHENTICATED", null]);
    expect(await send(newSecret())).toEqual([429, "RATE_LIMITED", String(pause)]);
    expect(await send("no key of the database")).toEqual([401, "UNAUTHENTICATED", null]);
    expect(await send("any-other-text")).toEqual([429, "RATE_LIMITED", String(pause)]);
    expect(await (await connect(newSecret())).closed).toBe(4429);
    // Without a key nothing was guessed.
    expect(await statusOf(null)).toBe("401 UNAUTHENTICATED");
    expect(await send(key)).toEqual([200, null, null]);
    expect((await (await connect(key)).next()).type).toBe("connection_ack");
    now += pause * 1_000;
    expect(await send(newSecret())).toEqual([401, "UNAUTHENTICATED", null]);
    expect(await send(newSecret())).toEqual([429, "RATE_LIMITED", String(pause)]);
  });

  it("count by WebSocket as by HTTP", async () => {
    await create(null, { name: "first", role: "ADMIN" });
    for (let index = 0; index < wrongKeys; index++) expect(await (await connect(newSecret())).closed).toBe(4403);
    expect(await (await connect(newSecret())).closed).toBe(4429);
    expect((await send(newSecret()))[0]).toBe(429);
  });

  it("of many requests at once are not looked at beyond n", async () => {
    await create(null, { name: "first", role: "ADMIN" });
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await send(newSecret()))[0]));
    expect(statuses.filter((status) => status === 401)).toHaveLength(wrongKeys);
    expect(statuses.filter((status) => status === 429)).toHaveLength(40 - wrongKeys);
  });

  it("do not lock out an operator who was there before; a new one waits for seconds", async () => {
    const { url } = operated;
    expect(await send(OPERATOR, url)).toEqual([200, null, null]);
    await Promise.all(Array.from({ length: 40 }, () => send(newSecret(), url)));
    expect(await send(OPERATOR, url)).toEqual([200, null, null]);
    const fresh = await startServer({ application: service.application, port: 0, apiKeys: [OPERATOR], now: () => now });
    await Promise.all(Array.from({ length: 40 }, () => send(newSecret(), fresh.url)));
    expect(await send(OPERATOR, fresh.url)).toEqual([429, "RATE_LIMITED", String(pause)]);
    now += pause * 1_000;
    expect(await send(OPERATOR, fresh.url)).toEqual([200, null, null]);
    await fresh.close();
  });
});

it("no key and no hash is ever in the log", async () => {
  const admin = await create(null, { name: "first", role: "ADMIN" });
  await ask(admin.key, `mutation { createApiKey(input: { name: "first", role: READER }) ${FIELDS} }`);
  await ask(newSecret(), VIEWER);
  expect(JSON.stringify(service.problems)).not.toMatch(/mld_|[0-9a-f]{64}/);
});
