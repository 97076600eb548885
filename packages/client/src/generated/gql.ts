/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query ClientPredict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction { id smiles note label score labels { label score } values { target value } forms }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": typeof types.ClientPredictDocument,
    "\n  query ClientEmbed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding { id smiles vector }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": typeof types.ClientEmbedDocument,
    "\n  mutation ClientFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id } }\n  }\n": typeof types.ClientFinetuneDocument,
    "\n  fragment ClientRun on Run {\n    id name kind status target targets task\n    progress { step totalSteps epoch secondsLeft }\n    error { code message param }\n    warnings { code message }\n    model { id name }\n  }\n": typeof types.ClientRunFragmentDoc,
    "\n  query ClientRunById($id: ID!) { run(id: $id) { ...ClientRun } }\n": typeof types.ClientRunByIdDocument,
    "\n  subscription ClientRunUpdated($id: ID!) { runUpdated(id: $id) { ...ClientRun } }\n": typeof types.ClientRunUpdatedDocument,
    "\n  subscription ClientRunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n": typeof types.ClientRunMetricsDocument,
    "\n  mutation ClientCancelRun($id: ID!) { cancelRun(id: $id) { run { ...ClientRun } } }\n": typeof types.ClientCancelRunDocument,
};
const documents: Documents = {
    "\n  query ClientPredict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction { id smiles note label score labels { label score } values { target value } forms }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": types.ClientPredictDocument,
    "\n  query ClientEmbed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding { id smiles vector }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": types.ClientEmbedDocument,
    "\n  mutation ClientFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id } }\n  }\n": types.ClientFinetuneDocument,
    "\n  fragment ClientRun on Run {\n    id name kind status target targets task\n    progress { step totalSteps epoch secondsLeft }\n    error { code message param }\n    warnings { code message }\n    model { id name }\n  }\n": types.ClientRunFragmentDoc,
    "\n  query ClientRunById($id: ID!) { run(id: $id) { ...ClientRun } }\n": types.ClientRunByIdDocument,
    "\n  subscription ClientRunUpdated($id: ID!) { runUpdated(id: $id) { ...ClientRun } }\n": types.ClientRunUpdatedDocument,
    "\n  subscription ClientRunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n": types.ClientRunMetricsDocument,
    "\n  mutation ClientCancelRun($id: ID!) { cancelRun(id: $id) { run { ...ClientRun } } }\n": types.ClientCancelRunDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ClientPredict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction { id smiles note label score labels { label score } values { target value } forms }\n      ... on SmilesError { smiles code message }\n    }\n  }\n"): typeof import('./graphql.js').ClientPredictDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ClientEmbed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding { id smiles vector }\n      ... on SmilesError { smiles code message }\n    }\n  }\n"): typeof import('./graphql.js').ClientEmbedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ClientFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id } }\n  }\n"): typeof import('./graphql.js').ClientFinetuneDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ClientRun on Run {\n    id name kind status target targets task\n    progress { step totalSteps epoch secondsLeft }\n    error { code message param }\n    warnings { code message }\n    model { id name }\n  }\n"): typeof import('./graphql.js').ClientRunFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ClientRunById($id: ID!) { run(id: $id) { ...ClientRun } }\n"): typeof import('./graphql.js').ClientRunByIdDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ClientRunUpdated($id: ID!) { runUpdated(id: $id) { ...ClientRun } }\n"): typeof import('./graphql.js').ClientRunUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ClientRunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n"): typeof import('./graphql.js').ClientRunMetricsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ClientCancelRun($id: ID!) { cancelRun(id: $id) { run { ...ClientRun } } }\n"): typeof import('./graphql.js').ClientCancelRunDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
