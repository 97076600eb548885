/** kill -9 of a worker with a real training process, at chosen points: the run ends as without a kill. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Runs, startRuns } from "../../src/runs/index.js";
import type { Run } from "../../src/store/generated/client.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { KilledWorkers } from "../support/processes/killed-workers.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let whole: Run;
const workers = new KilledWorkers();

/**
 * Three epochs of three steps of two batches each, dropout and warm-up on: the random numbers of every step must be
 * restored as well, and the best checkpoint for the model that is saved.
 */
const asked = () =>
  order({
    seed: 5,
    dropout: 0.1,
    learningRate: 1e-3,
    warmupSteps: 2,
    lrSchedulerType: "cosine",
    batchSize: 5,
    gradientAccumulationSteps: 2,
    labelSmoothingFactor: 0.1,
    classWeights: "balanced",
    loadBestModelAtEnd: true,
    metricForBestModel: "loss",
    saveTotalLimit: 1,
  });

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  whole = await execute();
});
afterEach(() => workers.killAll());
afterAll(async () => {
  workers.killAll();
  await runs.close();
  await store.close();
});

/** Runs it with a worker for each kill, and then with one that is not killed. */
async function execute(...kills: object[]): Promise<Run> {
  const { id } = await runs.startFinetune(asked());
  for (const instruction of kills) expect(await workers.start(store, instruction).ended).toBe("SIGKILL");
  const worker = workers.start(store);
  const run = await ended(runs, id);
  await worker.close();
  return run;
}

async function metricsOf(runId: string) {
  return store.prisma.metric.findMany({
    where: { runId },
    orderBy: { sequence: "asc" },
    select: { sequence: true, step: true, epoch: true, split: true, name: true, value: true },
  });
}
const checksumOf = async ({ modelId }: Run) =>
  (await store.prisma.model.findUniqueOrThrow({ where: { id: modelId as string } })).checksum;

describe("a run whose worker is killed", () => {
  it("is compared with one that is not: 9 steps, every metric of every kind", async () => {
    expect(whole).toMatchObject({ status: "SUCCEEDED", attempt: 1, step: 9, totalSteps: 9 });
    const metrics = await metricsOf(whole.id);
    expect(metrics.filter(({ name, split }) => name === "loss" && split === "TRAIN")).toHaveLength(9);
    expect(metrics.map(({ sequence }) => sequence)).toEqual(metrics.map((_, index) => index + 1));
    expect(new Set(metrics.map(({ name }) => name))).toEqual(
      new Set(["loss", "learningRate", "gradientNorm", "accuracy", "macroF1"]),
    );
    expect(await store.prisma.evaluation.count({ where: { runId: whole.id } })).toBe(2);
  });

  it.each([
    ["during the first step", [{ event: "started", step: 0 }], 2],
    ["after a step, before its loss is written", [{ event: "metric", step: 5, name: "loss" }], 2],
    ["while an epoch is scored, before its checkpoint", [{ event: "metric", step: 6, name: "macroF1" }], 2],
    ["between a checkpoint's file and its row", [{ event: "checkpoint", step: 6 }], 2],
    ["when everything is done but the model's row", [{ event: "finished" }], 2],
    [
      "again and again",
      [
        { event: "metric", step: 2, name: "loss" },
        { event: "checkpoint", step: 3 },
        { event: "metric", step: 5, name: "gradientNorm" },
        { event: "evaluation" },
      ],
      5,
    ],
  ])("%s repeats the uninterrupted one bit for bit", async (_, kills, attempts) => {
    const run = await execute(...kills);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: attempts, step: 9, lastSequence: whole.lastSequence });
    expect(await metricsOf(run.id)).toEqual(await metricsOf(whole.id));
    expect(await checksumOf(run)).toBe(await checksumOf(whole));
    expect((run.warnings as { code: string }[]).map(({ code }) => code)).not.toContain("ENVIRONMENT_CHANGED");
  });
});
