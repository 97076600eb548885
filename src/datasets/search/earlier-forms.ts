/**
 * Scaffolds of members that an earlier version stored in another form (tautomer) than their compound: only RDKit can
 * make them. Done once, before the service answers; a member whose SMILES RDKit cannot read again counts as acyclic.
 */
import type { Chemistry } from "../../chem/types.js";
import type { Store } from "../../store/index.js";
import { transaction } from "../../store/sql.js";
import { refreshCompounds } from "../compounds.js";

const PART = 1_000;

export async function completeScaffolds(store: Store, chemistry: Pick<Chemistry, "parse">): Promise<void> {
  for (;;) {
    const { rows } = await store.pool.query<{ id: string; compoundId: string; smiles: string }>(
      `SELECT id, "compoundId", smiles FROM "DatasetCompound" WHERE scaffold IS NULL LIMIT $1`,
      [PART],
    );
    if (rows.length === 0) return;
    const read = await chemistry.parse(rows.map(({ smiles }) => smiles));
    const scaffolds = read.map((result) => (result.ok ? result.molecule.scaffold : ""));
    await transaction(store, async (client) => {
      await client.query(
        `UPDATE "DatasetCompound" m SET scaffold = v.scaffold
         FROM unnest($1::text[], $2::text[]) AS v(id, scaffold) WHERE m.id = v.id`,
        [rows.map(({ id }) => id), scaffolds],
      );
      await refreshCompounds(client, [...new Set(rows.map(({ compoundId }) => compoundId))]);
    });
  }
}
