/** Inputs of linear probes, of repeated finetunes and of ensembles. */
import { Field, Float, InputType, Int } from "type-graphql";
import { Pooling, SplitStrategy } from "./enums.js";
import { SplitInput, StartFinetuneInput } from "./inputs.js";
import { ClassWeights } from "./training-input.js";

@InputType("StartProbeInput", {
  description:
    "A linear layer on the embeddings of a model that stays as it is: logistic regression for classes and labels, ridge regression for numbers.",
})
export class StartProbeInput {
  @Field(() => String, { description: "Name of the run and of its model, as in StartFinetuneInput." })
  name!: string;

  @Field(() => String, {
    description: "Name of the model whose embeddings are read. NOT_FOUND names the existing ones.",
  })
  baseModel!: string;

  @Field(() => String, { description: "Name of the dataset. NOT_FOUND names the existing ones." })
  dataset!: string;

  @Field(() => String, {
    nullable: true,
    description: "Label set to learn, as in StartFinetuneInput; this or `targets`.",
  })
  target?: string | null;

  @Field(() => [String], { nullable: true, description: "Several label sets, as in StartFinetuneInput." })
  targets?: string[] | null;

  @Field(() => Pooling, { defaultValue: Pooling.CLS, description: "Which embeddings." })
  pooling!: Pooling;

  @Field(() => SplitInput, {
    defaultValue: { strategy: SplitStrategy.SCAFFOLD, fractions: [0.8, 0.1, 0.1] },
    description: "How molecules are dealt to splits.",
  })
  split!: SplitInput;

  @Field(() => Int, {
    defaultValue: 10,
    description: "Smaller classes or labels are left out; not used by NUMBER targets.",
  })
  minClassSize!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Classes or labels with more molecules are left out and reported as a warning; null: none is.",
  })
  maxClassSize?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Only so many of the most frequent classes or labels that `minClassSize` and `maxClassSize` leave, 1 or more; null: all.",
  })
  topClasses?: number | null;

  @Field(() => Int, { defaultValue: 42, description: "Seed of the split; the fit itself draws nothing." })
  seed!: number;

  @Field(() => [Float], {
    defaultValue: [1],
    description:
      "C, the inverse of the regularisation, above 0: the penalty is |W|² / (2 C) beside the sum of losses, or |w|² / C beside the squared errors, as scikit-learn's LogisticRegression(C) and Ridge(1 / C). Of several, 1 to 20, the validation split chooses by macro-F1, ROC-AUC or RMSE.",
  })
  inverseRegularization!: number[];

  @Field(() => ClassWeights, {
    defaultValue: ClassWeights.NONE,
    description: "What an example of each class weighs; NONE but for SINGLE_LABEL.",
  })
  classWeights!: "none" | "balanced";

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}

@InputType("StartRepeatsInput", { description: "A finetune done several times. Exactly one of `seeds` and `folds`." })
export class StartRepeatsInput {
  @Field(() => StartFinetuneInput, {
    description:
      "What is repeated. Its `name` (at most 60 characters) is the group's; its runs are called name-1, name-2, … It has no `idempotencyKey`.",
  })
  finetune!: StartFinetuneInput;

  @Field(() => [Int], {
    nullable: true,
    description:
      "1 to 32 different seeds: of the new head, order, masks and dropout. The split is the same for all, that of the finetune's own `seed`.",
  })
  seeds?: number[] | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "3 to 32 folds by the split's strategy: each molecule is in the test part of exactly one run, and in the validation part of another. INVALID_CONFIG with COLUMN.",
  })
  folds?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "True: the mean of all the models becomes a model of the group's name when the last run has SUCCEEDED. With `folds` it has seen every molecule of the dataset: its scores there say nothing.",
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
}
