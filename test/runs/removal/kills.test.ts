/**
 * kill -9 of a process that deletes, at each point: everything is there, or nothing but files that the next sweep
 * takes.
 */
import { fork } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Removals, type Runs, startRuns } from "../../../src/runs/index.js";
import { bytesUnder } from "../../../src/runs/removal/disk-usage.js";
import type { Store } from "../../../src/store/index.js";
import { LOADER, processScript } from "../../support/child.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { type Held, heldBy } from "../../support/leftovers.js";
import { ended, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

const SCRIPT = processScript("delete-thing");
let store: Store;
let runs: Runs;
let before: Held;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  runs = await startRuns({ store, compute: new FakeCompute() });
  before = await heldBy(store);
});
afterAll(async () => {
  await runs.close();
  await store.close();
});

/** Deletes the run with its model in a process that kills itself. */
function deleteKilled(id: string, point: string): Promise<NodeJS.Signals | null> {
  const child = fork(SCRIPT, [store.url, store.home, "Run", id, point], { execArgv: LOADER });
  return new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
}

it.each(["begun", "committed", "removing", "between"])("leaves nothing half when it is killed: %s", async (point) => {
  const run = await ended(runs, (await runs.startFinetune(order({ epochs: 1 }))).id);
  const model = await store.prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
  const folder = store.artifacts.path(model.artifact);
  // A file of the run besides its model's.
  await store.artifacts.write(`runs/${run.id}/predictions.csv`, "a file of the run");
  const whole = await heldBy(store);
  expect(await deleteKilled(run.id, point)).toBe("SIGKILL");
  const rows = [
    await store.prisma.run.count({ where: { id: run.id } }),
    await store.prisma.model.count({ where: { id: model.id } }),
  ];
  if (point === "begun") {
    expect(rows).toEqual([1, 1]);
    expect(await heldBy(store)).toEqual(whole);
    await new Removals({ store }).delete("Run", run.id, { cascade: true });
  } else {
    expect(rows).toEqual([0, 0]);
    expect(await store.prisma.removal.count()).toBeGreaterThan(0);
    // Files only ever go after rows.
    if (point === "committed") expect(await bytesUnder(folder)).toBeGreaterThan(1_000);
    await new Removals({ store }).round();
  }
  expect(await heldBy(store)).toEqual(before);
});
