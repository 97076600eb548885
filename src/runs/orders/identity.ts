/**
 * What makes two orders the same: sha256 over what was asked, with every default written out, so that an idempotency
 * key finds its run again. Keys outlive a version:
 *   - an option that came later is left out at its default: adding one changes no hash
 *   - a run or group that was stored before there were recipes is compared by the hash of that time (`earlier`), in
 *     which an option that is not named has the published recipe's value, and the recipe is not said
 */
import { createHash } from "node:crypto";
import { defaultOf, SERVICE_OPTIONS, type ServiceOption, SPLIT_OPTIONS } from "../../train/options/table.js";
import type { EvaluationOrder } from "./evaluation-order.js";
import { type ImportOrder, LATER_OF_IMPORTS } from "./import-order.js";
import type { EmbeddingOrder, FinetuneOrder } from "./input.js";
import type { PredictionOrder } from "./prediction-order.js";
import type { PretrainingOrder } from "./pretraining-order.js";
import type { ProbeOrder } from "./probe-order.js";
import type { ProjectionOrder } from "./projection-order.js";
import type { RepeatsOrder } from "./repeats.js";
import type { SweepOrder } from "./sweep/order.js";

export interface InputHashes {
  /** Stored with the run. */
  own: string;
  /** Of the same request in a version without recipes; the same as `own` but for finetunes and their groups. */
  earlier: string;
}

function finetuneHashes(order: FinetuneOrder): InputHashes {
  const said = saidOf(order);
  return { own: hashOf("FINETUNE", { ...said, ...recipeOf(order) }), earlier: hashOf("FINETUNE", said) };
}

function repeatsHashes({ name, ensemble, runs, said }: RepeatsOrder): InputHashes {
  const { finetune, ...rest } = said;
  const written = { name, ensemble, said: { finetune: wholeOf(finetune), ...rest }, runs: runs.map(wholeOf) };
  return {
    own: hashOf("REPEATS", { ...written, ...recipeOf(finetune) }),
    earlier: hashOf("REPEATS", written),
  };
}

const sweepHashes = ({ name, said: { finetune, ...said } }: SweepOrder): InputHashes =>
  same(hashOf("SWEEP", { name, said: { finetune: wholeOf(finetune), ...said }, ...recipeOf(finetune) }));

export interface Orders {
  FINETUNE: FinetuneOrder;
  PROBE: ProbeOrder;
  EMBEDDING: EmbeddingOrder;
  PREDICTION: PredictionOrder;
  PROJECTION: ProjectionOrder;
  IMPORT: ImportOrder;
  EVALUATION: EvaluationOrder;
  PRETRAIN: PretrainingOrder;
  REPEATS: RepeatsOrder;
  SWEEP: SweepOrder;
}

const HASHES: { readonly [K in keyof Orders]: (order: Orders[K]) => InputHashes } = {
  FINETUNE: finetuneHashes,
  PROBE: (order) => same(hashOf("PROBE", without(order, LATER_OF_PROBES))),
  EMBEDDING: (order) => same(hashOf("EMBEDDING", order)),
  PREDICTION: (order) => same(hashOf("PREDICTION", order)),
  PROJECTION: (order) => same(hashOf("PROJECTION", order)),
  IMPORT: (order) => same(hashOf("IMPORT", without(order, LATER_OF_IMPORTS))),
  EVALUATION: (order) => same(hashOf("EVALUATION", order)),
  PRETRAIN: (order) => same(hashOf("PRETRAIN", order)),
  REPEATS: repeatsHashes,
  SWEEP: sweepHashes,
};

export const inputHashes = <K extends keyof Orders>(kind: K, order: Orders[K]): InputHashes => HASHES[kind](order);

/** Whether a stored run or group is of this request. `input`: what it holds; of a group, of its finetune. */
export const isSame = (
  { inputHash, input }: { inputHash: string | null; input: unknown },
  { own, earlier }: InputHashes,
): boolean => inputHash === own || (inputHash === earlier && !Object.hasOwn(input as object, "recipe"));

const hashOf = (kind: string, said: object): string =>
  createHash("sha256")
    .update(`${kind} ${JSON.stringify(said)}`)
    .digest("hex");

const same = (hash: string): InputHashes => ({ own: hash, earlier: hash });

/** The recipe, and which options were left to it: a value that is named is another request than none. */
const recipeOf = ({ recipe, open }: FinetuneOrder): object => ({ recipe, open: open ?? [] });

/** Keys in one fixed order. */
function saidOf(order: FinetuneOrder): object {
  const { name, baseModel, dataset, targets, epochs, batchSize, learningRate, weightDecay, warmupSteps } = order;
  const { gradientClip, dropout, split, seed, minClassSize, maxLength, device, randomInitialWeights } = order;
  const target = targets.length === 1 ? targets[0] : targets;
  const first = {
    name,
    baseModel,
    dataset,
    target,
    epochs,
    batchSize,
    learningRate,
    weightDecay,
    warmupSteps,
    gradientClip,
    dropout,
    split,
    seed,
    minClassSize,
    maxLength,
    device,
    randomInitialWeights,
  };
  return { ...first, ...laterOf(order, Object.keys(first)) };
}

/**
 * The options that there were when groups came, in the sequence in which a group's hash has them, each with its value.
 * It never changes: an option that comes later follows where it is not its default.
 */
const FIRST_OF_GROUPS = [
  ...["minClassSize", "maxClassSize", "topClasses", "maxLength", "augmentation", "evaluationForms", "device"],
  ...["randomInitialWeights", "epochs", "maxSteps", "batchSize", "gradientAccumulationSteps", "groupByLength"],
  ...["learningRate", "lrSchedulerType", "warmupSteps", "warmupRatio", "weightDecay", "layerwiseLearningRateDecay"],
  ...["adamBeta1", "adamBeta2", "adamEpsilon", "gradientClip", "labelSmoothingFactor", "classWeights", "dropout"],
  ...["hiddenDropout", "attentionDropout", "classifierDropout", "freezeEmbeddings", "frozenLayers", "lora"],
  ...["evalSteps", "metricForBestModel", "loadBestModelAtEnd", "earlyStoppingPatience", "earlyStoppingThreshold"],
  ...["temperatureScaling", "saveTotalLimit", "seed", "logEvery", "checkpointEvery"],
] as readonly ServiceOption[];

function wholeOf(order: FinetuneOrder): object {
  const { name, baseModel, dataset, target, targets, split } = order;
  const first = Object.fromEntries(FIRST_OF_GROUPS.map((option) => [option, order[option]]));
  return { name, baseModel, dataset, target, targets, split, ...first, ...laterOf(order, FIRST_OF_GROUPS) };
}

/** Options that came after probes. */
const LATER_OF_PROBES = Object.fromEntries(SPLIT_OPTIONS.map((option) => [option, defaultOf(option)]));

/** An order without what has these values. */
const without = (order: object, defaults: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(
    Object.entries(order).filter(([name, value]) => !Object.hasOwn(defaults, name) || value !== defaults[name]),
  );

/** Options that are not among `first`, where they are not their defaults. */
const laterOf = (order: FinetuneOrder, first: readonly string[]): object =>
  Object.fromEntries(
    SERVICE_OPTIONS.filter(
      (option) => option !== "recipe" && !first.includes(option) && order[option] !== defaultOf(option),
    ).map((option) => [option, order[option]]),
  );
