/**
 * Questions that are each answered by a child process of their own, which ends with its answer: the caller's event loop
 * stays free, and all memory is freed. The child's side is `answerOnce`.
 *
 *   ask ─> waiting (at most `waiting`, else OVERLOADED) ─> running (at most `atOnce`) ─> answer, or the child's error
 *
 * The parts of a question are sent in order, each when the one before is in the pipe. Before its answer a child may say
 * how far it is. A child is killed when its
 * question is stopped by the caller's signal or by `close` (CANCELLED), or takes longer than `timeoutMs` (TIMEOUT). A
 * child that ends without an answer is COMPUTE_CRASHED. An answer that came counts, even if the child fails after it.
 * A question settles when its child is gone, so its place is free when its caller learns of the end. OVERLOADED says
 * when to come back: the mean time of recent children x those ahead / `atOnce`.
 */
import { setMaxListeners } from "node:events";
import { MaillardError } from "../errors.js";
import type { ErrorJson } from "./error-json.js";
import { type Ending, ForkedProcess } from "./forked-process.js";
import { MeanTime } from "./mean-time.js";
import { late, overloaded, processEnded, type StopReason, stopped } from "./refusals.js";
import { tracked } from "./tracked.js";

/** The last message from the child. */
export type Reply<Answer> = { kind: "done"; answer: Answer } | { kind: "failed"; error: ErrorJson };
/** Any number of messages before it. */
export interface Advance {
  kind: "progress";
  /** Steps of the work. */
  done: number;
}

export interface OneAnswerSettings {
  entry: URL;
  /** One word for the process: "analysis" has the title "maillard analysis". */
  name: string;
  /** The question in messages, singular and plural: "evaluation report", "evaluation reports". */
  words: { one: string; many: string };
  /** Children at the same time. */
  atOnce: number;
  /** Questions that may wait for a child. */
  waiting: number;
  /** How long one takes before the first was measured, ms: for details.retryAfterMs of OVERLOADED. */
  usualMs: number;
  /** From the start of the child to its answer; null: no limit. */
  timeoutMs: number | null;
  /** Limit of the child's heap in MiB; a child that needs more ends. Default: Node's. */
  heapMegabytes?: number;
  /** A sentence each that says what to do. */
  advice: { late: string; crashed: string };
  /** Lower priority than the processes that people wait for. */
  background: boolean;
  /** Receives what an ended child had printed, if anything; it may name paths. */
  onOutput(name: string, output: string): void;
}

type OnStep = (done: number) => void;

export class OneAnswer<Part extends object, Answer> {
  /** One for each question that waits or runs. Aborted with a StopReason. */
  readonly #stops = new Set<AbortController>();
  readonly #underway = new Set<Promise<unknown>>();
  /** Each starts the question that has waited longest. */
  readonly #waiting: (() => void)[] = [];
  readonly #time: MeanTime;
  #running = 0;
  #closed = false;

  /** @param clock milliseconds, of which `retryAfterMs` is measured */
  constructor(
    private readonly settings: OneAnswerSettings,
    clock?: () => number,
  ) {
    this.#time = new MeanTime(settings.usualMs, clock);
  }

