/** What a client has used of what it may use. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, Int, ObjectType } from "type-graphql";

@ObjectType("RateLimit", { description: "Cost points of the key in the minute that began with its first operation." })
export class RateLimit {
  @Field(() => Int, { description: "Points in a minute." })
  limit!: number;

  @Field(() => Int, { description: "What this operation costs." })
  cost!: number;

  @Field(() => Int, { description: "Points left, this operation taken off." })
  remaining!: number;

  @Field(() => Int, { description: "Points used, this operation included." })
  used!: number;

  @Field(() => GraphQLDateTime, { description: "When all points are there again." })
  resetAt!: Date;
}

@ObjectType("Usage", { description: "What is used, and how much may be." })
export class Usage {
  @Field(() => Float, { description: "What is used; a whole number." })
  used!: number;

  @Field(() => Float, { nullable: true, description: "The most that may be used; null: no limit." })
  limit!: number | null;
}

@ObjectType("Quota", { description: "What the key holds, and how much it may hold." })
export class Quota {
  @Field(() => Usage, {
    description: "Runs and downloads of the key that have not ended. One more is QUOTA_EXCEEDED.",
  })
  runs!: Usage;

  @Field(() => Usage, {
    description:
      "Bytes on disk of what the key made: checkpoints, models, what downloads will bring, and 4,000 for each " +
      "molecule of a dataset. Above the limit, what would add to it is QUOTA_EXCEEDED.",
  })
  bytes!: Usage;
}
