/** Datasets: listed and imported, and drawn. */
import { graphql } from "../generated/index.js";

export const DATASETS = graphql(`
  query Datasets($first: Int!, $after: String, $sizes: Boolean = false) {
    datasets(first: $first, after: $after) {
      edges {
        node {
          id name description source size createdAt
          labelSets { name kind counts { value count } }
          diskUsage @include(if: $sizes) { files database }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const DATASET = graphql(`
  query Dataset($name: String!) {
    dataset(name: $name) {
      id name size source
      labelSets { name kind counts { value count } }
    }
  }
`);

export const IMPORT_DATASET = graphql(`
  mutation ImportDataset($input: ImportDatasetInput!) {
    importDataset(input: $input) {
      dataset { id name size }
      report {
        rows imported merged dropped problemCount
        reasons { code count }
        missing { text count }
        conflicts { labelSet count }
        onConflict
        problems { line code message }
      }
    }
  }
`);

export const SPLIT_OVERLAP = graphql(`
  query SplitOverlap($dataset: String!, $column: String!, $targets: [String!]!, $first: Int!, $after: Int!) {
    dataset(name: $dataset) {
      labelSet(name: $column) {
        splitOverlap(targets: $targets) {
          count rows
          molecules(first: $first, after: $after) { key members { position name smiles split } }
        }
      }
    }
  }
`);

export const PROJECTION = graphql(`
  query Projection(
    $model: String!
    $dataset: String!
    $colorBy: String
    $colorRules: ColorRules
    $run: ID
    $split: [Split!]
    $fitOn: [Split!]
    $width: Int!
    $height: Int!
  ) {
    projection(model: $model, dataset: $dataset, components: 2, colorBy: $colorBy, colorRules: $colorRules, run: $run,
      split: $split, fitOn: $fitOn) {
      explainedVarianceRatio
      points { label split coordinates }
      svg(width: $width, height: $height)
    }
  }
`);