  /** Questions that have a child, and those that wait for one: both zero when idle. */
  get gauges(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting.length };
  }

  /**
   * @param parts read only when the child runs, one at a time
   * @param onStep called with the number of steps that the child has done, when it says so
   * @throws OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED, and what the child throws
   */
  async ask(parts: Iterable<Part>, signal?: AbortSignal, onStep?: OnStep): Promise<Answer> {
    if (this.#closed) throw this.#stopped("SHUTDOWN");
    if (signal?.aborted) throw this.#stopped("SIGNAL");
    const { atOnce, waiting, words } = this.settings;
    if (this.#running >= atOnce && this.#waiting.length >= waiting) {
      const ahead = this.#running + this.#waiting.length;
      throw overloaded(words.many, waiting, this.#time.retryAfterMs(ahead, atOnce));
    }
    const stop = new AbortController();
    const leave = () => stop.abort("SIGNAL" satisfies StopReason);
    if (signal) {
      // One signal for many questions is the normal case, not a leak.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", leave, { once: true });
    }
    this.#stops.add(stop);
    return tracked(
      this.#underway,
      this.#answer(parts, stop.signal, onStep).finally(() => {
        signal?.removeEventListener("abort", leave);
        this.#stops.delete(stop);
      }),
    );
  }

  /** Stops every question, running or waiting, and resolves when every child is gone. Later questions are CANCELLED. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop.abort("SHUTDOWN" satisfies StopReason);
    await Promise.all(this.#underway);
  }

  async #answer(parts: Iterable<Part>, stop: AbortSignal, onStep?: OnStep): Promise<Answer> {
    await this.#turn(stop);
    try {
      return await this.#answerInProcess(parts, stop, onStep);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Resolves when a child may be started, which then counts as running. */
  #turn(stop: AbortSignal): Promise<void> {
    if (this.#running < this.settings.atOnce) {
      this.#running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        stop.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(this.#stopped(stop.reason));
      };
      this.#waiting.push(start);
      stop.addEventListener("abort", leave, { once: true });
    });
  }

  async #answerInProcess(parts: Iterable<Part>, stop: AbortSignal, onStep?: OnStep): Promise<Answer> {
    const { entry, name, timeoutMs, heapMegabytes, background, onOutput } = this.settings;
    if (stop.aborted) throw this.#stopped(stop.reason);
    const ended = this.#time.begin();
    const child = new ForkedProcess<Part, Reply<Answer> | Advance>(entry, {
      title: `maillard ${name}`,
      background,
      heapMegabytes,
    });
    let reply: Reply<Answer> | null = null;
    let isLate = false;
    child.onMessage = (message) => {
      if (message.kind === "progress") onStep?.(message.done);
      else reply = message;
    };
    const kill = () => void child.kill();
    const expire = () => {
      // A child that was stopped already is not late, even if its end is reported only after the limit.
      if (stop.aborted) return;
      isLate = true;
      kill();
    };
    const limit = timeoutMs === null ? undefined : setTimeout(expire, timeoutMs);
    stop.addEventListener("abort", kill, { once: true });
    try {
      await this.#send(child, parts, () => stop.aborted || isLate);
      const ending = await child.ended;
      if (ending.output) onOutput(name, ending.output);
      return this.#settle(reply, ending, stop, isLate);
    } finally {
      ended(!stop.aborted);
      clearTimeout(limit);
      stop.removeEventListener("abort", kill);
    }
  }

  /** A question that cannot be read or sent leaves no child behind. */
  async #send(
    child: Pick<ForkedProcess<Part, never>, "send" | "kill">,
    parts: Iterable<Part>,
    isOver: () => boolean,
  ): Promise<void> {
    try {
      for (const part of parts) {
        if (isOver()) return;
        await child.send(part);
      }
    } catch (error) {
      await child.kill();
      throw MaillardError.from(error);
    }
  }

  #settle(reply: Reply<Answer> | null, { reason }: Ending, stop: AbortSignal, isLate: boolean): Answer {
    if (reply?.kind === "done") return reply.answer;
    if (reply) throw MaillardError.from(reply.error);
    const { name, words, timeoutMs, advice } = this.settings;
    if (isLate) throw late(`The ${words.one}`, timeoutMs ?? 0, advice.late);
    if (stop.aborted) throw this.#stopped(stop.reason);
    throw processEnded(`The ${name} process`, reason, advice.crashed);
  }

  #stopped(reason: StopReason): MaillardError {
    const why = reason === "SHUTDOWN" ? "the service is closing" : "its caller has left";
    return stopped(`The ${this.settings.words.one} was stopped: ${why}.`, reason);
  }
}
