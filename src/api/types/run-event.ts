/** What happened to a run, and its attempts. */
import { GraphQLDateTime, GraphQLJSON } from "graphql-scalars";
import { Field, Int, ObjectType } from "type-graphql";
import { AttemptEnding, EventLevel } from "./enums.js";
import { RunError } from "./run.js";
import { RunEventKind } from "./table-enums.js";

@ObjectType("RunEvent", { description: "Something that happened to a run." })
export class RunEvent {
  @Field(() => Int, { description: "Counts from 1 without gaps within its run: the cursor of runEvents." })
  sequence!: number;

  @Field(() => GraphQLDateTime, { description: "When it happened." })
  at!: Date;

  @Field(() => EventLevel, { description: "How much it matters." })
  level!: EventLevel;

  @Field(() => RunEventKind, { description: "For programs." })
  kind!: RunEventKind;

  @Field(() => String, { description: "For people." })
  message!: string;

  @Field(() => GraphQLJSON, { description: "Facts for programs: an object, by the kind." })
  data!: unknown;

  @Field(() => Int, { description: "The attempt that it belongs to; 0 before the first." })
  attempt!: number;
}

@ObjectType("RunAttempt", { description: "A claim of a run by a worker." })
export class RunAttempt {
  @Field(() => Int, { description: "Counts from 1." })
  attempt!: number;

  @Field(() => String, { description: "Name of the worker's machine." })
  host!: string;

  @Field(() => String, { nullable: true, description: "On what it computed; null until the work has chosen." })
  device!: string | null;

  @Field(() => GraphQLDateTime, { description: "When the worker took it." })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ended; null while it goes on." })
  endedAt!: Date | null;

  @Field(() => Int, { description: "The step that it went on from; 0: the first." })
  fromStep!: number;

  @Field(() => Int, { nullable: true, description: "The step that it came to; null while it goes on." })
  toStep!: number | null;

  @Field(() => AttemptEnding, { nullable: true, description: "What ended it; null while it goes on." })
  ending!: AttemptEnding | null;

  @Field(() => RunError, { nullable: true, description: "The fault that ended it; null: none did." })
  error!: RunError | null;
}
