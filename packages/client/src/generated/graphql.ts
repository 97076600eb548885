/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What an example of each class weighs in the loss. */
export type ClassWeights =
  /** molecules / (classes · molecules of the class), as scikit-learn's class_weight. */
  | 'BALANCED'
  /** All the same. */
  | 'NONE';

/** Every code of an error: of a failed run or download, and in `extensions.code` of the errors of an answer. There are also GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT, BAD_REQUEST and LIMIT_EXCEEDED, of a document or request that is refused. */
export type ErrorCode =
  /** An argument breaks its rule. */
  | 'BAD_INPUT'
  /** It was ended before it was done. */
  | 'CANCELLED'
  /** Files of a checkpoint are missing, damaged or contradict each other. */
  | 'CHECKPOINT_INVALID'
  /** The architecture of the checkpoint is not supported. */
  | 'CHECKPOINT_UNSUPPORTED'
  /** A file came with other content than the hub says. */
  | 'CHECKSUM_MISMATCH'
  /** A class has no molecule in the training split. */
  | 'CLASS_MISSING_FROM_TRAINING'
  /** Several columns may be meant. */
  | 'COLUMN_AMBIGUOUS'
  /** The file has no such column. */
  | 'COLUMN_NOT_FOUND'
  /** The process that computed it ended. */
  | 'COMPUTE_CRASHED'
  /** A name is taken, a key was used for another input, or the state does not allow it. */
  | 'CONFLICT'
  /** Every molecule to learn from has the same value: there is nothing to learn. */
  | 'CONSTANT_TARGET'
  /** The database does not answer. */
  | 'DATABASE_UNAVAILABLE'
  /** The device does not exist or cannot be used. */
  | 'DEVICE_UNAVAILABLE'
  /** The server's disk has no room, or refuses to be written to. */
  | 'DISK_FULL'
  /** Training came to numbers that are not finite. */
  | 'DIVERGED'
  /** Too many embeddings are missing: startEmbedding or startProjection computes them. */
  | 'EMBEDDINGS_REQUIRED'
  /** The dataset has no molecule for it. */
  | 'EMPTY_DATASET'
  /** Nothing was given where something is needed. */
  | 'EMPTY_INPUT'
  /** A file is larger than is taken. */
  | 'FILE_TOO_LARGE'
  /** Fingerprints of a large import are still being computed. */
  | 'FINGERPRINTS_PENDING'
  /** The key may not do this. */
  | 'FORBIDDEN'
  /** The hub refuses the token. */
  | 'HUB_FORBIDDEN'
  /** The hub answers what a hub does not answer. */
  | 'HUB_PROTOCOL'
  /** The hub was asked too often. */
  | 'HUB_RATE_LIMITED'
  /** The hub redirects to where nothing is fetched from. */
  | 'HUB_REDIRECT_REFUSED'
  /** The files are larger than is fetched. */
  | 'HUB_TOO_LARGE'
  /** The hub wants a token. */
  | 'HUB_UNAUTHORIZED'
  /** The hub answers with an error of its own. */
  | 'HUB_UNAVAILABLE'
  /** The hub cannot be reached. */
  | 'HUB_UNREACHABLE'
  /** The server failed; its log has the reason. */
  | 'INTERNAL'
  /** An option of an order breaks its rule. */
  | 'INVALID_CONFIG'
  /** RDKit cannot read the text as a pattern. */
  | 'INVALID_SMARTS'
  /** RDKit cannot read the text as a molecule. */
  | 'INVALID_SMILES'
  /** The runs have different labels, or the model knows none of the labels. */
  | 'LABEL_MISMATCH'
  /** Another worker has taken the run over. */
  | 'LEASE_LOST'
  /** The files of the model are not on this host. */
  | 'MODEL_FILES_MISSING'
  /** The model predicts nothing yet: finetune it first. */
  | 'MODEL_HAS_NO_HEAD'
  /** The model has no weights of its own. */
  | 'MODEL_IS_COMPOSED'
  /** The model answers numbers that are not finite. */
  | 'NON_FINITE_OUTPUT'
  /** The run has no answers on the split. */
  | 'NOT_EVALUATED'
  /** Nothing has this name or id. */
  | 'NOT_FOUND'
  /** The runs have no molecule of the split in common. */
  | 'NO_COMMON_MOLECULES'
  /** The server has no place for it now. */
  | 'OVERLOADED'
  /** The key would have more runs or bytes than it may have. */
  | 'QUOTA_EXCEEDED'
  /** The key has used its points; `retryAfterMs` of the details says when there are more. */
  | 'RATE_LIMITED'
  /** The answer has more bytes than are sent. */
  | 'RESULT_TOO_LARGE'
  /** The server shuts down, and did not end it in time. */
  | 'SHUTTING_DOWN'
  /** The SMILES has more characters than are taken. */
  | 'SMILES_TOO_LONG'
  /** A molecule is in two splits. */
  | 'SPLIT_OVERLAP'
  /** The server cannot start like this. */
  | 'STARTUP'
  /** The runs have different tasks, or the labels are of another kind than the model answers. */
  | 'TASK_MISMATCH'
  /** It took longer than it may take. */
  | 'TIMEOUT'
  /** Fewer than two classes are left to tell apart. */
  | 'TOO_FEW_CLASSES'
  /** More was given, or asked for, than is taken at once. */
  | 'TOO_MANY_ITEMS'
  /** A key is missing, wrong or ended. */
  | 'UNAUTHENTICATED'
  /** The dataset has no such label set. */
  | 'UNKNOWN_TARGET';

