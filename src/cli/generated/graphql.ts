/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A checkpoint to register: exactly one of `folder` and `hub`. */
export type AddModelInput = {
  /** Folder on the server's machine in Hugging Face layout (config.json, model.safetensors or pytorch_model.bin, tokenizer files), under one of MAILLARD_MODEL_ROOTS. It is copied. */
  folder?: string | null | undefined;
  /** Repository owner/name on the Hugging Face hub, or on the one of HF_ENDPOINT, e.g. seyonec/PubChem10M_SMILES_BPE_450k. Fetched in the background: see `download` of the answer. */
  hub?: string | null | undefined;
  /** Name of the model: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when taken. */
  name: string;
  /** Branch, tag or commit of `hub`; null: main. Refused with `folder`. */
  revision?: string | null | undefined;
  /** Label set that the head predicts; null when there is no head or no such set. */
  target?: string | null | undefined;
};

/** Which entries: those that meet every condition that is given. */
export type AuditFilter = {
  /** As `action` of an entry. */
  action?: string | null | undefined;
  /** At this time or later. */
  from?: string | null | undefined;
  /** Name of the key. */
  key?: string | null | undefined;
  /** As `outcome` of an entry. */
  outcome?: string | null | undefined;
  /** Before this time. */
  to?: string | null | undefined;
};

/** What a finetune has to beat. */
export type BaselineKind =
  /** The same answer to every molecule: the most frequent class of the training split; of MULTI_LABEL each label's share there, of REGRESSION each target's mean. Of an evaluation run those of the molecules scored. */
  | 'CONSTANT'
  /** A linear layer on Morgan fingerprints (radius 2, 2,048 bits), fitted to the same training molecules; the scores of startProbe with features MORGAN_FINGERPRINT. */
  | 'FINGERPRINT';

/** What an example of each class weighs in the loss. */
export type ClassWeights =
  /** molecules / (classes · molecules of the class), as scikit-learn's class_weight. */
  | 'BALANCED'
  /** All the same. */
  | 'NONE';

/** What a clone has otherwise. A field that is absent is as it was, also an option that the recipe AUTO had decided; an option that is null has its default. INVALID_CONFIG for one that the kind of the run does not have. */
export type CloneRunInput = {
  /** Share of the mean of gradients that AdamW keeps at each update. Null: its default. Unit: share; rule: null or a number of at least 0 and below 1. Hugging Face: adam_beta1. */
  adamBeta1?: number | null | undefined;
  /** Share of the mean of squared gradients that AdamW keeps at each update. Null: its default. Unit: share; rule: null or a number of at least 0 and below 1. Hugging Face: adam_beta2. */
  adamBeta2?: number | null | undefined;
  /** What AdamW adds to the divisor. Null: its default. Unit: size of a gradient; rule: null or a number above 0. Hugging Face: adam_epsilon. */
  adamEpsilon?: number | null | undefined;
  /** Dropout of attention. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: attention_probs_dropout_prob (config). */
  attentionDropout?: number | null | undefined;
  /** Ways of writing each training molecule (SMILES in another order of its atoms) besides the canonical one. Each epoch draws one of them all. Made once and ahead, from `seed`. Null: its default. Unit: SMILES a molecule; rule: null or a whole number from 0 to 64. */
  augmentation?: number | null | undefined;
  /** Another model to start from, or to ask. NOT_FOUND. */
  baseModel?: string | null | undefined;
  /** Molecules per batch; an update takes `gradientAccumulationSteps` of them. Null: its default. Unit: molecules; rule: null or a whole number from 1 to 1024. Hugging Face: per_device_train_batch_size. */
  batchSize?: number | null | undefined;
  /** Updates between two checkpoints, besides each epoch's end. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: save_steps. */
  checkpointEvery?: number | null | undefined;
  /** What an example of each class weighs in the loss. Null: its default. Unit: name; rule: null or none or balanced. */
  classWeights?: ClassWeights | null | undefined;
  /** Dropout of the head. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: classifier_dropout (config). */
  classifierDropout?: number | null | undefined;
  /** Another dataset. NOT_FOUND. */
  dataset?: string | null | undefined;
  /** Id of the device to train on. Null: its default. Unit: id; rule: null or the id of a device. */
  device?: string | null | undefined;
  /** Dropout probability of all places that do not have one of their own. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. */
  dropout?: number | null | undefined;
  /** Stop after so many scorings in a row without gain. Null: its default. Unit: evaluations; rule: null or a whole number from 1. Hugging Face: early_stopping_patience (EarlyStoppingCallback). */
  earlyStoppingPatience?: number | null | undefined;
  /** By how much a score must be better to be a gain. Null: its default. Unit: size of the metric; rule: null or a number from 0. Hugging Face: early_stopping_threshold (EarlyStoppingCallback). */
  earlyStoppingThreshold?: number | null | undefined;
  /** Passes over the training split; a fraction ends within one. Null: its default. Unit: epochs; rule: null or a number above 0 and at most 1000. Hugging Face: num_train_epochs. */
  epochs?: number | null | undefined;
  /** The validation split is scored this often. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: eval_steps. */
  evalSteps?: number | null | undefined;
  /** Ways of writing a molecule of the validation or test split whose probabilities (of REGRESSION: values) are averaged into its answer. 1: its canonical SMILES alone, which is what `predict` reads by default. Null: its default. Unit: SMILES a molecule; rule: null or a whole number from 1 to 32. */
  evaluationForms?: number | null | undefined;
  /** True: the embeddings keep their values. Null: its default. Unit: yes or no; rule: null or true or false. */
  freezeEmbeddings?: boolean | null | undefined;
  /** Encoder layers that keep their values, from the first; embeddings with them. Null: its default. Unit: layers from the first; rule: null or a whole number from 0. */
  frozenLayers?: number | null | undefined;
  /** Batches whose gradients make one update. Null: its default. Unit: batches; rule: null or a whole number from 1. Hugging Face: gradient_accumulation_steps. */
  gradientAccumulationSteps?: number | null | undefined;
  /** Largest norm of all gradients together. Null: its default. Unit: norm; rule: null or a number from 0; 0 switches clipping off. Hugging Face: max_grad_norm. */
  gradientClip?: number | null | undefined;
  /** True: batches of molecules of like length. Null: its default. Unit: yes or no; rule: null or true or false. Hugging Face: group_by_length. */
  groupByLength?: boolean | null | undefined;
  /** Dropout of hidden layers. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: hidden_dropout_prob (config). */
  hiddenDropout?: number | null | undefined;
  /** As in StartFinetuneInput, with the run that it is made of as a part of the input. */
  idempotencyKey?: string | null | undefined;
  /** Share of each target that is spread evenly over all classes. Null: its default. Unit: share of the target; rule: null or a number of at least 0 and below 1. Hugging Face: label_smoothing_factor. */
  labelSmoothingFactor?: number | null | undefined;
  /** How much slower each layer learns than the one above it; the head in full. Null: its default. Unit: factor a layer; rule: null or a number above 0 and at most 1. */
  layerwiseLearningRateDecay?: number | null | undefined;
  /** Peak learning rate; falls as `lrSchedulerType` says. Null: its default. Unit: per update, after the warm-up; rule: null or a number above 0 and at most 1. Hugging Face: learning_rate. */
  learningRate?: number | null | undefined;
  /** True: the model is the best checkpoint, not the last; its checkpoint is kept. Null: its default. Unit: yes or no; rule: null or true or false. Hugging Face: load_best_model_at_end. */
  loadBestModelAtEnd?: boolean | null | undefined;
  /** Updates between two metrics of the training split, besides each epoch's end. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: logging_steps. */
  logEvery?: number | null | undefined;
  /** Low-rank adaptation: the encoder is frozen, and alpha / rank · B A is learned beside dense layers of it and merged when the model is saved; pooler and head learn in full. Null: its default. Unit: rank, alpha, names of dense layers; rule: null or rank from 1, alpha above 0 and targets out of query, key, value, attentionOutput, intermediate, output. Hugging Face: LoraConfig (peft): r, lora_alpha, target_modules. */
  lora?: LoraInput | null | undefined;
  /** How the learning rate goes on after the warm-up. Null: its default. Unit: name; rule: null or linear, cosine or constant. Hugging Face: lr_scheduler_type. */
  lrSchedulerType?: LrSchedulerType | null | undefined;
  /** Classes or labels with more molecules are left out, with a warning. Null: its default. Unit: molecules; rule: null or a whole number from 1. */
  maxClassSize?: number | null | undefined;
  /** Longest input; longer molecules are cut. Null: its default. Unit: tokens; rule: null or a whole number from 3 to 100000. */
  maxLength?: number | null | undefined;
  /** Updates in all, whatever `epochs` says. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: max_steps. */
  maxSteps?: number | null | undefined;
  /** What chooses the best checkpoint and stops early, by its name in `scores`. Where it has no value for the validation split, the loss does. Null: its default. Unit: name of a metric of the validation split; rule: null or a metric of the task. Hugging Face: metric_for_best_model. */
  metricForBestModel?: string | null | undefined;
  /** Classes or labels with fewer molecules are left out, with a warning; not used by NUMBER targets. Null: its default. Unit: molecules; rule: null or a whole number from 1. */
  minClassSize?: number | null | undefined;
  /** Name of the new run and of its model; required for a finetune and a probe, refused for others. */
  name?: string | null | undefined;
  /** What is done with a molecule that the column of the split has in several splits; for COLUMN alone. Null: its default. Unit: name; rule: null or error or dropFromTrain. */
  onOverlap?: OnOverlap | null | undefined;
  /** True: starts from random weights instead: a control for what pretraining is worth. Null: its default. Unit: yes or no; rule: null or true or false. */
  randomInitialWeights?: boolean | null | undefined;
  /** Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named. Null: its default. Unit: name; rule: null or auto or published. */
  recipe?: Recipe | null | undefined;
  /** Last checkpoints kept; the best up to each is kept besides. Null: its default. Unit: checkpoints; rule: null or a whole number from 1. Hugging Face: save_total_limit. */
  saveTotalLimit?: number | null | undefined;
  /** Seed of the splits, of the order of batches, of dropout and of new weights. Null: its default. Unit: number; rule: null or a whole number from 0. Hugging Face: seed. */
  seed?: number | null | undefined;
  /** Another split; its seed is that of the run. */
  split?: SplitInput | null | undefined;
  /** Another label set, as in StartFinetuneInput. */
  target?: string | null | undefined;
  /** Other label sets, as in StartFinetuneInput. */
  targets?: Array<string> | null | undefined;
  /** True: the saved model's probabilities are calibrated on the validation split. Null: its default. Unit: yes or no; rule: null or true or false. */
  temperatureScaling?: boolean | null | undefined;
  /** Only so many of the most frequent classes or labels that `minClassSize` and `maxClassSize` leave. Null: its default. Unit: classes; rule: null or a whole number from 1. */
  topClasses?: number | null | undefined;
  /** Warm-up as a share; instead of `warmupSteps`, not besides. Null: its default. Unit: share of all updates; rule: null or a number of at least 0 and below 1. Hugging Face: warmup_ratio. */
  warmupRatio?: number | null | undefined;
  /** Updates over which the learning rate rises from 0. Null: its default. Unit: updates; rule: null or a whole number from 0. Hugging Face: warmup_steps. */
  warmupSteps?: number | null | undefined;
  /** Decoupled decay of AdamW; none on biases and normalisation. Null: its default. Unit: per unit of learning rate; rule: null or a number of at least 0 and at most 1. Hugging Face: weight_decay. */
  weightDecay?: number | null | undefined;
};

/** Values of a label set by their number of molecules, both bounds included; of these the first. At least 0 each, else BAD_INPUT. */
export type ColorRules = {
  /** Only so many of the most frequent that are left; null: all. */
  first?: number | null | undefined;
  /** Largest number of molecules; null: no bound. */
  maxCount?: number | null | undefined;
  /** Least number of molecules; null: no bound. */
  minCount?: number | null | undefined;
};

/** Conditions that hold all at once. An empty filter is none. */
export type CompoundFilter = {
  /** Name of a dataset that it is a member of. NOT_FOUND. */
  dataset?: string | null | undefined;
  /** Labels that it has, all of them; at most 5. */
  labels?: Array<LabelFilter> | null | undefined;
  /** Average molecular weight in g/mol. */
  molecularWeight?: NumberRange | null | undefined;
  /** A molecule that it is similar to. INVALID_SMILES, FINGERPRINTS_PENDING, EMBEDDINGS_REQUIRED. */
  similarTo?: SimilarityFilter | null | undefined;
  /** SMARTS that it has as a substructure, at most 500 characters; stereo of the SMARTS counts, hydrogens are implicit. INVALID_SMARTS; TIMEOUT for a pattern that takes too long; FINGERPRINTS_PENDING just after a large import. */
  substructure?: string | null | undefined;
  /** Each of its words begins a word of the name; or it is the formula (Hill order), the first 6 or more letters of the InChIKey, or a SMILES of the molecule. Small and capital letters are the same. 1 to 1,000 characters. */
  text?: string | null | undefined;
};

/** Order of a list of compounds. What is equal comes in the order of ids, so that no page skips or repeats. */
export type CompoundOrder =
  /** As stored, oldest first; of a dataset: in the order of its rows. */
  | 'CREATED_ASC'
  /** The other way round. */
  | 'CREATED_DESC'
  /** Lightest first. */
  | 'MOLECULAR_WEIGHT_ASC'
  /** Heaviest first. */
  | 'MOLECULAR_WEIGHT_DESC'
  /** By the first 100 characters of the name in small letters, by their numbers in Unicode; without a name last. */
  | 'NAME_ASC'
  /** The other way round. */
  | 'NAME_DESC'
  /** Most similar first; needs `similarTo`, of which it is the default. */
  | 'SIMILARITY_DESC';

/** What a molecule has of a SINGLE_LABEL or NUMBER set when the rows of an import give it different labels. */
export type ConflictRule =
  /** None: the molecule stays without a label of this set. */
  | 'DROP'
  /** The label of the first row stays; the others are left out. */
  | 'FIRST'
  /** The class that most rows give; of several, the one whose first row comes first. Of numbers the median, which is one of them: of an even number of rows, the lower of the two in the middle. Rows of several files that have the same line and label count as one: put replicates into one file. */
  | 'MAJORITY';

