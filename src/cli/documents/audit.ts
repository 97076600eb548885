/** The audit log. */
import { graphql } from "../generated/index.js";

export const AUDIT_LOG = graphql(`
  query AuditLog($first: Int!, $after: String, $filter: AuditFilter) {
    auditLog(first: $first, after: $after, filter: $filter) {
      edges { node { at requestId key address action outcome details { name value } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
