/**
 * The one rule for text from outside: no NUL, which PostgreSQL cannot hold, and no half of a surrogate pair, which
 * UTF-8 cannot hold. A text with one of them is refused where it arrives and never changed: values of an operation
 * and parameters of addresses are BAD_INPUT naming the path of the value, rows of files are problems of these rows, and
 * files of checkpoints are CHECKPOINT_INVALID.
 */
import { MaillardError } from "./errors.js";

const NUL = "\0";
const HALF_OF_A_PAIR = /\p{Cs}/u;

export const isStorable = (text: string): boolean => !text.includes(NUL) && !HALF_OF_A_PAIR.test(text);

/** What is wrong with a text that is not storable, as a part of a sentence. */
export const faultOf = (text: string): string =>
  text.includes(NUL)
    ? `the character NUL (U+0000) at position ${text.indexOf(NUL) + 1}`
    : `half of a surrogate pair at position ${text.search(HALF_OF_A_PAIR) + 1}`;

export function requireStorable(text: string, path: string): void {
  if (isStorable(text)) return;
  throw new MaillardError("BAD_INPUT", `\`${path}\` has ${faultOf(text)}: no text may have that. Leave it out.`, {
    param: path,
  });
}

/**
 * A value of someone else's JSON for a message: an object may have a `toString` that is none, be nested deeper than a
 * stack, or be long.
 */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value !== "object" || value === null) return String(value);
  if (!Array.isArray(value)) return "an object";
  const isShort = value.length <= 8 && value.every((item) => typeof item !== "object" || item === null);
  return isShort ? `[${value.map(shown).join()}]` : `a list of ${value.length}`;
}

/** Text of bytes that must be UTF-8, without a byte-order mark; null when they are not. */
export function utf8(bytes: Uint8Array, { isCut = false } = {}): string | null {
  try {
    // "stream" leaves out a character of which only the first bytes are there.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}
