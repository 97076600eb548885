/**
 * One RDKit process as the client holds it: busy with one chunk of questions, or idle. It passes on each answer, and at
 * its end (time limit, trap, killed from outside) the questions that are still open. The first of them is the one that
 * the process was working on.
 */
import { MaillardError } from "../../errors.js";
import { entryBeside, ForkedProcess } from "../../process/forked-process.js";
import { type Answer, type FromProcess, limitOf, type Question, type ToProcess } from "./messages.js";

export interface Job {
  question: Question;
  /** Processes that already ended while they worked on this question. */
  deaths: number;
  settle(answer: Answer): void;
  /** Puts jobs of its call back to the front of the call's queue. */
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
  readonly #process: ForkedProcess<ToProcess, FromProcess>;
  #open: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #late = false;
  #started = false;
  #trap = "";

  constructor(private readonly timeoutMs: number) {
    const entry = entryBeside(import.meta.url, "./rdkit-process");
    this.#process = new ForkedProcess(entry, { title: "maillard chemistry", output: "stderr" });
    this.ready = new Promise((resolve, reject) => {
      const limit = setTimeout(() => this.kill(), START_LIMIT_MS);
      this.#process.onMessage = (message) => {
        if (message.kind === "ready") {
          clearTimeout(limit);
          this.#started = true;
          resolve();
          this.onIdle();
        } else if (message.kind === "answer") this.#answered(message.answer);
        else this.#trap = message.message;
      };
      void this.#process.ended.then(({ reason, output }) => {
        clearTimeout(limit);
        clearTimeout(this.#timer);
        reject(new MaillardError("STARTUP", `the RDKit process did not start: ${reason}. ${output}`.trim()));
        this.onEnd({ open: this.#open, late: this.#late, reason: this.#trap || reason, started: this.#started });
      });
    });
    this.ready.catch(() => {});
  }

  get idle(): boolean {
    return this.#started && this.#open.length === 0 && this.#process.connected;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  work(jobs: Job[]): void {
    this.#open = jobs;
    this.#watch();
    void this.#process.send({ questions: jobs.map((job) => job.question) });
  }

  kill(): void {
    void this.#process.kill();
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
        // If this event loop was blocked, the answer may be in the pipe already: read the pipe before the kill.
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
