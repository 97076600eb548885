/**
 * Composed models: what they compute stands in their row, and the weights in those of other models.
 *   ENSEMBLE  the mean of the probabilities (REGRESSION: values) of its members
 *   PROBE     a linear layer on the embeddings of a base model; its weights are a file of the artifact folder
 */
import { MaillardError } from "../errors.js";
import type { Model } from "./generated/client.js";

export type Composition =
  | { kind: "ENSEMBLE"; members: string[] }
  | { kind: "PROBE"; base: string; pooling: "CLS" | "MEAN" };

/** Null for a model that is a checkpoint. */
export const compositionOf = ({ composition }: Pick<Model, "composition">): Composition | null =>
  composition as Composition | null;

/** Refuses a composed model where a checkpoint is needed: MODEL_IS_COMPOSED says what to take instead. */
export function requireCheckpoint(model: Model, what: string, param: string): void {
  const composition = compositionOf(model);
  if (!composition) return;
  const [kind, instead] =
    composition.kind === "ENSEMBLE" ? ["an ensemble", "one of its members"] : ["a linear probe", "its base model"];
  throw new MaillardError("MODEL_IS_COMPOSED", `${model.name} is ${kind}: ${what}. Take ${instead}.`, { param });
}
