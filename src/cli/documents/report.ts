/** Reports of evaluations, their figures, and comparisons of runs. */
import { graphql } from "../generated/index.js";

export const EVALUATION_REPORT = graphql(`
  query EvaluationReport($id: ID!, $split: Split!) {
    run(id: $id) {
      id name status task targets
      dataset { name }
      baseModel { name }
      warnings { code message }
      splitSizes { split count }
      evaluation(split: $split) {
        split splitStrategy count task
        baselines {
          kind label scores { name value } differences { name difference low high } mcnemar { onlyA onlyB pValue }
        }
        scores { name value }
        newMolecules { count scores { name value } }
        classes { label precision recall f1 support }
        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }
        targetScores { label measured rmse mae r2 baseline }
        calibration { temperature loss calibrationError }
        intervals { name value low high }
        newScaffolds { count scores { name value low high } }
        mistakes(first: 10) { label truth predicted probability compound { name smiles } }
        residuals { label count quantiles { share value } }
        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }
      }
    }
  }
`);

export const EVALUATION_FIGURES = graphql(`
  query EvaluationFigures($id: ID!, $split: Split!) {
    run(id: $id) {
      evaluation(split: $split) {
        confusion: figure(kind: CONFUSION_MATRIX)
        calibration: figure(kind: CALIBRATION)
        roc: figure(kind: ROC)
        precisionRecall: figure(kind: PRECISION_RECALL)
        predictedTrue: figure(kind: PREDICTED_TRUE)
        mistakes(first: 10) { compound { svg(width: 220, height: 160) } }
      }
    }
  }
`);

export const COMPARE_RUNS = graphql(`
  query CompareRuns($a: ID!, $b: ID!, $split: Split!) {
    compareRuns(a: $a, b: $b, split: $split) {
      split leaky count onlyA onlyB
      scores { name a b difference low high }
      mcnemar { bothRight onlyA onlyB bothWrong pValue }
    }
  }
`);

export const RUNS_FIGURE = graphql(`
  query RunsFigure($runs: [ID!]!, $names: [String!]!) {
    runCurves(runs: $runs, names: $names, split: VALIDATION)
  }
`);
