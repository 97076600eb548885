/**
 * Every option of a training run in one table: default, unit, Hugging Face's name (TrainingArguments unless said
 * otherwise; null where it has none), the rule a value must keep, and why the default is what it is. Rules that take
 * several options, the task or the model stand in option-rules.ts.
 */
import { LORA_TARGETS, type LoraOptions } from "../../model/lora.js";
import type { ScheduleName } from "./schedule.js";

export interface TrainingOptions {
  epochs: number;
  maxSteps: number | null;
  batchSize: number;
  gradientAccumulationSteps: number;
  groupByLength: boolean;
  learningRate: number;
  lrSchedulerType: ScheduleName;
  warmupSteps: number;
  warmupRatio: number;
  weightDecay: number;
  layerwiseLearningRateDecay: number;
  adamBeta1: number;
  adamBeta2: number;
  adamEpsilon: number;
  gradientClip: number;
  labelSmoothingFactor: number;
  classWeights: "none" | "balanced";
  maskProbability: number;
  dropout: number | null;
  hiddenDropout: number | null;
  attentionDropout: number | null;
  classifierDropout: number | null;
  freezeEmbeddings: boolean;
  frozenLayers: number;
  lora: LoraOptions | null;
  evalSteps: number | null;
  metricForBestModel: string | null;
  loadBestModelAtEnd: boolean;
  earlyStoppingPatience: number | null;
  earlyStoppingThreshold: number;
  temperatureScaling: boolean;
  saveTotalLimit: number | null;
  seed: number;
  logEvery: number;
  checkpointEvery: number;
  threads: number;
}

export interface OptionEntry<T> {
  default: T;
  unit: string;
  huggingFace: string | null;
  rule: string;
  valid(value: T): boolean;
  reason: string;
}

const whole = (value: unknown, least: number) => Number.isSafeInteger(value) && (value as number) >= least;
const orNull =
  <T>(valid: (value: T) => boolean) =>
  (value: T | null) =>
    value === null || valid(value);
const within = (value: unknown, low: number, high: number) => typeof value === "number" && value >= low && value < high;
const finite = (value: unknown, least: number) => Number.isFinite(value) && (value as number) >= least;
const yesOrNo = (value: unknown) => typeof value === "boolean";

const entry = <T>(
  initial: T,
  huggingFace: string | null,
  unit: string,
  rule: string,
  valid: (value: T) => boolean,
  reason: string,
): OptionEntry<T> => ({ default: initial, unit, huggingFace, rule, valid, reason });

const count = (initial: number, name: string | null, unit: string, reason: string, least = 1) =>
  entry<number>(initial, name, unit, `a whole number from ${least}`, (value: number) => whole(value, least), reason);
const countOrNull = (name: string | null, unit: string, reason: string) =>
  entry<number | null>(
    null,
    name,
    unit,
    "null or a whole number from 1",
    orNull((v: number) => whole(v, 1)),
    reason,
  );
const share = (initial: number, name: string | null, unit: string, reason: string) =>
  entry<number>(initial, name, unit, "at least 0 and below 1", (value: number) => within(value, 0, 1), reason);
const dropout = (name: string | null, reason: string) =>
  entry<number | null>(
    null,
    name,
    "probability",
    "null or at least 0 and below 1",
    orNull((value: number) => within(value, 0, 1)),
    reason,
  );
const flag = (name: string | null, reason: string) =>
  entry<boolean>(false, name, "yes or no", "true or false", yesOrNo, reason);

