/** Clusters, neighbours, outliers and separation of classes in the space of a model's embeddings. */
import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import { separation } from "../../service/space/separation.js";
import { clusters, neighbours, outliers } from "../../service/space/space.js";
import { EmbeddingDistance } from "../../service/space/types.js";
import type { ReachedCompound } from "../../store/access/compounds.js";
import type { Context } from "../context.js";
import { idOf } from "../ids.js";
import { Compound } from "../types/compound.js";
import { Pooling, Split } from "../types/enums.js";
import { Separation } from "../types/separation.js";
import { Cluster, Clusters, Neighbour, Outlier, Outliers } from "../types/space.js";

const CODES =
  "Missing embeddings are computed and kept; above 2,000 of them: EMBEDDINGS_REQUIRED. Also NOT_FOUND, " +
  "MODEL_IS_COMPOSED, EMPTY_DATASET, BAD_INPUT, TOO_MANY_ITEMS, OVERLOADED, TIMEOUT.";
const MODEL = { description: "Name of the model whose embeddings are compared." };
const DATASET = { description: "Name of the dataset." };
const POOLING = { defaultValue: Pooling.CLS, description: "Which embeddings." };
const LAYER = {
  nullable: true,
  description: "Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last.",
};
const RUN = {
  nullable: true,
  description:
    "A finetune or probe on this dataset: only the molecules of `split` of it are taken. Null: all molecules.",
};
const SPLIT = { nullable: true, description: "Splits of `run`; null: all that it dealt." };

/** Arguments of the API, as the analyses take them. */
const restricted = (run: string | null, split: Split[] | null) => ({
  runId: typeof run === "string" ? idOf("Run", run, "run") : null,
  split: split ?? null,
});

@Resolver()
export class SpaceResolver {
  @Query(() => Clusters, {
    description:
      "Groups the molecules of a dataset by k-means: seeded k-means++ starts, the least inertia wins. At " +
      `most 20,000 molecules. ${CODES}`,
  })
  clusters(
    @Arg("model", () => String, MODEL) model: string,
    @Arg("dataset", () => String, DATASET) dataset: string,
    @Arg("k", () => Int, {
      nullable: true,
      description: "Number of clusters, 1 to 100; null: of 2 to 12 the one of the best silhouette.",
    })
    k: number | null,
    @Arg("pooling", () => Pooling, POOLING) pooling: Pooling,
    @Arg("layer", () => Int, LAYER) layer: number | null,
    @Arg("starts", () => Int, { defaultValue: 4, description: "k-means++ starts, 1 to 20." }) starts: number,
    @Arg("seed", () => Int, { defaultValue: 0, description: "Seed of the starts and of the sample, from 0." })
    seed: number,
    @Arg("run", () => ID, RUN) run: string | null,
    @Arg("split", () => [Split], SPLIT) split: Split[] | null,
    @Ctx() { application, signal }: Context,
  ): Promise<Clusters> {
    return clusters(application, {
      model,
      dataset,
      pooling,
      layer: layer ?? null,
      k: k ?? null,
      starts,
      seed,
      signal,
      ...restricted(run, split),
    });
  }

  @Query(() => [Neighbour], {
    description:
      "The molecules of a dataset nearest to a SMILES, nearest first, by exact search; the molecule itself " +
      `is left out. At most 100,000 molecules. ${CODES} INVALID_SMILES.`,
  })
  neighbours(
    @Arg("model", () => String, MODEL) model: string,
    @Arg("dataset", () => String, DATASET) dataset: string,
    @Arg("smiles", () => String, { description: "The molecule; it need not be in the dataset." }) smiles: string,
    @Arg("k", () => Int, { defaultValue: 10, description: "How many, 1 to 100." }) k: number,
    @Arg("metric", () => EmbeddingDistance, {
      defaultValue: EmbeddingDistance.COSINE,
      description: "How distance is measured.",
    })
    metric: EmbeddingDistance,
    @Arg("pooling", () => Pooling, POOLING) pooling: Pooling,
    @Arg("layer", () => Int, LAYER) layer: number | null,
    @Arg("run", () => ID, RUN) run: string | null,
    @Arg("split", () => [Split], SPLIT) split: Split[] | null,
    @Ctx() { application, signal }: Context,
  ): Promise<Neighbour[]> {
    return neighbours(application, {
      model,
      dataset,
      smiles,
      k,
      metric,
      pooling,
      layer: layer ?? null,
      signal,
      ...restricted(run, split),
    });
  }

