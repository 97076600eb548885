/**
 * The one table of the options of a finetune. A row has every fact of an option: name, values, defaults of the engine
 * and of the service, unit, Hugging Face's name, flag, sentence and reason. The engine's check, the service's check of
 * orders, the fields of the API, the flags of the command line, the table in docs/training.md and the recipe in reports
 * are made from it. Rules that take several options, the task or the model stand in option-rules.ts.
 *
 * The order of the rows is a part of the identity of runs and orders: rows never change places. A new row may stand
 * anywhere; of the engine, it says `identity: "unless default"`.
 */
import { type OptionRow, type View, viewOfRow } from "./domain.js";
import { MODEL_ROWS } from "./model-rows.js";
import { CLASS_ROWS, INPUT_ROWS, RECIPE_ROWS, SPLIT_ROWS } from "./service-rows.js";
import { UPDATE_ROWS } from "./update-rows.js";

export * from "./domain.js";

export const OPTIONS = {
  ...RECIPE_ROWS,
  ...UPDATE_ROWS,
  ...MODEL_ROWS,
  ...CLASS_ROWS,
  ...SPLIT_ROWS,
  ...INPUT_ROWS,
} as const;

type Options = typeof OPTIONS;
export type OptionName = keyof Options;
/** Options that the engine has. */
export type EngineOption = { [K in OptionName]: Options[K]["engine"] extends null ? never : K }[OptionName];
/** Options that an order of a finetune may set. */
export type ServiceOption = { [K in OptionName]: Options[K] extends { service: null } ? never : K }[OptionName];
/** Options that an order may set and the engine has. */
export type SettingName = Extract<EngineOption, ServiceOption>;

/** Names of a part of the table, in its order. */
const namesOf = <Name extends OptionName>(rows: { readonly [K in Name]: unknown }): Name[] =>
  Object.keys(rows) as Name[];
export const OPTION_NAMES: readonly OptionName[] = namesOf(OPTIONS);
export const CLASS_OPTIONS = namesOf(CLASS_ROWS);
/** Options of every run that learns from label sets. */
export const LABEL_OPTIONS = namesOf({ ...CLASS_ROWS, ...SPLIT_ROWS });
export const SPLIT_OPTIONS = namesOf(SPLIT_ROWS);
export const INPUT_OPTIONS = namesOf(INPUT_ROWS);
export const ENGINE_OPTIONS = OPTION_NAMES.filter((name): name is EngineOption => rowOf(name).engine !== null);
export const SERVICE_OPTIONS = OPTION_NAMES.filter((name): name is ServiceOption => rowOf(name).service !== null);
export const SETTING_NAMES = ENGINE_OPTIONS.filter((name): name is SettingName => rowOf(name).service !== null);

/** The row, without what TypeScript knows of this one. */
export function rowOf(name: OptionName): OptionRow {
  return OPTIONS[name];
}

/** Values and default in the engine. */
export function engineView(name: EngineOption): View {
  return OPTIONS[name].engine;
}

/** Values and default in the service: those of the engine, and what differs. */
export function serviceView(name: ServiceOption): View {
  return viewOfRow(rowOf(name));
}

/** What an option of an order is that does not say it. */
export const defaultOf = (name: ServiceOption): unknown => serviceView(name).default;
