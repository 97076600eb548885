/** What is deleted, what is refused, and that nothing is left of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { Removals, type Runs, startRuns } from "../../../src/runs/index.js";
import { createEnsemble } from "../../../src/service/models/create-ensemble.js";
import { newId, type Store } from "../../../src/store/index.js";
import { transaction } from "../../../src/store/sql.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { heldBy } from "../../support/leftovers.js";
import { ended, gate, order, seedBase, seedDataset } from "../../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let removals: Removals;
const compute = new FakeCompute();

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
  runs = await startRuns({ store, compute });
  removals = new Removals({ store });
});
afterAll(async () => {
  await runs.close();
  await store.close();
});

const refusal = async (work: Promise<unknown>): Promise<MaillardError> => {
  const error = await work.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (error instanceof MaillardError) return error;
  throw error;
};
const modelOf = (name: string) => store.prisma.model.findFirstOrThrow({ where: { name } });
const finetune = async (changes: Record<string, unknown> = {}) =>
  ended(runs, (await runs.startFinetune(order({ epochs: 1, ...changes }))).id);
const named = (things: readonly { kind: string; name: string }[]): string[] =>
  things.map(({ kind, name }) => `${kind} ${name}`);

/** Runs, a group with its ensemble, vectors, answers and results on a dataset of its own. */
async function makeAll(name: string): Promise<string> {
  const datasetId = await seedDataset(store, undefined, name);
  const base = await modelOf("base");
  await finetune({ dataset: name, name: `${name}-one` });
  const finished = {
    finetune: order({ dataset: name, name: `${name}-group`, epochs: 1 }),
    seeds: [1, 2],
    ensemble: true,
  };
  const group = await runs.startRepeats(finished);
  for (const { id } of await store.prisma.run.findMany({ where: { groupId: group.id } })) await ended(runs, id);
  await ended(runs, (await runs.startEmbedding({ model: "base", dataset: name, pooling: "CLS" })).id);
  const { id: modelId } = await modelOf(`${name}-one`);
  const { compoundId } = await store.prisma.datasetCompound.findFirstOrThrow({ where: { datasetId } });
  const of = { modelId, compoundId, smiles: "CCO" };
  await store.prisma.prediction.create({
    data: { ...of, id: newId(), label: "a", score: 1, scores: Buffer.alloc(12) },
  });
  await store.prisma.embedding.create({
    data: { ...of, id: newId(), pooling: "CLS", layer: 2, dimension: 1, vector: Buffer.alloc(4) },
  });
  const kept = { id: newId(), contentKey: newId(), datasetId };
  await store.prisma.projection.create({
    data: { ...kept, modelId: base.id, method: "PCA", components: 2, explainedVarianceRatio: [], points: [] },
  });
  await store.prisma.analysis.create({ data: { ...kept, kind: "CLUSTERS", result: {}, modelIds: [base.id] } });
  const download = { id: newId(), name: "d", hub: "a/b", revision: "main", commit: "c", files: [], totalBytes: 1 };
  await store.prisma.modelDownload.create({ data: { ...download, status: "SUCCEEDED", modelId } });
  return datasetId;
}

describe("a dataset that is deleted with `cascade`", () => {
  it("leaves nothing: every table and every byte is as before", async () => {
    const before = await heldBy(store);
    const datasetId = await makeAll("extra");
    const used = await refusal(removals.delete("Dataset", datasetId));
    expect(used).toMatchObject({ code: "CONFLICT", param: "id", details: { count: 4 } });
    expect(used.message).toContain("run extra-by-base-cls");
    expect((used.details as { usedBy: object[] }).usedBy[0]).toMatchObject({ kind: "Run", name: expect.any(String) });
    const made = await heldBy(store);
    expect(made.bytes).toBeGreaterThan(before.bytes + 100_000);

    const would = await removals.delete("Dataset", datasetId, { cascade: true, dryRun: true });
    expect(await heldBy(store)).toEqual(made);
    const deleted = await removals.delete("Dataset", datasetId, { cascade: true });
    expect(named(deleted)).toEqual(named(would));
    expect(named(deleted)).toEqual([
      "Dataset extra",
      "Model extra-group",
      "Model extra-group-1",
      "Model extra-group-2",
      "Model extra-one",
      "Run extra-by-base-cls",
      "Run extra-group-1",
      "Run extra-group-2",
      "Run extra-one",
      "RunGroup extra-group",
    ]);
    const after = await heldBy(store);
    expect(after.bytes).toBe(before.bytes);
    expect(deleted.reduce((sum, { diskUsage }) => sum + diskUsage.files, 0)).toBe(made.bytes - before.bytes);
    expect(deleted[0].diskUsage).toEqual({ files: 0, database: 36 * 4_000 });

    const garbage = await removals.collectGarbage({ dryRun: true });
    expect(garbage).toEqual([{ kind: "COMPOUNDS", count: 36, bytes: 36 * 1_600, paths: [] }]);
    await removals.collectGarbage({ dryRun: false });
    expect(await heldBy(store)).toEqual(before);
    expect(await removals.collectGarbage({ dryRun: false })).toEqual([]);
  });
});

