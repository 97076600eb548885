/**
 * Scores, reports and comparisons of evaluations, each made in a process of its own. The question is plain data,
 * numbers as typed arrays. People wait for them, so their processes have normal priority.
 */
import type { Answers } from "../../analysis/evaluation/answers.js";
import type { Comparison } from "../../analysis/evaluation/comparison.js";
import type { SplitReport } from "../../analysis/evaluation/report.js";
import type { ScoredAnswers } from "../../analysis/evaluation/scored.js";
import { entryBeside } from "../../process/forked-process.js";
import { OneAnswer } from "../../process/one-answer.js";

export type EvaluationQuestion =
  | { kind: "report"; answers: Answers; newScaffold: Uint8Array }
  | { kind: "comparison"; a: Answers; b: Answers }
  | { kind: "scores"; answers: Answers; taught: Uint8Array };

export type EvaluationAnswer =
  | { kind: "report"; report: SplitReport }
  | { kind: "comparison"; comparison: Comparison }
  | { kind: "scores"; scored: ScoredAnswers };

export interface EvaluationSettings {
  /** Receives what an ended process had printed. Default: dropped. */
  onOutput?(process: string, output: string): void;
  /** Default 300,000: 16,000 molecules of 11 classes take seconds. */
  timeoutMs?: number;
}

const PROCESSES = 2;
/** Questions that may wait. */
export const MOST_WAITING = 100;
/** Of a report of a thousand molecules; only before the first was measured. */
const USUAL_MS = 1_000;

export class Evaluations {
  readonly #processes: OneAnswer<EvaluationQuestion, EvaluationAnswer>;

  constructor({ onOutput = () => undefined, timeoutMs = 300_000 }: EvaluationSettings = {}) {
    this.#processes = new OneAnswer({
      entry: entryBeside(import.meta.url, "./evaluation-process"),
      name: "evaluation",
      words: { one: "evaluation report", many: "evaluation reports" },
      atOnce: PROCESSES,
      waiting: MOST_WAITING,
      usualMs: USUAL_MS,
      timeoutMs,
      advice: { late: "Ask for a split with fewer molecules.", crashed: "Ask again." },
      background: false,
      onOutput,
    });
  }

  /** @throws OVERLOADED, CANCELLED (signal, close), TIMEOUT, COMPUTE_CRASHED */
  async report(answers: Answers, newScaffold: Uint8Array, signal?: AbortSignal): Promise<SplitReport> {
    const answer = await this.#processes.ask([{ kind: "report", answers, newScaffold }], signal);
    return (answer as Extract<EvaluationAnswer, { kind: "report" }>).report;
  }

  /** @throws OVERLOADED, CANCELLED (signal, close), TIMEOUT, COMPUTE_CRASHED */
  async compare(a: Answers, b: Answers, signal?: AbortSignal): Promise<Comparison> {
    const answer = await this.#processes.ask([{ kind: "comparison", a, b }], signal);
    return (answer as Extract<EvaluationAnswer, { kind: "comparison" }>).comparison;
  }

  /** @throws OVERLOADED, CANCELLED (signal, close), TIMEOUT, COMPUTE_CRASHED, NON_FINITE_OUTPUT, EMPTY_DATASET */
  async scores(answers: Answers, taught: Uint8Array, signal?: AbortSignal): Promise<ScoredAnswers> {
    const answer = await this.#processes.ask([{ kind: "scores", answers, taught }], signal);
    return (answer as Extract<EvaluationAnswer, { kind: "scores" }>).scored;
  }

  /** CANCELLED for every question; resolves when their processes are gone. */
  close(): Promise<void> {
    return this.#processes.close();
  }
}
