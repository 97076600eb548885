/** Models on their way from a hub: listed, followed, cancelled, and their edges. addModel starts them. */
import { Arg, Args, Ctx, FieldResolver, Float, ID, Mutation, Query, Resolver, Root, Subscription } from "type-graphql";
import { noDownload } from "../../store/find.js";
import type { ModelDownload as ModelDownloadRow, Model as ModelRow } from "../../store/generated/client.js";
import { byCreation, page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import { Loaders } from "../loaders.js";
import { follow } from "../subscriptions.js";
import type { ConnectionOf } from "../types/connection.js";
import { ModelDownload, ModelDownloadConnection, ModelDownloadPayload } from "../types/download.js";
import { Model } from "../types/model.js";
import { PageArguments } from "../types/page-arguments.js";
import { RunError, runErrorOf } from "../types/run.js";

const DOWNLOAD_ID = "Global id of the download, as addModel answered it.";

@Resolver(() => ModelDownload)
export class ModelDownloadResolver {
  @Query(() => ModelDownload, { nullable: true, description: "One download; null when there is none. BAD_INPUT." })
  modelDownload(
    @Arg("id", () => ID, { description: DOWNLOAD_ID }) id: string,
    @Ctx() { loaders }: Context,
  ): Promise<ModelDownloadRow | null> {
    return loaders.modelDownload.load(idOf("ModelDownload", id));
  }

  @Query(() => ModelDownloadConnection, { description: "Downloads of models, newest first. BAD_INPUT." })
  modelDownloads(
    @Args(() => PageArguments) pageArguments: PageArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<ModelDownloadRow>> {
    const { prisma } = application.store;
    return page(
      pageArguments,
      byCreation(
        "newest",
        (query) => prisma.modelDownload.findMany(query),
        () => prisma.modelDownload.count(),
      ),
    );
  }

  @Mutation(() => ModelDownloadPayload, {
    description:
      "Ends a download, and what was fetched of it is removed. Cancelling it again, or after its end, " +
      "changes nothing. NOT_FOUND.",
  })
  async cancelModelDownload(
    @Arg("id", () => ID, { description: DOWNLOAD_ID }) id: string,
    @Ctx() { application }: Context,
  ): Promise<{ download: ModelDownloadRow }> {
    return { download: await application.downloads.cancel(idOf("ModelDownload", id)) };
  }

  @Subscription(() => ModelDownload, {
    description:
      "The download as it is now, then as it goes on, twice a second at most, then the end once it has " +
      "finished. NOT_FOUND.",
    subscribe: async ({ args, context }: { args: { id: string }; context: Context }) => {
      const id = idOf("ModelDownload", args.id);
      if (!(await new Loaders(context.application, context.signal).modelDownload.load(id))) throw noDownload("id");
      return follow((signal) => context.application.downloads.updates(id, signal), context);
    },
  })
  modelDownloadUpdated(
    @Root() row: ModelDownloadRow,
    @Arg("id", () => ID, { description: DOWNLOAD_ID }) _id: string,
  ): ModelDownloadRow {
    return row;
  }

  @FieldResolver(() => ID, { description: "Global id." })
  id(@Root() row: ModelDownloadRow): string {
    return globalId("ModelDownload", row.id);
  }

  @FieldResolver(() => Float, { description: "Bytes that are there; a whole number." })
  bytes(@Root() row: ModelDownloadRow): number {
    return Number(row.bytes);
  }

  @FieldResolver(() => Float, { description: "Bytes of all its files; a whole number." })
  totalBytes(@Root() row: ModelDownloadRow): number {
    return Number(row.totalBytes);
  }

  @FieldResolver(() => RunError, { nullable: true, description: "Why it failed; null unless FAILED." })
  error(@Root() row: ModelDownloadRow): RunError | null {
    return runErrorOf(row);
  }

  @FieldResolver(() => Model, { nullable: true, description: "The model; null until SUCCEEDED." })
  model(@Root() row: ModelDownloadRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> | null {
    return row.modelId ? loaders.model.load(row.modelId) : null;
  }
}
