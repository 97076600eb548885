/** The order of a projection run: the arguments of `projection` without its colours. */
import { Field, ID, InputType, Int } from "type-graphql";
import { Pooling, ProjectionMethod, Split } from "../enums.js";
import { AnnotationInput } from "./annotation-input.js";
import { MapInput } from "./map-input.js";

@InputType("StartProjectionInput", {
  description: "A dataset in a few dimensions, as a background run: the arguments of `projection` without its colours.",
})
export class StartProjectionInput extends AnnotationInput {
  @Field(() => String, { description: "Name of the model whose embeddings are drawn." })
  model!: string;

  @Field(() => String, { description: "Name of the dataset." })
  dataset!: string;

  @Field(() => ProjectionMethod, {
    defaultValue: ProjectionMethod.PCA,
    description: "How vectors become coordinates.",
  })
  method!: ProjectionMethod;

  @Field(() => Int, { defaultValue: 2, description: "Number of coordinates, as in `projection`." })
  components!: number;

  @Field(() => Pooling, { defaultValue: Pooling.CLS, description: "Which embeddings." })
  pooling!: Pooling;

  @Field(() => Int, {
    nullable: true,
    description: "Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last.",
  })
  layer?: number | null;

  @Field(() => Boolean, { defaultValue: false, description: "PCA: as in `projection`." })
  whiten!: boolean;

  @Field(() => MapInput, { nullable: true, description: "Options of TSNE and UMAP; null: the defaults." })
  map?: MapInput | null;

  @Field(() => ID, {
    nullable: true,
    description: "A finetune or probe on this dataset, for `split` and `fitOn`. Null: no splits.",
  })
  run?: string | null;

  @Field(() => [Split], { nullable: true, description: "As in `projection`." })
  split?: Split[] | null;

  @Field(() => [Split], { nullable: true, description: "PCA: as in `projection`." })
  fitOn?: Split[] | null;

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}
