/**
 * Analyses from the parent's side: each in a process of its own, one at a time in order of arrival, so that they never take
 * more than one process's share of the machine. `signal` kills the process at once: there is nothing to save. One that
 * takes longer than `timeoutMs` is killed too (TIMEOUT).
 */
import type { AnalysisAnswer, AnalysisKind, AnalysisRequest } from "../../analysis/task.js";
import { MaillardError } from "../../errors.js";
import { ForkedProcess } from "../../process/forked-process.js";
import type { FromAnalysis, ToAnalysis } from "../messages.js";
import { analysisMessages } from "../packing.js";
import { closed, overloaded } from "../refusals.js";
import type { AnalysisLine } from "../types.js";

export interface AnalysisSettings {
  entry: URL;
  timeoutMs: number;
  /** The pool is closing. */
  shutdown: AbortSignal;
  onOutput(device: string, output: string): void;
}

/** Analyses that may wait. */
const WAITING_LIMIT = 16;
/** When to come back: about the time of a small one. */
const RETRY_AFTER_MS = 5_000;

export class ProcessLine implements AnalysisLine {
  /** Waiting and running. */
  size = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: AnalysisSettings) {}

  async analyse<K extends AnalysisKind>(request: AnalysisRequest<K>, signal?: AbortSignal): Promise<AnalysisAnswer<K>> {
    return (await this.#run(() => analysisMessages(request), signal)) as AnalysisAnswer<K>;
  }

  async writeRandomWeights(folders: { from: string; to: string }, seed: number, signal?: AbortSignal): Promise<void> {
    await this.#run(() => [{ kind: "random-weights", ...folders, seed }], signal);
  }

  /** Resolves when every process is gone. */
  get ended(): Promise<unknown> {
    return this.#last;
  }

  #run(messages: () => Iterable<ToAnalysis>, signal?: AbortSignal): Promise<unknown> {
    const { shutdown } = this.settings;
    if (shutdown.aborted) throw closed();
    if (this.size > WAITING_LIMIT) throw overloaded("analyses", WAITING_LIMIT, RETRY_AFTER_MS);
    const stop = AbortSignal.any(signal ? [signal, shutdown] : [shutdown]);
    this.size++;
    const work = this.#last.then(() => analyseInProcess(this.settings, messages(), stop));
    this.#last = work.catch(() => undefined).then(() => void this.size--);
    return work;
  }
}

async function analyseInProcess(
  { entry, timeoutMs, onOutput }: AnalysisSettings,
  messages: Iterable<ToAnalysis>,
  stop: AbortSignal,
): Promise<unknown> {
  if (stop.aborted) throw cancelled();
  const process = new ForkedProcess<ToAnalysis, FromAnalysis>(entry);
  let outcome: FromAnalysis | null = null;
  let late = false;
  process.onMessage = (message) => {
    outcome = message;
  };
  const kill = () => void process.kill();
  const limit = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  stop.addEventListener("abort", kill, { once: true });
  try {
    for (const message of messages) await process.send(message);
    const ending = await process.ended;
    if (ending.output) onOutput("analysis", ending.output);
    return settle(outcome, ending.reason, { stopped: stop.aborted, late, timeoutMs });
  } finally {
    clearTimeout(limit);
    stop.removeEventListener("abort", kill);
  }
}

function settle(
  outcome: FromAnalysis | null,
  ending: string,
  { stopped, late, timeoutMs }: { stopped: boolean; late: boolean; timeoutMs: number },
): unknown {
  if (outcome?.kind === "done") return outcome.answer;
  if (outcome) throw MaillardError.from(outcome.error);
  if (stopped) throw cancelled();
  if (late)
    throw new MaillardError(
      "TIMEOUT",
      `The analysis did not end within ${timeoutMs / 1000} s. Ask for fewer molecules or fewer iterations.`,
      { details: { timeoutMs } },
    );
  throw new MaillardError("COMPUTE_CRASHED", `The analysis process ended with ${ending}. Ask for fewer molecules.`, {
    details: { ending },
    retryable: true,
  });
}

const cancelled = (): MaillardError => new MaillardError("CANCELLED", "The analysis was stopped: nobody waits for it.");
