/** /metrics: every metric of the table, what happened in it, who reads it, and nothing in it that a user chose. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRICS } from "../../../src/observe/definitions.js";
import { newKey } from "../../support/access/keys.js";
import { importLibrary, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { value } from "../../support/peers/metrics.js";
import { subscriber } from "../../support/sockets.js";

/** Of a poll: a process starts in seconds. */
const PATIENT = { timeout: 60_000 };
const SMILES = "CCCCCCOC(=O)CCCCBr";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const scrape = async (headers: Record<string, string> = {}): Promise<string> => {
  const response = await fetch(`${service.url}/metrics`, { headers });
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return response.text();
};

describe("the metrics", () => {
  it("are all there, each with its help and type, and those of Node beside them", async () => {
    const text = await scrape();
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      expect(text).toContain(`# HELP ${name} ${help}\n`);
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(value(text, "maillard_database_up")).toBe(1);
    expect(value(text, "maillard_compute_device_up", { device: "cpu" })).toBe(1);
  });

  it("count an operation by kind, root field and code, and time what it took", async () => {
    const before = await scrape();
    const ask = `{ predict(smiles: ["${SMILES}", "CCO"], model: "classifier") { __typename } }`;
    await service.data(ask);
    await service.data(ask);
    await service.refusal(`{ predict(smiles: ["CCO"], model: "nobody-has-this") { __typename } }`);
    await service.ask("{ nothing }");
    await service.data("{ health { ready } viewer { name } }");
    const after = await scrape();
    const grown = (name: string, labels: Record<string, string> = {}) =>
      (value(after, name, labels) ?? 0) - (value(before, name, labels) ?? 0);
    const predicted = { kind: "query", field: "predict" };
    expect(grown("maillard_operations_total", { ...predicted, code: "OK" })).toBe(2);
    expect(grown("maillard_operations_total", { ...predicted, code: "NOT_FOUND" })).toBe(1);
    expect(
      grown("maillard_operations_total", { kind: "none", field: "other", code: "GRAPHQL_VALIDATION_FAILED" }),
    ).toBe(1);
    expect(grown("maillard_operations_total", { kind: "query", field: "other", code: "OK" })).toBe(1);
    expect(grown("maillard_operation_seconds_count", predicted)).toBe(3);
    expect(grown("maillard_http_requests_total", { method: "POST", route: "/graphql", status: "200" })).toBe(5);
    // The first found no row, the second found both.
    expect(grown("maillard_cache_requests_total", { cache: "predictions", result: "miss" })).toBe(2);
    expect(grown("maillard_cache_requests_total", { cache: "predictions", result: "hit" })).toBe(2);
    expect(grown("maillard_compute_batch_items_sum")).toBe(2);
    expect(grown("maillard_compute_inference_seconds_count")).toBeGreaterThanOrEqual(1);
    expect(grown("maillard_compute_queue_seconds_count")).toBe(2);
    // A text is read once.
    for (const stage of ["chemistry", "tokenize"])
      expect(grown("maillard_stage_seconds_count", { stage })).toBeGreaterThanOrEqual(1);
    // Rows and fingerprints behind the answer are made for a moment longer.
    const running = async () => value(await scrape(), "maillard_stage_running", { stage: "chemistry" });
    await expect.poll(running, { timeout: 10_000 }).toBe(0);
    expect(grown("maillard_database_statement_seconds_count")).toBeGreaterThan(2);
  });

  it("have the processes with their memory, and count one that is killed as crashed", async () => {
    const text = await scrape();
    for (const process of ["server", "compute", "chemistry"]) {
      expect(value(text, "maillard_processes", { process })).toBeGreaterThanOrEqual(1);
      expect(value(text, "maillard_resident_bytes", { process })).toBeGreaterThan(10_000_000);
    }
    const [{ pid }] = service.application.compute.statistics?.().devices ?? [];
    process.kill(pid as number, "SIGKILL");
    const crashed = { process: "compute", reason: "crashed" };
    await expect.poll(async () => value(await scrape(), "maillard_process_ends_total", crashed), PATIENT).toBe(1);
    await expect
      .poll(async () => value(await scrape(), "maillard_compute_device_crashes_total", { device: "cpu" }), PATIENT)
      .toBe(1);
    await expect
      .poll(async () => value(await scrape(), "maillard_compute_device_up", { device: "cpu" }), PATIENT)
      .toBe(1);
  });

  it("count runs by status and lane, and what happened to them, in the log too", async () => {
    await importLibrary(service, "observed-library", [{ smiles: SMILES }, { smiles: "CCO" }]);
    const before = await scrape();
    const { startEmbedding } = await service.data<{ startEmbedding: { run: { id: string } } }>(
      `mutation { startEmbedding(input: { dataset: "observed-library", model: "base" }) { run { id } } }`,
    );
    expect(startEmbedding.run.id).toMatch(/\w/);
    await expect
      .poll(async () => value(await scrape(), "maillard_runs", { status: "SUCCEEDED", lane: "DATASET" }), PATIENT)
      .toBe((value(before, "maillard_runs", { status: "SUCCEEDED", lane: "DATASET" }) ?? 0) + 1);
    await expect
      .poll(async () => value(await scrape(), "maillard_run_events_total", { event: "succeeded" }), PATIENT)
      .toBe(1);
    const told = service.lines.filter(({ fields }) => "run" in fields);
    expect(told.map(({ fields }) => fields)).toMatchObject([
      { event: "claimed", attempt: 1, lane: "DATASET", run: expect.any(String) },
      { event: "succeeded", attempt: 1, kind: "EMBEDDING", seconds: expect.any(Number) },
    ]);
  });

  it("count operations of a WebSocket once, at their end", async () => {
    const before = await scrape();
    const socket = subscriber(service.url);
    for await (const _ of socket.events("{ devices { id } }")) break;
    await socket.close();
    const labels = { kind: "query", field: "devices", code: "OK" };
    expect(value(await scrape(), "maillard_operations_total", labels)).toBe(
      (value(before, "maillard_operations_total", labels) ?? 0) + 1,
    );
  });

  it("hold no SMILES, name or address that a user chose", async () => {
    await fetch(`${service.url}/graphql?query={predict(smiles:["${SMILES}"],model:"classifier"){__typename}}`);
    await fetch(`${service.url}/${SMILES}`);
    const text = await scrape();
    for (const word of [SMILES, "classifier", "observed-library", "nobody-has-this"]) expect(text).not.toContain(word);
    expect(value(text, "maillard_http_requests_total", { method: "GET", route: "other", status: "404" })).toBe(1);
  });
});

describe("who reads them", () => {
  it("is everybody without keys; with keys administrators, and whoever has the key of the metrics", async () => {
    const metricsKey = "a-key-for-metrics-alone";
    const keyed = await startTestService({ compute: new FakeCompute(), metricsKey });
    const status = async (authorization?: string, path = "/metrics") =>
      (await fetch(`${keyed.url}${path}`, { headers: authorization ? { authorization } : {} })).status;
    expect(await status()).toBe(200);
    const { authorization: admin } = await newKey(keyed.application, { name: "admin", role: "ADMIN" });
    const { authorization: member } = await newKey(keyed.application, { name: "member" });
    expect(await status()).toBe(401);
    expect(await status(admin)).toBe(200);
    expect(await status(member)).toBe(403);
    expect(await status(`Bearer ${metricsKey}`)).toBe(200);
    expect(await status(`Bearer ${metricsKey}x`)).toBe(401);
    // It reads nothing else.
    expect(await status(`Bearer ${metricsKey}`, "/graphql?query={__typename}")).toBe(401);
    for (const path of ["/health", "/livez", "/readyz"]) expect(await status(undefined, path)).toBe(200);
    await keyed.close();
  });
});
