/** Runs of one lane wait for each other, those of another do not; what runs beside changes no bit. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../../../src/cli/settings.js";
import { defaultThreads } from "../../../src/compute/threads.js";
import { type Runs, type RunsOptions, startRuns } from "../../../src/runs/index.js";
import type { Run } from "../../../src/store/generated/client.js";
import type { Store } from "../../../src/store/index.js";
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
  for (const runs of open.splice(0)) await runs.close();
});

async function start(options: Omit<RunsOptions, "store">): Promise<Runs> {
  const runs = await startRuns({ store, onError: (error) => expect.fail(String(error)), ...options });
  open.push(runs);
  return runs;
}
const probe = () => {
  const { name, baseModel, dataset, target, split } = order();
  return { name, baseModel, dataset, target, split };
};
const statusesOf = async (runs: readonly Run[]): Promise<string[]> =>
  Promise.all(runs.map(async ({ id }) => (await store.prisma.run.findUniqueOrThrow({ where: { id } })).status));

/** Finetunes that stop before their first step until the gate opens. */
function blocked(): { compute: FakeCompute; reached: Promise<void>; goOn(): void; most(): number } {
  const compute = new FakeCompute();
  const [arrived, opened] = [gate(), gate()];
  let [now, most] = [0, 0];
  compute.beforeStep = async (step) => {
    if (step !== 1) return;
    most = Math.max(most, ++now);
    arrived.open();
    await opened.opened;
  };
  compute.beforeEnd = () => void now--;
  return { compute, reached: arrived.opened, goOn: opened.open, most: () => most };
}

describe("the lanes", () => {
  it("let a probe start while three finetunes hold or wait for their own", async () => {
    const { compute, reached, goOn, most } = blocked();
    const [fitting, testEnds] = [gate(), gate()];
    compute.fitProbe = async () => {
      fitting.open();
      await testEnds.opened;
      throw new Error("not fitted here");
    };
    const runs = await startRuns({ store, compute, onError: () => undefined });
    open.push(runs);
    const finetunes: Run[] = [];
    for (let count = 0; count < 3; count++) finetunes.push(await runs.startFinetune(order()));
    await reached;
    const started = await runs.startProbe(probe());
    await fitting.opened;
    expect(await statusesOf([...finetunes, started])).toEqual(["RUNNING", "QUEUED", "QUEUED", "RUNNING"]);
    testEnds.open();
    goOn();
    for (const { id } of finetunes) expect((await ended(runs, id)).status).toBe("SUCCEEDED");
    await ended(runs, started.id);
    expect(most()).toBe(1);
  });

  it("have as many places as they are given, and divide the threads", async () => {
    const { compute, goOn, most } = blocked();
    const runs = await start({ compute, lanes: { TRAINING: 2, DATASET: 1, SHORT: 1 } });
    const finetunes: Run[] = [];
    for (let count = 0; count < 3; count++) finetunes.push(await runs.startFinetune(order()));
    await expect.poll(most).toBe(2);
    expect((await statusesOf(finetunes)).toSorted()).toEqual(["QUEUED", "RUNNING", "RUNNING"]);
    goOn();
    for (const { id } of finetunes) expect((await ended(runs, id)).status).toBe("SUCCEEDED");
    expect(most()).toBe(2);
    const threads = Math.max(1, Math.floor(defaultThreads() / 2));
    expect(compute.jobs.map(({ hyperparameters }) => hyperparameters.threads)).toEqual([threads, threads, threads]);
  });

  it("change no bit of a finetune: beside another it has the weights that it has alone", async () => {
    const quiet = await start({ compute: new FakeCompute(), worker: false });
    const asked = (seed: number) => quiet.startFinetune(order({ seed, dropout: 0.1, learningRate: 1e-3 }));
    const weights = async ({ id }: Run): Promise<{ run: Run; checksum: string }> => {
      const run = await ended(quiet, id);
      const model = await store.prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
      return { run, checksum: model.checksum };
    };
    const together = [await asked(5), await asked(6)];
    await start({ compute: realTraining(), lanes: { TRAINING: 2, DATASET: 1, SHORT: 1 } });
    const [first, second] = await Promise.all(together.map(weights));
    const begun = [first, second].map(({ run }) => (run.startedAt as Date).getTime());
    const over = [first, second].map(({ run }) => (run.finishedAt as Date).getTime());
    expect(Math.max(...begun)).toBeLessThan(Math.min(...over));
    expect(second.checksum).not.toBe(first.checksum);
    expect((await weights(await asked(5))).checksum).toBe(first.checksum);
    expect((await weights(await asked(6))).checksum).toBe(second.checksum);
  });
});

describe("their sizes", () => {
  it("are settings, of 1 to 64", () => {
    expect(readSettings({}).lanes).toEqual({ TRAINING: 1, DATASET: 1, SHORT: 1 });
    const given = { MAILLARD_CONCURRENCY: "3", MAILLARD_SHORT_RUNS: "64" };
    expect(readSettings(given).lanes).toEqual({ TRAINING: 3, DATASET: 1, SHORT: 64 });
    for (const [variable, value] of [
      ["MAILLARD_CONCURRENCY", "0"],
      ["MAILLARD_CONCURRENCY", "1.5"],
      ["MAILLARD_SHORT_RUNS", "65"],
      ["MAILLARD_SHORT_RUNS", "two"],
    ])
      expect(() => readSettings({ [variable]: value })).toThrow(expect.objectContaining({ param: variable }));
  });
});
