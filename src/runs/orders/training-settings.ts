/**
 * The options of a finetune as an order has them: names, rules and defaults are those of the table
 * (train/options/table.ts). What depends on the model, the task or the split is checked by `checkSettings`, before
 * there is a run.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { parseConfig } from "../../model/checkpoint/config.js";
import { CONFIG_FILE } from "../../model/checkpoint/files.js";
import type { EncoderConfig } from "../../model/types.js";
import type { TrainingTask } from "../../scores/metrics.js";
import { resolveOptions } from "../../train/options/option-rules.js";
import type { ServiceOptions, TrainingOptions, TrainingSettings } from "../../train/options/options.js";
import {
  accepts,
  OPTIONS,
  ruleOf,
  SETTING_NAMES,
  type ServiceOption,
  serviceView,
  type View,
  withinInt,
} from "../../train/options/table.js";
import type { Hyperparameters } from "../../train/types.js";

/** The options of these names, with their defaults. The first value that breaks its rule goes to `refuse`. */
export function orderOptions<Name extends ServiceOption>(
  names: readonly Name[],
  given: { readonly [K in Name]?: unknown },
  refuse: (option: string, value: unknown, rule: string) => MaillardError,
): Pick<ServiceOptions, Name> {
  const { lora, ...options } = valuesOf(names, serviceView, given, refuse) as { [option: string]: unknown };
  const copied = lora === undefined ? {} : { lora: copyOfLora(lora as TrainingSettings["lora"]) };
  return { ...options, ...copied } as Pick<ServiceOptions, Name>;
}

/** Of the options of any table: what is given, else the default. The first that breaks its rule goes to `refuse`. */
export function valuesOf<Name extends string>(
  names: readonly Name[],
  viewOf: (name: Name) => View,
  given: { readonly [K in Name]?: unknown },
  refuse: (option: string, value: unknown, rule: string) => MaillardError,
): Record<Name, unknown> {
  const values = names.map((name): [Name, unknown] => {
    const view = withinInt(viewOf(name));
    const value = given[name] ?? view.default;
    if (!accepts(view, value)) throw refuse(name, value, ruleOf(view));
    return [name, value];
  });
  return Object.fromEntries(values) as Record<Name, unknown>;
}

/** Its own parts alone, in the order in which they are hashed. */
const copyOfLora = (lora: TrainingSettings["lora"]): TrainingSettings["lora"] =>
  lora && { rank: lora.rank, alpha: lora.alpha, targets: [...lora.targets] };

/** What the engine is given. Settings that a run of an earlier version does not have get the engine's defaults. */
export function hyperparametersOf(settings: TrainingSettings, training: number, threads: number): Hyperparameters {
  const parts = Math.ceil(training / settings.batchSize);
  const stepsPerEpoch = Math.max(1, Math.ceil(parts / (settings.gradientAccumulationSteps ?? 1)));
  const chosen = Object.fromEntries(SETTING_NAMES.map((name) => [name, settings[name]])) as TrainingOptions;
  return {
    ...chosen,
    epochs: Math.ceil(settings.epochs),
    maxSteps:
      settings.maxSteps ?? (Number.isInteger(settings.epochs) ? null : Math.ceil(settings.epochs * stepsPerEpoch)),
    // Rows go before folders: the run's own prune keeps and removes checkpoints.
    saveTotalLimit: null,
    logEvery: settings.logEvery ?? Math.max(1, Math.min(10, Math.floor(stepsPerEpoch / 10))),
    checkpointEvery: settings.checkpointEvery ?? OPTIONS.checkpointEvery.service.nullMeans,
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
