/**
 * Limits of one document, checked before anything runs, by one validation rule for HTTP and WebSocket alike. Counts are
 * static: variables are taken at their largest. Each fragment is measured once, so that the time is linear in the size
 * of the document.
 *   depth       nested fields
 *   aliases     fields with an alias, fragments expanded
 *   directives  directives, fragments expanded
 *   cost        fields at most answered: 1 + list length x the fields below; a drawing counts 20, a projection 1,000,
 *               and a list with a filter or an order, which looks at the whole library, 2,000
 * Tokens are limited by the parser (`maxTokens`).
 *
 * Why not @escape.tech/graphql-armor (3.2.0): its cost knows neither the schema nor variables, so that `first: $n` and
 * the default of an argument count as one row, and a field cannot have a cost of its own. Its errors are thrown as
 * "Syntax Error: …" with the measured number in the text alone.
 */
import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";

export const LIMITS = {
  depth: 16,
  aliases: 30,
  directives: 30,
  cost: 100_000,
  tokens: 2_000,
  bodyBytes: 1_048_576,
} as const;

/** Longest lists by "Type.field"; a list not named here is taken as 10. */
const LIST_LENGTHS: Record<string, number> = {
  "Projection.points": 1_000,
  "Evaluation.classes": 20,
  "Evaluation.calibrationCurve": 15,
  "Evaluation.curves": 20,
};
/** What a field costs by itself; 1 when not named here. */
const OWN_COST: Record<string, number> = {
  "Query.projection": 1_000,
  "Projection.svg": 1_000,
  "Compound.svg": 20,
  "Query.compareRuns": 1_000,
  "Query.runCurves": 1_000,
  "Evaluation.figure": 1_000,
  // A thousand resamples; the fields of one evaluation share them.
  ...Object.fromEntries(
    ["intervals", "newScaffolds", "calibrationCurve", "curves", "mistakes", "residuals", "pairs", "molecules"].map(
      (field) => [`Evaluation.${field}`, 1_000],
    ),
  ),
};
/** What a field costs by itself because of an argument. */
const ARGUMENT_COST: Record<string, number> = { filter: 2_000, orderBy: 2_000 };
/** Arguments that say how long a list is, with the length taken for a variable. */
const SIZE_ARGUMENTS: Record<string, number> = { first: 100, last: 100, smiles: 256, ids: 100 };

interface Measure {
  depth: number;
  aliases: number;
  directives: number;
  cost: number;
}
const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0, cost: 0 };

export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const fragments = fragmentsOf(document);
      const meter = new Meter(context.getSchema(), fragments);
      for (const node of document.definitions) {
        if (node.kind !== Kind.OPERATION_DEFINITION) continue;
        const root = context.getSchema().getRootType(node.operation) ?? undefined;
        const measure = meter.selections(node.selectionSet, root);
        measure.directives += node.directives?.length ?? 0;
        for (const name of ["depth", "aliases", "directives", "cost"] as const) {
          if (measure[name] <= LIMITS[name]) continue;
          const actual = Number.isFinite(measure[name]) ? measure[name] : "more";
          context.reportError(
            new GraphQLError(
              `The ${name} of this operation is ${actual}; at most ${LIMITS[name]} is answered. ${ADVICE[name]}`,
              {
                nodes: node,
                extensions: { limit: { limit: name, maximum: LIMITS[name], actual } },
              },
            ),
          );
        }
      }
    },
  };
}

/** Cost of one operation of a valid document. */
export function operationCost(schema: GraphQLSchema, document: DocumentNode, operationName?: string | null): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  return new Meter(schema, fragmentsOf(document)).selections(
    operation.selectionSet,
    schema.getRootType(operation.operation) ?? undefined,
  ).cost;
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  return fragments;
}

const ADVICE = {
  depth: "Ask for less deeply nested fields, or fetch nodes by id.",
  aliases: "Send several operations.",
  directives: "Send several operations.",
  cost: "Ask for shorter pages or fewer nested lists.",
} as const;

class Meter {
  private readonly measured = new Map<string, Measure>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  selections(set: SelectionSetNode, parent: GraphQLNamedType | undefined): Measure {
    const total = { ...NOTHING };
    for (const selection of set.selections) {
      const directives = selection.directives?.length ?? 0;
      let measure: Measure;
      if (selection.kind === Kind.FIELD) measure = this.field(selection, parent);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) measure = this.fragment(selection.name.value);
      else
        measure = this.selections(
          selection.selectionSet,
          this.typeNamed(selection.typeCondition?.name.value) ?? parent,
        );
      total.depth = Math.max(total.depth, measure.depth);
      total.aliases += measure.aliases;
      total.directives += measure.directives + directives;
      total.cost += measure.cost;
    }
    return total;
  }

  private fragment(name: string): Measure {
    const known = this.measured.get(name);
    if (known) return known;
    // A cycle adds nothing here: graphql's own rule refuses it.
    this.measured.set(name, NOTHING);
    const node = this.fragments.get(name);
    const measure = node ? this.selections(node.selectionSet, this.typeNamed(node.typeCondition.name.value)) : NOTHING;
    this.measured.set(name, measure);
    return measure;
  }

  private field(node: FieldNode, parent: GraphQLNamedType | undefined): Measure {
    const name = node.name.value;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const introspection = name.startsWith("__") || parent?.name.startsWith("__");
    const below = node.selectionSet
      ? this.selections(node.selectionSet, definition ? getNamedType(definition.type) : this.introspectionType(name))
      : NOTHING;
    const place = `${parent?.name}.${name}`;
    const length = definition && !introspection ? listLength(node, definition, place) : 1;
    return {
      depth: below.depth + 1,
      aliases: below.aliases + (node.alias ? 1 : 0),
      directives: below.directives,
      cost: ownCost(node, place) + length * below.cost,
    };
  }

  private typeNamed(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.schema.getType(name);
  }

  private introspectionType(field: string): GraphQLNamedType | undefined {
    return this.typeNamed(field === "__schema" ? "__Schema" : field === "__type" ? "__Type" : undefined);
  }
}

function ownCost(node: FieldNode, place: string): number {
  const given = node.arguments?.filter(({ value }) => value.kind !== Kind.NULL) ?? [];
  return Math.max(OWN_COST[place] ?? 1, ...given.map(({ name }) => ARGUMENT_COST[name.value] ?? 0));
}

function listLength(node: FieldNode, definition: GraphQLField<unknown, unknown>, place: string): number {
  for (const argument of definition.args) {
    const largest = SIZE_ARGUMENTS[argument.name];
    if (largest === undefined || ((argument.name === "smiles" || argument.name === "ids") && !isList(argument.type)))
      continue;
    const given = node.arguments?.find((entry) => entry.name.value === argument.name)?.value;
    if (given?.kind === Kind.INT) return Math.max(0, Number(given.value));
    if (given?.kind === Kind.LIST) return given.values.length;
    if (given?.kind === Kind.VARIABLE) return place === "Run.metrics" ? 10_000 : largest;
    if (given?.kind === Kind.STRING) return 1;
    if (!given && typeof argument.defaultValue === "number") return argument.defaultValue;
  }
  if (!isList(definition.type) || isScalarType(getNamedType(definition.type))) return 1;
  // Its length was counted with the `first` or `last` of its connection.
  if (place.endsWith("Connection.edges")) return 1;
  return LIST_LENGTHS[place] ?? 10;
}

const isList = (type: GraphQLOutputType | GraphQLInputType): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type);
