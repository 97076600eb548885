/**
 * What a model does not see of a text: tokens behind its maximum, and tokens that its vocabulary has not. A model
 * answers all the same, and different molecules may then get one answer.
 */
import { splitAtomwise } from "./pattern.js";
import type { Tokenizer } from "./types.js";

export interface Unseen {
  /** Tokens of the whole text, special ones included. */
  length: number;
  /** Whether `length` is above the maximum. */
  isCut: boolean;
  /** Atoms and signs without a token, each once, in the order of the text. */
  unknown: string[];
}

/** More tokens than any text has. */
const ALL = 1_000_000;

/** null: the model sees all. `tokenIds`: the text's, at most `maximum`. */
export function unseenOf(tokenizer: Tokenizer, text: string, tokenIds: Int32Array, maximum: number): Unseen | null {
  const hasUnknown = tokenIds.includes(tokenizer.unknownId);
  if (tokenIds.length < maximum && !hasUnknown) return null;
  const whole = tokenizer.encode(text, ALL);
  const isCut = whole.length > maximum;
  if (!isCut && !hasUnknown) return null;
  return { length: whole.length, isCut, unknown: unknownIn(tokenizer, text, whole) };
}

/** A tokenizer may split further than into atoms: an atom is named where any part of it is unknown. */
function unknownIn(tokenizer: Tokenizer, text: string, whole: Int32Array): string[] {
  if (!whole.includes(tokenizer.unknownId)) return [];
  const pieces = [...new Set(splitAtomwise(text))];
  return pieces.filter((piece) => tokenizer.encode(piece, ALL).includes(tokenizer.unknownId));
}
