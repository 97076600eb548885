/** Sweeps with a pool that computes nothing: which trials go on, by hand-made scores, whatever happens meanwhile. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { type Runs, type RunsOptions, startRuns } from "../../../src/runs/index.js";
import type { SweepInput } from "../../../src/runs/orders/sweep/order.js";
import { decideSweeps } from "../../../src/runs/sweeps/decide.js";
import type { Run, RunGroup } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let compute: FakeCompute;
let problems: unknown[];
const open: Runs[] = [];

/** Scores of nine trials after epochs 1, 3 and 9, by their place: what is better early is not best at the end. */
const SCORES: Record<number, readonly number[]> = {
  1: [0.1, 0.5, 0.4, 0.2, 0.5, 0.6, 0.3, 0.5, 0.0],
  3: [0.9, 0.7, 0.9, 0.9, 0.8, 0.6, 0.9, 0.9, 0.9],
  9: [1.0, 0.8, 1.0, 1.0, 0.85, 0.9, 1.0, 1.0, 1.0],
};
const RATES = Array.from({ length: 9 }, (_, index) => (index + 1) / 1_000);
const placeOf = (rate: number): number => RATES.indexOf(rate);
const STEPS = 3;

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
beforeEach(() => {
  problems = [];
  compute = new FakeCompute();
  compute.scoreOf = (epoch, { hyperparameters }) => SCORES[epoch]?.[placeOf(hyperparameters.learningRate)] ?? 0;
  compute.reported = ({ hyperparameters }) => ({
    macroF1: SCORES[9][placeOf(hyperparameters.learningRate)] ?? 0.7,
  });
});
afterEach(async () => {
  for (const runs of open.splice(0)) await runs.close();
});

async function start(options: Partial<RunsOptions> = {}): Promise<Runs> {
  const runs = await startRuns({ store, compute, onError: (error) => problems.push(error), ...options });
  open.push(runs);
  return runs;
}
const asked = (changes: Partial<SweepInput> = {}, finetune: Record<string, unknown> = {}): SweepInput => ({
  finetune: order({ name: `sweep-${newId()}`.slice(0, 40), epochs: 9, ...finetune }),
  search: [{ option: "learningRate", values: RATES }],
  method: "HALVING",
  ...changes,
});
const trialsOf = ({ id }: Pick<RunGroup, "id">): Promise<Run[]> =>
  store.prisma.run.findMany({ where: { groupId: id }, orderBy: { groupIndex: "asc" } });
async function finished(runs: Runs, group: Pick<RunGroup, "id">): Promise<Run[]> {
  for (const { id } of await trialsOf(group)) await ended(runs, id);
  return trialsOf(group);
}
const eventsOf = (kind: string, group: Pick<RunGroup, "id">) =>
  store.prisma.runEvent.findMany({ where: { kind, run: { groupId: group.id } }, orderBy: { at: "asc" } });
const statusesOf = (rows: readonly Run[]): string => rows.map(({ status }) => status[0]).join("");
const epochsOf = (rows: readonly Run[]): number[] => rows.map(({ epoch }) => epoch);

