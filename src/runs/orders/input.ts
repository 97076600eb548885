/**
 * The input of a run, with every default filled in: label sets, split, and the options of the table. A value that
 * breaks its rule is INVALID_CONFIG naming option, value and rule. Two inputs are the same when they are equal then.
 */
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import type { ServiceOptions } from "../../train/options/options.js";
import type { RecipeOption } from "../../train/options/recipes.js";
import {
  type CLASS_OPTIONS,
  defaultOf,
  INPUT_OPTIONS,
  LABEL_OPTIONS,
  SERVICE_OPTIONS,
  SETTING_NAMES,
  type SPLIT_OPTIONS,
} from "../../train/options/table.js";
import type { AnnotationInput } from "./annotations.js";
import { openOptions, type RecipeChoice } from "./recipe.js";
import { orderOptions } from "./training-settings.js";

/** Besides what is below: every option of train/options/table.ts that the service has, with its default. */
export interface FinetuneInput extends Partial<ServiceOptions>, AnnotationInput {
  /** Name of the run and of its model. */
  name: string;
  /** Names of a model and a dataset. */
  baseModel: string;
  dataset: string;
  /** Name of a label set of the dataset, or several: either of the two. A name may hold commas: hence a list. */
  target?: string | null;
  targets?: readonly string[] | null;
  /** What `target` or `targets` were where patterns were among them (target-patterns.ts). */
  patterns?: readonly string[];
  /**
   * Default: SCAFFOLD, 80 / 10 / 10 %. `column`: of COLUMN the label set that holds the splits; of ROW the one whose
   * labels make the rows, by default the target.
   */
  split?: { strategy: string; fractions?: readonly number[]; column?: string | null };
  idempotencyKey?: string | null;
}

export interface EmbeddingInput extends AnnotationInput {
  /** Names of a model and a dataset. */
  model: string;
  dataset: string;
  /** CLS (default) or MEAN. */
  pooling?: string;
  /** Hidden layer; null (default): the last. */
  layer?: number | null;
  idempotencyKey?: string | null;
}

const STRATEGIES = ["RANDOM", "STRATIFIED", "SCAFFOLD", "COLUMN", "ROW"] as const;
export type Strategy = (typeof STRATEGIES)[number];
export const POOLINGS = ["CLS", "MEAN"] as const;
export type PoolingName = (typeof POOLINGS)[number];

/** A finetune with every default written out; what Run.input holds when its recipe is decided (recipe.ts). */
export type FinetuneOrder = Pick<FinetuneInput, "name" | "baseModel" | "dataset"> &
  ServiceOptions & {
    /** The one label set; null when there are several. */
    target: string | null;
    /** All of them, in the requested order. */
    targets: string[];
    /** The texts that were given, where patterns were among them; no part of what makes two orders the same. */
    patterns?: string[];
    /** Options that `auto` has still to decide; until then they have the published recipe's values. */
    open?: RecipeOption[];
    /** Once it has decided; left out where it had nothing to. */
    recipeChoice?: RecipeChoice;
    split: {
      strategy: Strategy;
      fractions: [number, number, number];
      column: string | null;
      /** Of a run of a group, whose split does not go with its seed; else left out. */
      seed?: number;
      /** Of a run of a group: its test part is this one of so many folds; else left out. */
      fold?: { index: number; count: number };
    };
  };
/** What every run that learns from label sets is asked. */
export type LabelOption =
  | ("name" | "baseModel" | "dataset" | "target" | "targets" | "split" | "seed")
  | (typeof LABEL_OPTIONS)[number];
/** What decides which molecule goes where. */
export type PlanOrder = Pick<FinetuneOrder, "targets" | "split" | "seed" | (typeof CLASS_OPTIONS)[number]> &
  Partial<Pick<FinetuneOrder, (typeof SPLIT_OPTIONS)[number]>>;
/** With the task that the kinds of its label sets make. */
export type PlannedOrder = FinetuneOrder & { task: SequenceTask };
/** `layer` is left out where it is the last: a key that was used before there were layers still names the same run. */
export type EmbeddingOrder = { model: string; dataset: string; pooling: PoolingName; layer?: number };

/** Label sets of one run. */
export const MOST_TARGETS = 1_000;

/** Options in the sequence in which an order is stored. */
const SEQUENCE = ["recipe", ...LABEL_OPTIONS, ...INPUT_OPTIONS, ...SETTING_NAMES] as const;

