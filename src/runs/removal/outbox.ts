/**
 * Files go after rows. The transaction that takes a row away notes its files in "Removal"; after the commit they are
 * removed, and then the note is. A process that is killed in between leaves notes, which the next sweep takes up: at
 * every start, and once an hour. Files that the package brings, and files that a row still names, are never removed.
 */
import type { Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { IS_UNFINISHED } from "../queue/states.js";

/** DELETED: of a row that was deleted. CHECKPOINTS: of a run that has ended. ORPHAN: no row ever named them. */
export type RemovalReason = "DELETED" | "CHECKPOINTS" | "ORPHAN";

/** Notes in one sweep, one after another. */
const MOST = 10_000;

/** Folders of the files of an artifact: an ensemble has none, and those of the package stay. */
export const hasFiles = (artifact: string): boolean => !/^(package:|ensembles\/)/.test(artifact);

/** In the transaction of `client`. `days`: how long they wait; they are removed only if they are unnamed then, too. */
export async function noteRemovals(
  client: Queryable,
  artifacts: readonly string[],
  reason: RemovalReason,
  days = 0,
): Promise<void> {
  const removable = [...new Set(artifacts)].filter(hasFiles);
  if (removable.length === 0) return;
  await client.query(
    `INSERT INTO "Removal" (artifact, reason, "dueAt")
     SELECT a, $2, now() + $3 * interval '1 day' FROM unnest($1::text[]) AS a
     ON CONFLICT (artifact) DO UPDATE SET "dueAt" = least("Removal"."dueAt", EXCLUDED."dueAt")`,
    [removable, reason, days],
  );
}

/** A model, or a run that has not ended, that uses the files of a note. */
const NAMED = `EXISTS (SELECT 1 FROM "Model" m
       WHERE m.artifact = r.artifact OR starts_with(m.artifact, r.artifact || '/'))
  OR EXISTS (SELECT 1 FROM "Run" u WHERE split_part(r.artifact, '/', 2) = u.id
       AND (u.${IS_UNFINISHED} OR r.reason = 'ORPHAN' AND starts_with(r.artifact, 'runs/')))`;

/**
 * Removes the files of the notes that are due. A note whose files a row names is dropped. Two sweeps at once do no
 * harm: removing what is gone succeeds. Answers the number of files and folders removed.
 */
export async function sweep(store: Pick<Store, "pool" | "artifacts">): Promise<number> {
  const { pool } = store;
  await pool.query(`DELETE FROM "Removal" r WHERE ${NAMED}`);
  const { rows } = await pool.query<{ artifact: string }>(
    `SELECT artifact FROM "Removal" WHERE "dueAt" <= now() ORDER BY "dueAt", artifact LIMIT ${MOST}`,
  );
  let removed = 0;
  for (const { artifact } of rows) if (await removeNoted(store, artifact)) removed++;
  return removed;
}

/** False: a row names the files now. A run of theirs is locked: a retry waits until they are gone. */
const removeNoted = (store: Pick<Store, "pool" | "artifacts">, artifact: string): Promise<boolean> =>
  transaction(store, async (client) => {
    await client.query(`SELECT 1 FROM "Run" WHERE id = split_part($1, '/', 2) FOR UPDATE`, [artifact]);
    const { rowCount: named } = await client.query(`DELETE FROM "Removal" r WHERE artifact = $1 AND (${NAMED})`, [
      artifact,
    ]);
    if (named === 1) return false;
    await store.artifacts.remove(artifact);
    await client.query(`DELETE FROM "Removal" WHERE artifact = $1`, [artifact]);
    return true;
  });
