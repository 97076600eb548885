/** Embeddings that are kept: the vector in memory, and its row. */

import { storeEmbeddings } from "../../store/answers/embeddings.js";
import type { Pooling } from "../../store/generated/client.js";
import { type AnswerKind, type AskedOf, KeptAnswers, type KeptAnswersParts } from "./kept-answers.js";

export interface EmbeddingsAsked extends AskedOf {
  pooling: Pooling;
  /** Hidden layer, 0 to the model's number of layers. */
  layer: number;
}

export interface KeptEmbedding {
  /** float32, little endian. */
  vector: Uint8Array;
}

export type KeptEmbeddings = KeptAnswers<EmbeddingsAsked, KeptEmbedding>;

const KIND: AnswerKind<EmbeddingsAsked, KeptEmbedding> = {
  keyOf: ({ pooling, layer }) => `${pooling} ${layer}`,
  bytesOf: ({ vector }) => vector.byteLength,
  store: (store, { model, ...of }, rows) =>
    storeEmbeddings(store, { modelId: model.id, checksum: model.checksum, ...of }, rows),
};

export const keepEmbeddings = (parts: KeptAnswersParts): KeptEmbeddings => new KeptAnswers(parts, KIND);
