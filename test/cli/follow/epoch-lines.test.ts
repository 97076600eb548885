/** Metrics in their sequence become one line per epoch, also when some are sent again. */
import { expect, it } from "vitest";
import { EpochLines, type Metric } from "../../../src/cli/follow/epoch-lines.js";

let sequence = 0;
const metric = (split: Metric["split"], name: string, step: number, value: number): Metric => ({
  sequence: ++sequence,
  split,
  name,
  step,
  value,
  epoch: step / 4,
  at: "2026-11-24T00:00:00.000Z",
});

it("averages the training loss over the steps of the epoch and takes no metric twice", () => {
  const metrics = [
    metric("TRAIN", "loss", 3, 2),
    metric("TRAIN", "loss", 4, 6),
    metric("VALIDATION", "loss", 4, 1.5),
    metric("VALIDATION", "accuracy", 4, 0.25),
    metric("VALIDATION", "macroF1", 4, 0.2),
    metric("TRAIN", "loss", 8, 1),
    metric("VALIDATION", "loss", 8, 1),
    metric("VALIDATION", "accuracy", 8, 0.5),
    metric("VALIDATION", "macroF1", 8, 0.5),
    metric("TEST", "loss", 8, 9),
  ];
  const lines = new EpochLines();
  // The mean over the 3 + 1 steps of the first epoch: (3 x 2 + 1 x 6) / 4.
  const expected = [
    "epoch 1   step 4   training loss 3.000   validation loss 1.500   accuracy 0.250   macro-F1 0.200",
    "epoch 2   step 8   training loss 1.000   validation loss 1.000   accuracy 0.500   macro-F1 0.500",
  ];
  expect(metrics.flatMap((one) => lines.add(one))).toEqual(expected);
  expect(lines.sequence).toBe(metrics.length);
  expect(metrics.flatMap((one) => lines.add(one))).toEqual([]);
});

it.each([
  [
    { loss: 0.5, rocAuc: 0.75, averagePrecision: 0.625 },
    "epoch 1   step 4   validation loss 0.500   ROC-AUC 0.750   average precision 0.625",
  ],
  [
    { loss: 0.5, rmse: 1.25, mae: 1, r2: 0.125 },
    "epoch 1   step 4   validation loss 0.500   RMSE 1.250   MAE 1.000   R² 0.125",
  ],
  [
    { loss: 0.5, accuracy: 0.75, macroF1: 0.625, rocAuc: 0.875 },
    "epoch 1   step 4   validation loss 0.500   accuracy 0.750   macro-F1 0.625",
  ],
])("prints the scores of a task: %j", (values, line) => {
  const lines = new EpochLines();
  const metrics = Object.entries(values).map(([name, value]) => metric("VALIDATION", name, 4, value));
  expect(metrics.flatMap((one) => lines.add(one))).toEqual([line]);
});
