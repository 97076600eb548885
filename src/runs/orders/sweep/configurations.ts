/**
 * What is searched, checked by the table of options, and the options of each trial.
 *   grid     every combination, in the order of the search: the last option changes fastest
 *   random   draw number n of option d is a function of (seed, n, d) alone, so a sweep with more trials begins with the
 *            same ones; a combination that was drawn before is left out
 */
import { Philox } from "../../../model/philox-stream.js";
import {
  accepts,
  constantName,
  type Domain,
  ruleOf,
  SERVICE_OPTIONS,
  type ServiceOption,
  serviceView,
  withinInt,
} from "../../../train/options/table.js";
import { invalid } from "../input.js";
import { type Configuration, type Dimension, SWEEP_SCALES, type SweepScale } from "./types.js";

export interface SearchInput {
  option: string;
  /** Either these, or `from` and `to`. */
  values?: readonly unknown[] | null;
  from?: number | null;
  to?: number | null;
  /** LINEAR (default) or LOG. */
  scale?: string;
  /** Default: as the option is. */
  integer?: boolean | null;
  /** Values of a range in a grid. */
  count?: number | null;
}

export const MOST_TRIALS = 256;
const MOST_OPTIONS = 10;
/** Draws for one new combination, after which there are no more. */
const MOST_DRAWS = 100;
/** Digits of a number that is drawn, or computed for a grid. */
const DIGITS = 4;
/** Stream number: separates these random numbers from other uses of the same seed. */
const SWEEP_STREAM = 0x73776570;

export function checkSearch(search: readonly SearchInput[]): Dimension[] {
  if (search.length < 1 || search.length > MOST_OPTIONS)
    throw invalid("search", search.length, `1 to ${MOST_OPTIONS} options`);
  const dimensions = search.map((one, index) => dimensionOf(one, `search.${index}`));
  const names = dimensions.map(({ option }) => option);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) throw invalid("search", twice, "each option once");
  return dimensions;
}

function dimensionOf(input: SearchInput, param: string): Dimension {
  const { values = null, from = null, to = null, scale = "LINEAR", integer = null, count = null } = input;
  const known: readonly string[] = SERVICE_OPTIONS;
  if (!known.includes(input.option)) throw invalid(`${param}.option`, input.option, `one of ${known.join(", ")}`);
  const option = input.option as ServiceOption;
  const view = withinInt(serviceView(option));
  if (values !== null) {
    if (from !== null || to !== null || count !== null)
      throw invalid(`${param}.values`, values.slice(0, 5), "left out where a range is given");
    const texts = new Set(values.map((value) => JSON.stringify(value)));
    if (values.length < 1 || values.length > MOST_TRIALS || texts.size < values.length)
      throw invalid(`${param}.values`, values.slice(0, 5), `1 to ${MOST_TRIALS} values, each once`);
    return { option, values: values.map((value) => checkValue(option, view, value)) };
  }
  if (view.type !== "int" && view.type !== "float")
    throw invalid(`${param}.values`, null, `a list, since ${option} is no number`);
  if (!Object.hasOwn(SWEEP_SCALES, scale))
    throw invalid(`${param}.scale`, scale, `one of ${Object.keys(SWEEP_SCALES).join(", ")}`);
  const isNumber = (value: number | null): value is number => Number.isFinite(value);
  if (!isNumber(from) || !isNumber(to) || from >= to)
    throw invalid(`${param}.from`, from, `a number below \`to\`, which is ${to}; or give \`values\``);
  if (scale === "LOG" && from <= 0) throw invalid(`${param}.from`, from, "above 0 with the scale LOG");
  if (count !== null && (count < 2 || count > MOST_TRIALS))
    throw invalid(`${param}.count`, count, `a whole number from 2 to ${MOST_TRIALS}`);
  const whole = integer ?? view.type === "int";
  if (whole && Math.ceil(from) > Math.floor(to))
    throw invalid(`${param}.to`, to, `at least the first whole number from ${from}`);
  for (const end of [from, to]) checkValue(option, view, whole ? Math.round(end) : end);
  return { option, from, to, scale: scale as SweepScale, integer: whole, count };
}