/** Low-rank adaptation: the encoder is frozen, and alpha / rank · B A is learned beside dense layers of it and merged when the model is saved; pooler and head learn in full. */
export type LoraInput = {
  /** Scale of the low-rank product: it is multiplied by alpha / rank. Rule: a number above 0. Default 8. Hugging Face: lora_alpha. */
  alpha?: number;
  /** Rank of the low-rank matrices, at most the narrower side of the encoder's layers. Rule: a whole number from 1. Default 8. Hugging Face: r. */
  rank?: number;
  /** Dense layers that are adapted by low-rank matrices. Rule: one or several out of query, key, value, attentionOutput, intermediate, output. Default query, value. Hugging Face: target_modules. */
  targets?: Array<LoraTarget>;
};

/** Dense layers that are adapted by low-rank matrices. */
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

/** What is done with a molecule that the column of the split has in several splits; for COLUMN alone. */
export type OnOverlap =
  /** It leaves training, and validation where it is in the test too; the warning OVERLAP_DROPPED counts them. */
  | 'DROP_FROM_TRAIN'
  /** The run is refused: SPLIT_OVERLAP counts and names them. */
  | 'ERROR';

/** How a hidden layer, by default the last, becomes one vector. */
export type Pooling =
  /** The vector at position 0 (the start token). */
  | 'CLS'
  /** The mean over the real tokens, start and end tokens included; padding never counts. */
  | 'MEAN';

/** Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named. */
export type Recipe =
  /** By the number of training molecules, the number of classes and the width of the base model. */
  | 'AUTO'
  /** Those of the published notebooks: 5 epochs, batch 16, learning rate 2e-5, no warm-up. */
  | 'PUBLISHED';

/** What a run does. */
export type RunKind =
  /** Computes and stores the embeddings of a whole dataset; it makes no model. */
  | 'EMBEDDING'
  /** Scores a model on a labelled dataset; its result is the evaluation of TEST. */
  | 'EVALUATION'
  /** Trains a classification head and the encoder under it; its result is a model. */
  | 'FINETUNE'
  /** Imports a file into a dataset. */
  | 'IMPORT'
  /** Predicts a whole dataset; its result is a table of answers. */
  | 'PREDICTION'
  /** Learns to recover masked tokens of a dataset's molecules; its result is a base model. */
  | 'PRETRAIN'
  /** Fits a linear layer on the embeddings of a model that stays as it is, or on fingerprints; its result is a model. */
  | 'PROBE'
  /** Computes missing embeddings, then coordinates by PCA, TSNE or UMAP, which are kept. */
  | 'PROJECTION';

