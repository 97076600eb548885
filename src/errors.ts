/**
 * The one error of this project: a code that programs read, and a message that people read
 * (the rule, the value, what to do). Every layer throws it; src/api maps it to GraphQL in one place,
 * and it crosses process boundaries as plain JSON (`toJSON` / `MaillardError.from`).
 */
/** Every code, with what it says of the case. The API's enum of codes is made from it. */
export const ERROR_CODES = {
  // input
  BAD_INPUT: "An argument breaks its rule.",
  EMPTY_INPUT: "Nothing was given where something is needed.",
  TOO_MANY_ITEMS: "More was given, or asked for, than is taken at once.",
  FILE_TOO_LARGE: "A file is larger than is taken.",
  INVALID_SMILES: "RDKit cannot read the text as a molecule.",
  INVALID_SMARTS: "RDKit cannot read the text as a pattern.",
  SMILES_TOO_LONG: "The SMILES has more characters than are taken.",
  NOT_FOUND: "Nothing has this name or id.",
  CONFLICT: "A name is taken, a key was used for another input, or the state does not allow it.",
  EMBEDDINGS_REQUIRED: "Too many embeddings are missing: startEmbedding or startProjection computes them.",
  FINGERPRINTS_PENDING: "Fingerprints of a large import are still being computed.",
  INVALID_CONFIG: "An option of an order breaks its rule.",
  // datasets and splits
  COLUMN_NOT_FOUND: "The file has no such column.",
  COLUMN_AMBIGUOUS: "Several columns may be meant.",
  EMPTY_DATASET: "The dataset has no molecule for it.",
  UNKNOWN_TARGET: "The dataset has no such label set.",
  TOO_FEW_CLASSES: "Fewer than two classes are left to tell apart.",
  CONSTANT_TARGET: "Every molecule to learn from has the same value: there is nothing to learn.",
  CLASS_MISSING_FROM_TRAINING: "A class has no molecule in the training split.",
  SPLIT_OVERLAP: "A molecule is in two splits.",
  // comparing runs
  NOT_EVALUATED: "The run has no answers on the split.",
  TASK_MISMATCH: "The runs have different tasks, or the labels are of another kind than the model answers.",
  LABEL_MISMATCH: "The runs have different labels, or the model knows none of the labels.",
  NO_COMMON_MOLECULES: "The runs have no molecule of the split in common.",
  // models
  CHECKPOINT_INVALID: "Files of a checkpoint are missing, damaged or contradict each other.",
  CHECKPOINT_UNSUPPORTED: "The architecture of the checkpoint is not supported.",
  MODEL_HAS_NO_HEAD: "The model predicts nothing yet: finetune it first.",
  MODEL_IS_COMPOSED: "The model has no weights of its own.",
  MODEL_FILES_MISSING: "The files of the model are not on this host.",
  // models from a hub
  HUB_UNAUTHORIZED: "The hub wants a token.",
  HUB_FORBIDDEN: "The hub refuses the token.",
  HUB_RATE_LIMITED: "The hub was asked too often.",
  HUB_UNAVAILABLE: "The hub answers with an error of its own.",
  HUB_UNREACHABLE: "The hub cannot be reached.",
  HUB_PROTOCOL: "The hub answers what a hub does not answer.",
  HUB_REDIRECT_REFUSED: "The hub redirects to where nothing is fetched from.",
  HUB_TOO_LARGE: "The files are larger than is fetched.",
  CHECKSUM_MISMATCH: "A file came with other content than the hub says.",
  DISK_FULL: "The server's disk has no room, or refuses to be written to.",
  // who may do what
  UNAUTHENTICATED: "A key is missing, wrong or ended.",
  FORBIDDEN: "The key may not do this.",
  RATE_LIMITED: "The key has used its points; `retryAfterMs` of the details says when there are more.",
  QUOTA_EXCEEDED: "The key would have more runs or bytes than it may have.",
  // running
  OVERLOADED: "The server has no place for it now.",
  RESULT_TOO_LARGE: "The answer has more bytes than are sent.",
  TIMEOUT: "It took longer than it may take.",
  CANCELLED: "It was ended before it was done.",
  DIVERGED: "Training came to numbers that are not finite.",
  DEVICE_UNAVAILABLE: "The device does not exist or cannot be used.",
  COMPUTE_CRASHED: "The process that computed it ended.",
  NON_FINITE_OUTPUT: "The model answers numbers that are not finite.",
  LEASE_LOST: "Another worker has taken the run over.",
  DATABASE_UNAVAILABLE: "The database does not answer.",
  SHUTTING_DOWN: "The server shuts down, and did not end it in time.",
  // start-up
  STARTUP: "The server cannot start like this.",
  INTERNAL: "The server failed; its log has the reason.",
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

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

  /** Revives what `toJSON` wrote. A refusal of the disk is DISK_FULL; anything else INTERNAL with its message. */
  static from(value: unknown): MaillardError {
    if (value instanceof MaillardError) return value;
    if (value && typeof value === "object" && "code" in value && "message" in value && isCode(value.code)) {
      const fields = value as ErrorFields & { code: ErrorCode; message: string };
      return new MaillardError(fields.code, String(fields.message), fields);
    }
    const fault = systemFault(value);
    if (fault) return fault;
    return new MaillardError("INTERNAL", value instanceof Error ? value.message : String(value));
  }
}

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === "string" && /^[A-Z][A-Z_]+$/.test(code) && !/^(E[A-Z]+|P\d+)$/.test(code);

/** What the system says when it has no room or no more files, each with what it means. */
const SYSTEM_FAULTS: Readonly<Record<string, { code: ErrorCode; says: string }>> = {
  ENOSPC: { code: "DISK_FULL", says: "The disk of the server is full" },
  EDQUOT: { code: "DISK_FULL", says: "The server has used all its room on the disk" },
  EROFS: { code: "DISK_FULL", says: "The disk of the server is read-only" },
  EIO: { code: "DISK_FULL", says: "The disk of the server does not work" },
  EMFILE: { code: "OVERLOADED", says: "The server has too many files open" },
  ENFILE: { code: "OVERLOADED", says: "The host of the server has too many files open" },
};

/** Retryable: it passes when there is room again. null: the error is another one. It names no path. */
export function systemFault(error: unknown): MaillardError | null {
  const reason = (error as { code?: unknown } | null)?.code;
  if (typeof reason !== "string" || !Object.hasOwn(SYSTEM_FAULTS, reason)) return null;
  const { code, says } = SYSTEM_FAULTS[reason];
  const message = `${says} (${reason}). Make room, and try again.`;
  return new MaillardError(code, message, { retryable: true, details: { reason } });
}
