/** What a run measured and answered, for files. */
import { graphql } from "../generated/index.js";

export const RUN_METRIC_PAGE = graphql(`
  query RunMetricPage($id: ID!, $after: Int!) {
    run(id: $id) {
      metrics(first: 10000, after: $after) { sequence step epoch split name value at }
    }
  }
`);

export const EVALUATION_TABLES = graphql(`
  query EvaluationTables($id: ID!, $split: Split!) {
    run(id: $id) {
      status
      evaluation(split: $split) {
        task labels
        scores { name value }
        intervals { name low high }
        classes { label precision recall f1 support }
        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }
        targetScores { label measured rmse mae r2 baseline }
      }
    }
  }
`);

export const MOLECULE_ANSWERS = graphql(`
  query MoleculeAnswers($id: ID!, $split: Split!, $after: Int!) {
    run(id: $id) {
      evaluation(split: $split) {
        molecules(first: 1000, after: $after) { compound { name smiles inchiKey } truth scores }
      }
    }
  }
`);