/** QUEUED, then RUNNING, then one of SUCCEEDED, FAILED and CANCELLED. A run that a crash interrupted is QUEUED again and goes on from its last checkpoint. `Run.verbs` says what its status allows. */
export type RunStatus =
  /** Ended by cancelRun; retryRun lets it go on. */
  | 'CANCELLED'
  /** Ended by an error, see Run.error; retryRun lets it go on. */
  | 'FAILED'
  /** Stopped by pauseRun, with what it has done: it waits for resumeRun. */
  | 'PAUSED'
  /** Waits for a worker. */
  | 'QUEUED'
  /** A worker holds it. */
  | 'RUNNING'
  /** Finished; a finetune's model is usable. */
  | 'SUCCEEDED';

/** Why one SMILES of several has no answer. */
export type SmilesErrorCode =
  /** The process of the model ended on the molecule, twice. */
  | 'COMPUTE_CRASHED'
  /** The text is empty. */
  | 'EMPTY_INPUT'
  /** RDKit cannot read the text as one molecule. */
  | 'INVALID_SMILES'
  /** What the model answered for the molecule is no finite number. */
  | 'NON_FINITE_OUTPUT'
  /** The text has more characters than are taken. */
  | 'SMILES_TOO_LONG'
  /** RDKit took longer for the molecule than it may. */
  | 'TIMEOUT';

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
  /** COLUMN, required: label set holding train, validation and test, also spelled otherwise (docs/import.md). ROW: MULTI_LABEL set whose labels make the rows, each taught the molecule's class of `target`; null: the target's own labels, each row taught its label. Refused otherwise. */
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
  /** Leaky, to reproduce published numbers alone: a row for each molecule and label of a MULTI_LABEL set, dealt by a seeded hash of the row, so that one molecule is trained on and tested. Every score bears the warning LEAKY_SPLIT. */
  | 'ROW'
  /** Molecules of one Murcko scaffold stay together; an acyclic molecule is its own group. */
  | 'SCAFFOLD'
  /** Random within each class, so that every split has the classes in proportion. */
  | 'STRATIFIED';

