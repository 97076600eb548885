/** kill -9 of workers with real training processes in the middle of a sweep: it ends as one without a kill. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { KilledWorkers } from "../../support/processes/killed-workers.js";
import { ended, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
const workers = new KilledWorkers();

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterEach(() => workers.killAll());
afterAll(async () => {
  workers.killAll();
  await runs.close();
  await store.close();
});

/** Three trials for an epoch of three steps, one of them for two more. */
async function sweep(name: string, ...kills: object[]) {
  const { id } = await runs.startSweep({
    finetune: order({ name, seed: 5, dropout: 0.1, metricForBestModel: "loss" }),
    search: [{ option: "learningRate", values: [1e-6, 1e-4, 3e-3] }],
  });
  for (const instruction of kills) expect(await workers.start(store, instruction).ended).toBe("SIGKILL");
  const worker = workers.start(store);
  const rows = await store.prisma.run.findMany({ where: { groupId: id }, orderBy: { groupIndex: "asc" } });
  for (const row of rows) await ended(runs, row.id);
  await worker.close();
  const after = await store.prisma.run.findMany({
    where: { groupId: id },
    orderBy: { groupIndex: "asc" },
    include: {
      model: true,
      metrics: { orderBy: { sequence: "asc" } },
      events: { where: { kind: { in: ["PROMOTED", "STOPPED_BY_SWEEP"] } } },
    },
  });
  const { rungsLeft } = await store.prisma.runGroup.findUniqueOrThrow({ where: { id } });
  const attempts = after.reduce((sum, { attempt }) => sum + attempt, 0);
  const trials = after.map(({ status, step, epoch, haltEpoch, model, metrics, events }) => ({
    ...{ status, step, epoch, haltEpoch, weights: model?.checksum ?? null },
    metrics: metrics.map(({ sequence, step: at, split, name: metric, value }) => [sequence, at, split, metric, value]),
    decided: events.map(({ kind, data }) => [kind, data]),
  }));
  return { rungsLeft, attempts, trials };
}

it("has the same trials, scores and best", async () => {
  const whole = await sweep("whole");
  expect(whole).toMatchObject({ rungsLeft: 0, attempts: 4 });
  expect(whole.trials.map(({ status, step }) => `${status} ${step}`).sort()).toEqual([
    "CANCELLED 3",
    "CANCELLED 3",
    "SUCCEEDED 9",
  ]);
  // Of the first trial before it is PAUSED, and of the one that goes on before its checkpoint is written.
  const killed = await sweep("killed", { event: "halted", step: 3 }, { event: "checkpoint", step: 6 });
  expect(killed.trials).toEqual(whole.trials);
  expect(killed).toMatchObject({ rungsLeft: 0, attempts: 6 });
});
