/**
 * Keys and roles of HTTP: before a body is read, the request gets its `identity`, or is refused. Every address needs a
 * row in the table (roles.ts): one without it does not start.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Access, type Identity, isRefusal, type Refusal } from "./access.js";
import { forbidden } from "./enforce.js";
import { isAtLeast, isTransfer, PAGE, ROUTE_RULES, type Rule, WEB_SOCKET } from "./roles.js";

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
  /** Whether the request brings a key of this address alone. */
  hasOwnKey(url: string, authorization: unknown): boolean;
}

/** `errors`: paths besides the table's that answer nothing but an error. */
export function checkRoutes(
  app: FastifyInstance,
  access: Access,
  { refuse, isPage, onRefusal, hasOwnKey }: RouteOptions,
  errors: string[],
): void {
  app.decorateRequest("identity", null);
  const served = new Set([PAGE, WEB_SOCKET]);
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) {
      if (errors.includes(url)) continue;
      if (!ruleOf(one, url)) throw new Error(`${one} ${url} has no row in src/api/access/roles.ts.`);
      served.add(`${one} ${url}`);
    }
  });
  app.addHook("onReady", async () => {
    const stale = Object.keys(ROUTE_RULES).filter((place) => !served.has(place));
    if (stale.length > 0) throw new Error(`src/api/access/roles.ts has rows without an address: ${stale.join(", ")}.`);
  });
  app.addHook("onRequest", async (request, reply) => {
    const { method, routeOptions } = request;
    const url = routeOptions.url ?? "";
    const rule = url === "/graphql" && isPage(request) ? ROUTE_RULES[PAGE] : ruleOf(method, url);
    if (!rule || rule.role === null || hasOwnKey(url, request.headers.authorization)) return;
    const answer = await access.identify(request.headers.authorization, request.ip);
    if (isRefusal(answer)) {
      onRefusal(request, answer, null);
      return refuse(reply, answer);
    }
    const { name, role } = answer.principal;
    if (!isAtLeast(role, rule.role)) {
      const message = forbidden(name, role, rule.role, `${method} ${url}`);
      const refusal: Refusal = { status: 403, code: "FORBIDDEN", message };
      onRefusal(request, refusal, answer);
      return refuse(reply, refusal);
    }
    request.identity = answer;
    // It may take hours: a key that ends meanwhile ends it, as a client that leaves does. Other requests are answered.
    // The socket, because a request whose body was read is destroyed already.
    const { socket } = request.raw;
    if (isTransfer(url)) {
      const unwatch = access.watch(answer, () => socket.destroy());
      reply.raw.once("close", unwatch);
    }
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
