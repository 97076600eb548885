/** Compounds: found by id, InChIKey or SMILES, listed, and their edges. */
import { Arg, Args, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { MaillardError } from "../../errors.js";
import {
  bySmiles,
  inDataset,
  inLibrary,
  type ReachedCompound,
  type SeenCompound,
} from "../../store/access/compounds.js";
import { preferred, projectsSeen } from "../../store/access/principal.js";
import { findDataset } from "../../store/find.js";
import type {
  Dataset as DatasetRow,
  Embedding as EmbeddingRow,
  Prediction as PredictionRow,
} from "../../store/generated/client.js";
import { isStorable } from "../../text.js";
import { isPlain, searchCompounds } from "../compound-search.js";
import { byCreation, byPosition, mapNodes, page } from "../connections.js";
import type { Context } from "../context.js";
import { compoundId, keyOf } from "../ids.js";
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
  ): Promise<ReachedCompound | null> {
    const given = [id, inchiKey, smiles].filter((value) => (value ?? null) !== null);
    if (given.length !== 1)
      throw new MaillardError("BAD_INPUT", "Pass exactly one of `id`, `inchiKey` and `smiles`.", { param: "id" });
    if (typeof id === "string") return loaders.compoundOf(keyOf("Compound", id));
    const { prisma } = application.store;
    if (typeof smiles === "string") {
      const [result] = await application.chemistry.parse([smiles], signal);
      if (!result.ok) throw new MaillardError(result.error.code, result.error.message, { param: "smiles" });
      const row = await prisma.compound.findUnique({ where: { inchiKey: result.molecule.inchiKey } });
      // As it is asked here, where only questions to models have given it a form.
      const isOfDataset = row && (await loaders.datasetIds.load(row.id)).length > 0;
      return row && (isOfDataset ? inLibrary(row) : bySmiles(row, result.molecule.smiles));
    }
    if (!isStorable(inchiKey as string)) return null;
    const row = await prisma.compound.findUnique({ where: { inchiKey: inchiKey as string } });
    return row && inLibrary(row);
  }

  @Query(() => CompoundConnection, {
    description:
      "Compounds in the order in which they were stored, or in the order of one dataset; filtered and " +
      "ordered otherwise when " +
      "asked. BAD_INPUT, NOT_FOUND, UNKNOWN_TARGET, INVALID_SMILES, INVALID_SMARTS, FINGERPRINTS_PENDING, " +
      "EMBEDDINGS_REQUIRED, TIMEOUT.",
  })
  async compounds(
    @Args(() => CompoundListArguments) given: CompoundListArguments,
    @Arg("dataset", () => String, {
      nullable: true,
      description: "Name of a dataset: only its members; null: all compounds.",
    })
    dataset: string | null,
    @Ctx() context: Context,
  ): Promise<ConnectionOf<ReachedCompound>> {
    const { application, loaders } = context;
    const { prisma } = application.store;
    const { name, list } = listOf(given, dataset);
    const found = name === null ? null : await findDataset(application.store, name);
    const isSeenByAll = projectsSeen(application.store.principal) === null;
    if (!isPlain(list) || !(found || isSeenByAll)) return searchCompounds(list, found?.id ?? null, context);
    if (found) return mapNodes(await page(list, byPosition(found, loaders)), inDataset);
    const all = byCreation(
      "oldest",
      (query) => prisma.compound.findMany(query),
      () => prisma.compound.count(),
    );
    return mapNodes(await page(list, all), inLibrary);
  }

  @FieldResolver(() => ID, { description: "Global id." })
  id(@Root() row: ReachedCompound): string {
    return compoundId(row);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "In a dataset: the first one that its rows give it. Else the first one of a dataset that the key sees. Null " +
      "when there is none.",
  })
  name(@Root() row: ReachedCompound, @Ctx() context: Context): string | null | Promise<string | null> {
    return row.reached && "datasetId" in row.reached ? row.name : asSeen(row, context, ({ name }) => name);
  }

  @FieldResolver(() => String, {
    description:
      "RDKit's canonical SMILES of the largest fragment. In a dataset: the dataset's own. Of a prediction or an " +
      "embedding: the one that was asked. Else that of the first dataset that the key sees; of none: as it is looked " +
      "up, or was first asked. Tautomers share an InChIKey, so these may differ.",
  })
  smiles(@Root() row: ReachedCompound, @Ctx() context: Context): string | Promise<string> {
    return row.reached ? row.smiles : asSeen(row, context, ({ smiles }) => smiles);
  }

  @FieldResolver(() => String, {
    description: "Murcko scaffold of `smiles`, as SMILES without stereo; empty for an acyclic molecule.",
  })
  async scaffold(@Root() row: ReachedCompound, @Ctx() context: Context): Promise<string> {
    const { smiles, scaffold } = row.reached ? row : await asSeen(row, context, (seen) => seen);
    if (scaffold !== null) return scaffold;
    const [read] = await context.application.chemistry.parse([smiles], context.signal);
    return read.ok ? read.molecule.scaffold : "";
  }

  @FieldResolver(() => String, { description: "Drawing of `smiles` as SVG text." })
  async svg(
    @Root() row: ReachedCompound,
    @Arg("width", () => Int, { defaultValue: 240, description: "Pixels, 40 to 2,000." }) width: number,
    @Arg("height", () => Int, { defaultValue: 180, description: "Pixels, 40 to 2,000." }) height: number,
    @Ctx() context: Context,
  ): Promise<string> {
    checkSize(width, height);
    const smiles = await this.smiles(row, context);
    return context.application.chemistry.draw(smiles, { width, height }, context.signal);
  }

  @FieldResolver(() => [CompoundLabel], { description: "Its labels, by dataset, label set and value." })
  async labels(
    @Root() row: ReachedCompound,
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
  async datasets(@Root() row: ReachedCompound, @Ctx() { loaders }: Context): Promise<(DatasetRow | Error | null)[]> {
    const memberships = await loaders.datasetIds.load(row.id);
    return loaders.dataset.loadMany(memberships.map((membership) => membership.datasetId));
  }

  @FieldResolver(() => [Prediction], {
    description:
      "What models have said of it so far, oldest first. In a dataset, or by a SMILES: of `smiles`; else of every " +
      "tautomer that they were asked.",
  })
  async predictions(
    @Root() row: ReachedCompound,
    @Arg("model", () => String, {
      nullable: true,
      description: "Name of a model: only its predictions; null: those of all.",
    })
    model: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<PredictionRow[]> {
    const rows = ofForm(row, await loaders.predictions.load(row.id));
    if (typeof model !== "string") return rows;
    const wanted = await loaders.modelByName.load(model);
    return rows.filter((prediction) => prediction.modelId === wanted?.id);
  }

  @FieldResolver(() => [Embedding], {
    description: "Its stored embeddings, oldest first; of which SMILES, as `predictions`.",
  })
  async embeddings(
    @Root() row: ReachedCompound,
    @Arg("model", () => String, {
      nullable: true,
      description: "Name of a model: only its embeddings; null: those of all.",
    })
    model: string | null,
    @Arg("pooling", () => Pooling, { nullable: true, description: "Only embeddings of this pooling; null: of both." })
    pooling: Pooling | null,
    @Ctx() { loaders }: Context,
  ): Promise<EmbeddingRow[]> {
    let rows = ofForm(row, await loaders.embeddings.load(row.id));
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

/** A list that is narrowed to one dataset is a list of that dataset: in its order, with its SMILES and names. */
function listOf(
  given: CompoundListArguments,
  dataset: string | null,
): { name: string | null; list: CompoundListArguments } {
  const within = given.filter?.dataset;
  if (typeof dataset === "string" || typeof within !== "string") return { name: dataset ?? null, list: given };
  return { name: within, list: { ...given, filter: { ...given.filter, dataset: null } } };
}

const ofForm = <Row extends { smiles: string }>({ reached, smiles }: ReachedCompound, rows: Row[]): Row[] =>
  reached ? rows.filter((row) => row.smiles === smiles) : rows;

/** Without a loader where the row itself is seen: lists may have many thousands. */
const asSeen = <T>(
  row: ReachedCompound,
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
