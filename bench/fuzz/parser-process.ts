/** Runs ranges of inputs in a child process, and starts another when it ends or hangs. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ParserAnswer, ParserFault, ParserTask } from "./parser-child.js";

/** Wall time for a part of about 100 inputs: a machine may be busy. */
const HANG_MS = 120_000;
const HEAP_MEGABYTES = 512;
/** What a child may hold more than after its first part, in MB. */
const GROWTH_MEGABYTES = 128;

export class ParserProcess {
  #child: ChildProcess | null = null;
  #first: number | null = null;
  readonly #progress: string;

  constructor(private readonly folder: string) {
    this.#progress = join(folder, "progress");
  }

  async run(task: ParserTask): Promise<Omit<ParserAnswer, "heapMegabytes">> {
    const total = { faults: [] as ParserFault[], refused: 0, longest: 0 };
    for (let from = task.from; from < task.to; ) {
      const child = await this.#started();
      const ended = await this.#ask(child, { ...task, from });
      if (typeof ended !== "string") {
        total.faults.push(...ended.faults);
        total.refused += ended.refused;
        total.longest = Math.max(total.longest, ended.longest);
        this.#first ??= ended.heapMegabytes;
        if (ended.heapMegabytes > this.#first + GROWTH_MEGABYTES) {
          const what = `the heap grew from ${this.#first.toFixed(0)} to ${ended.heapMegabytes.toFixed(0)} MB`;
          total.faults.push({ index: task.to - 1, what });
          await this.close();
        }
        break;
      }
      const index = Math.max(from, Number(readFileSync(this.#progress, "utf8")));
      total.faults.push({ index, what: ended });
      await this.close();
      from = index + 1;
    }
    return total;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    this.#first = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once("exit", resolve));
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    if (child.connected) child.send("end");
    await closed;
    clearTimeout(timer);
  }

  async #started(): Promise<ChildProcess> {
    if (this.#child) return this.#child;
    const path = fileURLToPath(new URL("./parser-child.ts", import.meta.url));
    const child = fork(path, [join(this.folder, "files"), this.#progress], {
      execArgv: ["--import", "tsx", "--expose-gc", `--max-old-space-size=${HEAP_MEGABYTES}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    await new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code) => reject(new Error(`the process of the parsers did not start: exit code ${code}`)));
    });
    child.removeAllListeners("exit");
    process.once("exit", () => child.kill());
    this.#child = child;
    return child;
  }

  /** The answer, or how the process ended. */
  #ask(child: ChildProcess, task: ParserTask): Promise<ParserAnswer | string> {
    return new Promise((resolve) => {
      let errors = "";
      child.stderr?.on("data", (text: Buffer) => {
        errors = (errors + text).slice(-2_000);
      });
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        done(`no answer for ${HANG_MS} ms`);
      }, HANG_MS);
      const done = (value: ParserAnswer | string): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.stderr?.removeAllListeners();
        resolve(value);
      };
      child.once("message", (answer) => done(answer as ParserAnswer));
      child.once("exit", (code, signal) => done(`the process ended with ${signal ?? `exit code ${code}`}: ${errors}`));
      child.send(task);
    });
  }
}
