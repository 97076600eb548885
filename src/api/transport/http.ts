/**
 * HTTP: Fastify with
 *   /graphql   GraphQL by POST (application/json) and, for queries, GET; the explorer for a browser's GET; streams of
 *              events for clients that accept them (streams/serve.ts)
 *   /import/*  files as datasets, by POST (uploads/serve.ts)
 *   /models    models as files: POST, and GET /models/<name>/export (models)
 *   /health    { live, ready, version }, without a key
 *   /livez, /readyz, /metrics  for monitoring (observe/addresses.ts)
 * What is refused before GraphQL: other hosts and origins (403), a missing or wrong key (401, 429), a key of another
 * role (403), bodies that are no JSON (415) or above 1 MiB (413). Security headers, CORS and compression are those of
 * Fastify's plugins (plugins.ts).
 */

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { REQUEST_ID_HEADER, requestIdOf } from "../../observe/request-id.js";
import type { Application } from "../../service/application.js";
import { health } from "../../service/health.js";
import { databaseAway } from "../../store/sql.js";
import { utf8 } from "../../text.js";
import type { Access, Refusal } from "../access/access.js";
import { clientOf } from "../access/address.js";
import { auditRefusals } from "../access/audited.js";
import type { PointsMeter } from "../access/points.js";
import { isUpload } from "../access/roles.js";
import { checkRoutes, identityOf } from "../access/routes.js";
import { type Context, makeContext } from "../context.js";
import { METRICS_PATH, metricsKeyCheck, serveAddresses } from "../observe/addresses.js";
import type { Observed } from "../observe/observed.js";
import type { LogRequest } from "../observe/request-log.js";
import { observeRequests } from "../observe/requests.js";
import { Operation, type Places } from "../operation.js";
import { takeAnswer } from "./answers.js";
import { limitConnections, serverOptions, type TransportLimits } from "./connections.js";
import { endWithResponse } from "./departure.js";
import { servePredictions } from "./downloads/predictions.js";
import type { Drain } from "./drain.js";
import { explorerPage, explorerPolicy } from "./explorer.js";
import type { Guard } from "./guard.js";
import type { HeldBytes } from "./limits/held-bytes.js";
import { LIMITS } from "./limits/limits.js";
import { answerNoHttp, isMalformed, MALFORMED, refusalBody } from "./malformed.js";
import { serveModels } from "./models/serve.js";
import { addPlugins, addSecurityHeaders } from "./plugins.js";
import type { Streams } from "./streams/serve.js";
import { MAX_UPLOAD_BYTES, serveUploads } from "./uploads/serve.js";

export interface HttpOptions {
  application: Application;
  apollo: ApolloServer<Context>;
  guard: Guard;
  access: Access;
  meter: PointsMeter;
  limits: TransportLimits;
  places: Places;
  heldBytes: HeldBytes;
  maxUploadBytes?: number;
  streams: Streams;
  drain: Drain;
  logRequest: LogRequest;
  /** A key that reads /metrics and nothing else. */
  metricsKey?: string;
}

