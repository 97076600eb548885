/**
 * Which fields compute: with RDKit, the compute pool, a process of their own, or in the whole library. They run as
 * `Operation.compute`, which holds a place of their client until their work has ended. All other fields read rows.
 */
import { type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from "graphql";
import type { Kind, Operation } from "./operation.js";

type Given = Readonly<Record<string, unknown>>;
/** What it computes; of some fields only with one of these arguments. */
type Rule = Kind | { kind: Kind; withOneOf: readonly string[] };

/** A plain page reads rows. */
const SEARCH: Rule = { kind: "computation", withOneOf: ["filter", "orderBy"] };

const COMPUTING: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Query: {
    predict: "computation",
    embed: "computation",
    compound: { kind: "computation", withOneOf: ["smiles"] },
    compounds: SEARCH,
    compareRuns: "computation",
    runCurves: "computation",
    projection: "analysis",
    clusters: "analysis",
    neighbours: "analysis",
    outliers: "analysis",
    separation: "analysis",
  },
  Mutation: {
    importDataset: "computation",
    addModel: "computation",
    deleteDataset: "computation",
    deleteModel: "computation",
    deleteRun: "computation",
    deleteRunGroup: "computation",
    collectGarbage: "computation",
  },
  Dataset: { compounds: SEARCH },
  LabelSet: { splitOverlap: "computation" },
  SplitOverlap: { molecules: "computation" },
  Run: { projection: "computation" },
  Compound: { svg: "computation" },
  Prediction: { logits: "computation" },
  Projection: { svg: "computation" },
  Sweep: { figure: "computation" },
  Evaluation: {
    intervals: "computation",
    newScaffolds: "computation",
    calibrationCurve: "computation",
    curves: "computation",
    mistakes: "computation",
    residuals: "computation",
    pairs: "computation",
    molecules: "computation",
    figure: "computation",
  },
};

/** Changes the resolvers of these fields; call it once for a schema. */
export function limitComputing(schema: GraphQLSchema): GraphQLSchema {
  for (const [typeName, rules] of Object.entries(COMPUTING))
    for (const [fieldName, rule] of Object.entries(rules)) {
      const type = schema.getType(typeName);
      const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
      if (!field?.resolve) throw new Error(`The schema has no field ${typeName}.${fieldName} with a resolver.`);
      field.resolve = limited(rule, field.resolve);
    }
  return schema;
}

type Resolver = GraphQLFieldResolver<unknown, { operation: Operation }>;

function limited(rule: Rule, resolve: Resolver): Resolver {
  return (source, given, context, info) => {
    const work = () => resolve(source, given, context, info);
    const kind = kindOf(rule, given);
    return kind === null ? work() : context.operation.compute(kind, work);
  };
}

function kindOf(rule: Rule, given: Given): Kind | null {
  if (typeof rule === "string") return rule;
  return rule.withOneOf.some((name) => (given[name] ?? null) !== null) ? rule.kind : null;
}
