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

/** In the order of their ids; ids are checked with the tokenizer.json that they become part of (limits.ts). */
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

/** tokenizer.json with the tokens that it lacks. */
export function withAddedTokens(tokenizerJson: Settings, added: readonly AddedToken[]): Settings {
  const { added_tokens } = tokenizerJson;
  const own = Array.isArray(added_tokens) ? (added_tokens as Settings[]) : [];
  const known = new Set(own.map((token) => token?.content));
  const missing = added.filter(({ content }) => !known.has(content));
  return missing.length === 0 ? tokenizerJson : { ...tokenizerJson, added_tokens: [...own, ...missing] };
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
