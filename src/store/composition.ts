/**
 * Composed models: their row says what they compute; their weights are those of other models.
 *   ENSEMBLE           the mean of the probabilities (REGRESSION: values) of its members, weighted if it has weights
 *   PROBE              a linear layer on the embeddings of a base model; its weights are a file of the artifact folder
 *   FINGERPRINT_PROBE  the same on Morgan fingerprints or counts of environments, without a base model
 */
import { MaillardError } from "../errors.js";
import type { Model } from "./generated/client.js";

export type Composition =
  /** Weights: of each member, sum 1; absent: all the same. */
  | { kind: "ENSEMBLE"; members: string[]; weights?: number[] }
  | { kind: "PROBE"; base: string; pooling: "CLS" | "MEAN" }
  | { kind: "FINGERPRINT_PROBE" };

/** Null for a model that is a checkpoint. */
export const compositionOf = ({ composition }: Pick<Model, "composition">): Composition | null =>
  composition as Composition | null;

/** Refuses a composed model where a checkpoint is needed: MODEL_IS_COMPOSED names what to use instead. */
export function requireCheckpoint(model: Model, what: string, param: string): void {
  const composition = compositionOf(model);
  if (!composition) return;
  const [kind, instead] = KINDS[composition.kind];
  throw new MaillardError("MODEL_IS_COMPOSED", `${model.name} is ${kind}: ${what}. Take ${instead}.`, { param });
}

/** The name of each kind, and what to use instead. */
const KINDS: Record<Composition["kind"], [string, string]> = {
  ENSEMBLE: ["an ensemble", "one of its members"],
  PROBE: ["a linear probe", "its base model"],
  FINGERPRINT_PROBE: ["a linear probe on fingerprints or counts", "a model with weights of its own"],
};
