/**
 * Pretraining as a run, with real training processes on the tiny sizes: the weights are those of the command on the
 * same molecules, a kill -9 changes no bit, and a finetune starts from the model at once.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readCheckpointInfo } from "../../src/model/checkpoint/checkpoint.js";
import { type Runs, startRuns } from "../../src/runs/index.js";
import type { Run } from "../../src/store/generated/client.js";
import { registerModel, type Store } from "../../src/store/index.js";
import { PRETRAIN_DEFAULTS, pretrain } from "../../src/train/pretrain/pretrain.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { KilledWorkers } from "../support/processes/killed-workers.js";
import { ended, order, seedDataset } from "../support/run-fixtures.js";

const SHAPE = { layers: 1, width: 16, heads: 2, maxLength: 32 };
/** Some 25 steps; dropout on, so that the masks of every step must be restored as well. */
const OPTIONS = {
  tokens: 2_000,
  batchSize: 8,
  checkpointEvery: 5,
  evalSteps: 10,
  logEvery: 3,
  dropout: 0.1,
  learningRate: 1e-2,
  seed: 7,
};
let named = 0;
const asked = (changes: Record<string, unknown> = {}) => ({
  name: `pretrained-${named++}`,
  dataset: "sample",
  ...OPTIONS,
  ...SHAPE,
  ...changes,
});

let store: Store;
let runs: Runs;
let whole: Run;
const workers = new KilledWorkers();
beforeAll(async () => {
  store = await createTestStore();
  await seedDataset(store);
  const folder = join(import.meta.dirname, "..", "fixtures", "tiny-bert-masked");
  await registerModel(store, { name: "masked", folder, artifact: "package:test/fixtures/tiny-bert-masked" });
  // This process only sends requests and reads.
  runs = await startRuns({ store, compute: new FakeCompute(), worker: false });
  whole = await execute(asked());
});
afterEach(() => workers.killAll());
afterAll(async () => {
  workers.killAll();
  await runs?.close();
  await store?.close();
});

/** Runs it with a worker for each kill, and then with one that is not killed. */
async function execute(input: Parameters<Runs["startPretraining"]>[0], ...kills: object[]): Promise<Run> {
  const { id } = await runs.startPretraining(input);
  for (const instruction of kills) expect(await workers.start(store, instruction).ended).toBe("SIGKILL");
  const worker = workers.start(store);
  const run = await ended(runs, id);
  await worker.close();
  return run;
}

const metricsOf = (runId: string) =>
  store.prisma.metric.findMany({
    where: { runId },
    orderBy: { sequence: "asc" },
    select: { sequence: true, step: true, epoch: true, split: true, name: true, value: true },
  });
const modelOf = ({ modelId }: Run) => store.prisma.model.findUniqueOrThrow({ where: { id: modelId as string } });
const filesOf = (artifact: string): Promise<string[]> => readdir(store.artifacts.path(artifact)).catch(() => []);

