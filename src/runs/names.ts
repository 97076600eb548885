/**
 * The names that models have or will get: those of models, of unfinished finetunes and probes, and of unfinished
 * downloads. A name is checked twice: before the work of preparing an order, for a quick answer, and in the transaction
 * that writes the order's row, after `lockNames`. So of any number of orders of one name at once, one is written.
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../errors.js";
import { namedIn } from "../store/access/principal.js";
import { type Queryable, takeLock } from "../store/sql.js";
import { IS_UNFINISHED } from "./queue/states.js";

/** First key of the advisory locks; the second one is the hash of project and name. */
const LOCK = 7_340_035;

/**
 * Holds the names until the transaction ends; waits for other transactions that hold one of them. The locks are taken
 * in the order of their keys, so that two orders of several names never wait for each other. OVERLOADED (takeLock).
 */
export async function lockNames(client: PoolClient, project: string, names: readonly string[]): Promise<void> {
  await takeLock(client, {
    text: `SELECT pg_advisory_xact_lock($1, key)
     FROM (SELECT DISTINCT hashtext($3 || '/' || name) AS key FROM unnest($2::text[]) AS name ORDER BY key) AS keys`,
    values: [LOCK, names, project],
    what: "another order of the same name, which is being written",
  });
}

/**
 * In a project; the names of shared models are taken in every project.
 * @throws CONFLICT when one of the names is taken; the first one in the order of `names`
 */
export async function checkFree(client: Queryable, project: string, names: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string; owner: "model" | "run" | "download"; status: string }>(
    `SELECT name, 'model' AS owner, '' AS status FROM "Model" WHERE "projectId" = ANY($2) AND name = ANY($1)
     UNION ALL
     SELECT name, 'run', status::text FROM "Run"
       WHERE "projectId" = ANY($2) AND name = ANY($1)
         AND kind IN ('FINETUNE', 'PROBE', 'PRETRAIN') AND ${IS_UNFINISHED}
     UNION ALL
     SELECT name, 'download', status::text FROM "ModelDownload"
       WHERE "projectId" = ANY($2) AND name = ANY($1)
         AND status IN ('QUEUED', 'RUNNING') AND "cancelRequestedAt" IS NULL`,
    [names, namedIn({ project })],
  );
  for (const name of names) {
    const taken = rows.filter((row) => row.name === name);
    if (taken.length === 0) continue;
    if (taken.some(({ owner }) => owner === "model")) {
      throw conflict(`There is a model ${name} already. Choose another name.`);
    }
    const [{ owner, status }] = taken;
    throw conflict(
      `A ${owner} of the name ${name} is ${status}, and its model will have that name. Choose another, or cancel it.`,
    );
  }
}

const conflict = (message: string): MaillardError => new MaillardError("CONFLICT", message, { param: "name" });
