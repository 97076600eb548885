/**
 * Analyses from the parent's side: each in a process of its own, one at a time in order of arrival, so that a line of
 * them never takes more than one process's share of the machine. The vectors are sent in parts.
 */
import type { AnalysisAnswer, AnalysisKind, AnalysisRequest } from "../../analysis/task.js";
import { OneAnswer } from "../../process/one-answer.js";
import type { ToAnalysis } from "../messages.js";
import { analysisMessages } from "../packing.js";
import type { AnalysisLine } from "../types.js";

export interface AnalysisSettings {
  entry: URL;
  timeoutMs: number;
  onOutput(process: string, output: string): void;
}

/** Analyses that may wait. */
const WAITING_LIMIT = 16;
/** Of a small one; only before the first was measured. */
const USUAL_MS = 5_000;

export class ProcessLine implements AnalysisLine {
  readonly #processes: OneAnswer<ToAnalysis, unknown>;

  constructor({ entry, timeoutMs, onOutput }: AnalysisSettings) {
    this.#processes = new OneAnswer({
      entry,
      name: "analysis",
      words: { one: "analysis", many: "analyses" },
      atOnce: 1,
      waiting: WAITING_LIMIT,
      usualMs: USUAL_MS,
      timeoutMs,
      advice: { late: "Ask for fewer molecules or fewer iterations.", crashed: "Ask for fewer molecules." },
      background: true,
      onOutput,
    });
  }

  async analyse<K extends AnalysisKind>(
    request: AnalysisRequest<K>,
    signal?: AbortSignal,
    onStep?: (done: number) => void,
  ): Promise<AnalysisAnswer<K>> {
    return (await this.#processes.ask(analysisMessages(request), signal, onStep)) as AnalysisAnswer<K>;
  }

  async writeRandomWeights(folders: { from: string; to: string }, seed: number, signal?: AbortSignal): Promise<void> {
    await this.#processes.ask([{ kind: "random-weights", ...folders, seed }], signal);
  }

  get gauges(): { running: number; waiting: number } {
    return this.#processes.gauges;
  }

  /** CANCELLED for every analysis; resolves when their processes are gone. */
  close(): Promise<void> {
    return this.#processes.close();
  }
}
