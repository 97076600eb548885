/** Inputs of the mutations of keys. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, InputType } from "type-graphql";
import { KeyRole } from "../api-key.js";

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
}
