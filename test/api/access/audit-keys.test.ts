/** The audit log on a server with keys: who asked, what a role refuses, and keys that are refused. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { newKey } from "../../support/access/keys.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { bareSocket } from "../../support/sockets.js";

const OPERATOR = "an-operator's-key";
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), models: {}, hub: null, apiKeys: [OPERATOR] });
});
afterAll(() => service?.close());
beforeEach(async () => {
  await service.store.prisma.auditEntry.deleteMany();
});

const CANCEL = 'mutation { cancelRun(id: "x") { __typename } }';
const rows = async () => {
  return service.store.prisma.auditEntry.findMany({ orderBy: { id: "asc" } });
};
const post = (query: string, authorization?: string) => service.ask(query, {}, authorization ? { authorization } : {});

it("names the key, by its row or as the operator's", async () => {
  const { id, authorization } = await newKey(service.application, { name: "lab" });
  await post(CANCEL, authorization);
  await post(CANCEL, `Bearer ${OPERATOR}`);
  expect(await rows()).toMatchObject([
    { keyId: id, keyName: "lab", action: "cancelRun", outcome: "BAD_INPUT" },
    { keyId: null, keyName: "MAILLARD_API_KEYS", action: "cancelRun", outcome: "BAD_INPUT" },
  ]);
});

it("has what the role of a key refuses: a mutation and an upload", async () => {
  const { authorization } = await newKey(service.application, { name: "reader", role: "READER" });
  await post(CANCEL, authorization);
  const response = await fetch(`${service.url}/import/csv?dataset=a`, {
    method: "POST",
    headers: { authorization, "content-type": "application/octet-stream", "x-maillard-client": "test" },
    body: "x",
  });
  expect(response.status).toBe(403);
  await expect.poll(async () => (await rows()).length).toBe(2);
  expect(await rows()).toMatchObject([
    { keyName: "reader", action: "cancelRun", outcome: "FORBIDDEN" },
    { keyName: "reader", action: "import", outcome: "FORBIDDEN", details: { format: "csv" } },
  ]);
});

it("is for administrators alone", async () => {
  const query = "{ auditLog(first: 1) { totalCount } }";
  for (const [role, code] of [
    ["READER", "FORBIDDEN"],
    ["MEMBER", "FORBIDDEN"],
    ["ADMIN", undefined],
  ] as const) {
    const { authorization } = await newKey(service.application, { name: `asks-as-${role}`, role });
    expect((await post(query, authorization)).errors?.[0].extensions.code).toBe(code);
  }
});

it("never has the key that a mutation makes, but its name and id", async () => {
  const query = 'mutation { createApiKey(input: { name: "made", role: MEMBER }) { key apiKey { id } } }';
  const { data } = await service.ask<{ createApiKey: { key: string; apiKey: { id: string } } }>(
    query,
    {},
    { authorization: `Bearer ${OPERATOR}` },
  );
  const { key, apiKey } = data?.createApiKey ?? { key: "", apiKey: { id: "" } };
  const [entry] = await rows();
  expect(entry).toMatchObject({
    action: "createApiKey",
    outcome: "OK",
    details: { name: "made", apiKeyId: apiKey.id },
  });
  expect(key).toMatch(/^mld_/);
  expect(JSON.stringify(entry)).not.toContain(key);
});

it("counts refused keys by address, whether they came by HTTP, upload or WebSocket", async () => {
  for (let index = 0; index < 4; index++) await post("{ health { live } }", `Bearer wrong-${index}`);
  await post("{ health { live } }");
  const socket = await bareSocket(service.url);
  socket.send({ type: "connection_init", payload: { authorization: "Bearer wrong" } });
  await socket.closed;
  service.application.audit.flush();
  await expect.poll(async () => (await rows()).length).toBe(2);
  const found = await rows();
  expect(found).toMatchObject([
    { keyId: null, keyName: null, action: "refused key", outcome: "UNAUTHENTICATED", details: {} },
    { keyId: null, keyName: null, action: "refused key", details: { more: 5 } },
  ]);
  expect(found.every(({ address }) => address === "127.0.0.1")).toBe(true);
  expect(JSON.stringify(found)).not.toContain("wrong");
});
