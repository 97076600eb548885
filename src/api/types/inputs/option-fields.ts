/**
 * Fields made from the table of options: type, default, nullability and description are those of the row. A new row
 * that the service has is a field of StartFinetuneInput, and of FinetuneSettings, which say what a run was asked; with
 * its enum where it is a choice.
 */
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import type { ServiceOptions } from "../../../train/options/options.js";
import {
  constantName,
  type Domain,
  type OptionPart,
  type OptionRow,
  rowOf,
  ruleOf,
  type ServiceOption,
  serviceView,
  type View,
  viewOfRow,
} from "../../../train/options/table.js";

type Class<T> = abstract new () => T;
/** What the description says besides the rule and the default. */
interface Words {
  what: string;
  unit: string | null;
  huggingFace: string | null;
}

/**
 * The base class with a field for each of the options. The result is a registered input type, to be extended by one
 * that has a name in the schema.
 */
export function withOptions<Base extends object, Name extends ServiceOption>(
  base: Class<Base>,
  names: readonly Name[],
): Class<Base & Pick<ServiceOptions, Name>> {
  abstract class Options extends (base as Class<object>) {}
  InputType()(Options);
  for (const name of names) OptionField(name)(Options.prototype, name);
  return Options as Class<Base & Pick<ServiceOptions, Name>>;
}

/** The same with nothing required and no default: what is absent is as it was in another run. */
export function withChanges<Base extends object, Name extends ServiceOption>(
  base: Class<Base>,
  names: readonly Name[],
): Class<Base & Partial<Pick<ServiceOptions, Name>>> {
  abstract class Changes extends (base as Class<object>) {}
  InputType()(Changes);
  for (const name of names) {
    const row = rowOf(name);
    const view: View = { ...serviceView(name), nullable: true, default: null, nullMeans: "its default" };
    fieldOf(view, { ...row, what: sentenceOf(row) }, pascal(name), "input")(Changes.prototype, name);
  }
  return Changes as Class<Base & Partial<Pick<ServiceOptions, Name>>>;
}

/** The same for an output type: what each of the options was. */
export function withSettings<Base extends object, Name extends ServiceOption>(
  base: Class<Base>,
  names: readonly Name[],
): Class<Base & Pick<ServiceOptions, Name>> {
  abstract class Settings extends (base as Class<object>) {}
  ObjectType()(Settings);
  for (const name of names) {
    const row = rowOf(name);
    fieldOf(serviceView(name), { ...row, what: sentenceOf(row) }, pascal(name), "output")(Settings.prototype, name);
  }
  return Settings as Class<Base & Pick<ServiceOptions, Name>>;
}

/** The same of a table of its own, all its rows that the service has. */
export function withRowOptions<Base extends object, Values extends object>(
  base: Class<Base>,
  rows: { readonly [K in keyof Values]: OptionRow },
  side: Side,
): Class<Base & Values> {
  abstract class Options extends (base as Class<object>) {}
  if (side === "input") InputType()(Options);
  else ObjectType()(Options);
  for (const [name, row] of Object.entries<OptionRow>(rows))
    fieldOf(viewOfRow(row), { ...row, what: sentenceOf(row) }, pascal(name), side)(Options.prototype, name);
  return Options as Class<Base & Values>;
}

/** One field. `what`: a sentence in place of the row's, where the option means less. */
export function OptionField(name: ServiceOption, what?: string): PropertyDecorator {
  const row = rowOf(name);
  return fieldOf(viewOf(name), { ...row, what: what ?? sentenceOf(row) }, pascal(name), "input");
}

/** An option that the recipe decides has no default of its own: whether it is named must be seen. */
function viewOf(name: ServiceOption): View {
  const view = serviceView(name);
  if (!rowOf(name).byRecipe) return view;
  return { ...view, nullable: true, default: null, nullMeans: `what \`recipe\` says; of PUBLISHED ${view.default}` };
}

type Side = "input" | "output";

/** `typeName`: of the enum or object that it needs. */
function fieldOf(view: View, words: Words, typeName: string, side: Side): PropertyDecorator {
  const type = typeOf(view, words.what, typeName, side);
  const options = view.nullable ? { nullable: true } : side === "input" ? { defaultValue: view.default } : {};
  return Field(() => type, { ...options, description: descriptionOf(view, words) });
}

const sentenceOf = ({ what, engine, service }: OptionRow): string =>
  (engine ?? service)?.type === "boolean" ? `True: ${what[0].toLowerCase()}${what.slice(1)}` : what;

function descriptionOf(view: View, { what, unit, huggingFace }: Words): string {
  return [
    what,
    ...(view.nullMeans === undefined ? [] : [`Null: ${view.nullMeans}.`]),
    unit === null ? `Rule: ${ruleOf(view)}.` : `Unit: ${unit}; rule: ${ruleOf(view)}.`,
    ...(view.default === null
      ? []
      : [`Default ${Array.isArray(view.default) ? view.default.join(", ") : view.default}.`]),
    ...(huggingFace === null ? [] : [`Hugging Face: ${huggingFace}.`]),
  ].join(" ");
}

const pascal = (name: string): string => name[0].toUpperCase() + name.slice(1);

function typeOf(domain: Domain, what: string, typeName: string, side: Side) {
  switch (domain.type) {
    case "int":
      return Int;
    case "float":
      return Float;
    case "boolean":
      return Boolean;
    case "text":
      return String;
    case "enum":
      return enumOf(domain.values, what, typeName);
    case "list":
      return [enumOf(domain.values, what, typeName)];
    case "object":
      return objectOf(domain.parts, what, typeName, side);
    default:
      throw domain satisfies never;
  }
}

/** An enum is registered once: several inputs may have it. */
const enums = new Map<string, object>();

/** Its values have upper-case names in the schema and those of the table in the code. */
function enumOf(values: Readonly<Record<string, string>>, description: string, name: string): object {
  const known = enums.get(name);
  if (known) return known;
  const entries = Object.entries(values);
  const made = Object.fromEntries(entries.map(([value]) => [constantName(value), value]));
  registerEnumType(made, {
    name,
    description,
    valuesConfig: Object.fromEntries(entries.map(([value, text]) => [constantName(value), { description: text }])),
  });
  enums.set(name, made);
  return made;
}

/** As enums are. */
const objects = new Map<string, Class<object>>();

/** lora with targets -> LoraInput, or LoraSettings, with LoraTarget. */
function objectOf(parts: Readonly<Record<string, OptionPart>>, description: string, name: string, side: Side) {
  const key = `${name} ${side}`;
  const known = objects.get(key);
  if (known) return known;
  abstract class Parts {}
  objects.set(key, Parts);
  if (side === "input") InputType(`${name}Input`, { description })(Parts);
  else ObjectType(`${name}Settings`, { description })(Parts);
  for (const [part, view] of Object.entries(parts)) {
    const words = { what: view.what, unit: null, huggingFace: view.huggingFace };
    fieldOf(view, words, name + pascal(part).replace(/s$/, ""), side)(Parts.prototype, part);
  }
  return Parts;
}
