/** A measured value of a run. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, Int, ObjectType } from "type-graphql";
import { Split } from "./enums.js";

@ObjectType("Metric", { description: "A measured value of a run at one step." })
export class Metric {
  @Field(() => Int, { description: "Counts from 1 without gaps within its run: the cursor of runMetrics." })
  sequence!: number;

  @Field(() => Int, { description: "Optimizer steps done when it was measured." })
  step!: number;

  @Field(() => Float, { description: "Epochs done, with fraction." })
  epoch!: number;

  @Field(() => Split, { description: "The split it was measured on." })
  split!: Split;

  @Field(() => String, {
    description:
      "loss (mean cross-entropy in nats), accuracy and macroF1 (0 to 1), learningRate (per step), " +
      "gradientNorm (before clipping).",
  })
  name!: string;

  @Field(() => Float, { description: "The value; always finite." })
  value!: number;

  @Field(() => GraphQLDateTime, { description: "When it was measured." })
  at!: Date;
}
