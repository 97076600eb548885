/**
 * The price of one operation, in points: each field of the answer at its price (prices.ts), as often as the lists above
 * it are long. Variables, their defaults, @include and @skip are resolved; fragments and aliases count as often as they
 * are used. Each fragment is measured once, so that the time is linear in the size of the document. Introspection
 * counts by the size of this schema.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import type { Arguments } from "./arguments.js";
import { INTROSPECTION, NUMBER, PRICES } from "./prices.js";

type Variables = Readonly<Record<string, unknown>>;

/**
 * Points of the operation that would run; 0 where there is none, or no single one. The document is valid; `variables`
 * are as they came.
 */
export function operationCost(
  document: DocumentNode,
  variables: Variables | null | undefined,
  schema: GraphQLSchema,
  operationName?: string | null,
): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  // Only what was given: `constructor` is a name that a variable may have.
  const values = Object.create(null) as Record<string, unknown>;
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const given = variables && Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (given !== undefined) values[name] = given;
    else if (defaultValue) values[name] = valueFromASTUntyped(defaultValue);
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const root = schema.getRootType(operation.operation) ?? undefined;
  const { once, perRow } = new Pricing(schema, fragments, values).selections(operation.selectionSet, root);
  return Math.ceil(once + perRow);
}

/** `perRow`: points of the edges of a page, which count for each of its rows; `once`: all others. */
interface Points {
  once: number;
  perRow: number;
}

class Pricing {
  private readonly measured = new Map<string, Points>();
  private readonly introspection: Readonly<Record<string, number>>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Variables,
  ) {
    this.introspection = introspectionRows(schema);
  }

  selections(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Points {
    const total = { once: 0, perRow: 0 };
    for (const selection of set.selections) {
      if (!this.isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const points = this.field(selection, parent);
        if (selection.name.value === "edges" && parent?.name.endsWith("Connection")) total.perRow += points;
        else total.once += points;
        continue;
      }
      const { once, perRow } =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.fragment(selection.name.value)
          : this.selections(selection.selectionSet, this.typeOr(selection.typeCondition?.name.value, parent));
      total.once += once;
      total.perRow += perRow;
    }
    return total;
  }

  private fragment(name: string): Points {
    const known = this.measured.get(name);
    if (known) return known;
    // A cycle adds nothing here: graphql's own rule refuses it.
    this.measured.set(name, { once: 0, perRow: 0 });
    const node = this.fragments.get(name);
    if (!node) return { once: 0, perRow: 0 };
    const points = this.selections(node.selectionSet, this.typeOr(node.typeCondition.name.value, undefined));
    this.measured.set(name, points);
    return points;
  }

  private field(node: FieldNode, parent: GraphQLNamedType | undefined): number {
    const name = node.name.value;
    if (name.startsWith("__") || parent?.name.startsWith("__")) return this.introspected(node, parent);
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (!definition) return 1;
    const price = PRICES[`${parent?.name}.${name}`];
    const given =
      typeof price?.own === "function" || typeof price?.rows === "function" ? this.given(node, definition) : {};
    const own = pointsOf(price?.own, given, 1);
    const rows = pointsOf(price?.rows, given, 1);
    const type = getNamedType(definition.type);
    if (isLeafType(type)) return own + (isList(definition) ? rows * NUMBER : 0);
    if (!node.selectionSet) return own;
    const { once, perRow } = this.selections(node.selectionSet, type);
    if (type.name.endsWith("Connection")) return own + once + rows * perRow;
    return own + rows * (once + perRow);
  }

  private introspected(node: FieldNode, parent: GraphQLNamedType | undefined): number {
    const name = node.name.value;
    const type = name === "__schema" ? "__Schema" : name === "__type" ? "__Type" : undefined;
    const below = type ?? INTROSPECTION_TYPES[`${parent?.name}.${name}`];
    if (!node.selectionSet) return INTROSPECTION;
    const rows = this.introspection[`${parent?.name}.${name}`] ?? 1;
    const { once, perRow } = this.selections(node.selectionSet, this.typeOr(below, undefined));
    return INTROSPECTION + rows * (once + perRow);
  }

  private isIncluded({ directives }: SelectionNode): boolean {
    const isTrue = (name: string): boolean | undefined => {
      const value = directives
        ?.find((directive) => directive.name.value === name)
        ?.arguments?.find((argument) => argument.name.value === "if")?.value;
      return value && valueFromASTUntyped(value, this.variables) === true;
    };
    return isTrue("include") !== false && isTrue("skip") !== true;
  }

  private given(node: FieldNode, definition: GraphQLField<unknown, unknown>): Arguments {
    const given: Record<string, unknown> = {};
    for (const { name, defaultValue } of definition.args) {
      const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
      const resolved = value && valueFromASTUntyped(value, this.variables);
      given[name] = resolved === undefined ? defaultValue : resolved;
    }
    return given;
  }

  private typeOr(name: string | undefined, otherwise: GraphQLNamedType | undefined): GraphQLNamedType | undefined {
    return name === undefined ? otherwise : this.schema.getType(name);
  }
}

function pointsOf(points: number | ((given: Arguments) => number) | undefined, given: Arguments, otherwise: number) {
  return typeof points === "function" ? points(given) : (points ?? otherwise);
}

const isList = ({ type }: GraphQLField<unknown, unknown>): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type);

/** Types below the fields of introspection that have some. */
const INTROSPECTION_TYPES: Record<string, string> = {
  "__Schema.types": "__Type",
  "__Schema.queryType": "__Type",
  "__Schema.mutationType": "__Type",
  "__Schema.subscriptionType": "__Type",
  "__Schema.directives": "__Directive",
  "__Directive.args": "__InputValue",
  "__Type.fields": "__Field",
  "__Type.interfaces": "__Type",
  "__Type.possibleTypes": "__Type",
  "__Type.enumValues": "__EnumValue",
  "__Type.inputFields": "__InputValue",
  "__Type.ofType": "__Type",
  "__Field.args": "__InputValue",
  "__Field.type": "__Type",
  "__InputValue.type": "__Type",
};

const known = new WeakMap<GraphQLSchema, Record<string, number>>();

/** How long the lists of introspection are: means over this schema. */
function introspectionRows(schema: GraphQLSchema): Record<string, number> {
  const made = known.get(schema);
  if (made) return made;
  const types = Object.values(schema.getTypeMap());
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const rows = {
    "__Schema.types": types.length,
    "__Schema.directives": schema.getDirectives().length,
    "__Directive.args": 2,
    "__Type.fields": fields.length / types.length,
    "__Type.inputFields":
      sum(types.map((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0))) / types.length,
    "__Type.enumValues": sum(types.map((type) => (isEnumType(type) ? type.getValues().length : 0))) / types.length,
    "__Field.args": sum(fields.map(({ args }) => args.length)) / fields.length,
    "__Type.possibleTypes": 0.2,
    "__Type.interfaces": 0.1,
  };
  known.set(schema, rows);
  return rows;
}
