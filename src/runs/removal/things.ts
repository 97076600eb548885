/**
 * What can be deleted, and what uses what, read from the database:
 *   a dataset  is used by the runs on it
 *   a model    by the runs that start from it or embed with it, by ensembles that it is a member of, by probes on it,
 *              and by the unfinished runs of its group, while that waits to become an ensemble
 *   a run      that succeeded is used by its group, while that waits for others to become an ensemble
 *              (of one that failed or was cancelled nothing is used: the group has no ensemble any more)
 *   a group    has runs, which are part of it; a group goes with the last of its runs
 * A model needs no run: it stays when its run is deleted, unless `cascade` says that what was made goes, too. A
 * finetuned model needs no base model: its weights are its own.
 */
import { MaillardError } from "../../errors.js";
import type { RunStatus } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import { runsAskedSql } from "../orders/repeats.js";
import { IS_UNFINISHED, UNFINISHED } from "../queue/states.js";

const KINDS = ["Model", "Run", "Dataset", "RunGroup"] as const;
export type Kind = (typeof KINDS)[number];

export interface Thing {
  kind: Kind;
  id: string;
  name: string;
  projectId: string;
  /** Null: no key, or one of MAILLARD_API_KEYS. */
  createdById: string | null;
  /** Of a run. */
  status: RunStatus | null;
  /** Of a model. */
  artifact: string | null;
  /** Of a dataset. */
  source: string | null;
}

const NOUNS: Record<Kind, string> = { Model: "model", Run: "run", Dataset: "dataset", RunGroup: "group" };
export const nounOf = (kind: Kind): string => NOUNS[kind];

const OWN = `id, name, "projectId", "createdById"`;
const SELECT: Record<Kind, string> = {
  Model: `SELECT 'Model' AS kind, ${OWN}, NULL AS status, artifact, NULL AS source FROM "Model" t`,
  Run: `SELECT 'Run' AS kind, ${OWN}, status::text AS status, NULL AS artifact, NULL AS source FROM "Run" t`,
  Dataset: `SELECT 'Dataset' AS kind, ${OWN}, NULL AS status, NULL AS artifact, source FROM "Dataset" t`,
  RunGroup: `SELECT 'RunGroup' AS kind, ${OWN}, NULL AS status, NULL AS artifact, NULL AS source FROM "RunGroup" t`,
};

const keyOf = ({ kind, id }: Pick<Thing, "kind" | "id">): string => `${kind}:${id}`;
const byName = (a: Thing, b: Thing): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);

export const idsOf = (things: Iterable<Pick<Thing, "kind" | "id">>, kind: Kind): string[] =>
  [...things].filter((thing) => thing.kind === kind).map(({ id }) => id);

export async function findThing(client: Queryable, kind: Kind, id: string): Promise<Thing | null> {
  const { rows } = await client.query<Thing>(`${SELECT[kind]} WHERE id = $1`, [id]);
  return rows[0] ?? null;
}

/** Runs of these groups. */
const partsOf = async (client: Queryable, groups: readonly string[]): Promise<Thing[]> =>
  groups.length === 0 ? [] : (await client.query<Thing>(`${SELECT.Run} WHERE "groupId" = ANY($1)`, [groups])).rows;

/** What cannot be without one of these things. */
export async function usersOf(client: Queryable, things: readonly Thing[]): Promise<Thing[]> {
  const groups = await waitingFor(client, idsOf(things, "Run"));
  const [models, datasets] = [idsOf(things, "Model"), idsOf(things, "Dataset")];
  if (models.length + datasets.length === 0) return groups;
  const runs = await client.query<Thing>(
    `${SELECT.Run} WHERE "baseModelId" = ANY($1::text[]) OR "datasetId" = ANY($2::text[])
       OR (${IS_UNFINISHED} AND "groupId" IN (
         SELECT g.id FROM "RunGroup" g JOIN "Run" r ON r."groupId" = g.id
         WHERE r."modelId" = ANY($1::text[]) AND ${waits("g")}))`,
    [models, datasets],
  );
  const composed = await client.query<Thing>(
    `${SELECT.Model} WHERE (composition->>'kind' = 'ENSEMBLE' AND composition->'members' ?| $1::text[])
       OR (composition->>'kind' = 'PROBE' AND composition->>'base' = ANY($1::text[]))`,
    [models],
  );
  return [...groups, ...runs.rows, ...composed.rows];
}

/**
 * A group waits to become an ensemble while all the runs that it was asked for are there, each succeeded or unfinished,
 * and some have not ended. After one has failed, was cancelled or is gone, it becomes none: ending/group-ensemble.ts.
 */
const waits = (group: string): string =>
  `${group}.ensemble AND ${group}."modelId" IS NULL AND EXISTS (
     SELECT 1 FROM "Run" o WHERE o."groupId" = ${group}.id
     HAVING count(*) FILTER (WHERE o.status = 'SUCCEEDED' OR o.${IS_UNFINISHED}) = ${runsAskedSql(group)}
       AND count(*) FILTER (WHERE o.${IS_UNFINISHED}) > 0)`;

