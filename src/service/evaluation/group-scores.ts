/** Scores of several runs that were started together, by split and name: their mean, and how far they lie apart. */
import type { Evaluation, Split } from "../../store/generated/client.js";
import { evaluationOf, reportOf } from "./evaluation.js";

export interface GroupScore {
  split: Split;
  name: string;
  /** Runs that have it. */
  count: number;
  /** [count], in the order of the runs. */
  values: number[];
  mean: number;
  /** Of a sample (n - 1); null for a single run. */
  standardDeviation: number | null;
}

/** In the order of split and name. A score that is not defined for a run is left out of its count. */
export function groupScores(evaluations: readonly Pick<Evaluation, "split" | "report">[]): GroupScore[] {
  const values = new Map<string, { split: Split; name: string; values: number[] }>();
  for (const evaluation of evaluations)
    for (const { name, value } of evaluationOf(reportOf(evaluation)).scores) {
      if (value === null) continue;
      const { split } = evaluation;
      const key = `${split} ${name}`;
      const entry = values.get(key) ?? { split, name, values: [] };
      values.set(key, entry);
      entry.values.push(value);
    }
  const byKey = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return byKey.map(([, entry]) => ({ ...entry, count: entry.values.length, ...spread(entry.values) }));
}

/** Mean and sample standard deviation. */
function spread(values: readonly number[]): Pick<GroupScore, "mean" | "standardDeviation"> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, standardDeviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / (values.length - 1)) };
}
