/** Runs: started, followed, cancelled and read. */
import { graphql } from "../generated/index.js";

export const RUNS = graphql(`
  query Runs(
    $first: Int!, $after: String, $filter: RunFilter, $sizes: Boolean = false
    $orderBy: RunOrder! = CREATED_DESC, $score: RunScoreInput
  ) {
    runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy, score: $score) {
      edges {
        node {
          id kind name status target targets task attempt tags createdAt startedAt finishedAt
          dataset { name }
          baseModel { name }
          model { name }
          diskUsage @include(if: $sizes) { files database }
          progress { step totalSteps epoch secondsLeft }
          error { code message param }
          evaluation(split: TEST) { task splitStrategy count macroF1 scores { name value } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const RUN = graphql(`
  query Run($id: ID!) {
    run(id: $id) { id name kind status }
  }
`);

/**
 * The scores of one split of a finished run.
 * @public Read by graphql-codegen alone, which puts it into the documents that name it.
 */
export const EVALUATION_PARTS = graphql(`
  fragment EvaluationParts on Evaluation {
    split splitStrategy count loss accuracy macroF1
    baselines { kind label scores { name value } differences { name difference low high } }
    classes { label precision recall f1 support }
    confusionMatrix
    labels
    task
    scores { name value }
    newMolecules { count scores { name value } }
    labelScores { label measured positives precision recall f1 rocAuc averagePrecision }
    targetScores { label measured rmse mae r2 baseline }
    calibration { temperature loss calibrationError }
  }
`);

export const RUN_REPORT = graphql(`
  query RunReport($id: ID!) {
    run(id: $id) {
      id kind name status target targets task attempt createdAt startedAt finishedAt
      dataset { name }
      baseModel { name }
      model { id name checksum }
      progress { step totalSteps epoch secondsLeft }
      error { code message param }
      warnings { code message }
      splitSizes { split count }
      import { line report { rows imported merged dropped } }
      evaluation(split: TEST) { ...EvaluationParts }
      validation: evaluation(split: VALIDATION) { count scores { name value } }
    }
  }
`);

export const RUN_CURVES = graphql(`
  query RunCurves($id: ID!) {
    run(id: $id) {
      metrics(first: 10000) { sequence step epoch split name value }
      evaluation(split: VALIDATION) {
        task baselines { kind label scores { name value } differences { name difference low high } }
      }
    }
  }
`);

export const START_FINETUNE = graphql(`
  mutation StartFinetune($input: StartFinetuneInput!) {
    startFinetune(input: $input) { run { id name kind status input: inputJson estimate { bytes seconds } } }
  }
`);

export const START_PRETRAINING = graphql(`
  mutation StartPretraining($input: StartPretrainingInput!) {
    startPretraining(input: $input) {
      run { id name kind status input: inputJson estimate { bytes seconds } } }
  }
`);

export const START_PROBE = graphql(`
  mutation StartProbe($input: StartProbeInput!) {
    startProbe(input: $input) { run { id name kind status input: inputJson } }
  }
`);

export const START_REPEATS = graphql(`
  mutation StartRepeats($input: StartRepeatsInput!) {
    startRepeats(input: $input) { group { id name status
      runs { id name input: inputJson estimate { bytes seconds } } } }
  }
`);

export const RUN_GROUP = graphql(`
  query RunGroup($id: ID!) {
    runGroup(id: $id) {
      id name kind status leaky
      runs { id name status error { code message } evaluation(split: TEST) { task count scores { name value } } }
      scores { split name mean standardDeviation count values }
      model { id name }
    }
  }
`);

export const RUN_GROUPS = graphql(`
  query RunGroups($first: Int!, $after: String) {
    runGroups(first: $first, after: $after) {
      edges { node { id name runs { id name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const START_EMBEDDING = graphql(`
  mutation StartEmbedding($input: StartEmbeddingInput!) {
    startEmbedding(input: $input) { run { id name kind status input: inputJson } }
  }
`);

export const START_PREDICTION = graphql(`
  mutation StartPrediction($input: StartPredictionInput!) {
    startPrediction(input: $input) { run { id name kind status input: inputJson } }
  }
`);

export const START_PROJECTION = graphql(`
  mutation StartProjection($input: StartProjectionInput!) {
    startProjection(input: $input) { run { id name kind status input: inputJson } }
  }
`);

export const START_EVALUATION = graphql(`
  mutation StartEvaluation($input: StartEvaluationInput!) {
    startEvaluation(input: $input) { run { id name kind status input: inputJson } }
  }
`);

export const RUN_PREDICTIONS = graphql(`
  query RunPredictions($id: ID!) {
    run(id: $id) { id name kind status predictions { url rows bytes problems { code count } } }
  }
`);

export const CANCEL_RUN = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(id: $id) { run { id name kind status } }
  }
`);

export const PAUSE_RUN = graphql(`
  mutation PauseRun($id: ID!) {
    pauseRun(id: $id) { run { id name kind status } }
  }
`);

export const RESUME_RUN = graphql(`
  mutation ResumeRun($id: ID!) {
    resumeRun(id: $id) { run { id name kind status } }
  }
`);

export const PAUSE_RUN_GROUP = graphql(`
  mutation PauseRunGroup($id: ID!) {
    pauseRunGroup(id: $id) { group { id name runs { id name kind status } } }
  }
`);

export const RESUME_RUN_GROUP = graphql(`
  mutation ResumeRunGroup($id: ID!) {
    resumeRunGroup(id: $id) { group { id name runs { id name kind status } } }
  }
`);

export const RETRY_RUN = graphql(`
  mutation RetryRun($id: ID!, $anew: Boolean!) {
    retryRun(id: $id, anew: $anew) { run { id name kind status progress { step } } }
  }
`);

export const SET_RUN_PRIORITY = graphql(`
  mutation SetRunPriority($id: ID!, $priority: Int!) {
    setRunPriority(id: $id, priority: $priority) { run { id name kind status priority } }
  }
`);

export const UPDATE_RUN = graphql(`
  mutation UpdateRun($id: ID!, $input: UpdateRunInput!) {
    updateRun(id: $id, input: $input) { run { id name kind status description notes tags } }
  }
`);

export const RUN_NOTES = graphql(`
  query RunNotes($id: ID!) {
    run(id: $id) { id name kind status description notes tags }
  }
`);

export const CLONE_RUN = graphql(`
  mutation CloneRun($id: ID!, $input: CloneRunInput!) {
    cloneRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }
  }
`);

export const CONTINUE_RUN = graphql(`
  mutation ContinueRun($id: ID!, $input: ContinueRunInput!) {
    continueRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }
  }
`);

export const RUN_METRICS = graphql(`
  subscription RunMetrics($id: ID!, $after: Int!) {
    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }
  }
`);

export const RUN_EVENTS = graphql(`
  query RunEvents($id: ID!, $after: Int!, $level: EventLevel!) {
    run(id: $id) {
      status
      events(after: $after, first: 1000, level: $level) { sequence at level kind message data attempt }
    }
  }
`);

export const RUN_EVENTS_LIVE = graphql(`
  subscription RunEventsLive($id: ID!, $after: Int!) {
    runEvents(id: $id, after: $after) { sequence at level kind message data attempt }
  }
`);

export const RUN_UPDATED = graphql(`
  subscription RunUpdated($id: ID!) {
    runUpdated(id: $id) {
      id name kind status
      progress { step totalSteps epoch secondsLeft }
      error { code message param }
    }
  }
`);
