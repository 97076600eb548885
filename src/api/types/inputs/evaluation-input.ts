/** What startEvaluation takes. */
import { Field, InputType, Int } from "type-graphql";
import { Split } from "../enums.js";
import { AnnotationInput } from "./annotation-input.js";

@InputType("EvaluationPartInput", { description: "A part of a dataset, as a label set of splits says." })
export class EvaluationPartInput {
  @Field(() => String, {
    description:
      "Label set whose values are train, validation (or valid, val) and test. UNKNOWN_TARGET, INVALID_CONFIG.",
  })
  column!: string;

  @Field(() => Split, { defaultValue: Split.TEST, description: "The part." })
  split!: Split;
}

@InputType("StartEvaluationInput", { description: "Scores of a model on a labelled dataset, as a background run." })
export class StartEvaluationInput extends AnnotationInput {
  @Field(() => String, {
    description: "Name of a model with a head: a checkpoint, a probe or an ensemble. NOT_FOUND, MODEL_HAS_NO_HEAD.",
  })
  model!: string;

  @Field(() => String, { description: "Name of the dataset; every molecule with a label is scored." })
  dataset!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Label set that is the truth; null: the one that the model was trained on, by its name. UNKNOWN_TARGET, " +
      "TASK_MISMATCH when it is of another kind than the model answers.",
  })
  target?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Several label sets, of numbers or of 0 and 1: named as outputs of the model, or one for each output in their " +
      "order. INVALID_CONFIG.",
  })
  targets?: string[] | null;

  @Field(() => EvaluationPartInput, { nullable: true, description: "Only this part; null: all labelled molecules." })
  part?: EvaluationPartInput | null;

  @Field(() => Int, {
    defaultValue: 1,
    description: "Ways of writing each molecule whose answers are averaged, 1 to 32. BAD_INPUT.",
  })
  averageOver!: number;

  @Field(() => String, { nullable: true, description: "As in StartFinetuneInput." })
  idempotencyKey?: string | null;
}
