/** A piece of background work: a finetune or the embedding of a dataset. */
import { GraphQLDateTime, GraphQLJSON } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { RunKind, RunOriginKind, RunStatus, RunVerb, Split } from "./enums.js";
import { Node } from "./node.js";
import { RunEnvironment } from "./run-environment.js";
import { RunSettings, type SettingsRoot } from "./run-settings.js";
import { ErrorCode, errorCodeOf, Task, WarningCode } from "./table-enums.js";

@ObjectType("RunProgress", { description: "How far a run is." })
export class RunProgress {
  @Field(() => Int, {
    description: "Steps done: of an optimizer, or molecules; of a projection run molecules, then steps of the map.",
  })
  step!: number;

  @Field(() => Int, { description: "Steps in all; 0 before the run has started." })
  totalSteps!: number;

  @Field(() => Float, { description: "Epochs done, with fraction; 0 for an embedding run." })
  epoch!: number;

  @Field(() => Float, {
    nullable: true,
    description: "Estimated seconds to the end; null when not running or not known yet.",
  })
  secondsLeft!: number | null;
}

@ObjectType("RunEstimate", {
  description:
    "What a finetune or a pretraining on the processor is expected to take, from its model, options and molecules. " +
    "The documentation says how near it comes.",
})
export class RunEstimate {
  @Field(() => Float, { description: "Most bytes of memory of its process; a whole number." })
  bytes!: number;

  @Field(() => Float, {
    description: "Seconds from start to end, from the speed of the latest runs of this kind with models of this width.",
  })
  seconds!: number;
}

@ObjectType("RunError", { description: "Why a run failed." })
export class RunError {
  @Field(() => ErrorCode, { description: "For programs." })
  code!: ErrorCode;

  @Field(() => String, { description: "For people: the rule, the value, what to do." })
  message!: string;

  @Field(() => String, { nullable: true, description: "The input field to blame; null when there is none." })
  param!: string | null;
}

/** Of the columns of a run or a download; null unless it failed. */
export function runErrorOf({ errorCode, errorMessage, errorParam }: FailedRow): RunError | null {
  return errorCode === null ? null : { code: errorCodeOf(errorCode), message: errorMessage ?? "", param: errorParam };
}

interface FailedRow {
  errorCode: string | null;
  errorMessage: string | null;
  errorParam: string | null;
}

@ObjectType("RunWarning", { description: "Something to know when reading a run's scores." })
export class RunWarning {
  @Field(() => WarningCode, { description: "For programs." })
  code!: WarningCode;

  @Field(() => String, { description: "For people." })
  message!: string;
}

@ObjectType("SplitSize", { description: "How many molecules (rows, under ROW) a run put into a split." })
export class SplitSize {
  @Field(() => Split, { description: "The split." })
  split!: Split;

  @Field(() => Int, { description: "Number of molecules." })
  count!: number;
}

@ObjectType("RunScore", { description: "A score of a run on one of its splits." })
export class RunScore {
  @Field(() => Split, { description: "The split." })
  split!: Split;

  @Field(() => String, { description: "Its name, as in Score." })
  name!: string;

  @Field(() => Float, { description: "Its value." })
  value!: number;
}

@ObjectType("RunOrigin", { description: "The run that another one was made of." })
export class RunOrigin {
  @Field(() => RunOriginKind, { description: "How it was made of it." })
  kind!: RunOriginKind;

  @Field(() => Run, { nullable: true, description: "That run; null where it was deleted." })
  run!: unknown;
}

@ObjectType("Run", {
  implements: Node,
  description: "Background work: a finetune, or the embedding of a dataset. Follow it with runUpdated and runMetrics.",
})
export class Run extends Node {
  @Field(() => ID, { description: "Global id; taken by run, cancelRun, runMetrics and runUpdated." })
  override id!: string;

  @Field(() => RunKind, { description: "What the run does." })
  kind!: RunKind;

  @Field(() => String, { description: "Name given at the start; a finetune's model gets it." })
  name!: string;

  @Field(() => RunStatus, { description: "Where it is in its life." })
  status!: RunStatus;

  @Field(() => String, {
    nullable: true,
    description: "Label set that is learned; null when there are several, and for an embedding run.",
  })
  target!: string | null;

  @Field(() => [String], { description: "Label sets that are learned; empty for an embedding run." })
  targets!: string[];

  @Field(() => Task, { nullable: true, description: "What its model will answer; null for an embedding run." })
  task!: Task | null;

  @Field(() => RunProgress, { description: "How far it is." })
  progress!: RunProgress;

  @Field(() => RunEstimate, {
    nullable: true,
    description: "Made when it was asked for; null for other kinds than FINETUNE and PRETRAIN, and for other devices.",
  })
  estimate!: RunEstimate | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Most bytes of memory of its training process so far; null for kinds without one, and before it trains.",
  })
  peakBytes!: number | null;

  @Field(() => RunError, { nullable: true, description: "Why it failed; null unless FAILED." })
  error!: RunError | null;

  @Field(() => [RunWarning], {
    description:
      "What to know when reading its scores: classes dropped, classes missing from a split, molecules that the model " +
      "does not see as a whole.",
  })
  warnings!: RunWarning[];

  @Field(() => RunSettings, { description: "What it was asked, with every default written out." })
  input!: SettingsRoot;

  @Field(() => GraphQLJSON, { description: "`input` as it is stored, to be kept or sent again by programs." })
  inputJson!: unknown;

  @Field(() => RunEnvironment, {
    nullable: true,
    description: "On what it computes; null before it started, and for an embedding or probe.",
  })
  environment!: RunEnvironment | null;

  @Field(() => Int, { description: "How often a worker has claimed it: above 1 after a crash." })
  attempt!: number;

  @Field(() => Int, { description: "Order among the runs that wait: higher first; see setRunPriority." })
  priority!: number;

  @Field(() => Int, { description: "Faults that passed since its last progress, after each of which it waited." })
  faults!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "After a fault: when it is tried again at the earliest; null: nothing holds it back.",
  })
  notBefore!: Date | null;

  @Field(() => [RunVerb], { description: "What may be done with it as it is now." })
  verbs!: RunVerb[];

  @Field(() => String, { nullable: true, description: "What it is for; null: nobody said." })
  description!: string | null;

  @Field(() => String, { description: "What people wrote about it with updateRun; empty: nothing." })
  notes!: string;

  @Field(() => [String], { description: "Its tags." })
  tags!: string[];

  @Field(() => RunOrigin, { nullable: true, description: "The run that it was made of; null: it was made of none." })
  origin!: RunOrigin | null;

  @Field(() => GraphQLDateTime, { description: "When it was asked for." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it first ran; null while it waits." })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ended; null until then." })
  finishedAt!: Date | null;
}

export const { Connection: RunConnection } = connectionType("Run", () => Run);
