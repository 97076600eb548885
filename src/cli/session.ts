/** What a command uses: its terminal, its client of the API, and the exit code that it sets. */
import { Client } from "./client.js";
import { EXIT, type ExitCode } from "./failure.js";
import type { Terminal } from "./terminal.js";

export class Session {
  /** The exit code of the process when nothing is thrown. */
  exitCode: ExitCode = EXIT.ok;
  private made: Client | undefined;

  constructor(
    readonly terminal: Terminal,
    /** --url, when given. */
    private readonly url: () => string | undefined = () => undefined,
  ) {}

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
