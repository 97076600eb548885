/**
 * The server: HTTP and WebSocket on one port, over one application, which it does not close. `close` stops listening,
 * answers what is in flight and ends the subscriptions (drain.ts).
 */
import type { AddressInfo } from "node:net";
import { ApolloServer, type ApolloServerPlugin, type GraphQLRequest } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { RequestLogChoice } from "../../observe/settings.js";
import type { Application } from "../../service/application.js";
import { Access } from "../access/access.js";
import { chargeByHttp } from "../access/charge.js";
import { PointsMeter } from "../access/points.js";
import type { Context } from "../context.js";
import { endObserved } from "../observe/observed.js";
import { requestLog } from "../observe/request-log.js";
import { serverSamples } from "../observe/samples.js";
import type { Kind } from "../operation.js";
import { makeSchema } from "../schema.js";
import { keepAnswer, stringifyResult } from "./answers.js";
import { type TransportLimits, transportLimits } from "./connections.js";
import { documentCache } from "./documents.js";
import { Drain } from "./drain.js";
import { formatError, SILENT } from "./errors.js";
import { Guard, hostInUrl } from "./guard.js";
import { makeHttp } from "./http.js";
import { ClientPlaces } from "./limits/client-places.js";
import { operationCost } from "./limits/cost.js";
import { Counts } from "./limits/counts.js";
import { HeldBytes } from "./limits/held-bytes.js";
import { costRefusal, LIMITS, limitsRule } from "./limits/limits.js";
import { listenError } from "./refused-address.js";
import { Streams } from "./streams/serve.js";
import { checkTexts } from "./texts.js";
import { serveWebSocket } from "./websocket/serve.js";

export interface ServerOptions {
  application: Application;
  /** Address to listen on. Default 127.0.0.1; any but a loopback address needs `apiKeys` or a key in the database. */
  host?: string;
  /** Default 4000; 0 takes a free one. */
  port?: number;
  /** Keys of the operator, who is an administrator; none by default. With them, or with one in the database, a request
   * must bring a key. */
  apiKeys?: readonly string[];
  /** Names besides localhost that the Host header may have. */
  allowedHosts?: readonly string[];
  /** Origins of browser pages besides the server's own. */
  allowedOrigins?: readonly string[];
  /** Largest file that /import takes, in bytes. Default 2 GiB. */
  maxUploadBytes?: number;
  /** How long a WebSocket client may take to send connection_init, in ms. Default 3,000, enough for a slow network. */
  initTimeoutMs?: number;
  /** Time between the heartbeats of a stream of events, in ms. Default 12,000. */
  heartbeatMs?: number;
  /** Time limits and numbers of connections (connections.ts). */
  transport?: Partial<TransportLimits>;
  /** A key that reads /metrics and nothing else; none by default. */
  metricsKey?: string;
  /** Which requests have a line of the log (src/api/observe/request-log.ts). Default: those that failed. */
  logRequests?: RequestLogChoice;
  /** The time in ms by which wrong keys are slowed and cost points counted; tests move it. */
  now?: () => number;
}

