/** The database is away: every way to the service says so, may be tried again, and works when it is back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestService, type TestService } from "../support/api.js";
import { maillard } from "../support/command-line.js";
import { FakeCompute } from "../support/fake-compute.js";
import { type DatabaseProxy, databaseProxy } from "../support/peers/database-proxy.js";
import { all, subscriber } from "../support/sockets.js";

let service: TestService;
let proxy: DatabaseProxy;
beforeAll(async () => {
  const databaseAt = async (url: string) => {
    proxy = await databaseProxy(url);
    return proxy.url;
  };
  service = await startTestService({ databaseAt, compute: new FakeCompute() });
  proxy.away();
});
afterAll(async () => {
  proxy.back();
  await service.close();
  await proxy.close();
});

const MODELS = "{ models(first: 1) { edges { node { name } } } }";
const AWAY = { code: "DATABASE_UNAVAILABLE", retryable: true, details: { retryAfterMs: 5_000 } };

describe("while it is away", () => {
  it.each([
    ["a list", MODELS],
    ["a prediction", '{ predict(smiles: ["CCO"], model: "classifier") { __typename } }'],
    ["an order", 'mutation { startEmbedding(input: { dataset: "x", model: "base" }) { run { id } } }'],
  ])("%s by HTTP is DATABASE_UNAVAILABLE, to be tried again", async (_, query) => {
    expect(await service.refusal(query)).toMatchObject(AWAY);
  });

  it("operations and subscriptions of a WebSocket say the same", async () => {
    const socket = subscriber(service.url);
    const [listed] = await all(socket.events(MODELS));
    expect(listed.errors?.[0].extensions).toMatchObject(AWAY);
    const id = Buffer.from("Run:01a0a9a6-0000-7000-8000-000000000000").toString("base64url");
    const followed = await all(socket.events(`subscription { runUpdated(runId: "${id}") { id } }`)).catch((error) => [
      { errors: error as { extensions: object }[] },
    ]);
    expect(followed[0].errors?.[0].extensions).toMatchObject(AWAY);
    await socket.close();
  });

  it("an upload is refused by that code", async () => {
    const response = await fetch(`${service.url}/import/csv?dataset=x`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "x-maillard-client": "test" },
      body: "smiles\nCCO\n",
    });
    expect(await response.text()).toContain("DATABASE_UNAVAILABLE");
  });

  it("a command prints it, and what to do", async () => {
    const { exitCode, err } = await maillard(`${service.url}/graphql`, ["models"]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/DATABASE_UNAVAILABLE {2}The database does not answer.*Try again in a few seconds/);
  });

  it("/health is not ready, and the log has the reason", async () => {
    const response = await fetch(`${service.url}/health`);
    expect([response.status, await response.json()]).toMatchObject([503, { live: true, ready: false }]);
    expect(service.problems.map(({ message }) => message)).toContain("A request failed: the database is away.");
  });
});

it("when it is back, the same requests are answered", async () => {
  proxy.back();
  expect(await service.data<{ models: { edges: object[] } }>(MODELS)).toMatchObject({ models: { edges: [{}] } });
  await expect.poll(async () => (await fetch(`${service.url}/health`)).status, { timeout: 10_000 }).toBe(200);
});