export function orderFinetune(input: FinetuneInput): FinetuneOrder {
  checkName(input.name, "name");
  const targets = orderTargets(input);
  const options = orderOptions(SERVICE_OPTIONS, input, invalid);
  const open = openOptions(options.recipe, input);
  return {
    name: input.name,
    baseModel: input.baseModel,
    dataset: input.dataset,
    target: targets.length === 1 ? targets[0] : null,
    targets,
    split: orderSplit(input.split),
    ...(Object.fromEntries(SEQUENCE.map((name) => [name, options[name]])) as ServiceOptions),
    ...(open.length > 0 ? { open } : {}),
  };
}

/** Options that the worker reads, which orders of earlier versions do not have. */
const FORMS = ["augmentation", "evaluationForms"] as const;

/** What Run.input holds. Runs of earlier versions have one label set of classes, and fewer settings. */
export function plannedOrder(input: unknown): PlannedOrder {
  const order = input as PlannedOrder;
  const { task = "SINGLE_LABEL", targets = [order.target as string] } = order;
  const defaults = Object.fromEntries(FORMS.map((name) => [name, defaultOf(name)]));
  return { ...defaults, ...order, task, targets };
}

export function orderTargets({ target, targets }: Pick<FinetuneInput, "target" | "targets">): string[] {
  const either = "the name of a label set, or left out when `targets` names several";
  if (typeof target === "string" && targets) throw invalid("target", target.slice(0, 100), either);
  if (typeof target === "string") return [target];
  if (!targets) throw invalid("target", null, either);
  const known = new Set(targets);
  if (targets.length >= 1 && targets.length <= MOST_TARGETS && known.size === targets.length) return [...targets];
  throw wrongTargets(targets);
}

export function wrongTargets(targets: readonly string[]): MaillardError {
  const shown = targets.slice(0, 10).map((name) => name.slice(0, 100));
  return invalid("targets", shown, `1 to ${MOST_TARGETS} names of label sets, each once`);
}

export function orderSplit(
  { strategy, fractions, column }: NonNullable<FinetuneInput["split"]> = { strategy: "SCAFFOLD" },
): FinetuneOrder["split"] {
  if (!STRATEGIES.includes(strategy as Strategy))
    throw invalid("split.strategy", strategy, `one of ${STRATEGIES.join(", ")}`);
  const isColumn = strategy === "COLUMN";
  if (isColumn && !column)
    throw invalid(
      "split.column",
      column ?? null,
      "the name of a label set that holds train, validation and test, because split.strategy is COLUMN",
    );
  if (!isColumn && strategy !== "ROW" && column)
    throw invalid("split.column", column, `left out, because split.strategy is ${strategy}`);
  const shares = fractions ?? [0.8, 0.1, 0.1];
  const sum = shares.reduce((total, share) => total + share, 0);
  // A share of the training split is needed; what else may be 0.
  const sound =
    shares.length === 3 && shares.every((share) => share >= 0) && shares[0] > 0 && Math.abs(sum - 1) <= 1e-6;
  if (!isColumn && !sound)
    throw invalid("split.fractions", [...shares], "three numbers from 0 that add up to 1, the first above 0");
  return {
    strategy: strategy as Strategy,
    fractions: (sound ? [...shares] : [0.8, 0.1, 0.1]) as [number, number, number],
    column: column ?? null,
  };
}

export function orderEmbedding({ model, dataset, pooling = "CLS", layer = null }: EmbeddingInput): EmbeddingOrder {
  if (!POOLINGS.includes(pooling as PoolingName)) throw invalid("pooling", pooling, `one of ${POOLINGS.join(", ")}`);
  return { model, dataset, pooling: pooling as PoolingName, ...(layer === null ? {} : { layer }) };
}

export function checkIdempotencyKey(key: string | null | undefined): string | null {
  if (key === null || key === undefined) return null;
  if (key.length >= 1 && key.length <= 200 && !key.includes("\0")) return key;
  throw invalid("idempotencyKey", key.slice(0, 40), "1 to 200 characters");
}

export const invalid = (option: string, value: unknown, rule: string): MaillardError =>
  new MaillardError(
    "INVALID_CONFIG",
    `\`${option}\` is ${JSON.stringify(value) ?? String(value)}: it must be ${rule}.`,
    {
      param: option,
      details: { option, value: typeof value === "number" && !Number.isFinite(value) ? String(value) : value, rule },
    },
  );
