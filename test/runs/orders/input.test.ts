import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { MaillardError } from "../../../src/errors.js";
import { inputHashes } from "../../../src/runs/orders/identity.js";
import {
  checkIdempotencyKey,
  type FinetuneInput,
  orderEmbedding,
  orderFinetune,
} from "../../../src/runs/orders/input.js";
import { ENGINE_OPTIONS } from "../../../src/train/options/table.js";

const input = (changes: Record<string, unknown> = {}): FinetuneInput => ({
  name: "n",
  baseModel: "base",
  dataset: "sample",
  target: "superclass",
  ...changes,
});
const refusal = (changes: Record<string, unknown>): MaillardError => {
  try {
    orderFinetune(input(changes));
  } catch (error) {
    return error as MaillardError;
  }
  throw new Error(`${JSON.stringify(changes)} was taken`);
};

describe("an order", () => {
  it("has every default of the API written out", () => {
    expect(orderFinetune(input())).toEqual({
      name: "n",
      baseModel: "base",
      dataset: "sample",
      target: "superclass",
      targets: ["superclass"],
      epochs: 5,
      batchSize: 16,
      learningRate: 2e-5,
      weightDecay: 0.01,
      warmupSteps: 0,
      gradientClip: 1,
      dropout: null,
      split: { strategy: "SCAFFOLD", fractions: [0.8, 0.1, 0.1], column: null },
      seed: 42,
      minClassSize: 10,
      onOverlap: "error",
      maxClassSize: null,
      topClasses: null,
      maxLength: null,
      device: null,
      randomInitialWeights: false,
      augmentation: 0,
      evaluationForms: 1,
      maxSteps: null,
      gradientAccumulationSteps: 1,
      groupByLength: false,
      lrSchedulerType: "linear",
      warmupRatio: 0,
      adamBeta1: 0.9,
      adamBeta2: 0.999,
      adamEpsilon: 1e-8,
      labelSmoothingFactor: 0,
      classWeights: "none",
      hiddenDropout: null,
      attentionDropout: null,
      classifierDropout: null,
      layerwiseLearningRateDecay: 1,
      freezeEmbeddings: false,
      frozenLayers: 0,
      lora: null,
      evalSteps: null,
      metricForBestModel: null,
      loadBestModelAtEnd: false,
      earlyStoppingPatience: null,
      earlyStoppingThreshold: 0,
      temperatureScaling: false,
      saveTotalLimit: null,
      logEvery: null,
      checkpointEvery: null,
      recipe: "auto",
      open: ["epochs", "batchSize", "learningRate", "warmupRatio", "augmentation"],
    });
  });

  it("has every option of training but what is masked tokens' and the machine's", () => {
    const rest = ENGINE_OPTIONS.filter((name) => name !== "maskProbability" && name !== "threads");
    expect(Object.keys(orderFinetune(input()))).toEqual(expect.arrayContaining(rest));
  });

  it.each([
    ["epochs", [0, -1, 1000.5, Number.NaN], [0.5, 1000]],
    ["batchSize", [0, 1025, 1.5], [1, 1024]],
    ["learningRate", [0, -1e-5, 1.01, Number.NaN, Number.POSITIVE_INFINITY], [1e-9, 1]],
    ["weightDecay", [-0.1, 1.1], [0, 1]],
    ["warmupSteps", [-1, 0.5], [0, 100]],
    ["gradientClip", [-1, Number.POSITIVE_INFINITY], [0, 5]],
    ["dropout", [-0.1, 1], [0, 0.99, null]],
    ["seed", [-1, 1.5], [0, 2 ** 31 - 1]],
    ["minClassSize", [0, 2.5], [1, 50]],
    ["maxLength", [2, 3.5], [3, 512, null]],
    ["maxSteps", [0, 1.5], [1, null]],
    ["gradientAccumulationSteps", [0, 1.5], [1, 8]],
    ["lrSchedulerType", ["polynomial", ""], ["cosine", "constant"]],
    ["warmupRatio", [-0.1, 1], [0, 0.5]],
    ["layerwiseLearningRateDecay", [0, 1.1], [0.8, 1]],
    ["adamBeta1", [-0.1, 1], [0, 0.5]],
    ["adamBeta2", [-0.1, 1], [0, 0.5]],
    ["adamEpsilon", [0, Number.NaN], [1e-12]],
    ["labelSmoothingFactor", [-0.1, 1], [0, 0.1]],
    ["classWeights", ["sqrt"], ["balanced"]],
    ["hiddenDropout", [-0.1, 1], [0, 0.5, null]],
    ["attentionDropout", [-0.1, 1], [0, 0.5, null]],
    ["classifierDropout", [-0.1, 1], [0, 0.5, null]],
    ["frozenLayers", [-1, 0.5], [0, 3]],
    ["evalSteps", [0, 0.5], [1, null]],
    ["earlyStoppingPatience", [0, 0.5], [1, null]],
    ["earlyStoppingThreshold", [-1, Number.NaN], [0, 0.01]],
    ["saveTotalLimit", [0, 0.5], [1, null]],
    ["logEvery", [0, 0.5], [1, null]],
    ["checkpointEvery", [0, 0.5], [1, null]],
    [
      "lora",
      [
        { rank: 0, alpha: 8, targets: ["query"] },
        { rank: 8, alpha: 0, targets: ["query"] },
        { rank: 8, alpha: 8, targets: [] },
        { rank: 8, alpha: 8, targets: ["pooler"] },
      ],
      [{ rank: 8, alpha: 8, targets: ["query", "value"] }, null],
    ],
  ])("names option, value and rule of %s at its limits", (option, bad, good) => {
    for (const value of bad) {
      const error = refusal({ [option]: value });
      expect(error).toMatchObject({ code: "INVALID_CONFIG", param: option, details: { option } });
      expect(error.message).toContain(option);
      expect(error.details?.rule).toEqual(expect.any(String));
    }
    for (const value of good) expect(orderFinetune(input({ [option]: value }))).toMatchObject({ [option]: value });
  });

  it.each([
    [{ strategy: "ALPHABETIC" }, "split.strategy"],
    [{ strategy: "COLUMN" }, "split.column"],
    [{ strategy: "RANDOM", column: "fold" }, "split.column"],
    [{ strategy: "RANDOM", fractions: [0.8, 0.1] }, "split.fractions"],
    [{ strategy: "RANDOM", fractions: [0.8, 0.1, 0.2] }, "split.fractions"],
    [{ strategy: "SCAFFOLD", fractions: [0, 0.5, 0.5] }, "split.fractions"],
    [{ strategy: "SCAFFOLD", fractions: [1.2, -0.1, -0.1] }, "split.fractions"],
  ])("refuses the split %j by %s", (split, param) => {
    expect(refusal({ split })).toMatchObject({ code: "INVALID_CONFIG", param });
  });

  it("is the same as another exactly when nothing differs after the defaults", () => {
    const hash = (changes: Record<string, unknown>) => inputHashes("FINETUNE", orderFinetune(input(changes))).own;
    expect(hash({ seed: 42, idempotencyKey: "a" })).toBe(hash({ dropout: null, idempotencyKey: "b" }));
    expect(hash({ split: { column: null, fractions: [0.8, 0.1, 0.1], strategy: "SCAFFOLD" } })).toBe(hash({}));
    const others = [
      { gradientAccumulationSteps: 2 },
      { lora: { rank: 4, alpha: 8, targets: ["query"] } },
      { seed: 43 },
      { name: "m" },
      { epochs: 4 },
      { randomInitialWeights: true },
      { split: { strategy: "RANDOM" } },
    ];
    expect(new Set([hash({}), ...others.map(hash)]).size).toBe(8);
    expect(inputHashes("EMBEDDING", orderEmbedding({ model: "m", dataset: "d" }))).toEqual(
      inputHashes("EMBEDDING", orderEmbedding({ dataset: "d", model: "m", pooling: "CLS" })),
    );
  });
});