/** A finetune of a base model on one or several label sets of a dataset. */
export type StartFinetuneInput = {
  /** Share of the mean of gradients that AdamW keeps at each update. Unit: share; rule: a number of at least 0 and below 1. Default 0.9. Hugging Face: adam_beta1. */
  adamBeta1?: number;
  /** Share of the mean of squared gradients that AdamW keeps at each update. Unit: share; rule: a number of at least 0 and below 1. Default 0.999. Hugging Face: adam_beta2. */
  adamBeta2?: number;
  /** What AdamW adds to the divisor. Unit: size of a gradient; rule: a number above 0. Default 1e-8. Hugging Face: adam_epsilon. */
  adamEpsilon?: number;
  /** Dropout of attention. Null: `dropout`, else the base model's. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: attention_probs_dropout_prob (config). */
  attentionDropout?: number | null | undefined;
  /** Ways of writing each training molecule (SMILES in another order of its atoms) besides the canonical one. Each epoch draws one of them all. Made once and ahead, from `seed`. Null: what `recipe` says; of PUBLISHED 0. Unit: SMILES a molecule; rule: null or a whole number from 0 to 64. */
  augmentation?: number | null | undefined;
  /** Name of the model to start from. NOT_FOUND names the existing ones. */
  baseModel: string;
  /** Molecules per batch; an update takes `gradientAccumulationSteps` of them. Null: what `recipe` says; of PUBLISHED 16. Unit: molecules; rule: null or a whole number from 1 to 1024. Hugging Face: per_device_train_batch_size. */
  batchSize?: number | null | undefined;
  /** Updates between two checkpoints, besides each epoch's end. Null: 200. Unit: updates; rule: null or a whole number from 1. Hugging Face: save_steps. */
  checkpointEvery?: number | null | undefined;
  /** What an example of each class weighs in the loss. Unit: name; rule: none or balanced. Default none. */
  classWeights?: ClassWeights;
  /** Dropout of the head. Null: `dropout`, else the base model's. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: classifier_dropout (config). */
  classifierDropout?: number | null | undefined;
  /** Name of the dataset. NOT_FOUND names the existing ones. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** Id of the device to train on. Null: the first that is READY. Unit: id; rule: null or the id of a device. */
  device?: string | null | undefined;
  /** Dropout probability of all places that do not have one of their own. Null: those of the base model. Unit: probability; rule: null or a number of at least 0 and below 1. */
  dropout?: number | null | undefined;
  /** Stop after so many scorings in a row without gain. Null: never. Unit: evaluations; rule: null or a whole number from 1. Hugging Face: early_stopping_patience (EarlyStoppingCallback). */
  earlyStoppingPatience?: number | null | undefined;
  /** By how much a score must be better to be a gain. Unit: size of the metric; rule: a number from 0. Default 0. Hugging Face: early_stopping_threshold (EarlyStoppingCallback). */
  earlyStoppingThreshold?: number;
  /** Passes over the training split; a fraction ends within one. Null: what `recipe` says; of PUBLISHED 5. Unit: epochs; rule: null or a number above 0 and at most 1000. Hugging Face: num_train_epochs. */
  epochs?: number | null | undefined;
  /** The validation split is scored this often. Null: at each epoch's end. Unit: updates; rule: null or a whole number from 1. Hugging Face: eval_steps. */
  evalSteps?: number | null | undefined;
  /** Ways of writing a molecule of the validation or test split whose probabilities (of REGRESSION: values) are averaged into its answer. 1: its canonical SMILES alone, which is what `predict` reads by default. Unit: SMILES a molecule; rule: a whole number from 1 to 32. Default 1. */
  evaluationForms?: number;
  /** True: the embeddings keep their values. Unit: yes or no; rule: true or false. Default false. */
  freezeEmbeddings?: boolean;
  /** Encoder layers that keep their values, from the first; embeddings with them. Unit: layers from the first; rule: a whole number from 0. Default 0. */
  frozenLayers?: number;
  /** Batches whose gradients make one update. Unit: batches; rule: a whole number from 1. Default 1. Hugging Face: gradient_accumulation_steps. */
  gradientAccumulationSteps?: number;
  /** Largest norm of all gradients together. Unit: norm; rule: a number from 0; 0 switches clipping off. Default 1. Hugging Face: max_grad_norm. */
  gradientClip?: number;
  /** True: batches of molecules of like length. Unit: yes or no; rule: true or false. Default false. Hugging Face: group_by_length. */
  groupByLength?: boolean;
  /** Dropout of hidden layers. Null: `dropout`, else the base model's. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: hidden_dropout_prob (config). */
  hiddenDropout?: number | null | undefined;
  /** Same key and same input: the same run is answered. Same key and other input: CONFLICT. At most 200 characters. */
  idempotencyKey?: string | null | undefined;
  /** Share of each target that is spread evenly over all classes. Unit: share of the target; rule: a number of at least 0 and below 1. Default 0. Hugging Face: label_smoothing_factor. */
  labelSmoothingFactor?: number;
  /** How much slower each layer learns than the one above it; the head in full. Unit: factor a layer; rule: a number above 0 and at most 1. Default 1. */
  layerwiseLearningRateDecay?: number;
  /** Peak learning rate; falls as `lrSchedulerType` says. Null: what `recipe` says; of PUBLISHED 0.00002. Unit: per update, after the warm-up; rule: null or a number above 0 and at most 1. Hugging Face: learning_rate. */
  learningRate?: number | null | undefined;
  /** True: the model is the best checkpoint, not the last; its checkpoint is kept. Unit: yes or no; rule: true or false. Default false. Hugging Face: load_best_model_at_end. */
  loadBestModelAtEnd?: boolean;
  /** Updates between two metrics of the training split, besides each epoch's end. Null: about ten an epoch, at most 10. Unit: updates; rule: null or a whole number from 1. Hugging Face: logging_steps. */
  logEvery?: number | null | undefined;
  /** Low-rank adaptation: the encoder is frozen, and alpha / rank · B A is learned beside dense layers of it and merged when the model is saved; pooler and head learn in full. Null: full finetuning. Unit: rank, alpha, names of dense layers; rule: null or rank from 1, alpha above 0 and targets out of query, key, value, attentionOutput, intermediate, output. Hugging Face: LoraConfig (peft): r, lora_alpha, target_modules. */
  lora?: LoraInput | null | undefined;
  /** How the learning rate goes on after the warm-up. Unit: name; rule: linear, cosine or constant. Default linear. Hugging Face: lr_scheduler_type. */
  lrSchedulerType?: LrSchedulerType;
  /** Classes or labels with more molecules are left out, with a warning. Null: none is. Unit: molecules; rule: null or a whole number from 1. */
  maxClassSize?: number | null | undefined;
  /** Longest input; longer molecules are cut. Null: the base model's limit. Unit: tokens; rule: null or a whole number from 3 to 100000. */
  maxLength?: number | null | undefined;
  /** Updates in all, whatever `epochs` says. Null: `epochs` decides. Unit: updates; rule: null or a whole number from 1. Hugging Face: max_steps. */
  maxSteps?: number | null | undefined;
  /** What chooses the best checkpoint and stops early, by its name in `scores`. Where it has no value for the validation split, the loss does. Null: macroF1 for classes, rocAuc for labels, rmse for numbers. Unit: name of a metric of the validation split; rule: null or a metric of the task. Hugging Face: metric_for_best_model. */
  metricForBestModel?: string | null | undefined;
  /** Classes or labels with fewer molecules are left out, with a warning; not used by NUMBER targets. Unit: molecules; rule: a whole number from 1. Default 10. */
  minClassSize?: number;
  /** Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** What is done with a molecule that the column of the split has in several splits; for COLUMN alone. Unit: name; rule: error or dropFromTrain. Default error. */
  onOverlap?: OnOverlap;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** True: starts from random weights instead: a control for what pretraining is worth. Unit: yes or no; rule: true or false. Default false. */
  randomInitialWeights?: boolean;
  /** Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named. Unit: name; rule: auto or published. Default auto. */
  recipe?: Recipe;
  /** Last checkpoints kept; the best up to each is kept besides. Null: 2. Unit: checkpoints; rule: null or a whole number from 1. Hugging Face: save_total_limit. */
  saveTotalLimit?: number | null | undefined;
  /** Seed of the splits, of the order of batches, of dropout and of new weights. Unit: number; rule: a whole number from 0. Default 42. Hugging Face: seed. */
  seed?: number;
  /** How molecules are dealt to splits. */
  split?: SplitInput;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
  /** Label set to learn; this or `targets`. SINGLE_LABEL: a classifier. MULTI_LABEL: yes or no for each of its labels; a molecule with no value was not measured. NUMBER: regression. UNKNOWN_TARGET names the existing ones. A pattern is all that match, as of `targets`. */
  target?: string | null | undefined;
  /** Several label sets learned by one model, 1 to 1,000. NUMBER sets: regression. SINGLE_LABEL sets of 0 and 1 (or no and yes, inactive and active): one label each. An empty cell was not measured. A pattern (* any text, ? one character) is every label set that matches, by name, but the column of the split; a label set of that very name comes first. UNKNOWN_TARGET names the nearest. */
  targets?: Array<string> | null | undefined;
  /** True: the saved model's probabilities are calibrated on the validation split. Unit: yes or no; rule: true or false. Default false. */
  temperatureScaling?: boolean;
  /** Only so many of the most frequent classes or labels that `minClassSize` and `maxClassSize` leave. Null: all. Unit: classes; rule: null or a whole number from 1. */
  topClasses?: number | null | undefined;
  /** Warm-up as a share; instead of `warmupSteps`, not besides. Null: what `recipe` says; of PUBLISHED 0. Unit: share of all updates; rule: null or a number of at least 0 and below 1. Hugging Face: warmup_ratio. */
  warmupRatio?: number | null | undefined;
  /** Updates over which the learning rate rises from 0. Unit: updates; rule: a whole number from 0. Default 0. Hugging Face: warmup_steps. */
  warmupSteps?: number;
  /** Decoupled decay of AdamW; none on biases and normalisation. Unit: per unit of learning rate; rule: a number of at least 0 and at most 1. Default 0.01. Hugging Face: weight_decay. */
  weightDecay?: number;
};

