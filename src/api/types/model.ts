/** A checkpoint that can be used. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { ModelKind } from "./enums.js";
import { Node } from "./node.js";
import { Precision, Task } from "./table-enums.js";

@ObjectType("Model", {
  implements: Node,
  description: "What can be asked: a checkpoint (an encoder, with or without a head), a linear probe or an ensemble.",
})
export class Model extends Node {
  @Field(() => ID, { description: "Global id." })
  override id!: string;

  @Field(() => String, { description: "Unique name: what predict, embed and projection take." })
  name!: string;

  @Field(() => ModelKind, { description: "What it is made of." })
  kind!: ModelKind;

  @Field(() => String, {
    description:
      "Architecture: bert, roberta or albert; of an ensemble that of its first transformer; of a probe on " +
      "fingerprints morgan, and `layers`, `heads`, `vocabularySize` and `maxLength` are 0.",
  })
  family!: string;

  @Field(() => Task, { description: "What its head answers." })
  task!: Task;

  @Field(() => [String], {
    nullable: true,
    description: "Classes, labels or targets in the order of the logits; null without a head for them.",
  })
  labels!: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Label set that the head predicts; null when unknown, when there are several (see `labels`), or without a head.",
  })
  target!: string | null;

  @Field(() => Precision, {
    description: "How its layers are computed when it answers; of a composed model FLOAT32, see its members.",
  })
  precision!: Precision;

  @Field(() => Int, { description: "Number of transformer layers." })
  layers!: number;

  @Field(() => Int, {
    description: "Width of the hidden layers: the dimension of an embedding; bits of a fingerprint.",
  })
  width!: number;

  @Field(() => Int, { description: "Attention heads per layer." })
  heads!: number;

  @Field(() => Int, { description: "Number of token types." })
  vocabularySize!: number;

  @Field(() => Float, { description: "Number of weights; a whole number." })
  parameterCount!: number;

  @Field(() => Int, {
    description: "Longest input in tokens, special tokens included; longer ones are cut from the right.",
  })
  maxLength!: number;

  @Field(() => String, {
    description: "sha256 of the checkpoint's files, or of what it is composed of: the identity of what it computes.",
  })
  checksum!: string;

  @Field(() => String, { description: "Model card, Markdown; empty when there is none." })
  card!: string;

  @Field(() => GraphQLDateTime, { description: "When it was registered." })
  createdAt!: Date;
}

export const { Connection: ModelConnection } = connectionType("Model", () => Model);
