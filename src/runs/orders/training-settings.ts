/**
 * The options of training that a finetune may choose: names, rules and defaults of train/options/options.ts, but for the first
 * four, which have had defaults and limits of their own from the start, and for how often is logged and saved, which is
 * ours to choose unless told. Threads are the machine's. What depends on the model, the task or the split is checked by
 * `checkSettings`, before there is a run.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { parseConfig } from "../../model/checkpoint/config.js";
import { CONFIG_FILE } from "../../model/checkpoint/files.js";
import type { EncoderConfig } from "../../model/types.js";
import type { TrainingTask } from "../../scores/metrics.js";
import { resolveOptions } from "../../train/options/option-rules.js";
import { TRAINING_OPTIONS, type TrainingOptions } from "../../train/options/options.js";
import type { Hyperparameters } from "../../train/types.js";

type Ours = "maskProbability" | "threads" | "logEvery" | "checkpointEvery";

export type TrainingSettings = Omit<TrainingOptions, Ours> & {
  /** Updates between two train metrics; null: about ten an epoch, at most 10. */
  logEvery: number | null;
  /** Updates between two checkpoints within an epoch; null: 200. */
  checkpointEvery: number | null;
};

/** Checkpoints kept besides the best when nobody says: the newest may turn out torn. */
export const KEPT_CHECKPOINTS = 2;
/** Updates between two checkpoints within an epoch when nobody says. */
const CHECKPOINT_EVERY = 200;

/** In which the service differs from train/options/options.ts. */
export const OWN_DEFAULTS = {
  ...{ epochs: 5, batchSize: 16, learningRate: 2e-5, weightDecay: 0.01 },
  ...{ logEvery: null, checkpointEvery: null },
} as const satisfies Partial<TrainingSettings>;

export interface Rule {
  text: string;
  holds(value: number): boolean;
}

export const whole = (least: number, most: number): Rule => ({
  text: `a whole number from ${least} to ${most}`,
  holds: (value) => Number.isInteger(value) && value >= least && value <= most,
});
export const LARGEST_INT = 2 ** 31 - 1;

/** Limits narrower, or wider, than the engine's. An epoch may end in the middle: Hugging Face takes 2.5 as well. */
export const OWN_RULES: Readonly<Record<string, Rule>> = {
  epochs: { text: "above 0 and at most 1000", holds: (value) => value > 0 && value <= 1_000 },
  batchSize: whole(1, 1_024),
  learningRate: { text: "above 0 and at most 1", holds: (value) => value > 0 && value <= 1 },
  weightDecay: { text: "from 0 to 1", holds: (value) => value >= 0 && value <= 1 },
  warmupSteps: whole(0, LARGEST_INT),
  gradientClip: { text: "0 or more", holds: (value) => value >= 0 && value < Number.POSITIVE_INFINITY },
  dropout: { text: "from 0 to below 1", holds: (value) => value >= 0 && value < 1 },
  seed: whole(0, LARGEST_INT),
};

export const SETTING_NAMES = Object.keys(TRAINING_OPTIONS).filter(
  (name) => name !== "maskProbability" && name !== "threads",
) as (keyof TrainingSettings)[];

export const defaultOf = (name: keyof TrainingSettings): unknown =>
  Object.hasOwn(OWN_DEFAULTS, name) ? OWN_DEFAULTS[name as keyof typeof OWN_DEFAULTS] : TRAINING_OPTIONS[name].default;

/** Every setting, in the order of the table. What breaks a rule of its own is told to `refuse`, which throws. */
export function orderSettings(
  given: Partial<TrainingSettings>,
  refuse: (option: string, value: unknown, rule: string) => MaillardError,
): TrainingSettings {
  const settings = Object.fromEntries(
    SETTING_NAMES.map((name) => {
      const value = given[name] ?? defaultOf(name);
      const rule = OWN_RULES[name];
      const entry = TRAINING_OPTIONS[name];
      if (rule) {
        if (value !== null && !rule.holds(value as number)) throw refuse(name, value, rule.text);
      } else if (value !== defaultOf(name) && !(entry.valid as (value: unknown) => boolean)(value)) {
        throw refuse(name, value, entry.rule);
      }
      return [name, value];
    }),
  ) as unknown as TrainingSettings;
  if (settings.lora === null) return settings;
  const { rank, alpha, targets } = settings.lora;
  return { ...settings, lora: { rank, alpha, targets: [...targets] } };
}

/** What the engine is told. Settings that a run of an earlier version does not have are left to the engine's defaults. */
export function hyperparametersOf(settings: TrainingSettings, training: number, threads: number): Hyperparameters {
  const parts = Math.ceil(training / settings.batchSize);
  const stepsPerEpoch = Math.max(1, Math.ceil(parts / (settings.gradientAccumulationSteps ?? 1)));
  const chosen = Object.fromEntries(SETTING_NAMES.map((name) => [name, settings[name]])) as unknown as TrainingOptions;
  return {
    ...chosen,
    epochs: Math.ceil(settings.epochs),
    maxSteps:
      settings.maxSteps ?? (Number.isInteger(settings.epochs) ? null : Math.ceil(settings.epochs * stepsPerEpoch)),
    // Rows go before folders: the run's own prune keeps and removes checkpoints.
    saveTotalLimit: null,
    logEvery: settings.logEvery ?? Math.max(1, Math.min(10, Math.floor(stepsPerEpoch / 10))),
    checkpointEvery: settings.checkpointEvery ?? CHECKPOINT_EVERY,
    threads,
  };
}

/** Settings that do not go together, or not with this model, task or split: INVALID_CONFIG with `param`. */
export async function checkSettings(
  settings: TrainingSettings,
  { task, folder, training, validation }: { task: TrainingTask; folder: string; training: number; validation: number },
): Promise<void> {
  resolveOptions(hyperparametersOf(settings, training, 1), { task, config: await readConfig(folder), validation });
}

async function readConfig(folder: string): Promise<EncoderConfig> {
  const text = await readFile(join(folder, CONFIG_FILE), "utf8").catch(() => null);
  const json = text === null ? null : parseJson(text);
  if (json !== null) return parseConfig(json).config;
  throw new MaillardError(
    "CHECKPOINT_INVALID",
    "The base model's folder has no readable config.json; add the model again.",
    { param: "baseModel" },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
