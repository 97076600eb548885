/** The audit log, newest first. Only administrators may read it (src/api/access/roles.ts). */
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Prisma, AuditEntry as Row } from "../../../store/generated/client.js";
import { isStorable } from "../../../text.js";
import { isTime, type KeysetSource, page } from "../../connections.js";
import type { Context } from "../../context.js";
import { AuditArguments, AuditDetail, AuditEntry, AuditEntryConnection, type AuditFilter } from "../../types/audit.js";
import type { ConnectionOf } from "../../types/connection.js";

@Resolver(() => AuditEntry)
export class AuditEntryResolver {
  @Query(() => AuditEntryConnection, {
    description:
      "What was asked of the server that changes something, and refused keys, newest first; kept for " +
      "MAILLARD_AUDIT_DAYS. For administrators. BAD_INPUT.",
  })
  auditLog(
    @Args(() => AuditArguments) { filter, ...pageArguments }: AuditArguments,
    @Ctx() { application }: Context,
  ): Promise<ConnectionOf<Row>> {
    return page(pageArguments, entries(application.store.prisma, conditions(filter ?? {})));
  }

  @FieldResolver(() => String, { nullable: true })
  key(@Root() row: Row): string | null {
    return row.keyName;
  }

  @FieldResolver(() => [AuditDetail])
  details(@Root() row: Row): AuditDetail[] {
    return Object.entries(row.details as object).map(([name, value]) => ({
      name,
      value: Array.isArray(value) ? value.join(", ") : String(value),
    }));
  }
}

type Clients = Pick<Context["application"]["store"]["prisma"], "auditEntry">;

function conditions({ key, action, outcome, from, to }: AuditFilter): Prisma.AuditEntryWhereInput {
  // No entry has a text that cannot be stored.
  if (![key, action, outcome].every((text) => isStorable(text ?? ""))) return { id: "" };
  return {
    keyName: key ?? undefined,
    action: action ?? undefined,
    outcome: outcome ?? undefined,
    at: { gte: from ?? undefined, lt: to ?? undefined },
  };
}

/** Newest first, by time and id. */
function entries({ auditEntry }: Clients, where: Prisma.AuditEntryWhereInput): KeysetSource<Row, [string, string]> {
  const beyond = ([at, id]: [string, string], side: "gt" | "lt"): Prisma.AuditEntryWhereInput => ({
    OR: [{ at: { [side]: at } }, { at, id: { [side]: id } }],
  });
  return {
    keyOf: ({ at, id }) => [at.toISOString(), id],
    fetch: ({ after, before, take, backwards }) => {
      const direction = backwards ? "asc" : "desc";
      const bounds = [...(after ? [beyond(after, "lt")] : []), ...(before ? [beyond(before, "gt")] : [])];
      return auditEntry.findMany({
        where: { AND: [where, ...bounds] },
        orderBy: [{ at: direction }, { id: direction }],
        take,
      });
    },
    count: () => auditEntry.count({ where }),
    isKey: (value): value is [string, string] =>
      Array.isArray(value) && value.length === 2 && isTime(String(value[0])) && /^[\w-]{1,100}$/.test(String(value[1])),
  };
}
