/**
 * The one place where the role of a client is compared with what a field needs: every root field of the schema is
 * wrapped, so that queries, mutations and subscriptions are checked before their resolver runs, whatever brought them.
 * Refused with FORBIDDEN, which names the role that is needed.
 */
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, OperationTypeNode } from "graphql";
import { MaillardError } from "../../errors.js";
import type { Principal } from "../../store/access/principal.js";
import type { KeyRole } from "../../store/generated/enums.js";
import type { Context } from "../context.js";
import { idOf } from "../ids.js";
import type { Loaders } from "../loaders.js";
import { FIELD_RULES, isAtLeast, type Owned, type Rule } from "./roles.js";

/** Throws when a root field has no row of the table, or a row has no field. */
export function enforceRoles(schema: GraphQLSchema): GraphQLSchema {
  const rows = new Set(Object.keys(FIELD_RULES));
  for (const operation of Object.values(OperationTypeNode)) {
    const type = schema.getRootType(operation);
    for (const field of Object.values(type?.getFields() ?? {})) {
      const place = `${type?.name}.${field.name}`;
      if (!rows.delete(place)) throw new Error(`${place} has no row in src/api/access/roles.ts.`);
      enforce(field as GraphQLField<unknown, Context>, FIELD_RULES[place]);
    }
  }
  if (rows.size > 0) throw new Error(`src/api/access/roles.ts has rows without a field: ${[...rows].join(", ")}.`);
  return schema;
}

function enforce(field: GraphQLField<unknown, Context>, rule: Rule): void {
  if (rule.role !== "READER") field.description = `${field.description} ${sentenceOf(rule)}`;
  const { subscribe, resolve = defaultFieldResolver } = field;
  // Of a subscription the source is checked; its events come from there.
  if (subscribe) {
    field.subscribe = async (source, args, context, info) => {
      checkRole(field.name, rule, args, context);
      return subscribe(source, args, context, info);
    };
    return;
  }
  field.resolve = (source, args, context, info) => {
    checkRole(field.name, rule, args, context);
    const { own } = rule;
    if (!own || context.principal.role === "ADMIN") return resolve(source, args, context, info);
    return checkOwner(own, args, context).then(() => resolve(source, args, context, info));
  };
}

function checkRole(name: string, rule: Rule, args: Record<string, unknown>, { principal }: Context): void {
  requireRole(principal, rule.role, `\`${name}\``);
  if (rule.unless?.holds(args)) requireRole(principal, rule.unless.role, `\`${name}\`, when ${rule.unless.when},`);
}

/** FORBIDDEN unless the role of the client is `role` or above. */
function requireRole({ name, role: has }: Principal, role: KeyRole | null, what: string): void {
  if (role === null || isAtLeast(has, role)) return;
  throw new MaillardError("FORBIDDEN", forbidden(name, has, role, what), { details: { role: has, needs: role } });
}

export const forbidden = (name: string, has: KeyRole, needs: KeyRole, what: string): string =>
  `${what} needs a key of the role ${needs}${needs === "ADMIN" ? "" : " or above"}; the key ${name} is of the role ` +
  `${has}. Ask an administrator for another key.`;

const NODES: Record<Owned, { noun: string; of(loaders: Loaders): Loader }> = {
  Run: { noun: "run", of: ({ run }) => run },
  RunGroup: { noun: "group of runs", of: ({ runGroup }) => runGroup },
  ModelDownload: { noun: "download", of: ({ modelDownload }) => modelDownload },
  Model: { noun: "model", of: ({ model }) => model },
  Dataset: { noun: "dataset", of: ({ dataset }) => dataset },
};

interface Loader {
  load(id: string): Promise<{ createdById: string | null } | null>;
  clear(id: string): unknown;
}

/** A row that the client does not see is left to the resolver, which says that there is none. */
async function checkOwner(own: Owned, args: Record<string, unknown>, { loaders, principal }: Context): Promise<void> {
  const id = idOf(own, String(args.id));
  const loader = NODES[own].of(loaders);
  const row = await loader.load(id);
  // The resolver changes the row.
  loader.clear(id);
  if (!row || row.createdById === principal.keyId) return;
  const message =
    `The key ${principal.name} did not make this ${NODES[own].noun}: only the key that did may end or change it, or ` +
    "one of the role ADMIN.";
  throw new MaillardError("FORBIDDEN", message, { param: "id", details: { role: principal.role, needs: "ADMIN" } });
}

function sentenceOf({ role, own, unless }: Rule): string {
  const whose = own ? " of the key that made it" : "";
  const more = unless ? `; ${unless.role} when ${unless.when}` : "";
  return `Role: ${role}${whose}${own ? ", or ADMIN" : ""}${more}.`;
}
