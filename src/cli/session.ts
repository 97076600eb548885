/** What a command uses: its terminal, its client of the API, and the exit code that it sets. */
import { Client } from "./client.js";
import { EXIT, type ExitCode, exitCodeOf } from "./failure.js";
import type { Terminal } from "./terminal.js";

export class Session {
  readonly terminal: Terminal;
  /** The exit code of the process when nothing is thrown. */
  exitCode: ExitCode = EXIT.ok;
  private made: Client | undefined;
  #signal: NodeJS.Signals = "SIGINT";

  constructor(
    terminal: Terminal,
    /** --url, when given. */
    private readonly url: () => string | undefined = () => undefined,
  ) {
    this.terminal = {
      ...terminal,
      onInterrupt: (listener) =>
        terminal.onInterrupt((signal) => {
          this.#signal = signal;
          listener(signal);
        }),
    };
  }

  /** What the process ends with: an interruption has the code of its signal. */
  endsWith(code: ExitCode): ExitCode {
    return code === EXIT.interrupted ? exitCodeOf(this.#signal) : code;
  }

  get client(): Client {
    this.made ??= new Client(this.terminal.environment, { url: this.url() });
    return this.made;
  }

  /** The whole answer as one JSON document. */
  json(value: unknown): void {
    this.terminal.out(JSON.stringify(value, null, 2));
  }

  lines(lines: readonly string[]): void {
    for (const line of lines) this.terminal.out(line);
  }
}
