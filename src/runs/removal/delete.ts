/**
 * Rows go in one transaction, and with them the notes of their files (outbox.ts): after a crash everything is there, or
 * nothing but files that the next sweep removes.
 *   1. rows that nobody waits for, which may be many: stored answers and vectors, runs with all they have
 *   2. datasets and models are locked, and it is looked again who uses them. Whoever starts a run on one, or makes an
 *      ensemble of one, holds the same lock: it is seen here, or finds that the model is gone
 *   3. their own rows
 * Deletions come one after another.
 */

import type { PoolClient } from "pg";
import { refreshCompounds } from "../../datasets/compounds.js";
import { SHARED_PROJECT } from "../../store/access/principal.js";
import { inTurn } from "../../store/access/turns.js";
import { hasVectors } from "../../store/access/usage.js";
import type { Store } from "../../store/index.js";
import { notify } from "../../store/notifications.js";
import { type Queryable, takeLock, transaction } from "../../store/sql.js";
import { forgetJobs } from "../queue/queue.js";
import { IS_UNFINISHED } from "../queue/states.js";
import { metricTopic, runTopic } from "../queue/topics.js";
import { artifactsOf } from "./disk-usage.js";
import { noteRemovals } from "./outbox.js";
import { ships } from "./shipped.js";
import {
  findThing,
  gone,
  idsOf,
  inUse,
  isActive,
  type Plan,
  planOf,
  type Thing,
  unfinished,
  usersOf,
} from "./things.js";

const LOCK = 7_340_040;
/** PostgreSQL ended one of two transactions that waited for each other. */
const DEADLOCK = "40P01";
const MOST_TRIES = 5;

/** The plan that was carried out: a thing that came meanwhile is in it only with `cascade`. */
export async function deletePlanned(store: Store, plan: Plan, cascade: boolean): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await inTurn(store, { kind: "deletions" }, () =>
        transaction(store, (client) => deleteRows(client, plan, cascade)),
      );
      return store.models.clear();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || tries === MOST_TRIES) throw error;
    }
  }
}

/** CONFLICT when something uses it that the plan has not; the next plan has it, where `cascade` is given. */
async function deleteRows(client: PoolClient, plan: Plan, cascade: boolean): Promise<void> {
  await takeLock(client, {
    text: "SELECT pg_advisory_xact_lock($1)",
    values: [LOCK],
    what: "another deletion, which is being written",
  });
  // Another deletion, or the end of an import whose client left, was first.
  if (!(await findThing(client, plan.subject.kind, plan.subject.id))) throw gone(plan.subject.kind);
  const now = await planOf(client, plan.subject, cascade);
  const known = new Set(plan.things.map(({ kind, id }) => `${kind}:${id}`));
  const fresh = [...now.users, ...now.things.filter(({ kind, id }) => !known.has(`${kind}:${id}`))];
  if (fresh.length > 0) throw inUse(plan, fresh);
  const { things } = plan;
  const [runs, models] = [idsOf(things, "Run"), idsOf(things, "Model")];
  const [datasets, groups] = [idsOf(things, "Dataset"), idsOf(things, "RunGroup")];
  await deleteRuns(client, runs, models);
  await client.query(`DELETE FROM "RunGroup" WHERE id = ANY($1)`, [groups]);
  for (const table of ["Embedding", "Prediction"])
    await client.query(`DELETE FROM "${table}" WHERE "modelId" = ANY($1)`, [models]);
  for (const [table, ids] of [
    ["Dataset", datasets],
    ["Model", models],
  ] as const)
    await client.query(`SELECT 1 FROM "${table}" WHERE id = ANY($1) ORDER BY id FOR UPDATE`, [ids]);
  const users = (await usersOf(client, things)).filter(({ kind, id }) => !known.has(`${kind}:${id}`) || kind === "Run");
  if (users.length > 0) throw inUse(plan, users);
  await deleteKept(client, models, datasets);
  // By index, before the rows that each of them would be looked for.
  for (const table of ["Label", "LabelClaim"])
    await client.query(
      `DELETE FROM "${table}" WHERE "labelSetId" IN (SELECT id FROM "LabelSet" WHERE "datasetId" = ANY($1))`,
      [datasets],
    );
  await client.query(`DELETE FROM "ModelDownload" WHERE "modelId" = ANY($1)`, [models]);
  await client.query(`DELETE FROM "Model" WHERE id = ANY($1)`, [models]);
  const { rows: members } = await client.query<{ compoundId: string }>(
    `SELECT DISTINCT "compoundId" FROM "DatasetCompound" WHERE "datasetId" = ANY($1)`,
    [datasets],
  );
  await client.query(`DELETE FROM "Dataset" WHERE id = ANY($1)`, [datasets]);
  const compounds = members.map(({ compoundId }) => compoundId);
  const projects = things.filter(({ kind }) => kind === "Dataset").map(({ projectId }) => projectId);
  await deleteComputed(client, compounds, projects);
  // Their names and forms are those of the datasets that are left.
  await refreshCompounds(client, compounds);
  await leaveOut(client, things);
  // Of a run that failed its model's folder, too: a folder that a model has is not removed.
  const folders = things.flatMap((thing) => [
    ...artifactsOf(thing),
    ...(thing.kind === "Run" ? [`models/${thing.id}`] : []),
  ]);
  await noteRemovals(client, folders, "DELETED");
}

