/**
 * The log: one JSON line for each event on stderr, written by pino, Fastify's logger.
 * A line has `level` (a name), `time` (ISO 8601), the fields of the event, and `message`. It never holds a key or an
 * answer, and a SMILES only at the level debug. Lines are written at once, so that none is lost when the process ends.
 */
import { pino } from "pino";
import type { LogLevel } from "../observe/settings.js";

export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** Only at the level debug: such a line may hold molecules. */
  debug?(message: string, fields?: Record<string, unknown>): void;
}

const lines = pino(
  {
    // Neither process id nor host name.
    base: null,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  },
  pino.destination({ dest: 2, sync: true }),
);

/** Warnings of Node, such as a deprecation, become lines of the log; Node's own text is no JSON. */
export function logProcessWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message, stack, ...rest }) =>
    lines.warn({ warning: { name, message, stack, ...rest } }, "The runtime warns."),
  );
}

export const stderrLog: Log = {
  info: (message, fields = {}) => lines.info(fields, message),
  error: (message, fields = {}) => lines.error(fields, message),
};

export function stderrLogAt(level: LogLevel): Log {
  lines.level = level;
  return level === "debug"
    ? { ...stderrLog, debug: (message, fields = {}) => lines.debug(fields, message) }
    : stderrLog;
}
