/**
 * Whole runs on tiny models beside the plain finetune: labels with missing values, numbers in units, masked tokens
 * continued; evaluation every n steps, the best model, early stopping, what stays on disk; and that a run with dropout,
 * accumulation and warm-up, killed anywhere and resumed, leaves the same bits.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { InferenceModel } from "../../../src/model/inference.js";
import type {
  EvaluationReport,
  MaskedTokenReport,
  MultiLabelReport,
  RegressionReport,
  SplitName,
  TaskReport,
} from "../../../src/scores/types.js";
import { runTrainingJob } from "../../../src/train/finetune/loop.js";
import type { Example, TrainingEvent, TrainingJob } from "../../../src/train/types.js";

type Event = TrainingEvent<TaskReport>;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const splitOf = (i: number): SplitName => (i % 10 === 8 ? "VALIDATION" : i % 10 === 9 ? "TEST" : "TRAIN");

/** 60 sequences filled with one of the tokens 5, 6 and 7; `answer` gives the target of the n-th. */
function job(
  answer: (filler: number, n: number) => Pick<Example, "label" | "targets" | "forms">,
  changes: Partial<Omit<TrainingJob, "hyperparameters">> & {
    hyperparameters?: Partial<TrainingJob["hyperparameters"]>;
  },
): TrainingJob {
  const folder = mkdtempSync(join(tmpdir(), "maillard-run-"));
  folders.push(folder);
  const examples = Array.from({ length: 60 }, (_, n) => {
    const filler = 5 + (n % 3);
    const inner = Array.from({ length: 2 + (n % 7) }, (_, j) => (j % 2 ? 8 + (n % 9) : filler));
    return { tokenIds: Int32Array.from([2, ...inner, 3]), ...answer(filler, n), split: splitOf(n) };
  });
  return {
    kind: "FINETUNE",
    baseFolder: join(import.meta.dirname, "../../fixtures/tiny-bert"),
    outputFolder: join(folder, "model"),
    checkpointFolder: join(folder, "checkpoints"),
    classes: ["a", "b", "c"],
    examples,
    resumeFrom: null,
    ...changes,
    hyperparameters: {
      epochs: 6,
      batchSize: 8,
      learningRate: 5e-3,
      weightDecay: 0.01,
      warmupSteps: 0,
      gradientClip: 1,
      dropout: 0,
      seed: 42,
      logEvery: 1000,
      checkpointEvery: 1000,
      threads: 1,
      ...changes.hyperparameters,
    },
  };
}
const classes = (filler: number) => ({ label: filler - 5 });

async function run(task: TrainingJob, stopAt = Number.POSITIVE_INFINITY): Promise<Event[]> {
  const events: Event[] = [];
  let stopped = false;
  await runTrainingJob(task, {
    onEvent: async (event) => {
      events.push(structuredClone(event));
      if (event.kind === "checkpoint" && event.step >= stopAt) stopped = true;
    },
    shouldStop: () => stopped,
  }).catch((error) => {
    if (!stopped || MaillardError.from(error).code !== "CANCELLED") throw error;
  });
  return events;
}
const of = <K extends Event["kind"]>(events: Event[], kind: K) =>
  events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
const reportOf = <R extends TaskReport>(events: Event[], split: SplitName) =>
  of(events, "evaluation").find(({ report }) => report.split === split)!.report as R;
const metrics = (events: Event[], split: SplitName, name: string) =>
  of(events, "metric").filter((metric) => metric.split === split && metric.name === name);
const fingerprint = (folder: string) =>
  createHash("sha256")
    .update(readFileSync(join(folder, "model.safetensors")))
    .digest("hex");

async function answers(folder: string, examples: readonly Example[]): Promise<Float32Array[]> {
  const model = await InferenceModel.load(folder, { threads: 1, provider: "cpu" });
  const logits = await model.run(
    examples.map(({ tokenIds }) => tokenIds),
    "LOGITS",
  );
  await model.release();
  return logits;
}