/** What the head of a model answers. */
export type Task =
  /** No head: it embeds. */
  | 'ENCODER'
  /** A token for each masked position: what pretraining learns. */
  | 'MASKED_LANGUAGE_MODEL'
  /** Yes or no for each of several labels; probabilities are the logistic function of the logits. */
  | 'MULTI_LABEL'
  /** A number for each of several targets, in the targets' units. */
  | 'REGRESSION'
  /** One of several classes; probabilities are the softmax of the logits. */
  | 'SINGLE_LABEL';

/** What to know when reading a run's scores. */
export type WarningCode =
  /** The linear model on fingerprints was not fitted; the finetune is complete without it. */
  | 'BASELINE_FAILED'
  /** The finetune is not better than a constant answer, or worse than a linear model on fingerprints. */
  | 'BELOW_BASELINE'
  /** Classes or labels were left out: they have too few molecules, or too many. */
  | 'CLASSES_DROPPED'
  /** A class or label has no molecule in a split. */
  | 'CLASS_MISSING'
  /** The run went on where its numbers are not the same bit for bit. */
  | 'ENVIRONMENT_CHANGED'
  /** Molecules have more tokens than the model reads: what follows was left out. */
  | 'INPUTS_CUT'
  /** A split shares more with training than its strategy promises. */
  | 'LEAKAGE'
  /** Rows were dealt instead of molecules: molecules of the test were trained on. */
  | 'LEAKY_SPLIT'
  /** A score has no value on a split, for want of classes or of different values. */
  | 'METRIC_UNDEFINED'
  /** The name of its model was taken meanwhile; the model has another one. */
  | 'MODEL_RENAMED'
  /** Molecules without a value in the column of the split were left out. */
  | 'MOLECULES_WITHOUT_SPLIT'
  /** Molecules of several splits left training, or validation. */
  | 'OVERLAP_DROPPED'
  /** Other programs compute on the machine: training gets less than half of the time that it asks for. */
  | 'SLOW_MACHINE'
  /** 0, 1 and 2 of the split column were read as training, validation and test. */
  | 'SPLITS_NUMBERED'
  /** A split has no molecules. */
  | 'SPLIT_EMPTY'
  /** Training ended before its last step, for want of gain. */
  | 'STOPPED_EARLY'
  /** Values of a target differ by less than training can tell apart. */
  | 'TARGET_PRECISION'
  /** The test split has so few molecules that its scores say little. */
  | 'TEST_SMALL'
  /** The model was trained on molecules that it is scored on. */
  | 'TRAINED_ON'
  /** No run here made the model: what it was trained on is not known. */
  | 'TRAINING_UNKNOWN'
  /** The model has no answer to molecules: they are not scored. */
  | 'UNANSWERED'
  /** The data have classes or labels that the model does not know: they are not scored. */
  | 'UNKNOWN_CLASSES'
  /** Molecules have tokens that the model does not know. */
  | 'UNKNOWN_TOKENS'
  /** The validation split, which decides, has so few molecules that its scores say little. */
  | 'VALIDATION_SMALL';

