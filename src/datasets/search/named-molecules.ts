/**
 * Molecules of the library by what people call them: an InChIKey, or the name that a dataset gives. Only datasets that
 * are seen count, small and capital letters are the same, and the number of statements does not depend on how many
 * texts there are. A name of several molecules is none: which one is meant is not guessed.
 */
import { isInchiKey } from "../../chem/given.js";
import { projectsSeen } from "../../store/access/principal.js";
import type { Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { isStorable } from "../../text.js";

/** Characters of a name that are compared; the index has as many. */
const LONGEST_NAME = 200;
/** Molecules of one name that an error shows. */
const MOST_SHOWN = 3;

export interface Named {
  /** As the first dataset that has it writes it; of one name several, if they are different molecules. */
  smiles: string[];
}

/** By the text, as it is given; a text that nothing is called by is left out. */
export async function namedMolecules(
  { pool, principal }: Pick<Store, "pool" | "principal">,
  texts: readonly string[],
): Promise<Map<string, Named>> {
  const asked = [...new Set(texts)].filter((text) => isStorable(text) && text.trim() !== "" && text.length <= 1_000);
  const keys = asked.filter((text) => isInchiKey(keyOf(text)));
  const names = asked.filter((text) => !isInchiKey(keyOf(text)) && text.trim().length <= LONGEST_NAME);
  const seen = [projectsSeen(principal), principal.project];
  const found = new Map<string, Named>();
  const take = async (of: readonly string[], values: string[], condition: string): Promise<void> => {
    if (of.length === 0) return;
    for (const { place, smiles } of await members(pool, condition, [values, ...seen])) {
      const named = found.get(of[place - 1]) ?? { smiles: [] };
      found.set(of[place - 1], { smiles: [...named.smiles, smiles] });
    }
  };
  await take(keys, keys.map(keyOf), `c."inchiKey" = asked.text`);
  const spelled = names.map((text) => text.trim().normalize("NFC"));
  await take(names, spelled, `m."nameKey" = lower(left(asked.text, 100)) AND lower(m.name) = lower(asked.text)`);
  return found;
}

const keyOf = (text: string): string => text.trim().toUpperCase();

/** Of each text at most one row for a molecule: from a dataset of the own project, if there is one, else the oldest. */
async function members(
  client: Queryable,
  condition: string,
  values: unknown[],
): Promise<{ place: number; smiles: string }[]> {
  const { rows } = await client.query<{ place: number; smiles: string }>(
    `SELECT asked.place::int AS place, found.smiles
     FROM unnest($1::text[]) WITH ORDINALITY AS asked(text, place)
     CROSS JOIN LATERAL (
       SELECT DISTINCT ON (m."compoundId") m.smiles
       FROM "DatasetCompound" m
       JOIN "Compound" c ON c.id = m."compoundId"
       JOIN "Dataset" d ON d.id = m."datasetId"
       WHERE ${condition} AND ($2::text[] IS NULL OR d."projectId" = ANY($2::text[]))
       ORDER BY m."compoundId", d."projectId" = $3 DESC, d."createdAt", d.id
       LIMIT ${MOST_SHOWN + 1}
     ) found
     ORDER BY asked.place, found.smiles`,
    values,
  );
  return rows;
}

/** Why a name of several molecules is not read. */
export function ambiguous(text: string, { smiles }: Named): string {
  const more = smiles.length > MOST_SHOWN ? " and more" : "";
  return (
    `${JSON.stringify(text.slice(0, 80))} is the name of several molecules of the library ` +
    `(${smiles.slice(0, MOST_SHOWN).join(", ")}${more}): give the SMILES or the InChIKey of the one that is meant`
  );
}
