/**
 * The tensors that describe a batch to an encoder graph. Token ids lie flat, sequence after sequence, without padding.
 * Attention gets the sequences in groups of similar length, each padded to its longest sequence.
 */
import { Tensor } from "onnxruntime-node";
import { firstPosition } from "./families/index.js";
import { type LengthGroup, lengthGroups } from "./length-groups.js";
import type { EncoderConfig } from "./types.js";

export interface BatchLayout {
  /** Sequences. */
  size: number;
  /** Tokens of all sequences. */
  tokens: number;
  /** Tokens of the longest. */
  padded: number;
  /** As many as the graph was built for. */
  groups: LengthGroup[];
  lengths: Int32Array;
  /** Place of each sequence's first token. */
  offsets: Int32Array;
  tokenIds: Int32Array;
  positionIds: Int32Array;
  typeIds: Int32Array;
  feeds: Record<string, Tensor>;
}

/** @param groups that of the graph (EncoderBuilder) */
export function layoutBatch(config: EncoderConfig, sequences: readonly Int32Array[], groups = 1): BatchLayout {
  const size = sequences.length;
  const lengths = Int32Array.from(sequences, (ids) => ids.length);
  const offsets = new Int32Array(size);
  let tokens = 0;
  for (let b = 0; b < size; b++) {
    offsets[b] = tokens;
    tokens += lengths[b];
  }
  const first = firstPosition(config);
  const tokenIds = new Int32Array(tokens);
  const positionIds = new Int32Array(tokens);
  const typeIds = new Int32Array(tokens);
  const startInverse = new Int32Array(tokens).fill(size);
  for (let b = 0; b < size; b++) {
    tokenIds.set(sequences[b], offsets[b]);
    startInverse[offsets[b]] = b;
    for (let position = 0; position < lengths[b]; position++) positionIds[offsets[b] + position] = first + position;
  }
  const grouped = lengthGroups(lengths, groups);
  const feeds = {
    tokenIds: new Tensor("int32", tokenIds, [tokens]),
    positionIds: new Tensor("int32", positionIds, [tokens]),
    typeIds: new Tensor("int32", typeIds, [tokens]),
    startIndex: new Tensor("int32", offsets, [size]),
    startInverse: new Tensor("int32", startInverse, [tokens]),
    ...(config.modern?.pooling === "mean" ? { meanWeights: meanWeights(lengths, offsets, tokens) } : {}),
    ...attentionFeeds(config, { lengths, offsets, tokens, groups: grouped }),
  };
  const padded = Math.max(0, ...lengths);
  return { size, tokens, padded, groups: grouped, lengths, offsets, tokenIds, positionIds, typeIds, feeds };
}

/** float32 [batch, tokens]: 1 / length at the tokens of each sequence. */
function meanWeights(lengths: Int32Array, offsets: Int32Array, tokens: number): Tensor {
  const weights = new Float32Array(lengths.length * tokens);
  lengths.forEach((length, b) => {
    weights.fill(1 / length, b * tokens + offsets[b], b * tokens + offsets[b] + length);
  });
  return new Tensor("float32", weights, [lengths.length, tokens]);
}

/** Where the rows of tokens and heads lie in each group, and back; which keys are padding. */
function attentionFeeds(
  { heads, width }: EncoderConfig,
  { lengths, offsets, tokens, groups }: Pick<BatchLayout, "lengths" | "offsets" | "tokens" | "groups">,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  const headInverse = new Int32Array(tokens * heads);
  let before = 0;
  groups.forEach(({ sequences, padded }, group) => {
    const size = Math.max(1, sequences.length); // a group without sequences is one place of padding
    const headIndex = new Int32Array(size * heads * padded).fill(-1);
    const bias = new Float32Array(size * padded);
    sequences.forEach((b, place) => {
      bias.fill(-1e9, place * padded + lengths[b], (place + 1) * padded);
      for (let head = 0; head < heads; head++) {
        let slot = (place * heads + head) * padded;
        for (let row = offsets[b] * heads + head; row < (offsets[b] + lengths[b]) * heads; row += heads) {
          headIndex[slot] = row;
          headInverse[row] = before + slot++;
        }
      }
    });
    before += headIndex.length;
    const shape = BigInt64Array.of(BigInt(size), BigInt(heads), BigInt(padded), BigInt(width / heads));
    feeds[`headIndex.${group}`] = new Tensor("int32", headIndex, [headIndex.length]);
    feeds[`attentionBias.${group}`] = new Tensor("float32", bias, [size, 1, 1, padded]);
    feeds[`attentionShape.${group}`] = new Tensor("int64", shape, [4]);
  });
  feeds.headInverse = new Tensor("int32", headInverse, [headInverse.length]);
  return feeds;
}
