/** Messages between pretraining and the process that prepares molecules ahead of the steps. */
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
  /** Share of the molecules whose records are requested, the same ones in every pass; null: none. */
  properties: { share: number; seed: number } | null;
  /** Share of the molecules to write in another atom order, in this pass over the corpus; null: none. */
  forms: FormChoice | null;
}

/** Which molecules are rewritten, and how, is a function of (seed, pass, molecule). */
export interface FormChoice {
  share: number;
  seed: number;
  pass: number;
}

export interface MoleculeAnswer {
  id: number;
  /** A record for each molecule, one after another; where none was requested, that of no molecule. Empty for null. */
  records: Uint8Array;
  /** For each molecule: its other SMILES; null where it stays as the corpus has it. */
  forms: (string | null)[];
}

export type FromMoleculeProcess = MoleculeAnswer | { id: number; error: { code: string; message: string } };
