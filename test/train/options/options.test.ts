/**
 * Options: the defaults are Hugging Face's where it has them, and a value that breaks a rule is refused with name,
 * value and rule before anything runs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainingTask } from "../../../src/scores/metrics.js";
import { judge, NOTHING_YET } from "../../../src/train/finetune/best.js";
import { planRun } from "../../../src/train/finetune/run-plan.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import type { TrainingOptions } from "../../../src/train/options/options.js";
import { accepts, ENGINE_OPTIONS, engineView, rowOf } from "../../../src/train/options/table.js";
import { trainableParameters, withDropout } from "../../../src/train/step/freezing.js";
import { formulaConfig } from "../../support/data/formula.js";

const context = (task: TrainingTask = "SINGLE_LABEL", family: "bert" | "albert" = "bert", validation = 10) => ({
  task,
  config: formulaConfig(family),
  validation,
});
const examples = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    tokenIds: new Int32Array(2 + (i % 5)),
    label: 0,
    split: "TRAIN" as const,
  }));

describe("options", () => {
  it("have the defaults of the TrainingArguments whose names they carry", () => {
    const file = join(import.meta.dirname, "../../../bench/reference/trainer_parity.json");
    const { defaults } = JSON.parse(readFileSync(file, "utf8")) as { defaults: Record<string, unknown> };
    const ours = new Map(ENGINE_OPTIONS.map((name) => [rowOf(name).huggingFace, engineView(name).default]));
    for (const [name, value] of Object.entries(defaults)) {
      // Hugging Face says "epochs decide" with -1.
      expect(ours.get(name), name).toBe(name === "max_steps" && value === -1 ? null : value);
    }
    expect(Object.keys(defaults)).toHaveLength(18);
  });

  it("each have a default that keeps its own rule, a unit and a reason", () => {
    for (const name of ENGINE_OPTIONS) {
      const { unit, reason } = rowOf(name);
      expect(accepts(engineView(name), engineView(name).default), name).toBe(true);
      expect([unit.length > 0, reason.length > 0], name).toEqual([true, true]);
    }
  });

  it("fill in what is not given, the task's metric included", () => {
    expect(resolveOptions({ epochs: 7 }, context())).toMatchObject({
      epochs: 7,
      batchSize: 8,
      metricForBestModel: "macroF1",
    });
    expect(resolveOptions({}, context("REGRESSION")).metricForBestModel).toBe("rmse");
    expect(resolveOptions({ metricForBestModel: "loss" }, context("MULTI_LABEL")).metricForBestModel).toBe("loss");
  });

  const wrong: [Partial<TrainingOptions>, keyof TrainingOptions, RegExp][] = [
    [{ epochs: 0 }, "epochs", /epochs is 0; it must be: a whole number from 1/],
    [{ epochs: 1.5 }, "epochs", /whole number/],
    [{ maxSteps: 0 }, "maxSteps", /null or a whole number/],
    [{ batchSize: -1 }, "batchSize", /-1/],
    [{ gradientAccumulationSteps: 0 }, "gradientAccumulationSteps", /whole number/],
    [{ learningRate: 0 }, "learningRate", /above 0/],
    [{ learningRate: Number.NaN }, "learningRate", /above 0/],
    [{ lrSchedulerType: "polynomial" as "linear" }, "lrSchedulerType", /linear, cosine or constant/],
    [{ warmupSteps: -1 }, "warmupSteps", /from 0/],
    [{ warmupRatio: 1 }, "warmupRatio", /below 1/],
    [{ warmupRatio: 0.1, warmupSteps: 5 }, "warmupRatio", /0 when warmupSteps is given \(5\)/],
    [{ weightDecay: -0.1 }, "weightDecay", /from 0/],
    [{ layerwiseLearningRateDecay: 0 }, "layerwiseLearningRateDecay", /above 0 and at most 1/],
    [{ adamBeta2: 1 }, "adamBeta2", /below 1/],
    [{ adamEpsilon: 0 }, "adamEpsilon", /above 0/],
    [{ gradientClip: -1 }, "gradientClip", /0 switches clipping off/],
    [{ labelSmoothingFactor: 1 }, "labelSmoothingFactor", /below 1/],
    [{ classWeights: "inverse" as "none" }, "classWeights", /none or balanced/],
    [{ dropout: 1 }, "dropout", /below 1/],
    [{ attentionDropout: -0.1 }, "attentionDropout", /at least 0/],
    [{ freezeEmbeddings: 1 as unknown as boolean }, "freezeEmbeddings", /true or false/],
    [{ frozenLayers: 3 }, "frozenLayers", /at most the model's 2 layers/],
    [{ lora: { rank: 0, alpha: 1, targets: ["query"] } }, "lora", /rank from 1/],
    [{ lora: { rank: 4, alpha: 0, targets: ["query"] } }, "lora", /alpha above 0/],
    [{ lora: { rank: 4, alpha: 8, targets: [] } }, "lora", /targets out of query, key/],
    [{ lora: { rank: 4, alpha: 8, targets: ["pooler" as "query"] } }, "lora", /targets out of/],
    [{ lora: { rank: 33, alpha: 8, targets: ["query"] } }, "lora", /rank of at most 32/],
    [{ lora: { rank: 4, alpha: 8, targets: ["query"] }, frozenLayers: 1 }, "frozenLayers", /0 with lora/],
    [{ evalSteps: 0 }, "evalSteps", /null or a whole number/],
    [{ metricForBestModel: "f1" }, "metricForBestModel", /one of loss, accuracy/],
    [{ earlyStoppingPatience: 0 }, "earlyStoppingPatience", /whole number from 1/],
    [{ earlyStoppingThreshold: -1 }, "earlyStoppingThreshold", /from 0/],
    [{ saveTotalLimit: 0 }, "saveTotalLimit", /whole number/],
    [{ seed: -1 }, "seed", /whole number from 0/],
    [{ threads: 0 }, "threads", /whole number from 1/],
    [
      { perDeviceTrainBatchSize: 8 } as Partial<TrainingOptions>,
      "perDeviceTrainBatchSize" as "seed",
      /no option of that name/,
    ],
  ];
  it.each(wrong)("refuse %j", (given, param, message) => {
    expect(() => resolveOptions(given, context())).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", param, message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ["label smoothing of numbers", { labelSmoothingFactor: 0.1 }, context("REGRESSION"), "labelSmoothingFactor"],
    ["class weights of labels", { classWeights: "balanced" as const }, context("MULTI_LABEL"), "classWeights"],
    ["another task's metric", { metricForBestModel: "rmse" }, context("SINGLE_LABEL"), "metricForBestModel"],
    [
      "rates by layer where layers are shared",
      { layerwiseLearningRateDecay: 0.9 },
      context("SINGLE_LABEL", "albert"),
      "layerwiseLearningRateDecay",
    ],
    ["one of albert's shared layers", { frozenLayers: 1 }, context("SINGLE_LABEL", "albert"), "frozenLayers"],
    [
      "patience with nothing to measure",
      { earlyStoppingPatience: 2 },
      context("SINGLE_LABEL", "bert", 0),
      "earlyStoppingPatience",
    ],
    [
      "the best with nothing to measure",
      { loadBestModelAtEnd: true },
      context("SINGLE_LABEL", "bert", 0),
      "loadBestModelAtEnd",
    ],
    ["the temperature of numbers", { temperatureScaling: true }, context("REGRESSION"), "temperatureScaling"],
  ])("refuse %s", (_name, given, where, param) => {
    expect(() => resolveOptions(given, where)).toThrow(expect.objectContaining({ code: "INVALID_CONFIG", param }));
  });

  it("name everything that is wrong at once", () => {
    try {
      resolveOptions({ epochs: 0, learningRate: -1, seed: 0.5 }, context());
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "INVALID_CONFIG", param: "epochs" });
      const { problems } = (error as { details: { problems: { option: string; value: unknown }[] } }).details;
      expect(problems.map(({ option, value }) => [option, value])).toEqual([
        ["epochs", 0],
        ["learningRate", -1],
        ["seed", 0.5],
      ]);
    }
  });
});

describe("the plan of a run", () => {
  const plan = (given: Partial<TrainingOptions>, count = 22) =>
    planRun(resolveOptions(given, context()), examples(count));

  it("counts steps as Hugging Face: the last step of an epoch takes the parts that are left", () => {
    // 22 examples in batches of 4: 6 parts, 3 steps of 2; the last part has 2 examples.
    const { stepsPerEpoch, totalSteps, indicesOf } = plan({ epochs: 2, batchSize: 4, gradientAccumulationSteps: 2 });
    expect([stepsPerEpoch, totalSteps]).toEqual([3, 6]);
    const epoch = [1, 2, 3].map((step) => [...indicesOf(step)]);
    expect(epoch.map(({ length }) => length)).toEqual([8, 8, 6]);
    expect(epoch.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    const next = [4, 5, 6].flatMap((step) => [...indicesOf(step)]);
    expect(next).not.toEqual(epoch.flat());
    expect(next.sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
  });

  it("lets maxSteps decide, and rounds a share of warm-up up", () => {
    const { totalSteps, warmupSteps, learningRateOf } = plan({
      maxSteps: 25,
      warmupRatio: 0.1,
      learningRate: 1e-3,
      batchSize: 4,
    });
    expect([totalSteps, warmupSteps]).toEqual([25, 3]);
    expect([1, 2, 4].map(learningRateOf)).toEqual([0, 1e-3 / 3, 1e-3]);
    expect(learningRateOf(25)).toBeCloseTo(1e-3 / 22, 12);
  });

  it("follows the requested schedule", () => {
    const rates = (lrSchedulerType: TrainingOptions["lrSchedulerType"]) =>
      [1, 3, 5].map(plan({ maxSteps: 8, learningRate: 1, lrSchedulerType }).learningRateOf);
    expect(rates("constant")).toEqual([1, 1, 1]);
    expect(rates("linear")).toEqual([1, 0.75, 0.5]);
    expect(rates("cosine").map((rate) => Number(rate.toFixed(6)))).toEqual([1, 0.853553, 0.5]);
  });

  it("groups by length without losing anyone", () => {
    const { indicesOf } = plan({ batchSize: 4, groupByLength: true, epochs: 1 });
    const steps = [1, 2, 3, 4, 5, 6].map((step) => [...indicesOf(step)]);
    expect(steps.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 22 }, (_, i) => i));
    const spread = (batch: number[]) => Math.max(...batch.map((i) => i % 5)) - Math.min(...batch.map((i) => i % 5));
    expect(Math.max(...steps.map(spread))).toBeLessThanOrEqual(1);
  });
});

describe("what learns", () => {
  const names = [
    "embeddings.word_embeddings.weight",
    "encoder.layer.0.output.dense.bias",
    "encoder.layer.1.output.dense.bias",
    "classifier.bias",
  ];
  const learning = (given: Partial<TrainingOptions>) =>
    names.map(trainableParameters(resolveOptions(given, context()), { family: "bert" }));

  it("is everything, all but the embeddings, or the layers above the frozen ones", () => {
    expect(learning({})).toEqual([true, true, true, true]);
    expect(learning({ freezeEmbeddings: true })).toEqual([false, true, true, true]);
    expect(learning({ frozenLayers: 1 })).toEqual([false, false, true, true]);
    expect(learning({ frozenLayers: 2 })).toEqual([false, false, false, true]);
    expect(learning({ lora: { rank: 2, alpha: 2, targets: ["query"] } })).toEqual([false, false, false, true]);
  });

  it("of albert are all layers or none, and the mapping of its embeddings with these", () => {
    const albert = [
      "encoder.embedding_hidden_mapping_in.weight",
      "encoder.albert_layer_groups.0.albert_layers.0.ffn.bias",
      "pooler.bias",
    ];
    const of = (given: Partial<TrainingOptions>) =>
      albert.map(trainableParameters(resolveOptions(given, context("SINGLE_LABEL", "albert")), { family: "albert" }));
    expect(of({ freezeEmbeddings: true })).toEqual([false, true, true]);
    expect(of({ frozenLayers: 2 })).toEqual([false, false, true]);
  });

  it("drops what the options say, each place by itself where it is named", () => {
    const base = { ...formulaConfig("bert"), hiddenDropout: 0.1, attentionDropout: 0.2, classifierDropout: null };
    const dropout = (given: Partial<TrainingOptions>) => {
      const { hiddenDropout, attentionDropout, classifierDropout } = withDropout(
        base,
        resolveOptions(given, context()),
      );
      return [hiddenDropout, attentionDropout, classifierDropout];
    };
    expect(dropout({})).toEqual([0.1, 0.2, null]);
    expect(dropout({ dropout: 0 })).toEqual([0, 0, 0]);
    expect(dropout({ dropout: 0.3, attentionDropout: 0 })).toEqual([0.3, 0, 0.3]);
    expect(dropout({ classifierDropout: 0.5 })).toEqual([0.1, 0.2, 0.5]);
  });
});

describe("the best so far", () => {
  const follow = (values: (number | null)[], greaterIsBetter: boolean, threshold: number) =>
    values.reduce((best, value, i) => judge(best, value, { step: i + 1, greaterIsBetter, threshold }), NOTHING_YET);

  it("is the first of equals; an evaluation that is no better counts towards patience", () => {
    expect(follow([0.5, 0.7, 0.7, 0.6], true, 0)).toEqual({ value: 0.7, step: 2, withoutGain: 2 });
    expect(follow([3, 2, 2.5], false, 0)).toEqual({ value: 2, step: 2, withoutGain: 1 });
  });

  // As EarlyStoppingCallback.
  it("may be better by less than the threshold: then it is the best, and patience still runs", () => {
    // Each compares with the best before it: 0.52 - 0.5, 0.54 - 0.52, 0.7 - 0.54.
    expect(follow([0.5, 0.52, 0.54], true, 0.1)).toEqual({ value: 0.54, step: 3, withoutGain: 2 });
    expect(follow([0.5, 0.52, 0.54, 0.7], true, 0.1)).toEqual({ value: 0.7, step: 4, withoutGain: 0 });
  });

  it("is not an evaluation whose metric is not defined", () => {
    expect(follow([null, 0.5, null], true, 0)).toEqual({ value: 0.5, step: 2, withoutGain: 1 });
  });
});
