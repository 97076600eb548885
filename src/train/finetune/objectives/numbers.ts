/** REGRESSION: numbers are learned standardised, and reported in their units; the saved model predicts in units. */

import { regressionReport } from "../../../scores/reports.js";
import { fitTargetScale, scaleOutputs, standardize, toUnits } from "../../../scores/target-scale.js";
import { checkTargets, targetsOf } from "../../data/targets.js";
import { predictSequences } from "../../step/predict.js";
import type { Objective, ObjectiveSetting } from "./objective.js";

export function regression({ family, labels, training }: ObjectiveSetting): Objective {
  const known = targetsOf(training, labels);
  checkTargets(known, labels, Number.isFinite, "a finite number");
  const scale = fitTargetScale(known, labels.length);
  return {
    task: "REGRESSION",
    batch: (examples) => ({
      sequences: examples.map(({ tokenIds }) => tokenIds),
      labels: [],
      targets: Float32Array.from(standardize(targetsOf(examples, labels), scale)),
    }),
    async evaluate(trainer, split, examples, beforeBatch, keep) {
      const outputs = await predictSequences(trainer, examples, beforeBatch);
      keep?.(toUnits(outputs, scale));
      return regressionReport(outputs, targetsOf(examples, labels), { split, labels, scale });
    },
    goOn: (weights) =>
      scaleOutputs(
        weights,
        family,
        scale.deviation.map((deviation) => 1 / deviation),
        scale.mean.map((mean, j) => -mean / scale.deviation[j]),
      ),
    finish: (weights) => scaleOutputs(weights, family, scale.deviation, scale.mean),
  };
}
