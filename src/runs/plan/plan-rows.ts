/**
 * The plan of a split by rows. It exists only to reproduce published numbers. A molecule has one row for each of its
 * labels in a MULTI_LABEL set, as a join of a table of molecules with a table of links has. Rows are assigned at
 * random, so a molecule of several rows may be in training and in test. Every score of such a run has the warning
 * LEAKY_SPLIT.
 *
 *   target MULTI_LABEL                 a row learns its own label, one class of many (the label column of the join)
 *   target SINGLE_LABEL, column given  one row for each label of the column; it learns the molecule's class
 */
import { findLabelSet } from "../../store/find.js";
import type { Dataset } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { invalid, type PlanOrder } from "../orders/input.js";
import { planClasses } from "./plan-classes.js";
import { checkNotEmpty, type Labelled, type Plan, type Warning } from "./types.js";

interface Row extends Labelled {
  ordinal: number;
  /** Identity of the molecule; `key` is that of the row. */
  molecule: string;
}

/** Reads the rows once; see readPlanner. */
export async function readRowPlanner(
  store: Store,
  dataset: Dataset,
  order: PlanOrder,
): Promise<(order: PlanOrder) => Plan> {
  const { column } = order.split;
  if (order.targets.length !== 1)
    throw invalid("targets", order.targets, "one label set, because split.strategy is ROW");
  const target = await findLabelSet(store, dataset, order.targets[0], "target");
  const rowSet = column === null ? target : await findLabelSet(store, dataset, column, "split.column");
  if (rowSet.kind !== "MULTI_LABEL")
    throw invalid(
      column === null ? "target" : "split.column",
      rowSet.name,
      `a MULTI_LABEL set, whose labels make the rows of strategy ROW; it is ${rowSet.kind}`,
    );
  if (rowSet.id !== target.id && target.kind !== "SINGLE_LABEL")
    throw invalid("target", target.name, `a SINGLE_LABEL set when split.column names the rows; it is ${target.kind}`);
  const rows = await readRows(store, rowSet.id, rowSet.id === target.id ? null : target.id);
  checkNotEmpty(rows, dataset, order);
  return (one) => planOfRows(rows, one, rowSet.name);
}

/** Needs no database. */
export function planOfRows(rows: readonly Row[], order: PlanOrder, rowSet: string): Plan {
  const planned = planClasses(rows, order, "rows");
  const moleculeOf = new Map(rows.map(({ memberId, molecule }) => [memberId, molecule]));
  const moleculesIn = (split: string) =>
    new Set(planned.assignments.filter((row) => row.split === split).map(({ memberId }) => moleculeOf.get(memberId)));
  const trained = moleculesIn("TRAIN");
  const test = planned.assignments.filter(({ split }) => split === "TEST");
  const leaked = test.filter(({ memberId }) => trained.has(moleculeOf.get(memberId))).length;
  const molecules = new Set(planned.assignments.map(({ memberId }) => moleculeOf.get(memberId))).size;
  const warning: Warning = {
    code: "LEAKY_SPLIT",
    message:
      `Rows were split, not molecules: ${planned.assignments.length} rows (one for each label of ${rowSet}) of ` +
      `${molecules} molecules. The molecule of ${leaked} of the ${test.length} TEST rows is in training too, ` +
      "so the scores say nothing of new molecules; they are for comparison with published numbers made in this way.",
    details: { rows: planned.assignments.length, molecules, testRows: test.length, testRowsInTraining: leaked },
  };
  return { ...planned, warnings: [warning, ...planned.warnings] };
}

/** `targetId`: where the class comes from; null: the row's own label. One statement, however many rows. */
async function readRows(store: Store, rowSetId: string, targetId: string | null): Promise<Row[]> {
  const { rows } = await store.pool.query<Row>(
    `SELECT m.id AS "memberId", m.position, m.smiles, c."skeletonKey" AS molecule, NULL AS column,
            coalesce(t.value, r.value) AS label,
            (row_number() OVER (PARTITION BY m.id ORDER BY r.value COLLATE "C") - 1)::int AS ordinal,
            c."inchiKey" || ' ' || r.value AS key
     FROM "Label" r
     JOIN "DatasetCompound" m ON m.id = r."memberId"
     JOIN "Compound" c ON c.id = m."compoundId"
     LEFT JOIN "Label" t ON t."memberId" = m.id AND t."labelSetId" = $2
     WHERE r."labelSetId" = $1 AND ($2::text IS NULL OR t.value IS NOT NULL)
     ORDER BY m.position, ordinal`,
    [rowSetId, targetId],
  );
  // No groups by scaffold: every row is a group.
  return rows.map((row) => ({ ...row, scaffold: "" }));
}
