/** What a finetune has to beat: scores of a constant answer and of the linear layer, from the same molecules. */
import { expect, it } from "vitest";
import { type BaselineRequest, baselinesOf } from "../../../src/analysis/evaluation/baselines.js";
import type { SequenceTask } from "../../../src/model/types.js";
import type { SplitName } from "../../../src/scores/types.js";

/** Bit 0 of the fingerprint is what is to be learned; bit 9 + i of molecule i says nothing. */
function request(task: SequenceTask, labels: string[], truth: (bit: number, i: number) => number[]): BaselineRequest {
  const count = 40;
  const splitOf = (i: number): SplitName => (i % 5 === 4 ? "TEST" : i % 5 === 3 ? "VALIDATION" : "TRAIN");
  const fingerprints = new Uint8Array(count * 8);
  const examples = Array.from({ length: count }, (_, i) => {
    const bit = i % 3 === 0 ? 1 : 0;
    fingerprints[i * 8] = bit;
    fingerprints[i * 8 + 1 + (i % 7)] = 1 << (i % 8);
    const values = truth(bit, i);
    const taught = task === "SINGLE_LABEL" ? { label: values[0] } : { label: 0, targets: Float32Array.from(values) };
    return { tokenIds: new Int32Array(), split: splitOf(i), ...taught };
  });
  const outputs = new Map<SplitName, Float32Array>(
    (["VALIDATION", "TEST"] as const).map((split) => {
      const size = examples.filter((example) => example.split === split).length * labels.length;
      return [split, Float32Array.from({ length: size }, (_, i) => (i % 2 ? 0.25 : -0.25))];
    }),
  );
  return { task, labels, examples, fingerprints, molecules: Int32Array.from(examples, (_, i) => i), outputs };
}

it("of classes: the majority, and a layer that finds the bit", () => {
  const [validation, test] = baselinesOf(request("SINGLE_LABEL", ["no", "yes"], (bit) => [bit]));
  expect([validation.split, test.split]).toEqual(["VALIDATION", "TEST"]);
  const [constant, linear] = test.baselines;
  // Of the 8 test molecules 4, 9, 14, … 39 those that are multiples of 3 are "yes": 9, 24, 39.
  expect(constant).toMatchObject({ kind: "CONSTANT", label: "no", differences: [], mcnemar: null });
  expect(constant.scores.accuracy).toBeCloseTo(5 / 8, 12);
  expect(constant.scores.rocAuc).toBeCloseTo(0.5, 12);
  expect(linear).toMatchObject({ kind: "FINGERPRINT", label: null, mcnemar: { onlyB: 0 } });
  expect(linear.scores.accuracy).toBe(1);
  // The finetune answers "yes" to everything.
  expect(test.scores.accuracy).toBeCloseTo(3 / 8, 12);
  const accuracy = linear.differences.find(({ name }) => name === "accuracy")!;
  expect(accuracy.difference).toBeCloseTo(3 / 8 - 1, 12);
  expect(accuracy.high).toBeLessThan(0);
  expect(linear.mcnemar).toMatchObject({ bothRight: 3, onlyA: 5, onlyB: 0, bothWrong: 0, pValue: 2 / 2 ** 5 });
});

it("of labels: each one's share, with missing values; of numbers: the mean, and the ridge regression", () => {
  const labels = baselinesOf(request("MULTI_LABEL", ["a", "b"], (bit, i) => [bit, i % 4 === 1 ? Number.NaN : 1 - bit]));
  const [share, layer] = labels[1].baselines;
  expect(share.scores.rocAuc).toBeCloseTo(0.5, 12);
  expect(layer.scores.rocAuc).toBe(1);
  expect(layer.mcnemar).toBeNull();

  const numbers = baselinesOf(request("REGRESSION", ["x"], (bit, i) => [bit * 10 + (i % 2)]));
  const [mean, ridge] = numbers[1].baselines;
  expect(mean.scores.r2).toBeLessThanOrEqual(0);
  expect(ridge.scores.rmse).toBeLessThan((mean.scores.rmse as number) / 2);
  const { a, b, difference, low } = ridge.differences.find(({ name }) => name === "rmse")!;
  expect(a).toBe(ridge.scores.rmse);
  expect(difference).toBeCloseTo((b as number) - (a as number), 12);
  // More error than the ridge regression, whichever molecules are drawn.
  expect(low).toBeGreaterThan(0);
});

it("molecules that have several rows are drawn with all of them: the interval is wider than by row", () => {
  const byRow = request("SINGLE_LABEL", ["no", "yes"], (bit) => [bit]);
  const few = { ...byRow, molecules: Int32Array.from(byRow.examples, (_, i) => (i < 20 ? 0 : 1)) };
  const width = (asked: BaselineRequest) => {
    const { low, high } = baselinesOf(asked)[1].baselines[1].differences.find(({ name }) => name === "accuracy")!;
    return [low, high];
  };
  expect(width(few)).not.toEqual(width(byRow));
});
