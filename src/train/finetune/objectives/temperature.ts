/** Temperature scaling of a sequence head: fitted on one split, scored on another. See scores/calibration.ts. */
import { scoresOf } from "../../../model/scores.js";
import { expectedCalibrationError, fitLabelTemperature, fitTemperature } from "../../../scores/calibration.js";
import { crossEntropy, greatest, logisticLoss } from "../../../scores/logits.js";
import type { Calibration, Floats } from "../../../scores/types.js";

export type CalibratedTask = "SINGLE_LABEL" | "MULTI_LABEL";
/** SINGLE_LABEL: class of each row. MULTI_LABEL: [rows, labels] of 0, 1 or NaN. */
export type Truth = Int32Array | Floats;

export const temperatureFor = (task: CalibratedTask, logits: Floats, truth: Truth, labels: number): number =>
  task === "SINGLE_LABEL" ? fitTemperature(logits, truth, labels) : fitLabelTemperature(logits, truth);

/** Loss and calibration error at a temperature. */
export function calibrationOf(
  task: CalibratedTask,
  logits: Floats,
  truth: Truth,
  labels: number,
  temperature: number,
): Calibration {
  const scaled = logits.map((value) => value / temperature);
  const confidences: number[] = [];
  const right: boolean[] = [];
  let loss = 0;
  if (task === "SINGLE_LABEL") {
    truth.forEach((label: number, row: number) => {
      const values = scaled.subarray(row * labels, (row + 1) * labels);
      const answer = greatest(values);
      confidences.push(scoresOf(task, values)[answer]);
      right.push(answer === label);
      loss += crossEntropy(values, label);
    });
  } else {
    const probabilities = scoresOf(task, scaled);
    truth.forEach((value: number, i: number) => {
      if (Number.isNaN(value)) return;
      confidences.push(probabilities[i]);
      right.push(value === 1);
      loss += logisticLoss(scaled[i], value);
    });
  }
  return {
    temperature,
    loss: loss / confidences.length,
    calibrationError: expectedCalibrationError(confidences, right),
  };
}
