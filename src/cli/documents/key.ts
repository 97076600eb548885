/** Keys of the API. */
import { graphql } from "../generated/index.js";

export const API_KEYS = graphql(`
  query ApiKeys($first: Int!, $after: String) {
    apiKeys(first: $first, after: $after) {
      edges { node { id name role projects status createdAt expiresAt revokedAt lastUsedAt previousUntil } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const CREATE_API_KEY = graphql(`
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { key apiKey { id name role projects expiresAt } }
  }
`);

export const ROTATE_API_KEY = graphql(`
  mutation RotateApiKey($id: ID!, $overlapMinutes: Int!, $expiresAt: DateTime) {
    rotateApiKey(id: $id, overlapMinutes: $overlapMinutes, expiresAt: $expiresAt) {
      key
      apiKey { id name role projects expiresAt previousUntil }
    }
  }
`);

export const REVOKE_API_KEY = graphql(`
  mutation RevokeApiKey($id: ID!) {
    revokeApiKey(id: $id) { apiKey { id name revokedAt } }
  }
`);

export const VIEWER = graphql(`
  query Viewer {
    viewer { name role projects project expiresAt }
  }
`);