describe("a pretraining from random weights", () => {
  it("has the metrics of masked tokens at the steps that were asked for, and one evaluation", async () => {
    const { step } = whole;
    expect(whole).toMatchObject({
      status: "SUCCEEDED",
      kind: "PRETRAIN",
      attempt: 1,
      totalSteps: step,
      baseModelId: null,
    });
    const metrics = await metricsOf(whole.id);
    const stepsOf = (split: string, name: string) =>
      metrics.filter((metric) => metric.split === split && metric.name === name).map((metric) => metric.step);
    const all = Array.from({ length: step }, (_, index) => index + 1);
    const logged = all.filter((one) => one % 3 === 0 || one === step);
    for (const name of ["loss", "accuracy", "learningRate"]) expect(stepsOf("TRAIN", name)).toEqual(logged);
    const measured = all.filter((one) => one % 10 === 0 || one === step);
    for (const name of ["loss", "accuracy"]) expect(stepsOf("VALIDATION", name)).toEqual(measured);
    const losses = metrics.filter(({ split, name }) => split === "TRAIN" && name === "loss").map(({ value }) => value);
    expect(losses.at(-1)).toBeLessThan(losses[0] - 1);
    const evaluations = await store.prisma.evaluation.findMany({ where: { runId: whole.id } });
    expect(evaluations.map(({ split }) => split)).toEqual(["VALIDATION"]);
    const last = metrics.findLast(({ split, name }) => split === "VALIDATION" && name === "accuracy");
    expect(evaluations[0].report).toMatchObject({ count: 3, scores: { accuracy: last?.value } });
  });

  it("makes the weights that the command makes of the same molecules", async () => {
    const folder = await mkdtemp(join(tmpdir(), "maillard-pretraining-"));
    const members = await store.prisma.datasetCompound.findMany({ orderBy: { position: "asc" } });
    const corpus = join(folder, "corpus.smi");
    await writeFile(corpus, members.map(({ smiles }) => `${smiles}\n`).join(""));
    const { threads } = whole.environment as { threads: number };
    const { evalSteps: _unused, ...options } = OPTIONS;
    await pretrain({ ...PRETRAIN_DEFAULTS, ...options, shape: SHAPE, corpus, output: folder, threads });
    const model = await modelOf(whole);
    expect(model.checksum).toBe((await readCheckpointInfo(folder)).checksum);
    expect(model).toMatchObject({ task: "MASKED_LANGUAGE_MODEL", baseModelId: null, layers: 1, width: 16, heads: 2 });
    expect(model.card).toContain("from random weights (1 layers, width 16, 2 heads, 32 tokens)");
    await rm(folder, { recursive: true });
  });

  it("leaves no file but its model", async () => {
    expect(await filesOf(`models/${whole.id}`)).toContain("model.safetensors");
    expect(await filesOf(`runs/${whole.id}`)).toEqual([]);
    expect(await store.prisma.checkpoint.count({ where: { runId: whole.id } })).toBe(0);
  });

  it("killed again and again repeats the uninterrupted one bit for bit", async () => {
    const run = await execute(
      asked(),
      { event: "metric", step: 3, name: "accuracy" },
      // Between a checkpoint's file and its row.
      { event: "checkpoint", step: 10 },
      // Between two checkpoints, and between two steps with a metric.
      { event: "metric", step: 12, name: "loss" },
      // When everything is done but the model's row.
      { event: "finished" },
    );
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 5, step: whole.step });
    expect(await metricsOf(run.id)).toEqual(await metricsOf(whole.id));
    expect((await modelOf(run)).checksum).toBe((await modelOf(whole)).checksum);
    expect((run.warnings as { code: string }[]).map(({ code }) => code)).not.toContain("ENVIRONMENT_CHANGED");
  });

  it("is a base model at once: a finetune of it learns the three classes", async () => {
    const base = await modelOf(whole);
    const finetune = order({ baseModel: base.name, epochs: 40, learningRate: 1e-2 });
    const { id } = await runs.startFinetune(finetune);
    const worker = workers.start(store);
    const run = await ended(runs, id);
    await worker.close();
    expect(run).toMatchObject({ status: "SUCCEEDED", baseModelId: base.id });
    const losses = (await metricsOf(id)).filter(({ split, name }) => split === "TRAIN" && name === "loss");
    expect(losses[0].value).toBeGreaterThan(1);
    expect(losses.at(-1)?.value).toBeLessThan(0.5);
    expect(await modelOf(run)).toMatchObject({ task: "SINGLE_LABEL", baseModelId: base.id, width: 16 });
  });
});

it("goes on from a base model, whose vocabulary and shape stay, killed or not", async () => {
  const shape = { layers: null, width: null, heads: null, maxLength: null };
  const further = (name: string) => asked({ name, baseModel: "masked", ...shape, randomSmiles: 0.5, tokens: 600 });
  const once = await execute(further("further"));
  const base = await store.prisma.model.findFirstOrThrow({ where: { name: "masked" } });
  const model = await modelOf(once);
  const { layers, width, heads, vocabularySize, maxLength } = base;
  expect(model).toMatchObject({ baseModelId: base.id, layers, width, heads, vocabularySize, maxLength });
  expect(model.checksum).not.toBe(base.checksum);
  const killed = await execute(further("further-killed"), { event: "metric", step: 6, name: "loss" });
  expect(await metricsOf(killed.id)).toEqual(await metricsOf(once.id));
  expect((await modelOf(killed)).checksum).toBe(model.checksum);
});
