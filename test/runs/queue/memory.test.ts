/** Time and memory of a training run are estimated when it is ordered, and a worker holds to the memory. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readSettings } from "../../../src/cli/settings.js";
import { type Runs, type RunsOptions, startRuns } from "../../../src/runs/index.js";
import { defaultMemory, MemoryOfRuns } from "../../../src/runs/queue/memory.js";
import type { Run } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { SECONDS_AROUND } from "../../../src/train/estimate.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { realTraining } from "../../support/real-training.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
const open: Runs[] = [];
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
afterEach(async () => {
  vi.restoreAllMocks();
  for (const runs of open.splice(0)) await runs.close();
});

async function start(options: Partial<RunsOptions> = {}): Promise<Runs> {
  const runs = await startRuns({ store, compute: new FakeCompute(), onError: () => undefined, ...options });
  open.push(runs);
  return runs;
}
const statusOf = async ({ id }: Run): Promise<string> =>
  (await store.prisma.run.findUniqueOrThrow({ where: { id } })).status;

const eventsOf = ({ id }: Run) =>
  store.prisma.runEvent.findMany({ where: { runId: id }, orderBy: { sequence: "asc" } });

/** Ends when it is read: it does not stay in the queue. */
async function estimated(runs: Runs, changes: Record<string, unknown> = {}): Promise<Run> {
  const run = await runs.startFinetune(order(changes));
  await runs.cancel(run.id);
  return run;
}

describe("the estimate", () => {
  it("is made with the run, and grows with batch and epochs", async () => {
    const runs = await start({ worker: false });
    const [one, larger, longer] = [
      await estimated(runs),
      await estimated(runs, { batchSize: 24 }),
      await estimated(runs, { epochs: 30 }),
    ];
    expect(Number(larger.estimatedBytes)).toBeGreaterThan(Number(one.estimatedBytes));
    expect(longer.estimatedBytes).toBe(one.estimatedBytes);
    expect(longer.estimatedOperations! / one.estimatedOperations!).toBeCloseTo(10);
    expect(longer.estimatedSeconds).toBeGreaterThan(one.estimatedSeconds!);
    expect(one.peakBytes).toBeNull();
  });

  it("takes the speed of finished finetunes of models of the same width", async () => {
    const runs = await start();
    const done = await ended(runs, (await runs.startFinetune(order())).id);
    const startedAt = new Date(Date.now() - 1_000_000);
    const finishedAt = new Date(startedAt.getTime() + (100 + SECONDS_AROUND) * 1_000);
    await store.prisma.run.updateMany({
      where: { status: "SUCCEEDED" },
      data: { estimatedOperations: 1e12, step: 10, totalSteps: 10, attempt: 1, startedAt, finishedAt },
    });
    expect(done.status).toBe("SUCCEEDED");
    const { estimatedSeconds, estimatedOperations } = await estimated(runs);
    expect(estimatedSeconds).toBeCloseTo(SECONDS_AROUND + estimatedOperations! / 1e10, 6);
  });

  it("is refused above the memory of this worker, and not by a server without one", async () => {
    const runs = await start({ memory: 100e6 });
    const refused = await runs.startFinetune(order()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "INVALID_CONFIG", param: "batchSize", details: { memoryBytes: 100e6 } });
    const pretraining = { name: "refused", dataset: "sample", width: 64, heads: 2 };
    await expect(runs.startPretraining(pretraining)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      param: "batchSize",
      details: { memoryBytes: 100e6, batchSize: 32, maxLength: 256, width: 64 },
    });
    expect((refused as { details: { estimatedBytes: number } }).details.estimatedBytes).toBeGreaterThan(100e6);
    const server = await start({ memory: 100e6, worker: false });
    expect(Number((await estimated(server)).estimatedBytes)).toBeGreaterThan(100e6);
  });
});

describe("the estimate of a pretraining", () => {
  const pretrained = async (runs: Runs, changes: Record<string, unknown> = {}): Promise<Run> => {
    const shape = { layers: 1, width: 16, heads: 2, tokens: 10_000 };
    const run = await runs.startPretraining({ name: `made-${newId()}`, dataset: "sample", ...shape, ...changes });
    await runs.cancel(run.id);
    return run;
  };

  it("grows with batch, shape, tokens and a second objective; another device has none", async () => {
    const compute = new FakeCompute();
    compute.deviceList.push({ id: "cuda", provider: "cuda", state: "READY", reason: null });
    const runs = await start({ worker: false, compute });
    const one = await pretrained(runs);
    // 36 molecules of about 12 tokens: little beside the process itself.
    expect(Number(one.estimatedBytes)).toBeGreaterThan(160e6);
    expect(Number(one.estimatedBytes)).toBeLessThan(170e6);
    const [batch, wide, properties] = [
      await pretrained(runs, { batchSize: 320 }),
      await pretrained(runs, { width: 256 }),
      await pretrained(runs, { properties: 1 }),
    ];
    for (const { estimatedBytes } of [batch, wide, properties])
      expect(Number(estimatedBytes)).toBeGreaterThan(Number(one.estimatedBytes));
    expect(Number(wide.estimatedBytes) - 160e6).toBeGreaterThan(10 * (Number(one.estimatedBytes) - 160e6));
    const longer = await pretrained(runs, { tokens: 100_000 });
    expect(longer.estimatedBytes).toBe(one.estimatedBytes);
    expect(longer.estimatedOperations! / one.estimatedOperations!).toBeCloseTo(10, 0);
    expect((await pretrained(runs, { device: "cuda" })).estimatedBytes).toBeNull();
  });

  it("takes the speed of pretrainings of the same width, not of finetunes", async () => {
    const runs = await start({ worker: false });
    const run = await pretrained(runs, { width: 24 });
    const startedAt = new Date(Date.now() - 1_000_000);
    const finishedAt = new Date(startedAt.getTime() + (100 + SECONDS_AROUND) * 1_000);
    const times = { step: 10, totalSteps: 10, attempt: 1, startedAt, finishedAt };
    await store.prisma.run.update({
      where: { id: run.id },
      data: { status: "SUCCEEDED", estimatedOperations: 1e12, ...times },
    });
    const [same, other] = [await pretrained(runs, { width: 24 }), await pretrained(runs, { width: 26 })];
    expect(same.estimatedSeconds).toBeCloseTo(SECONDS_AROUND + same.estimatedOperations! / 1e10, 6);
    expect(other.estimatedSeconds).toBeLessThan(SECONDS_AROUND + other.estimatedOperations! / 1e10);
  });
});

