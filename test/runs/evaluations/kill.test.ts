/** kill -9 of a worker that evaluates, with a real compute pool: the scores are those of an uninterrupted run. */
import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { KilledWorkers } from "../../support/processes/killed-workers.js";
import { ended, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
const workers = new KilledWorkers();
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  // 18 molecules for each of two parts of 2,048 positions.
  await store.pool.query(`UPDATE "DatasetCompound" SET position = position + 2048 - 18`);
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterEach(() => workers.killAll());
afterAll(async () => {
  await runs?.close();
  await store?.close();
});

const partsOf = (id: string) => readdir(store.artifacts.path(`runs/${id}/predictions`)).catch(() => []);
const rowOf = async (id: string) => {
  const { status, attempt } = await store.prisma.run.findUniqueOrThrow({ where: { id } });
  return [status, attempt];
};

it("an evaluation whose worker is killed among its parts, and again at its end, is scored once", async () => {
  const asked = { model: "base", dataset: "sample", target: "superclass" };
  const { id } = await runs.startEvaluation(asked);
  expect(await workers.start(store, { chemistry: true, event: "asking", nth: 2 }).ended).toBe("SIGKILL");
  expect([await rowOf(id), (await partsOf(id)).length]).toEqual([["RUNNING", 1], 1]);
  expect(await store.prisma.evaluation.count()).toBe(0);

  // The first part stays: the only molecules that are asked are those of the second.
  expect(await workers.start(store, { chemistry: true, event: "removing" }).ended).toBe("SIGKILL");
  expect([await rowOf(id), (await partsOf(id)).length]).toEqual([["SUCCEEDED", 2], 2]);

  const { id: wholeId } = await runs.startEvaluation(asked);
  const worker = workers.start(store, { chemistry: true });
  await ended(runs, wholeId);
  await worker.close();
  expect([await rowOf(wholeId), await partsOf(wholeId)]).toEqual([["SUCCEEDED", 1], []]);
  const [killed, whole] = await Promise.all(
    [id, wholeId].map((runId) =>
      store.prisma.evaluation.findMany({ where: { runId }, include: { outputs: { omit: { runId: true } } } }),
    ),
  );
  expect(killed).toHaveLength(1);
  expect(killed.map(({ runId: _, ...rest }) => rest)).toEqual(whole.map(({ runId: _, ...rest }) => rest));
  expect(await store.prisma.runAssignment.groupBy({ by: ["runId", "split"], _count: true })).toHaveLength(2);
});
