/**
 * Flags of `maillard finetune` for the training itself, one for each row of the table that the engine has, and the
 * input of the API that they make. Options that do not go together are the server's to refuse.
 */
import { type Command, Option } from "commander";
import {
  CLASS_OPTIONS,
  INPUT_OPTIONS,
  type OptionPart,
  rowOf,
  SERVICE_OPTIONS,
  SETTING_NAMES,
  serviceView,
} from "../../../train/options/table.js";
import { usage } from "../../failure.js";
import type { StartFinetuneInput } from "../../generated/graphql.js";
import { addOptionFlags } from "./option-flags.js";

/** All but --seed, which is listed with the flags of the split. */
export const addTrainingFlags = (command: Command): Command =>
  addOptionFlags(command, ["recipe", ...SETTING_NAMES.filter((name) => name !== "seed")]);
/** What is read of each molecule, and where the training runs. */
export const addInputFlags = (command: Command): Command => addOptionFlags(command, INPUT_OPTIONS);
/** Which classes are learned. */
export const addClassFlags = (command: Command): Command => addOptionFlags(command, CLASS_OPTIONS);

/** The flags under the names of the API; other flags are passed on. */
export function trainingInputOf(flags: object): Partial<StartFinetuneInput> {
  const rest = new Map<string, unknown>(Object.entries(flags));
  const take = (flag: string): unknown => {
    const name = new Option(flag).attributeName();
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const options = SERVICE_OPTIONS.map((name): [string, unknown] => {
    const view = serviceView(name);
    if (view.type === "object") return [name, objectOf(view.parts, take)];
    const { flag } = rowOf(name);
    return [name, flag === null ? undefined : take(flag)];
  });
  return Object.fromEntries([...rest, ...options.filter(([, value]) => value !== undefined)]);
}

/** Undefined: none of its flags was given. The first part switches the whole on. */
function objectOf(parts: Readonly<Record<string, OptionPart>>, take: (flag: string) => unknown): object | undefined {
  const given = Object.entries(parts)
    .map(([name, { flag }]): [string, unknown] => [name, take(flag)])
    .filter(([, value]) => value !== undefined);
  const [[first], ...others] = Object.entries(parts);
  if (given.length === 0) return undefined;
  if (given[0][0] === first) return Object.fromEntries(given);
  const flagOf = (name: string): string => parts[name].flag.split(" ")[0];
  throw usage(
    `${others.map(([name]) => flagOf(name)).join(" and ")} need ${flagOf(first)} too, e.g. ${parts[first].default}.`,
  );
}