export interface Server {
  /** http://127.0.0.1:4000 */
  url: string;
  port: number;
  /** Operations whose work has not ended, answered or not: all zero when idle. */
  computing(): Record<Kind, number>;
  /** At most `graceMs` of the limits and a few seconds more. Safe to call twice. */
  close(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const {
    application,
    host = "127.0.0.1",
    port = 4000,
    apiKeys = [],
    allowedHosts = [],
    allowedOrigins = [],
    initTimeoutMs = 3_000,
    metricsKey,
  } = options;
  const access = new Access({ keys: application.keys, apiKeys, host, now: options.now });
  const guard = new Guard({ host, allowedHosts, allowedOrigins });
  const schema = await makeSchema();
  const meter = new PointsMeter(application.store.accessLimits.pointsPerMinute, options.now);
  const apollo = new ApolloServer<Context>({
    schema,
    // Our own guard (guard.ts) answers for cross-site requests.
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: false,
    introspection: true,
    validationRules: [limitsRule],
    stringifyResult,
    parseOptions: { maxTokens: LIMITS.tokens },
    allowBatchedHttpRequests: false,
    documentStore: documentCache(),
    // Texts that anyone could leave here, for clients that there are none of.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      answerOperations(application, schema, meter),
      endAnswered,
    ],
  });
  await apollo.start();
  const limits = transportLimits(options.transport);
  const places = new ClientPlaces(limits);
  const heldBytes = new HeldBytes(limits);
  const open = new Counts();
  const drain = new Drain();
  const logRequest = requestLog(application.log, options.logRequests);
  const parts = { application, guard, access, meter, limits, places, heldBytes, open, drain, logRequest };
  const unobserve = application.metrics.add(() => serverSamples(places, open));
  const streams = new Streams({ ...parts, schema, heartbeatMs: options.heartbeatMs });
  const http = await makeHttp({ ...parts, apollo, streams, maxUploadBytes: options.maxUploadBytes, metricsKey });
  const closeSockets = serveWebSocket({ ...parts, schema, http: http.server, initTimeoutMs });
  let closed: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await drain.end(http, limits.graceMs);
    streams.close();
    unobserve();
    await closeSockets();
    await http.close();
    await apollo.stop();
  };
  const close = (): Promise<void> => {
    closed ??= end();
    return closed;
  };
  try {
    await http.listen({ host, port });
    application.audit.startDeleting();
    application.removals.start();
  } catch (error) {
    await close();
    throw listenError(error as NodeJS.ErrnoException, host, port);
  }
  const actual = (http.server.address() as AddressInfo).port;
  const computing = () => places.gauges;
  return { url: `http://${hostInUrl(host)}:${actual}`, port: actual, computing, close };
}

/**
 * The price of an operation once its variables are known, charged to the key; errors masked, which Apollo's formatError
 * cannot, because it does not know the request; and the answer written in pieces.
 */
function answerOperations(
  application: Application,
  schema: GraphQLSchema,
  meter: PointsMeter,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation, request, response }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
            throw new GraphQLError(SUBSCRIBE_BY, {
              extensions: { code: "BAD_REQUEST", http: { status: 400 } },
            });
          const { variables, operationName } = request;
          if (operation) contextValue.observed.is(document, operation);
          try {
            checkTexts(document, variables);
          } catch (error) {
            throw new GraphQLError("", { originalError: error as Error, extensions: { http: { status: 400 } } });
          }
          const cost = operationCost(document, variables, schema, operationName);
          const refusal = costRefusal(cost);
          if (refusal) throw refusal;
          chargeByHttp(meter, contextValue, () => cost, response.http.headers);
        },
        async willSendResponse({ contextValue, request, response, errors }) {
          if (response.body.kind !== "single") return;
          const result = response.body.singleResult;
          if (result.errors) {
            const originals = errors ?? result.errors;
            // Work that ends because its client has left is no error of the server.
            const log = contextValue.operation.left ? SILENT : application.log;
            result.errors = originals.map((error) => formatError(error, contextValue.requestId, log));
            if (isAnsweredDocument(result.errors) && takesPlainJson(request)) response.http.status = 200;
          }
          response.body.singleResult = await keepAnswer(result, contextValue);
          endObserved(contextValue, result.errors);
        },
      };
    },
  };
}

const SUBSCRIBE_BY =
  "A subscription is a stream: send it to this address with Accept: text/event-stream, with " +
  "Accept: multipart/mixed;subscriptionSpec=1.0, or by WebSocket (graphql-transport-ws).";

/** An answer may be complete while fields work on: one that is not null has failed beside them. */
const endAnswered: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return { willSendResponse: async ({ contextValue }) => contextValue.operation.answered() };
  },
};

const DOCUMENT_FAULTS: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "BAD_INPUT",
  "LIMIT_EXCEEDED",
  "OPERATION_RESOLUTION_FAILURE",
  "RATE_LIMITED",
]);
/**
 * A well-formed request with a faulty document, or one too many: GraphQL over HTTP requires 200 for it in
 * application/json, else 400 or 429.
 */
const isAnsweredDocument = (errors: readonly GraphQLFormattedError[]): boolean =>
  errors.every(({ extensions }) => DOCUMENT_FAULTS.has(extensions?.code));
const takesPlainJson = ({ http }: GraphQLRequest): boolean =>
  !http?.headers.get("accept")?.includes("application/graphql-response+json");
