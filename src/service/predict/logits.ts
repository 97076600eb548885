/**
 * The raw output of a head, on request: computed again, because what is kept of a prediction are probabilities. Only
 * one row of logits stands behind some answers: there is none for the mean of an ensemble's members or of several ways
 * of writing, and a regression has its values.
 */
import { groupBy } from "../../datasets/group-by.js";
import { logitsOfTexts, type ScoringParts } from "../../runs/predictions/scores-of-molecules.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";

export interface LogitsOf {
  model: Model;
  /** Canonical. */
  smiles: string;
  forms: number;
}

/** Float32 [labels] for each, in the model's order; null where there are none. One pass for each model. */
export async function logitsOf(
  parts: ScoringParts,
  wanted: readonly LogitsOf[],
  signal: AbortSignal,
): Promise<(Float32Array | null)[]> {
  const found = new Map<LogitsOf, Float32Array>();
  const groups = groupBy(wanted.filter(hasLogits), ({ model }) => model.id);
  for (const group of groups.values()) {
    const texts = [...new Set(group.map(({ smiles }) => smiles))];
    const logits = await logitsOfTexts(parts, group[0].model, texts, signal);
    const bySmiles = new Map(texts.map((text, index) => [text, logits[index]]));
    for (const one of group) found.set(one, bySmiles.get(one.smiles) as Float32Array);
  }
  return wanted.map((one) => found.get(one) ?? null);
}

const hasLogits = ({ model, forms }: LogitsOf): boolean =>
  forms === 1 && model.task !== "REGRESSION" && compositionOf(model)?.kind !== "ENSEMBLE";
