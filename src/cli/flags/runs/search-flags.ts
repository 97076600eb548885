/**
 * --search: what a sweep searches of one option.
 *   learningRate=1e-5..1e-3        numbers of a range, drawn at random
 *   learningRate=1e-5..1e-3:log:4  on the logarithmic scale; 4 of them in a grid
 *   batchSize=8,16,32              these values; none is null
 */
import { InvalidArgumentError } from "commander";
import { rowOf, SERVICE_OPTIONS, type ServiceOption, serviceView } from "../../../train/options/table.js";
import type { SweepSearchInput } from "../../generated/graphql.js";
import { parseOption } from "../option-flags.js";
import { names } from "../options.js";

const RANGE = /^([^.:]*(?:\.\d[^.:]*)?)\.\.([^:]+?)(:log)?(?::(\d+))?$/;

/** For an option that is given several times. */
export function searchOf(text: string, before: SweepSearchInput[] = []): SweepSearchInput[] {
  const [, name, spec] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (!spec) throw new InvalidArgumentError("Give option=values, such as batchSize=8,16,32 or dropout=0..0.3.");
  const option = optionOf(name);
  const [, from, to, log, count] = RANGE.exec(spec) ?? [];
  if (to === undefined)
    return [...before, { option, values: names(spec).map((value) => searchedValue(option, value)) }];
  const range = { option, from: Number(from), to: Number(to), ...(log ? { scale: "LOG" as const } : {}) };
  if (from.trim() === "" || !Number.isFinite(range.from) || !Number.isFinite(range.to))
    throw new InvalidArgumentError(`Give two numbers, such as ${name}=0.1..0.5; got ${spec}.`);
  return [...before, { ...range, ...(count ? { count: Number(count) } : {}) }];
}

/** learningRate, learning-rate and --learning-rate. */
function optionOf(name: string): ServiceOption {
  const wanted = name.trim().replace(/^--/, "");
  const found = SERVICE_OPTIONS.find(
    (option) => option === wanted || rowOf(option).flag?.split(" ")[0].replace(/^--/, "") === wanted,
  );
  if (found) return found;
  throw new InvalidArgumentError(`There is no option ${wanted}. Options: ${SERVICE_OPTIONS.join(", ")}.`);
}

function searchedValue(option: ServiceOption, text: string): unknown {
  const view = serviceView(option);
  if (view.nullable && text.toLowerCase() === "none") return null;
  if (view.type === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (view.type === "object")
    throw new InvalidArgumentError(`${option} has several parts: search it with the mutation startSweep.`);
  return parseOption(option)(text);
}
