/** Inputs of linear probes, of repeated finetunes and of ensembles. */
import { Field, Float, InputType, Int } from "type-graphql";
import { COUNTS_STRENGTHS } from "../../../../runs/orders/probe-order.js";
import type { ServiceOptions } from "../../../../train/options/options.js";
import { Pooling, ProbeFeatures } from "../../enums.js";
import { StartFinetuneInput } from "../inputs.js";
import { LearningInput } from "../learning-input.js";
import { OptionField } from "../option-fields.js";

@InputType("StartProbeInput", {
  description:
    "A linear layer on the embeddings of a model that stays as it is, on fingerprints or on counts: logistic " +
    "regression for classes and labels, ridge regression for numbers.",
})
export class StartProbeInput extends LearningInput {
  @Field(() => String, {
    description:
      "Name of the model whose embeddings are read; with other features of the one that the probe is a " +
      "baseline for, which is not read. NOT_FOUND names the existing ones.",
  })
  baseModel!: string;

  @Field(() => ProbeFeatures, {
    defaultValue: ProbeFeatures.EMBEDDING,
    description: "What the layer stands on.",
  })
  features!: ProbeFeatures;

  @Field(() => Pooling, { defaultValue: Pooling.CLS, description: "Which embeddings; only used by EMBEDDING." })
  pooling!: Pooling;

  @OptionField("seed", "Seed of the split; the fit itself draws nothing.")
  seed!: number;

  @Field(() => [Float], {
    nullable: true,
    description:
      "C, the inverse of the regularisation, above 0: the penalty is |W|² / (2 C) beside the sum of losses, or " +
      "|w|² / C beside the squared errors, as scikit-learn's LogisticRegression(C) and Ridge(1 / C). Of several, " +
      "1 to 20, the validation split chooses by macro-F1, ROC-AUC or RMSE. Null: 1; of MORGAN_COUNTS " +
      `${COUNTS_STRENGTHS.join(", ")}, without a validation part 1.`,
  })
  inverseRegularization?: number[] | null;

  @OptionField("classWeights", "What an example of each class weighs; NONE but for SINGLE_LABEL.")
  classWeights!: ServiceOptions["classWeights"];
}

@InputType("StartRepeatsInput", { description: "A finetune done several times. Exactly one of `seeds` and `folds`." })
export class StartRepeatsInput {
  @Field(() => StartFinetuneInput, {
    description:
      "What is repeated. Its `name` (at most 60 characters) is the group's; its runs are called name-1, name-2, …" +
      " It has no `idempotencyKey`.",
  })
  finetune!: StartFinetuneInput;

  @Field(() => [Int], {
    nullable: true,
    description:
      "1 to 32 different seeds: of the new head, order, masks and dropout. The split is the same for all, that of" +
      " the finetune's own `seed`.",
  })
  seeds?: number[] | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "3 to 32 folds by the split's strategy: each molecule is in the test part of exactly one run, and in the " +
      "validation part of another. INVALID_CONFIG with COLUMN.",
  })
  folds?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Repeats the folds so often, each time with molecules dealt anew: by the finetune's own `seed`, by the next " +
      "number, … At most 100 runs in all. Null: once. INVALID_CONFIG with `seeds`.",
  })
  repeats?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "True: the mean of all the models becomes a model of the group's name when the last run has SUCCEEDED. With" +
      " `folds` it has seen every molecule of the dataset: its scores there say nothing.",
  })
  ensemble!: boolean;

  @Field(() => String, { nullable: true, description: "Same key and same input: the same group. Else CONFLICT." })
  idempotencyKey?: string | null;
}

@InputType("CreateEnsembleInput", { description: "Several models served as one." })
export class CreateEnsembleInput {
  @Field(() => String, {
    description: "Name of the ensemble: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when taken.",
  })
  name!: string;

  @Field(() => [String], {
    description:
      "2 to 32 names of models of one task with the same labels in the same order. Linear probes may be among them.",
  })
  models!: string[];

  @Field(() => [Float], {
    nullable: true,
    description:
      "What each of `models` counts in the mean, above 0, in their order; divided by their sum. Null: all the " +
      "same. INVALID_CONFIG when there are more or fewer.",
  })
  weights?: number[] | null;
}
