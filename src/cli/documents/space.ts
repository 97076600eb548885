/** Questions about a dataset in the space of a model's embeddings. */
import { graphql } from "../generated/index.js";

export const PROJECT = graphql(`
  query Project($model: String!, $dataset: String!, $method: ProjectionMethod!, $components: Int!,
    $pooling: Pooling!, $layer: Int,
    $whiten: Boolean!, $map: MapInput, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!],
    $width: Int!, $height: Int!, $drawn: Boolean!, $listed: Boolean!) {
    projection(model: $model, dataset: $dataset, method: $method, components: $components, pooling: $pooling,
      layer: $layer,
      whiten: $whiten, map: $map, colorBy: $colorBy, run: $run, split: $split, fitOn: $fitOn) {
      method
      layer
      explainedVarianceRatio
      trustworthiness
      computedOn
      sampledFrom
      points @include(if: $listed) { label number split coordinates compound { name smiles inchiKey } }
      svg(width: $width, height: $height) @include(if: $drawn)
    }
  }
`);

export const CLUSTERS = graphql(`
  query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!,
    $seed: Int!,
    $run: ID, $split: [Split!]) {
    clusters(model: $model, dataset: $dataset, k: $k, pooling: $pooling, layer: $layer, starts: $starts, seed: $seed,
      run: $run, split: $split) {
      k
      inertia
      computedOn
      scan { k inertia silhouette }
      clusters { index size compounds { name smiles } }
    }
  }
`);

export const NEIGHBOURS = graphql(`
  query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!,
    $pooling: Pooling!,
    $layer: Int, $run: ID, $split: [Split!]) {
    neighbours(model: $model, dataset: $dataset, smiles: $smiles, k: $k, metric: $metric, pooling: $pooling,
      layer: $layer,
      run: $run, split: $split) {
      distance
      compound { name smiles }
    }
  }
`);

export const OUTLIERS = graphql(`
  query Outliers($model: String!, $dataset: String!, $threshold: Float!, $pooling: Pooling!, $layer: Int, $run: ID,
    $split: [Split!]) {
    outliers(model: $model, dataset: $dataset, threshold: $threshold, pooling: $pooling, layer: $layer, run: $run,
      split: $split) {
      computedOn
      medianDistance
      medianDeviation
      count
      outliers { distance score compound { name smiles } }
    }
  }
`);

export const SEPARATION = graphql(`
  query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int,
    $sample: Int!,
    $neighbours: Int!, $seed: Int!, $classes: [String!], $run: ID, $split: [Split!]) {
    separation(models: $models, dataset: $dataset, labelSet: $labelSet, pooling: $pooling, layer: $layer,
      sample: $sample,
      neighbours: $neighbours, seed: $seed, classes: $classes, run: $run, split: $split) {
      computedOn
      labelled
      classes
      dropped { label count }
      folds
      neighbours
      seed
      majority
      rows {
        representation
        model
        dimension
        silhouette { value standardError }
        neighbourAccuracy { value standardError }
        probeAccuracy { value standardError }
        neighbourRocAuc { value standardError }
        probeRocAuc { value standardError }
      }
    }
  }
`);
