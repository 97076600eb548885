/** Limits of a key through the API: given, changed, shown by `quota`, and an upload above them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { newKey } from "../../support/access/keys.js";
import { startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { seedDataset } from "../../support/run-fixtures.js";
import { all, subscriber } from "../../support/sockets.js";

const OPERATOR = { authorization: "Bearer an-operator's-key" };
let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    compute: new FakeCompute(),
    models: { base: "tiny-bert-masked" },
    hub: null,
    apiKeys: [OPERATOR.authorization.slice("Bearer ".length)],
  });
});
afterAll(() => service?.close());

const LIMITS = "limits { pointsPerMinute maxRuns maxBytes }";
const QUOTA = "{ quota { runs { used limit } bytes { used limit } } }";

it("are given with a new key, and replaced by limitApiKey: all of them, from the next operation on", async () => {
  const made = await service.ask<{ createApiKey: { key: string; apiKey: { id: string; limits: object } } }>(
    `mutation ($limits: KeyLimitsInput) { createApiKey(input: { name: "lab", role: MEMBER, limits: $limits }) {
       key apiKey { id ${LIMITS} } } }`,
    { limits: { pointsPerMinute: 5_000, maxRuns: 2, maxBytes: 5e12 } },
    OPERATOR,
  );
  const { key, apiKey } = made.data?.createApiKey ?? { key: "", apiKey: { id: "", limits: {} } };
  expect(apiKey.limits).toEqual({ pointsPerMinute: 5_000, maxRuns: 2, maxBytes: 5e12 });
  const headers = { authorization: `Bearer ${key}` };
  const shown = await service.ask<object>(QUOTA, {}, headers);
  expect(shown.data).toEqual({ quota: { runs: { used: 0, limit: 2 }, bytes: { used: 0, limit: 5e12 } } });

  const limited = await service.ask<object>(
    `mutation ($id: ID!) { limitApiKey(id: $id, limits: { pointsPerMinute: 2000, maxRuns: 0 }) {
       apiKey { ${LIMITS} } } }`,
    { id: apiKey.id },
    OPERATOR,
  );
  const limits = { pointsPerMinute: 2_000, maxRuns: 0, maxBytes: null };
  expect(limited.data).toEqual({ limitApiKey: { apiKey: { limits } } });
  const after = await service.ask<{ quota: object; rateLimit: object }>(
    "{ rateLimit { limit } quota { runs { limit } bytes { limit } } }",
    {},
    headers,
  );
  const { maxBytes } = service.store.accessLimits;
  expect(after.data).toEqual({
    rateLimit: { limit: 2_000 },
    quota: { runs: { limit: 0 }, bytes: { limit: maxBytes } },
  });
});

it("hold for WebSockets that are open, once they are changed", async () => {
  const { id, authorization } = await newKey(service.application, { name: "socket" }, { pointsPerMinute: 7_000 });
  const socket = subscriber(service.url, { authorization });
  const shown = async () => {
    const [event] = await all(socket.events<{ rateLimit: { limit: number } }>("{ rateLimit { limit } }"));
    return event.data?.rateLimit.limit;
  };
  expect(await shown()).toBe(7_000);
  const change = `mutation ($id: ID!) { limitApiKey(id: $id, limits: { pointsPerMinute: 6000 }) { apiKey { id } } }`;
  const global = Buffer.from(`ApiKey:${id}`).toString("base64url");
  expect((await service.ask(change, { id: global }, OPERATOR)).errors).toBeUndefined();
  await expect.poll(shown).toBe(6_000);
  await socket.close();
});

it.each([
  ["pointsPerMinute", 2 ** 31 - 1, -1],
  ["maxRuns", 2 ** 31 - 1, -1],
  ["maxBytes", Number.MAX_SAFE_INTEGER, 1.5],
  ["maxBytes", 0, Number.MAX_SAFE_INTEGER + 1],
])("of %s may be %d and not %d", async (name, valid, wrong) => {
  const { id } = await newKey(service.application, { name: `bounds-${name}-${valid}` });
  const global = Buffer.from(`ApiKey:${id}`).toString("base64url");
  const set = async (value: number) => {
    const query = `mutation ($limits: KeyLimitsInput!) { limitApiKey(id: "${global}", limits: $limits) {
      apiKey { ${LIMITS} } } }`;
    return service.ask<{ limitApiKey: object }>(query, { limits: { [name]: value } }, OPERATOR);
  };
  expect((await set(valid)).data?.limitApiKey).toMatchObject({ apiKey: { limits: { [name]: valid } } });
  expect((await set(wrong)).errors?.[0].extensions).toMatchObject({ code: "BAD_INPUT", param: name });
});

it("are none for the operator", async () => {
  const { data } = await service.ask<object>("{ quota { runs { limit } bytes { limit } } }", {}, OPERATOR);
  expect(data).toEqual({ quota: { runs: { limit: null }, bytes: { limit: null } } });
});

it("are those of the key that asks: its runs are refused, those of others are not", async () => {
  await seedDataset(service.store, undefined, "small");
  const few = await newKey(service.application, { name: "few" }, { maxRuns: 1 });
  const many = await newKey(service.application, { name: "many" }, { maxRuns: 2 });
  const query = `mutation ($input: StartRepeatsInput!) { startRepeats(input: $input) { group { runs { id } } } }`;
  const start = ({ authorization }: { authorization: string }) => {
    const finetune = { name: "repeated", baseModel: "base", dataset: "small", target: "superclass", minClassSize: 1 };
    return service.ask<object>(query, { input: { finetune, seeds: [1, 2] } }, { authorization });
  };
  const refused = await start(few);
  expect(refused.errors?.[0].extensions).toMatchObject({
    code: "QUOTA_EXCEEDED",
    details: { quota: "runs", limit: 1, used: 0, wanted: 2 },
  });
  expect((await start(many)).errors).toBeUndefined();
  expect(await service.store.prisma.run.count({ where: { createdById: many.id } })).toBe(2);
  const entries = await service.store.prisma.auditEntry.findMany({
    where: { action: "startRepeats" },
    orderBy: { id: "asc" },
  });
  expect(entries).toMatchObject([
    { keyName: "few", outcome: "QUOTA_EXCEEDED", details: { name: "repeated", seeds: [1, 2] } },
    { keyName: "many", outcome: "OK", details: { name: "repeated" } },
  ]);
});

it("above which an upload is refused before its body is read, with an entry in the audit log", async () => {
  const { id, authorization } = await newKey(service.application, { name: "full" }, { maxBytes: 0 });
  const upload = (address: string) =>
    fetch(`${service.url}/import/${address}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/octet-stream", "x-maillard-client": "test" },
      body: "smiles,class\nCCO,alcohol\n",
    });
  const refused = await upload("csv?dataset=library");
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "QUOTA_EXCEEDED" } }] });
  // A description writes nothing.
  const described = await upload("csv?describe=true");
  expect([described.status, (await described.text()).includes("description")]).toEqual([200, true]);
  const entries = await service.store.prisma.auditEntry.findMany({ where: { keyId: id }, orderBy: { id: "asc" } });
  expect(entries).toMatchObject([
    { action: "import", outcome: "QUOTA_EXCEEDED", details: { format: "csv", dataset: "library" } },
    { action: "import", outcome: "OK", details: { describes: true } },
  ]);
});
