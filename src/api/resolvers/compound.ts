/** Compounds: found by id, InChIKey or SMILES, listed, and their edges. */
import { Arg, Args, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../errors.js";
import type { SeenCompound } from "../../store/access/compounds.js";
import { preferred, projectsSeen } from "../../store/access/principal.js";
import { findDataset } from "../../store/find.js";
import type {
  Compound as CompoundRow,
  Dataset as DatasetRow,
  Embedding as EmbeddingRow,
  Prediction as PredictionRow,
} from "../../store/generated/client.js";
import { isStorable } from "../../text.js";
import { isPlain, searchCompounds } from "../compound-search.js";
import { byCreation, byPosition, mapNodes, page } from "../connections.js";
import type { Context } from "../context.js";
import { globalId, idOf } from "../ids.js";
import type { LabelRow } from "../loaders.js";
import { Compound, CompoundConnection, CompoundEdge } from "../types/compound.js";
import { CompoundLabel } from "../types/compound-label.js";
import type { ConnectionOf } from "../types/connection.js";
import { Dataset } from "../types/dataset.js";
import { Embedding } from "../types/embedding.js";
import { Pooling } from "../types/enums.js";
import { CompoundListArguments } from "../types/inputs/compound-filter.js";
import { Prediction } from "../types/prediction.js";

@Resolver(() => Compound)
export class CompoundResolver {
  @Query(() => Compound, {
    nullable: true,
    description:
      "One compound by exactly one of its id, InChIKey and SMILES; null when it is not stored. BAD_INPUT, " +
      "INVALID_SMILES.",
  })
  async compound(
    @Arg("id", () => ID, { nullable: true, description: "Global id of the compound." }) id: string | null,
    @Arg("inchiKey", () => String, { nullable: true, description: "Standard InChIKey, 27 characters." }) inchiKey:
      | string
      | null,
    @Arg("smiles", () => String, { nullable: true, description: "Any SMILES of the molecule." }) smiles: string | null,
    @Ctx() { application, loaders, signal }: Context,
  ): Promise<CompoundRow | null> {
    const given = [id, inchiKey, smiles].filter((value) => (value ?? null) !== null);
    if (given.length !== 1)
      throw new MaillardError("BAD_INPUT", "Pass exactly one of `id`, `inchiKey` and `smiles`.", { param: "id" });
    if (typeof id === "string") return loaders.compound.load(idOf("Compound", id));
    let key = inchiKey as string;
    if (typeof smiles === "string") {
      const [result] = await application.chemistry.parse([smiles], signal);
      if (!result.ok) throw new MaillardError(result.error.code, result.error.message, { param: "smiles" });
      key = result.molecule.inchiKey;
    }
    if (!isStorable(key)) return null;
    return application.store.prisma.compound.findUnique({ where: { inchiKey: key } });
  }

  @Query(() => CompoundConnection, {
    description:
      "Compounds in the order in which they were stored, or in the order of one dataset; filtered and " +
      "ordered otherwise when " +
      "asked. BAD_INPUT, NOT_FOUND, UNKNOWN_TARGET, INVALID_SMILES, INVALID_SMARTS, FINGERPRINTS_PENDING, " +
      "EMBEDDINGS_REQUIRED, TIMEOUT.",
  })
  async compounds(
    @Args(() => CompoundListArguments) list: CompoundListArguments,
    @Arg("dataset", () => String, {
      nullable: true,
      description: "Name of a dataset: only its members; null: all compounds.",
    })
    dataset: string | null,
    @Ctx() context: Context,
  ): Promise<ConnectionOf<CompoundRow>> {
    const { application, loaders } = context;
    const { prisma } = application.store;
    const found = typeof dataset === "string" ? await findDataset(application.store, dataset) : null;
    const isSeenByAll = projectsSeen(application.store.principal) === null;
    if (!isPlain(list) || !(found || isSeenByAll)) return searchCompounds(list, found?.id ?? null, context);
    if (found) return mapNodes(await page(list, byPosition(found, loaders)), (member) => member.compound);
    return page(
      list,
      byCreation(
        "oldest",
        (query) => prisma.compound.findMany(query),
        () => prisma.compound.count(),
      ),
    );
  }

  @FieldResolver(() => ID, { description: "Global id." })
  id(@Root() row: CompoundRow): string {
    return globalId("Compound", row.id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "Name as first imported into a dataset that the key sees; null when none of them names it.",
  })
  name(@Root() row: CompoundRow, @Ctx() context: Context): string | null | Promise<string | null> {
    return asSeen(row, context, ({ name }) => name);
  }

  @FieldResolver(() => String, {
    description: "RDKit's canonical SMILES of the largest fragment, as the key's projects first had it.",
  })
  smiles(@Root() row: CompoundRow, @Ctx() context: Context): string | Promise<string> {
    return asSeen(row, context, ({ smiles }) => smiles);
  }

  @FieldResolver(() => String, {
    description: "Murcko scaffold as SMILES without stereo; empty for an acyclic molecule.",
  })
  scaffold(@Root() row: CompoundRow, @Ctx() context: Context): string | Promise<string> {
    return asSeen(row, context, async ({ smiles }) => {
      if (smiles === row.smiles) return row.scaffold;
      // Another tautomer of it may have another scaffold.
      const [read] = await context.application.chemistry.parse([smiles], context.signal);
      return read.ok ? read.molecule.scaffold : row.scaffold;
    });
  }

  @FieldResolver(() => String, { description: "Drawing of the molecule as SVG text." })
  async svg(
    @Root() row: CompoundRow,
    @Arg("width", () => Int, { defaultValue: 240, description: "Pixels, 40 to 2,000." }) width: number,
    @Arg("height", () => Int, { defaultValue: 180, description: "Pixels, 40 to 2,000." }) height: number,
    @Ctx() context: Context,
  ): Promise<string> {
    checkSize(width, height);
    const smiles = await asSeen(row, context, (seen) => seen.smiles);
    return context.application.chemistry.draw(smiles, { width, height }, context.signal);
  }

  @FieldResolver(() => [CompoundLabel], { description: "Its labels, by dataset, label set and value." })
  async labels(
    @Root() row: CompoundRow,
    @Arg("dataset", () => String, {
      nullable: true,
      description: "Name of a dataset: only its labels; null: those of all.",
    })
    dataset: string | null,
    @Ctx() { application, loaders }: Context,
  ): Promise<LabelRow[]> {
    const labels = await loaders.labels.load(row.id);
    if (typeof dataset !== "string") return labels;
    const datasets = await loaders.dataset.loadMany(labels.map((label) => label.datasetId));
    const named = datasets.filter((row): row is DatasetRow => (row as DatasetRow | null)?.name === dataset);
    const wanted = preferred(application.store.principal, named)?.id;
    return labels.filter(({ datasetId }) => datasetId === wanted);
  }

  @FieldResolver(() => [Dataset], { description: "The datasets that it is a member of." })
  async datasets(@Root() row: CompoundRow, @Ctx() { loaders }: Context): Promise<(DatasetRow | Error | null)[]> {
    const memberships = await loaders.datasetIds.load(row.id);
    return loaders.dataset.loadMany(memberships.map((membership) => membership.datasetId));
  }

  @FieldResolver(() => [Prediction], { description: "What classifiers have said of it so far, oldest first." })
  async predictions(
    @Root() row: CompoundRow,
    @Arg("model", () => String, {
      nullable: true,
      description: "Name of a model: only its predictions; null: those of all.",
    })
    model: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<PredictionRow[]> {
    const rows = await loaders.predictions.load(row.id);
    if (typeof model !== "string") return rows;
    const wanted = await loaders.modelByName.load(model);
    return rows.filter((prediction) => prediction.modelId === wanted?.id);
  }

  @FieldResolver(() => [Embedding], { description: "Its stored embeddings, oldest first." })
  async embeddings(
    @Root() row: CompoundRow,
    @Arg("model", () => String, {
      nullable: true,
      description: "Name of a model: only its embeddings; null: those of all.",
    })
    model: string | null,
    @Arg("pooling", () => Pooling, { nullable: true, description: "Only embeddings of this pooling; null: of both." })
    pooling: Pooling | null,
    @Ctx() { loaders }: Context,
  ): Promise<EmbeddingRow[]> {
    let rows = await loaders.embeddings.load(row.id);
    if (pooling) rows = rows.filter((embedding) => embedding.pooling === pooling);
    if (typeof model !== "string") return rows;
    const wanted = await loaders.modelByName.load(model);
    return rows.filter((embedding) => embedding.modelId === wanted?.id);
  }
}

@Resolver(() => CompoundEdge)
export class CompoundEdgeResolver {
  @FieldResolver(() => Float, {
    nullable: true,
    description: "How similar it is to `filter.similarTo`, by its method; null when the list has none.",
  })
  similarity(@Root() edge: { similarity?: number | null }): number | null {
    return edge.similarity ?? null;
  }
}

@Resolver(() => CompoundLabel)
export class CompoundLabelResolver {
  @FieldResolver(() => Dataset, { description: "The dataset that says so." })
  dataset(@Root() label: LabelRow, @Ctx() { loaders }: Context): Promise<DatasetRow | null> {
    return loaders.dataset.load(label.datasetId);
  }
}

/** Without a loader where the row itself is seen: lists may have many thousands. */
const asSeen = <T>(
  row: CompoundRow,
  { application, loaders }: Context,
  pick: (seen: SeenCompound) => T | Promise<T>,
): T | Promise<T> =>
  projectsSeen(application.store.principal) === null ? pick(row) : loaders.seenCompound.load(row).then(pick);

/** Sizes of drawings, in pixels. */
export function checkSize(width: number, height: number): void {
  for (const [param, value] of Object.entries({ width, height })) {
    if (value >= 40 && value <= 2_000) continue;
    throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be 40 to 2,000 pixels.`, { param });
  }
}
