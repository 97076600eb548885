/** The end of an attempt against what a person asks for meanwhile, and what of it the next attempt finds. */
import { rm } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { type Runs, type RunsOptions, startRuns } from "../../../src/runs/index.js";
import { claim, type Fence, putBack, release } from "../../../src/runs/queue/lease.js";
import { MemoryOfRuns } from "../../../src/runs/queue/memory.js";
import { RunQueue } from "../../../src/runs/queue/queue.js";
import { Recorder } from "../../../src/runs/record/recorder.js";
import type { Run } from "../../../src/store/generated/client.js";
import type { Store } from "../../../src/store/index.js";
import { transaction } from "../../../src/store/sql.js";
import { createTestStore, someoneWaits } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let compute: FakeCompute;
const open: Runs[] = [];

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
beforeEach(() => {
  compute = new FakeCompute();
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const runs of open.splice(0)) await runs.close();
  // What a test leaves must not be taken by the worker of the next one.
  await store.prisma.run.updateMany({ data: { status: "CANCELLED" } });
});

async function start(options: Partial<RunsOptions> = {}): Promise<Runs> {
  const runs = await startRuns({ store, compute, onError: () => undefined, ...options });
  open.push(runs);
  return runs;
}
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const eventsOf = (runId: string) => store.prisma.runEvent.findMany({ where: { runId }, orderBy: { sequence: "asc" } });
const kindsOf = async (runId: string): Promise<string[]> => (await eventsOf(runId)).map(({ kind }) => kind);
const jobsOf = async (runId: string): Promise<number> => {
  const text = `SELECT count(*)::int AS n FROM pgboss.job WHERE data->>'runId' = $1 AND state < 'active'`;
  return (await store.pool.query<{ n: number }>(text, [runId])).rows[0].n;
};

/** Holds the run's row while a worker ends its attempt with the error, and changes it before it lets go. */
async function meanwhile(error: Error, change: string): Promise<string> {
  const [reached, go] = [gate(), gate()];
  compute.beforeStep = async (step, job) => {
    if (step !== 1 || compute.jobs[0] !== job) return;
    reached.open();
    await go.opened;
    throw error;
  };
  const runs = await start();
  const { id } = await runs.startFinetune(order());
  await reached.opened;
  await transaction(store, async (client) => {
    await client.query(`SELECT 1 FROM "Run" WHERE id = $1 FOR UPDATE`, [id]);
    go.open();
    await someoneWaits(store);
    await client.query(`UPDATE "Run" SET ${change} WHERE id = $1`, [id]);
  });
  return id;
}

describe("a cancel that comes while an attempt ends", () => {
  it.each([
    ["by a fault that may pass", new MaillardError("DISK_FULL", "no space", { retryable: true })],
    ["by a crash", new MaillardError("COMPUTE_CRASHED", "signal SIGKILL", { retryable: true })],
    ["by an error", new MaillardError("DIVERGED", "no number")],
  ])("%s: the run is CANCELLED", async (_, error) => {
    const id = await meanwhile(error, `"cancelRequestedAt" = now()`);
    expect(await ended(open[0], id)).toMatchObject({ status: "CANCELLED", errorCode: null, attempt: 1 });
    expect(await jobsOf(id)).toBe(0);
  });
});

it("files of a run without a result go while its worker holds it", async () => {
  const states: unknown[] = [];
  const remove = store.artifacts.remove.bind(store.artifacts);
  vi.spyOn(store.artifacts, "remove").mockImplementation(async (artifact) => {
    if (/predictions$/.test(artifact)) {
      const { status } = await rowOf(artifact.split("/")[1]);
      const locked = `SELECT 1 FROM "Run" WHERE id = $1 FOR UPDATE SKIP LOCKED`;
      states.push([status, (await store.pool.query(locked, [artifact.split("/")[1]])).rowCount]);
    }
    await remove(artifact);
  });
  compute.beforeStep = () => {
    throw new MaillardError("DIVERGED", "no number");
  };
  const runs = await start();
  expect((await ended(runs, (await runs.startFinetune(order())).id)).status).toBe("FAILED");
  expect(states).toEqual([["RUNNING", 0]]);
});

