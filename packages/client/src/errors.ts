/** Every failure of the client is a MaillardError. */
import type { ErrorCode } from "./generated/graphql.js";

/** Of the server (`ErrorCode`), of a document or request that it refuses, or of the way to it. */
export type MaillardErrorCode =
  | ErrorCode
  | "BAD_REQUEST"
  | "BAD_USER_INPUT"
  | "GRAPHQL_PARSE_FAILED"
  | "GRAPHQL_VALIDATION_FAILED"
  | "LIMIT_EXCEEDED"
  /** No server answers, or the connection broke. Retryable. */
  | "UNREACHABLE"
  /** What answers is no Maillard server. */
  | "NO_MAILLARD"
  | (string & {});

export interface ErrorFields {
  /** Name of the argument to blame. */
  param?: string | null;
  /** Facts: limits, counts, names that exist. */
  details?: Record<string, unknown>;
  /** True when the same request may succeed later without change. */
  retryable?: boolean;
  /** Of a retryable one: when to come back, in ms; null: not said. */
  retryAfterMs?: number | null;
  /** HTTP status, where there was an answer. */
  status?: number | null;
}

export class MaillardError extends Error {
  readonly code: MaillardErrorCode;
  readonly param: string | null;
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly status: number | null;

  constructor(code: MaillardErrorCode, message: string, fields: ErrorFields = {}) {
    super(message);
    this.name = "MaillardError";
    this.code = code;
    this.param = fields.param ?? null;
    this.details = fields.details ?? {};
    this.retryable = fields.retryable ?? false;
    this.retryAfterMs = fields.retryAfterMs ?? null;
    this.status = fields.status ?? null;
  }
}

interface Fault {
  message?: unknown;
  extensions?: Record<string, unknown>;
}

/** The first error of an answer. @param retryAfter the header of that name, in seconds */
export function errorOf(faults: readonly Fault[], status: number | null = null, retryAfter?: string | null) {
  const { message, extensions = {} } = faults[0] ?? {};
  const details = (extensions.details ?? {}) as Record<string, unknown>;
  const seconds = retryAfter ? Number(retryAfter) * 1_000 : null;
  const said = typeof details.retryAfterMs === "number" ? details.retryAfterMs : seconds;
  return new MaillardError(String(extensions.code ?? "INTERNAL"), String(message ?? "The server gave no reason."), {
    param: typeof extensions.param === "string" ? extensions.param : null,
    details,
    retryable: extensions.retryable === true || status === 429 || status === 503,
    retryAfterMs: said !== null && Number.isFinite(said) ? said : null,
    status,
  });
}

export const unreachable = (url: string, cause: unknown): MaillardError => {
  const error = new MaillardError("UNREACHABLE", `No server answers at ${url}, or the connection to it broke.`, {
    retryable: true,
  });
  error.cause = cause;
  return error;
};
