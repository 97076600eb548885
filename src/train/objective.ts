/**
 * What a run teaches, by task: which head, what a batch asks, how a split is scored, and how the finished weights answer in
 * the caller's terms. The loop knows steps and files; everything that differs between tasks is here.
 */
import { MaillardError } from "../errors.js";
import type { Checkpoint, SequenceTask } from "../model/types.js";
import type { Tokenizer } from "../tokenizer/types.js";
import type { Batch } from "./batch.js";
import { maskTokens } from "./masking.js";
import type { TrainingTask } from "./metric-names.js";
import { evaluate } from "./metrics.js";
import { predictSequences } from "./predict.js";
import { MaskedTokenScores, multiLabelReport, regressionReport } from "./reports.js";
import { fitTargetScale, scaleOutputs, standardize } from "./target-scale.js";
import { calibrationOf, temperatureFor } from "./temperature.js";
import type { Trainer } from "./trainer.js";
import type { Example, SplitName, TaskReport } from "./types.js";

export interface Objective {
  readonly task: TrainingTask;
  /** The n-th part of a step's batch; `firstSequence` is the number of its first sequence in the step. */
  batch(examples: readonly Example[], step: number, firstSequence: number): Batch;
  /** `beforeBatch` is called before each batch and may throw to stop. */
  evaluate(
    trainer: Trainer,
    split: SplitName,
    examples: readonly Example[],
    beforeBatch: () => void,
  ): Promise<TaskReport>;
  /** Scores with the temperature that the validation split likes; the temperature itself. Once, when training is over. */
  calibrate?(trainer: Trainer, validation: readonly Example[], beforeBatch: () => void): Promise<number>;
  /** The weights of the model that is saved; `temperature` divides its logits. */
  finish(weights: Checkpoint["weights"], temperature: number | null): Checkpoint["weights"];
}

interface Setting {
  family: Checkpoint["config"]["family"];
  labels: readonly string[];
  training: readonly Example[];
}

export function sequenceObjective(task: SequenceTask, setting: Setting): Objective {
  switch (task) {
    case "SINGLE_LABEL":
      return singleLabel(setting);
    case "MULTI_LABEL":
      return multiLabel(setting);
    case "REGRESSION":
      return regression(setting);
    default:
      throw task satisfies never;
  }
}

const sequencesOf = (examples: readonly Example[]) => examples.map(({ tokenIds }) => tokenIds);

function singleLabel({ family, labels, training }: Setting): Objective {
  const majority = mostFrequent(training, labels.length);
  const truthOf = (examples: readonly Example[]) => Int32Array.from(examples, ({ label }) => label);
  let temperature: number | null = null;
  return {
    task: "SINGLE_LABEL",
    batch: (examples) => ({ sequences: sequencesOf(examples), labels: examples.map(({ label }) => label) }),
    async evaluate(trainer, split, examples, beforeBatch) {
      const logits = await predictSequences(trainer, examples, beforeBatch);
      const truth = truthOf(examples);
      const report = evaluate(logits, truth, { split, labels, majority });
      if (temperature === null) return report;
      return { ...report, calibration: calibrationOf("SINGLE_LABEL", logits, truth, labels.length, temperature) };
    },
    async calibrate(trainer, validation, beforeBatch) {
      const logits = await predictSequences(trainer, validation, beforeBatch);
      temperature = temperatureFor("SINGLE_LABEL", logits, truthOf(validation), labels.length);
      return temperature;
    },
    finish: (weights, divisor) =>
      divisor === null
        ? weights
        : scaleOutputs(
            weights,
            family,
            labels.map(() => 1 / divisor),
          ),
  };
}

/** targets of all examples in a row: [examples, labels] */
function targetsOf(examples: readonly Example[], labels: readonly string[]): Float32Array {
  const values = new Float32Array(examples.length * labels.length);
  examples.forEach(({ targets }, row) => {
    if (targets?.length !== labels.length)
      throw new MaillardError(
        "BAD_INPUT",
        `Example ${row} has ${targets?.length ?? 0} targets; there are ${labels.length} labels.`,
        {
          param: "examples",
          details: { row },
        },
      );
    values.set(targets, row * labels.length);
  });
  return values;
}

