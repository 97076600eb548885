/** Requests for sweeps: the options of each trial, the rungs of halving, and what is refused. */
import { describe, expect, it } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { checkSearch, drawn, gridOf, optionValue } from "../../../src/runs/orders/sweep/configurations.js";
import { orderSweep, type SweepInput } from "../../../src/runs/orders/sweep/order.js";
import { rungsOf } from "../../../src/runs/orders/sweep/rungs.js";
import { order } from "../../support/run-fixtures.js";

describe("the rungs of halving", () => {
  it.each([
    // trials, epochs, factor, minEpochs -> rungs, sizes
    [27, 27, 3, 1, [1, 3, 9, 27], [27, 9, 3, 1]],
    [27, 8, 3, 1, [3, 8], [27, 9]],
    [27, 9, 3, 1, [1, 3, 9], [27, 9, 3]],
    [27, 20, 3, 1, [2, 7, 20], [27, 9, 3]],
    [10, 16, 2, 2, [2, 4, 8, 16], [10, 5, 2, 1]],
    [243, 243, 3, 1, [1, 3, 9, 27, 81, 243], [243, 81, 27, 9, 3, 1]],
    [2, 100, 3, 1, [100], [2]],
    [27, 2, 3, 1, [2], [27]],
  ])("of %i trials and %i epochs by %i from %i", (trials, epochs, factor, minEpochs, rungs, sizes) => {
    expect(rungsOf({ trials, epochs, factor, minEpochs })).toEqual({ rungs, sizes });
  });
});

describe("configurations", () => {
  const rates = { option: "learningRate", from: 1e-5, to: 1e-3, scale: "LOG" };

  it("of a grid: every combination, the last option changes fastest", () => {
    const search = checkSearch([
      { ...rates, count: 3 },
      { option: "lrSchedulerType", values: ["cosine", "LINEAR"] },
    ]);
    expect(gridOf(search)).toEqual([
      { learningRate: 1e-5, lrSchedulerType: "COSINE" },
      { learningRate: 1e-5, lrSchedulerType: "LINEAR" },
      { learningRate: 1e-4, lrSchedulerType: "COSINE" },
      { learningRate: 1e-4, lrSchedulerType: "LINEAR" },
      { learningRate: 1e-3, lrSchedulerType: "COSINE" },
      { learningRate: 1e-3, lrSchedulerType: "LINEAR" },
    ]);
    expect(optionValue("lrSchedulerType", "COSINE")).toBe("cosine");
  });

  it("drawn: a function of the seed, within the ranges, none twice; more trials begin with the same ones", () => {
    const search = checkSearch([rates, { option: "batchSize", from: 8, to: 32 }, { option: "lora", values: [null] }]);
    const trials = drawn(search, 40, 7);
    expect(drawn(search, 40, 7)).toEqual(trials);
    expect(drawn(search, 10, 7)).toEqual(trials.slice(0, 10));
    expect(drawn(search, 10, 8)).not.toEqual(trials.slice(0, 10));
    const values = trials as { learningRate: number; batchSize: number; lora: null }[];
    expect(values.every(({ learningRate }) => learningRate >= 1e-5 && learningRate <= 1e-3)).toBe(true);
    // Half of them below the middle of the logarithms, where even draws would put a tenth.
    const below = values.filter(({ learningRate }) => learningRate < 1e-4).length;
    expect(below).toBeGreaterThan(10);
    expect(below).toBeLessThan(30);
    expect(values.every(({ batchSize }) => Number.isInteger(batchSize) && batchSize >= 8 && batchSize <= 32)).toBe(
      true,
    );
    expect(new Set(trials.map((trial) => JSON.stringify(trial))).size).toBe(40);
  });

  it("of few combinations: all of them, and no more", () => {
    const search = checkSearch([{ option: "batchSize", values: [8, 16, 32] }]);
    expect(new Set(drawn(search, 3, 1).map(({ batchSize }) => batchSize))).toEqual(new Set([8, 16, 32]));
    expect(() => drawn(search, 4, 1)).toThrow(expect.objectContaining({ code: "INVALID_CONFIG", param: "trials" }));
  });

  it("may search an option that is an object, or a list in it", () => {
    const [dimension] = checkSearch([{ option: "lora", values: [null, { rank: 4, targets: ["QUERY"] }] }]);
    const [, lora] = (dimension as unknown as { values: unknown[] }).values;
    expect(lora).toMatchObject({ rank: 4, targets: ["QUERY"] });
    expect(optionValue("lora", lora)).toMatchObject({ rank: 4, targets: ["query"] });
  });
});

