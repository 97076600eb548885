/**
 * The plan of a finetune on one class of several: which molecule goes into which split.
 * Classes that the rules exclude (class-selection.ts) are reported. TOO_FEW_CLASSES, EMPTY_DATASET and
 * CLASS_MISSING_FROM_TRAINING refuse the run; a class without validation or test molecules is a warning.
 */
import { MaillardError } from "../../errors.js";
import type { SplitName } from "../../scores/types.js";
import type { PlanOrder } from "../orders/input.js";
import { type Assigned, assign } from "./assign.js";
import { inForce, selectClasses } from "./class-selection.js";
import { type Labelled, listed, type Plan, type Warning } from "./types.js";
import { checkPresence, type SplitContent } from "./warnings/presence.js";

/** Needs no database. `what`: "molecules", or "rows" of them. */
export function planClasses(molecules: readonly Labelled[], order: PlanOrder, what = "molecules"): Plan {
  const warnings: Warning[] = [];
  const kept = dropClasses(molecules, order, warnings, what);
  const assigned = assign(kept, order, warnings, ({ label }) => label);
  checkClasses(assigned, warnings);
  return {
    task: "SINGLE_LABEL",
    assignments: assigned.map(({ molecule: { memberId, label, ordinal }, split }) => ({
      memberId,
      split,
      label,
      ...(ordinal === undefined ? {} : { ordinal }),
    })),
    warnings,
  };
}

function dropClasses(molecules: readonly Labelled[], order: PlanOrder, warnings: Warning[], what: string): Labelled[] {
  const counts = countBy(molecules, ({ label }) => label);
  const { kept, dropped, rule, param } = selectClasses(counts, order);
  if (kept.size < 2) {
    const sizes = [...counts].sort(([, m], [, n]) => n - m).slice(0, 10);
    throw new MaillardError(
      "TOO_FEW_CLASSES",
      `${kept.size} of ${counts.size} classes are kept: those ${rule} (${param}), and a classifier needs two. ` +
        "Change the rule or choose another target. Largest: " +
        `${sizes.map(([label, count]) => `${label} (${count})`).join(", ")}.`,
      { param, details: { classes: Object.fromEntries(sizes) } },
    );
  }
  if (dropped.length === 0) return [...molecules];
  const count = dropped.reduce((sum, [, size]) => sum + size, 0);
  warnings.push({
    code: "CLASSES_DROPPED",
    message:
      `Kept are classes ${rule}; ${dropped.length} left out, ${count} ${what} in all: ` +
      `${listed(dropped.map(([label, size]) => `${label} (${size})`))}.`,
    details: { ...inForce(order), classes: Object.fromEntries(dropped) },
  });
  return molecules.filter(({ label }) => kept.has(label));
}

function checkClasses(assigned: readonly Assigned<Labelled>[], warnings: Warning[]): void {
  const contentOf = (split: SplitName): SplitContent => {
    const molecules = assigned.filter((entry) => entry.split === split);
    return { size: molecules.length, counts: countBy(molecules, ({ molecule }) => molecule.label) };
  };
  const names = [...new Set(assigned.map(({ molecule }) => molecule.label))].sort();
  const advice = "Use split strategy STRATIFIED, another seed, or a larger minClassSize.";
  checkPresence(contentOf, { names, what: "molecule", advice }, warnings);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
