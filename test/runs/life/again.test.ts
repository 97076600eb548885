/** Runs that are made of another one, what is said about runs, and their order in the queue. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import type { Run } from "../../../src/store/generated/client.js";
import { newId, type Store } from "../../../src/store/index.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { ended, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

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
  await runs.close();
  await store.close();
});

const finetune = async (changes: Record<string, unknown> = {}): Promise<Run> =>
  ended(runs, (await runs.startFinetune(order({ epochs: 1, ...changes }))).id);
const dealt = async (runId: string): Promise<Map<string, string>> => {
  const rows = await store.prisma.runAssignment.findMany({ where: { runId } });
  return new Map(rows.map(({ memberId, split, label }) => [memberId, `${split} ${label}`]));
};

describe("a clone", () => {
  it("is of the same input but for what is named", async () => {
    const { id, input } = await finetune({ learningRate: 3e-5, seed: 7, priority: 5, tags: ["a", "b"] });
    const name = newId();
    const { run, changed, kept } = await runs.clone(id, { name, learningRate: 1e-4 });
    expect(run.input).toEqual({ ...(input as object), name, learningRate: 1e-4 });
    expect([changed, kept]).toEqual([["learningRate"], []]);
    expect(run).toMatchObject({ originId: id, originKind: "CLONE", priority: 5, tags: ["a", "b"] });
    expect(await dealt(run.id)).toEqual(await dealt(id));
    // Null is the default of the option.
    const other = await runs.clone(id, { name: newId(), learningRate: null });
    expect(other.run.input).toMatchObject({ seed: 7, learningRate: 2e-5 });
    await Promise.all([ended(runs, run.id), ended(runs, other.run.id)]);
  });

  it("keeps what the recipe had decided, and says so", async () => {
    const { epochs: _epochs, batchSize: _size, ...open } = order({ recipe: "auto", name: newId() });
    const origin = await runs.startFinetune({ ...open, maxSteps: 1 });
    const { options } = (origin.input as { recipeChoice: { options: string[] } }).recipeChoice;
    const { run, changed, kept } = await runs.clone(origin.id, { name: newId(), epochs: 2 });
    expect(changed).toEqual(["epochs"]);
    expect(kept).toEqual(options.filter((name) => name !== "epochs"));
    expect(kept.length).toBeGreaterThan(0);
    const [before, after] = [origin.input, run.input].map((input) => input as Record<string, unknown>);
    for (const name of kept) expect(after[name]).toEqual(before[name]);
    await runs.cancel(origin.id);
    await runs.cancel(run.id);
  });

  it("of a run of a group has its fold", async () => {
    const group = await runs.startRepeats({ finetune: order({ name: "folds", epochs: 1 }), folds: 3 });
    const [, second] = await store.prisma.run.findMany({
      where: { groupId: group.id },
      orderBy: { groupIndex: "asc" },
    });
    const { run } = await runs.clone(second.id, { name: newId(), epochs: 2 });
    expect(run.input).toMatchObject({ split: { fold: { index: 1, count: 3 } } });
    expect(await dealt(run.id)).toEqual(await dealt(second.id));
    await runs.cancelGroup(group.id);
    await runs.cancel(run.id);
  });

  it("of an embedding takes no option of a finetune, and no name", async () => {
    const { id } = await runs.startEmbedding({ model: "base", dataset: "sample" });
    await expect(runs.clone(id, { epochs: 2 })).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "epochs" });
    await expect(runs.clone(id, { name: "x" })).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "name" });
    const { run } = await runs.clone(id, {});
    expect(run).toMatchObject({ kind: "EMBEDDING", originId: id });
    await Promise.all([ended(runs, id), ended(runs, run.id)]);
  });

  it("outlives the run that it was made of", async () => {
    const { id } = await finetune();
    const { run } = await runs.clone(id, { name: newId() });
    await ended(runs, run.id);
    await store.prisma.run.delete({ where: { id } });
    const row = await store.prisma.run.findUniqueOrThrow({ where: { id: run.id } });
    expect(row).toMatchObject({ originId: null, originKind: "CLONE" });
  });
});

describe("a run that goes on", () => {
  it("starts from the model, with its head, and each molecule in its split", async () => {
    const first = await finetune({ seed: 3 });
    const { run, changed } = await runs.continue(first.id, { name: newId(), epochs: 2, seed: 11 });
    expect(changed.toSorted()).toEqual(["baseModel", "epochs", "seed"]);
    expect(run).toMatchObject({ originId: first.id, originKind: "CONTINUE", baseModelId: first.modelId });
    // Another seed would have dealt them otherwise.
    expect(await dealt(run.id)).toEqual(await dealt(first.id));
    expect(await ended(runs, run.id)).toMatchObject({ status: "SUCCEEDED", step: 6 });
    expect(compute.jobs.at(-1)).toMatchObject({ keepHead: true, resumeFrom: null });
    expect(compute.jobs.at(-1)?.baseFolder).toContain(first.id);
    // The same key gives the same run; a finetune of the same options is another request.
    const key = { name: newId(), epochs: 1, idempotencyKey: newId() };
    const [one, two] = [await runs.continue(first.id, key), await runs.continue(first.id, key)];
    expect(two.run.id).toBe(one.run.id);
    await expect(runs.clone(first.id, key)).rejects.toMatchObject({ code: "CONFLICT", param: "idempotencyKey" });
    await ended(runs, one.run.id);
  });

  it("is refused without a model, without epochs, and with other molecules", async () => {
    const { id } = await finetune();
    const name = newId();
    await expect(runs.continue(id, { name })).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "epochs" });
    await expect(runs.continue(id, { name, epochs: 1, minClassSize: 2 })).rejects.toMatchObject({
      param: "minClassSize",
    });
    const other = await runs.startFinetune(order());
    await runs.cancel(other.id);
    await ended(runs, other.id);
    await expect(runs.continue(other.id, { name, epochs: 1 })).rejects.toMatchObject({ code: "CONFLICT", param: "id" });
  });
});

describe("what is said about a run", () => {
  it("is changed field by field", async () => {
    const { id } = await finetune({ description: "first", tags: ["x"] });
    await runs.update(id, { notes: "seen" });
    expect(await runs.update(id, { tags: ["y", "z", "y"] })).toMatchObject({
      description: "first",
      notes: "seen",
      tags: ["y", "z"],
    });
    expect(await runs.update(id, { description: "", notes: "" })).toMatchObject({ description: null, notes: "" });
  });

  it.each([
    [{ tags: Array.from({ length: 21 }, (_, i) => `${i}`) }, "tags"],
    [{ tags: ["x".repeat(51)] }, "tags"],
    [{ tags: [""] }, "tags"],
    [{ tags: ["a\0"] }, "tags"],
    [{ notes: "x".repeat(20_001) }, "notes"],
    [{ description: "x".repeat(1_001) }, "description"],
  ])("is refused beyond its bounds: %#", async (changes, param) => {
    const { id } = await store.prisma.run.findFirstOrThrow();
    await expect(runs.update(id, changes)).rejects.toMatchObject({ code: "BAD_INPUT", param });
  });

  it("orders the runs that wait by priority", async () => {
    await runs.close();
    const quiet = await startRuns({ store, compute, worker: false });
    const started: string[] = [];
    for (const priority of [0, 0, -3, 0]) started.push((await quiet.startFinetune(order({ epochs: 1, priority }))).id);
    await expect(quiet.setPriority(started[0], 101)).rejects.toMatchObject({ code: "BAD_INPUT", param: "priority" });
    await quiet.setPriority(started[3], 100);
    await quiet.setPriority(started[2], 1);
    await quiet.close();
    runs = await startRuns({ store, compute });
    await Promise.all(started.map((id) => ended(runs, id)));
    const rows = await store.prisma.run.findMany({ where: { id: { in: started } }, orderBy: { startedAt: "asc" } });
    expect(rows.map(({ id }) => started.indexOf(id))).toEqual([3, 2, 0, 1]);
  });
});