/** As the API names it. INVALID_CONFIG by the option's own rule. */
function checkValue(option: ServiceOption, view: Domain, value: unknown): unknown {
  const own = ownValue(view, value);
  if (!accepts(view, own)) throw invalid(option, value, ruleOf(view));
  return shownValue(view, own);
}

/** COSINE -> cosine: a value as the table of options has it. */
export const optionValue = (option: ServiceOption, value: unknown): unknown => ownValue(serviceView(option), value);

function ownValue(view: Domain, value: unknown): unknown {
  switch (view.type) {
    case "enum":
      return Object.keys(view.values).find((one) => one === value || constantName(one) === value) ?? value;
    case "list":
      return Array.isArray(value) ? value.map((one) => ownValue({ ...view, type: "enum" }, one)) : value;
    case "object":
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(
        Object.entries(view.parts).map(([name, part]) => {
          const given = (value as Record<string, unknown>)[name];
          return [name, given === undefined ? part.default : ownValue(part, given)];
        }),
      );
    default:
      return value;
  }
}

function shownValue(view: Domain, value: unknown): unknown {
  if (value === null) return null;
  if (view.type === "enum") return constantName(String(value));
  if (view.type === "list") return (value as string[]).map(constantName);
  if (view.type !== "object") return value;
  const parts = Object.entries(value as object);
  return Object.fromEntries(parts.map(([name, one]) => [name, shownValue(view.parts[name], one)]));
}

/** Every combination: at most `MOST_TRIALS`. */
export function gridOf(dimensions: readonly Dimension[]): Configuration[] {
  const lists = dimensions.map((dimension, index) => {
    if ("values" in dimension) return dimension.values;
    const { from, to, count, integer } = dimension;
    if (count === null) throw invalid(`search.${index}.count`, null, "how many values of the range a grid has");
    const values = Array.from({ length: count }, (_, place) => valueAt(dimension, place / (count - 1)));
    return [...new Set(integer ? values : values.map((value) => Math.min(to, Math.max(from, value))))];
  });
  const size = lists.reduce((product, { length }) => product * length, 1);
  if (size > MOST_TRIALS)
    throw invalid("search", size, `at most ${MOST_TRIALS} combinations; or draw so many at random`);
  return lists.reduce<Configuration[]>(
    (before, values, index) =>
      before.flatMap((trial) => values.map((value) => ({ ...trial, [dimensions[index].option]: value }))),
    [{}],
  );
}

export function drawn(dimensions: readonly Dimension[], count: number, seed: number): Configuration[] {
  const trials = new Map<string, Configuration>();
  for (let draw = 0, missed = 0; trials.size < count; draw++) {
    const trial: Configuration = Object.fromEntries(
      dimensions.map((dimension, place) => [
        dimension.option,
        draw1(dimension, new Philox(seed, SWEEP_STREAM, draw, place)),
      ]),
    );
    const key = JSON.stringify(trial);
    missed = trials.has(key) ? missed + 1 : 0;
    if (missed > MOST_DRAWS)
      throw invalid("trials", count, `at most as many as there are combinations: ${trials.size} were found`);
    trials.set(key, trial);
  }
  return [...trials.values()];
}

const draw1 = (dimension: Dimension, random: Philox): unknown =>
  "values" in dimension
    ? dimension.values[random.below(dimension.values.length)]
    : valueAt(dimension, random.uniform());

/** The number at a share of the range, from 0 to 1; of whole numbers each has the same share, on its scale. */
function valueAt({ from, to, scale, integer }: Exclude<Dimension, { values: unknown }>, share: number): number {
  const [low, high] = integer ? [Math.ceil(from), Math.floor(to)] : [from, to];
  const between = (a: number, b: number): number =>
    scale === "LOG" ? Math.exp(Math.log(a) + share * (Math.log(b) - Math.log(a))) : a + share * (b - a);
  if (integer) return Math.min(high, Math.max(low, Math.round(between(low - 0.5, high + 0.5))));
  return Math.min(high, Math.max(low, Number(between(low, high).toPrecision(DIGITS))));
}