async function deleteRuns(client: PoolClient, runs: string[], models: string[]): Promise<void> {
  if (runs.length === 0) return;
  const { rows } = await client.query<Thing>(
    `SELECT 'Run' AS kind, id, name, status::text AS status FROM "Run" WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
    [runs],
  );
  const active = rows.filter(isActive);
  if (active.length > 0) throw unfinished(active);
  await deleteVectors(client, runs, models);
  await client.query(`DELETE FROM "Run" WHERE id = ANY($1)`, [runs]);
  await forgetJobs(client, runs);
  // Whoever follows them finds no row, and ends.
  await notify(
    client,
    runs.flatMap((id) => [runTopic(id), metricTopic(id)]),
  );
}

/**
 * Vectors that embedding runs, probes and projection runs stored, of models that stay: those of molecules of no dataset
 * that another such run of the same model, pooling and layer is of. A map of a sample needs them until it has ended: of
 * the others of its dataset it counts none. A key's quota counts vectors by its runs, so they go with the last of them.
 */
async function deleteVectors(client: Queryable, runs: string[], models: string[]): Promise<void> {
  const layerOf = (run: string) => `coalesce((${run}.input->>'layer')::int, m.layers)`;
  await client.query(
    `DELETE FROM "Embedding" e USING "Run" r, "Model" m, "DatasetCompound" d
     WHERE r.id = ANY($1) AND ${hasVectors("r")} AND r."baseModelId" <> ALL($2) AND m.id = r."baseModelId"
       AND d."datasetId" = r."datasetId"
       AND e."modelId" = m.id AND e."projectId" = r."projectId" AND e.pooling = (r.input->>'pooling')::"Pooling"
       AND e.layer = ${layerOf("r")} AND e.smiles = d.smiles
       AND NOT EXISTS (
         SELECT 1 FROM "Run" o JOIN "DatasetCompound" x ON x."datasetId" = o."datasetId"
         WHERE o.id <> ALL($1) AND ${hasVectors("o")} AND (o.input->>'molecules' IS NULL OR o.${IS_UNFINISHED})
           AND o."baseModelId" = m.id AND o."projectId" = r."projectId"
           AND o.input->>'pooling' = r.input->>'pooling' AND ${layerOf("o")} = e.layer
           AND x.smiles = d.smiles)`,
    [runs, models],
  );
}

/**
 * What models that stay computed of molecules that no dataset of the project has any more, also for a projection or a
 * search: it can be computed again, and would keep molecules that are wanted gone.
 */
async function deleteComputed(client: Queryable, compounds: string[], projects: string[]): Promise<void> {
  if (compounds.length === 0) return;
  for (const table of ["Embedding", "Prediction"])
    await client.query(
      `DELETE FROM "${table}" e WHERE e."compoundId" = ANY($1) AND e."projectId" = ANY($2) AND NOT EXISTS (
         SELECT 1 FROM "DatasetCompound" x JOIN "Dataset" d ON d.id = x."datasetId"
         WHERE x."compoundId" = e."compoundId" AND d."projectId" IN (e."projectId", '${SHARED_PROJECT}'))`,
      [compounds, projects],
    );
}

/** Projections and analyses of requests about them: whoever asks again computes again. */
async function deleteKept(client: Queryable, models: string[], datasets: string[]): Promise<void> {
  await client.query(`DELETE FROM "Projection" WHERE "modelId" = ANY($1) OR "datasetId" = ANY($2)`, [models, datasets]);
  await client.query(`DELETE FROM "Analysis" WHERE "modelIds" && $1::text[] OR "datasetId" = ANY($2)`, [
    models,
    datasets,
  ]);
}

/** What ships would be back at the next start. */
async function leaveOut(client: Queryable, things: readonly Thing[]): Promise<void> {
  const shipped = things.filter(ships);
  await client.query(
    `INSERT INTO "LeftOut" (kind, name) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING`,
    [shipped.map(({ kind }) => kind), shipped.map(({ name }) => name)],
  );
}
