/**
 * Any tokenizer.json through the Hugging Face library. The library ignores truncation and padding, so both are ours:
 * a sequence too long loses tokens from the right and keeps its end token.
 */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { MaillardError } from "../errors.js";
import { checkMaxLength, refuseId } from "./atomwise.js";
import { specialIdSet, specialIds, specialNames } from "./special.js";
import type { Tokenizer } from "./types.js";

type Settings = Record<string, unknown>;

export function createLibraryTokenizer(tokenizerJson: object, ...settings: Settings[]): Tokenizer {
  const library = new Library(tokenizerJson, settings[0] ?? {});
  const vocabulary = library.get_vocab(true);
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  const idOf = (name: string) => vocabulary.get(name);
  const special = specialIds(
    specialNames((name) => vocabulary.has(name), ...settings),
    idOf,
  );

  // What the tokenizer puts around a sequence outranks what the other files say.
  const empty = library.encode("").ids;
  if (empty.length !== 2) {
    throw new MaillardError(
      "CHECKPOINT_UNSUPPORTED",
      `the tokenizer puts ${empty.length} tokens around a sequence where a start and an end token are needed: give tokenizer.json a post_processor such as [CLS] $A [SEP]`,
    );
  }
  [special.startId, special.endId] = empty;

  return {
    ...special,
    vocabularySize: tokens.length,
    specialIds: specialIdSet(special),
    encode(smiles, maxLength) {
      checkMaxLength(maxLength);
      const { ids } = library.encode(smiles);
      if (ids.length <= maxLength) return Int32Array.from(ids);
      const out = Int32Array.from(ids.slice(0, maxLength));
      out[maxLength - 1] = special.endId;
      return out;
    },
    tokenOf: (id) => tokens[id] ?? refuseId(id, tokens.length),
  };
}
