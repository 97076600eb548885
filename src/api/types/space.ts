/** What can be said of a dataset's molecules as points in the space of a model's embeddings. */
import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type * as service from "../../service/space/types.js";
import { EmbeddingDistance } from "../../service/space/types.js";

registerEnumType(EmbeddingDistance, {
  name: "DistanceMetric",
  description: "Distance of two vectors.",
  valuesConfig: {
    EUCLIDEAN: { description: "Length of their difference." },
    COSINE: { description: "1 less the cosine of the angle between them, 0 to 2." },
  },
});

@ObjectType("Cluster", { description: "One cluster of molecules." })
export class Cluster implements service.Cluster {
  @Field(() => Int, { description: "0 is the largest." })
  index!: number;

  @Field(() => Int, { description: "Its molecules." })
  size!: number;

  /** Resolved as `compounds`. */
  compoundIds!: string[];
  datasetId!: string;
}

@ObjectType("ClusterCount", { description: "k-means with one number of clusters." })
export class ClusterCount {
  @Field(() => Int, { description: "Number of clusters." })
  k!: number;

  @Field(() => Float, { description: "Sum of squared distances of molecules to their centres." })
  inertia!: number;

  @Field(() => Float, {
    description: "Mean silhouette, euclidean, -1 to 1, of at most 2,000 molecules (a seeded sample of more).",
  })
  silhouette!: number;
}

@ObjectType("Clusters", { description: "Molecules of a dataset in clusters of their embeddings, by k-means." })
export class Clusters implements service.Clusters {
  @Field(() => Int, { description: "Number of clusters: as asked for, or that of the best silhouette." })
  k!: number;

  @Field(() => Float, { description: "Sum of squared distances of molecules to their centres." })
  inertia!: number;

  @Field(() => Int, { description: "Iterations of the best start." })
  iterations!: number;

  @Field(() => Int, { description: "Molecules that were clustered: all of the dataset, or of `split`." })
  computedOn!: number;

  @Field(() => [ClusterCount], { description: "Every number of clusters that was tried; empty when `k` was given." })
  scan!: ClusterCount[];

  @Field(() => [Cluster], { description: "Largest first." })
  clusters!: Cluster[];
}

@ObjectType("Neighbour", { description: "A molecule of a dataset near another one." })
export class Neighbour implements service.Neighbour {
  @Field(() => Float, { description: "Distance by `metric`, from 0." })
  distance!: number;

  /** Resolved as `compound`. */
  compoundId!: string;
  datasetId!: string;
}

@ObjectType("Outlier", { description: "A molecule far from the middle of its dataset." })
export class Outlier implements service.Outlier {
  @Field(() => Float, { description: "Euclidean distance from the median vector." })
  distance!: number;

  @Field(() => Float, { description: "Modified z-score of the distance: 0.6745 (d - median d) / MAD." })
  score!: number;

  /** Resolved as `compound`. */
  compoundId!: string;
  datasetId!: string;
}

@ObjectType("Outliers", {
  description: "Molecules of a dataset whose distance from the median vector is far above the median distance.",
})
export class Outliers implements service.Outliers {
  @Field(() => Int, { description: "Molecules that were looked at: all of the dataset, or of `split`." })
  computedOn!: number;

  @Field(() => Float, { description: "Median of the euclidean distances from the median vector." })
  medianDistance!: number;

  @Field(() => Float, {
    description: "MAD: median of the absolute deviations from `medianDistance`; 0 makes every score 0.",
  })
  medianDeviation!: number;

  @Field(() => Int, { description: "Molecules with a score above the threshold." })
  count!: number;

  @Field(() => [Outlier], { description: "The first 1,000 of them, farthest first." })
  outliers!: Outlier[];
}