describe("several labels", () => {
  it("are learned from what was measured, reported each, and saved as transformers reads them", async () => {
    const missing = Number.NaN;
    const targets = (filler: number, n: number) => ({
      label: 0,
      targets: Float32Array.of(
        n % 4 === 0 ? missing : Number(filler === 5),
        Number(filler > 5),
        n % 2 ? missing : Number(filler === 7),
      ),
    });
    const task = job(targets, { task: "MULTI_LABEL", hyperparameters: { epochs: 12, warmupRatio: 0.1 } });
    const events = await run(task);
    const test = reportOf<MultiLabelReport>(events, "TEST");
    expect(test).toMatchObject({ task: "MULTI_LABEL", count: 6 });
    expect(test.labels.map(({ label, measured }) => [label, measured])).toEqual([
      ["a", 6],
      ["b", 6],
      ["c", 0],
    ]);
    expect(test.labels[2].rocAuc).toBeNull();
    expect(test.scores.rocAuc).toBe(1);
    expect(reportOf<MultiLabelReport>(events, "VALIDATION").calibration!.temperature).toBeGreaterThan(0);
    expect(metrics(events, "VALIDATION", "rocAuc")).toHaveLength(12);
    const saved = JSON.parse(readFileSync(join(task.outputFolder, "config.json"), "utf8"));
    expect(saved.problem_type).toBe("multi_label_classification");
    const held = task.examples.filter(({ split }) => split === "TEST");
    const logits = await answers(task.outputFolder, held);
    logits.forEach((row, i) => void expect(row[1] >= 0).toBe(held[i].targets![1] === 1));
  });

  it("are refused when one is not 0 or 1, has no place, or is never measured in training", async () => {
    const refused = (targets: (filler: number, n: number) => number[]) =>
      run(job((filler, n) => ({ label: 0, targets: Float32Array.from(targets(filler, n)) }), { task: "MULTI_LABEL" }));
    await expect(refused((_, n) => [0, n === 3 ? 0.5 : 1, 1])).rejects.toMatchObject({
      code: "BAD_INPUT",
      message: expect.stringContaining("Target b is 0.5"),
    });
    await expect(refused((_, n) => (n === 1 ? [0, 1] : [0, 1, 1]))).rejects.toMatchObject({
      code: "BAD_INPUT",
      details: { row: 1 },
    });
    await expect(refused((_, n) => [0, 1, splitOf(n) === "TRAIN" ? Number.NaN : 1])).rejects.toMatchObject({
      code: "CLASS_MISSING_FROM_TRAINING",
      details: { label: "c" },
    });
  });
});

describe("numbers", () => {
  it("far from 0 are learned, reported and served in their units", async () => {
    const targets = (filler: number, n: number) => ({
      label: 0,
      targets: Float32Array.of(1000 + 50 * filler, n % 3 === 0 ? Number.NaN : 0.01 * filler),
    });
    const task = job(targets, {
      task: "REGRESSION",
      classes: ["boiling point", "solubility"],
      hyperparameters: { epochs: 40 },
    });
    const events = await run(task);
    const test = reportOf<RegressionReport>(events, "TEST");
    const [boiling, solubility] = test.targets;
    expect([boiling.label, boiling.count, solubility.count]).toEqual(["boiling point", 6, 4]);
    expect(boiling.baseline).toBeGreaterThan(30); // of 1250, 1300, 1350
    expect(boiling.rmse!).toBeLessThan(15);
    expect(solubility.rmse!).toBeLessThan(0.4 * solubility.baseline!);
    expect(boiling.r2!).toBeGreaterThan(0.8);
    // The checkpoint with the least error has the greatest score.
    const scores = of(events, "checkpoint").map(({ score }) => score!);
    const errors = metrics(events, "VALIDATION", "rmse").map(({ value }) => value);
    expect(scores).toEqual(errors.map((value) => -value));
    const held = task.examples.filter(({ split }) => split === "TEST");
    const served = await answers(task.outputFolder, held);
    const squared = served.reduce((sum, row, i) => sum + (row[0] - held[i].targets![0]) ** 2, 0);
    expect(Math.sqrt(squared / held.length)).toBeCloseTo(boiling.rmse!, 2);
    expect((await loadCheckpoint(task.outputFolder)).task).toBe("REGRESSION");
  });
});

