/**
 * What the outputs of an evaluation take: in the memory of its worker while they are scored, and in the database after
 * that, as one value. What takes more is refused before there is a run.
 */
import { MaillardError } from "../../errors.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import type { PlannedEvaluation } from "../orders/evaluation-order.js";

/** Bytes of all outputs of an evaluation: 128 MiB, 300,000 molecules of 55 labels in float64. */
export const MOST_OUTPUT_BYTES = 128 * 1_048_576;

/** Means are float64, as numbers are; one answer of a checkpoint or of a probe is float32. */
export const isWide = (
  model: Pick<Model, "composition">,
  { head, averageOver = 1 }: Pick<PlannedEvaluation, "head" | "averageOver">,
): boolean => head.task === "REGRESSION" || averageOver > 1 || compositionOf(model)?.kind === "ENSEMBLE";

export const bytesOfOutputs = (
  model: Pick<Model, "composition">,
  order: Pick<PlannedEvaluation, "head" | "averageOver">,
  molecules: number,
): number => molecules * order.head.labels.length * (isWide(model, order) ? 8 : 4);

/** TOO_MANY_ITEMS. */
export function checkOutputs(bytes: number, { molecules, labels }: Record<"molecules" | "labels", number>): void {
  if (bytes <= MOST_OUTPUT_BYTES) return;
  throw new MaillardError(
    "TOO_MANY_ITEMS",
    `The outputs of ${molecules} molecules and ${labels} labels are ${bytes} bytes; at most ${MOST_OUTPUT_BYTES} are ` +
      "scored at once. Evaluate a part of the dataset (`part`).",
    { param: "dataset", details: { limit: MOST_OUTPUT_BYTES, bytes, molecules, labels } },
  );
}
