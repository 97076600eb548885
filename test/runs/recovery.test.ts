import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../src/errors.js";
import { type Runs, type RunsOptions, startRuns } from "../../src/runs/index.js";
import {
  claim,
  countProgress,
  endStopped,
  type Fence,
  fail,
  heartbeat,
  lockHeld,
  release,
} from "../../src/runs/queue/lease.js";
import { isGone, makeWorkerId } from "../../src/runs/queue/workers.js";
import { Recorder } from "../../src/runs/record/recorder.js";
import type { Run } from "../../src/store/generated/client.js";
import { newId, type Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let problems: unknown[];
const open: Runs[] = [];
/** Remains of lost workers, ended after the test. */
const zombies: (() => Promise<void>)[] = [];
const forever = new AbortController().signal;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
beforeEach(() => {
  problems = [];
});
afterEach(async () => {
  for (const end of zombies.splice(0)) await end();
  for (const runs of open.splice(0)) await runs.close();
});

async function start(compute: FakeCompute, options: Partial<RunsOptions> = {}): Promise<Runs> {
  const runs = await startRuns({ store, compute, onError: (error) => problems.push(error), ...options });
  open.push(runs);
  return runs;
}
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const metricsOf = (runId: string) =>
  store.prisma.metric.findMany({
    where: { runId },
    orderBy: { sequence: "asc" },
    select: { sequence: true, step: true, name: true, value: true, split: true },
  });

/** A run that a lost worker holds: claimed, its lease back-dated. */
async function abandoned(
  runs: Runs,
  changes: Record<string, unknown> = {},
  workerId = "elsewhere/1/x",
): Promise<Fence> {
  const { id } = await runs.startFinetune(order(changes));
  await store.pool.query(`DELETE FROM pgboss.job WHERE data->>'runId' = $1`, [id]);
  const fence = (await claim(store.pool, id, workerId, 60_000)) as Fence;
  await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [id]);
  return fence;
}

describe("a run whose worker is lost", () => {
  it("is taken over once its lease has run out, under the next attempt", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { runId } = await abandoned(quiet);
    const compute = new FakeCompute();
    await start(compute);
    expect(await ended(quiet, runId)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
    expect(compute.jobs).toHaveLength(1);
  });

  it("is not taken over while its lease runs, unless the worker was a process here that is gone", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const [machine] = makeWorkerId().split("/");
    const held = await abandoned(quiet);
    const gone = await abandoned(quiet, {}, `${machine}/4194303/before`);
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() + interval '1 hour' WHERE id = ANY($1::text[])`, [
      [held.runId, gone.runId],
    ]);
    await start(new FakeCompute());
    expect((await ended(quiet, gone.runId)).status).toBe("SUCCEEDED");
    expect(await rowOf(held.runId)).toMatchObject({ status: "RUNNING", attempt: 1 });
    await endStopped(store.pool, held, "cancel");
  });

  it("is cancelled on request, and not computed again", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { runId } = await abandoned(quiet);
    await store.pool.query(`UPDATE "Run" SET "cancelRequestedAt" = now() WHERE id = $1`, [runId]);
    const compute = new FakeCompute();
    await start(compute);
    expect((await ended(quiet, runId)).status).toBe("CANCELLED");
    expect(compute.jobs).toEqual([]);
  });

  it("is cancelled at once by cancel itself", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { runId } = await abandoned(quiet);
    expect((await quiet.cancel(runId)).status).toBe("CANCELLED");
  });

  it("is given up after ten attempts without a checkpoint", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { runId } = await abandoned(quiet);
    await store.pool.query(`UPDATE "Run" SET attempt = 10 WHERE id = $1`, [runId]);
    await start(new FakeCompute());
    expect(await ended(quiet, runId)).toMatchObject({ status: "FAILED", errorCode: "COMPUTE_CRASHED", attempt: 10 });
  });

  it("is not given up for its number of starts: an embedding run, too, counts from its last progress", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { id } = await quiet.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" });
    await store.pool.query(`UPDATE "Run" SET attempt = 19 WHERE id = $1`, [id]);
    await store.pool.query(`DELETE FROM pgboss.job WHERE data->>'runId' = $1`, [id]);
    const fence = (await claim(store.pool, id, "elsewhere/1/x", 60_000)) as Fence;
    await countProgress(store.pool, fence);
    expect(await rowOf(id)).toMatchObject({ attempt: 20, progressAttempt: 20, losses: 1 });
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [id]);
    const compute = new FakeCompute();
    compute.beforeInfer = () => {
      compute.beforeInfer = () => undefined;
      throw new MaillardError("COMPUTE_CRASHED", "The process ended.", { retryable: true });
    };
    await start(compute);
    expect(await ended(quiet, id)).toMatchObject({ status: "SUCCEEDED", attempt: 22, progressAttempt: 22 });
  });

  it("is given up after three claims that ended with their process; one that was released does not count", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { runId } = await abandoned(quiet);
    for (const losses of [1, 1, 2]) {
      expect((await rowOf(runId)).losses).toBe(losses);
      const fence = { runId, attempt: (await rowOf(runId)).attempt };
      // The first ends by a release, the others are lost.
      if (fence.attempt === 1) await release(store.pool, fence);
      else await store.pool.query(`UPDATE "Run" SET status = 'QUEUED' WHERE id = $1`, [runId]);
      await claim(store.pool, runId, "elsewhere/1/x", 60_000);
    }
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [runId]);
    await start(new FakeCompute());
    expect(await ended(quiet, runId)).toMatchObject({ status: "FAILED", errorCode: "COMPUTE_CRASHED", losses: 3 });
  });

  it("is cancelled at once while its lease runs, when its process here is gone", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const [machine] = makeWorkerId().split("/");
    const { runId } = await abandoned(quiet, {}, `${machine}/4194303/before`);
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() + interval '1 hour' WHERE id = $1`, [runId]);
    expect((await quiet.cancel(runId)).status).toBe("CANCELLED");
  });

  it("is cancelled on an earlier request where no worker runs", async () => {
    const quiet = await start(new FakeCompute(), { worker: false, leaseMs: 90 });
    const { runId } = await abandoned(quiet);
    await store.pool.query(`UPDATE "Run" SET "cancelRequestedAt" = now() WHERE id = $1`, [runId]);
    await expect.poll(async () => (await rowOf(runId)).status, { timeout: 10_000 }).toBe("CANCELLED");
  });

  it("gets a job when pg-boss has dropped its own", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { id } = await quiet.startFinetune(order());
    await store.pool.query(`DELETE FROM pgboss.job WHERE data->>'runId' = $1`, [id]);
    await start(new FakeCompute());
    expect((await ended(quiet, id)).status).toBe("SUCCEEDED");
  });
});

