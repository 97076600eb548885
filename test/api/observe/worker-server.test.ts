/** The port of a worker: alive, ready, metrics; who reads them; and the command that opens it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorkerServer } from "../../../src/api/transport/worker-server.js";
import { runCommandLine } from "../../../src/cli/program.js";
import { readObserving } from "../../../src/observe/settings.js";
import { newKey } from "../../support/access/keys.js";
import { startTestService, type TestService } from "../../support/api.js";
import { keptTerminal } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { value } from "../../support/peers/metrics.js";

const compute = new FakeCompute();
let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute, serve: false });
});
afterAll(() => service.close());

const HERE = { host: "127.0.0.1", port: 0, apiKeys: [], allowedHosts: [] };

describe("the port of a worker", () => {
  it("says that it lives, whether it is ready and what is missing, and its metrics", async () => {
    const server = await startWorkerServer({ ...HERE, application: service.application });
    const ask = async (path: string, init?: RequestInit): Promise<[number, string]> => {
      const response = await fetch(`${server.url}${path}`, init);
      return [response.status, await response.text()];
    };
    expect(await ask("/livez")).toEqual([200, `{"live":true}`]);
    expect(await ask("/readyz?verbose")).toEqual([200, `{"ready":true,"database":true,"devices":true}`]);
    compute.deviceList = [{ id: "cpu", provider: "cpu", state: "RESTARTING", reason: "its process ended" }];
    expect(await ask("/readyz")).toEqual([503, `{"ready":false,"database":true,"devices":false}`]);
    const [status, text] = await ask("/metrics");
    expect([status, value(text, "maillard_compute_device_up", { device: "cpu" })]).toEqual([200, 0]);
    compute.deviceList = [{ id: "cpu", provider: "cpu", state: "READY", reason: null }];
    expect((await ask("/graphql"))[0]).toBe(404);
    expect((await ask("/__proto__"))[0]).toBe(404);
    expect((await ask("/livez", { method: "POST", body: "x" }))[0]).toBe(404);
    expect(await ask("/livez", { method: "HEAD" })).toEqual([200, ""]);
    expect((await ask("/livez", { headers: { origin: "http://evil.example" } }))[0]).toBe(403);
    await server.close();
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
  });

  it("asks for a key where other machines reach it, or where there are keys", async () => {
    const open = { ...HERE, application: service.application, host: "0.0.0.0" };
    await expect(startWorkerServer(open)).rejects.toMatchObject({ code: "STARTUP", param: "HOST" });
    const metricsKey = "a-key-for-metrics-alone";
    const server = await startWorkerServer({ ...open, metricsKey });
    const at = server.url.replace("0.0.0.0", "127.0.0.1");
    const status = async (authorization?: string, path = "/metrics") =>
      (await fetch(`${at}${path}`, { headers: authorization ? { authorization } : {} })).status;
    expect(await status(undefined, "/livez")).toBe(200);
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${metricsKey}`)).toBe(200);
    const { authorization: admin } = await newKey(service.application, { name: "admin", role: "ADMIN" });
    const { authorization: reader } = await newKey(service.application, { name: "reader", role: "READER" });
    expect([await status(admin), await status(reader)]).toEqual([200, 403]);
    await server.close();
  });

  it("that is taken is named with its setting", async () => {
    const server = await startWorkerServer({ ...HERE, application: service.application });
    const port = Number(new URL(server.url).port);
    await expect(startWorkerServer({ ...HERE, port, application: service.application })).rejects.toMatchObject({
      code: "STARTUP",
      param: "MAILLARD_WORKER_PORT",
      message: expect.stringContaining(`MAILLARD_WORKER_PORT=${port + 1}`),
    });
    await server.close();
  });
});

describe("maillard worker", () => {
  it("has that port where MAILLARD_WORKER_PORT is set, and closes it", async () => {
    const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
    const terminal = keptTerminal({
      ...{ DATABASE_URL: service.databaseUrl, MAILLARD_HOME: home, MAILLARD_WORKER_PORT: "0" },
      ...{ MAILLARD_LOG_LEVEL: "error", MAILLARD_METRICS_KEY: "a-key-for-metrics-alone" },
    });
    const ended = runCommandLine(["worker"], terminal);
    const address = (): string | undefined => /at (http:\S+)/.exec(terminal.beside.join("\n"))?.[1];
    await expect.poll(address, { timeout: 60_000 }).toBeDefined();
    const url = address() as string;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    // There are keys in the database by now.
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const headers = { authorization: "Bearer a-key-for-metrics-alone" };
    const text = await (await fetch(`${url}/metrics`, { headers })).text();
    expect(value(text, "maillard_processes", { process: "compute" })).toBe(1);
    terminal.interrupt();
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    await rm(home, { recursive: true, force: true });
  });
});

describe("the settings", () => {
  it("have defaults, and every mistake is named", () => {
    expect(readObserving({})).toEqual({
      observing: {
        ...{ logLevel: "info", logRequests: "failed", metricsKey: undefined, workerPort: undefined, traces: false },
      },
      problems: [],
    });
    const wrong = {
      ...{ MAILLARD_LOG_LEVEL: "loud", MAILLARD_LOG_REQUESTS: "some" },
      ...{ MAILLARD_METRICS_KEY: "too short", MAILLARD_WORKER_PORT: "70000" },
    };
    expect(readObserving(wrong).problems.map(({ param }) => param)).toEqual(Object.keys(wrong));
  });
});
