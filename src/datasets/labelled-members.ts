/**
 * The molecules of a dataset that have a label in one of its label sets, in the order of the dataset: one statement.
 */
import type { Store } from "../store/index.js";

export interface LabelledMember {
  /** Of the membership. */
  id: string;
  compoundId: string;
  smiles: string;
  /** First block of the InChIKey. */
  group: string;
  /** In text order. */
  labels: string[];
}

export async function labelledMembers({ pool }: Pick<Store, "pool">, labelSetId: string): Promise<LabelledMember[]> {
  const { rows } = await pool.query<LabelledMember>(
    `SELECT m.id, m."compoundId", m.smiles, c."skeletonKey" AS "group", l.labels
     FROM (SELECT "memberId", array_agg(value ORDER BY value COLLATE "C") AS labels FROM "Label"
           WHERE "labelSetId" = $1 GROUP BY "memberId") l
     JOIN "DatasetCompound" m ON m.id = l."memberId" JOIN "Compound" c ON c.id = m."compoundId" ORDER BY m.position`,
    [labelSetId],
  );
  return rows;
}
