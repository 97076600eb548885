/** What people say about a run that exists: description, notes, tags, priority. Of a run of any status. */
import type { Run } from "../../store/generated/client.js";
import { notify } from "../../store/index.js";
import { transaction } from "../../store/sql.js";
import { checkPriority, checkTags, checkText, LONGEST_DESCRIPTION, LONGEST_NOTES } from "../orders/annotations.js";
import { runTopic } from "../queue/topics.js";
import { findRun, reread, type VerbParts } from "../verbs.js";

/** What is absent or null stays as it is; an empty text or list takes it away. */
export interface AnnotationChanges {
  description?: string | null;
  notes?: string | null;
  tags?: readonly string[] | null;
}

/** NOT_FOUND, FORBIDDEN, BAD_INPUT. */
export async function updateRun(parts: VerbParts, id: string, changes: AnnotationChanges): Promise<Run> {
  await findRun(parts, id);
  const { description = null, notes = null, tags = null } = changes;
  const values = [
    id,
    description !== null,
    checkText(description, "description", LONGEST_DESCRIPTION),
    notes === null ? null : (checkText(notes, "notes", LONGEST_NOTES) ?? ""),
    tags && checkTags(tags),
  ];
  await transaction(parts.store, async (client) => {
    await client.query(
      `UPDATE "Run" SET description = CASE WHEN $2 THEN $3 ELSE description END, notes = coalesce($4, notes),
         tags = coalesce($5::text[], tags) WHERE id = $1`,
      values,
    );
    await notify(client, [runTopic(id)]);
  });
  return reread(parts, id);
}

/**
 * Its job, if it waits, is re-ordered in the same transaction. Of a run that is not QUEUED it counts when that waits
 * again. NOT_FOUND, FORBIDDEN, BAD_INPUT.
 */
export async function setPriority(parts: VerbParts, id: string, priority: number): Promise<Run> {
  await findRun(parts, id);
  checkPriority(priority);
  await transaction(parts.store, async (client) => {
    await client.query(`UPDATE "Run" SET priority = $2 WHERE id = $1`, [id, priority]);
    await parts.queue.reorder(client, id, priority);
    await notify(client, [runTopic(id)]);
  });
  return reread(parts, id);
}
