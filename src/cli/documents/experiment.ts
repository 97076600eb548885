/** Fields of a model and of a run that only the report of an experiment needs. */
import { graphql } from "../generated/index.js";

export const EXPERIMENT_MODEL = graphql(`
  query ExperimentModel($name: String!) {
    model(name: $name) { name checksum task family layers width parameterCount }
  }
`);

export const EXPERIMENT_RUN = graphql(`
  query ExperimentRun($id: ID!) {
    run(id: $id) {
      environment { node onnxruntime platform processor endianness threads device }
      evaluation(split: VALIDATION) { ...EvaluationParts }
      test: evaluation(split: TEST) {
        intervals { name value low high }
        newScaffolds { count scores { name value low high } }
        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }
        mistakes(first: 5) { label truth predicted probability compound { name smiles svg(width: 260, height: 180) } }
        confusion: figure(kind: CONFUSION_MATRIX)
        calibration: figure(kind: CALIBRATION)
        predictedTrue: figure(kind: PREDICTED_TRUE)
      }
    }
  }
`);
