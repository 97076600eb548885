/** Conditions on options of runs, as a command line says them. */
import { InvalidArgumentError } from "commander";
import type { OptionCondition } from "../../generated/graphql.js";
import { names } from "../options.js";

/** learningRate=1e-5..1e-4, epochs=3.. and epochs=..3 are bounds; lrSchedulerType=cosine,linear are values. */
export function conditions(text: string, before: OptionCondition[] = []): OptionCondition[] {
  const [, name, said] = /^([\w.]+)=(.+)$/.exec(text.trim()) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError(`Give a condition such as learningRate=1e-5..1e-4 or epochs=3,5.`);
  const bounds = said.split("..");
  if (bounds.length === 1) return [...before, { name, values: names(said).map(apiValueOf) }];
  const [minimum, maximum] = bounds.map(numberOf);
  if (bounds.length !== 2 || (minimum === null && maximum === null))
    throw new InvalidArgumentError(`Give bounds such as 1e-5..1e-4, 1e-5.. or ..1e-4.`);
  return [...before, { name, range: { minimum, maximum } }];
}

function numberOf(text: string): number | null {
  if (text.trim() === "") return null;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is no number.`);
}

/** Values of enums have upper-case names in the API. */
const apiValueOf = (text: string): string =>
  text === "true" || text === "false" || !/^[a-z]/i.test(text) ? text : text.toUpperCase().replaceAll("-", "_");
