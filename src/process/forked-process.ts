/**
 * One child process as its parent holds it: typed messages in both directions, the last output, and one promise for its
 * end. `ended` resolves only after the last message was delivered, so no message is still in the pipe then.
 * Secrets of the environment (database URL, keys) are not passed to the child: no child needs them.
 * This is the only file of src that forks.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import os from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { noteChild } from "./children.js";

export interface ForkOptions {
  /** Name of the process in `ps` and `top`, such as "maillard training". */
  title: string;
  /** True: a lower priority (MAILLARD_NICE), for work that leaves the processor to others. Default false. */
  background?: boolean;
  /** Which output is kept; the other is discarded. Default "all". */
  output?: "all" | "stderr";
  /** Limit of the heap in MiB. Default: Node's. Typed arrays are outside the heap. */
  heapMegabytes?: number;
}

export interface Ending {
  /** "exit code 1", "signal SIGKILL", or the reason why the process could not be started. */
  reason: string;
  /** The last 4,000 characters of stdout and stderr together. */
  output: string;
}

const OUTPUT_KEPT = 4000;
const SECRET = /DATABASE_URL|PASSWORD|SECRET|TOKEN|API_?KEY|METRICS_KEY|MAILLARD_KEY|_HEADERS$|^PG/i;

export class ForkedProcess<ToChild extends object, FromChild extends object> {
  readonly ended: Promise<Ending>;
  /** Set it before the first await after construction, so that no message is missed. */
  onMessage: (message: FromChild) => void = () => {};
  #child: ChildProcess;
  #output = "";
  #stopped = false;

  /** @param entry the module that the child runs, .ts or .js (see entryBeside) */
  constructor(entry: URL, { title, background = false, output = "all", heapMegabytes }: ForkOptions) {
    this.#child = fork(fileURLToPath(entry), [], {
      serialization: "advanced",
      execArgv: [
        `--title=${title}`,
        ...(heapMegabytes === undefined ? [] : [`--max-old-space-size=${heapMegabytes}`]),
        ...loaderFor(entry),
      ],
      stdio: ["ignore", output === "all" ? "pipe" : "ignore", "pipe", "ipc"],
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name))),
    });
    if (background) lowerPriority(this.#child.pid);
    const { pid } = this.#child;
    const noteEnd = pid === undefined ? () => undefined : noteChild(title, pid);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      });
    }
    this.#child.on("message", (message) => this.onMessage(message as FromChild));
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => resolve({ reason, output: this.#output });
      this.#child.on("close", (code, signal) => {
        noteEnd(this.#stopped ? "stopped" : code === 0 ? "done" : "crashed");
        end(signal ? `signal ${signal}` : `exit code ${code}`);
      });
      // Without a pid there was no process, and no "close" follows. Later errors reach the callback of `send`.
      this.#child.on("error", (error) => this.#child.pid === undefined && end(error.message));
    });
  }

  /** undefined: the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** False from the moment at which this side learns that the channel is closed. */
  get connected(): boolean {
    return this.#child.connected;
  }

  /**
   * Resolves when the message is in the pipe, which gives back-pressure. A process that is gone discards the message;
   * `ended` reports that. Rejects only for a message that cannot be serialized.
   */
  send(message: ToChild): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.connected) this.#child.send(message, () => resolve());
      else resolve();
    });
  }

  /** From now on at the lower priority of background work; it cannot get its old one back. */
  toBackground(): void {
    lowerPriority(this.pid);
  }

  /** Kills the process at once. Resolves when it has ended. */
  kill(): Promise<Ending> {
    this.#stopped = true;
    this.#child.kill("SIGKILL");
    return this.ended;
  }
}

/** Nice value of background children: MAILLARD_NICE, a whole number from 0 (normal) to 19, else 10. */
function backgroundNice(): number {
  const given = process.env.MAILLARD_NICE;
  return given !== undefined && /^1?\d$/.test(given) ? Number(given) : os.constants.priority.PRIORITY_BELOW_NORMAL;
}

/** Set right after the fork, so that the threads which the child starts inherit it. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) os.setPriority(pid, Math.max(os.getPriority(), backgroundNice()));
  } catch {
    // A sandbox may forbid it, and the process may be gone already: then it runs at normal priority.
  }
}

/** From source (development, tests) the child needs the TypeScript loader; from dist it needs none. */
function loaderFor(entry: URL): string[] {
  if (!entry.pathname.endsWith(".ts")) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}

/** The module `path`, relative to the module `from` (its import.meta.url), with the ending under which it runs. */
export const entryBeside = (from: string, path: string): URL =>
  new URL(`${path}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
