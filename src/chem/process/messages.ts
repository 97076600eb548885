/**
 * The messages between the client and an RDKit process. The client sends questions in chunks. The process sends one
 * answer to each, in their order, as soon as it has it: so the client always knows which SMILES RDKit is working on.
 */
import type { Environments } from "../morgan/environments.js";
import type { CanonicalResult, MoleculeResult, PropertiesResult, SearchFingerprints } from "../types.js";

export type Question =
  | SearchQuestion
  | { kind: "parse"; smiles: string }
  | { kind: "canonical"; smiles: string }
  | { kind: "properties"; smiles: string }
  | { kind: "fingerprint"; smiles: string }
  /** Radius: bonds from the centre of an environment, at most. */
  | { kind: "environments"; smiles: string; radius: number }
  | { kind: "block"; smiles: string }
  | { kind: "inchi"; smiles: string }
  /** `smiles` holds a mol block. */
  | { kind: "mol-block"; smiles: string }
  | { kind: "draw"; smiles: string; width: number; height: number }
  | { kind: "forms"; smiles: string; seed: number; count: number };

/** Of a search in a library: src/chem/search.ts. `smiles` holds the SMARTS. */
export type SearchQuestion =
  | { kind: "search-fingerprints"; smiles: string }
  | { kind: "smarts"; smiles: string }
  | { kind: "match"; smiles: string; molecules: string[] };
type SearchAnswer =
  | ({ ok: true } & SearchFingerprints)
  | { ok: true; screen: Uint8Array }
  | { ok: true; found: boolean[] };

/** Of a SMARTS: its text is no molecule. */
export const isPattern = ({ kind }: Question): boolean => kind === "match" || kind === "smarts";

/** A drawing is an SVG element; a fingerprint the bytes of `Chemistry.fingerprints`; forms are SMILES. */
export type Answer =
  | MoleculeResult
  | CanonicalResult
  | SearchAnswer
  | PropertiesResult
  | { ok: true; svg: string }
  | { ok: true; bits: Uint8Array }
  | ({ ok: true } & Environments)
  | { ok: true; block: string }
  /** Canonical, all fragments, and its standard InChI. */
  | { ok: true; smiles: string; inchi: string }
  | { ok: true; forms: string[] };

export type ToProcess = { questions: Question[] };

export type FromProcess =
  | { kind: "ready" }
  | { kind: "answer"; answer: Answer }
  /** RDKit's WebAssembly instance is broken; the process ends after this. */
  | { kind: "trap"; message: string };
