/** Cancel, pause, resume and retry: of every status, and against what happens at the same time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { type Runs, type RunsOptions, startRuns } from "../../../src/runs/index.js";
import { claim, type Fence, succeed } from "../../../src/runs/queue/lease.js";
import { mayMove, STATUSES } from "../../../src/runs/queue/states.js";
import { VERBS } from "../../../src/runs/verbs.js";
import type { Run, RunStatus } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let ids: { datasetId: string; baseModelId: string };
let problems: unknown[];
const open: Runs[] = [];

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  const { id: baseModelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  ids = { datasetId: await seedDataset(store), baseModelId };
});
afterAll(() => store.close());
beforeEach(() => {
  problems = [];
});
afterEach(async () => {
  for (const runs of open.splice(0)) await runs.close();
});

async function start(compute: FakeCompute, options: Partial<RunsOptions> = {}): Promise<Runs> {
  const runs = await startRuns({ store, compute, onError: (error) => problems.push(error), ...options });
  open.push(runs);
  return runs;
}
const rowOf = (id: string): Promise<Run> => store.prisma.run.findUniqueOrThrow({ where: { id } });
const kindsOf = async (runId: string): Promise<string[]> =>
  (await store.prisma.runEvent.findMany({ where: { runId }, orderBy: { sequence: "asc" } })).map(({ kind }) => kind);

const statusIs = async (runs: Runs, id: string, status: RunStatus): Promise<Run> => {
  for await (const row of runs.updates(id, new AbortController().signal)) if (row.status === status) return row;
  throw new Error(`it never was ${status}`);
};

describe("every verb of every status", () => {
  let quiet: Runs;
  const outcome = (work: Promise<Run>) =>
    work.then(
      ({ status }) => status as string,
      (error: unknown) => MaillardError.from(error).code as string,
    );
  /** What becomes of a run of the row's status, without a worker. RUNNING: held by one that is alive elsewhere. */
  const EXPECTED: Record<RunStatus, Record<(typeof VERBS)[number], string>> = {
    QUEUED: { cancel: "CANCELLED", pause: "PAUSED", resume: "QUEUED", retry: "CONFLICT" },
    RUNNING: { cancel: "RUNNING", pause: "RUNNING", resume: "RUNNING", retry: "CONFLICT" },
    SUCCEEDED: { cancel: "SUCCEEDED", pause: "CONFLICT", resume: "CONFLICT", retry: "CONFLICT" },
    FAILED: { cancel: "FAILED", pause: "CONFLICT", resume: "CONFLICT", retry: "QUEUED" },
    CANCELLED: { cancel: "CANCELLED", pause: "CONFLICT", resume: "CONFLICT", retry: "QUEUED" },
    PAUSED: { cancel: "CANCELLED", pause: "PAUSED", resume: "QUEUED", retry: "CONFLICT" },
  };
  beforeAll(async () => {
    quiet = await startRuns({ store, compute: new FakeCompute(), worker: false });
  });
  afterAll(() => quiet.close());

  it.each(STATUSES.flatMap((status) => VERBS.map((verb) => [verb, status] as const)))(
    "%s of %s",
    async (verb, status) => {
      const held =
        status === "RUNNING" ? { workerId: "elsewhere/1/x", leaseExpiresAt: new Date(Date.now() + 1e6) } : {};
      const data = { id: newId(), kind: "FINETUNE" as const, name: newId(), inputHash: "", input: {}, status, ...held };
      const { id } = await store.prisma.run.create({ data: { ...data, ...ids } });
      expect(await outcome(quiet[verb](id))).toBe(EXPECTED[status][verb]);
      const row = await rowOf(id);
      expect(row.cancelRequestedAt !== null).toBe(verb === "cancel" && mayMove(status, "cancel"));
      expect(row.pauseRequestedAt !== null).toBe(verb === "pause" && status === "RUNNING");
      const changed = row.status !== status || (status === "RUNNING" && (verb === "cancel" || verb === "pause"));
      expect(await kindsOf(id)).toHaveLength(changed ? 1 : 0);
      await store.prisma.run.delete({ where: { id } });
    },
  );
});

