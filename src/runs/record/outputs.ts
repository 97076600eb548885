/**
 * The outputs of a run's model for each molecule of a split, as bytes, little endian, [rows, labels]: float32 logits,
 * or float64 numbers in units (float32 of earlier versions). Rows are in the order of the run's assignments of the
 * split by (position, ordinal), which is that of the training process, so only the numbers are stored. Runs of earlier
 * versions have none.
 */
import { bytesOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import type { Floats, TaskReport } from "../../scores/types.js";
import type { Queryable } from "../../store/sql.js";

/** In the transaction that writes the evaluation; written again, it is replaced like the evaluation itself. */
export async function writeOutputs(
  client: Queryable,
  runId: string,
  { split, count }: Pick<TaskReport, "split" | "count">,
  outputs: Floats,
): Promise<void> {
  const width = outputs.length / count;
  if (!(count > 0 && Number.isInteger(width)))
    throw new MaillardError("INTERNAL", `${outputs.length} answers are not whole rows of ${count} molecules.`);
  await client.query(
    `INSERT INTO "EvaluationOutput" ("runId", split, width, "values") VALUES ($1, $2::"Split", $3, $4)
     ON CONFLICT ("runId", split) DO UPDATE SET width = EXCLUDED.width, "values" = EXCLUDED."values"`,
    [runId, split, width, bytesOf(outputs)],
  );
}
/** In place of those that there are of the split. A score that is not defined has no row. */
export async function writeScores(client: Queryable, runId: string, { split, scores = {} }: TaskReport): Promise<void> {
  await client.query(`DELETE FROM "RunScore" WHERE "runId" = $1 AND split = $2::"Split"`, [runId, split]);
  const defined = Object.entries(scores).filter(([, value]) => value !== null);
  await client.query(
    `INSERT INTO "RunScore" ("runId", split, name, value)
     SELECT $1, $2::"Split", s.name, s.value FROM unnest($3::text[], $4::float8[]) AS s(name, value)`,
    [runId, split, defined.map(([name]) => name), defined.map(([, value]) => value)],
  );
}
