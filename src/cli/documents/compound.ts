/** Compounds of the library. */
import { graphql } from "../generated/index.js";

export const COMPOUNDS = graphql(`
  query Compounds($first: Int!, $after: String, $dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {
    compounds(first: $first, after: $after, dataset: $dataset, filter: $filter, orderBy: $orderBy) {
      edges {
        similarity
        node { id name smiles inchiKey formula molecularWeight }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const COMPOUND_COUNT = graphql(`
  query CompoundCount($dataset: String, $filter: CompoundFilter) {
    compounds(first: 1, dataset: $dataset, filter: $filter) { totalCount }
  }
`);
