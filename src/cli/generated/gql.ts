/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query AuditLog($first: Int!, $after: String, $filter: AuditFilter) {\n    auditLog(first: $first, after: $after, filter: $filter) {\n      edges { node { at requestId key address action outcome details { name value } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.AuditLogDocument,
    "\n  query Compounds($first: Int!, $after: String, $dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {\n    compounds(first: $first, after: $after, dataset: $dataset, filter: $filter, orderBy: $orderBy) {\n      edges {\n        similarity\n        node { id name smiles inchiKey formula molecularWeight }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.CompoundsDocument,
    "\n  query CompoundCount($dataset: String, $filter: CompoundFilter) {\n    compounds(first: 1, dataset: $dataset, filter: $filter) { totalCount }\n  }\n": typeof types.CompoundCountDocument,
    "\n  query Datasets($first: Int!, $after: String, $sizes: Boolean = false) {\n    datasets(first: $first, after: $after) {\n      edges {\n        node {\n          id name description source size createdAt\n          labelSets { name kind counts { value count } }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.DatasetsDocument,
    "\n  query Dataset($name: String!) {\n    dataset(name: $name) {\n      id name size source\n      labelSets { name kind counts { value count } }\n    }\n  }\n": typeof types.DatasetDocument,
    "\n  mutation ImportDataset($input: ImportDatasetInput!) {\n    importDataset(input: $input) {\n      dataset { id name size }\n      report {\n        rows imported merged dropped problemCount\n        reasons { code count }\n        missing { text count }\n        conflicts { labelSet count }\n        onConflict\n        problems { line code message }\n      }\n    }\n  }\n": typeof types.ImportDatasetDocument,
    "\n  query SplitOverlap($dataset: String!, $column: String!, $targets: [String!]!, $first: Int!, $after: Int!) {\n    dataset(name: $dataset) {\n      labelSet(name: $column) {\n        splitOverlap(targets: $targets) {\n          count rows\n          molecules(first: $first, after: $after) { key members { position name smiles split } }\n        }\n      }\n    }\n  }\n": typeof types.SplitOverlapDocument,
    "\n  query Projection(\n    $model: String!\n    $dataset: String!\n    $colorBy: String\n    $colorRules: ColorRules\n    $run: ID\n    $split: [Split!]\n    $fitOn: [Split!]\n    $width: Int!\n    $height: Int!\n  ) {\n    projection(model: $model, dataset: $dataset, components: 2, colorBy: $colorBy, colorRules: $colorRules, run: $run,\n      split: $split, fitOn: $fitOn) {\n      explainedVarianceRatio\n      points { label split coordinates }\n      svg(width: $width, height: $height)\n    }\n  }\n": typeof types.ProjectionDocument,
    "\n  query ModelDownloads($first: Int!, $after: String) {\n    modelDownloads(first: $first, after: $after) {\n      edges {\n        node {\n          id name hub revision commit status bytes totalBytes createdAt startedAt finishedAt\n          error { code message param }\n          model { name }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.ModelDownloadsDocument,
    "\n  subscription ModelDownloadUpdated($id: ID!) {\n    modelDownloadUpdated(id: $id) {\n      id name hub revision commit status bytes totalBytes\n      error { code message param }\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n    }\n  }\n": typeof types.ModelDownloadUpdatedDocument,
    "\n  mutation CancelModelDownload($id: ID!) {\n    cancelModelDownload(id: $id) { download { id name status } }\n  }\n": typeof types.CancelModelDownloadDocument,
    "\n  query ExperimentModel($name: String!) {\n    model(name: $name) { name checksum task family layers width parameterCount }\n  }\n": typeof types.ExperimentModelDocument,
    "\n  query ExperimentRun($id: ID!) {\n    run(id: $id) {\n      environment { node onnxruntime platform processor endianness threads device }\n      evaluation(split: VALIDATION) { ...EvaluationParts }\n      test: evaluation(split: TEST) {\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n        mistakes(first: 5) { label truth predicted probability compound { name smiles svg(width: 260, height: 180) } }\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n      }\n    }\n  }\n": typeof types.ExperimentRunDocument,
    "\n  query RunMetricPage($id: ID!, $after: Int!) {\n    run(id: $id) {\n      metrics(first: 10000, after: $after) { sequence step epoch split name value at }\n    }\n  }\n": typeof types.RunMetricPageDocument,
    "\n  query EvaluationTables($id: ID!, $split: Split!) {\n    run(id: $id) {\n      status\n      evaluation(split: $split) {\n        task labels\n        scores { name value }\n        intervals { name low high }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n      }\n    }\n  }\n": typeof types.EvaluationTablesDocument,
    "\n  query MoleculeAnswers($id: ID!, $split: Split!, $after: Int!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        molecules(first: 1000, after: $after) { compound { name smiles inchiKey } truth scores }\n      }\n    }\n  }\n": typeof types.MoleculeAnswersDocument,
    "\n  query ApiKeys($first: Int!, $after: String) {\n    apiKeys(first: $first, after: $after) {\n      edges { node { id name role projects status createdAt expiresAt revokedAt lastUsedAt previousUntil } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.ApiKeysDocument,
    "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) { key apiKey { id name role projects expiresAt } }\n  }\n": typeof types.CreateApiKeyDocument,
    "\n  mutation RotateApiKey($id: ID!, $overlapMinutes: Int!, $expiresAt: DateTime) {\n    rotateApiKey(id: $id, overlapMinutes: $overlapMinutes, expiresAt: $expiresAt) {\n      key\n      apiKey { id name role projects expiresAt previousUntil }\n    }\n  }\n": typeof types.RotateApiKeyDocument,
    "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { apiKey { id name revokedAt } }\n  }\n": typeof types.RevokeApiKeyDocument,
    "\n  mutation LimitApiKey($id: ID!, $limits: KeyLimitsInput!) {\n    limitApiKey(id: $id, limits: $limits) { apiKey { id name limits { pointsPerMinute maxRuns maxBytes } } }\n  }\n": typeof types.LimitApiKeyDocument,
    "\n  query KeyUsage {\n    rateLimit { limit cost remaining used resetAt }\n    quota { runs { used limit } bytes { used limit } }\n  }\n": typeof types.KeyUsageDocument,
    "\n  query Viewer {\n    viewer { name role projects project expiresAt }\n  }\n": typeof types.ViewerDocument,
    "\n  query Models($first: Int!, $after: String, $sizes: Boolean = false) {\n    models(first: $first, after: $after) {\n      edges {\n        node {\n          id name family task target labels precision layers width heads vocabularySize parameterCount maxLength\n          checksum createdAt\n          baseModel { name }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.ModelsDocument,
    "\n  mutation CreateEnsemble($input: CreateEnsembleInput!) {\n    createEnsemble(input: $input) {\n      model { id name task labels checksum memberWeights members { name } }\n    }\n  }\n": typeof types.CreateEnsembleDocument,
    "\n  mutation QuantizeModel($input: QuantizeModelInput!) {\n    quantizeModel(input: $input) { model { id name precision checksum labels baseModel { id name } } }\n  }\n": typeof types.QuantizeModelDocument,
    "\n  mutation AddModel($input: AddModelInput!) {\n    addModel(input: $input) {\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n      download { id name hub revision commit status bytes totalBytes }\n    }\n  }\n": typeof types.AddModelDocument,
    "\n  query Predict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction {\n        id\n        smiles\n        note\n        label\n        score\n        compound { id name smiles inchiKey formula molecularWeight }\n        labels { label score }\n        values { target value }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": typeof types.PredictDocument,
    "\n  query ModelWidth($name: String!) {\n    model(name: $name) { width }\n  }\n": typeof types.ModelWidthDocument,
    "\n  query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding {\n        id\n        smiles\n        pooling\n        dimension\n        vector\n        compound { id name inchiKey }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": typeof types.EmbedDocument,
    "\n  fragment DeletedParts on DeletePayload {\n    deleted { kind id name diskUsage { files database } }\n    freed { files database }\n  }\n": typeof types.DeletedPartsFragmentDoc,
    "\n  mutation DeleteModel($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteModel(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": typeof types.DeleteModelDocument,
    "\n  mutation DeleteRun($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRun(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": typeof types.DeleteRunDocument,
    "\n  mutation DeleteDataset($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteDataset(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": typeof types.DeleteDatasetDocument,
    "\n  mutation DeleteRunGroup($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRunGroup(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": typeof types.DeleteRunGroupDocument,
    "\n  mutation RenameModel($id: ID!, $name: String!) {\n    renameModel(id: $id, name: $name) { model { id name } }\n  }\n": typeof types.RenameModelDocument,
    "\n  mutation RenameRun($id: ID!, $name: String!) {\n    renameRun(id: $id, name: $name) { run { id name } }\n  }\n": typeof types.RenameRunDocument,
    "\n  mutation RenameDataset($id: ID!, $name: String!) {\n    renameDataset(id: $id, name: $name) { dataset { id name } }\n  }\n": typeof types.RenameDatasetDocument,
    "\n  mutation RenameRunGroup($id: ID!, $name: String!) {\n    renameRunGroup(id: $id, name: $name) { group { id name } }\n  }\n": typeof types.RenameRunGroupDocument,
    "\n  mutation CollectGarbage($dryRun: Boolean!) {\n    collectGarbage(dryRun: $dryRun) { garbage { kind count bytes paths } bytes }\n  }\n": typeof types.CollectGarbageDocument,
    "\n  mutation RestoreShipped {\n    restoreShipped { restored }\n  }\n": typeof types.RestoreShippedDocument,
    "\n  query DiskUsage {\n    diskUsage { files database }\n  }\n": typeof types.DiskUsageDocument,
    "\n  query ModelOfName($name: String!) {\n    model(name: $name) { id name }\n  }\n": typeof types.ModelOfNameDocument,
    "\n  query DatasetOfName($name: String!) {\n    dataset(name: $name) { id name }\n  }\n": typeof types.DatasetOfNameDocument,
    "\n  query EvaluationReport($id: ID!, $split: Split!) {\n    run(id: $id) {\n      id name status task targets\n      dataset { name }\n      baseModel { name }\n      warnings { code message }\n      splitSizes { split count }\n      evaluation(split: $split) {\n        split splitStrategy count task\n        baselines {\n          kind label scores { name value } differences { name difference low high } mcnemar { onlyA onlyB pValue }\n        }\n        scores { name value }\n        newMolecules { count scores { name value } }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n        calibration { temperature loss calibrationError }\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        mistakes(first: 10) { label truth predicted probability compound { name smiles } }\n        residuals { label count quantiles { share value } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n      }\n    }\n  }\n": typeof types.EvaluationReportDocument,
    "\n  query EvaluationFigures($id: ID!, $split: Split!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        roc: figure(kind: ROC)\n        precisionRecall: figure(kind: PRECISION_RECALL)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n        mistakes(first: 10) { compound { svg(width: 220, height: 160) } }\n      }\n    }\n  }\n": typeof types.EvaluationFiguresDocument,
    "\n  query CompareRuns($a: ID!, $b: ID!, $split: Split!) {\n    compareRuns(a: $a, b: $b, split: $split) {\n      split leaky count onlyA onlyB\n      scores { name a b difference low high }\n      mcnemar { bothRight onlyA onlyB bothWrong pValue }\n    }\n  }\n": typeof types.CompareRunsDocument,
    "\n  query RunsFigure($runs: [ID!]!, $names: [String!]!) {\n    runCurves(runs: $runs, names: $names, split: VALIDATION)\n  }\n": typeof types.RunsFigureDocument,
    "\n  query Runs(\n    $first: Int!, $after: String, $filter: RunFilter, $sizes: Boolean = false\n    $orderBy: RunOrder! = CREATED_DESC, $score: RunScoreInput\n  ) {\n    runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy, score: $score) {\n      edges {\n        node {\n          id kind name status target targets task attempt tags createdAt startedAt finishedAt\n          dataset { name }\n          baseModel { name }\n          model { name }\n          diskUsage @include(if: $sizes) { files database }\n          progress { step totalSteps epoch secondsLeft }\n          error { code message param }\n          evaluation(split: TEST) { task splitStrategy count macroF1 scores { name value } }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.RunsDocument,
    "\n  query Run($id: ID!) {\n    run(id: $id) { id name kind status }\n  }\n": typeof types.RunDocument,
    "\n  fragment EvaluationParts on Evaluation {\n    split splitStrategy count loss accuracy macroF1\n    baselines { kind label scores { name value } differences { name difference low high } }\n    classes { label precision recall f1 support }\n    confusionMatrix\n    labels\n    task\n    scores { name value }\n    newMolecules { count scores { name value } }\n    labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n    targetScores { label measured rmse mae r2 baseline }\n    calibration { temperature loss calibrationError }\n  }\n": typeof types.EvaluationPartsFragmentDoc,
    "\n  query RunReport($id: ID!) {\n    run(id: $id) {\n      id kind name status target targets task attempt createdAt startedAt finishedAt\n      dataset { name }\n      baseModel { name }\n      model { id name checksum }\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n      warnings { code message }\n      splitSizes { split count }\n      import { line report { rows imported merged dropped } }\n      evaluation(split: TEST) { ...EvaluationParts }\n      validation: evaluation(split: VALIDATION) { count scores { name value } }\n    }\n  }\n": typeof types.RunReportDocument,
    "\n  query RunCurves($id: ID!) {\n    run(id: $id) {\n      metrics(first: 10000) { sequence step epoch split name value }\n      evaluation(split: VALIDATION) {\n        task baselines { kind label scores { name value } differences { name difference low high } }\n      }\n    }\n  }\n": typeof types.RunCurvesDocument,
    "\n  mutation StartFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n": typeof types.StartFinetuneDocument,
    "\n  mutation StartPretraining($input: StartPretrainingInput!) {\n    startPretraining(input: $input) {\n      run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n": typeof types.StartPretrainingDocument,
    "\n  mutation StartProbe($input: StartProbeInput!) {\n    startProbe(input: $input) { run { id name kind status input: inputJson } }\n  }\n": typeof types.StartProbeDocument,
    "\n  mutation StartRepeats($input: StartRepeatsInput!) {\n    startRepeats(input: $input) { group { id name status\n      runs { id name input: inputJson estimate { bytes seconds } } } }\n  }\n": typeof types.StartRepeatsDocument,
    "\n  query RunGroup($id: ID!) {\n    runGroup(id: $id) {\n      id name kind status leaky\n      runs { id name status error { code message } evaluation(split: TEST) { task count scores { name value } } }\n      scores { split name mean standardDeviation count values }\n      model { id name }\n    }\n  }\n": typeof types.RunGroupDocument,
    "\n  query RunGroups($first: Int!, $after: String) {\n    runGroups(first: $first, after: $after) {\n      edges { node { id name runs { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.RunGroupsDocument,
    "\n  mutation StartEmbedding($input: StartEmbeddingInput!) {\n    startEmbedding(input: $input) { run { id name kind status input: inputJson } }\n  }\n": typeof types.StartEmbeddingDocument,
    "\n  mutation StartPrediction($input: StartPredictionInput!) {\n    startPrediction(input: $input) { run { id name kind status input: inputJson } }\n  }\n": typeof types.StartPredictionDocument,
    "\n  mutation StartProjection($input: StartProjectionInput!) {\n    startProjection(input: $input) { run { id name kind status input: inputJson } }\n  }\n": typeof types.StartProjectionDocument,
    "\n  mutation StartEvaluation($input: StartEvaluationInput!) {\n    startEvaluation(input: $input) { run { id name kind status input: inputJson } }\n  }\n": typeof types.StartEvaluationDocument,
    "\n  query RunPredictions($id: ID!) {\n    run(id: $id) { id name kind status predictions { url rows bytes problems { code count } } }\n  }\n": typeof types.RunPredictionsDocument,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) { run { id name kind status } }\n  }\n": typeof types.CancelRunDocument,
    "\n  mutation PauseRun($id: ID!) {\n    pauseRun(id: $id) { run { id name kind status } }\n  }\n": typeof types.PauseRunDocument,
    "\n  mutation ResumeRun($id: ID!) {\n    resumeRun(id: $id) { run { id name kind status } }\n  }\n": typeof types.ResumeRunDocument,
    "\n  mutation PauseRunGroup($id: ID!) {\n    pauseRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n": typeof types.PauseRunGroupDocument,
    "\n  mutation ResumeRunGroup($id: ID!) {\n    resumeRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n": typeof types.ResumeRunGroupDocument,
    "\n  mutation RetryRun($id: ID!, $anew: Boolean!) {\n    retryRun(id: $id, anew: $anew) { run { id name kind status progress { step } } }\n  }\n": typeof types.RetryRunDocument,
    "\n  mutation SetRunPriority($id: ID!, $priority: Int!) {\n    setRunPriority(id: $id, priority: $priority) { run { id name kind status priority } }\n  }\n": typeof types.SetRunPriorityDocument,
    "\n  mutation UpdateRun($id: ID!, $input: UpdateRunInput!) {\n    updateRun(id: $id, input: $input) { run { id name kind status description notes tags } }\n  }\n": typeof types.UpdateRunDocument,
    "\n  query RunNotes($id: ID!) {\n    run(id: $id) { id name kind status description notes tags }\n  }\n": typeof types.RunNotesDocument,
    "\n  mutation CloneRun($id: ID!, $input: CloneRunInput!) {\n    cloneRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n": typeof types.CloneRunDocument,
    "\n  mutation ContinueRun($id: ID!, $input: ContinueRunInput!) {\n    continueRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n": typeof types.ContinueRunDocument,
    "\n  subscription RunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n": typeof types.RunMetricsDocument,
    "\n  query RunEvents($id: ID!, $after: Int!, $level: EventLevel!) {\n    run(id: $id) {\n      status\n      events(after: $after, first: 1000, level: $level) { sequence at level kind message data attempt }\n    }\n  }\n": typeof types.RunEventsDocument,
    "\n  subscription RunEventsLive($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) { sequence at level kind message data attempt }\n  }\n": typeof types.RunEventsLiveDocument,
    "\n  subscription RunUpdated($id: ID!) {\n    runUpdated(id: $id) {\n      id name kind status\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n    }\n  }\n": typeof types.RunUpdatedDocument,
    "\n  query Health {\n    health { live ready version }\n    devices { id provider state reason }\n  }\n": typeof types.HealthDocument,
    "\n  query Project($model: String!, $dataset: String!, $method: ProjectionMethod!, $components: Int!,\n    $pooling: Pooling!, $layer: Int,\n    $whiten: Boolean!, $map: MapInput, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!],\n    $width: Int!, $height: Int!, $drawn: Boolean!, $listed: Boolean!) {\n    projection(model: $model, dataset: $dataset, method: $method, components: $components, pooling: $pooling,\n      layer: $layer,\n      whiten: $whiten, map: $map, colorBy: $colorBy, run: $run, split: $split, fitOn: $fitOn) {\n      method\n      layer\n      explainedVarianceRatio\n      trustworthiness\n      computedOn\n      sampledFrom\n      points @include(if: $listed) { label number split coordinates compound { name smiles inchiKey } }\n      svg(width: $width, height: $height) @include(if: $drawn)\n    }\n  }\n": typeof types.ProjectDocument,
    "\n  query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!,\n    $seed: Int!,\n    $run: ID, $split: [Split!]) {\n    clusters(model: $model, dataset: $dataset, k: $k, pooling: $pooling, layer: $layer, starts: $starts, seed: $seed,\n      run: $run, split: $split) {\n      k\n      inertia\n      computedOn\n      scan { k inertia silhouette }\n      clusters { index size compounds { name smiles } }\n    }\n  }\n": typeof types.ClustersDocument,
    "\n  query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!,\n    $pooling: Pooling!,\n    $layer: Int, $run: ID, $split: [Split!]) {\n    neighbours(model: $model, dataset: $dataset, smiles: $smiles, k: $k, metric: $metric, pooling: $pooling,\n      layer: $layer,\n      run: $run, split: $split) {\n      distance\n      compound { name smiles }\n    }\n  }\n": typeof types.NeighboursDocument,
    "\n  query Outliers($model: String!, $dataset: String!, $threshold: Float!, $pooling: Pooling!, $layer: Int, $run: ID,\n    $split: [Split!]) {\n    outliers(model: $model, dataset: $dataset, threshold: $threshold, pooling: $pooling, layer: $layer, run: $run,\n      split: $split) {\n      computedOn\n      medianDistance\n      medianDeviation\n      count\n      outliers { distance score compound { name smiles } }\n    }\n  }\n": typeof types.OutliersDocument,
    "\n  query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int,\n    $sample: Int!,\n    $neighbours: Int!, $seed: Int!, $classes: [String!], $run: ID, $split: [Split!]) {\n    separation(models: $models, dataset: $dataset, labelSet: $labelSet, pooling: $pooling, layer: $layer,\n      sample: $sample,\n      neighbours: $neighbours, seed: $seed, classes: $classes, run: $run, split: $split) {\n      computedOn\n      labelled\n      classes\n      dropped { label count }\n      folds\n      neighbours\n      seed\n      majority\n      rows {\n        representation\n        model\n        dimension\n        silhouette { value standardError }\n        neighbourAccuracy { value standardError }\n        probeAccuracy { value standardError }\n        neighbourRocAuc { value standardError }\n        probeRocAuc { value standardError }\n      }\n    }\n  }\n": typeof types.SeparationDocument,
    "\n  mutation StartSweep($input: StartSweepInput!) {\n    startSweep(input: $input) { group { id name status runs { id name } sweep { method rungs sizes } } }\n  }\n": typeof types.StartSweepDocument,
    "\n  query Sweep($id: ID!) {\n    runGroup(id: $id) {\n      id name status leaky\n      sweep {\n        method metric greaterIsBetter rungs sizes done\n        cost { steps fullSteps share seconds }\n        trials { index options { option value } epochs score best run { id name status error { code } } }\n        best { run { name model { name } evaluation(split: TEST) { count scores { name value } } } }\n      }\n    }\n  }\n": typeof types.SweepDocument,
    "\n  query SweepFigure($id: ID!) {\n    runGroup(id: $id) { sweep { figure } }\n  }\n": typeof types.SweepFigureDocument,
};
const documents: Documents = {
    "\n  query AuditLog($first: Int!, $after: String, $filter: AuditFilter) {\n    auditLog(first: $first, after: $after, filter: $filter) {\n      edges { node { at requestId key address action outcome details { name value } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.AuditLogDocument,
    "\n  query Compounds($first: Int!, $after: String, $dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {\n    compounds(first: $first, after: $after, dataset: $dataset, filter: $filter, orderBy: $orderBy) {\n      edges {\n        similarity\n        node { id name smiles inchiKey formula molecularWeight }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.CompoundsDocument,
    "\n  query CompoundCount($dataset: String, $filter: CompoundFilter) {\n    compounds(first: 1, dataset: $dataset, filter: $filter) { totalCount }\n  }\n": types.CompoundCountDocument,
    "\n  query Datasets($first: Int!, $after: String, $sizes: Boolean = false) {\n    datasets(first: $first, after: $after) {\n      edges {\n        node {\n          id name description source size createdAt\n          labelSets { name kind counts { value count } }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.DatasetsDocument,
    "\n  query Dataset($name: String!) {\n    dataset(name: $name) {\n      id name size source\n      labelSets { name kind counts { value count } }\n    }\n  }\n": types.DatasetDocument,
    "\n  mutation ImportDataset($input: ImportDatasetInput!) {\n    importDataset(input: $input) {\n      dataset { id name size }\n      report {\n        rows imported merged dropped problemCount\n        reasons { code count }\n        missing { text count }\n        conflicts { labelSet count }\n        onConflict\n        problems { line code message }\n      }\n    }\n  }\n": types.ImportDatasetDocument,
    "\n  query SplitOverlap($dataset: String!, $column: String!, $targets: [String!]!, $first: Int!, $after: Int!) {\n    dataset(name: $dataset) {\n      labelSet(name: $column) {\n        splitOverlap(targets: $targets) {\n          count rows\n          molecules(first: $first, after: $after) { key members { position name smiles split } }\n        }\n      }\n    }\n  }\n": types.SplitOverlapDocument,
    "\n  query Projection(\n    $model: String!\n    $dataset: String!\n    $colorBy: String\n    $colorRules: ColorRules\n    $run: ID\n    $split: [Split!]\n    $fitOn: [Split!]\n    $width: Int!\n    $height: Int!\n  ) {\n    projection(model: $model, dataset: $dataset, components: 2, colorBy: $colorBy, colorRules: $colorRules, run: $run,\n      split: $split, fitOn: $fitOn) {\n      explainedVarianceRatio\n      points { label split coordinates }\n      svg(width: $width, height: $height)\n    }\n  }\n": types.ProjectionDocument,
    "\n  query ModelDownloads($first: Int!, $after: String) {\n    modelDownloads(first: $first, after: $after) {\n      edges {\n        node {\n          id name hub revision commit status bytes totalBytes createdAt startedAt finishedAt\n          error { code message param }\n          model { name }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.ModelDownloadsDocument,
    "\n  subscription ModelDownloadUpdated($id: ID!) {\n    modelDownloadUpdated(id: $id) {\n      id name hub revision commit status bytes totalBytes\n      error { code message param }\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n    }\n  }\n": types.ModelDownloadUpdatedDocument,
    "\n  mutation CancelModelDownload($id: ID!) {\n    cancelModelDownload(id: $id) { download { id name status } }\n  }\n": types.CancelModelDownloadDocument,
    "\n  query ExperimentModel($name: String!) {\n    model(name: $name) { name checksum task family layers width parameterCount }\n  }\n": types.ExperimentModelDocument,
    "\n  query ExperimentRun($id: ID!) {\n    run(id: $id) {\n      environment { node onnxruntime platform processor endianness threads device }\n      evaluation(split: VALIDATION) { ...EvaluationParts }\n      test: evaluation(split: TEST) {\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n        mistakes(first: 5) { label truth predicted probability compound { name smiles svg(width: 260, height: 180) } }\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n      }\n    }\n  }\n": types.ExperimentRunDocument,
    "\n  query RunMetricPage($id: ID!, $after: Int!) {\n    run(id: $id) {\n      metrics(first: 10000, after: $after) { sequence step epoch split name value at }\n    }\n  }\n": types.RunMetricPageDocument,
    "\n  query EvaluationTables($id: ID!, $split: Split!) {\n    run(id: $id) {\n      status\n      evaluation(split: $split) {\n        task labels\n        scores { name value }\n        intervals { name low high }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n      }\n    }\n  }\n": types.EvaluationTablesDocument,
    "\n  query MoleculeAnswers($id: ID!, $split: Split!, $after: Int!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        molecules(first: 1000, after: $after) { compound { name smiles inchiKey } truth scores }\n      }\n    }\n  }\n": types.MoleculeAnswersDocument,
    "\n  query ApiKeys($first: Int!, $after: String) {\n    apiKeys(first: $first, after: $after) {\n      edges { node { id name role projects status createdAt expiresAt revokedAt lastUsedAt previousUntil } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.ApiKeysDocument,
    "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) { key apiKey { id name role projects expiresAt } }\n  }\n": types.CreateApiKeyDocument,
    "\n  mutation RotateApiKey($id: ID!, $overlapMinutes: Int!, $expiresAt: DateTime) {\n    rotateApiKey(id: $id, overlapMinutes: $overlapMinutes, expiresAt: $expiresAt) {\n      key\n      apiKey { id name role projects expiresAt previousUntil }\n    }\n  }\n": types.RotateApiKeyDocument,
    "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { apiKey { id name revokedAt } }\n  }\n": types.RevokeApiKeyDocument,
    "\n  mutation LimitApiKey($id: ID!, $limits: KeyLimitsInput!) {\n    limitApiKey(id: $id, limits: $limits) { apiKey { id name limits { pointsPerMinute maxRuns maxBytes } } }\n  }\n": types.LimitApiKeyDocument,
    "\n  query KeyUsage {\n    rateLimit { limit cost remaining used resetAt }\n    quota { runs { used limit } bytes { used limit } }\n  }\n": types.KeyUsageDocument,
    "\n  query Viewer {\n    viewer { name role projects project expiresAt }\n  }\n": types.ViewerDocument,
    "\n  query Models($first: Int!, $after: String, $sizes: Boolean = false) {\n    models(first: $first, after: $after) {\n      edges {\n        node {\n          id name family task target labels precision layers width heads vocabularySize parameterCount maxLength\n          checksum createdAt\n          baseModel { name }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.ModelsDocument,
    "\n  mutation CreateEnsemble($input: CreateEnsembleInput!) {\n    createEnsemble(input: $input) {\n      model { id name task labels checksum memberWeights members { name } }\n    }\n  }\n": types.CreateEnsembleDocument,
    "\n  mutation QuantizeModel($input: QuantizeModelInput!) {\n    quantizeModel(input: $input) { model { id name precision checksum labels baseModel { id name } } }\n  }\n": types.QuantizeModelDocument,
    "\n  mutation AddModel($input: AddModelInput!) {\n    addModel(input: $input) {\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n      download { id name hub revision commit status bytes totalBytes }\n    }\n  }\n": types.AddModelDocument,
    "\n  query Predict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction {\n        id\n        smiles\n        note\n        label\n        score\n        compound { id name smiles inchiKey formula molecularWeight }\n        labels { label score }\n        values { target value }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": types.PredictDocument,
    "\n  query ModelWidth($name: String!) {\n    model(name: $name) { width }\n  }\n": types.ModelWidthDocument,
    "\n  query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding {\n        id\n        smiles\n        pooling\n        dimension\n        vector\n        compound { id name inchiKey }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n": types.EmbedDocument,
    "\n  fragment DeletedParts on DeletePayload {\n    deleted { kind id name diskUsage { files database } }\n    freed { files database }\n  }\n": types.DeletedPartsFragmentDoc,
    "\n  mutation DeleteModel($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteModel(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": types.DeleteModelDocument,
    "\n  mutation DeleteRun($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRun(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": types.DeleteRunDocument,
    "\n  mutation DeleteDataset($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteDataset(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": types.DeleteDatasetDocument,
    "\n  mutation DeleteRunGroup($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRunGroup(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n": types.DeleteRunGroupDocument,
    "\n  mutation RenameModel($id: ID!, $name: String!) {\n    renameModel(id: $id, name: $name) { model { id name } }\n  }\n": types.RenameModelDocument,
    "\n  mutation RenameRun($id: ID!, $name: String!) {\n    renameRun(id: $id, name: $name) { run { id name } }\n  }\n": types.RenameRunDocument,
    "\n  mutation RenameDataset($id: ID!, $name: String!) {\n    renameDataset(id: $id, name: $name) { dataset { id name } }\n  }\n": types.RenameDatasetDocument,
    "\n  mutation RenameRunGroup($id: ID!, $name: String!) {\n    renameRunGroup(id: $id, name: $name) { group { id name } }\n  }\n": types.RenameRunGroupDocument,
    "\n  mutation CollectGarbage($dryRun: Boolean!) {\n    collectGarbage(dryRun: $dryRun) { garbage { kind count bytes paths } bytes }\n  }\n": types.CollectGarbageDocument,
    "\n  mutation RestoreShipped {\n    restoreShipped { restored }\n  }\n": types.RestoreShippedDocument,
    "\n  query DiskUsage {\n    diskUsage { files database }\n  }\n": types.DiskUsageDocument,
    "\n  query ModelOfName($name: String!) {\n    model(name: $name) { id name }\n  }\n": types.ModelOfNameDocument,
    "\n  query DatasetOfName($name: String!) {\n    dataset(name: $name) { id name }\n  }\n": types.DatasetOfNameDocument,
    "\n  query EvaluationReport($id: ID!, $split: Split!) {\n    run(id: $id) {\n      id name status task targets\n      dataset { name }\n      baseModel { name }\n      warnings { code message }\n      splitSizes { split count }\n      evaluation(split: $split) {\n        split splitStrategy count task\n        baselines {\n          kind label scores { name value } differences { name difference low high } mcnemar { onlyA onlyB pValue }\n        }\n        scores { name value }\n        newMolecules { count scores { name value } }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n        calibration { temperature loss calibrationError }\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        mistakes(first: 10) { label truth predicted probability compound { name smiles } }\n        residuals { label count quantiles { share value } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n      }\n    }\n  }\n": types.EvaluationReportDocument,
    "\n  query EvaluationFigures($id: ID!, $split: Split!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        roc: figure(kind: ROC)\n        precisionRecall: figure(kind: PRECISION_RECALL)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n        mistakes(first: 10) { compound { svg(width: 220, height: 160) } }\n      }\n    }\n  }\n": types.EvaluationFiguresDocument,
    "\n  query CompareRuns($a: ID!, $b: ID!, $split: Split!) {\n    compareRuns(a: $a, b: $b, split: $split) {\n      split leaky count onlyA onlyB\n      scores { name a b difference low high }\n      mcnemar { bothRight onlyA onlyB bothWrong pValue }\n    }\n  }\n": types.CompareRunsDocument,
    "\n  query RunsFigure($runs: [ID!]!, $names: [String!]!) {\n    runCurves(runs: $runs, names: $names, split: VALIDATION)\n  }\n": types.RunsFigureDocument,
    "\n  query Runs(\n    $first: Int!, $after: String, $filter: RunFilter, $sizes: Boolean = false\n    $orderBy: RunOrder! = CREATED_DESC, $score: RunScoreInput\n  ) {\n    runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy, score: $score) {\n      edges {\n        node {\n          id kind name status target targets task attempt tags createdAt startedAt finishedAt\n          dataset { name }\n          baseModel { name }\n          model { name }\n          diskUsage @include(if: $sizes) { files database }\n          progress { step totalSteps epoch secondsLeft }\n          error { code message param }\n          evaluation(split: TEST) { task splitStrategy count macroF1 scores { name value } }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.RunsDocument,
    "\n  query Run($id: ID!) {\n    run(id: $id) { id name kind status }\n  }\n": types.RunDocument,
    "\n  fragment EvaluationParts on Evaluation {\n    split splitStrategy count loss accuracy macroF1\n    baselines { kind label scores { name value } differences { name difference low high } }\n    classes { label precision recall f1 support }\n    confusionMatrix\n    labels\n    task\n    scores { name value }\n    newMolecules { count scores { name value } }\n    labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n    targetScores { label measured rmse mae r2 baseline }\n    calibration { temperature loss calibrationError }\n  }\n": types.EvaluationPartsFragmentDoc,
    "\n  query RunReport($id: ID!) {\n    run(id: $id) {\n      id kind name status target targets task attempt createdAt startedAt finishedAt\n      dataset { name }\n      baseModel { name }\n      model { id name checksum }\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n      warnings { code message }\n      splitSizes { split count }\n      import { line report { rows imported merged dropped } }\n      evaluation(split: TEST) { ...EvaluationParts }\n      validation: evaluation(split: VALIDATION) { count scores { name value } }\n    }\n  }\n": types.RunReportDocument,
    "\n  query RunCurves($id: ID!) {\n    run(id: $id) {\n      metrics(first: 10000) { sequence step epoch split name value }\n      evaluation(split: VALIDATION) {\n        task baselines { kind label scores { name value } differences { name difference low high } }\n      }\n    }\n  }\n": types.RunCurvesDocument,
    "\n  mutation StartFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n": types.StartFinetuneDocument,
    "\n  mutation StartPretraining($input: StartPretrainingInput!) {\n    startPretraining(input: $input) {\n      run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n": types.StartPretrainingDocument,
    "\n  mutation StartProbe($input: StartProbeInput!) {\n    startProbe(input: $input) { run { id name kind status input: inputJson } }\n  }\n": types.StartProbeDocument,
    "\n  mutation StartRepeats($input: StartRepeatsInput!) {\n    startRepeats(input: $input) { group { id name status\n      runs { id name input: inputJson estimate { bytes seconds } } } }\n  }\n": types.StartRepeatsDocument,
    "\n  query RunGroup($id: ID!) {\n    runGroup(id: $id) {\n      id name kind status leaky\n      runs { id name status error { code message } evaluation(split: TEST) { task count scores { name value } } }\n      scores { split name mean standardDeviation count values }\n      model { id name }\n    }\n  }\n": types.RunGroupDocument,
    "\n  query RunGroups($first: Int!, $after: String) {\n    runGroups(first: $first, after: $after) {\n      edges { node { id name runs { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.RunGroupsDocument,
    "\n  mutation StartEmbedding($input: StartEmbeddingInput!) {\n    startEmbedding(input: $input) { run { id name kind status input: inputJson } }\n  }\n": types.StartEmbeddingDocument,
    "\n  mutation StartPrediction($input: StartPredictionInput!) {\n    startPrediction(input: $input) { run { id name kind status input: inputJson } }\n  }\n": types.StartPredictionDocument,
    "\n  mutation StartProjection($input: StartProjectionInput!) {\n    startProjection(input: $input) { run { id name kind status input: inputJson } }\n  }\n": types.StartProjectionDocument,
    "\n  mutation StartEvaluation($input: StartEvaluationInput!) {\n    startEvaluation(input: $input) { run { id name kind status input: inputJson } }\n  }\n": types.StartEvaluationDocument,
    "\n  query RunPredictions($id: ID!) {\n    run(id: $id) { id name kind status predictions { url rows bytes problems { code count } } }\n  }\n": types.RunPredictionsDocument,
    "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) { run { id name kind status } }\n  }\n": types.CancelRunDocument,
    "\n  mutation PauseRun($id: ID!) {\n    pauseRun(id: $id) { run { id name kind status } }\n  }\n": types.PauseRunDocument,
    "\n  mutation ResumeRun($id: ID!) {\n    resumeRun(id: $id) { run { id name kind status } }\n  }\n": types.ResumeRunDocument,
    "\n  mutation PauseRunGroup($id: ID!) {\n    pauseRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n": types.PauseRunGroupDocument,
    "\n  mutation ResumeRunGroup($id: ID!) {\n    resumeRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n": types.ResumeRunGroupDocument,
    "\n  mutation RetryRun($id: ID!, $anew: Boolean!) {\n    retryRun(id: $id, anew: $anew) { run { id name kind status progress { step } } }\n  }\n": types.RetryRunDocument,
    "\n  mutation SetRunPriority($id: ID!, $priority: Int!) {\n    setRunPriority(id: $id, priority: $priority) { run { id name kind status priority } }\n  }\n": types.SetRunPriorityDocument,
    "\n  mutation UpdateRun($id: ID!, $input: UpdateRunInput!) {\n    updateRun(id: $id, input: $input) { run { id name kind status description notes tags } }\n  }\n": types.UpdateRunDocument,
    "\n  query RunNotes($id: ID!) {\n    run(id: $id) { id name kind status description notes tags }\n  }\n": types.RunNotesDocument,
    "\n  mutation CloneRun($id: ID!, $input: CloneRunInput!) {\n    cloneRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n": types.CloneRunDocument,
    "\n  mutation ContinueRun($id: ID!, $input: ContinueRunInput!) {\n    continueRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n": types.ContinueRunDocument,
    "\n  subscription RunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n": types.RunMetricsDocument,
    "\n  query RunEvents($id: ID!, $after: Int!, $level: EventLevel!) {\n    run(id: $id) {\n      status\n      events(after: $after, first: 1000, level: $level) { sequence at level kind message data attempt }\n    }\n  }\n": types.RunEventsDocument,
    "\n  subscription RunEventsLive($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) { sequence at level kind message data attempt }\n  }\n": types.RunEventsLiveDocument,
    "\n  subscription RunUpdated($id: ID!) {\n    runUpdated(id: $id) {\n      id name kind status\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n    }\n  }\n": types.RunUpdatedDocument,
    "\n  query Health {\n    health { live ready version }\n    devices { id provider state reason }\n  }\n": types.HealthDocument,
    "\n  query Project($model: String!, $dataset: String!, $method: ProjectionMethod!, $components: Int!,\n    $pooling: Pooling!, $layer: Int,\n    $whiten: Boolean!, $map: MapInput, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!],\n    $width: Int!, $height: Int!, $drawn: Boolean!, $listed: Boolean!) {\n    projection(model: $model, dataset: $dataset, method: $method, components: $components, pooling: $pooling,\n      layer: $layer,\n      whiten: $whiten, map: $map, colorBy: $colorBy, run: $run, split: $split, fitOn: $fitOn) {\n      method\n      layer\n      explainedVarianceRatio\n      trustworthiness\n      computedOn\n      sampledFrom\n      points @include(if: $listed) { label number split coordinates compound { name smiles inchiKey } }\n      svg(width: $width, height: $height) @include(if: $drawn)\n    }\n  }\n": types.ProjectDocument,
    "\n  query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!,\n    $seed: Int!,\n    $run: ID, $split: [Split!]) {\n    clusters(model: $model, dataset: $dataset, k: $k, pooling: $pooling, layer: $layer, starts: $starts, seed: $seed,\n      run: $run, split: $split) {\n      k\n      inertia\n      computedOn\n      scan { k inertia silhouette }\n      clusters { index size compounds { name smiles } }\n    }\n  }\n": types.ClustersDocument,
    "\n  query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!,\n    $pooling: Pooling!,\n    $layer: Int, $run: ID, $split: [Split!]) {\n    neighbours(model: $model, dataset: $dataset, smiles: $smiles, k: $k, metric: $metric, pooling: $pooling,\n      layer: $layer,\n      run: $run, split: $split) {\n      distance\n      compound { name smiles }\n    }\n  }\n": types.NeighboursDocument,
    "\n  query Outliers($model: String!, $dataset: String!, $threshold: Float!, $pooling: Pooling!, $layer: Int, $run: ID,\n    $split: [Split!]) {\n    outliers(model: $model, dataset: $dataset, threshold: $threshold, pooling: $pooling, layer: $layer, run: $run,\n      split: $split) {\n      computedOn\n      medianDistance\n      medianDeviation\n      count\n      outliers { distance score compound { name smiles } }\n    }\n  }\n": types.OutliersDocument,
    "\n  query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int,\n    $sample: Int!,\n    $neighbours: Int!, $seed: Int!, $classes: [String!], $run: ID, $split: [Split!]) {\n    separation(models: $models, dataset: $dataset, labelSet: $labelSet, pooling: $pooling, layer: $layer,\n      sample: $sample,\n      neighbours: $neighbours, seed: $seed, classes: $classes, run: $run, split: $split) {\n      computedOn\n      labelled\n      classes\n      dropped { label count }\n      folds\n      neighbours\n      seed\n      majority\n      rows {\n        representation\n        model\n        dimension\n        silhouette { value standardError }\n        neighbourAccuracy { value standardError }\n        probeAccuracy { value standardError }\n        neighbourRocAuc { value standardError }\n        probeRocAuc { value standardError }\n      }\n    }\n  }\n": types.SeparationDocument,
    "\n  mutation StartSweep($input: StartSweepInput!) {\n    startSweep(input: $input) { group { id name status runs { id name } sweep { method rungs sizes } } }\n  }\n": types.StartSweepDocument,
    "\n  query Sweep($id: ID!) {\n    runGroup(id: $id) {\n      id name status leaky\n      sweep {\n        method metric greaterIsBetter rungs sizes done\n        cost { steps fullSteps share seconds }\n        trials { index options { option value } epochs score best run { id name status error { code } } }\n        best { run { name model { name } evaluation(split: TEST) { count scores { name value } } } }\n      }\n    }\n  }\n": types.SweepDocument,
    "\n  query SweepFigure($id: ID!) {\n    runGroup(id: $id) { sweep { figure } }\n  }\n": types.SweepFigureDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AuditLog($first: Int!, $after: String, $filter: AuditFilter) {\n    auditLog(first: $first, after: $after, filter: $filter) {\n      edges { node { at requestId key address action outcome details { name value } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').AuditLogDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Compounds($first: Int!, $after: String, $dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {\n    compounds(first: $first, after: $after, dataset: $dataset, filter: $filter, orderBy: $orderBy) {\n      edges {\n        similarity\n        node { id name smiles inchiKey formula molecularWeight }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').CompoundsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CompoundCount($dataset: String, $filter: CompoundFilter) {\n    compounds(first: 1, dataset: $dataset, filter: $filter) { totalCount }\n  }\n"): typeof import('./graphql.js').CompoundCountDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Datasets($first: Int!, $after: String, $sizes: Boolean = false) {\n    datasets(first: $first, after: $after) {\n      edges {\n        node {\n          id name description source size createdAt\n          labelSets { name kind counts { value count } }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').DatasetsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Dataset($name: String!) {\n    dataset(name: $name) {\n      id name size source\n      labelSets { name kind counts { value count } }\n    }\n  }\n"): typeof import('./graphql.js').DatasetDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ImportDataset($input: ImportDatasetInput!) {\n    importDataset(input: $input) {\n      dataset { id name size }\n      report {\n        rows imported merged dropped problemCount\n        reasons { code count }\n        missing { text count }\n        conflicts { labelSet count }\n        onConflict\n        problems { line code message }\n      }\n    }\n  }\n"): typeof import('./graphql.js').ImportDatasetDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SplitOverlap($dataset: String!, $column: String!, $targets: [String!]!, $first: Int!, $after: Int!) {\n    dataset(name: $dataset) {\n      labelSet(name: $column) {\n        splitOverlap(targets: $targets) {\n          count rows\n          molecules(first: $first, after: $after) { key members { position name smiles split } }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').SplitOverlapDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Projection(\n    $model: String!\n    $dataset: String!\n    $colorBy: String\n    $colorRules: ColorRules\n    $run: ID\n    $split: [Split!]\n    $fitOn: [Split!]\n    $width: Int!\n    $height: Int!\n  ) {\n    projection(model: $model, dataset: $dataset, components: 2, colorBy: $colorBy, colorRules: $colorRules, run: $run,\n      split: $split, fitOn: $fitOn) {\n      explainedVarianceRatio\n      points { label split coordinates }\n      svg(width: $width, height: $height)\n    }\n  }\n"): typeof import('./graphql.js').ProjectionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ModelDownloads($first: Int!, $after: String) {\n    modelDownloads(first: $first, after: $after) {\n      edges {\n        node {\n          id name hub revision commit status bytes totalBytes createdAt startedAt finishedAt\n          error { code message param }\n          model { name }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').ModelDownloadsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ModelDownloadUpdated($id: ID!) {\n    modelDownloadUpdated(id: $id) {\n      id name hub revision commit status bytes totalBytes\n      error { code message param }\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n    }\n  }\n"): typeof import('./graphql.js').ModelDownloadUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelModelDownload($id: ID!) {\n    cancelModelDownload(id: $id) { download { id name status } }\n  }\n"): typeof import('./graphql.js').CancelModelDownloadDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExperimentModel($name: String!) {\n    model(name: $name) { name checksum task family layers width parameterCount }\n  }\n"): typeof import('./graphql.js').ExperimentModelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExperimentRun($id: ID!) {\n    run(id: $id) {\n      environment { node onnxruntime platform processor endianness threads device }\n      evaluation(split: VALIDATION) { ...EvaluationParts }\n      test: evaluation(split: TEST) {\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n        mistakes(first: 5) { label truth predicted probability compound { name smiles svg(width: 260, height: 180) } }\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n      }\n    }\n  }\n"): typeof import('./graphql.js').ExperimentRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunMetricPage($id: ID!, $after: Int!) {\n    run(id: $id) {\n      metrics(first: 10000, after: $after) { sequence step epoch split name value at }\n    }\n  }\n"): typeof import('./graphql.js').RunMetricPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EvaluationTables($id: ID!, $split: Split!) {\n    run(id: $id) {\n      status\n      evaluation(split: $split) {\n        task labels\n        scores { name value }\n        intervals { name low high }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n      }\n    }\n  }\n"): typeof import('./graphql.js').EvaluationTablesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query MoleculeAnswers($id: ID!, $split: Split!, $after: Int!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        molecules(first: 1000, after: $after) { compound { name smiles inchiKey } truth scores }\n      }\n    }\n  }\n"): typeof import('./graphql.js').MoleculeAnswersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ApiKeys($first: Int!, $after: String) {\n    apiKeys(first: $first, after: $after) {\n      edges { node { id name role projects status createdAt expiresAt revokedAt lastUsedAt previousUntil } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').ApiKeysDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateApiKey($input: CreateApiKeyInput!) {\n    createApiKey(input: $input) { key apiKey { id name role projects expiresAt } }\n  }\n"): typeof import('./graphql.js').CreateApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RotateApiKey($id: ID!, $overlapMinutes: Int!, $expiresAt: DateTime) {\n    rotateApiKey(id: $id, overlapMinutes: $overlapMinutes, expiresAt: $expiresAt) {\n      key\n      apiKey { id name role projects expiresAt previousUntil }\n    }\n  }\n"): typeof import('./graphql.js').RotateApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeApiKey($id: ID!) {\n    revokeApiKey(id: $id) { apiKey { id name revokedAt } }\n  }\n"): typeof import('./graphql.js').RevokeApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation LimitApiKey($id: ID!, $limits: KeyLimitsInput!) {\n    limitApiKey(id: $id, limits: $limits) { apiKey { id name limits { pointsPerMinute maxRuns maxBytes } } }\n  }\n"): typeof import('./graphql.js').LimitApiKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query KeyUsage {\n    rateLimit { limit cost remaining used resetAt }\n    quota { runs { used limit } bytes { used limit } }\n  }\n"): typeof import('./graphql.js').KeyUsageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Viewer {\n    viewer { name role projects project expiresAt }\n  }\n"): typeof import('./graphql.js').ViewerDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Models($first: Int!, $after: String, $sizes: Boolean = false) {\n    models(first: $first, after: $after) {\n      edges {\n        node {\n          id name family task target labels precision layers width heads vocabularySize parameterCount maxLength\n          checksum createdAt\n          baseModel { name }\n          diskUsage @include(if: $sizes) { files database }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').ModelsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateEnsemble($input: CreateEnsembleInput!) {\n    createEnsemble(input: $input) {\n      model { id name task labels checksum memberWeights members { name } }\n    }\n  }\n"): typeof import('./graphql.js').CreateEnsembleDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation QuantizeModel($input: QuantizeModelInput!) {\n    quantizeModel(input: $input) { model { id name precision checksum labels baseModel { id name } } }\n  }\n"): typeof import('./graphql.js').QuantizeModelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation AddModel($input: AddModelInput!) {\n    addModel(input: $input) {\n      model { id name family task labels layers width heads vocabularySize parameterCount maxLength checksum createdAt }\n      download { id name hub revision commit status bytes totalBytes }\n    }\n  }\n"): typeof import('./graphql.js').AddModelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Predict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {\n    predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {\n      __typename\n      ... on Prediction {\n        id\n        smiles\n        note\n        label\n        score\n        compound { id name smiles inchiKey formula molecularWeight }\n        labels { label score }\n        values { target value }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n"): typeof import('./graphql.js').PredictDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ModelWidth($name: String!) {\n    model(name: $name) { width }\n  }\n"): typeof import('./graphql.js').ModelWidthDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {\n    embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {\n      __typename\n      ... on Embedding {\n        id\n        smiles\n        pooling\n        dimension\n        vector\n        compound { id name inchiKey }\n        model { id name }\n      }\n      ... on SmilesError { smiles code message }\n    }\n  }\n"): typeof import('./graphql.js').EmbedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DeletedParts on DeletePayload {\n    deleted { kind id name diskUsage { files database } }\n    freed { files database }\n  }\n"): typeof import('./graphql.js').DeletedPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteModel($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteModel(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n"): typeof import('./graphql.js').DeleteModelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteRun($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRun(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n"): typeof import('./graphql.js').DeleteRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteDataset($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteDataset(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n"): typeof import('./graphql.js').DeleteDatasetDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DeleteRunGroup($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {\n    deleteRunGroup(id: $id, cascade: $cascade, dryRun: $dryRun) { ...DeletedParts }\n  }\n"): typeof import('./graphql.js').DeleteRunGroupDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameModel($id: ID!, $name: String!) {\n    renameModel(id: $id, name: $name) { model { id name } }\n  }\n"): typeof import('./graphql.js').RenameModelDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameRun($id: ID!, $name: String!) {\n    renameRun(id: $id, name: $name) { run { id name } }\n  }\n"): typeof import('./graphql.js').RenameRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameDataset($id: ID!, $name: String!) {\n    renameDataset(id: $id, name: $name) { dataset { id name } }\n  }\n"): typeof import('./graphql.js').RenameDatasetDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RenameRunGroup($id: ID!, $name: String!) {\n    renameRunGroup(id: $id, name: $name) { group { id name } }\n  }\n"): typeof import('./graphql.js').RenameRunGroupDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CollectGarbage($dryRun: Boolean!) {\n    collectGarbage(dryRun: $dryRun) { garbage { kind count bytes paths } bytes }\n  }\n"): typeof import('./graphql.js').CollectGarbageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RestoreShipped {\n    restoreShipped { restored }\n  }\n"): typeof import('./graphql.js').RestoreShippedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DiskUsage {\n    diskUsage { files database }\n  }\n"): typeof import('./graphql.js').DiskUsageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ModelOfName($name: String!) {\n    model(name: $name) { id name }\n  }\n"): typeof import('./graphql.js').ModelOfNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DatasetOfName($name: String!) {\n    dataset(name: $name) { id name }\n  }\n"): typeof import('./graphql.js').DatasetOfNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EvaluationReport($id: ID!, $split: Split!) {\n    run(id: $id) {\n      id name status task targets\n      dataset { name }\n      baseModel { name }\n      warnings { code message }\n      splitSizes { split count }\n      evaluation(split: $split) {\n        split splitStrategy count task\n        baselines {\n          kind label scores { name value } differences { name difference low high } mcnemar { onlyA onlyB pValue }\n        }\n        scores { name value }\n        newMolecules { count scores { name value } }\n        classes { label precision recall f1 support }\n        labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n        targetScores { label measured rmse mae r2 baseline }\n        calibration { temperature loss calibrationError }\n        intervals { name value low high }\n        newScaffolds { count scores { name value low high } }\n        mistakes(first: 10) { label truth predicted probability compound { name smiles } }\n        residuals { label count quantiles { share value } }\n        leakage { count molecules { count share } scaffolds { count share } nearDuplicates { count share } }\n      }\n    }\n  }\n"): typeof import('./graphql.js').EvaluationReportDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query EvaluationFigures($id: ID!, $split: Split!) {\n    run(id: $id) {\n      evaluation(split: $split) {\n        confusion: figure(kind: CONFUSION_MATRIX)\n        calibration: figure(kind: CALIBRATION)\n        roc: figure(kind: ROC)\n        precisionRecall: figure(kind: PRECISION_RECALL)\n        predictedTrue: figure(kind: PREDICTED_TRUE)\n        mistakes(first: 10) { compound { svg(width: 220, height: 160) } }\n      }\n    }\n  }\n"): typeof import('./graphql.js').EvaluationFiguresDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query CompareRuns($a: ID!, $b: ID!, $split: Split!) {\n    compareRuns(a: $a, b: $b, split: $split) {\n      split leaky count onlyA onlyB\n      scores { name a b difference low high }\n      mcnemar { bothRight onlyA onlyB bothWrong pValue }\n    }\n  }\n"): typeof import('./graphql.js').CompareRunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunsFigure($runs: [ID!]!, $names: [String!]!) {\n    runCurves(runs: $runs, names: $names, split: VALIDATION)\n  }\n"): typeof import('./graphql.js').RunsFigureDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Runs(\n    $first: Int!, $after: String, $filter: RunFilter, $sizes: Boolean = false\n    $orderBy: RunOrder! = CREATED_DESC, $score: RunScoreInput\n  ) {\n    runs(first: $first, after: $after, filter: $filter, orderBy: $orderBy, score: $score) {\n      edges {\n        node {\n          id kind name status target targets task attempt tags createdAt startedAt finishedAt\n          dataset { name }\n          baseModel { name }\n          model { name }\n          diskUsage @include(if: $sizes) { files database }\n          progress { step totalSteps epoch secondsLeft }\n          error { code message param }\n          evaluation(split: TEST) { task splitStrategy count macroF1 scores { name value } }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').RunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Run($id: ID!) {\n    run(id: $id) { id name kind status }\n  }\n"): typeof import('./graphql.js').RunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EvaluationParts on Evaluation {\n    split splitStrategy count loss accuracy macroF1\n    baselines { kind label scores { name value } differences { name difference low high } }\n    classes { label precision recall f1 support }\n    confusionMatrix\n    labels\n    task\n    scores { name value }\n    newMolecules { count scores { name value } }\n    labelScores { label measured positives precision recall f1 rocAuc averagePrecision }\n    targetScores { label measured rmse mae r2 baseline }\n    calibration { temperature loss calibrationError }\n  }\n"): typeof import('./graphql.js').EvaluationPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunReport($id: ID!) {\n    run(id: $id) {\n      id kind name status target targets task attempt createdAt startedAt finishedAt\n      dataset { name }\n      baseModel { name }\n      model { id name checksum }\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n      warnings { code message }\n      splitSizes { split count }\n      import { line report { rows imported merged dropped } }\n      evaluation(split: TEST) { ...EvaluationParts }\n      validation: evaluation(split: VALIDATION) { count scores { name value } }\n    }\n  }\n"): typeof import('./graphql.js').RunReportDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunCurves($id: ID!) {\n    run(id: $id) {\n      metrics(first: 10000) { sequence step epoch split name value }\n      evaluation(split: VALIDATION) {\n        task baselines { kind label scores { name value } differences { name difference low high } }\n      }\n    }\n  }\n"): typeof import('./graphql.js').RunCurvesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartFinetune($input: StartFinetuneInput!) {\n    startFinetune(input: $input) { run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n"): typeof import('./graphql.js').StartFinetuneDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartPretraining($input: StartPretrainingInput!) {\n    startPretraining(input: $input) {\n      run { id name kind status input: inputJson estimate { bytes seconds } } }\n  }\n"): typeof import('./graphql.js').StartPretrainingDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartProbe($input: StartProbeInput!) {\n    startProbe(input: $input) { run { id name kind status input: inputJson } }\n  }\n"): typeof import('./graphql.js').StartProbeDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartRepeats($input: StartRepeatsInput!) {\n    startRepeats(input: $input) { group { id name status\n      runs { id name input: inputJson estimate { bytes seconds } } } }\n  }\n"): typeof import('./graphql.js').StartRepeatsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunGroup($id: ID!) {\n    runGroup(id: $id) {\n      id name kind status leaky\n      runs { id name status error { code message } evaluation(split: TEST) { task count scores { name value } } }\n      scores { split name mean standardDeviation count values }\n      model { id name }\n    }\n  }\n"): typeof import('./graphql.js').RunGroupDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunGroups($first: Int!, $after: String) {\n    runGroups(first: $first, after: $after) {\n      edges { node { id name runs { id name } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): typeof import('./graphql.js').RunGroupsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartEmbedding($input: StartEmbeddingInput!) {\n    startEmbedding(input: $input) { run { id name kind status input: inputJson } }\n  }\n"): typeof import('./graphql.js').StartEmbeddingDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartPrediction($input: StartPredictionInput!) {\n    startPrediction(input: $input) { run { id name kind status input: inputJson } }\n  }\n"): typeof import('./graphql.js').StartPredictionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartProjection($input: StartProjectionInput!) {\n    startProjection(input: $input) { run { id name kind status input: inputJson } }\n  }\n"): typeof import('./graphql.js').StartProjectionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartEvaluation($input: StartEvaluationInput!) {\n    startEvaluation(input: $input) { run { id name kind status input: inputJson } }\n  }\n"): typeof import('./graphql.js').StartEvaluationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunPredictions($id: ID!) {\n    run(id: $id) { id name kind status predictions { url rows bytes problems { code count } } }\n  }\n"): typeof import('./graphql.js').RunPredictionsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelRun($id: ID!) {\n    cancelRun(id: $id) { run { id name kind status } }\n  }\n"): typeof import('./graphql.js').CancelRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PauseRun($id: ID!) {\n    pauseRun(id: $id) { run { id name kind status } }\n  }\n"): typeof import('./graphql.js').PauseRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ResumeRun($id: ID!) {\n    resumeRun(id: $id) { run { id name kind status } }\n  }\n"): typeof import('./graphql.js').ResumeRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PauseRunGroup($id: ID!) {\n    pauseRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n"): typeof import('./graphql.js').PauseRunGroupDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ResumeRunGroup($id: ID!) {\n    resumeRunGroup(id: $id) { group { id name runs { id name kind status } } }\n  }\n"): typeof import('./graphql.js').ResumeRunGroupDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryRun($id: ID!, $anew: Boolean!) {\n    retryRun(id: $id, anew: $anew) { run { id name kind status progress { step } } }\n  }\n"): typeof import('./graphql.js').RetryRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SetRunPriority($id: ID!, $priority: Int!) {\n    setRunPriority(id: $id, priority: $priority) { run { id name kind status priority } }\n  }\n"): typeof import('./graphql.js').SetRunPriorityDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpdateRun($id: ID!, $input: UpdateRunInput!) {\n    updateRun(id: $id, input: $input) { run { id name kind status description notes tags } }\n  }\n"): typeof import('./graphql.js').UpdateRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunNotes($id: ID!) {\n    run(id: $id) { id name kind status description notes tags }\n  }\n"): typeof import('./graphql.js').RunNotesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CloneRun($id: ID!, $input: CloneRunInput!) {\n    cloneRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n"): typeof import('./graphql.js').CloneRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ContinueRun($id: ID!, $input: ContinueRunInput!) {\n    continueRun(id: $id, input: $input) { run { id name kind status input: inputJson } changed kept }\n  }\n"): typeof import('./graphql.js').ContinueRunDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunMetrics($id: ID!, $after: Int!) {\n    runMetricLists(id: $id, after: $after) { sequence step epoch split name value at }\n  }\n"): typeof import('./graphql.js').RunMetricsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query RunEvents($id: ID!, $after: Int!, $level: EventLevel!) {\n    run(id: $id) {\n      status\n      events(after: $after, first: 1000, level: $level) { sequence at level kind message data attempt }\n    }\n  }\n"): typeof import('./graphql.js').RunEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunEventsLive($id: ID!, $after: Int!) {\n    runEvents(id: $id, after: $after) { sequence at level kind message data attempt }\n  }\n"): typeof import('./graphql.js').RunEventsLiveDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RunUpdated($id: ID!) {\n    runUpdated(id: $id) {\n      id name kind status\n      progress { step totalSteps epoch secondsLeft }\n      error { code message param }\n    }\n  }\n"): typeof import('./graphql.js').RunUpdatedDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Health {\n    health { live ready version }\n    devices { id provider state reason }\n  }\n"): typeof import('./graphql.js').HealthDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Project($model: String!, $dataset: String!, $method: ProjectionMethod!, $components: Int!,\n    $pooling: Pooling!, $layer: Int,\n    $whiten: Boolean!, $map: MapInput, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!],\n    $width: Int!, $height: Int!, $drawn: Boolean!, $listed: Boolean!) {\n    projection(model: $model, dataset: $dataset, method: $method, components: $components, pooling: $pooling,\n      layer: $layer,\n      whiten: $whiten, map: $map, colorBy: $colorBy, run: $run, split: $split, fitOn: $fitOn) {\n      method\n      layer\n      explainedVarianceRatio\n      trustworthiness\n      computedOn\n      sampledFrom\n      points @include(if: $listed) { label number split coordinates compound { name smiles inchiKey } }\n      svg(width: $width, height: $height) @include(if: $drawn)\n    }\n  }\n"): typeof import('./graphql.js').ProjectDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!,\n    $seed: Int!,\n    $run: ID, $split: [Split!]) {\n    clusters(model: $model, dataset: $dataset, k: $k, pooling: $pooling, layer: $layer, starts: $starts, seed: $seed,\n      run: $run, split: $split) {\n      k\n      inertia\n      computedOn\n      scan { k inertia silhouette }\n      clusters { index size compounds { name smiles } }\n    }\n  }\n"): typeof import('./graphql.js').ClustersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!,\n    $pooling: Pooling!,\n    $layer: Int, $run: ID, $split: [Split!]) {\n    neighbours(model: $model, dataset: $dataset, smiles: $smiles, k: $k, metric: $metric, pooling: $pooling,\n      layer: $layer,\n      run: $run, split: $split) {\n      distance\n      compound { name smiles }\n    }\n  }\n"): typeof import('./graphql.js').NeighboursDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Outliers($model: String!, $dataset: String!, $threshold: Float!, $pooling: Pooling!, $layer: Int, $run: ID,\n    $split: [Split!]) {\n    outliers(model: $model, dataset: $dataset, threshold: $threshold, pooling: $pooling, layer: $layer, run: $run,\n      split: $split) {\n      computedOn\n      medianDistance\n      medianDeviation\n      count\n      outliers { distance score compound { name smiles } }\n    }\n  }\n"): typeof import('./graphql.js').OutliersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int,\n    $sample: Int!,\n    $neighbours: Int!, $seed: Int!, $classes: [String!], $run: ID, $split: [Split!]) {\n    separation(models: $models, dataset: $dataset, labelSet: $labelSet, pooling: $pooling, layer: $layer,\n      sample: $sample,\n      neighbours: $neighbours, seed: $seed, classes: $classes, run: $run, split: $split) {\n      computedOn\n      labelled\n      classes\n      dropped { label count }\n      folds\n      neighbours\n      seed\n      majority\n      rows {\n        representation\n        model\n        dimension\n        silhouette { value standardError }\n        neighbourAccuracy { value standardError }\n        probeAccuracy { value standardError }\n        neighbourRocAuc { value standardError }\n        probeRocAuc { value standardError }\n      }\n    }\n  }\n"): typeof import('./graphql.js').SeparationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation StartSweep($input: StartSweepInput!) {\n    startSweep(input: $input) { group { id name status runs { id name } sweep { method rungs sizes } } }\n  }\n"): typeof import('./graphql.js').StartSweepDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Sweep($id: ID!) {\n    runGroup(id: $id) {\n      id name status leaky\n      sweep {\n        method metric greaterIsBetter rungs sizes done\n        cost { steps fullSteps share seconds }\n        trials { index options { option value } epochs score best run { id name status error { code } } }\n        best { run { name model { name } evaluation(split: TEST) { count scores { name value } } } }\n      }\n    }\n  }\n"): typeof import('./graphql.js').SweepDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SweepFigure($id: ID!) {\n    runGroup(id: $id) { sweep { figure } }\n  }\n"): typeof import('./graphql.js').SweepFigureDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
