/** The GraphQL schema, made from the classes under types/ and resolvers/. */
import "reflect-metadata";
import { writeFile } from "node:fs/promises";
import { type GraphQLSchema, lexicographicSortSchema, type OperationTypeNode, printSchema } from "graphql";
import { buildSchema, type PubSub } from "type-graphql";
import { auditMutations } from "./access/audited.js";
import { enforceRoles } from "./access/enforce.js";
import { meterFields } from "./answer.js";
import { limitComputing } from "./computing.js";
import { traceRoots } from "./observe/trace-roots.js";
import { ApiKeyResolver } from "./resolvers/access/api-key.js";
import { AuditEntryResolver } from "./resolvers/access/audit.js";
import { QuotaResolver } from "./resolvers/access/usage.js";
import { ComparisonResolver } from "./resolvers/comparison.js";
import { CompoundEdgeResolver, CompoundLabelResolver, CompoundResolver } from "./resolvers/compound.js";
import { DatasetResolver, ImportReportResolver } from "./resolvers/dataset.js";
import { ModelDownloadResolver } from "./resolvers/download.js";
import {
  EvaluationResolver,
  MistakeResolver,
  MoleculeAnswerResolver,
  ValuePairResolver,
} from "./resolvers/evaluation.js";
import { RunFollowResolver } from "./resolvers/follow/run.js";
import { RunAttemptResolver, RunLogResolver } from "./resolvers/follow/run-log.js";
import { RunGroupResolver } from "./resolvers/groups/run-group.js";
import { SweepResolver } from "./resolvers/groups/sweep.js";
import { ImportRunResolver } from "./resolvers/kinds/import-run.js";
import { ProjectionRunResolver, ProjectionSettingsResolver } from "./resolvers/kinds/projection-run.js";
import { LabelSetResolver, SplitOverlapResolver } from "./resolvers/label-set.js";
import { RunAgainResolver } from "./resolvers/life/again.js";
import { RunAnnotationResolver } from "./resolvers/life/annotations.js";
import { RunVerbResolver } from "./resolvers/life/verbs.js";
import { ModelResolver } from "./resolvers/model.js";
import { NodeResolver } from "./resolvers/node.js";
import { EmbeddingResolver, PredictionResolver } from "./resolvers/prediction.js";
import { PredictionRunResolver } from "./resolvers/prediction-run.js";
import { ProjectionPointResolver, ProjectionResolver } from "./resolvers/projection.js";
import { DeleteResolver } from "./resolvers/removal/delete.js";
import {
  DatasetUsageResolver,
  ModelUsageResolver,
  RunUsageResolver,
  ServerUsageResolver,
} from "./resolvers/removal/disk-usage.js";
import { GarbageResolver } from "./resolvers/removal/garbage.js";
import { RenameResolver } from "./resolvers/removal/rename.js";
import { RunResolver } from "./resolvers/run.js";
import { ClusterResolver, NeighbourResolver, OutlierResolver, SpaceResolver } from "./resolvers/space.js";
import { PretrainingResolver } from "./resolvers/start/pretraining.js";
import { SystemResolver } from "./resolvers/system.js";

const RESOLVERS = [
  ApiKeyResolver,
  CompoundResolver,
  CompoundLabelResolver,
  DatasetResolver,
  ModelResolver,
  NodeResolver,
  PredictionResolver,
  CompoundEdgeResolver,
  LabelSetResolver,
  SplitOverlapResolver,
  ModelDownloadResolver,
  EmbeddingResolver,
  ProjectionResolver,
  ProjectionPointResolver,
  RunResolver,
  PredictionRunResolver,
  ImportRunResolver,
  ProjectionRunResolver,
  ProjectionSettingsResolver,
  RunVerbResolver,
  RunAgainResolver,
  RunAnnotationResolver,
  RunFollowResolver,
  RunLogResolver,
  RunAttemptResolver,
  RunGroupResolver,
  SweepResolver,
  PretrainingResolver,
  ImportReportResolver,
  SystemResolver,
  ComparisonResolver,
  EvaluationResolver,
  MistakeResolver,
  MoleculeAnswerResolver,
  ValuePairResolver,
  SpaceResolver,
  ClusterResolver,
  NeighbourResolver,
  OutlierResolver,
  AuditEntryResolver,
  QuotaResolver,
  DeleteResolver,
  RenameResolver,
  GarbageResolver,
  ServerUsageResolver,
  ModelUsageResolver,
  RunUsageResolver,
  DatasetUsageResolver,
] as const;

/** type-graphql requires one for subscriptions; each of ours has its own source. */
const noPubSub: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error("Subscriptions of this schema have their own source.");
  },
};

let schema: Promise<GraphQLSchema> | undefined;

export function makeSchema(): Promise<GraphQLSchema> {
  schema ??= buildSchema({ resolvers: RESOLVERS as never, validate: false, pubSub: noPubSub })
    .then(describeRoots)
    .then(limitComputing)
    .then(enforceRoles)
    // After the roles: what they refuse is audited, too. Before the bytes: an answer that is too large was a mutation.
    .then(auditMutations)
    .then(meterFields)
    .then(traceRoots);
  return schema;
}

/** type-graphql has no place for a description of the root types. */
function describeRoots(built: GraphQLSchema): GraphQLSchema {
  const texts = {
    query: "What can be asked: predictions, embeddings, projections, and every row by id, by name or in pages.",
    mutation: "What changes something. Sent by POST only; each says in its description which codes it refuses with.",
    subscription:
      "What is told as it happens, at the same address: by graphql-transport-ws, as server-sent events (Accept: " +
      "text/event-stream) or by Apollo's multipart protocol.",
  };
  for (const [operation, description] of Object.entries(texts)) {
    const root = built.getRootType(operation as OperationTypeNode);
    if (root) root.description = description;
  }
  return built;
}

/** schema.graphql: sorted, so that a change of the schema is a change of the file and nothing else is. */
export const schemaText = async (): Promise<string> => `${printSchema(lexicographicSortSchema(await makeSchema()))}\n`;

export const writeSchema = async (path: string): Promise<void> => writeFile(path, await schemaText());
