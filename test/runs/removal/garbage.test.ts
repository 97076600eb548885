/** What is kept and for how long, what no row needs, and new names. */
import { access, utimes } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Molecule } from "../../../src/chem/types.js";
import { readSettings } from "../../../src/cli/settings.js";
import { ensureCompounds } from "../../../src/datasets/compounds.js";
import { Removals, type Runs, startRuns } from "../../../src/runs/index.js";
import { dropOldCheckpoints } from "../../../src/runs/removal/retention.js";
import { SHARED_PROJECT } from "../../../src/store/access/principal.js";
import { newId, type Store } from "../../../src/store/index.js";
import { transaction } from "../../../src/store/sql.js";
import { createTestStore, someoneWaits } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
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
  removals = new Removals({ store, keepCheckpointDays: 7 });
});
afterAll(async () => {
  await runs.close();
  await store.close();
});

const finetune = async (changes: Record<string, unknown> = {}) =>
  ended(runs, (await runs.startFinetune(order(changes))).id);
const isThere = (artifact: string): Promise<boolean> =>
  access(store.artifacts.path(artifact)).then(
    () => true,
    () => false,
  );
/** The files go after the run has ended. */
const swept = () => vi.waitFor(async () => expect(await store.prisma.removal.count()).toBe(0), { timeout: 60_000 });
const stepsOf = async (runId: string): Promise<number[]> =>
  (await store.prisma.checkpoint.findMany({ where: { runId }, orderBy: { step: "asc" } })).map(({ step }) => step);
const daysAgo = (days: number): Date => new Date(Date.now() - days * 24 * 3_600_000);

describe("checkpoints", () => {
  it("of a run that succeeded are gone with its end, in rows and on disk; the model is not", async () => {
    const run = await finetune();
    expect(await stepsOf(run.id)).toEqual([]);
    await swept();
    expect(await isThere(`runs/${run.id}/checkpoints`)).toBe(false);
    expect(await isThere(`models/${run.id}/model.safetensors`)).toBe(true);
  });

  it("of a run that failed: the last one for 7 days, then none", async () => {
    compute.beforeStep = (step) => {
      if (step === 8) throw new Error("no more");
    };
    const { id } = await finetune();
    compute.beforeStep = () => undefined;
    expect(await stepsOf(id)).toEqual([3, 6]);
    await removals.round();
    expect(await stepsOf(id)).toEqual([6]);
    expect([await isThere(`runs/${id}/checkpoints/step-3`), await isThere(`runs/${id}/checkpoints/step-6`)]).toEqual([
      false,
      true,
    ]);
    await store.prisma.run.update({ where: { id }, data: { finishedAt: daysAgo(6.9) } });
    await removals.round();
    expect(await stepsOf(id)).toEqual([6]);
    await store.prisma.run.update({ where: { id }, data: { finishedAt: daysAgo(7.1) } });
    expect(await removals.collectGarbage({ dryRun: true })).toEqual([
      { kind: "CHECKPOINTS", count: 1, bytes: 1, paths: [`artifacts/runs/${id}/checkpoints`] },
    ]);
    await removals.round();
    expect([await stepsOf(id), await isThere(`runs/${id}/checkpoints`)]).toEqual([[], false]);
  });

  it("of a run that failed: the best one stays beside the last one, for the end of a retry", async () => {
    compute.scoreOf = (epoch) => (epoch === 1 ? 0.9 : 0.1);
    compute.beforeStep = (step) => {
      if (step === 11) throw new Error("no more");
    };
    const { id } = await finetune({ epochs: 5 });
    compute.beforeStep = () => undefined;
    compute.scoreOf = (epoch) => 1 - 1 / (1 + epoch);
    expect(await stepsOf(id)).toEqual([3, 6, 9]);
    await removals.round();
    expect(await stepsOf(id)).toEqual([3, 9]);
    expect(await isThere(`runs/${id}/checkpoints/step-3`)).toBe(true);
    await store.prisma.run.delete({ where: { id } });
  });

  it("of a run that is retried at that moment stay", async () => {
    compute.beforeStep = (step) => {
      if (step === 8) throw new Error("no more");
    };
    const { id } = await finetune();
    compute.beforeStep = () => undefined;
    let dropped: Promise<unknown> = Promise.resolve();
    await transaction(store, async (client) => {
      await client.query(`UPDATE "Run" SET status = 'QUEUED' WHERE id = $1`, [id]);
      dropped = dropOldCheckpoints(store, 0);
      await someoneWaits(store);
    });
    await dropped;
    expect(await stepsOf(id)).toEqual([3, 6]);
    await store.prisma.run.delete({ where: { id } });
  });

  it("that are a model's own stay", async () => {
    const { id, baseModelId } = await finetune();
    await swept();
    const artifact = `runs/${id}/checkpoints/step-9`;
    await store.artifacts.write(`${artifact}/model.safetensors`, "weights");
    const base = await store.prisma.model.findUniqueOrThrow({ where: { id: baseModelId! } });
    const { composition: _none, labels: _labels, ...columns } = base;
    await store.prisma.model.create({ data: { ...columns, id: newId(), name: "a-checkpoint", artifact } });
    await store.prisma.removal.create({ data: { artifact: `runs/${id}/checkpoints`, reason: "CHECKPOINTS" } });
    await removals.round();
    expect(await isThere(artifact)).toBe(true);
    expect(await store.prisma.removal.count()).toBe(0);
  });
});

