/** What `Run.input` holds of a probe and of an embedding; that of a finetune is read by `plannedOrder` (input.ts). */
import type { EmbeddingOrder } from "./input.js";
import type { PlannedProbe } from "./probe-order.js";

export const plannedProbe = (input: unknown): PlannedProbe => input as PlannedProbe;

export const embeddingOrder = (input: unknown): EmbeddingOrder => input as EmbeddingOrder;
