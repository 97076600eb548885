/** Runs, downloads and bytes of one key: as many as there is room for, whatever comes at once; then QUOTA_EXCEEDED. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { importRows } from "../../src/datasets/import.js";
import { Downloads, Removals, type Runs, startRuns } from "../../src/runs/index.js";
import { lockNames } from "../../src/runs/names.js";
import { uploadArtifact } from "../../src/runs/orders/import-order.js";
import { addModel } from "../../src/service/models/add-model.js";
import { LOCAL } from "../../src/store/access/principal.js";
import {
  checkQuota,
  checkQuotaInTurn,
  FINETUNE_BYTES,
  MOLECULE_BYTES,
  PRETRAIN_BYTES,
  usageOf,
} from "../../src/store/access/usage.js";
import { newId, type Store } from "../../src/store/index.js";
import { folderBytes } from "../../src/store/models.js";
import { LOCK_WAIT_MS } from "../../src/store/sql.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { REPOSITORY, startHub } from "../support/peers/hub.js";
import { BASE_FOLDER, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let runs: Runs;
let weights: number;
let width: number;
const KEY = "key-1";
beforeAll(async () => {
  const opened = await createTestStore();
  await seedBase(opened);
  await seedDataset(opened);
  await opened.prisma.apiKey.create({ data: { id: KEY, name: "lab", hash: "x", role: "MEMBER" } });
  store = { ...opened, principal: { ...LOCAL, keyId: KEY, name: "lab" } };
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  const base = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  weights = Number(base.parameterCount);
  width = base.width;
});
afterAll(async () => {
  await runs?.close();
  await store?.close();
});
beforeEach(async () => {
  await store.prisma.run.deleteMany();
  await store.prisma.runGroup.deleteMany();
  await store.prisma.modelDownload.deleteMany();
  await limit({});
});

const limit = (data: { maxRuns?: number; maxBytes?: bigint }) =>
  store.prisma.apiKey.update({ where: { id: KEY }, data: { maxRuns: null, maxBytes: null, ...data } });
const usage = () => usageOf(store.pool, store);

async function outcomes(orders: Promise<unknown>[]): Promise<string[]> {
  const ends = await Promise.allSettled(orders);
  return ends.map((end) => (end.status === "fulfilled" ? "done" : end.reason.code)).sort();
}
const TEN = Array.from({ length: 10 }, (_, index) => index);
const ONE_OF_TEN = [...TEN.slice(1).map(() => "QUOTA_EXCEEDED"), "done"].sort();

describe("unfinished runs", () => {
  it.each([1, 2, 3])("ten at once with room for one give one (round %i)", async (round) => {
    await limit({ maxRuns: 1 });
    const starts = [
      (name: string) => runs.startFinetune(order({ name })),
      (name: string) => runs.startProbe(order({ name })),
      () => runs.startEmbedding({ model: "base", dataset: "sample" }),
    ];
    const ends = await outcomes(TEN.map((index) => starts[index % 3](`run-${round}-${index}`)));
    expect(ends).toEqual(ONE_OF_TEN);
    expect(await store.prisma.run.count()).toBe(1);
    expect((await usage()).runs).toEqual({ used: 1, limit: 1 });
  });

  it("says the limit, what is used and what was asked for, and that it may be asked again", async () => {
    await limit({ maxRuns: 2 });
    await runs.startFinetune(order({ name: "one" }));
    const repeats = runs.startRepeats({ finetune: order({ name: "group" }), seeds: [1, 2] });
    await expect(repeats).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
      retryable: true,
      details: { quota: "runs", limit: 2, used: 1, wanted: 2 },
    });
    const never = runs.startRepeats({ finetune: order({ name: "group" }), seeds: [1, 2, 3] });
    await expect(never).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", retryable: false });
    expect(await store.prisma.runGroup.count()).toBe(0);
    await runs.startFinetune(order({ name: "two" }));
  });

  it("of a group count each", async () => {
    await limit({ maxRuns: 3 });
    await runs.startRepeats({ finetune: order({ name: "group" }), seeds: [1, 2, 3] });
    expect((await usage()).runs.used).toBe(3);
    expect(await outcomes([runs.startFinetune(order({ name: "more" }))])).toEqual(["QUOTA_EXCEEDED"]);
  });

  it("make room when they end", async () => {
    await limit({ maxRuns: 1 });
    const { id } = await runs.startFinetune(order({ name: "first" }));
    await runs.cancel(id);
    expect(await outcomes([runs.startFinetune(order({ name: "second" }))])).toEqual(["done"]);
  });

  it("of a retry are those of the key that made the run, whoever retries it", async () => {
    await limit({ maxRuns: 1 });
    const { id } = await runs.startFinetune(order({ name: "first" }));
    await runs.cancel(id);
    await runs.startFinetune(order({ name: "second" }));
    const anyone = await startRuns({
      store: { ...store, principal: LOCAL },
      compute: new FakeCompute(),
      worker: false,
    });
    await expect(anyone.retry(id)).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
      details: { quota: "runs", used: 1 },
    });
    await limit({ maxRuns: 2 });
    expect(await anyone.retry(id)).toMatchObject({ status: "QUEUED" });
    await anyone.close();
  });

  it("of one idempotency key are one run for all, also without room for a second", async () => {
    await limit({ maxRuns: 1 });
    const keyed = order({ name: "keyed", idempotencyKey: "same" });
    const ids = await Promise.all(TEN.map(async () => (await runs.startFinetune(keyed)).id));
    expect(new Set(ids).size).toBe(1);
    await store.prisma.run.deleteMany();
    const embedding = { model: "base", dataset: "sample", idempotencyKey: "embedding" };
    const same = await Promise.all(TEN.map(async () => (await runs.startEmbedding(embedding)).id));
    expect(new Set(same).size).toBe(1);
  });

  it("of other keys, and downloads that were cancelled, do not count; downloads do", async () => {
    await limit({ maxRuns: 1 });
    const data = { hub: "a/b", revision: "main", commit: "0".repeat(40), totalBytes: 1n, files: [], createdById: KEY };
    const other = { ...data, createdById: "another-key" };
    await store.prisma.modelDownload.create({ data: { ...other, id: newId(), name: "of-another" } });
    await store.prisma.modelDownload.create({
      data: { ...data, id: newId(), name: "cancelled", cancelRequestedAt: new Date() },
    });
    expect((await usage()).runs.used).toBe(0);
    await store.prisma.modelDownload.create({ data: { ...data, id: newId(), name: "fetched" } });
    expect((await usage()).runs.used).toBe(1);
    expect(await outcomes([runs.startFinetune(order({ name: "more" }))])).toEqual(["QUOTA_EXCEEDED"]);
  });

  it("wait for a long order of the same key or name, then are refused, and the connections are free", async () => {
    const held = await store.pool.connect();
    await held.query("BEGIN");
    await checkQuotaInTurn(held, store, { bytes: 0 });
    // What writes no order does not wait.
    await checkQuota(store.pool, store, { bytes: 0 });
    const orders = TEN.map((index) => runs.startFinetune(order({ name: `waits-${index}` })));
    const first = orders[0];
    const ends = outcomes(orders);
    let waiting = 0;
    let over = false;
    void ends.then(() => (over = true));
    while (!over) {
      // Of this database alone: its server may have others.
      const locks = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      waiting = Math.max(waiting, (await store.pool.query<{ n: number }>(locks)).rows[0].n);
    }
    // The others wait without a connection.
    expect(waiting).toBe(1);
    expect(new Set(await ends)).toEqual(new Set(["OVERLOADED"]));
    await expect(first).rejects.toMatchObject({ retryable: true, details: { retryAfterMs: LOCK_WAIT_MS } });
    await lockNames(held, "default", ["named"]);
    const another = await startRuns({
      store: { ...store, principal: LOCAL },
      compute: new FakeCompute(),
      worker: false,
    });
    expect(await outcomes([another.startFinetune(order({ name: "named" }))])).toEqual(["OVERLOADED"]);
    const { rows } = await held.query<{ lock_timeout: string }>("SHOW lock_timeout");
    expect(rows).toEqual([{ lock_timeout: "0" }]);
    await held.query("ROLLBACK");
    held.release();
    expect(await outcomes([runs.startFinetune(order({ name: "waits-0" }))])).toEqual(["done"]);
    await another.close();
  });

  it("have the server's limit when the row of the key has none, and no limit without a key", async () => {
    expect((await usage()).runs.limit).toBe(store.accessLimits.maxRuns);
    const anyone = { ...store, principal: LOCAL };
    expect((await usageOf(store.pool, anyone)).runs.limit).toBeNull();
    const open = await startRuns({
      store: { ...anyone, accessLimits: { ...store.accessLimits, maxRuns: 1 } },
      compute: new FakeCompute(),
      worker: false,
    });
    expect(await outcomes(["a", "b"].map((name) => open.startFinetune(order({ name }))))).toEqual(["done", "done"]);
    await open.close();
  });
});

describe("bytes", () => {
  const used = async () => (await usage()).bytes.used;

  it("of an unfinished finetune are its model and a checkpoint, then what its checkpoints take", async () => {
    const before = await used();
    const { id } = await runs.startFinetune(order({ name: "counted" }));
    expect(await used()).toBe(before + FINETUNE_BYTES * weights);
    const row = { runId: id, attempt: 1, sha256: "", path: "p" };
    await store.prisma.checkpoint.create({ data: { ...row, id: newId(), step: 1, bytes: 10n } });
    expect(await used()).toBe(before + FINETUNE_BYTES * weights);
    await store.prisma.run.update({ where: { id }, data: { status: "FAILED" } });
    expect(await used()).toBe(before + 10);
  });

  it("of an unfinished pretraining are its model and two checkpoints, from a base or from random weights", async () => {
    const before = await used();
    const shape = { layers: 1, width: 16, heads: 2, maxLength: 32 };
    const { id, input } = await runs.startPretraining({ name: "pretrained", dataset: "sample", ...shape });
    const { parameterCount } = input as { parameterCount: number };
    expect(parameterCount).toBeGreaterThan(12 * 16 * 16);
    expect(await used()).toBe(before + PRETRAIN_BYTES * parameterCount);
    await limit({ maxBytes: BigInt((await used()) + PRETRAIN_BYTES * parameterCount - 1) });
    const more = runs.startPretraining({ name: "more", dataset: "sample", ...shape });
    await expect(more).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "bytes" } });
    const row = { runId: id, attempt: 1, sha256: "", path: "p" };
    await store.prisma.checkpoint.create({ data: { ...row, id: newId(), step: 1, bytes: 10n } });
    await store.prisma.run.update({ where: { id }, data: { status: "FAILED" } });
    expect(await used()).toBe(before + 10);
  });

  it("of embeddings count once for the same model, dataset, pooling and layer", async () => {
    const before = await used();
    await runs.startEmbedding({ model: "base", dataset: "sample" });
    const vectors = 4 * width * 36;
    expect(await used()).toBe(before + vectors);
    await runs.startEmbedding({ model: "base", dataset: "sample" });
    expect(await used()).toBe(before + vectors);
    await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" });
    expect(await used()).toBe(before + 2 * vectors);
  });

  it("of embeddings that were cancelled count once they had begun", async () => {
    const before = await used();
    const { id } = await runs.startEmbedding({ model: "base", dataset: "sample" });
    await runs.cancel(id);
    expect(await used()).toBe(before);
    await store.prisma.run.update({ where: { id }, data: { startedAt: new Date() } });
    expect(await used()).toBe(before + 4 * width * 36);
  });

  it("of embeddings that count already are not asked for again", async () => {
    const before = await used();
    const vectors = 4 * width * 36;
    await limit({ maxBytes: BigInt(before + vectors + 1) });
    const embed = (pooling?: string) => runs.startEmbedding({ model: "base", dataset: "sample", pooling });
    expect(await outcomes([embed()])).toEqual(["done"]);
    expect(await outcomes([embed()])).toEqual(["done"]);
    await expect(embed("MEAN")).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { wanted: vectors } });
    expect(await used()).toBe(before + vectors);
  });

  it("of a map are those of its sample, each sample once, and never more than the dataset has", async () => {
    const before = await used();
    const molecule = 4 * width;
    const map = (sample: number, seed = 0, neighbours = 3) =>
      runs.startProjection({ model: "base", dataset: "sample", method: "UMAP", map: { sample, seed, neighbours } });
    await limit({ maxBytes: BigInt(before + 12 * molecule + 1) });
    await expect(map(13)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { wanted: 13 * molecule } });
    await map(12);
    expect(await used()).toBe(before + 12 * molecule);
    await map(12, 0, 4);
    expect(await used()).toBe(before + 12 * molecule);
    await expect(map(30, 1)).rejects.toMatchObject({ details: { wanted: 24 * molecule } });
    await limit({});
    await map(12, 1);
    expect(await used()).toBe(before + 24 * molecule);
    await runs.startEmbedding({ model: "base", dataset: "sample" });
    await map(30, 2);
    expect(await used()).toBe(before + 36 * molecule);
  });

  it("of an import that failed or was cancelled are its file, until that is gone", async () => {
    const removals = new Removals({ store, keepCheckpointDays: 7 });
    const { id: datasetId } = await store.prisma.dataset.findFirstOrThrow({ where: { name: "sample" } });
    const row = { kind: "IMPORT" as const, name: "import", inputHash: "x", input: {}, datasetId, createdById: KEY };
    const before = await used();
    const ids = [newId(), newId()];
    for (const [index, status] of (["FAILED", "CANCELLED"] as const).entries()) {
      const ends = { status, outputBytes: 500n, finishedAt: new Date() };
      await store.prisma.run.create({ data: { ...row, id: ids[index], ...ends } });
      await store.artifacts.write(uploadArtifact(ids[index]), Buffer.alloc(500));
    }
    await removals.collectGarbage({ dryRun: false });
    expect(await used()).toBe(before + 1_000);
    const finishedAt = new Date(Date.now() - 8 * 24 * 3_600_000);
    await store.prisma.run.update({ where: { id: ids[0] }, data: { finishedAt } });
    await removals.collectGarbage({ dryRun: true });
    expect(await used()).toBe(before + 1_000);
    await removals.collectGarbage({ dryRun: false });
    expect(await used()).toBe(before + 500);
    await store.prisma.run.update({ where: { id: ids[1] }, data: { finishedAt } });
    await removals.collectGarbage({ dryRun: false });
    expect(await used()).toBe(before);
  });

  it("are counted with the indexes of the key", async () => {
    const plans: string[] = [];
    const asked = { query: async (text: string, values: unknown[]) => explain(text, values) };
    async function explain(text: string, values: unknown[]) {
      const client = await store.pool.connect();
      await client.query("SET enable_seqscan = off");
      const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, values);
      client.release(true);
      plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
      return { rows: [{ runs: 0, bytes: 0, maxRuns: null, maxBytes: null }] };
    }
    await usageOf(asked as never, store);
    expect(plans[0]).toContain("Run_createdById_idx");
    expect(plans[0]).toContain("Model_createdById_idx");
    expect(plans[0]).toContain("BroughtMolecules_keyId_idx");
    expect(plans[0]).not.toContain("IS NOT DISTINCT");
  });

  it("of models are what their files take; those of the package, and of others, do not count", async () => {
    const before = await used();
    const base = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
    expect(Number(base.bytes)).toBeGreaterThan(4 * weights);
    const { id: _id, createdAt: _at, ...columns } = base;
    const copy = { ...columns, labels: undefined, composition: undefined, bytes: 1_234n, artifact: "models/x" };
    await store.prisma.model.create({ data: { ...copy, id: newId(), name: "mine", createdById: KEY } });
    await store.prisma.model.create({ data: { ...copy, id: newId(), name: "of-another", createdById: "another" } });
    await store.prisma.model.create({
      data: { ...copy, id: newId(), name: "package", createdById: KEY, artifact: "package:x" },
    });
    expect(await used()).toBe(before + 1_234);
    await store.prisma.model.deleteMany({ where: { bytes: 1_234n } });
  });

  it("allow an order that fits exactly, and refuse it with one byte less", async () => {
    const wanted = FINETUNE_BYTES * weights;
    const before = await used();
    await limit({ maxBytes: BigInt(before + wanted - 1) });
    await expect(runs.startFinetune(order({ name: "exact" }))).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
      retryable: false,
      details: { quota: "bytes", limit: before + wanted - 1, used: before, wanted },
    });
    await limit({ maxBytes: BigInt(before + wanted) });
    await runs.startFinetune(order({ name: "exact" }));
    expect((await usage()).bytes).toEqual({ used: before + wanted, limit: before + wanted });
  });

  it("of a download are known before it starts: it has to fit", async () => {
    const hub = await startHub();
    const options = { store, hub: { endpoint: hub.endpoint }, freeBytes: async () => 1e12, pollMs: 600_000 };
    const downloads = new Downloads(options);
    try {
      await limit({ maxBytes: BigInt((await used()) + 1_000) });
      const start = () => downloads.start({ name: "fetched", hub: REPOSITORY });
      await expect(start()).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "bytes" } });
      await limit({ maxRuns: 1 });
      await runs.startEmbedding({ model: "base", dataset: "sample" });
      await expect(start()).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "runs" } });
      expect(await store.prisma.modelDownload.count()).toBe(0);
    } finally {
      await downloads.close();
      await hub.close();
    }
  });

  it("of a folder are known before it is copied: it has to fit", async () => {
    const size = await folderBytes(BASE_FOLDER);
    const before = await used();
    const add = () =>
      addModel({ store, modelRoots: [BASE_FOLDER] }, { name: "copied", folder: BASE_FOLDER, target: null });
    await limit({ maxBytes: BigInt(before + size - 1) });
    await expect(add()).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "bytes", wanted: size } });
    await limit({ maxBytes: BigInt(before + size) });
    await add();
    expect((await usage()).bytes).toEqual({ used: before + size, limit: before + size });
    await store.prisma.model.deleteMany({ where: { name: "copied" } });
  });

  it("of molecules count for the key that brought them, whoever made the dataset, and have to fit", async () => {
    const chemistry = { parse: async (texts: string[]) => texts.map(molecule) } as never;
    const molecule = (smiles: string) => ({
      ok: true,
      molecule: { smiles, inchiKey: smiles, skeletonKey: smiles, formula: "", molecularWeight: 1, scaffold: "" },
    });
    const rows = (...texts: string[]) => texts.map((smiles, at) => ({ line: at + 1, smiles, labels: {} }));
    const bring = (...texts: string[]) => importRows({ store, chemistry }, { dataset: "theirs", rows: rows(...texts) });
    const before = await used();
    await store.prisma.dataset.create({ data: { id: newId(), name: "theirs", createdById: "another-key" } });
    await limit({ maxBytes: BigInt(before + 3 * MOLECULE_BYTES) });
    await bring("C", "CC");
    expect(await used()).toBe(before + 2 * MOLECULE_BYTES);
    // What is there already costs nothing.
    await bring("C", "CC");
    expect(await used()).toBe(before + 2 * MOLECULE_BYTES);
    await expect(bring("CCC", "CCCC")).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
      details: { quota: "bytes", used: before + 2 * MOLECULE_BYTES, wanted: 2 * MOLECULE_BYTES },
    });
    await bring("CCC");
    await expect(bring("C")).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    const others = { ...store, principal: { ...LOCAL, keyId: "another-key" } };
    expect((await usageOf(store.pool, others)).bytes.used).toBe(0);
    expect(await store.prisma.dataset.findFirst({ where: { name: "theirs" } })).toMatchObject({ size: 3 });
  });
});
