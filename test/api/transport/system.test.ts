/** Devices and health: each device reports its state, with a reason when it is unavailable. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApplication, VERSION } from "../../../src/service/application.js";
import { startTestService, type TestService } from "../../support/api.js";
import { createTestDatabase } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";

const DEVICES = "{ devices { id provider state reason choice } health { live ready version } }";

describe("a device that is not there", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ devices: "cuda:0,cpu" });
  });
  afterAll(() => service.close());

  it("is UNAVAILABLE with a reason, and the others answer", async () => {
    const { devices, health } = await service.data<{ devices: { reason: string | null }[]; health: object }>(DEVICES);
    expect(devices).toMatchObject([
      { id: "cuda:0", provider: "cuda", state: "UNAVAILABLE" },
      { id: "cpu", provider: "cpu", state: "READY", reason: null, choice: null },
    ]);
    expect(devices[0].reason).toMatch(/\w+/);
    // Folders of the package alone, none of this machine.
    expect(devices[0].reason).not.toMatch(/(^|[\s"'(=])\/(?!usr\/local\/cuda)/);
    const [{ reason }] = devices;
    expect(service.problems).toMatchObject([
      { message: expect.stringContaining("cannot be used"), fields: { device: "cuda:0", reason } },
    ]);
    expect(health).toEqual({ live: true, ready: true, version: VERSION });
    const { predict } = await service.data<{ predict: object[] }>(
      `{ predict(smiles: ["CCO"], model: "classifier") { __typename } }`,
    );
    expect(predict).toEqual([{ __typename: "Prediction" }]);
  });

  it("as the only one stops the start: DEVICE_UNAVAILABLE says which and why, and nothing keeps running", async () => {
    const database = await createTestDatabase();
    const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
    const start = (devices: string) =>
      createApplication({ home, databaseUrl: database.url, devices, packageRoot: null });
    await expect(start("cuda:0")).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
      message: expect.stringContaining("cuda:0"),
    });
    await expect(start("gpu")).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "devices" });
    const connections = async () => {
      const { rows } = await service.store.pool.query<{ connections: number }>(
        "SELECT count(*)::int AS connections FROM pg_stat_activity WHERE datname = $1",
        [new URL(database.url).pathname.slice(1)],
      );
      return rows[0].connections;
    };
    // PostgreSQL ends a process after its client has closed the connection.
    await expect.poll(connections, { timeout: 30_000 }).toBe(0);
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
});

describe("auto", () => {
  it("says which device it chose and why, to clients and in the log", async () => {
    const service = await startTestService({ devices: "auto" });
    const { devices } = await service.data<{ devices: { id: string; choice: string }[] }>(DEVICES);
    expect(devices).toMatchObject([{ state: "READY", reason: null, choice: expect.stringMatching(/\w+\./) }]);
    const [{ id, choice }] = devices;
    expect(service.lines).toContainEqual({ message: expect.stringContaining("auto"), fields: { device: id, choice } });
    await service.close();
  });
});

describe("health", () => {
  const compute = new FakeCompute();
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ compute });
  });
  afterAll(() => service.close());

  it("is live and ready while a device is READY, the same by HTTP and GraphQL", async () => {
    const response = await fetch(`${service.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { live: true, ready: true, version: VERSION }]);
    compute.deviceList = [{ id: "cpu", provider: "cpu", state: "RESTARTING", reason: "its process ended" }];
    const restarting = await fetch(`${service.url}/health`);
    expect([restarting.status, await restarting.json()]).toEqual([503, { live: true, ready: false, version: VERSION }]);
    expect(await service.data(DEVICES)).toMatchObject({
      devices: compute.deviceList,
      health: { live: true, ready: false },
    });
    compute.deviceList = [{ id: "cpu", provider: "cpu", state: "READY", reason: null }];
  });
});