describe("masked tokens", () => {
  it.each(["tiny-bert", "tiny-bert-masked", "tiny-roberta-masked"])("go on from %s", async (base) => {
    const task = job(classes, {
      task: "MASKED_LANGUAGE_MODEL",
      classes: [],
      baseFolder: join(import.meta.dirname, "../../fixtures", base),
      hyperparameters: { epochs: 10, maskProbability: 0.3, learningRate: 1e-2 },
    });
    const events = await run(task);
    const losses = metrics(events, "VALIDATION", "loss").map(({ value }) => value);
    expect(losses).toHaveLength(10);
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]);
    const report = reportOf<MaskedTokenReport>(events, "TEST");
    expect(report.maskedTokens).toBeGreaterThan(3);
    const saved = await loadCheckpoint(task.outputFolder);
    expect([saved.task, saved.labels]).toEqual(["MASKED_LANGUAGE_MODEL", []]);
  });

  it("keep the head they go on from: the first loss is that of the model as it was", async () => {
    const first = async (base: string) => {
      const task = job(classes, {
        task: "MASKED_LANGUAGE_MODEL",
        classes: [],
        baseFolder: join(import.meta.dirname, "../../fixtures", base),
        hyperparameters: { maxSteps: 1, learningRate: 1e-12 },
      });
      const loss = metrics(await run(task), "TRAIN", "loss")[0].value;
      const [before, after] = await Promise.all([loadCheckpoint(task.baseFolder), loadCheckpoint(task.outputFolder)]);
      const bias = "cls.predictions.bias";
      return {
        loss,
        kept: before.weights.get(bias)?.data.every((v, i) => Math.abs(v - after.weights.get(bias)!.data[i]) < 1e-9),
      };
    };
    const kept = await first("tiny-bert-masked");
    const fresh = await first("tiny-bert");
    expect([kept.kept, fresh.kept]).toEqual([true, undefined]);
    expect(kept.loss).not.toBeCloseTo(fresh.loss, 3);
  });
});