  @Query(() => Outliers, {
    description:
      "Molecules far from the middle of a dataset: modified z-score of the distance from the median vector " +
      `(Iglewicz and Hoaglin 1993). At most 100,000 molecules. ${CODES}`,
  })
  outliers(
    @Arg("model", () => String, MODEL) model: string,
    @Arg("dataset", () => String, DATASET) dataset: string,
    @Arg("pooling", () => Pooling, POOLING) pooling: Pooling,
    @Arg("layer", () => Int, LAYER) layer: number | null,
    @Arg("threshold", () => Float, {
      defaultValue: 3.5,
      description: "Score above which a molecule is listed, 0 to 1,000.",
    })
    threshold: number,
    @Arg("run", () => ID, RUN) run: string | null,
    @Arg("split", () => [Split], SPLIT) split: Split[] | null,
    @Ctx() { application, signal }: Context,
  ): Promise<Outliers> {
    return outliers(application, {
      model,
      dataset,
      pooling,
      layer: layer ?? null,
      threshold,
      signal,
      ...restricted(run, split),
    });
  }

  @Query(() => Separation, {
    description:
      "How well the classes of a label set separate: silhouette, accuracy (of several labels a molecule " +
      "ROC-AUC) of nearest neighbours and of a linear probe (5 folds by molecule), for the embeddings of " +
      `models and for three controls. ${CODES} UNKNOWN_TARGET, TOO_FEW_CLASSES. Takes up to minutes the ` +
      "first time; then it is kept.",
  })
  separation(
    @Arg("models", () => [String], {
      description:
        "Names of 1 to 8 models; the first one gives shape and tokenizer of the controls. A finetuned model's " +
        "row means something only for molecules that it was not trained on.",
    })
    models: string[],
    @Arg("dataset", () => String, DATASET) dataset: string,
    @Arg("labelSet", () => String, {
      description:
        "A SINGLE_LABEL or MULTI_LABEL set; of the latter every molecule with a label counts, and the 10 most " +
        "frequent labels are asked of each. Classes, and labels, of fewer than 5 molecules are left out.",
    })
    labelSet: string,
    @Arg("classes", () => [String], {
      nullable: true,
      description: "Of these values of `labelSet` only; null: of all.",
    })
    classes: string[] | null,
    @Arg("run", () => ID, {
      nullable: true,
      description:
        "A finetune or probe on this dataset: only the molecules of `split` of it count. Null: all molecules.",
    })
    run: string | null,
    @Arg("split", () => [Split], { nullable: true, description: "Splits of `run`; null: TEST." })
    split: Split[] | null,
    @Arg("pooling", () => Pooling, POOLING) pooling: Pooling,
    @Arg("layer", () => Int, LAYER) layer: number | null,
    @Arg("sample", () => Int, {
      defaultValue: 1_000,
      description:
        "Molecules at most, 50 to 2,000; of more, a stratified seeded sample (never fewer than 5 of a class, " +
        "or with or without a label).",
    })
    sample: number,
    @Arg("neighbours", () => Int, { defaultValue: 5, description: "Neighbours that vote, 1 to 50." }) votes: number,
    @Arg("seed", () => Int, { defaultValue: 42, description: "Seed of sample, folds and random weights, from 0." })
    seed: number,
    @Ctx() { application, signal }: Context,
  ): Promise<Separation> {
    return separation(application, {
      ...restricted(run, split),
      classes: classes ?? null,
      models,
      dataset,
      labelSet,
      pooling,
      layer: layer ?? null,
      sample,
      neighbours: votes,
      seed,
      signal,
    });
  }
}

@Resolver(() => Cluster)
export class ClusterResolver {
  @FieldResolver(() => [Compound], { description: "Its molecules, in the order of the dataset." })
  compounds(
    @Root() { compoundIds, datasetId }: Cluster,
    @Ctx() { loaders }: Context,
  ): Promise<(ReachedCompound | Error | null)[]> {
    return loaders.compound.loadMany(compoundIds.map((id) => ({ id, reached: { datasetId } })));
  }
}

@Resolver(() => Neighbour)
export class NeighbourResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(
    @Root() { compoundId: id, datasetId }: Neighbour,
    @Ctx() { loaders }: Context,
  ): Promise<ReachedCompound | null> {
    return loaders.compound.load({ id, reached: { datasetId } });
  }
}

@Resolver(() => Outlier)
export class OutlierResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(
    @Root() { compoundId: id, datasetId }: Outlier,
    @Ctx() { loaders }: Context,
  ): Promise<ReachedCompound | null> {
    return loaders.compound.load({ id, reached: { datasetId } });
  }
}
