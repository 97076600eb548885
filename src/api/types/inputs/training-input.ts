/**
 * Options of training, as StartFinetuneInput takes them. Defaults and rules are those of train/options/options.ts, written into
 * each description, so that the schema says what the engine does.
 */
import { Field, Float, InputType, Int, registerEnumType } from "type-graphql";
import type { LoraTarget as LoraTargetName } from "../../../model/lora.js";
import { TRAINING_OPTIONS, type TrainingOptions } from "../../../train/options/options.js";
import { LearningInput } from "./learning-input.js";

export enum LrSchedulerType {
  LINEAR = "linear",
  COSINE = "cosine",
  CONSTANT = "constant",
}
export enum ClassWeights {
  NONE = "none",
  BALANCED = "balanced",
}
export enum LoraTarget {
  QUERY = "query",
  KEY = "key",
  VALUE = "value",
  ATTENTION_OUTPUT = "attentionOutput",
  INTERMEDIATE = "intermediate",
  OUTPUT = "output",
}
registerEnumType(LrSchedulerType, {
  name: "LrSchedulerType",
  description: "How the learning rate goes on after the warm-up.",
  valuesConfig: {
    LINEAR: { description: "Falls in a line to 0." },
    COSINE: { description: "Falls along half a cosine to 0." },
    CONSTANT: { description: "Stays." },
  },
});
registerEnumType(ClassWeights, {
  name: "ClassWeights",
  description: "What an example of each class weighs in the loss.",
  valuesConfig: {
    NONE: { description: "All the same." },
    BALANCED: { description: "molecules / (classes · molecules of the class), as scikit-learn's class_weight." },
  },
});
registerEnumType(LoraTarget, {
  name: "LoraTarget",
  description: "A dense layer of each encoder layer.",
  valuesConfig: {
    QUERY: { description: "attention.self.query." },
    KEY: { description: "attention.self.key." },
    VALUE: { description: "attention.self.value." },
    ATTENTION_OUTPUT: { description: "attention.output.dense, after the heads." },
    INTERMEDIATE: { description: "intermediate.dense, before the activation." },
    OUTPUT: { description: "output.dense, after the activation." },
  },
});

@InputType("LoraInput", {
  description: "Low-rank adaptation: dense layers are frozen, and alpha / rank · B A is learned beside them.",
})
export class LoraInput {
  @Field(() => Int, {
    defaultValue: 8,
    description: "Rows of A: 1 to the narrower side of the encoder's layers. As PEFT's r.",
  })
  rank!: number;

  @Field(() => Float, { defaultValue: 8, description: "The product is scaled by alpha / rank. Above 0." })
  alpha!: number;

  @Field(() => [LoraTarget], {
    defaultValue: [LoraTarget.QUERY, LoraTarget.VALUE],
    description: "Dense layers that are adapted, at least one.",
  })
  targets!: LoraTargetName[];
}

/** What it is; unit and rule; Hugging Face's name. A default of null makes the field nullable. */
function option(name: keyof TrainingOptions, what: string) {
  const { default: initial, unit, rule, huggingFace } = TRAINING_OPTIONS[name];
  const value = initial === null ? "" : ` Default ${initial}.`;
  const peer = huggingFace === null ? "" : ` Hugging Face: ${huggingFace}.`;
  const description = `${what} Unit: ${unit}; rule: ${rule}.${value}${peer}`;
  return initial === null ? { nullable: true, description } : { defaultValue: initial, description };
}

@InputType()
export abstract class TrainingInput extends LearningInput {
  @Field(() => Int, option("maxSteps", "Updates in all, whatever `epochs` says; null: `epochs` decides."))
  maxSteps?: number | null;

  @Field(() => Int, option("gradientAccumulationSteps", "Batches whose gradients make one update."))
  gradientAccumulationSteps!: number;

  @Field(() => Boolean, option("groupByLength", "True: batches of molecules of like length."))
  groupByLength!: boolean;

