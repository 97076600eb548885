/** Shared by the commands that keep running (serve, worker): the log and the wait for a signal. */
import type { LogLevel, ObserveSettings } from "../observe/settings.js";
import type { Log } from "../service/log.js";
import { exitCodeOf } from "./failure.js";
import type { Terminal } from "./terminal.js";

/**
 * JSON lines for machines; on a terminal only problems, as text. The logger is imported here, so that only commands
 * that log load it.
 */
export async function serviceLog(terminal: Terminal, level: LogLevel): Promise<Log> {
  if (!terminal.interactive) {
    const { stderrLogAt, logProcessWarnings } = await import("../service/log.js");
    logProcessWarnings();
    return stderrLogAt(level);
  }
  return {
    info: () => undefined,
    error: (message, fields = {}) => terminal.err(`maillard  ${message} ${JSON.stringify(fields)}`),
  };
}

/** Begins traces where the environment asks for them. Answers the function that sends the last ones. */
export async function traces(
  { environment }: Terminal,
  { traces }: Pick<ObserveSettings, "traces">,
  log: Log,
): Promise<() => Promise<void>> {
  if (!traces) return async () => undefined;
  const { startTracing } = await import("../observe/tracing.js");
  const { VERSION } = await import("../service/application.js");
  const onError = (reason: string): void => log.error("Traces could not be sent.", { reason });
  return startTracing({ environment, version: VERSION, onError });
}

/** Answers at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function untilInterrupted(terminal: Terminal, onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    terminal.onInterrupt((signal) => {
      if (++count > 1) process.exit(exitCodeOf(signal));
      onFirst();
      resolve();
    });
  });
}
