/**
 * Tokens that were added to a tokenizer after it was made, as transformers reads them: tokenizer_config.json lists them
 * with how they are found (`added_tokens_decoder`), older folders in added_tokens.json, by their numbers alone. A text
 * is cut at them before anything else is done with it.
 */
import { MaillardError } from "../errors.js";
import { specialContents } from "./special.js";

type Settings = Record<string, unknown>;

/** As tokenizer.json has it. */
export interface AddedToken {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  /** false: found in the text as it is given, before it is normalised. */
  normalized: boolean;
  special: boolean;
}

/** In the order of the numbers that the files say. */
export function addedTokens(added: Settings, config: Settings, map: Settings): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  const special = specialContents(config, map);
  for (const [content, id] of Object.entries(added)) tokens.set(content, plain(content, id, special.has(content)));
  for (const [id, value] of Object.entries(recordOf(config.added_tokens_decoder))) {
    const { content, ...how } = recordOf(value);
    if (typeof content !== "string") throw not("added_tokens_decoder of tokenizer_config.json", "tokens by their ids");
    const flags = Object.entries(how).filter(([, flag]) => typeof flag === "boolean");
    tokens.set(content, { ...plain(content, Number(id), special.has(content)), ...Object.fromEntries(flags) });
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

/** tokenizer.json with the tokens that it lacks, and their numbers. */
export function withAddedTokens(tokenizerJson: Settings, added: readonly AddedToken[]): Settings {
  const own = ownOf(tokenizerJson);
  const missing = missingOf(own, added);
  if (missing.length === 0) return tokenizerJson;
  const { vocab } = recordOf(tokenizerJson.model);
  const entries = Array.isArray(vocab)
    ? vocab.map(([token]: [string], id): [string, number] => [token, id])
    : Object.entries(recordOf(vocab) as Record<string, number>);
  const taken = own.map((token) => Number(token?.id) + 1).filter(Number.isSafeInteger);
  const free = taken.reduce((most, id) => Math.max(most, id), entries.length);
  return { ...tokenizerJson, added_tokens: [...own, ...numbered(missing, new Map(entries), free)] };
}

/** The same with tokens that have their numbers. */
export function withNumbered(tokenizerJson: Settings, added: readonly AddedToken[]): Settings {
  const own = ownOf(tokenizerJson);
  return { ...tokenizerJson, added_tokens: [...own, ...missingOf(own, added)] };
}

const ownOf = ({ added_tokens: own }: Settings): Settings[] => (Array.isArray(own) ? own : []);

function missingOf(own: readonly Settings[], added: readonly AddedToken[]): AddedToken[] {
  const known = new Set(own.map((token) => token?.content));
  return added.filter(({ content }) => !known.has(content));
}

/**
 * The numbers that Hugging Face's library gives them, whatever the files say: a token of the vocabulary keeps its own,
 * the others follow behind `free`.
 */
export function numbered(
  added: readonly AddedToken[],
  vocabulary: ReadonlyMap<string, number>,
  free = vocabulary.size,
): AddedToken[] {
  let next = free;
  return added.map((token) => ({ ...token, id: vocabulary.get(token.content) ?? next++ }));
}

function plain(content: string, id: unknown, special: boolean): AddedToken {
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0)
    throw not("added_tokens.json", "whole numbers, from 0, by their tokens");
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special };
}

const recordOf = (value: unknown): Settings =>
  value && typeof value === "object" && !Array.isArray(value) ? (value as Settings) : {};

const not = (what: string, rule: string): MaillardError =>
  new MaillardError("CHECKPOINT_INVALID", `${what} must have ${rule}: restore the file`);
