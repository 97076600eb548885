/** Embeddings of single molecules: the steps of a prediction, with a vector at the end. */
import type { ComputePool } from "../../compute/types.js";
import { bytesOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import { countLookups } from "../../observe/stages.js";
import type { MoleculeFailure } from "../../runs/predictions/alone.js";
import type { ReadingParts } from "../../runs/predictions/given.js";
import { layerOf, vectorsOf } from "../../runs/work/embedding.js";
import { computedIn } from "../../store/access/principal.js";
import { findEmbeddings } from "../../store/answers/embeddings.js";
import { requireCheckpoint } from "../../store/composition.js";
import { unlessDeleted } from "../../store/find.js";
import type { Embedding, Model, Pooling } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { EmbeddingsAsked, KeptEmbedding, KeptEmbeddings } from "./embeddings.js";
import { askUnlessAllFail, checkItems, parseItems, problemOf, type SmilesProblem } from "./predict.js";

export interface EmbedRequest {
  smiles: readonly string[];
  model: string;
  pooling: Pooling;
  /** null: the last. */
  layer: number | null;
  signal: AbortSignal;
}

export interface EmbedParts extends ReadingParts {
  store: Store;
  compute: ComputePool;
  embeddings: KeptEmbeddings;
}

/** A vector; its row is read, or waited for, where it is asked. */
export interface EmbeddingAnswer
  extends Pick<Embedding, "modelId" | "projectId" | "pooling" | "layer" | "smiles" | "dimension" | "vector"> {
  model: Model;
}

export async function embed(
  parts: EmbedParts,
  { smiles, model: name, pooling, layer: given, signal }: EmbedRequest,
): Promise<(EmbeddingAnswer | SmilesProblem)[]> {
  checkItems(smiles);
  const { store } = parts;
  const model = await store.models.find(store, name);
  requireCheckpoint(model, "it has no embeddings of its own", "model");
  const layer = layerOf(model, given);
  const items = await parseItems(parts, smiles, signal);
  const asked = { model, projectId: computedIn(model, store.principal), pooling, layer };
  const texts = new Set(items.flatMap((item) => ("code" in item ? [] : [item.smiles])));
  const vectors = await answersOf(parts, asked, texts, signal);
  const of = { modelId: model.id, ...asked };
  return items.map((item): EmbeddingAnswer | SmilesProblem => {
    if ("code" in item) return item;
    const vector = vectors.get(item.smiles) as Embedding["vector"] | MoleculeFailure;
    if (vector instanceof MaillardError) return problemOf(item, vector);
    return { ...of, smiles: item.smiles, dimension: vector.byteLength / Float32Array.BYTES_PER_ELEMENT, vector };
  });
}

/** By canonical SMILES: of memory, else of rows, else computed. */
async function answersOf(
  parts: EmbedParts,
  asked: EmbeddingsAsked & { model: Model },
  texts: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array | MoleculeFailure>> {
  const { store, embeddings } = parts;
  const { model, pooling, layer } = asked;
  const answers = new Map<string, Uint8Array | MoleculeFailure>();
  const found = (misses: number) => {
    countLookups("embeddings", texts.size, misses);
    return answers;
  };
  for (const [text, { vector }] of embeddings.find(asked, texts)) answers.set(text, vector);
  const others = [...texts].filter((text) => !answers.has(text));
  if (others.length === 0) return found(0);
  for (const [text, row] of await findEmbeddings(store, { modelId: model.id, ...asked }, others)) {
    // A copy: bytes of a row are a part of a larger buffer.
    const vector = Uint8Array.from(row.vector);
    embeddings.remember(asked, text, { vector });
    answers.set(text, vector);
  }
  const missing = others.filter((text) => !answers.has(text));
  if (missing.length === 0) return found(0);
  const ask = (of: readonly string[]) => vectorsOf(parts, { model, pooling, layer, smiles: of, signal });
  const computed = await unlessDeleted(store, model, () => askUnlessAllFail(missing, ask, { signal }));
  const made: { smiles: string; answer: KeptEmbedding }[] = [];
  for (const [index, values] of computed.entries()) {
    const smiles = missing[index];
    if (values instanceof MaillardError) answers.set(smiles, values);
    else made.push({ smiles, answer: { vector: bytesOf(values) } });
  }
  for (const { smiles, answer } of made) answers.set(smiles, answer.vector);
  embeddings.add(asked, made);
  return found(missing.length);
}