/** How a finetune goes on: molecules, splits and labels are those of the run. An option that is absent is as it was; one that is null has its default. */
export type ContinueRunInput = {
  /** Share of the mean of gradients that AdamW keeps at each update. Null: its default. Unit: share; rule: null or a number of at least 0 and below 1. Hugging Face: adam_beta1. */
  adamBeta1?: number | null | undefined;
  /** Share of the mean of squared gradients that AdamW keeps at each update. Null: its default. Unit: share; rule: null or a number of at least 0 and below 1. Hugging Face: adam_beta2. */
  adamBeta2?: number | null | undefined;
  /** What AdamW adds to the divisor. Null: its default. Unit: size of a gradient; rule: null or a number above 0. Hugging Face: adam_epsilon. */
  adamEpsilon?: number | null | undefined;
  /** Dropout of attention. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: attention_probs_dropout_prob (config). */
  attentionDropout?: number | null | undefined;
  /** Ways of writing each training molecule (SMILES in another order of its atoms) besides the canonical one. Each epoch draws one of them all. Made once and ahead, from `seed`. Null: its default. Unit: SMILES a molecule; rule: null or a whole number from 0 to 64. */
  augmentation?: number | null | undefined;
  /** Molecules per batch; an update takes `gradientAccumulationSteps` of them. Null: its default. Unit: molecules; rule: null or a whole number from 1 to 1024. Hugging Face: per_device_train_batch_size. */
  batchSize?: number | null | undefined;
  /** Updates between two checkpoints, besides each epoch's end. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: save_steps. */
  checkpointEvery?: number | null | undefined;
  /** What an example of each class weighs in the loss. Null: its default. Unit: name; rule: null or none or balanced. */
  classWeights?: ClassWeights | null | undefined;
  /** Dropout of the head. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: classifier_dropout (config). */
  classifierDropout?: number | null | undefined;
  /** Id of the device to train on. Null: its default. Unit: id; rule: null or the id of a device. */
  device?: string | null | undefined;
  /** Dropout probability of all places that do not have one of their own. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. */
  dropout?: number | null | undefined;
  /** Stop after so many scorings in a row without gain. Null: its default. Unit: evaluations; rule: null or a whole number from 1. Hugging Face: early_stopping_patience (EarlyStoppingCallback). */
  earlyStoppingPatience?: number | null | undefined;
  /** By how much a score must be better to be a gain. Null: its default. Unit: size of the metric; rule: null or a number from 0. Hugging Face: early_stopping_threshold (EarlyStoppingCallback). */
  earlyStoppingThreshold?: number | null | undefined;
  /** Epochs that are added, above 0, with a schedule of their own. */
  epochs: number;
  /** The validation split is scored this often. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: eval_steps. */
  evalSteps?: number | null | undefined;
  /** Ways of writing a molecule of the validation or test split whose probabilities (of REGRESSION: values) are averaged into its answer. 1: its canonical SMILES alone, which is what `predict` reads by default. Null: its default. Unit: SMILES a molecule; rule: null or a whole number from 1 to 32. */
  evaluationForms?: number | null | undefined;
  /** True: the embeddings keep their values. Null: its default. Unit: yes or no; rule: null or true or false. */
  freezeEmbeddings?: boolean | null | undefined;
  /** Encoder layers that keep their values, from the first; embeddings with them. Null: its default. Unit: layers from the first; rule: null or a whole number from 0. */
  frozenLayers?: number | null | undefined;
  /** Batches whose gradients make one update. Null: its default. Unit: batches; rule: null or a whole number from 1. Hugging Face: gradient_accumulation_steps. */
  gradientAccumulationSteps?: number | null | undefined;
  /** Largest norm of all gradients together. Null: its default. Unit: norm; rule: null or a number from 0; 0 switches clipping off. Hugging Face: max_grad_norm. */
  gradientClip?: number | null | undefined;
  /** True: batches of molecules of like length. Null: its default. Unit: yes or no; rule: null or true or false. Hugging Face: group_by_length. */
  groupByLength?: boolean | null | undefined;
  /** Dropout of hidden layers. Null: its default. Unit: probability; rule: null or a number of at least 0 and below 1. Hugging Face: hidden_dropout_prob (config). */
  hiddenDropout?: number | null | undefined;
  /** As in StartFinetuneInput, with the run that it is made of as a part of the input. */
  idempotencyKey?: string | null | undefined;
  /** Share of each target that is spread evenly over all classes. Null: its default. Unit: share of the target; rule: null or a number of at least 0 and below 1. Hugging Face: label_smoothing_factor. */
  labelSmoothingFactor?: number | null | undefined;
  /** How much slower each layer learns than the one above it; the head in full. Null: its default. Unit: factor a layer; rule: null or a number above 0 and at most 1. */
  layerwiseLearningRateDecay?: number | null | undefined;
  /** Peak learning rate; falls as `lrSchedulerType` says. Null: its default. Unit: per update, after the warm-up; rule: null or a number above 0 and at most 1. Hugging Face: learning_rate. */
  learningRate?: number | null | undefined;
  /** True: the model is the best checkpoint, not the last; its checkpoint is kept. Null: its default. Unit: yes or no; rule: null or true or false. Hugging Face: load_best_model_at_end. */
  loadBestModelAtEnd?: boolean | null | undefined;
  /** Updates between two metrics of the training split, besides each epoch's end. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: logging_steps. */
  logEvery?: number | null | undefined;
  /** Low-rank adaptation: the encoder is frozen, and alpha / rank · B A is learned beside dense layers of it and merged when the model is saved; pooler and head learn in full. Null: its default. Unit: rank, alpha, names of dense layers; rule: null or rank from 1, alpha above 0 and targets out of query, key, value, attentionOutput, intermediate, output. Hugging Face: LoraConfig (peft): r, lora_alpha, target_modules. */
  lora?: LoraInput | null | undefined;
  /** How the learning rate goes on after the warm-up. Null: its default. Unit: name; rule: null or linear, cosine or constant. Hugging Face: lr_scheduler_type. */
  lrSchedulerType?: LrSchedulerType | null | undefined;
  /** Longest input; longer molecules are cut. Null: its default. Unit: tokens; rule: null or a whole number from 3 to 100000. */
  maxLength?: number | null | undefined;
  /** Updates in all, whatever `epochs` says. Null: its default. Unit: updates; rule: null or a whole number from 1. Hugging Face: max_steps. */
  maxSteps?: number | null | undefined;
  /** What chooses the best checkpoint and stops early, by its name in `scores`. Where it has no value for the validation split, the loss does. Null: its default. Unit: name of a metric of the validation split; rule: null or a metric of the task. Hugging Face: metric_for_best_model. */
  metricForBestModel?: string | null | undefined;
  /** Name of the new run and of its model. */
  name: string;
  /** True: starts from random weights instead: a control for what pretraining is worth. Null: its default. Unit: yes or no; rule: null or true or false. */
  randomInitialWeights?: boolean | null | undefined;
  /** Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named. Null: its default. Unit: name; rule: null or auto or published. */
  recipe?: Recipe | null | undefined;
  /** Last checkpoints kept; the best up to each is kept besides. Null: its default. Unit: checkpoints; rule: null or a whole number from 1. Hugging Face: save_total_limit. */
  saveTotalLimit?: number | null | undefined;
  /** Seed of the splits, of the order of batches, of dropout and of new weights. Null: its default. Unit: number; rule: null or a whole number from 0. Hugging Face: seed. */
  seed?: number | null | undefined;
  /** True: the saved model's probabilities are calibrated on the validation split. Null: its default. Unit: yes or no; rule: null or true or false. */
  temperatureScaling?: boolean | null | undefined;
  /** Warm-up as a share; instead of `warmupSteps`, not besides. Null: its default. Unit: share of all updates; rule: null or a number of at least 0 and below 1. Hugging Face: warmup_ratio. */
  warmupRatio?: number | null | undefined;
  /** Updates over which the learning rate rises from 0. Null: its default. Unit: updates; rule: null or a whole number from 0. Hugging Face: warmup_steps. */
  warmupSteps?: number | null | undefined;
  /** Decoupled decay of AdamW; none on biases and normalisation. Null: its default. Unit: per unit of learning rate; rule: null or a number of at least 0 and at most 1. Hugging Face: weight_decay. */
  weightDecay?: number | null | undefined;
};

/** A new key of the API. */
export type CreateApiKeyInput = {
  /** When it ends; null: never. */
  expiresAt?: string | null | undefined;
  /** What it may use; null: what the server allows keys. */
  limits?: KeyLimitsInput | null | undefined;
  /** Whose key it is: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when a key has or had it. */
  name: string;
  /** Names of its projects, at most 20; those that do not exist are made. What it makes belongs to the first one. Null or empty: `default`. */
  projects?: Array<string> | null | undefined;
  /** What it may do. The first key is an ADMIN's (else CONFLICT). */
  role: KeyRole;
};

/** Several models served as one. */
export type CreateEnsembleInput = {
  /** 2 to 32 names of models of one task with the same labels in the same order. Linear probes may be among them. */
  models: Array<string>;
  /** Name of the ensemble: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when taken. */
  name: string;
  /** What each of `models` counts in the mean, above 0, in their order; divided by their sum. Null: all the same. INVALID_CONFIG when there are more or fewer. */
  weights?: Array<number> | null | undefined;
};

/** What can be deleted. */
export type DeletedKind =
  /** Molecules with their labels. */
  | 'DATASET'
  /** A checkpoint, a probe or an ensemble. */
  | 'MODEL'
  /** A finetune, a probe or an embedding of a dataset. */
  | 'RUN'
  /** Finetunes that were started together. */
  | 'RUN_GROUP';

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

/** A part of a dataset, as a label set of splits says. */
export type EvaluationPartInput = {
  /** Label set whose values are train, validation (or valid, val) and test. UNKNOWN_TARGET, INVALID_CONFIG. */
  column: string;
  /** The part. */
  split?: Split;
};

/** How much an event matters, in ascending order. */
export type EventLevel =
  /** It ended the run. */
  | 'ERROR'
  /** The usual course. */
  | 'INFO'
  /** The run goes on, and somebody should know. */
  | 'WARNING';

/** Why nothing needs it. */
export type GarbageKind =
  /** Checkpoints of runs that have ended, after the days for which they are kept; answers of prediction runs that ended without a result an hour ago. */
  | 'CHECKPOINTS'
  /** Molecules of no dataset, prediction or embedding. */
  | 'COMPOUNDS'
  /** Files of deleted rows that an ended process did not come to. */
  | 'FILES'
  /** Folders of models and runs that no row names. */
  | 'FOLDERS'
  /** Files of downloads and uploads that nobody went on with. */
  | 'PARTS'
  /** Kept projections and analyses of what is gone. */
  | 'RESULTS';

/** A batch of rows for a dataset, which is created when there is none of that name. */
export type ImportDatasetInput = {
  /** True: these rows continue the file of the previous call, and the dataset's report is added up. */
  continues?: boolean;
  /** What it is; null leaves it as it is. */
  description?: string | null | undefined;
  /** Kinds of label sets. A set not named keeps its kind; a new one is MULTI_LABEL when a row holds several values, else SINGLE_LABEL. */
  labelKinds?: Array<LabelKindInput>;
  /** Texts of labels that mean "not known", at most 100: such a label is left out and counted in the report. Null: nan, N/A, NA, None, null, unknown, - and others (docs/import.md); an empty list: none. */
  missing?: Array<string> | null | undefined;
  /** Name of the dataset: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** What a molecule has of a SINGLE_LABEL or NUMBER set when rows give it different labels. */
  onConflict?: ConflictRule;
  /** 1 to 1,000 rows, else EMPTY_INPUT or TOO_MANY_ITEMS. Rows already there are merged, never doubled. */
  rows: Array<ImportRowInput>;
  /** Where it comes from; null leaves it as it is. */
  source?: string | null | undefined;
};

/** One value of one label set; several values: several of these. */
export type ImportLabelInput = {
  /** Name of the label set, required: 1 to 100 characters. */
  labelSet?: string | null | undefined;
  /**
   * The same as `labelSet`.
   * @deprecated It is called `labelSet`.
   */
  set?: string | null | undefined;
  /** The value; empty means not known. At most 1,000 characters. */
  value: string;
};

/** Why a row of an import, or one of its labels, was not taken. */
export type ImportProblemCode =
  /** The value is no number: the label was left out, the row was taken. */
  | 'BAD_NUMBER'
  /** The row cannot be read. It was dropped, as one with a bad SMILES is. */
  | 'BAD_ROW'
  /** The text is empty. */
  | 'EMPTY_INPUT'
  /** RDKit cannot read the text as one molecule. */
  | 'INVALID_SMILES'
  /** An earlier row gives the molecule another class or number: `onConflict` says which it has; the row was taken. */
  | 'LABEL_CONFLICT'
  /** The text has more characters than are taken. */
  | 'SMILES_TOO_LONG'
  /** RDKit took longer for the molecule than it may. */
  | 'TIMEOUT';

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

/** What a key may use. Null: what the server allows keys. */
export type KeyLimitsInput = {
  /** Bytes on disk, a whole number (MAILLARD_KEY_BYTES). */
  maxBytes?: number | null | undefined;
  /** Runs and downloads that have not ended (MAILLARD_KEY_RUNS); 0: it starts none. */
  maxRuns?: number | null | undefined;
  /** Cost points in a minute (MAILLARD_KEY_POINTS). */
  pointsPerMinute?: number | null | undefined;
};

/** What a key may do. Each has what the ones before it have. */
export type KeyRole =
  /** Everything, in every project. */
  | 'ADMIN'
  /** Import, train, and end what the key itself began. */
  | 'MEMBER'
  /** Predict and look. */
  | 'READER';

