/**
 * One RDKit process as the client holds it: busy with one chunk of questions, or idle. It passes on each answer, and at
 * its end (time limit, trap, killed from outside) the questions that are still open. The first of them is the one that
 * the process was working on.
 */
import { readFileSync } from "node:fs";
import { MaillardError } from "../../errors.js";
import { entryBeside, ForkedProcess } from "../../process/forked-process.js";
import type { Call, Job } from "./call.js";
import type { Answer, FromProcess, ToProcess } from "./messages.js";

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
/** Linux counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;
/** A question is late after this many times its limit in any case. */
const MOST_WAITING = 5;

export class Worker {
  /** Rejects when the process cannot start. */
  readonly ready: Promise<void>;
  onIdle: () => void = () => {};
  onEnd: (ending: Ending) => void = () => {};
  /** Time of each answered question, milliseconds, and whether it was of the slow lane. */
  onTime: (ms: number, slow: boolean) => void = () => {};
  readonly #process: ForkedProcess<ToProcess, FromProcess>;
  #open: Job[] = [];
  #timer: NodeJS.Timeout | undefined;
  #late = false;
  #slow = false;
  #background = false;
  #limitMs = 0;
  /** Processor time of the process when it got its questions, milliseconds. */
  #usedBefore = 0;
  /** When the process began with the first open question. */
  #began = 0;
  #started = false;
  #trap = "";

  constructor() {
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

  /** True once it can answer. */
  get started(): boolean {
    return this.#started && this.#process.connected;
  }

  /** True while it works on a question of the slow lane. */
  get slow(): boolean {
    return this.#slow && this.#open.length > 0;
  }

  /** True from its first slow question: it has a lower priority, and takes no quick ones any more. */
  get background(): boolean {
    return this.#background;
  }

  /** The quick lane, the API and the devices go before slow molecules. */
  toBackground(): void {
    this.#background = true;
    this.#process.toBackground();
  }

  worksOn(call: Call): boolean {
    return this.#open.some((job) => job.call === call);
  }

  /** @param limitMs for each question */
  work(jobs: Job[], limitMs: number, slow: boolean): void {
    this.#open = jobs;
    this.#limitMs = limitMs;
    this.#slow = slow;
    this.#usedBefore = this.#used();
    this.#watch();
    void this.#process.send({ questions: jobs.map((job) => job.question) });
  }

  /** On a busy machine the process may have waited for a processor: that is not caused by its question. */
  #hasWaited(limitMs: number): boolean {
    return performance.now() - this.#began < MOST_WAITING * limitMs && this.#used() - this.#usedBefore < limitMs;
  }

  /** Processor time of the process, milliseconds; Infinity where the system does not say it. */
  #used(): number {
    try {
      const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1].split(" ");
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  kill(): void {
    void this.#process.kill();
  }

  #answered(answer: Answer): void {
    if (this.#late) return;
    const job = this.#open.shift();
    clearTimeout(this.#timer);
    const ms = performance.now() - this.#began;
    if (this.#open.length > 0) this.#watch();
    this.onTime(ms, this.#slow);
    job?.call.settle(job, answer, ms);
    if (this.#open.length === 0) this.onIdle();
  }

  /** Kills the process when the first open question is not answered in time. */
  #watch(): void {
    this.#began = performance.now();
    this.#watchFor(this.#limitMs);
  }

  #watchFor(limitMs: number, afterMs = limitMs): void {
    const [watched] = this.#open;
    this.#timer = setTimeout(() => {
      // If this event loop was blocked, the answer may be in the pipe already: read the pipe before the kill.
      setImmediate(() =>
        setImmediate(() => {
          if (this.#open[0] !== watched) return;
          if (this.#hasWaited(limitMs)) return this.#watchFor(limitMs, limitMs / 4);
          this.#late = true;
          this.kill();
        }),
      );
    }, afterMs);
  }
}
