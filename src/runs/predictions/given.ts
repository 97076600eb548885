/**
 * What people give where a molecule is asked: SMILES, an InChI, or the name or InChIKey of a molecule of the library.
 */

import type { CanonicalForm, CanonicalResult, Chemistry, SmilesProblemCode } from "../../chem/types.js";
import { ambiguous, type Named, namedMolecules } from "../../datasets/search/named-molecules.js";
import type { Store } from "../../store/index.js";
import type { FormCache } from "./form-cache.js";

export interface Unread {
  code: SmilesProblemCode;
  message: string;
}

/** `named`: the SMILES of a text that is a name or an InChIKey; else null. */
export type Given = { molecule: CanonicalForm; named: string | null } | Unread;

export interface ReadingParts {
  chemistry: Chemistry;
  /** Texts that were read before; absent: none are kept. */
  forms?: FormCache;
  store: Pick<Store, "pool" | "principal">;
}

/** Molecules in the order of the texts, or what is wrong with each. What is no SMILES is looked up by one statement. */
export async function readGiven(
  { chemistry, forms, store }: ReadingParts,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Given[]> {
  const { project } = store.principal;
  const read = (of: readonly string[]): Promise<CanonicalResult[]> =>
    forms ? forms.read(project, of, signal) : chemistry.canonical(of, signal);
  const results = await read(texts);
  const unread = texts.filter((_, index) => isUnread(results[index]));
  const named = unread.length === 0 ? new Map<string, Named>() : await namedMolecules(store, unread);
  const single = [...named].filter(([, found]) => found.smiles.length === 1);
  const forNames = await read(single.map(([, found]) => found.smiles[0]));
  const molecules = new Map(single.map(([text], index) => [text, forNames[index]]));
  return results.map((result, index) => {
    const text = texts[index];
    if (result.ok) return { molecule: result.form, named: null };
    const found = molecules.get(text);
    const several = named.get(text);
    if (found?.ok) return { molecule: { ...found.form, input: text }, named: several?.smiles[0] ?? null };
    const { code, message } = result.error;
    return { code, message: several ? ambiguous(text, several) : message };
  });
}

const isUnread = (result: CanonicalResult): boolean => !result.ok && result.error.code === "INVALID_SMILES";
