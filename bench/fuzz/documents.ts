/**
 * Documents that are valid for a schema, with arguments as literals and variables of the right type or nearly so.
 * Fields and values are chosen by random numbers.
 */
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import { mutateText, ODD_NUMBERS, ODD_TEXTS, type Random } from "./random.js";

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
  operationName?: unknown;
}

/** Texts that mean something to the server under test. */
export interface Vocabulary {
  /** By the type of the node, such as Run. */
  ids: Readonly<Record<string, readonly string[]>>;
  names: Readonly<Record<string, readonly string[]>>;
  cursors: readonly string[];
  molecules: readonly string[];
  others: readonly string[];
}

/** Fields that start a process of analysis for seconds, that is their business. Asked with molecules in tests. */
const LONG = /^(projection|compareRuns|labelSeparation|separation|clusters|outliers)$/;
/** What changes the server for good, or starts work for minutes. Their inputs name nothing that exists. */
const STARTS = /^(start|add|create|delete|cancel|rename|retry|resume|download|import)/;

/** With the first key of a server every request needs one: the rest would be refused before it is looked at. */
const LOCKS = "createApiKey";

const DEPTH = 5;

export function randomOperation(random: Random, schema: GraphQLSchema, vocabulary: Vocabulary): Operation {
  const kind = random.pick(["query", "query", "query", "query", "query", "mutation"] as const);
  const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
  const maker = new Maker(random, schema, vocabulary);
  const text = maker.selections(root as GraphQLNamedType, DEPTH);
  const declared = maker.declarations.length > 0 ? ` (${maker.declarations.join(", ")})` : "";
  return { query: `${kind}${declared} ${text}`, variables: maker.variables };
}

class Maker {
  readonly declarations: string[] = [];
  readonly variables: Record<string, unknown> = {};

  constructor(
    private readonly random: Random,
    private readonly schema: GraphQLSchema,
    private readonly vocabulary: Vocabulary,
  ) {}

  selections(type: GraphQLNamedType, depth: number): string {
    const { random } = this;
    if (isAbstractType(type)) {
      const members = this.schema.getPossibleTypes(type);
      const parts = members
        .filter(() => random.chance(0.5))
        .map((member) => `... on ${member.name} ${this.selections(member, depth)}`);
      return `{ __typename ${parts.join(" ")} }`;
    }
    const all = isObjectType(type) ? Object.values(type.getFields()) : [];
    const fields = all.filter(
      ({ name, type: of }) =>
        name !== LOCKS &&
        (depth > 1 || !isCompositeType(getNamedType(of))) &&
        (!LONG.test(name) || random.chance(0.01)),
    );
    const wanted = depth === DEPTH ? (random.chance(0.8) ? 1 : 2) : 1 + random.below(3);
    const parts = ["__typename"];
    for (let left = wanted; left > 0 && fields.length > 0; left--) {
      const field = random.pick(fields);
      const named = getNamedType(field.type);
      const below = isCompositeType(named) ? ` ${this.selections(named, depth - 1)}` : "";
      // Two fields of one name are one only when their arguments are equal.
      const alias = field.args.length > 0 || random.chance(0.05) ? `a${parts.length}: ` : "";
      const unknown = STARTS.test(field.name);
      parts.push(`${alias}${field.name}${this.arguments(field.args, unknown)}${below}`);
    }
    return `{ ${parts.join(" ")} }`;
  }

