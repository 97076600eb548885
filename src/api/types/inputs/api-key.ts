/** Inputs of the mutations of keys. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, InputType, Int } from "type-graphql";
import { KeyRole } from "../api-key.js";

@InputType("KeyLimitsInput", { description: "What a key may use. Null: what the server allows keys." })
export class KeyLimitsInput {
  @Field(() => Int, { nullable: true, description: "Cost points in a minute (MAILLARD_KEY_POINTS)." })
  pointsPerMinute?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Runs and downloads that have not ended (MAILLARD_KEY_RUNS); 0: it starts none.",
  })
  maxRuns?: number | null;

  @Field(() => Float, { nullable: true, description: "Bytes on disk, a whole number (MAILLARD_KEY_BYTES)." })
  maxBytes?: number | null;
}

@InputType("CreateApiKeyInput", { description: "A new key of the API." })
export class CreateApiKeyInput {
  @Field(() => String, {
    description:
      "Whose key it is: 1 to 64 letters, digits, dots, dashes or underscores. CONFLICT when a key has or had it.",
  })
  name!: string;

  @Field(() => KeyRole, { description: "What it may do. The first key is an ADMIN's (else CONFLICT)." })
  role!: KeyRole;

  @Field(() => [String], {
    nullable: true,
    description:
      "Names of its projects, at most 20; those that do not exist are made. What it makes belongs to the first one. " +
      "Null or empty: `default`.",
  })
  projects?: string[] | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ends; null: never." })
  expiresAt?: Date | null;

  @Field(() => KeyLimitsInput, { nullable: true, description: "What it may use; null: what the server allows keys." })
  limits?: KeyLimitsInput | null;
}
