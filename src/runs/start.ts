/**
 * A run is made: its row, its assignments, its job and its first event, in one transaction.
 *   - the same idempotency key and order give the same run; the same key and another order are a CONFLICT
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../errors.js";
import { ownerOf } from "../store/access/principal.js";
import { orderTransaction } from "../store/access/turns.js";
import { checkQuotaInTurn } from "../store/access/usage.js";
import type { Run } from "../store/generated/client.js";
import { newId, notify, type Store } from "../store/index.js";
import { estimateOf, type Machine } from "./estimates/estimate.js";
import { insertRun, type Place, type RunRequest } from "./insert.js";
import { checkFree, lockNames } from "./names.js";
import { type InputHashes, isSame } from "./orders/identity.js";
import { checkIdempotencyKey, type PlannedOrder, plannedOrder } from "./orders/input.js";
import { makesModel } from "./orders/stored.js";
import type { Prepared } from "./prepare.js";
import { note } from "./queue/events.js";
import type { RunQueue } from "./queue/queue.js";
import { runTopic } from "./queue/topics.js";
import { wantedBy } from "./wanted.js";

export interface StartParts {
  store: Store;
  queue: RunQueue;
  machine: Machine;
}

/** Runs and groups by their key, in the principal's project. */
export const keyed = ({ principal }: Pick<Store, "principal">, idempotencyKey: string) => ({
  projectId_idempotencyKey: { projectId: principal.project, idempotencyKey },
});

/** What the run of a key was asked, where there is one. */
export const askedBefore =
  (store: Pick<Store, "principal" | "prisma">) =>
  async (key: string): Promise<PlannedOrder | null> => {
    const run = await store.prisma.run.findUnique({ where: keyed(store, key), select: { input: true } });
    return run && plannedOrder(run.input);
  };

/** Two requests at once with one key: the second finds its name, or the quota, taken by the run of the first. */
export const isTaken = (error: unknown): boolean =>
  ["CONFLICT", "QUOTA_EXCEEDED"].includes(MaillardError.from(error).code);

/** The run of the key, or a new one that `prepare` has checked. */
export async function startRun(
  parts: StartParts,
  idempotencyKey: string | null | undefined,
  hashes: InputHashes,
  prepare: () => Promise<Prepared>,
): Promise<Run> {
  const key = checkIdempotencyKey(idempotencyKey);
  const before = await known(parts, key, hashes);
  if (before) return before;
  try {
    return await create(parts, { ...(await prepare()), key, inputHash: hashes.own }, hashes);
  } catch (error) {
    const other = isTaken(error) ? await known(parts, key, hashes) : null;
    if (other) return other;
    throw error;
  }
}

async function known({ store }: StartParts, key: string | null, hashes: InputHashes): Promise<Run | null> {
  if (key === null) return null;
  const run = await store.prisma.run.findUnique({ where: keyed(store, key) });
  if (!run || isSame(run, hashes)) return run;
  throw new MaillardError(
    "CONFLICT",
    "This idempotencyKey was used for another run. Send the same input as then, or another key.",
    { param: "idempotencyKey", details: { name: run.name } },
  );
}

async function create(parts: StartParts, prepared: RunRequest, hashes: InputHashes): Promise<Run> {
  const { store } = parts;
  const id = newId();
  const created = await orderTransaction(store, async (client) => {
    const request = { ...prepared, ...(await prepared.make?.(client)) };
    // What makes no model has a name that is free at any time.
    if (makesModel(request)) {
      const { project } = store.principal;
      await lockNames(client, project, [request.name]);
      await checkFree(client, project, [request.name]);
    }
    // After the names, in every transaction, so that no two wait for each other.
    await checkQuotaInTurn(client, store, await wantedBy(client, store.principal.keyId, [request]));
    return insertOrdered(parts, client, id, request, null);
  });
  // Two requests at once with one key: the row of the other exists now.
  if (!created) return (await known(parts, prepared.key, hashes)) as Run;
  return store.prisma.run.findUniqueOrThrow({ where: { id } });
}

/**
 * In the transaction of `client`, with its estimate. False when the idempotency key is taken: then nothing was written.
 */
export async function insertOrdered(
  { store, queue, machine }: StartParts,
  client: PoolClient,
  id: string,
  request: RunRequest,
  group: Place | null,
): Promise<boolean> {
  const estimate = await estimateOf(client, request, machine);
  if (!(await insertRun(client, id, { ...request, estimate }, ownerOf(store.principal), group))) return false;
  await note(client, [id], { kind: "ORDERED", message: `Asked for as ${request.name}.` });
  await queue.enqueue(client, id);
  await notify(client, [runTopic(id)]);
  await request.place?.(id);
  return true;
}
