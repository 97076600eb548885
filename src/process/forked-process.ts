/**
 * One child process as its parent holds it: typed messages both ways, what it printed last, and one promise for its end.
 * `ended` resolves only after the last message was delivered, so nobody has to guess what is still in the pipe.
 * Secrets of the environment (database, keys) are not handed on: a compute process has no use for them.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Ending {
  /** "exit code 1", "signal SIGKILL", or why it could not be started. */
  reason: string;
  /** The last 4,000 characters of stdout and stderr together. */
  output: string;
}

const OUTPUT_KEPT = 4000;
const SECRET = /DATABASE_URL|PASSWORD|SECRET|TOKEN|API_?KEY|MAILLARD_KEY|^PG/i;

export class ForkedProcess<ToChild extends object, FromChild extends object> {
  readonly ended: Promise<Ending>;
  /** Set before the first await after construction, so that no message is missed. */
  onMessage: (message: FromChild) => void = () => {};
  #child: ChildProcess;
  #output = "";

  constructor(entry: URL) {
    this.#child = fork(fileURLToPath(entry), [], {
      serialization: "advanced",
      execArgv: loaderFor(entry),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name))),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      });
    }
    this.#child.on("message", (message) => this.onMessage(message as FromChild));
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => resolve({ reason, output: this.#output });
      this.#child.on("close", (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
      // Without a pid there was no process, and no "close" will come. Later errors are those of `send`: its callback has them.
      this.#child.on("error", (error) => this.#child.pid === undefined && end(error.message));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the message is in the pipe; a process that is gone swallows it, and `ended` tells. */
  send(message: ToChild): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.connected) this.#child.send(message, () => resolve());
      else resolve();
    });
  }

  /** At once, whatever it is doing. Resolves when it is gone. */
  kill(): Promise<Ending> {
    this.#child.kill("SIGKILL");
    return this.ended;
  }
}

/** From source (development, tests) the child needs the TypeScript loader; from dist nothing. */
function loaderFor(entry: URL): string[] {
  if (!entry.pathname.endsWith(".ts")) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}

/** The module `path`, seen from the module `from` (its import.meta.url), in the form in which it runs: .ts or .js. */
export const entryBeside = (from: string, path: string): URL =>
  new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
