/**
 * Walks a schema: documents that ask for everything below a root field, the texts that its arguments take, and which
 * fields an answer had.
 */
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  parse,
} from "graphql";

const ROOT_TYPES = ["Query", "Mutation", "Subscription"] as const;
/** By `Type.field`: the arguments that it is asked with, once with each of them. */
export type Edges = Readonly<Record<string, () => Record<string, unknown>[]>>;

/** `Type.field` of all root fields. */
export const rootFields = (schema: GraphQLSchema): { name: string; field: GraphQLField<unknown, unknown> }[] =>
  ROOT_TYPES.flatMap((type) =>
    Object.values((schema.getType(type) as GraphQLObjectType).getFields()).map((field) => ({
      name: `${type}.${field.name}`,
      field,
    })),
  );

/** Types of which a row can be reached. */
export function leadingToRows(schema: GraphQLSchema): Set<string> {
  const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isOfLibrary(type));
  const leads = new Set(
    (objects as GraphQLObjectType[]).flatMap((type) => (type.getInterfaces().length > 0 ? [type.name] : [])),
  );
  leads.add("Node");
  for (let size = -1; size !== leads.size; ) {
    size = leads.size;
    for (const type of Object.values(schema.getTypeMap())) {
      const next = isUnionType(type)
        ? type.getTypes()
        : isObjectType(type)
          ? Object.values(type.getFields()).map((field) => getNamedType(field.type))
          : [];
      if (next.some(({ name }) => leads.has(name))) leads.add(type.name);
    }
  }
  return leads;
}

const isOfLibrary = ({ name }: GraphQLNamedType): boolean => name.startsWith("__");

/** Paths of the arguments that take a text or an id. */
export function textArguments(args: readonly GraphQLArgument[]): string[] {
  const walk = (path: string, of: GraphQLArgument["type"], above: readonly string[]): string[] => {
    const type = getNamedType(of);
    if (type.name === "ID" || type.name === "String") return [path];
    if (!isInputObjectType(type) || above.includes(type.name)) return [];
    const list = isListType(isNonNullType(of) ? of.ofType : of);
    return Object.values(type.getFields()).flatMap((field) =>
      walk(`${path}${list ? ".0" : ""}.${field.name}`, field.type, [...above, type.name]),
    );
  };
  return args.flatMap(({ name, type }) => walk(name, type, []));
}

/** A document of a root field with everything below it, to `depth` rows. */
export function everything(
  schema: GraphQLSchema,
  root: string,
  args: Record<string, unknown>,
  edges: Edges,
  depth: number,
): { document: DocumentNode; variables: Record<string, unknown> } {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const call = (field: GraphQLField<unknown, unknown>, values: Record<string, unknown>): string => {
    const given = field.args
      .filter(({ name }) => name in values)
      .map(({ name, type }) => {
        const variable = `v${declared.length}`;
        declared.push(`$${variable}: ${type}`);
        variables[variable] = values[name];
        return `${name}: $${variable}`;
      });
    return `${field.name}${given.length > 0 ? `(${given.join(", ")})` : ""}`;
  };
  const select = (type: GraphQLNamedType, left: number): string => {
    if (!isCompositeType(type)) return "";
    if (isAbstractType(type))
      return `{ __typename ${schema
        .getPossibleTypes(type)
        .map((one) => `... on ${one.name} ${select(one, left)}`)
        .join(" ")} }`;
    const rest = left - (isRow(type) ? 1 : 0);
    const fields = Object.values(type.getFields()).flatMap((field) => {
      const named = getNamedType(field.type);
      const edge = edges[`${type.name}.${field.name}`];
      if (field.args.some(isRequiredArgument) && !edge) return [];
      // Drawings take long and show what their object has.
      if (!isCompositeType(named)) return field.args.length > 0 ? [] : [fieldOf(type, field.name, field.name)];
      if (rest < 0) return [];
      return (edge?.() ?? [{}]).map((values, place) =>
        fieldOf(type, `${field.name}${place || ""}`, `${call(field, values)} ${select(named, rest)}`),
      );
    });
    return `{ ${fields.join(" ")} }`;
  };
  const [operation, name] = root.split(".");
  const field = (schema.getType(operation) as GraphQLObjectType).getFields()[name];
  const body = `${call(field, args)} ${select(getNamedType(field.type), depth)}`;
  const head = declared.length > 0 ? `(${declared.join(", ")})` : "";
  return { document: parse(`${operation.toLowerCase()} ${head} { ${body} }`), variables };
}

const isRow = (type: GraphQLObjectType): boolean => type.getInterfaces().length > 0;
/** Members of a union may have fields of one name and other types: each gets a name of its own. */
const fieldOf = ({ name }: GraphQLObjectType, field: string, text: string): string => `${name}_${field}: ${text}`;

/** `Type.field` of every field that an answer has something in. */
export function visited(data: unknown, into: Set<string>): void {
  if (Array.isArray(data)) for (const one of data) visited(one, into);
  else if (data && typeof data === "object")
    for (const [key, value] of Object.entries(data)) {
      const isEmpty = value === null || (Array.isArray(value) && value.every((one) => one === null));
      if (!isEmpty) into.add(key.replace("_", "."));
      visited(value, into);
    }
}

export const get = (value: unknown, path: string): unknown =>
  path.split(".").reduce((at, key) => (at as Record<string, unknown>)?.[key], value);

/** A copy with another value at the path. */
export function withValue(value: object, path: string, given: unknown): Record<string, unknown> {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() as string;
  (keys.reduce((at, key) => at[key] as Record<string, unknown>, copy) as Record<string, unknown>)[last] = given;
  return copy;
}
