/** Downloads that no process works on: their end on request, and their files. Needs neither a hub nor a holder. */
import type { ModelDownload } from "../../store/generated/client.js";
import { notify, type Store } from "../../store/index.js";
import { type Queryable, transaction } from "../../store/sql.js";
import { assignment, guard } from "../queue/states.js";
import { downloadTopic, UNFINISHED } from "./download-work.js";
import { removeFiles, workFolder } from "./fetch-model.js";

/** First of the two numbers of the advisory locks. */
export const LOCK = 7_340_034;

/** False while a process works on the files; otherwise they are locked for the rest of the transaction. */
async function lockFiles(client: Queryable, row: ModelDownload): Promise<boolean> {
  const lock = "SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS held";
  const { rows } = await client.query<{ held: boolean }>(lock, [LOCK, workFolder(row)]);
  return rows[0].held;
}

/** Ends a download whose cancel was requested. False: a process works on it, or it has ended. */
export async function endUnheld(store: Store, row: ModelDownload): Promise<boolean> {
  const ended = await transaction(store, async (client) => {
    if (!(await lockFiles(client, row))) return false;
    const { rows } = await client.query(
      `UPDATE "ModelDownload" SET ${assignment("cancel")}, "finishedAt" = now()
       WHERE id = $1 AND ${guard("cancel")} AND "cancelRequestedAt" IS NOT NULL RETURNING id`,
      [row.id],
    );
    return rows.length > 0;
  });
  if (!ended) return false;
  await removeUnused(store, row);
  await notify(store.pool, [downloadTopic(row.id)]);
  return true;
}

/** The files of a download that has ended, unless another download uses them or waits for them. */
export async function removeUnused(store: Store, row: ModelDownload): Promise<void> {
  await transaction(store, async (client) => {
    const others = `SELECT 1 FROM "ModelDownload" WHERE hub = $1 AND commit = $2 AND ${UNFINISHED}`;
    if ((await lockFiles(client, row)) && (await client.query(others, [row.hub, row.commit])).rows.length === 0)
      await removeFiles(store, row);
  });
}
