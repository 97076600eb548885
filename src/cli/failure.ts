/**
 * How a command ends when it does not succeed: with a message for people and an exit code.
 *   1  the server (or a file, or an option) refused: the message starts with the error's code
 *   2  no server answers
 * 130  interrupted by Ctrl-C: the result is not there yet; the message says how to continue
 * 143  the same by SIGTERM
 */
import { MaillardError } from "../errors.js";

export const EXIT = { ok: 0, failed: 1, noServer: 2, interrupted: 130, terminated: 143 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** 128 and the number of the signal, as a shell says it. */
export const exitCodeOf = (signal: NodeJS.Signals): ExitCode =>
  signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted;

export class CommandFailure extends Error {
  constructor(
    /** For programs: a code of the API or NO_SERVER, USAGE, … */
    readonly code: string,
    message: string,
    readonly exitCode: ExitCode = EXIT.failed,
  ) {
    super(message);
    this.name = "CommandFailure";
  }
}

export const noServer = (url: string): CommandFailure =>
  new CommandFailure(
    "NO_SERVER",
    `No server answers at ${url}; start it with: npm start. One elsewhere is named by --url or MAILLARD_URL.`,
    EXIT.noServer,
  );

/** Wrong use of the command line, reported before anything is sent. */
export const usage = (message: string): CommandFailure => new CommandFailure("USAGE", message);

/** The lines to print and the exit code for a thrown value. */
export function describeFailure(error: unknown): { code: string; message: string; exitCode: ExitCode } {
  if (error instanceof CommandFailure) return { code: error.code, message: error.message, exitCode: error.exitCode };
  if (error instanceof MaillardError) return { code: error.code, message: error.message, exitCode: EXIT.failed };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "INTERNAL", message, exitCode: EXIT.failed };
}
