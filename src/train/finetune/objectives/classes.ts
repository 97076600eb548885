/** SINGLE_LABEL and MULTI_LABEL: logits give probabilities, so both are calibrated in the same way. */
import { evaluate } from "../../../scores/classes.js";
import { multiLabelReport } from "../../../scores/reports.js";
import { scaleOutputs } from "../../../scores/target-scale.js";
import type { EvaluationReport, Floats, MultiLabelReport, SplitName } from "../../../scores/types.js";
import { checkTargets, targetsOf } from "../../data/targets.js";
import { predictSequences } from "../../step/predict.js";
import type { Example } from "../../types.js";
import type { Objective, ObjectiveSetting } from "./objective.js";
import { type CalibratedTask, calibrationOf, type Truth, temperatureFor } from "./temperature.js";

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
  const { labels, training, family } = setting;
  const targets = targetsOf(training, labels);
  checkTargets(targets, labels, (value) => value === 0 || value === 1, "0 or 1");
  const objective = calibrated("MULTI_LABEL", setting, {
    batch: (examples) => ({
      sequences: examples.map(({ tokenIds }) => tokenIds),
      labels: [],
      targets: Float32Array.from(targetsOf(examples, labels)),
    }),
    truthOf: (examples) => targetsOf(examples, labels),
    report: (logits, truth, split) => multiLabelReport(logits, truth, { split, labels }),
  });
  const one = new Float64Array(labels.length).fill(1);
  const prior = logOdds(targets, labels.length);
  return { ...objective, start: (weights) => scaleOutputs(weights, family, one, prior) };
}

/**
 * Logits of the share of each label among the measured training molecules, with one yes and one no added. A head that
 * starts there need not learn first that most labels are rare, which would saturate the layers below it (Lin et al.
 * 2017, arXiv:1708.02002, 4.1).
 */
function logOdds(targets: Floats, labels: number): Float64Array {
  const yes = new Float64Array(labels).fill(1);
  const no = new Float64Array(labels).fill(1);
  for (const [i, value] of targets.entries()) {
    if (value === 1) yes[i % labels]++;
    else if (value === 0) no[i % labels]++;
  }
  return yes.map((count, j) => Math.log(count / no[j]));
}

interface Parts<T extends Truth> {
  batch: Objective["batch"];
  truthOf(examples: readonly Example[]): T;
  report(logits: Floats, truth: T, split: SplitName): EvaluationReport | MultiLabelReport;
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
