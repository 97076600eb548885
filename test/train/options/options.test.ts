/**
 * Options: the defaults are Hugging Face's where it has them, and a value that breaks a rule is refused with name,
 * value and rule before anything runs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainingTask } from "../../../src/scores/metrics.js";
import { resolveOptions } from "../../../src/train/options/option-rules.js";
import type { TrainingOptions } from "../../../src/train/options/options.js";
import { accepts, ENGINE_OPTIONS, engineView, rowOf } from "../../../src/train/options/table.js";
import { formulaConfig } from "../../support/data/formula.js";

const context = (task: TrainingTask = "SINGLE_LABEL", family: "bert" | "albert" = "bert", validation = 10) => ({
  task,
  config: formulaConfig(family),
  validation,
});

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
