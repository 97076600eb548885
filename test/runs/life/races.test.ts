/** Two things at once: what a person asks of a run against each other, a worker's end and a worker's death. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { Removals, type Runs, startRuns } from "../../../src/runs/index.js";
import { claim, endStopped, type Fence, fail, recover, succeed } from "../../../src/runs/queue/lease.js";
import { Recorder } from "../../../src/runs/record/recorder.js";
import type { Run } from "../../../src/store/generated/client.js";
import type { Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let quiet: Runs;
let removals: Removals;
let id: string;
/** Often enough that both come first now and then. */
const TIMES = 8;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  quiet = await startRuns({ store, compute: new FakeCompute(), worker: false });
  removals = new Removals({ store });
});
afterAll(async () => {
  await quiet.close();
  await store.close();
});
beforeEach(async () => {
  id = (await quiet.startFinetune(order())).id;
});

const rowOf = (runId = id): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id: runId } });
const eventsOf = async (...kinds: string[]): Promise<number> =>
  store.prisma.runEvent.count({ where: { runId: id, kind: { in: kinds } } });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "OK",
    (error: unknown) => MaillardError.from(error).code,
  );
/** By a worker that lives elsewhere. */
const held = async (): Promise<Fence> => (await claim(store.pool, id, "elsewhere/1/x", 60_000)) as Fence;
const expire = () => store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [id]);
const waitingJobs = async (): Promise<number> => {
  const { rows } = await store.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pgboss.job WHERE data->>'runId' = $1 AND state < 'active'`,
    [id],
  );
  return rows[0].count;
};
/** A finetune of its own for each time. */
async function times(work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < TIMES; i++) {
    id = (await quiet.startFinetune(order())).id;
    await work();
  }
}

describe("against a run's success", () => {
  it("cancel: one of the two counts, and its event alone is there", () =>
    times(async () => {
      const fence = await held();
      const [success, cancel] = await Promise.all([codeOf(succeed(store.pool, fence)), codeOf(quiet.cancel(id))]);
      const { status, cancelRequestedAt } = await rowOf();
      expect(cancel).toBe("OK");
      expect([success, status, cancelRequestedAt === null]).toEqual(
        success === "OK" ? ["OK", "SUCCEEDED", true] : ["LEASE_LOST", "RUNNING", false],
      );
      expect(await eventsOf("SUCCEEDED", "CANCEL_REQUESTED")).toBe(1);
      if (success !== "OK") expect(await endStopped(store.pool, fence, "cancel")).toBe(true);
    }));

  it("pause: the run has its result, and is never PAUSED", () =>
    times(async () => {
      const fence = await held();
      const [success, pause] = await Promise.all([codeOf(succeed(store.pool, fence)), codeOf(quiet.pause(id))]);
      expect(success).toBe("OK");
      expect(["OK", "CONFLICT"]).toContain(pause);
      expect(await endStopped(store.pool, fence, "pause")).toBe(false);
      expect((await rowOf()).status).toBe("SUCCEEDED");
      await expect(quiet.resume(id)).rejects.toMatchObject({ code: "CONFLICT", details: { status: "SUCCEEDED" } });
    }));
});

describe("against each other", () => {
  it("pause and a worker's death: PAUSED, with no job", () =>
    times(async () => {
      await held();
      await expire();
      const [pause, { queued }] = await Promise.all([quiet.pause(id), recover(store.pool, [])]);
      expect(pause.status).toBe("PAUSED");
      expect((await rowOf()).status).toBe("PAUSED");
      expect(queued.length).toBeLessThanOrEqual(1);
      expect(await claim(store.pool, id, "elsewhere/2/x", 60_000)).toBeNull();
    }));

  it("resume and pause of a RUNNING run: the worker stops exactly when the request stands", () =>
    times(async () => {
      const fence = await held();
      await Promise.all([quiet.pause(id), quiet.resume(id)]);
      const stands = (await rowOf()).pauseRequestedAt !== null;
      expect(await endStopped(store.pool, fence, "pause")).toBe(stands);
      expect((await rowOf()).status).toBe(stands ? "PAUSED" : "RUNNING");
    }));

  it("resume twice: one job more, and one event", async () => {
    await quiet.pause(id);
    await store.pool.query("DELETE FROM pgboss.job WHERE data->>'runId' = $1", [id]);
    expect(await Promise.all([codeOf(quiet.resume(id)), codeOf(quiet.resume(id))])).toEqual(["OK", "OK"]);
    expect([await waitingJobs(), await eventsOf("RESUMED")]).toEqual([1, 1]);
  });

  it("retry twice: one wins, one is a CONFLICT", () =>
    times(async () => {
      const fence = await held();
      await fail(store.pool, fence, { code: "DIVERGED", message: "no number" });
      await store.pool.query("DELETE FROM pgboss.job WHERE data->>'runId' = $1", [id]);
      const codes = await Promise.all([codeOf(quiet.retry(id)), codeOf(quiet.retry(id, { anew: true }))]);
      expect(codes.toSorted()).toEqual(["CONFLICT", "OK"]);
      expect([await waitingJobs(), await eventsOf("RETRIED")]).toEqual([1, 1]);
    }));

  it("cancel and resume of a PAUSED run: one status, that of the last", () =>
    times(async () => {
      await quiet.pause(id);
      const [cancel, resume] = await Promise.all([codeOf(quiet.cancel(id)), codeOf(quiet.resume(id))]);
      expect(cancel).toBe("OK");
      expect(["OK", "CONFLICT"]).toContain(resume);
      expect(await rowOf()).toMatchObject({ status: "CANCELLED", pauseRequestedAt: null });
    }));
});

describe("a deletion", () => {
  it("ends the subscriptions of the run, without an error", async () => {
    await quiet.cancel(id);
    const { id: other } = await quiet.startFinetune(order());
    const seen: string[] = [];
    const first = gate();
    const follow = (async () => {
      for await (const { status } of quiet.updates(other, new AbortController().signal)) {
        seen.push(status);
        first.open();
      }
    })();
    await first.opened;
    await removals.delete("Run", other, { cascade: true, dryRun: false });
    await follow;
    expect(seen[0]).toBe("QUEUED");
    expect(["QUEUED", "CANCELLED"]).toContain(seen.at(-1));
    expect(await store.prisma.run.findUnique({ where: { id: other } })).toBeNull();
  });

  it("and a claim: the run is held and stays, or is gone and never claimed", () =>
    times(async () => {
      await quiet.pause(id);
      await quiet.resume(id);
      const [deletion, fence] = await Promise.all([
        codeOf(removals.delete("Run", id, { cascade: false, dryRun: false })),
        claim(store.pool, id, "elsewhere/1/x", 60_000),
      ]);
      expect(deletion).toBe("CONFLICT");
      expect(fence).not.toBeNull();
      await quiet.cancel(id);
      await endStopped(store.pool, fence as Fence, "cancel");
      const [gone, again] = await Promise.all([
        codeOf(removals.delete("Run", id, { cascade: false, dryRun: false })),
        claim(store.pool, id, "elsewhere/2/x", 60_000),
      ]);
      expect([gone, again]).toEqual(["OK", null]);
      expect(await waitingJobs()).toBe(0);
    }));

  it("of a PAUSED run is a CONFLICT; with cascade it goes with its job", async () => {
    await quiet.pause(id);
    const whole = { cascade: false, dryRun: false };
    await expect(removals.delete("Run", id, whole)).rejects.toMatchObject({ code: "CONFLICT" });
    await removals.delete("Run", id, { ...whole, cascade: true });
    expect(await store.prisma.run.findUnique({ where: { id } })).toBeNull();
    expect(await waitingJobs()).toBe(0);
  });
});

it("a worker that was lost before a pause and a resume can write nothing", async () => {
  const zombie = await held();
  await expire();
  expect(await quiet.pause(id)).toMatchObject({ status: "PAUSED" });
  await quiet.resume(id);
  const present = (await claim(store.pool, id, "elsewhere/2/x", 60_000)) as Fence;
  expect(present.attempt).toBe(zombie.attempt + 1);
  const recorder = new Recorder(store, zombie, new AbortController().signal);
  await recorder.metric({ kind: "metric", step: 1, epoch: 1, split: "TRAIN", name: "loss", value: 1 });
  await expect(recorder.flush()).rejects.toMatchObject({ code: "LEASE_LOST" });
  recorder.close();
  await expect(succeed(store.pool, zombie)).rejects.toMatchObject({ code: "LEASE_LOST" });
  expect(await fail(store.pool, zombie, { code: "DIVERGED", message: "no number" })).toBe(false);
  expect(await endStopped(store.pool, zombie, "pause")).toBe(false);
  expect(await store.prisma.metric.count({ where: { runId: id } })).toBe(0);
  expect(await rowOf()).toMatchObject({ status: "RUNNING", attempt: present.attempt, errorCode: null });
});

it("a cancel between the last step and the success ends the run, with a real worker", async () => {
  const compute = new FakeCompute();
  const [reached, go] = [gate(), gate()];
  compute.afterEnd = async () => {
    reached.open();
    await go.opened;
  };
  await quiet.cancel(id);
  const runs = await startRuns({ store, compute });
  const { id: own } = await runs.startFinetune(order({ epochs: 1 }));
  await reached.opened;
  await quiet.cancel(own);
  go.open();
  expect(await ended(runs, own)).toMatchObject({ status: "CANCELLED", modelId: null });
  await runs.close();
});
