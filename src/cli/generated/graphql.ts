/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A checkpoint folder to register. */
export type AddModelInput = {
  /** Folder on the server's machine in Hugging Face layout (config.json, model.safetensors or pytorch_model.bin, tokenizer files), under one of MAILLARD_MODEL_ROOTS. It is copied. */
  folder: string;
  /** Name of the model: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when taken. */
  name: string;
  /** Label set that the head predicts; null when there is no head or no such set. */
  target?: string | null | undefined;
};

/** What an example of each class weighs in the loss. */
export type ClassWeights =
  /** molecules / (classes · molecules of the class), as scikit-learn's class_weight. */
  | 'BALANCED'
  /** All the same. */
  | 'NONE';

/** Whether a device takes work. */
export type DeviceState =
  /** Takes work. */
  | 'READY'
  /** Its process died and is being started again. */
  | 'RESTARTING'
  /** Its process is coming up. */
  | 'STARTING'
  /** Cannot be used; `reason` says why. */
  | 'UNAVAILABLE';

/** Distance of two vectors. */
export type DistanceMetric =
  /** 1 less the cosine of the angle between them, 0 to 2. */
  | 'COSINE'
  /** Length of their difference. */
  | 'EUCLIDEAN';

/** A batch of rows for a dataset, which is created when there is none of that name. */
export type ImportDatasetInput = {
  /** True: these rows continue the file of the previous call, and the dataset's report is added up. */
  continues?: boolean;
  /** What it is; null leaves it as it is. */
  description?: string | null | undefined;
  /** Kinds of label sets. A set not named keeps its kind; a new one is MULTI_LABEL when a row holds several values, else SINGLE_LABEL. */
  labelKinds?: Array<LabelKindInput>;
  /** Name of the dataset: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** 1 to 1,000 rows, else EMPTY_INPUT or TOO_MANY_ITEMS. Rows already there are merged, never doubled. */
  rows: Array<ImportRowInput>;
  /** Where it comes from; null leaves it as it is. */
  source?: string | null | undefined;
};

/** One value of one label set; several values: several of these. */
export type ImportLabelInput = {
  /** Name of the label set: 1 to 100 characters. */
  set: string;
  /** The value; empty means not known. At most 1,000 characters. */
  value: string;
};

/** One row of a library. */
export type ImportRowInput = {
  /** Its labels. */
  labels?: Array<ImportLabelInput>;
  /** Line in the source file, from 1: what the report names. */
  line: number;
  /** Name of the molecule; null when there is none. */
  name?: string | null | undefined;
  /** Why the reader could not read the row: it is reported as BAD_ROW and dropped; else null. */
  problem?: string | null | undefined;
  /** SMILES as written in the file. */
  smiles: string;
};

/** What the values of a label set are. */
export type LabelKind =
  /** Any number of classes per molecule. */
  | 'MULTI_LABEL'
  /** A number per molecule. */
  | 'NUMBER'
  /** One class per molecule. */
  | 'SINGLE_LABEL';

/** The kind of one label set. */
export type LabelKindInput = {
  /** What its values are. CONFLICT when the set exists with another kind. */
  kind: LabelKind;
  /** Name of the label set. */
  set: string;
};

/** Low-rank adaptation: dense layers are frozen, and alpha / rank · B A is learned beside them. */
export type LoraInput = {
  /** The product is scaled by alpha / rank. Above 0. */
  alpha?: number;
  /** Rows of A: 1 to the narrower side of the encoder's layers. As PEFT's r. */
  rank?: number;
  /** Dense layers that are adapted, at least one. */
  targets?: Array<LoraTarget>;
};

/** A dense layer of each encoder layer. */
export type LoraTarget =
  /** attention.output.dense, after the heads. */
  | 'ATTENTION_OUTPUT'
  /** intermediate.dense, before the activation. */
  | 'INTERMEDIATE'
  /** attention.self.key. */
  | 'KEY'
  /** output.dense, after the activation. */
  | 'OUTPUT'
  /** attention.self.query. */
  | 'QUERY'
  /** attention.self.value. */
  | 'VALUE';

/** How the learning rate goes on after the warm-up. */
export type LrSchedulerType =
  /** Stays. */
  | 'CONSTANT'
  /** Falls along half a cosine to 0. */
  | 'COSINE'
  /** Falls in a line to 0. */
  | 'LINEAR';

