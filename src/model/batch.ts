/**
 * The tensors that describe a batch to an encoder graph: token ids lie flat, sequence after sequence, without padding.
 */
import { Tensor } from "onnxruntime-node";
import type { EncoderConfig } from "./types.js";

export interface BatchLayout {
  /** Sequences. */
  size: number;
  /** Tokens of all sequences. */
  tokens: number;
  /** Tokens of the longest. */
  padded: number;
  lengths: Int32Array;
  /** Place of each sequence's first token. */
  offsets: Int32Array;
  tokenIds: Int32Array;
  positionIds: Int32Array;
  typeIds: Int32Array;
  feeds: Record<string, Tensor>;
}

export function layoutBatch(config: EncoderConfig, sequences: readonly Int32Array[]): BatchLayout {
  const size = sequences.length;
  const lengths = Int32Array.from(sequences, (ids) => ids.length);
  const offsets = new Int32Array(size);
  let tokens = 0;
  let padded = 0;
  for (let b = 0; b < size; b++) {
    offsets[b] = tokens;
    tokens += lengths[b];
    padded = Math.max(padded, lengths[b]);
  }
  const { heads } = config;
  const firstPosition = config.family === "roberta" ? config.padId + 1 : 0;
  const tokenIds = new Int32Array(tokens);
  const positionIds = new Int32Array(tokens);
  const typeIds = new Int32Array(tokens);
  const headIndex = new Int32Array(size * heads * padded).fill(tokens * heads);
  const headInverse = new Int32Array(tokens * heads);
  const attentionBias = new Float32Array(size * padded);
  const startInverse = new Int32Array(tokens).fill(size);
  for (let b = 0; b < size; b++) {
    tokenIds.set(sequences[b], offsets[b]);
    startInverse[offsets[b]] = b;
    attentionBias.fill(-1e9, b * padded + lengths[b], (b + 1) * padded);
    for (let position = 0; position < lengths[b]; position++) {
      const token = offsets[b] + position;
      positionIds[token] = firstPosition + position;
      for (let head = 0; head < heads; head++) {
        const slot = (b * heads + head) * padded + position;
        headIndex[slot] = token * heads + head;
        headInverse[token * heads + head] = slot;
      }
    }
  }
  const shape = BigInt64Array.of(BigInt(size), BigInt(heads), BigInt(padded), BigInt(config.width / heads));
  const feeds = {
    tokenIds: new Tensor("int32", tokenIds, [tokens]),
    positionIds: new Tensor("int32", positionIds, [tokens]),
    typeIds: new Tensor("int32", typeIds, [tokens]),
    headIndex: new Tensor("int32", headIndex, [headIndex.length]),
    headInverse: new Tensor("int32", headInverse, [headInverse.length]),
    attentionBias: new Tensor("float32", attentionBias, [size, 1, 1, padded]),
    attentionShape: new Tensor("int64", shape, [4]),
    startIndex: new Tensor("int32", offsets, [size]),
    startInverse: new Tensor("int32", startInverse, [tokens]),
  };
  return { size, tokens, padded, lengths, offsets, tokenIds, positionIds, typeIds, feeds };
}
