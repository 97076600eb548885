/** Predictions that are kept: what memory holds of one, and its row. */

import { storePredictions } from "../../store/answers/predictions.js";
import type { Prediction } from "../../store/generated/client.js";
import { type AnswerKind, type AskedOf, KeptAnswers, type KeptAnswersParts } from "./kept-answers.js";

export interface PredictionsAsked extends AskedOf {
  /** Ways of writing each molecule that were averaged. */
  forms: number;
}

/** An answer without what belongs to its row. */
export interface KeptPrediction extends Pick<Prediction, "label" | "score" | "scores"> {
  /** What the model does not see of the molecule, in words; null: it sees all. */
  unseen: string | null;
}

export type KeptPredictions = KeptAnswers<PredictionsAsked, KeptPrediction>;

const KIND: AnswerKind<PredictionsAsked, KeptPrediction> = {
  keyOf: ({ forms }) => String(forms),
  bytesOf: ({ label, scores, unseen }) => scores.byteLength + 2 * (label.length + (unseen?.length ?? 0)),
  store: (store, { model, projectId, forms }, rows) =>
    storePredictions(store, { modelId: model.id, checksum: model.checksum, projectId, forms }, rows),
};

export const keepPredictions = (parts: KeptAnswersParts): KeptPredictions => new KeptAnswers(parts, KIND);
