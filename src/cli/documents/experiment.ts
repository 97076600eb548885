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
      evaluation(split: VALIDATION) { ...EvaluationParts }
    }
  }
`);
