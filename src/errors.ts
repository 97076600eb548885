/**
 * The one error of this project: a code that programs read, and a message that people read
 * (the rule, the value, what to do). Every layer throws it; src/api maps it to GraphQL in one place,
 * and it crosses process boundaries as plain JSON (`toJSON` / `MaillardError.from`).
 */
export type ErrorCode =
  // input
  | "BAD_INPUT"
  | "EMPTY_INPUT"
  | "TOO_MANY_ITEMS"
  | "FILE_TOO_LARGE"
  | "INVALID_SMILES"
  | "INVALID_SMARTS"
  | "SMILES_TOO_LONG"
  | "NOT_FOUND"
  | "CONFLICT"
  | "EMBEDDINGS_REQUIRED"
  | "FINGERPRINTS_PENDING"
  | "INVALID_CONFIG"
  // datasets and splits
  | "COLUMN_NOT_FOUND"
  | "COLUMN_AMBIGUOUS"
  | "EMPTY_DATASET"
  | "UNKNOWN_TARGET"
  | "TOO_FEW_CLASSES"
  | "CONSTANT_TARGET"
  | "CLASS_MISSING_FROM_TRAINING"
  | "SPLIT_OVERLAP"
  // comparing runs
  | "NOT_EVALUATED"
  | "TASK_MISMATCH"
  | "LABEL_MISMATCH"
  | "NO_COMMON_MOLECULES"
  // models
  | "CHECKPOINT_INVALID"
  | "CHECKPOINT_UNSUPPORTED"
  | "MODEL_HAS_NO_HEAD"
  | "MODEL_IS_COMPOSED"
  // models from a hub
  | "HUB_UNAUTHORIZED"
  | "HUB_FORBIDDEN"
  | "HUB_RATE_LIMITED"
  | "HUB_UNAVAILABLE"
  | "HUB_UNREACHABLE"
  | "HUB_PROTOCOL"
  | "HUB_REDIRECT_REFUSED"
  | "HUB_TOO_LARGE"
  | "CHECKSUM_MISMATCH"
  | "DISK_FULL"
  // who may do what
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "RATE_LIMITED"
  | "QUOTA_EXCEEDED"
  // running
  | "OVERLOADED"
  | "RESULT_TOO_LARGE"
  | "TIMEOUT"
  | "CANCELLED"
  | "DIVERGED"
  | "DEVICE_UNAVAILABLE"
  | "COMPUTE_CRASHED"
  | "NON_FINITE_OUTPUT"
  | "LEASE_LOST"
  // start-up
  | "STARTUP"
  | "INTERNAL";

export interface ErrorFields {
  /** Name of the offending argument or option, when there is one. */
  param?: string;
  /** Machine-readable facts: limits, counts, row numbers. */
  details?: Record<string, unknown>;
  /** True when the same call may succeed later without change. */
  retryable?: boolean;
}

/**
 * NUL and half of a surrogate pair, which messages may quote from a file: rows keep messages, and a database has no
 * place for them (src/text.ts). A message shows them as \u0000.
 */
const NOT_TEXT = /\0|\p{Cs}/gu;

export class MaillardError extends Error {
  readonly code: ErrorCode;
  readonly param?: string;
  readonly details?: Record<string, unknown>;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message.replace(NOT_TEXT, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`));
    this.name = "MaillardError";
    this.code = code;
    this.param = fields.param;
    this.details = fields.details;
    this.retryable = fields.retryable ?? false;
  }

  toJSON(): { code: ErrorCode; message: string } & ErrorFields {
    return {
      code: this.code,
      message: this.message,
      param: this.param,
      details: this.details,
      retryable: this.retryable,
    };
  }

  /** Revives what `toJSON` wrote; anything else becomes INTERNAL with its message. */
  static from(value: unknown): MaillardError {
    if (value instanceof MaillardError) return value;
    if (value && typeof value === "object" && "code" in value && "message" in value && isCode(value.code)) {
      const fields = value as ErrorFields & { code: ErrorCode; message: string };
      return new MaillardError(fields.code, String(fields.message), fields);
    }
    return new MaillardError("INTERNAL", value instanceof Error ? value.message : String(value));
  }
}

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === "string" && /^[A-Z][A-Z_]+$/.test(code) && !/^(E[A-Z]+|P\d+)$/.test(code);
