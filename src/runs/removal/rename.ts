/**
 * New names. A name of a model or dataset is unique in its project, and those of shared ones in all; a name that an
 * unfinished run or download will give to its model is taken. What ships keeps its name, by which the next start finds
 * it. An unfinished run keeps its name, which its model will have.
 */
import type { PoolClient } from "pg";
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { SHARED_PROJECT } from "../../store/access/principal.js";
import type { Store } from "../../store/index.js";
import { isUniqueViolation, transaction } from "../../store/sql.js";
import { checkFree, lockNames } from "../names.js";
import { IS_UNFINISHED } from "../queue/states.js";
import { ships } from "./shipped.js";
import { findThing, gone, isActive, type Kind, nounOf, type Thing } from "./things.js";

export async function rename(store: Store, thing: Thing, name: string): Promise<void> {
  checkName(name, "name");
  if (name === thing.name) return;
  if (ships(thing))
    throw new MaillardError("CONFLICT", `${thing.name} ships with the package, and keeps its name.`, { param: "id" });
  try {
    await transaction(store, (client) => RENAME[thing.kind](client, thing, name));
    store.models.clear();
  } catch (error) {
    if (isUniqueViolation(error)) throw taken(thing.kind, name);
    throw error;
  }
}

type Work = (client: PoolClient, thing: Thing, name: string) => Promise<void>;

const RENAME: Record<Kind, Work> = {
  Model: renameModel,
  Dataset: renameDataset,
  Run: renameRun,
  RunGroup: renameGroup,
};

async function renameModel(client: PoolClient, { id, projectId }: Thing, name: string): Promise<void> {
  await lockNames(client, projectId, [name]);
  await checkFree(client, projectId, [name]);
  await checkShared(client, "Model", projectId, name);
  await set(client, "Model", id, name);
}

async function renameDataset(client: PoolClient, { id, projectId }: Thing, name: string): Promise<void> {
  await checkShared(client, "Dataset", projectId, name);
  const { rows } = await client.query(`SELECT 1 FROM "Dataset" WHERE "projectId" = $1 AND name = $2`, [
    SHARED_PROJECT,
    name,
  ]);
  if (rows.length > 0) throw taken("Dataset", name);
  await set(client, "Dataset", id, name);
}

async function renameRun(client: PoolClient, { id }: Thing, name: string): Promise<void> {
  const { rows } = await client.query(`SELECT 1 FROM "Run" WHERE id = $1 FOR UPDATE`, [id]);
  if (rows.length === 0) throw gone("Run");
  const now = (await findThing(client, "Run", id)) as Thing;
  if (isActive(now)) throw unnamed("run", now.name);
  await set(client, "Run", id, name);
}

async function renameGroup(client: PoolClient, { id, name: before }: Thing, name: string): Promise<void> {
  // The last run that ends takes this lock before it makes the ensemble.
  await client.query(`SELECT 1 FROM "RunGroup" WHERE id = $1 FOR UPDATE`, [id]);
  const { rows } = await client.query(`SELECT 1 FROM "Run" WHERE "groupId" = $1 AND ${IS_UNFINISHED}`, [id]);
  if (rows.length > 0) throw unnamed("group", before);
  await set(client, "RunGroup", id, name);
}

async function set(client: PoolClient, kind: Kind, id: string, name: string): Promise<void> {
  const { rowCount } = await client.query(`UPDATE "${kind}" SET name = $2 WHERE id = $1`, [id, name]);
  if (rowCount === 0) throw gone(kind);
}

/** A shared thing's name is taken in every project. */
async function checkShared(
  client: PoolClient,
  kind: "Model" | "Dataset",
  project: string,
  name: string,
): Promise<void> {
  if (project !== SHARED_PROJECT) return;
  const { rows } = await client.query(`SELECT 1 FROM "${kind}" WHERE name = $1`, [name]);
  if (rows.length > 0) throw taken(kind, name);
}

const taken = (kind: Kind, name: string): MaillardError =>
  new MaillardError("CONFLICT", `There is a ${nounOf(kind)} ${name} already. Choose another name.`, { param: "name" });

const unnamed = (noun: string, name: string): MaillardError =>
  new MaillardError(
    "CONFLICT",
    `The ${noun} ${name} has not ended, and its model will have its name. Wait for its end, or cancel it.`,
    { param: "id" },
  );