  @Field(() => LrSchedulerType, {
    ...option("lrSchedulerType", "How the learning rate goes on after the warm-up."),
    defaultValue: LrSchedulerType.LINEAR,
  })
  lrSchedulerType!: TrainingOptions["lrSchedulerType"];

  @Field(() => Float, option("warmupRatio", "Warm-up as a share; instead of `warmupSteps`, not besides."))
  warmupRatio!: number;

  @Field(
    () => Float,
    option("layerwiseLearningRateDecay", "How much slower each layer learns than the one above it; the head in full."),
  )
  layerwiseLearningRateDecay!: number;

  @Field(() => Float, option("adamBeta1", "AdamW's memory of gradients."))
  adamBeta1!: number;

  @Field(() => Float, option("adamBeta2", "AdamW's memory of squared gradients."))
  adamBeta2!: number;

  @Field(() => Float, option("adamEpsilon", "What AdamW adds to the divisor."))
  adamEpsilon!: number;

  @Field(() => Float, option("labelSmoothingFactor", "Share of each target that is spread evenly over all classes."))
  labelSmoothingFactor!: number;

  @Field(() => ClassWeights, {
    ...option("classWeights", "What an example of each class weighs in the loss."),
    defaultValue: ClassWeights.NONE,
  })
  classWeights!: TrainingOptions["classWeights"];

  @Field(() => Float, option("hiddenDropout", "Dropout of hidden layers; null: `dropout`, else the base model's."))
  hiddenDropout?: number | null;

  @Field(() => Float, option("attentionDropout", "Dropout of attention; null: `dropout`, else the base model's."))
  attentionDropout?: number | null;

  @Field(() => Float, option("classifierDropout", "Dropout of the head; null: `dropout`, else the base model's."))
  classifierDropout?: number | null;

  @Field(() => Boolean, option("freezeEmbeddings", "True: the embeddings keep their values."))
  freezeEmbeddings!: boolean;

  @Field(
    () => Int,
    option("frozenLayers", "Encoder layers that keep their values, from the first; embeddings with them."),
  )
  frozenLayers!: number;

  @Field(() => LoraInput, {
    nullable: true,
    description:
      "Low-rank adaptation: the encoder is frozen but for low-rank matrices, which are merged when the model is saved; pooler and head learn in full. Null: full finetuning. Peer: PEFT's LoraConfig.",
  })
  lora?: LoraInput | null;

  @Field(() => Int, option("evalSteps", "The validation split is scored this often; null: at each epoch's end."))
  evalSteps?: number | null;

  @Field(
    () => String,
    option(
      "metricForBestModel",
      "What chooses the best checkpoint and stops early, by its name in `scores`; null: macroF1 for classes, rocAuc for labels, rmse for numbers.",
    ),
  )
  metricForBestModel?: string | null;

  @Field(
    () => Boolean,
    option("loadBestModelAtEnd", "True: the model is the best checkpoint, not the last; its checkpoint is kept."),
  )
  loadBestModelAtEnd!: boolean;

  @Field(() => Int, option("earlyStoppingPatience", "Stop after so many scorings in a row without gain; null: never."))
  earlyStoppingPatience?: number | null;

  @Field(() => Float, option("earlyStoppingThreshold", "By how much a score must be better to be a gain."))
  earlyStoppingThreshold!: number;

  @Field(
    () => Boolean,
    option("temperatureScaling", "True: the saved model's probabilities are calibrated on the validation split."),
  )
  temperatureScaling!: boolean;

  @Field(
    () => Int,
    option("saveTotalLimit", "Last checkpoints kept, the best up to each besides; null: 2, as one may turn out torn."),
  )
  saveTotalLimit?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Updates between two metrics of the training split, 1 or more; null: about ten an epoch, at most 10. Hugging Face: logging_steps.",
  })
  logEvery?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Updates between two checkpoints, 1 or more, besides each epoch's end; null: 200. Hugging Face: save_steps.",
  })
  checkpointEvery?: number | null;
}