it("an order of settings that were there from the start keeps the hash that it had before there were others", () => {
  const before =
    'FINETUNE {"name":"n","baseModel":"base","dataset":"sample","target":"superclass","epochs":5,"batchSize":16,' +
    '"learningRate":0.00002,"weightDecay":0.01,"warmupSteps":0,"gradientClip":1,"dropout":null,"split":{"strategy":' +
    '"SCAFFOLD","fractions":[0.8,0.1,0.1],"column":null},"seed":42,"minClassSize":10,"maxLength":null,"device":null,' +
    '"randomInitialWeights":false}';
  expect(inputHashes("FINETUNE", orderFinetune(input())).earlier).toBe(
    createHash("sha256").update(before).digest("hex"),
  );
});

describe("the label sets of an order", () => {
  const targetsOf = (changes: object) => {
    const { target, targets } = orderFinetune({ name: "n", baseModel: "base", dataset: "sample", ...changes });
    return [target, targets];
  };
  it("are one or several, and one of a list is as one by itself", () => {
    expect(targetsOf({ target: "a,b" })).toEqual(["a,b", ["a,b"]]);
    expect(targetsOf({ targets: ["a"] })).toEqual(["a", ["a"]]);
    expect(targetsOf({ targets: ["b", "a"], target: null })).toEqual([null, ["b", "a"]]);
    const hash = (changes: object) =>
      inputHashes("FINETUNE", orderFinetune({ name: "n", baseModel: "b", dataset: "d", ...changes })).own;
    expect(hash({ targets: ["a"] })).toBe(hash({ target: "a" }));
    expect(hash({ targets: ["a", "b"] })).not.toBe(hash({ targets: ["b", "a"] }));
  });

  it.each([
    [{}, "target"],
    [{ target: "a", targets: ["b"] }, "target"],
    [{ targets: [] }, "targets"],
    [{ targets: ["a", "a"] }, "targets"],
    [{ targets: Array.from({ length: 1_001 }, (_, n) => `${n}`) }, "targets"],
  ])("are refused as %j", (changes, param) => {
    expect(() => targetsOf(changes)).toThrow(expect.objectContaining({ code: "INVALID_CONFIG", param }));
  });
});

describe("an idempotency key", () => {
  it("has 1 to 200 characters", () => {
    expect([checkIdempotencyKey(undefined), checkIdempotencyKey(null), checkIdempotencyKey("k".repeat(200))]).toEqual([
      null,
      null,
      "k".repeat(200),
    ]);
    for (const key of ["", "k".repeat(201), "a\0b"]) expect(() => checkIdempotencyKey(key)).toThrow("idempotencyKey");
  });
});