/** Whether a key opens the server. */
export type KeyStatus =
  /** It does. */
  | 'ACTIVE'
  /** Its time is over; rotateApiKey with a later `expiresAt` gives it more. */
  | 'EXPIRED'
  /** Ended by revokeApiKey, for good. */
  | 'REVOKED';

/** A label that a compound has: `value`, or of a NUMBER set `range`. */
export type LabelFilter = {
  /** Name of the dataset whose label set it is; null: that of the list, or any. */
  dataset?: string | null | undefined;
  /** Name of the label set. UNKNOWN_TARGET when no dataset in question has it. */
  labelSet: string;
  /** The number's bounds. */
  range?: NumberRange | null | undefined;
  /** The value, as it is written. */
  value?: string | null | undefined;
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
  /** Name of the label set, required. */
  labelSet?: string | null | undefined;
  /**
   * The same as `labelSet`.
   * @deprecated It is called `labelSet`.
   */
  set?: string | null | undefined;
};

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

/** Numbers between two bounds, both included; at least one is given. */
export type NumberRange = {
  /** Largest; null: no bound. */
  maximum?: number | null | undefined;
  /** Least; null: no bound. */
  minimum?: number | null | undefined;
};

/** What is done with a molecule that the column of the split has in several splits; for COLUMN alone. */
export type OnOverlap =
  /** It leaves training, and validation where it is in the test too; the warning OVERLAP_DROPPED counts them. */
  | 'DROP_FROM_TRAIN'
  /** The run is refused: SPLIT_OVERLAP counts and names them. */
  | 'ERROR';

/** An option that a run has: `range`, or one of `values`. */
export type OptionCondition = {
  /** Name of an option of StartFinetuneInput, e.g. learningRate, or of a part, e.g. lora.rank. BAD_INPUT. A run of a version that did not have the option is not found by it. */
  name: string;
  /** Bounds of a number. */
  range?: NumberRange | null | undefined;
  /** One of these: a value of an enum as the schema names it, a number, true or false. */
  values?: Array<string> | null | undefined;
};

/** How a hidden layer, by default the last, becomes one vector. */
export type Pooling =
  /** The vector at position 0 (the start token). */
  | 'CLS'
  /** The mean over the real tokens, start and end tokens included; padding never counts. */
  | 'MEAN';

/** How a model computes when it answers. */
export type Precision =
  /** 32-bit floats: what a model is trained with. */
  | 'FLOAT32'
  /** 8-bit whole numbers, with a scale for each token and for each row of a weight: faster on CPUs. */
  | 'INT8';

/** What a linear probe reads of a molecule. */
export type ProbeFeatures =
  /** Its embedding by `baseModel`. */
  | 'EMBEDDING'
  /** How often each of its Morgan environments (radius 2, not folded) occurs, as log(1 + n); of those that 2 training molecules have at least. No model stands under it. */
  | 'MORGAN_COUNTS'
  /** Its Morgan fingerprint (radius 2, 2,048 bits): no model stands under it. What a finetune has to beat. */
  | 'MORGAN_FINGERPRINT';

/** How vectors become a few coordinates. */
export type ProjectionMethod =
  /** Principal component analysis: centred, not scaled. */
  | 'PCA'
  /** t-SNE of the first 50 principal components: keeps neighbourhoods; distances mean little. */
  | 'TSNE'
  /** UMAP of the first 50 principal components: keeps neighbourhoods; distances mean little. */
  | 'UMAP';

/** A model to be registered in int8 under a name of its own. */
export type QuantizeModelInput = {
  /** Name of a model of FLOAT32 that is a checkpoint. */
  model: string;
  /** Name of the new model, as in AddModelInput; null: that of `model` with -int8 behind it. */
  name?: string | null | undefined;
};

/** Decides epochs, batch size, learning rate, warm-up and augmentation where they are not named. */
export type Recipe =
  /** By the number of training molecules, the number of classes and the width of the base model. */
  | 'AUTO'
  /** Those of the published notebooks: 5 epochs, batch 16, learning rate 2e-5, no warm-up. */
  | 'PUBLISHED';

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

/** What happened to a run. */
export type RunEventKind =
  /** It was ended on request. */
  | 'CANCELLED'
  /** Its worker was told to stop. */
  | 'CANCEL_REQUESTED'
  /** A checkpoint is not what it was: an earlier one is used. */
  | 'CHECKPOINT_DAMAGED'
  /** A worker took it. */
  | 'CLAIMED'
  /** Computing went on from the checkpoint of the step of `data`. */
  | 'CONTINUED'
  /** The database was away for `seconds` of data; nothing was lost by it. */
  | 'DATABASE_BACK'
  /** It ended with the error of `data`. */
  | 'FAILED'
  /** A fault that may pass stopped it: it is tried again at `retryAt` of `data`. */
  | 'FAULT'
  /** It waits to be compared with the others of its sweep, at the epoch of `data`. */
  | 'HALTED'
  /** It was asked for. */
  | 'ORDERED'
  /** It waits until somebody resumes it. */
  | 'PAUSED'
  /** Its worker was told to stop, to go on later. */
  | 'PAUSE_REQUESTED'
  /** It is among the best of its sweep so far, and goes on. */
  | 'PROMOTED'
  /** Its worker gave it back, for the `reason` of `data`: it waits for a worker. */
  | 'REQUEUED'
  /** It waits for a worker again. */
  | 'RESUMED'
  /** It was ended and goes on: from a checkpoint, or `anew` of `data`. */
  | 'RETRIED'
  /** Computing began, at the step and on the device of `data`. */
  | 'STARTED'
  /** Others of its sweep are better: it was ended. */
  | 'STOPPED_BY_SWEEP'
  /** It ended with its result. */
  | 'SUCCEEDED'
  /** It needs `neededBytes` of data, and the runs of a worker leave `freeBytes` of MAILLARD_MEMORY: it waits. */
  | 'WAITS_FOR_MEMORY'
  /** A warning of the run, with its code in `data`. */
  | 'WARNING'
  /** Its worker ended without a word: it waits for another. */
  | 'WORKER_LOST';

/** Conditions that hold all at once. An empty filter is none. */
export type RunFilter = {
  /** Name of the model that it starts from. NOT_FOUND. */
  baseModel?: string | null | undefined;
  /** When it was asked for. */
  createdAt?: TimeRange | null | undefined;
  /** Name of the dataset that it works on. NOT_FOUND. */
  dataset?: string | null | undefined;
  /** Of one of these kinds. */
  kind?: Array<RunKind> | null | undefined;
  /** Of whose options all of this holds; at most 20. */
  options?: Array<OptionCondition> | null | undefined;
  /** With a score between bounds. */
  score?: RunScoreCondition | null | undefined;
  /** Of one of these statuses. */
  status?: Array<RunStatus> | null | undefined;
  /** With all of these tags. */
  tags?: Array<string> | null | undefined;
  /** Label set that it learns, or one of them. */
  target?: string | null | undefined;
  /** A part of the name; small and capital letters are the same. 1 to 100 characters, else BAD_INPUT. */
  text?: string | null | undefined;
};

/** In what the runs of a group differ. */
export type RunGroupKind =
  /** In their seed, or in their fold. */
  | 'REPEATS'
  /** In options that are searched. */
  | 'SWEEP';

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

/** Order of a list of runs. What is equal comes in the order of ids. */
export type RunOrder =
  /** Oldest first. */
  | 'CREATED_ASC'
  /** Newest first. */
  | 'CREATED_DESC'
  /** By the name, as the database orders texts. */
  | 'NAME_ASC'
  /** The other way round. */
  | 'NAME_DESC'
  /** Lowest `score` first; only runs that have it. */
  | 'SCORE_ASC'
  /** Highest `score` first; only runs that have it. */
  | 'SCORE_DESC';

/** A score that a run has. */
export type RunScoreCondition = {
  /** At most; null: no bound. */
  maximum?: number | null | undefined;
  /** At least; null: no bound. */
  minimum?: number | null | undefined;
  /** Its name, as in Score: accuracy, macroF1, rmse, … */
  name: string;
  /** The split. */
  split?: Split;
};

/** Which score of a run. */
export type RunScoreInput = {
  /** Its name, as in Score: accuracy, macroF1, rmse, … */
  name: string;
  /** The split. */
  split?: Split;
};

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

/** Compounds similar to a molecule. */
export type SimilarityFilter = {
  /** What is compared. */
  method?: SimilarityMethod;
  /** EMBEDDING: name of the model, required. EMBEDDINGS_REQUIRED when nothing is stored by it: run startEmbedding. */
  model?: string | null | undefined;
  /** EMBEDDING: so many nearest compounds, 1 to 1,000, of those with an embedding, in a list of a dataset of its members; null: 100. Other conditions then narrow these. */
  nearest?: number | null | undefined;
  /** EMBEDDING: pooling of the embeddings. */
  pooling?: Pooling;
  /** The molecule; INVALID_SMILES. It need not be stored, and is not. */
  smiles: string;
  /** Least similarity. MORGAN: above 0, at most 1; null: 0.7. EMBEDDING: -1 to 1; null: no bound. */
  threshold?: number | null | undefined;
};

/** What makes two molecules similar. */
export type SimilarityMethod =
  /** Cosine, -1 to 1, of embeddings that a model computed and that are stored. */
  | 'EMBEDDING'
  /** Tanimoto similarity, 0 to 1, of Morgan fingerprints by RDKit (radius 2, 2,048 bits): bits in common by bits in either. */
  | 'MORGAN';

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

/** The embedding of every molecule of a dataset, as a background run. */
export type StartEmbeddingInput = {
  /** Name of the dataset. NOT_FOUND names the existing ones. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last. BAD_INPUT. */
  layer?: number | null | undefined;
  /** Name of the model. NOT_FOUND names the existing ones. */
  model: string;
  /** How a hidden layer becomes one vector. */
  pooling?: Pooling;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
};

/** Scores of a model on a labelled dataset, as a background run. */
export type StartEvaluationInput = {
  /** Ways of writing each molecule whose answers are averaged, 1 to 32. BAD_INPUT. */
  averageOver?: number;
  /** Name of the dataset; every molecule with a label is scored. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Name of a model with a head: a checkpoint, a probe or an ensemble. NOT_FOUND, MODEL_HAS_NO_HEAD. */
  model: string;
  /** Only this part; null: all labelled molecules. */
  part?: EvaluationPartInput | null | undefined;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
  /** Label set that is the truth; null: the one that the model was trained on, by its name. UNKNOWN_TARGET, TASK_MISMATCH when it is of another kind than the model answers. */
  target?: string | null | undefined;
  /** Several label sets, of numbers or of 0 and 1: named as outputs of the model, or one for each output in their order. INVALID_CONFIG. */
  targets?: Array<string> | null | undefined;
};

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

/** Predictions of every molecule of a dataset, as a background run. */
export type StartPredictionInput = {
  /** Ways of writing each molecule whose answers are averaged, 1 to 32. BAD_INPUT. */
  averageOver?: number;
  /** Name of the dataset; molecules that come to it later are not answered. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Name of a model with a head. NOT_FOUND names the existing ones. */
  model: string;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
};

/** A pretraining on the molecules of a dataset: the model learns to recover masked tokens. */
export type StartPretrainingInput = {
  /** Name of a model that was pretrained on masked tokens, to go on with: its vocabulary and shape stay. Null: random weights, and a vocabulary made from the molecules. NOT_FOUND, INVALID_CONFIG, MODEL_IS_COMPOSED. */
  baseModel?: string | null | undefined;
  /** Molecules per step. Unit: molecules; rule: a whole number from 1 to 1024. Default 32. Hugging Face: per_device_train_batch_size. */
  batchSize?: number;
  /** Steps between two states written. Unit: steps; rule: a whole number from 1. Default 250. Hugging Face: save_steps. */
  checkpointEvery?: number;
  /** Name of the dataset whose molecules are read, as it is now. NOT_FOUND names the existing ones; EMPTY_DATASET. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** Id of the device to train on. Null: the first that is READY. Unit: id; rule: null or the id of a device. */
  device?: string | null | undefined;
  /** Dropout probability during pretraining. The config that is saved keeps its own, for finetunes. Unit: probability; rule: a number of at least 0 and at most 0.9. Default 0. Hugging Face: hidden_dropout_prob of the config. */
  dropout?: number;
  /** Steps between two measurements on the molecules kept aside; the last is always made. Unit: steps; rule: a whole number from 1. Default 500. Hugging Face: eval_steps. */
  evalSteps?: number;
  /** Attention heads of each layer. Null: 4; with `baseModel` its own, and nothing else is taken. Unit: heads; rule: null or a whole number from 1 to 128. Hugging Face: num_attention_heads of the config. */
  heads?: number | null | undefined;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Transformer layers of a model from random weights. Null: 4; with `baseModel` its own, and nothing else is taken. Unit: layers; rule: null or a whole number from 1 to 96. Hugging Face: num_hidden_layers of the config. */
  layers?: number | null | undefined;
  /** Learning rate after the warm-up; falls linearly to 0. Unit: per step; rule: a number above 0 and at most 1. Default 0.001. Hugging Face: learning_rate. */
  learningRate?: number;
  /** Steps between two values of the training metrics, each the mean since the one before. Unit: steps; rule: a whole number from 1. Default 25. Hugging Face: logging_steps. */
  logEvery?: number;
  /** Share of the tokens masked. Unit: share; rule: a number above 0 and at most 0.9. Default 0.15. Hugging Face: mlm_probability of DataCollatorForLanguageModeling. */
  maskProbability?: number;
  /** Longest input; longer molecules are cut. Null: 256; with `baseModel` its own, and nothing else is taken. Unit: tokens; rule: null or a whole number from 3 to 8192. Hugging Face: max_position_embeddings of the config. */
  maxLength?: number | null | undefined;
  /** Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** Weight of a second loss beside the masked tokens': descriptors, MACCS keys and Morgan bits from the pooled output; 0: off. Unit: weight; rule: a number of at least 0 and at most 1000. Default 0. */
  properties?: number;
  /** Share of the molecules that the second loss is taken from, the same ones in every pass. Unit: share of the molecules; rule: a number above 0 and at most 1. Default 1. */
  propertyShare?: number;
  /** Share of the molecules written in a random atom order, another one in each pass. Unit: share of the molecules; rule: a number of at least 0 and at most 1. Default 0. */
  randomSmiles?: number;
  /** Seed of weights, order, masks and of what is kept aside. Unit: number; rule: a whole number from 0 to 2147483647. Default 42. Hugging Face: seed. */
  seed?: number;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
  /** Tokens to learn from, start and end included; the learning rate falls to 0 over them. Unit: tokens; rule: a whole number from 1. Default 16000000. */
  tokens?: number;
  /** Molecules kept aside to measure on, drawn by `seed`; at most a tenth of all. Unit: molecules; rule: a whole number from 1. Default 2000. */
  validationMolecules?: number;
  /** Share of the tokens over which the learning rate rises from 0. Unit: share of the tokens; rule: a number above 0 and at most 0.9. Default 0.03. Hugging Face: warmup_ratio. */
  warmupRatio?: number;
  /** AdamW's decoupled decay; not of biases and normalisations. Unit: per step, times the learning rate; rule: a number of at least 0 and at most 1. Default 0.01. Hugging Face: weight_decay. */
  weightDecay?: number;
  /** Width of its hidden layers, a multiple of `heads`. Null: 256; with `baseModel` its own, and nothing else is taken. Unit: numbers; rule: null or a whole number from 1 to 8192. Hugging Face: hidden_size of the config. */
  width?: number | null | undefined;
};

