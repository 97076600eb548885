/**
 * The Murcko scaffold of a molecule (Bemis and Murcko, J. Med. Chem. 1996, 39, 2887), as RDKit's MurckoScaffold:
 * rings, the chains that link them, and atoms double-bonded to either; without stereo and isotopes. Hydrogens replace
 * each side chain that is cut off (RDKit leaves a charged atom without: [N+]=c1cccc… where this gives [NH2+]=c1cccc…).
 * null for a molecule without rings.
 */
import type { Graph } from "./graph.js";

export function scaffoldOf({ atoms, bonds }: Graph): Graph | null {
  const kept = withoutTrees(atoms.length, bonds);
  if (!kept.includes(true)) return null;
  const stays = [...kept];
  for (const {
    bo,
    atoms: [a, b],
  } of bonds) {
    if (bo === 2 && kept[a] !== kept[b]) stays[a] = stays[b] = true;
  }
  const hydrogens = atoms.map((atom) => atom.impHs);
  for (const {
    bo,
    atoms: [a, b],
  } of bonds) {
    if (stays[a] && !stays[b]) hydrogens[a] += bo;
    if (stays[b] && !stays[a]) hydrogens[b] += bo;
  }
  const place = new Map<number, number>();
  for (let index = 0; index < atoms.length; index++) if (stays[index]) place.set(index, place.size);
  return {
    atoms: [...place.keys()].map((index) => ({ ...atoms[index], impHs: hydrogens[index], isotope: 0 })),
    bonds: bonds
      .filter((bond) => stays[bond.atoms[0]] && stays[bond.atoms[1]])
      .map((bond) => ({ bo: bond.bo, atoms: [place.get(bond.atoms[0])!, place.get(bond.atoms[1])!] })),
  };
}

/** Removes ends of chains until only rings and what links them remain. */
function withoutTrees(count: number, bonds: Graph["bonds"]): boolean[] {
  const neighbours: number[][] = Array.from({ length: count }, () => []);
  for (const {
    atoms: [a, b],
  } of bonds) {
    neighbours[a].push(b);
    neighbours[b].push(a);
  }
  const degree = neighbours.map((list) => list.length);
  const kept = degree.map(() => true);
  const ends = degree.flatMap((value, index) => (value <= 1 ? [index] : []));
  for (let index = ends.pop(); index !== undefined; index = ends.pop()) {
    if (!kept[index]) continue;
    kept[index] = false;
    for (const neighbour of neighbours[index]) {
      degree[neighbour] -= 1;
      if (kept[neighbour] && degree[neighbour] <= 1) ends.push(neighbour);
    }
  }
  return kept;
}