  private arguments(args: readonly GraphQLArgument[], unknown: boolean): string {
    const { random } = this;
    const names = args.map(({ name }) => name);
    const isList = names.includes("first") && names.includes("last");
    const way = random.chance(0.7) ? "last" : "first";
    // Of "either this or that" one is given, mostly.
    const keys = names.filter((name) => /^(id|name|inchiKey|smiles)$/.test(name));
    const key = keys.length > 1 && random.chance(0.9) ? random.pick(keys) : null;
    const given = args.filter((argument) => {
      const { name } = argument;
      if (isRequiredArgument(argument)) return true;
      if (isList && /^(first|last)$/.test(name) && random.chance(0.95)) return name !== way;
      if (/^(after|before)$/.test(name)) return random.chance(0.1);
      if (key !== null && keys.includes(name)) return name === key;
      return random.chance(0.3);
    });
    const parts = given.map(({ name, type }) => {
      const value = this.value(type, name, unknown, 0);
      if (random.chance(0.5)) return `${name}: ${literal(value, type)}`;
      const variable = `v${this.declarations.length}`;
      this.declarations.push(`$${variable}: ${type}`);
      this.variables[variable] = value;
      return `${name}: $${variable}`;
    });
    return parts.length > 0 ? `(${parts.join(", ")})` : "";
  }

  private value(type: GraphQLInputType, name: string, unknown: boolean, depth: number): unknown {
    const { random } = this;
    if (!isNonNullType(type) && random.chance(0.08)) return null;
    const inner = getNullableType(type);
    if (isListType(inner)) {
      const length = random.pick([0, 1, 1, 2, 3, 5]);
      return Array.from({ length }, () => this.value(inner.ofType, name, unknown, depth + 1));
    }
    if (isEnumType(inner)) return random.pick(inner.getValues()).name;
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields()).filter(
        (field) => isRequiredInputField(field) || (depth < 4 && random.chance(0.4)),
      );
      return Object.fromEntries(
        fields.map((field) => [field.name, this.value(field.type, field.name, unknown, depth + 1)]),
      );
    }
    return this.scalar(String(inner), name, unknown);
  }

  /** What an argument of this name is likely to mean. */
  private texts(type: string, name: string): readonly string[] {
    const { ids, names, cursors, molecules, others } = this.vocabulary;
    const all = Object.values(ids).flat();
    if (type === "ID") {
      const kind = Object.keys(ids).find((node) => name.toLowerCase().startsWith(node.toLowerCase()));
      const fitting = kind && this.random.chance(0.8) ? ids[kind] : all;
      return fitting.length > 0 ? fitting : all;
    }
    if (/^(after|before)$/.test(name)) return cursors;
    if (/smiles|similar/i.test(name)) return molecules;
    if (Object.hasOwn(names, name)) return names[name];
    return this.random.chance(0.5) ? Object.values(names).flat() : others;
  }

  private scalar(type: string, name: string, unknown: boolean): unknown {
    const { random } = this;
    if (type === "Boolean") return random.chance(0.5);
    if (type === "Int") {
      if (/^(first|last)$/.test(name) && random.chance(0.9)) return 1 + random.below(3);
      if (/^(width|height)$/.test(name) && random.chance(0.8)) return 40 + random.below(300);
      if (random.chance(0.7)) return 1 + random.below(5);
      const number = Math.trunc(random.pick(ODD_NUMBERS));
      return Math.abs(number) < 2 ** 31 ? number : 2 ** 31 - 1;
    }
    if (type === "Float") return random.chance(0.5) ? random.next() * 100 : random.pick(ODD_NUMBERS);
    if (unknown) return random.chance(0.7) ? `none-${random.below(1_000)}` : random.pick(ODD_TEXTS).slice(0, 2_000);
    const text = random.pick(this.texts(type, name));
    if (random.chance(0.85)) return text;
    return random.chance(0.5) ? mutateText(random, text) : random.pick(ODD_TEXTS);
  }
}

/** A value as it stands in a document. */
function literal(value: unknown, type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value) && isListType(inner))
    return `[${value.map((item) => literal(item, inner.ofType)).join(", ")}]`;
  if (isEnumType(inner)) return String(value);
  if (isInputObjectType(inner)) {
    const fields = inner.getFields();
    const parts = Object.entries(value as object).map(([name, item]) => `${name}: ${literal(item, fields[name].type)}`);
    return `{ ${parts.join(", ")} }`;
  }
  return JSON.stringify(value);
}
