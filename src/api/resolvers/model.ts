/** Models: found, listed, added, and their edges. */
import { Arg, Args, Ctx, FieldResolver, Float, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../errors.js";
import { addModel } from "../../service/models/add-model.js";
import { quantizeModel } from "../../service/models/quantize-model.js";
import { compositionOf } from "../../store/composition.js";
import type {
  ModelDownload as ModelDownloadRow,
  Model as ModelRow,
  Run as RunRow,
} from "../../store/generated/client.js";
import { page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import { modelList } from "../lists/models.js";
import type { ConnectionOf } from "../types/connection.js";
import { AddModelPayload } from "../types/download.js";
import { ModelKind } from "../types/enums.js";
import { AddModelInput, QuantizeModelInput } from "../types/inputs/inputs.js";
import { ModelListArguments } from "../types/inputs/list-filters.js";
import { Model, ModelConnection } from "../types/model.js";
import { ModelPayload } from "../types/payloads.js";
import { Run } from "../types/run.js";

@Resolver(() => Model)
export class ModelResolver {
  @Query(() => Model, {
    nullable: true,
    description: "One model by exactly one of its id and name; null when there is none. BAD_INPUT.",
  })
  model(
    @Arg("id", () => ID, { nullable: true, description: "Global id of the model." }) id: string | null,
    @Arg("name", () => String, { nullable: true, description: "Name of the model." }) name: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<ModelRow | null> {
    if ((typeof id === "string") === (typeof name === "string")) {
      throw new MaillardError("BAD_INPUT", "Pass exactly one of `id` and `name`.", { param: "id" });
    }
    return typeof id === "string" ? loaders.model.load(idOf("Model", id)) : loaders.modelByName.load(name as string);
  }

  @Query(() => ModelConnection, { description: "Models, oldest first unless ordered otherwise. NOT_FOUND, BAD_INPUT." })
  async models(
    @Args(() => ModelListArguments) list: ModelListArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<ModelRow>> {
    return page(list, await modelList(application.store, list));
  }

  @Mutation(() => AddModelPayload, {
    description:
      "Registers a checkpoint: copied from a folder of the server's machine, or fetched from the hub in the " +
      "background. The same `hub` input again, while it is under way or after it failed, goes on where it " +
      "was. " +
      "BAD_INPUT, CONFLICT, CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED; of the hub NOT_FOUND, " +
      "HUB_UNAUTHORIZED, HUB_FORBIDDEN, HUB_RATE_LIMITED, HUB_UNAVAILABLE, HUB_UNREACHABLE, HUB_PROTOCOL, " +
      "HUB_REDIRECT_REFUSED, HUB_TOO_LARGE, DISK_FULL.",
  })
  async addModel(
    @Arg("input", () => AddModelInput, { description: "Name, and a folder or a repository." })
    { name, folder, hub, revision, target }: AddModelInput,
    @Ctx() { application, signal }: Context,
  ): Promise<{ model: ModelRow | null; download: ModelDownloadRow | null }> {
    if (typeof folder === "string" && typeof hub !== "string") {
      if (typeof revision === "string")
        throw new MaillardError("BAD_INPUT", "A folder has no `revision`: leave it out.", { param: "revision" });
      return { model: await addModel(application, { name, folder, target: target ?? null, signal }), download: null };
    }
    if (typeof hub === "string" && typeof folder !== "string")
      return { model: null, download: await application.downloads.start({ name, hub, revision, target }) };
    throw new MaillardError("BAD_INPUT", "Pass exactly one of `folder` and `hub`.", { param: "folder" });
  }

  @Mutation(() => ModelPayload, {
    description:
      "Registers a model of its own that is another one in int8: faster on CPUs, with answers that differ a little. " +
      "The same input again answers the same model. NOT_FOUND, MODEL_IS_COMPOSED, INVALID_CONFIG, CONFLICT, " +
      "MODEL_FILES_MISSING, DISK_FULL.",
  })
  async quantizeModel(
    @Arg("input", () => QuantizeModelInput, { description: "The model, and the new one's name." })
    { model, name }: QuantizeModelInput,
    @Ctx() { application, signal }: Context,
  ): Promise<{ model: ModelRow }> {
    return { model: await quantizeModel(application, { model, name, signal }) };
  }

  @FieldResolver(() => ID, { description: "Global id." })
  id(@Root() row: ModelRow): string {
    return globalId("Model", row.id);
  }

  @FieldResolver(() => Float, { description: "Number of weights; a whole number." })
  parameterCount(@Root() row: ModelRow): number {
    return Number(row.parameterCount);
  }

  @FieldResolver(() => Model, {
    nullable: true,
    description: "The model it was finetuned from, or that it is in int8; null when it was made elsewhere.",
  })
  baseModel(@Root() row: ModelRow, @Ctx() { loaders }: Context): Promise<ModelRow | null> | null {
    return row.baseModelId ? loaders.model.load(row.baseModelId) : null;
  }

  @FieldResolver(() => ModelKind, { description: "What it is made of." })
  kind(@Root() row: ModelRow): ModelKind {
    const kind = compositionOf(row)?.kind ?? "CHECKPOINT";
    return kind === "FINGERPRINT_PROBE" ? ModelKind.PROBE : ModelKind[kind];
  }

  @FieldResolver(() => [Model], { description: "Members of an ensemble; empty for every other model." })
  async members(@Root() row: ModelRow, @Ctx() { loaders }: Context): Promise<ModelRow[]> {
    const composition = compositionOf(row);
    if (composition?.kind !== "ENSEMBLE") return [];
    const rows = await loaders.model.loadMany(composition.members);
    return rows.filter((member): member is ModelRow => member !== null && !(member instanceof Error));
  }

  @FieldResolver(() => [Float], {
    description: "Of an ensemble what each of `members` counts in the mean, sum 1; empty for every other model.",
  })
  memberWeights(@Root() row: ModelRow): number[] {
    const composition = compositionOf(row);
    if (composition?.kind !== "ENSEMBLE") return [];
    const { members, weights } = composition;
    return weights ?? members.map(() => 1 / members.length);
  }

  @FieldResolver(() => Run, { nullable: true, description: "The run that made it; null when it was added or shipped." })
  producedBy(@Root() row: ModelRow, @Ctx() { loaders }: Context): Promise<RunRow | null> {
    return loaders.runByModel.load(row.id);
  }
}
