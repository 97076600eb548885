/**
 * The server: HTTP and WebSocket on one port, over one application, which it does not close. `close` stops listening,
 * ends the subscriptions and answers the running requests.
 */
import type { AddressInfo } from "node:net";
import { ApolloServer, type ApolloServerPlugin, type GraphQLRequest } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLFormattedError, OperationTypeNode } from "graphql";
import { MaillardError } from "../../errors.js";
import type { Application } from "../../service/application.js";
import type { Log } from "../../service/log.js";
import type { Context } from "../context.js";
import { makeSchema } from "../schema.js";
import { type TransportLimits, transportLimits } from "./connections.js";
import { documentCache } from "./documents.js";
import { formatError } from "./errors.js";
import { Guard, hostInUrl, keylessProblem } from "./guard.js";
import { makeHttp } from "./http.js";
import { LIMITS, limitsRule } from "./limits.js";
import { checkTexts } from "./texts.js";
import { serveWebSocket } from "./websocket.js";

export interface ServerOptions {
  application: Application;
  /** Address to listen on. Default 127.0.0.1; any but a loopback address needs `apiKeys`. */
  host?: string;
  /** Default 4000; 0 takes a free one. */
  port?: number;
  /** Keys of which a request must bring one; none by default. */
  apiKeys?: readonly string[];
  /** Names besides localhost that the Host header may have. */
  allowedHosts?: readonly string[];
  /** Origins of browser pages besides the server's own. */
  allowedOrigins?: readonly string[];
  /** Largest file that /import takes, in bytes. Default 2 GiB. */
  maxUploadBytes?: number;
  /** How long a WebSocket client may take to send connection_init, in ms. Default 3,000, enough for a slow network. */
  initTimeoutMs?: number;
  /** Time limits and numbers of connections (connections.ts). */
  transport?: Partial<TransportLimits>;
}

export interface Server {
  /** http://127.0.0.1:4000 */
  url: string;
  port: number;
  /** Safe to call twice. */
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
  } = options;
  const keyless = keylessProblem(host, apiKeys);
  if (keyless) throw new MaillardError("STARTUP", keyless, { param: "HOST" });
  const guard = new Guard({ host, apiKeys, allowedHosts, allowedOrigins });
  const schema = await makeSchema();
  const apollo = new ApolloServer<Context>({
    schema,
    // Our own guard (guard.ts) answers for cross-site requests.
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: false,
    introspection: true,
    validationRules: [limitsRule],
    parseOptions: { maxTokens: LIMITS.tokens },
    allowBatchedHttpRequests: false,
    documentStore: documentCache(),
    // Texts that anyone could leave here, for clients that there are none of.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      maskErrors(application),
    ],
  });
  await apollo.start();
  const limits = transportLimits(options.transport);
  const http = await makeHttp(application, apollo, guard, limits, options.maxUploadBytes);
  const closeSockets = serveWebSocket({ application, schema, guard, http: http.server, initTimeoutMs, limits });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeSockets()
      .then(() => http.close())
      .then(() => apollo.stop());
    return closed;
  };
  try {
    await http.listen({ host, port });
  } catch (error) {
    await close();
    throw listenError(error as NodeJS.ErrnoException, host, port);
  }
  const actual = (http.server.address() as AddressInfo).port;
  return { url: `http://${hostInUrl(host)}:${actual}`, port: actual, close };
}

/** Apollo's formatError does not know the request; a plugin does. */
function maskErrors(application: Application): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
            throw new GraphQLError("Subscriptions are answered by WebSocket (graphql-transport-ws) at this address.", {
              extensions: { code: "BAD_REQUEST", http: { status: 400 } },
            });
          try {
            checkTexts(document, request.variables);
          } catch (error) {
            throw new GraphQLError("", { originalError: error as Error, extensions: { http: { status: 400 } } });
          }
        },
        async willSendResponse({ contextValue, request, response, errors }) {
          if (response.body.kind !== "single" || !response.body.singleResult.errors) return;
          const originals = errors ?? response.body.singleResult.errors;
          // Work that ends because its client has left is no error of the server.
          const log = contextValue.signal.aborted ? SILENT : application.log;
          response.body.singleResult.errors = originals.map((error) => formatError(error, contextValue.requestId, log));
          if (isAnsweredDocument(response.body.singleResult.errors) && takesPlainJson(request))
            response.http.status = 200;
        },
      };
    },
  };
}

const SILENT: Log = { info: () => undefined, error: () => undefined };
const DOCUMENT_FAULTS: ReadonlySet<unknown> = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "BAD_INPUT",
  "LIMIT_EXCEEDED",
  "OPERATION_RESOLUTION_FAILURE",
]);
/**
 * A well-formed request with a faulty document: GraphQL over HTTP requires 200 for it in application/json, else 400.
 */
const isAnsweredDocument = (errors: readonly GraphQLFormattedError[]): boolean =>
  errors.every(({ extensions }) => DOCUMENT_FAULTS.has(extensions?.code));
const takesPlainJson = ({ http }: GraphQLRequest): boolean =>
  !http?.headers.get("accept")?.includes("application/graphql-response+json");

function listenError(error: NodeJS.ErrnoException, host: string, port: number): MaillardError {
  const reasons: Record<string, string> = {
    EADDRINUSE:
      `Port ${port} on ${host} is taken by another program. Stop it, or choose another port: PORT=${port + 1} ` +
      "npm start.",
    EACCES: `Port ${port} may not be opened by this user. Choose one above 1023: PORT=4000 npm start.`,
    EADDRNOTAVAIL: `HOST is ${host}, which is no address of this machine. Use HOST=127.0.0.1.`,
    ENOTFOUND: `HOST is ${host}, which is not a known name. Use HOST=127.0.0.1.`,
  };
  const message = reasons[error.code ?? ""] ?? `The server cannot listen on ${host}:${port}: ${error.message}`;
  return new MaillardError("STARTUP", message, {
    param: error.code === "EADDRINUSE" || error.code === "EACCES" ? "PORT" : "HOST",
  });
}
