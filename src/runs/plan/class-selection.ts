/**
 * Which classes or labels of a label set are learned: those with at least `minClassSize` and at most `maxClassSize`
 * molecules, and of these the `topClasses` most frequent (equal ones in text order). A warning reports the others.
 */
import type { PlanOrder } from "../orders/input.js";

export type ClassRules = Pick<PlanOrder, "minClassSize" | "maxClassSize" | "topClasses">;

export interface ClassSelection {
  kept: ReadonlySet<string>;
  /** With their molecules, most frequent first. */
  dropped: [label: string, count: number][];
  /** What the rules keep, in words: "with 10 to 200 molecules, of these the 5 most frequent". */
  rule: string;
  /** The rule that an error names. */
  param: keyof ClassRules;
}

export function selectClasses(counts: ReadonlyMap<string, number>, rules: ClassRules): ClassSelection {
  const { minClassSize, maxClassSize, topClasses } = rules;
  const bySize = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const sized = bySize.filter(([, count]) => count >= minClassSize && count <= (maxClassSize ?? count));
  const kept = new Set(sized.slice(0, topClasses ?? sized.length).map(([label]) => label));
  const size =
    maxClassSize === null ? `${minClassSize} or more molecules` : `${minClassSize} to ${maxClassSize} molecules`;
  return {
    kept,
    dropped: bySize.filter(([label]) => !kept.has(label)),
    rule: `with ${size}${topClasses === null ? "" : `, of these the ${topClasses} most frequent`}`,
    param:
      sized.length >= 2 && topClasses !== null ? "topClasses" : maxClassSize === null ? "minClassSize" : "maxClassSize",
  };
}

/** The rules in force, for the details of a warning. */
export const inForce = ({ minClassSize, maxClassSize, topClasses }: ClassRules): Record<string, number> => ({
  minClassSize,
  ...(maxClassSize === null ? {} : { maxClassSize }),
  ...(topClasses === null ? {} : { topClasses }),
});