/** A linear layer on the embeddings of a model that stays as it is, on fingerprints or on counts: logistic regression for classes and labels, ridge regression for numbers. */
export type StartProbeInput = {
  /** Name of the model whose embeddings are read; with other features of the one that the probe is a baseline for, which is not read. NOT_FOUND names the existing ones. */
  baseModel: string;
  /** What an example of each class weighs; NONE but for SINGLE_LABEL. Unit: name; rule: none or balanced. Default none. */
  classWeights?: ClassWeights;
  /** Name of the dataset. NOT_FOUND names the existing ones. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** What the layer stands on. */
  features?: ProbeFeatures;
  /** Same key and same input: the same run is answered. Same key and other input: CONFLICT. At most 200 characters. */
  idempotencyKey?: string | null | undefined;
  /** C, the inverse of the regularisation, above 0: the penalty is |W|² / (2 C) beside the sum of losses, or |w|² / C beside the squared errors, as scikit-learn's LogisticRegression(C) and Ridge(1 / C). Of several, 1 to 20, the validation split chooses by macro-F1, ROC-AUC or RMSE. Null: 1; of MORGAN_COUNTS 1, 0.3, 0.1, 3, without a validation part 1. */
  inverseRegularization?: Array<number> | null | undefined;
  /** Classes or labels with more molecules are left out, with a warning. Null: none is. Unit: molecules; rule: null or a whole number from 1. */
  maxClassSize?: number | null | undefined;
  /** Classes or labels with fewer molecules are left out, with a warning; not used by NUMBER targets. Unit: molecules; rule: a whole number from 1. Default 10. */
  minClassSize?: number;
  /** Name of the run and of its model: 1 to 64 letters, digits, dots, dashes or underscores. */
  name: string;
  /** What is done with a molecule that the column of the split has in several splits; for COLUMN alone. Unit: name; rule: error or dropFromTrain. Default error. */
  onOverlap?: OnOverlap;
  /** Which embeddings; only used by EMBEDDING. */
  pooling?: Pooling;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** Seed of the split; the fit itself draws nothing. Unit: number; rule: a whole number from 0. Default 42. Hugging Face: seed. */
  seed?: number;
  /** How molecules are dealt to splits. */
  split?: SplitInput;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
  /** Label set to learn; this or `targets`. SINGLE_LABEL: a classifier. MULTI_LABEL: yes or no for each of its labels; a molecule with no value was not measured. NUMBER: regression. UNKNOWN_TARGET names the existing ones. A pattern is all that match, as of `targets`. */
  target?: string | null | undefined;
  /** Several label sets learned by one model, 1 to 1,000. NUMBER sets: regression. SINGLE_LABEL sets of 0 and 1 (or no and yes, inactive and active): one label each. An empty cell was not measured. A pattern (* any text, ? one character) is every label set that matches, by name, but the column of the split; a label set of that very name comes first. UNKNOWN_TARGET names the nearest. */
  targets?: Array<string> | null | undefined;
  /** Only so many of the most frequent classes or labels that `minClassSize` and `maxClassSize` leave. Null: all. Unit: classes; rule: null or a whole number from 1. */
  topClasses?: number | null | undefined;
};

/** A dataset in a few dimensions, as a background run: the arguments of `projection` without its colours. */
export type StartProjectionInput = {
  /** Number of coordinates, as in `projection`. */
  components?: number;
  /** Name of the dataset. */
  dataset: string;
  /** What the run is for; at most 1,000 characters. */
  description?: string | null | undefined;
  /** PCA: as in `projection`. */
  fitOn?: Array<Split> | null | undefined;
  /** As in StartFinetuneInput. */
  idempotencyKey?: string | null | undefined;
  /** Hidden layer: 0 is what enters the first, 1 to the model's number of layers; null: the last. */
  layer?: number | null | undefined;
  /** Options of TSNE and UMAP; null: the defaults. */
  map?: MapInput | null | undefined;
  /** How vectors become coordinates. */
  method?: ProjectionMethod;
  /** Name of the model whose embeddings are drawn. */
  model: string;
  /** Which embeddings. */
  pooling?: Pooling;
  /** Order among the runs that wait: higher first, -100 to 100. BAD_INPUT. */
  priority?: number;
  /** A finetune or probe on this dataset, for `split` and `fitOn`. Null: no splits. */
  run?: string | number | null | undefined;
  /** As in `projection`. */
  split?: Array<Split> | null | undefined;
  /** At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string>;
  /** PCA: as in `projection`. */
  whiten?: boolean;
};

/** A finetune done several times. Exactly one of `seeds` and `folds`. */
export type StartRepeatsInput = {
  /** True: the mean of all the models becomes a model of the group's name when the last run has SUCCEEDED. With `folds` it has seen every molecule of the dataset: its scores there say nothing. */
  ensemble?: boolean;
  /** What is repeated. Its `name` (at most 60 characters) is the group's; its runs are called name-1, name-2, … It has no `idempotencyKey`. */
  finetune: StartFinetuneInput;
  /** 3 to 32 folds by the split's strategy: each molecule is in the test part of exactly one run, and in the validation part of another. INVALID_CONFIG with COLUMN. */
  folds?: number | null | undefined;
  /** Same key and same input: the same group. Else CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Repeats the folds so often, each time with molecules dealt anew: by the finetune's own `seed`, by the next number, … At most 100 runs in all. Null: once. INVALID_CONFIG with `seeds`. */
  repeats?: number | null | undefined;
  /** 1 to 32 different seeds: of the new head, order, masks and dropout. The split is the same for all, that of the finetune's own `seed`. */
  seeds?: Array<number> | null | undefined;
};

/** A finetune with each of several combinations of options. */
export type StartSweepInput = {
  /** What all trials have in common: one split, that of its own `seed`, and, unless it is searched, that seed. Its `name` (at most 60 characters) is the group's; its runs are called name-1, name-2, … It has no `idempotencyKey`. With HALVING, `epochs` is a whole number, and `maxSteps` and `evalSteps` are left out. */
  finetune: StartFinetuneInput;
  /** Of HALVING; null: the defaults. */
  halving?: SweepHalvingInput | null | undefined;
  /** Same key and same input: the same group. Else CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Which combinations, and for how long. */
  method?: SweepMethod;
  /** What is to be best; null: the default. */
  objective?: SweepObjectiveInput | null | undefined;
  /** 1 to 10 options, each once. With HALVING not epochs, maxSteps and evalSteps. */
  search: Array<SweepSearchInput>;
  /** Of the random draws: the same one draws the same trials. */
  seed?: number;
  /** 1 to 256 combinations, drawn from `seed`. Null: every combination, at most 256. RANDOM needs it, GRID has none. */
  trials?: number | null | undefined;
};

/** How HALVING stops trials. */
export type SweepHalvingInput = {
  /** 2 to 10: 1 / factor of the trials go on, for `factor` times the epochs. */
  factor?: number;
  /** Epochs, 1 to 1,000: the fewest after which trials are compared. */
  minEpochs?: number;
};

/** Which combinations of options are tried, and for how long. */
export type SweepMethod =
  /** Every combination of the values. */
  | 'GRID'
  /** Successive halving: all combinations train for a few epochs, the best part of them goes on for more, and so on to the full number of epochs. Jamieson and Talwalkar 2016, arXiv:1502.07943. */
  | 'HALVING'
  /** So many combinations, drawn from the seed. */
  | 'RANDOM';

/** What is to be best. */
export type SweepObjectiveInput = {
  /** Score of the validation split by its name in `scores`; it chooses each trial's best checkpoint, too, unless `metricForBestModel` is named. Null: that, whose default is the task's main score. */
  metric?: string | null | undefined;
};

/** How the values of a range are spread. */
export type SweepScale =
  /** Even in the value. */
  | 'LINEAR'
  /** Even in the logarithm of the value: for rates over powers of ten. */
  | 'LOG';

/** What is searched of one option: `values`, or numbers `from` to `to`. */
export type SweepSearchInput = {
  /** 2 to 256: so many numbers of the range, both ends among them. A grid needs it. */
  count?: number | null | undefined;
  /** Smallest number of a range. */
  from?: number | null | undefined;
  /** True: whole numbers. Null: as the option is. */
  integer?: boolean | null | undefined;
  /** Name of an option of StartFinetuneInput, such as learningRate. */
  option: string;
  /** How the numbers of a range are spread. */
  scale?: SweepScale;
  /** Largest number of a range. */
  to?: number | null | undefined;
  /** 1 to 256 values, each as StartFinetuneInput takes it; an enum's as a text. */
  values?: Array<unknown> | null | undefined;
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

/** Times between two bounds. */
export type TimeRange = {
  /** At this time or later; null: no bound. */
  from?: string | null | undefined;
  /** Before this time; null: no bound. */
  to?: string | null | undefined;
};

/** What is said about a run. A field that is null or absent stays. */
export type UpdateRunInput = {
  /** What the run is for; at most 1,000 characters; empty: none. */
  description?: string | null | undefined;
  /** Notes; at most 20,000 characters; empty: none. */
  notes?: string | null | undefined;
  /** In place of those that it has. At most 20 tags of 1 to 50 characters, by which runs are found. BAD_INPUT. */
  tags?: Array<string> | null | undefined;
};

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

export type AuditLogQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: AuditFilter | null | undefined;
}>;


