/** The GraphQL schema, made from the classes under types/ and resolvers/. */
import "reflect-metadata";
import { writeFile } from "node:fs/promises";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { buildSchema, type PubSub } from "type-graphql";
import { CompoundLabelResolver, CompoundResolver } from "./resolvers/compound.js";
import { DatasetResolver } from "./resolvers/dataset.js";
import { ModelResolver } from "./resolvers/model.js";
import { NodeResolver } from "./resolvers/node.js";
import { EmbeddingResolver, PredictionResolver } from "./resolvers/prediction.js";
import { ProjectionPointResolver, ProjectionResolver } from "./resolvers/projection.js";
import { RunResolver } from "./resolvers/run.js";
import { SystemResolver } from "./resolvers/system.js";

const RESOLVERS = [
  ...[CompoundResolver, CompoundLabelResolver, DatasetResolver, ModelResolver, NodeResolver, PredictionResolver],
  ...[EmbeddingResolver, ProjectionResolver, ProjectionPointResolver, RunResolver, SystemResolver],
] as const;

/** type-graphql wants one when there are subscriptions; ours bring their own source. */
const noPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error("Subscriptions of this schema have their own source.");
  },
};

let schema: Promise<GraphQLSchema> | undefined;

export function makeSchema(): Promise<GraphQLSchema> {
  schema ??= buildSchema({ resolvers: RESOLVERS as never, validate: false, pubSub: noPubSub });
  return schema;
}

/** schema.graphql: sorted, so that a change of the schema is a change of the file and nothing else is. */
export const schemaText = async (): Promise<string> => `${printSchema(lexicographicSortSchema(await makeSchema()))}\n`;

export const writeSchema = async (path: string): Promise<void> => writeFile(path, await schemaText());
