/** Options of the methods that draw a map of neighbourhoods. */
import { Field, Float, InputType, Int } from "type-graphql";

@InputType("MapInput", { description: "Options of TSNE and UMAP. A value that breaks its rule is BAD_INPUT." })
export class MapInput {
  @Field(() => Int, { defaultValue: 0, description: "The same seed gives the same map. From 0." })
  seed: number = 0;

  @Field(() => Float, {
    defaultValue: 30,
    description: "TSNE: effective number of neighbours; 1 to below a third of the molecules.",
  })
  perplexity: number = 30;

  @Field(() => Int, {
    defaultValue: 15,
    description: "UMAP: neighbours of each molecule in its graph; 2 to the number of molecules less one.",
  })
  neighbours: number = 15;

  @Field(() => Float, { defaultValue: 0.1, description: "UMAP: least distance of points in the map, 0 to 1." })
  minDist: number = 0.1;

  @Field(() => Int, {
    nullable: true,
    description: "Steps of the optimisation, 10 to 5,000; null: 1,000 for TSNE, 300 for UMAP.",
  })
  iterations?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Molecules at most: of a larger dataset a seeded sample of so many is drawn, and `computedOn` says " +
      "so. Null: as many as the method takes, 2,000 for TSNE and 5,000 for UMAP; more is BAD_INPUT.",
  })
  sample?: number | null;
}
