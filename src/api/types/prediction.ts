/** What a classifier says of one SMILES. */

import { GraphQLDateTime } from "graphql-scalars";
import { createUnionType, Field, Float, ID, ObjectType } from "type-graphql";
import { Node } from "./node.js";
import { SmilesError } from "./smiles-error.js";

@ObjectType("ClassScore", { description: "A class and its probability." })
export class ClassScore {
  @Field(() => String, { description: "Name of the class." })
  label!: string;

  @Field(() => Float, { description: "Softmax probability, 0 to 1; all classes add up to 1." })
  score!: number;
}

@ObjectType("Prediction", {
  implements: Node,
  description: "The answer of one classifier about one SMILES. Computed once, then kept.",
})
export class Prediction extends Node {
  @Field(() => ID, { description: "Global id: the same for the same model and molecule text." })
  override id!: string;

  @Field(() => String, { description: "Canonical SMILES as given to the model." })
  smiles!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "What was changed before classifying, e.g. the fragments of a salt that were left out; null when nothing was.",
  })
  note!: string | null;

  @Field(() => String, { description: "The most probable class." })
  label!: string;

  @Field(() => Float, { description: "Softmax probability of `label`, 0 to 1." })
  score!: number;

  @Field(() => [ClassScore], {
    description: "The `topK` most probable classes (all of them outside `predict`), best first.",
  })
  labels!: ClassScore[];

  @Field(() => GraphQLDateTime, { description: "When it was computed." })
  createdAt!: Date;
}

export const PredictionResult = createUnionType({
  name: "PredictionResult",
  description: "A prediction, or the reason why this SMILES has none.",
  types: () => [Prediction, SmilesError] as const,
  resolveType: (value) => ("code" in value ? SmilesError : Prediction),
});
