/**
 * Which molecule goes into which split: decided once, before the run exists, from the labels as they are then.
 * A plan that cannot give a usable model is refused with an error code of its own; what only limits its scores becomes
 * a warning that stays with the run.
 *   split strategy ROW            plan-rows.ts
 *   one class of several          plan-classes.ts
 *   several labels, or numbers    plan-targets.ts
 */
import { SCAFFOLD } from "../../datasets/compounds.js";
import { findLabelSet } from "../../store/find.js";
import type { Dataset } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { PlanOrder } from "../orders/input.js";
import { planClasses } from "./plan-classes.js";
import { readRowPlanner } from "./plan-rows.js";
import { planTargets } from "./plan-targets.js";
import { findTarget, readMeasured } from "./target.js";
import { checkNotEmpty, type Labelled, type Plan } from "./types.js";

export const planFinetune = async (store: Store, dataset: Dataset, order: PlanOrder): Promise<Plan> =>
  (await readPlanner(store, dataset, order))(order);

/**
 * Reads the molecules of an order once. The returned function plans it, and every other order that differs from it in
 * the selection of classes, seed, split seed or fold alone.
 */
export async function readPlanner(
  store: Store,
  dataset: Dataset,
  order: PlanOrder,
): Promise<(order: PlanOrder) => Plan> {
  if (order.split.strategy === "ROW") return readRowPlanner(store, dataset, order);
  const target = await findTarget(store, dataset, order);
  const { column } = order.split;
  const columnSet = column === null ? null : await findLabelSet(store, dataset, column, "split.column", "SINGLE_LABEL");
  const columnId = columnSet?.id ?? null;
  if (target.task === "SINGLE_LABEL") {
    const molecules = await readLabelled(store, target.sets[0].id, columnId);
    checkNotEmpty(molecules, dataset, order);
    return (one) => planClasses(molecules, one);
  }
  const molecules = await readMeasured(store, target, columnId);
  checkNotEmpty(molecules, dataset, order);
  return (one) => planTargets(molecules, one, target);
}

/** One statement, however many molecules; as arrays they take a third of the memory of Prisma's objects. */
export async function readLabelled(store: Store, labelSetId: string, columnSetId: string | null): Promise<Labelled[]> {
  const { rows } = await store.pool.query<Labelled>(
    `SELECT m.id AS "memberId", m.position, m.smiles, c."skeletonKey" AS key, ${SCAFFOLD} AS scaffold,
       l.value AS label, s.value AS column, CASE WHEN s.value IS NOT NULL THEN m.name END AS name
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
