/** What `Run.input` holds of a probe and of an embedding; that of a finetune is read by `plannedOrder` (input.ts). */
import type { RunKind } from "../../store/generated/client.js";
import type { EmbeddingOrder } from "./input.js";
import type { PlannedProbe } from "./probe-order.js";

export const plannedProbe = (input: unknown): PlannedProbe => input as PlannedProbe;

/** Whether a run assigns molecules to splits and makes a model. */
export const learns = ({ kind }: { kind: RunKind }): boolean => kind === "FINETUNE" || kind === "PROBE";

export const embeddingOrder = (input: unknown): EmbeddingOrder => input as EmbeddingOrder;