describe("an order", () => {
  const input = (changes: Partial<SweepInput> = {}): SweepInput => ({
    finetune: order({ name: "s" }),
    search: [{ option: "batchSize", values: [5, 10] }],
    method: "GRID",
    ...changes,
  });
  const refusal = (changes: Partial<SweepInput>): Partial<MaillardError> => {
    try {
      orderSweep(input(changes));
    } catch (error) {
      return MaillardError.from(error);
    }
    return {};
  };

  it("has a finetune for each trial: one split, and one seed unless that is searched", () => {
    const { runs } = orderSweep(input({ finetune: order({ name: "s", seed: 9 }) }));
    expect(runs.map(({ name, batchSize, seed, split }) => [name, batchSize, seed, split.seed])).toEqual([
      ["s-1", 5, 9, 9],
      ["s-2", 10, 9, 9],
    ]);
    const seeds = orderSweep(input({ search: [{ option: "seed", values: [1, 2] }] })).runs;
    expect(seeds.map(({ seed, split }) => [seed, split.seed])).toEqual([
      [1, 42],
      [2, 42],
    ]);
    const named = orderSweep(input({ objective: { metric: "accuracy" } })).runs;
    expect(named.map(({ metricForBestModel }) => metricForBestModel)).toEqual(["accuracy", "accuracy"]);
  });

  it.each<[string, Partial<SweepInput>, string]>([
    ["an unknown option", { search: [{ option: "lr", values: [1] }] }, "search.0.option"],
    ["no option", { search: [] }, "search"],
    ["an option twice", { search: [1, 2].map((one) => ({ option: "seed", values: [one] })) }, "search"],
    ["a value that breaks the option's rule", { search: [{ option: "batchSize", values: [8, 0] }] }, "batchSize"],
    ["a choice that is none", { search: [{ option: "lrSchedulerType", values: ["STEEP"] }] }, "lrSchedulerType"],
    ["an end that breaks it", { search: [{ option: "dropout", from: 0, to: 2, count: 2 }] }, "dropout"],
    ["a range of no number", { search: [{ option: "recipe", from: 0, to: 1 }] }, "search.0.values"],
    ["a range without a count in a grid", { search: [{ option: "dropout", from: 0, to: 0.5 }] }, "search.0.count"],
    ["logarithms from 0", { search: [{ option: "dropout", from: 0, to: 0.5, scale: "LOG" }] }, "search.0.from"],
    ["an empty range", { search: [{ option: "dropout", from: 0.5, to: 0.5 }] }, "search.0.from"],
    ["too many combinations", { search: [{ option: "seed", from: 0, to: 400, count: 257 }] }, "search.0.count"],
    [
      "too many combinations of several",
      { search: ["seed", "logEvery"].map((option) => ({ option, from: 1, to: 17, count: 17 })) },
      "search",
    ],
    ["random draws without their number", { method: "RANDOM" }, "trials"],
    ["a grid with a number", { trials: 3 }, "trials"],
    ["too many draws", { method: "RANDOM", trials: 257 }, "trials"],
    ["another method", { method: "BAYES" }, "method"],
    ["a factor of 1", { halving: { factor: 1 } }, "halving.factor"],
    [
      "epochs that halving gives itself",
      { method: "HALVING", search: [{ option: "epochs", values: [1, 2] }] },
      "search",
    ],
    ["a key of the finetune", { finetune: order({ name: "s", idempotencyKey: "k" }) }, "finetune.idempotencyKey"],
  ])("refuses %s", (_, changes, param) => {
    expect(refusal(changes)).toMatchObject({ code: "INVALID_CONFIG", param });
  });
});
