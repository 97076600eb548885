/** A molecule as a vector. */
import { createUnionType, Field, Float, ID, Int, ObjectType } from "type-graphql";
import { Pooling } from "./enums.js";
import { Node } from "./node.js";
import { SmilesError } from "./smiles-error.js";

@ObjectType("Embedding", {
  implements: Node,
  description: "The vector that one model gives to one SMILES. Computed once, then kept.",
})
export class Embedding extends Node {
  @Field(() => ID, { description: "Global id: the same for the same model, pooling, layer and molecule text." })
  override id!: string;

  @Field(() => String, { description: "Canonical SMILES as given to the model." })
  smiles!: string;

  @Field(() => Pooling, { description: "How the hidden layer became this vector." })
  pooling!: Pooling;

  @Field(() => Int, {
    description: "Hidden layer: 0 is what enters the first one; the number of the model's layers: the last.",
  })
  layer!: number;

  @Field(() => Int, { description: "Length of `vector`: the width of the model." })
  dimension!: number;

  @Field(() => [Float], { description: "The values (float32)." })
  vector!: number[];
}

export const EmbeddingResult = createUnionType({
  name: "EmbeddingResult",
  description: "An embedding, or the reason why this SMILES has none.",
  types: () => [Embedding, SmilesError] as const,
  resolveType: (value) => ("code" in value ? SmilesError : Embedding),
});
