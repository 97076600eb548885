/**
 * Environments of molecules as the numbers of a linear model: log(1 + n) of each environment of a vocabulary, of which
 * a molecule has few.
 */
import type { Environments } from "./environments.js";

/** The numbers of a row that are not 0. */
export interface SparseVector {
  /** Ascending. */
  columns: Uint32Array;
  values: Float64Array;
}

/** Ids of the environments that so many of the molecules have at least, ascending. */
export function vocabularyOf(molecules: Iterable<Environments>, leastMolecules: number): Uint32Array {
  const having = new Map<number, number>();
  for (const { ids } of molecules) for (const id of ids) having.set(id, (having.get(id) ?? 0) + 1);
  return Uint32Array.from([...having].flatMap(([id, molecules]) => (molecules >= leastMolecules ? [id] : []))).sort();
}

/** Column n is id n of the vocabulary, which is ascending; other environments are left out. */
export function countVector({ ids, counts }: Environments, vocabulary: ArrayLike<number>): SparseVector {
  const columns: number[] = [];
  const values: number[] = [];
  for (const [place, id] of ids.entries()) {
    const column = placeOf(id, vocabulary);
    if (column < 0) continue;
    columns.push(column);
    values.push(Math.log1p(counts[place]));
  }
  return { columns: Uint32Array.from(columns), values: Float64Array.from(values) };
}

/** Share of a molecule's different environments that the vocabulary does not have; 0 of none. */
export function unknownShare({ ids }: Environments, vocabulary: ArrayLike<number>): number {
  const unknown = ids.filter((id) => placeOf(id, vocabulary) < 0).length;
  return ids.length === 0 ? 0 : unknown / ids.length;
}

/** Binary search; -1: not there. */
function placeOf(id: number, ascending: ArrayLike<number>): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < id) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === id ? low : -1;
}

/** One array of all molecules: of each the number of its ids, its ids, its counts. */
export function packed(molecules: readonly Environments[]): Uint32Array {
  const all = new Uint32Array(molecules.reduce((sum, { ids }) => sum + 1 + 2 * ids.length, 0));
  let at = 0;
  for (const { ids, counts } of molecules) {
    all[at] = ids.length;
    all.set(ids, at + 1);
    all.set(counts, at + 1 + ids.length);
    at += 1 + 2 * ids.length;
  }
  return all;
}

export function unpacked(all: Uint32Array): Environments[] {
  const molecules: Environments[] = [];
  for (let at = 0; at < all.length; ) {
    const middle = at + 1 + all[at];
    const end = middle + all[at];
    molecules.push({ ids: all.subarray(at + 1, middle), counts: all.subarray(middle, end) });
    at = end;
  }
  return molecules;
}
