/** What passes between pretraining and the process that gets molecules ready ahead of the steps. */
export interface MoleculeFiles {
  corpus: string;
  /** File of records. */
  cache: string;
}

/** The files come first. */
export type ToMoleculeProcess = MoleculeFiles | MoleculeRequest;

/** Molecules by their number in the corpus. */
export interface MoleculeRequest {
  id: number;
  molecules: readonly number[];
}

export interface MoleculeAnswer {
  id: number;
  /** A record for each molecule, one after another. */
  records: Uint8Array;
}

export type FromMoleculeProcess = MoleculeAnswer | { id: number; error: { code: string; message: string } };