export async function makeHttp({
  application,
  apollo,
  guard,
  access,
  meter,
  limits,
  places,
  heldBytes,
  maxUploadBytes = MAX_UPLOAD_BYTES,
  streams,
  drain,
  logRequest,
  metricsKey,
}: HttpOptions): Promise<FastifyInstance> {
  // Fastify's own log stays off: its lines hold the address, and the address of a GET holds the molecules.
  const app = fastify({
    ...serverOptions(limits),
    bodyLimit: LIMITS.bodyBytes,
    genReqId: ({ headers }) => requestIdOf(headers[REQUEST_ID_HEADER]),
    rewriteUrl: ({ url = "/" }) => (isMalformed(url) ? MALFORMED : url),
    clientErrorHandler: answerNoHttp,
    return503OnClosing: false,
  });
  drain.watch(app);
  limitConnections(app.server, limits, ({ url = "" }) => isUpload(url));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    const text = utf8(body);
    const refuse = (reason: string) => done(Object.assign(new Error(reason), { statusCode: 400 }));
    if (text === null) return refuse("The body is not UTF-8.");
    try {
      done(null, JSON.parse(text));
    } catch {
      refuse("The body is not JSON.");
    }
  });
  app.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    // Whatever a client that has left was still being answered with.
    if (reply.raw.destroyed) return reply;
    const away = databaseAway(error);
    if (away) {
      application.log.error("A request failed: the database is away.", { requestId: request.id, error: error.message });
      return answer(reply.header("retry-after", "5"), 503, away.code, away.message, request.id);
    }
    if (status >= 500) {
      application.log.error("A request failed unexpectedly.", { requestId: request.id, error: error.message });
      return answer(
        reply,
        status,
        "INTERNAL",
        `The server failed at this; its log has the reason under request ${request.id}.`,
        request.id,
      );
    }
    const code = status === 413 ? "BODY_TOO_LARGE" : status === 415 ? "UNSUPPORTED_MEDIA_TYPE" : "BAD_REQUEST";
    const hints: Record<number, string> = {
      413: `The body is above ${LIMITS.bodyBytes} bytes. Send smaller batches.`,
      415: "Send the body as Content-Type: application/json.",
    };
    return answer(reply, status, code, hints[status] ?? error.message);
  });
  // Before the body is read, of whatever type it is.
  const refuseAddress = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    answer(reply, 400, "BAD_REQUEST", "The address is malformed.");
  app.all(MALFORMED, { onRequest: refuseAddress }, refuseAddress);
  app.setNotFoundHandler((_request, reply) =>
    answer(reply, 404, "NOT_FOUND", "There is nothing here. GraphQL is at /graphql, health at /health."),
  );
  const operations = new WeakMap<FastifyRequest, Observed>();
  observeRequests(app, { logRequest, operationOf: (request) => operations.get(request) });
  await addSecurityHeaders(app);
  app.addHook("onRequest", async (request, reply) => {
    const refusal = guard.checkPlace(request.headers);
    if (refusal) return refuse(reply, refusal);
  });
  // Plugins before keys: a page of an allowed origin may read why it was refused.
  await addPlugins(app, guard);
  const readsMetrics = metricsKeyCheck(metricsKey);
  const routeOptions = {
    refuse,
    isPage: wantsExplorer,
    onRefusal: auditRefusals(application),
    hasOwnKey: (url: string, authorization: unknown) => url === METRICS_PATH && readsMetrics(authorization),
  };
  checkRoutes(app, access, routeOptions, [MALFORMED]);

  app.get("/health", async (_request, reply) => {
    const state = await health(application);
    const ready = state.ready && !drain.closing;
    return reply.code(ready ? 200 : 503).send({ ...state, ready });
  });
  serveAddresses(app, { ...application, isClosing: () => drain.closing });
  app.get("/", (_request, reply) => reply.redirect("/graphql"));

  const contexts = new WeakMap<FastifyRequest, Context>();
  const graphql = fastifyApolloHandler(apollo, {
    context: async (request, reply) => {
      const identity = identityOf(request);
      const { principal } = identity;
      const { id: requestId, ip: address } = request;
      const client = clientOf(identity, address);
      const operation = new Operation({ client, places });
      const held = heldBytes.open(client);
      endWithResponse(reply, operation, () => held.close());
      const { answerBytes } = limits;
      const context = makeContext(application, { requestId, operation, principal, address, answerBytes, held });
      contexts.set(request, context);
      operations.set(request, context.observed);
      return context;
    },
  }) as unknown as (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  const uploadOptions = { application, meter, limits, maxBytes: maxUploadBytes, refuse, answer };
  void serveUploads(app, uploadOptions);
  servePredictions(app, { ...uploadOptions, guard });
  void serveModels(app, { ...uploadOptions, guard });
  for (const url of ["/models", "/models/*"]) app.options(url, (_request, reply) => reply.code(204).send());
  app.options("/import/*", (_request, reply) => reply.code(204).send());
  app.options("/predict", (_request, reply) => reply.code(204).send());
  app.options("/graphql", (_request, reply) => reply.code(204).send());
  app.route({
    method: ["GET", "POST"],
    url: "/graphql",
    onRequest: async (request, reply) => {
      if (wantsExplorer(request)) return sendExplorer(request, reply);
      const refusal = request.method === "GET" ? guard.checkGet(request.headers) : null;
      if (refusal) return refuse(reply, refusal);
    },
    handler: async (request, reply) => {
      if (await streams.answer(request, reply, (observed) => operations.set(request, observed))) return reply;
      const text = await graphql(request, reply);
      const pieces = takeAnswer(contexts.get(request));
      return pieces ? sendPieces(reply, pieces) : text;
    },
  });
  return app;
}

/** A browser that opens the address, rather than a client that asks something. */
function wantsExplorer({ method, headers, query }: FastifyRequest): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers.accept ?? "") && !("query" in (query as object));
}

async function sendExplorer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { page, etag } = await explorerPage();
  const packed = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  void reply
    .type("text/html; charset=utf-8")
    .header("vary", "accept, accept-encoding, origin")
    .header("etag", etag)
    .header("cache-control", "no-cache");
  const directives = explorerPolicy(request.headers.host ?? "");
  await reply.helmet({ contentSecurityPolicy: { useDefaults: false, directives } });
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();
  // As a stream: a client that reads slowly holds one piece of it, not 9 MB.
  if (!packed) return reply.send(Readable.from([page]).pipe(createGunzip()));
  return reply.header("content-encoding", "gzip").send(page);
}

/** Longer answers are sent, and compressed, piece by piece. */
const STREAM_FROM = 65_536;

function sendPieces(reply: FastifyReply, pieces: Buffer[]): FastifyReply {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length < STREAM_FROM) return reply.send(Buffer.concat(pieces));
  return reply.header("content-length", length).send(Readable.from(pieces, { objectMode: false }));
}

function refuse(reply: FastifyReply, { status, code, message, retryAfter }: Refusal): FastifyReply {
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  if (retryAfter !== undefined) void reply.header("retry-after", String(retryAfter));
  return answer(reply, status, code, message);
}

const answer = (reply: FastifyReply, status: number, code: string, message: string, requestId?: string): FastifyReply =>
  reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send(refusalBody(code, message, requestId));
