/** The engine's options of an order, and which checkpoints are kept. */
import { describe, expect, it } from "vitest";
import { type FinetuneOrder, orderFinetune } from "../../../src/runs/orders/input.js";
import { checkSettings, hyperparametersOf } from "../../../src/runs/orders/training-settings.js";
import { keptOf } from "../../../src/runs/removal/retention.js";
import { BASE_FOLDER } from "../../support/run-fixtures.js";

const order = (changes: object = {}): FinetuneOrder =>
  orderFinetune({ name: "n", baseModel: "b", dataset: "d", target: "t", ...changes });

describe("an order as the engine takes it", () => {
  const settings = (changes: object, training = 100) => hyperparametersOf(order(changes), training, 3);

  it("has the settings by name, the machine's threads, and leaves folders to the run", () => {
    const lora = { rank: 4, alpha: 8, targets: ["query"] };
    expect(settings({ lora, warmupRatio: 0.1, saveTotalLimit: 1 })).toMatchObject({
      lora,
      warmupRatio: 0.1,
      epochs: 5,
      batchSize: 16,
      threads: 3,
      saveTotalLimit: null,
      maxSteps: null,
    });
  });

  it("ends within an epoch as Hugging Face does: epochs 2.5 of 4 steps are 10 updates", () => {
    expect(settings({ epochs: 2.5, gradientAccumulationSteps: 2 })).toMatchObject({ epochs: 3, maxSteps: 10 });
    expect(settings({ epochs: 0.1 })).toMatchObject({ epochs: 1, maxSteps: 1 });
    expect(settings({ epochs: 2.5, maxSteps: 7 })).toMatchObject({ maxSteps: 7 });
  });

  it("logs about ten times an epoch of updates, at most every 10, by default", () => {
    const every = (changes: object, training: number) => settings({ batchSize: 10, ...changes }, training).logEvery;
    expect([every({}, 50), every({}, 500), every({}, 5_000), every({}, 50_000)]).toEqual([1, 5, 10, 10]);
    expect(every({ gradientAccumulationSteps: 2 }, 500)).toBe(2);
    expect(every({ logEvery: 25 }, 500)).toBe(25);
    expect([settings({}).checkpointEvery, settings({ checkpointEvery: 7 }).checkpointEvery]).toEqual([200, 7]);
  });

  it("of an earlier version, which had fewer settings, is understood", () => {
    const { gradientAccumulationSteps: _, maxSteps: __, logEvery: ___, ...earlier } = order({ batchSize: 10 });
    expect(hyperparametersOf(earlier as FinetuneOrder, 500, 1)).toMatchObject({ maxSteps: null, logEvery: 5 });
  });
});

describe("settings that are each fine", () => {
  const check = (changes: object, validation = 10) =>
    checkSettings(order(changes), { task: "SINGLE_LABEL", folder: BASE_FOLDER, training: 100, validation });

  it.each([
    ["frozenLayers", { frozenLayers: 3 }],
    ["lora", { lora: { rank: 33, alpha: 8, targets: ["query"] } }],
    ["frozenLayers", { frozenLayers: 1, lora: { rank: 4, alpha: 8, targets: ["query"] } }],
    ["warmupRatio", { warmupRatio: 0.1, warmupSteps: 5 }],
    ["metricForBestModel", { metricForBestModel: "rmse" }],
  ])("are refused by %s when they do not go together: %j", async (param, changes) => {
    await expect(check(changes)).rejects.toMatchObject({ code: "INVALID_CONFIG", param });
  });

  it.each(["loadBestModelAtEnd", "temperatureScaling"])("%s needs a validation split", async (param) => {
    await expect(check({ [param]: true }, 0)).rejects.toMatchObject({ code: "INVALID_CONFIG", param });
    await expect(check({ [param]: true }, 1)).resolves.toBeUndefined();
  });
});

describe("checkpoints that stay", () => {
  const rows = (...scores: (number | null)[]) =>
    scores.map((score, index) => ({ step: index + 1, score })).sort((a, b) => b.step - a.step);
  const kept = (limit: number, ...scores: (number | null)[]) => keptOf(rows(...scores), limit).map(({ step }) => step);

  it("are the last ones and the first of the best", () => {
    expect(kept(2, 0.1, 0.9, 0.9, 0.3, null)).toEqual([5, 4, 2]);
    expect(kept(1, 0.1, 0.2, 0.3)).toEqual([3]);
    expect(kept(1, null, null)).toEqual([2]);
  });

  it("hold the best of each of the last: a run that continues before the newest finds its own", () => {
    expect(kept(2, 0.5, 0.1, 0.2, 0.9)).toEqual([4, 3, 1]);
  });

  it("are all that a run of any length needs, when each is judged by what stayed before", () => {
    const scores = [0.3, 0.5, 0.4, 0.45, 0.8, 0.1, 0.9, 0.2, null, 0.9];
    let stayed: { step: number; score: number | null }[] = [];
    scores.forEach((score, index) => {
      stayed = keptOf([{ step: index + 1, score }, ...stayed], 2);
      const all = rows(...scores.slice(0, index + 1));
      expect(stayed).toEqual(keptOf(all, 2));
    });
  });
});
