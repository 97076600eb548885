/**
 * Reports of evaluations for the API: read in two statements for all of an operation, made in processes of their own, and
 * kept in memory for the runs asked last. What a run that has ended answered never changes; that of a run under way may,
 * and is not kept.
 */
import DataLoader from "dataloader";
import type { Answers } from "../analysis/evaluation/answers.js";
import type { SplitReport } from "../analysis/evaluation/report.js";
import type { Evaluations } from "../compute/jobs/evaluations.js";
import { type AnsweredRow, isFinal, readAnswers, type SplitKey } from "../runs/index.js";
import type { Store } from "../store/index.js";
import type { Context } from "./context.js";
import type { Loaders } from "./loaders.js";

export interface ReportedSplit {
  answers: Answers;
  rows: AnsweredRow[];
  report: SplitReport;
}

/** Reports kept: a few hundred kilobytes each for a thousand molecules. */
const KEPT = 32;

export class EvaluationReports {
  /** Least recently asked first. */
  readonly #kept = new Map<string, ReportedSplit>();

  constructor(
    private readonly store: Store,
    private readonly evaluations: Evaluations,
  ) {}

  async load(keys: readonly SplitKey[]): Promise<(ReportedSplit | null)[]> {
    const known = keys.map((key) => this.#recall(nameOf(key)));
    const missing = keys.filter((_, index) => known[index] === null);
    const read = missing.length > 0 ? await readAnswers(this.store, missing) : [];
    const made = await Promise.all(
      read.map(async (split, index) => {
        if (split === null) return null;
        const { answers, rows, newScaffold, status } = split;
        const reported = { answers, rows, report: await this.evaluations.report(answers, newScaffold) };
        if (isFinal(status)) this.#keep(nameOf(missing[index]), reported);
        return reported;
      }),
    );
    const next = made.values();
    return known.map((reported) => reported ?? (next.next().value as ReportedSplit | null));
  }

  #recall(name: string): ReportedSplit | null {
    const reported = this.#kept.get(name);
    if (!reported) return null;
    this.#keep(name, reported);
    return reported;
  }

  #keep(name: string, reported: ReportedSplit): void {
    this.#kept.delete(name);
    this.#kept.set(name, reported);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

const nameOf = ({ runId, split }: SplitKey): string => `${runId} ${split}`;

const loaders = new WeakMap<Loaders, DataLoader<SplitKey, ReportedSplit | null, string>>();

/** All reports that one operation asks for are read together. */
export function reportOf({ application, loaders: own }: Context, key: SplitKey): Promise<ReportedSplit | null> {
  let loader = loaders.get(own);
  if (!loader) {
    loader = new DataLoader((keys) => application.reports.load(keys), { cacheKeyFn: nameOf });
    loaders.set(own, loader);
  }
  return loader.load(key);
}
