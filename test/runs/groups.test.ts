/**
 * Groups of runs with a pool that computes nothing: planned from one read, executed in order, made an ensemble
 * once.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Runs, startRuns } from "../../src/runs/index.js";
import { orderRepeats } from "../../src/runs/orders/repeats.js";
import { prepareFinetunes } from "../../src/runs/prepare.js";
import type { Run } from "../../src/store/generated/client.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
const compute = new FakeCompute();
beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  runs = await startRuns({ store, compute });
});
afterAll(async () => {
  await runs?.close();
  await store?.close();
});

const SPLIT = { strategy: "STRATIFIED", fractions: [0.5, 0.25, 0.25] };
const finetune = (name: string) => order({ name, epochs: 1, split: SPLIT });
const runsOf = (groupId: string) => store.prisma.run.findMany({ where: { groupId }, orderBy: { groupIndex: "asc" } });
async function finished(groupId: string): Promise<Run[]> {
  const rows: Run[] = [];
  for (const { id } of await runsOf(groupId)) rows.push(await ended(runs, id));
  return rows;
}

describe("the runs of a group", () => {
  it("are planned from one reading of the molecules, and one split is planned once", async () => {
    const read = vi.spyOn(store.pool, "query");
    const readings = () => read.mock.calls.filter(([text]) => String(text).includes(`"DatasetCompound"`)).length;
    const folds = await prepareFinetunes(store, compute, orderRepeats({ finetune: finetune("f"), folds: 9 }).runs);
    expect(readings()).toBe(1);
    const seeds = await prepareFinetunes(store, compute, orderRepeats({ finetune: finetune("s"), seeds: [7, 8] }).runs);
    expect(readings()).toBe(2);
    read.mockRestore();

    expect(new Set(folds.map(({ plan }) => plan)).size).toBe(9);
    const tested = folds.flatMap(({ plan }) => plan!.assignments.filter(({ split }) => split === "TEST"));
    expect(tested).toHaveLength(36);
    expect(new Set(tested.map(({ memberId }) => memberId)).size).toBe(36);
    expect(seeds[0].plan).toBe(seeds[1].plan);
    expect(seeds.map((one) => (one.order as { seed: number }).seed)).toEqual([7, 8]);
    // The split is that of a finetune alone, with the finetune's own seed.
    const [alone] = await prepareFinetunes(store, compute, orderRepeats({ finetune: finetune("s"), seeds: [42] }).runs);
    expect(seeds[0].plan).toEqual(alone.plan);
  });

  it("by repeated folds: each repeat tests every molecule once, dealt anew", async () => {
    const { runs: orders, said } = orderRepeats({ finetune: finetune("r"), folds: 3, repeats: 2 });
    expect([said.repeats, orders.map(({ name }) => name).join()]).toEqual([2, "r-1,r-2,r-3,r-4,r-5,r-6"]);
    const prepared = await prepareFinetunes(store, compute, orders);
    const tested = prepared.map(({ plan }) =>
      plan!.assignments.filter(({ split }) => split === "TEST").map(({ memberId }) => memberId),
    );
    for (const repeat of [tested.slice(0, 3), tested.slice(3)]) expect(new Set(repeat.flat()).size).toBe(36);
    expect(new Set(tested[3])).not.toEqual(new Set(tested[0]));
    // The same seed trains all of them, and the first repeat is that of a request without repeats.
    expect(new Set(orders.map(({ seed }) => seed)).size).toBe(1);
    expect(orders.slice(0, 3)).toEqual(orderRepeats({ finetune: finetune("r"), folds: 3 }).runs);
    expect(orderRepeats({ finetune: finetune("r"), folds: 3, repeats: 1 }).said).not.toHaveProperty("repeats");
    for (const wrong of [
      { folds: 3, repeats: 0 },
      { folds: 3, repeats: 34 },
      { seeds: [1, 2], repeats: 2 },
    ])
      expect(() => orderRepeats({ finetune: finetune("r"), ...wrong })).toThrow(
        expect.objectContaining({ code: "INVALID_CONFIG", param: "repeats" }),
      );
  });

  it("run in their order, though their jobs have one time", async () => {
    const seeds = Array.from({ length: 8 }, (_, index) => index);
    const { id } = await runs.startRepeats({ finetune: finetune("ordered"), seeds });
    const rows = await finished(id);
    expect(rows.map(({ status }) => status)).toEqual(seeds.map(() => "SUCCEEDED"));
    const started = rows.map(({ startedAt }) => startedAt!.getTime());
    expect(started).toEqual([...started].sort((a, b) => a - b));
  });

  it("are all refused when one name is taken", async () => {
    const before = await store.prisma.run.count();
    await seedBase(store, "taken-3");
    const refused = runs.startRepeats({ finetune: finetune("taken"), seeds: [1, 2, 3] });
    await expect(refused).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("taken-3") });
    expect([await store.prisma.run.count(), await store.prisma.runGroup.count({ where: { name: "taken" } })]).toEqual([
      before,
      0,
    ]);
  });
});

const codesOf = ({ warnings }: { warnings: unknown }) => (warnings as { code: string }[]).map(({ code }) => code);

describe("the ensemble of a group", () => {
  it("takes another name when its own was given away meanwhile; the runs' models keep theirs", async () => {
    compute.beforeEnd = ({ hyperparameters: { seed } }) => (seed === 2 ? seedBase(store, "contested") : undefined);
    const { id } = await runs.startRepeats({ finetune: finetune("contested"), seeds: [1, 2], ensemble: true });
    const rows = await finished(id);
    compute.beforeEnd = () => undefined;
    expect(rows.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(rows.map(codesOf)).toEqual([["TEST_SMALL"], ["TEST_SMALL"]]);
    const group = await store.prisma.runGroup.findUniqueOrThrow({
      where: { id },
      include: { model: true, runs: { include: { model: true }, orderBy: { groupIndex: "asc" } } },
    });
    expect(group.runs.map(({ model }) => model?.name)).toEqual(["contested-1", "contested-2"]);
    expect(group.model).toMatchObject({ name: `contested-${id.slice(-8)}` });
    expect(group.model?.composition).toEqual({ kind: "ENSEMBLE", members: group.runs.map(({ modelId }) => modelId) });
  });

  it("waits for a name that another transaction has not committed yet, and then takes another", async () => {
    const other = await store.pool.connect();
    const base = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
    let committed: Promise<unknown> = Promise.resolve();
    compute.beforeEnd = async ({ hyperparameters: { seed } }) => {
      if (seed !== 2) return;
      await other.query("BEGIN");
      await other.query(
        `INSERT INTO "Model" SELECT (jsonb_populate_record(m, '{"id": "uncommitted", "name": "raced"}')).*
           FROM "Model" m WHERE id = $1`,
        [base.id],
      );
      committed = new Promise((resolve) => setTimeout(resolve, 500)).then(() => other.query("COMMIT"));
    };
    const { id } = await runs.startRepeats({ finetune: finetune("raced"), seeds: [1, 2], ensemble: true });
    const rows = await finished(id);
    await committed;
    other.release();
    compute.beforeEnd = () => undefined;
    expect(rows.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(rows.map(codesOf)).toEqual([["TEST_SMALL"], ["TEST_SMALL"]]);
    const group = await store.prisma.runGroup.findUniqueOrThrow({ where: { id }, include: { model: true } });
    expect(group.model?.name).toBe(`raced-${id.slice(-8)}`);
    expect(await store.prisma.model.count({ where: { name: { in: ["raced-1", "raced-2"] } } })).toBe(2);
  });
});
