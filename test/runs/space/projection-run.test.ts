/** A projection as a run: any number of missing embeddings, progress, result, cancel, quota, and kill -9. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Runs, startRuns } from "../../../src/runs/index.js";
import { usageOf } from "../../../src/store/access/usage.js";
import type { Run } from "../../../src/store/generated/client.js";
import type { Store } from "../../../src/store/index.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { createTestStore } from "../../support/database.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { KilledWorkers } from "../../support/processes/killed-workers.js";
import { ended, seedBase, seedDataset } from "../../support/run-fixtures.js";

const MANY = 2_001;
const START = `mutation ($input: StartProjectionInput!) {
  startProjection(input: $input) { run { id } } }`;
const RESULT = `query ($id: ID!) { run(id: $id) {
  status error { code param } progress { step totalSteps }
  projection { method components computedOn datasetSize sampledFrom explainedVarianceRatio
    points { label coordinates compound { id } } } } }`;

interface Result {
  status: string;
  error: { code: string; param: string } | null;
  progress: { step: number; totalSteps: number };
  projection: { computedOn: number; points: { label: string | null; coordinates: number[] }[] } | null;
}

describe("a projection run", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    await importLibrary(service, "alkyls", alkyls(12));
    const { pool } = service.store;
    await pool.query(`INSERT INTO "Dataset" (id, name, size) VALUES ('many', 'many', $1)`, [MANY]);
    const smiles = "translate((n::bit(12))::text, '01', 'CO')";
    await pool.query(
      `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
       SELECT 'many-' || n, 'many-' || n, 'many-' || n, ${smiles}, 'C', 12, '' FROM generate_series(1, $1::int) AS n`,
      [MANY],
    );
    await pool.query(
      `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles)
       SELECT 'many-' || n, 'many', 'many-' || n, n - 1, ${smiles} FROM generate_series(1, $1::int) AS n`,
      [MANY],
    );
  });
  afterAll(() => service?.close());
  afterEach(() => void vi.restoreAllMocks());

  const start = async (input: object): Promise<string> =>
    (await service.data<{ startProjection: { run: { id: string } } }>(START, { input })).startProjection.run.id;
  const result = async (id: string): Promise<Result> => (await service.data<{ run: Result }>(RESULT, { id })).run;
  const whenEnded = (id: string): Promise<Result> =>
    vi.waitFor(
      async () => {
        const run = await result(id);
        if (!["SUCCEEDED", "FAILED", "CANCELLED"].includes(run.status)) throw new Error(run.status);
        return run;
      },
      { timeout: 60_000, interval: 100 },
    );

  const untilStopped = (signal?: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      const leave = () => reject(signal?.reason);
      if (signal?.aborted) leave();
      else signal?.addEventListener("abort", leave, { once: true });
    });

  it("embeds 2,001 missing molecules, and the same question is answered at once from then on", async () => {
    const asked = `{ projection(model: "base", dataset: "many", components: 3) { computedOn points { coordinates } } }`;
    expect(await service.refusal(asked)).toMatchObject({ code: "EMBEDDINGS_REQUIRED" });
    const input = { model: "base", dataset: "many", components: 3, idempotencyKey: "once" };
    const id = await start(input);
    expect(await start(input)).toBe(id);
    const run = await whenEnded(id);
    expect([run.status, run.error, run.progress]).toEqual([
      "SUCCEEDED",
      null,
      { step: MANY + 1, totalSteps: MANY + 1 },
    ]);
    expect(await service.store.prisma.embedding.count({ where: { compoundId: { startsWith: "many-" } } })).toBe(MANY);
    const [pca, infer] = [vi.spyOn(service.application.compute, "pca"), vi.spyOn(service.application.compute, "infer")];
    const { projection } = await service.data<{ projection: { computedOn: number; points: object[] } }>(asked);
    expect([projection.computedOn, pca.mock.calls.length, infer.mock.calls.length]).toEqual([MANY, 0, 0]);
    expect(run.projection).toMatchObject({ method: "PCA", components: 3, datasetSize: MANY, sampledFrom: MANY });
    expect(run.projection?.points.map(({ coordinates }) => ({ coordinates }))).toEqual(projection.points);
  });

  it("says the steps of a map, and gives labels and colours of the moment", async () => {
    const map = { neighbours: 5, iterations: 60, sample: 20 };
    const line = service.application.compute.analysisLine;
    const analyse = line.analyse.bind(line);
    const seen: Result["progress"][] = [];
    let id = "";
    vi.spyOn(line, "analyse").mockImplementation(async (request, signal, onStep) => {
      onStep?.(30);
      await vi.waitFor(async () => {
        const { progress } = await result(id);
        if (progress.step !== 50) throw new Error(String(progress.step));
        seen.push(progress);
      });
      return analyse(request, signal);
    });
    id = await start({ model: "base", dataset: "alkyls", method: "UMAP", map });
    const run = await whenEnded(id);
    expect(seen).toEqual([{ step: 50, totalSteps: 80 }]);
    expect([run.status, run.progress, run.projection?.computedOn]).toEqual([
      "SUCCEEDED",
      { step: 80, totalSteps: 80 },
      20,
    ]);
    const colored = `query ($id: ID!) { run(id: $id) { projection(colorBy: "superclass") { points { label } } } }`;
    const { run: with_ } = await service.data<{ run: { projection: { points: { label: string }[] } } }>(colored, {
      id,
    });
    expect(with_.projection.points.filter(({ label }) => label === null)).toEqual([]);
    expect(run.projection?.points.filter(({ label }) => label !== null)).toEqual([]);
  });

  it("is refused before there is a run, as the question is", async () => {
    const runs = await service.store.prisma.run.count();
    const input = { model: "base", dataset: "alkyls" };
    for (const [wrong, code, param] of [
      [{ components: 0 }, "BAD_INPUT", "components"],
      [{ components: 1_000 }, "BAD_INPUT", "components"],
      [{ method: "TSNE", map: { perplexity: 20 } }, "BAD_INPUT", "perplexity"],
      [{ method: "UMAP", map: { neighbours: 36 } }, "BAD_INPUT", "neighbours"],
      [{ method: "UMAP", whiten: true }, "BAD_INPUT", "whiten"],
      [{ split: ["TEST"] }, "BAD_INPUT", "split"],
      [{ layer: 99 }, "BAD_INPUT", "layer"],
      [{ dataset: "none" }, "NOT_FOUND", "dataset"],
    ] as const)
      expect(await service.refusal(START, { input: { ...input, ...wrong } })).toMatchObject({ code, param });
    expect(await service.store.prisma.run.count()).toBe(runs);
  });

  it("is cancelled while its map is drawn, and keeps nothing", async () => {
    const line = service.application.compute.analysisLine;
    let id = "";
    vi.spyOn(line, "analyse").mockImplementation(async (_request, signal) => {
      await service.data(`mutation ($id: ID!) { cancelRun(id: $id) { run { status } } }`, { id });
      return untilStopped(signal);
    });
    const before = await service.store.prisma.projection.count();
    id = await start({ model: "base", dataset: "alkyls", method: "TSNE", map: { perplexity: 5 } });
    const { status, projection } = await whenEnded(id);
    expect([status, projection, await service.store.prisma.projection.count()]).toEqual(["CANCELLED", null, before]);
  });

  it("has no result of members that have left, and none once its coordinates are gone", async () => {
    const id = await start({ model: "base", dataset: "alkyls", pooling: "MEAN" });
    expect((await whenEnded(id)).projection?.points).toHaveLength(36);
    const { datasetId } = await service.store.prisma.run.findFirstOrThrow({ orderBy: { createdAt: "desc" } });
    const [{ id: member }] = await service.store.prisma.datasetCompound.findMany({ where: { datasetId }, take: 1 });
    await service.store.prisma.datasetCompound.delete({ where: { id: member } });
    const { projection } = await result(id);
    expect([projection?.computedOn, projection?.points.length]).toEqual([36, 35]);
    await service.store.prisma.projection.deleteMany();
    expect((await result(id)).projection).toBeNull();
  });

  it("`maillard project` starts and follows it where too many embeddings are missing", async () => {
    await service.store.prisma.projection.deleteMany();
    await service.store.prisma.embedding.deleteMany();
    const args = ["project", "-d", "many", "--components", "3"];
    const started = await maillard(service.url, [...args, "--background", "--json"]);
    expect([started.exitCode, JSON.parse(started.out)]).toEqual([
      0,
      expect.objectContaining({ kind: "PROJECTION", status: "QUEUED", name: "many-pca-by-base" }),
    ]);
    await whenEnded(JSON.parse(started.out).id);
    await service.store.prisma.projection.deleteMany();
    await service.store.prisma.embedding.deleteMany();
    const { exitCode, out } = await maillard(service.url, args);
    expect([exitCode, out]).toEqual([0, expect.stringContaining(`PCA of ${MANY} molecules of many, by base`)]);
    expect(await service.store.prisma.run.count({ where: { kind: "PROJECTION", name: "many-pca-by-base" } })).toBe(3);
  });
});

describe("a worker that is killed", () => {
  let store: Store;
  let runs: Runs;
  const workers = new KilledWorkers();
  beforeAll(async () => {
    store = await createTestStore();
    await seedBase(store);
    await seedDataset(store);
    // This process only sends requests and reads.
    runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  });
  afterAll(async () => {
    workers.killAll();
    await runs?.close();
    await store?.close();
  });

  it("leaves its embeddings, and the next one has the coordinates of an uninterrupted run", async () => {
    const input = { model: "base", dataset: "sample", components: 3 };
    const { id } = await runs.startProjection(input);
    expect(await workers.start(store, { event: "projecting" }).ended).toBe("SIGKILL");
    const embedded = await store.prisma.embedding.findMany({ orderBy: { id: "asc" }, select: { id: true } });
    expect([embedded.length, await store.prisma.projection.count()]).toEqual([36, 0]);
    const worker = workers.start(store);
    const stateOf = ({ status, attempt, output }: Run) => ({ status, attempt, output });
    const run = await ended(runs, id);
    const [killed] = await store.prisma.projection.findMany();
    expect(stateOf(run)).toEqual({
      status: "SUCCEEDED",
      attempt: 2,
      output: { contentKey: killed.contentKey, datasetSize: 36, sampledFrom: 36 },
    });
    expect(await store.prisma.embedding.findMany({ orderBy: { id: "asc" }, select: { id: true } })).toEqual(embedded);
    await store.prisma.projection.deleteMany();
    await store.prisma.embedding.deleteMany();
    expect(stateOf(await ended(runs, (await runs.startProjection(input)).id))).toEqual({ ...stateOf(run), attempt: 1 });
    const [whole] = await store.prisma.projection.findMany();
    expect([whole.contentKey, whole.points]).toEqual([killed.contentKey, killed.points]);
    await worker.close();
  });

  it("its vectors count once for a key, with those of an embedding run", async () => {
    const holder = { ...store, principal: { ...store.principal, keyId: "key-of-quota" } };
    const bytes = async () => (await usageOf(store.pool, holder)).bytes.used;
    await store.pool.query(`INSERT INTO "ApiKey" (id, name, hash, role) VALUES ('key-of-quota', 'q', 'q', 'MEMBER')`);
    const own = runs.within(holder);
    expect(await bytes()).toBe(0);
    await own.startProjection({ model: "base", dataset: "sample" });
    const { width } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
    expect(await bytes()).toBe(4 * width * 36);
    await own.startEmbedding({ model: "base", dataset: "sample" });
    expect(await bytes()).toBe(4 * width * 36);
    await own.startProjection({ model: "base", dataset: "sample", layer: 0 });
    expect(await bytes()).toBe(2 * 4 * width * 36);
  });
});
