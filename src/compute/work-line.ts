/**
 * The pieces of work of one inference process, in their order: the first one runs, the second one waits in the process
 * so that it does not stand still while an answer and a question travel.
 */
import type { MaillardError } from "../errors.js";
import type { FromInference } from "./messages.js";

/** An answer, and what this side saw of it. */
export interface Worked extends Extract<FromInference, { kind: "batch-done" }> {
  /** Of loading the model for it; 0: it was there. */
  loadMs: number;
  /** performance.now() when the process began with it: sent, and nothing before it. */
  begunAt: number;
}

/** The process ended before it answered. */
export class ProcessEnded extends Error {
  constructor(
    readonly reason: string,
    /** true: it ended while it loaded the model, so the items of the batch did not cause it. */
    readonly whileLoading: boolean,
    /** false: the work waited behind other work. */
    readonly hadBegun = true,
  ) {
    super(reason);
  }
}

/** Milliseconds of a piece of work from its begin: after which it is too late, and those that it will probably take. */
export interface WorkTimes {
  timeoutMs: number;
  /** null: not known. Then nothing waits behind it. */
  expectedMs: number | null;
}

export interface Work extends WorkTimes {
  id: number;
  loading: boolean;
  loadMs: number;
  begunAt: number;
  isNearlyDone: boolean;
  timers: NodeJS.Timeout[];
  resolve(answer: Worked): void;
  reject(error: MaillardError | ProcessEnded): void;
}

/** The next piece of work is sent so long before the one that runs is expected to end. */
const LEAD_MS = 3;

export class WorkLine {
  /** Resolves when all that was ever added has ended. */
  ended: Promise<unknown> = Promise.resolve();
  #works: Work[] = [];

  /** `onLate`: the first one has reached its limit. `onRoom`: it is nearly done. */
  constructor(private readonly on: { onLate(work: Work): void; onRoom(): void }) {}

  get isEmpty(): boolean {
    return this.#works.length === 0;
  }

  /** Whether another piece may come: there is none, or one that is nearly done. */
  get hasRoom(): boolean {
    const [running] = this.#works;
    return running === undefined || (this.#works.length === 1 && running.isNearlyDone);
  }

  /** The one that runs. */
  get first(): Work | undefined {
    return this.#works[0];
  }

  add(id: number, times: WorkTimes): Promise<Worked> {
    const answer = new Promise<Worked>((resolve, reject) => {
      const state = { loading: false, loadMs: 0, begunAt: 0, isNearlyDone: false, timers: [] };
      this.#works.push({ id, ...times, ...state, resolve, reject });
    });
    this.ended = Promise.allSettled([this.ended, answer]).then(() => undefined);
    if (this.#works.length === 1) this.#begin();
    return answer;
  }

  /** Takes a piece of work out; the next one begins. The caller must settle what this returns. */
  take(id: number): Work | undefined {
    const place = this.#works.findIndex((work) => work.id === id);
    if (place < 0) return undefined;
    const [work] = this.#works.splice(place, 1);
    stopTimers(work);
    if (place === 0) this.#begin();
    return work;
  }

  /** Its process has ended: all are rejected. */
  rejectAll(reason: string): void {
    const works = this.#works.splice(0);
    for (const [place, work] of works.entries()) {
      stopTimers(work);
      work.reject(new ProcessEnded(reason, work.loading, place === 0));
    }
  }

  /** The first one has the process from now on. */
  #begin(): void {
    const [work] = this.#works;
    if (!work) return;
    work.begunAt = performance.now();
    work.timers.push(setTimeout(() => this.on.onLate(work), work.timeoutMs));
    if (work.expectedMs === null) return;
    const nearlyDone = () => {
      work.isNearlyDone = true;
      this.on.onRoom();
    };
    const waitMs = work.expectedMs - LEAD_MS;
    if (waitMs < 1) work.isNearlyDone = true;
    else work.timers.push(setTimeout(nearlyDone, waitMs));
  }
}

function stopTimers({ timers }: Work): void {
  for (const timer of timers) clearTimeout(timer);
}
