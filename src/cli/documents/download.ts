/** Models on their way from a hub: followed, listed and cancelled. */
import { graphql } from "../generated/index.js";

export const MODEL_DOWNLOADS = graphql(`
  query ModelDownloads($first: Int!, $after: String) {
    modelDownloads(first: $first, after: $after) {
      edges {
        node {
          id name hub revision commit status bytes totalBytes createdAt startedAt finishedAt
          error { code message param }
          model { name }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const MODEL_DOWNLOAD_UPDATED = graphql(`
  subscription ModelDownloadUpdated($id: ID!) {
    modelDownloadUpdated(id: $id) {
      id name hub revision commit status bytes totalBytes
      error { code message param }
      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }
    }
  }
`);

export const CANCEL_MODEL_DOWNLOAD = graphql(`
  mutation CancelModelDownload($id: ID!) {
    cancelModelDownload(id: $id) { download { id name status } }
  }
`);