describe("a pause that is taken back before its worker has stopped", () => {
  it("is told in the log, and the run goes on", async () => {
    const [reached, go] = [gate(), gate()];
    compute.beforeStep = async (step) => {
      if (step !== 5 || compute.jobs.length > 1) return;
      reached.open();
      await go.opened;
    };
    const runs = await start();
    const { id } = await runs.startFinetune(order());
    await reached.opened;
    await runs.pause(id);
    await expect.poll(() => compute.signals[0].aborted).toBe(true);
    expect(await runs.resume(id)).toMatchObject({ status: "RUNNING", pauseRequestedAt: null });
    // Nothing was asked for any more.
    await runs.resume(id);
    go.open();
    expect(await ended(runs, id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
    expect(await kindsOf(id)).toEqual(
      "ORDERED CLAIMED STARTED PAUSE_REQUESTED RESUMED REQUEUED CLAIMED CONTINUED SUCCEEDED".split(" "),
    );
    expect((await eventsOf(id))[5].data).toEqual({ reason: "PAUSE_TAKEN_BACK" });
  });
});

describe("resume", () => {
  it("begins the count of attempts anew, as retry does", async () => {
    const quiet = await start({ worker: false });
    const { id } = await quiet.startFinetune(order());
    // Twelve faults, each with its attempt.
    await store.pool.query(`UPDATE "Run" SET attempt = 12, faults = 12 WHERE id = $1`, [id]);
    await quiet.pause(id);
    await quiet.resume(id);
    expect(await rowOf(id)).toMatchObject({ status: "QUEUED", faults: 0, progressAttempt: 12 });
    await store.pool.query(`DELETE FROM pgboss.job WHERE data->>'runId' = $1`, [id]);
    await claim(store.pool, id, "elsewhere/1/x", 60_000);
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [id]);
    await start();
    expect(await ended(quiet, id)).toMatchObject({ status: "SUCCEEDED", attempt: 14 });
  });
});

describe("jobs of the queue", () => {
  it("go with a pause and with a cancel: a run that is resumed has one", async () => {
    const quiet = await start({ worker: false });
    const { id } = await quiet.startFinetune(order());
    for (let times = 0; times < 3; times++) {
      await quiet.pause(id);
      expect(await jobsOf(id)).toBe(0);
      await quiet.resume(id);
      expect(await jobsOf(id)).toBe(1);
    }
    await quiet.cancel(id);
    expect(await jobsOf(id)).toBe(0);
  });

  it("that come before the run is due claim nothing, and come again then", async () => {
    const quiet = await start({ worker: false });
    const { id } = await quiet.startFinetune(order());
    const fence = (await claim(store.pool, id, "host/1/x", 60_000)) as Fence;
    await putBack(store.pool, fence, { code: "DISK_FULL", message: "no space", waitMs: 3_600_000 });
    // The job of the order is still there: it has no time before which it does not come.
    expect(await jobsOf(id)).toBe(1);
    expect(await claim(store.pool, id, "host/1/x", 60_000)).toBeNull();
    const queue = await RunQueue.open(store, () => undefined);
    expect(await queue.claimNext("TRAINING", "host/1/x", 60_000, new MemoryOfRuns(1e12))).toBeNull();
    const due = `SELECT 1 FROM pgboss.job WHERE data->>'runId' = $1 AND state < 'active'
      AND start_after > now() + interval '59 minutes'`;
    expect([(await store.pool.query(due, [id])).rowCount, await jobsOf(id)]).toEqual([1, 1]);
    await store.pool.query(`UPDATE "Run" SET "notBefore" = now() - interval '1 s' WHERE id = $1`, [id]);
    await store.pool.query(`UPDATE pgboss.job SET start_after = now() WHERE data->>'runId' = $1`, [id]);
    const taken = (await queue.claimNext("TRAINING", "host/1/x", 60_000, new MemoryOfRuns(1e12))) as Fence;
    expect(taken).toEqual({ runId: id, attempt: 2 });
    await release(store.pool, taken);
    await queue.close();
  });
});

describe("what an attempt tells", () => {
  it("of warnings: a retry anew keeps those of the plan alone", async () => {
    const quiet = await start({ worker: false });
    const { id } = await quiet.startFinetune(order());
    const planned = [{ code: "CLASS_MISSING", message: "x", details: {} }];
    await store.prisma.run.update({ where: { id }, data: { warnings: planned, leakage: [] } });
    const fence = (await claim(store.pool, id, "elsewhere/1/x", 60_000)) as Fence;
    const recorder = new Recorder(store, fence, new AbortController().signal);
    const warning = { code: "STOPPED_EARLY" as const, message: "early", details: { step: 1 } };
    await recorder.warn(warning);
    await recorder.warn(warning);
    expect((await rowOf(id)).warnings).toEqual([...planned, { ...warning, attempt: 1 }]);
    await store.prisma.run.update({ where: { id }, data: { status: "FAILED" } });
    await quiet.retry(id);
    expect((await rowOf(id)).warnings).toHaveLength(2);
    await store.prisma.run.update({ where: { id }, data: { status: "FAILED" } });
    await quiet.retry(id, { anew: true });
    // What the splits share is found again, with its warnings.
    expect(await rowOf(id)).toMatchObject({ warnings: planned, leakage: null });
  });

  it("of checkpoints that are damaged, and of the beginning of other kinds of runs", async () => {
    compute.beforeStep = (step) => {
      if (step === 8) throw new MaillardError("DIVERGED", "no number");
    };
    const runs = await start();
    const { id } = await runs.startFinetune(order());
    await ended(runs, id);
    await rm(store.artifacts.path(`runs/${id}/checkpoints/step-6`), { recursive: true });
    compute.beforeStep = () => undefined;
    await runs.retry(id);
    expect((await ended(runs, id)).status).toBe("SUCCEEDED");
    const told = (await eventsOf(id)).filter(({ attempt }) => attempt === 2).map(({ kind, data }) => [kind, data]);
    expect(told).toContainEqual(["CHECKPOINT_DAMAGED", { step: 6 }]);
    expect(told).toContainEqual(["CONTINUED", expect.objectContaining({ step: 3 })]);

    const { id: embedding } = await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" });
    await ended(runs, embedding);
    expect(await kindsOf(embedding)).toEqual(["ORDERED", "CLAIMED", "STARTED", "SUCCEEDED"]);
  });
});
