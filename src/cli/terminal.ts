/**
 * Where a command writes, and its environment. Answers go to `out`, so that they can be piped, progress and problems to
 * `err`; colours and moving bars appear only on a TTY without NO_COLOR. Tests pass one that stores what is written.
 */
export interface Terminal {
  /** One line of the answer. */
  out(line: string): void;
  /** Bytes of the answer; resolves when there is room for more: false when who read them has gone. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** One line about progress or a problem. */
  err(line: string): void;
  /** Whether `err` is a screen: bars move and colours show only there. */
  readonly interactive: boolean;
  /** Whether `out` is a screen. */
  readonly outInteractive: boolean;
  /** Columns of the screen. */
  readonly columns: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line that a person types after the question; null: nobody is there to answer. Absent: as null. */
  ask?(question: string): Promise<string | null>;
  /** Calls back on Ctrl-C or SIGTERM until the answered function is called. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void;
}

/**
 * Who read the output may have gone (`| head`, a supervisor that ended). A command that works in this process goes on,
 * and a server still closes its database: `worksHere`. Any other has only its answer to give, and ends in silence.
 */
export function processTerminal({ worksHere }: { worksHere: boolean }): Terminal {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (!worksHere && stream === process.stdout) process.exit();
    });
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    write: (bytes) => new Promise((resolve) => process.stdout.write(bytes, (error) => resolve(!error))),
    err: (line) => void process.stderr.write(`${line}\n`),
    interactive: process.stderr.isTTY === true,
    outInteractive: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? process.stderr.columns ?? 100,
    environment: process.env,
    ask: askPerson,
    onInterrupt(listener) {
      process.on("SIGINT", listener).on("SIGTERM", listener);
      return () => void process.off("SIGINT", listener).off("SIGTERM", listener);
    },
  };
}

/** The question goes beside the answer, so that it is seen when that is piped. */
async function askPerson(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null;
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The end of the input, or Ctrl-C, is no answer.
  const closed = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  return Promise.race([lines.question(question), closed]).finally(() => lines.close());
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
const CODES: Record<Style, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Returns a painter: with escape codes for a screen, without them for a file. */
export function painter(terminal: Terminal, target: "out" | "err" = "out"): (style: Style, text: string) => string {
  const screen = target === "out" ? terminal.outInteractive : terminal.interactive;
  const { NO_COLOR, TERM } = terminal.environment;
  if (!screen || (NO_COLOR !== undefined && NO_COLOR !== "") || TERM === "dumb") return (_style, text) => text;
  return (style, text) => `\u001b[${CODES[style][0]}m${text}\u001b[${CODES[style][1]}m`;
}
