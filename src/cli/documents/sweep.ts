/** Sweeps: started, and read with their trials. */
import { graphql } from "../generated/index.js";

export const START_SWEEP = graphql(`
  mutation StartSweep($input: StartSweepInput!) {
    startSweep(input: $input) { group { id name status runs { id name } sweep { method rungs sizes } } }
  }
`);

export const SWEEP = graphql(`
  query Sweep($id: ID!) {
    runGroup(id: $id) {
      id name status leaky
      sweep {
        method metric greaterIsBetter rungs sizes done
        cost { steps fullSteps share seconds }
        trials { index options { option value } epochs score best run { id name status error { code } } }
        best { run { name model { name } evaluation(split: TEST) { count scores { name value } } } }
      }
    }
  }
`);

export const SWEEP_FIGURE = graphql(`
  query SweepFigure($id: ID!) {
    runGroup(id: $id) { sweep { figure } }
  }
`);
