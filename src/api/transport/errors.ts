/**
 * The one place where errors become GraphQL errors, for HTTP and WebSocket alike.
 *   MaillardError            its message, extensions { code, param, details, retryable }
 *   a database that is away  the same: DATABASE_UNAVAILABLE, which may be tried again; logged
 *   a fault of the document  graphql's message; GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED or BAD_USER_INPUT;
 *                            a broken limit is LIMIT_EXCEEDED with { limit, maximum, actual }
 *   work that was aborted    CANCELLED, not logged: nobody waits for it
 *   anything else            masked: code INTERNAL and a request id, under which the log has the error
 */
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { MaillardError } from "../../errors.js";
import type { Log } from "../../service/log.js";
import { databaseAway } from "../../store/sql.js";
import { LIMITS } from "./limits/limits.js";

/** For work that ended because its client has left: no error of the server. */
export const SILENT: Log = { info: () => undefined, error: () => undefined };

export function formatError(error: unknown, requestId: string, log: Log): GraphQLFormattedError {
  const outer = error instanceof GraphQLError ? error : new GraphQLError("", { originalError: error as Error });
  const place = { locations: outer.locations, path: outer.path };
  const cause = rootCause(outer);
  const away = databaseAway(cause);
  if (away)
    log.error("A request failed: the database is away.", { requestId, path: outer.path, error: describe(cause) });
  const known = away ?? cause;
  if (known instanceof MaillardError && known.code !== "INTERNAL") {
    const { code, param, details, retryable } = known;
    return prune({ message: known.message, ...place, extensions: prune({ code, param, details, retryable }) });
  }
  if (cause instanceof Error && cause.name === "AbortError") {
    const message = "The operation has ended: its client does not wait for it.";
    return prune({ message, ...place, extensions: { code: "CANCELLED", retryable: false } });
  }
  if (cause instanceof GraphQLError && isFaultOfDocument(outer)) {
    const { http: _http, stacktrace: _stacktrace, limit: given, ...rest } = outer.extensions as Record<string, unknown>;
    const limit = given ?? (TOO_MANY_TOKENS.test(outer.message) ? { limit: "tokens", maximum: LIMITS.tokens } : null);
    const code = limit ? "LIMIT_EXCEEDED" : codeOf(outer, rest.code);
    return prune({ message: outer.message, ...place, extensions: prune({ ...rest, code, ...(limit as object) }) });
  }
  log.error("A request failed unexpectedly.", { requestId, path: outer.path, error: describe(cause) });
  const message =
    `The server failed at this; its log has the reason under request ${requestId}. Try again, or report it with ` +
    "that id.";
  return prune({ message, ...place, extensions: { code: "INTERNAL", requestId, retryable: false } });
}

/** Errors that resolvers throw come wrapped, once or twice. */
function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** graphql's parser has no code for this fault, and its message is misspelt. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** Apollo adds codes; graphql, which answers WebSockets, has none. Both get the same code here. */
function codeOf({ message }: GraphQLError, given: unknown): unknown {
  if (message.startsWith("Syntax Error")) return "GRAPHQL_PARSE_FAILED";
  if (/^(Variable "\$|Argument ")/.test(message)) return "BAD_USER_INPUT";
  return given === undefined || given === "INTERNAL_SERVER_ERROR" ? "GRAPHQL_VALIDATION_FAILED" : given;
}

/**
 * Faults of parsing, validation and variables, and what Apollo itself refuses. Inside execution (the error has a path)
 * only an argument can be the client's fault.
 */
function isFaultOfDocument(error: GraphQLError): boolean {
  if (error.path) return error.message.startsWith('Argument "');
  return error.extensions.code !== "INTERNAL_SERVER_ERROR";
}

function describe(cause: unknown): unknown {
  if (!(cause instanceof Error)) return String(cause);
  return { name: cause.name, message: cause.message, stack: cause.stack };
}

const prune = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