describe("pause and resume", () => {
  it("of a run in training: the curve is that of one that was never paused", async () => {
    const whole = new FakeCompute();
    const first = await start(whole);
    const { id: straight } = await first.startFinetune(order());
    await ended(first, straight);
    await first.close();
    open.length = 0;

    const compute = new FakeCompute();
    compute.environment = { node: "fake", device: "cpu" };
    const [reached, go] = [gate(), gate()];
    compute.beforeStep = async (step) => {
      if (step !== 5 || compute.jobs.length > 1) return;
      reached.open();
      await go.opened;
    };
    const runs = await start(compute);
    const { id } = await runs.startFinetune(order());
    await reached.opened;
    expect(await runs.pause(id)).toMatchObject({ status: "RUNNING" });
    // The worker has heard of it.
    await expect.poll(() => compute.signals[0].aborted).toBe(true);
    go.open();
    expect(await statusIs(runs, id, "PAUSED")).toMatchObject({ workerId: null, pauseRequestedAt: null, losses: 1 });
    expect((await store.prisma.checkpoint.findMany({ where: { runId: id } })).map(({ step }) => step)).toContain(4);
    expect(await runs.resume(id)).toMatchObject({ status: "QUEUED" });
    expect(await ended(runs, id)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
    // It went on from the step at which it was paused.
    expect(compute.jobs[1].resumeFrom).toMatch(/step-4$/);
    const curve = async (runId: string) =>
      (await store.prisma.metric.findMany({ where: { runId }, orderBy: { sequence: "asc" } })).map(
        ({ sequence, step, name, value }) => [sequence, step, name, value],
      );
    expect(await curve(id)).toEqual(await curve(straight));
    expect(await kindsOf(id)).toEqual(
      "ORDERED CLAIMED STARTED PAUSE_REQUESTED PAUSED RESUMED CLAIMED CONTINUED SUCCEEDED".split(" "),
    );
    const attempts = await store.prisma.runAttempt.findMany({ where: { runId: id }, orderBy: { attempt: "asc" } });
    expect(attempts).toMatchObject([
      { attempt: 1, device: "cpu", fromStep: 0, toStep: 4, ending: "pause", code: null },
      { attempt: 2, device: "cpu", fromStep: 4, toStep: 9, ending: "succeed", code: null },
    ]);
    expect(problems).toEqual([]);
  });

  it("of a run whose worker is lost: PAUSED without a worker", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { id } = await quiet.startFinetune(order());
    const fence = (await claim(store.pool, id, "elsewhere/1/x", 60_000)) as Fence;
    expect(await quiet.pause(id)).toMatchObject({ status: "RUNNING" });
    await store.pool.query(`UPDATE "Run" SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = $1`, [id]);
    expect(await quiet.pause(id)).toMatchObject({ status: "PAUSED" });
    await expect(succeed(store.pool, fence)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await quiet.cancel(id)).toMatchObject({ status: "CANCELLED" });
  });
});

describe("retry", () => {
  it("goes on from the last checkpoint, or begins anew", async () => {
    const compute = new FakeCompute();
    let fails = true;
    compute.beforeStep = (step) => {
      if (fails && step === 5) throw new MaillardError("DIVERGED", "no number", { param: "learningRate" });
    };
    const runs = await start(compute);
    const { id } = await runs.startFinetune(order());
    expect(await ended(runs, id)).toMatchObject({
      status: "FAILED",
      errorCode: "DIVERGED",
      errorParam: "learningRate",
    });
    fails = false;
    expect(await runs.retry(id)).toMatchObject({ errorCode: null, finishedAt: null });
    expect(await ended(runs, id)).toMatchObject({ status: "SUCCEEDED" });
    expect(compute.jobs[1].resumeFrom).toMatch(/step-3$/);

    fails = true;
    const { id: other } = await runs.startFinetune(order());
    await ended(runs, other);
    fails = false;
    await runs.retry(other, { anew: true });
    expect(await ended(runs, other)).toMatchObject({ status: "SUCCEEDED", step: 9 });
    expect(compute.jobs[3].resumeFrom).toBeNull();
    const metrics = await store.prisma.metric.findMany({ where: { runId: other }, orderBy: { sequence: "asc" } });
    expect(metrics.map(({ sequence }) => sequence)).toEqual(metrics.map((_, index) => index + 1));
    expect((await kindsOf(other)).filter((kind) => kind === "FAILED" || kind === "RETRIED")).toEqual([
      "FAILED",
      "RETRIED",
    ]);
  });

  it("is refused when its name was given away meanwhile", async () => {
    const quiet = await start(new FakeCompute(), { worker: false });
    const { id } = await quiet.startFinetune(order({ name: "wanted" }));
    await quiet.cancel(id);
    await quiet.startFinetune(order({ name: "wanted" }));
    await expect(quiet.retry(id)).rejects.toMatchObject({ code: "CONFLICT", param: "name" });
    expect(await rowOf(id)).toMatchObject({ status: "CANCELLED" });
  });
});
