/**
 * A molecule as RDKit's get_json() describes it (CommonChem JSON): atoms with all their hydrogens counted, and bonds in
 * Kekulé form. Reading it is several times cheaper than asking RDKit for descriptors, and RDKit reads it back.
 */
interface Atom {
  /** Atomic number; 0 is the dummy atom. */
  z: number;
  /** Hydrogens that are not atoms of their own. */
  impHs: number;
  /** Formal charge. */
  chg: number;
  /** Unpaired electrons. */
  nRad: number;
  /** Mass number of a labelled isotope, 0 for the natural mixture. */
  isotope: number;
}

interface Bond {
  /** Bond order of the Kekulé form: 1, 2, 3; 0 for a bond without order. */
  bo: number;
  atoms: [number, number];
}

export interface Graph {
  atoms: Atom[];
  bonds: Bond[];
}

/** With what RDKit found out about it. */
export interface PerceivedGraph extends Graph {
  /** Places in `bonds`. */
  aromaticBonds: ReadonlySet<number>;
  /** Places in `atoms`. */
  ringAtoms: ReadonlySet<number>;
}

const ATOM: Atom = { z: 6, impHs: 0, chg: 0, nRad: 0, isotope: 0 };

interface CommonChem {
  defaults: { atom: Partial<Atom>; bond: { bo: number } };
  molecules: {
    atoms: Partial<Atom>[];
    bonds?: (Partial<Bond> & Pick<Bond, "atoms">)[];
    extensions?: { aromaticBonds?: number[]; atomRings?: number[][] }[];
  }[];
}

export const readGraph = (json: string): Graph => graphOf(JSON.parse(json) as CommonChem);

export function readPerceivedGraph(json: string): PerceivedGraph {
  const parsed = JSON.parse(json) as CommonChem;
  const { extensions = [] } = parsed.molecules[0];
  return {
    ...graphOf(parsed),
    aromaticBonds: new Set(extensions.flatMap(({ aromaticBonds = [] }) => aromaticBonds)),
    ringAtoms: new Set(extensions.flatMap(({ atomRings = [] }) => atomRings.flat())),
  };
}

function graphOf({ defaults, molecules }: CommonChem): Graph {
  const pick = (atom: Partial<Atom>): Atom => ({
    z: atom.z ?? defaults.atom.z ?? ATOM.z,
    impHs: atom.impHs ?? defaults.atom.impHs ?? ATOM.impHs,
    chg: atom.chg ?? defaults.atom.chg ?? ATOM.chg,
    nRad: atom.nRad ?? defaults.atom.nRad ?? ATOM.nRad,
    isotope: atom.isotope ?? defaults.atom.isotope ?? ATOM.isotope,
  });
  const [molecule] = molecules;
  return {
    atoms: molecule.atoms.map(pick),
    bonds: (molecule.bonds ?? []).map((bond) => ({ bo: bond.bo ?? defaults.bond.bo, atoms: bond.atoms })),
  };
}

/** JSON that RDKit's get_mol reads: no stereo, aromaticity left for RDKit to find. */
export function writeGraph({ atoms, bonds }: Graph): string {
  return JSON.stringify({
    rdkitjson: { version: 12 },
    defaults: { atom: { ...ATOM, stereo: "unspecified" }, bond: { bo: 1, stereo: "unspecified" } },
    molecules: [{ atoms, bonds }],
  });
}

export const heavyAtoms = (graph: Graph): number => graph.atoms.filter((atom) => atom.z > 1).length;
