/** Keys of the API: listed, made, rotated, revoked; and who asks. */
import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { createKey, limitKey, revokeKey, rotateKey } from "../../../service/access/keys.js";
import { countKeys, type KeyRow, listKeys } from "../../../store/access/keys.js";
import { OPERATOR, type Principal } from "../../../store/access/principal.js";
import { byCreation, page } from "../../connections.js";
import type { Context } from "../../context.js";
import { globalId, idOf } from "../../ids.js";
import { withoutNulls } from "../../input.js";
import {
  ApiKey,
  ApiKeyConnection,
  ApiKeyPayload,
  KeyLimits,
  KeyStatus,
  NewApiKeyPayload,
  Viewer,
} from "../../types/api-key.js";
import type { ConnectionOf } from "../../types/connection.js";
import { CreateApiKeyInput, KeyLimitsInput } from "../../types/inputs/api-key.js";
import { PageArguments } from "../../types/page-arguments.js";

const KEY_ID = "Id of the key, as `apiKeys` answers it.";
const askerOf = ({ principal }: Context) => ({ rescued: principal === OPERATOR });

interface NewKey {
  key: string;
  apiKey: KeyRow;
}

@Resolver(() => ApiKey)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: "Keys of the API, newest first, revoked ones too. BAD_INPUT." })
  apiKeys(
    @Args(() => PageArguments) pageArguments: PageArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<KeyRow>> {
    const { store } = application;
    return page(
      pageArguments,
      byCreation(
        "newest",
        (query) => listKeys(store, query),
        () => countKeys(store),
      ),
    );
  }

  @Mutation(() => NewApiKeyPayload, {
    description:
      "Makes a key. Once there is one, every request needs a key, also on a server that needed none before. " +
      "BAD_INPUT, TOO_MANY_ITEMS, CONFLICT.",
  })
  createApiKey(
    @Arg("input", () => CreateApiKeyInput, { description: "Whose it is, and what it may do." })
    input: CreateApiKeyInput,
    @Ctx() context: Context,
  ): Promise<NewKey> {
    const limits = withoutNulls(input.limits ?? {});
    return createKey(context.application, { ...input, limits }, askerOf(context));
  }

  @Mutation(() => NewApiKeyPayload, {
    description:
      "Gives a key another secret; name, role and projects stay. NOT_FOUND, BAD_INPUT, CONFLICT when it is revoked " +
      "or would be expired.",
  })
  rotateApiKey(
    @Arg("id", () => ID, { description: KEY_ID }) id: string,
    @Arg("overlapMinutes", () => Int, {
      defaultValue: 0,
      description:
        "How long the secret before still works, 0 to 10,080 minutes (a week), and not beyond its own end. That of " +
        "the key that asks works for 1 at least, so that it is not locked out when the answer is lost.",
    })
    overlapMinutes: number,
    @Arg("expiresAt", () => GraphQLDateTime, { nullable: true, description: "When it ends; null: as it was." })
    expiresAt: Date | null,
    @Ctx() { application, principal }: Context,
  ): Promise<NewKey> {
    return rotateKey(application, { id: idOf("ApiKey", id), overlapMinutes, expiresAt }, principal);
  }

  @Mutation(() => ApiKeyPayload, {
    description:
      "Ends a key at once, with its connections. Revoking it again changes nothing. NOT_FOUND, BAD_INPUT, CONFLICT " +
      "of the last active ADMIN.",
  })
  async revokeApiKey(
    @Arg("id", () => ID, { description: KEY_ID }) id: string,
    @Ctx() context: Context,
  ): Promise<{ apiKey: KeyRow }> {
    return { apiKey: await revokeKey(context.application, idOf("ApiKey", id), askerOf(context)) };
  }

  @Mutation(() => ApiKeyPayload, {
    description:
      "Gives a key other limits, all of them anew; they hold from its next operation on. NOT_FOUND, BAD_INPUT.",
  })
  async limitApiKey(
    @Arg("id", () => ID, { description: KEY_ID }) id: string,
    @Arg("limits", () => KeyLimitsInput, { description: "What it may use." }) limits: KeyLimitsInput,
    @Ctx() { application }: Context,
  ): Promise<{ apiKey: KeyRow }> {
    return { apiKey: await limitKey(application, idOf("ApiKey", id), withoutNulls(limits)) };
  }

  @Query(() => Viewer, { description: "Who asks, and what it may do." })
  async viewer(@Ctx() { application, principal }: Context): Promise<Viewer> {
    return { ...principal, ...(await seenBy(application, principal)) };
  }

  @FieldResolver(() => ID, { description: "Taken by revokeApiKey and rotateApiKey. Not a node." })
  id(@Root() row: KeyRow): string {
    return globalId("ApiKey", row.id);
  }

  @FieldResolver(() => [String], {
    description: "Names of its projects; what it makes belongs to the first one. An ADMIN sees all projects.",
  })
  projects(@Root() row: KeyRow): string[] {
    return row.projects.map(({ project }) => project.name);
  }

  @FieldResolver(() => KeyLimits, { description: "What it may use." })
  limits(@Root() { pointsPerMinute, maxRuns, maxBytes }: KeyRow): KeyLimits {
    return { pointsPerMinute, maxRuns, maxBytes: maxBytes === null ? null : Number(maxBytes) };
  }

  @FieldResolver(() => KeyStatus, { description: "Whether it opens the server now." })
  status(@Root() { revokedAt, expiresAt }: KeyRow): KeyStatus {
    if (revokedAt) return "REVOKED";
    return expiresAt && expiresAt <= new Date() ? "EXPIRED" : "ACTIVE";
  }
}

async function seenBy(
  { store }: Context["application"],
  { keyId, projects, project }: Principal,
): Promise<Pick<Viewer, "projects" | "project" | "expiresAt">> {
  // Of a server without keys and of an operator, whose project keeps its name as its id.
  if (keyId === null) return { projects: null, project, expiresAt: null };
  const [row] = await listKeys(store, { where: { id: keyId }, take: 1 });
  const names = row.projects.map((one) => one.project.name);
  return { projects: projects === null ? null : names, project: names[0] ?? project, expiresAt: row.expiresAt };
}
