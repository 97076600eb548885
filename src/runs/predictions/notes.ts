/**
 * What an answer leaves out, in words: fragments of the molecule, tokens behind the model's maximum, tokens that it
 * does not know. Of a model that is made of several, what any of them leaves out.
 */
import type { Molecule } from "../../chem/types.js";
import { compositionOf } from "../../store/composition.js";
import type { Model } from "../../store/generated/client.js";
import { type Unseen, unseenOf } from "../../tokenizer/index.js";
import { encodeAll } from "./encode.js";
import { composedOf, type ScoringParts } from "./scores-of-molecules.js";

/** Unknown tokens that a note names. */
const MOST_NAMED = 10;

/** By canonical SMILES; a molecule of which all is seen has none. */
export async function unseenNotes(
  parts: ScoringParts,
  model: Model,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const notes = new Map<string, Set<string>>();
  for (const reader of await readersOf(parts, model)) {
    const { maxLength } = reader;
    const tokenizer = await parts.tokenizer(reader);
    for (const [place, tokenIds] of (await encodeAll(tokenizer, smiles, maxLength, signal)).entries()) {
      const unseen = unseenOf(tokenizer, smiles[place], tokenIds, maxLength);
      if (!unseen) continue;
      const own = notes.get(smiles[place]) ?? new Set();
      for (const sentence of sentencesOf(unseen, maxLength)) own.add(sentence);
      notes.set(smiles[place], own);
    }
  }
  return new Map([...notes].map(([text, sentences]) => [text, [...sentences].join(" ")]));
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
export async function readersOf(parts: ScoringParts, model: Model): Promise<Model[]> {
  const composed = await composedOf(parts, model);
  const readers = new Map<string, Model>();
  const open: (Model | undefined)[] = [model];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const composition = compositionOf(one);
    if (composition === null) readers.set(one.id, one);
    else if (composition.kind === "PROBE") open.push(composed.get(composition.base));
    else if (composition.kind === "ENSEMBLE") open.push(...composition.members.map((id) => composed.get(id)));
  }
  return [...readers.values()];
}
