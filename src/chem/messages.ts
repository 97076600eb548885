/**
 * What passes between the client and an RDKit process. The client sends questions by the chunk, and the process sends one
 * answer to each, in their order, as soon as it has it: so the client always knows which SMILES RDKit is busy with.
 */
import type { MoleculeError, MoleculeResult } from "./types.js";

export type Question =
  | { kind: "parse"; smiles: string }
  | { kind: "draw"; smiles: string; width: number; height: number }
  | { kind: "fingerprint"; smiles: string };

/** A drawing is an SVG element. */
export type Answer = MoleculeResult | { ok: true; svg: string } | { ok: true; fingerprint: Uint8Array };
export type Failure = { ok: false; error: MoleculeError };

export type ToProcess = { questions: Question[] };

export type FromProcess =
  | { kind: "ready" }
  | { kind: "answer"; answer: Answer }
  /** RDKit's WebAssembly instance is broken; the process ends after this. */
  | { kind: "trap"; message: string };
