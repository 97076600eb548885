/** A dataset drawn in a few dimensions. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { ProjectionMethod, Split } from "./enums.js";

@ObjectType("ProjectionPoint", { description: "One molecule of a projection." })
export class ProjectionPoint {
  @Field(() => String, {
    nullable: true,
    description: "Its value in the label set `colorBy`; null when it has none, or without `colorBy`.",
  })
  label!: string | null;

  @Field(() => Split, {
    nullable: true,
    description: "Its split in `run`; null without `run`, or when the run left it out.",
  })
  split!: Split | null;

  @Field(() => [Float], { description: "One number per component." })
  coordinates!: number[];

  /** Resolved as `compound`. */
  compoundId!: string;
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
    description: "Share of the total variance of the fitted molecules along each component, descending, 0 to 1.",
  })
  explainedVarianceRatio!: number[];

  @Field(() => [ProjectionPoint], {
    description: "In the order of the dataset; only those in `split` when it was given.",
  })
  points!: ProjectionPoint[];
}