/** Options of TSNE and UMAP. A value that breaks its rule is BAD_INPUT. */
export type MapInput = {
  /** Steps of the optimisation, 10 to 5,000; null: 1,000 for TSNE, 300 for UMAP. */
  iterations?: number | null | undefined;
  /** UMAP: least distance of points in the map, 0 to 1. */
  minDist?: number;
  /** UMAP: neighbours of each molecule in its graph; 2 to the number of molecules less one. */
  neighbours?: number;
  /** TSNE: effective number of neighbours; 1 to below a third of the molecules. */
  perplexity?: number;
  /** Molecules at most: of a larger dataset a seeded sample of so many is drawn, and `computedOn` says so. Null: as many as the method takes, 2,000 for TSNE and 5,000 for UMAP; more is BAD_INPUT. */
  sample?: number | null | undefined;
  /** The same seed gives the same map. From 0. */
  seed?: number;
};

/** How a hidden layer, by default the last, becomes one vector. */
export type Pooling =
  /** The vector at position 0 (the start token). */
  | 'CLS'
  /** The mean over the real tokens, start and end tokens included; padding never counts. */
  | 'MEAN';

/** How vectors become a few coordinates. */
export type ProjectionMethod =
  /** Principal component analysis: centred, not scaled. */
  | 'PCA'
  /** t-SNE of the first 50 principal components: keeps neighbourhoods; distances mean little. */
  | 'TSNE'
  /** UMAP of the first 50 principal components: keeps neighbourhoods; distances mean little. */
  | 'UMAP';

/** How a molecule becomes a vector. */
export type Representation =
  /** Embedding by a model. Euclidean distances; standardized for the probe. */
  | 'EMBEDDING'
  /** Morgan fingerprint, radius 2, 2,048 bits (RDKit). Tanimoto distances; the probe sees the bits. */
  | 'MORGAN_FINGERPRINT'
  /** The same by a network of the first model's shape with random weights. */
  | 'RANDOM_WEIGHTS'
  /** How often each token of the first model's tokenizer occurs. Euclidean; standardized for the probe. */
  | 'TOKEN_COUNTS';

/** What a run does. */
export type RunKind =
  /** Computes and stores the embeddings of a whole dataset; it makes no model. */
  | 'EMBEDDING'
  /** Trains a classification head and the encoder under it; its result is a model. */
  | 'FINETUNE';

/** QUEUED, then RUNNING, then one of SUCCEEDED, FAILED and CANCELLED. A run that a crash interrupted is resumed. */
export type RunStatus =
  /** Ended by cancelRun. */
  | 'CANCELLED'
  /** Ended by an error; see Run.error. */
  | 'FAILED'
  /** Waits for a worker. */
  | 'QUEUED'
  /** A worker holds it. */
  | 'RUNNING'
  /** Finished; a finetune's model is usable. */
  | 'SUCCEEDED';

/** Part of a dataset in a run. Molecules are assigned by the first block of their InChIKey, never by row. */
export type Split =
  /** Scored once, at the end. */
  | 'TEST'
  /** Weights are fitted on it. */
  | 'TRAIN'
  /** Scored after each epoch, to watch the training by; never trained on. */
  | 'VALIDATION';

/** How molecules are dealt to training, validation and test. */
export type SplitInput = {
  /** Label set holding train, validation and test; required by COLUMN, refused otherwise. */
  column?: string | null | undefined;
  /** Shares of training, validation and test; three numbers that add up to 1. Not used by COLUMN. */
  fractions?: Array<number>;
  /** The rule. */
  strategy: SplitStrategy;
};

/** How molecules are dealt to training, validation and test. Scores of different strategies do not compare. */
export type SplitStrategy =
  /** As a label set says: its values are train, validation (or valid, val) and test. */
  | 'COLUMN'
  /** By a seeded hash of each molecule. */
  | 'RANDOM'
  /** Molecules of one Murcko scaffold stay together; an acyclic molecule is its own group. */
  | 'SCAFFOLD'
  /** Random within each class, so that every split has the classes in proportion. */
  | 'STRATIFIED';

/** The embedding of every molecule of a dataset, as a background run. */
export type StartEmbeddingInput = {
  /** Name of the dataset. NOT_FOUND names the existing ones. */
  dataset: string;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last. BAD_INPUT. */
  layer?: number | null | undefined;
  /** Name of the model. NOT_FOUND names the existing ones. */
  model: string;
  /** How a hidden layer becomes one vector. */
  pooling?: Pooling;
};

