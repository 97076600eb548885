/**
 * Every HTTP request: its id goes out as x-request-id, and at its end it is counted, timed and written to the log.
 * Labels are routes as Fastify has them, never addresses: those of a GET hold molecules.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { recorder } from "../../observe/recorder.js";
import { REQUEST_ID_HEADER } from "../../observe/request-id.js";
import { type Attributes, type OpenSpan, tracerOf } from "../../observe/spans.js";
import { ADDRESSES } from "./addresses.js";
import type { Observed } from "./observed.js";
import type { Asked, LogRequest } from "./request-log.js";

export interface RequestsOptions {
  logRequest: LogRequest;
  /** The operation of a request, if it had one. */
  operationOf(request: FastifyRequest): Observed | undefined;
}

const MOST_LISTENERS = 20;

/** To be called before other hooks: what they refuse is counted, too. */
export function observeRequests(app: FastifyInstance, { logRequest, operationOf }: RequestsOptions): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  app.addHook("onRequest", (request, reply, done) => {
    const begin = performance.now();
    const span = openSpan(request);
    if (span) spans.set(request, span);
    void reply.header(REQUEST_ID_HEADER, request.id);
    // Fastify's plugins and what answers listen for it, too: no leak.
    reply.raw.setMaxListeners(MOST_LISTENERS);
    reply.raw.once("close", () => {
      const ms = performance.now() - begin;
      const route = request.routeOptions.url ?? "other";
      // Its client has left before there was an answer: as nginx says it.
      const status = reply.raw.headersSent ? reply.raw.statusCode : 499;
      recorder.count("maillard_http_requests_total", [request.method, route, String(status)]);
      recorder.observe("maillard_http_request_seconds", [route], ms / 1_000);
      const operation = operationOf(request)?.line;
      const { method, id: requestId } = request;
      const keyId = request.identity?.principal.keyId ?? undefined;
      const line: Record<string, unknown> = {
        requestId,
        method,
        route,
        status,
        ...operation,
        ms: Math.round(ms * 10) / 10,
        keyId,
      };
      const failed = status >= 400 || (operation !== null && operation !== undefined && operation.code !== "OK");
      span?.end(attributesOf(line), status >= 500);
      if (span) line.traceId = span.traceId;
      logRequest(line, failed, operation ? () => askedOf(request) : undefined);
    });
    done();
  });
  // After the body was read: what reads it is called by the network, outside the span.
  app.addHook("preHandler", (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
}

/** Monitoring traces no monitoring. */
const UNTRACED: ReadonlySet<string> = new Set([...Object.keys(ADDRESSES), "/health"]);

function openSpan({ method, headers, routeOptions: { url = "other" } }: FastifyRequest): OpenSpan | null {
  const { traceparent } = headers;
  if (UNTRACED.has(url)) return null;
  return tracerOf()?.open(`${method} ${url}`, typeof traceparent === "string" ? traceparent : undefined) ?? null;
}

/** As OpenTelemetry names them, and our own. */
function attributesOf({ method, route, status, requestId, code, fields }: Record<string, unknown>): Attributes {
  return {
    "http.request.method": String(method),
    "http.route": String(route),
    "http.response.status_code": Number(status),
    "maillard.request_id": String(requestId),
    ...(code === undefined ? {} : { "maillard.code": String(code), "maillard.fields": String(fields) }),
  };
}

const askedOf = ({ body, query }: FastifyRequest): Asked => (body ?? query ?? {}) as Asked;
