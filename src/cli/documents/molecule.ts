/** Questions about single molecules. */
import { graphql } from "../generated/index.js";

export const PREDICT = graphql(`
  query Predict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {
    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {
      __typename
      ... on Prediction {
        id
        smiles
        note
        label
        score
        compound { id name smiles inchiKey formula molecularWeight }
        labels { label score }
        values { target value }
        model { id name }
      }
      ... on SmilesError { smiles code message }
    }
  }
`);

export const MODEL_WIDTH = graphql(`
  query ModelWidth($name: String!) {
    model(name: $name) { width }
  }
`);

export const EMBED = graphql(`
  query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {
    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {
      __typename
      ... on Embedding {
        id
        smiles
        pooling
        dimension
        vector
        compound { id name inchiKey }
        model { id name }
      }
      ... on SmilesError { smiles code message }
    }
  }
`);
