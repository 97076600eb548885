/**
 * Time and memory of a finetune or a pretraining on the processor, estimated when it is ordered. The number of tokens
 * of a molecule is taken from the characters of its SMILES, because all molecules would have to be tokenized to know
 * it.
 */
import { MaillardError } from "../../errors.js";
import type { Model, RunKind } from "../../store/generated/client.js";
import type { Queryable } from "../../store/sql.js";
import { SECONDS_AROUND, THREAD_SPEED } from "../../train/estimate.js";
import type { PlannedOrder } from "../orders/input.js";
import type { PlannedPretraining } from "../orders/pretraining-order.js";
import type { Plan } from "../plan/types.js";
import { inGigabytes, MEMORY } from "../queue/memory.js";
import { ofFinetune } from "./finetune.js";
import { ofPretraining } from "./pretraining.js";
import { speedOf } from "./speed.js";

export interface Estimate {
  /** Of the training process, at their peak. */
  bytes: number;
  seconds: number;
  /** Floating point operations. */
  operations: number;
}

/** What trainings have here. */
export interface Machine {
  /** Of one training. */
  threads: number;
  /** Bytes that the runs of this process may take together; null: none is executed here. */
  memory: number | null;
}

/** Of a run, before it is known how fast the machine is. */
export interface Need extends Omit<Estimate, "seconds"> {
  width: number;
  /** For people and programs: what may be lowered. */
  advice: string;
  options: Record<string, number>;
}

interface Ordered {
  kind: RunKind;
  order: object;
  dataset: { id: string };
  baseModel: Model | null;
  plan: Plan | null;
}

/** In the transaction that makes the run. Null: the kind, or the device, has no estimate. INVALID_CONFIG. */
export async function estimateOf(client: Queryable, ordered: Ordered, machine: Machine): Promise<Estimate | null> {
  const { kind } = ordered;
  const { device } = ordered.order as { device?: string | null };
  if (device !== undefined && device !== null && device !== "cpu") return null;
  const need = await needOf(client, ordered);
  if (need === null) return null;
  checkFits(kind, need, machine);
  const { bytes, operations, width } = need;
  const speed = (await speedOf(client, kind, width)) ?? machine.threads * THREAD_SPEED;
  return { bytes, seconds: SECONDS_AROUND + operations / speed, operations };
}

async function needOf(client: Queryable, { kind, order, dataset, baseModel, plan }: Ordered): Promise<Need | null> {
  if (kind === "FINETUNE" && baseModel !== null && plan !== null)
    return ofFinetune(client, order as PlannedOrder, baseModel, plan);
  return kind === "PRETRAIN" ? ofPretraining(client, order as PlannedPretraining, baseModel, dataset.id) : null;
}

function checkFits(kind: RunKind, { bytes, advice, options }: Need, { memory }: Machine): void {
  if (memory === null || bytes <= memory) return;
  const what = kind === "PRETRAIN" ? "pretraining" : "finetune";
  throw new MaillardError(
    "INVALID_CONFIG",
    `The ${what} needs about ${inGigabytes(bytes)} of memory, and runs of this server have ${inGigabytes(memory)} ` +
      `(${MEMORY}). ${advice}`,
    { param: "batchSize", details: { estimatedBytes: bytes, memoryBytes: memory, ...options } },
  );
}
