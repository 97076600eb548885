/**
 * Answers about many molecules of which one may spoil the batch: it ends the process of the model, or its answer is no
 * number. The others are asked again without it.
 */
import { SMILES_PROBLEMS } from "../../chem/types.js";
import { type ErrorCode, MaillardError } from "../../errors.js";

/** Why one SMILES of several has no answer. The API's enum is made from it. */
export const ANSWER_PROBLEMS = {
  ...SMILES_PROBLEMS,
  COMPUTE_CRASHED: "The process of the model ended on the molecule, twice.",
  NON_FINITE_OUTPUT: "What the model answered for the molecule is no finite number.",
} as const satisfies Partial<Record<ErrorCode, string>>;
export type AnswerProblemCode = keyof typeof ANSWER_PROBLEMS;

const OF_A_MOLECULE: readonly string[] = [
  "COMPUTE_CRASHED",
  "NON_FINITE_OUTPUT",
  "TIMEOUT",
] satisfies AnswerProblemCode[];

/** The error of a molecule, in its place. */
export type MoleculeFailure = MaillardError & { code: AnswerProblemCode };

interface AloneOptions {
  signal: AbortSignal;
  /** The `index` in the details of an error is the place of its text: it alone is left out. Else halves are asked. */
  isIndexed: boolean;
  /** Called with the error of a molecule that fails alone; it may throw. */
  onFailure?(error: MaillardError): void;
}

/**
 * In the order of the texts. What no single molecule causes is thrown, and every error where the signal has aborted.
 */
export async function askAlone<T>(
  texts: readonly string[],
  ask: (texts: readonly string[]) => Promise<readonly T[]>,
  options: AloneOptions,
): Promise<(T | MoleculeFailure)[]> {
  if (texts.length === 0) return [];
  try {
    return [...(await ask(texts))];
  } catch (error) {
    const { signal, isIndexed, onFailure } = options;
    if (!(error instanceof MaillardError) || !isOfMolecule(error) || signal.aborted) throw error;
    const index = texts.length === 1 ? 0 : error.details?.index;
    if ((isIndexed || texts.length === 1) && typeof index === "number" && index in texts) {
      onFailure?.(error);
      const before = await askAlone(texts.toSpliced(index, 1), ask, options);
      return before.toSpliced(index, 0, error);
    }
    const middle = Math.ceil(texts.length / 2);
    const first = await askAlone(texts.slice(0, middle), ask, options);
    return [...first, ...(await askAlone(texts.slice(middle), ask, options))];
  }
}

/** Narrower than MaillardError: it may stand in the place of an answer. */
export const isOfMolecule = (error: MaillardError): error is MoleculeFailure => OF_A_MOLECULE.includes(error.code);
