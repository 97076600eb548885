/** Orders of one name at once: one is written, the others are CONFLICT. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Runs, startRuns } from "../../src/runs/index.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
});
afterAll(async () => {
  await runs?.close();
  await store?.close();
});

/** "done" or the code of each, sorted. */
async function outcomes(orders: Promise<unknown>[]): Promise<string[]> {
  const ends = await Promise.allSettled(orders);
  return ends.map((end) => (end.status === "fulfilled" ? "done" : end.reason.code)).sort();
}
const TEN = Array.from({ length: 10 }, (_, index) => index);
const ONE_OF_TEN = [...TEN.slice(1).map(() => "CONFLICT"), "done"];

describe("ten orders of one name at once", () => {
  it.each([1, 2, 3])("make one finetune (round %i)", async (round) => {
    const name = `finetune-${round}`;
    expect(await outcomes(TEN.map(() => runs.startFinetune(order({ name }))))).toEqual(ONE_OF_TEN);
    expect(await store.prisma.run.count({ where: { name } })).toBe(1);
  });

  it.each([1, 2, 3])("make one probe, also among finetunes (round %i)", async (round) => {
    const name = `probe-${round}`;
    const probe = order({ name });
    const orders = TEN.map((index) => (index % 2 ? runs.startFinetune(order({ name })) : runs.startProbe(probe)));
    expect(await outcomes(orders)).toEqual(ONE_OF_TEN);
    expect(await store.prisma.run.count({ where: { name } })).toBe(1);
  });

  it.each([1, 2, 3])("make one group, all of it (round %i)", async (round) => {
    const name = `group-${round}`;
    const orders = TEN.map(() => runs.startRepeats({ finetune: order({ name }), seeds: [1, 2, 3] }));
    expect(await outcomes(orders)).toEqual(ONE_OF_TEN);
    expect(await store.prisma.runGroup.count({ where: { name } })).toBe(1);
    expect(await store.prisma.run.count({ where: { name: { startsWith: `${name}-` } } })).toBe(3);
  });

  it("with one idempotency key are one run for all", async () => {
    const same = order({ name: "keyed", idempotencyKey: "ten-at-once" });
    const ids = await Promise.all(TEN.map(async () => (await runs.startFinetune(same)).id));
    expect(new Set(ids).size).toBe(1);
  });

  it("are no conflict for embeddings, whose names are made from what they embed", async () => {
    const input = { model: "base", dataset: "sample" };
    const orders = TEN.slice(0, 3).map(() => runs.startEmbedding(input));
    expect(await outcomes(orders)).toEqual(["done", "done", "done"]);
  });
});

it("refuses the name of an unfinished download", async () => {
  const data = {
    id: "download",
    name: "fetched",
    hub: "a/b",
    revision: "main",
    commit: "0".repeat(40),
    totalBytes: 1n,
  };
  await store.prisma.modelDownload.create({ data: { ...data, files: [] } });
  const started = runs.startFinetune(order({ name: "fetched" }));
  await expect(started).rejects.toMatchObject({ code: "CONFLICT", param: "name" });
});
