/**
 * What only the rows of answers have (id, compound, time), for clients that ask it. A row that is not there yet, or
 * that went with its molecule, is written at once. NOT_FOUND when the model was deleted meanwhile, TIMEOUT when RDKit
 * could not read the molecule as a whole.
 */
import { groupBy } from "../../datasets/group-by.js";
import { MaillardError } from "../../errors.js";
import { type EmbeddingRow, findEmbeddings } from "../../store/answers/embeddings.js";
import { findPredictions, type PredictionRow } from "../../store/answers/predictions.js";
import { findModelByNameOrId, unlessDeleted } from "../../store/find.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { EmbeddingAnswer } from "./embed.js";
import type { KeptEmbeddings } from "./embeddings.js";
import type { AskedOf, KeptAnswers } from "./kept-answers.js";
import type { PredictionAnswer } from "./predict.js";
import type { KeptPredictions } from "./predictions.js";

export const rowsOfPredictions = (
  { store, predictions }: { store: Store; predictions: KeptPredictions },
  answers: readonly Omit<PredictionAnswer, "note" | "topK">[],
): Promise<PredictionRow[]> =>
  rowsOf(store, predictions, answers, {
    askedOf: ({ model, projectId, forms }) => ({ model, projectId, forms }),
    // A row has no note.
    keptOf: ({ label, score, scores }) => ({ label, score, scores, unseen: null }),
    find: ({ model, ...of }, texts) => findPredictions(store, { modelId: model.id, ...of }, texts),
  });

export const rowsOfEmbeddings = (
  { store, embeddings }: { store: Store; embeddings: KeptEmbeddings },
  answers: readonly EmbeddingAnswer[],
): Promise<EmbeddingRow[]> =>
  rowsOf(store, embeddings, answers, {
    askedOf: ({ model, projectId, pooling, layer }) => ({ model, projectId, pooling, layer }),
    keptOf: ({ vector }) => ({ vector }),
    find: ({ model, ...of }, texts) => findEmbeddings(store, { modelId: model.id, ...of }, texts),
  });

interface Rows<Answer, Of, Kept, Row> {
  askedOf(answer: Answer): Of;
  keptOf(answer: Answer): Kept;
  find(of: Of, texts: readonly string[]): Promise<Map<string, Row>>;
}

/** In the order of the answers. */
async function rowsOf<Answer extends { smiles: string; model: Model }, Of extends AskedOf, Kept, Row>(
  store: Store,
  kept: KeptAnswers<Of, Kept>,
  answers: readonly Answer[],
  { askedOf, keptOf, find }: Rows<Answer, Of, Kept, Row>,
): Promise<Row[]> {
  const rows = new Map<Answer, Row>();
  const groups = groupBy(answers, (answer) => kept.groupOf(askedOf(answer)));
  for (const group of groups.values()) {
    const [{ model }] = group;
    const of = askedOf(group[0]);
    const look = async (): Promise<Map<string, Answer>> => {
      const missing = new Map(group.filter((one) => !rows.has(one)).map((one) => [one.smiles, one]));
      if (missing.size === 0) return missing;
      const found = await find(of, [...missing.keys()]);
      for (const one of group) {
        const row = found.get(one.smiles);
        if (!row) continue;
        rows.set(one, row);
        missing.delete(one.smiles);
      }
      return missing;
    };
    const gone = [...(await look()).values()].map((one) => ({ smiles: one.smiles, answer: keptOf(one) }));
    if (gone.length === 0) continue;
    await unlessDeleted(store, model, () => kept.write(of, gone));
    if ((await look()).size === 0) continue;
    // NOT_FOUND where the model has gone.
    await findModelByNameOrId(store, model.id);
    throw new MaillardError("TIMEOUT", "A molecule was answered, but could not be stored in time. Ask again.", {
      retryable: true,
    });
  }
  return answers.map((one) => rows.get(one) as Row);
}
