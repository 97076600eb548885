/** A whole finetune on a tiny model: its reports, and that stopping and resuming changes no bit. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { runTraining } from "../../../src/train/finetune/loop.js";
import type { FinetuneJob, TrainingEvent } from "../../../src/train/types.js";

const BASE = join(import.meta.dirname, "../../fixtures/tiny-bert");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** 40 sequences whose label is the token that fills them: 5, 6 or 7. */
function job(changes: Partial<FinetuneJob["hyperparameters"]> = {}): FinetuneJob {
  const folder = mkdtempSync(join(tmpdir(), "maillard-loop-"));
  folders.push(folder);
  const examples = Array.from({ length: 40 }, (_, i) => ({
    tokenIds: Int32Array.from([
      2,
      ...Array.from({ length: 2 + (i % 7) }, (_, j) => (j % 2 ? 8 + (i % 9) : 5 + (i % 3))),
      3,
    ]),
    label: i % 3,
    split: (i % 10 === 8 ? "VALIDATION" : i % 10 === 9 ? "TEST" : "TRAIN") as "TRAIN",
  }));
  return {
    kind: "FINETUNE",
    baseFolder: BASE,
    outputFolder: join(folder, "model"),
    checkpointFolder: join(folder, "checkpoints"),
    classes: ["a", "b", "c"],
    examples,
    hyperparameters: {
      epochs: 6,
      batchSize: 8,
      learningRate: 3e-3,
      weightDecay: 0.01,
      warmupSteps: 3,
      gradientClip: 1,
      dropout: 0.1,
      seed: 42,
      logEvery: 2,
      checkpointEvery: 3,
      threads: 1,
      ...changes,
    },
    resumeFrom: null,
  };
}

async function run(task: FinetuneJob, stopAfter = Number.POSITIVE_INFINITY): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  let stopped = false;
  await runTraining(task, {
    onEvent: async (event) => {
      events.push(structuredClone(event));
      if (event.kind === "checkpoint" && event.step >= stopAfter) stopped = true;
    },
    shouldStop: () => stopped,
  }).catch((error) => {
    if (!stopped || MaillardError.from(error).code !== "CANCELLED") throw error;
  });
  return events;
}

const of = <K extends TrainingEvent["kind"]>(events: TrainingEvent[], kind: K) =>
  events.filter((event): event is Extract<TrainingEvent, { kind: K }> => event.kind === kind);
