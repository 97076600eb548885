/** Finetunes that were started together. */
import { GraphQLDateTime, GraphQLJSON } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type * as service from "../../service/evaluation/group-scores.js";
import { connectionType } from "./connection.js";
import { RunGroupKind, RunStatus, Split } from "./enums.js";
import { Model } from "./model.js";
import { Node } from "./node.js";
import { Run } from "./run.js";
import { RepeatsSettings } from "./run-settings.js";
import { Sweep } from "./sweep.js";

@ObjectType("GroupScore", { description: "One score over the runs of a group that have it." })
export class GroupScore implements service.GroupScore {
  @Field(() => Split, { description: "The split it was measured on." })
  split!: Split;

  @Field(() => String, { description: "Its name, as in Score." })
  name!: string;

  @Field(() => Float, { description: "Mean over the runs." })
  mean!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Sample standard deviation over the runs (n - 1 in the divisor); null for a single run.",
  })
  standardDeviation!: number | null;

  @Field(() => Int, { description: "Runs that have it." })
  count!: number;

  @Field(() => [Float], { description: "Its values, in the order of the runs." })
  values!: number[];
}

@ObjectType("RunGroup", {
  implements: Node,
  description:
    "Finetunes started together that differ in one thing: their seed, or which fold of the molecules " +
    "tests; their scores are told as mean and deviation. Or a sweep, whose runs differ in options.",
})
export class RunGroup extends Node {
  @Field(() => ID, { description: "Global id; taken by runGroup and cancelRunGroup." })
  override id!: string;

  @Field(() => String, { description: "Name given at the start; its runs are called name-1, name-2, …" })
  name!: string;

  @Field(() => RunGroupKind, { description: "In what its runs differ." })
  kind!: RunGroupKind;

  @Field(() => RunStatus, {
    description:
      "SUCCEEDED when all its runs have, of a sweep when one has and none goes on; else FAILED or CANCELLED when one " +
      "has and none goes on; else RUNNING or QUEUED, or PAUSED when all that is left of it is.",
  })
  status!: RunStatus;

  @Field(() => [Run], { description: "Its runs, in the order of the seeds or folds." })
  runs!: Run[];

  @Field(() => Boolean, {
    description:
      "True under ROW, which deals rows: molecules of validation and test were trained on, and the scores " +
      "say nothing about new ones.",
  })
  leaky!: boolean;

  @Field(() => [GroupScore], {
    description:
      "Scores of the runs that have SUCCEEDED, by split and name; empty before the first has, and of a sweep, whose " +
      "runs have not the same options.",
  })
  scores!: GroupScore[];

  @Field(() => Model, {
    nullable: true,
    description:
      "The ensemble of its models; null unless it was asked for and all runs have SUCCEEDED. It has the " +
      "group's name or, where a model had taken that in the meantime, the name with the end of the group's " +
      "id.",
  })
  model!: Model | null;

  @Field(() => Sweep, { nullable: true, description: "Trials and the best of them; null for repeats." })
  sweep!: unknown;

  @Field(() => RepeatsSettings, {
    description: "What it was asked, with every default written out; what a sweep searches is in `sweep`.",
  })
  input!: unknown;

  @Field(() => GraphQLJSON, { description: "`input` as it is stored, to be kept or sent again by programs." })
  inputJson!: unknown;

  @Field(() => GraphQLDateTime, { description: "When it was asked for." })
  createdAt!: Date;
}

export const { Connection: RunGroupConnection } = connectionType("RunGroup", () => RunGroup);
