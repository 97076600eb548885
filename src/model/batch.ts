/**
 * The tensors that describe a batch to an encoder graph. Token ids lie flat, sequence after sequence, without padding.
 * Attention gets the sequences in groups of similar length, each padded to its longest sequence. A graph whose last
 * layer computes some rows alone (EncoderBuilder, `reads`) is told which.
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
  read: ReadRows | null;
  feeds: Record<string, Tensor>;
}

/** Rows that are read after the last layer: first tokens, all tokens, or those at these places, ascending. */
export type Read = "STARTS" | "ALL" | Int32Array;

export interface ReadRows {
  /** The token of each row, ascending: its place in the batch. */
  index: Int32Array;
  /** The row of each token; the number of rows where it has none. */
  inverse: Int32Array;
  /** By sequence: the positions of its tokens that are read, ascending. */
  positions: Int32Array[];
  /** By group of attention: most rows of a sequence, at least 1. */
  queries: number[];
}

/**
 * @param groups that of the graph (EncoderBuilder)
 * @param read for a graph that takes it (EncoderBuilder, `reads`); null: for the others
 */
export function layoutBatch(
  config: EncoderConfig,
  sequences: readonly Int32Array[],
  groups = 1,
  read: Read | null = null,
): BatchLayout {
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
  for (let b = 0; b < size; b++) {
    tokenIds.set(sequences[b], offsets[b]);
    for (let position = 0; position < lengths[b]; position++) positionIds[offsets[b] + position] = first + position;
  }
  const grouped = lengthGroups(lengths, groups);
  const places = { lengths, offsets, tokens, groups: grouped };
  const rows = read && readRows(places, read);
  const starts = rowsAt(rows, offsets);
  const attention = attentionFeeds(config, places);
  const feeds = {
    tokenIds: new Tensor("int32", tokenIds, [tokens]),
    positionIds: new Tensor("int32", positionIds, [tokens]),
    typeIds: new Tensor("int32", typeIds, [tokens]),
    startIndex: new Tensor("int32", starts, [size]),
    startInverse: inverseOf(starts, rows ? rows.index.length : tokens),
    ...(config.modern?.pooling === "mean" ? { meanWeights: meanWeights(places, rows) } : {}),
    ...attention,
    ...(rows ? { readPositionIds: taken(positionIds, rows.index), ...rowFeeds(rows) } : {}),
    ...(rows && read !== "ALL" ? queryFeeds(config, places, rows) : {}),
    ...(read === "ALL" ? renamed(attention) : {}),
  };
  const padded = Math.max(0, ...lengths);
  return { size, tokens, padded, groups: grouped, lengths, offsets, tokenIds, positionIds, typeIds, read: rows, feeds };
}

/** The rows of `hidden` that these tokens have. All of them have to be read. */
export const rowsAt = (read: ReadRows | null, tokens: Int32Array): Int32Array =>
  read ? tokens.map((token) => read.inverse[token]) : tokens;

/** int32 [rows]: the place of each row in `index`; as many as there are places where it has none. */
export function inverseOf(index: Int32Array, rows: number): Tensor {
  const inverse = new Int32Array(rows).fill(index.length);
  index.forEach((row, place) => {
    inverse[row] = place;
  });
  return new Tensor("int32", inverse, [rows]);
}

const taken = (values: Int32Array, index: Int32Array): Tensor =>
  new Tensor(
    "int32",
    index.map((at) => values[at]),
    [index.length],
  );

type Places = Pick<BatchLayout, "lengths" | "offsets" | "tokens" | "groups">;

function readRows({ lengths, offsets, tokens, groups }: Places, read: Read): ReadRows {
  const index =
    read === "STARTS" ? offsets : read === "ALL" ? Int32Array.from({ length: tokens }, (_, token) => token) : read;
  const inverse = new Int32Array(tokens).fill(index.length);
  let row = 0;
  const positions = Array.from(lengths, (length, b) => {
    const first = row;
    for (; row < index.length && index[row] < offsets[b] + length; row++) inverse[index[row]] = row;
    return index.slice(first, row).map((token) => token - offsets[b]);
  });
  const queries = groups.map(({ sequences }) => Math.max(1, ...sequences.map((b) => positions[b].length)));
  return { index, inverse, positions, queries };
}

/** float32 [batch, tokens], or of the rows that are read: 1 / length at the tokens of each sequence. */
function meanWeights({ lengths, tokens }: Places, read: ReadRows | null): Tensor {
  const rows = read ? read.index.length : tokens;
  const weights = new Float32Array(lengths.length * rows);
  let first = 0;
  lengths.forEach((length, b) => {
    const count = read ? read.positions[b].length : length;
    weights.fill(1 / length, b * rows + first, b * rows + first + count);
    first += count;
  });
  return new Tensor("float32", weights, [lengths.length, rows]);
}

/** Which rows the last layer computes. */
const rowFeeds = ({ index, inverse }: ReadRows): Record<string, Tensor> => ({
  readIndex: new Tensor("int32", index, [index.length]),
  readInverse: new Tensor("int32", inverse, [inverse.length]),
});

/** Of all tokens, queries lie as keys do. */
const renamed = (attention: Record<string, Tensor>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(attention).map(([name, tensor]) => [name.replace(/^head|^attention/, "query"), tensor]),
  );

/** Where these rows lie in each group of the last layer's queries. */
function queryFeeds({ heads, width }: EncoderConfig, { groups, offsets }: Places, read: ReadRows) {
  const { index, inverse, positions, queries } = read;
  const feeds: Record<string, Tensor> = {};
  const queryInverse = new Int32Array(index.length * heads);
  let before = 0;
  groups.forEach(({ sequences }, group) => {
    const size = Math.max(1, sequences.length);
    const most = queries[group];
    const queryIndex = new Int32Array(size * heads * most).fill(-1);
    sequences.forEach((b, place) => {
      positions[b].forEach((position, query) => {
        const row = inverse[offsets[b] + position];
        for (let head = 0; head < heads; head++) {
          const slot = (place * heads + head) * most + query;
          queryIndex[slot] = row * heads + head;
          queryInverse[row * heads + head] = before + slot;
        }
      });
    });
    before += queryIndex.length;
    const shape = BigInt64Array.of(BigInt(size), BigInt(heads), BigInt(most), BigInt(width / heads));
    feeds[`queryIndex.${group}`] = new Tensor("int32", queryIndex, [queryIndex.length]);
    feeds[`queryShape.${group}`] = new Tensor("int64", shape, [4]);
  });
  feeds.queryInverse = new Tensor("int32", queryInverse, [queryInverse.length]);
  return feeds;
}

/** Where the rows of tokens and heads lie in each group, and back; which keys are padding. */
function attentionFeeds(
  { heads, width }: EncoderConfig,
  { lengths, offsets, tokens, groups }: Places,
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
