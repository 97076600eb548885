/** SINGLE_LABEL and MULTI_LABEL: logits are those of probabilities, so both are calibrated in the same way. */
import { evaluate } from "../metrics.js";
import { predictSequences } from "../predict.js";
import { multiLabelReport } from "../reports.js";
import { scaleOutputs } from "../target-scale.js";
import { type CalibratedTask, calibrationOf, type Truth, temperatureFor } from "../temperature.js";
import type { EvaluationReport, Example, MultiLabelReport, SplitName } from "../types.js";
import type { Objective, ObjectiveSetting } from "./objective.js";
import { checkTargets, targetsOf } from "./targets.js";

export function singleLabel(setting: ObjectiveSetting): Objective {
  const { labels, training } = setting;
  const majority = mostFrequent(training, labels.length);
  return calibrated("SINGLE_LABEL", setting, {
    batch: (examples) => ({
      sequences: examples.map(({ tokenIds }) => tokenIds),
      labels: examples.map(({ label }) => label),
    }),
    truthOf: (examples) => Int32Array.from(examples, ({ label }) => label),
    report: (logits, truth, split) => evaluate(logits, truth, { split, labels, majority }),
  });
}

export function multiLabel(setting: ObjectiveSetting): Objective {
  const { labels, training } = setting;
  checkTargets(targetsOf(training, labels), labels, (value) => value === 0 || value === 1, "0 or 1");
  return calibrated("MULTI_LABEL", setting, {
    batch: (examples) => ({
      sequences: examples.map(({ tokenIds }) => tokenIds),
      labels: [],
      targets: targetsOf(examples, labels),
    }),
    truthOf: (examples) => targetsOf(examples, labels),
    report: (logits, truth, split) => multiLabelReport(logits, truth, { split, labels }),
  });
}

interface Parts<T extends Truth> {
  batch: Objective["batch"];
  truthOf(examples: readonly Example[]): T;
  report(logits: Float32Array, truth: T, split: SplitName): EvaluationReport | MultiLabelReport;
}

function calibrated<T extends Truth>(
  task: CalibratedTask,
  { family, labels }: ObjectiveSetting,
  { batch, truthOf, report }: Parts<T>,
): Objective {
  let temperature: number | null = null;
  return {
    task,
    batch,
    async evaluate(trainer, split, examples, beforeBatch, keep) {
      const logits = await predictSequences(trainer, examples, beforeBatch);
      keep?.(logits);
      const truth = truthOf(examples);
      const scored = report(logits, truth, split);
      if (temperature === null) return scored;
      return { ...scored, calibration: calibrationOf(task, logits, truth, labels.length, temperature) };
    },
    async calibrate(trainer, examples, beforeBatch) {
      const logits = await predictSequences(trainer, examples, beforeBatch);
      temperature = temperatureFor(task, logits, truthOf(examples), labels.length);
      return temperature;
    },
    finish(weights, divisor) {
      if (divisor === null) return weights;
      return scaleOutputs(weights, family, new Float64Array(labels.length).fill(1 / divisor));
    },
  };
}

function mostFrequent(examples: readonly Example[], classes: number): number {
  const counts = new Int32Array(classes);
  for (const { label } of examples) counts[label]++;
  return counts.indexOf(Math.max(...counts));
}
