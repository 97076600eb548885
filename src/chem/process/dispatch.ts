/**
 * Questions to RDKit's processes, shared fairly between calls.
 *   quick lane   calls take turns in chunks of about 50 ms, and small ones go together; a question that takes longer
 *                than `quickMs` ends its process and goes to the slow lane, the others of its chunk are asked again
 *   slow lane    one question at a time, of the call that has spent the least time there; one process is always left
 *                to the quick lane, so that a plain molecule does not wait for a slow one. A process of the slow lane
 *                has a lower priority from its first question on, so that it takes no time of the others either
 *   background   calls for nobody who waits: in a process of lower priority, with their quick questions too. Where only
 *                one process may be, they are asked when nothing else waits
 * A slow question that reaches its limit is TIMEOUT, also for who asks it again within `rememberMs`. A SMARTS that did
 * not end in the quick lane goes to the slow lane with all its molecules.
 */
import { setMaxListeners } from "node:events";
import { LRUCache } from "lru-cache";
import { MaillardError } from "../../errors.js";
import { MeanTime, retryAfterMs } from "../../process/mean-time.js";
import type { Priority } from "../types.js";
import { type Account, Call, CHUNK, FIRST_CHUNK, type Job } from "./call.js";
import { type ChemistryLimits, MOST_REMEMBERED } from "./limits.js";
import { type Answer, isPattern, type Question } from "./messages.js";
import { type Ending, Worker } from "./worker.js";

/** How the message begins of a molecule whose process ended twice, by itself or by somebody else. */
export const CRASHED = "RDKit crashed on it twice";
/** With more waiting questions than this, every process is started. */
const LONG_QUEUE = 256;
const IDLE_END_MS = 60_000;
const MAX_FAILED_STARTS = 3;
/** Time of a question in each lane before the first was measured, milliseconds. */
const USUAL_MS = { quick: 1.5, slow: 1_000 };

/** How a call is asked. */
export interface Terms {
  /** Of the request that this call is a part of. Default: of its own. */
  account?: Account;
  /** Default "usual". */
  priority?: Priority;
}

export class Dispatcher {
  #workers: Worker[] = [];
  /** In order of turn. */
  #calls: Call[] = [];
  #failedStarts = 0;
  /** The process that was started for background calls. */
  #ownOfBackground: Worker | null = null;
  #closed = false;
  #idleTimer: NodeJS.Timeout | undefined;
  readonly #tooSlow: LRUCache<string, true>;
  readonly #times = { quick: new MeanTime(USUAL_MS.quick), slow: new MeanTime(USUAL_MS.slow) };
  /** SMARTS that did not end in the quick lane. */
  readonly #slowPatterns: LRUCache<string, true>;

  constructor(private readonly limits: ChemistryLimits) {
    this.#tooSlow = new LRUCache({ max: MOST_REMEMBERED, ttl: limits.rememberMs });
    this.#slowPatterns = new LRUCache({ max: MOST_REMEMBERED, ttl: limits.rememberMs });
  }

  async start(): Promise<void> {
    await this.#addWorker().ready;
  }

  get pids(): number[] {
    return this.#workers.flatMap((worker) => worker.pid ?? []);
  }

