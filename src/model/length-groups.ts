/**
 * A batch's sequences in groups of similar length for attention, where each is padded to the longest of its group. The
 * groups leave the fewest padded squares, found by dynamic programming. A function of the lengths alone.
 */
export interface LengthGroup {
  /** Places in the batch, ascending. May be none. */
  sequences: number[];
  /** Tokens of the longest; 1 for a group without sequences. */
  padded: number;
}

/**
 * Groups of a training step. On random batches of 16 SMILES of a natural-product set one group computes 4.2 times the
 * squares of the real tokens, four groups 1.2 times. More groups cost more in nodes than they save.
 */
export const TRAINING_GROUPS = 4;

/** Exactly `count` groups, those without sequences last. */
export function lengthGroups(lengths: ArrayLike<number>, count: number): LengthGroup[] {
  const order = Array.from(lengths, (_, place) => place).sort((a, b) => lengths[a] - lengths[b] || a - b);
  const ends = cuts(
    order.map((place) => lengths[place]),
    count,
  );
  return ends.map((end, group) => {
    const sequences = order.slice(group === 0 ? 0 : ends[group - 1], end).sort((a, b) => a - b);
    return { sequences, padded: Math.max(1, ...sequences.map((place) => lengths[place])) };
  });
}

/** Ends of `count` runs of an ascending sequence that make the sum of (members x largest squared) smallest. */
function cuts(rising: readonly number[], count: number): number[] {
  const size = rising.length;
  let least = Float64Array.from({ length: size + 1 }, (_, end) => (end === 0 ? 0 : Number.POSITIVE_INFINITY));
  const starts: Int32Array[] = [];
  for (let group = 0; group < count; group++) {
    const next = least.slice();
    const start = Int32Array.from(next, (_, end) => end); // an empty run
    for (let end = 1; end <= size; end++) {
      for (let begin = 0; begin < end; begin++) {
        const squares = least[begin] + (end - begin) * rising[end - 1] ** 2;
        if (squares < next[end]) {
          next[end] = squares;
          start[end] = begin;
        }
      }
    }
    least = next;
    starts.push(start);
  }
  const ends = new Array<number>(count);
  for (let group = count - 1, end = size; group >= 0; group--) {
    ends[group] = end;
    end = starts[group][end];
  }
  return ends;
}
