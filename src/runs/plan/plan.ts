/**
 * Which molecule goes where: decided once, before the run exists, from the labels as they are then.
 * What would make a run worthless is refused here by its own code; what only limits its scores becomes a warning that stays
 * with the run.
 */
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import { SPLITS, type SplitName } from "../../scores/types.js";
import type { Dataset } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { PlanOrder } from "../orders/input.js";
import { type Assigned, assign, type Molecule } from "./assign.js";
import { inForce, selectClasses } from "./class-selection.js";
import { readRowPlanner } from "./plan-rows.js";
import { planTargets } from "./plan-targets.js";
import { findSet, findTarget, readMeasured } from "./target.js";

export interface Warning {
  code:
    | "CLASSES_DROPPED"
    | "CLASS_MISSING"
    | "SPLIT_EMPTY"
    | "MOLECULES_WITHOUT_SPLIT"
    | "ENVIRONMENT_CHANGED"
    | "MODEL_RENAMED"
    | "STOPPED_EARLY"
    | "LEAKAGE"
    | "LEAKY_SPLIT";
  message: string;
  details: Record<string, unknown>;
}

export interface Assignment {
  memberId: string;
  /** Counts the rows of a molecule where rows are split (ROW); else left out, for 0. */
  ordinal?: number;
  split: SplitName;
  /** What is taught of it: see taught.ts. */
  label: string;
}

export interface Plan {
  task: SequenceTask;
  assignments: Assignment[];
  warnings: Warning[];
}

/** A molecule of the dataset with its class. */
export interface Labelled extends Molecule {
  label: string;
  ordinal?: number;
}

export const planFinetune = async (store: Store, dataset: Dataset, order: PlanOrder): Promise<Plan> =>
  (await readPlanner(store, dataset, order))(order);

/**
 * Reads the molecules of an order once. The answer plans it, and every other order that differs from it in seed, split seed
 * or fold alone.
 */
export async function readPlanner(
  store: Store,
  dataset: Dataset,
  order: PlanOrder,
): Promise<(order: PlanOrder) => Plan> {
  if (order.split.strategy === "ROW") return readRowPlanner(store, dataset, order);
  const target = await findTarget(store, dataset, order);
  const { column } = order.split;
  const columnSet = column === null ? null : await findSet(store, dataset, column, "split.column", { single: true });
  const columnId = columnSet?.id ?? null;
  if (target.task === "SINGLE_LABEL") {
    const molecules = await readLabelled(store, target.sets[0].id, columnId);
    checkNotEmpty(molecules, dataset, order);
    return (one) => plan(molecules, one);
  }
  const molecules = await readMeasured(store, target, columnId);
  checkNotEmpty(molecules, dataset, order);
  return (one) => planTargets(molecules, one, target);
}

export function checkNotEmpty(molecules: readonly Molecule[], dataset: Dataset, { targets }: PlanOrder): void {
  if (molecules.length > 0) return;
  throw new MaillardError(
    "EMPTY_DATASET",
    `No molecule of ${dataset.name} has a value of ${targets.join(", ")}. Import labels for it.`,
    { param: targets.length > 1 ? "targets" : "target" },
  );
}

/** The decision for one class of several, without a database. `what`: molecules, or rows of them. */
export function plan(molecules: readonly Labelled[], order: PlanOrder, what = "molecules"): Plan {
  const warnings: Warning[] = [];
  const kept = dropClasses(molecules, order, warnings, what);
  const assigned = assign(kept, order, warnings, ({ label }) => label);
  checkClasses(assigned, warnings);
  return {
    task: "SINGLE_LABEL",
    assignments: assigned.map(({ molecule: { memberId, label, ordinal }, split }) => ({
      ...{ memberId, split, label },
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
      `${kept.size} of ${counts.size} classes are kept: those ${rule} (${param}), and a classifier needs two. Change the rule or choose another target. Largest: ${sizes.map(([label, count]) => `${label} (${count})`).join(", ")}.`,
      { param, details: { classes: Object.fromEntries(sizes) } },
    );
  }
  if (dropped.length === 0) return [...molecules];
  const count = dropped.reduce((sum, [, size]) => sum + size, 0);
  warnings.push({
    code: "CLASSES_DROPPED",
    message: `Kept are classes ${rule}; ${dropped.length} left out, ${count} ${what} in all: ${listed(dropped.map(([label, size]) => `${label} (${size})`))}.`,
    details: { ...inForce(order), classes: Object.fromEntries(dropped) },
  });
  return molecules.filter(({ label }) => kept.has(label));
}

function checkClasses(assigned: readonly Assigned<Labelled>[], warnings: Warning[]): void {
  const labels = [...new Set(assigned.map(({ molecule }) => molecule.label))].sort();
  const present = new Map(
    SPLITS.map((split) => [
      split,
      countBy(
        assigned.filter((entry) => entry.split === split),
        ({ molecule }) => molecule.label,
      ),
    ]),
  );
  const absent = (split: SplitName): string[] => labels.filter((label) => !present.get(split)?.has(label));
  if (present.get("TRAIN")?.size === 0) {
    throw new MaillardError(
      "EMPTY_DATASET",
      "No molecule is in the training split. Change the split's fractions or column.",
      { param: "split" },
    );
  }
  const missing = absent("TRAIN");
  if (missing.length > 0) {
    throw new MaillardError(
      "CLASS_MISSING_FROM_TRAINING",
      `No molecule of ${listed(missing)} is in the training split, so it cannot be learned. Use split strategy STRATIFIED, another seed, or a larger minClassSize.`,
      { param: "split", details: { classes: missing } },
    );
  }
  for (const split of ["VALIDATION", "TEST"] as const) {
    const classes = absent(split);
    if (present.get(split)?.size === 0) {
      warnings.push({
        code: "SPLIT_EMPTY",
        message: `No molecule is in the ${split} split: it has no scores.`,
        details: { split },
      });
    } else if (classes.length > 0) {
      warnings.push({
        code: "CLASS_MISSING",
        message: `No molecule of ${listed(classes)} is in the ${split} split: its scores say nothing about ${classes.length === 1 ? "it" : "them"}.`,
        details: { split, classes },
      });
    }
  }
}

/** One statement, however many molecules; as arrays they take a third of the memory of Prisma's objects. */
async function readLabelled(store: Store, labelSetId: string, columnSetId: string | null): Promise<Labelled[]> {
  const { rows } = await store.pool.query<Labelled>(
    `SELECT m.id AS "memberId", m.position, m.smiles, c."skeletonKey" AS key, c.scaffold, l.value AS label, s.value AS column
     FROM "Label" l
     JOIN "DatasetCompound" m ON m.id = l."memberId"
     JOIN "Compound" c ON c.id = m."compoundId"
     LEFT JOIN "Label" s ON s."memberId" = m.id AND s."labelSetId" = $2
     WHERE l."labelSetId" = $1
     ORDER BY m.position`,
    [labelSetId, columnSetId],
  );
  return rows;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** At most ten, then their number. */
export const listed = (items: readonly string[]): string =>
  items.length <= 10 ? items.join(", ") : `${items.slice(0, 10).join(", ")} and ${items.length - 10} more`;
