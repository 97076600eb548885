/** Analyses and fits of probes as the pool runs them: answered, late, stopped, closed. */
import { expect, test } from "vitest";
import { computePca } from "../../src/analysis/pca/pca.js";
import { runAnalysis } from "../../src/analysis/task.js";
import { fitProbe, type ProbeJob } from "../../src/train/probe/probe.js";
import { FAKE_INFERENCE, fakeModel, fakePool, rejection, tokens } from "../support/compute.js";

const SILENT = new URL("../support/processes/silent-process.mjs", import.meta.url);
const OUTLIERS = { kind: "OUTLIERS", vectors: Float32Array.of(1, 2, 3), dimension: 1, options: {} } as const;

/** Vectors of more than one message: 4 MiB each. */
function probeJob(rows: number, dimension: number): ProbeJob {
  return {
    task: "SINGLE_LABEL",
    labels: ["low", "high"],
    classWeights: "none",
    inverseRegularization: [1],
    dimension,
    vectors: Float32Array.from({ length: rows * dimension }, (_, i) => Math.sin(i * 0.7) + (i % dimension) / dimension),
    examples: Array.from({ length: rows }, (_, row) => ({
      label: Math.sin(row * dimension * 0.7) > 0 ? 1 : 0,
      split: row % 3 === 0 ? "TEST" : "TRAIN",
    })),
  };
}

test("an analysis and a fit are the same as made here", async () => {
  const pool = await fakePool();
  expect(await pool.analysisLine.analyse(OUTLIERS)).toEqual(await runAnalysis(OUTLIERS));
  const job = probeJob(90, 12_000);
  expect(job.vectors.length).toBeGreaterThan(1_048_576);
  const { probe, reports } = await pool.fitProbe(job);
  const here = fitProbe(job);
  expect([probe, reports.length]).toEqual([here.probe, 1]);
  expect(reports).toEqual(here.reports);
});

test("a fit is ended by its signal, and by close, which makes it retryable; an error inside crosses", async () => {
  const pool = await fakePool();
  const stop = new AbortController();
  const job = probeJob(90, 12_000);
  const wrong = await rejection(pool.fitProbe({ ...job, examples: [] }));
  expect(wrong.code).not.toBe("COMPUTE_CRASHED");
  const [stopped, closed] = [pool.fitProbe(job, stop.signal), pool.fitProbe(job)].map(rejection);
  expect(pool.gauges().trainingRuns).toBe(2);
  stop.abort();
  expect(await stopped).toMatchObject({ code: "CANCELLED", retryable: false, details: { reason: "SIGNAL" } });
  await pool.close();
  expect(await closed).toMatchObject({ code: "CANCELLED", retryable: true, details: { reason: "SHUTDOWN" } });
  expect(pool.gauges().trainingRuns).toBe(0);
});

test("a late analysis is TIMEOUT; past the bound the next is OVERLOADED; close ends the rest", async () => {
  const pool = await fakePool({ analysisTimeoutMs: 100, entry: { inference: FAKE_INFERENCE, analysis: SILENT } });
  const late = await rejection(pool.analysisLine.analyse(OUTLIERS));
  expect([late.code, late.message, late.details]).toEqual([
    "TIMEOUT",
    "The analysis did not end within 0.1 s. Ask for fewer molecules or fewer iterations.",
    { timeoutMs: 100 },
  ]);
  const asked = Array.from({ length: 17 }, () => rejection(pool.analysisLine.analyse(OUTLIERS)));
  expect(await rejection(pool.analysisLine.analyse(OUTLIERS))).toMatchObject({
    code: "OVERLOADED",
    retryable: true,
    // 17 are ahead. The only one that has ended took 0.1 s, and the start of its process.
    details: { retryAfterMs: expect.toSatisfy((ms: number) => ms >= 1_700 && ms < 17 * 5_000), limit: 16 },
  });
  await pool.close();
  const [, ...waited] = await Promise.all(asked);
  expect(waited.map(({ code, retryable }) => [code, retryable])).toEqual(new Array(16).fill(["CANCELLED", true]));
  expect((await rejection(pool.analysisLine.analyse(OUTLIERS))).code).toBe("CANCELLED");
});

test("a PCA is the same as made here: sent in parts, and its errors keep code and param", async () => {
  const pool = await fakePool();
  const vectors = Float32Array.from({ length: 600_000 }, (_, i) => Math.sin(i * 0.7) + (i % 3));
  const request = { vectors, dimension: 3, components: 2, fitRows: Int32Array.of(0, 1, 2, 5) };
  expect(await pool.pca(request)).toEqual(computePca(request));
  expect(await rejection(pool.pca({ ...request, components: 4 }))).toMatchObject({ code: "BAD_INPUT" });
  expect(pool.gauges()).toEqual({ queuedItems: 0, runningItems: 0, trainingRuns: 0 });
});

test("a PCA waits for no analysis, no batch for it; its caller ends it; past the bound it is OVERLOADED", async () => {
  const pool = await fakePool({ entry: { inference: FAKE_INFERENCE, analysis: SILENT } });
  const { model } = fakeModel();
  const request = { vectors: new Float32Array(3), dimension: 3, components: 1, fitRows: null };
  const stop = new AbortController();
  const analysis = rejection(pool.analysisLine.analyse(OUTLIERS, stop.signal));
  const asked = Array.from({ length: 17 }, () => rejection(pool.pca(request, stop.signal)));
  expect(pool.gauges()).toEqual({ queuedItems: 16, runningItems: 2, trainingRuns: 0 });
  expect(await rejection(pool.pca(request))).toMatchObject({ code: "OVERLOADED", details: { limit: 16 } });
  expect((await pool.infer({ model, output: "CLS", tokenIds: [tokens(1)] }))[0][0]).toBe(1);
  stop.abort();
  const ended = await Promise.all([analysis, ...asked]);
  expect(new Set(ended.map(({ code }) => code))).toEqual(new Set(["CANCELLED"]));
  expect(pool.gauges()).toEqual({ queuedItems: 0, runningItems: 0, trainingRuns: 0 });
});
