/**
 * The Morgan environments of a molecule (Rogers and Hahn 2010), each with its 32-bit id and its count. They are those
 * of RDKit's MorganGenerator without folding: GetSparseCountFingerprint with its defaults (bond types used, chirality
 * not).
 *   id of an atom       a hash of atomic number, degree with hydrogens, hydrogens, charge, mass shift, ring membership
 *   id at radius r + 1  a hash of r, the atom's id at radius r, and the sorted (bond type, id) of its neighbours
 * An environment with the bonds of one that was counted before is left out, and its atom is done: its id is 0 for the
 * neighbours from the next radius on.
 */
import type { PerceivedGraph } from "../graph.js";

export interface Environments {
  /** Ascending; unsigned 32-bit. */
  ids: Uint32Array;
  /** How often each occurs, 1 or more. */
  counts: Uint32Array;
}

/** RDKit's number of an aromatic bond. The others have the numbers of CommonChem: 1, 2, 3, 17 dative, 0 zero. */
const AROMATIC = 12;
const ZERO_ORDER = 21;

/** boost's hash_combine on 32 bits. */
const combine = (seed: number, value: number): number =>
  (seed ^ ((value >>> 0) + 0x9e3779b9 + (seed << 6) + (seed >>> 2))) >>> 0;

const hashOf = (values: readonly number[]): number => values.reduce(combine, 0);

/** @param massShift by atom: its mass less the mean mass of its element, cut to a whole number */
export function environmentsOf(graph: PerceivedGraph, radius: number, massShift: readonly number[]): Environments {
  const neighbours = neighboursOf(graph);
  let ids = graph.atoms.map((atom, index) => {
    const degree = neighbours[index].length + atom.impHs;
    const hydrogens = atom.impHs + neighbours[index].filter(({ other }) => graph.atoms[other].z === 1).length;
    const parts = [atom.z, degree, hydrogens, atom.chg, massShift[index]];
    return hashOf(graph.ringAtoms.has(index) ? [...parts, 1] : parts);
  });
  const found = new Map<number, number>();
  const count = (id: number) => found.set(id, (found.get(id) ?? 0) + 1);
  for (const id of ids) count(id);
  /** Bonds of each atom's environment, and those of the counted ones: bit n is bond n. */
  let bonds = graph.atoms.map(() => 0n);
  const counted = new Set<bigint>();
  const isDone = neighbours.map((own) => own.length === 0);
  for (let layer = 0; layer < radius; layer++) {
    const nextIds = new Array<number>(ids.length).fill(0);
    const nextBonds = [...bonds];
    const grown: { atom: number; id: number }[] = [];
    for (let atom = 0; atom < ids.length; atom++) {
      if (isDone[atom]) continue;
      for (const { other, bond } of neighbours[atom]) nextBonds[atom] |= bonds[other] | (1n << BigInt(bond));
      const around = neighbours[atom].map(({ other, type }) => [type, ids[other]] as const);
      around.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const id = around.reduce((seed, pair) => combine(seed, hashOf(pair)), combine(layer, ids[atom]));
      nextIds[atom] = id;
      grown.push({ atom, id });
    }
    // Of equal bonds the smallest id counts.
    grown.sort((a, b) => a.id - b.id || a.atom - b.atom);
    for (const { atom, id } of grown) {
      if (counted.has(nextBonds[atom])) isDone[atom] = true;
      else {
        count(id);
        counted.add(nextBonds[atom]);
      }
    }
    [ids, bonds] = [nextIds, nextBonds];
  }
  const sorted = [...found].sort((a, b) => a[0] - b[0]);
  return { ids: Uint32Array.from(sorted, ([id]) => id), counts: Uint32Array.from(sorted, ([, times]) => times) };
}

interface Neighbour {
  other: number;
  bond: number;
  type: number;
}

function neighboursOf({ atoms, bonds, aromaticBonds }: PerceivedGraph): Neighbour[][] {
  const neighbours: Neighbour[][] = atoms.map(() => []);
  for (const [bond, { bo, atoms: ends }] of bonds.entries()) {
    const type = aromaticBonds.has(bond) ? AROMATIC : bo === 0 ? ZERO_ORDER : bo;
    neighbours[ends[0]].push({ other: ends[1], bond, type });
    neighbours[ends[1]].push({ other: ends[0], bond, type });
  }
  return neighbours;
}