/** A finetune of a base model on one or several label sets of a dataset. */
export type StartFinetuneInput = {
  /** AdamW's memory of gradients. Unit: share kept an update; rule: at least 0 and below 1. Default 0.9. Hugging Face: adam_beta1. */
  adamBeta1?: number;
  /** AdamW's memory of squared gradients. Unit: share kept an update; rule: at least 0 and below 1. Default 0.999. Hugging Face: adam_beta2. */
  adamBeta2?: number;
  /** What AdamW adds to the divisor. Unit: size of a gradient; rule: a number above 0. Default 1e-8. Hugging Face: adam_epsilon. */
  adamEpsilon?: number;
  /** Dropout of attention; null: `dropout`, else the base model's. Unit: probability; rule: null or at least 0 and below 1. Hugging Face: attention_probs_dropout_prob (config). */
  attentionDropout?: number | null | undefined;
  /** Name of the model to start from. NOT_FOUND names the existing ones. */
  baseModel: string;
  /** Molecules per batch, 1 to 1,024; a step takes `gradientAccumulationSteps` of them. */
  batchSize?: number;
  /** Updates between two checkpoints, 1 or more, besides each epoch's end; null: 200. Hugging Face: save_steps. */
  checkpointEvery?: number | null | undefined;
  /** What an example of each class weighs in the loss. Unit: name; rule: none or balanced. Default none. */
  classWeights?: ClassWeights;
  /** Dropout of the head; null: `dropout`, else the base model's. Unit: probability; rule: null or at least 0 and below 1. Hugging Face: classifier_dropout (config). */
  classifierDropout?: number | null | undefined;
  /** Name of the dataset. NOT_FOUND names the existing ones. */
  dataset: string;
  /** Device to train on, an id of `devices`; null: the first that is READY. */
  device?: string | null | undefined;
  /** Dropout probability, 0 to below 1; null: those of the base model's config. */
  dropout?: number | null | undefined;
  /** Stop after so many scorings in a row without gain; null: never. Unit: evaluations; rule: null or a whole number from 1. Hugging Face: early_stopping_patience (EarlyStoppingCallback). */
  earlyStoppingPatience?: number | null | undefined;
  /** By how much a score must be better to be a gain. Unit: size of the metric; rule: a number from 0. Default 0. Hugging Face: early_stopping_threshold (EarlyStoppingCallback). */
  earlyStoppingThreshold?: number;
  /** Passes over the training split, above 0 and at most 1,000; a fraction ends within one. */
  epochs?: number;
  /** The validation split is scored this often; null: at each epoch's end. Unit: updates; rule: null or a whole number from 1. Hugging Face: eval_steps. */
  evalSteps?: number | null | undefined;
  /** True: the embeddings keep their values. Unit: yes or no; rule: true or false. Default false. */
  freezeEmbeddings?: boolean;
  /** Encoder layers that keep their values, from the first; embeddings with them. Unit: layers from the first; rule: a whole number from 0. Default 0. */
  frozenLayers?: number;
  /** Batches whose gradients make one update. Unit: parts an update; rule: a whole number from 1. Default 1. Hugging Face: gradient_accumulation_steps. */
  gradientAccumulationSteps?: number;
  /** Largest global norm of the gradient; 0 switches clipping off. */
  gradientClip?: number;
  /** True: batches of molecules of like length. Unit: yes or no; rule: true or false. Default false. Hugging Face: group_by_length. */
  groupByLength?: boolean;
  /** Dropout of hidden layers; null: `dropout`, else the base model's. Unit: probability; rule: null or at least 0 and below 1. Hugging Face: hidden_dropout_prob (config). */
  hiddenDropout?: number | null | undefined;
  /** Same key and same input: the same run is answered. Same key and other input: CONFLICT. At most 200 characters. */
  idempotencyKey?: string | null | undefined;
  /** Share of each target that is spread evenly over all classes. Unit: share of the target; rule: at least 0 and below 1. Default 0. Hugging Face: label_smoothing_factor. */
  labelSmoothingFactor?: number;
  /** Peak learning rate per step; falls as `lrSchedulerType` says. Above 0 and at most 1. */
  learningRate?: number;
  /** True: the model is the best checkpoint, not the last; its checkpoint is kept. Unit: yes or no; rule: true or false. Default false. Hugging Face: load_best_model_at_end. */
  loadBestModelAtEnd?: boolean;
  /** Updates between two metrics of the training split, 1 or more; null: about ten an epoch, at most 10. Hugging Face: logging_steps. */
  logEvery?: number | null | undefined;
  /** Low-rank adaptation: the encoder is frozen but for low-rank matrices, which are merged when the model is saved; pooler and head learn in full. Null: full finetuning. Peer: PEFT's LoraConfig. */
  lora?: LoraInput | null | undefined;
  /** How the learning rate goes on after the warm-up. Unit: name; rule: linear, cosine or constant. Default linear. Hugging Face: lr_scheduler_type. */
  lrSchedulerType?: LrSchedulerType;
  /** Longest input in tokens; null: the base model's limit. */
  maxLength?: number | null | undefined;
  /** Updates in all, whatever `epochs` says; null: `epochs` decides. Unit: updates; rule: null or a whole number from 1. Hugging Face: max_steps. */
  maxSteps?: number | null | undefined;
  /** What chooses the best checkpoint and stops early, by its name in `scores`; null: macroF1 for classes, rocAuc for labels, rmse for numbers. Unit: name of a metric of the validation split; rule: null or a metric of the task. Hugging Face: metric_for_best_model. */
  metricForBestModel?: string | null | undefined;
  /** Classes or labels with fewer molecules are left out and reported as a warning; not used by NUMBER targets. */
  minClassSize?: number;
  /** Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** True starts from random weights instead: a control for what pretraining is worth. */
  randomInitialWeights?: boolean;
  /** Last checkpoints kept, the best up to each besides; null: 2, as one may turn out torn. Unit: checkpoints; rule: null or a whole number from 1. Hugging Face: save_total_limit. */
  saveTotalLimit?: number | null | undefined;
  /** Seed of the splits, of the order of batches, of dropout and of new weights. */
  seed?: number;
  /** How molecules are dealt to splits. */
  split?: SplitInput;
  /** Label set to learn; this or `targets`. SINGLE_LABEL: a classifier. MULTI_LABEL: yes or no for each of its labels; a molecule with no value was not measured. NUMBER: regression. UNKNOWN_TARGET names the existing ones. */
  target?: string | null | undefined;
  /** Several label sets learned by one model, 1 to 1,000. NUMBER sets: regression. SINGLE_LABEL sets of 0 and 1 (or no and yes, inactive and active): one label each. An empty cell was not measured. */
  targets?: Array<string> | null | undefined;
  /** True: the saved model's probabilities are calibrated on the validation split. Unit: yes or no; rule: true or false. Default false. */
  temperatureScaling?: boolean;
  /** Warm-up as a share; instead of `warmupSteps`, not besides. Unit: share of all updates; rule: at least 0 and below 1. Default 0. Hugging Face: warmup_ratio. */
  warmupRatio?: number;
  /** Steps over which the learning rate rises from 0. */
  warmupSteps?: number;
  /** AdamW's decoupled decay; none on bias and LayerNorm. 0 to 1. */
  weightDecay?: number;
};

