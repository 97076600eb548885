/**
 * The start of a run: the head that its task needs on the base model, its objective, and a trainer with its options.
 */
import { initializeWeights, withHead } from "../../model/initialize.js";
import { type Checkpoint, isSequenceTask, type SequenceTask } from "../../model/types.js";
import { loadTokenizer } from "../../tokenizer/index.js";
import { balancedClassWeights } from "../data/class-weights.js";
import type { TrainingOptions } from "../options/options.js";
import { trainableParameters, withDropout } from "../step/freezing.js";
import { layerRates } from "../step/layer-rates.js";
import { Trainer } from "../step/trainer.js";
import type { Example, TrainingJob } from "../types.js";
import { multiLabel, singleLabel } from "./objectives/classes.js";
import { maskedTokens } from "./objectives/masked-tokens.js";
import { regression } from "./objectives/numbers.js";
import type { Objective, ObjectiveSetting } from "./objectives/objective.js";

const SEQUENCE_OBJECTIVES: Record<SequenceTask, (setting: ObjectiveSetting) => Objective> = {
  SINGLE_LABEL: singleLabel,
  MULTI_LABEL: multiLabel,
  REGRESSION: regression,
};

export async function prepareRun(
  job: TrainingJob,
  options: TrainingOptions,
  base: Checkpoint,
  training: readonly Example[],
): Promise<{ trainer: Trainer; objective: Objective }> {
  const { task = "SINGLE_LABEL", classes: labels } = job;
  const objective = isSequenceTask(task)
    ? SEQUENCE_OBJECTIVES[task]({ family: base.config.family, labels, training })
    : maskedTokens(await loadTokenizer(job.baseFolder), options.maskProbability, options.seed);
  const classWeights =
    options.classWeights === "balanced"
      ? balancedClassWeights(
          training.map(({ label }) => label),
          labels.length,
        )
      : null;
  const initial = initialCheckpoint(job, options, base);
  const begin = keepsHead(job, base) ? objective.goOn : objective.start;
  const weights = begin?.(initial.weights) ?? initial.weights;
  const trainer = await Trainer.create(
    { ...initial, weights },
    {
      seed: options.seed,
      threads: options.threads,
      weightDecay: options.weightDecay,
      gradientClip: options.gradientClip,
      beta1: options.adamBeta1,
      beta2: options.adamBeta2,
      epsilon: options.adamEpsilon,
      device: job.device ?? "cpu",
      labelSmoothing: options.labelSmoothingFactor,
      classWeights,
      trainable: trainableParameters(options, base.config),
      lora: options.lora,
      rateOf: layerRates(options.layerwiseLearningRateDecay, base.config),
      accumulates: options.gradientAccumulationSteps > 1,
    },
  );
  return { trainer, objective };
}

const keepsHead = ({ task = "SINGLE_LABEL", classes, keepHead = false }: TrainingJob, base: Checkpoint): boolean =>
  keepHead && base.task === task && base.labels.join("\n") === classes.join("\n");

/**
 * Masked-token training continues with the head of the base model, as a job that keeps it does; every other head is
 * drawn.
 */
function initialCheckpoint(job: TrainingJob, options: TrainingOptions, base: Checkpoint): Checkpoint {
  const { task = "SINGLE_LABEL", classes, randomInitialWeights } = job;
  const config = withDropout(base.config, options);
  if (randomInitialWeights) return initializeWeights(config, task, classes, options.seed);
  if (task === "MASKED_LANGUAGE_MODEL" && base.task === task) return { ...base, config };
  if (keepsHead(job, base)) return { ...base, config };
  return withHead({ ...base, config }, task, classes, options.seed);
}