describe("successive halving", () => {
  it("gives each trial the epochs that its scores earn, and trains nothing twice", async () => {
    const runs = await start();
    const group = await runs.startSweep(asked());
    const rows = await finished(runs, group);
    // After epoch 1 the best three: 5, then 1 and 4 of the three that are equal. After epoch 3 of these: 4.
    expect(epochsOf(rows)).toEqual([1, 3, 1, 1, 9, 3, 1, 1, 1]);
    expect(statusesOf(rows)).toBe("CCCCSCCCC");
    expect(rows.reduce((sum, { step }) => sum + step, 0)).toBe(STEPS * (9 * 1 + 3 * 2 + 1 * 6));
    // One job for each rung of a trial, from where it stopped, on the schedule of the whole run.
    const jobs = compute.jobs.filter(({ hyperparameters }) => placeOf(hyperparameters.learningRate) === 4);
    expect(jobs.map(({ haltEpoch, resumeFrom }) => [haltEpoch, resumeFrom?.split("/").at(-1) ?? null])).toEqual([
      [1, null],
      [3, "step-3"],
      [null, "step-9"],
    ]);
    expect(new Set(compute.jobs.map(({ hyperparameters: { epochs } }) => epochs))).toEqual(new Set([9]));
    expect(compute.jobs).toHaveLength(9 + 3 + 1);
    // Only the one that ran to its end has a model; the others leave no files.
    expect(rows.map(({ modelId }) => modelId !== null)).toEqual(rows.map(({ status }) => status === "SUCCEEDED"));
    const ids = rows.map(({ id }) => id);
    expect(await store.prisma.checkpoint.count({ where: { runId: { in: ids } } })).toBe(0);
    const promoted = (await eventsOf("PROMOTED", group)).map(({ data }) => data as { epoch: number; rank: number });
    expect(promoted.sort((a, b) => a.epoch - b.epoch || a.rank - b.rank)).toEqual([
      { epoch: 1, rank: 1, of: 9, metric: "macroF1", score: 0.6 },
      { epoch: 1, rank: 2, of: 9, metric: "macroF1", score: 0.5 },
      { epoch: 1, rank: 3, of: 9, metric: "macroF1", score: 0.5 },
      { epoch: 3, rank: 1, of: 3, metric: "macroF1", score: 0.8 },
    ]);
    expect(await eventsOf("STOPPED_BY_SWEEP", group)).toHaveLength(8);
    expect(await store.prisma.runGroup.findUniqueOrThrow({ where: { id: group.id } })).toMatchObject({
      kind: "SWEEP",
      rungsLeft: 0,
    });
    expect(problems).toEqual([]);
  });

  it("counts a trial that diverged or was cancelled as worst, and goes on", async () => {
    compute.beforeStep = (step, { hyperparameters: { learningRate } }) => {
      if (placeOf(learningRate) === 5 && step === 2) throw new MaillardError("DIVERGED", "no number");
    };
    const runs = await start({ worker: false });
    const group = await runs.startSweep(asked());
    const before = await trialsOf(group);
    await runs.cancel(before[4].id);
    await start();
    const rows = await finished(runs, group);
    // 1, 7 and 2 are the best three of those that are left; after epoch 3 2 and 7 are equal.
    expect(statusesOf(rows)).toBe("CCSCCFCCC");
    expect(epochsOf(rows).map((epoch) => Math.floor(epoch))).toEqual([1, 3, 9, 1, 0, 0, 1, 3, 1]);
    expect(rows[5]).toMatchObject({ errorCode: "DIVERGED" });
  });

  it("of which every trial fails ends", async () => {
    compute.beforeStep = () => {
      throw new MaillardError("DIVERGED", "no number");
    };
    const runs = await start();
    const group = await runs.startSweep(asked());
    expect(statusesOf(await finished(runs, group))).toBe("FFFFFFFFF");
    const after = await start({ worker: false });
    expect(await after.cancelGroup(group.id)).toMatchObject({ id: group.id });
    expect(await store.prisma.runGroup.findUniqueOrThrow({ where: { id: group.id } })).toMatchObject({ rungsLeft: 0 });
  });

  it("with two workers at once chooses the same", async () => {
    const first = await start({ lanes: { TRAINING: 2, DATASET: 1, SHORT: 1 } });
    await start({ lanes: { TRAINING: 2, DATASET: 1, SHORT: 1 } });
    const groups = [await first.startSweep(asked()), await first.startSweep(asked())];
    for (const group of groups) {
      const rows = await finished(first, group);
      expect(epochsOf(rows)).toEqual([1, 3, 1, 1, 9, 3, 1, 1, 1]);
      expect(statusesOf(rows)).toBe("CCCCSCCCC");
      expect(await eventsOf("PROMOTED", group)).toHaveLength(4);
    }
    expect(compute.jobs).toHaveLength(2 * 13);
    expect(problems).toEqual([]);
  });

  it("decides once, whoever asks and however often; a worker makes up for one that was killed", async () => {
    const runs = await start({ worker: false });
    const group = await runs.startSweep(asked());
    // As a worker leaves them that is killed after the last trial's halt and before the decision.
    const rows = await trialsOf(group);
    for (const [index, { id }] of rows.entries()) {
      await store.prisma.run.update({
        where: { id },
        data: { status: "PAUSED", epoch: 1, step: STEPS, lastSequence: 1 },
      });
      const value = SCORES[1][index];
      const at = { step: STEPS, epoch: 1, split: "VALIDATION" as const, name: "macroF1", value };
      await store.prisma.metric.create({ data: { runId: id, sequence: 1, ...at } });
    }
    const queue = { enqueue: async () => undefined } as never;
    await Promise.all(Array.from({ length: 4 }, () => decideSweeps(store, queue)));
    expect(statusesOf(await trialsOf(group))).toBe("CQCCQQCCC");
    expect((await trialsOf(group)).map(({ haltEpoch }) => haltEpoch)).toEqual([
      null,
      3,
      null,
      null,
      3,
      3,
      null,
      null,
      null,
    ]);
    expect(await eventsOf("PROMOTED", group)).toHaveLength(3);
    expect(await store.prisma.runGroup.findUniqueOrThrow({ where: { id: group.id } })).toMatchObject({ rungsLeft: 1 });
    // The jobs that were not made are made by the same look of a worker.
    await start();
    expect(statusesOf(await finished(runs, group))).toBe("CCCCSCCCC");
  });

  it("waits for a trial that is paused, and lets one that it stopped be retried to its end", async () => {
    const [reached, go] = [gate(), gate()];
    compute.beforeStep = async (step, { hyperparameters: { learningRate } }) => {
      if (placeOf(learningRate) !== 8 || step !== 1) return;
      reached.open();
      await go.opened;
    };
    const runs = await start();
    const group = await runs.startSweep(asked());
    await reached.opened;
    const last = (await trialsOf(group))[8];
    await runs.pause(last.id);
    await new Promise<void>((resolve) => {
      const signal = compute.signals.at(-1) as AbortSignal;
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
    });
    go.open();
    for await (const row of runs.updates(last.id, new AbortController().signal)) if (row.status === "PAUSED") break;
    expect(statusesOf(await trialsOf(group))).toBe("PPPPPPPPP");
    await runs.resume(last.id);
    const rows = await finished(runs, group);
    expect(statusesOf(rows)).toBe("CCCCSCCCC");

    await runs.retry(rows[2].id);
    expect(await ended(runs, rows[2].id)).toMatchObject({ status: "SUCCEEDED", epoch: 9 });
  });

  it("ends as a whole when it is cancelled, at whatever rung it is", async () => {
    const [reached, go] = [gate(), gate()];
    compute.beforeStep = async (step) => {
      if (step !== STEPS + 1) return;
      reached.open();
      await go.opened;
    };
    const runs = await start();
    const group = await runs.startSweep(asked());
    await reached.opened;
    await runs.cancelGroup(group.id);
    go.open();
    expect(statusesOf(await finished(runs, group))).toBe("CCCCCCCCC");
    await runs.close();
    expect(await store.prisma.runGroup.findUniqueOrThrow({ where: { id: group.id } })).toMatchObject({ rungsLeft: 0 });
  });
});