  /** In the order of the questions. OVERLOADED, CANCELLED, COMPUTE_CRASHED. */
  ask(
    questions: Question[],
    signal?: AbortSignal,
    { account = { spentMs: 0 }, priority = "usual" }: Terms = {},
  ): Promise<Answer[]> {
    if (this.#closed) throw closed();
    if (signal?.aborted) throw new MaillardError("CANCELLED", "the request was cancelled before its SMILES were read");
    if (questions.length === 0) return Promise.resolve([]);
    if (this.#calls.length >= this.limits.maxQueue) throw this.#overloaded();
    return new Promise((resolve, reject) => {
      const isKnownSlow = (question: Question) => isPattern(question) && this.#slowPatterns.has(keyOf(question));
      const end = (outcome: Answer[] | MaillardError) => {
        signal?.removeEventListener("abort", abort);
        const place = this.#calls.indexOf(call);
        if (place >= 0) this.#calls.splice(place, 1);
        if (!(outcome instanceof MaillardError)) return resolve(outcome);
        // Nobody waits for its slow question any more.
        for (const worker of this.#workers) if (worker.slow && worker.worksOn(call)) worker.kill();
        reject(outcome);
      };
      const call = new Call(questions, this.limits, end, isKnownSlow, account, priority === "background");
      const abort = () =>
        call.fail(new MaillardError("CANCELLED", "the request was cancelled while its SMILES were read"));
      if (signal) {
        // One signal for many calls is the normal case, not a leak.
        setMaxListeners(0, signal);
        signal.addEventListener("abort", abort, { once: true });
      }
      this.#calls.push(call);
      if (this.#tooSlow.size > 0)
        call.refuseThose(
          (question) => this.#tooSlow.has(keyOf(question)),
          (question) => this.#late(question),
        );
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#failAll(closed());
    const ends = this.#workers.map(
      (worker) =>
        new Promise<void>((resolve) => {
          worker.onEnd = () => resolve();
        }),
    );
    for (const worker of this.#workers) worker.kill();
    await Promise.all(ends);
    this.#workers = [];
  }

  /** Gives every idle process the work whose turn it is. */
  #pump(): void {
    if (this.#closed) return;
    const inOrder = [...this.#workers].sort((a, b) => Number(b.background) - Number(a.background));
    for (const worker of inOrder) {
      if (!worker.idle) continue;
      // Somebody may wait for the slow one, and for nothing else that this process does.
      const first = worker.background ? this.#nextSlow() : undefined;
      const quick = first ? [] : this.#nextQuick(worker.background);
      if (quick.length > 0) worker.work(quick, this.limits.quickMs, false);
      else if (first || this.#slowAllowed(worker)) {
        const job = first ?? this.#nextSlow();
        if (!job) continue;
        if (!worker.background && this.limits.processes > 1) worker.toBackground();
        worker.work([job], this.#limitOf(job.question), true);
      }
    }
    this.#startWanted();
  }

  /** The chunk of the call whose turn it is; a small one with those of the next calls. */
  #nextQuick(background: boolean): Job[] {
    const jobs: Job[] = [];
    const waiting = this.#calls.filter(({ quick }) => quick.length > 0);
    const own = waiting.filter((call) => call.background === background);
    const isOnly = this.limits.processes === 1;
    for (const call of own.length === 0 && isOnly ? waiting : own) {
      jobs.push(...call.chunk(jobs.length === 0 ? CHUNK : FIRST_CHUNK - jobs.length));
      this.#calls.splice(this.#calls.indexOf(call), 1);
      this.#calls.push(call);
      if (jobs.length >= FIRST_CHUNK) break;
    }
    return jobs;
  }

  /** One process that has started is left to the quick lane. */
  #slowAllowed(worker: Worker): boolean {
    if (this.limits.processes === 1 || worker.background) return true;
    return this.#workers.some((other) => other !== worker && other.started && !other.background);
  }

  #nextSlow(): Job | undefined {
    const waiting = this.#calls
      .filter((call) => call.slow.length > 0)
      .sort((a, b) => a.account.spentMs - b.account.spentMs);
    for (const call of waiting) {
      const job = call.nextSlow();
      if (!job) continue;
      this.#calls.splice(this.#calls.indexOf(call), 1);
      this.#calls.push(call);
      return job;
    }
    return undefined;
  }

  #startWanted(): void {
    const isOnly = this.limits.processes === 1;
    const quick = this.#calls.reduce((sum, call) => sum + (call.background && !isOnly ? 0 : call.quick.length), 0);
    const inBackground = !isOnly && this.#calls.some((call) => call.background && call.quick.length > 0);
    const slow =
      this.#calls.filter((call) => call.slow.length > 0).length + this.#workers.filter((worker) => worker.slow).length;
    const { processes } = this.limits;
    let wanted = quick > LONG_QUEUE ? processes : Math.min(quick, 1);
    if (slow > 0) wanted = Math.max(wanted, Math.min(processes, slow + 1));
    // A long queue gets the places of processes for slow questions that have none.
    const own = this.#ownOfBackground;
    if (quick > LONG_QUEUE && slow === 0)
      for (const worker of this.#workers) if (worker.background && worker.idle && worker !== own) worker.kill();
    // That of background calls takes no place of others.
    while (this.#workers.filter((worker) => worker !== own).length < wanted) this.#addWorker();
    if (wanted > 0 && this.#workers.every(({ background }) => background)) this.#addWorker();
    if (inBackground && !(own && this.#workers.includes(own))) {
      this.#ownOfBackground = this.#addWorker();
      this.#ownOfBackground.toBackground();
    }
    clearTimeout(this.#idleTimer);
    if (this.#workers.length > 1) this.#idleTimer = setTimeout(() => this.#shrink(), IDLE_END_MS).unref();
  }

  #addWorker(): Worker {
    const worker = new Worker();
    worker.onIdle = () => {
      this.#failedStarts = 0;
      this.#pump();
    };
    worker.onEnd = (ending) => this.#ended(worker, ending);
    worker.onTime = (ms, slow) => this.#times[slow ? "slow" : "quick"].add(ms);
    this.#workers.push(worker);
    return worker;
  }

  #ended(worker: Worker, { open, late, reason, started }: Ending): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    const [suspect, ...rest] = open;
    if (suspect && late) this.#overran(suspect, worker.slow);
    else if (suspect && !suspect.call.over) {
      suspect.deaths += 1;
      if (suspect.deaths <= 1) rest.unshift(suspect);
      else suspect.call.refuse(suspect, "INVALID_SMILES", `${CRASHED} (${reason}): give another molecule`);
    }
    // In their order, before what else their calls have.
    for (const job of rest.reverse()) if (!job.call.over) (worker.slow ? job.call.slow : job.call.quick).unshift(job);
    if (!started) this.#failedStarts += 1;
    // The next question finds a process that has started.
    else if (this.#workers.length === 0 && !this.#closed) this.#addWorker();
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0;
      this.#failAll(
        new MaillardError("COMPUTE_CRASHED", `the RDKit process does not start (${reason}): see the log`, {
          retryable: true,
        }),
      );
    }
    this.#pump();
  }

  #overran(job: Job, slow: boolean): void {
    const { call, question } = job;
    const key = keyOf(question);
    if (slow) {
      const late = this.#late(question);
      this.#tooSlow.set(key, true);
      this.#times.slow.add(this.#limitOf(question));
      call.refuse(job, "TIMEOUT", late, this.#limitOf(question));
      for (const other of [...this.#calls])
        other.refuseThose(
          (asked) => keyOf(asked) === key,
          () => late,
        );
    } else {
      if (isPattern(question)) this.#slowPatterns.set(key, true);
      call.toSlowLane(job);
    }
  }

  /** Of a question in the slow lane, milliseconds. */
  #limitOf(question: Question): number {
    return isPattern(question) ? this.limits.patternMs : this.limits.timeoutMs;
  }

  #late(question: Question): string {
    const advice = isPattern(question) ? "a simpler pattern" : "a smaller molecule";
    return `RDKit did not finish within ${this.#limitOf(question)} ms: give ${advice}`;
  }

  #shrink(): void {
    const kept = this.#workers.find(({ background }) => !background);
    for (const worker of this.#workers) if (worker !== kept && worker.idle) worker.kill();
  }

  #failAll(error: MaillardError): void {
    for (const call of [...this.#calls]) call.fail(error);
  }

  #overloaded(): MaillardError {
    const { maxQueue, processes } = this.limits;
    const waiting = (lane: "quick" | "slow") => this.#calls.reduce((sum, call) => sum + call[lane].length, 0);
    const quickMs = (waiting("quick") * this.#times.quick.ms) / processes;
    const slowMs = (waiting("slow") * this.#times.slow.ms) / Math.max(1, processes - 1);
    const again = retryAfterMs(quickMs + slowMs);
    return new MaillardError(
      "OVERLOADED",
      `${this.#calls.length} calls already wait for RDKit: try again in ${again} ms`,
      { retryable: true, details: { retryAfterMs: again, maxQueue } },
    );
  }
}

const closed = () => new MaillardError("CANCELLED", "the chemistry process was closed");

/** A SMARTS that was too slow for some molecules is not tried with others. */
const keyOf = ({ kind, smiles }: Question): string => `${kind} ${smiles}`;
