/** A training that gets little of the processor says so once, and at which priority it runs. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Runs, startRuns } from "../../src/runs/index.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let share: (step: number) => number | null = () => null;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  const compute = new FakeCompute();
  const train = compute.train.bind(compute);
  compute.train = (job, onEvent, signal) =>
    train(
      job,
      (event) => {
        if (event.kind === "started") return onEvent({ ...event, nice: 10 });
        return onEvent(event.kind === "progress" ? { ...event, share: share(event.step) } : event);
      },
      signal,
    );
  runs = await startRuns({ store, compute, onError: (error) => expect.fail(String(error)) });
});
afterAll(async () => {
  await runs.close();
  await store.close();
});

async function warned(): Promise<unknown[]> {
  const { id, warnings } = await ended(runs, (await runs.startFinetune(order())).id);
  const started = await store.prisma.runEvent.findFirstOrThrow({ where: { runId: id, kind: "STARTED" } });
  expect(started.data).toMatchObject({ nice: 10 });
  return (warnings as { code: string; details: unknown }[])
    .filter(({ code }) => code === "SLOW_MACHINE")
    .map(({ details }) => details);
}

it("warns once, with the share, below a half", async () => {
  share = (step) => (step < 4 ? null : step / 100);
  expect(await warned()).toEqual([{ share: 0.04 }]);
});

it("warns of nothing at a half or more, or when nothing is known", async () => {
  share = (step) => (step < 4 ? null : 0.5);
  expect(await warned()).toEqual([]);
});
