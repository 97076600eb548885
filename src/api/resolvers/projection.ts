/** A dataset drawn by the embeddings of a model. */
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { type ProjectionAnswer, project } from "../../service/space/projection.js";
import { drawProjection } from "../../service/space/projection-figure.js";
import type { ReachedCompound } from "../../store/access/compounds.js";
import type { Dataset as DatasetRow, Model as ModelRow } from "../../store/generated/client.js";
import type { Context } from "../context.js";
import { idOf } from "../ids.js";
import { Compound } from "../types/compound.js";
import { Dataset } from "../types/dataset.js";
import { Pooling, ProjectionMethod, Split } from "../types/enums.js";
import { ColorRules } from "../types/inputs/color-rules.js";
import { MapInput } from "../types/inputs/map-input.js";
import { Model } from "../types/model.js";
import { Projection, ProjectionPoint } from "../types/projection.js";
import { checkSize } from "./compound.js";

@Resolver(() => Projection)
export class ProjectionResolver {
  @Query(() => Projection, {
    description:
      "The molecules of a dataset in a few dimensions. Embeddings that are missing are computed and kept; " +
      "above 2,000 of them: " +
      "EMBEDDINGS_REQUIRED, and startProjection computes them and the projection in the background. Also NOT_FOUND, " +
      "MODEL_IS_COMPOSED, UNKNOWN_TARGET, EMPTY_DATASET, BAD_INPUT, TOO_MANY_ITEMS, OVERLOADED, TIMEOUT.",
  })
  projection(
    @Arg("model", () => String, { description: "Name of the model whose embeddings are drawn." }) model: string,
    @Arg("dataset", () => String, { description: "Name of the dataset." }) dataset: string,
    @Arg("method", () => ProjectionMethod, {
      defaultValue: ProjectionMethod.PCA,
      description: "How vectors become coordinates.",
    })
    method: ProjectionMethod,
    @Arg("components", () => Int, {
      defaultValue: 2,
      description:
        "Number of coordinates. PCA: 1 to the model's width, and molecules times components at most " +
        "1,000,000, else TOO_MANY_ITEMS. TSNE and UMAP: 1 to 3.",
    })
    components: number,
    @Arg("pooling", () => Pooling, { defaultValue: Pooling.CLS, description: "Which embeddings." }) pooling: Pooling,
    @Arg("layer", () => Int, {
      nullable: true,
      description: "Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last.",
    })
    layer: number | null,
    @Arg("whiten", () => Boolean, {
      defaultValue: false,
      description: "PCA: divide each coordinate by the standard deviation of its component over the fitted molecules.",
    })
    whiten: boolean,
    @Arg("map", () => MapInput, { nullable: true, description: "Options of TSNE and UMAP; null: the defaults." })
    map: MapInput | null,
    @Arg("colorBy", () => String, {
      nullable: true,
      description: "Label set that gives `label` and the colours; null: the target of `run`, if given.",
    })
    colorBy: string | null,
    @Arg("colorRules", () => ColorRules, {
      nullable: true,
      description: "Only these values of `colorBy` give `label` and a colour; null: all do.",
    })
    colorRules: ColorRules | null,
    @Arg("run", () => ID, {
      nullable: true,
      description: "A finetune or probe on this dataset: it gives the split of each molecule. Null: no splits.",
    })
    run: string | null,
    @Arg("split", () => [Split], {
      nullable: true,
      description:
        "Only the molecules of these splits of `run`; null: all. PCA is computed on all molecules (see " +
        "`fitOn`) and shows these; TSNE and UMAP are computed on these alone.",
    })
    split: Split[] | null,
    @Arg("fitOn", () => [Split], {
      nullable: true,
      description: "Mean and axes are fitted on these splits of `run`; null: on every molecule.",
    })
    fitOn: Split[] | null,
    @Ctx() { application, signal }: Context,
  ): Promise<ProjectionAnswer> {
    const runId = typeof run === "string" ? idOf("Run", run, "run") : null;
    return project(application, {
      model,
      dataset,
      method,
      components,
      pooling,
      runId,
      signal,
      layer: layer ?? null,
      whiten,
      map: { ...new MapInput(), ...map, iterations: map?.iterations ?? null, sample: map?.sample ?? null },
      colorBy: colorBy ?? null,
      colorRules: colorRules ?? null,
      split: split ?? null,
      fitOn: fitOn ?? null,
    });
  }

  @FieldResolver(() => Model, { description: "The model whose embeddings were drawn." })
  model(@Root() { model }: ProjectionAnswer): ModelRow {
    return model;
  }

  @FieldResolver(() => Dataset, { description: "The dataset." })
  dataset(@Root() { dataset }: ProjectionAnswer): DatasetRow {
    return dataset;
  }

  @FieldResolver(() => String, { description: "A finished scatter plot of the first two components as SVG text." })
  svg(
    @Root() projection: ProjectionAnswer,
    @Arg("width", () => Int, { defaultValue: 800, description: "Pixels, 40 to 2,000." }) width: number,
    @Arg("height", () => Int, { defaultValue: 600, description: "Pixels, 40 to 2,000." }) height: number,
  ): string {
    checkSize(width, height);
    return drawProjection(projection, { width, height });
  }
}

@Resolver(() => ProjectionPoint)
export class ProjectionPointResolver {
  @FieldResolver(() => Compound, { description: "The molecule." })
  compound(@Root() point: ProjectionPoint, @Ctx() { loaders }: Context): Promise<ReachedCompound | null> {
    return loaders.compound.load({ id: point.compoundId, reached: { datasetId: point.datasetId } });
  }
}
