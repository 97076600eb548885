/**
 * The plan of a finetune on several labels or on numbers: which molecule goes into which split.
 * A label that the rules exclude (class-selection.ts) is reported; its molecules stay, without that label. A target
 * without a measured training molecule, or with one value in all of them, refuses the run; one that validation or test
 * lacks is a warning.
 */
import { MaillardError } from "../../errors.js";
import type { SplitName } from "../../scores/types.js";
import { invalid, type PlanOrder } from "../orders/input.js";
import { type Assigned, assign } from "./assign.js";
import { inForce, selectClasses } from "./class-selection.js";
import { checkNumbers } from "./number-targets.js";
import type { MeasuredMolecule, Target } from "./target.js";
import { labelsText, measuredText } from "./taught.js";
import { listed, type Plan, type Warning } from "./types.js";
import { checkPresence, type SplitContent } from "./warnings/presence.js";

type Subject = Pick<Target, "task" | "columns">;

export function planTargets(molecules: readonly MeasuredMolecule[], order: PlanOrder, subject: Subject): Plan {
  if (order.split.strategy === "STRATIFIED")
    throw invalid(
      "split.strategy",
      "STRATIFIED",
      `RANDOM, SCAFFOLD or COLUMN for ${subject.task}: there are no classes to keep in proportion`,
    );
  const warnings: Warning[] = [];
  const kept = subject.task === "MULTI_LABEL" ? dropLabels(molecules, order, subject, warnings) : [...molecules];
  const assigned = assign(kept, order, warnings, () => "");
  checkTargets(assigned, subject, warnings);
  if (subject.task === "REGRESSION") checkNumbers(assigned, order.targets.length > 1 ? "targets" : "target");
  return {
    task: subject.task,
    assignments: assigned.map(({ molecule: { memberId, values }, split }) => ({
      memberId,
      split,
      label: subject.columns ? measuredText(values) : labelsText(Object.keys(values).sort()),
    })),
    warnings,
  };
}

/** Molecules by label that has them (MULTI_LABEL), or by target that was measured (REGRESSION). */
function countsOf(molecules: readonly MeasuredMolecule[], { task }: Subject): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { values } of molecules)
    for (const [name, value] of Object.entries(values))
      counts.set(name, (counts.get(name) ?? 0) + (task === "REGRESSION" ? 1 : value));
  return counts;
}

function dropLabels(
  molecules: readonly MeasuredMolecule[],
  order: PlanOrder,
  subject: Subject,
  warnings: Warning[],
): MeasuredMolecule[] {
  const counts = countsOf(molecules, subject);
  if (subject.columns) for (const target of order.targets) counts.set(target, counts.get(target) ?? 0);
  const { kept, dropped, rule, param } = selectClasses(counts, order);
  if (kept.size === 0) {
    const sizes = dropped.slice(0, 10);
    throw new MaillardError(
      "TOO_FEW_CLASSES",
      `None of ${dropped.length} labels is kept: those ${rule} (${param}). Change the rule or choose another ` +
        `target. Largest: ${sizes.map(([label, count]) => `${label} (${count})`).join(", ")}.`,
      { param, details: { classes: Object.fromEntries(sizes) } },
    );
  }
  if (dropped.length === 0) return [...molecules];
  warnings.push({
    code: "CLASSES_DROPPED",
    message:
      `Kept are labels ${rule}; ${dropped.length} left out: ` +
      `${listed(dropped.map(([label, size]) => `${label} (${size})`))}.`,
    details: { ...inForce(order), classes: Object.fromEntries(dropped) },
  });
  const left = molecules.map(({ values, ...molecule }) => ({
    ...molecule,
    values: Object.fromEntries(Object.entries(values).filter(([label]) => kept.has(label))),
  }));
  // With several sets, a molecule without values was not measured; with one set, it has none of the labels.
  return subject.columns ? left.filter(({ values }) => Object.keys(values).length > 0) : left;
}

function checkTargets(assigned: readonly Assigned<MeasuredMolecule>[], subject: Subject, warnings: Warning[]): void {
  const moleculesOf = (split?: SplitName) =>
    assigned.filter((entry) => split === undefined || entry.split === split).map(({ molecule }) => molecule);
  const contentOf = (split: SplitName): SplitContent => {
    const molecules = moleculesOf(split);
    return { size: molecules.length, counts: countsOf(molecules, subject) };
  };
  const names = [...countsOf(moleculesOf(), subject).keys()].sort();
  const what = subject.task === "REGRESSION" ? "value" : "molecule";
  checkPresence(contentOf, { names, what, advice: "Use another seed or split, or leave it out." }, warnings);
}