it("MAILLARD_KEEP_CHECKPOINTS is a number of days", () => {
  expect(readSettings({}).keepCheckpointDays).toBeUndefined();
  expect(readSettings({ MAILLARD_KEEP_CHECKPOINTS: "0" }).keepCheckpointDays).toBe(0);
  for (const days of ["-1", "a week", "36501"])
    expect(() => readSettings({ MAILLARD_KEEP_CHECKPOINTS: days })).toThrow(/MAILLARD_KEEP_CHECKPOINTS is a number/);
});

describe("folders that no row names", () => {
  it("go at once when asked, in the background a week after they were found; young and used ones stay", async () => {
    const [old, young] = [`models/${newId()}`, `models/${newId()}`];
    const stopped = gate();
    const reached = gate();
    compute.beforeStep = async (step) => {
      if (step !== 2) return;
      reached.open();
      await stopped.opened;
    };
    const active = await runs.startFinetune(order());
    await reached.opened;
    const unfinished = `models/${active.id}`;
    for (const artifact of [old, young, unfinished]) await store.artifacts.write(`${artifact}/weights`, "12345");
    for (const artifact of [old, unfinished])
      for (const path of [`${artifact}/weights`, artifact])
        await utimes(store.artifacts.path(path), daysAgo(1), daysAgo(1));
    const left = [{ kind: "FOLDERS", count: 1, bytes: 5, paths: [`artifacts/${old}`] }];
    expect(await removals.collectGarbage({ dryRun: true })).toEqual(left);

    await removals.round();
    expect(await isThere(old)).toBe(true);
    const { dueAt } = await store.prisma.removal.findUniqueOrThrow({ where: { artifact: old } });
    expect((dueAt.getTime() - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
    await store.prisma.removal.update({ where: { artifact: old }, data: { dueAt: new Date() } });
    await removals.round();
    expect(await isThere(old)).toBe(false);

    await store.artifacts.write(`${old}/weights`, "12345");
    for (const path of [`${old}/weights`, old]) await utimes(store.artifacts.path(path), daysAgo(1), daysAgo(1));
    expect(await removals.collectGarbage({ dryRun: false })).toEqual(left);
    expect([await isThere(old), await isThere(young), await isThere(unfinished)]).toEqual([false, true, true]);
    stopped.open();
    compute.beforeStep = () => undefined;
    expect(await ended(runs, active.id)).toMatchObject({ status: "SUCCEEDED" });
  });
});

it("parts of a prediction run without a result, and of an evaluation, go after an hour; others stay", async () => {
  await swept();
  const { id: datasetId } = await store.prisma.dataset.findFirstOrThrow();
  const { id: baseModelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
  const of = { inputHash: "", input: {}, datasetId, baseModelId };
  const [failed, cancelled, evaluated, young, done] = await Promise.all(
    (
      [
        ["PREDICTION", "FAILED", 2],
        ["PREDICTION", "CANCELLED", 2],
        ["EVALUATION", "SUCCEEDED", 2],
        ["PREDICTION", "CANCELLED", 0.5],
        ["PREDICTION", "SUCCEEDED", 2],
      ] as const
    ).map(async ([kind, status, since], place) => {
      const data = { ...of, kind, id: newId(), name: `predicted-${place}`, status, finishedAt: hours(since) };
      const { id } = await store.prisma.run.create({ data });
      await store.artifacts.write(`runs/${id}/predictions/0000000.jsonl.gz`, "1234567");
      return `runs/${id}/predictions`;
    }),
  );
  const found = await removals.collectGarbage({ dryRun: true });
  const paths = [failed, cancelled, evaluated].map((artifact) => `artifacts/${artifact}`);
  expect(found).toEqual([{ kind: "CHECKPOINTS", count: 3, bytes: 21, paths: expect.arrayContaining(paths) }]);
  await removals.round();
  expect(await Promise.all([failed, cancelled, evaluated, young, done].map(isThere))).toEqual([
    ...[false, false, false, true, true],
  ]);
  expect(await removals.collectGarbage({ dryRun: true })).toEqual([]);
  await store.prisma.run.deleteMany({ where: { kind: { in: ["PREDICTION", "EVALUATION"] } } });
  // The molecules of a pretraining are of no use once it has ended.
  const ended = [hours(2), hours(0.5)].map(async (finishedAt, place) => {
    const data = { ...of, kind: "PRETRAIN" as const, name: `pretrained-${place}`, status: "SUCCEEDED" as const };
    const { id } = await store.prisma.run.create({ data: { ...data, id: newId(), finishedAt } });
    await store.artifacts.write(`runs/${id}/pretraining/corpus.smi`, "CCO");
    return `runs/${id}/pretraining`;
  });
  const [old, fresh] = await Promise.all(ended);
  await removals.round();
  expect([await isThere(old), await isThere(fresh)]).toEqual([false, true]);
  await store.prisma.run.deleteMany({ where: { kind: "PRETRAIN" } });
});

it("files of a run that is retried while others are removed stay", async () => {
  const { id: datasetId } = await store.prisma.dataset.findFirstOrThrow();
  const { id: baseModelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const of = { inputHash: "", input: {}, datasetId, baseModelId, kind: "PREDICTION" as const };
  const ids = [newId(), newId()].sort();
  for (const id of ids) {
    await store.prisma.run.create({ data: { ...of, id, name: id, status: "FAILED", finishedAt: daysAgo(1) } });
    await store.artifacts.write(`runs/${id}/predictions/0000000.jsonl.gz`, "1234567");
  }
  const remove = store.artifacts.remove.bind(store.artifacts);
  const removing = vi.spyOn(store.artifacts, "remove").mockImplementation(async (artifact) => {
    await store.prisma.run.update({ where: { id: ids[1] }, data: { status: "QUEUED" } });
    await remove(artifact);
  });
  await removals.round();
  removing.mockRestore();
  expect(await Promise.all(ids.map((id) => isThere(`runs/${id}/predictions`)))).toEqual([false, true]);
  expect(await store.prisma.removal.count()).toBe(0);
  await store.prisma.run.deleteMany({ where: { id: { in: ids } } });
});

describe("molecules that nothing has", () => {
  it("go; those of a dataset, a prediction or an embedding stay", async () => {
    const datasetId = await seedDataset(store, undefined, "brief");
    const members = await store.prisma.datasetCompound.findMany({ where: { datasetId }, take: 2 });
    const { id: modelId } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
    const [one, two] = members.map(({ compoundId, smiles }) => ({ id: newId(), modelId, compoundId, smiles }));
    const vector = { pooling: "CLS" as const, layer: 2, dimension: 1, vector: Buffer.alloc(4) };
    const answer = { ...one, label: "", score: 0, scores: Buffer.alloc(4) };
    await store.prisma.prediction.create({ data: answer });
    await store.prisma.embedding.create({ data: { ...two, ...vector } });
    const before = await store.prisma.compound.count();
    await removals.delete("Dataset", datasetId);
    // What was computed of molecules that no dataset has any more went with it; this was asked afterwards.
    expect([await store.prisma.prediction.count(), await store.prisma.embedding.count()]).toEqual([0, 0]);
    await store.prisma.prediction.create({ data: answer });
    await store.prisma.embedding.create({ data: { ...two, ...vector } });
    expect(await removals.collectGarbage({ dryRun: true })).toMatchObject([{ kind: "COMPOUNDS", count: 34 }]);
    await removals.collectGarbage({ dryRun: false });
    expect(await store.prisma.compound.count()).toBe(before - 34);
    await store.prisma.prediction.deleteMany();
    await store.prisma.embedding.deleteMany();
    const ids = members.map(({ compoundId }) => compoundId);
    await removals.round();
    expect(await store.prisma.compound.count({ where: { id: { in: ids } } })).toBe(2);
    await store.prisma.compound.update({ where: { id: ids[0] }, data: { createdAt: daysAgo(1) } });
    await removals.round();
    expect(await store.prisma.compound.findMany({ where: { id: { in: ids } } })).toMatchObject([{ id: ids[1] }]);
  });

  it("that an import has just found stay; one that goes at that moment is made again", async () => {
    const row = { skeletonKey: "S", formula: "C", molecularWeight: 1, scaffold: "", smiles: "C" };
    const molecules = ["FOUND", "GOING"].map((inchiKey) => ({ ...row, inchiKey }) as unknown as Molecule);
    const before = await ensureCompounds(store.pool, molecules);
    const deleting = await store.pool.connect();
    let after = new Map<string, string>();
    try {
      await deleting.query("BEGIN");
      await deleting.query(`DELETE FROM "Compound" WHERE "inchiKey" = 'GOING'`);
      await transaction(store, async (client) => {
        const found = ensureCompounds(client, molecules);
        await someoneWaits(store);
        await deleting.query("COMMIT");
        after = await found;
        await removals.collectGarbage({ dryRun: false });
      });
    } finally {
      deleting.release(true);
    }
    expect(after.get("FOUND")).toBe(before.get("FOUND"));
    expect(after.get("GOING")).not.toBe(before.get("GOING"));
    const kept = await store.prisma.compound.findMany({ where: { id: { in: [...after.values()] } } });
    expect(kept.map(({ inchiKey }) => inchiKey).sort()).toEqual(["FOUND", "GOING"]);
    await removals.collectGarbage({ dryRun: false });
    expect(await store.prisma.compound.count({ where: { id: { in: [...after.values()] } } })).toBe(0);
  });
});

describe("vectors of an embedding run", () => {
  it("go with the last run that stored them", async () => {
    const one = await ended(
      runs,
      (await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" })).id,
    );
    const two = await ended(
      runs,
      (await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" })).id,
    );
    await removals.delete("Run", one.id);
    expect(await store.prisma.embedding.count({ where: { pooling: "MEAN" } })).toBe(36);
    await removals.delete("Run", two.id);
    expect(await store.prisma.embedding.count({ where: { pooling: "MEAN" } })).toBe(0);
  });

  it("stay while another dataset writes its molecules the same way, as other compounds", async () => {
    await seedDataset(store, undefined, "twin");
    const idOf = async (dataset: string) =>
      (await ended(runs, (await runs.startEmbedding({ model: "base", dataset, pooling: "MEAN" })).id)).id;
    const [one, two] = [await idOf("sample"), await idOf("twin")];
    expect(await store.prisma.embedding.count({ where: { pooling: "MEAN" } })).toBe(36);
    await removals.delete("Run", one);
    expect(await store.prisma.embedding.count({ where: { pooling: "MEAN" } })).toBe(36);
    await removals.delete("Run", two);
    expect(await store.prisma.embedding.count({ where: { pooling: "MEAN" } })).toBe(0);
  });
});

describe("another name", () => {
  it("is given, and refused when it is none, is taken, or a model will have it", async () => {
    const run = await finetune({ name: "first" });
    const other = await finetune({ name: "second" });
    const [modelId, datasetId] = [run.modelId as string, run.datasetId];
    await removals.rename("Model", modelId, "third");
    await removals.rename("Run", run.id, "the-run");
    await removals.rename("Dataset", datasetId, "library");
    expect(
      await store.prisma.run.findUniqueOrThrow({ where: { id: run.id }, include: { model: true, dataset: true } }),
    ).toMatchObject({ name: "the-run", model: { name: "third" }, dataset: { name: "library" } });
    await expect(removals.rename("Model", modelId, "second")).rejects.toMatchObject({
      code: "CONFLICT",
      param: "name",
    });
    await expect(removals.rename("Model", modelId, "no name")).rejects.toMatchObject({
      code: "BAD_INPUT",
      param: "name",
    });
    await expect(removals.rename("Run", newId(), "new")).rejects.toMatchObject({ code: "NOT_FOUND" });
    const stopped = gate();
    compute.beforeStep = () => stopped.opened;
    const active = await runs.startFinetune(order({ name: "later", dataset: "library" }));
    await expect(removals.rename("Model", modelId, "later")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(removals.rename("Run", active.id, "sooner")).rejects.toMatchObject({ code: "CONFLICT", param: "id" });
    stopped.open();
    compute.beforeStep = () => undefined;
    await ended(runs, active.id);
    // What ships is found by its name at the next start.
    await store.prisma.project.upsert({
      where: { id: SHARED_PROJECT },
      create: { id: SHARED_PROJECT, name: SHARED_PROJECT },
      update: {},
    });
    await store.prisma.model.update({
      where: { id: other.modelId as string },
      data: { projectId: SHARED_PROJECT, artifact: "package:x" },
    });
    await expect(removals.rename("Model", other.modelId as string, "mine")).rejects.toMatchObject({ code: "CONFLICT" });
    await removals.delete("Model", other.modelId as string);
    expect(await store.prisma.leftOut.findMany({ select: { kind: true, name: true } })).toEqual([
      { kind: "Model", name: "second" },
    ]);
  });
});
