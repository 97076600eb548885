/** What models, runs, datasets and the whole server take on disk. */
import { Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { serverUsage } from "../../../runs/index.js";
import type { Dataset as DatasetRow, Model as ModelRow, Run as RunRow } from "../../../store/generated/client.js";
import type { Context } from "../../context.js";
import { Dataset } from "../../types/dataset.js";
import { Model } from "../../types/model.js";
import { DiskUsage } from "../../types/removal.js";
import { Run } from "../../types/run.js";

@Resolver()
export class ServerUsageResolver {
  @Query(() => DiskUsage, {
    description: "What the whole server takes: the artifact store, and the database with all its rows and indexes.",
  })
  diskUsage(@Ctx() { application }: Context): Promise<DiskUsage> {
    return serverUsage(application.store);
  }
}

@Resolver(() => Model)
export class ModelUsageResolver {
  @FieldResolver(() => DiskUsage, { description: "What it takes: its files, stored predictions and embeddings." })
  diskUsage(@Root() { id, artifact }: ModelRow, @Ctx() { loaders }: Context): Promise<DiskUsage> {
    return loaders.diskUsage.load({ kind: "Model", id, artifact });
  }
}

@Resolver(() => Run)
export class RunUsageResolver {
  @FieldResolver(() => DiskUsage, {
    description: "What it takes: checkpoints and other files, metrics, assignments. Its model counts for itself.",
  })
  diskUsage(@Root() { id }: RunRow, @Ctx() { loaders }: Context): Promise<DiskUsage> {
    return loaders.diskUsage.load({ kind: "Run", id, artifact: null });
  }
}

@Resolver(() => Dataset)
export class DatasetUsageResolver {
  @FieldResolver(() => DiskUsage, { description: "What it takes: 4,000 bytes for each molecule, with its labels." })
  diskUsage(@Root() { id }: DatasetRow, @Ctx() { loaders }: Context): Promise<DiskUsage> {
    return loaders.diskUsage.load({ kind: "Dataset", id, artifact: null });
  }
}