/** Groups that become an ensemble of these runs and of others that have not ended: it would be made of fewer. */
async function waitingFor(client: Queryable, runs: readonly string[]): Promise<Thing[]> {
  if (runs.length === 0) return [];
  const { rows } = await client.query<Thing>(
    `${SELECT.RunGroup} WHERE ${waits("t")}
       AND t.id IN (SELECT "groupId" FROM "Run" WHERE id = ANY($1) AND status = 'SUCCEEDED')`,
    [runs],
  );
  return rows;
}

/** Models that these runs, and the ensembles that these groups, have made. */
async function madeBy(client: Queryable, things: readonly Thing[]): Promise<Thing[]> {
  const { rows } = await client.query<Thing>(
    `${SELECT.Model} WHERE id IN (SELECT "modelId" FROM "Run" WHERE id = ANY($1::text[])
       UNION ALL SELECT "modelId" FROM "RunGroup" WHERE id = ANY($2::text[]))`,
    [idsOf(things, "Run"), idsOf(things, "RunGroup")],
  );
  return rows;
}

/** Groups that have no other runs than these. */
async function emptied(client: Queryable, runs: readonly string[]): Promise<Thing[]> {
  if (runs.length === 0) return [];
  const { rows } = await client.query<Thing>(
    `${SELECT.RunGroup} WHERE id IN (SELECT "groupId" FROM "Run" WHERE id = ANY($1))
       AND NOT EXISTS (SELECT 1 FROM "Run" o WHERE o."groupId" = t.id AND o.id <> ALL($1))`,
    [runs],
  );
  return rows;
}

export interface Plan {
  subject: Thing;
  /** Everything that goes: the subject first, the others by kind and name. */
  things: Thing[];
  /** What still uses the subject and does not go. Empty with `cascade`. */
  users: Thing[];
}

/** What goes with a thing. With `cascade` all that uses it and all that was made of it, to the end. */
export async function planOf(client: Queryable, subject: Thing, cascade: boolean): Promise<Plan> {
  const going = new Map([[keyOf(subject), subject]]);
  const add = (found: readonly Thing[]): Thing[] => {
    const fresh = found.filter((thing) => !going.has(keyOf(thing)));
    for (const thing of fresh) going.set(keyOf(thing), thing);
    return fresh;
  };
  for (let level = [subject]; level.length > 0; ) {
    const next = add(await partsOf(client, idsOf(level, "RunGroup")));
    if (cascade) next.push(...add([...(await usersOf(client, level)), ...(await madeBy(client, level))]));
    level = [...next, ...add(await emptied(client, idsOf(going.values(), "Run")))];
  }
  const all = [...going.values()];
  const users = (await usersOf(client, all)).filter((thing) => !going.has(keyOf(thing)));
  const others = KINDS.flatMap((kind) =>
    all.filter((thing) => thing !== subject && thing.kind === kind).toSorted(byName),
  );
  return { subject, things: [subject, ...others], users: users.toSorted(byName) };
}

/** Names in a message. */
const NAMED = 8;
/** Things in the details of an error. */
const LISTED = 100;

export const listOf = (things: readonly Thing[]): string => {
  const named = things.slice(0, NAMED).map(({ kind, name }) => `${nounOf(kind)} ${name}`);
  const more = things.length - named.length;
  return named.join(", ") + (more > 0 ? ` and ${more} more` : "");
};

/** For the details of an error: `id` is that of the row, which the API makes global. */
const detailsOf = (things: readonly Thing[]): { kind: Kind; id: string; name: string }[] =>
  things.slice(0, LISTED).map(({ kind, id, name }) => ({ kind, id, name }));

export const inUse = ({ subject }: Plan, users: readonly Thing[]): MaillardError =>
  new MaillardError(
    "CONFLICT",
    `The ${nounOf(subject.kind)} ${subject.name} is still used by ${listOf(users)}. Delete these first, or all of it ` +
      "with `cascade: true` (--cascade).",
    { param: "id", details: { usedBy: detailsOf(users), count: users.length } },
  );

export const isActive = ({ status }: Thing): boolean => UNFINISHED.includes(status as RunStatus);

export const unfinished = (runs: readonly Thing[]): MaillardError =>
  new MaillardError(
    "CONFLICT",
    `${listOf(runs)} ${runs.length === 1 ? "has" : "have"} not ended. Cancel first, or delete with \`cascade: true\` ` +
      "(--cascade), which cancels.",
    { param: "id", details: { usedBy: detailsOf(runs), count: runs.length } },
  );

export const gone = (kind: Kind): MaillardError =>
  new MaillardError("NOT_FOUND", `There is no ${nounOf(kind)} of this id. It may have been deleted.`, { param: "id" });
