/** What a model says of one SMILES. */

import { createUnionType, Field, Float, ID, Int, ObjectType } from "type-graphql";
import { Node } from "./node.js";
import { SmilesError } from "./smiles-error.js";

@ObjectType("ClassScore", { description: "A class or label and its probability." })
export class ClassScore {
  @Field(() => String, { description: "Name of the class or label." })
  label!: string;

  @Field(() => Float, {
    description:
      "Probability, 0 to 1. SINGLE_LABEL: softmax; all classes add up to 1. MULTI_LABEL: logistic; each " +
      "label by itself, their sum is anything from 0 to their number.",
  })
  score!: number;
}

@ObjectType("TargetValue", { description: "A target of a regression model and the value predicted for it." })
export class TargetValue {
  @Field(() => String, { description: "Name of the target: its label set." })
  target!: string;

  @Field(() => Float, { description: "The value, in the units of the label set that was learned." })
  value!: number;
}

@ObjectType("Prediction", {
  implements: Node,
  description: "The answer of one model about one SMILES. Computed once, then kept.",
})
export class Prediction extends Node {
  @Field(() => ID, { description: "Global id: the same for the same model, molecule text and `forms`." })
  override id!: string;

  @Field(() => String, {
    description:
      "Canonical SMILES of the largest fragment, as given to the model: not the text that was asked. Answers of " +
      "`predict` are in the order of its `smiles`.",
  })
  smiles!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "What the answer leaves out: fragments of a salt, tokens behind the maximum that the model reads, atoms that " +
      "it does not know; null when it leaves nothing out.",
  })
  note!: string | null;

  @Field(() => String, { description: "The most probable class or label; of REGRESSION the first target." })
  label!: string;

  @Field(() => Float, { description: "Probability of `label`, 0 to 1; of REGRESSION its value, in units." })
  score!: number;

  @Field(() => [ClassScore], {
    description:
      "The `topK` most probable classes or labels (all of them outside `predict`), best first; empty for REGRESSION.",
  })
  labels!: ClassScore[];

  @Field(() => [TargetValue], {
    description: "REGRESSION: a value for each target, in the model's order; empty for every other model.",
  })
  values!: TargetValue[];

  @Field(() => [Float], {
    nullable: true,
    description:
      "Raw outputs of the head in the order of the model's `labels`, before softmax or logistic function (and after " +
      "the temperature of a calibrated model); computed again on request. Null where no one row of logits stands " +
      "behind the answer: of an ensemble, of `forms` above 1, and of REGRESSION, which has `values`. OVERLOADED, " +
      "COMPUTE_CRASHED.",
  })
  logits!: number[] | null;

  @Field(() => Int, {
    description:
      "Ways of writing the molecule of which this is the mean (`averageOver` of `predict`); 1: its " +
      "canonical SMILES alone.",
  })
  forms!: number;
}

export const PredictionResult = createUnionType({
  name: "PredictionResult",
  description: "A prediction, or the reason why this SMILES has none.",
  types: () => [Prediction, SmilesError] as const,
  resolveType: (value) => ("code" in value ? SmilesError : Prediction),
});