const fingerprint = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("a finetune", () => {
  it("learns a rule, reports it, and leaves a model", async () => {
    const task = job({ epochs: 12, learningRate: 1e-2, checkpointEvery: 1000 });
    const events = await run(task);
    const [started] = of(events, "started");
    expect(started).toMatchObject({ step: 0, totalSteps: 48, stepsPerEpoch: 4 });
    expect(started.environment).toMatchObject({ threads: 1, device: "cpu", node: process.version });
    const metrics = of(events, "metric");
    const trainLoss = metrics.filter(({ split, name }) => split === "TRAIN" && name === "loss");
    expect(trainLoss.map(({ step }) => step)).toEqual(Array.from({ length: 24 }, (_, i) => 2 * (i + 1)));
    expect(trainLoss.at(-1)!.value).toBeLessThan(trainLoss[0].value / 2);
    const rates = metrics.filter(({ name }) => name === "learningRate").map(({ value }) => value);
    expect(rates[0]).toBeCloseTo(1e-2 / 3, 9); // step 2 of 3 warm-up steps, counted from 0
    expect(metrics.filter(({ split, name }) => split === "VALIDATION" && name === "macroF1")).toHaveLength(12);
    expect(of(events, "checkpoint").map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => 4 * (i + 1)));
    const [validation, test] = of(events, "evaluation").map(({ report }) => report);
    expect([validation.split, test.split]).toEqual(["VALIDATION", "TEST"]);
    expect(test.count).toBe(4);
    expect(test.accuracy).toBeGreaterThanOrEqual(0.75);
    expect(test.confusionMatrix.flat().reduce((a, b) => a + b)).toBe(4);
    expect(test.labels).toEqual(["a", "b", "c"]);
    expect(events.at(-1)).toEqual({ kind: "finished", modelFolder: task.outputFolder });
    const model = await loadCheckpoint(task.outputFolder);
    expect(model.labels).toEqual(["a", "b", "c"]);
    expect(model.config.hiddenDropout).toBe(0.1);
  });

  it.each([3, 8, 9, 20])(
    "stopped after the checkpoint of step %i and resumed, equals the uninterrupted one bit for bit",
    async (stop) => {
      const whole = job();
      const wholeEvents = await run(whole);
      const broken = job();
      const before = await run(broken, stop);
      const last = of(before, "checkpoint").at(-1)!;
      expect(last.step).toBe(stop);
      const after = await run({ ...broken, resumeFrom: last.folder });
      expect(of(after, "started")[0].step).toBe(stop);
      const metricsOf = (events: TrainingEvent[]) =>
        of(events, "metric").map(({ step, split, name, value }) => ({ step, split, name, value }));
      const joined = [...metricsOf(before).filter(({ step }) => step <= stop), ...metricsOf(after)];
      expect(joined).toEqual(metricsOf(wholeEvents));
      expect(fingerprint(join(broken.outputFolder, "model.safetensors"))).toBe(
        fingerprint(join(whole.outputFolder, "model.safetensors")),
      );
      const lastOf = (events: TrainingEvent[]) => of(events, "checkpoint").at(-1)!.sha256;
      expect(lastOf(after)).toBe(lastOf(wholeEvents));
    },
  );

  it("refuses a checkpoint of a run with other data", async () => {
    const first = job();
    const events = await run(first, 3);
    const other = job({ learningRate: 1e-3 });
    await expect(run({ ...other, resumeFrom: of(events, "checkpoint")[0].folder })).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
    });
  });

  it("ends with DIVERGED when the loss is no longer a number", async () => {
    await expect(run(job({ learningRate: 1e30, gradientClip: 0, warmupSteps: 0 }))).rejects.toMatchObject({
      code: "DIVERGED",
    });
  });

  it("refuses an empty training split", async () => {
    const task = job();
    const examples = task.examples.map((example) => ({ ...example, split: "TEST" as const }));
    await expect(run({ ...task, examples })).rejects.toMatchObject({ code: "EMPTY_DATASET" });
  });
});

describe("a pause", () => {
  /** Asked for when the loss of the step was said; answers the last checkpoint. */
  async function pausedAt(task: FinetuneJob, step: number) {
    const events: TrainingEvent[] = [];
    let paused = false;
    const ended = runTraining(task, {
      onEvent: async (event) => {
        events.push(structuredClone(event));
        if (event.kind === "metric" && event.split === "TRAIN" && event.step === step) paused = true;
      },
      shouldStop: () => paused,
      shouldSave: () => paused,
    });
    await expect(ended).rejects.toMatchObject({ code: "CANCELLED" });
    return of(events, "checkpoint").at(-1)!;
  }

  it.each([
    ["in the middle of an epoch", 6, false],
    ["before the evaluation of an epoch", 8, true],
  ])("%s loses nothing: the weights are those of a run without one", async (_, step, scored) => {
    const changes = { epochs: 3, logEvery: 1, checkpointEvery: 1000 };
    const whole = job(changes);
    await run(whole);
    const task = job(changes);
    const saved = await pausedAt(task, step);
    expect([saved.step, saved.score !== null]).toEqual([step, scored]);
    await run({ ...task, resumeFrom: saved.folder });
    const [one, other] = [whole, task].map(({ outputFolder }) => join(outputFolder, "model.safetensors"));
    expect(fingerprint(other)).toBe(fingerprint(one));
  });
});