export const TRAINING_OPTIONS: { readonly [K in keyof TrainingOptions]: OptionEntry<TrainingOptions[K]> } = {
  epochs: count(3, "num_train_epochs", "passes over the training split", "As Hugging Face."),
  maxSteps: countOrNull("max_steps", "updates", "null: epochs decide. Else it does, over or short of the epochs."),
  batchSize: count(8, "per_device_train_batch_size", "sequences a part", "As Hugging Face."),
  gradientAccumulationSteps: count(
    1,
    "gradient_accumulation_steps",
    "parts an update",
    "The loss is normalised over all parts of an update together, so n parts of b are one batch of n·b.",
  ),
  groupByLength: flag("group_by_length", "Batches of like length pad less in attention; the order is less random."),
  learningRate: entry<number>(
    5e-5,
    "learning_rate",
    "per update, after the warm-up",
    "a number above 0",
    (value: number) => Number.isFinite(value) && value > 0,
    "As Hugging Face. 1e-4 and more suits small encoders, LoRA and frozen layers.",
  ),
  lrSchedulerType: entry<ScheduleName>(
    "linear",
    "lr_scheduler_type",
    "name",
    "linear, cosine or constant",
    (value) => ["linear", "cosine", "constant"].includes(value),
    "As Hugging Face; its constant_with_warmup is constant here, with a warm-up.",
  ),
  warmupSteps: count(0, "warmup_steps", "updates", "As Hugging Face: none.", 0),
  warmupRatio: share(0, "warmup_ratio", "share of all updates", "As Hugging Face: rounded up to whole updates."),
  weightDecay: entry<number>(
    0,
    "weight_decay",
    "per unit of learning rate",
    "a number from 0",
    (value: number) => finite(value, 0),
    "As Hugging Face; never on biases and normalisation.",
  ),
  layerwiseLearningRateDecay: entry<number>(
    1,
    null,
    "factor a layer",
    "above 0 and at most 1",
    (value: number) => Number.isFinite(value) && value > 0 && value <= 1,
    "1: off. Head and pooler learn in full, the last layer at it, each one below at it again, embeddings least.",
  ),
  adamBeta1: share(0.9, "adam_beta1", "share kept an update", "As Hugging Face and torch."),
  adamBeta2: share(0.999, "adam_beta2", "share kept an update", "As Hugging Face and torch."),
  adamEpsilon: entry<number>(
    1e-8,
    "adam_epsilon",
    "size of a gradient",
    "a number above 0",
    (value: number) => Number.isFinite(value) && value > 0,
    "As Hugging Face and torch.",
  ),
  gradientClip: entry<number>(
    1,
    "max_grad_norm",
    "norm of all gradients together",
    "a number from 0; 0 switches clipping off",
    (value: number) => finite(value, 0),
    "As Hugging Face.",
  ),
  labelSmoothingFactor: share(
    0,
    "label_smoothing_factor",
    "share of the target",
    "As Hugging Face: LabelSmoother's rule.",
  ),
  classWeights: entry<"none" | "balanced">(
    "none",
    null,
    "name",
    "none or balanced",
    (value) => value === "none" || value === "balanced",
    "balanced is scikit-learn's rule; the mean is over weights, as torch's CrossEntropyLoss(weight).",
  ),
  maskProbability: entry<number>(
    0.15,
    "mlm_probability (DataCollatorForLanguageModeling)",
    "share of the tokens",
    "above 0 and below 1",
    (value: number) => within(value, Number.MIN_VALUE, 1),
    "As Hugging Face and BERT.",
  ),
  dropout: dropout(null, "null: the model's own. Else all three below, where they are null."),
  hiddenDropout: dropout("hidden_dropout_prob (config)", "null: `dropout`, else the model's own."),
  attentionDropout: dropout("attention_probs_dropout_prob (config)", "null: `dropout`, else the model's own."),
  classifierDropout: dropout("classifier_dropout (config)", "null: `dropout`, else the model's own."),
  freezeEmbeddings: flag(null, "Embeddings keep their values; they cost no gradient and no moments."),
  frozenLayers: count(
    0,
    null,
    "layers from the first",
    "Frozen with the embeddings under them: nothing learns below.",
    0,
  ),
  lora: entry<LoraOptions | null>(
    null,
    "LoraConfig (peft): r, lora_alpha, target_modules",
    "rank, alpha, names of dense layers",
    `null or a rank from 1, an alpha above 0 and targets out of ${LORA_TARGETS.join(", ")}`,
    orNull(
      ({ rank, alpha, targets }: LoraOptions) =>
        whole(rank, 1) &&
        Number.isFinite(alpha) &&
        alpha > 0 &&
        Array.isArray(targets) &&
        targets.length > 0 &&
        targets.every((target) => LORA_TARGETS.includes(target)),
    ),
    "The encoder is frozen but for low-rank matrices; pooler and head learn in full. Merged when saved.",
  ),
  evalSteps: countOrNull("eval_steps", "updates", "null: at each epoch's end (eval_strategy epoch)."),
  metricForBestModel: entry<string | null>(
    null,
    "metric_for_best_model",
    "name of a metric of the validation split",
    "null or a metric of the task",
    (value) => value === null || typeof value === "string",
    "null: macroF1, rocAuc, rmse or loss, by task; Hugging Face: loss.",
  ),
  loadBestModelAtEnd: flag("load_best_model_at_end", "As Hugging Face: the last weights are the model unless asked."),
  earlyStoppingPatience: countOrNull(
    "early_stopping_patience (EarlyStoppingCallback)",
    "evaluations",
    "null: never. Else stop after so many in a row without gain.",
  ),
  earlyStoppingThreshold: entry<number>(
    0,
    "early_stopping_threshold (EarlyStoppingCallback)",
    "size of the metric",
    "a number from 0",
    (value: number) => finite(value, 0),
    "As Hugging Face: a gain has to be larger.",
  ),
  temperatureScaling: flag(
    null,
    "The output layer of the saved model is divided by the temperature that validation likes.",
  ),
  saveTotalLimit: countOrNull(
    "save_total_limit",
    "checkpoints",
    "null: whoever owns the folder tidies it. The best is kept besides.",
  ),
  seed: count(42, "seed", "number", "As Hugging Face. Decides weights, order, masks and dropout.", 0),
  logEvery: count(500, "logging_steps", "updates", "As Hugging Face; besides each epoch's end."),
  checkpointEvery: count(500, "save_steps", "updates", "As Hugging Face; besides each epoch's end."),
  threads: count(1, null, "threads of the runtime", "The bits depend on it: whoever starts the run decides."),
};
