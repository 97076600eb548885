/** Sweeps: finetunes that differ in options that are searched. */
import { GraphQLJSON } from "graphql-scalars";
import { Field, Float, Int, ObjectType } from "type-graphql";
import { SWEEP_METHODS, SWEEP_SCALES } from "../../runs/orders/sweep/types.js";
import { Run } from "./run.js";
import { enumOf } from "./table-enums.js";

export const SweepMethod = enumOf(
  "SweepMethod",
  "Which combinations of options are tried, and for how long.",
  SWEEP_METHODS,
);
export type SweepMethod = keyof typeof SweepMethod;

export const SweepScale = enumOf("SweepScale", "How the values of a range are spread.", SWEEP_SCALES);
export type SweepScale = keyof typeof SweepScale;

@ObjectType("SweepOption", { description: "What a trial has of an option that is searched." })
export class SweepOption {
  @Field(() => String, { description: "Name of the option, as in StartFinetuneInput." })
  option!: string;

  @Field(() => GraphQLJSON, { nullable: true, description: "Its value, as in StartFinetuneInput." })
  value!: unknown;
}

@ObjectType("SweepTrial", { description: "One combination of the options that are searched." })
export class SweepTrial {
  @Field(() => Int, { description: "Its place in the sweep, from 0." })
  index!: number;

  @Field(() => [SweepOption], { description: "The options that are searched, in the order of the search." })
  options!: SweepOption[];

  @Field(() => Run, {
    nullable: true,
    description:
      "Its finetune: CANCELLED when the sweep stopped it, PAUSED while it waits for others to be compared; null when " +
      "it was deleted.",
  })
  run!: Run | null;

  @Field(() => Float, { description: "Epochs that it has trained." })
  epochs!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Of the validation split: of the model when it has SUCCEEDED, else the last that was measured. Null: none was, " +
      "or it FAILED.",
  })
  score!: number | null;

  @Field(() => Boolean, { description: "Whether it is the best of those that have SUCCEEDED." })
  best!: boolean;
}

@ObjectType("SweepCost", { description: "What a sweep has cost so far." })
export class SweepCost {
  @Field(() => Int, { description: "Updates of all trials." })
  steps!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Updates if every trial ran to its end; null until every trial has begun.",
  })
  fullSteps!: number | null;

  @Field(() => Float, { nullable: true, description: "`steps` / `fullSteps`." })
  share!: number | null;

  @Field(() => Float, { description: "Seconds by the clock of all attempts of its trials, added up." })
  seconds!: number;
}

@ObjectType("Sweep", { description: "What a group of runs is that searches options." })
export class Sweep {
  @Field(() => SweepMethod, { description: "Which combinations are tried, and for how long." })
  method!: SweepMethod;

  @Field(() => String, {
    description: "Score of the validation split that compares trials; the loss where it has no value there.",
  })
  metric!: string;

  @Field(() => Boolean, { description: "Whether a greater score is better." })
  greaterIsBetter!: boolean;

  @Field(() => Int, { description: "Of the random draws." })
  seed!: number;

  @Field(() => Int, { nullable: true, description: "HALVING: 1 / factor of the trials go on; else null." })
  factor!: number | null;

  @Field(() => [Int], { description: "HALVING: epochs after which trials are compared, the last one all; else empty." })
  rungs!: number[];

  @Field(() => [Int], { description: "HALVING: trials that train to each of `rungs`; else empty." })
  sizes!: number[];

  @Field(() => [SweepTrial], { description: "All trials, in their order." })
  trials!: SweepTrial[];

  @Field(() => SweepTrial, {
    nullable: true,
    description:
      "The best of the trials that have SUCCEEDED, by validation alone. Only its scores of the test split say " +
      "something about new molecules, and only if they are read once, at the end.",
  })
  best!: SweepTrial | null;

  @Field(() => Boolean, { description: "Whether every trial has ended." })
  done!: boolean;

  @Field(() => SweepCost, { description: "What it has cost so far." })
  cost!: SweepCost;

  @Field(() => String, {
    description: "Parallel coordinates as standalone SVG: a line for each trial, the best one in bold.",
  })
  figure!: string;
}
