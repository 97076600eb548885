/**
 * What an answer leaves out, in words: fragments of the molecule, tokens behind the model's maximum, tokens that it
 * does not know, and environments that were not in its training data. Of a model that is made of several, what any of
 * them leaves out.
 */
import { readableEnvironments } from "../../chem/fingerprints.js";
import { unknownShare } from "../../chem/morgan/counts.js";
import type { Molecule } from "../../chem/types.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import { type Unseen, unseenOf } from "../../tokenizer/index.js";
import { encodeAll } from "./encode.js";
import { probeOf } from "./probe-files.js";
import { composedOf, type ScoringParts } from "./scores-of-molecules.js";

/** Unknown tokens that a note names. */
const MOST_NAMED = 10;
/**
 * Share of a molecule's environments above which a note says that they were not in the training data. Of superclass.csv
 * 1 in 100 validation molecules, all of new scaffolds, has more.
 */
const NOTED_SHARE = 0.35;

/** By canonical SMILES; a molecule of which all is seen has none. */
export async function unseenNotes(
  parts: ScoringParts,
  model: Model,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const notes = new Map<string, Set<string>>();
  const note = (text: string, sentence: string) => notes.set(text, (notes.get(text) ?? new Set()).add(sentence));
  for (const reader of await readersOf(parts, model)) {
    const { maxLength } = reader;
    const tokenizer = await parts.tokenizer(reader);
    for (const [place, tokenIds] of (await encodeAll(tokenizer, smiles, maxLength, signal)).entries()) {
      const unseen = unseenOf(tokenizer, smiles[place], tokenIds, maxLength);
      if (!unseen) continue;
      for (const sentence of sentencesOf(unseen, maxLength)) note(smiles[place], sentence);
    }
  }
  for (const [text, share] of await foreignShares(parts, model, smiles, signal))
    note(text, `${Math.round(100 * share)} % of its environments were not in the training data.`);
  return new Map([...notes].map(([text, sentences]) => [text, [...sentences].join(" ")]));
}

/**
 * By SMILES, of probes on counts: the share of a molecule's environments that the vocabulary does not have, the largest
 * one of several probes; only above NOTED_SHARE.
 */
async function foreignShares(
  parts: ScoringParts,
  model: Model,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const shares = new Map<string, number>();
  for (const one of await partsOf(parts, model)) {
    if (compositionOf(one)?.kind !== "FINGERPRINT_PROBE") continue;
    const { environments } = await probeOf(parts.store, one);
    if (!environments) continue;
    const made = await readableEnvironments(parts.chemistry, smiles, environments.radius, signal);
    for (const [place, own] of made.entries()) {
      const share = unknownShare(own, environments.ids);
      if (share > NOTED_SHARE) shares.set(smiles[place], Math.max(share, shares.get(smiles[place]) ?? 0));
    }
  }
  return shares;
}

/** All that is left out of one answer; null: nothing. */
export function noteOf(
  { droppedFragments }: Pick<Molecule, "droppedFragments">,
  unseen: string | undefined,
): string | null {
  const fragments =
    droppedFragments.length === 0
      ? undefined
      : `The largest fragment was classified; left out: ${droppedFragments.join(", ")}`;
  if (fragments && unseen) return `${fragments}. ${unseen}`;
  return fragments ?? unseen ?? null;
}

function sentencesOf({ length, isCut, unknown }: Unseen, maximum: number): string[] {
  const named = unknown.slice(0, MOST_NAMED).join(", ");
  const others = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} others` : "";
  return [
    ...(isCut
      ? [`The model reads ${maximum} tokens; this molecule has ${length}, and what follows was left out.`]
      : []),
    ...(unknown.length > 0 ? [`The model does not know these tokens: ${named}${others}.`] : []),
  ];
}

/** The models that read SMILES: checkpoints, and the base models of probes. */
export const readersOf = async (parts: ScoringParts, model: Model): Promise<Model[]> =>
  (await partsOf(parts, model)).filter((one) => compositionOf(one) === null);

/** The model, members of ensembles and base models of probes, each once. */
async function partsOf(parts: ScoringParts, model: Model): Promise<Model[]> {
  const composed = await composedOf(parts, model);
  const reached = new Map<string, Model>();
  const open: (Model | undefined)[] = [model];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const composition = compositionOf(one);
    reached.set(one.id, one);
    if (composition?.kind === "PROBE") open.push(composed.get(composition.base));
    else if (composition?.kind === "ENSEMBLE") open.push(...composition.members.map((id) => composed.get(id)));
  }
  return [...reached.values()];
}
