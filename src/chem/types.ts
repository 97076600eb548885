/** What the chemistry room answers about one SMILES. */

export interface Molecule {
  /** The text that was asked about. */
  input: string;
  /** RDKit canonical SMILES of the largest fragment (most heavy atoms, then greatest weight, then text order). */
  smiles: string;
  /** Fragments left out, canonical, in text order; empty for a single molecule. */
  droppedFragments: string[];
  /** InChIKey of the largest fragment. */
  inchiKey: string;
  /** First block of the InChIKey: 14 letters, the molecule without stereo. */
  skeletonKey: string;
  /** Molecular formula in Hill order. */
  formula: string;
  /** Average molecular weight in g/mol. */
  molecularWeight: number;
  /** Murcko scaffold (canonical, without stereo); empty for an acyclic molecule. */
  scaffold: string;
}

/** A SMILES that is not a molecule we take: the rule or RDKit's reason, with position where it gives one. */
export interface MoleculeError {
  input: string;
  code: "INVALID_SMILES" | "SMILES_TOO_LONG" | "EMPTY_INPUT" | "TIMEOUT";
  message: string;
}

export type MoleculeResult = { ok: true; molecule: Molecule } | { ok: false; error: MoleculeError };

/** A client of the RDKit process. Answers come in the order of the questions; one bad item never harms another. */
export interface Chemistry {
  parse(smiles: readonly string[], signal?: AbortSignal): Promise<MoleculeResult[]>;
  /** SVG drawing of one molecule, sizes in pixels. */
  draw(smiles: string, size: { width: number; height: number }): Promise<string>;
  /**
   * Morgan fingerprints of radius 2 (Rogers and Hahn 2010; ECFP4), folded to 2,048 bits as RDKit does: 256 bytes each, bit
   * n in byte n / 8, lowest first. Throws the first error of a SMILES.
   */
  fingerprints(smiles: readonly string[], signal?: AbortSignal): Promise<Uint8Array[]>;
  close(): Promise<void>;
}
