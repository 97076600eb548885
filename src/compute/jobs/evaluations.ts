/**
 * Reports and comparisons of evaluations, each made in a process of its own that ends with its answer: the caller's event
 * loop stays free, and nothing is left behind. At most `PROCESSES` at a time; past `MOST_WAITING` questions that wait,
 * OVERLOADED. The question is plain data, numbers as typed arrays.
 */
import type { Answers } from "../../analysis/evaluation/answers.js";
import type { Comparison } from "../../analysis/evaluation/comparison.js";
import type { SplitReport } from "../../analysis/evaluation/report.js";
import { MaillardError } from "../../errors.js";
import { entryBeside, ForkedProcess } from "../../process/forked-process.js";
import type { ErrorJson } from "../messages.js";

export type EvaluationQuestion =
  | { kind: "report"; answers: Answers; newScaffold: Uint8Array }
  | { kind: "comparison"; a: Answers; b: Answers };

export type EvaluationAnswer =
  | { kind: "report"; report: SplitReport }
  | { kind: "comparison"; comparison: Comparison }
  | { kind: "failed"; error: ErrorJson };

const PROCESSES = 2;
export const MOST_WAITING = 100;
/** 16,000 molecules of 11 classes take seconds; what takes longer than this is stuck. */
const LIMIT_MS = 300_000;
/** For `retryAfterMs` alone. */
const USUAL_MS = 1_000;

export class Evaluations {
  #running = new Set<ForkedProcess<EvaluationQuestion, EvaluationAnswer>>();
  #waiting: { start(): void; refuse(error: MaillardError): void }[] = [];
  /** Places of processes that are given away, at most PROCESSES. */
  #taken = 0;
  #closed = false;

  async report(answers: Answers, newScaffold: Uint8Array): Promise<SplitReport> {
    const answer = await this.#ask({ kind: "report", answers, newScaffold });
    return (answer as Extract<EvaluationAnswer, { kind: "report" }>).report;
  }

  async compare(a: Answers, b: Answers): Promise<Comparison> {
    const answer = await this.#ask({ kind: "comparison", a, b });
    return (answer as Extract<EvaluationAnswer, { kind: "comparison" }>).comparison;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(closed());
    await Promise.all([...this.#running].map((process) => process.kill()));
  }

  async #ask(question: EvaluationQuestion): Promise<EvaluationAnswer> {
    if (this.#closed) throw closed();
    await this.#turn();
    const process = new ForkedProcess<EvaluationQuestion, EvaluationAnswer>(
      entryBeside(import.meta.url, "./evaluation-process"),
    );
    this.#running.add(process);
    const limit = setTimeout(() => void process.kill(), LIMIT_MS);
    let answer: EvaluationAnswer | null = null;
    process.onMessage = (message) => {
      answer = message;
    };
    try {
      await process.send(question);
      const { reason } = await process.ended;
      return settled(answer, reason, this.#closed);
    } finally {
      clearTimeout(limit);
      this.#running.delete(process);
      // The place goes to who has waited longest, or is free.
      const next = this.#waiting.shift();
      if (next) next.start();
      else this.#taken--;
    }
  }

  async #turn(): Promise<void> {
    if (this.#taken < PROCESSES) {
      this.#taken++;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      const retryAfterMs = Math.ceil((this.#waiting.length * USUAL_MS) / PROCESSES);
      throw new MaillardError(
        "OVERLOADED",
        `${this.#waiting.length} evaluation reports already wait: try again in ${retryAfterMs} ms.`,
        { retryable: true, details: { retryAfterMs } },
      );
    }
    await new Promise<void>((start, refuse) => this.#waiting.push({ start, refuse }));
  }
}

function settled(answer: EvaluationAnswer | null, reason: string, isClosed: boolean): EvaluationAnswer {
  if (answer?.kind === "failed") throw MaillardError.from(answer.error);
  if (answer) return answer;
  if (isClosed) throw closed();
  throw new MaillardError("COMPUTE_CRASHED", `The process of the evaluation report ended with ${reason}. Ask again.`, {
    retryable: true,
  });
}

const closed = (): MaillardError => new MaillardError("CANCELLED", "The service is closing.", { retryable: true });
