/** Conditions on the options, tags and scores of runs, as conditions of a statement. */
import { MaillardError } from "../../errors.js";
import type { Prisma } from "../../store/generated/client.js";
import { isStorable } from "../../text.js";
import {
  constantName,
  type Domain,
  SERVICE_OPTIONS,
  type ServiceOption,
  serviceView,
} from "../../train/options/table.js";
import type { OptionCondition, RunScoreCondition } from "../types/inputs/list-filters.js";
import { NOTHING } from "./list.js";

const MOST_CONDITIONS = 20;

export function tagged(tags: readonly string[] | null | undefined): Prisma.RunWhereInput {
  if (!tags || tags.length === 0) return {};
  return tags.every(isStorable) ? { tags: { hasEvery: [...tags] } } : NOTHING;
}

/** BAD_INPUT for a score without a bound. */
export function scored({ name, split, minimum, maximum }: RunScoreCondition): Prisma.RunWhereInput {
  const [least, most] = [minimum ?? null, maximum ?? null];
  if (least === null && most === null) throw refused("score", "`score` has no bound: give `minimum` or `maximum`.");
  if (!isStorable(name)) return NOTHING;
  const value = { ...(least === null ? {} : { gte: least }), ...(most === null ? {} : { lte: most }) };
  return { scores: { some: { name, split, value } } };
}

/** BAD_INPUT for an option that there is not, and for a value that it cannot have. */
export function configured(conditions: readonly OptionCondition[] | null | undefined): Prisma.RunWhereInput {
  if (!conditions) return {};
  if (conditions.length > MOST_CONDITIONS)
    throw refused("options", `\`options\` has ${conditions.length} conditions: at most ${MOST_CONDITIONS}.`);
  return { AND: conditions.map(ofOption) };
}

function ofOption({ name, range, values }: OptionCondition, index: number): Prisma.RunWhereInput {
  const param = `options.${index}`;
  const domain = domainOf(name);
  if (!domain)
    throw refused(`${param}.name`, `There is no option ${JSON.stringify(name.slice(0, 100))} to find runs by.`);
  const path = name.split(".");
  const { minimum = null, maximum = null } = range ?? {};
  if ((minimum === null && maximum === null) === !values)
    throw refused(param, `The condition on ${name} has to have either bounds (\`range\`) or \`values\`.`);
  if (values) return { OR: values.map((value) => ({ input: { path, equals: storedAs(domain, value, param) } })) };
  if (domain.type !== "int" && domain.type !== "float")
    throw refused(`${param}.range`, `${name} is no number: give \`values\`.`);
  return {
    AND: [
      ...(minimum === null ? [] : [{ input: { path, gte: minimum } }]),
      ...(maximum === null ? [] : [{ input: { path, lte: maximum } }]),
    ],
  };
}

/** Of an option, or of a part of one that is an object. A list cannot be asked for. */
function domainOf(name: string): Domain | null {
  const [option, part, ...others] = name.split(".");
  if (!SERVICE_OPTIONS.includes(option as ServiceOption) || others.length > 0) return null;
  const view: Domain = serviceView(option as ServiceOption);
  const domain = part === undefined ? view : view.type === "object" ? view.parts[part] : undefined;
  return !domain || domain.type === "list" || domain.type === "object" ? null : domain;
}

function storedAs(domain: Domain, text: string, param: string): string | number | boolean {
  const value = readAs(domain, text);
  if (value !== undefined) return value;
  throw refused(`${param}.values`, `${JSON.stringify(text.slice(0, 100))} is no value of that option.`);
}

function readAs(domain: Domain, text: string): string | number | boolean | undefined {
  switch (domain.type) {
    case "int":
    case "float": {
      const number = Number(text);
      return text.trim() !== "" && Number.isFinite(number) ? number : undefined;
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "enum":
      return Object.keys(domain.values).find((value) => constantName(value) === text);
    default:
      return isStorable(text) ? text : undefined;
  }
}

const refused = (field: string, message: string): MaillardError =>
  new MaillardError("BAD_INPUT", message, { param: `filter.${field}` });
