import { readdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../src/errors.js";
import { type Runs, startRuns } from "../../src/runs/index.js";
import { inputHashes } from "../../src/runs/orders/identity.js";
import { orderFinetune } from "../../src/runs/orders/input.js";
import type { Store } from "../../src/store/index.js";
import { createTestStore } from "../support/database.js";
import { FakeCompute } from "../support/fake-compute.js";
import { ended, gate, order, seedBase, seedDataset } from "../support/run-fixtures.js";

let store: Store;
let compute: FakeCompute;
let runs: Runs;
const problems: unknown[] = [];

beforeAll(async () => {
  store = await createTestStore();
  await seedBase(store);
  await seedDataset(store);
});
afterAll(() => store.close());
beforeEach(async () => {
  compute = new FakeCompute();
  problems.length = 0;
  runs = await startRuns({ store, compute, onError: (error) => problems.push(error) });
});
afterEach(async () => {
  await runs.close();
  expect(problems).toEqual([]);
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "resolved",
    (error: MaillardError) => error.code,
  );

describe("a finetune", () => {
  it("goes from order to model: rows, metrics without gaps, scores, card", async () => {
    const started = await runs.startFinetune(order({ name: "first" }));
    expect(started).toMatchObject({ kind: "FINETUNE", status: "QUEUED", attempt: 0, name: "first" });
    const run = await ended(runs, started.id);
    expect(run).toMatchObject({
      status: "SUCCEEDED",
      attempt: 1,
      step: 9,
      totalSteps: 9,
      epoch: 3,
      secondsLeft: null,
      workerId: null,
      leaseExpiresAt: null,
    });
    const metrics = await store.prisma.metric.findMany({ where: { runId: run.id }, orderBy: { sequence: "asc" } });
    expect(metrics.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(metrics.filter(({ name }) => name === "loss").map(({ value }) => value)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => 1 / step),
    );
    expect(run.lastSequence).toBe(12);

    const model = await store.prisma.model.findUniqueOrThrow({
      where: { id: run.modelId as string },
      include: { baseModel: true },
    });
    expect(model).toMatchObject({
      name: "first",
      target: "superclass",
      task: "SINGLE_LABEL",
      artifact: `models/${run.id}`,
      baseModel: { name: "base" },
    });
    expect(await readdir(store.artifacts.path(model.artifact))).toContain("model.safetensors");
    expect(model.card).toContain("| TEST | 3 | 0.7500 | 0.7000 | 0.5000 (alcohol) |");
    const evaluations = await store.prisma.evaluation.findMany({ where: { runId: run.id } });
    expect(evaluations.map(({ split, report }) => [split, (report as { count: number }).count])).toEqual([
      ["VALIDATION", 4],
      ["TEST", 3],
    ]);
  });

  it("passes the plan on: splits by molecule, classes in text order, token ids", async () => {
    const run = await ended(runs, (await runs.startFinetune(order({ dropout: 0.2, seed: 7 }))).id);
    const [job] = compute.jobs;
    expect(job.classes).toEqual(["alcohol", "ester", "other"]);
    const sizes = await store.prisma.runAssignment.groupBy({
      by: ["split"],
      where: { runId: run.id },
      _count: true,
      orderBy: { split: "asc" },
    });
    expect(sizes.map(({ split, _count }) => [split, _count])).toEqual([
      ["TRAIN", 29],
      ["VALIDATION", 4],
      ["TEST", 3],
    ]);
    expect(job.examples).toHaveLength(36);
    expect(job.examples.filter(({ split }) => split === "TRAIN")).toHaveLength(29);
    expect(job.hyperparameters).toMatchObject({
      epochs: 3,
      batchSize: 10,
      dropout: 0.2,
      seed: 7,
      gradientClip: 1,
      warmupSteps: 0,
      weightDecay: 0.01,
    });
    for (const { tokenIds, label } of job.examples) {
      expect(tokenIds.length).toBeGreaterThanOrEqual(3);
      expect(label).toBeLessThan(3);
    }
  });

  it("keeps the last two checkpoints and the best, on disk as in rows", async () => {
    compute.scoreOf = (epoch) => (epoch === 2 ? 0.9 : 0.5);
    // Those of a run that succeeds are removed with its end.
    compute.beforeEnd = () => {
      throw new MaillardError("DIVERGED", "The end failed.");
    };
    const run = await ended(runs, (await runs.startFinetune(order({ epochs: 6 }))).id);
    const rows = await store.prisma.checkpoint.findMany({ where: { runId: run.id }, orderBy: { step: "asc" } });
    expect(rows.map(({ step, best }) => [step, best])).toEqual([
      [6, true],
      [15, false],
      [18, false],
    ]);
    const folder = store.artifacts.path(`runs/${run.id}/checkpoints`);
    expect((await readdir(folder)).sort()).toEqual(["step-15", "step-18", "step-6"]);
  });

  it("of which the process ends in the fit of its baseline has its model, and a warning", async () => {
    compute.afterEnd = () => {
      throw new MaillardError("COMPUTE_CRASHED", "The training process ended: signal SIGKILL.", { retryable: true });
    };
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    expect(run).toMatchObject({ status: "SUCCEEDED", attempt: 1, modelId: expect.any(String) });
    expect(run.warnings).toContainEqual(expect.objectContaining({ code: "BASELINE_FAILED" }));
  });

  it("of which a cancel comes in the fit of its baseline is CANCELLED", async () => {
    const reached = gate();
    compute.afterEnd = async () => {
      reached.open();
      await new Promise((resolve) => compute.signals.at(-1)?.addEventListener("abort", resolve, { once: true }));
      throw new MaillardError("CANCELLED", "The training run was cancelled.", { details: { reason: "SIGNAL" } });
    };
    const { id } = await runs.startFinetune(order());
    await reached.opened;
    await runs.cancel(id);
    expect((await ended(runs, id)).status).toBe("CANCELLED");
  });

  it("keeps its baselines beside its evaluations, once, and says when it is below them", async () => {
    const scores = { accuracy: 0.25 };
    const baselines = [{ kind: "CONSTANT" as const, label: "ester", scores, differences: [], mcnemar: null }];
    compute.afterEnd = (onEvent) =>
      onEvent({ kind: "baselines", splits: [{ split: "TEST", scores, baselines }], failure: null });
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    const rows = await store.prisma.evaluation.findMany({ where: { runId: run.id }, orderBy: { split: "asc" } });
    expect(rows.map(({ split, baselines: kept }) => [split, kept])).toEqual([
      ["VALIDATION", null],
      ["TEST", baselines],
    ]);
    expect(run.warnings).toContainEqual(expect.objectContaining({ code: "BELOW_BASELINE" }));
  });

  it("fails with code, message and param, and keeps what was measured and the last good checkpoint", async () => {
    compute.beforeStep = (step) => {
      if (step === 5)
        throw new MaillardError("DIVERGED", "The loss at step 5 is NaN; lower the learning rate (1).", {
          param: "learningRate",
        });
    };
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    expect(run).toMatchObject({
      status: "FAILED",
      errorCode: "DIVERGED",
      errorParam: "learningRate",
      errorMessage: expect.stringContaining("step 5"),
      modelId: null,
    });
    expect(run.finishedAt).toBeInstanceOf(Date);
    expect(await store.prisma.metric.count({ where: { runId: run.id, name: "loss" } })).toBe(4);
    expect(await store.prisma.checkpoint.findMany({ where: { runId: run.id }, select: { step: true } })).toEqual([
      { step: 3 },
    ]);
  });

  it("fails as DIVERGED when a metric is not a number", async () => {
    compute.scoreOf = () => Number.NaN;
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    expect(run).toMatchObject({ status: "FAILED", errorCode: "DIVERGED" });
    expect(await store.prisma.metric.count({ where: { runId: run.id } })).toBe(3);
  });

  it("hides from clients an error that is not one of ours", async () => {
    compute.beforeStep = () => {
      throw new Error("ENOENT: /secret/path");
    };
    const run = await ended(runs, (await runs.startFinetune(order())).id);
    expect(run).toMatchObject({ status: "FAILED", errorCode: "INTERNAL" });
    expect(run.errorMessage).not.toContain("secret");
    // Said once the end is written.
    await expect.poll(() => problems.map((problem) => (problem as Error).message)).toEqual(["ENOENT: /secret/path"]);
    problems.length = 0;
  });

  it("gives its model another name when its own was taken meanwhile", async () => {
    compute.beforeEnd = () => seedBase(store, "contested");
    const run = await ended(runs, (await runs.startFinetune(order({ name: "contested" }))).id);
    expect(run.status).toBe("SUCCEEDED");
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
    expect(model.name).toBe(`contested-${run.id.slice(-8)}`);
    expect((run.warnings as { code: string }[]).filter(({ code }) => code === "MODEL_RENAMED")).toHaveLength(1);
  });
});

describe("an order", () => {
  it("with a known key and the same input is the same run, with another input CONFLICT", async () => {
    const asked = order({ idempotencyKey: "key-1" });
    const first = await runs.startFinetune(asked);
    await ended(runs, first.id);
    // Also after its end, when the name is taken; and with a default written out.
    expect((await runs.startFinetune({ ...asked, seed: 42 })).id).toBe(first.id);
    expect(await codeOf(runs.startFinetune({ ...asked, seed: 43 }))).toBe("CONFLICT");
    expect(await codeOf(runs.startEmbedding({ model: "base", dataset: "sample", idempotencyKey: "key-1" }))).toBe(
      "CONFLICT",
    );
    expect(await store.prisma.run.count({ where: { idempotencyKey: "key-1" } })).toBe(1);
  });

  it("of a version without recipes is found by its key, and keeps what it was", async () => {
    const { recipe: _recipe, ...asked } = order({ idempotencyKey: "key-of-old" });
    const first = await runs.startFinetune({ ...asked, recipe: "published" });
    const { recipe: __recipe, ...input } = first.input as Record<string, unknown>;
    // As the version before stored it: no recipe, and its own hash.
    const { earlier } = inputHashes("FINETUNE", orderFinetune(asked));
    await store.prisma.run.update({ where: { id: first.id }, data: { input: input as object, inputHash: earlier } });
    expect((await runs.startFinetune(asked)).id).toBe(first.id);
    expect(await codeOf(runs.startFinetune({ ...asked, epochs: 4 }))).toBe("CONFLICT");
  });

  it("that names no options has those of recipe auto, from its training molecules and classes", async () => {
    const { recipe: _recipe, epochs: _epochs, ...asked } = order({ maxSteps: 1 });
    const run = await ended(runs, (await runs.startFinetune(asked)).id);
    expect(run.input).toMatchObject({
      recipe: "auto",
      epochs: 40,
      batchSize: 10,
      learningRate: 4e-4,
      recipeChoice: { options: ["epochs", "learningRate", "warmupRatio", "augmentation"], molecules: 29, classes: 3 },
    });
    expect(run.input).not.toHaveProperty("open");
    const model = await store.prisma.model.findUniqueOrThrow({ where: { id: run.modelId as string } });
    expect(model.card).toContain("- Recipe AUTO chose epochs, learningRate, warmupRatio, augmentation by 29 training");
    expect(compute.jobs.at(-1)?.hyperparameters).toMatchObject({ epochs: 40, learningRate: 4e-4, warmupRatio: 0.1 });
  });

  it("given five times at once with one key is one run with one job", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const asked = order({ idempotencyKey: "key-2" });
    const answers = await Promise.all(Array.from({ length: 5 }, () => runs.startFinetune(asked)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    const { rows } = await store.pool.query(`SELECT count(*)::int AS jobs FROM pgboss.job WHERE data->>'runId' = $1`, [
      answers[0].id,
    ]);
    expect(rows).toEqual([{ jobs: 1 }]);
    blocked.open();
    expect((await ended(runs, answers[0].id)).attempt).toBe(1);
  });

  it("is refused by the code of what is wrong, and leaves no row", async () => {
    const before = await store.prisma.run.count();
    expect(await codeOf(runs.startFinetune(order({ baseModel: "nobody" })))).toBe("NOT_FOUND");
    expect(await codeOf(runs.startFinetune(order({ dataset: "nothing" })))).toBe("NOT_FOUND");
    expect(await codeOf(runs.startFinetune(order({ target: "colour" })))).toBe("UNKNOWN_TARGET");
    expect(await codeOf(runs.startFinetune(order({ target: "fold" })))).toBe("EMPTY_DATASET");
    expect(await codeOf(runs.startFinetune(order({ minClassSize: 13 })))).toBe("TOO_FEW_CLASSES");
    expect(await codeOf(runs.startFinetune(order({ name: "no/slash" })))).toBe("BAD_INPUT");
    expect(await codeOf(runs.startFinetune(order({ name: "base" })))).toBe("CONFLICT");
    expect(await codeOf(runs.startFinetune(order({ maxLength: 65 })))).toBe("INVALID_CONFIG");
    expect(await codeOf(runs.startFinetune(order({ device: "cuda:3" })))).toBe("DEVICE_UNAVAILABLE");
    expect(await codeOf(runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MAX" }))).toBe(
      "INVALID_CONFIG",
    );
    expect(await store.prisma.run.count()).toBe(before);
  });

  it("for a name that a waiting run will give to its model is CONFLICT", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const first = await runs.startFinetune(order({ name: "promised" }));
    expect(await codeOf(runs.startFinetune(order({ name: "promised" })))).toBe("CONFLICT");
    await runs.cancel(first.id);
    blocked.open();
    await ended(runs, first.id);
    expect((await ended(runs, (await runs.startFinetune(order({ name: "promised" }))).id)).status).toBe("SUCCEEDED");
  });
});

describe("cancel", () => {
  it("ends a queued run at once, for ever, and twice is fine", async () => {
    const blocked = gate();
    compute.beforeStep = () => blocked.opened;
    const first = await runs.startFinetune(order());
    const second = await runs.startFinetune(order());
    expect((await runs.cancel(second.id)).status).toBe("CANCELLED");
    expect((await runs.cancel(second.id)).status).toBe("CANCELLED");
    blocked.open();
    expect((await ended(runs, first.id)).status).toBe("SUCCEEDED");
    expect((await runs.cancel(first.id)).status).toBe("SUCCEEDED");
    const third = await runs.startFinetune(order());
    expect((await ended(runs, third.id)).status).toBe("SUCCEEDED");
    expect(await store.prisma.run.findUnique({ where: { id: second.id } })).toMatchObject({
      status: "CANCELLED",
      attempt: 0,
      startedAt: null,
    });
  });

  it("stops a running one before its next step", async () => {
    const reached = gate();
    let steps = 0;
    compute.beforeStep = async (step, _job, signal) => {
      steps = step;
      if (step !== 4) return;
      reached.open();
      // The step continues only when the pool gets the signal to stop, which reaches it by NOTIFY.
      await new Promise<void>((stopped) => signal?.addEventListener("abort", () => stopped(), { once: true }));
    };
    const run = await runs.startFinetune(order());
    await reached.opened;
    // The worker may have heard of it before the row is read again.
    expect(["RUNNING", "CANCELLED"]).toContain((await runs.cancel(run.id)).status);
    expect((await runs.cancel(run.id)).cancelRequestedAt).toBeInstanceOf(Date);
    const row = await ended(runs, run.id);
    expect(row).toMatchObject({ status: "CANCELLED", errorCode: null, modelId: null });
    expect(steps).toBe(4);
    expect(await store.prisma.metric.count({ where: { runId: run.id, name: "loss" } })).toBe(3);
  });

  it("against success has one winner", async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 6; round++) {
      let cancelling: Promise<unknown> = Promise.resolve();
      const id = gate();
      let runId = "";
      compute.beforeEnd = async () => {
        await id.opened;
        cancelling = new Promise((resolve) => setTimeout(resolve, round * 3)).then(() => runs.cancel(runId));
        if (round === 0) await cancelling;
      };
      runId = (await runs.startFinetune(order())).id;
      id.open();
      const run = await ended(runs, runId);
      await cancelling;
      const after = await store.prisma.run.findUniqueOrThrow({ where: { id: runId } });
      expect(after.status).toBe(run.status);
      expect(after.status === "SUCCEEDED").toBe(after.modelId !== null);
      expect(await store.prisma.model.count({ where: { artifact: `models/${runId}` } })).toBe(
        after.status === "SUCCEEDED" ? 1 : 0,
      );
      outcomes.add(after.status);
    }
    expect(outcomes).toContain("CANCELLED");
  });

  it("of a run that does not exist is NOT_FOUND", async () => {
    expect(await codeOf(runs.cancel("nobody"))).toBe("NOT_FOUND");
  });
});

describe("an embedding run", () => {
  it("stores one vector per molecule, and a second one computes nothing", async () => {
    const first = await ended(
      runs,
      (await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" })).id,
    );
    expect(first).toMatchObject({
      kind: "EMBEDDING",
      status: "SUCCEEDED",
      name: "sample-by-base-mean",
      step: 36,
      totalSteps: 36,
      modelId: null,
    });
    expect(compute.inferred).toHaveLength(36);
    const rows = await store.prisma.embedding.findMany({ where: { pooling: "MEAN" } });
    expect(rows).toHaveLength(36);
    for (const { vector, dimension } of rows) expect([vector.length, dimension]).toEqual([128, 32]);
    const second = await ended(
      runs,
      (await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "MEAN" })).id,
    );
    expect(second).toMatchObject({ status: "SUCCEEDED", step: 36 });
    expect(compute.inferred).toHaveLength(36);
  });

  it("waits while the pool is full", async () => {
    let refusals = 3;
    compute.beforeInfer = () => {
      if (refusals-- > 0)
        throw new MaillardError("OVERLOADED", "full", { details: { retryAfterMs: 1 }, retryable: true });
    };
    const run = await ended(runs, (await runs.startEmbedding({ model: "base", dataset: "sample", pooling: "CLS" })).id);
    expect(run.status).toBe("SUCCEEDED");
    expect(refusals).toBe(-1);
  });
});