describe("evaluation and the best model", () => {
  it("happens every n steps when asked, and the best of them can be the model", async () => {
    // A rate that ruins the model after its best: the learning rate rises for the whole run.
    const hyperparameters = { maxSteps: 30, evalSteps: 3, warmupSteps: 30, learningRate: 0.3, gradientClip: 0 };
    const last = await run(job(classes, { hyperparameters }));
    const task = job(classes, {
      hyperparameters: { ...hyperparameters, loadBestModelAtEnd: true, metricForBestModel: "loss" },
    });
    const events = await run(task);
    const losses = metrics(events, "VALIDATION", "loss");
    expect(losses.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => 3 * (i + 1)));
    const best = Math.min(...losses.map(({ value }) => value));
    expect(best).toBeLessThan(losses.at(-1)!.value);
    expect(reportOf<EvaluationReport>(events, "VALIDATION").loss).toBeCloseTo(best, 5);
    expect(reportOf<EvaluationReport>(last, "VALIDATION").loss).toBeGreaterThan(best);
  });

  it("stops after as many evaluations without gain as patience allows, and reports it again when resumed", async () => {
    const hyperparameters = {
      epochs: 30,
      earlyStoppingPatience: 3,
      earlyStoppingThreshold: 10,
      metricForBestModel: "loss",
    };
    const task = job(classes, { hyperparameters });
    const events = await run(task);
    // No gain is larger than 10: the first evaluation counts as one, the next three do not.
    expect(metrics(events, "VALIDATION", "loss").map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(of(events, "finished")).toHaveLength(1);
    const checkpoint = of(events, "checkpoint").at(-1)!;
    const again = await run({ ...task, resumeFrom: checkpoint.folder });
    expect(of(again, "started")[0].step).toBe(checkpoint.step);
    expect(metrics(again, "TRAIN", "loss")).toEqual([]);
    expect(of(again, "finished")).toHaveLength(1);
  });

  it("goes by the validation loss where the metric has no value there", async () => {
    // Two classes of which validation has one: no ranking.
    const one = job((filler, n) => ({ label: splitOf(n) === "VALIDATION" ? 0 : (filler - 5) % 2 }), {
      classes: ["a", "b"],
      hyperparameters: { metricForBestModel: "rocAuc", earlyStoppingPatience: 2, epochs: 6, learningRate: 1e-4 },
    });
    const events = await run(one);
    expect(reportOf<EvaluationReport>(events, "VALIDATION").scores?.rocAuc).toBeNull();
    const losses = metrics(events, "VALIDATION", "loss").map(({ value }) => value);
    let [best, without, evaluations] = [Number.POSITIVE_INFINITY, 0, 0];
    for (; evaluations < 6 && without < 2; evaluations++) {
      const loss = losses[evaluations];
      without = loss < best ? 0 : without + 1;
      best = Math.min(best, loss);
    }
    expect(losses).toHaveLength(evaluations);
    // Before, an evaluation without a value counted as one without gain: the run ended after two.
    expect(evaluations).toBeGreaterThan(2);
    const scores = of(events, "checkpoint").map(({ score }) => score);
    expect(Math.max(...scores.map(Number))).toBeCloseTo(-best, 12);
  });

  it("keeps the last n checkpoints and the best", async () => {
    const task = job(classes, { hyperparameters: { epochs: 6, saveTotalLimit: 2, learningRate: 1e-9 } });
    await run(task);
    // Nothing is learned, so the first evaluation stays the best: steps 6, 30 and 36 of six a an epoch.
    expect(readdirSync(task.checkpointFolder).sort()).toEqual(["step-30", "step-36", "step-6"]);
  });

  it("finds a temperature at the end, saved in the model on request: same answers, better probabilities", async () => {
    const noisy = (filler: number, n: number) => ({ label: n % 4 === 0 ? (filler - 4) % 3 : filler - 5 });
    const hyperparameters = { epochs: 15, learningRate: 1e-2 };
    const plain = job(noisy, { hyperparameters });
    const cooled = job(noisy, { hyperparameters: { ...hyperparameters, temperatureScaling: true } });
    const report = reportOf<EvaluationReport>(await run(plain), "VALIDATION");
    await run(cooled);
    const { temperature, loss } = report.calibration!;
    expect(loss).toBeLessThan(report.loss);
    const held = plain.examples.filter(({ split }) => split === "TEST");
    const [before, after] = [await answers(plain.outputFolder, held), await answers(cooled.outputFolder, held)];
    before.forEach(
      (row, i) => void row.forEach((value, j) => void expect(after[i][j]).toBeCloseTo(value / temperature, 3)),
    );
  });
});

