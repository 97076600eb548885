/** Keys of the API, and who asks. A key itself is in the payloads of createApiKey and rotateApiKey alone. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { KeyRole } from "../../store/generated/enums.js";
import { connectionType } from "./connection.js";

export { KeyRole };

export const KeyStatus = { ACTIVE: "ACTIVE", EXPIRED: "EXPIRED", REVOKED: "REVOKED" } as const;
export type KeyStatus = keyof typeof KeyStatus;

registerEnumType(KeyRole, {
  name: "KeyRole",
  description: "What a key may do. Each has what the ones before it have.",
  valuesConfig: {
    READER: { description: "Predict and look." },
    MEMBER: { description: "Import, train, and end what the key itself began." },
    ADMIN: { description: "Everything, in every project." },
  },
});
registerEnumType(KeyStatus, {
  name: "KeyStatus",
  description: "Whether a key opens the server.",
  valuesConfig: {
    ACTIVE: { description: "It does." },
    EXPIRED: { description: "Its time is over; rotateApiKey with a later `expiresAt` gives it more." },
    REVOKED: { description: "Ended by revokeApiKey, for good." },
  },
});

@ObjectType("KeyLimits", { description: "What a key may use; null: what the server allows keys." })
export class KeyLimits {
  @Field(() => Int, { nullable: true, description: "Cost points in a minute." })
  pointsPerMinute!: number | null;

  @Field(() => Int, { nullable: true, description: "Runs and downloads that have not ended." })
  maxRuns!: number | null;

  @Field(() => Float, { nullable: true, description: "Bytes on disk, a whole number." })
  maxBytes!: number | null;
}

@ObjectType("ApiKey", { description: "A key of the API, without the key itself: the server has its sha256 alone." })
export class ApiKey {
  @Field(() => ID, { description: "Taken by revokeApiKey and rotateApiKey. Not a node." })
  id!: string;

  @Field(() => String, { description: "Unique among all keys that ever were." })
  name!: string;

  @Field(() => KeyRole, { description: "What it may do." })
  role!: KeyRole;

  @Field(() => [String], {
    description: "Names of its projects; what it makes belongs to the first one. An ADMIN sees all projects.",
  })
  projects!: string[];

  @Field(() => KeyStatus, { description: "Whether it opens the server now." })
  status!: KeyStatus;

  @Field(() => GraphQLDateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ends; null: never." })
  expiresAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it was revoked; null unless REVOKED." })
  revokedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it was used last, to the minute; null: never." })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Until when the key before the last rotation works, or worked; null: it ended with the rotation.",
  })
  previousUntil!: Date | null;

  @Field(() => KeyLimits, { description: "What it may use." })
  limits!: KeyLimits;
}

export const { Connection: ApiKeyConnection } = connectionType("ApiKey", () => ApiKey);

@ObjectType("NewApiKeyPayload", { description: "Answer of createApiKey and rotateApiKey." })
export class NewApiKeyPayload {
  @Field(() => String, {
    description: "The key, shown this once: send it as `Authorization: Bearer <key>`. Nobody can read it later.",
  })
  key!: string;

  @Field(() => ApiKey, { description: "What the server has of it." })
  apiKey!: ApiKey;
}

@ObjectType("ApiKeyPayload", { description: "Answer of revokeApiKey and limitApiKey." })
export class ApiKeyPayload {
  @Field(() => ApiKey, { description: "The key as it is now." })
  apiKey!: ApiKey;
}

@ObjectType("Viewer", { description: "Who asks." })
export class Viewer {
  @Field(() => String, {
    description: "Name of the key; `local` where the server needs none, `MAILLARD_API_KEYS` of an operator's key.",
  })
  name!: string;

  @Field(() => KeyRole, { description: "What it may do." })
  role!: KeyRole;

  @Field(() => [String], { nullable: true, description: "Names of the projects that it sees; null: all of them." })
  projects!: string[] | null;

  @Field(() => String, { description: "Name of the project to which what it makes belongs." })
  project!: string;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When the key ends; null: never." })
  expiresAt!: Date | null;
}
