/**
 * Reports of evaluations: their answers read in two statements for any number of requests at once, each report made in
 * a process of its own, once for all that ask at the same time, and the latest reports kept in memory. What a run that
 * has succeeded answered never changes; that of another may, and is neither kept nor shared.
 */
import { LRUCache } from "lru-cache";
import type { Answers } from "../../analysis/evaluation/answers.js";
import type { SplitReport } from "../../analysis/evaluation/report.js";
import type { Evaluations } from "../../compute/jobs/evaluations.js";
import { SharedWork } from "../../process/shared-work.js";
import { type AnsweredRow, readAnswers, type SplitKey } from "../../runs/index.js";
import type { RunStatus } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

export interface ReportedSplit {
  answers: Answers;
  rows: AnsweredRow[];
  report: SplitReport;
}

/** Reports kept: a few hundred kilobytes each for a thousand molecules. */
const KEPT = 32;

export class EvaluationReports {
  readonly #kept = new LRUCache<string, ReportedSplit>({ max: KEPT });
  readonly #made = new SharedWork<SplitReport>();

  constructor(
    private readonly store: Store,
    private readonly evaluations: Evaluations,
  ) {}

  /**
   * In the order of the keys; null where a run has kept no answers. OVERLOADED, CANCELLED, TIMEOUT, COMPUTE_CRASHED.
   */
  async load(keys: readonly SplitKey[], signal: AbortSignal): Promise<(ReportedSplit | null)[]> {
    const known = keys.map((key) => this.#kept.get(nameOf(key)));
    const missing = keys.filter((_, index) => known[index] === undefined);
    const read = missing.length > 0 ? await readAnswers(this.store, missing) : [];
    const made = await Promise.all(
      read.map(async (split, index) => {
        if (split === null) return null;
        const { answers, rows, newScaffold, status } = split;
        const make = async (until: AbortSignal) => {
          const report = await this.evaluations.report(answers, newScaffold, until);
          if (isKept(status)) this.#kept.set(nameOf(missing[index]), { answers, rows, report });
          return report;
        };
        // What another run has answered may change: then no two requests are equal.
        const report = isKept(status) ? await this.#made.do(nameOf(missing[index]), signal, make) : await make(signal);
        return { answers, rows, report };
      }),
    );
    const next = made.values();
    return known.map((reported) => reported ?? (next.next().value as ReportedSplit | null));
  }
}

/** A run that failed or was cancelled may be retried, and then answers anew. */
const isKept = (status: RunStatus): boolean => status === "SUCCEEDED";

/** The same for equal keys. */
export const nameOf = ({ runId, split }: SplitKey): string => `${runId} ${split}`;
