/** Values of a label set chosen by how many molecules have them: for lists, and for colours. */
import { MaillardError } from "../errors.js";

export interface LabelCount {
  value: string;
  count: number;
}

/** null: no rule. The size is applied first, then the rank. */
export interface CountRules {
  /** Only so many of the most frequent that are left. */
  first: number | null;
  minCount: number | null;
  /** Inclusive, as `minCount` is. */
  maxCount: number | null;
}

/** `counts` is in its order, most frequent first. BAD_INPUT for a rule below 0, named by `path` and its own name. */
export function selectCounts(counts: readonly LabelCount[], rules: CountRules, path = ""): LabelCount[] {
  for (const [name, value] of Object.entries(rules)) {
    if (value === null || value >= 0) continue;
    const param = `${path}${name}`;
    throw new MaillardError("BAD_INPUT", `\`${param}\` is ${value}: it must be 0 or more.`, { param });
  }
  const { first, minCount, maxCount } = rules;
  const sized = counts.filter(({ count }) => count >= (minCount ?? 0) && count <= (maxCount ?? count));
  return sized.slice(0, first ?? sized.length);
}