export type ClientPredictQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  topK?: number | null | undefined;
  averageOver: number;
}>;


export type ClientPredictQuery = { predict: Array<
    | { __typename: 'Prediction', id: string, smiles: string, note: string | null, label: string, score: number, forms: number, labels: Array<{ label: string, score: number }>, values: Array<{ target: string, value: number }> }
    | { __typename: 'SmilesError', smiles: string, code: SmilesErrorCode, message: string }
  > };

export type ClientEmbedQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  pooling: Pooling;
  layer?: number | null | undefined;
}>;


export type ClientEmbedQuery = { embed: Array<
    | { __typename: 'Embedding', id: string, smiles: string, vector: Array<number> }
    | { __typename: 'SmilesError', smiles: string, code: SmilesErrorCode, message: string }
  > };

export type ClientFinetuneMutationVariables = Exact<{
  input: StartFinetuneInput;
}>;


export type ClientFinetuneMutation = { startFinetune: { run: { id: string } } };

export type ClientRunFragment = { id: string, name: string, kind: RunKind, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, warnings: Array<{ code: WarningCode, message: string }>, model: { id: string, name: string } | null };

export type ClientRunByIdQueryVariables = Exact<{
  id: string | number;
}>;


export type ClientRunByIdQuery = { run: { id: string, name: string, kind: RunKind, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, warnings: Array<{ code: WarningCode, message: string }>, model: { id: string, name: string } | null } | null };

