/** A dataset drawn in a few dimensions. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import type * as service from "../../service/space/types.js";
import { ProjectionMethod, Split } from "./enums.js";

@ObjectType("ProjectionPoint", { description: "One molecule of a projection." })
export class ProjectionPoint implements service.ProjectionPoint {
  @Field(() => String, {
    nullable: true,
    description: "Its value in the label set `colorBy`; null when it has none, or without `colorBy`.",
  })
  label!: string | null;

  @Field(() => Float, {
    nullable: true,
    description: "The same as a number, where `colorBy` is a label set of kind NUMBER; else null.",
  })
  number!: number | null;

  @Field(() => Split, {
    nullable: true,
    description: "Its split in `run`; null without `run`, or when the run left it out.",
  })
  split!: Split | null;

  @Field(() => [Float], { description: "One number per component." })
  coordinates!: number[];

  /** Resolved as `compound`. */
  compoundId!: string;
  datasetId!: string;
}

@ObjectType("Projection", {
  description: "The molecules of a dataset in a few dimensions, by the embeddings of one model.",
})
export class Projection {
  @Field(() => ProjectionMethod, { description: "How the vectors were projected." })
  method!: ProjectionMethod;

  @Field(() => Int, { description: "Number of coordinates of each point." })
  components!: number;

  @Field(() => [Float], {
    description:
      "PCA: share of the total variance of the fitted molecules along each component, descending, 0 to 1; else empty.",
  })
  explainedVarianceRatio!: number[];

  @Field(() => Int, { description: "Hidden layer of the embeddings; the number of the model's layers: the last." })
  layer!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "TSNE and UMAP: how far nearest neighbours in the map are neighbours in the embeddings too " +
      "(scikit-learn's trustworthiness, 5 neighbours), 0 to 1; null for PCA.",
  })
  trustworthiness!: number | null;

  @Field(() => Int, {
    description: "Molecules that were given coordinates: fewer than `sampledFrom` when TSNE or UMAP drew a sample.",
  })
  computedOn!: number;

  @Field(() => Int, { description: "Molecules of the dataset." })
  datasetSize!: number;

  @Field(() => Int, {
    description:
      "Molecules that TSNE or UMAP draws its sample from: those of `split`, or the dataset's; PCA: the dataset's.",
  })
  sampledFrom!: number;

  @Field(() => [ProjectionPoint], {
    description: "In the order of the dataset; only those in `split` when it was given, and only those of the sample.",
  })
  points!: ProjectionPoint[];
}