describe("what is refused", () => {
  it("is a model that a run, an ensemble or a probe needs; `cascade` takes those and what they made", async () => {
    const [first, second] = [await finetune(), await finetune()];
    const models = [first, second].map(({ name }) => name);
    const ensemble = await createEnsemble({ store }, { name: "both", models });
    const again = await finetune({ baseModel: first.name });
    const used = await refusal(removals.delete("Model", first.modelId as string));
    expect(used).toMatchObject({ code: "CONFLICT", details: { count: 2 } });
    expect(used.details?.usedBy).toEqual([
      { kind: "Model", id: ensemble.id, name: "both" },
      { kind: "Run", id: again.id, name: again.name },
    ]);
    // A finetuned model needs no base: without its run, and without the ensemble, it stays.
    await removals.delete("Run", again.id);
    await removals.delete("Model", ensemble.id);
    expect(named(await removals.delete("Model", first.modelId as string))).toEqual([`Model ${first.name}`]);
    expect(await modelOf(again.name)).toMatchObject({ baseModelId: null });
    expect(await store.prisma.run.findUniqueOrThrow({ where: { id: first.id } })).toMatchObject({
      status: "SUCCEEDED",
      modelId: null,
    });
    // The base of everything takes everything.
    const all = await removals.delete("Model", (await modelOf("base")).id, { cascade: true, dryRun: true });
    expect(named(all)).toContain(`Run ${second.name}`);
    expect(named(all)).toContain(`Model ${second.name}`);
  });

  it("is a run that has not ended; `cascade` cancels it and waits", async () => {
    const started = gate();
    compute.beforeStep = async (_step, _job, signal) => {
      started.open();
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
    };
    const group = await runs.startRepeats({ finetune: order({ name: "held" }), seeds: [1, 2, 3], ensemble: true });
    await started.opened;
    const active = await refusal(removals.delete("RunGroup", group.id));
    expect(active).toMatchObject({ code: "CONFLICT", details: { count: 3 } });
    expect(active.message).toContain("Cancel first");
    const deleted = await removals.delete("RunGroup", group.id, { cascade: true });
    compute.beforeStep = () => undefined;
    expect(named(deleted)).toEqual(["RunGroup held", "Run held-1", "Run held-2", "Run held-3"]);
    expect(await store.prisma.run.count({ where: { groupId: group.id } })).toBe(0);
    // The worker goes on with other runs.
    expect(await finetune()).toMatchObject({ status: "SUCCEEDED" });
  });

  it("is a finished run of a group that waits to become an ensemble; `cascade` takes the group", async () => {
    const reached = gate();
    const stopped = gate();
    compute.beforeStep = async (_step, { hyperparameters: { seed } }) => {
      if (seed !== 3) return;
      reached.open();
      await stopped.opened;
    };
    const finetuned = order({ name: "waits", epochs: 1 });
    const group = await runs.startRepeats({ finetune: finetuned, seeds: [1, 2, 3], ensemble: true });
    await reached.opened;
    const first = await store.prisma.run.findFirstOrThrow({ where: { name: "waits-1" } });
    const used = await refusal(removals.delete("Run", first.id));
    expect(used).toMatchObject({ code: "CONFLICT", details: { count: 1 } });
    expect(used.details?.usedBy).toEqual([{ kind: "RunGroup", id: group.id, name: "waits" }]);
    expect(named(await removals.delete("Run", first.id, { cascade: true, dryRun: true }))).toContain("RunGroup waits");
    stopped.open();
    compute.beforeStep = () => undefined;
    const [, , last] = await store.prisma.run.findMany({
      where: { groupId: group.id },
      orderBy: { groupIndex: "asc" },
    });
    await ended(runs, last.id);
    expect((await modelOf("waits")).composition).toMatchObject({ members: { length: 3 } });
    expect(named(await removals.delete("Run", first.id))).toEqual(["Run waits-1"]);
  });

  it("is not a finished run of a group after another one failed or went: no ensemble is made of fewer", async () => {
    const [reached, stopped] = [gate(), gate()];
    compute.beforeStep = async (_step, { hyperparameters: { seed } }) => {
      if (seed === 2) throw new MaillardError("DIVERGED", "The loss is no number.");
      if (seed !== 4) return;
      reached.open();
      await stopped.opened;
    };
    const finetuned = order({ name: "fewer", epochs: 1 });
    const group = await runs.startRepeats({ finetune: finetuned, seeds: [1, 2, 3, 4], ensemble: true });
    await reached.opened;
    const [first, second, third, last] = await store.prisma.run.findMany({
      where: { groupId: group.id },
      orderBy: { groupIndex: "asc" },
    });
    expect([first.status, second.status, third.status]).toEqual(["SUCCEEDED", "FAILED", "SUCCEEDED"]);
    // Neither the failed run nor, after it, a finished one or its model is needed.
    expect(named(await removals.delete("Run", second.id))).toEqual(["Run fewer-2"]);
    expect(named(await removals.delete("Run", first.id))).toEqual(["Run fewer-1"]);
    expect(named(await removals.delete("Model", String(third.modelId)))).toEqual(["Model fewer-3"]);
    stopped.open();
    compute.beforeStep = () => undefined;
    expect(await ended(runs, last.id)).toMatchObject({ status: "SUCCEEDED" });
    const { modelId } = await store.prisma.runGroup.findUniqueOrThrow({ where: { id: group.id } });
    expect(modelId).toBeNull();
    expect(await store.prisma.model.count({ where: { name: "fewer" } })).toBe(0);
    expect(named(await removals.delete("RunGroup", group.id))).toEqual([
      "RunGroup fewer",
      "Run fewer-3",
      "Run fewer-4",
    ]);
  });

  it("is what does not exist, or was deleted by another request at the same time", async () => {
    expect(await refusal(removals.delete("Model", newId()))).toMatchObject({ code: "NOT_FOUND", param: "id" });
    const run = await finetune();
    const both = await Promise.allSettled([removals.delete("Run", run.id), removals.delete("Run", run.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const lost = both.find((one) => one.status === "rejected") as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ code: "NOT_FOUND" });
  });

  it("is, of a member, what another key made", async () => {
    const run = await finetune();
    const principal = { ...store.principal, role: "MEMBER" as const, keyId: "mine", projects: ["default"] };
    await store.prisma.run.update({ where: { id: run.id }, data: { createdById: "mine" } });
    const mine = removals.within({ ...store, principal });
    const others = await refusal(mine.delete("Run", run.id, { cascade: true }));
    expect(others).toMatchObject({ code: "FORBIDDEN" });
    expect(others.message).toContain(`model ${run.name}`);
    expect(named(await mine.delete("Run", run.id))).toEqual([`Run ${run.name}`]);
    const other = { ...principal, projects: ["elsewhere"] };
    const unseen = removals.within({ ...store, principal: other });
    const model = await modelOf(run.name);
    expect(await refusal(unseen.delete("Model", model.id))).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a deletion and what begins at the same time", () => {
  it("never leave a run or an ensemble without its model", async () => {
    const [one, two] = [await finetune(), await finetune()];
    // The deletion waits for whoever holds the model to begin something on it, and then sees that.
    let deleting: Promise<MaillardError> | undefined;
    await transaction(store, async (client) => {
      await client.query(`SELECT 1 FROM "Model" WHERE id = $1 FOR KEY SHARE`, [one.modelId]);
      deleting = refusal(removals.delete("Model", one.modelId as string));
      await client.query(
        `INSERT INTO "Run" (id, kind, name, "inputHash", input, "datasetId", "baseModelId", status)
         VALUES ('late', 'FINETUNE', 'late', '', '{}', $1, $2, 'FAILED')`,
        [one.datasetId, one.modelId],
      );
    });
    expect(await deleting).toMatchObject({ code: "CONFLICT", details: { usedBy: [{ kind: "Run", id: "late" }] } });
    await removals.delete("Run", "late");
    // The order was prepared; then the model goes.
    const { prisma } = store;
    const slow: Store = {
      ...store,
      pool: new Proxy(store.pool, {
        get(pool, name) {
          const value = Reflect.get(pool, name);
          if (name !== "connect") return typeof value === "function" ? value.bind(pool) : value;
          return async () => {
            await removals.delete("Model", one.modelId as string).catch(() => undefined);
            return pool.connect();
          };
        },
      }),
    };
    expect(await refusal(runs.within(slow).startFinetune(order({ baseModel: one.name })))).toMatchObject({
      code: "NOT_FOUND",
      param: "model",
    });
    expect(await prisma.run.count({ where: { name: "late" } })).toBe(0);
    await expect(createEnsemble({ store }, { name: "half", models: [two.name, "gone"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("vectors of a projection", () => {
  /** Two molecules with a vector each, and runs that count them. */
  async function embedded(name: string, kinds: Record<string, { kind: "EMBEDDING" | "PROJECTION"; input: object }>) {
    const datasetId = await seedDataset(store, [{ smiles: "CCCCCO" }, { smiles: "CCCCCN" }], name);
    const { id: modelId, layers } = await modelOf("base");
    for (const { compoundId, smiles } of await store.prisma.datasetCompound.findMany({ where: { datasetId } })) {
      const vector = { dimension: 1, vector: Buffer.alloc(4), pooling: "MEAN" as const, layer: layers };
      await store.prisma.embedding.upsert({
        where: {
          modelId_projectId_pooling_layer_smiles: {
            modelId,
            projectId: "default",
            pooling: "MEAN",
            layer: layers,
            smiles,
          },
        },
        create: { ...vector, id: newId(), modelId, compoundId, smiles },
        update: {},
      });
    }
    const run = { inputHash: "x", datasetId, baseModelId: modelId, status: "SUCCEEDED" as const };
    for (const [id, { kind, input }] of Object.entries(kinds))
      await store.prisma.run.create({
        data: { ...run, id, name: id, kind, input: { pooling: "MEAN", ...input }, startedAt: new Date() },
      });
  }
  const left = () => store.prisma.embedding.count({ where: { smiles: { in: ["CCCCCO", "CCCCCN"] } } });
  const PCA = { kind: "PROJECTION", input: { method: "PCA" } } as const;
  const MAP = { kind: "PROJECTION", input: { method: "UMAP", molecules: 1 } } as const;
  const EMBEDDING = { kind: "EMBEDDING", input: {} } as const;

  it("stay when an embedding run goes, and go with the last run that counts them", async () => {
    await embedded("with-pca", { "e-1": EMBEDDING, "p-1": PCA });
    await removals.delete("Run", "e-1");
    expect(await left()).toBe(2);
    await removals.delete("Run", "p-1");
    expect(await left()).toBe(0);
  });

  it("of a sample keep those of the whole dataset only until it has ended", async () => {
    await embedded("with-map", { "e-2": EMBEDDING, "e-3": EMBEDDING, "m-2": MAP });
    await store.prisma.run.update({ where: { id: "m-2" }, data: { status: "PAUSED" } });
    await removals.delete("Run", "e-2");
    await removals.delete("Run", "e-3");
    expect(await left()).toBe(2);
    await embedded("with-map-2", { "e-4": EMBEDDING });
    await store.prisma.run.update({ where: { id: "m-2" }, data: { status: "SUCCEEDED" } });
    await removals.delete("Run", "e-4");
    expect(await left()).toBe(0);
  });
});
