/** What a report says of a model and of a run besides what every command asks for. */
import { graphql } from "../generated/index.js";

export const EXPERIMENT_MODEL = graphql(`
  query ExperimentModel($name: String!) {
    model(name: $name) { name family layers width parameterCount }
  }
`);

export const EXPERIMENT_RUN = graphql(`
  query ExperimentRun($id: ID!) {
    run(id: $id) {
      environment
      evaluation(split: VALIDATION) {
        split splitStrategy count loss accuracy macroF1
        baseline { label accuracy macroF1 }
        classes { label precision recall f1 support }
        confusionMatrix
        labels
        task
        scores { name value }
        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }
        targetScores { label measured rmse mae r2 baseline }
        calibration { temperature loss calibrationError }
      }
    }
  }
`);
