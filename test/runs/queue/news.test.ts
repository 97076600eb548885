/** What a process says of the runs that it works on: each event once, with its code, and no message. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import type { RunNews } from "../../../src/runs/queue/news.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
const open: Runs[] = [];
let news: RunNews[] = [];
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
afterEach(async () => {
  for (const runs of open.splice(0)) await runs.close();
  news = [];
});

async function start(compute: FakeCompute, leaseMs?: number): Promise<Runs> {
  const onEvent = (one: RunNews) => void news.push(one);
  const runs = await startRuns({ store, compute, leaseMs, onEvent, onError: () => undefined, pollMs: 100 });
  open.push(runs);
  return runs;
}
const of = (id: string) => news.filter(({ run }) => run === id);
const events = (id: string) => of(id).map(({ event }) => event);

it("tells of a run that fails its code and the option, never the message", async () => {
  const compute = new FakeCompute();
  compute.beforeStep = () => {
    throw new MaillardError("DIVERGED", "The loss of CCO is NaN.", { param: "learningRate" });
  };
  const runs = await start(compute);
  const { id } = await runs.startFinetune(order());
  await ended(runs, id);
  await expect.poll(() => events(id), { timeout: 30_000 }).toEqual(["claimed", "failed"]);
  expect(of(id)).toMatchObject([
    { attempt: 1, lane: "TRAINING", worker: expect.any(String) },
    { attempt: 1, code: "DIVERGED", param: "learningRate", kind: "FINETUNE", seconds: expect.any(Number) },
  ]);
  expect(JSON.stringify(of(id))).not.toContain("CCO");
});

it("tells of a full disk when the run is tried again, and that it was resumed", async () => {
  const compute = new FakeCompute();
  let isFull = true;
  compute.beforeStep = () => {
    if (isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC", syscall: "write" });
  };
  const runs = await start(compute);
  const { id } = await runs.startFinetune(order());
  await expect.poll(() => events(id), { timeout: 30_000 }).toEqual(["claimed", "fault"]);
  expect(of(id)[1]).toMatchObject({ code: "DISK_FULL", retryAt: expect.stringMatching(/^\d{4}-.*Z$/) });
  isFull = false;
  await runs.resume(id);
  await ended(runs, id);
  await expect.poll(() => events(id), { timeout: 30_000 }).toEqual(["claimed", "fault", "resumed", "succeeded"]);
  expect(of(id)[2]).toMatchObject({ attempt: 2 });
});

it("tells that a run was given back, cancelled or paused", async () => {
  const compute = new FakeCompute();
  const reached = gate();
  compute.beforeStep = (_step, _job, signal) => {
    reached.open();
    return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  };
  const first = await start(compute);
  const { id } = await first.startFinetune(order());
  await reached.opened;
  await first.close();
  expect(events(id)).toEqual(["claimed", "requeued"]);
  expect(of(id)[1]).toMatchObject({ reason: "CLOSED" });
  const second = await start(compute);
  await expect.poll(() => events(id).at(-1), { timeout: 30_000 }).toBe("resumed");
  await second.pause(id);
  await expect.poll(() => events(id).at(-1), { timeout: 30_000 }).toBe("paused");
  await second.resume(id);
  await expect.poll(() => events(id).at(-1), { timeout: 30_000 }).toBe("resumed");
  await second.cancel(id);
  await expect.poll(() => events(id).at(-1), { timeout: 30_000 }).toBe("cancelled");
});

it("tells that the run of a lost worker was taken over, by the process that queued it again", async () => {
  const compute = new FakeCompute();
  const [reached, goOn] = [gate(), gate()];
  compute.beforeStep = async () => {
    reached.open();
    await goOn.opened;
  };
  const runs = await start(compute, 3_000);
  const { id } = await runs.startFinetune(order());
  await reached.opened;
  // As if another worker, which has ended, had it.
  await store.pool.query(
    `UPDATE "Run" SET "workerId" = 'gone', attempt = attempt + 1, "leaseExpiresAt" = now() - interval '1 hour'
     WHERE id = $1`,
    [id],
  );
  await expect.poll(() => events(id), { timeout: 30_000 }).toContain("taken_over");
  goOn.open();
  await ended(runs, id);
  await expect.poll(() => events(id).at(-1), { timeout: 30_000 }).toBe("succeeded");
  expect(events(id)).toContain("lease_lost");
});

it("tells that a run failed which ends its workers again and again, though no worker has it", async () => {
  const quiet = await startRuns({ store, compute: new FakeCompute(), worker: false });
  open.push(quiet);
  const { id } = await quiet.startFinetune(order());
  await store.pool.query(
    `UPDATE "Run" SET status = 'RUNNING', "workerId" = 'gone', attempt = 3, losses = 3,
       "leaseExpiresAt" = now() - interval '1 hour' WHERE id = $1`,
    [id],
  );
  await start(new FakeCompute());
  await expect.poll(() => events(id), { timeout: 30_000 }).toEqual(["failed"]);
  expect(of(id)).toMatchObject([{ code: "COMPUTE_CRASHED" }]);
});