/** Every label has to be measured somewhere in training: what is never seen is not learned. */
function checkTargets(
  values: Float32Array,
  labels: readonly string[],
  valid: (value: number) => boolean,
  rule: string,
) {
  const wrong = values.findIndex((value) => !Number.isNaN(value) && !valid(value));
  if (wrong >= 0)
    throw new MaillardError(
      "BAD_INPUT",
      `Target ${labels[wrong % labels.length]} is ${values[wrong]}; it must be ${rule}, or NaN where nothing was measured.`,
      { param: "examples" },
    );
  const missing = labels.find((_, column) => {
    for (let i = column; i < values.length; i += labels.length) if (!Number.isNaN(values[i])) return false;
    return true;
  });
  if (missing !== undefined)
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `${missing} has no measured value in the training split; leave it out.`,
      {
        details: { label: missing },
      },
    );
}

function multiLabel({ family, labels, training }: Setting): Objective {
  checkTargets(targetsOf(training, labels), labels, (value) => value === 0 || value === 1, "0 or 1");
  let temperature: number | null = null;
  return {
    task: "MULTI_LABEL",
    batch: (examples) => ({ sequences: sequencesOf(examples), labels: [], targets: targetsOf(examples, labels) }),
    async evaluate(trainer, split, examples, beforeBatch) {
      const logits = await predictSequences(trainer, examples, beforeBatch);
      const truth = targetsOf(examples, labels);
      const report = multiLabelReport(logits, truth, { split, labels });
      if (temperature === null) return report;
      return { ...report, calibration: calibrationOf("MULTI_LABEL", logits, truth, labels.length, temperature) };
    },
    async calibrate(trainer, validation, beforeBatch) {
      const logits = await predictSequences(trainer, validation, beforeBatch);
      temperature = temperatureFor("MULTI_LABEL", logits, targetsOf(validation, labels), labels.length);
      return temperature;
    },
    finish: (weights, divisor) =>
      divisor === null
        ? weights
        : scaleOutputs(
            weights,
            family,
            labels.map(() => 1 / divisor),
          ),
  };
}

function regression({ family, labels, training }: Setting): Objective {
  const known = targetsOf(training, labels);
  checkTargets(known, labels, Number.isFinite, "a finite number");
  const scale = fitTargetScale(known, labels.length);
  return {
    task: "REGRESSION",
    batch: (examples) => ({
      sequences: sequencesOf(examples),
      labels: [],
      targets: standardize(targetsOf(examples, labels), scale),
    }),
    evaluate: async (trainer, split, examples, beforeBatch) =>
      regressionReport(await predictSequences(trainer, examples, beforeBatch), targetsOf(examples, labels), {
        split,
        labels,
        scale,
      }),
    finish: (weights) => scaleOutputs(weights, family, scale.deviation, scale.mean),
  };
}

/** Steps of evaluation masks: no training step has these numbers. */
const EVALUATION_STEP = 0x40000000;
const EVALUATION_BATCH = 32;

export function maskedTokenObjective(tokenizer: Tokenizer, probability: number, seed: number): Objective {
  if (tokenizer.maskId === null)
    throw new MaillardError(
      "INVALID_CONFIG",
      "The base model's tokenizer has no mask token; masked-token training needs one. Choose another base model.",
      { param: "task" },
    );
  return {
    task: "MASKED_LANGUAGE_MODEL",
    batch: (examples, step, firstSequence) =>
      maskTokens(sequencesOf(examples), tokenizer, { probability, seed, step, firstSequence }),
    async evaluate(trainer, split, examples, beforeBatch) {
      const scores = new MaskedTokenScores();
      for (let first = 0; first < examples.length; first += EVALUATION_BATCH) {
        beforeBatch();
        const chosen = sequencesOf(examples.slice(first, first + EVALUATION_BATCH));
        const batch = maskTokens(chosen, tokenizer, { probability, seed, step: EVALUATION_STEP + first });
        if (batch.labels.length > 0) scores.add(await trainer.predict(batch), batch.labels);
      }
      return scores.report(split, examples.length);
    },
    finish: (weights) => weights,
  };
}

function mostFrequent(examples: readonly Example[], classes: number): number {
  const counts = new Int32Array(classes);
  for (const { label } of examples) counts[label]++;
  return counts.indexOf(Math.max(...counts));
}
