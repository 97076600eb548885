/** Models: listed and added. */
import { graphql } from "../generated/index.js";

export const MODELS = graphql(`
  query Models($first: Int!, $after: String, $sizes: Boolean = false) {
    models(first: $first, after: $after) {
      edges {
        node {
          id name family task target labels precision layers width heads vocabularySize parameterCount maxLength
          checksum createdAt
          baseModel { name }
          diskUsage @include(if: $sizes) { files database }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const CREATE_ENSEMBLE = graphql(`
  mutation CreateEnsemble($input: CreateEnsembleInput!) {
    createEnsemble(input: $input) {
      model { id name task labels checksum memberWeights members { name } }
    }
  }
`);

export const QUANTIZE_MODEL = graphql(`
  mutation QuantizeModel($input: QuantizeModelInput!) {
    quantizeModel(input: $input) { model { id name precision checksum labels baseModel { id name } } }
  }
`);

export const ADD_MODEL = graphql(`
  mutation AddModel($input: AddModelInput!) {
    addModel(input: $input) {
      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }
      download { id name hub revision commit status bytes totalBytes }
    }
  }
`);
