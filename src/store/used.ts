/**
 * Models and datasets that something is made of stay until the transaction that makes it ends: whoever deletes one waits
 * for it, and then sees what uses it. What was deleted before is NOT_FOUND.
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../errors.js";
import { takeLock } from "./sql.js";

interface Named {
  id: string;
  name: string;
}

/** NOT_FOUND; OVERLOADED after a wait of LOCK_WAIT_MS (sql.ts), because whoever waits holds a connection. */
export async function holdUsed(
  client: PoolClient,
  { models, datasets = [] }: { models: readonly Named[]; datasets?: readonly Named[] },
): Promise<void> {
  await hold(client, "Dataset", "dataset", datasets);
  await hold(client, "Model", "model", models);
}

async function hold(client: PoolClient, table: string, noun: string, rows: readonly Named[]): Promise<void> {
  if (rows.length === 0) return;
  const there = await takeLock<{ id: string }>(client, {
    text: `SELECT id FROM "${table}" WHERE id = ANY($1) ORDER BY id FOR KEY SHARE`,
    values: [rows.map(({ id }) => id)],
    what: `the ${noun} ${rows[0].name}, which is being written or deleted`,
  });
  const missing = rows.find(({ id }) => there.every((row) => row.id !== id));
  if (missing) throw wasDeleted(noun, missing.name, noun);
}

export const wasDeleted = (noun: string, name: string, param: string): MaillardError =>
  new MaillardError("NOT_FOUND", `The ${noun} ${name} was deleted meanwhile.`, { param });