describe("the memory", () => {
  it("lets a run wait that does not fit beside another, and a probe go on meanwhile", async () => {
    const { estimatedBytes } = await estimated(await start({ worker: false }));
    const compute = new FakeCompute();
    const [reached, opened, fitting] = [gate(), gate(), gate()];
    let [now, most] = [0, 0];
    compute.beforeStep = async (step) => {
      if (step !== 1) return;
      most = Math.max(most, ++now);
      reached.open();
      await opened.opened;
    };
    compute.beforeEnd = () => void now--;
    compute.fitProbe = async () => {
      fitting.open();
      throw new Error("not fitted here");
    };
    const take = vi.spyOn(MemoryOfRuns.prototype, "take");
    const refusals = () => take.mock.results.filter(({ value }) => value === false).length;
    const memory = Math.floor(1.5 * Number(estimatedBytes));
    const runs = await start({ compute, memory, pollMs: 50, lanes: { TRAINING: 2, DATASET: 1, SHORT: 1 } });
    const [first, second] = [await runs.startFinetune(order()), await runs.startFinetune(order())];
    await reached.opened;
    await expect.poll(refusals).toBeGreaterThan(2);
    const { name, baseModel, dataset, target, split } = order();
    await runs.startProbe({ name, baseModel, dataset, target, split });
    await fitting.opened;
    expect([await statusOf(first), await statusOf(second)]).toEqual(["RUNNING", "QUEUED"]);
    const needed = Number(estimatedBytes);
    const waits = {
      ...{ kind: "WAITS_FOR_MEMORY", level: "INFO", data: { neededBytes: needed, freeBytes: memory - needed } },
      message: expect.stringMatching(/^It needs about 0\.\d\d GB of memory; 0\.\d\d GB of MAILLARD_MEMORY are free/),
    };
    expect(await eventsOf(second)).toMatchObject([{ kind: "ORDERED" }, waits]);
    // To wait again is another wait; the same one is told once.
    await runs.pause(second.id);
    await runs.resume(second.id);
    const before = refusals();
    await expect.poll(refusals).toBeGreaterThan(before + 2);
    const kinds = (await eventsOf(second)).map(({ kind }) => kind);
    expect(kinds).toEqual(["ORDERED", "WAITS_FOR_MEMORY", "PAUSED", "RESUMED", "WAITS_FOR_MEMORY"]);
    expect((await eventsOf(first)).map(({ kind }) => kind)).not.toContain("WAITS_FOR_MEMORY");
    opened.open();
    for (const { id } of [first, second]) expect((await ended(runs, id)).status).toBe("SUCCEEDED");
    expect(most).toBe(1);
  });

  it("takes a run that is alone whatever it needs, and any without an estimate", () => {
    const memory = new MemoryOfRuns(100);
    expect(memory.take("large", 1_000)).toBe(true);
    expect(memory.take("short", null)).toBe(true);
    expect(memory.take("small", 1)).toBe(false);
    memory.release("large");
    expect([memory.take("small", 60), memory.take("other", 41), memory.take("fits", 40)]).toEqual([true, false, true]);
  });

  it("is measured while a finetune trains", async () => {
    const runs = await start({ compute: realTraining() });
    const { status, peakBytes } = await ended(runs, (await runs.startFinetune(order({ epochs: 1 }))).id);
    expect(status).toBe("SUCCEEDED");
    expect(Number(peakBytes)).toBeGreaterThan(50e6);
    expect(Number(peakBytes)).toBeLessThan(2e9);
  });

  it("is a setting: bytes, or a number with a unit", () => {
    expect(readSettings({}).memory).toBe(defaultMemory());
    expect(readSettings({ MAILLARD_MEMORY: "1000000000" }).memory).toBe(1e9);
    expect(readSettings({ MAILLARD_MEMORY: "1.5g" }).memory).toBe(1.5 * 2 ** 30);
    for (const MAILLARD_MEMORY of ["much", "-1", "255M", "8GB"])
      expect(() => readSettings({ MAILLARD_MEMORY })).toThrow(expect.objectContaining({ param: "MAILLARD_MEMORY" }));
  });
});
