/**
 * The label sets that a finetune learns, and the task that their kinds make:
 *   one SINGLE_LABEL set                      SINGLE_LABEL: one of its classes
 *   one MULTI_LABEL set                       MULTI_LABEL: each of its labels, yes or no; a molecule without any value
 *                                             was
 *                                             not measured, and is left out
 *   several SINGLE_LABEL sets of 0 and 1      MULTI_LABEL: each set is a label; an empty cell was not measured
 *   NUMBER sets                               REGRESSION: each set is a target; an empty cell was not measured
 */
import { SCAFFOLD } from "../../datasets/compounds.js";
import type { SequenceTask } from "../../model/types.js";
import { findLabelSet } from "../../store/find.js";
import type { Dataset, LabelSet } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { invalid, type PlanOrder } from "../orders/input.js";
import type { Measured } from "./taught.js";
import { listed, type Molecule } from "./types.js";

export interface Target {
  task: SequenceTask;
  /** In the order of the request. */
  sets: LabelSet[];
  /** MULTI_LABEL: each set is a label, instead of each value of the one set. */
  columns: boolean;
}

/** How yes and no are written in a column of a label. */
const ANSWERS: Readonly<Record<string, 0 | 1>> = {
  "1": 1,
  "1.0": 1,
  true: 1,
  yes: 1,
  active: 1,
  positive: 1,
  "0": 0,
  "0.0": 0,
  false: 0,
  no: 0,
  inactive: 0,
  negative: 0,
};

export async function findTarget(store: Store, dataset: Dataset, order: PlanOrder): Promise<Target> {
  const param = order.targets.length > 1 ? "targets" : "target";
  const sets: LabelSet[] = [];
  for (const name of order.targets) sets.push(await findLabelSet(store, dataset, name, param));
  const kinds = new Set(sets.map(({ kind }) => kind));
  if (kinds.size === 1 && kinds.has("NUMBER")) return { task: "REGRESSION", sets, columns: true };
  if (kinds.size === 1 && kinds.has("SINGLE_LABEL"))
    return sets.length === 1
      ? { task: "SINGLE_LABEL", sets, columns: false }
      : { task: "MULTI_LABEL", sets, columns: true };
  if (sets.length === 1) return { task: "MULTI_LABEL", sets, columns: false };
  throw invalid(
    "targets",
    order.targets,
    "label sets of one kind, NUMBER or SINGLE_LABEL with the values 0 and 1; " +
      `they are ${listed(sets.map(({ name, kind }) => `${name} ${kind}`))}`,
  );
}

export interface MeasuredMolecule extends Molecule {
  values: Measured;
}

/** Molecules with a value of any of the sets. One statement, however many. */
export async function readMeasured(
  store: Store,
  { task, sets, columns }: Target,
  columnSetId: string | null,
): Promise<MeasuredMolecule[]> {
  const nameOf = new Map(sets.map(({ id, name }) => [id, name]));
  type Row = Molecule & { values: { set: string; value: string; number: number | null }[] };
  const { rows } = await store.pool.query<Row>(
    `SELECT m.id AS "memberId", m.position, m.smiles, c."skeletonKey" AS key, ${SCAFFOLD} AS scaffold,
       s.value AS column, CASE WHEN s.value IS NOT NULL THEN m.name END AS name, l.values
     FROM (SELECT "memberId", json_agg(json_build_object('set', "labelSetId", 'value', value, 'number', number)) AS
       values
           FROM "Label" WHERE "labelSetId" = ANY($1::text[]) GROUP BY "memberId") l
     JOIN "DatasetCompound" m ON m.id = l."memberId"
     JOIN "Compound" c ON c.id = m."compoundId"
     LEFT JOIN "Label" s ON s."memberId" = m.id AND s."labelSetId" = $2
     ORDER BY m.position`,
    [[...nameOf.keys()], columnSetId],
  );
  return rows.map(({ values, ...molecule }) => ({
    ...molecule,
    values: Object.fromEntries(
      values.map(({ set, value, number }) => {
        const name = nameOf.get(set) as string;
        if (task === "REGRESSION") return [name, number as number];
        return columns ? [name, answerOf(name, value, molecule.position)] : [value, 1];
      }),
    ),
  }));
}

function answerOf(set: string, value: string, position: number): 0 | 1 {
  const answer = ANSWERS[value.trim().toLowerCase()];
  if (answer !== undefined) return answer;
  throw invalid(
    "targets",
    value.slice(0, 100),
    "label sets of 0 and 1 (or false and true, no and yes, inactive and active, negative and positive), " +
      `because there are several; ${set} has this value at molecule ${position}`,
  );
}
