/**
 * Any tokenizer.json through the Hugging Face library. The library ignores truncation and padding, so both are done
 * here: a sequence that is too long loses tokens from the right and keeps its end token. Sizes and ids are checked
 * first (limits.ts), and patterns of the file are matched in linear time (linear-pattern.ts).
 */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { MaillardError } from "../errors.js";
import { checkMaxLength, refuseId } from "./atomwise.js";
import { checkTokenizerJson } from "./limits.js";
import { makeLinear } from "./linear-pattern.js";
import { specialIdSet, specialIds, specialNames } from "./special.js";
import type { Tokenizer } from "./types.js";

type Settings = Record<string, unknown>;

export function createLibraryTokenizer(tokenizerJson: object, ...settings: Settings[]): Tokenizer {
  checkTokenizerJson(tokenizerJson);
  const { model } = tokenizerJson as { model?: { unk_token?: string | null } };
  const said = model?.unk_token ? [{ unk_token: model.unk_token }, ...settings] : settings;
  const library = open(tokenizerJson, said);
  const vocabulary = library.get_vocab(true);
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) if (token !== undefined) tokens[id] = token;
  const special = specialIds(
    specialNames((name) => vocabulary.has(name), ...said),
    (name) => vocabulary.get(name),
  );

  // The tokens that the tokenizer puts around a sequence take precedence over what the other files say.
  const empty = idsOf(library, "") as number[];
  if (empty.length !== 2) {
    throw new MaillardError(
      "CHECKPOINT_UNSUPPORTED",
      `the tokenizer puts ${empty.length} tokens around a sequence where a start and an end token are needed: ` +
        "give tokenizer.json a post_processor such as [CLS] $A [SEP]",
    );
  }
  [special.startId, special.endId] = empty;

  return {
    ...special,
    vocabularySize: tokens.length,
    specialIds: specialIdSet(special),
    encode(smiles, maxLength) {
      checkMaxLength(maxLength);
      // The library leaves the id of a text without a token undefined where the model names no unknown token.
      const ids = idsOf(library, smiles).map((id) => id ?? special.unknownId);
      if (ids.length <= maxLength) return Int32Array.from(ids);
      const out = Int32Array.from(ids.slice(0, maxLength));
      out[maxLength - 1] = special.endId;
      return out;
    },
    tokenOf: (id) => tokens[id] ?? refuseId(id, tokens.length),
  };
}

/** A part of the file that the library does not expect may only matter for some texts. */
function idsOf(library: Library, text: string): (number | undefined)[] {
  try {
    return library.encode(text).ids;
  } catch (error) {
    throw unreadable(error);
  }
}

const unreadable = (error: unknown): MaillardError =>
  new MaillardError(
    "CHECKPOINT_INVALID",
    `tokenizer.json cannot be read: ${error instanceof Error ? error.message : String(error)}: restore the file`,
    { details: { file: "tokenizer.json" } },
  );

/** The library reads the unknown token of a WordLevel model from the configuration, not from the model: both get it. */
function open(tokenizerJson: object, settings: Settings[]): Library {
  const configuration: Settings = Object.assign({}, ...[...settings].reverse());
  try {
    const library = new Library(tokenizerJson, configuration);
    makeLinear(library.normalizer);
    makeLinear(library.pre_tokenizer);
    return library;
  } catch (error) {
    throw error instanceof MaillardError ? error : unreadable(error);
  }
}
