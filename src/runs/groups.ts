/**
 * Groups of finetunes: repeats and sweeps. All runs of a group, its row and their jobs are one transaction: all of
 * them, or none.
 */
import type { PoolClient } from "pg";
import type { ComputePool } from "../compute/types.js";
import { MaillardError } from "../errors.js";
import { ownerOf } from "../store/access/principal.js";
import { orderTransaction } from "../store/access/turns.js";
import { checkQuotaInTurn } from "../store/access/usage.js";
import type { RunGroup } from "../store/generated/client.js";
import { newId, type Store } from "../store/index.js";
import type { RunRequest } from "./insert.js";
import { checkFree, lockNames } from "./names.js";
import { type Annotations, orderAnnotations } from "./orders/annotations.js";
import { type InputHashes, inputHashes, isSame } from "./orders/identity.js";
import { checkIdempotencyKey, type FinetuneInput, type FinetuneOrder, type PlannedOrder } from "./orders/input.js";
import { orderRepeats, type RepeatsInput } from "./orders/repeats.js";
import { ofTrial, orderSweep, planSweep, type SweepInput } from "./orders/sweep/order.js";
import type { SweepPlan } from "./orders/sweep/types.js";
import { groupWithPatterns, withoutPatterns } from "./orders/target-patterns.js";
import { type Prepared, prepareFinetunes, sizeOf } from "./prepare.js";
import { insertOrdered, isTaken, keyed, type StartParts } from "./start.js";
import { wantedBy } from "./wanted.js";

interface GroupParts extends StartParts {
  compute: ComputePool;
}

/** Several finetunes at once: see orders/repeats.ts. */
export async function startRepeats(parts: GroupParts, input: RepeatsInput): Promise<RunGroup> {
  const key = checkIdempotencyKey(input.idempotencyKey);
  const finetune = await withNames(parts.store, input.finetune, key);
  const ordered = orderRepeats({ ...input, finetune });
  const hashes = inputHashes("REPEATS", ordered);
  const order = groupWithPatterns(ordered, finetune);
  const annotations = orderAnnotations(input.finetune);
  const { name, said, ensemble } = order;
  return startGroup(parts, key, hashes, async () => {
    const prepared = await prepareFinetunes(parts.store, parts.compute, order.runs);
    return { name, said, ensemble, prepared, sweep: null, annotations };
  });
}

const withNames = (store: Store, finetune: FinetuneInput, key: string | null): Promise<FinetuneInput> =>
  withoutPatterns(store, finetune, key, async (known) => {
    const group = await store.prisma.runGroup.findUnique({ where: keyed(store, known) });
    return group && (group.input as unknown as NewGroup["said"]).finetune;
  });

/** One finetune for each combination of options: see orders/sweep/order.ts. */
export async function startSweep(parts: GroupParts, input: SweepInput): Promise<RunGroup> {
  const key = checkIdempotencyKey(input.idempotencyKey);
  const finetune = await withNames(parts.store, input.finetune, key);
  const order = orderSweep({ ...input, finetune });
  const annotations = orderAnnotations(input.finetune);
  const { name, said, trials } = order;
  return startGroup(parts, key, inputHashes("SWEEP", order), async () => {
    const prepared = await prepareFinetunes(parts.store, parts.compute, order.runs, (error, index) =>
      ofTrial(error, trials[index], index),
    );
    const orders = prepared.map((one) => one.order as PlannedOrder);
    const [{ plan }] = prepared;
    const sweep = planSweep(order, orders, { validation: plan ? sizeOf(plan, "VALIDATION") : 0 });
    return { name, said, ensemble: false, prepared, sweep, annotations };
  });
}

interface NewGroup {
  name: string;
  said: { finetune: FinetuneOrder };
  ensemble: boolean;
  prepared: readonly Prepared[];
  /** Null: repeats. */
  sweep: SweepPlan | null;
  /** Of each of its runs. */
  annotations: Annotations;
}

async function startGroup(
  parts: GroupParts,
  key: string | null,
  hashes: InputHashes,
  prepare: () => Promise<NewGroup>,
): Promise<RunGroup> {
  const known = await knownGroup(parts.store, key, hashes);
  if (known) return known;
  try {
    return await createGroup(parts, await prepare(), key, hashes.own);
  } catch (error) {
    // Two requests at once with one key: the second finds its names, or the quota, taken by the runs of the first.
    const other = isTaken(error) ? await knownGroup(parts.store, key, hashes) : null;
    if (other) return other;
    throw error;
  }
}

async function knownGroup(store: Store, key: string | null, hashes: InputHashes): Promise<RunGroup | null> {
  if (key === null) return null;
  const group = await store.prisma.runGroup.findUnique({ where: keyed(store, key) });
  if (!group) return null;
  const { finetune } = group.input as unknown as NewGroup["said"];
  if (isSame({ inputHash: group.inputHash, input: finetune }, hashes)) return group;
  throw new MaillardError("CONFLICT", "This idempotencyKey was used for another group. Take another key.", {
    param: "idempotencyKey",
    details: { name: group.name },
  });
}

async function createGroup(
  parts: GroupParts,
  group: NewGroup,
  key: string | null,
  inputHash: string,
): Promise<RunGroup> {
  const { store } = parts;
  const requests: RunRequest[] = group.prepared.map((one) => ({
    ...one,
    ...{ key: null, inputHash, annotations: group.annotations },
  }));
  const names = [...requests.map(({ name }) => name), ...(group.ensemble ? [group.name] : [])];
  const { projectId, createdById } = ownerOf(store.principal);
  await checkFree(store.pool, projectId, names);
  const id = newId();
  const created = await orderTransaction(store, async (client) => {
    await lockNames(client, projectId, names);
    await checkFree(client, projectId, names);
    if (!(await insertGroup(client, id, group, { key, inputHash, projectId, createdById }))) return false;
    await checkQuotaInTurn(client, store, await wantedBy(client, createdById, requests));
    for (const [index, request] of requests.entries())
      await insertOrdered(parts, client, newId(), request, { id, index });
    const [firstRung] = group.sweep?.rungs ?? [];
    if (firstRung !== undefined)
      await client.query(`UPDATE "Run" SET "haltEpoch" = $2 WHERE "groupId" = $1`, [id, firstRung]);
    return true;
  });
  const where = created ? { id } : keyed(store, key as string);
  return store.prisma.runGroup.findUniqueOrThrow({ where });
}

/** False when the idempotency key is taken: then nothing was written. */
async function insertGroup(
  client: PoolClient,
  id: string,
  { name, said, ensemble, sweep }: NewGroup,
  owned: { key: string | null; inputHash: string; projectId: string; createdById: string | null },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO "RunGroup" (id, name, "idempotencyKey", "inputHash", input, ensemble, "projectId", "createdById",
       kind, sweep, "rungsLeft")
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::"RunGroupKind", $10, $11)
     ON CONFLICT ("projectId", "idempotencyKey") DO NOTHING`,
    [
      id,
      name,
      owned.key,
      owned.inputHash,
      JSON.stringify(said),
      ensemble,
      owned.projectId,
      owned.createdById,
      sweep ? "SWEEP" : "REPEATS",
      sweep && JSON.stringify(sweep),
      Math.max(0, (sweep?.rungs.length ?? 0) - 1),
    ],
  );
  return rowCount !== 0;
}
