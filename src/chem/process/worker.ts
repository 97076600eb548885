/**
 * One RDKit process as the client holds it: busy with one chunk of questions or idle. It hands back each answer, and at
 * its end (time limit, trap, killed from outside) the questions that are still open, the guilty one first.
 */
import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MaillardError } from "../../errors.js";
import { type Answer, type FromProcess, limitOf, type Question, type ToProcess } from "./messages.js";

export interface Job {
  question: Question;
  /** Processes that already ended while they worked on this question. */
  deaths: number;
  settle(answer: Answer): void;
  /** Puts jobs of its call back to the head of the call's line. */
  requeue(jobs: Job[]): void;
}

export interface Ending {
  /** In order; the first one is what the process was working on. */
  open: Job[];
  /** True when the process overran the time limit of one question. */
  late: boolean;
  /** "signal SIGKILL", "exit code 1", or RDKit's trap. */
  reason: string;
  /** False when it ended before it could answer anything. */
  started: boolean;
}

const START_LIMIT_MS = 60_000;

export class Worker {
  /** Rejects when the process cannot start. */
  readonly ready: Promise<void>;
  onIdle: () => void = () => {};
  onEnd: (ending: Ending) => void = () => {};
  #child: ChildProcess;
  #open: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #late = false;
  #started = false;
  #trap = "";
  #output = "";

  constructor(private readonly timeoutMs: number) {
    const entry = new URL(`./rdkit-process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
    this.#child = fork(fileURLToPath(entry), [], {
      ...forkOptions(entry),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#output = (this.#output + text).slice(-2000);
    });
    this.ready = new Promise((resolve, reject) => {
      const limit = setTimeout(() => this.#child.kill("SIGKILL"), START_LIMIT_MS);
      this.#child.on("message", (message: FromProcess) => {
        if (message.kind === "ready") {
          clearTimeout(limit);
          this.#started = true;
          resolve();
          this.onIdle();
        } else if (message.kind === "answer") this.#answered(message.answer);
        else this.#trap = message.message;
      });
      const end = (reason: string) => {
        clearTimeout(limit);
        clearTimeout(this.#timer);
        reject(new MaillardError("STARTUP", `the RDKit process did not start: ${reason}. ${this.#output}`.trim()));
        this.onEnd({ open: this.#open, late: this.#late, reason: this.#trap || reason, started: this.#started });
      };
      this.#child.on("close", (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
      // Without a pid there was no process, and no "close" will come.
      this.#child.on("error", (error) => this.#child.pid === undefined && end(error.message));
    });
    this.ready.catch(() => {});
  }

  get idle(): boolean {
    return this.#started && this.#open.length === 0 && this.#child.connected;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  work(jobs: Job[]): void {
    this.#open = jobs;
    this.#watch();
    const message: ToProcess = { questions: jobs.map((job) => job.question) };
    this.#child.send(message, () => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #answered(answer: Answer): void {
    if (this.#late) return;
    const job = this.#open.shift();
    clearTimeout(this.#timer);
    if (this.#open.length > 0) this.#watch();
    job?.settle(answer);
    if (this.#open.length === 0) this.onIdle();
  }

  /** Kills the process when the first open question is not answered in time. */
  #watch(): void {
    const [watched] = this.#open;
    this.#timer = setTimeout(
      () => {
        // If this event loop was held up, the answer may lie in the pipe: read the pipe before judging.
        setImmediate(() =>
          setImmediate(() => {
            if (this.#open[0] !== watched) return;
            this.#late = true;
            this.kill();
          }),
        );
      },
      Math.min(this.timeoutMs, limitOf(watched.question) ?? this.timeoutMs),
    );
  }
}

const SECRET = /DATABASE_URL|PASSWORD|SECRET|TOKEN|API_?KEY|MAILLARD_KEY|^PG/i;

/**
 * How the processes of chemistry and pretraining are forked. From source (development, tests) they need the TypeScript
 * loader; from dist nothing. Secrets of the environment are not handed on.
 */
export const forkOptions = (entry: URL): ForkOptions => ({
  serialization: "advanced",
  execArgv: loaderFor(entry),
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name))),
});

function loaderFor(entry: URL): string[] {
  if (!entry.pathname.endsWith(".ts")) return [];
  return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
}
