/**
 * The largest tokenizer that is read. Its files come from whoever made the checkpoint, so every size and number in them
 * is compared with this table before anything is allocated or repeated by it. Above a limit: CHECKPOINT_INVALID, with
 * the file, the field, its value and the limit in `details`.
 */
import { MaillardError } from "../errors.js";

interface Limit {
  most: number;
  unit: string;
  why: string;
}

export const TOKENIZER_LIMITS = {
  fileBytes: { most: 32 * 2 ** 20, unit: "bytes", why: "17 MB for 250,002 tokens (XLM-RoBERTa)" },
  vocabulary: { most: 1_000_000, unit: "tokens", why: "901,629 in the largest encoder known (XLM-V)" },
  merges: { most: 1_000_000, unit: "merges", why: "one for each token that is not a single byte" },
  addedTokens: { most: 10_000, unit: "tokens", why: "a handful in every model known" },
  tokenLength: { most: 1_000, unit: "characters", why: "longest SMILES that is read" },
  wordLength: { most: 200, unit: "characters", why: "the time of WordPiece is its cube; the default is 100" },
  patternLength: { most: 2_000, unit: "characters", why: "the atom-wise pattern has 105" },
  steps: { most: 32, unit: "steps", why: "normalizers and pre-tokenizers; up to 8 in models known" },
  growth: { most: 64, unit: "times the text", why: "product over all steps that insert text" },
} as const satisfies Record<string, Limit>;

type Json = Record<string, unknown>;

/**
 * Compares a tokenizer.json with the table. It holds for the content whatever it was read from. CHECKPOINT_INVALID.
 * Kinds of values that the library expects are its business, except where a wrong kind would escape a limit.
 */
export function checkTokenizerJson(tokenizerJson: object): void {
  const { model, added_tokens, normalizer, pre_tokenizer } = tokenizerJson as Json;
  checkModel(isRecord(model) ? model : {});
  if (added_tokens !== undefined && !Array.isArray(added_tokens)) throw not("added_tokens", "a list");
  const added = (added_tokens as unknown[] | undefined) ?? [];
  atMost("added_tokens", added.length, "addedTokens");
  for (const token of added) {
    if (!isRecord(token) || typeof token.content !== "string") throw not("added_tokens", "a list of tokens");
    atMost("added_tokens", token.content.length, "tokenLength");
    checkId("added_tokens", token.id);
  }
  checkSteps([normalizer, pre_tokenizer]);
}

/** Text of a file before it is read. */
export function checkFileSize(file: string, bytes: number): void {
  atMost(file, bytes, "fileBytes", file);
}

/** Lines of a file with one token or merge a line; at most one more than the limit is split off. CHECKPOINT_INVALID. */
export function limitedLines(file: string, text: string, name: "vocabulary" | "merges"): string[] {
  const lines = text.split(/\r?\n/, TOKENIZER_LIMITS[name].most + 2);
  // The version in the first line of merges.txt, and the empty text after the last line, are no entries.
  atMost(file, Math.max(0, lines.length - 1), name, file);
  return lines;
}

/** Lists of names in tokenizer_config.json and special_tokens_map.json. */
export function checkSettings(file: string, settings: Json): void {
  const names = settings.additional_special_tokens;
  if (Array.isArray(names)) atMost("additional_special_tokens", names.length, "addedTokens", file);
}

function checkModel(model: Json): void {
  const { vocab, merges, max_input_chars_per_word: word, unk_id } = model;
  if (Array.isArray(vocab)) atMost("model.vocab", vocab.length, "vocabulary");
  else if (isRecord(vocab)) {
    const ids = Object.values(vocab);
    atMost("model.vocab", ids.length, "vocabulary");
    for (const id of ids) checkId("model.vocab", id);
  }
  if (Array.isArray(merges)) atMost("model.merges", merges.length, "merges");
  if (word !== undefined && word !== null) {
    if (typeof word !== "number") throw not("model.max_input_chars_per_word", "a number");
    atMost("model.max_input_chars_per_word", word, "wordLength");
  }
  if (unk_id !== undefined && unk_id !== null) {
    checkId("model.unk_id", unk_id);
    if (Array.isArray(vocab) && (unk_id as number) >= vocab.length)
      throw above("model.unk_id", "model.unk_id", unk_id as number, vocab.length - 1, ", the last of the vocabulary");
  }
  for (const field of ["continuing_subword_prefix", "continuing_subword_suffix", "end_of_word_suffix", "unk_token"]) {
    const text = model[field];
    if (typeof text === "string") atMost(`model.${field}`, text.length, "tokenLength");
  }
}

/** An id is a place in arrays of the vocabulary's length. */
function checkId(field: string, id: unknown): void {
  if (!Number.isSafeInteger(id) || (id as number) < 0) throw not(field, "whole numbers as ids, from 0");
  if ((id as number) >= TOKENIZER_LIMITS.vocabulary.most)
    throw above(`an id of ${field}`, field, id as number, TOKENIZER_LIMITS.vocabulary.most - 1, "");
}

/** Normalizers and pre-tokenizers, sequences of them included; without recursion. */
function checkSteps(first: unknown[]): void {
  const open = [...first];
  let [steps, growth] = [0, 1];
  while (open.length > 0) {
    const step = open.pop();
    if (!isRecord(step)) continue;
    steps++;
    atMost("steps", steps, "steps");
    for (const inner of [step.normalizers, step.pretokenizers]) {
      if (!Array.isArray(inner)) continue;
      atMost("steps", steps + inner.length, "steps");
      open.push(...inner);
    }
    if (isRecord(step.pattern))
      for (const text of [step.pattern.Regex, step.pattern.String])
        if (typeof text === "string") atMost("pattern", text.length, "patternLength");
    for (const text of [step.content, step.prepend, step.replacement])
      if (typeof text === "string") growth *= 1 + text.length;
    atMost("growth", growth, "growth");
  }
}

function atMost(field: string, value: number, name: keyof typeof TOKENIZER_LIMITS, file = "tokenizer.json"): void {
  const { most, unit } = TOKENIZER_LIMITS[name];
  if (!(value <= most)) throw above(field, field, value, most, ` ${unit}`, file);
}

function above(what: string, field: string, value: number, limit: number, unit: string, file = "tokenizer.json") {
  const where = what === file ? "" : ` of ${file}`;
  return new MaillardError("CHECKPOINT_INVALID", `${what}${where} is ${value}, above the limit of ${limit}${unit}`, {
    details: { file, field, value, limit },
  });
}

const not = (field: string, what: string, file = "tokenizer.json") =>
  new MaillardError("CHECKPOINT_INVALID", `${field} of ${file} must be ${what}`, { details: { file, field } });

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