export type AuditLogQuery = { auditLog: { edges: Array<{ node: { at: string, requestId: string, key: string | null, address: string | null, action: string, outcome: string, details: Array<{ name: string, value: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CompoundsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  dataset?: string | null | undefined;
  filter?: CompoundFilter | null | undefined;
  orderBy?: CompoundOrder | null | undefined;
}>;


export type CompoundsQuery = { compounds: { edges: Array<{ similarity: number | null, node: { id: string, name: string | null, smiles: string, inchiKey: string, formula: string, molecularWeight: number } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CompoundCountQueryVariables = Exact<{
  dataset?: string | null | undefined;
  filter?: CompoundFilter | null | undefined;
}>;


export type CompoundCountQuery = { compounds: { totalCount: number } };

export type DatasetsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  sizes?: boolean | null | undefined;
}>;


export type DatasetsQuery = { datasets: { edges: Array<{ node: { id: string, name: string, description: string, source: string, size: number, createdAt: string, labelSets: Array<{ name: string, kind: LabelKind, counts: Array<{ value: string, count: number }> }>, diskUsage?: { files: number, database: number } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type DatasetQueryVariables = Exact<{
  name: string;
}>;


export type DatasetQuery = { dataset: { id: string, name: string, size: number, source: string, labelSets: Array<{ name: string, kind: LabelKind, counts: Array<{ value: string, count: number }> }> } | null };

export type ImportDatasetMutationVariables = Exact<{
  input: ImportDatasetInput;
}>;


export type ImportDatasetMutation = { importDataset: { dataset: { id: string, name: string, size: number }, report: { rows: number, imported: number, merged: number, dropped: number, problemCount: number, onConflict: ConflictRule, reasons: Array<{ code: ImportProblemCode, count: number }>, missing: Array<{ text: string, count: number }>, conflicts: Array<{ labelSet: string, count: number }>, problems: Array<{ line: number, code: ImportProblemCode, message: string }> } } };

export type SplitOverlapQueryVariables = Exact<{
  dataset: string;
  column: string;
  targets: Array<string> | string;
  first: number;
  after: number;
}>;


export type SplitOverlapQuery = { dataset: { labelSet: { splitOverlap: { count: number, rows: number, molecules: Array<{ key: string, members: Array<{ position: number, name: string | null, smiles: string, split: Split }> }> } } | null } | null };

export type ProjectionQueryVariables = Exact<{
  model: string;
  dataset: string;
  colorBy?: string | null | undefined;
  colorRules?: ColorRules | null | undefined;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
  fitOn?: Array<Split> | Split | null | undefined;
  width: number;
  height: number;
}>;


export type ProjectionQuery = { projection: { explainedVarianceRatio: Array<number>, svg: string, points: Array<{ label: string | null, split: Split | null, coordinates: Array<number> }> } };

export type ModelDownloadsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ModelDownloadsQuery = { modelDownloads: { edges: Array<{ node: { id: string, name: string, hub: string, revision: string, commit: string, status: RunStatus, bytes: number, totalBytes: number, createdAt: string, startedAt: string | null, finishedAt: string | null, error: { code: ErrorCode, message: string, param: string | null } | null, model: { name: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ModelDownloadUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type ModelDownloadUpdatedSubscription = { modelDownloadUpdated: { id: string, name: string, hub: string, revision: string, commit: string, status: RunStatus, bytes: number, totalBytes: number, error: { code: ErrorCode, message: string, param: string | null } | null, model: { id: string, name: string, family: string, task: Task, labels: Array<string> | null, layers: number, width: number, heads: number, vocabularySize: number, parameterCount: number, maxLength: number, checksum: string, createdAt: string } | null } };

export type CancelModelDownloadMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelModelDownloadMutation = { cancelModelDownload: { download: { id: string, name: string, status: RunStatus } } };

export type ExperimentModelQueryVariables = Exact<{
  name: string;
}>;


export type ExperimentModelQuery = { model: { name: string, checksum: string, task: Task, family: string, layers: number, width: number, parameterCount: number } | null };

export type ExperimentRunQueryVariables = Exact<{
  id: string | number;
}>;


export type ExperimentRunQuery = { run: { environment: { node: string | null, onnxruntime: string | null, platform: string | null, processor: string | null, endianness: string | null, threads: number | null, device: string | null } | null, evaluation: { split: Split, splitStrategy: SplitStrategy | null, count: number, loss: number, accuracy: number | null, macroF1: number | null, confusionMatrix: Array<Array<number>>, labels: Array<string>, task: Task, baselines: Array<{ kind: BaselineKind, label: string | null, scores: Array<{ name: string, value: number | null }>, differences: Array<{ name: string, difference: number | null, low: number | null, high: number | null }> }>, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, scores: Array<{ name: string, value: number | null }>, newMolecules: { count: number, scores: Array<{ name: string, value: number | null }> } | null, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }>, calibration: { temperature: number, loss: number, calibrationError: number } | null } | null, test: { confusion: string | null, calibration: string | null, predictedTrue: string | null, intervals: Array<{ name: string, value: number | null, low: number | null, high: number | null }> | null, newScaffolds: { count: number, scores: Array<{ name: string, value: number | null, low: number | null, high: number | null }> } | null, leakage: { count: number, molecules: { count: number, share: number }, scaffolds: { count: number, share: number }, nearDuplicates: { count: number, share: number } | null } | null, mistakes: Array<{ label: string | null, truth: string, predicted: string, probability: number, compound: { name: string | null, smiles: string, svg: string } }> | null } | null } | null };

export type RunMetricPageQueryVariables = Exact<{
  id: string | number;
  after: number;
}>;


export type RunMetricPageQuery = { run: { metrics: Array<{ sequence: number, step: number, epoch: number, split: Split, name: string, value: number, at: string }> } | null };

export type EvaluationTablesQueryVariables = Exact<{
  id: string | number;
  split: Split;
}>;


export type EvaluationTablesQuery = { run: { status: RunStatus, evaluation: { task: Task, labels: Array<string>, scores: Array<{ name: string, value: number | null }>, intervals: Array<{ name: string, low: number | null, high: number | null }> | null, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }> } | null } | null };

export type MoleculeAnswersQueryVariables = Exact<{
  id: string | number;
  split: Split;
  after: number;
}>;


export type MoleculeAnswersQuery = { run: { evaluation: { molecules: Array<{ truth: Array<number | null>, scores: Array<number>, compound: { name: string | null, smiles: string, inchiKey: string } }> | null } | null } | null };

export type ApiKeysQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ApiKeysQuery = { apiKeys: { edges: Array<{ node: { id: string, name: string, role: KeyRole, projects: Array<string>, status: KeyStatus, createdAt: string, expiresAt: string | null, revokedAt: string | null, lastUsedAt: string | null, previousUntil: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey: { key: string, apiKey: { id: string, name: string, role: KeyRole, projects: Array<string>, expiresAt: string | null } } };

export type RotateApiKeyMutationVariables = Exact<{
  id: string | number;
  overlapMinutes: number;
  expiresAt?: string | null | undefined;
}>;


export type RotateApiKeyMutation = { rotateApiKey: { key: string, apiKey: { id: string, name: string, role: KeyRole, projects: Array<string>, expiresAt: string | null, previousUntil: string | null } } };

export type RevokeApiKeyMutationVariables = Exact<{
  id: string | number;
}>;


export type RevokeApiKeyMutation = { revokeApiKey: { apiKey: { id: string, name: string, revokedAt: string | null } } };

export type LimitApiKeyMutationVariables = Exact<{
  id: string | number;
  limits: KeyLimitsInput;
}>;


export type LimitApiKeyMutation = { limitApiKey: { apiKey: { id: string, name: string, limits: { pointsPerMinute: number | null, maxRuns: number | null, maxBytes: number | null } } } };

export type KeyUsageQueryVariables = Exact<{ [key: string]: never; }>;


export type KeyUsageQuery = { rateLimit: { limit: number, cost: number, remaining: number, used: number, resetAt: string } | null, quota: { runs: { used: number, limit: number | null }, bytes: { used: number, limit: number | null } } };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { name: string, role: KeyRole, projects: Array<string> | null, project: string, expiresAt: string | null } };

export type ModelsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  sizes?: boolean | null | undefined;
}>;


export type ModelsQuery = { models: { edges: Array<{ node: { id: string, name: string, family: string, task: Task, target: string | null, labels: Array<string> | null, precision: Precision, layers: number, width: number, heads: number, vocabularySize: number, parameterCount: number, maxLength: number, checksum: string, createdAt: string, baseModel: { name: string } | null, diskUsage?: { files: number, database: number } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CreateEnsembleMutationVariables = Exact<{
  input: CreateEnsembleInput;
}>;


export type CreateEnsembleMutation = { createEnsemble: { model: { id: string, name: string, task: Task, labels: Array<string> | null, checksum: string, memberWeights: Array<number>, members: Array<{ name: string }> } } };

export type QuantizeModelMutationVariables = Exact<{
  input: QuantizeModelInput;
}>;


export type QuantizeModelMutation = { quantizeModel: { model: { id: string, name: string, precision: Precision, checksum: string, labels: Array<string> | null, baseModel: { id: string, name: string } | null } } };

export type AddModelMutationVariables = Exact<{
  input: AddModelInput;
}>;


export type AddModelMutation = { addModel: { model: { id: string, name: string, family: string, task: Task, labels: Array<string> | null, layers: number, width: number, heads: number, vocabularySize: number, parameterCount: number, maxLength: number, checksum: string, createdAt: string } | null, download: { id: string, name: string, hub: string, revision: string, commit: string, status: RunStatus, bytes: number, totalBytes: number } | null } };

export type PredictQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  topK?: number | null | undefined;
  averageOver: number;
}>;


export type PredictQuery = { predict: Array<
    | { __typename: 'Prediction', id: string, smiles: string, note: string | null, label: string, score: number, compound: { id: string, name: string | null, smiles: string, inchiKey: string, formula: string, molecularWeight: number }, labels: Array<{ label: string, score: number }>, values: Array<{ target: string, value: number }>, model: { id: string, name: string } }
    | { __typename: 'SmilesError', smiles: string, code: SmilesErrorCode, message: string }
  > };

export type ModelWidthQueryVariables = Exact<{
  name: string;
}>;


export type ModelWidthQuery = { model: { width: number } | null };

export type EmbedQueryVariables = Exact<{
  smiles: Array<string> | string;
  model: string;
  pooling: Pooling;
  layer?: number | null | undefined;
}>;


export type EmbedQuery = { embed: Array<
    | { __typename: 'Embedding', id: string, smiles: string, pooling: Pooling, dimension: number, vector: Array<number>, compound: { id: string, name: string | null, inchiKey: string }, model: { id: string, name: string } }
    | { __typename: 'SmilesError', smiles: string, code: SmilesErrorCode, message: string }
  > };

export type DeletedPartsFragment = { deleted: Array<{ kind: DeletedKind, id: string, name: string, diskUsage: { files: number, database: number } }>, freed: { files: number, database: number } };

export type DeleteModelMutationVariables = Exact<{
  id: string | number;
  cascade: boolean;
  dryRun: boolean;
}>;


export type DeleteModelMutation = { deleteModel: { deleted: Array<{ kind: DeletedKind, id: string, name: string, diskUsage: { files: number, database: number } }>, freed: { files: number, database: number } } };

export type DeleteRunMutationVariables = Exact<{
  id: string | number;
  cascade: boolean;
  dryRun: boolean;
}>;


export type DeleteRunMutation = { deleteRun: { deleted: Array<{ kind: DeletedKind, id: string, name: string, diskUsage: { files: number, database: number } }>, freed: { files: number, database: number } } };

export type DeleteDatasetMutationVariables = Exact<{
  id: string | number;
  cascade: boolean;
  dryRun: boolean;
}>;


export type DeleteDatasetMutation = { deleteDataset: { deleted: Array<{ kind: DeletedKind, id: string, name: string, diskUsage: { files: number, database: number } }>, freed: { files: number, database: number } } };

export type DeleteRunGroupMutationVariables = Exact<{
  id: string | number;
  cascade: boolean;
  dryRun: boolean;
}>;


export type DeleteRunGroupMutation = { deleteRunGroup: { deleted: Array<{ kind: DeletedKind, id: string, name: string, diskUsage: { files: number, database: number } }>, freed: { files: number, database: number } } };

export type RenameModelMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenameModelMutation = { renameModel: { model: { id: string, name: string } } };

export type RenameRunMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenameRunMutation = { renameRun: { run: { id: string, name: string } } };

export type RenameDatasetMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenameDatasetMutation = { renameDataset: { dataset: { id: string, name: string } } };

export type RenameRunGroupMutationVariables = Exact<{
  id: string | number;
  name: string;
}>;


export type RenameRunGroupMutation = { renameRunGroup: { group: { id: string, name: string } } };

export type CollectGarbageMutationVariables = Exact<{
  dryRun: boolean;
}>;


export type CollectGarbageMutation = { collectGarbage: { bytes: number, garbage: Array<{ kind: GarbageKind, count: number, bytes: number, paths: Array<string> }> } };

export type RestoreShippedMutationVariables = Exact<{ [key: string]: never; }>;


export type RestoreShippedMutation = { restoreShipped: { restored: Array<string> } };

export type DiskUsageQueryVariables = Exact<{ [key: string]: never; }>;


export type DiskUsageQuery = { diskUsage: { files: number, database: number } };

export type ModelOfNameQueryVariables = Exact<{
  name: string;
}>;


export type ModelOfNameQuery = { model: { id: string, name: string } | null };

export type DatasetOfNameQueryVariables = Exact<{
  name: string;
}>;


export type DatasetOfNameQuery = { dataset: { id: string, name: string } | null };

export type EvaluationReportQueryVariables = Exact<{
  id: string | number;
  split: Split;
}>;


export type EvaluationReportQuery = { run: { id: string, name: string, status: RunStatus, task: Task | null, targets: Array<string>, dataset: { name: string }, baseModel: { name: string } | null, warnings: Array<{ code: WarningCode, message: string }>, splitSizes: Array<{ split: Split, count: number }>, evaluation: { split: Split, splitStrategy: SplitStrategy | null, count: number, task: Task, baselines: Array<{ kind: BaselineKind, label: string | null, scores: Array<{ name: string, value: number | null }>, differences: Array<{ name: string, difference: number | null, low: number | null, high: number | null }>, mcnemar: { onlyA: number, onlyB: number, pValue: number } | null }>, scores: Array<{ name: string, value: number | null }>, newMolecules: { count: number, scores: Array<{ name: string, value: number | null }> } | null, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }>, calibration: { temperature: number, loss: number, calibrationError: number } | null, intervals: Array<{ name: string, value: number | null, low: number | null, high: number | null }> | null, newScaffolds: { count: number, scores: Array<{ name: string, value: number | null, low: number | null, high: number | null }> } | null, mistakes: Array<{ label: string | null, truth: string, predicted: string, probability: number, compound: { name: string | null, smiles: string } }> | null, residuals: Array<{ label: string, count: number, quantiles: Array<{ share: number, value: number }> }> | null, leakage: { count: number, molecules: { count: number, share: number }, scaffolds: { count: number, share: number }, nearDuplicates: { count: number, share: number } | null } | null } | null } | null };

export type EvaluationFiguresQueryVariables = Exact<{
  id: string | number;
  split: Split;
}>;


export type EvaluationFiguresQuery = { run: { evaluation: { confusion: string | null, calibration: string | null, roc: string | null, precisionRecall: string | null, predictedTrue: string | null, mistakes: Array<{ compound: { svg: string } }> | null } | null } | null };

export type CompareRunsQueryVariables = Exact<{
  a: string | number;
  b: string | number;
  split: Split;
}>;


export type CompareRunsQuery = { compareRuns: { split: Split, leaky: boolean, count: number, onlyA: number, onlyB: number, scores: Array<{ name: string, a: number | null, b: number | null, difference: number | null, low: number | null, high: number | null }>, mcnemar: { bothRight: number, onlyA: number, onlyB: number, bothWrong: number, pValue: number } | null } };

export type RunsFigureQueryVariables = Exact<{
  runs: Array<string | number> | string | number;
  names: Array<string> | string;
}>;


export type RunsFigureQuery = { runCurves: string };

export type RunsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
  sizes?: boolean | null | undefined;
  orderBy?: RunOrder;
  score?: RunScoreInput | null | undefined;
}>;


export type RunsQuery = { runs: { edges: Array<{ node: { id: string, kind: RunKind, name: string, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, attempt: number, tags: Array<string>, createdAt: string, startedAt: string | null, finishedAt: string | null, dataset: { name: string }, baseModel: { name: string } | null, model: { name: string } | null, diskUsage?: { files: number, database: number }, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, evaluation: { task: Task, splitStrategy: SplitStrategy | null, count: number, macroF1: number | null, scores: Array<{ name: string, value: number | null }> } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RunQueryVariables = Exact<{
  id: string | number;
}>;


export type RunQuery = { run: { id: string, name: string, kind: RunKind, status: RunStatus } | null };

export type EvaluationPartsFragment = { split: Split, splitStrategy: SplitStrategy | null, count: number, loss: number, accuracy: number | null, macroF1: number | null, confusionMatrix: Array<Array<number>>, labels: Array<string>, task: Task, baselines: Array<{ kind: BaselineKind, label: string | null, scores: Array<{ name: string, value: number | null }>, differences: Array<{ name: string, difference: number | null, low: number | null, high: number | null }> }>, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, scores: Array<{ name: string, value: number | null }>, newMolecules: { count: number, scores: Array<{ name: string, value: number | null }> } | null, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }>, calibration: { temperature: number, loss: number, calibrationError: number } | null };

export type RunReportQueryVariables = Exact<{
  id: string | number;
}>;


export type RunReportQuery = { run: { id: string, kind: RunKind, name: string, status: RunStatus, target: string | null, targets: Array<string>, task: Task | null, attempt: number, createdAt: string, startedAt: string | null, finishedAt: string | null, dataset: { name: string }, baseModel: { name: string } | null, model: { id: string, name: string, checksum: string } | null, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null, warnings: Array<{ code: WarningCode, message: string }>, splitSizes: Array<{ split: Split, count: number }>, import: { line: number, report: { rows: number, imported: number, merged: number, dropped: number } } | null, evaluation: { split: Split, splitStrategy: SplitStrategy | null, count: number, loss: number, accuracy: number | null, macroF1: number | null, confusionMatrix: Array<Array<number>>, labels: Array<string>, task: Task, baselines: Array<{ kind: BaselineKind, label: string | null, scores: Array<{ name: string, value: number | null }>, differences: Array<{ name: string, difference: number | null, low: number | null, high: number | null }> }>, classes: Array<{ label: string, precision: number, recall: number, f1: number, support: number }>, scores: Array<{ name: string, value: number | null }>, newMolecules: { count: number, scores: Array<{ name: string, value: number | null }> } | null, labelScores: Array<{ label: string, measured: number, positives: number, precision: number, recall: number, f1: number, rocAuc: number | null, averagePrecision: number | null }>, targetScores: Array<{ label: string, measured: number, rmse: number | null, mae: number | null, r2: number | null, baseline: number | null }>, calibration: { temperature: number, loss: number, calibrationError: number } | null } | null, validation: { count: number, scores: Array<{ name: string, value: number | null }> } | null } | null };

export type RunCurvesQueryVariables = Exact<{
  id: string | number;
}>;


export type RunCurvesQuery = { run: { metrics: Array<{ sequence: number, step: number, epoch: number, split: Split, name: string, value: number }>, evaluation: { task: Task, baselines: Array<{ kind: BaselineKind, label: string | null, scores: Array<{ name: string, value: number | null }>, differences: Array<{ name: string, difference: number | null, low: number | null, high: number | null }> }> } | null } | null };

export type StartFinetuneMutationVariables = Exact<{
  input: StartFinetuneInput;
}>;


export type StartFinetuneMutation = { startFinetune: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown, estimate: { bytes: number, seconds: number } | null } } };

export type StartPretrainingMutationVariables = Exact<{
  input: StartPretrainingInput;
}>;


export type StartPretrainingMutation = { startPretraining: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown, estimate: { bytes: number, seconds: number } | null } } };

export type StartProbeMutationVariables = Exact<{
  input: StartProbeInput;
}>;


export type StartProbeMutation = { startProbe: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type StartRepeatsMutationVariables = Exact<{
  input: StartRepeatsInput;
}>;


export type StartRepeatsMutation = { startRepeats: { group: { id: string, name: string, status: RunStatus, runs: Array<{ id: string, name: string, input: unknown, estimate: { bytes: number, seconds: number } | null }> } } };

export type RunGroupQueryVariables = Exact<{
  id: string | number;
}>;


export type RunGroupQuery = { runGroup: { id: string, name: string, kind: RunGroupKind, status: RunStatus, leaky: boolean, runs: Array<{ id: string, name: string, status: RunStatus, error: { code: ErrorCode, message: string } | null, evaluation: { task: Task, count: number, scores: Array<{ name: string, value: number | null }> } | null }>, scores: Array<{ split: Split, name: string, mean: number, standardDeviation: number | null, count: number, values: Array<number> }>, model: { id: string, name: string } | null } | null };

export type RunGroupsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type RunGroupsQuery = { runGroups: { edges: Array<{ node: { id: string, name: string, runs: Array<{ id: string, name: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type StartEmbeddingMutationVariables = Exact<{
  input: StartEmbeddingInput;
}>;


export type StartEmbeddingMutation = { startEmbedding: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type StartPredictionMutationVariables = Exact<{
  input: StartPredictionInput;
}>;


export type StartPredictionMutation = { startPrediction: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type StartProjectionMutationVariables = Exact<{
  input: StartProjectionInput;
}>;


export type StartProjectionMutation = { startProjection: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type StartEvaluationMutationVariables = Exact<{
  input: StartEvaluationInput;
}>;


export type StartEvaluationMutation = { startEvaluation: { run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type RunPredictionsQueryVariables = Exact<{
  id: string | number;
}>;


export type RunPredictionsQuery = { run: { id: string, name: string, kind: RunKind, status: RunStatus, predictions: { url: string, rows: number, bytes: number, problems: Array<{ code: ErrorCode, count: number }> } | null } | null };

export type CancelRunMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelRunMutation = { cancelRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus } } };

export type PauseRunMutationVariables = Exact<{
  id: string | number;
}>;


export type PauseRunMutation = { pauseRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus } } };

export type ResumeRunMutationVariables = Exact<{
  id: string | number;
}>;


export type ResumeRunMutation = { resumeRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus } } };

export type PauseRunGroupMutationVariables = Exact<{
  id: string | number;
}>;


export type PauseRunGroupMutation = { pauseRunGroup: { group: { id: string, name: string, runs: Array<{ id: string, name: string, kind: RunKind, status: RunStatus }> } } };

export type ResumeRunGroupMutationVariables = Exact<{
  id: string | number;
}>;


export type ResumeRunGroupMutation = { resumeRunGroup: { group: { id: string, name: string, runs: Array<{ id: string, name: string, kind: RunKind, status: RunStatus }> } } };

export type RetryRunMutationVariables = Exact<{
  id: string | number;
  anew: boolean;
}>;


export type RetryRunMutation = { retryRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus, progress: { step: number } } } };

export type SetRunPriorityMutationVariables = Exact<{
  id: string | number;
  priority: number;
}>;


export type SetRunPriorityMutation = { setRunPriority: { run: { id: string, name: string, kind: RunKind, status: RunStatus, priority: number } } };

export type UpdateRunMutationVariables = Exact<{
  id: string | number;
  input: UpdateRunInput;
}>;


export type UpdateRunMutation = { updateRun: { run: { id: string, name: string, kind: RunKind, status: RunStatus, description: string | null, notes: string, tags: Array<string> } } };

export type RunNotesQueryVariables = Exact<{
  id: string | number;
}>;


export type RunNotesQuery = { run: { id: string, name: string, kind: RunKind, status: RunStatus, description: string | null, notes: string, tags: Array<string> } | null };

export type CloneRunMutationVariables = Exact<{
  id: string | number;
  input: CloneRunInput;
}>;


export type CloneRunMutation = { cloneRun: { changed: Array<string>, kept: Array<string>, run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type ContinueRunMutationVariables = Exact<{
  id: string | number;
  input: ContinueRunInput;
}>;


export type ContinueRunMutation = { continueRun: { changed: Array<string>, kept: Array<string>, run: { id: string, name: string, kind: RunKind, status: RunStatus, input: unknown } } };

export type RunMetricsSubscriptionVariables = Exact<{
  id: string | number;
  after: number;
}>;


export type RunMetricsSubscription = { runMetricLists: Array<{ sequence: number, step: number, epoch: number, split: Split, name: string, value: number, at: string }> };

export type RunEventsQueryVariables = Exact<{
  id: string | number;
  after: number;
  level: EventLevel;
}>;


export type RunEventsQuery = { run: { status: RunStatus, events: Array<{ sequence: number, at: string, level: EventLevel, kind: RunEventKind, message: string, data: unknown, attempt: number }> } | null };

export type RunEventsLiveSubscriptionVariables = Exact<{
  id: string | number;
  after: number;
}>;


export type RunEventsLiveSubscription = { runEvents: { sequence: number, at: string, level: EventLevel, kind: RunEventKind, message: string, data: unknown, attempt: number } };

export type RunUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type RunUpdatedSubscription = { runUpdated: { id: string, name: string, kind: RunKind, status: RunStatus, progress: { step: number, totalSteps: number, epoch: number, secondsLeft: number | null }, error: { code: ErrorCode, message: string, param: string | null } | null } };

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


export type ProjectQuery = { projection: { method: ProjectionMethod, layer: number, explainedVarianceRatio: Array<number>, trustworthiness: number | null, computedOn: number, sampledFrom: number, svg?: string, points?: Array<{ label: string | null, number: number | null, split: Split | null, coordinates: Array<number>, compound: { name: string | null, smiles: string, inchiKey: string } }> } };

export type ClustersQueryVariables = Exact<{
  model: string;
  dataset: string;
  k?: number | null | undefined;
  pooling: Pooling;
  layer?: number | null | undefined;
  starts: number;
  seed: number;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
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
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
}>;


export type NeighboursQuery = { neighbours: Array<{ distance: number, compound: { name: string | null, smiles: string } }> };

export type OutliersQueryVariables = Exact<{
  model: string;
  dataset: string;
  threshold: number;
  pooling: Pooling;
  layer?: number | null | undefined;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
}>;


export type OutliersQuery = { outliers: { computedOn: number, medianDistance: number, medianDeviation: number, count: number, outliers: Array<{ distance: number, score: number, compound: { name: string | null, smiles: string } }> } };

export type SeparationQueryVariables = Exact<{
  models: Array<string> | string;
  dataset: string;
  labelSet: string;
  pooling: Pooling;
  layer?: number | null | undefined;
  sample: number;
  neighbours: number;
  seed: number;
  classes?: Array<string> | string | null | undefined;
  run?: string | number | null | undefined;
  split?: Array<Split> | Split | null | undefined;
}>;


export type SeparationQuery = { separation: { computedOn: number, labelled: number, classes: Array<string>, folds: number, neighbours: number, seed: number, majority: number | null, dropped: Array<{ label: string, count: number }>, rows: Array<{ representation: Representation, model: string | null, dimension: number, silhouette: { value: number, standardError: number }, neighbourAccuracy: { value: number, standardError: number } | null, probeAccuracy: { value: number, standardError: number } | null, neighbourRocAuc: { value: number, standardError: number } | null, probeRocAuc: { value: number, standardError: number } | null }> } };

export type StartSweepMutationVariables = Exact<{
  input: StartSweepInput;
}>;


export type StartSweepMutation = { startSweep: { group: { id: string, name: string, status: RunStatus, runs: Array<{ id: string, name: string }>, sweep: { method: SweepMethod, rungs: Array<number>, sizes: Array<number> } | null } } };

export type SweepQueryVariables = Exact<{
  id: string | number;
}>;


export type SweepQuery = { runGroup: { id: string, name: string, status: RunStatus, leaky: boolean, sweep: { method: SweepMethod, metric: string, greaterIsBetter: boolean, rungs: Array<number>, sizes: Array<number>, done: boolean, cost: { steps: number, fullSteps: number | null, share: number | null, seconds: number }, trials: Array<{ index: number, epochs: number, score: number | null, best: boolean, options: Array<{ option: string, value: unknown }>, run: { id: string, name: string, status: RunStatus, error: { code: ErrorCode } | null } | null }>, best: { run: { name: string, model: { name: string } | null, evaluation: { count: number, scores: Array<{ name: string, value: number | null }> } | null } | null } | null } | null } | null };

export type SweepFigureQueryVariables = Exact<{
  id: string | number;
}>;


export type SweepFigureQuery = { runGroup: { sweep: { figure: string } | null } | null };

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
export const DeletedPartsFragmentDoc = new TypedDocumentString(`
    fragment DeletedParts on DeletePayload {
  deleted {
    kind
    id
    name
    diskUsage {
      files
      database
    }
  }
  freed {
    files
    database
  }
}
    `, {"fragmentName":"DeletedParts"}) as unknown as TypedDocumentString<DeletedPartsFragment, unknown>;
export const EvaluationPartsFragmentDoc = new TypedDocumentString(`
    fragment EvaluationParts on Evaluation {
  split
  splitStrategy
  count
  loss
  accuracy
  macroF1
  baselines {
    kind
    label
    scores {
      name
      value
    }
    differences {
      name
      difference
      low
      high
    }
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
  newMolecules {
    count
    scores {
      name
      value
    }
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
    `, {"fragmentName":"EvaluationParts"}) as unknown as TypedDocumentString<EvaluationPartsFragment, unknown>;
export const AuditLogDocument = new TypedDocumentString(`
    query AuditLog($first: Int!, $after: String, $filter: AuditFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        at
        requestId
        key
        address
        action
        outcome
        details {
          name
          value
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<AuditLogQuery, AuditLogQueryVariables>;
export const CompoundsDocument = new TypedDocumentString(`
    query Compounds($first: Int!, $after: String, $dataset: String, $filter: CompoundFilter, $orderBy: CompoundOrder) {
  compounds(
    first: $first
    after: $after
    dataset: $dataset
    filter: $filter
    orderBy: $orderBy
  ) {
    edges {
      similarity
      node {
        id
        name
        smiles
        inchiKey
        formula
        molecularWeight
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<CompoundsQuery, CompoundsQueryVariables>;
export const CompoundCountDocument = new TypedDocumentString(`
    query CompoundCount($dataset: String, $filter: CompoundFilter) {
  compounds(first: 1, dataset: $dataset, filter: $filter) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<CompoundCountQuery, CompoundCountQueryVariables>;
export const DatasetsDocument = new TypedDocumentString(`
    query Datasets($first: Int!, $after: String, $sizes: Boolean = false) {
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
        diskUsage @include(if: $sizes) {
          files
          database
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
    source
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
      reasons {
        code
        count
      }
      missing {
        text
        count
      }
      conflicts {
        labelSet
        count
      }
      onConflict
      problems {
        line
        code
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportDatasetMutation, ImportDatasetMutationVariables>;
export const SplitOverlapDocument = new TypedDocumentString(`
    query SplitOverlap($dataset: String!, $column: String!, $targets: [String!]!, $first: Int!, $after: Int!) {
  dataset(name: $dataset) {
    labelSet(name: $column) {
      splitOverlap(targets: $targets) {
        count
        rows
        molecules(first: $first, after: $after) {
          key
          members {
            position
            name
            smiles
            split
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SplitOverlapQuery, SplitOverlapQueryVariables>;
export const ProjectionDocument = new TypedDocumentString(`
    query Projection($model: String!, $dataset: String!, $colorBy: String, $colorRules: ColorRules, $run: ID, $split: [Split!], $fitOn: [Split!], $width: Int!, $height: Int!) {
  projection(
    model: $model
    dataset: $dataset
    components: 2
    colorBy: $colorBy
    colorRules: $colorRules
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
export const ModelDownloadsDocument = new TypedDocumentString(`
    query ModelDownloads($first: Int!, $after: String) {
  modelDownloads(first: $first, after: $after) {
    edges {
      node {
        id
        name
        hub
        revision
        commit
        status
        bytes
        totalBytes
        createdAt
        startedAt
        finishedAt
        error {
          code
          message
          param
        }
        model {
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
    `) as unknown as TypedDocumentString<ModelDownloadsQuery, ModelDownloadsQueryVariables>;
export const ModelDownloadUpdatedDocument = new TypedDocumentString(`
    subscription ModelDownloadUpdated($id: ID!) {
  modelDownloadUpdated(id: $id) {
    id
    name
    hub
    revision
    commit
    status
    bytes
    totalBytes
    error {
      code
      message
      param
    }
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
    `) as unknown as TypedDocumentString<ModelDownloadUpdatedSubscription, ModelDownloadUpdatedSubscriptionVariables>;
export const CancelModelDownloadDocument = new TypedDocumentString(`
    mutation CancelModelDownload($id: ID!) {
  cancelModelDownload(id: $id) {
    download {
      id
      name
      status
    }
  }
}
    `) as unknown as TypedDocumentString<CancelModelDownloadMutation, CancelModelDownloadMutationVariables>;
export const ExperimentModelDocument = new TypedDocumentString(`
    query ExperimentModel($name: String!) {
  model(name: $name) {
    name
    checksum
    task
    family
    layers
    width
    parameterCount
  }
}
    `) as unknown as TypedDocumentString<ExperimentModelQuery, ExperimentModelQueryVariables>;
export const ExperimentRunDocument = new TypedDocumentString(`
    query ExperimentRun($id: ID!) {
  run(id: $id) {
    environment {
      node
      onnxruntime
      platform
      processor
      endianness
      threads
      device
    }
    evaluation(split: VALIDATION) {
      ...EvaluationParts
    }
    test: evaluation(split: TEST) {
      intervals {
        name
        value
        low
        high
      }
      newScaffolds {
        count
        scores {
          name
          value
          low
          high
        }
      }
      leakage {
        count
        molecules {
          count
          share
        }
        scaffolds {
          count
          share
        }
        nearDuplicates {
          count
          share
        }
      }
      mistakes(first: 5) {
        label
        truth
        predicted
        probability
        compound {
          name
          smiles
          svg(width: 260, height: 180)
        }
      }
      confusion: figure(kind: CONFUSION_MATRIX)
      calibration: figure(kind: CALIBRATION)
      predictedTrue: figure(kind: PREDICTED_TRUE)
    }
  }
}
    fragment EvaluationParts on Evaluation {
  split
  splitStrategy
  count
  loss
  accuracy
  macroF1
  baselines {
    kind
    label
    scores {
      name
      value
    }
    differences {
      name
      difference
      low
      high
    }
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
  newMolecules {
    count
    scores {
      name
      value
    }
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
}`) as unknown as TypedDocumentString<ExperimentRunQuery, ExperimentRunQueryVariables>;
export const RunMetricPageDocument = new TypedDocumentString(`
    query RunMetricPage($id: ID!, $after: Int!) {
  run(id: $id) {
    metrics(first: 10000, after: $after) {
      sequence
      step
      epoch
      split
      name
      value
      at
    }
  }
}
    `) as unknown as TypedDocumentString<RunMetricPageQuery, RunMetricPageQueryVariables>;
export const EvaluationTablesDocument = new TypedDocumentString(`
    query EvaluationTables($id: ID!, $split: Split!) {
  run(id: $id) {
    status
    evaluation(split: $split) {
      task
      labels
      scores {
        name
        value
      }
      intervals {
        name
        low
        high
      }
      classes {
        label
        precision
        recall
        f1
        support
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
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationTablesQuery, EvaluationTablesQueryVariables>;
export const MoleculeAnswersDocument = new TypedDocumentString(`
    query MoleculeAnswers($id: ID!, $split: Split!, $after: Int!) {
  run(id: $id) {
    evaluation(split: $split) {
      molecules(first: 1000, after: $after) {
        compound {
          name
          smiles
          inchiKey
        }
        truth
        scores
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MoleculeAnswersQuery, MoleculeAnswersQueryVariables>;
export const ApiKeysDocument = new TypedDocumentString(`
    query ApiKeys($first: Int!, $after: String) {
  apiKeys(first: $first, after: $after) {
    edges {
      node {
        id
        name
        role
        projects
        status
        createdAt
        expiresAt
        revokedAt
        lastUsedAt
        previousUntil
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ApiKeysQuery, ApiKeysQueryVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    key
    apiKey {
      id
      name
      role
      projects
      expiresAt
    }
  }
}
    `) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const RotateApiKeyDocument = new TypedDocumentString(`
    mutation RotateApiKey($id: ID!, $overlapMinutes: Int!, $expiresAt: DateTime) {
  rotateApiKey(id: $id, overlapMinutes: $overlapMinutes, expiresAt: $expiresAt) {
    key
    apiKey {
      id
      name
      role
      projects
      expiresAt
      previousUntil
    }
  }
}
    `) as unknown as TypedDocumentString<RotateApiKeyMutation, RotateApiKeyMutationVariables>;
export const RevokeApiKeyDocument = new TypedDocumentString(`
    mutation RevokeApiKey($id: ID!) {
  revokeApiKey(id: $id) {
    apiKey {
      id
      name
      revokedAt
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>;
export const LimitApiKeyDocument = new TypedDocumentString(`
    mutation LimitApiKey($id: ID!, $limits: KeyLimitsInput!) {
  limitApiKey(id: $id, limits: $limits) {
    apiKey {
      id
      name
      limits {
        pointsPerMinute
        maxRuns
        maxBytes
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LimitApiKeyMutation, LimitApiKeyMutationVariables>;
export const KeyUsageDocument = new TypedDocumentString(`
    query KeyUsage {
  rateLimit {
    limit
    cost
    remaining
    used
    resetAt
  }
  quota {
    runs {
      used
      limit
    }
    bytes {
      used
      limit
    }
  }
}
    `) as unknown as TypedDocumentString<KeyUsageQuery, KeyUsageQueryVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    name
    role
    projects
    project
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const ModelsDocument = new TypedDocumentString(`
    query Models($first: Int!, $after: String, $sizes: Boolean = false) {
  models(first: $first, after: $after) {
    edges {
      node {
        id
        name
        family
        task
        target
        labels
        precision
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
        diskUsage @include(if: $sizes) {
          files
          database
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
export const CreateEnsembleDocument = new TypedDocumentString(`
    mutation CreateEnsemble($input: CreateEnsembleInput!) {
  createEnsemble(input: $input) {
    model {
      id
      name
      task
      labels
      checksum
      memberWeights
      members {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CreateEnsembleMutation, CreateEnsembleMutationVariables>;
export const QuantizeModelDocument = new TypedDocumentString(`
    mutation QuantizeModel($input: QuantizeModelInput!) {
  quantizeModel(input: $input) {
    model {
      id
      name
      precision
      checksum
      labels
      baseModel {
        id
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<QuantizeModelMutation, QuantizeModelMutationVariables>;
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
    download {
      id
      name
      hub
      revision
      commit
      status
      bytes
      totalBytes
    }
  }
}
    `) as unknown as TypedDocumentString<AddModelMutation, AddModelMutationVariables>;
export const PredictDocument = new TypedDocumentString(`
    query Predict($smiles: [String!]!, $model: String!, $topK: Int, $averageOver: Int!) {
  predict(smiles: $smiles, model: $model, topK: $topK, averageOver: $averageOver) {
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
export const ModelWidthDocument = new TypedDocumentString(`
    query ModelWidth($name: String!) {
  model(name: $name) {
    width
  }
}
    `) as unknown as TypedDocumentString<ModelWidthQuery, ModelWidthQueryVariables>;
export const EmbedDocument = new TypedDocumentString(`
    query Embed($smiles: [String!]!, $model: String!, $pooling: Pooling!, $layer: Int) {
  embed(smiles: $smiles, model: $model, pooling: $pooling, layer: $layer) {
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
export const DeleteModelDocument = new TypedDocumentString(`
    mutation DeleteModel($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
  deleteModel(id: $id, cascade: $cascade, dryRun: $dryRun) {
    ...DeletedParts
  }
}
    fragment DeletedParts on DeletePayload {
  deleted {
    kind
    id
    name
    diskUsage {
      files
      database
    }
  }
  freed {
    files
    database
  }
}`) as unknown as TypedDocumentString<DeleteModelMutation, DeleteModelMutationVariables>;
export const DeleteRunDocument = new TypedDocumentString(`
    mutation DeleteRun($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
  deleteRun(id: $id, cascade: $cascade, dryRun: $dryRun) {
    ...DeletedParts
  }
}
    fragment DeletedParts on DeletePayload {
  deleted {
    kind
    id
    name
    diskUsage {
      files
      database
    }
  }
  freed {
    files
    database
  }
}`) as unknown as TypedDocumentString<DeleteRunMutation, DeleteRunMutationVariables>;
export const DeleteDatasetDocument = new TypedDocumentString(`
    mutation DeleteDataset($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
  deleteDataset(id: $id, cascade: $cascade, dryRun: $dryRun) {
    ...DeletedParts
  }
}
    fragment DeletedParts on DeletePayload {
  deleted {
    kind
    id
    name
    diskUsage {
      files
      database
    }
  }
  freed {
    files
    database
  }
}`) as unknown as TypedDocumentString<DeleteDatasetMutation, DeleteDatasetMutationVariables>;
export const DeleteRunGroupDocument = new TypedDocumentString(`
    mutation DeleteRunGroup($id: ID!, $cascade: Boolean!, $dryRun: Boolean!) {
  deleteRunGroup(id: $id, cascade: $cascade, dryRun: $dryRun) {
    ...DeletedParts
  }
}
    fragment DeletedParts on DeletePayload {
  deleted {
    kind
    id
    name
    diskUsage {
      files
      database
    }
  }
  freed {
    files
    database
  }
}`) as unknown as TypedDocumentString<DeleteRunGroupMutation, DeleteRunGroupMutationVariables>;
export const RenameModelDocument = new TypedDocumentString(`
    mutation RenameModel($id: ID!, $name: String!) {
  renameModel(id: $id, name: $name) {
    model {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<RenameModelMutation, RenameModelMutationVariables>;
export const RenameRunDocument = new TypedDocumentString(`
    mutation RenameRun($id: ID!, $name: String!) {
  renameRun(id: $id, name: $name) {
    run {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<RenameRunMutation, RenameRunMutationVariables>;
export const RenameDatasetDocument = new TypedDocumentString(`
    mutation RenameDataset($id: ID!, $name: String!) {
  renameDataset(id: $id, name: $name) {
    dataset {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<RenameDatasetMutation, RenameDatasetMutationVariables>;
export const RenameRunGroupDocument = new TypedDocumentString(`
    mutation RenameRunGroup($id: ID!, $name: String!) {
  renameRunGroup(id: $id, name: $name) {
    group {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<RenameRunGroupMutation, RenameRunGroupMutationVariables>;
export const CollectGarbageDocument = new TypedDocumentString(`
    mutation CollectGarbage($dryRun: Boolean!) {
  collectGarbage(dryRun: $dryRun) {
    garbage {
      kind
      count
      bytes
      paths
    }
    bytes
  }
}
    `) as unknown as TypedDocumentString<CollectGarbageMutation, CollectGarbageMutationVariables>;
export const RestoreShippedDocument = new TypedDocumentString(`
    mutation RestoreShipped {
  restoreShipped {
    restored
  }
}
    `) as unknown as TypedDocumentString<RestoreShippedMutation, RestoreShippedMutationVariables>;
export const DiskUsageDocument = new TypedDocumentString(`
    query DiskUsage {
  diskUsage {
    files
    database
  }
}
    `) as unknown as TypedDocumentString<DiskUsageQuery, DiskUsageQueryVariables>;
export const ModelOfNameDocument = new TypedDocumentString(`
    query ModelOfName($name: String!) {
  model(name: $name) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<ModelOfNameQuery, ModelOfNameQueryVariables>;
export const DatasetOfNameDocument = new TypedDocumentString(`
    query DatasetOfName($name: String!) {
  dataset(name: $name) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<DatasetOfNameQuery, DatasetOfNameQueryVariables>;
export const EvaluationReportDocument = new TypedDocumentString(`
    query EvaluationReport($id: ID!, $split: Split!) {
  run(id: $id) {
    id
    name
    status
    task
    targets
    dataset {
      name
    }
    baseModel {
      name
    }
    warnings {
      code
      message
    }
    splitSizes {
      split
      count
    }
    evaluation(split: $split) {
      split
      splitStrategy
      count
      task
      baselines {
        kind
        label
        scores {
          name
          value
        }
        differences {
          name
          difference
          low
          high
        }
        mcnemar {
          onlyA
          onlyB
          pValue
        }
      }
      scores {
        name
        value
      }
      newMolecules {
        count
        scores {
          name
          value
        }
      }
      classes {
        label
        precision
        recall
        f1
        support
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
      intervals {
        name
        value
        low
        high
      }
      newScaffolds {
        count
        scores {
          name
          value
          low
          high
        }
      }
      mistakes(first: 10) {
        label
        truth
        predicted
        probability
        compound {
          name
          smiles
        }
      }
      residuals {
        label
        count
        quantiles {
          share
          value
        }
      }
      leakage {
        count
        molecules {
          count
          share
        }
        scaffolds {
          count
          share
        }
        nearDuplicates {
          count
          share
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationReportQuery, EvaluationReportQueryVariables>;
export const EvaluationFiguresDocument = new TypedDocumentString(`
    query EvaluationFigures($id: ID!, $split: Split!) {
  run(id: $id) {
    evaluation(split: $split) {
      confusion: figure(kind: CONFUSION_MATRIX)
      calibration: figure(kind: CALIBRATION)
      roc: figure(kind: ROC)
      precisionRecall: figure(kind: PRECISION_RECALL)
      predictedTrue: figure(kind: PREDICTED_TRUE)
      mistakes(first: 10) {
        compound {
          svg(width: 220, height: 160)
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<EvaluationFiguresQuery, EvaluationFiguresQueryVariables>;
export const CompareRunsDocument = new TypedDocumentString(`
    query CompareRuns($a: ID!, $b: ID!, $split: Split!) {
  compareRuns(a: $a, b: $b, split: $split) {
    split
    leaky
    count
    onlyA
    onlyB
    scores {
      name
      a
      b
      difference
      low
      high
    }
    mcnemar {
      bothRight
      onlyA
      onlyB
      bothWrong
      pValue
    }
  }
}
    `) as unknown as TypedDocumentString<CompareRunsQuery, CompareRunsQueryVariables>;
export const RunsFigureDocument = new TypedDocumentString(`
    query RunsFigure($runs: [ID!]!, $names: [String!]!) {
  runCurves(runs: $runs, names: $names, split: VALIDATION)
}
    `) as unknown as TypedDocumentString<RunsFigureQuery, RunsFigureQueryVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($first: Int!, $after: String, $filter: RunFilter, $sizes: Boolean = false, $orderBy: RunOrder! = CREATED_DESC, $score: RunScoreInput) {
  runs(
    first: $first
    after: $after
    filter: $filter
    orderBy: $orderBy
    score: $score
  ) {
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
        tags
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
        diskUsage @include(if: $sizes) {
          files
          database
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
          task
          splitStrategy
          count
          macroF1
          scores {
            name
            value
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
      checksum
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
    import {
      line
      report {
        rows
        imported
        merged
        dropped
      }
    }
    evaluation(split: TEST) {
      ...EvaluationParts
    }
    validation: evaluation(split: VALIDATION) {
      count
      scores {
        name
        value
      }
    }
  }
}
    fragment EvaluationParts on Evaluation {
  split
  splitStrategy
  count
  loss
  accuracy
  macroF1
  baselines {
    kind
    label
    scores {
      name
      value
    }
    differences {
      name
      difference
      low
      high
    }
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
  newMolecules {
    count
    scores {
      name
      value
    }
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
}`) as unknown as TypedDocumentString<RunReportQuery, RunReportQueryVariables>;
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
      task
      baselines {
        kind
        label
        scores {
          name
          value
        }
        differences {
          name
          difference
          low
          high
        }
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
      input: inputJson
      estimate {
        bytes
        seconds
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartFinetuneMutation, StartFinetuneMutationVariables>;
export const StartPretrainingDocument = new TypedDocumentString(`
    mutation StartPretraining($input: StartPretrainingInput!) {
  startPretraining(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
      estimate {
        bytes
        seconds
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartPretrainingMutation, StartPretrainingMutationVariables>;
export const StartProbeDocument = new TypedDocumentString(`
    mutation StartProbe($input: StartProbeInput!) {
  startProbe(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
  }
}
    `) as unknown as TypedDocumentString<StartProbeMutation, StartProbeMutationVariables>;
export const StartRepeatsDocument = new TypedDocumentString(`
    mutation StartRepeats($input: StartRepeatsInput!) {
  startRepeats(input: $input) {
    group {
      id
      name
      status
      runs {
        id
        name
        input: inputJson
        estimate {
          bytes
          seconds
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartRepeatsMutation, StartRepeatsMutationVariables>;
export const RunGroupDocument = new TypedDocumentString(`
    query RunGroup($id: ID!) {
  runGroup(id: $id) {
    id
    name
    kind
    status
    leaky
    runs {
      id
      name
      status
      error {
        code
        message
      }
      evaluation(split: TEST) {
        task
        count
        scores {
          name
          value
        }
      }
    }
    scores {
      split
      name
      mean
      standardDeviation
      count
      values
    }
    model {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<RunGroupQuery, RunGroupQueryVariables>;
export const RunGroupsDocument = new TypedDocumentString(`
    query RunGroups($first: Int!, $after: String) {
  runGroups(first: $first, after: $after) {
    edges {
      node {
        id
        name
        runs {
          id
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
    `) as unknown as TypedDocumentString<RunGroupsQuery, RunGroupsQueryVariables>;
export const StartEmbeddingDocument = new TypedDocumentString(`
    mutation StartEmbedding($input: StartEmbeddingInput!) {
  startEmbedding(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
  }
}
    `) as unknown as TypedDocumentString<StartEmbeddingMutation, StartEmbeddingMutationVariables>;
export const StartPredictionDocument = new TypedDocumentString(`
    mutation StartPrediction($input: StartPredictionInput!) {
  startPrediction(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
  }
}
    `) as unknown as TypedDocumentString<StartPredictionMutation, StartPredictionMutationVariables>;
export const StartProjectionDocument = new TypedDocumentString(`
    mutation StartProjection($input: StartProjectionInput!) {
  startProjection(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
  }
}
    `) as unknown as TypedDocumentString<StartProjectionMutation, StartProjectionMutationVariables>;
export const StartEvaluationDocument = new TypedDocumentString(`
    mutation StartEvaluation($input: StartEvaluationInput!) {
  startEvaluation(input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
  }
}
    `) as unknown as TypedDocumentString<StartEvaluationMutation, StartEvaluationMutationVariables>;
export const RunPredictionsDocument = new TypedDocumentString(`
    query RunPredictions($id: ID!) {
  run(id: $id) {
    id
    name
    kind
    status
    predictions {
      url
      rows
      bytes
      problems {
        code
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunPredictionsQuery, RunPredictionsQueryVariables>;
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
export const PauseRunDocument = new TypedDocumentString(`
    mutation PauseRun($id: ID!) {
  pauseRun(id: $id) {
    run {
      id
      name
      kind
      status
    }
  }
}
    `) as unknown as TypedDocumentString<PauseRunMutation, PauseRunMutationVariables>;
export const ResumeRunDocument = new TypedDocumentString(`
    mutation ResumeRun($id: ID!) {
  resumeRun(id: $id) {
    run {
      id
      name
      kind
      status
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeRunMutation, ResumeRunMutationVariables>;
export const PauseRunGroupDocument = new TypedDocumentString(`
    mutation PauseRunGroup($id: ID!) {
  pauseRunGroup(id: $id) {
    group {
      id
      name
      runs {
        id
        name
        kind
        status
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PauseRunGroupMutation, PauseRunGroupMutationVariables>;
export const ResumeRunGroupDocument = new TypedDocumentString(`
    mutation ResumeRunGroup($id: ID!) {
  resumeRunGroup(id: $id) {
    group {
      id
      name
      runs {
        id
        name
        kind
        status
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeRunGroupMutation, ResumeRunGroupMutationVariables>;
export const RetryRunDocument = new TypedDocumentString(`
    mutation RetryRun($id: ID!, $anew: Boolean!) {
  retryRun(id: $id, anew: $anew) {
    run {
      id
      name
      kind
      status
      progress {
        step
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RetryRunMutation, RetryRunMutationVariables>;
export const SetRunPriorityDocument = new TypedDocumentString(`
    mutation SetRunPriority($id: ID!, $priority: Int!) {
  setRunPriority(id: $id, priority: $priority) {
    run {
      id
      name
      kind
      status
      priority
    }
  }
}
    `) as unknown as TypedDocumentString<SetRunPriorityMutation, SetRunPriorityMutationVariables>;
export const UpdateRunDocument = new TypedDocumentString(`
    mutation UpdateRun($id: ID!, $input: UpdateRunInput!) {
  updateRun(id: $id, input: $input) {
    run {
      id
      name
      kind
      status
      description
      notes
      tags
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateRunMutation, UpdateRunMutationVariables>;
export const RunNotesDocument = new TypedDocumentString(`
    query RunNotes($id: ID!) {
  run(id: $id) {
    id
    name
    kind
    status
    description
    notes
    tags
  }
}
    `) as unknown as TypedDocumentString<RunNotesQuery, RunNotesQueryVariables>;
export const CloneRunDocument = new TypedDocumentString(`
    mutation CloneRun($id: ID!, $input: CloneRunInput!) {
  cloneRun(id: $id, input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
    changed
    kept
  }
}
    `) as unknown as TypedDocumentString<CloneRunMutation, CloneRunMutationVariables>;
export const ContinueRunDocument = new TypedDocumentString(`
    mutation ContinueRun($id: ID!, $input: ContinueRunInput!) {
  continueRun(id: $id, input: $input) {
    run {
      id
      name
      kind
      status
      input: inputJson
    }
    changed
    kept
  }
}
    `) as unknown as TypedDocumentString<ContinueRunMutation, ContinueRunMutationVariables>;
export const RunMetricsDocument = new TypedDocumentString(`
    subscription RunMetrics($id: ID!, $after: Int!) {
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
    `) as unknown as TypedDocumentString<RunMetricsSubscription, RunMetricsSubscriptionVariables>;
export const RunEventsDocument = new TypedDocumentString(`
    query RunEvents($id: ID!, $after: Int!, $level: EventLevel!) {
  run(id: $id) {
    status
    events(after: $after, first: 1000, level: $level) {
      sequence
      at
      level
      kind
      message
      data
      attempt
    }
  }
}
    `) as unknown as TypedDocumentString<RunEventsQuery, RunEventsQueryVariables>;
export const RunEventsLiveDocument = new TypedDocumentString(`
    subscription RunEventsLive($id: ID!, $after: Int!) {
  runEvents(id: $id, after: $after) {
    sequence
    at
    level
    kind
    message
    data
    attempt
  }
}
    `) as unknown as TypedDocumentString<RunEventsLiveSubscription, RunEventsLiveSubscriptionVariables>;
export const RunUpdatedDocument = new TypedDocumentString(`
    subscription RunUpdated($id: ID!) {
  runUpdated(id: $id) {
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
    sampledFrom
    points @include(if: $listed) {
      label
      number
      split
      coordinates
      compound {
        name
        smiles
        inchiKey
      }
    }
    svg(width: $width, height: $height) @include(if: $drawn)
  }
}
    `) as unknown as TypedDocumentString<ProjectQuery, ProjectQueryVariables>;
export const ClustersDocument = new TypedDocumentString(`
    query Clusters($model: String!, $dataset: String!, $k: Int, $pooling: Pooling!, $layer: Int, $starts: Int!, $seed: Int!, $run: ID, $split: [Split!]) {
  clusters(
    model: $model
    dataset: $dataset
    k: $k
    pooling: $pooling
    layer: $layer
    starts: $starts
    seed: $seed
    run: $run
    split: $split
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
    query Neighbours($model: String!, $dataset: String!, $smiles: String!, $k: Int!, $metric: DistanceMetric!, $pooling: Pooling!, $layer: Int, $run: ID, $split: [Split!]) {
  neighbours(
    model: $model
    dataset: $dataset
    smiles: $smiles
    k: $k
    metric: $metric
    pooling: $pooling
    layer: $layer
    run: $run
    split: $split
  ) {
    distance
    compound {
      name
      smiles
    }
  }
}
    `) as unknown as TypedDocumentString<NeighboursQuery, NeighboursQueryVariables>;
export const OutliersDocument = new TypedDocumentString(`
    query Outliers($model: String!, $dataset: String!, $threshold: Float!, $pooling: Pooling!, $layer: Int, $run: ID, $split: [Split!]) {
  outliers(
    model: $model
    dataset: $dataset
    threshold: $threshold
    pooling: $pooling
    layer: $layer
    run: $run
    split: $split
  ) {
    computedOn
    medianDistance
    medianDeviation
    count
    outliers {
      distance
      score
      compound {
        name
        smiles
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OutliersQuery, OutliersQueryVariables>;
export const SeparationDocument = new TypedDocumentString(`
    query Separation($models: [String!]!, $dataset: String!, $labelSet: String!, $pooling: Pooling!, $layer: Int, $sample: Int!, $neighbours: Int!, $seed: Int!, $classes: [String!], $run: ID, $split: [Split!]) {
  separation(
    models: $models
    dataset: $dataset
    labelSet: $labelSet
    pooling: $pooling
    layer: $layer
    sample: $sample
    neighbours: $neighbours
    seed: $seed
    classes: $classes
    run: $run
    split: $split
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
      neighbourRocAuc {
        value
        standardError
      }
      probeRocAuc {
        value
        standardError
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SeparationQuery, SeparationQueryVariables>;
export const StartSweepDocument = new TypedDocumentString(`
    mutation StartSweep($input: StartSweepInput!) {
  startSweep(input: $input) {
    group {
      id
      name
      status
      runs {
        id
        name
      }
      sweep {
        method
        rungs
        sizes
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartSweepMutation, StartSweepMutationVariables>;
export const SweepDocument = new TypedDocumentString(`
    query Sweep($id: ID!) {
  runGroup(id: $id) {
    id
    name
    status
    leaky
    sweep {
      method
      metric
      greaterIsBetter
      rungs
      sizes
      done
      cost {
        steps
        fullSteps
        share
        seconds
      }
      trials {
        index
        options {
          option
          value
        }
        epochs
        score
        best
        run {
          id
          name
          status
          error {
            code
          }
        }
      }
      best {
        run {
          name
          model {
            name
          }
          evaluation(split: TEST) {
            count
            scores {
              name
              value
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepQuery, SweepQueryVariables>;
export const SweepFigureDocument = new TypedDocumentString(`
    query SweepFigure($id: ID!) {
  runGroup(id: $id) {
    sweep {
      figure
    }
  }
}
    `) as unknown as TypedDocumentString<SweepFigureQuery, SweepFigureQueryVariables>;