export type DatasetsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type DatasetsQuery = { datasets: { edges: Array<{ node: { id: string, name: string, description: string, source: string, size: number, createdAt: string, labelSets: Array<{ name: string, kind: LabelKind, counts: Array<{ value: string, count: number }> }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type DatasetQueryVariables = Exact<{
  name: string;
}>;


export type DatasetQuery = { dataset: { id: string, name: string, size: number, labelSets: Array<{ name: string, kind: LabelKind, counts: Array<{ value: string, count: number }> }> } | null };

export type ImportDatasetMutationVariables = Exact<{
  input: ImportDatasetInput;
}>;


export type ImportDatasetMutation = { importDataset: { dataset: { id: string, name: string, size: number }, report: { rows: number, imported: number, merged: number, dropped: number, problemCount: number, problems: Array<{ line: number, code: string, message: string }> } } };

export type ProjectionQueryVariables = Exact<{
  model: string;
  dataset: string;
  colorBy?: string | null | undefined;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
  fitOn?: Array<Split> | Split | null | undefined;
  width: number;
  height: number;
}>;


export type ProjectionQuery = { projection: { explainedVarianceRatio: Array<number>, svg: string, points: Array<{ label: string | null, split: Split | null, coordinates: Array<number> }> } };

export type ModelsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ModelsQuery = { models: { edges: Array<{ node: { id: string, name: string, family: string, task: string, target: string | null, labels: Array<string> | null, layers: number, width: number, heads: number, vocabularySize: number, parameterCount: number, maxLength: number, checksum: string, createdAt: string, baseModel: { name: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type AddModelMutationVariables = Exact<{
  input: AddModelInput;
}>;


export type AddModelMutation = { addModel: { model: { id: string, name: string, family: string, task: string, labels: Array<string> | null, layers: number, width: number, heads: number, vocabularySize: number, parameterCount: number, maxLength: number, checksum: string, createdAt: string } } };

export type PredictQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  topK?: number | null | undefined;
}>;


export type PredictQuery = { predict: Array<
    | { __typename: 'Prediction', id: string, smiles: string, note: string | null, label: string, score: number, compound: { id: string, name: string | null, smiles: string, inchiKey: string, formula: string, molecularWeight: number }, labels: Array<{ label: string, score: number }>, values: Array<{ target: string, value: number }>, model: { id: string, name: string } }
    | { __typename: 'SmilesError', smiles: string, code: string, message: string }
  > };

export type EmbedQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  pooling: Pooling;
}>;


export type EmbedQuery = { embed: Array<
    | { __typename: 'Embedding', id: string, smiles: string, pooling: Pooling, dimension: number, vector: Array<number>, compound: { id: string, name: string | null, inchiKey: string }, model: { id: string, name: string } }
    | { __typename: 'SmilesError', smiles: string, code: string, message: string }
  > };

export type RunsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  status?: RunStatus | null | undefined;
}>;


export type RunsQuery = { runs: { edges: Array<{ node: { id: string, kind: RunKind, name: string, status: RunStatus, target: string | null, targets: Array<string>, task: string | null, attempt: number, createdAt: string, startedAt: string | null, finishedAt: string | null, dataset: { name: string }, baseModel: { name: string }, model: { name: string } | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: string, message: string, param: string | null } | null, evaluation: { count: number, accuracy: number | null, macroF1: number | null, baseline: { accuracy: number, macroF1: number } | null } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RunQueryVariables = Exact<{
  id: string | number;
}>;


export type RunQuery = { run: { id: string, name: string, kind: RunKind, status: RunStatus } | null };

export type RunReportQueryVariables = Exact<{
  id: string | number;
}>;


export type RunReportQuery = { run: { id: string, kind: RunKind, name: string, status: RunStatus, target: string | null, targets: Array<string>, task: string | null, attempt: number, createdAt: string, startedAt: string | null, finishedAt: string | null, dataset: { name: string }, baseModel: { name: string }, model: { id: string, name: string } | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: string, message: string, param: string | null } | null, warnings: Array<{ code: string, message: string }>, splitSizes: Array<{ split: Split, count: number }>, evaluation: { split: Split, splitStrategy: SplitStrategy, count: number, loss: number, accuracy: number | null, macroF1: number | null, confusionMatrix: Array<Array<number>>, labels: Array<string>, task: string, baseline: { label: string, accuracy: number, macroF1: number } | null, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, scores: Array<{ name: string, value: number | null }>, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }>, calibration: { temperature: number, loss: number, calibrationError: number } | null } | null } | null };

export type RunCurvesQueryVariables = Exact<{
  id: string | number;
}>;


export type RunCurvesQuery = { run: { metrics: Array<{ sequence: number, step: number, epoch: number, split: Split, name: string, value: number }>, evaluation: { baseline: { accuracy: number } | null } | null } | null };

export type StartFinetuneMutationVariables = Exact<{
  input: StartFinetuneInput;
}>;


export type StartFinetuneMutation = { startFinetune: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type StartEmbeddingMutationVariables = Exact<{
  input: StartEmbeddingInput;
}>;


export type StartEmbeddingMutation = { startEmbedding: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type CancelRunMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelRunMutation = { cancelRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus } } };

export type RunMetricsSubscriptionVariables = Exact<{
  runId: string | number;
  after: number;
}>;


export type RunMetricsSubscription = { runMetrics: { sequence: number, step: number, epoch: number, split: Split, name: string, value: number, at: string } };

export type RunUpdatedSubscriptionVariables = Exact<{
  runId: string | number;
}>;


export type RunUpdatedSubscription = { runUpdated: { id: string, name: string, kind: RunKind, status: RunStatus, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: string, message: string, param: string | null } | null } };

export type HealthQueryVariables = Exact<{ [key: string]: never; }>;


export type HealthQuery = { health: { live: boolean, ready: boolean, version: string }, devices: Array<{ id: string, provider: string, state: DeviceState, reason: string | null }> };

export type ProjectQueryVariables = Exact<{
  model: string;
  dataset: string;
  method: ProjectionMethod;
  components: number;
  pooling: Pooling;
  layer?: number | null | undefined;
  whiten: boolean;
  map?: MapInput | null | undefined;
  colorBy?: string | null | undefined;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
  fitOn?: Array<Split> | Split | null | undefined;
  width: number;
  height: number;
  drawn: boolean;
  listed: boolean;
}>;


export type ProjectQuery = { projection: { method: ProjectionMethod, layer: number, explainedVarianceRatio: Array<number>, trustworthiness: number | null, computedOn: number, datasetSize: number, svg?: string, points?: Array<{ label: string | null, split: Split | null, coordinates: Array<number>, compound: { name: string | null, smiles: string } }> } };

export type ClustersQueryVariables = Exact<{
  model: string;
  dataset: string;
  k?: number | null | undefined;
  pooling: Pooling;
  layer?: number | null | undefined;
  starts: number;
  seed: number;
}>;


export type ClustersQuery = { clusters: { k: number, inertia: number, computedOn: number, scan: Array<{ k: number, inertia: number, silhouette: number }>, clusters: Array<{ index: number, size: number, compounds: Array<{ name: string | null, smiles: string }> }> } };

export type NeighboursQueryVariables = Exact<{
  model: string;
  dataset: string;
  smiles: string;
  k: number;
  metric: DistanceMetric;
  pooling: Pooling;
  layer?: number | null | undefined;
}>;


export type NeighboursQuery = { neighbours: Array<{ distance: number, compound: { name: string | null, smiles: string } }> };

export type SeparationQueryVariables = Exact<{
  models: Array<string> | string;
  dataset: string;
  labelSet: string;
  pooling: Pooling;
  layer?: number | null | undefined;
  sample: number;
  neighbours: number;
  seed: number;
}>;


export type SeparationQuery = { separation: { computedOn: number, labelled: number, classes: Array<string>, folds: number, neighbours: number, seed: number, majority: number, dropped: Array<{ label: string, count: number }>, rows: Array<{ representation: Representation, model: string | null, dimension: number, silhouette: { value: number, standardError: number }, neighbourAccuracy: { value: number, standardError: number }, probeAccuracy: { value: number, standardError: number } }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const DatasetsDocument = new TypedDocumentString(`
    query Datasets($first: Int!, $after: String) {
  datasets(first: $first, after: $after) {
    edges {
      node {
        id
        name
        description
        source
        size
        createdAt
        labelSets {
          name
          kind
          counts {
            value
            count
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetsQuery, DatasetsQueryVariables>;
export const DatasetDocument = new TypedDocumentString(`
    query Dataset($name: String!) {
  dataset(name: $name) {
    id
    name
    size
    labelSets {
      name
      kind
      counts {
        value
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetQuery, DatasetQueryVariables>;
export const ImportDatasetDocument = new TypedDocumentString(`
    mutation ImportDataset($input: ImportDatasetInput!) {
  importDataset(input: $input) {
    dataset {
      id
      name
      size
    }
    report {
      rows
      imported
      merged
      dropped
      problemCount
      problems {
        line
        code
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportDatasetMutation, ImportDatasetMutationVariables>;
export const ProjectionDocument = new TypedDocumentString(`
    query Projection($model: String!, $dataset: String!, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!], $width: Int!, $height: Int!) {
  projection(
    model: $model
    dataset: $dataset
    components: 2
    colorBy: $colorBy
    run: $run
    split: $split
    fitOn: $fitOn
  ) {
    explainedVarianceRatio
    points {
      label
      split
      coordinates
    }
    svg(width: $width, height: $height)
  }
}
    `) as unknown as TypedDocumentString<ProjectionQuery, ProjectionQueryVariables>;
export const ModelsDocument = new TypedDocumentString(`
    query Models($first: Int!, $after: String) {
  models(first: $first, after: $after) {
    edges {
      node {
        id
        name
        family
        task
        target
        labels
        layers
        width
        heads
        vocabularySize
        parameterCount
        maxLength
        checksum
        createdAt
        baseModel {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ModelsQuery, ModelsQueryVariables>;
export const AddModelDocument = new TypedDocumentString(`
    mutation AddModel($input: AddModelInput!) {
  addModel(input: $input) {
    model {
      id
      name
      family
      task
      labels
      layers
      width
      heads
      vocabularySize
      parameterCount
      maxLength
      checksum
      createdAt
    }
  }
}
    `) as unknown as TypedDocumentString<AddModelMutation, AddModelMutationVariables>;
export const PredictDocument = new TypedDocumentString(`
    query Predict($smiles: [String!]!, $model: String!, $topK: Int) {
  predict(smiles: $smiles, model: $model, topK: $topK) {
    __typename
    ... on Prediction {
      id
      smiles
      note
      label
      score
      compound {
        id
        name
        smiles
        inchiKey
        formula
        molecularWeight
      }
      labels {
        label
        score
      }
      values {
        target
        value
      }
      model {
        id
        name
      }
    }
    ... on SmilesError {
      smiles
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PredictQuery, PredictQueryVariables>;
export const EmbedDocument = new TypedDocumentString(`
    query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!) {
  embed(smiles: $smiles, model: $model, pooling: $pooling) {
    __typename
    ... on Embedding {
      id
      smiles
      pooling
      dimension
      vector
      compound {
        id
        name
        inchiKey
      }
      model {
        id
        name
      }
    }
    ... on SmilesError {
      smiles
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<EmbedQuery, EmbedQueryVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($first: Int!, $after: String, $status: RunStatus) {
  runs(first: $first, after: $after, status: $status) {
    edges {
      node {
        id
        kind
        name
        status
        target
        targets
        task
        attempt
        createdAt
        startedAt
        finishedAt
        dataset {
          name
        }
        baseModel {
          name
        }
        model {
          name
        }
        progress {
          step
          totalSteps
          epoch
          secondsLeft
        }
        error {
          code
          message
          param
        }
        evaluation(split: TEST) {
          count
          accuracy
          macroF1
          baseline {
            accuracy
            macroF1
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const RunDocument = new TypedDocumentString(`
    query Run($id: ID!) {
  run(id: $id) {
    id
    name
    kind
    status
  }
}
    `) as unknown as TypedDocumentString<RunQuery, RunQueryVariables>;
export const RunReportDocument = new TypedDocumentString(`
    query RunReport($id: ID!) {
  run(id: $id) {
    id
    kind
    name
    status
    target
    targets
    task
    attempt
    createdAt
    startedAt
    finishedAt
    dataset {
      name
    }
    baseModel {
      name
    }
    model {
      id
      name
    }
    progress {
      step
      totalSteps
      epoch
      secondsLeft
    }
    error {
      code
      message
      param
    }
    warnings {
      code
      message
    }
    splitSizes {
      split
      count
    }
    evaluation(split: TEST) {
      split
      splitStrategy
      count
      loss
      accuracy
      macroF1
      baseline {
        label
        accuracy
        macroF1
      }
      classes {
        label
        precision
        recall
        f1
        support
      }
      confusionMatrix
      labels
      task
      scores {
        name
        value
      }
      labelScores {
        label
        measured
        positives
        precision
        recall
        f1
        rocAuc
        averagePrecision
      }
      targetScores {
        label
        measured
        rmse
        mae
        r2
        baseline
      }
      calibration {
        temperature
        loss
        calibrationError
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunReportQuery, RunReportQueryVariables>;
export const RunCurvesDocument = new TypedDocumentString(`
    query RunCurves($id: ID!) {
  run(id: $id) {
    metrics(first: 10000) {
      sequence
      step
      epoch
      split
      name
      value
    }
    evaluation(split: VALIDATION) {
      baseline {
        accuracy
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunCurvesQuery, RunCurvesQueryVariables>;
export const StartFinetuneDocument = new TypedDocumentString(`
    mutation StartFinetune($input: StartFinetuneInput!) {
  startFinetune(input: $input) {
    run {
      id
      name
      kind
      status
      input
    }
  }
}
    `) as unknown as TypedDocumentString<StartFinetuneMutation, StartFinetuneMutationVariables>;
export const StartEmbeddingDocument = new TypedDocumentString(`
    mutation StartEmbedding($input: StartEmbeddingInput!) {
  startEmbedding(input: $input) {
    run {
      id
      name
      kind
      status
      input
    }
  }
}
    `) as unknown as TypedDocumentString<StartEmbeddingMutation, StartEmbeddingMutationVariables>;
export const CancelRunDocument = new TypedDocumentString(`
    mutation CancelRun($id: ID!) {
  cancelRun(id: $id) {
    run {
      id
      name
      kind
      status
    }
  }
}
    `) as unknown as TypedDocumentString<CancelRunMutation, CancelRunMutationVariables>;
export const RunMetricsDocument = new TypedDocumentString(`
    subscription RunMetrics($runId: ID!, $after: Int!) {
  runMetrics(runId: $runId, after: $after) {
    sequence
    step
    epoch
    split
    name
    value
    at
  }
}
    `) as unknown as TypedDocumentString<RunMetricsSubscription, RunMetricsSubscriptionVariables>;
export const RunUpdatedDocument = new TypedDocumentString(`
    subscription RunUpdated($runId: ID!) {
  runUpdated(runId: $runId) {
    id
    name
    kind
    status
    progress {
      step
      totalSteps
      epoch
      secondsLeft
    }
    error {
      code
      message
      param
    }
  }
}
    `) as unknown as TypedDocumentString<RunUpdatedSubscription, RunUpdatedSubscriptionVariables>;
export const HealthDocument = new TypedDocumentString(`
    query Health {
  health {
    live
    ready
    version
  }
  devices {
    id
    provider
    state
    reason
  }
}
    `) as unknown as TypedDocumentString<HealthQuery, HealthQueryVariables>;
export const ProjectDocument = new TypedDocumentString(`
    query Project($model: String!, $dataset: String!, $method: ProjectionMethod!, $components: Int!, $pooling: Pooling!, $layer: Int, $whiten: Boolean!, $map: MapInput, $colorBy: String, $run: ID, $split: [Split!], $fitOn: [Split!], $width: Int!, $height: Int!, $drawn: Boolean!, $listed: Boolean!) {
  projection(
    model: $model
    dataset: $dataset
    method: $method
    components: $components
    pooling: $pooling
    layer: $layer
    whiten: $whiten
    map: $map
    colorBy: $colorBy
    run: $run
    split: $split
    fitOn: $fitOn
  ) {
    method
    layer
    explainedVarianceRatio
    trustworthiness
    computedOn
    datasetSize
    points @include(if: $listed) {
      label
      split
      coordinates
      compound {
        name
        smiles
      }
    }
    svg(width: $width, height: $height) @include(if: $drawn)
  }
}
    `) as unknown as TypedDocumentString<ProjectQuery, ProjectQueryVariables>;
export const ClustersDocument = new TypedDocumentString(`
    query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!, $seed: Int!) {
  clusters(
    model: $model
    dataset: $dataset
    k: $k
    pooling: $pooling
    layer: $layer
    starts: $starts
    seed: $seed
  ) {
    k
    inertia
    computedOn
    scan {
      k
      inertia
      silhouette
    }
    clusters {
      index
      size
      compounds {
        name
        smiles
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ClustersQuery, ClustersQueryVariables>;
export const NeighboursDocument = new TypedDocumentString(`
    query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!, $pooling: Pooling!, $layer: Int) {
  neighbours(
    model: $model
    dataset: $dataset
    smiles: $smiles
    k: $k
    metric: $metric
    pooling: $pooling
    layer: $layer
  ) {
    distance
    compound {
      name
      smiles
    }
  }
}
    `) as unknown as TypedDocumentString<NeighboursQuery, NeighboursQueryVariables>;
export const SeparationDocument = new TypedDocumentString(`
    query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int, $sample: Int!, $neighbours: Int!, $seed: Int!) {
  separation(
    models: $models
    dataset: $dataset
    labelSet: $labelSet
    pooling: $pooling
    layer: $layer
    sample: $sample
    neighbours: $neighbours
    seed: $seed
  ) {
    computedOn
    labelled
    classes
    dropped {
      label
      count
    }
    folds
    neighbours
    seed
    majority
    rows {
      representation
      model
      dimension
      silhouette {
        value
        standardError
      }
      neighbourAccuracy {
        value
        standardError
      }
      probeAccuracy {
        value
        standardError
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SeparationQuery, SeparationQueryVariables>;