describe("a run with dropout, accumulation, warm-up and a schedule", () => {
  const hyperparameters = {
    epochs: 4,
    batchSize: 5,
    gradientAccumulationSteps: 2,
    dropout: 0.1,
    warmupSteps: 6,
    checkpointEvery: 3,
    logEvery: 2,
    lrSchedulerType: "cosine" as const,
    labelSmoothingFactor: 0.1,
    classWeights: "balanced" as const,
    evalSteps: 4,
  };
  const variants = {
    "all parameters": {},
    "low-rank matrices": { lora: { rank: 2, alpha: 4, targets: ["query" as const, "value" as const] } },
    "a frozen layer": { frozenLayers: 1 },
  };

  it.each(Object.entries(variants))("stopped anywhere and resumed, leaves the same bits: %s", async (_, more) => {
    const whole = job(classes, { hyperparameters: { ...hyperparameters, ...more } });
    const wholeEvents = await run(whole);
    // 48 training examples: 10 parts, 5 steps an epoch; in mid-epoch, at an epoch's end, between, at the end.
    expect(of(wholeEvents, "started")[0]).toMatchObject({ stepsPerEpoch: 5, totalSteps: 20 });
    const row = (events: Event[]) =>
      of(events, "metric").map(({ step, split, name, value }) => ({ step, split, name, value }));
    for (const stop of Object.keys(more).length === 0 ? [3, 5, 12, 20] : [12]) {
      const broken = job(classes, { hyperparameters: { ...hyperparameters, ...more } });
      const before = await run(broken, stop);
      const last = of(before, "checkpoint").at(-1)!;
      expect(last.step).toBe(stop);
      const after = await run({ ...broken, resumeFrom: last.folder });
      const kept = row(before).filter(({ step, split }) => step <= stop && split !== "TEST");
      expect([...kept, ...row(after)]).toEqual(row(wholeEvents));
      expect(fingerprint(broken.outputFolder)).toBe(fingerprint(whole.outputFolder));
      const states = of(after, "checkpoint");
      if (states.length > 0) expect(states.at(-1)!.sha256).toBe(of(wholeEvents, "checkpoint").at(-1)!.sha256);
    }
  });

  it("draws another form of an example each epoch, the same ones when resumed", async () => {
    const forms = (filler: number, n: number) => ({
      ...classes(filler),
      forms: n % 10 === 9 ? [] : [Int32Array.of(2, 8, filler, 3), Int32Array.of(2, filler, 9, filler, 8, 3)],
    });
    const changes = { hyperparameters: { ...hyperparameters, groupByLength: true } };
    const whole = job(forms, changes);
    const wholeEvents = await run(whole);
    const plain = job(classes, changes);
    await run(plain);
    expect(fingerprint(plain.outputFolder)).not.toBe(fingerprint(whole.outputFolder));
    const broken = job(forms, changes);
    const last = of(await run(broken, 12), "checkpoint").at(-1)!;
    const after = await run({ ...broken, resumeFrom: last.folder });
    expect(fingerprint(broken.outputFolder)).toBe(fingerprint(whole.outputFolder));
    expect(of(after, "checkpoint").at(-1)!.sha256).toBe(of(wholeEvents, "checkpoint").at(-1)!.sha256);
    await expect(run({ ...plain, resumeFrom: last.folder })).rejects.toMatchObject({ code: expect.any(String) });
  });

  it("averages the probabilities over the forms of an example where it scores", async () => {
    const tested = job(classes, { hyperparameters: { epochs: 2 } });
    await run(tested);
    const held = tested.examples.filter(({ split }) => split === "TEST");
    const other = held.map((example) => ({
      ...example,
      tokenIds: Int32Array.from([2, 9, ...example.tokenIds.slice(1)]),
    }));
    const [one, two] = [await answers(tested.outputFolder, held), await answers(tested.outputFolder, other)];
    const softmax = (row: ArrayLike<number>) => {
      const powers = Array.from(row, Math.exp);
      return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0));
    };
    const loss = held.map(({ label }, i) => -Math.log((softmax(one[i])[label] + softmax(two[i])[label]) / 2));
    const both = job(classes, { hyperparameters: { epochs: 2 } });
    for (const example of both.examples)
      if (example.split === "TEST") example.forms = [Int32Array.from([2, 9, ...example.tokenIds.slice(1)])];
    const report = reportOf<EvaluationReport>(await run(both), "TEST");
    expect(report.loss).toBeCloseTo(loss.reduce((sum, value) => sum + value, 0) / loss.length, 4);
  });

  it("computes the same but for rounding with parts of another size: batch times accumulation counts", async () => {
    const losses = async (batchSize: number, gradientAccumulationSteps: number) => {
      const task = job(classes, {
        hyperparameters: { ...hyperparameters, batchSize, gradientAccumulationSteps, maxSteps: 8 },
      });
      return metrics(await run(task), "TRAIN", "loss").map(({ value }) => value);
    };
    const [whole, parts] = [await losses(12, 1), await losses(3, 4)];
    expect(whole).toHaveLength(4);
    whole.forEach((loss, i) => void expect(Math.abs(parts[i] - loss) / loss).toBeLessThan(1e-4));
  });
});

describe("a job", () => {
  it("with an option that breaks a rule is refused before anything is computed", async () => {
    const task = job(classes, { hyperparameters: { labelSmoothingFactor: 1.5 } });
    await expect(run(task)).rejects.toMatchObject({ code: "INVALID_CONFIG", param: "labelSmoothingFactor" });
    expect(() => readdirSync(task.checkpointFolder)).toThrow(/ENOENT/);
  });

  it("with a class that balanced weights cannot weigh is refused", async () => {
    const task = job((filler) => ({ label: Math.min(1, filler - 5) }), {
      hyperparameters: { classWeights: "balanced" },
    });
    await expect(run(task)).rejects.toMatchObject({ code: "CLASS_MISSING_FROM_TRAINING" });
  });
});
