/**
 * Flags made from the table of options: a value outside the bounds of its row is refused with the row's rule before
 * anything is sent. What is not given is left to the server, whose defaults --help repeats.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  accepts,
  constantName,
  type Domain,
  OPTIONS,
  type OptionRow,
  rowOf,
  ruleOf,
  type ServiceOption,
  serviceView,
  type View,
  withinInt,
} from "../../../train/options/table.js";
import { names as commaSeparated } from "../options.js";

/** Of the options of these names, in their order. `sentences`: in place of the row's, where the option means less. */
export function addOptionFlags(
  command: Command,
  names: readonly ServiceOption[],
  sentences: { readonly [K in ServiceOption]?: string } = {},
): Command {
  for (const name of names) for (const option of flagsOf(name, sentences[name])) command.addOption(option);
  return command;
}

/** One flag; of an object one for each part. Empty: the option has no flag. */
function flagsOf(name: ServiceOption, sentence = rowOf(name).what): Option[] {
  const view = serviceView(name);
  if (view.type === "object") {
    // The first part switches the whole on: what is said without it is the default of the whole.
    return Object.values(view.parts).map((part, index) =>
      flagOf(part.flag, part, help(part.what, part, index === 0 ? `${view.nullMeans}` : shown(part))),
    );
  }
  const { flag } = rowOf(name);
  return flag === null ? [] : [flagOf(flag, view, help(sentence, view, otherwise(name)))];
}

/**
 * Of a table of its own. `viewOf`: the values that the command takes. Defaults are said in the help, and not set: what
 * is not given is seen.
 */
export function addRowFlags(
  command: Command,
  rows: Readonly<Record<string, OptionRow>>,
  viewOf: (row: OptionRow) => View,
): Command {
  for (const row of Object.values(rows)) {
    const { flag, what } = row;
    const view = viewOf(row);
    const initial = view.default === null ? `${view.nullMeans}` : shown(view);
    if (flag !== null) command.addOption(flagOf(flag, view, help(what, view, initial, rows)));
  }
  return command;
}

const flagOf = (flag: string, view: View, text: string): Option => {
  const option = new Option(flag, text);
  return view.type === "boolean" ? option : option.argParser(parserOf(view));
};

/** Reads a value of a command line. Null is not a value there: the flag is left out instead. */
function parserOf(domain: Domain): (text: string) => unknown {
  const limits = withinInt({ ...domain, nullable: false });
  return (text) => {
    const value = readValue(limits, text);
    if (value !== undefined && accepts(limits, value)) return asSent(limits, value);
    throw new InvalidArgumentError(`Give ${spelledRule(limits)}.`);
  };
}

/** The parser of the row of this name. */
export const parseOption = (name: ServiceOption): ((text: string) => unknown) => parserOf(serviceView(name));

/** Undefined: the text is not of the type. */
function readValue(domain: Domain, text: string): unknown {
  switch (domain.type) {
    case "int":
      return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : undefined;
    case "float":
      return text.trim() === "" ? undefined : Number(text);
    case "enum":
      return choiceOf(domain.values, text);
    case "list":
      return commaSeparated(text).map((item) => choiceOf(domain.values, item) ?? item);
    default:
      return text;
  }
}

/** In any case, with - or _: cosine, COSINE, attention-output. */
const choiceOf = (values: Readonly<Record<string, string>>, text: string): string | undefined =>
  Object.keys(values).find((value) => constantName(value) === text.toUpperCase().replaceAll("-", "_"));

/** The API names choices in upper case. */
function asSent(domain: Domain, value: unknown): unknown {
  if (domain.type === "enum") return constantName(String(value));
  return domain.type === "list" && Array.isArray(value) ? value.map(constantName) : value;
}

/** The rule with choices as they are spelled on a command line. */
function spelledRule(domain: Domain): string {
  if (domain.type !== "enum" && domain.type !== "list") return ruleOf(domain);
  return `${domain.type === "enum" ? "one" : "one or several"} of ${spelled(Object.keys(domain.values)).join(", ")}`;
}

const spelled = (values: readonly string[]): string[] =>
  values.map((value) => constantName(value).toLowerCase().replaceAll("_", "-"));

/** The default in words: of an option that the recipe decides, whose it is. */
const otherwise = (name: ServiceOption): string =>
  rowOf(name).byRecipe ? `the recipe's; of published ${shown(serviceView(name))}` : shown(serviceView(name));

/** The default of a flag in words; empty: a switch that is off. */
function shown(view: View): string {
  if (view.type === "boolean") return "";
  if (view.default === null) return String(view.nullMeans);
  return (Array.isArray(view.default) ? spelled(view.default) : [String(view.default)]).join(",");
}

/** The first sentence as a line of help. Options in backticks become their flags. */
function help(
  sentence: string,
  domain: Domain,
  otherwise: string,
  rows: Readonly<Record<string, OptionRow>> = OPTIONS,
): string {
  const first = sentence.split(/\.(?: |$)/)[0];
  const values =
    domain.type === "enum" || domain.type === "list" ? `: ${spelled(Object.keys(domain.values)).join(", ")}` : "";
  const note = domain.note ? `; ${domain.note}` : "";
  const text = first[0].toLowerCase() + first.slice(1) + values + note + (otherwise ? ` (default: ${otherwise})` : "");
  return text.replace(/`(\w+)`/g, (_, name: string) => flagNameOf(name, rows) ?? name);
}

/** --batch-size of batchSize. */
const flagNameOf = (name: string, rows: Readonly<Record<string, OptionRow>>): string | undefined =>
  Object.hasOwn(rows, name) ? rows[name].flag?.split(" ")[0] : undefined;