export type ClientRunUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type ClientRunUpdatedSubscription = { runUpdated: { id: string, name: string, kind: RunKind, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, warnings: Array<{ code: WarningCode, message: string }>, model: { id: string, name: string } | null } };

export type ClientRunMetricsSubscriptionVariables = Exact<{
  id: string | number;
  after: number;
}>;


export type ClientRunMetricsSubscription = { runMetricLists: Array<{ sequence: number, step: number, epoch: number, split: Split, name: string, value: number, at: string }> };

export type ClientCancelRunMutationVariables = Exact<{
  id: string | number;
}>;


export type ClientCancelRunMutation = { cancelRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, warnings: Array<{ code: WarningCode, message: string }>, model: { id: string, name: string } | null } } };

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
export const ClientRunFragmentDoc = new TypedDocumentString(`
    fragment ClientRun on Run {
  id
  name
  kind
  status
  target
  targets
  task
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
  model {
    id
    name
  }
}
    `, {"fragmentName":"ClientRun"}) as unknown as TypedDocumentString<ClientRunFragment, unknown>;
export const ClientPredictDocument = new TypedDocumentString(`
    query ClientPredict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {
  predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {
    __typename
    ... on Prediction {
      id
      smiles
      note
      label
      score
      labels {
        label
        score
      }
      values {
        target
        value
      }
      forms
    }
    ... on SmilesError {
      smiles
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ClientPredictQuery, ClientPredictQueryVariables>;
export const ClientEmbedDocument = new TypedDocumentString(`
    query ClientEmbed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {
  embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {
    __typename
    ... on Embedding {
      id
      smiles
      vector
    }
    ... on SmilesError {
      smiles
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ClientEmbedQuery, ClientEmbedQueryVariables>;
export const ClientFinetuneDocument = new TypedDocumentString(`
    mutation ClientFinetune($input: StartFinetuneInput!) {
  startFinetune(input: $input) {
    run {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<ClientFinetuneMutation, ClientFinetuneMutationVariables>;
export const ClientRunByIdDocument = new TypedDocumentString(`
    query ClientRunById($id: ID!) {
  run(id: $id) {
    ...ClientRun
  }
}
    fragment ClientRun on Run {
  id
  name
  kind
  status
  target
  targets
  task
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
  model {
    id
    name
  }
}`) as unknown as TypedDocumentString<ClientRunByIdQuery, ClientRunByIdQueryVariables>;
export const ClientRunUpdatedDocument = new TypedDocumentString(`
    subscription ClientRunUpdated($id: ID!) {
  runUpdated(id: $id) {
    ...ClientRun
  }
}
    fragment ClientRun on Run {
  id
  name
  kind
  status
  target
  targets
  task
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
  model {
    id
    name
  }
}`) as unknown as TypedDocumentString<ClientRunUpdatedSubscription, ClientRunUpdatedSubscriptionVariables>;
export const ClientRunMetricsDocument = new TypedDocumentString(`
    subscription ClientRunMetrics($id: ID!, $after: Int!) {
  runMetricLists(id: $id, after: $after) {
    sequence
    step
    epoch
    split
    name
    value
    at
  }
}
    `) as unknown as TypedDocumentString<ClientRunMetricsSubscription, ClientRunMetricsSubscriptionVariables>;
export const ClientCancelRunDocument = new TypedDocumentString(`
    mutation ClientCancelRun($id: ID!) {
  cancelRun(id: $id) {
    run {
      ...ClientRun
    }
  }
}
    fragment ClientRun on Run {
  id
  name
  kind
  status
  target
  targets
  task
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
  model {
    id
    name
  }
}`) as unknown as TypedDocumentString<ClientCancelRunMutation, ClientCancelRunMutationVariables>;