describe("a run that continues", () => {
  /** Loses the worker before step `at`, as a kill does: no settling, no release. */
  async function interrupted(at: number): Promise<{ runId: string }> {
    const compute = new FakeCompute();
    const reached = gate();
    const testEnds = gate();
    compute.beforeStep = (step) => {
      if (step !== at) return;
      reached.open();
      return testEnds.opened;
    };
    const lost = await startRuns({ store, compute, onError: () => undefined });
    zombies.push(async () => {
      testEnds.open();
      await lost.close();
    });
    const { id } = await lost.startFinetune(order());
    await reached.opened;
    // What it had measured is written after a moment; then it is as if it had been killed.
    const metrics = at - 1 + Math.floor((at - 1) / 3);
    for await (const { sequence } of lost.metricsFrom(id, 0, forever)) if (sequence >= metrics) break;
    const taken = await store.pool.query(
      `UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s', "workerId" = 'elsewhere/1/x' WHERE id = $1`,
      [id],
    );
    expect(taken.rowCount).toBe(1);
    return { runId: id };
  }

  it("starts from the last checkpoint and ends with the metrics of an uninterrupted one, none twice", async () => {
    const reference = await start(new FakeCompute());
    const whole = await ended(reference, (await reference.startFinetune(order())).id);
    await reference.close();
    const { runId } = await interrupted(8);
    const compute = new FakeCompute();
    const runs = await start(compute);
    expect(await ended(runs, runId)).toMatchObject({ status: "SUCCEEDED", attempt: 2, lastSequence: 12 });
    expect(compute.jobs[0].resumeFrom).toBe(store.artifacts.path(`runs/${runId}/checkpoints/step-6`));
    expect(await metricsOf(runId)).toEqual(await metricsOf(whole.id));
  });

  it("skips a torn checkpoint for the one before", async () => {
    const { runId } = await interrupted(8);
    await writeFile(join(store.artifacts.path(`runs/${runId}/checkpoints/step-6`), "state"), "4");
    const compute = new FakeCompute();
    const runs = await start(compute);
    expect((await ended(runs, runId)).status).toBe("SUCCEEDED");
    expect(compute.jobs[0].resumeFrom).toBe(store.artifacts.path(`runs/${runId}/checkpoints/step-3`));
    expect((await metricsOf(runId)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("starts anew when every checkpoint is gone", async () => {
    const { runId } = await interrupted(8);
    await rm(store.artifacts.path(`runs/${runId}/checkpoints`), { recursive: true });
    const compute = new FakeCompute();
    const runs = await start(compute);
    expect(await ended(runs, runId)).toMatchObject({ status: "SUCCEEDED", lastSequence: 12 });
    expect(compute.jobs[0].resumeFrom).toBeNull();
  });

  it("uses the number of threads it began with, and reports other changes", async () => {
    const { runId } = await interrupted(5);
    await store.pool.query(`UPDATE "Run" SET environment = environment || '{"threads": 7}' WHERE id = $1`, [runId]);
    const compute = new FakeCompute();
    compute.environment = { node: "another" };
    const runs = await start(compute);
    const run = await ended(runs, runId);
    expect(compute.jobs[0].hyperparameters.threads).toBe(7);
    expect(run.warnings).toContainEqual(
      expect.objectContaining({ code: "ENVIRONMENT_CHANGED", details: { changed: ["node"], step: 3 } }),
    );
  });

  it("goes back into the queue when its worker closes, and on with the next", async () => {
    const compute = new FakeCompute();
    const reached = gate();
    const blocked = gate();
    compute.beforeStep = async (step) => {
      if (step !== 5) return;
      reached.open();
      await blocked.opened;
    };
    const first = await start(compute);
    const { id } = await first.startFinetune(order());
    await reached.opened;
    const closing = first.close();
    blocked.open();
    await closing;
    expect(await rowOf(id)).toMatchObject({ status: "QUEUED", attempt: 1, workerId: null });
    const runs = await start(new FakeCompute());
    expect(await ended(runs, id)).toMatchObject({ status: "SUCCEEDED", attempt: 2, lastSequence: 12 });
  });

  it("is tried again after a crash of the compute process, three times without a checkpoint", async () => {
    const compute = new FakeCompute();
    let crashes = 0;
    const crash = () => {
      crashes++;
      throw new MaillardError("COMPUTE_CRASHED", "The training process ended with signal SIGKILL.", {
        retryable: true,
      });
    };
    compute.beforeStep = (step) => (step === 2 ? crash() : undefined);
    const runs = await start(compute);
    expect(await ended(runs, (await runs.startFinetune(order())).id)).toMatchObject({
      status: "FAILED",
      errorCode: "COMPUTE_CRASHED",
      attempt: 3,
    });
    expect(crashes).toBe(3);
    compute.beforeStep = (step) => (step === 5 && crashes < 4 ? crash() : undefined);
    expect(await ended(runs, (await runs.startFinetune(order())).id)).toMatchObject({
      status: "SUCCEEDED",
      attempt: 2,
    });
  });
});

describe("a zombie with an old lease", () => {
  it("can write neither metrics nor checkpoints nor status", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const old = await abandoned(quiet);
    await release(store.pool, old);
    const current = (await claim(store.pool, old.runId, "host/2/y", 60_000)) as Fence;
    expect(current.attempt).toBe(2);
    const zombie = new Recorder(store, old, forever);
    await zombie.metric({ kind: "metric", step: 1, epoch: 0, split: "TRAIN", name: "loss", value: 1 });
    await expect(zombie.flush()).rejects.toMatchObject({ code: "LEASE_LOST" });
    const checkpoint = { kind: "checkpoint" as const, step: 1, folder: "", sha256: "0", bytes: 1, score: null };
    await expect(new Recorder(store, old, forever).checkpoint(checkpoint, "runs/x")).rejects.toMatchObject({
      code: "LEASE_LOST",
    });
    await expect(new Recorder(store, old, forever).started(9, 0, {})).rejects.toMatchObject({ code: "LEASE_LOST" });
    await expect(lockHeld(store.pool, old)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await heartbeat(store.pool, old, 1_000)).toEqual({ held: false, cancel: false, pause: false });
    expect(await fail(store.pool, old, { code: "INTERNAL", message: "x" })).toBe(false);
    expect(await endStopped(store.pool, old, "cancel")).toBe(false);
    expect(await release(store.pool, old)).toBe(false);
    expect(await rowOf(old.runId)).toMatchObject({ status: "RUNNING", attempt: 2, errorCode: null, lastSequence: 0 });
    expect(await store.prisma.metric.count({ where: { runId: old.runId } })).toBe(0);
    await endStopped(store.pool, current, "cancel");
  });

  it("stops computing when it learns of it, and leaves the run to its new holder", async () => {
    const compute = new FakeCompute();
    const reached = gate();
    const blocked = gate();
    let last = 0;
    compute.beforeStep = async (step) => {
      last = step;
      if (step !== 2) return;
      reached.open();
      await blocked.opened;
    };
    const runs = await start(compute);
    const { id } = await runs.startFinetune(order());
    await reached.opened;
    await store.pool.query(`UPDATE "Run" SET attempt = 2, "workerId" = 'host/2/y' WHERE id = $1`, [id]);
    blocked.open();
    const next = await ended(runs, (await runs.startFinetune(order())).id);
    expect(next.status).toBe("SUCCEEDED");
    expect(await rowOf(id)).toMatchObject({ status: "RUNNING", attempt: 2, workerId: "host/2/y" });
    expect(last).toBe(9); // of the next run
    await endStopped(store.pool, { runId: id, attempt: 2 }, "cancel");
  });
});

describe("a worker that fails after another one took its run", () => {
  it("leaves the files that the other one writes", async () => {
    const compute = new FakeCompute();
    const { id } = await (await start(compute, { worker: false })).startFinetune(order());
    const files = [`runs/${id}/predictions/0000000.jsonl.gz`, `models/${id}/model.safetensors`];
    compute.beforeStep = async (_step, job) => {
      if (compute.jobs[0] !== job) return;
      await store.pool.query(`UPDATE "Run" SET attempt = 2, "workerId" = 'host/2/y' WHERE id = $1`, [id]);
      for (const file of files) await store.artifacts.write(file, "of the other");
      throw new Error("no more");
    };
    const runs = await start(compute);
    // The next run begins when the first one is settled.
    expect((await ended(runs, (await runs.startFinetune(order())).id)).status).toBe("SUCCEEDED");
    expect(await rowOf(id)).toMatchObject({ status: "RUNNING", attempt: 2, errorCode: null });
    for (const file of files) expect(await readFile(store.artifacts.path(file), "utf8")).toBe("of the other");
    await endStopped(store.pool, { runId: id, attempt: 2 }, "cancel");
  });
});

describe("two workers", () => {
  it("share the queue: every run is computed once", async () => {
    const computes = [new FakeCompute(), new FakeCompute()];
    const [one] = await Promise.all(computes.map((compute) => start(compute)));
    const started = await Promise.all(Array.from({ length: 8 }, () => one.startFinetune(order())));
    const rows = await Promise.all(started.map(({ id }) => ended(one, id)));
    expect(rows.map(({ status, attempt }) => [status, attempt])).toEqual(Array(8).fill(["SUCCEEDED", 1]));
    expect(computes[0].jobs.length + computes[1].jobs.length).toBe(8);
  });

  it("and one claim: of many at once for one run, one gets it", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { id } = await quiet.startFinetune(order());
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, index) => claim(store.pool, id, `host/${index}/z`, 60_000)),
    );
    expect(claims.filter((fence) => fence !== null)).toEqual([{ runId: id, attempt: 1 }]);
    await endStopped(store.pool, { runId: id, attempt: 1 }, "cancel");
  });
});

describe("the database away", () => {
  it("for a while: connections cut again and again, and not one metric is lost", async () => {
    const compute = new FakeCompute();
    const cut = () =>
      store.pool
        .query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        )
        .catch(() => undefined);
    compute.beforeStep = async (step) => {
      if (step % 2 === 0) await cut();
    };
    const runs = await start(compute);
    const { id } = await runs.startFinetune(order());
    const run = await ended(runs, id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, lastSequence: 12 });
    expect((await metricsOf(id)).filter(({ name }) => name === "loss").map(({ step }) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });
});

describe("a worker's id", () => {
  it("shows whether its process has ended, on this machine only", () => {
    const own = makeWorkerId();
    const [machine] = own.split("/");
    expect(isGone(own, own)).toBe(false);
    expect(isGone(`${machine}/${process.pid}/earlier`, own)).toBe(true); // this process uses the number again
    expect(isGone(`${machine}/${process.ppid}/x`, own)).toBe(false);
    expect(isGone(`${machine}/4194303/x`, own)).toBe(true);
    expect(isGone(`elsewhere/4194303/x`, own)).toBe(false);
    expect(newId()).not.toBe(newId());
  });
});
