/** What the client asks: npm run generate makes the types. */
import { graphql } from "./generated/index.js";

export const PREDICT = graphql(`
  query ClientPredict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {
    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {
      __typename
      ... on Prediction { id smiles note label score labels { label score } values { target value } forms }
      ... on SmilesError { smiles code message }
    }
  }
`);

export const EMBED = graphql(`
  query ClientEmbed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {
    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {
      __typename
      ... on Embedding { id smiles vector }
      ... on SmilesError { smiles code message }
    }
  }
`);

export const FINETUNE = graphql(`
  mutation ClientFinetune($input: StartFinetuneInput!) {
    startFinetune(input: $input) { run { id } }
  }
`);

/** @public Read by graphql-codegen alone, which puts it into the documents that name it. */
export const RUN_PARTS = graphql(`
  fragment ClientRun on Run {
    id name kind status target targets task
    progress { step totalSteps epoch secondsLeft }
    error { code message param }
    warnings { code message }
    model { id name }
  }
`);

export const RUN = graphql(`
  query ClientRunById($id: ID!) { run(id: $id) { ...ClientRun } }
`);

export const RUN_UPDATED = graphql(`
  subscription ClientRunUpdated($id: ID!) { runUpdated(id: $id) { ...ClientRun } }
`);

export const RUN_METRICS = graphql(`
  subscription ClientRunMetrics($id: ID!, $after: Int!) {
    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }
  }
`);

export const CANCEL_RUN = graphql(`
  mutation ClientCancelRun($id: ID!) { cancelRun(id: $id) { run { ...ClientRun } } }
`);
