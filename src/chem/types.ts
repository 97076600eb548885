/** What the chemistry layer answers about one SMILES. */
import type { ErrorCode } from "../errors.js";
import type { Environments } from "./morgan/environments.js";
import type { MolecularProperties } from "./properties.js";

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

/** What a model is asked with: of a molecule that is read, without what only its row needs. */
export type CanonicalForm = Pick<Molecule, "input" | "smiles" | "droppedFragments">;

/** Why one SMILES of several is refused. The API's enum is made from it. */
export const SMILES_PROBLEMS = {
  INVALID_SMILES: "RDKit cannot read the text as one molecule.",
  SMILES_TOO_LONG: "The text has more characters than are taken.",
  EMPTY_INPUT: "The text is empty.",
  TIMEOUT: "RDKit took longer for the molecule than it may.",
} as const satisfies Partial<Record<ErrorCode, string>>;
export type SmilesProblemCode = keyof typeof SMILES_PROBLEMS;

/** A SMILES that is refused: the rule or RDKit's reason, with the position where RDKit gives one. */
export interface MoleculeError {
  input: string;
  code: SmilesProblemCode;
  message: string;
}

export type MoleculeResult = { ok: true; molecule: Molecule } | { ok: false; error: MoleculeError };

export type CanonicalResult = { ok: true; form: CanonicalForm } | { ok: false; error: MoleculeError };

export type PropertiesResult = { ok: true; properties: MolecularProperties } | { ok: false; error: MoleculeError };

export type BlockResult = { ok: true; smiles: string } | { ok: false; message: string };

/** Of the Morgan fingerprints of `Chemistry.fingerprints`. */
export const FINGERPRINT_BITS = 2_048;

/** "background": for nobody who waits; in a process of lower priority, which leaves the processor to others. */
export type Priority = "usual" | "background";

export interface ParseTerms {
  /** Default "usual". */
  priority?: Priority;
  /** RDKit wrote the texts itself: they may be longer than given ones. Default false. */
  isWritten?: boolean;
}

/** A client of the RDKit process. Answers come in the order of the questions; one bad item never affects another. */
export interface Chemistry {
  parse(smiles: readonly string[], signal?: AbortSignal, terms?: ParseTerms): Promise<MoleculeResult[]>;
  /**
   * As `parse`, in a third of the time for usual molecules: without InChIKey, formula, weight and scaffold. Of these no
   * InChIKey is asked, and `parse` finds one (is-usual.ts).
   */
  canonical(smiles: readonly string[], signal?: AbortSignal): Promise<CanonicalResult[]>;
  /** Descriptors and fingerprints of the molecule as written, all its fragments together. */
  properties(smiles: readonly string[], signal?: AbortSignal): Promise<PropertiesResult[]>;
  /**
   * `count` other SMILES of each molecule, a function of (SMILES, seed) alone; some may be the same. An invalid
   * molecule is returned as it is. INVALID_CONFIG for a count that is not 1 to 64.
   */
  randomForms(
    smiles: readonly string[],
    options: { seed: number; count: number },
    signal?: AbortSignal,
  ): Promise<string[][]>;
  /**
   * Morgan fingerprints (Rogers and Hahn 2010), radius 2, folded to 2,048 bits, as RDKit makes them: 256 bytes each,
   * bit n being bit n mod 8 of byte n / 8. null for an invalid molecule.
   */
  fingerprints(smiles: readonly string[], signal?: AbortSignal): Promise<(Uint8Array | null)[]>;
  /**
   * Morgan environments (Rogers and Hahn 2010) up to a radius of 0 to 3 bonds, unfolded, with the ids and counts of
   * RDKit; null for an invalid molecule. INVALID_CONFIG for another radius.
   */
  environments(smiles: readonly string[], radius: number, signal?: AbortSignal): Promise<(Environments | null)[]>;
  /** The canonical SMILES of each mol block (MDL V2000 or V3000), all its fragments together. */
  readBlocks(blocks: readonly string[], signal?: AbortSignal): Promise<BlockResult[]>;
  /** A mol block (MDL V2000) of each molecule as written, with coordinates in the plane; null for an invalid one. */
  molBlocks(smiles: readonly string[], signal?: AbortSignal): Promise<(string | null)[]>;
  /** SVG drawing of one molecule, sizes in pixels. */
  draw(smiles: string, size: { width: number; height: number }, signal?: AbortSignal): Promise<string>;
  /** What a search in a library asks. */
  readonly search: MoleculeSearch;
  close(): Promise<void>;
}

/** 256 bytes each; bit n is bit n mod 8 of byte n / 8. */
export interface SearchFingerprints {
  /** Morgan fingerprint (Rogers and Hahn 2010), radius 2, folded to 2,048 bits. */
  morgan: Uint8Array;
  /** RDKit's pattern fingerprint, 2,048 bits: the screen of a substructure search. */
  pattern: Uint8Array;
}

export interface SmartsError {
  input: string;
  code: "INVALID_SMARTS";
  message: string;
}

/** `screen`: 256 bytes; a molecule whose pattern fingerprint lacks one of its bits does not have the SMARTS. */
export type SmartsResult = { ok: true; screen: Uint8Array } | { ok: false; error: SmartsError };

export interface MoleculeSearch {
  /** null for an invalid molecule. */
  fingerprints(
    smiles: readonly string[],
    signal?: AbortSignal,
    priority?: Priority,
  ): Promise<(SearchFingerprints | null)[]>;
  readSmarts(smarts: string, signal?: AbortSignal): Promise<SmartsResult>;
  /**
   * Which molecules, given as canonical SMILES, have the SMARTS, stereo of the SMARTS included; reported in parts as
   * (index of the first, yes or no for each). INVALID_SMARTS; TIMEOUT when a part of 200 takes longer than 2 s, and
   * for ten minutes afterwards.
   */
  match(
    smarts: string,
    smiles: readonly string[],
    onPart: (from: number, found: boolean[]) => void,
    signal?: AbortSignal,
  ): Promise<void>;
}