describe("a sweep", () => {
  it("by grid and at random runs every trial to its end", async () => {
    const runs = await start();
    const grid = await runs.startSweep(asked({ method: "GRID" }, { epochs: 1 }));
    expect(statusesOf(await finished(runs, grid))).toBe("SSSSSSSSS");
    const random = await runs.startSweep(
      asked(
        { method: "RANDOM", trials: 4, search: [{ option: "learningRate", from: 1e-5, to: 1e-3, scale: "LOG" }] },
        { epochs: 1 },
      ),
    );
    const rows = await finished(runs, random);
    expect(statusesOf(rows)).toBe("SSSS");
    const { trials } = random.sweep as unknown as { trials: object[] };
    expect(rows.map(({ input }) => ({ learningRate: (input as { learningRate: number }).learningRate }))).toEqual(
      trials,
    );
  });

  it("is made once for a key; the same key and another sweep are a CONFLICT", async () => {
    const runs = await start({ worker: false });
    const input = asked({ idempotencyKey: newId() });
    const [one, other] = await Promise.all([runs.startSweep(input), runs.startSweep(input)]);
    expect(other.id).toBe(one.id);
    expect(await trialsOf(one)).toHaveLength(9);
    await expect(runs.startSweep({ ...input, halving: { factor: 2 } })).rejects.toMatchObject({ code: "CONFLICT" });
    await runs.cancelGroup(one.id);
  });

  it.each<[string, Partial<SweepInput>, Record<string, unknown>, object]>([
    [
      "an option that does not go with the model, naming the trial",
      { search: [{ option: "frozenLayers", values: [0, 99] }] },
      {},
      { param: "frozenLayers", details: { trial: 1, options: { frozenLayers: 99 } } },
    ],
    [
      "an objective of another task",
      { objective: { metric: "rmse" }, method: "GRID" },
      { metricForBestModel: "loss" },
      {
        param: "objective.metric",
      },
    ],
    ["epochs that leave nothing to halve", {}, { epochs: 2 }, { param: "halving.factor" }],
    ["half an epoch", {}, { epochs: 9.5 }, { param: "epochs" }],
    ["scores at other steps than the ends of epochs", {}, { evalSteps: 2 }, { param: "evalSteps" }],
    [
      "a metric that is not measured at every epoch",
      { objective: { metric: "rocAuc" } },
      { metricForBestModel: "loss" },
      {
        param: "metricForBestModel",
      },
    ],
    ["no validation part", {}, { split: { strategy: "RANDOM", fractions: [0.8, 0, 0.2] } }, {}],
  ])("is refused as a whole: %s", async (_, changes, finetune, expected) => {
    const runs = await start({ worker: false });
    const before = [await store.prisma.run.count(), await store.prisma.runGroup.count()];
    await expect(runs.startSweep(asked(changes, finetune))).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      ...expected,
    });
    expect([await store.prisma.run.count(), await store.prisma.runGroup.count()]).toEqual(before);
  });
});
