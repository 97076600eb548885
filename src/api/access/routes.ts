/**
 * Keys and roles of HTTP: before a body is read, the request gets its `identity`, or is refused. Every address needs a
 * row in the table (roles.ts): one without it does not start.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Access, type Identity, isRefusal, type Refusal } from "./access.js";
import { forbidden } from "./enforce.js";
import { isAtLeast, ROUTE_RULES, type Rule } from "./roles.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; null where no key is needed. */
    identity: Identity | null;
  }
}

export interface RouteOptions {
  refuse(reply: FastifyReply, refusal: Refusal): FastifyReply;
  /** Whether a browser asks for the explorer's page. */
  isPage(request: FastifyRequest): boolean;
  /** Called with what is refused, for the audit log. `identity`: of a key of another role. */
  onRefusal(request: FastifyRequest, refusal: Refusal, identity: Identity | null): void;
}

/** `errors`: paths besides the table's that answer nothing but an error. */
export function checkRoutes(
  app: FastifyInstance,
  access: Access,
  { refuse, isPage, onRefusal }: RouteOptions,
  errors: string[],
): void {
  app.decorateRequest("identity", null);
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat())
      if (!errors.includes(url) && !ruleOf(one, url))
        throw new Error(`${one} ${url} has no row in src/api/access/roles.ts.`);
  });
  app.addHook("onRequest", async (request, reply) => {
    const { method, routeOptions } = request;
    const rule = ruleOf(method, routeOptions.url ?? "");
    if (!rule || rule.role === null || (routeOptions.url === "/graphql" && isPage(request))) return;
    const answer = await access.identify(request.headers.authorization, request.ip);
    if (isRefusal(answer)) {
      onRefusal(request, answer, null);
      return refuse(reply, answer);
    }
    const { name, role } = answer.principal;
    if (!isAtLeast(role, rule.role)) {
      const message = forbidden(name, role, rule.role, `${method} ${routeOptions.url}`);
      const refusal: Refusal = { status: 403, code: "FORBIDDEN", message };
      onRefusal(request, refusal, answer);
      return refuse(reply, refusal);
    }
    request.identity = answer;
  });
}

export function identityOf({ identity }: Pick<FastifyRequest, "identity">): Identity {
  if (identity) return identity;
  throw new Error("This address needs no key, so nobody is known to ask.");
}

/** Preflights carry no key. */
const PREFLIGHT: Rule = { role: null };
const ruleOf = (method: string, url: string): Rule | undefined =>
  method === "OPTIONS" ? PREFLIGHT : ROUTE_RULES[`${method === "HEAD" ? "GET" : method} ${url}`];
